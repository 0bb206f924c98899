/* What a well-behaved front end sees. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "lib/base/clock.h"
#include "tests/unit/web/front.h"
#include "tests/unit/web/suites.h"

static void set_up(void)
{
	front_start(4, 2000, "10.0.0.0/8, 192.0.2.7");
}

static void tear_down(void)
{
	ck_assert_int_eq(front_stop(), 0);
}

static bool has(const struct answer *a, const char *part)
{
	return str_contains(a->body, str_of(part));
}

START_TEST(answers)
{
	struct wire w = { 0 };
	struct answer a;

	wire_request(&w, "POST", "/v1//Echo%20/x?a=b&c", "{\"zip\":\"90210\"}");
	front_ask(&w, &a);
	ck_assert_int_eq(a.status, 200);
	ck_assert(a.ended && a.closed);
	ck_assert(has(&a, "POST /v1//Echo%20/x ? a=b&c\n"));
	ck_assert(has(&a, "type application/json\n"));
	ck_assert(has(&a, "x-api-key=k\n"));
	ck_assert(has(&a, "body 15 {\"zip\":\"90210\"}"));
	ck_assert(str_is(front_header(&a, "Content-Type"), "text/plain"));
	ck_assert(str_is(front_header(&a, "X-Content-Type-Options"), "nosniff"));
	ck_assert(str_is(front_header(&a, "Cache-Control"), "no-store"));
	ck_assert(str_contains(front_header(&a, "Content-Security-Policy"), STR("frame-ancestors 'none'")));
	ck_assert(str_starts(front_header(&a, "X-Request-Id"), STR("req_")));
	ck_assert_uint_eq((size_t)strtol(front_header(&a, "Content-Length").p, NULL, 10), a.body.n);
	front_answer_free(&a);
	wire_free(&w);
}
END_TEST

START_TEST(head_has_no_body)
{
	struct wire w = { 0 };
	struct answer a;

	wire_head(&w, "HEAD", "/x", NULL);
	wire_record(&w, FCGI_STDIN, 1, NULL, 0);
	front_ask(&w, &a);
	ck_assert_int_eq(a.status, 200);
	ck_assert_uint_eq(a.body.n, 0);
	ck_assert(!str_is(front_header(&a, "Content-Length"), "0"));
	front_answer_free(&a);
	wire_free(&w);
}
END_TEST

START_TEST(no_content)
{
	struct wire w = { 0 };
	struct answer a;

	wire_request(&w, "GET", "/empty", "");
	front_ask(&w, &a);
	ck_assert_int_eq(a.status, 204);
	ck_assert_uint_eq(front_header(&a, "Content-Length").n, 0);
	front_answer_free(&a);
	wire_free(&w);
}
END_TEST

START_TEST(no_answer_is_our_fault)
{
	struct wire w = { 0 };
	struct answer a;

	wire_request(&w, "GET", "/nothing", "");
	front_ask(&w, &a);
	ck_assert_int_eq(a.status, 500);
	ck_assert(str_is(front_header(&a, "Content-Type"), "application/problem+json"));
	ck_assert(has(&a, "\"code\":\"internal\""));
	front_answer_free(&a);
	wire_free(&w);
}
END_TEST

START_TEST(large_answers)
{
	struct wire w = { 0 };
	struct answer a;

	wire_request(&w, "GET", "/big", "");
	front_ask(&w, &a);
	ck_assert_int_eq(a.status, 200);
	ck_assert_uint_eq(a.body.n, 1000000);
	ck_assert(a.ended);
	front_answer_free(&a);
	wire_free(&w);
}
END_TEST

START_TEST(large_bodies)
{
	static char body[100001];
	struct wire w = { 0 };
	struct answer a;

	memset(body, 'x', sizeof(body) - 1);
	wire_request(&w, "POST", "/x", body);
	front_ask(&w, &a);
	ck_assert_int_eq(a.status, 200);
	ck_assert(has(&a, "body 100000 xxx"));
	front_answer_free(&a);
	wire_free(&w);
	/* without a length, to its end */
	wire_head(&w, "POST", "/x", NULL);
	wire_record(&w, FCGI_STDIN, 1, body, 100000);
	wire_record(&w, FCGI_STDIN, 1, NULL, 0);
	front_ask(&w, &a);
	ck_assert_int_eq(a.status, 200);
	ck_assert(has(&a, "body 100000 xxx"));
	front_answer_free(&a);
	wire_free(&w);
}
END_TEST

