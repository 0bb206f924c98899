/* Limits on how often, and on how long. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/base/clock.h"
#include "lib/web/cutoff.h"
#include "lib/web/limit.h"
#include "tests/unit/web/suites.h"

static struct arena *arena;

static void set_up(void)
{
	arena = arena_new(4 * 1024 * 1024);
}

static void tear_down(void)
{
	arena_free(&arena);
}

/* How many of the requests at a steady pace are taken. */
static int taken(struct shm *shm, int per_second, int burst, int64_t from_us, int64_t every_us, int n)
{
	struct limit_result result;
	int good = 0;

	for (int i = 0; i < n; i++) {
		limit_take(shm, STR("seller:1"), per_second, burst, from_us + i * every_us, &result);
		good += result.allowed;
		ck_assert_int_ge(result.remaining, 0);
		ck_assert_int_le(result.remaining, burst);
		ck_assert(result.allowed == (result.retry_after_us == 0));
	}
	return good;
}

START_TEST(rates)
{
	struct shm *shm = shm_private();

	ck_assert_int_eq(taken(shm, 50, 100, 1000000, 0, 500), 100);          /* a burst at once */
	ck_assert_int_eq(taken(shm, 50, 100, 1000000 + 20000, 0, 10), 1);     /* 20 ms later there is one more */
	ck_assert_int_eq(taken(shm, 50, 100, 4000000, 20000, 500), 500);      /* at the pace: all */
	ck_assert_int_eq(taken(shm, 50, 100, 100000000, 10000, 1000), 599);   /* at twice the pace: the burst, and half of the rest */
	ck_assert_int_eq(taken(shm, 1, 1, 200000000, 100000, 100), 10);       /* one a second */
	ck_assert_int_eq(taken(shm, 1000000, 1, 300000000, 1, 1000), 1000);   /* a million a second */
}
END_TEST

START_TEST(refusals_say_when)
{
	struct shm *shm = shm_private();
	struct limit_result result;

	for (int i = 0; i < 3; i++)
		limit_take(shm, STR("a"), 2, 3, 5000000, &result);
	ck_assert(result.allowed);
	ck_assert_int_eq(result.remaining, 0);
	ck_assert_int_eq(result.reset_us, 1500000);
	limit_take(shm, STR("a"), 2, 3, 5000000, &result);
	ck_assert(!result.allowed);
	ck_assert_int_eq(result.retry_after_us, 500000);
	limit_take(shm, STR("a"), 2, 3, 5000000 + 499999, &result);
	ck_assert(!result.allowed);
	limit_take(shm, STR("a"), 2, 3, 5000000 + 500000, &result);
	ck_assert(result.allowed);
	limit_take(shm, STR("b"), 2, 3, 5000000, &result);
	ck_assert(result.allowed);
	ck_assert_int_eq(result.remaining, 2);
}
END_TEST

/* A mapping may outlive the clock that filled it. */
START_TEST(another_boot)
{
	struct shm *shm = shm_private();
	struct limit_result result;

	for (int i = 0; i < 100; i++)
		limit_take(shm, STR("a"), 10, 10, INT64_C(900000000000), &result);
	ck_assert(!result.allowed);
	limit_take(shm, STR("a"), 10, 10, 1000000, &result);
	ck_assert(result.allowed);
}
END_TEST

/* A seller's limit is his own, however many sellers there are. */
START_TEST(names_do_not_share)
{
	struct shm *shm = shm_private();
	struct limit_result result;

	for (int i = 0; i < 3000; i++) {
		limit_take(shm, arena_printf(arena, "seller:%d", i), 1, 1, 5000000, &result);
		ck_assert_msg(result.allowed, "seller %d pays for another", i);
	}
	for (int i = 0; i < 3000; i++) {
		limit_take(shm, arena_printf(arena, "seller:%d", i), 1, 1, 5900000, &result);
		ck_assert_msg(!result.allowed, "seller %d was forgotten", i);
	}
}
END_TEST

/* Whoever has tried too often to sign in can't have that forgotten by what he does under other names, with other limits. */
START_TEST(names_do_not_free_each_other)
{
	struct shm *shm = shm_private();
	struct limit_result result;
	int64_t now = 5000000;

	for (int i = 0; i < 100; i++)
		limit_take(shm, STR("sign-in:192.0.2.1"), 1, 100, now, &result);
	for (int i = 0; i < 100000; i++) {
		char name[64];

		snprintf(name, sizeof(name), "click 2001:db8:0:%x::/64", (unsigned)i);
		limit_take(shm, str_of(name), 10, 2, now + i * 100, &result);
	}
	now += 100000 * 100;
	for (int i = 0; i < 10; i++)
		limit_take(shm, STR("sign-in:192.0.2.1"), 1, 100, now, &result);
	ck_assert(result.allowed);
	limit_take(shm, STR("sign-in:192.0.2.1"), 1, 100, now, &result);
	ck_assert(!result.allowed);
}
END_TEST

struct racer {
	struct shm *shm;
	int good;
};

static void *race(void *arg)
{
	struct racer *r = arg;
	struct limit_result result;

	for (int i = 0; i < 20000; i++) {
		limit_take(r->shm, STR("shared"), 1, 5000, 7000000, &result);
		r->good += result.allowed;
	}
	return NULL;
}

START_TEST(one_limit_for_all)
{
	struct racer racers[4];
	pthread_t threads[4];
	int good = 0;

	racers[0].shm = shm_private();
	for (int i = 0; i < 4; i++) {
		racers[i] = (struct racer){ .shm = racers[0].shm };
		pthread_create(&threads[i], NULL, race, &racers[i]);
	}
	for (int i = 0; i < 4; i++) {
		pthread_join(threads[i], NULL);
		good += racers[i].good;
	}
	ck_assert_int_eq(good, 5000);
}
END_TEST

