#include "tests/unit/catalog/suites.h"

static struct arena *arena;

static void setup(void)
{
	arena = arena_new((size_t)1 << 28);
}

static void teardown(void)
{
	arena_free(&arena);
}

/* "replaced contract k /buyers/0/contracts/0 [/tier /filters/0/op]", a line each. */
static const char *text_of(const struct catalog_change *list, size_t n)
{
	struct buf b;

	buf_in(&b, arena, 1 << 20);
	for (size_t i = 0; i < n; i++) {
		buf_addf(&b, "%s %.*s %.*s %.*s", change_name(list[i].change), STR_ARG(list[i].kind), STR_ARG(list[i].key),
		    STR_ARG(list[i].pointer));
		for (size_t m = 0; m < list[i].n_members; m++)
			buf_addf(&b, "%s%.*s", m == 0 ? " [" : " ", STR_ARG(list[i].members[m]));
		buf_add_cstr(&b, list[i].n_members > 0 ? "]\n" : "\n");
	}
	return buf_str(&b).p;
}

static const char *diff(const struct value *from, const struct value *to)
{
	struct catalog_change *list;
	size_t n = catalog_diff(arena, from, to, &list);

	return text_of(list, n);
}

#define K "/buyers/0/contracts/0"

/* The base with one thing changed. */
static const struct {
	const char *pointer, *json, *diff;
} changes[] = {
	{ "/gavel", "1", "" },
	{ K "/tier", "1", "replaced contract k " K " [/tier]\n" },
	{ K "/price/max", "\"90.00\"", "replaced contract k " K " [/price/max]\n" },
	{ K "/price/max", NULL, "replaced contract k " K " [/price/max]\n" },
	{ K "/filters/0/value/-", "\"AZ\"", "replaced contract k " K " [/filters/0/value]\n" },
	{ K "/filters/0/value/0", "\"AZ\"", "replaced contract k " K " [/filters/0/value/0]\n" },
	{ K, NULL, "removed contract k " K "\n" },
	{ "/buyers/0/name", "\"Bee\"", "replaced buyer b /buyers/0 [/name]\n" },
	{ "/buyers/0/key", "\"bee\"", "removed buyer b /buyers/0\nadded buyer bee /buyers/0\n"
	    "replaced contract fixed /buyers/0/contracts/1 []\nreplaced contract k " K " []\n" },
	{ "/buyers/0/contracts", "[]", "removed contract fixed /buyers/0/contracts/1\nremoved contract k " K "\n" },
	{ "/buyers/0", NULL,
	    "removed buyer b /buyers/0\nremoved contract fixed /buyers/0/contracts/1\nremoved contract k " K "\n" },
	{ "/buyers/-", "{\"key\":\"a\",\"contracts\":[{\"key\":\"ak\"}]}",
	    "added buyer a /buyers/1\nadded contract ak /buyers/1/contracts/0\n" },
	{ "/lookups/own_rent/rent", "\"3\"", "replaced lookup own_rent /lookups/own_rent [/rent]\n" },
	{ "/lookups/a~b", "{}", "added lookup a~b /lookups/a~0b\n" },
	{ "/lists/zips", "[]", "replaced list zips /lists/zips []\n" },
	{ "/verticals/0/fields/4/max", "90", "replaced vertical v /verticals/0 [/fields/4/max]\n" },
	{ "/campaigns/0/routing/bid_ttl_s", "90", "replaced campaign c /campaigns/0 [/routing/bid_ttl_s]\n" },
	{ "/sellers/0/status", "\"paused\"", "replaced seller s /sellers/0 [/status]\n" },
	{ "/channels/0/cost/amount", "\"0.60\"", "replaced channel h /channels/0 [/cost/amount]\n" },
	{ "/forms/0/steps/1/title", "\"Too\"", "replaced form f /forms/0 [/steps/1/title]\n" },
};

START_TEST(differs)
{
	struct value from = doc_read(arena, doc_base), to = doc_set(arena, &from, changes[_i].pointer, changes[_i].json);

	ck_assert_str_eq(diff(&from, &to), changes[_i].diff);
	ck_assert_str_eq(diff(&to, &to), "");
}
END_TEST

/* Order is no difference, but where it is the operator's own. */
START_TEST(order_alone)
{
	struct value x = doc_read(arena, "{\"sellers\":[{\"key\":\"a\",\"name\":\"A\"},{\"key\":\"b\"}],\"buyers\":[{\"key\":\"b\","
	    "\"contracts\":[{\"key\":\"k\",\"post\":{\"url\":\"u\",\"body\":{\"form\":{\"x\":\"1\",\"y\":\"2\"}}}}]}]}");
	struct value y = doc_read(arena, "{\"buyers\":[{\"contracts\":[{\"post\":{\"body\":{\"form\":{\"x\":\"1\",\"y\":\"2\"}},\"url\":\"u\"},"
	    "\"key\":\"k\"}],\"key\":\"b\"}],\"sellers\":[{\"key\":\"b\"},{\"name\":\"A\",\"key\":\"a\"}]}");
	struct value z = doc_set(arena, &y, K "/post/body/form", "{\"y\":\"2\",\"x\":\"1\"}");

	ck_assert_str_eq(diff(&x, &y), "");
	ck_assert_str_eq(diff(&x, &z), "replaced contract k " K " [/post/body/form]\n");
}
END_TEST

START_TEST(moved)
{
	struct value x = doc_read(arena, "{\"buyers\":[{\"key\":\"a\",\"contracts\":[{\"key\":\"k\"}]},{\"key\":\"b\"}]}");
	struct value y = doc_read(arena, "{\"buyers\":[{\"key\":\"a\"},{\"key\":\"b\",\"contracts\":[{\"key\":\"k\"}]}]}");

	ck_assert_str_eq(diff(&x, &y), "replaced contract k /buyers/1/contracts/0 []\n");
}
END_TEST

START_TEST(many_members)
{
	struct buf b;
	struct value x = doc_read(arena, "{\"lookups\":{\"x\":{}}}"), y;
	struct catalog_change *list;

	buf_in(&b, arena, 1 << 16);
	buf_add_cstr(&b, "{\"lookups\":{\"x\":{\"0\":\"\"");
	for (int i = 1; i < 100; i++)
		buf_addf(&b, ",\"%d\":\"\"", i);
	buf_add_cstr(&b, "}}}");
	y = doc_read(arena, buf_str(&b).p);
	ck_assert_uint_eq(catalog_diff(arena, &x, &y, &list), 1);
	ck_assert_uint_eq(list[0].n_members, CHANGE_MEMBERS_MAX);
}
END_TEST

START_TEST(from_nothing)
{
	struct value x = doc_read(arena, "{}"), y = doc_read(arena, doc_base);

	ck_assert_str_eq(diff(&x, &y), "added lookup own_rent /lookups/own_rent\nadded list zips /lists/zips\n"
	    "added vertical v /verticals/0\nadded campaign c /campaigns/0\nadded seller s /sellers/0\nadded buyer b /buyers/0\n"
	    "added contract fixed /buyers/0/contracts/1\nadded contract k " K "\nadded channel h /channels/0\nadded form f /forms/0\n");
}
END_TEST

TCase *diff_cases(void)
{
	TCase *cases = tcase_create("diff");

	tcase_add_checked_fixture(cases, setup, teardown);
	tcase_add_loop_test(cases, differs, 0, N_OF(changes));
	tcase_add_test(cases, order_alone);
	tcase_add_test(cases, moved);
	tcase_add_test(cases, many_members);
	tcase_add_test(cases, from_nothing);
	return cases;
}
