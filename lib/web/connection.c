/*
 * libfcgi, alone in this file. We accept connections ourselves and hand each to libfcgi with its time limited by lib/web/cutoff, and we
 * close them ourselves: libfcgi's accept, reads and closing wait without end, and it would hold a thread for a front end that keeps its
 * connection. One connection is one request: what a front end asks for with FCGI_KEEP_CONN costs it a connect, never us a thread.
 *
 * Of struct FCGX_Request we use, below its line "don't use below here", ipcFd and keepConnection; they are what they were in 1996.
 */
#include "lib/web/connection.h"

#include <errno.h>
#include <fcgiapp.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/web/req.h"

enum {
	PARAMS_TOTAL_MAX = 64 * 1024, PARAMS_COUNT_MAX = 200, ANSWER_MAX = 32 << 20, HEAD_MAX = 64 * 1024,
	BODY_LEAST_MS = 500, PIECE = 4096, LINGER_MS = 500, LINGER_BYTES = 1 << 20,
	SHORT_MS = 400, SHORTEST_MS = 50 /* patience when a quarter, and when half of the threads wait for their peers */
};

struct connection {
	struct connections *shared;
	int slot;                   /* in the cutoff */
	int fd;                     /* our own hold on it: libfcgi has a second one */
	FCGX_Request request;
	struct arena *arena;
	int64_t length;             /* CONTENT_LENGTH; -1: not given */
	int64_t waited_us;          /* for the head */
	bool body_read;
};

/*
 * How long a peer is waited for. A body is asked for before anybody has shown who he is, and most are there when their head is; so the more
 * threads wait the shorter each does, and those who send slowly, meaning it or not, never hold them all.
 */
static int64_t patience_us(const struct connections *s, int64_t usual_us)
{
	int waiting = atomic_load(&s->waiting);
	int64_t most = usual_us;

	if (waiting > 1 && 2 * waiting > s->threads)
		most = SHORTEST_MS * 1000;
	else if (waiting > 1 && 4 * waiting > s->threads)
		most = SHORT_MS * 1000;
	return most < usual_us ? most : usual_us;
}

/* What the peer may still take to send, after what it took for the head. */
static void arm_for_body(struct connection *c)
{
	int64_t left = c->shared->read_deadline_us - c->waited_us;

	if (left < BODY_LEAST_MS * 1000)
		left = BODY_LEAST_MS * 1000;
	cutoff_arm(c->shared->cutoff, c->slot, c->fd, SHUT_RD, clock_mono_us() + patience_us(c->shared, left));
}

/* The length is known: straight into its place. */
static int read_known(struct connection *c, struct arena *a, struct str *out)
{
	char *p = arena_alloc(a, (size_t)c->length + 1);
	int n = c->length > 0 ? FCGX_GetStr(p, (int)c->length, c->request.in) : 0;

	*out = (struct str){ p, (size_t)n };
	return n == (int)c->length && FCGX_GetChar(c->request.in) == EOF ? 0 : -1;
}

static int read_unknown(struct connection *c, struct arena *a, size_t max, struct str *out, struct err *e)
{
	char piece[PIECE];
	struct buf b;
	int n;

	buf_in(&b, a, max);
	do {
		n = FCGX_GetStr(piece, sizeof(piece), c->request.in);
		if (n > 0 && buf_add(&b, piece, (size_t)n) != 0)
			return err_set(e, ERR_TOO_LARGE, "the body has more than %zu bytes", max);
	} while (n == (int)sizeof(piece));
	*out = buf_str(&b);
	return 0;
}

