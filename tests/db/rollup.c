/*
 * Roll-ups on a real server: each raw row counts once, whoever counts and however often; what comes late or changes later is made good.
 */
#include <pthread.h>

#include "lib/exchange/tally.h"
#include "lib/store/report.h"
#include "lib/store/standing.h"
#include "tests/db/raw.h"

static const char sql_sale_state[] = "UPDATE sale SET state = ?, updated_at = ? WHERE id = ?";

START_TEST(a_ping_counts_once)
{
	struct db *db = raw_fresh();

	for (int i = 0; i < 3; i++)
		raw_ping(db, NOON + i * SECOND, CAMPAIGN, false);
	raw_ping(db, NOON + 40 * SECOND, CAMPAIGN, false);
	raw_ping(db, NOON, EURO, false);
	raw_count(db, NOON + 42 * SECOND);
	ck_assert_int_eq(number(db, ALL("pings")), 4); /* the last may still be on its way */
	raw_count(db, NOON + 60 * SECOND);
	raw_count(db, NOON + 60 * SECOND);
	ck_assert_int_eq(number(db, ALL("pings")), 5);
	ck_assert_int_eq(number(db, ALL("asked")), 10);
	ck_assert_int_eq(number(db, ALL("bid_sum")), 500000);
	ck_assert_int_eq(number(db, ALL("listed_sum")), 400000);
	ck_assert_int_eq(number(db, OF_C1("pings")), 5);
	ck_assert_int_eq(number(db, OF_C1("won")), 5);
	ck_assert_int_eq(number(db, "SELECT COUNT(DISTINCT currency) FROM stat_quarter WHERE contract_id = 0"), 2);
	ck_assert_int_eq(number(db, "SELECT SUM(pings) FROM stat_reason WHERE grain = 0 AND span = 96 AND contract_id = 2"), 5);
	ck_assert_int_eq(number(db, "SELECT COUNT(*) FROM stat_reason WHERE grain = 0 AND contract_id = 1"), 0);
	raw_check_layers(db);
	db_close(&db);
}
END_TEST

START_TEST(a_late_ping_counts_when_its_quarter_closes)
{
	struct db *db = raw_fresh();

	raw_ping(db, NOON + SECOND, CAMPAIGN, false);
	raw_count(db, NOON + 60 * SECOND);
	raw_ping(db, NOON + 2 * SECOND, CAMPAIGN, false); /* its commit took a minute */
	raw_count(db, NOON + QUARTER + 299 * SECOND);
	ck_assert_int_eq(number(db, ALL("pings")), 1);
	raw_count(db, NOON + QUARTER + 301 * SECOND);
	ck_assert_int_eq(number(db, ALL("pings")), 2);
	ck_assert_int_eq(number(db, ALL("bid_sum")), 200000);
	raw_count(db, NOON + QUARTER + 400 * SECOND);
	ck_assert_int_eq(number(db, ALL("pings")), 2);
	raw_check_layers(db);
	db_close(&db);
}
END_TEST

START_TEST(a_quarter_closes_behind_a_gap)
{
	struct db *db = raw_fresh();

	raw_ping(db, NOON + SECOND, CAMPAIGN, false);
	raw_ping(db, NOON + 3 * DAY, CAMPAIGN, false);
	raw_count(db, NOON + 3 * DAY + QUARTER + 301 * SECOND);
	ck_assert_int_eq(number(db, ALL("pings")), 2);
	ck_assert_int_eq(number(db, "SELECT UNIX_TIMESTAMP(pings_closed) FROM stat_mark"), (NOON + 3 * DAY + QUARTER) / SECOND);
	raw_check_layers(db);
	db_close(&db);
}
END_TEST

