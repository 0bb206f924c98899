/*
 * Transactions: real deadlocks and lock waits, refusals, connections that are lost at every point, and named locks.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>

#include "lib/base/clock.h"
#include "tests/db/cases.h"

static const char sql_add[] = "UPDATE account SET balance = balance + ? WHERE id = ?";

static struct db *fresh(void)
{
	struct db *db = connected("scratch");

	run_sql(db, "CREATE OR REPLACE TABLE account (id INT PRIMARY KEY, balance INT) ENGINE=InnoDB; INSERT INTO account VALUES (1, 0), (2, 0)");
	return db;
}

/* Kills a connection from outside, as an operator or a failing server would, and waits until it is gone. */
static void kill_it(struct db *db)
{
	static const char sql_there[] = "SELECT COUNT(*) FROM information_schema.processlist WHERE id = @victim";
	struct db *other = connected("scratch");
	char sql[80];

	snprintf(sql, sizeof(sql), "SET @victim = %lld; KILL @victim", (long long)number(db, "SELECT CONNECTION_ID()"));
	run_sql(other, sql);
	for (int i = 0; i < 200 && number(other, sql_there) > 0; i++)
		clock_sleep_ms(10);
	db_close(&other);
}

struct work {
	int first, second;     /* accounts, in the order they are taken */
	int calls, until_good; /* fails with a retry until so many calls were made */
	int result;
	_Atomic int *met;      /* both have taken their first account */
	struct db *joined;
};

static int cross(struct db *db, void *ctx, struct err *e)
{
	struct work *w = ctx;

	w->calls++;
	if (db_exec(db, sql_add, DB_ARGS(DB_I(1), DB_I(w->first)), NULL, e) != 0)
		return -1;
	atomic_fetch_add(w->met, 1);
	for (int i = 0; i < 200 && atomic_load(w->met) < 2; i++)
		clock_sleep_ms(5);
	return db_exec(db, sql_add, DB_ARGS(DB_I(1), DB_I(w->second)), NULL, e);
}

static void *cross_thread(void *arg)
{
	struct work *w = arg;
	struct db *db = connected("scratch");
	struct err e;

	w->result = db_transact(db, cross, w, &e);
	db_close(&db);
	return NULL;
}

/* Two transactions take two rows in opposite order: the server undoes one, and that one is run again whole. */
START_TEST(deadlock_is_repeated)
{
	_Atomic int met = 0;
	struct work a = { .first = 1, .second = 2, .met = &met }, b = { .first = 2, .second = 1, .met = &met };
	struct db *db = fresh();
	pthread_t t;

	ck_assert_int_eq(pthread_create(&t, NULL, cross_thread, &a), 0);
	cross_thread(&b);
	pthread_join(t, NULL);
	ck_assert_int_eq(a.result, 0);
	ck_assert_int_eq(b.result, 0);
	ck_assert_int_eq(a.calls + b.calls, 3);
	ck_assert_int_eq(number(db, "SELECT MIN(balance) * 10 + MAX(balance) FROM account"), 22);
	db_close(&db);
}
END_TEST

/* A statement that waited in vain is undone alone by the server; we undo the whole transaction. */
START_TEST(lock_wait)
{
	struct db *db = fresh(), *holder = connected("scratch");
	int64_t start;
	struct err e;

	ck_assert_good(db_begin(holder, &e), e);
	ck_assert_good(db_exec(holder, sql_add, DB_ARGS(DB_I(5), DB_I(2)), NULL, &e), e);
	ck_assert_good(db_begin(db, &e), e);
	ck_assert_good(db_exec(db, sql_add, DB_ARGS(DB_I(1), DB_I(1)), NULL, &e), e);
	start = clock_mono_ms();
	ck_assert_int_eq(db_exec(db, sql_add, DB_ARGS(DB_I(1), DB_I(2)), NULL, &e), -1);
	ck_assert_int_eq(e.kind, ERR_DB_RETRY);
	ck_assert_int_ge(clock_mono_ms() - start, 1500);
	db_rollback(db);
	ck_assert_int_eq(number(db, "SELECT balance FROM account WHERE id = 1"), 0);
	db_rollback(holder);
	db_close(&holder);
	db_close(&db);
}
END_TEST

