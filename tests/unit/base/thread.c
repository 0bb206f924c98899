/* Threads that take turns, and what they read for others. */
#include <signal.h>
#include <stdatomic.h>

#include "lib/base/clock.h"
#include "lib/base/newest.h"
#include "lib/base/thread.h"
#include "tests/unit/base/suites.h"

enum { READERS = 4, READINGS = 2000, HOUR_MS = 3600 * 1000 };

struct turns {
	_Atomic int n;
	_Atomic bool signals;  /* some signal was open */
};

static void take_turn(void *self)
{
	struct turns *t = self;
	sigset_t blocked;

	pthread_sigmask(SIG_BLOCK, NULL, &blocked);
	for (int s = 1; s < 32; s++)
		if (s != SIGKILL && s != SIGSTOP && !sigismember(&blocked, s))
			t->signals = true;
	atomic_fetch_add(&t->n, 1);
}

static void wait_for(struct turns *t, int n)
{
	for (int i = 0; i < 3000 && atomic_load(&t->n) < n; i++)
		clock_sleep_ms(10);
	ck_assert_int_ge(atomic_load(&t->n), n);
}

START_TEST(turns_come_at_once_and_again)
{
	struct ticker ticker;
	struct turns t = { 0 };
	int last;

	ck_assert_int_eq(ticker_start(&ticker, 1, take_turn, &t), 0);
	wait_for(&t, 3);
	ticker_stop(&ticker);
	last = atomic_load(&t.n);
	clock_sleep_ms(20);
	ck_assert_int_eq(atomic_load(&t.n), last);
	ck_assert_msg(!t.signals, "signals are the main thread's");
}
END_TEST

/* The check's own timeout is what would fail it. */
START_TEST(nobody_waits_for_the_next_turn_to_stop)
{
	struct ticker ticker;
	struct turns t = { 0 };

	ck_assert_int_eq(ticker_start(&ticker, HOUR_MS, take_turn, &t), 0);
	wait_for(&t, 1);
	ticker_stop(&ticker);
	ck_assert_int_eq(atomic_load(&t.n), 1);
}
END_TEST

START_TEST(waits_end_by_the_clock_or_the_signal)
{
	pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
	pthread_cond_t cond;
	int64_t from = clock_mono_us();

	thread_cond_init(&cond);
	pthread_mutex_lock(&lock);
	ck_assert(!thread_wait(&cond, &lock, from - 1));
	ck_assert(!thread_wait(&cond, &lock, from + 20000));
	ck_assert_int_ge(clock_mono_us() - from, 20000);
	pthread_mutex_unlock(&lock);
	pthread_cond_destroy(&cond);
}
END_TEST

struct reading {
	struct held held;
	int one, other;        /* always the same */
	_Atomic int *alive;
};

static void dies(void *reading)
{
	struct reading *r = reading;

	r->one = -1;
	atomic_fetch_sub(r->alive, 1);
}

static struct held *reading_new(int number, _Atomic int *alive)
{
	struct arena *a = arena_new(64 * 1024);
	struct reading *r = arena_new_of(a, struct reading);

	held_init(&r->held, a);
	arena_defer(a, dies, r);
	r->one = r->other = number;
	r->alive = alive;
	atomic_fetch_add(alive, 1);
	return &r->held;
}

START_TEST(who_holds_a_reading_keeps_it)
{
	_Atomic int alive = 0;
	struct newest n;
	struct held *old, *again;

	newest_init(&n);
	ck_assert_ptr_null(newest_take(&n));
	newest_put(&n, reading_new(1, &alive));
	old = newest_take(&n);
	again = newest_take(&n);
	newest_put(&n, reading_new(2, &alive));
	newest_put(&n, NULL);
	ck_assert_int_eq(((struct reading *)old)->one, 1);
	ck_assert_int_eq(atomic_load(&alive), 2);
	held_give(old);
	ck_assert_int_eq(((struct reading *)again)->one, 1);
	held_give(again);
	ck_assert_int_eq(atomic_load(&alive), 1);
	old = newest_take(&n);
	newest_end(&n);
	ck_assert_int_eq(((struct reading *)old)->one, 2);
	held_give(old);
	held_give(NULL);
	ck_assert_int_eq(atomic_load(&alive), 0);
}
END_TEST

static void *read_on(void *arg)
{
	struct newest *n = arg;
	int last = 0;

	while (last < READINGS) {
		struct reading *r = (struct reading *)newest_take(n);

		must(r->one == r->other && r->one >= last, "a reading was torn, or older than the one before");
		last = r->one;
		held_give(&r->held);
	}
	return NULL;
}

START_TEST(many_read_while_one_writes)
{
	pthread_t threads[READERS];
	_Atomic int alive = 0;
	struct newest n;

	newest_init(&n);
	newest_put(&n, reading_new(0, &alive));
	for (int i = 0; i < READERS; i++)
		ck_assert_int_eq(thread_start(&threads[i], 0, read_on, &n), 0);
	for (int i = 1; i <= READINGS; i++)
		newest_put(&n, reading_new(i, &alive));
	for (int i = 0; i < READERS; i++)
		pthread_join(threads[i], NULL);
	ck_assert_int_eq(atomic_load(&alive), 1);
	newest_end(&n);
	ck_assert_int_eq(atomic_load(&alive), 0);
}
END_TEST

TCase *thread_cases(void)
{
	TCase *t = tcase_create("thread");

	tcase_set_timeout(t, 60);
	tcase_add_test(t, turns_come_at_once_and_again);
	tcase_add_test(t, nobody_waits_for_the_next_turn_to_stop);
	tcase_add_test(t, waits_end_by_the_clock_or_the_signal);
	tcase_add_test(t, who_holds_a_reading_keeps_it);
	tcase_add_test(t, many_read_while_one_writes);
	return t;
}
