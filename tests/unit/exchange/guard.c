#include <pthread.h>

#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/exchange/guard.h"
#include "tests/unit/exchange/exchange_tests.h"

static const struct breaker_rules rules = { .percent = 50, .window = 9, .least = 5, .probe_ms = 1000 };

/* One call a millisecond from *now on, as the text says: F failed, . good. Returns the last change that was told. */
static enum breaker_change calls(_Atomic uint64_t *state, const struct breaker_rules *r, int64_t *now, const char *ends)
{
	enum breaker_change last = BREAKER_SAME;

	for (; *ends != '\0'; ends++, (*now)++) {
		bool probe;

		if (!breaker_take(state, r, *now, &probe))
			continue;
		if (breaker_tell(state, r, *ends == 'F', probe, *now) != BREAKER_SAME)
			last = breaker_is_open(*state) ? BREAKER_OPENED : BREAKER_CLOSED;
	}
	return last;
}

static const struct {
	const char *ends;
	bool open;
} histories[] = {
	{ "", false }, { "FFFF", false }, { "FFFFF", true }, { "FFFFFFFFF", true }, { "....................", false },
	{ "F.F.F.F.F.F.F.F.F.F.F.F.", true },
	{ "F..F..F..F..F..F..F..F..", false }, { ".FFF.FFF.FFF.FFF", true }, { "....................FFF", false },
	{ "....................FFFF", true }, { "FFF.................", false },
};

START_TEST(opens_by_its_average)
{
	_Atomic uint64_t state = 0;
	int64_t now = 5000;

	calls(&state, &rules, &now, histories[_i].ends);
	ck_assert_msg(breaker_is_open(state) == histories[_i].open, "%s: average %.1f", histories[_i].ends, breaker_average(state));
}
END_TEST

START_TEST(a_probe_each_interval_closes_it)
{
	_Atomic uint64_t state = 0;
	int64_t now = 100000, opened;
	bool probe;

	ck_assert_int_eq(calls(&state, &rules, &now, "FFFFF"), BREAKER_OPENED);
	opened = now - 1;
	ck_assert(!breaker_take(&state, &rules, opened + 999, &probe) && !probe);
	ck_assert(!breaker_would_take(state, &rules, opened + 999) && breaker_would_take(state, &rules, opened + 1000));
	ck_assert(breaker_take(&state, &rules, opened + 1000, &probe) && probe);
	ck_assert(!breaker_take(&state, &rules, opened + 1001, &probe));
	/* what left before it opened changes nothing, whichever way it ended */
	ck_assert_int_eq(breaker_tell(&state, &rules, false, false, opened + 1002), BREAKER_SAME);
	ck_assert_int_eq(breaker_tell(&state, &rules, true, false, opened + 1002), BREAKER_SAME);
	ck_assert(breaker_is_open(state));
	ck_assert_int_eq(breaker_tell(&state, &rules, true, true, opened + 1500), BREAKER_SAME);
	ck_assert(!breaker_take(&state, &rules, opened + 1999, &probe));
	ck_assert(breaker_take(&state, &rules, opened + 2000, &probe) && probe);
	ck_assert_int_eq(breaker_tell(&state, &rules, false, true, opened + 2001), BREAKER_CLOSED);
	/* and it begins anew: four failures are too few again */
	now = opened + 2002;
	ck_assert_int_eq(calls(&state, &rules, &now, "FFFF"), BREAKER_SAME);
	ck_assert(!breaker_is_open(state));
	ck_assert_int_eq(calls(&state, &rules, &now, "F"), BREAKER_OPENED);
}
END_TEST

START_TEST(another_boots_clock_only_makes_a_probe_due)
{
	_Atomic uint64_t state = 0;
	int64_t now = INT64_C(86400000) * 400;
	bool probe;

	calls(&state, &rules, &now, "FFFFF");
	ck_assert(breaker_take(&state, &rules, 17, &probe) && probe);
	ck_assert(!breaker_take(&state, &rules, 18, &probe));
	ck_assert(breaker_take(&state, &rules, 1017, &probe) && probe);
}
END_TEST

