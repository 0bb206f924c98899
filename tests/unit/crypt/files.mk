check_PROGRAMS += tests/unit/test_crypt
tests_unit_test_crypt_SOURCES = tests/unit/crypt/cases.h tests/unit/crypt/hash.c tests/unit/crypt/keys.c tests/unit/crypt/main.c \
	tests/unit/crypt/seal.c tests/unit/crypt/webhook.c
tests_unit_test_crypt_CPPFLAGS = $(AM_CPPFLAGS) $(CHECK_CFLAGS)
tests_unit_test_crypt_LDADD = $(CHECK_LDADD)
