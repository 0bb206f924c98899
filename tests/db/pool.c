/*
 * Pools and hosts: sharing, waiting, connections that went stale, fail-over, epochs and TLS.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include "lib/base/buf.h"
#include "lib/base/clock.h"
#include "tests/db/cases.h"

static int64_t soon(int ms)
{
	return clock_mono_us() + (int64_t)ms * 1000;
}

START_TEST(taking_and_giving)
{
	struct db_options o = server("scratch");
	struct db *a, *b, *c;
	struct db_pool *p;
	int64_t id, start;
	struct err e;

	ck_assert_good(db_pool_open(&o, 2, &p, &e), e);
	ck_assert_good(db_take(p, soon(1000), &a, &e), e);
	ck_assert_good(db_take(p, soon(1000), &b, &e), e);
	start = clock_mono_ms();
	ck_assert_int_eq(db_take(p, soon(100), &c, &e), -1);
	ck_assert_int_eq(e.kind, ERR_BUSY);
	ck_assert_int_ge(clock_mono_ms() - start, 95);
	ck_assert_int_lt(clock_mono_ms() - start, 1000);
	ck_assert_ptr_null(c);
	id = number(b, "SELECT CONNECTION_ID()");
	db_give(p, &b);
	ck_assert_ptr_null(b);
	ck_assert_good(db_take(p, soon(1000), &c, &e), e);
	ck_assert_int_eq(number(c, "SELECT CONNECTION_ID()"), id);
	db_give(p, &a);
	db_give(p, &c);
	db_give(p, &c);
	db_pool_close(&p);
	ck_assert_ptr_null(p);
	ck_assert_int_eq(db_pool_open(&o, 0, &p, &e), -1);
	ck_assert_int_eq(db_pool_open(&o, 65, &p, &e), -1);
}
END_TEST

/* A connection that was lost is not handed out again, nor are those that lay idle beside it. */
START_TEST(lost_ones_are_replaced)
{
	struct db *root = connected("scratch"), *a, *b;
	struct db_options o = server("scratch");
	struct db_pool *p;
	char sql[64];
	struct err e;

	ck_assert_good(db_pool_open(&o, 4, &p, &e), e);
	ck_assert_good(db_take(p, soon(1000), &a, &e), e);
	ck_assert_good(db_take(p, soon(1000), &b, &e), e);
	snprintf(sql, sizeof(sql), "KILL %lld", (long long)number(a, "SELECT CONNECTION_ID()"));
	run_sql(root, sql);
	snprintf(sql, sizeof(sql), "KILL %lld", (long long)number(b, "SELECT CONNECTION_ID()"));
	run_sql(root, sql);
	clock_sleep_ms(100);
	db_give(p, &b);
	ck_assert_int_eq(db_begin(a, &e), -1);
	ck_assert(db_is_lost(a));
	db_give(p, &a);
	for (int i = 0; i < 3; i++) {
		ck_assert_good(db_take(p, soon(1000), &a, &e), e);
		ck_assert_int_eq(number(a, "SELECT 1"), 1);
		db_give(p, &a);
	}
	db_pool_close(&p);
	db_close(&root);
}
END_TEST

START_TEST(open_transactions_are_undone)
{
	struct db_options o = server("scratch");
	struct db_pool *p;
	struct db *a;
	struct err e;

	ck_assert_good(db_pool_open(&o, 1, &p, &e), e);
	ck_assert_good(db_take(p, soon(1000), &a, &e), e);
	run_sql(a, "CREATE OR REPLACE TABLE left_open (x INT) ENGINE=InnoDB");
	ck_assert_good(db_begin(a, &e), e);
	ck_assert_good(db_exec(a, "INSERT INTO left_open VALUES (1)", NULL, 0, NULL, &e), e);
	db_give(p, &a);
	ck_assert_good(db_take(p, soon(1000), &a, &e), e);
	ck_assert_int_eq(number(a, "SELECT COUNT(*) FROM left_open"), 0);
	ck_assert(!db_in_transaction(a));
	db_give(p, &a);
	db_pool_close(&p);
}
END_TEST

