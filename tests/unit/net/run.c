/* What goes out and what comes back when all is well. */
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "lib/base/clock.h"
#include "lib/net/net.h"
#include "tests/unit/net/peer.h"
#include "tests/unit/net/suites.h"
#include "tests/unit/slow.h"

static struct arena *arena;
static struct net *net;
static struct peer peer;

static void set_up(void)
{
	struct net_options o = { .allow_networks = STR("127.0.0.0/8") };
	struct err e;

	arena = arena_new(8 * 1024 * 1024);
	ck_assert_int_eq(net_open(&o, &net, &e), 0);
}

static void tear_down(void)
{
	net_close(&net);
	arena_free(&arena);
}

static struct http_reply run(struct http_call call)
{
	struct http_reply r;

	net_run(net, arena, &call, &r, 1, clock_mono_us() + 10000000);
	return r;
}

static bool has(struct str s, const char *part)
{
	return str_contains(s, str_of(part));
}

START_TEST(says_what_it_was_told)
{
	struct http_header headers[] = { { STR_INIT("X-One"), STR_INIT("a b; c") }, { STR_INIT("X-None"), { NULL, 0 } },
	    { STR_INIT("Content-Length"), STR_INIT("3") }, { STR_INIT("Transfer-Encoding"), STR_INIT("chunked") } };
	struct http_call call;
	struct http_reply r;

	peer_start(&peer, PEER_OK);
	call = peer_call(&peer, "{\"zip\":\"90210\"}");
	call.headers = (struct http_headers){ headers, 4 };
	r = run(call);
	ck_assert_int_eq(r.end, HTTP_DONE);
	ck_assert_int_eq(r.status, 200);
	ck_assert(str_starts(r.body, STR("POST / HTTP/1.1\r\nHost: 127.0.0.1:")));
	ck_assert(has(r.body, "\r\nX-One: a b; c\r\n"));
	ck_assert(has(r.body, "\r\nX-None:\r\n"));
	ck_assert(has(r.body, "\r\nContent-Length: 15\r\n"));
	ck_assert(!has(r.body, "Content-Length: 3"));
	ck_assert(!has(r.body, "Transfer-Encoding"));
	ck_assert(!has(r.body, "Content-Type"));
	ck_assert(!has(r.body, "Expect"));
	ck_assert(has(r.body, "\r\n\r\n{\"zip\":\"90210\"}"));
	ck_assert_uint_eq(r.headers.n, 3);
	ck_assert(str_is(r.headers.list[0].name, "Content-Type") && str_is(r.headers.list[0].value, "text/plain"));
	ck_assert(str_is(r.headers.list[1].name, "X-Empty") && r.headers.list[1].value.n == 0);
	ck_assert_int_gt(r.total_us, 0);
	ck_assert_int_gt(r.connect_us, 0);
	ck_assert_str_eq(r.detail, "");
	peer_stop(&peer);
}
END_TEST

static const struct {
	const char *method, *path, *body, *first_line, *must, *must_not;
} messages[] = {
	{ "GET", "/a?b=c", "", "GET /a?b=c HTTP/1.1\r\n", "Host:", "Content-Length" },
	{ "DELETE", "/x", "", "DELETE /x HTTP/1.1\r\n", "Host:", "Content-Length" },
	{ "PUT", "/x", "abc", "PUT /x HTTP/1.1\r\n", "Content-Length: 3\r\n", "Expect" },
	{ "PATCH", "/x", "", "PATCH /x HTTP/1.1\r\n", "Content-Length: 0\r\n", "Expect" },
	{ "POST", "?q", "", "POST /?q HTTP/1.1\r\n", "Content-Length: 0\r\n", "Expect" },
	{ "GET", "", "body", "GET / HTTP/1.1\r\n", "Content-Length: 4\r\n", "Expect" },
	{ "POST", "/a/../b/./c%2F", "x", "POST /a/../b/./c%2F HTTP/1.1\r\n", "Content-Length: 1\r\n", "Expect" },
};

START_TEST(methods)
{
	struct http_call call;
	struct http_reply r;

	peer_start(&peer, PEER_OK);
	call = peer_call(&peer, messages[_i].body);
	call.method = str_of(messages[_i].method);
	call.url = arena_printf(arena, "%s%s", peer.url, messages[_i].path);
	r = run(call);
	ck_assert_int_eq(r.end, HTTP_DONE);
	ck_assert_msg(str_starts(r.body, str_of(messages[_i].first_line)), "%.*s", STR_ARG(r.body));
	ck_assert(has(r.body, messages[_i].must));
	ck_assert(!has(r.body, messages[_i].must_not));
	peer_stop(&peer);
}
END_TEST