/* Read, then write what another has written since: with snapshot isolation that is refused and repeated, never lost. */
static int read_modify_write(struct db *db, void *ctx, struct err *e)
{
	struct work *w = ctx;
	struct db *other;
	int64_t seen;

	seen = number(db, "SELECT balance FROM account WHERE id = 1");
	if (w->calls++ == 0) {
		other = connected("scratch");
		ck_assert_good(db_exec(other, sql_add, DB_ARGS(DB_I(100), DB_I(1)), NULL, e), *e);
		db_close(&other);
	}
	return db_exec(db, "UPDATE account SET balance = ? WHERE id = 1", DB_ARGS(DB_I(seen + 1)), NULL, e);
}

START_TEST(no_lost_update)
{
	struct db *db = fresh();
	struct work w = { .calls = 0 };
	struct err e;

	run_sql(db, "SET SESSION tx_isolation = 'REPEATABLE-READ'");
	ck_assert_good(db_transact(db, read_modify_write, &w, &e), e);
	ck_assert_int_eq(w.calls, 2);
	ck_assert_int_eq(number(db, "SELECT balance FROM account WHERE id = 1"), 101);
	db_close(&db);
}
END_TEST

static int add_and_answer(struct db *db, void *ctx, struct err *e)
{
	struct work *w = ctx;

	w->calls++;
	if (db_exec(db, sql_add, DB_ARGS(DB_I(1), DB_I(1)), NULL, e) != 0)
		return -1;
	if (w->calls <= w->until_good)
		return err_set(e, ERR_DB_RETRY, "made up");
	return w->result == -1 ? err_set(e, ERR_CONFLICT, "refused") : w->result;
}

static const struct {
	int until_good, result, want, calls, balance;
	enum err_kind kind;
} outcomes[] = {
	{ 0, 0, 0, 1, 1, ERR_NONE },      /* done */
	{ 0, 1, 1, 1, 0, ERR_NONE },      /* refused: undone, no error */
	{ 0, -1, -1, 1, 0, ERR_CONFLICT },
	{ 1, 0, 0, 2, 1, ERR_NONE },
	{ 2, 0, 0, 3, 1, ERR_NONE },
	{ 3, 0, -1, 3, 0, ERR_DB_RETRY }, /* three tries and no more */
};

START_TEST(transact_outcomes)
{
	struct work w = { .until_good = outcomes[_i].until_good, .result = outcomes[_i].result };
	struct db *db = fresh();
	struct err e = { .kind = ERR_NONE };

	ck_assert_int_eq(db_transact(db, add_and_answer, &w, &e), outcomes[_i].want);
	ck_assert_int_eq(e.kind, outcomes[_i].kind);
	ck_assert_int_eq(w.calls, outcomes[_i].calls);
	ck_assert_int_eq(number(db, "SELECT balance FROM account WHERE id = 1"), outcomes[_i].balance);
	ck_assert(!db_in_transaction(db));
	db_close(&db);
}
END_TEST

static int outer(struct db *db, void *ctx, struct err *e)
{
	struct work *w = ctx;

	ck_assert(db_in_transaction(db));
	if (db_transact(db, add_and_answer, w, e) != 0)
		return -1;
	ck_assert(db_in_transaction(db));
	return 1;
}

START_TEST(transactions_join)
{
	struct work w = { .result = 0 };
	struct db *db = fresh();
	struct err e;

	ck_assert_int_eq(db_transact(db, outer, &w, &e), 1);
	ck_assert_int_eq(w.calls, 1);
	ck_assert_int_eq(number(db, "SELECT balance FROM account WHERE id = 1"), 0);
	ck_assert_good(db_begin(db, &e), e);
	ck_assert_int_eq(db_begin(db, &e), -1);
	ck_assert_int_eq(e.kind, ERR_INTERNAL);
	db_rollback(db);
	ck_assert_int_eq(db_commit(db, &e), -1);
	ck_assert_int_eq(e.kind, ERR_INTERNAL);
	db_close(&db);
}
END_TEST

