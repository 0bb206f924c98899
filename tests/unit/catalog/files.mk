check_PROGRAMS += tests/unit/test_catalog
tests_unit_test_catalog_SOURCES = tests/unit/catalog/main.c tests/unit/catalog/suites.h tests/unit/catalog/compile.c \
	tests/unit/catalog/demo.c tests/unit/catalog/diff.c tests/unit/catalog/document.c tests/unit/catalog/faults.c \
	tests/unit/catalog/docs.c
tests_unit_test_catalog_LDADD = $(CHECK_LDADD)