struct crowd {
	struct db_pool *pool;
	_Atomic int out, most, done;
};

static void *one_of_many(void *arg)
{
	struct crowd *c = arg;

	for (int i = 0; i < 25; i++) {
		struct db *db;
		struct err e;
		int out, most;

		if (db_take(c->pool, soon(20000), &db, &e) != 0)
			break;
		out = atomic_fetch_add(&c->out, 1) + 1;
		most = atomic_load(&c->most);
		while (out > most && !atomic_compare_exchange_weak(&c->most, &most, out))
			;
		if (number(db, "SELECT 7") == 7)
			atomic_fetch_add(&c->done, 1);
		atomic_fetch_sub(&c->out, 1);
		db_give(c->pool, &db);
	}
	return NULL;
}

START_TEST(a_crowd)
{
	struct db_options o = server("scratch");
	struct crowd c = { .out = 0 };
	pthread_t t[16];
	struct err e;

	ck_assert_good(db_pool_open(&o, 4, &c.pool, &e), e);
	for (int i = 0; i < 16; i++)
		ck_assert_int_eq(pthread_create(&t[i], NULL, one_of_many, &c), 0);
	for (int i = 0; i < 16; i++)
		pthread_join(t[i], NULL);
	ck_assert_int_eq(c.done, 16 * 25);
	ck_assert_int_le(c.most, 4);
	db_pool_close(&c.pool);
}
END_TEST

/* Where nobody listens: the first to ask hears why, the others hear the same without waiting for it. */
START_TEST(a_dead_server)
{
	struct db_options o = { .socket = STR("/nonexistent/mariadb.sock"), .name = STR("scratch"), .user = STR("root") };
	struct db_pool *p;
	struct err e, again;
	struct db *a;

	ck_assert_good(db_pool_open(&o, 4, &p, &e), e);
	ck_assert_int_eq(db_take(p, soon(1000), &a, &e), -1);
	ck_assert_int_eq(e.kind, ERR_DB);
	ck_assert_int_eq(db_take(p, soon(1000), &a, &again), -1);
	ck_assert_str_eq(e.msg, again.msg);
	db_pool_close(&p);
}
END_TEST

static struct str hosts(struct arena *a, const char *fmt)
{
	const char *port = getenv("TEST_PORT"), *replica = getenv("TEST_REPLICA_PORT");
	struct buf b;

	buf_in(&b, a, 500);
	for (; *fmt != '\0'; fmt++)
		if (*fmt == 'P')
			buf_add_cstr(&b, port);
		else if (*fmt == 'R')
			buf_add_cstr(&b, replica);
		else
			buf_add_char(&b, *fmt);
	return buf_str(&b);
}

static const struct {
	const char *hosts, *said; /* P: the server's port; R: that of one that is read-only */
} lists[] = {
	{ "127.0.0.1:P", NULL }, { "127.0.0.1:1,127.0.0.1:P", NULL }, { " 127.0.0.1:1 , 127.0.0.1:P ", NULL },
	{ "127.0.0.1:R,127.0.0.1:P", NULL }, { "localhost:P", NULL }, { "127.0.0.1:1", "Can't connect" }, { "127.0.0.1:P:1", "NAME:PORT" },
	{ "127.0.0.1:0", "NAME:PORT" }, { "127.0.0.1:65536", "NAME:PORT" }, { ":P", "no name" }, { "[::1]x", "NAME:PORT" },
	{ "127.0.0.1:1,127.0.0.1:R", "read-only" }, { "[127.0.0.1]:P", NULL },
};

