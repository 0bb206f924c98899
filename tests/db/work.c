/*
 * store/work and store/lease: a thing is taken by one runner, comes back when its lease ends, and obeys its newest holder alone.
 */
#include "lib/store/work.h"
#include "tests/db/cases.h"

#define SECOND INT64_C(1000000)
#define START (INT64_C(1790000000) * SECOND)

struct fixture {
	struct db *db, *other;
	struct arena *a;
	struct err e;
};

static void start(struct fixture *f)
{
	f->db = connected("stored");
	f->other = connected("stored");
	f->a = arena_new(16 << 20);
	run_sql(f->db, "DELETE FROM work");
}

static void end(struct fixture *f)
{
	db_close(&f->db);
	db_close(&f->other);
	arena_free(&f->a);
}

static size_t take(struct fixture *f, struct db *db, int limit, int64_t now, struct work_row **out)
{
	size_t n;

	ck_assert_good(work_take(db, f->a, limit, now, now + 10 * SECOND, out, &n, &f->e), f->e);
	return n;
}

static struct id thing(int i)
{
	return (struct id){ { [15] = (uint8_t)i } };
}

START_TEST(taken_once)
{
	struct work_row *mine, *theirs;
	struct fixture f;

	start(&f);
	for (int i = 1; i <= 3; i++)
		ck_assert_good(work_add(f.db, WORK_REROUTE, thing(i), START + i * SECOND, START, &f.e), f.e);
	ck_assert_uint_eq(take(&f, f.db, 9, START, &mine), 0);
	ck_assert_uint_eq(take(&f, f.db, 1, START + 2 * SECOND, &mine), 1);
	ck_assert(id_eq(mine[0].id, thing(1)) && mine[0].kind == WORK_REROUTE && mine[0].tries == 0);
	ck_assert_uint_eq(take(&f, f.other, 9, START + 2 * SECOND, &theirs), 1);
	ck_assert(id_eq(theirs[0].id, thing(2)));
	ck_assert_int_eq(work_done(f.db, &mine[0], &f.e), FOUND_YES);
	ck_assert_int_eq(work_done(f.db, &mine[0], &f.e), FOUND_NO);
	ck_assert_int_eq(work_done(f.other, &theirs[0], &f.e), FOUND_YES);
	ck_assert_int_eq(number(f.db, "SELECT COUNT(*) FROM work"), 1);
	end(&f);
}
END_TEST

/* A row that another runner's open transaction holds is passed over, not waited for. */
START_TEST(locked_is_skipped)
{
	struct work_row *mine;
	struct fixture f;

	start(&f);
	ck_assert_good(work_add(f.db, WORK_REROUTE, thing(1), START, START, &f.e), f.e);
	ck_assert_good(work_add(f.db, WORK_UNKNOWN, thing(1), START + SECOND, START, &f.e), f.e);
	ck_assert_good(db_begin(f.other, &f.e), f.e);
	run_sql(f.other, "UPDATE work SET tries = 7 WHERE kind = 1");
	ck_assert_uint_eq(take(&f, f.db, 9, START + 2 * SECOND, &mine), 1);
	ck_assert_int_eq(mine[0].kind, WORK_UNKNOWN);
	db_rollback(f.other);
	ck_assert_uint_eq(take(&f, f.db, 9, START + 2 * SECOND, &mine), 1);
	ck_assert_int_eq(mine[0].kind, WORK_REROUTE);
	end(&f);
}
END_TEST

/* A runner that was paused beyond its lease: the next one has the thing, and nothing that the first one says counts. */
START_TEST(paused_beyond_its_lease)
{
	struct work_row *first, *second;
	struct fixture f;

	start(&f);
	ck_assert_good(work_add(f.db, WORK_UNKNOWN, thing(1), START, START, &f.e), f.e);
	ck_assert_uint_eq(take(&f, f.db, 1, START, &first), 1);
	ck_assert_uint_eq(take(&f, f.other, 1, START + 9 * SECOND, &second), 0);
	ck_assert_uint_eq(take(&f, f.other, 1, START + 10 * SECOND, &second), 1);
	ck_assert_int_eq(work_done(f.db, &first[0], &f.e), FOUND_NO);
	ck_assert_int_eq(work_later(f.db, &first[0], START, &f.e), FOUND_NO);
	ck_assert_int_eq(work_later(f.other, &second[0], START + 60 * SECOND, &f.e), FOUND_YES);
	ck_assert_uint_eq(take(&f, f.db, 1, START + 59 * SECOND, &first), 0);
	ck_assert_uint_eq(take(&f, f.db, 1, START + 60 * SECOND, &first), 1);
	ck_assert_int_eq(first[0].tries, 1);
	end(&f);
}
END_TEST

/* Asked for while somebody is at it: done once more, when their lease ends. Asked for twice before: once, at the earlier time. */
START_TEST(asked_again)
{
	struct work_row *w, *none;
	struct fixture f;

	start(&f);
	ck_assert_good(work_add(f.db, WORK_REROUTE, thing(1), START + 5 * SECOND, START, &f.e), f.e);
	ck_assert_good(work_add(f.db, WORK_REROUTE, thing(1), START + SECOND, START, &f.e), f.e);
	ck_assert_good(work_add(f.db, WORK_REROUTE, thing(1), START + 9 * SECOND, START, &f.e), f.e);
	ck_assert_uint_eq(take(&f, f.db, 9, START + SECOND, &w), 1);
	ck_assert_good(work_add(f.db, WORK_REROUTE, thing(1), START + 2 * SECOND, START, &f.e), f.e);
	ck_assert_int_eq(work_done(f.db, &w[0], &f.e), FOUND_NO);
	ck_assert_uint_eq(take(&f, f.db, 9, START + 10 * SECOND, &w), 0);
	ck_assert_uint_eq(take(&f, f.db, 9, START + 11 * SECOND, &w), 1);
	/* Unless they say that they are out of the way. */
	ck_assert_good(work_add(f.db, WORK_REROUTE, thing(1), START + 12 * SECOND, START, &f.e), f.e);
	ck_assert_int_eq(work_done(f.db, &w[0], &f.e), FOUND_NO);
	ck_assert_good(work_once_more(f.db, &w[0], START + 13 * SECOND, &f.e), f.e);
	ck_assert_uint_eq(take(&f, f.db, 9, START + 13 * SECOND, &w), 1);
	ck_assert_good(work_once_more(f.other, &w[0], START + 14 * SECOND, &f.e), f.e);
	ck_assert_uint_eq(take(&f, f.db, 9, START + 22 * SECOND, &none), 0);
	ck_assert_good(work_drop(f.other, WORK_REROUTE, thing(1), &f.e), f.e);
	ck_assert_int_eq(work_done(f.db, &w[0], &f.e), FOUND_NO);
	end(&f);
}
END_TEST

TCase *cases_work(void)
{
	TCase *tc = tcase_create("work");

	tcase_add_test(tc, taken_once);
	tcase_add_test(tc, locked_is_skipped);
	tcase_add_test(tc, paused_beyond_its_lease);
	tcase_add_test(tc, asked_again);
	return tc;
}
