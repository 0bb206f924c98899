/*
 * store/writer with store/postback: what waits is one commit; one bad row costs its neighbours nothing, and leaves nothing behind.
 */
#include <pthread.h>

#include "lib/base/clock.h"
#include "lib/store/postback.h"
#include "lib/store/writer.h"
#include "tests/db/cases.h"

enum { MANY = 40, BUYER = 7, PLENTY_S = 30 };

struct fixture {
	struct db *db, *other;
	struct writer *writer;
	struct err e;
};

static void start(struct fixture *f)
{
	struct db_options o = server("stored");

	memset(f, 0, sizeof(*f));
	f->db = connected("stored");
	f->other = connected("stored");
	run_sql(f->db, "DELETE FROM postback; DELETE FROM sale_event");
	ck_assert_good(writer_open(&o, "postbacks", postback_store_tell, &f->writer, &f->e), f->e);
}

static void end(struct fixture *f)
{
	writer_close(&f->writer);
	run_sql(f->db, "DELETE FROM postback; DELETE FROM sale_event");
	db_close(&f->db);
	db_close(&f->other);
}

/* The i-th thing that a buyer says. */
static struct postback_told told(int i)
{
	struct postback_told t = { .row = { .buyer_id = BUYER, .sale_id = { { 1 } }, .status = STR("contacted"), .at = clock_wall_us() },
		.lead_id = { { 2 } }, .event = { .sale_id = { { 1 } }, .kind = STR("contacted"), .actor = STR("buyer:acme") } };

	t.row.event_hash[0] = (uint8_t)i;
	t.event.at = t.row.at;
	return t;
}

struct teller {
	struct writer *writer;
	struct postback_told row;
	pthread_t thread;
	struct err e;
	int result;
};

static void *keep(void *arg)
{
	struct teller *t = arg;

	t->result = writer_keep(t->writer, &t->row, clock_mono_us() + (int64_t)PLENTY_S * 1000000, &t->e);
	return NULL;
}

static void begin(struct fixture *f, struct teller *t)
{
	t->writer = f->writer;
	ck_assert_int_eq(pthread_create(&t->thread, NULL, keep, t), 0);
}

static void wait_until_waiting(struct fixture *f, int n)
{
	int64_t until = clock_mono_us() + (int64_t)PLENTY_S * 1000000, oldest_us;
	int waiting;

	do {
		clock_sleep_ms(5);
		writer_depth(f->writer, &waiting, &oldest_us);
	} while (waiting != n && clock_mono_us() < until);
	ck_assert_int_eq(waiting, n);
}

/* While the tables are locked the writer is at the first, and the others become a batch. */
static void tell_all(struct fixture *f, struct teller *all)
{
	struct postback_told first = told(MANY);

	ck_assert_good(writer_keep(f->writer, &first, clock_mono_us() + (int64_t)PLENTY_S * 1000000, &f->e), f->e);
	run_sql(f->db, "DELETE FROM postback; DELETE FROM sale_event");
	run_sql(f->other, "LOCK TABLES postback WRITE, sale_event WRITE");
	begin(f, &all[0]);
	clock_sleep_ms(50);
	wait_until_waiting(f, 0);
	for (int i = 1; i < MANY; i++)
		begin(f, &all[i]);
	wait_until_waiting(f, MANY - 1);
	run_sql(f->other, "UNLOCK TABLES");
	for (int i = 0; i < MANY; i++)
		pthread_join(all[i].thread, NULL);
}

START_TEST(many_at_once)
{
	static struct teller all[MANY];
	struct fixture f;

	start(&f);
	for (int i = 0; i < MANY; i++)
		all[i] = (struct teller){ .row = told(i) };
	tell_all(&f, all);
	for (int i = 0; i < MANY; i++)
		ck_assert_msg(all[i].result == 0, "%d: %s", i, all[i].e.msg);
	ck_assert_int_eq(number(f.db, "SELECT COUNT(*) FROM postback"), MANY);
	ck_assert_int_eq(number(f.db, "SELECT COUNT(*) FROM sale_event"), MANY);
	end(&f);
}
END_TEST

/* Every fifth says what the one before it said. */
START_TEST(a_copy_among_them)
{
	static struct teller all[MANY];
	struct fixture f;
	int kept = 0, copies = 0;

	start(&f);
	for (int i = 0; i < MANY; i++)
		all[i] = (struct teller){ .row = told(i % 5 == 4 ? i - 1 : i) };
	tell_all(&f, all);
	for (int i = 0; i < MANY; i++) {
		kept += all[i].result == 0;
		copies += all[i].result != 0 && all[i].e.kind == ERR_DB_DUPLICATE;
	}
	ck_assert_int_eq(copies, MANY / 5);
	ck_assert_int_eq(kept, MANY - MANY / 5);
	ck_assert_int_eq(number(f.db, "SELECT COUNT(*) FROM postback"), kept);
	ck_assert_int_eq(number(f.db, "SELECT COUNT(*) FROM sale_event"), kept);
	end(&f);
}
END_TEST

START_TEST(all_or_none)
{
	struct postback_told a = told(1), b = told(2), same = told(1), odd = told(3);
	const void *rows[] = { &a, &b, &same }, *last[] = { &odd };
	struct fixture f;

	start(&f);
	ck_assert_int_eq(postback_store_tell(f.db, rows, 3, &f.e), -1);
	ck_assert_int_eq(f.e.kind, ERR_DB_DUPLICATE);
	ck_assert_int_eq(number(f.db, "SELECT COUNT(*) FROM postback"), 0);
	/* An event that can't be kept takes its verdict with it. */
	odd.event.kind = STR("a word that is much longer than the column that is to take it");
	ck_assert_int_eq(postback_store_tell(f.db, last, 1, &f.e), -1);
	ck_assert_int_eq(number(f.db, "SELECT COUNT(*) FROM postback"), 0);
	ck_assert_good(postback_store_tell(f.db, rows, 2, &f.e), f.e);
	ck_assert_int_eq(number(f.db, "SELECT COUNT(*) FROM postback"), 2);
	ck_assert_int_eq(number(f.db, "SELECT COUNT(*) FROM sale_event"), 2);
	end(&f);
}
END_TEST

/* The server drops the writer's connection: the next row gets a new one. */
START_TEST(a_lost_connection)
{
	struct postback_told a = told(1), b = told(2);
	struct fixture f;

	start(&f);
	ck_assert_good(writer_keep(f.writer, &a, clock_mono_us() + (int64_t)PLENTY_S * 1000000, &f.e), f.e);
	run_sql(f.db, "SELECT id INTO @w FROM information_schema.processlist WHERE db = 'stored' AND id NOT IN (CONNECTION_ID()) ORDER BY id DESC LIMIT 1;"
		      " KILL @w");
	ck_assert_good(writer_keep(f.writer, &b, clock_mono_us() + (int64_t)PLENTY_S * 1000000, &f.e), f.e);
	ck_assert_int_eq(number(f.db, "SELECT COUNT(*) FROM postback"), 2);
	end(&f);
}
END_TEST

TCase *cases_writer(void)
{
	TCase *t = tcase_create("writer");

	tcase_add_test(t, many_at_once);
	tcase_add_test(t, a_copy_among_them);
	tcase_add_test(t, all_or_none);
	tcase_add_test(t, a_lost_connection);
	tcase_set_timeout(t, 2 * PLENTY_S);
	return t;
}
