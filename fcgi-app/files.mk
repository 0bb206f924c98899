GAVEL_LDADD = $(GAVEL_LIBS) $(GAVEL_SYS)

bin_PROGRAMS += gavelctl
gavelctl_SOURCES = fcgi-app/ctl_main.c fcgi-app/ctl/ctl.h fcgi-app/ctl/commands.h
gavelctl_LDADD = $(GAVEL_LDADD)
