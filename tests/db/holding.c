/*
 * store/holding and store/ledger: windows are never overfilled however many take at once, what was taken is given back once, to where it was
 * taken from, and the ledger sums to zero.
 */
#include <pthread.h>

#include "lib/base/money.h"
#include "lib/store/holding.h"
#include "lib/store/ledger.h"
#include "tests/db/cases.h"

#define SECOND INT64_C(1000000)
#define START (INT64_C(1790000000) * SECOND)
#define HOUR (3600 * SECOND)

struct fixture {
	struct db *db;
	struct arena *a;
	struct err e;
};

static void start(struct fixture *f)
{
	f->db = connected("stored");
	f->a = arena_new(16 << 20);
	run_sql(f->db, "DELETE FROM cap_window; DELETE FROM cap_hold; DELETE FROM funds_hold; DELETE FROM ledger_entry; DELETE FROM ledger_account");
}

static void end(struct fixture *f)
{
	db_close(&f->db);
	arena_free(&f->a);
}

static struct id sale(int i)
{
	return (struct id){ { [14] = (uint8_t)(i >> 8), [15] = (uint8_t)i } };
}

static struct cap_window window(enum cap_on on, int64_t leads, int64_t spend)
{
	return (struct cap_window){ .owner = CAP_CONTRACT, .owner_id = 1, .on = on, .per = CAP_DAY, .starts_at = START, .leads = leads, .spend = spend };
}

static void holds_level(struct fixture *f, const struct cap_window *w, int64_t leads, int64_t spend)
{
	int64_t now_leads, now_spend;

	ck_assert_good(holding_store_level(f->db, f->a, w, &now_leads, &now_spend, &f->e), f->e);
	ck_assert_int_eq(now_leads, leads);
	ck_assert_int_eq(now_spend, spend);
}

START_TEST(filled_to_the_last)
{
	struct cap_window leads = window(CAP_SOLD, 2, -1), spend = window(CAP_SENT, -1, 100 * MONEY_SCALE);
	struct fixture f;

	start(&f);
	holds_level(&f, &leads, 0, 0);
	ck_assert_int_eq(holding_store_take(f.db, &leads, 5, &f.e), FOUND_YES);
	ck_assert_int_eq(holding_store_take(f.db, &leads, 7, &f.e), FOUND_YES);
	ck_assert_int_eq(holding_store_take(f.db, &leads, 1, &f.e), FOUND_NO);
	holds_level(&f, &leads, 2, 12);
	ck_assert_int_eq(holding_store_take(f.db, &spend, 60 * MONEY_SCALE, &f.e), FOUND_YES);
	ck_assert_int_eq(holding_store_take(f.db, &spend, 40 * MONEY_SCALE + 1, &f.e), FOUND_NO);
	ck_assert_int_eq(holding_store_take(f.db, &spend, 40 * MONEY_SCALE, &f.e), FOUND_YES);
	holds_level(&f, &spend, 2, 100 * MONEY_SCALE);
	/* One that is full from the start never has a first. */
	leads.owner_id = 2;
	leads.leads = 0;
	ck_assert_int_eq(holding_store_take(f.db, &leads, 1, &f.e), FOUND_NO);
	holds_level(&f, &leads, 0, 0);
	end(&f);
}
END_TEST

START_TEST(given_back_once)
{
	struct cap_window list[] = { window(CAP_SENT, 9, -1), window(CAP_SOLD, 9, -1) };
	const int64_t spend[] = { 30, 30 };
	struct fixture f;

	start(&f);
	for (int s = 1; s <= 2; s++) {
		for (int i = 0; i < 2; i++)
			ck_assert_int_eq(holding_store_take(f.db, &list[i], spend[i], &f.e), FOUND_YES);
		ck_assert_good(holding_store_keep(f.db, sale(s), list, spend, 2, &f.e), f.e);
	}
	/* A reject keeps what counts posts; and twice is once. */
	for (int i = 0; i < 2; i++)
		ck_assert_good(holding_store_give_back(f.db, sale(1), CAP_SOLD, START, &f.e), f.e);
	holds_level(&f, &list[0], 2, 60);
	holds_level(&f, &list[1], 1, 30);
	ck_assert_good(holding_store_give_back(f.db, sale(2), CAP_SENT, START, &f.e), f.e);
	holds_level(&f, &list[0], 1, 30);
	holds_level(&f, &list[1], 0, 0);
	/* One that took nothing, and one whose window is gone. */
	ck_assert_good(holding_store_give_back(f.db, sale(3), CAP_SENT, START, &f.e), f.e);
	run_sql(f.db, "DELETE FROM cap_window");
	ck_assert_good(holding_store_give_back(f.db, sale(1), CAP_SENT, START, &f.e), f.e);
	ck_assert_int_eq(number(f.db, "SELECT COUNT(*) FROM cap_window"), 0);
	end(&f);
}
END_TEST

