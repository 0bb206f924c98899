/*
 * Front ends that break the protocol, stall, or go away. Whatever they do, the thread that has them is free again within the deadline and
 * a little, and the next request is answered. There is one thread only: whoever holds it holds up all.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/base/clock.h"
#include "tests/unit/web/front.h"
#include "tests/unit/web/suites.h"

/* A bad length makes libfcgi ask for that much memory. Two gigabytes are nothing until they are used, but take sanitizers seconds. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
enum { DEADLINE_MS = 400, FREE_MS = DEADLINE_MS + 2000, LONG_BYTE = 0x81 };
#else
enum { DEADLINE_MS = 400, FREE_MS = DEADLINE_MS + 1500, LONG_BYTE = 0xff };
#endif

static void set_up(void)
{
	front_start(1, DEADLINE_MS, "");
}

static void tear_down(void)
{
	ck_assert_int_eq(front_stop(), 0);
}

static void must_be_well(void)
{
	struct wire w = { 0 };
	struct answer a;

	wire_request(&w, "POST", "/well", "hello");
	front_ask(&w, &a);
	ck_assert_int_eq(a.status, 200);
	ck_assert(str_contains(a.body, STR("body 5 hello")));
	front_answer_free(&a);
	wire_free(&w);
}

/* Sends w on a connection that stays open, and waits for the thread. Returns the status that was answered meanwhile, 0 for none. */
static int abuse(const struct wire *w)
{
	int64_t start = clock_mono_ms();
	int fd = front_connect(), status;
	struct answer a;

	front_send(fd, w->p, w->n);
	front_read(fd, 6000, &a);
	status = a.status;
	ck_assert_msg(a.closed, "the connection was not closed");
	ck_assert_msg(clock_mono_ms() - start < FREE_MS, "%d ms", (int)(clock_mono_ms() - start));
	front_answer_free(&a);
	ck_assert_int_ge(front_idle_ms(), 0);
	must_be_well();
	return status;
}

static void put_byte(struct wire *w, size_t at, int byte)
{
	w->p[at] = (uint8_t)byte;
}

enum bad {
	BAD_VERSION, BAD_VERSION_LATER, BAD_FIRST_TYPE, BAD_UNKNOWN_TYPE, BAD_BEGIN_LENGTH, BAD_ROLE, BAD_ID_ZERO, BAD_OTHER_ID,
	BAD_STDIN_IN_HEAD, BAD_NAME_LENGTH, BAD_VALUE_LENGTH, BAD_PAIR_CUT, BAD_TYPE_IN_BODY, BAD_ABORT_IN_HEAD, BAD_ABORT_IN_BODY,
	BAD_GET_VALUES, BAD_GET_VALUES_LENGTH, BAD_SECOND_BEGIN, BAD_GARBAGE, BAD_HTTP, BAD_ZEROES, BAD_NOTHING, BAD__N
};