START_TEST(the_sandbox_is_not_counted)
{
	struct db *db = raw_fresh();
	struct id none = { { 0 } };

	raw_ping(db, NOON, CAMPAIGN, true);
	raw_lead(db, NOON, LEAD_SOLD, 0, none, true);
	raw_count(db, NOON + HOUR);
	ck_assert_int_eq(number(db, "SELECT COUNT(*) FROM stat_quarter"), 0);
	ck_assert_int_eq(number(db, "SELECT COUNT(*) FROM stat_latency"), 0);
	/* Nor looked through again and again where nobody else pings. */
	ck_assert_int_eq(number(db, "SELECT UNIX_TIMESTAMP(pings_closed) FROM stat_mark"), (NOON + 3 * QUARTER) / SECOND);
	db_close(&db);
}
END_TEST

START_TEST(a_row_that_cant_be_read_counts_as_a_ping)
{
	struct db *db = raw_fresh();

	raw_ping(db, NOON, CAMPAIGN, false);
	run_sql(db, "UPDATE ping SET decisions = 'nonsense'");
	raw_ping(db, NOON + SECOND, CAMPAIGN, false);
	raw_count(db, NOON + HOUR);
	ck_assert_int_eq(number(db, ALL("pings")), 2);
	ck_assert_int_eq(number(db, ALL("asked")), 2);
	db_close(&db);
}
END_TEST

static void move_sale(struct db *db, struct id sale, enum sale_state state, int64_t at)
{
	struct err e;

	ck_assert_good(db_exec(db, sql_sale_state, DB_ARGS(DB_I(state), DB_T(at), DB_ID(sale)), NULL, &e), e);
}

START_TEST(a_sale_that_changes_later_is_counted_anew)
{
	struct db *db = raw_fresh();
	struct id none = { { 0 } }, first, second;

	first = raw_lead(db, NOON, LEAD_SOLD, 0, none, false);
	raw_sale(db, first, NOON, 2, SALE_REJECTED, REASON_REJECTED_DUPLICATE);
	first = raw_sale(db, first, NOON, 1, SALE_ACCEPTED, REASON_ACCEPTED);
	second = raw_sale(db, raw_lead(db, NOON + SECOND, LEAD_SOLD, 0, none, false), NOON + SECOND, 1, SALE_ACCEPTED, REASON_ACCEPTED);
	raw_lead(db, NOON + SECOND, LEAD_REJECTED, REASON_DUPLICATE, none, false);
	raw_count(db, NOON + 30 * SECOND);
	ck_assert_int_eq(number(db, ALL("posts")), 3);
	ck_assert_int_eq(number(db, ALL("sold")), 2);
	ck_assert_int_eq(number(db, ALL("recovered")), 1);
	ck_assert_int_eq(number(db, ALL("attempts")), 3);
	ck_assert_int_eq(number(db, ALL("accepted")), 2);
	ck_assert_int_eq(number(db, ALL("revenue")), 200000);
	ck_assert_int_eq(number(db, ALL("payout")), 160000);
	ck_assert_int_eq(number(db, "SELECT SUM(sales) FROM stat_reason WHERE grain = 1 AND span = 1 AND contract_id = 0"), 2);

	/* Three days on one comes back, and counts where it was sold; the other becomes a customer. */
	move_sale(db, first, SALE_RETURNED, NOON + 3 * DAY);
	move_sale(db, second, SALE_CONVERTED, NOON + 3 * DAY);
	raw_count(db, NOON + 3 * DAY + 10 * SECOND);
	ck_assert_int_eq(number(db, ALL("accepted")), 2);
	ck_assert_int_eq(number(db, ALL("returns")), 1);
	ck_assert_int_eq(number(db, ALL("conversions")), 1);
	ck_assert_int_eq(number(db, ALL("revenue")), 200000);
	ck_assert_int_eq(number(db, ALL("returned")), 100000);
	ck_assert_int_eq(number(db, ALL("payout")), 80000);
	ck_assert_int_eq(number(db, "SELECT COUNT(*) FROM stat_quarter WHERE starts_at >= '2026-11-21' AND accepted > 0"), 0);

	/* A verdict of the second kind: rejected after all. */
	move_sale(db, second, SALE_REJECTED, NOON + 4 * DAY);
	raw_count(db, NOON + 4 * DAY + 10 * SECOND);
	ck_assert_int_eq(number(db, ALL("accepted")), 1);
	ck_assert_int_eq(number(db, ALL("payout")), 0);
	ck_assert_int_eq(number(db, "SELECT SUM(sales) FROM stat_reason WHERE grain = 0 AND span = 1 AND contract_id = 1"), 1);
	raw_check_layers(db);
	db_close(&db);
}
END_TEST

