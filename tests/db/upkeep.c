/*
 * What gavel-jobs does with the money path's rows: it takes up what dead workers left, whatever is wrong with one of them, and forgets what
 * sales held when nothing can ask for it any more, without a change to a cap or a balance.
 */
#include "lib/base/money.h"
#include "lib/exchange/exchange.h"
#include "lib/store/holding.h"
#include "lib/store/ledger.h"
#include "lib/store/sale.h"
#include "tests/db/cases.h"

#define SECOND INT64_C(1000000)
#define DAY (86400 * SECOND)
#define START (INT64_C(1790000000) * SECOND)

enum { BAD = 13, GRACE = 5 };

struct fixture {
	struct db *db;
	struct arena *a;
	struct err e;
};

static void empty(struct fixture *f)
{
	run_sql(f->db, "DROP TRIGGER IF EXISTS bad_sale; DROP TRIGGER IF EXISTS bad_lead; DELETE FROM `lead`; DELETE FROM sale; DELETE FROM delivery;"
		       " DELETE FROM sale_event; DELETE FROM work; DELETE FROM outbox; DELETE FROM cap_window; DELETE FROM cap_hold;"
		       " DELETE FROM funds_hold; DELETE FROM ledger_entry; DELETE FROM ledger_account");
}

static void start(struct fixture *f)
{
	f->db = connected("stored");
	f->a = arena_new(64 << 20);
	empty(f);
}

static void end(struct fixture *f)
{
	empty(f);
	db_close(&f->db);
	arena_free(&f->a);
}

/* An id of a time, and the i-th of it. */
static struct id made(int64_t at, int i)
{
	struct id id = id_first(at / 1000);

	id.b[14] = (uint8_t)(i >> 8);
	id.b[15] = (uint8_t)i;
	return id;
}

static void put_lead(struct fixture *f, struct id id, enum lead_state state, int64_t min_price, int64_t deadline)
{
	struct lead_row row = { .id = id, .ping_id = id, .seller_id = 1, .campaign_id = 1, .version = 1, .state = state, .sold_as = 1,
		.created_at = START, .updated_at = START, .deadline_at = deadline, .min_price = min_price, .max_sales = 1, .sub1 = STR(""),
		.sub2 = STR(""), .lead = STR("{}"), .source = STR("{}") };

	ck_assert_good(lead_store_insert(f->db, &row, &f->e), f->e);
}

static void put_sale(struct fixture *f, struct id id, enum sale_state state, int slot, int64_t cost, int64_t deadline)
{
	struct sale_row row = { .id = id, .lead_id = id, .bid_id = id, .slot = slot, .contract_id = 1, .buyer_id = 1, .seller_id = 1, .campaign_id = 1,
		.state = state, .cost = cost, .price = cost, .currency = "USD", .created_at = START, .seq = 1,
		.delivery = state == SALE_POSTING ? DELIVERY_POSTING : DELIVERY_ACCEPTED, .deadline_at = deadline };

	ck_assert_good(sale_store_insert(f->db, &row, &f->e), f->e);
}

/* Runs until recovery has been through once; how often it said that something failed. */
static int recover(struct fixture *f, int64_t now, int *done)
{
	struct recovery r = { .now = now, .grace_us = GRACE * SECOND };
	int failed = 0, result;

	*done = 0;
	do {
		result = exchange_recover(f->db, f->a, &r, &f->e);
		*done += r.done;
		failed += result == -1;
	} while (result == 1 || r.attempt_at != 0 || r.lead_at != 0);
	return failed;
}