START_TEST(lost_before_a_statement)
{
	struct arena *a = arena_new(1 << 20);
	struct db *db = fresh();
	struct db_rows rows;
	struct err e;

	/* A read is not in doubt. */
	kill_it(db);
	ck_assert_int_eq(db_find(db, a, "SELECT balance FROM account", NULL, 0, &rows, &e), FOUND_ERR);
	ck_assert_int_eq(e.kind, ERR_DB);
	ck_assert(db_is_lost(db));
	/* Nothing more is asked of it, and nothing hangs. */
	ck_assert_int_eq(db_exec(db, sql_add, DB_ARGS(DB_I(1), DB_I(1)), NULL, &e), -1);
	ck_assert_int_eq(db_begin(db, &e), -1);
	db_rollback(db);
	db_unlock(db, "x");
	db_close(&db);
	/* A change that commits by itself is. */
	db = fresh();
	ck_assert_good(db_exec(db, sql_add, DB_ARGS(DB_I(1), DB_I(1)), NULL, &e), e);
	kill_it(db);
	ck_assert_int_eq(db_exec(db, sql_add, DB_ARGS(DB_I(1), DB_I(1)), NULL, &e), -1);
	ck_assert_int_eq(e.kind, ERR_DB_UNCERTAIN);
	ck_assert_str_eq(e.code, "db_lost");
	ck_assert(db_is_lost(db));
	db_close(&db);
	/* Within a transaction nothing was changed. */
	db = fresh();
	ck_assert_good(db_begin(db, &e), e);
	ck_assert_good(db_exec(db, sql_add, DB_ARGS(DB_I(1), DB_I(1)), NULL, &e), e);
	kill_it(db);
	ck_assert_int_eq(db_exec(db, sql_add, DB_ARGS(DB_I(1), DB_I(1)), NULL, &e), -1);
	ck_assert_int_eq(e.kind, ERR_DB);
	ck_assert(db_is_lost(db));
	db_rollback(db);
	db_close(&db);
	db = connected("scratch");
	ck_assert_int_eq(number(db, "SELECT balance FROM account WHERE id = 1"), 0);
	db_close(&db);
	arena_free(&a);
}
END_TEST

START_TEST(lost_at_commit)
{
	struct db *db = fresh();
	struct err e;

	ck_assert_good(db_begin(db, &e), e);
	ck_assert_good(db_exec(db, sql_add, DB_ARGS(DB_I(1), DB_I(1)), NULL, &e), e);
	kill_it(db);
	ck_assert_int_eq(db_commit(db, &e), -1);
	ck_assert_int_eq(e.kind, ERR_DB_UNCERTAIN);
	ck_assert(db_is_lost(db));
	db_close(&db);
}
END_TEST

static int commit_killed(struct db *db, void *ctx, struct err *e)
{
	struct work *w = ctx;

	w->calls++;
	if (db_exec(db, sql_add, DB_ARGS(DB_I(1), DB_I(1)), NULL, e) != 0)
		return -1;
	kill_it(db);
	return 0;
}

START_TEST(uncertain_is_not_repeated)
{
	struct db *db = fresh();
	struct work w = { .calls = 0 };
	struct err e;

	ck_assert_int_eq(db_transact(db, commit_killed, &w, &e), -1);
	ck_assert_int_eq(e.kind, ERR_DB_UNCERTAIN);
	ck_assert_int_eq(w.calls, 1);
	db_close(&db);
}
END_TEST