START_TEST(the_bounds_of_the_settings_work)
{
	static const struct breaker_rules never = { .percent = 0, .window = 500, .least = 1, .probe_ms = 100 };
	static const struct breaker_rules all = { .percent = 100, .window = 500, .least = 1000, .probe_ms = 100 };
	static const struct breaker_rules first = { .percent = 100, .window = 1, .least = 1, .probe_ms = 100 };
	_Atomic uint64_t state = 0, open = 0;
	int64_t now = 1;
	bool probe;

	for (int i = 0; i < 5000; i++)
		calls(&state, &never, &now, "F");
	ck_assert(!breaker_is_open(state));
	ck_assert_int_eq(calls(&open, &first, &now, "F"), BREAKER_OPENED);
	ck_assert(breaker_take(&open, &never, now, &probe) && !probe);
	state = 0;
	for (int i = 0; i < 5000; i++)
		calls(&state, &all, &now, "F");
	ck_assert(breaker_is_open(state));
}
END_TEST

enum { THREADS = 4, TRIES = 500 };

struct racing {
	_Atomic uint64_t state;
	_Atomic int64_t now;
	_Atomic int probes, opened;
	pthread_barrier_t together;
};

static void *race(void *arg)
{
	struct racing *r = arg;

	for (int i = 0; i < TRIES; i++) {
		bool probe;

		pthread_barrier_wait(&r->together);
		if (breaker_take(&r->state, &rules, atomic_load(&r->now) + i * 1000, &probe) && probe)
			atomic_fetch_add(&r->probes, 1);
	}
	pthread_barrier_wait(&r->together);
	atomic_store(&r->state, 0);
	pthread_barrier_wait(&r->together);
	for (int i = 0; i < TRIES; i++)
		if (breaker_tell(&r->state, &rules, true, false, 7) == BREAKER_OPENED)
			atomic_fetch_add(&r->opened, 1);
	return NULL;
}

START_TEST(of_many_at_once_one_probes_and_one_opens)
{
	struct racing r = { .now = 1000000 };
	pthread_t threads[THREADS];
	int64_t now = 0;

	calls(&r.state, &rules, &now, "FFFFF");
	pthread_barrier_init(&r.together, NULL, THREADS);
	for (int i = 0; i < THREADS; i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, race, &r), 0);
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	pthread_barrier_destroy(&r.together);
	ck_assert_int_eq(r.probes, TRIES);
	ck_assert_int_eq(r.opened, 1);
}
END_TEST

static struct shm *shm;
static struct guard *guard;
static struct buyer acme = { .id = 3, .key = STR_INIT("acme") }, other = { .id = 3 + 8192, .key = STR_INIT("other") };
static struct contract first = { .id = 1, .key = STR_INIT("acme-ca"), .buyer = &acme }, second = { .id = 2, .key = STR_INIT("acme-ny"), .buyer = &acme },
	third = { .id = 3, .key = STR_INIT("other-all"), .buyer = &other };

static void setup(void)
{
	struct guard_rules r = { .breaker = { .percent = 50, .window = 9, .least = 3, .probe_ms = 3600000 }, .calls = 2 };

	log_level_set(LOG_ERROR);
	shm = shm_private();
	guard = guard_new(shm, &r);
}

static void teardown(void)
{
	guard_free(&guard);
}

static void fail_calls(const struct contract *c, enum step_kind step, int times)
{
	struct guard_pass pass;

	for (int i = 0; i < times; i++) {
		ck_assert_int_eq(guard_enter(guard, c, step, &pass), REASON_NONE);
		guard_leave(guard, &pass, GUARD_FAILED);
	}
}

static enum reason try(const struct contract *c, enum step_kind step)
{
	struct guard_pass pass;
	enum reason why = guard_enter(guard, c, step, &pass);

	if (why == REASON_NONE)
		guard_leave(guard, &pass, GUARD_UNUSED);
	return why;
}

START_TEST(each_contract_has_a_circuit_of_its_own)
{
	struct guard *other_process = guard_new(shm, &(struct guard_rules){ .breaker = { .percent = 50, .window = 9, .least = 3, .probe_ms = 3600000 } });
	struct guard_pass pass;

	fail_calls(&first, STEP_PING, 4);
	ck_assert_int_eq(try(&first, STEP_PING), REASON_CIRCUIT_OPEN);
	ck_assert_int_eq(try(&first, STEP_POST), REASON_NONE);
	ck_assert_int_eq(try(&second, STEP_PING), REASON_NONE);
	ck_assert_int_eq(guard_enter(other_process, &first, STEP_PING, &pass), REASON_CIRCUIT_OPEN);
	ck_assert_int_eq(guard_enter(NULL, &first, STEP_PING, &pass), REASON_NONE);
	guard_leave(NULL, &pass, GUARD_FAILED);
	guard_free(&other_process);
}
END_TEST

