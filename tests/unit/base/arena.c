#include <signal.h>

#include "lib/base/arena.h"
#include "tests/unit/base/suites.h"

static bool all_zero(const char *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (p[i] != 0)
			return false;
	return true;
}

START_TEST(memory_is_zeroed_and_aligned)
{
	static const size_t sizes[] = { 0, 1, 15, 16, 17, 1000, 40000, 1 << 20 };
	struct arena *a = arena_new(64 << 20);

	for (int round = 0; round < 3; round++) {
		for (int i = 0; i < N_OF(sizes); i++) {
			char *p = arena_alloc(a, sizes[i]);

			ck_assert_ptr_nonnull(p);
			ck_assert_uint_eq((uintptr_t)p % 16, 0);
			ck_assert(all_zero(p, sizes[i]));
			memset(p, 0xa5, sizes[i]);
		}
		arena_reset(a);
		ck_assert_uint_eq(arena_used(a), 0);
	}
	arena_free(&a);
	ck_assert_ptr_null(a);
	arena_free(&a);
}
END_TEST

START_TEST(texts_are_copied)
{
	struct arena *a = arena_new(1 << 20);
	char from[] = "zip 90210";
	struct str s = arena_str(a, (struct str){ from, 3 });
	struct str empty = arena_str(a, (struct str){ NULL, 0 });
	struct str longer;

	from[0] = 'x';
	ck_assert_str(s, "zip");
	ck_assert_int_eq(s.p[3], 0);
	ck_assert_ptr_nonnull(empty.p);
	ck_assert_str_eq(arena_cstr(a, (struct str){ from + 4, 5 }), "90210");
	ck_assert_str(arena_printf(a, "%d-%s", 7, "x"), "7-x");
	longer = arena_printf(a, "%0700d", 1);
	ck_assert_uint_eq(longer.n, 700);
	ck_assert_int_eq(longer.p[699], '1');
	ck_assert_int_eq(longer.p[700], 0);
	ck_assert_uint_eq(arena_printf(a, "%0256d", 1).n, 256);
	arena_free(&a);
}
END_TEST

struct trace {
	char seen[8];
	size_t n;
};

struct call {
	struct trace *trace;
	char name;
};

static void note(void *p)
{
	struct call *c = p;

	c->trace->seen[c->trace->n++] = c->name;
}

START_TEST(deferred_calls_run_last_first)
{
	struct arena *a = arena_new(1 << 20);
	struct trace t = { { 0 }, 0 };
	struct call one = { &t, '1' }, two = { &t, '2' }, three = { &t, '3' };
	struct arena_mark m;

	arena_defer(a, note, &one);
	m = arena_mark(a);
	arena_defer(a, note, &two);
	arena_defer(a, note, &three);
	arena_release(a, m);
	ck_assert_str_eq(t.seen, "32");
	arena_reset(a);
	ck_assert_str_eq(t.seen, "321");
	arena_defer(a, note, &one);
	arena_free(&a);
	ck_assert_str_eq(t.seen, "3211");
}
END_TEST

START_TEST(a_mark_gives_back_over_blocks)
{
	struct arena *a = arena_new(64 << 20);
	char *kept = arena_copy(a, "kept", 4), *again;
	struct arena_mark m = arena_mark(a);
	size_t used = arena_used(a);

	for (int turn = 0; turn < 100; turn++) {
		again = arena_alloc(a, 100);
		ck_assert(all_zero(again, 100));
		memset(again, 0xff, 100);
		memset(arena_alloc(a, 50000), 0xff, 50000);
		memset(arena_alloc(a, 300000), 0xff, 300000);
		arena_release(a, m);
		ck_assert_uint_eq(arena_used(a), used);
	}
	ck_assert_str_eq(kept, "kept");
	arena_free(&a);
}
END_TEST

START_TEST(only_the_newest_piece_extends)
{
	struct arena *a = arena_new(1 << 20);
	char *p = arena_alloc(a, 100), *q;

	memset(p, 'x', 100);
	ck_assert(arena_extend(a, p, 100, 5000));
	ck_assert(all_zero(p + 100, 4900));
	q = arena_alloc(a, 10);
	ck_assert(!arena_extend(a, p, 5000, 6000));
	ck_assert(!arena_extend(a, q, 10, 1 << 19));
	ck_assert(arena_extend(a, q, 10, 12));
	ck_assert_int_eq(p[99], 'x');
	arena_free(&a);
}
END_TEST

START_TEST(the_limit_can_be_filled)
{
	struct arena *a = arena_new(100000);
	size_t before = 0;

	while (arena_used(a) + 1040 <= 100000) {
		arena_alloc(a, 1000);
		ck_assert_uint_gt(arena_used(a), before);
		before = arena_used(a);
	}
	ck_assert_uint_ge(before, 98000);
	arena_free(&a);
}
END_TEST

START_TEST(past_the_limit_it_aborts)
{
	struct arena *a = arena_new(100000);

	for (int i = 0; i < 101; i++)
		arena_alloc(a, 1000);
}
END_TEST

START_TEST(an_overflowing_array_aborts)
{
	arena_array(arena_new(1 << 20), SIZE_MAX / 2, 4);
}
END_TEST

TCase *arena_cases(void)
{
	TCase *c = tcase_create("arena");

	tcase_add_test(c, memory_is_zeroed_and_aligned);
	tcase_add_test(c, texts_are_copied);
	tcase_add_test(c, deferred_calls_run_last_first);
	tcase_add_test(c, a_mark_gives_back_over_blocks);
	tcase_add_test(c, only_the_newest_piece_extends);
	tcase_add_test(c, the_limit_can_be_filled);
	tcase_add_test_raise_signal(c, past_the_limit_it_aborts, SIGABRT);
	tcase_add_test_raise_signal(c, an_overflowing_array_aborts, SIGABRT);
	return c;
}