/* One handle is used for all kinds in turn: nothing of the one before may stick. */
START_TEST(nothing_sticks)
{
	static const int order[] = { 3, 0, 5, 1, 2, 0, 4, 0, 3, 1, 5, 2 };
	struct http_call call;
	struct http_reply r;

	peer_start(&peer, PEER_OK);
	for (int i = 0; i < N_OF(order); i++) {
		call = peer_call(&peer, messages[order[i]].body);
		call.method = str_of(messages[order[i]].method);
		call.url = arena_printf(arena, "%s%s", peer.url, messages[order[i]].path);
		call.once = i % 4 == 3;
		r = run(call);
		ck_assert_int_eq(r.end, HTTP_DONE);
		ck_assert(str_starts(r.body, str_of(messages[order[i]].first_line)));
		ck_assert(!has(r.body, messages[order[i]].must_not));
		call.method = STR("HEAD");
		call.body = STR("");
		r = run(call);
		ck_assert_int_eq(r.end, HTTP_DONE);
		ck_assert_uint_eq(r.body.n, 0);
	}
	peer_stop(&peer);
}
END_TEST

static const struct {
	enum peer_way way;
	int status;
	const char *body;
	const char *header, *no_header;
} replies[] = {
	{ PEER_UNTIL_CLOSE, 200, "whole", NULL, NULL },
	{ PEER_CHUNKED, 200, "abcde", "x-head", "x-trailer" },
	{ PEER_CONTINUE, 200, "ok", "x-late", "x-early" },
	{ PEER_REDIRECT, 302, "", "location", NULL },
};

START_TEST(reads_replies)
{
	struct http_reply r;

	peer_start(&peer, replies[_i].way);
	r = run(peer_call(&peer, "x"));
	ck_assert_int_eq(r.end, HTTP_DONE);
	ck_assert_int_eq(r.status, replies[_i].status);
	ck_assert(str_is(r.body, replies[_i].body));
	if (replies[_i].header != NULL)
		ck_assert_ptr_nonnull(http_header_find(&r.headers, str_of(replies[_i].header)));
	if (replies[_i].no_header != NULL)
		ck_assert_ptr_null(http_header_find(&r.headers, str_of(replies[_i].no_header)));
	ck_assert_int_eq(atomic_load(&peer.requests), 1); /* a redirect is not followed */
	peer_stop(&peer);
}
END_TEST

START_TEST(connections_are_kept)
{
	peer_start(&peer, PEER_OK);
	for (int i = 0; i < 10; i++) {
		struct http_reply r = run(peer_call(&peer, "x"));

		ck_assert_int_eq(r.end, HTTP_DONE);
		ck_assert((r.connect_us > 0) == (i == 0));
	}
	ck_assert_int_eq(atomic_load(&peer.connections), 1);
	peer_stop(&peer);
}
END_TEST

START_TEST(posts_bring_their_own_connection)
{
	peer_start(&peer, PEER_OK);
	run(peer_call(&peer, "ping"));
	for (int i = 0; i < 3; i++) {
		struct http_call call = peer_call(&peer, "post");
		struct http_reply r;

		call.once = true;
		r = run(call);
		ck_assert_int_eq(r.end, HTTP_DONE);
		ck_assert_int_gt(r.connect_us, 0);
	}
	run(peer_call(&peer, "ping"));
	ck_assert_int_eq(atomic_load(&peer.connections), 4);
	ck_assert_int_eq(atomic_load(&peer.requests), 5);
	peer_stop(&peer);
}
END_TEST

/* Servers that close their idle connections without a word: calls go on, and each is answered, those too that cross the close. */
START_TEST(closed_connections_are_noticed)
{
	peer_start(&peer, PEER_TIDY);
	for (int i = 0; i < 20; i++) {
		struct http_reply r = run(peer_call(&peer, "x"));

		ck_assert_int_eq(r.end, HTTP_DONE);
		clock_sleep_ms(i % 3);
	}
	peer_stop(&peer);
}
END_TEST

/* Its heart beats when there is nothing to do, too. */
START_TEST(the_thread_goes_round)
{
	struct net_stats first, now;
	int64_t until = clock_mono_us() + 3000000 * slow_by(4);

	net_stats(net, &first);
	ck_assert_int_gt(first.beat_us, 0);
	do {
		clock_sleep_ms(50);
		net_stats(net, &now);
		ck_assert_int_le(now.beat_us, clock_mono_us());
	} while (now.beat_us - first.beat_us < 900000 && clock_mono_us() < until);
	ck_assert_int_ge(now.beat_us - first.beat_us, 900000);
}
END_TEST

START_TEST(answers_fit_their_questions)
{
	enum { N = 60 };
	struct http_call calls[N];
	struct http_reply got[N];

	peer_start(&peer, PEER_LATE);
	for (int i = 0; i < N; i++) {
		calls[i] = peer_call(&peer, "");
		calls[i].method = STR("GET");
		calls[i].url = arena_printf(arena, "%s/n%d.", peer.url, i);
		calls[i].timeout_ms = 0;
	}
	net_run(net, arena, calls, got, N, clock_mono_us() + 10000000);
	for (int i = 0; i < N; i++) {
		ck_assert_int_eq(got[i].end, HTTP_DONE);
		ck_assert(str_starts(got[i].body, arena_printf(arena, "GET /n%d. ", i)));
	}
	ck_assert_int_eq(atomic_load(&peer.requests), N);
	peer_stop(&peer);
}
END_TEST