START_TEST(host_lists)
{
	struct db_options o = server("scratch");
	struct arena *a = arena_new(1 << 20);
	struct db *db;
	struct err e;
	int r;

	o.socket = STR("");
	o.hosts = hosts(a, lists[_i].hosts);
	r = db_open(&o, &db, &e);
	if (lists[_i].said == NULL) {
		ck_assert_msg(r == 0, "%s", e.msg);
		ck_assert_int_eq(number(db, arena_cstr(a, hosts(a, "SELECT @@port = P"))), 1);
	} else {
		ck_assert_int_eq(r, -1);
		ck_assert_msg(strstr(e.msg, lists[_i].said) != NULL, "\"%s\" does not say \"%s\"", e.msg, lists[_i].said);
		ck_assert_ptr_null(db);
	}
	db_close(&db);
	arena_free(&a);
}
END_TEST

/* A server that has not heard of the last promotion is refused, whatever it says of itself. */
START_TEST(epochs)
{
	struct db_epoch epoch = { "SELECT epoch FROM made_up", 0 };
	struct db_options o = server("epoch"), before = server("scratch");
	struct db *db, *root;
	struct err e;

	root = connected("scratch");
	run_sql(root, "CREATE OR REPLACE DATABASE epoch; CREATE TABLE epoch.made_up (epoch BIGINT); INSERT INTO epoch.made_up VALUES (3)");
	o.epoch = before.epoch = &epoch;
	ck_assert_good(db_open(&o, &db, &e), e);
	db_close(&db);
	ck_assert_int_eq(epoch.newest, 3);
	run_sql(root, "UPDATE epoch.made_up SET epoch = 2");
	ck_assert_int_eq(db_open(&o, &db, &e), -1);
	ck_assert_str_eq(e.code, "db_epoch");
	ck_assert_int_eq(db_open(&before, &db, &e), -1);
	run_sql(root, "UPDATE epoch.made_up SET epoch = 4");
	ck_assert_good(db_open(&o, &db, &e), e);
	ck_assert_int_eq(epoch.newest, 4);
	db_close(&db);
	epoch.newest = 0;
	ck_assert_good(db_open(&before, &db, &e), e); /* no such table there: epoch 0 */
	db_close(&db);
	run_sql(root, "DROP DATABASE epoch");
	db_close(&root);
}
END_TEST

static const struct {
	const char *hosts, *ca;
	bool good;
} tls[] = {
	{ "localhost:P", "TEST_CA", true },
	{ "localhost:P", "TEST_OTHER_CA", false },   /* signed by somebody else */
	{ "127.0.0.1:P", "TEST_CA", false },         /* the certificate is for localhost */
	{ "localhost:R", "TEST_CA", false },         /* no TLS there: never in clear instead */
};

START_TEST(encryption)
{
	struct db_options o = server("scratch");
	struct arena *a = arena_new(1 << 20);
	struct db *db;
	struct err e;
	int r;

	o.socket = STR("");
	o.hosts = hosts(a, tls[_i].hosts);
	o.tls_ca = str_of(getenv(tls[_i].ca));
	r = db_open(&o, &db, &e);
	ck_assert_msg((r == 0) == tls[_i].good, "%d: %s", r, e.msg);
	if (r == 0)
		ck_assert_int_eq(number(db, "SELECT variable_value LIKE 'TLS%' FROM information_schema.session_status WHERE variable_name ="
					    " 'Ssl_version'"), 1);
	db_close(&db);
	arena_free(&a);
}
END_TEST

TCase *cases_pool(void)
{
	TCase *tc = tcase_create("pool");

	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, taking_and_giving);
	tcase_add_test(tc, lost_ones_are_replaced);
	tcase_add_test(tc, open_transactions_are_undone);
	tcase_add_test(tc, a_crowd);
	tcase_add_test(tc, a_dead_server);
	tcase_add_loop_test(tc, host_lists, 0, N_OF(lists));
	tcase_add_test(tc, epochs);
	tcase_add_loop_test(tc, encryption, 0, N_OF(tls));
	return tc;
}