static void write_bad(struct wire *w, enum bad bad)
{
	static const uint8_t huge[] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 'n', 'v' };
	static const uint8_t long_value[] = { 1, LONG_BYTE, 0xff, 0xff, 0xf0, 'n', 'v' };
	static const uint8_t cut[] = { 9, 9, 'n' };
	char garbage[4000];

	switch (bad) {
	case BAD_VERSION:
		wire_request(w, "GET", "/x", "");
		put_byte(w, 0, 2);
		break;
	case BAD_VERSION_LATER:
		wire_request(w, "GET", "/x", "");
		put_byte(w, 16, 0);
		break;
	case BAD_FIRST_TYPE:
		wire_param(w, "REQUEST_METHOD", "GET");
		break;
	case BAD_UNKNOWN_TYPE:
		wire_begin(w, 1, 0);
		wire_record(w, 77, 1, "x", 1);
		break;
	case BAD_BEGIN_LENGTH:
		wire_record(w, FCGI_BEGIN, 1, "\0\1\0", 3);
		break;
	case BAD_ROLE:
		wire_begin(w, 9, 0);
		wire_record(w, FCGI_PARAMS, 1, NULL, 0);
		break;
	case BAD_ID_ZERO:
		wire_record(w, FCGI_BEGIN, 0, "\0\1\0\0\0\0\0\0", 8);
		break;
	case BAD_OTHER_ID: /* ignored by the protocol's rules: nothing more comes, so time runs out */
		wire_begin(w, 1, 0);
		wire_record(w, FCGI_PARAMS, 2, "\1\1ab", 4);
		break;
	case BAD_STDIN_IN_HEAD:
		wire_begin(w, 1, 0);
		wire_record(w, FCGI_STDIN, 1, "x", 1);
		break;
	case BAD_NAME_LENGTH:
		wire_begin(w, 1, 0);
		wire_record(w, FCGI_PARAMS, 1, huge, sizeof(huge));
		wire_record(w, FCGI_PARAMS, 1, NULL, 0);
		break;
	case BAD_VALUE_LENGTH:
		wire_begin(w, 1, 0);
		wire_record(w, FCGI_PARAMS, 1, long_value, sizeof(long_value));
		wire_record(w, FCGI_PARAMS, 1, NULL, 0);
		break;
	case BAD_PAIR_CUT:
		wire_begin(w, 1, 0);
		wire_record(w, FCGI_PARAMS, 1, cut, sizeof(cut));
		wire_record(w, FCGI_PARAMS, 1, NULL, 0);
		break;
	case BAD_TYPE_IN_BODY:
		wire_head(w, "POST", "/x", "CONTENT_LENGTH", "5", NULL);
		wire_record(w, FCGI_PARAMS, 1, "x", 1);
		break;
	case BAD_ABORT_IN_HEAD:
		wire_begin(w, 1, 0);
		wire_record(w, FCGI_ABORT, 1, NULL, 0);
		break;
	case BAD_ABORT_IN_BODY:
		wire_head(w, "POST", "/x", "CONTENT_LENGTH", "5", NULL);
		wire_record(w, FCGI_STDIN, 1, "ab", 2);
		wire_record(w, FCGI_ABORT, 1, NULL, 0);
		break;
	case BAD_GET_VALUES: /* answered; then nothing comes */
		wire_record(w, FCGI_GET_VALUES, 0, "\16\0FCGI_MAX_CONNS", 16);
		break;
	case BAD_GET_VALUES_LENGTH:
		wire_record(w, FCGI_GET_VALUES, 0, huge, sizeof(huge));
		break;
	case BAD_SECOND_BEGIN:
		wire_begin(w, 1, 0);
		wire_begin(w, 1, 0);
		break;
	case BAD_GARBAGE:
		srand(11);
		for (size_t i = 0; i < sizeof(garbage); i++)
			garbage[i] = (char)rand();
		wire_raw(w, garbage, sizeof(garbage));
		break;
	case BAD_HTTP:
		wire_raw(w, "GET / HTTP/1.1\r\nHost: x\r\n\r\n", 27);
		break;
	case BAD_ZEROES:
		memset(garbage, 0, sizeof(garbage));
		wire_raw(w, garbage, sizeof(garbage));
		break;
	default:
		break;
	}
}

START_TEST(bad_records)
{
	struct wire w = { 0 };
	int status;

	write_bad(&w, (enum bad)_i);
	status = abuse(&w);
	if (_i == BAD_TYPE_IN_BODY || _i == BAD_ABORT_IN_BODY)
		ck_assert_int_eq(status, 400);
	else
		ck_assert_int_eq(status, 0);
	wire_free(&w);
}
END_TEST

/* A whole request, cut off at every length: whoever waits for the rest waits no longer than the deadline. Every seventh, for time's sake. */
START_TEST(the_rest_never_comes)
{
	struct wire w = { 0 };
	struct answer a;

	wire_request(&w, "POST", "/x", "hello");
	for (size_t n = (size_t)_i; n < w.n; n += 7) {
		int fd = front_connect();

		ck_assert(front_send(fd, w.p, n));
		shutdown(fd, SHUT_WR);
		front_read(fd, FREE_MS, &a);
		ck_assert(a.closed);
		ck_assert(a.status == 0 || a.status == 400);
		front_answer_free(&a);
	}
	must_be_well();
	wire_free(&w);
}
END_TEST