int req_read_body(struct req *q, size_t max, struct err *e)
{
	struct connection *c = q->stream;
	int result = 0;
	bool late;

	if (c == NULL || c->body_read)
		return 0;
	if (c->length > (int64_t)max || c->length > INT32_MAX)
		return err_set(e, ERR_TOO_LARGE, "the body has more than %zu bytes", max);
	atomic_fetch_add(&c->shared->waiting, 1);
	arm_for_body(c);
	if (c->length < 0)
		result = read_unknown(c, q->arena, max, &q->body, e);
	else if (read_known(c, q->arena, &q->body) != 0)
		result = err_set(e, ERR_MALFORMED, "the body is not as long as Content-Length says");
	late = cutoff_disarm(c->shared->cutoff, c->slot);
	atomic_fetch_sub(&c->shared->waiting, 1);
	/* One that was there all the same is as good as any. */
	if (late && (result != 0 || FCGX_GetError(c->request.in) != 0))
		return err_set(e, ERR_MALFORMED, "the body did not arrive in time");
	if (FCGX_GetError(c->request.in) != 0)
		return err_set(e, ERR_MALFORMED, "the body did not arrive whole");
	c->body_read = result == 0;
	return result;
}

static const char *phrase_of(int status)
{
	static const struct { int status; const char *phrase; } phrases[] = {
		{ 200, "OK" }, { 201, "Created" }, { 202, "Accepted" }, { 204, "No Content" }, { 302, "Found" }, { 303, "See Other" },
		{ 304, "Not Modified" }, { 400, "Bad Request" }, { 401, "Unauthorized" }, { 403, "Forbidden" }, { 404, "Not Found" },
		{ 405, "Method Not Allowed" }, { 409, "Conflict" }, { 410, "Gone" }, { 413, "Content Too Large" },
		{ 415, "Unsupported Media Type" }, { 422, "Unprocessable Content" }, { 429, "Too Many Requests" },
		{ 500, "Internal Server Error" }, { 502, "Bad Gateway" }, { 503, "Service Unavailable" },
	};

	for (size_t i = 0; i < sizeof(phrases) / sizeof(phrases[0]); i++)
		if (phrases[i].status == status)
			return phrases[i].phrase;
	return "Status";
}

static void add_default_headers(const struct req *q, struct resp *r)
{
	static const struct { const char *name; struct str value; } defaults[] = {
		{ "Cache-Control", STR_INIT("no-store") },
		{ "X-Content-Type-Options", STR_INIT("nosniff") },
		{ "Referrer-Policy", STR_INIT("no-referrer") },
		{ "Content-Security-Policy", STR_INIT("default-src 'none'; frame-ancestors 'none'") },
	};

	for (size_t i = 0; i < sizeof(defaults) / sizeof(defaults[0]); i++)
		if (http_header_find(&r->headers, str_of(defaults[i].name)) == NULL)
			resp_header(r, defaults[i].name, defaults[i].value);
	resp_set_header(r, "X-Request-Id", q->request_id);
}

static void add_line(struct buf *b, struct str name, struct str value)
{
	buf_add_str(b, name);
	buf_add(b, ": ", 2);
	buf_add_str(b, value);
	buf_add(b, "\r\n", 2);
}

static void write_head(struct buf *b, const struct resp *r)
{
	buf_addf(b, "Status: %d %s\r\n", r->status, phrase_of(r->status));
	if (r->content_type.n > 0)
		add_line(b, STR("Content-Type"), r->content_type);
	for (size_t i = 0; i < r->headers.n; i++)
		add_line(b, r->headers.list[i].name, r->headers.list[i].value);
	if (r->status != 204 && r->status != 304)
		buf_addf(b, "Content-Length: %zu\r\n", r->body.n);
	buf_add(b, "\r\n", 2);
}