/* Twice what is allowed, with and without saying so first: the answer is seen, not a reset. */
START_TEST(bodies_that_are_too_large)
{
	static char body[2000001];
	char length[24];
	struct wire w = { 0 };
	struct answer a;

	memset(body, 'x', sizeof(body) - 1);
	snprintf(length, sizeof(length), "%d", _i == 0 ? 2000000 : 100001);
	if (_i < 2)
		wire_head(&w, "POST", "/x", "CONTENT_LENGTH", length, NULL);
	else
		wire_head(&w, "POST", "/x", NULL);
	wire_record(&w, FCGI_STDIN, 1, body, _i == 1 ? 100001 : 2000000);
	wire_record(&w, FCGI_STDIN, 1, NULL, 0);
	front_ask(&w, &a);
	ck_assert_int_eq(a.status, 413);
	ck_assert(has(&a, "\"code\":\"too_large\""));
	ck_assert(a.ended);
	front_answer_free(&a);
	wire_free(&w);
}
END_TEST

START_TEST(a_body_nobody_reads)
{
	struct wire w = { 0 };
	struct answer a;

	wire_request(&w, "POST", "/unread", "some bytes");
	front_ask(&w, &a);
	ck_assert_int_eq(a.status, 200);
	ck_assert(a.ended && a.closed);
	front_answer_free(&a);
	wire_free(&w);
}
END_TEST

static const struct {
	const char *remote, *forwarded, *proto, *want;
} clients[] = {
	{ "192.0.2.7", "198.51.100.1", "https", "addr 198.51.100.1 https\n" },
	{ "192.0.2.8", "198.51.100.1", "https", "addr 192.0.2.8 http\n" },
	{ "192.0.2.7", "1.1.1.1, 198.51.100.1, 10.1.2.3", "http", "addr 198.51.100.1 http\n" },
	{ "192.0.2.7", "198.51.100.1,10.0.0.1 , 10.1.2.3", "http", "addr 198.51.100.1 http\n" },
	{ "192.0.2.7", "10.0.0.1, 10.0.0.2", "", "addr 10.0.0.1 http\n" },
	{ "192.0.2.7", "1.1.1.1, nonsense, 10.0.0.2", "", "addr 10.0.0.2 http\n" },
	{ "192.0.2.7", "unknown", "", "addr 192.0.2.7 http\n" },
	{ "192.0.2.7", "", "", "addr 192.0.2.7 http\n" },
	{ "192.0.2.7", ",,", "", "addr 192.0.2.7 http\n" },
	{ "192.0.2.7", "2001:db8::1", "", "addr 2001:db8::1 http\n" },
	{ "", "198.51.100.1", "", "addr  http\n" },
};

START_TEST(clients_behind_proxies)
{
	struct wire w = { 0 };
	struct answer a;

	wire_head(&w, "GET", "/x", "REMOTE_ADDR", clients[_i].remote, "HTTP_X_FORWARDED_FOR", clients[_i].forwarded, "HTTP_X_FORWARDED_PROTO",
	    clients[_i].proto, NULL);
	wire_record(&w, FCGI_STDIN, 1, NULL, 0);
	front_ask(&w, &a);
	ck_assert_msg(has(&a, clients[_i].want), "%.*s", STR_ARG(a.body));
	front_answer_free(&a);
	wire_free(&w);
}
END_TEST

START_TEST(request_ids)
{
	static const struct {
		const char *given;
		bool taken;
	} ids[] = { { "abc-DEF_1.2", true }, { "", false }, { "a b", false }, { "a\tb", false }, { "a/b", false }, { "\xc3\xa9", false },
		{ "0123456789012345678901234567890123456789012345678901234567890123", true },
		{ "01234567890123456789012345678901234567890123456789012345678901234", false } };

	for (int i = 0; i < N_OF(ids); i++) {
		struct wire w = { 0 };
		struct answer a;

		wire_head(&w, "GET", "/x", "HTTP_X_REQUEST_ID", ids[i].given, NULL);
		wire_record(&w, FCGI_STDIN, 1, NULL, 0);
		front_ask(&w, &a);
		ck_assert(str_is(front_header(&a, "X-Request-Id"), ids[i].given) == ids[i].taken);
		ck_assert(ids[i].taken || str_starts(front_header(&a, "X-Request-Id"), STR("req_")));
		front_answer_free(&a);
		wire_free(&w);
	}
}
END_TEST

