#include "lib/lead/retry.h"
#include "tests/unit/lead/suites.h"

static const int64_t ladder_s[] = { 0, 5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400 };

START_TEST(each_step)
{
	const int64_t ended = INT64_C(1800000000) * 1000000 + 7;
	static const uint32_t random[] = { 0, 1, 0x8000, 0xffff, 0x10000, UINT32_MAX };

	ck_assert_int_eq((int)(sizeof(ladder_s) / sizeof(ladder_s[0])), RETRY_ATTEMPTS);
	for (int made = 0; made < RETRY_ATTEMPTS; made++) {
		int64_t wait = ladder_s[made] * 1000000, last = -1;

		ck_assert_int_eq(retry_next_at(made, ended, 0), ended + wait);
		for (size_t i = 0; i < sizeof(random) / sizeof(random[0]); i++) {
			int64_t at = retry_next_at(made, ended, random[i]) - ended;

			ck_assert_int_ge(at, wait);
			ck_assert_int_le(at, wait + wait / 10);
			last = at > last ? at : last;
		}
		/* The jitter is nearly a tenth, so that it is one. */
		ck_assert_int_ge(last, wait + wait / 10 - wait / 500);
	}
}
END_TEST

START_TEST(then_no_more)
{
	ck_assert_int_eq(retry_next_at(RETRY_ATTEMPTS, 0, 0), -1);
	ck_assert_int_eq(retry_next_at(RETRY_ATTEMPTS + 1, 0, 5), -1);
	ck_assert_int_eq(retry_next_at(-1, 0, 5), -1);
}
END_TEST

TCase *retry_cases(void)
{
	TCase *tc = tcase_create("retry");

	tcase_add_test(tc, each_step);
	tcase_add_test(tc, then_no_more);
	return tc;
}