START_TEST(windows_under_way_are_seen)
{
	struct cap_window w = window(CAP_SOLD, 9, -1);
	struct holding_level *list;
	struct fixture f;
	uint64_t dropped;
	size_t n;

	start(&f);
	w.per = CAP_HOUR;
	ck_assert_int_eq(holding_store_take(f.db, &w, 5, &f.e), FOUND_YES);
	w.per = CAP_TOTAL;
	w.starts_at = 0;
	ck_assert_int_eq(holding_store_take(f.db, &w, 6, &f.e), FOUND_YES);
	ck_assert_good(holding_store_levels(f.db, f.a, START + HOUR, &list, &n, &f.e), f.e);
	ck_assert_uint_eq(n, 2);
	ck_assert(list[0].per == CAP_HOUR && list[0].starts_at == START && list[0].leads == 1 && list[0].spend == 5);
	ck_assert_good(holding_store_levels(f.db, f.a, START + 3 * HOUR, &list, &n, &f.e), f.e);
	ck_assert_uint_eq(n, 1);
	ck_assert(list[0].per == CAP_TOTAL && list[0].spend == 6);
	/* Those that are long over go; a total is never over. */
	ck_assert_good(holding_store_expire(f.db, START, &dropped, &f.e), f.e);
	ck_assert_uint_eq(dropped, 0);
	ck_assert_good(holding_store_expire(f.db, START + 1, &dropped, &f.e), f.e);
	ck_assert_uint_eq(dropped, 1);
	ck_assert_int_eq(number(f.db, "SELECT per FROM cap_window"), CAP_TOTAL);
	end(&f);
}
END_TEST

enum { TAKERS = 8, TRIES_EACH = 40, ROOM = 100 };

struct taker {
	struct db *db;
	int first, taken;
	bool failed;
};

struct one {
	int sale;
};

/* As an intent does it: windows in key order, then what was taken, then the funds. */
static int take_all(struct db *db, void *ctx, struct err *e)
{
	const struct one *o = ctx;
	struct cap_window list[] = { window(CAP_SENT, -1, 10 * ROOM), window(CAP_SOLD, ROOM, -1) };
	const int64_t spend[] = { 10, 10 };

	for (int i = 0; i < 2; i++) {
		enum found taken = holding_store_take(db, &list[i], spend[i], e);

		if (taken != FOUND_YES)
			return taken == FOUND_NO ? 1 : -1;
	}
	if (holding_store_keep(db, sale(o->sale), list, spend, 2, e) != 0)
		return -1;
	switch (holding_store_hold_funds(db, sale(o->sale), 1, "USD", 10, -10 * ROOM, e)) {
	case FOUND_YES: return 0;
	case FOUND_NO: return 1;
	default: return -1;
	}
}

static int give_all(struct db *db, void *ctx, struct err *e)
{
	const struct one *o = ctx;

	if (holding_store_give_back(db, sale(o->sale), CAP_SENT, START, e) != 0)
		return -1;
	return holding_store_release_funds(db, sale(o->sale), START, e);
}

/* More tries than there is room for; every fifth that got in is given back. */
static void *take_many(void *arg)
{
	struct taker *t = arg;

	for (int i = 0; i < TRIES_EACH; i++) {
		struct one o = { t->first + i };
		struct err e;
		int r = db_transact(t->db, take_all, &o, &e);

		/* Collided three times in a row: as a request would, it is begun anew. */
		while (r == -1 && e.kind == ERR_DB_RETRY)
			r = db_transact(t->db, take_all, &o, &e);
		t->failed |= r == -1;
		t->taken += r == 0;
		if (r == 0 && i % 5 == 4) {
			t->failed |= db_transact(t->db, give_all, &o, &e) != 0;
			t->taken--;
		}
	}
	return NULL;
}

