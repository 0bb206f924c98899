check_PROGRAMS += tests/unit/test_lead
tests_unit_test_lead_SOURCES = \
	tests/unit/lead/auction.c \
	tests/unit/lead/cap.c \
	tests/unit/lead/compare.c \
	tests/unit/lead/condition.c \
	tests/unit/lead/doc.c \
	tests/unit/lead/field.c \
	tests/unit/lead/intake.c \
	tests/unit/lead/lead.c \
	tests/unit/lead/main.c \
	tests/unit/lead/members.c \
	tests/unit/lead/metric.c \
	tests/unit/lead/money.c \
	tests/unit/lead/property.c \
	tests/unit/lead/reason.c \
	tests/unit/lead/retry.c \
	tests/unit/lead/schedule.c \
	tests/unit/lead/score.c \
	tests/unit/lead/suites.h \
	tests/unit/lead/vertical.c
tests_unit_test_lead_CPPFLAGS = $(AM_CPPFLAGS) $(CHECK_CFLAGS) -DSRCDIR='"$(abs_top_srcdir)"'
tests_unit_test_lead_LDADD = lib/liblead.a lib/libwire.a lib/libbase.a $(GAVEL_SYS) $(CHECK_LIBS)