START_TEST(bad_rows_hold_up_no_others)
{
	enum { ATTEMPTS = 450, LEADS = 230 };
	struct fixture f;
	int done;

	start(&f);
	for (int i = 0; i < ATTEMPTS; i++) {
		put_lead(&f, made(START, i), LEAD_POSTING, 1, START + i);
		put_sale(&f, made(START, i), SALE_POSTING, 1, i < 205 && i % 2 == 0 ? BAD : 1, START + i);
	}
	for (int i = 0; i < LEADS; i++)
		put_lead(&f, made(START + DAY, i), LEAD_POSTING, i == 0 || i == 210 ? BAD : 1, START);
	/* Rows that can't be written, as a defect or a damaged page would have it. */
	run_sql(f.db, "CREATE TRIGGER bad_sale BEFORE UPDATE ON sale FOR EACH ROW SET NEW.cost = IF(NEW.cost = 0.0013, NULL, NEW.cost)");
	run_sql(f.db, "CREATE TRIGGER bad_lead BEFORE UPDATE ON `lead` FOR EACH ROW SET NEW.min_price = IF(NEW.min_price = 0.0013, NULL, NEW.min_price)");
	ck_assert_int_eq(recover(&f, START + GRACE * SECOND, &done), 0);
	ck_assert_int_eq(done, 0);
	ck_assert_int_gt(recover(&f, START + 60 * SECOND, &done), 0);
	ck_assert_int_eq(done, ATTEMPTS - 103 + LEADS - 2);
	ck_assert_int_eq(number(f.db, "SELECT COUNT(*) FROM sale WHERE state = 1"), 103);
	ck_assert_int_eq(number(f.db, "SELECT COUNT(*) FROM sale s JOIN delivery d ON d.sale_id = s.id JOIN work w ON w.id = s.id AND w.kind = 2"
				      " WHERE s.state = 2 AND d.state = 4"), ATTEMPTS - 103);
	ck_assert_int_eq(number(f.db, "SELECT COUNT(*) FROM `lead` WHERE state = 1"), 103 + 2);
	/* What was wrong with them is mended. */
	run_sql(f.db, "DROP TRIGGER bad_sale; DROP TRIGGER bad_lead");
	ck_assert_int_eq(recover(&f, START + 60 * SECOND, &done), 0);
	ck_assert_int_eq(done, 103 + 2);
	ck_assert_int_eq(number(f.db, "SELECT COUNT(*) FROM sale WHERE state <> 2"), 0);
	ck_assert_int_eq(number(f.db, "SELECT COUNT(*) FROM `lead` WHERE state = 1"), 0);
	end(&f);
}
END_TEST

static struct cap_window window(enum cap_per per, int64_t starts_at)
{
	return (struct cap_window){ .owner = CAP_CONTRACT, .owner_id = 1, .on = CAP_SOLD, .per = per, .starts_at = starts_at, .leads = -1, .spend = -1 };
}

/* A sale at a time, in a window of its day and in a total, as an intent leaves it. */
static struct id sell(struct fixture *f, int64_t at, int i, enum sale_state state, int slot)
{
	struct cap_window list[] = { window(CAP_DAY, at - at % DAY), window(CAP_TOTAL, 0) };
	const int64_t spend[] = { 10, 10 };
	struct id id = made(at, i);

	put_lead(f, id, LEAD_SOLD, 1, at);
	put_sale(f, id, state, slot, 10, at);
	for (int k = 0; k < 2; k++)
		ck_assert_int_eq(holding_store_take(f->db, &list[k], spend[k], &f->e), FOUND_YES);
	ck_assert_good(holding_store_keep(f->db, id, list, spend, 2, &f->e), f->e);
	ck_assert_int_eq(holding_store_hold_funds(f->db, id, 1, "USD", 10, 0, &f->e), FOUND_YES);
	if (state == SALE_REJECTED)
		ck_assert_good(holding_store_give_back(f->db, id, CAP_SOLD, at, &f->e), f->e);
	if (state != SALE_PENDING)
		ck_assert_good(holding_store_release_funds(f->db, id, at, &f->e), f->e);
	return id;
}

static int64_t holds_of(struct fixture *f, struct id id)
{
	struct db_rows rows;

	ck_assert_int_eq(db_find(f->db, f->a, "SELECT (SELECT COUNT(*) FROM cap_hold WHERE sale_id = ?)"
					      " + 10 * (SELECT COUNT(*) FROM funds_hold WHERE sale_id = ?)",
			     DB_ARGS(DB_ID(id), DB_ID(id)), &rows, &f->e), FOUND_YES);
	return rows.list[0].i;
}

static void forget(struct fixture *f, int64_t now)
{
	struct id at = { { 0 } };
	uint64_t dropped;
	int r;

	ck_assert_good(holding_store_expire(f->db, now - 100 * DAY, &dropped, &f->e), f->e);
	do
		r = holding_store_forget(f->db, f->a, id_first((now - 100 * DAY) / 1000), &at, &f->e);
	while (r == 1);
	ck_assert_good(r, f->e);
	ck_assert_good(holding_store_forget_funds(f->db, id_first((now - 100 * DAY) / 1000), &dropped, &f->e), f->e);
}

#define MISCOUNTED \
	"SELECT COUNT(*) FROM cap_window w WHERE w.leads <> (SELECT COUNT(*) FROM cap_hold h WHERE h.per = w.per AND h.starts_at = w.starts_at" \
	" AND h.given_at IS NULL)"

