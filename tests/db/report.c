/*
 * Reports on a real server: what is read back of roll-ups is what the raw rows say, by any time zone's clock, and within bounds.
 */
#include "lib/base/clock.h"
#include "lib/base/zone.h"
#include "lib/store/click.h"
#include "lib/store/report.h"
#include "tests/db/raw.h"

static void read_report(struct db *db, struct arena *a, struct report_query *q, struct report *out)
{
	static const struct report_channel channels[] = { { CPC, CAMPAIGN }, { CPL, CAMPAIGN }, { SHARE, CAMPAIGN } };
	struct err e;

	q->channels = channels;
	q->n_channels = 3;
	ck_assert_good(report_read(db, a, q, out, &e), e);
}

static int64_t value_of(const char *name, const struct report_row *row)
{
	int64_t v = -1;

	ck_assert_msg(metric_value(metric_find(str_of(name), METRIC_OPERATOR), row->of, &v), "%s has no value", name);
	return v;
}

START_TEST(clicks_cost_and_spend)
{
	struct db *db = raw_fresh();
	struct arena *a = arena_new(ARENA_MAX);
	struct report_query q = { .from = NOON - NOON % DAY, .to = NOON - NOON % DAY + DAY, .by = DIM_BIT(DIM_CHANNEL) };
	struct id cpc = raw_click(db, NOON, CPC), cpl = raw_click(db, NOON, CPL), share = raw_click(db, NOON, SHARE);
	struct report r;

	raw_sale(db, raw_lead(db, NOON, LEAD_SOLD, 0, cpc, false), NOON, 1, SALE_ACCEPTED, REASON_ACCEPTED);
	raw_lead(db, NOON, LEAD_UNSOLD, 0, cpl, false);
	raw_lead(db, NOON, LEAD_REJECTED, REASON_DUPLICATE, cpl, false); /* costs nothing */
	raw_sale(db, raw_lead(db, NOON, LEAD_SOLD, 0, share, false), NOON, 1, SALE_ACCEPTED, REASON_ACCEPTED);
	raw_count(db, NOON + 60 * SECOND);
	ck_assert_int_eq(number(db, ALL("clicks")), 3);
	raw_click(db, NOON + SECOND, CPC); /* late, its quarter open */
	raw_count(db, NOON + 120 * SECOND);
	raw_count(db, NOON + HOUR);
	raw_count(db, NOON + HOUR + SECOND);
	ck_assert_int_eq(number(db, ALL("clicks")), 4);
	run_sql(db, "INSERT INTO spend (channel_id, day, amount, currency, updated_at, actor) VALUES (1, '2026-11-20', 3.5, 'USD', NOW(6), 't'),"
		    " (1, '2026-11-19', 100, 'USD', NOW(6), 't'), (3, '2026-11-21', 100, 'USD', NOW(6), 't')");
	read_report(db, a, &q, &r);
	ck_assert_int_eq(r.n, 3);
	ck_assert_int_eq(r.rows[0].channel, CPC);
	ck_assert_int_eq(value_of("clicks", &r.rows[0]), 2);
	ck_assert_int_eq(value_of("cost", &r.rows[0]), 45000);   /* two clicks of 0.50 and what was told for the day */
	ck_assert_int_eq(value_of("roi", &r.rows[0]), 12222);    /* (10.00 - 4.50) / 4.50 */
	ck_assert_int_eq(value_of("epc", &r.rows[0]), 40000);    /* 8.00 / 2 */
	ck_assert_int_eq(value_of("cost", &r.rows[1]), 12500);
	ck_assert_int_eq(value_of("roi", &r.rows[1]), -10000);
	ck_assert_int_eq(value_of("cost", &r.rows[2]), 10000);
	raw_check_layers(db);
	arena_free(&a);
	db_close(&db);
}
END_TEST

static int64_t pings_between(struct db *db, int64_t from, int64_t to)
{
	static const char sql[] = "SELECT COUNT(*) FROM ping WHERE created_at >= ? AND created_at < ?";
	struct arena *a = arena_new(1 << 20);
	struct db_rows rows;
	int64_t out;
	struct err e;

	ck_assert_int_eq(db_find(db, a, sql, DB_ARGS(DB_T(from), DB_T(to)), &rows, &e), FOUND_YES);
	out = rows.list[0].i;
	arena_free(&a);
	return out;
}

/* Sums of a report by a time zone's own hours and days, against its raw rows. */
/* A channel that has left the configuration, or serves another campaign since, leaves what it cost where it was spent. */
START_TEST(spend_stays_with_its_campaign)
{
	static const uint32_t only[] = { CAMPAIGN };
	struct db *db = raw_fresh();
	struct arena *a = arena_new(ARENA_MAX);
	struct report_query q = { .from = NOON - NOON % DAY, .to = NOON - NOON % DAY + DAY, .by = DIM_BIT(DIM_CAMPAIGN),
		.only = { [DIM_CAMPAIGN] = { only, 1 } } };
	struct spend spend = { .channel_id = 99, .campaign_id = CAMPAIGN, .day = STR("2026-11-20"), .amount = 35000, .currency = "USD", .clicks = -1,
		.updated_at = NOON, .actor = STR("t") };
	struct report r;
	struct err e;

	ck_assert_good(spend_store_put(db, &spend, &e), e);
	spend.channel_id = CPC;
	spend.campaign_id = EURO;
	spend.amount = 70000;
	ck_assert_good(spend_store_put(db, &spend, &e), e);
	read_report(db, a, &q, &r);
	ck_assert_int_eq(r.n, 1);
	ck_assert_int_eq(r.rows[0].campaign, CAMPAIGN);
	ck_assert_int_eq(value_of("cost", &r.rows[0]), 35000);
	arena_free(&a);
	db_close(&db);
}
END_TEST