START_TEST(many_at_once)
{
	struct taker takers[TAKERS] = { { 0 } };
	pthread_t threads[TAKERS];
	struct cap_window w = window(CAP_SOLD, ROOM, -1);
	struct fixture f;
	int taken = 0;

	start(&f);
	for (int i = 0; i < TAKERS; i++) {
		takers[i] = (struct taker){ .db = connected("stored"), .first = 1 + i * TRIES_EACH };
		ck_assert_int_eq(pthread_create(&threads[i], NULL, take_many, &takers[i]), 0);
	}
	for (int i = 0; i < TAKERS; i++) {
		pthread_join(threads[i], NULL);
		ck_assert_msg(!takers[i].failed, "taker %d failed", i);
		taken += takers[i].taken;
		db_close(&takers[i].db);
	}
	ck_assert_int_le(taken, ROOM);
	ck_assert_int_gt(taken, ROOM - TAKERS * TRIES_EACH / 5);
	holds_level(&f, &w, taken, (int64_t)taken * 10);
	ck_assert_int_eq(number(f.db, "SELECT COUNT(*) FROM cap_hold WHERE given_at IS NULL"), (int64_t)taken * 2);
	ck_assert_int_eq(number(f.db, "SELECT held FROM ledger_account"), (int64_t)taken * 10);
	ck_assert_int_eq(number(f.db, "SELECT COUNT(*) FROM funds_hold WHERE ended_at IS NULL"), taken);
	end(&f);
}
END_TEST

START_TEST(funds_and_the_ledger)
{
	struct ledger_deposit paid = { .id = sale(900), .buyer_id = 4, .amount = 100, .currency = "USD", .now = START };
	struct ledger_sale sold = { .attempt_id = sale(1), .buyer_id = 4, .seller_id = 2, .cost = 60, .price = 45, .currency = "USD", .now = START };
	struct ledger_funds *list;
	struct fixture f;
	size_t n;

	start(&f);
	/* Prepaid without a deposit; then what is left, and what is held of it. */
	ck_assert_int_eq(holding_store_hold_funds(f.db, sale(1), 4, "USD", 1, 0, &f.e), FOUND_NO);
	ck_assert_int_eq(ledger_store_deposit(f.db, &paid, &f.e), FOUND_YES);
	ck_assert_int_eq(holding_store_hold_funds(f.db, sale(1), 4, "USD", 60, 0, &f.e), FOUND_YES);
	ck_assert_int_eq(holding_store_hold_funds(f.db, sale(2), 4, "USD", 41, 0, &f.e), FOUND_NO);
	ck_assert_int_eq(holding_store_hold_funds(f.db, sale(2), 4, "EUR", 1, 0, &f.e), FOUND_NO);
	ck_assert_int_eq(holding_store_hold_funds(f.db, sale(2), 4, "USD", 41, -1, &f.e), FOUND_YES);
	ck_assert_good(holding_store_release_funds(f.db, sale(2), START, &f.e), f.e);
	paid = (struct ledger_deposit){ .id = sale(901), .buyer_id = 4, .amount = -41, .currency = "USD", .now = START };
	ck_assert_int_eq(ledger_store_deposit(f.db, &paid, &f.e), FOUND_NO);
	/* The charge takes what was held. */
	ck_assert_good(holding_store_release_funds(f.db, sale(1), START, &f.e), f.e);
	ck_assert_good(holding_store_release_funds(f.db, sale(1), START, &f.e), f.e);
	ck_assert_good(ledger_store_write(f.db, &sold, LEDGER_SALE, &f.e), f.e);
	ck_assert_good(db_begin(f.db, &f.e), f.e);
	ck_assert_int_ne(ledger_store_write(f.db, &sold, LEDGER_SALE, &f.e), 0);
	ck_assert_int_eq(f.e.kind, ERR_DB_DUPLICATE);
	db_rollback(f.db);
	paid.amount = -40;
	ck_assert_int_eq(ledger_store_deposit(f.db, &paid, &f.e), FOUND_YES);
	ck_assert_good(ledger_store_accounts(f.db, f.a, 4, &list, &n, &f.e), f.e);
	ck_assert_uint_eq(n, 1);
	ck_assert(list[0].balance == 0 && list[0].held == 0 && strcmp(list[0].currency, "USD") == 0);
	ck_assert_int_eq(number(f.db, "SELECT COUNT(*) FROM (SELECT 1 FROM ledger_entry GROUP BY attempt_id, event HAVING SUM(amount) <> 0) x"), 0);
	ck_assert_int_eq(number(f.db, "SELECT COUNT(*) FROM ledger_account a WHERE balance <>"
				      " (SELECT SUM(amount) FROM ledger_entry e WHERE e.account_id = a.id)"), 0);
	ck_assert_good(ledger_store_write(f.db, &sold, LEDGER_RETURN, &f.e), f.e);
	ck_assert_int_eq(number(f.db, "SELECT balance FROM ledger_account WHERE kind = 'buyer'"), 60);
	ck_assert_int_eq(number(f.db, "SELECT balance FROM ledger_account WHERE kind = 'margin'"), 0);
	end(&f);
}
END_TEST