START_TEST(who_cannot_be_posted_to_is_not_pinged)
{
	fail_calls(&first, STEP_POST, 4);
	ck_assert_int_eq(try(&first, STEP_POST), REASON_CIRCUIT_OPEN);
	ck_assert_int_eq(try(&first, STEP_PING), REASON_CIRCUIT_OPEN);
	ck_assert(guard_rests_posts(guard, &first) && !guard_rests_posts(guard, &second) && !guard_rests_posts(NULL, &first));
}
END_TEST

START_TEST(a_buyers_calls_are_bounded_over_its_contracts)
{
	struct guard_pass a, b, c;

	ck_assert_int_eq(guard_enter(guard, &first, STEP_PING, &a), REASON_NONE);
	ck_assert_int_eq(guard_enter(guard, &second, STEP_POST, &b), REASON_NONE);
	ck_assert_int_eq(try(&first, STEP_PING), REASON_BULKHEAD_FULL);
	ck_assert_int_eq(try(&second, STEP_POST), REASON_BULKHEAD_FULL);
	ck_assert_int_eq(guard_enter(guard, &third, STEP_PING, &c), REASON_NONE);
	guard_leave(guard, &a, GUARD_GOOD);
	ck_assert_int_eq(guard_enter(guard, &first, STEP_PING, &a), REASON_NONE);
	ck_assert_int_eq(try(&second, STEP_PING), REASON_BULKHEAD_FULL);
	guard_leave(guard, &a, GUARD_GOOD);
	guard_leave(guard, &b, GUARD_GOOD);
	guard_leave(guard, &c, GUARD_GOOD);
	/* what an open circuit refuses holds no place */
	fail_calls(&first, STEP_PING, 4);
	for (int i = 0; i < 10; i++)
		ck_assert_int_eq(try(&first, STEP_PING), REASON_CIRCUIT_OPEN);
	ck_assert_int_eq(guard_enter(guard, &second, STEP_PING, &a), REASON_NONE);
	ck_assert_int_eq(guard_enter(guard, &second, STEP_PING, &b), REASON_NONE);
}
END_TEST

START_TEST(changes_are_told_once)
{
	struct guard_change c, again;
	size_t at = 0;

	ck_assert(!guard_changes(shm, &at, &c));
	fail_calls(&second, STEP_POST, 4);
	at = 0;
	ck_assert(guard_changes(shm, &at, &c));
	ck_assert_str_eq(c.contract, "acme-ny");
	ck_assert(c.opened && c.step == STEP_POST);
	ck_assert(!guard_changes(shm, &at, &again));
	at = 0;
	ck_assert(guard_changes(shm, &at, &again));
	ck_assert(guard_take_change(&c) && !guard_take_change(&again));
	at = 0;
	ck_assert(!guard_changes(shm, &at, &again));
	guard_put_back(&c);
	at = 0;
	ck_assert(guard_changes(shm, &at, &again) && guard_take_change(&again));
}
END_TEST

TCase *guard_tests(void)
{
	TCase *t = tcase_create("guard");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_loop_test(t, opens_by_its_average, 0, (int)(sizeof(histories) / sizeof(histories[0])));
	tcase_add_test(t, a_probe_each_interval_closes_it);
	tcase_add_test(t, another_boots_clock_only_makes_a_probe_due);
	tcase_add_test(t, the_bounds_of_the_settings_work);
	tcase_add_test(t, of_many_at_once_one_probes_and_one_opens);
	tcase_add_test(t, each_contract_has_a_circuit_of_its_own);
	tcase_add_test(t, who_cannot_be_posted_to_is_not_pinged);
	tcase_add_test(t, a_buyers_calls_are_bounded_over_its_contracts);
	tcase_add_test(t, changes_are_told_once);
	return t;
}
