check_PROGRAMS += tests/unit/test_conf
tests_unit_test_conf_SOURCES = tests/unit/conf/main.c
tests_unit_test_conf_CPPFLAGS = $(AM_CPPFLAGS) $(CHECK_CFLAGS) -DSRCDIR='"$(abs_top_srcdir)"'
tests_unit_test_conf_LDADD = $(CHECK_LDADD)