/* Of many amounts the sums are larger than any of them: a balance, what is held of it, what a window has spent. */
START_TEST(sums_beyond_any_amount)
{
	struct ledger_deposit paid = { .id = sale(910), .buyer_id = 5, .amount = MONEY_MAX, .currency = "VND", .now = START };
	struct cap_window w = window(CAP_SOLD, -1, -1);
	struct ledger_funds *list;
	struct fixture f;
	size_t n;

	start(&f);
	for (int i = 0; i < 3; i++, paid.id = sale(910 + i))
		ck_assert_int_eq(ledger_store_deposit(f.db, &paid, &f.e), FOUND_YES);
	for (int i = 0; i < 2; i++)
		ck_assert_int_eq(holding_store_hold_funds(f.db, sale(920 + i), 5, "VND", MONEY_MAX, 0, &f.e), FOUND_YES);
	ck_assert_good(ledger_store_accounts(f.db, f.a, 5, &list, &n, &f.e), f.e);
	ck_assert_uint_eq(n, 1);
	ck_assert(list[0].balance == 3 * MONEY_MAX && list[0].held == 2 * MONEY_MAX);
	for (int i = 0; i < 2; i++)
		ck_assert_int_eq(holding_store_take(f.db, &w, MONEY_MAX, &f.e), FOUND_YES);
	holds_level(&f, &w, 2, 2 * MONEY_MAX);
	/* Beyond that it is an error that says so, and nothing of it is kept. */
	run_sql(f.db, "UPDATE ledger_account SET balance = 99999999999999.9999 WHERE kind = 'buyer'");
	paid = (struct ledger_deposit){ .id = sale(930), .buyer_id = 5, .amount = 1, .currency = "VND", .now = START };
	ck_assert_good(db_begin(f.db, &f.e), f.e);
	ck_assert_int_eq(ledger_store_deposit(f.db, &paid, &f.e), FOUND_ERR);
	db_rollback(f.db);
	ck_assert_int_eq(f.e.kind, ERR_DB);
	ck_assert_text(str_of(f.e.msg), "the balance of a buyer account in VND would be beyond 99,999,999,999,999.9999");
	ck_assert_int_eq(number(f.db, "SELECT COUNT(*) FROM ledger_entry WHERE attempt_id = CAST(X'000000000000000000000000000003A2' AS BINARY)"), 0);
	end(&f);
}
END_TEST

TCase *cases_holding(void)
{
	TCase *tc = tcase_create("holding");

	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, filled_to_the_last);
	tcase_add_test(tc, given_back_once);
	tcase_add_test(tc, windows_under_way_are_seen);
	tcase_add_test(tc, many_at_once);
	tcase_add_test(tc, funds_and_the_ledger);
	tcase_add_test(tc, sums_beyond_any_amount);
	return tc;
}