/* A head and body of up to 8 KiB leave in one write: libfcgi's buffer is flushed when the streams are closed. */
static void send_answer(struct connection *c, const struct req *q, struct resp *r)
{
	struct buf head;

	add_default_headers(q, r);
	buf_in(&head, q->arena, HEAD_MAX);
	write_head(&head, r);
	cutoff_arm(c->shared->cutoff, c->slot, c->fd, SHUT_RDWR, clock_mono_us() + c->shared->write_deadline_us);
	FCGX_PutStr(head.p, (int)head.n, c->request.out);
	if (r->body.n > 0 && !str_is(q->method, "HEAD"))
		FCGX_PutStr(r->body.p, (int)r->body.n, c->request.out);
	FCGX_FClose(c->request.err);
	FCGX_FClose(c->request.out);
	cutoff_disarm(c->shared->cutoff, c->slot);
}

/*
 * A front end joins headers of one name. Two that still come are two spellings, X-Forwarded-For by a proxy of ours and X_Forwarded_For by whoever
 * called it: FastCGI has one for both.
 */
static bool has_twins(const struct http_headers *h)
{
	for (size_t i = 0; i < h->n; i++)
		for (size_t k = 0; k < i; k++)
			if (str_eq(h->list[i].name, h->list[k].name))
				return true;
	return false;
}

static int read_params(struct connection *c, struct req *q, struct err *e)
{
	size_t total = 0;
	int count = 0;

	for (char **p = c->request.envp; p != NULL && *p != NULL; p++) {
		struct str whole = str_of(*p), value = whole, name;

		total += whole.n;
		if (++count > PARAMS_COUNT_MAX || total > PARAMS_TOTAL_MAX)
			return err_set(e, ERR_MALFORMED, "the request's head is too large");
		if (!str_split(&value, '=', &name))
			continue;
		if (value.p == NULL)
			value = (struct str){ "", 0 };
		if (str_is(name, "CONTENT_LENGTH") && value.n > 0 && (!str_to_i64(value, &c->length) || c->length < 0)) {
			c->length = -1;
			return err_set(e, ERR_MALFORMED, "Content-Length is not a number");
		}
		req_param(q, name, value);
	}
	/* One that had no room could be the one that says who calls. */
	if (q->headers.n >= REQ_HEADERS)
		return err_set(e, ERR_MALFORMED, "the request's head is too large");
	return has_twins(&q->headers) ? err_set(e, ERR_MALFORMED, "a header stands in the request's head twice, or in two spellings") : 0;
}

static void serve_one(struct connection *c, int64_t accepted_us)
{
	struct err e = { 0 };
	struct resp r;
	struct req q;

	c->length = -1;
	c->body_read = false;
	req_begin(&q, c->arena, accepted_us);
	q.stream = c;
	resp_init(&r, c->arena, ANSWER_MAX);
	if (read_params(c, &q, &e) != 0) {
		req_finish_head(&q, &(struct networks){ 0 });
		resp_problem(&r, &q, &e, NULL);
	} else {
		req_finish_head(&q, &c->shared->trusted);
		c->shared->handler(c->shared->app, &q, &r);
	}
	if (r.status == 0) {
		err_set(&e, ERR_INTERNAL, "a handler did not answer");
		log_err("a request failed", &e);
		resp_problem(&r, &q, &e, NULL);
	}
	send_answer(c, &q, &r);
}

/*
 * Reads what the peer still sends, for a moment: to close a socket with unread bytes in it is a reset, which can take the answer with it
 * (a 413 to a body on its way would never be seen).
 */
static void linger(struct connections *shared, int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	char piece[PIECE];
	int64_t until, left;
	ssize_t n = 1;

	atomic_fetch_add(&shared->waiting, 1);
	until = clock_mono_us() + patience_us(shared, LINGER_MS * 1000);
	shutdown(fd, SHUT_WR);
	for (size_t total = 0; n > 0 && total < LINGER_BYTES && (left = until - clock_mono_us()) > 0; total += (size_t)n)
		n = poll(&p, 1, (int)(left / 1000 + 1)) > 0 ? recv(fd, piece, sizeof(piece), MSG_DONTWAIT) : 0;
	atomic_fetch_sub(&shared->waiting, 1);
}