START_TEST(read_only_server)
{
	struct db *db = fresh(), *root = connected("scratch"), *refused;
	struct db_options o = server("scratch");
	struct err e;

	run_sql(root, "CREATE OR REPLACE USER plain IDENTIFIED BY 'x'; GRANT ALL ON scratch.* TO plain");
	o.user = STR("plain");
	o.password = STR("x");
	db_close(&db);
	ck_assert_good(db_open(&o, &db, &e), e);
	run_sql(root, "SET GLOBAL read_only = ON");
	ck_assert_int_eq(db_exec(db, sql_add, DB_ARGS(DB_I(1), DB_I(1)), NULL, &e), -1);
	ck_assert_int_eq(e.kind, ERR_DB);
	ck_assert_str_eq(e.code, "db_readonly");
	ck_assert(db_is_lost(db));
	ck_assert_int_eq(db_open(&o, &refused, &e), -1);
	ck_assert_str_eq(e.code, "db_readonly");
	run_sql(root, "SET GLOBAL read_only = OFF; DROP USER plain");
	db_close(&db);
	db_close(&root);
}
END_TEST

START_TEST(named_locks)
{
	struct db *one = connected("scratch"), *two = connected("scratch");
	int64_t start = clock_mono_ms();
	struct err e;

	ck_assert_int_eq(db_lock(one, "gavel.test", 0, &e), FOUND_YES);
	ck_assert_int_eq(db_lock(two, "gavel.test", 1, &e), FOUND_NO);
	ck_assert_int_ge(clock_mono_ms() - start, 900);
	ck_assert_int_eq(db_lock(two, "gavel.other", 0, &e), FOUND_YES);
	db_unlock(one, "gavel.test");
	ck_assert_int_eq(db_lock(two, "gavel.test", 0, &e), FOUND_YES);
	db_close(&two);
	clock_sleep_ms(50);
	ck_assert_int_eq(db_lock(one, "gavel.test", 1, &e), FOUND_YES);
	db_close(&one);
}
END_TEST

struct each {
	int64_t sum;
	int calls, until;      /* stops or fails at this call */
	int result;
};

static int add_up(const struct db_col *row, void *ctx, struct err *e)
{
	struct each *x = ctx;

	x->calls++;
	x->sum += row[0].i;
	ck_assert_uint_eq(row[1].s.n, (size_t)row[0].i);
	if (x->calls != x->until)
		return 0;
	return x->result < 0 ? err_set(e, ERR_INVALID, "enough") : x->result;
}

/* One after the other, to the end or as far as anybody looks; the connection is good for more whichever way it ended. */
START_TEST(rows_one_by_one)
{
	static const char sql[] = "SELECT seq, REPEAT('x', seq) FROM seq_1_to_2000 WHERE seq <= ?";
	struct db *db = fresh();
	struct each all = { 0 }, some = { .until = 3, .result = 1 }, bad = { .until = 2, .result = -1 }, none = { 0 };
	struct err e = { 0 };

	ck_assert_good(db_each(db, sql, DB_ARGS(DB_I(2000)), add_up, &all, &e), e);
	ck_assert_int_eq(all.sum, 2001000);
	ck_assert_good(db_each(db, sql, DB_ARGS(DB_I(2000)), add_up, &some, &e), e);
	ck_assert_int_eq(some.calls, 3);
	ck_assert_int_eq(db_each(db, sql, DB_ARGS(DB_I(2000)), add_up, &bad, &e), -1);
	ck_assert_str_eq(e.msg, "enough");
	ck_assert_good(db_each(db, sql, DB_ARGS(DB_I(0)), add_up, &none, &e), e);
	ck_assert_int_eq(none.calls, 0);
	ck_assert_int_eq(number(db, "SELECT 5"), 5);
	db_close(&db);
}
END_TEST

TCase *cases_transact(void)
{
	TCase *tc = tcase_create("transact");

	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, deadlock_is_repeated);
	tcase_add_test(tc, lock_wait);
	tcase_add_test(tc, no_lost_update);
	tcase_add_loop_test(tc, transact_outcomes, 0, N_OF(outcomes));
	tcase_add_test(tc, transactions_join);
	tcase_add_test(tc, lost_before_a_statement);
	tcase_add_test(tc, lost_at_commit);
	tcase_add_test(tc, uncertain_is_not_repeated);
	tcase_add_test(tc, read_only_server);
	tcase_add_test(tc, named_locks);
	tcase_add_test(tc, rows_one_by_one);
	return tc;
}
