check_PROGRAMS += tests/unit/test_buyer
tests_unit_test_buyer_SOURCES = tests/unit/buyer/main.c
tests_unit_test_buyer_LDADD = $(CHECK_LDADD)
