#include "lib/exchange/decision.h"
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

static const struct decision kinds[] = {
	{ .contract = 1, .code = REASON_FILTER_GEO, .rule = RULE_FILTER, .index = 3, .cost = -1, .ms = -1 },
	{ .contract = 4294967001u, .code = REASON_OFFERED, .cost = 125000, .ms = 37, .rank_value = 12.5 },
	{ .contract = 300, .code = REASON_TIMEOUT, .cost = -1, .ms = 1500 },
	{ .contract = 70000, .code = REASON_NONE, .cost = -1, .ms = -1 },
	{ .contract = 0, .code = REASON_CONVERTED, .rule = RULE_FUNDING, .index = UINT16_MAX, .cost = INT64_MAX, .ms = INT32_MAX, .rank_value = 1e300 },
	{ .contract = UINT32_MAX, .code = REASON_BELOW_RESERVE, .rule = RULE_PRICE, .cost = 0, .ms = 0 },
	{ .contract = 5, .code = REASON_OUTBID, .cost = 9, .ms = 1, .rank_value = 0.25, .has_draw = true, .draw = UINT64_MAX },
	{ .contract = 6, .code = REASON_OFFERED, .cost = INT64_MAX, .ms = INT32_MAX, .rank_value = 3, .rule = RULE_FILTER, .index = UINT16_MAX,
	    .has_draw = true, .draw = UINT64_MAX - 1, .acceptance = 0.875, .speed = 0.5 },
	{ .contract = 7, .code = REASON_OFFERED, .cost = 1, .ms = -1, .has_draw = true, .draw = 0 },
};

enum { N_KINDS = sizeof(kinds) / sizeof(kinds[0]) };

START_TEST(what_is_packed_comes_back)
{
	struct decision *out;
	struct err e;
	size_t n;
	struct str packed = decision_pack(a, kinds, N_KINDS);

	ck_assert_int_eq(decision_unpack(a, packed, &out, &n, &e), 0);
	ck_assert_uint_eq(n, N_KINDS);
	for (size_t i = 0; i < n; i++) {
		ck_assert_uint_eq(out[i].contract, kinds[i].contract);
		ck_assert_int_eq(out[i].code, kinds[i].code);
		ck_assert_int_eq(out[i].rule, kinds[i].rule);
		ck_assert_uint_eq(out[i].index, kinds[i].index);
		ck_assert_int_eq(out[i].cost, kinds[i].cost);
		ck_assert_int_eq(out[i].ms, kinds[i].ms);
		ck_assert_double_eq(out[i].rank_value, kinds[i].rank_value);
		ck_assert(out[i].has_draw == kinds[i].has_draw && out[i].draw == kinds[i].draw);
		ck_assert_double_eq(out[i].acceptance, kinds[i].acceptance);
		ck_assert_double_eq(out[i].speed, kinds[i].speed);
	}
}
END_TEST

START_TEST(a_cut_is_refused_at_every_byte)
{
	struct str packed = decision_pack(a, kinds, N_KINDS);
	struct decision *out;
	struct err e;
	size_t n;

	for (size_t cut = 1; cut < packed.n; cut++)
		ck_assert_int_eq(decision_unpack(a, (struct str){ packed.p, cut }, &out, &n, &e), -1);
}
END_TEST

/* Contract 3, offered at 12.50 for 125000 after 9 ms, as the first layout had it. */
START_TEST(the_first_layout_is_read)
{
	static const char first[] = "\x01\x01\x03\x9e\x32\xc8\xd0\x07\x09\0\0\0\0\0\0\x29\x40";
	struct decision *out;
	struct err e;
	size_t n;

	ck_assert_int_eq(decision_unpack(a, STR(first), &out, &n, &e), 0);
	ck_assert_uint_eq(n, 1);
	ck_assert_uint_eq(out[0].contract, 3);
	ck_assert_int_eq(out[0].code, REASON_OFFERED);
	ck_assert_int_eq(out[0].cost, 125000);
	ck_assert_int_eq(out[0].ms, 9);
	ck_assert_double_eq(out[0].rank_value, 12.5);
	ck_assert(!out[0].has_draw);
}
END_TEST

START_TEST(strangers_are_refused)
{
	static const char other_layout[] = "\x03\x01\x01\x01", endless[] = "\x01\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff";
	struct decision *out;
	struct err e;
	size_t n = 9;

	ck_assert_int_eq(decision_unpack(a, STR(other_layout), &out, &n, &e), -1);
	ck_assert_int_eq(decision_unpack(a, STR(endless), &out, &n, &e), -1);
	ck_assert_int_eq(decision_unpack(a, STR(""), &out, &n, &e), 0);
	/* A lead has none of its own until it is ranked again. */
	ck_assert_int_eq(decision_unpack(a, (struct str){ NULL, 0 }, &out, &n, &e), 0);
	ck_assert_uint_eq(n, 0);
}
END_TEST

START_TEST(pointers_name_the_rule)
{
	static const struct { enum rule rule; unsigned index; const char *pointer; } cases[] = {
		{ RULE_FILTER, 0, "/filters/0" }, { RULE_FILTER, 12, "/filters/12" }, { RULE_SCHEDULE, 0, "/schedule" },
		{ RULE_BLOCK, 2, "/sources/block/2" }, { RULE_NONE, 7, "" }, { RULE_CAP, 1, "/caps/1" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct decision d = { .rule = cases[i].rule, .index = (uint16_t)cases[i].index };

		ck_assert_str_eq(arena_cstr(a, decision_pointer(a, &d)), cases[i].pointer);
	}
}
END_TEST

START_TEST(counts_are_by_code)
{
	struct decision list[] = { { .code = REASON_TIMEOUT }, { .code = REASON_FILTER_GEO }, { .code = REASON_FILTER_GEO }, { .code = REASON_NONE } };
	struct reason_count *counts;

	ck_assert_uint_eq(decision_count(a, list, 4, &counts), 2);
	ck_assert_int_eq(counts[0].code, REASON_FILTER_GEO);
	ck_assert_uint_eq(counts[0].count, 2);
	ck_assert_int_eq(counts[1].code, REASON_TIMEOUT);
	ck_assert_uint_eq(counts[1].count, 1);
}
END_TEST

TCase *decision_tests(void)
{
	TCase *t = tcase_create("decision");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, what_is_packed_comes_back);
	tcase_add_test(t, a_cut_is_refused_at_every_byte);
	tcase_add_test(t, the_first_layout_is_read);
	tcase_add_test(t, strangers_are_refused);
	tcase_add_test(t, pointers_name_the_rule);
	tcase_add_test(t, counts_are_by_code);
	return t;
}