/* True when all that the peer had to say was read, up to the end of its input. */
static bool is_drained(struct connection *c)
{
	bool drained;

	if (c->body_read || FCGX_HasSeenEOF(c->request.in) != 0)
		return true;
	if (c->length > 0)
		return false;
	atomic_fetch_add(&c->shared->waiting, 1);
	cutoff_arm(c->shared->cutoff, c->slot, c->fd, SHUT_RD, clock_mono_us() + patience_us(c->shared, LINGER_MS * 1000));
	drained = FCGX_GetChar(c->request.in) == EOF && FCGX_GetError(c->request.in) == 0;
	cutoff_disarm(c->shared->cutoff, c->slot);
	atomic_fetch_sub(&c->shared->waiting, 1);
	return drained;
}

/* Gives libfcgi's hold on the connection back. */
static void let_go(struct connection *c)
{
	FCGX_Free(&c->request, 0);
	if (c->request.ipcFd >= 0)
		close(c->request.ipcFd);
	c->request.ipcFd = -1;
}

/*
 * libfcgi takes a connection that is open already as one that was kept. When the head is bad it may close its hold itself, and finds no
 * socket to accept another from; or it may return what it has of a head that broke off, as if that were all.
 */
static bool take_head(struct connection *c, int64_t accepted_us)
{
	int fd = fcntl(c->fd, F_DUPFD_CLOEXEC, 0);
	bool taken;

	if (fd < 0)
		return false;
	c->request.ipcFd = fd;
	c->request.keepConnection = 1;
	cutoff_arm(c->shared->cutoff, c->slot, c->fd, SHUT_RD, accepted_us + c->shared->read_deadline_us);
	taken = FCGX_Accept_r(&c->request) == 0 && FCGX_GetError(c->request.in) == 0;
	cutoff_disarm(c->shared->cutoff, c->slot);
	c->waited_us = clock_mono_us() - accepted_us;
	return taken;
}

void connection_serve(struct connection *c, int fd)
{
	int64_t accepted_us = clock_mono_us();

	c->fd = fd;
	if (take_head(c, accepted_us)) {
		serve_one(c, accepted_us);
		if (!is_drained(c))
			linger(c->shared, c->fd);
	}
	let_go(c);
	close(c->fd);
	arena_reset(c->arena);
}

struct connection *connection_new(struct connections *shared, int slot, size_t arena_limit)
{
	struct connection *c = calloc(1, sizeof(*c));

	if (c == NULL || FCGX_InitRequest(&c->request, -1, FCGI_FAIL_ACCEPT_ON_INTR) != 0)
		log_die("a connection's place can't be made");
	c->shared = shared;
	c->slot = slot;
	c->arena = arena_new(arena_limit);
	return c;
}

void connection_free(struct connection **cp)
{
	struct connection *c = *cp;

	*cp = NULL;
	if (c == NULL)
		return;
	arena_free(&c->arena);
	free(c);
}

void fcgi_environment(void)
{
	/* How long libfcgi waits for a peer when it closes a connection itself, which it does when a head is bad. */
	setenv("LIBFCGI_OS_CLOSE_POLL_TIMEOUT", "100", 0);
	setenv("LIBFCGI_IS_AF_UNIX_KEEPER_POLL_TIMEOUT", "200", 0);
}

/* FCGX_Init takes SIGPIPE, SIGUSR1 and SIGTERM for itself; they are ours. */
int connection_library_open(struct err *e)
{
	struct sigaction term, usr1, ignore = { .sa_handler = SIG_IGN };
	int failed;

	sigaction(SIGTERM, NULL, &term);
	sigaction(SIGUSR1, NULL, &usr1);
	failed = FCGX_Init();
	sigaction(SIGTERM, &term, NULL);
	sigaction(SIGUSR1, &usr1, NULL);
	sigaction(SIGPIPE, &ignore, NULL);
	return failed ? err_set(e, ERR_IO, "libfcgi does not start (%d)", failed) : 0;
}