START_TEST(a_stalled_peer)
{
	static const struct {
		size_t cut; /* bytes kept back from the end */
		int status;
	} stalls[] = { { 8, 400 }, { 16, 400 }, { 24, 400 }, { 200, 0 } };
	struct wire w = { 0 };

	wire_request(&w, "POST", "/x", "hello");
	w.n -= stalls[_i].cut;
	ck_assert_int_eq(abuse(&w), stalls[_i].status);
	wire_free(&w);
}
END_TEST

/* A byte each 20 ms: no single read is ever late. */
START_TEST(a_dripping_peer)
{
	struct wire w = { 0 };
	int64_t start = clock_mono_ms();
	struct answer a;
	int fd = front_connect();
	size_t at = 0;

	wire_request(&w, "POST", "/x", "hello");
	if (_i == 1) { /* the head at once, the body in drops */
		at = w.n - 24;
		ck_assert(front_send(fd, w.p, at));
	}
	while (clock_mono_ms() - start < 5000) {
		clock_sleep_ms(_i == 1 ? 30 : 20);
		if (!front_send(fd, w.p + at, 1) || ++at == w.n)
			break;
	}
	ck_assert_int_lt(clock_mono_ms() - start, FREE_MS);
	ck_assert_uint_lt(at, w.n);
	front_read(fd, 2000, &a);
	ck_assert_int_eq(a.status, _i == 1 ? 400 : 0);
	front_answer_free(&a);
	must_be_well();
	wire_free(&w);
}
END_TEST

static const struct {
	const char *length, *body;
	int status;
} lengths[] = {
	{ "5", "hello", 200 }, { "0", "", 200 }, { "", "", 200 }, { "", "hello", 200 },
	{ "4", "hello", 400 }, { "6", "hello", 400 }, { "0", "hello", 400 }, { "5", "", 400 },
	{ "-1", "hello", 400 }, { "abc", "hello", 400 }, { "5 ", "hello", 400 }, { "0x5", "hello", 400 }, { "5,5", "hello", 400 },
	{ "99999999999999999999", "hello", 400 }, { "9999999999", "hello", 413 }, { "100001", "hello", 413 },
};

START_TEST(lengths_that_lie)
{
	struct wire w = { 0 };

	wire_head(&w, "POST", "/x", "CONTENT_LENGTH", lengths[_i].length, NULL);
	if (lengths[_i].body[0] != '\0')
		wire_record(&w, FCGI_STDIN, 1, lengths[_i].body, strlen(lengths[_i].body));
	wire_record(&w, FCGI_STDIN, 1, NULL, 0);
	ck_assert_int_eq(abuse(&w), lengths[_i].status);
	wire_free(&w);
}
END_TEST

START_TEST(heads_that_are_too_large)
{
	static char value[2000001];
	struct wire w = { 0 };
	char name[32];

	memset(value, 'v', sizeof(value) - 1);
	wire_begin(&w, 1, 0);
	if (_i == 0) { /* one of 2 MB, over many records */
		struct wire pair = { 0 };
		uint8_t head[] = { 6, 0x80 | (2000000 >> 24), (2000000 >> 16) & 0xff, (2000000 >> 8) & 0xff, 2000000 & 0xff };

		wire_raw(&pair, head, sizeof(head));
		wire_raw(&pair, "HTTP_X", 6);
		wire_raw(&pair, value, 2000000);
		wire_record(&w, FCGI_PARAMS, 1, pair.p, pair.n);
		wire_free(&pair);
	} else if (_i == 1) { /* many */
		for (int i = 0; i < 300; i++)
			wire_param(&w, "HTTP_X", "1");
	} else if (_i == 2) { /* more headers than there is room for, fewer parameters than are too many */
		for (int i = 0; i < 120; i++) {
			snprintf(name, sizeof(name), "HTTP_X%d", i);
			wire_param(&w, name, "1");
		}
		wire_param(&w, "HTTP_X_FORWARDED_FOR", "192.0.2.1");
	} else { /* 70 of 1 KB */
		value[1000] = '\0';
		for (int i = 0; i < 70; i++)
			wire_param(&w, "HTTP_X", value);
	}
	wire_record(&w, FCGI_PARAMS, 1, NULL, 0);
	wire_record(&w, FCGI_STDIN, 1, NULL, 0);
	ck_assert_int_eq(abuse(&w), 400);
	wire_free(&w);
}
END_TEST