/* Clicks go with their day, leads stay: what becomes of one half a year later counts for the channel that it came by. */
START_TEST(a_channel_outlives_its_clicks)
{
	static const char of_share[] = "SELECT COALESCE(SUM(lead_cost), 0) FROM stat_quarter WHERE grain = 0 AND span = 96 AND contract_id = 0 AND channel_id = 3";
	static const char elsewhere[] = "SELECT COALESCE(SUM(ABS(revenue) + ABS(posts)), 0) FROM stat_quarter WHERE grain = 0 AND span = 96 AND channel_id <> 3";
	struct db *db = raw_fresh();
	struct id sale[2];

	for (int i = 0; i < 2; i++)
		sale[i] = raw_sale(db, raw_lead(db, NOON + i * SECOND, LEAD_SOLD, 0, raw_click(db, NOON - HOUR, SHARE), false), NOON + i * SECOND, 1,
		    SALE_ACCEPTED, REASON_ACCEPTED);
	raw_count(db, NOON + HOUR);
	ck_assert_int_eq(number(db, of_share), 20000);
	run_sql(db, "DELETE FROM click");
	move_sale(db, sale[0], SALE_CONVERTED, NOON + 180 * DAY);
	move_sale(db, sale[1], SALE_RETURNED, NOON + 180 * DAY);
	raw_count(db, NOON + 180 * DAY + 10 * SECOND);
	ck_assert_int_eq(number(db, ALL("conversions")), 1);
	ck_assert_int_eq(number(db, of_share), 10000);
	ck_assert_int_eq(number(db, elsewhere), 0);
	raw_check_layers(db);
	db_close(&db);
}
END_TEST

/* Whether a sale was recovered hangs on another one, made in another quarter and rejected a day later. */
START_TEST(a_verdict_counts_in_the_quarters_of_the_leads_other_sales)
{
	static const char recovered[] = "SELECT COALESCE(SUM(recovered), 0) FROM stat_quarter WHERE grain = 1 AND span = 1 AND contract_id = 2";
	struct db *db = raw_fresh();
	struct id none = { { 0 } }, lead = raw_lead(db, NOON + 14 * 60 * SECOND, LEAD_SOLD, 0, none, false), first, second;

	first = raw_sale(db, lead, NOON + 14 * 60 * SECOND, 1, SALE_ACCEPTED, REASON_ACCEPTED);
	second = raw_sale(db, lead, NOON + 16 * 60 * SECOND, 2, SALE_REJECTED, REASON_ACCEPTED);
	move_sale(db, second, SALE_ACCEPTED, NOON + 16 * 60 * SECOND);
	raw_count(db, NOON + HOUR);
	ck_assert_int_eq(number(db, recovered), 0);
	move_sale(db, first, SALE_REJECTED, NOON + DAY);
	raw_count(db, NOON + DAY + 10 * SECOND);
	ck_assert_int_eq(number(db, recovered), 1);
	raw_check_layers(db);
	db_close(&db);
}
END_TEST

/* What was committed after a runner had looked, with an older time in it, is found by the sweep. */
START_TEST(a_change_that_was_long_in_coming_is_swept_up)
{
	struct db *db = raw_fresh();
	struct id none = { { 0 } };

	raw_count(db, NOON + 600 * SECOND);
	raw_lead(db, NOON + 400 * SECOND, LEAD_SOLD, 0, none, false);
	raw_count(db, NOON + 660 * SECOND);
	ck_assert_int_eq(number(db, ALL("posts")), 0);
	raw_count(db, NOON + 1300 * SECOND);
	ck_assert_int_eq(number(db, ALL("posts")), 1);
	db_close(&db);
}
END_TEST

