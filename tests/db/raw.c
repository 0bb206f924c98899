#include "tests/db/raw.h"

#include "lib/exchange/decision.h"
#include "lib/exchange/tally.h"

static const char sql_sale[] =
    "INSERT INTO sale (id, lead_id, slot, bid_id, contract_id, buyer_id, seller_id, campaign_id, sandbox, kind, state, cost, price, currency,"
    " created_at, updated_at) VALUES (?, ?, ?, ?, ?, ?, 1, 1, 0, 0, ?, ?, ?, 'USD', ?, ?)";
static const char sql_delivery[] =
    "INSERT INTO delivery (sale_id, lead_id, contract_id, seq, state, reason, created_at, deadline_at) VALUES (?, ?, ?, 1, 2, ?, ?, ?)";
static const char sql_click[] =
    "INSERT INTO click (id, channel_id, campaign_id, created_at, cost, currency, sub1, sub2, sub3, sub4, sub5)"
    " VALUES (?, ?, 1, ?, ?, 'USD', '', '', '', '', '')";

struct db *raw_fresh(void)
{
	struct db *db = connected("rolled");

	run_sql(db,
	    "DELETE FROM ping; DELETE FROM `lead`; DELETE FROM sale; DELETE FROM delivery; DELETE FROM click; DELETE FROM spend;"
	    "DELETE FROM stat_quarter; DELETE FROM stat_reason; DELETE FROM stat_latency;"
	    "UPDATE stat_mark SET turn = 0, pings_to = REPEAT(CHAR(0), 16), pings_closed = '1970-01-01', clicks_closed = '1970-01-01',"
	    " sales_seen = '1970-01-01', sales_swept = '1970-01-01';"
	    "REPLACE INTO campaign (id, name) VALUES (1, 'camp'), (2, 'euro'); REPLACE INTO seller (id, name) VALUES (1, 'acme');"
	    "REPLACE INTO buyer (id, name) VALUES (1, 'b1'), (2, 'b2'); REPLACE INTO contract (id, name, owner) VALUES (1, 'c1', 'b1'), (2, 'c2', 'b2');"
	    "REPLACE INTO channel (id, name) VALUES (1, 'cpc'), (2, 'cpl'), (3, 'share');"
	    "REPLACE INTO config_version (version, created_at, author, document) VALUES (1, NOW(6), 'test', '{\"campaigns\":["
	    "{\"key\":\"camp\",\"currency\":\"USD\"},{\"key\":\"euro\",\"currency\":\"EUR\"}],\"buyers\":[{\"key\":\"b1\",\"contracts\":[{\"key\":\"c1\"}]},"
	    "{\"key\":\"b2\",\"contracts\":[{\"key\":\"c2\"}]}],\"channels\":[{\"key\":\"cpc\",\"cost\":{\"type\":\"cpc\",\"amount\":\"0.50\"}},"
	    "{\"key\":\"cpl\",\"cost\":{\"type\":\"cpl\",\"amount\":\"1.25\"}},{\"key\":\"share\",\"cost\":{\"type\":\"revshare\",\"percent\":\"10\"}}]}');"
	    "UPDATE config_state SET version = 1 WHERE id = 1");
	return db;
}

void raw_ping(struct db *db, int64_t at, uint32_t campaign, bool sandbox)
{
	struct arena *a = arena_new(ARENA_MAX);
	struct decision list[] = {
		{ .contract = 1, .code = REASON_OFFERED, .cost = 100000, .ms = 40 }, { .contract = 2, .code = REASON_NO_BID, .cost = -1, .ms = 90 },
	};
	struct ping_row row = { .id = id_new(at), .lead_id = id_new(at), .seller_id = SELLER, .campaign_id = campaign, .version = 1, .sandbox = sandbox,
		.status = PING_MATCHED, .score = -1, .created_at = at, .expires_at = at + SECOND, .sub1 = STR("s"), .sub2 = STR(""), .lead = STR("{}"),
		.source = STR("{}"), .decisions = decision_pack(a, list, 2),
		.bids = STR("[{\"id\":\"bid_00000000000000000000000001\",\"contract\":1,\"kind\":0,\"rank\":1,\"offered\":1,\"cost\":100000,\"price\":80000,\"expires_at\":0}]") };
	const void *rows[] = { &row };
	struct err e;

	ck_assert_good(ping_store_insert(db, rows, 1, &e), e);
	arena_free(&a);
}