START_TEST(days_of_a_time_zone_add_up)
{
	static const char *const zones[] = { "UTC", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe" };
	static const enum dimension units[] = { DIM_HOUR, DIM_DAY, DIM_WEEK, DIM_MONTH };
	struct db *db = raw_fresh();
	struct arena *a = arena_new(ARENA_MAX);
	const int64_t change = INT64_C(1793512800) * SECOND; /* 2026-11-01 06:00 UTC: New York sets its clocks back */
	struct err e;

	for (int64_t at = change - DAY; at < change + DAY; at += 7 * QUARTER / 3)
		raw_ping(db, at, CAMPAIGN, false);
	raw_count(db, change + 2 * DAY);
	for (int i = 0; i < N_OF(zones) * N_OF(units); i++) {
		struct report_query q = { .from = change - DAY + HOUR, .to = change + DAY - HOUR, .by = DIM_BIT(units[i % 4]) | DIM_BIT(DIM_BUYER) };
		const struct zone *z;
		int64_t pings = 0, truth;
		struct report r;

		ck_assert_good(zone_load(a, str_of(zones[i / 4]), &z, &e), e);
		q.zone = z;
		read_report(db, a, &q, &r);
		for (size_t k = 0; k < r.n; k++) {
			int64_t end = k + 1 < r.n ? r.rows[k + 1].at : q.to;

			if (k + 1 < r.n && r.rows[k + 1].at == r.rows[k].at)
				continue;
			truth = pings_between(db, r.rows[k].at, end);
			ck_assert_msg(value_of("pings", &r.rows[k]) == truth, "%s, %s: %lld, not %lld", zones[i / 4], dimension_name(units[i % 4]),
			    (long long)value_of("pings", &r.rows[k]), (long long)truth);
			pings += truth;
		}
		ck_assert_int_eq(pings, pings_between(db, q.from, q.to));
		arena_reset(a);
	}
	arena_free(&a);
	db_close(&db);
}
END_TEST

START_TEST(a_report_keeps_within_its_bounds)
{
	struct db *db = raw_fresh();
	struct arena *a = arena_new(ARENA_MAX);
	struct report_query q = { .from = NOON - NOON % DAY, .to = NOON - NOON % DAY + DAY, .by = DIM_BIT(DIM_SUB1) | DIM_BIT(DIM_SUB2) };
	struct report r;
	struct err e;

	raw_ping(db, NOON, CAMPAIGN, false);
	raw_count(db, NOON + HOUR);
	run_sql(db, "INSERT INTO stat_quarter SELECT grain, span, starts_at, contract_id, buyer_id, seller_id, campaign_id, channel_id, currency,"
		    " CONCAT(seq, REPEAT('x', 120)), CONCAT(seq, REPEAT('y', 120)), pings, filled, asked, bids, bid_sum, won, won_sum, listed, listed_sum,"
		    " offered_sum, timeouts, posts, sold, recovered, attempts, accepted, returns, conversions, revenue, returned, payout, lead_cost, clicks,"
		    " click_cost FROM stat_quarter, seq_1_to_9999 WHERE grain = 1 AND span = 96 AND contract_id = 0");
	read_report(db, a, &q, &r);
	ck_assert_int_eq(r.n, REPORT_ROWS_MAX);
	ck_assert_uint_lt(arena_used(a), REPORT_BYTES_MAX + 8 * 1024 * 1024);
	run_sql(db, "UPDATE stat_quarter SET sub1 = 'another' WHERE grain = 1 AND span = 96 AND contract_id = 0 AND sub1 = 's';"
		    "INSERT INTO stat_quarter SELECT grain, span, starts_at, contract_id, buyer_id, seller_id, campaign_id, channel_id, currency, 's', sub2, pings,"
		    " filled, asked, bids, bid_sum, won, won_sum, listed, listed_sum, offered_sum, timeouts, posts, sold, recovered, attempts, accepted, returns,"
		    " conversions, revenue, returned, payout, lead_cost, clicks, click_cost FROM stat_quarter WHERE sub1 = 'another'");
	ck_assert_int_eq(report_read(db, a, &q, &r, &e), -1);
	ck_assert_int_eq(e.kind, ERR_INVALID);
	ck_assert_str_eq(e.code, "report_too_large");
	ck_assert_int_eq(number(db, "SELECT 7"), 7); /* the connection is good for more */
	arena_free(&a);
	db_close(&db);
}
END_TEST

TCase *cases_report(void)
{
	TCase *c = tcase_create("report");

	tcase_set_timeout(c, 120);
	tcase_add_test(c, clicks_cost_and_spend);
	tcase_add_test(c, spend_stays_with_its_campaign);
	tcase_add_test(c, days_of_a_time_zone_add_up);
	tcase_add_test(c, a_report_keeps_within_its_bounds);
	return c;
}
