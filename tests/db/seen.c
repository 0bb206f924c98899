/*
 * store/seen: two copies of one person at the same moment meet at a row, whichever digests each of them names, and nobody else waits.
 */
#include <pthread.h>

#include "lib/store/seen.h"
#include "tests/db/cases.h"

enum { HOLDERS = 6, TIMES = 60 };

struct fixture {
	struct db *db, *other;
	struct err e;
};

static void start(struct fixture *f)
{
	f->db = connected("stored");
	f->other = connected("stored");
	run_sql(f->db, "DELETE FROM person_lock");
	run_sql(f->other, "SET innodb_lock_wait_timeout = 1");
}

static void end(struct fixture *f)
{
	db_rollback(f->other);
	db_rollback(f->db);
	db_close(&f->db);
	db_close(&f->other);
}

/* Indexes of one person: `which` has a bit for each digest that is known. */
static struct lead_person person(const char *name, unsigned which)
{
	static char room[4][LEAD_BY__N][32];
	struct lead_person p = { 0 };

	for (unsigned i = 0; i < LEAD_BY__N; i++) {
		char *index = room[name[0] - 'a'][i];

		memset(index, name[0], 32);
		/* Their rows are in no order of the digests. */
		index[1] = (char)(i * 5 % LEAD_BY__N);
		if (which >> i & 1)
			p.index[i] = (struct str){ index, 32 };
	}
	return p;
}

#define ALL ((1u << LEAD_BY__N) - 1)

/* One digest alone, and the whole person: in either order the second waits. */
START_TEST(copies_meet)
{
	unsigned one = 1u << _i;
	struct lead_person first = person("a", one), second = person("a", ALL), another = person("b", ALL);
	struct fixture f;

	start(&f);
	for (int turn = 0; turn < 2; turn++) {
		ck_assert_good(db_begin(f.db, &f.e), f.e);
		ck_assert_good(seen_store_hold(f.db, turn == 0 ? &first : &second, &f.e), f.e);
		ck_assert_good(db_begin(f.other, &f.e), f.e);
		ck_assert_good(seen_store_hold(f.other, &another, &f.e), f.e);
		ck_assert_int_eq(seen_store_hold(f.other, turn == 0 ? &second : &first, &f.e), -1);
		ck_assert_int_eq(f.e.kind, ERR_DB_RETRY);
		db_rollback(f.other);
		db_rollback(f.db);
	}
	end(&f);
}
END_TEST

/* Of somebody of whom nothing is known there are no copies. */
START_TEST(nobody_waits_for_nobody)
{
	struct lead_person none = { 0 };
	struct fixture f;

	start(&f);
	ck_assert_good(db_begin(f.db, &f.e), f.e);
	ck_assert_good(seen_store_hold(f.db, &none, &f.e), f.e);
	ck_assert_good(db_commit(f.db, &f.e), f.e);
	ck_assert_int_eq(number(f.db, "SELECT COUNT(*) FROM person_lock"), 0);
	end(&f);
}
END_TEST

struct holder {
	struct db *db;
	struct lead_person persons[2];
	bool failed;
	struct err e;
};

static void *hold_often(void *arg)
{
	struct holder *h = arg;

	for (int i = 0; i < TIMES && !h->failed; i++) {
		h->failed = db_begin(h->db, &h->e) != 0 || seen_store_hold(h->db, &h->persons[i % 2], &h->e) != 0;
		if (h->failed)
			db_rollback(h->db);
		else
			h->failed = db_commit(h->db, &h->e) != 0;
	}
	return NULL;
}

/* Overlapping in every way, also while the rows are made: never a deadlock. */
START_TEST(no_deadlock)
{
	static const unsigned masks[HOLDERS][2] = { { ALL, 2 }, { 6, 36 }, { ALL, ALL }, { 32, 9 }, { 18, 1 }, { 21, 42 } };
	struct holder holders[HOLDERS] = { { 0 } };
	pthread_t threads[HOLDERS];
	struct fixture f;

	start(&f);
	for (int i = 0; i < HOLDERS; i++) {
		holders[i].db = connected("stored");
		run_sql(holders[i].db, "SET innodb_lock_wait_timeout = 30");
		for (int k = 0; k < 2; k++)
			holders[i].persons[k] = person("c", masks[i][k]);
	}
	for (int i = 0; i < HOLDERS; i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, hold_often, &holders[i]), 0);
	for (int i = 0; i < HOLDERS; i++) {
		pthread_join(threads[i], NULL);
		ck_assert_msg(!holders[i].failed, "holder %d: %s", i, holders[i].e.msg);
		db_close(&holders[i].db);
	}
	end(&f);
}
END_TEST

TCase *cases_seen(void)
{
	TCase *tc = tcase_create("seen");

	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, copies_meet, 0, LEAD_BY__N);
	tcase_add_test(tc, nobody_waits_for_nobody);
	tcase_add_test(tc, no_deadlock);
	return tc;
}