struct id raw_lead(struct db *db, int64_t at, enum lead_state state, int reason, struct id click, bool sandbox)
{
	struct lead_row row = { .id = id_new(at), .ping_id = id_new(at), .click_id = click, .seller_id = SELLER, .campaign_id = CAMPAIGN, .version = 1,
		.sandbox = sandbox, .state = state, .reason = reason, .score = -1, .created_at = at, .updated_at = at, .deadline_at = at, .max_sales = 1,
		.sub1 = STR("s"), .sub2 = STR(""), .lead = STR("{}"), .source = STR("{}") };
	struct err e;

	ck_assert_good(lead_store_insert(db, &row, &e), e);
	return row.id;
}

struct id raw_sale(struct db *db, struct id lead, int64_t at, int contract, enum sale_state state, int reason)
{
	struct id id = id_new(at), bid = id_new(at);
	struct db_arg slot = state == SALE_REJECTED ? DB_N() : DB_I(1);
	struct err e;

	ck_assert_good(db_exec(db, sql_sale, DB_ARGS(DB_ID(id), DB_ID(lead), slot, DB_ID(bid), DB_I(contract), DB_I(contract), DB_I(state),
	    DB_M(100000), DB_M(80000), DB_T(at), DB_T(at)), NULL, &e), e);
	ck_assert_good(db_exec(db, sql_delivery, DB_ARGS(DB_ID(id), DB_ID(lead), DB_I(contract), DB_I(reason), DB_T(at), DB_T(at)), NULL, &e), e);
	return id;
}

struct id raw_click(struct db *db, int64_t at, int channel)
{
	struct id id = id_new(at);
	struct err e;

	ck_assert_good(db_exec(db, sql_click, DB_ARGS(DB_ID(id), DB_I(channel), DB_T(at), DB_M(channel == CPC ? 5000 : 0)), NULL, &e), e);
	return id;
}

void raw_count(struct db *db, int64_t now)
{
	struct arena *a = arena_new(ARENA_MAX);
	struct tally *t = tally_new();
	struct err e;
	int r;

	while ((r = tally_run(t, db, a, now, &e)) == 1)
		arena_reset(a);
	ck_assert_msg(r == 0, "%s", e.msg);
	tally_free(&t);
	arena_free(&a);
}

void raw_check_layers(struct db *db)
{
	ck_assert_int_eq(number(db,
	    "SELECT COUNT(*) FROM (SELECT contract_id = 0 AS whole, COUNT(DISTINCT pings, asked, bid_sum, posts, attempts, accepted, revenue, payout, returns,"
	    " clicks, click_cost, lead_cost) AS n FROM (SELECT grain, span, contract_id, SUM(pings) AS pings, SUM(asked) AS asked, SUM(bid_sum) AS bid_sum,"
	    " SUM(posts) AS posts, SUM(attempts) AS attempts, SUM(accepted) AS accepted, SUM(revenue) AS revenue, SUM(payout) AS payout, SUM(returns) AS returns,"
	    " SUM(clicks) AS clicks, SUM(click_cost) AS click_cost, SUM(lead_cost) AS lead_cost FROM stat_quarter GROUP BY grain, span, contract_id) x"
	    " GROUP BY contract_id HAVING n <> 1) y"), 0);
	ck_assert_int_eq(number(db,
	    "SELECT COUNT(*) FROM (SELECT contract_id, reason, COUNT(DISTINCT n) AS n FROM (SELECT grain, span, contract_id, reason, SUM(pings + sales) AS n"
	    " FROM stat_reason GROUP BY grain, span, contract_id, reason) x GROUP BY contract_id, reason HAVING n <> 1) y"), 0);
}
