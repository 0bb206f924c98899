#ifndef GAVEL_TESTS_UNIT_WIRE_SUITES_H
#define GAVEL_TESTS_UNIT_WIRE_SUITES_H

#include <check.h>

#include "lib/base/arena.h"
#include "lib/base/buf.h"

#define N_OF(table) ((int)(sizeof(table) / sizeof((table)[0])))
#define ck_assert_str(got, want) \
	do { \
		struct str ck_got = (got); \
		ck_assert_msg(str_is(ck_got, (want)), "got \"%.*s\", want \"%s\"", STR_ARG(ck_got), (want)); \
	} while (0)

/* A request thread's stack; the sanitizers' frames are larger. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define TEST_STACK (2 * 1024 * 1024)
#else
#define TEST_STACK (256 * 1024)
#endif

TCase *csv_cases(void);
TCase *form_cases(void);
TCase *json_read_cases(void);
TCase *json_write_cases(void);
TCase *xml_path_cases(void);
TCase *xml_read_cases(void);
TCase *xml_write_cases(void);

#endif