/* Whose word is it then? */
START_TEST(headers_in_two_spellings)
{
	struct wire w = { 0 };

	wire_head(&w, "GET", "/well", "HTTP_X_FORWARDED_FOR", "127.0.0.1", "HTTP_X_FORWARDED_FOR", "203.0.113.9", NULL);
	wire_record(&w, FCGI_STDIN, 1, NULL, 0);
	ck_assert_int_eq(abuse(&w), 400);
	wire_free(&w);
}
END_TEST

/* Names and values as no server sends them: NUL inside, '=' in the name, empty ones. */
START_TEST(odd_parameters)
{
	static const uint8_t odd[] = { 0, 0, 1, 0, 'n', 0, 1, 'v', 6, 3, 'H', 'T', 'T', 'P', '_', '=', 'a', 0, 'b', 4, 0, 0, 0, 0, 0,
		7, 1, 'H', 'T', 'T', 'P', '_', 0, 'x', 'v', 5, 1, 'H', 'T', 'T', 'P', '_', 'v' };
	struct wire w = { 0 };
	struct answer a;

	wire_begin(&w, 1, 0);
	wire_record(&w, FCGI_PARAMS, 1, odd, sizeof(odd));
	wire_record(&w, FCGI_PARAMS, 1, NULL, 0);
	wire_record(&w, FCGI_STDIN, 1, NULL, 0);
	front_ask(&w, &a);
	ck_assert_int_eq(a.status, 200);
	front_answer_free(&a);
	must_be_well();
	wire_free(&w);
}
END_TEST

/* The client is gone when the answer comes: the write fails, nothing else. */
START_TEST(gone_before_the_answer)
{
	struct wire w = { 0 };

	wire_request(&w, "GET", _i == 0 ? "/slow" : "/big", "");
	for (int i = 0; i < 5; i++) {
		int fd = front_connect();

		ck_assert(front_send(fd, w.p, w.n));
		close(fd);
	}
	must_be_well();
	wire_free(&w);
}
END_TEST

/* A megabyte for somebody who does not read. */
START_TEST(a_peer_that_does_not_read)
{
	struct wire w = { 0 };
	int fd = front_connect();

	wire_request(&w, "GET", "/big", "");
	ck_assert(front_send(fd, w.p, w.n));
	while (atomic_load(&front_app.seen) == 0)
		clock_sleep_ms(2);
	ck_assert_int_lt(front_idle_ms(), 600 + 1500);
	must_be_well();
	close(fd);
	wire_free(&w);
}
END_TEST

/* Early no, while the peer goes on sending for ever: it is heard for a moment only. */
START_TEST(a_peer_that_does_not_stop)
{
	static char body[65536];
	struct wire w = { 0 };
	int64_t start = clock_mono_ms();
	int fd = front_connect();

	wire_head(&w, "POST", "/x", "CONTENT_LENGTH", "50000000", NULL);
	ck_assert(front_send(fd, w.p, w.n));
	wire_free(&w);
	wire_record(&w, FCGI_STDIN, 1, body, 65535);
	while (front_send(fd, w.p, w.n) && clock_mono_ms() - start < 5000)
		;
	ck_assert_int_lt(clock_mono_ms() - start, 2500);
	ck_assert_int_ge(front_idle_ms(), 0);
	must_be_well();
	close(fd);
	wire_free(&w);
}
END_TEST

TCase *abuse_cases(void)
{
	TCase *tc = tcase_create("abuse");

	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, bad_records, 0, BAD__N);
	tcase_add_loop_test(tc, the_rest_never_comes, 0, 7);
	tcase_add_loop_test(tc, a_stalled_peer, 0, 4);
	tcase_add_loop_test(tc, a_dripping_peer, 0, 2);
	tcase_add_loop_test(tc, lengths_that_lie, 0, N_OF(lengths));
	tcase_add_loop_test(tc, heads_that_are_too_large, 0, 4);
	tcase_add_test(tc, headers_in_two_spellings);
	tcase_add_test(tc, odd_parameters);
	tcase_add_loop_test(tc, gone_before_the_answer, 0, 2);
	tcase_add_test(tc, a_peer_that_does_not_read);
	tcase_add_test(tc, a_peer_that_does_not_stop);
	return tc;
}