static void *enter_and_leave(void *arg)
{
	struct limit_room *room = arg;

	for (int i = 0; i < 20000; i++) {
		_Atomic int *place = limit_enter(room, STR("shared"), 2);

		if (place == NULL)
			continue;
		ck_assert_int_le(atomic_load(place), 2);
		limit_leave(place);
	}
	return NULL;
}

START_TEST(so_many_at_once)
{
	static const char *const whats[] = { "198.51.100.1", "198.51.100.1", "198.51.100.1", "198.51.100.2" };
	static const bool fits[] = { true, true, false, true };
	struct limit_room *room = arena_new_of(arena, struct limit_room);
	_Atomic int *places[4];
	pthread_t threads[4];

	for (int i = 0; i < 4; i++) {
		places[i] = limit_enter(room, str_of(whats[i]), 2);
		ck_assert_int_eq(places[i] != NULL, fits[i]);
	}
	limit_leave(places[0]);
	places[2] = limit_enter(room, STR("198.51.100.1"), 2);
	ck_assert_ptr_nonnull(places[2]);
	for (int i = 1; i < 4; i++)
		limit_leave(places[i]);
	for (int i = 0; i < 4; i++)
		pthread_create(&threads[i], NULL, enter_and_leave, room);
	for (int i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);
	for (int i = 0; i < LIMIT_ROOM_CELLS; i++)
		ck_assert_int_eq(atomic_load(&room->running[i]), 0);
}
END_TEST

START_TEST(limit_headers_say_it)
{
	struct limit_result result = { .allowed = false, .retry_after_us = 1200000, .remaining = 0, .reset_us = 2000001 };
	struct resp r;

	resp_init(&r, arena, 1024);
	limit_headers(&r, &result, 50, 120);
	ck_assert(str_is(*http_header_find(&r.headers, STR("RateLimit-Policy")), "\"seller\";q=120;w=3"));
	ck_assert(str_is(*http_header_find(&r.headers, STR("RateLimit")), "\"seller\";r=0;t=3"));
	ck_assert(str_is(*http_header_find(&r.headers, STR("Retry-After")), "2"));
	resp_init(&r, arena, 1024);
	result = (struct limit_result){ .allowed = true, .remaining = 7 };
	limit_headers(&r, &result, 50, 1);
	ck_assert(str_is(*http_header_find(&r.headers, STR("RateLimit-Policy")), "\"seller\";q=1;w=1"));
	ck_assert(str_is(*http_header_find(&r.headers, STR("RateLimit")), "\"seller\";r=7;t=0"));
	ck_assert_ptr_null(http_header_find(&r.headers, STR("Retry-After")));
}
END_TEST

START_TEST(a_home_is_one)
{
	static const struct {
		const char *one, *other;
		bool same;
	} pairs[] = {
		{ "198.51.100.1", "::ffff:198.51.100.1", true }, { "198.51.100.1", "198.51.100.2", false },
		{ "2001:db8:0:1::1", "2001:db8:0:1:ffff:ffff:ffff:ffff", true }, { "2001:DB8:0:1::1", "2001:db8::1:0:0:0:2", true },
		{ "2001:db8:0:1::1", "2001:db8:0:2::1", false }, { "", "unknown", false }, { "unknown", "unknown", true },
	};

	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++)
		ck_assert_msg(str_eq(limit_address(arena, str_of(pairs[i].one)), limit_address(arena, str_of(pairs[i].other))) == pairs[i].same,
		    "%s and %s", pairs[i].one, pairs[i].other);
}
END_TEST

TCase *limit_cases(void)
{
	TCase *tc = tcase_create("limit");

	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_test(tc, rates);
	tcase_add_test(tc, refusals_say_when);
	tcase_add_test(tc, another_boot);
	tcase_add_test(tc, names_do_not_share);
	tcase_add_test(tc, names_do_not_free_each_other);
	tcase_add_test(tc, one_limit_for_all);
	tcase_add_test(tc, so_many_at_once);
	tcase_add_test(tc, limit_headers_say_it);
	tcase_add_test(tc, a_home_is_one);
	return tc;
}

/* ---- cutoff ---- */

START_TEST(late_ones_are_cut)
{
	struct cutoff *c;
	struct err e;
	int fds[2];
	char byte;

	ck_assert_int_eq(cutoff_open(3, &c, &e), 0);
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	cutoff_arm(c, 1, fds[0], SHUT_RD, clock_mono_us() + 100000);
	ck_assert_int_eq(read(fds[0], &byte, 1), 0); /* would wait for ever */
	ck_assert(cutoff_disarm(c, 1));
	ck_assert_int_eq(write(fds[0], "x", 1), 1); /* the other direction is open */
	ck_assert_int_eq(read(fds[1], &byte, 1), 1);
	cutoff_arm(c, 1, fds[0], SHUT_RDWR, clock_mono_us() + 5000000);
	ck_assert(!cutoff_disarm(c, 1));
	clock_sleep_ms(120);
	ck_assert_int_eq(write(fds[0], "x", 1), 1);
	cutoff_close(&c);
	ck_assert_ptr_null(c);
	close(fds[0]);
	close(fds[1]);
}
END_TEST

TCase *cutoff_cases(void)
{
	TCase *tc = tcase_create("cutoff");

	tcase_add_test(tc, late_ones_are_cut);
	return tc;
}