struct runner {
	pthread_t thread;
	int64_t now;
};

static void *count_along(void *arg)
{
	const struct runner *r = arg;
	struct db *db = connected("rolled");
	struct arena *a = arena_new(ARENA_MAX);
	struct tally *t = tally_new();
	struct err e;

	for (int i = 0; i < 40; i++) {
		ck_assert_msg(tally_run(t, db, a, r->now, &e) >= 0, "%s", e.msg);
		arena_reset(a);
	}
	tally_free(&t);
	arena_free(&a);
	db_close(&db);
	return NULL;
}

/* No lock keeps them apart here, only the mark. */
START_TEST(two_runners_count_nothing_twice)
{
	enum { PINGS = 6000 };
	struct runner r[2] = { { .now = NOON + HOUR }, { .now = NOON + HOUR } };
	struct db *db = raw_fresh();
	struct id none = { { 0 } };

	raw_ping(db, NOON, CAMPAIGN, false);
	run_sql(db, "INSERT INTO ping SELECT UNHEX(CONCAT(SUBSTR(HEX(id), 1, 16), LPAD(HEX(seq), 16, '0'))), lead_id, seller_id, campaign_id, version, sandbox,"
		    " status, score, created_at, expires_at, ms, min_price, max_sales, CONCAT('s', seq % 5), sub2, click_id, `lead`, source, lead_key, sealed,"
		    " bids, decisions FROM ping, seq_1_to_5999");
	for (int i = 0; i < 20; i++)
		raw_sale(db, raw_lead(db, NOON + i * 100 * SECOND, LEAD_SOLD, 0, raw_click(db, NOON + i * 100 * SECOND, CPC), false), NOON + i * 100 * SECOND,
		    1, SALE_ACCEPTED, REASON_ACCEPTED);
	raw_lead(db, NOON, LEAD_UNSOLD, 0, none, false);
	for (int i = 0; i < 2; i++)
		ck_assert_int_eq(pthread_create(&r[i].thread, NULL, count_along, &r[i]), 0);
	for (int i = 0; i < 2; i++)
		pthread_join(r[i].thread, NULL);
	raw_count(db, NOON + HOUR);
	ck_assert_int_eq(number(db, ALL("pings")), PINGS);
	ck_assert_int_eq(number(db, ALL("bid_sum")), PINGS * INT64_C(100000));
	ck_assert_int_eq(number(db, ALL("posts")), 21);
	ck_assert_int_eq(number(db, ALL("revenue")), 2000000);
	ck_assert_int_eq(number(db, ALL("clicks")), 20);
	raw_check_layers(db);
	db_close(&db);
}
END_TEST

/*
 * A seller who names each click in a sub-source has as many sums as there are pings. What is counted at a time is bounded all the same, and
 * comes to the same.
 */
