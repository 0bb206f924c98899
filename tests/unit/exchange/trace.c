/* Which traceparent a call carries. How requests' own are read: tests/unit/web/req.c. */
#include "lib/exchange/trace.h"
#include "tests/unit/exchange/exchange_tests.h"

static struct arena *a;

static void setup(void)
{
	a = arena_new(1 << 20);
}

static void teardown(void)
{
	arena_free(&a);
}

static const struct {
	const char *parent, *flags;
} parents[] = {
	{ "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", "01" },
	{ "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00", "00" },
	{ "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-03", "03" },
	{ "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-fd", "01" }, /* reserved ones are not passed on */
	{ "cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-02", "02" }, /* version 00 is what we speak */
};

START_TEST(the_trace_goes_on)
{
	struct str one = trace_next(a, str_of(parents[_i].parent)), other = trace_next(a, str_of(parents[_i].parent));

	ck_assert_uint_eq(one.n, 55);
	ck_assert(str_starts(one, STR("00-4bf92f3577b34da6a3ce929d0e0e4736-")));
	ck_assert(str_eq((struct str){ one.p + 53, 2 }, str_of(parents[_i].flags)));
	ck_assert(!str_eq(one, other));
	ck_assert(!str_contains(one, STR("00f067aa0ba902b7")) && !str_contains(one, STR("-0000000000000000-")));
}
END_TEST

START_TEST(none_stays_none)
{
	ck_assert_uint_eq(trace_next(a, STR("")).n, 0);
}
END_TEST

TCase *trace_tests(void)
{
	TCase *tc = tcase_create("trace");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, the_trace_goes_on, 0, sizeof(parents) / sizeof(parents[0]));
	tcase_add_test(tc, none_stays_none);
	return tc;
}