START_TEST(holds_are_forgotten)
{
	static const enum sale_state states[] = { SALE_ACCEPTED, SALE_REJECTED, SALE_REJECTED, SALE_PENDING, SALE_RETURNED };
	static const int slots[] = { 1, 0, 1, 1, 1 };
	/* Behind 100 days: totals that count stay (1), with a lost sale what it would take again (1, its day is gone), funds that are held (10). */
	static const int64_t old_left[] = { 1, 0, 1, 11, 1 }, new_left[] = { 12, 12, 12, 12, 12 };
	struct ledger_deposit paid = { .id = made(START, 999), .buyer_id = 1, .amount = 1000, .currency = "USD", .now = START };
	struct cap_window total = window(CAP_TOTAL, 0);
	struct id old[N_OF(states)], new[N_OF(states)];
	int64_t leads, spend, now = START + 101 * DAY;
	struct fixture f;

	start(&f);
	ck_assert_int_eq(ledger_store_deposit(f.db, &paid, &f.e), FOUND_YES);
	for (int i = 0; i < N_OF(states); i++) {
		old[i] = sell(&f, START, i, states[i], slots[i]);
		new[i] = sell(&f, START + 2 * DAY, i, states[i], slots[i]);
	}
	forget(&f, now - 2 * DAY);
	for (int i = 0; i < N_OF(states); i++)
		ck_assert_msg(holds_of(&f, old[i]) == 12 && holds_of(&f, new[i]) == 12, "%d: too early", i);
	for (int twice = 0; twice < 2; twice++) {
		forget(&f, now);
		for (int i = 0; i < N_OF(states); i++) {
			ck_assert_msg(holds_of(&f, old[i]) == old_left[i], "%d: %lld are left", i, (long long)holds_of(&f, old[i]));
			ck_assert_msg(holds_of(&f, new[i]) == new_left[i], "%d of the newer: %lld are left", i, (long long)holds_of(&f, new[i]));
		}
		ck_assert_good(holding_store_level(f.db, f.a, &total, &leads, &spend, &f.e), f.e);
		ck_assert(leads == 6 && spend == 60);
		ck_assert_int_eq(number(f.db, MISCOUNTED), 0);
		ck_assert_int_eq(number(f.db, "SELECT balance FROM ledger_account WHERE kind = 'buyer'"), 1000);
		ck_assert_int_eq(number(f.db, "SELECT held FROM ledger_account WHERE kind = 'buyer'"), 20);
	}
	/* A buyer that changes its mind after all that time has its total back, and its funds. */
	ck_assert_good(holding_store_give_back(f.db, old[0], CAP_SOLD, now, &f.e), f.e);
	ck_assert_good(holding_store_give_back(f.db, old[3], CAP_SOLD, now, &f.e), f.e);
	ck_assert_good(holding_store_release_funds(f.db, old[3], now, &f.e), f.e);
	ck_assert_good(holding_store_level(f.db, f.a, &total, &leads, &spend, &f.e), f.e);
	ck_assert(leads == 4 && spend == 40);
	ck_assert_int_eq(number(f.db, "SELECT held FROM ledger_account WHERE kind = 'buyer'"), 10);
	forget(&f, now);
	ck_assert_int_eq(holds_of(&f, old[0]) + holds_of(&f, old[3]), 0);
	ck_assert_int_eq(number(f.db, MISCOUNTED), 0);
	end(&f);
}
END_TEST

/* More than one look takes, with sales that stand across the edge of one. */
START_TEST(many_are_forgotten_in_turns)
{
	enum { SALES = 1500, WINDOWS = 3 };
	struct cap_window list[WINDOWS] = { window(CAP_HOUR, START), window(CAP_DAY, START), window(CAP_TOTAL, 0) };
	const int64_t spend[WINDOWS] = { 1, 1, 1 };
	struct fixture f;

	start(&f);
	ck_assert_good(db_begin(f.db, &f.e), f.e);
	for (int i = 0; i < SALES; i++) {
		put_sale(&f, made(START, i), SALE_ACCEPTED, 1, 1, START);
		ck_assert_int_eq(holding_store_take(f.db, &list[2], 1, &f.e), FOUND_YES);
		ck_assert_good(holding_store_keep(f.db, made(START, i), list, spend, WINDOWS, &f.e), f.e);
	}
	ck_assert_good(db_commit(f.db, &f.e), f.e);
	forget(&f, START + 101 * DAY);
	ck_assert_int_eq(number(f.db, "SELECT COUNT(*) FROM cap_hold"), SALES);
	ck_assert_int_eq(number(f.db, "SELECT COUNT(*) FROM cap_hold WHERE per <> 4"), 0);
	ck_assert_int_eq(number(f.db, "SELECT leads FROM cap_window WHERE per = 4"), SALES);
	end(&f);
}
END_TEST

TCase *cases_upkeep(void)
{
	TCase *tc = tcase_create("upkeep");

	tcase_set_timeout(tc, 120);
	tcase_add_test(tc, bad_rows_hold_up_no_others);
	tcase_add_test(tc, holds_are_forgotten);
	tcase_add_test(tc, many_are_forgotten_in_turns);
	return tc;
}
