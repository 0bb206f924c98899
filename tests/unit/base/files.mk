check_PROGRAMS += tests/unit/test_base
tests_unit_test_base_SOURCES = tests/unit/base/main.c tests/unit/base/suites.h tests/unit/base/arena.c tests/unit/base/id.c \
	tests/unit/base/money.c tests/unit/base/report.c tests/unit/base/shared.c tests/unit/base/text.c tests/unit/base/thread.c tests/unit/base/time.c tests/unit/base/unicode.c \
	tests/unit/base/value.c
tests_unit_test_base_LDADD = lib/libbase.a $(PCRE2_LIBS) $(IDN2_LIBS) $(CHECK_LIBS) -lm
