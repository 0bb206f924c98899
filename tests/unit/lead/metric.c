/* Figures of reports: how they are made of sums, that they say what they are, and histograms that add up. */
#include <stdio.h>

#include "lib/lead/latency.h"
#include "lib/lead/metric.h"
#include "tests/unit/lead/suites.h"

static const struct figure {
	const char *name;
	int64_t above, below, expected;
	bool none;
} figures[] = {
	{ "fill_rate", 1, 3, 3333, false },
	{ "fill_rate", 2, 3, 6667, false },
	{ "fill_rate", 1, 32, 312, false },     /* 0.03125: half to even */
	{ "fill_rate", 3, 32, 938, false },     /* 0.09375 */
	{ "fill_rate", 0, 0, 0, true },
	{ "fill_rate", 5, 0, 0, true },
	{ "fill_rate", 0, 7, 0, false },
	{ "avg_bid", 100001, 2, 50000, false }, /* 5.00005 */
	{ "avg_bid", 100003, 2, 50002, false },
	{ "avg_bid", INT64_C(9000000000000000000), 3, INT64_C(3000000000000000000), false },
};

START_TEST(quotients)
{
	const struct figure *f = &figures[_i];
	const struct metric *m = metric_find(str_of(f->name), METRIC_OPERATOR);
	int64_t of[STAT__N] = { 0 }, v = -1;

	ck_assert_ptr_nonnull(m);
	for (int i = 0; i < STAT__N; i++) {
		if (m->plus & STAT_BIT(i))
			of[i] = f->above;
		if (m->over & STAT_BIT(i))
			of[i] = f->below;
	}
	ck_assert_int_eq(metric_value(m, of, &v), !f->none);
	if (!f->none)
		ck_assert_int_eq(v, f->expected);
}
END_TEST

START_TEST(losses_have_a_sign)
{
	int64_t of[STAT__N] = { [STAT_REVENUE] = 300000, [STAT_RETURNED] = 100000, [STAT_PAYOUT] = 250000, [STAT_SPEND] = 400000 }, v;

	ck_assert(metric_value(metric_find(STR("margin"), METRIC_OPERATOR), of, &v));
	ck_assert_int_eq(v, -50000);
	ck_assert(metric_value(metric_find(STR("net_revenue"), METRIC_OPERATOR), of, &v));
	ck_assert_int_eq(v, 200000);
	ck_assert(metric_value(metric_find(STR("roi"), METRIC_OPERATOR), of, &v));
	ck_assert_int_eq(v, -5000);
}
END_TEST

START_TEST(sellers_see_no_buyers_prices)
{
	static const char *const hidden[] = { "revenue", "margin", "net_revenue", "rpl", "cost", "roi", "epc", "clicks", "timeouts", "p50_ms", "asked" };
	size_t n;
	const struct metric *list = metric_list(&n);

	for (int i = 0; i < N_OF(hidden); i++)
		ck_assert_ptr_null(metric_find(str_of(hidden[i]), METRIC_SELLER));
	for (size_t i = 0; i < n; i++)
		if (list[i].audience & METRIC_SELLER)
			ck_assert_msg(((list[i].plus | list[i].minus | list[i].over) &
			    (STAT_BIT(STAT_REVENUE) | STAT_BIT(STAT_BID_SUM) | STAT_BIT(STAT_WON_SUM) | STAT_BIT(STAT_RETURNED))) == 0, "%s", list[i].name);
}
END_TEST

START_TEST(what_is_divided_says_by_what)
{
	size_t n;
	const struct metric *list = metric_list(&n);

	for (size_t i = 0; i < n; i++)
		ck_assert_msg(list[i].over == 0 || strchr(list[i].words, '/') != NULL, "%s: %s", list[i].name, list[i].words);
}
END_TEST

/* Each metric stands in docs/reports.md with its words. */
START_TEST(documented)
{
	static char text[64 * 1024];
	FILE *f = fopen(SRCDIR "/docs/reports.md", "r");
	size_t n, size;
	const struct metric *list = metric_list(&n);

	ck_assert_ptr_nonnull(f);
	size = fread(text, 1, sizeof(text) - 1, f);
	fclose(f);
	text[size] = '\0';
	for (size_t i = 0; i < n; i++) {
		char row[1024];
		unsigned who = list[i].audience;

		snprintf(row, sizeof(row), "| `%s` | %s | %s |\n", list[i].name, who == METRIC_ALL ? "both" : who == METRIC_SELLER ? "seller" : "operator",
		    list[i].words);
		ck_assert_msg(strstr(text, row) != NULL, "docs/reports.md lacks %s", row);
	}
	for (int d = 0; d < DIM__N; d++)
		ck_assert_msg(strstr(text, dimension_words((enum dimension)d)) != NULL, "docs/reports.md lacks %s", dimension_name((enum dimension)d));
}
END_TEST

START_TEST(buckets_are_near)
{
	for (int64_t ms = 0; ms < 120000; ms += ms < 200 ? 1 : ms / 37) {
		int64_t told = latency_ms(latency_bucket(ms)), off = told > ms ? told - ms : ms - told;

		ck_assert_msg(off * 100 <= ms * 4 || off <= 1, "%lld ms is told as %lld", (long long)ms, (long long)told);
	}
	ck_assert_int_eq(latency_bucket(-5), 0);
	ck_assert_int_eq(latency_bucket(INT64_MAX), LATENCY_BUCKETS - 1);
}
END_TEST

START_TEST(histograms_add_up_and_pack)
{
	struct latency one = { { 0 } }, two = { { 0 } }, back = { { 0 } };
	uint8_t bytes[LATENCY_PACKED];
	size_t n;

	for (int ms = 1; ms <= 100; ms++)
		one.of[latency_bucket(ms)]++;
	ck_assert_int_eq(latency_quantile(&two, 50), -1);
	ck_assert_int_le(latency_quantile(&one, 50), 52);
	ck_assert_int_ge(latency_quantile(&one, 50), 48);
	ck_assert_int_ge(latency_quantile(&one, 95), 92);
	two.of[latency_bucket(5000)] = 100;
	latency_add(&two, &one);
	ck_assert_int_ge(latency_quantile(&two, 95), 4800);
	n = latency_pack(&two, bytes);
	ck_assert(latency_unpack(&back, (struct str){ (const char *)bytes, n }, 1));
	ck_assert_mem_eq(&back, &two, sizeof(two));
	ck_assert(latency_unpack(&back, (struct str){ (const char *)bytes, n }, -1));
	ck_assert_int_eq(latency_quantile(&back, 50), -1);
	ck_assert(!latency_unpack(&back, (struct str){ (const char *)bytes, n - 1 }, 1));
	ck_assert(!latency_unpack(&back, STR("\xff\x7f\x01"), 1));
}
END_TEST

TCase *metric_cases(void)
{
	TCase *c = tcase_create("metric");

	tcase_add_loop_test(c, quotients, 0, N_OF(figures));
	tcase_add_test(c, losses_have_a_sign);
	tcase_add_test(c, sellers_see_no_buyers_prices);
	tcase_add_test(c, what_is_divided_says_by_what);
	tcase_add_test(c, documented);
	tcase_add_test(c, buckets_are_near);
	tcase_add_test(c, histograms_add_up_and_pack);
	return c;
}
