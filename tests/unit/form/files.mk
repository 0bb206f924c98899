check_PROGRAMS += tests/unit/test_form
tests_unit_test_form_SOURCES = tests/unit/form/main.c tests/unit/form/suites.h tests/unit/form/inputs.c tests/unit/form/visit.c \
	tests/unit/form/words.c fcgi-app/form/entries.c fcgi-app/form/inputs.c fcgi-app/form/visit.c fcgi-app/form/words.c
tests_unit_test_form_LDADD = $(CHECK_LDADD)
