/* Names, looked up by a name server that the test plays: it may be slow, dead, or lie. */
#include <stdio.h>
#include <string.h>

#include "lib/base/clock.h"
#include "lib/base/network.h"
#include "lib/net/net.h"
#include "tests/unit/net/peer.h"
#include "tests/unit/net/suites.h"
#include "tests/unit/slow.h"

static struct arena *arena;
static struct net *net;
static struct peer peer;
static atomic_int lookups;

/* The name says what comes: good, none, slow, inside, mixed, metadata. */
static int play(void *ctx, const char *name, uint8_t addresses[NET_ADDRESSES][16])
{
	(void)ctx;
	atomic_fetch_add(&lookups, 1);
	if (strncmp(name, "none", 4) == 0)
		return 0;
	if (strncmp(name, "dead", 4) == 0) {
		clock_sleep_ms(3000 * slow_by(4));
		return 0;
	}
	if (strncmp(name, "slow", 4) == 0)
		clock_sleep_ms(50);
	if (strncmp(name, "inside", 6) == 0)
		return network_address(STR("10.0.0.1"), addresses[0]);
	if (strncmp(name, "metadata", 8) == 0)
		return network_address(STR("169.254.169.254"), addresses[0]) + network_address(STR("::ffff:169.254.169.254"), addresses[1]);
	if (strncmp(name, "mixed", 5) == 0)
		return network_address(STR("10.0.0.1"), addresses[0]) + network_address(STR("127.0.0.1"), addresses[1]);
	return network_address(STR("127.0.0.1"), addresses[0]);
}

static void set_up(void)
{
	struct net_options o = { .allow_networks = STR("127.0.0.0/8"), .lookup = play, .resolver_threads = 2 };
	struct err e;

	arena = arena_new(8 * 1024 * 1024);
	ck_assert_int_eq(net_open(&o, &net, &e), 0);
	peer_start(&peer, PEER_OK);
}

static void tear_down(void)
{
	net_close(&net);
	peer_stop(&peer);
	arena_free(&arena);
}

static struct http_call to(const char *name)
{
	struct http_call call = peer_call(&peer, "x");

	call.url = arena_printf(arena, "http://%s.example:%d/", name, peer.port);
	return call;
}

static struct http_reply run(struct http_call call, int ms)
{
	struct http_reply r;

	net_run(net, arena, &call, &r, 1, clock_mono_us() + ms * slow_by(4) * 1000);
	return r;
}

static const struct {
	const char *name;
	enum http_end end;
	enum http_why why;
} names[] = {
	{ "good", HTTP_DONE, HTTP_WHY_NONE },
	{ "slow", HTTP_DONE, HTTP_WHY_NONE },
	{ "mixed", HTTP_DONE, HTTP_WHY_NONE },
	{ "none", HTTP_NOT_SENT, HTTP_WHY_UNREACHABLE },
	{ "inside", HTTP_NOT_SENT, HTTP_WHY_REFUSED_ADDRESS },
	{ "metadata", HTTP_NOT_SENT, HTTP_WHY_REFUSED_ADDRESS },
	{ "dead", HTTP_NOT_SENT, HTTP_WHY_DEADLINE },
};

START_TEST(ends)
{
	struct http_reply r = run(to(names[_i].name), 1500);

	ck_assert_msg(r.end == names[_i].end && r.why == names[_i].why, "%s: end %d why %d (%s)", names[_i].name, r.end, r.why, r.detail);
	if (r.end == HTTP_DONE)
		ck_assert(str_contains(r.body, arena_printf(arena, "\r\nHost: %s.example:%d\r\n", names[_i].name, peer.port)));
	ck_assert_int_eq(atomic_load(&lookups), 1);
}
END_TEST

/* Dead names take every thread of the pool: whoever's name is known goes on. */
START_TEST(dead_names_hold_up_nobody)
{
	struct http_call calls[12];
	struct http_reply got[12];

	ck_assert_int_eq(run(to("good"), 5000).end, HTTP_DONE);
	for (int i = 0; i < 12; i++)
		calls[i] = i % 2 == 0 ? to("good") : to((const char *[]){ "dead1", "dead2", "dead3", "dead4", "dead5", "dead6" }[i / 2]);
	net_run(net, arena, calls, got, 12, clock_mono_us() + 2000000 * slow_by(4));
	for (int i = 0; i < 12; i++) {
		ck_assert_int_eq(got[i].end, i % 2 == 0 ? HTTP_DONE : HTTP_NOT_SENT);
		ck_assert(i % 2 == 1 || got[i].total_us < 1500000 * slow_by(4));
	}
}
END_TEST

START_TEST(a_name_is_asked_for_once)
{
	struct http_call calls[20];
	struct http_reply got[20];

	for (int i = 0; i < 20; i++) {
		calls[i] = to("slow");
		calls[i].once = i % 2;
	}
	net_run(net, arena, calls, got, 20, clock_mono_us() + 10000000);
	net_run(net, arena, calls, got, 20, clock_mono_us() + 10000000);
	for (int i = 0; i < 20; i++)
		ck_assert_int_eq(got[i].end, HTTP_DONE);
	ck_assert_int_eq(atomic_load(&lookups), 1);
}
END_TEST

START_TEST(closing_does_not_wait_for_names)
{
	int64_t start;
	struct net_options o = { .allow_networks = STR("127.0.0.0/8"), .lookup = play };
	struct err e;

	run(to("dead"), 10);
	start = clock_mono_us();
	net_close(&net);
	ck_assert_int_lt(clock_mono_us() - start, 2500000 * slow_by(4));
	clock_sleep_ms(3500); /* the left thread ends on its own, touching nothing of ours */
	ck_assert_int_eq(net_open(&o, &net, &e), 0);
}
END_TEST

/* The system's own resolver, as far as a test may rely on it. */
START_TEST(the_system_knows_localhost)
{
	struct net_options o = { .allow_networks = STR("127.0.0.0/8, ::1") };
	struct http_call call = peer_call(&peer, "x");
	struct err e;

	net_close(&net);
	ck_assert_int_eq(net_open(&o, &net, &e), 0);
	call.url = arena_printf(arena, "http://localhost:%d/", peer.port);
	ck_assert_int_eq(run(call, 10000).end, HTTP_DONE);
	call.url = STR("http://no-such-name.invalid/");
	ck_assert_int_eq(run(call, 3000).end, HTTP_NOT_SENT);
}
END_TEST

TCase *name_cases(void)
{
	TCase *tc = tcase_create("names");

	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_set_timeout(tc, 90);
	tcase_add_loop_test(tc, ends, 0, N_OF(names));
	tcase_add_test(tc, dead_names_hold_up_nobody);
	tcase_add_test(tc, a_name_is_asked_for_once);
	tcase_add_test(tc, closing_does_not_wait_for_names);
	tcase_add_test(tc, the_system_knows_localhost);
	return tc;
}
