/*
 * The cases of lib/crypt, one function for each file, and what they share.
 */
#ifndef GAVEL_TEST_CRYPT_CASES_H
#define GAVEL_TEST_CRYPT_CASES_H

#include <check.h>

#include "lib/crypt/crypt.h"

#define N_OF(array) ((int)(sizeof(array) / sizeof((array)[0])))
#define BYTES(array) ((struct str){ (const char *)(array), sizeof(array) })

#define ck_assert_text(got, want) do { \
	struct str got_ = (got); \
	ck_assert_msg(str_is(got_, (want)), "got \"%.*s\", not \"%s\"", STR_ARG(got_), (want)); \
} while (0)

TCase *cases_hash(void);
TCase *cases_seal(void);
TCase *cases_keys(void);
TCase *cases_webhook(void);

#endif