/* Each record cut in two, at each byte; then a byte at a time. */
START_TEST(split_at_every_byte)
{
	struct wire w = { 0 };
	struct answer a;

	wire_request(&w, "POST", "/split?q=1", "{\"zip\":\"90210\"}");
	for (size_t at = 1; at < w.n; at++) {
		int fd = front_connect();

		ck_assert(front_send(fd, w.p, at));
		if (at % 16 == 0)
			clock_sleep_ms(2);
		ck_assert(front_send(fd, w.p + at, w.n - at));
		front_read(fd, 6000, &a);
		ck_assert_msg(a.status == 200 && has(&a, "body 15 {\"zip\":\"90210\"}"), "split at %zu of %zu", at, w.n);
		front_answer_free(&a);
	}
	for (int pause = 0; pause < 2; pause++) {
		int fd = front_connect();

		for (size_t at = 0; at < w.n; at++) {
			ck_assert(front_send(fd, w.p + at, 1));
			if (pause && at % 8 == 0)
				clock_sleep_ms(1);
		}
		front_read(fd, 6000, &a);
		ck_assert_int_eq(a.status, 200);
		front_answer_free(&a);
	}
	wire_free(&w);
}
END_TEST

/* Front ends that would keep their connections hold no thread: four threads, and ten that stay connected. */
START_TEST(nobody_pins_a_thread)
{
	struct wire w = { 0 };
	struct answer a;
	int fds[10];

	wire_begin(&w, 1, 1);
	wire_param(&w, "REQUEST_METHOD", "GET");
	wire_param(&w, "REQUEST_URI", "/kept");
	wire_record(&w, FCGI_PARAMS, 1, NULL, 0);
	wire_record(&w, FCGI_STDIN, 1, NULL, 0);
	for (int i = 0; i < 10; i++) {
		fds[i] = front_connect();
		ck_assert(front_send(fds[i], w.p, w.n));
	}
	front_ask(&w, &a);
	ck_assert_int_eq(a.status, 200);
	front_answer_free(&a);
	for (int i = 0; i < 10; i++) {
		front_read(fds[i], 2000, &a);
		ck_assert_int_eq(a.status, 200);
		ck_assert(a.closed);
		front_answer_free(&a);
	}
	ck_assert_int_ge(front_idle_ms(), 0);
	wire_free(&w);
}
END_TEST

static void *ask_slow(void *arg)
{
	struct wire w = { 0 };
	struct answer a;

	wire_request(&w, "POST", "/slow", "x");
	front_ask(&w, &a);
	*(int *)arg = a.status;
	front_answer_free(&a);
	wire_free(&w);
	return NULL;
}

/*
 * Bodies that never come, on four times as many connections as there are threads, read by the handler or not: whoever sends his at once is answered
 * long before the first of them has had his time.
 */
START_TEST(slow_senders_do_not_hold_all)
{
	enum { SLOW = 16 };
	int fds[SLOW];
	struct wire slow = { 0 }, good = { 0 };
	int64_t start;
	struct answer a;

	wire_head(&slow, "POST", _i == 0 ? "/read" : "/unread", "CONTENT_LENGTH", "10", NULL);
	for (int i = 0; i < SLOW; i++) {
		fds[i] = front_connect();
		ck_assert(front_send(fds[i], slow.p, slow.n));
	}
	clock_sleep_ms(100);
	start = clock_mono_ms();
	wire_request(&good, "POST", "/good", "hello");
	front_ask(&good, &a);
	ck_assert_int_eq(a.status, 200);
	ck_assert_msg(clock_mono_ms() - start < 1200, "%d ms", (int)(clock_mono_ms() - start));
	front_answer_free(&a);
	for (int i = 0; i < SLOW; i++)
		close(fds[i]);
	wire_free(&slow);
	wire_free(&good);
}
END_TEST

/* More connections than threads wait in the backlog. */
START_TEST(more_than_threads)
{
	enum { N = 12 };
	pthread_t threads[N];
	int status[N];

	for (int i = 0; i < N; i++)
		pthread_create(&threads[i], NULL, ask_slow, &status[i]);
	for (int i = 0; i < N; i++) {
		pthread_join(threads[i], NULL);
		ck_assert_int_eq(status[i], 200);
	}
	ck_assert_int_eq(atomic_load(&front_app.seen), N);
}
END_TEST

