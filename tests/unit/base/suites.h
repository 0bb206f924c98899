#ifndef GAVEL_TESTS_UNIT_BASE_SUITES_H
#define GAVEL_TESTS_UNIT_BASE_SUITES_H

#include <check.h>

#include "lib/base/str.h"

#define N_OF(table) ((int)(sizeof(table) / sizeof((table)[0])))
#define ck_assert_str(got, want) \
	do { \
		struct str ck_got = (got); \
		ck_assert_msg(str_is(ck_got, (want)), "got \"%.*s\", want \"%s\"", STR_ARG(ck_got), (want)); \
	} while (0)

/* For loops of many turns: Check's own assertions write a note to a pipe each time, also when they hold. */
#define must(holds, ...) \
	do { \
		if (!(holds)) \
			ck_abort_msg(__VA_ARGS__); \
	} while (0)

TCase *arena_cases(void);
TCase *buf_cases(void);
TCase *clock_cases(void);
TCase *err_cases(void);
TCase *fail_cases(void);
TCase *fault_cases(void);
TCase *http_cases(void);
TCase *id_cases(void);
TCase *log_cases(void);
TCase *map_cases(void);
TCase *money_cases(void);
TCase *pattern_cases(void);
TCase *shm_cases(void);
TCase *str_cases(void);
TCase *thread_cases(void);
TCase *utf8_cases(void);
TCase *value_cases(void);
TCase *zone_cases(void);

#endif