START_TEST(many_sub_sources)
{
	enum { PINGS = 6000, LEADS = 9000, SMALL = 8 << 20 };
	struct arena *a = arena_new(SMALL);
	struct db *db = raw_fresh();
	struct tally *t = tally_new();
	struct id none = { { 0 } }, lead;
	struct err e;
	int r;

	raw_ping(db, NOON, CAMPAIGN, false);
	run_sql(db, "INSERT INTO ping SELECT UNHEX(CONCAT(SUBSTR(HEX(id), 1, 16), LPAD(HEX(seq), 16, '0'))), lead_id, seller_id, campaign_id, version, sandbox,"
		    " status, score, created_at, expires_at, ms, min_price, max_sales, sub1, CONCAT('c', seq), click_id, `lead`, source, lead_key, sealed,"
		    " bids, decisions FROM ping, seq_1_to_5999");
	lead = raw_lead(db, NOON, LEAD_SOLD, 0, none, false);
	raw_sale(db, lead, NOON, 1, SALE_ACCEPTED, REASON_ACCEPTED);
	run_sql(db, "INSERT INTO `lead` (id, ping_id, seller_id, campaign_id, version, sandbox, state, created_at, updated_at, deadline_at, fingerprint,"
		    " min_price, max_sales, sub1, sub2, `lead`, source) SELECT UNHEX(LPAD(HEX(seq), 32, '0')), UNHEX(LPAD(HEX(seq), 32, '0')), 1, 1, 1, 0, 3,"
		    " created_at + INTERVAL seq * 99 * 1000 MICROSECOND, updated_at, deadline_at, '', 0, 1, sub1, CONCAT('c', seq), '{}', '{}' FROM `lead`, seq_1_to_8999");
	for (int i = 0; i < 2; i++) { /* once as they come, once when all is counted anew */
		while ((r = tally_run(t, db, a, NOON + HOUR, &e)) == 1)
			arena_reset(a);
		ck_assert_msg(r == 0, "%s", e.msg);
		arena_reset(a);
		ck_assert_int_eq(number(db, ALL("pings")), PINGS);
		ck_assert_int_eq(number(db, ALL("asked")), 2 * PINGS);
		ck_assert_int_eq(number(db, OF_C1("bid_sum")), PINGS * INT64_C(100000));
		ck_assert_int_eq(number(db, ALL("posts")), LEADS);
		ck_assert_int_eq(number(db, ALL("revenue")), 100000);
		ck_assert_int_eq(number(db, "SELECT COUNT(DISTINCT sub2) FROM stat_quarter WHERE grain = 1 AND span = 96 AND contract_id = 1"), PINGS);
		ck_assert_int_eq(number(db, "SELECT SUM(pings) FROM stat_reason WHERE grain = 1 AND span = 96 AND contract_id = 0"), PINGS);
		raw_check_layers(db);
		run_sql(db, "UPDATE stat_mark SET pings_closed = '1970-01-01', sales_seen = '1970-01-01', sales_swept = '1970-01-01'");
	}
	tally_free(&t);
	arena_free(&a);
	db_close(&db);
}
END_TEST

/* Of sub-sources that are told apart there are so many and no more, those with the most leads; a seller's whole counts them all. */
START_TEST(standing_is_bounded)
{
	struct db *db = raw_fresh();
	struct err e;

	run_sql(db, "INSERT INTO stat_quarter SELECT 1, 96, '2026-11-20', 0, 0, 1, 1, 0, 'USD', CONCAT('c', seq), '', 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,"
		    " IF(seq = 7, 50, 1), seq % 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 FROM seq_1_to_25000");
	ck_assert_good(standing_store_count(db, NOON + HOUR, &e), e);
	ck_assert_int_eq(number(db, "SELECT COUNT(*) FROM standing WHERE kind = 3"), 20000);
	ck_assert_int_eq(number(db, "SELECT CAST(total AS SIGNED) FROM standing WHERE kind = 3 AND sub1 = 'c7'"), 50);
	ck_assert_int_eq(number(db, "SELECT CAST(total AS SIGNED) FROM standing WHERE kind = 4 AND owner_id = 1 AND seller_id = 1 AND sub1 = ''"), 25049);
	ck_assert_int_eq(number(db, "SELECT CAST(good AS SIGNED) FROM standing WHERE kind = 4"), 12500);
	run_sql(db, "DELETE FROM standing");
	db_close(&db);
}
END_TEST