/* Told to stop, the worker finishes what it has and takes nothing new. */
START_TEST(stopping_finishes)
{
	pthread_t thread;
	struct wire w = { 0 };
	int status = 0, fd;

	pthread_create(&thread, NULL, ask_slow, &status);
	while (atomic_load(&front_app.seen) == 0)
		clock_sleep_ms(2);
	fcgi_stop(front_fcgi);
	clock_sleep_ms(20);
	fd = front_connect();
	wire_request(&w, "GET", "/x", "");
	front_send(fd, w.p, w.n);
	pthread_join(thread, NULL);
	ck_assert_int_eq(status, 200);
	clock_sleep_ms(50);
	ck_assert_int_eq(atomic_load(&front_app.seen), 1);
	close(fd);
	wire_free(&w);
}
END_TEST

/* What outlasts the time to drain is left, and said to be. The process then ends with it. */
START_TEST(stopping_does_not_wait_for_ever)
{
	struct fcgi *volatile kept; /* what the stuck thread holds is not lost */
	struct wire w = { 0 };
	int64_t start;
	int fd;

	front_start(4, 2000, "");
	kept = front_fcgi;
	fd = front_connect();
	wire_request(&w, "GET", "/stuck", "");
	ck_assert(front_send(fd, w.p, w.n));
	while (atomic_load(&front_app.seen) == 0)
		clock_sleep_ms(2);
	start = clock_mono_ms();
	ck_assert_int_eq(front_stop(), 1);
	ck_assert_int_lt(clock_mono_ms() - start, 3900);
	ck_assert_ptr_null(front_fcgi);
	ck_assert_ptr_nonnull(kept);
	clock_sleep_ms(1500); /* the request ends on what it still has */
	close(fd);
	wire_free(&w);
	_exit(0); /* as a worker would: what was left is not given back */
}
END_TEST

/* No descriptor is free: nobody gives up, and all goes on once there is one. */
START_TEST(short_of_descriptors)
{
	struct rlimit before, none;
	struct wire w = { 0 };
	struct answer a;
	int fd = front_connect(), highest = dup(fd);

	close(highest);
	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &before), 0);
	none = before;
	none.rlim_cur = (rlim_t)fd + 1;
	wire_request(&w, "GET", "/x", "");
	/* the worker may have accepted that first connection already; let it, then take everything away and connect no more */
	ck_assert(front_send(fd, w.p, w.n));
	front_read(fd, 3000, &a);
	ck_assert_int_eq(a.status, 200);
	front_answer_free(&a);
	fd = front_connect();
	none.rlim_cur = (rlim_t)fd + 1;
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &none), 0);
	front_send(fd, w.p, w.n);
	clock_sleep_ms(200);
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &before), 0);
	close(fd);
	for (int i = 0; i < 8; i++) {
		front_ask(&w, &a);
		ck_assert_int_eq(a.status, 200);
		front_answer_free(&a);
	}
	wire_free(&w);
}
END_TEST

TCase *fcgi_cases(void)
{
	TCase *tc = tcase_create("fcgi");

	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, answers);
	tcase_add_test(tc, head_has_no_body);
	tcase_add_test(tc, no_content);
	tcase_add_test(tc, no_answer_is_our_fault);
	tcase_add_test(tc, large_answers);
	tcase_add_test(tc, large_bodies);
	tcase_add_loop_test(tc, bodies_that_are_too_large, 0, 3);
	tcase_add_test(tc, a_body_nobody_reads);
	tcase_add_loop_test(tc, clients_behind_proxies, 0, N_OF(clients));
	tcase_add_test(tc, request_ids);
	tcase_add_test(tc, split_at_every_byte);
	tcase_add_test(tc, nobody_pins_a_thread);
	tcase_add_loop_test(tc, slow_senders_do_not_hold_all, 0, 2);
	tcase_add_test(tc, more_than_threads);
	tcase_add_test(tc, stopping_finishes);
	tcase_add_test(tc, short_of_descriptors);
	return tc;
}

TCase *drain_cases(void)
{
	TCase *tc = tcase_create("drain");

	tcase_set_timeout(tc, 60);
	tcase_add_exit_test(tc, stopping_does_not_wait_for_ever, 0);
	return tc;
}