struct crowd {
	int number;
	int good;
};

static void *crowd_work(void *arg)
{
	struct arena *a = arena_new(8 * 1024 * 1024);
	struct crowd *c = arg;

	for (int i = 0; i < 40; i++) {
		struct http_call calls[5];
		struct http_reply got[5];
		char body[5][32];

		for (int k = 0; k < 5; k++) {
			snprintf(body[k], sizeof(body[k]), "<%d.%d.%d>", c->number, i, k);
			calls[k] = peer_call(&peer, body[k]);
			calls[k].once = k == 4;
		}
		net_run(net, a, calls, got, 5, clock_mono_us() + 5000000);
		for (int k = 0; k < 5; k++)
			c->good += got[k].end == HTTP_DONE && got[k].status == 200;
		arena_reset(a);
	}
	arena_free(&a);
	return NULL;
}

START_TEST(many_threads)
{
	enum { N = 8 };
	struct crowd crowd[N];
	pthread_t threads[N];
	struct net_stats stats;

	peer_start(&peer, PEER_CHUNKED);
	for (int i = 0; i < N; i++) {
		crowd[i] = (struct crowd){ .number = i };
		pthread_create(&threads[i], NULL, crowd_work, &crowd[i]);
	}
	for (int i = 0; i < N; i++) {
		pthread_join(threads[i], NULL);
		ck_assert_int_eq(crowd[i].good, 200);
	}
	net_stats(net, &stats);
	ck_assert_uint_eq(stats.calls, N * 200);
	ck_assert_uint_eq(stats.timeouts, 0);
	ck_assert_uint_eq(stats.not_sent, 0);
	ck_assert_int_eq(stats.in_flight, 0);
	ck_assert_int_eq(atomic_load(&peer.requests), N * 200);
	peer_stop(&peer);
}
END_TEST

START_TEST(turns_are_taken)
{
	struct net_options o = { .allow_networks = STR("127.0.0.1"), .max_in_flight = 2 };
	struct http_call calls[9];
	struct http_reply got[9];
	struct err e;

	net_close(&net);
	ck_assert_int_eq(net_open(&o, &net, &e), 0);
	peer_start(&peer, PEER_LATE);
	for (int i = 0; i < 9; i++)
		calls[i] = peer_call(&peer, "x");
	net_run(net, arena, calls, got, 9, clock_mono_us() + 10000000);
	for (int i = 0; i < 9; i++)
		ck_assert_int_eq(got[i].end, HTTP_DONE);
	ck_assert_int_le(atomic_load(&peer.connections), 2);
	ck_assert_int_ge(got[8].total_us, 4 * 30000);
	/* those whose turn does not come were not sent; some tries, since the machine may be busy */
	for (int try = 0; try == 0 || (try < 10 && got[0].end != HTTP_DONE); try++)
		net_run(net, arena, calls, got, 9, clock_mono_us() + 100000);
	ck_assert_int_eq(got[0].end, HTTP_DONE);
	ck_assert_int_eq(got[8].end, HTTP_NOT_SENT);
	ck_assert_int_eq(got[8].why, HTTP_WHY_NO_TURN);
	peer_stop(&peer);
}
END_TEST

START_TEST(bodies_of_some_size)
{
	static char body[12000];
	struct http_reply r;

	memset(body, 'b', sizeof(body) - 1);
	peer_start(&peer, PEER_OK);
	r = run(peer_call(&peer, body));
	ck_assert_int_eq(r.end, HTTP_DONE);
	ck_assert_uint_gt(r.body.n, sizeof(body));
	ck_assert(has(r.body, body));
	peer_stop(&peer);
}
END_TEST

TCase *run_cases(void)
{
	TCase *tc = tcase_create("run");

	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_set_timeout(tc, 90);
	tcase_add_test(tc, says_what_it_was_told);
	tcase_add_loop_test(tc, methods, 0, N_OF(messages));
	tcase_add_test(tc, nothing_sticks);
	tcase_add_loop_test(tc, reads_replies, 0, N_OF(replies));
	tcase_add_test(tc, connections_are_kept);
	tcase_add_test(tc, posts_bring_their_own_connection);
	tcase_add_test(tc, closed_connections_are_noticed);
	tcase_add_test(tc, the_thread_goes_round);
	tcase_add_test(tc, answers_fit_their_questions);
	tcase_add_test(tc, many_threads);
	tcase_add_test(tc, turns_are_taken);
	tcase_add_test(tc, bodies_of_some_size);
	return tc;
}