/* A runner whose clock was two hours ahead for a moment: what comes in those hours counts all the same, and nothing twice. */
START_TEST(a_clock_that_was_ahead_loses_nothing)
{
	struct db *db = raw_fresh();
	struct id none = { { 0 } };
	int64_t fresh;
	struct err e;

	raw_ping(db, NOON + SECOND, CAMPAIGN, false);
	raw_lead(db, NOON + SECOND, LEAD_SOLD, 0, none, false);
	raw_click(db, NOON + SECOND, CPC);
	raw_count(db, NOON + 2 * HOUR);
	raw_count(db, NOON + 10 * SECOND);
	for (int i = 1; i <= 20; i += 19) {
		raw_ping(db, NOON + i * 60 * SECOND, CAMPAIGN, false);
		raw_lead(db, NOON + i * 60 * SECOND, LEAD_SOLD, 0, none, false);
		raw_click(db, NOON + i * 60 * SECOND, CPC);
		raw_count(db, NOON + i * 60 * SECOND + 5 * SECOND);
		ck_assert_int_eq(number(db, ALL("posts")), i == 1 ? 2 : 3);
		ck_assert_int_eq(number(db, ALL("clicks")), i == 1 ? 2 : 3);
	}
	ck_assert_good(report_fresh(db, NOON + 20 * 60 * SECOND, &fresh, &e), e);
	ck_assert_int_eq(fresh, NOON + QUARTER);
	raw_count(db, NOON + 40 * 60 * SECOND);
	ck_assert_int_eq(number(db, ALL("pings")), 3);
	raw_ping(db, NOON + 3 * HOUR, CAMPAIGN, false);
	raw_count(db, NOON + 4 * HOUR);
	ck_assert_int_eq(number(db, ALL("pings")), 4);
	raw_check_layers(db);
	db_close(&db);
}
END_TEST

/* A runner that slept between its look at the mark and its change finds the mark moved. */
START_TEST(a_paused_runner_changes_nothing)
{
	struct db *db = raw_fresh(), *other = connected("rolled");
	struct stat_mark seen;
	struct err e;

	raw_ping(db, NOON, CAMPAIGN, false);
	ck_assert_good(stat_mark_read(other, &seen, &e), e);
	raw_count(db, NOON + HOUR);
	ck_assert_int_eq(stat_mark_move(other, &seen, &e), FOUND_NO);
	ck_assert_int_eq(number(db, ALL("pings")), 1);
	db_close(&other);
	db_close(&db);
}
END_TEST

START_TEST(old_rows_go)
{
	struct db *db = raw_fresh();
	uint64_t gone;
	struct err e;

	raw_ping(db, NOON, CAMPAIGN, false);
	raw_ping(db, NOON + 3 * DAY, CAMPAIGN, false);
	raw_count(db, NOON + 4 * DAY);
	ck_assert_good(stat_expire(db, NOON + DAY, &gone, &e), e);
	ck_assert_uint_gt(gone, 0);
	ck_assert_int_eq(number(db, ALL("pings")), 1);
	ck_assert_int_eq(number(db, "SELECT COUNT(*) FROM stat_quarter WHERE starts_at < '2026-11-21'"), 0);
	ck_assert_int_eq(number(db, "SELECT COUNT(*) FROM stat_reason WHERE starts_at < '2026-11-21'"), 0);
	ck_assert_int_eq(number(db, "SELECT COUNT(*) FROM stat_latency WHERE starts_at < '2026-11-21'"), 0);
	db_close(&db);
}
END_TEST

TCase *cases_rollup(void)
{
	TCase *c = tcase_create("rollup");

	tcase_set_timeout(c, 120);
	tcase_add_test(c, a_ping_counts_once);
	tcase_add_test(c, a_late_ping_counts_when_its_quarter_closes);
	tcase_add_test(c, a_quarter_closes_behind_a_gap);
	tcase_add_test(c, the_sandbox_is_not_counted);
	tcase_add_test(c, a_row_that_cant_be_read_counts_as_a_ping);
	tcase_add_test(c, a_sale_that_changes_later_is_counted_anew);
	tcase_add_test(c, a_channel_outlives_its_clicks);
	tcase_add_test(c, a_verdict_counts_in_the_quarters_of_the_leads_other_sales);
	tcase_add_test(c, a_change_that_was_long_in_coming_is_swept_up);
	tcase_add_test(c, two_runners_count_nothing_twice);
	tcase_add_test(c, a_clock_that_was_ahead_loses_nothing);
	tcase_add_test(c, many_sub_sources);
	tcase_add_test(c, standing_is_bounded);
	tcase_add_test(c, a_paused_runner_changes_nothing);
	tcase_add_test(c, old_rows_go);
	return c;
}
