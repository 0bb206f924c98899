# Manual pages. gavel.ini(5) is made from docs/settings.md, so that one text says what each setting is.
dist_man_MANS = man/gavelctl.1 man/gavel-admin.8 man/gavel-api.8 man/gavel-jobs.8
nodist_man_MANS = man/gavel.ini.5
EXTRA_DIST += man/settings.awk
CLEANFILES = man/gavel.ini.5

man/gavel.ini.5: $(srcdir)/docs/settings.md $(srcdir)/man/settings.awk
	$(AM_V_GEN)$(MKDIR_P) man && \
		$(AWK) -v prefix="$(prefix)" -f $(srcdir)/man/settings.awk $(srcdir)/docs/settings.md >$@.new && mv $@.new $@
