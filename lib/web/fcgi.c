/*
 * fcgi: libfcgi, alone in this file. We accept connections ourselves and hand each to libfcgi with its time limited by lib/web/cutoff,
 * and we close them ourselves: libfcgi's accept, reads and closing wait without end, and it would hold a thread for a front end that keeps
 * its connection. One connection is one request: what a front end asks for with FCGI_KEEP_CONN costs it a connect, never us a thread.
 *
 * Of struct FCGX_Request we use, below its line "don't use below here", ipcFd and keepConnection; they are what they are since 1996.
 */
#include "lib/web/req.h"

#include <errno.h>
#include <fcgiapp.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/web/cutoff.h"

enum {
	PARAMS_TOTAL_MAX = 64 * 1024, PARAMS_COUNT_MAX = 200, ARENA_DEFAULT = 32 << 20, ANSWER_MAX = 32 << 20, HEAD_MAX = 64 * 1024,
	READ_DEFAULT_MS = 5000, BODY_LEAST_MS = 500, WRITE_DEFAULT_MS = 10000, PIECE = 4096, STARVED_MS = 50, LINGER_MS = 500, LINGER_BYTES = 1 << 20,
	DRAIN_TURN_MS = 5
};

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
enum { STACK = 2 << 20 };
#else
enum { STACK = 256 << 10 };
#endif

struct fcgi {
	struct fcgi_options options;
	struct arena *arena;        /* of the options */
	struct networks trusted;
	struct app *app;
	fcgi_handler handler;
	struct cutoff *cutoff;
	int stop_fd;
	bool tcp;
	_Atomic bool stopping;
	_Atomic int busy, started, ended;
	pthread_t *threads;
	int n_threads;
};

/* One request thread; and what req->stream points at. */
struct worker {
	struct fcgi *fcgi;
	int slot;                   /* in the cutoff */
	int poll_fd;
	int fd;                     /* our own hold on the connection: libfcgi has a second one */
	FCGX_Request request;
	struct arena *arena;
	int64_t length;             /* CONTENT_LENGTH; -1: not given */
	int64_t waited_us;          /* for the head */
	bool body_read;
};

/* What the peer may still take to send, after what it took for the head. */
static void arm_for_body(struct worker *w)
{
	int64_t left = w->fcgi->options.read_deadline_ms * 1000 - w->waited_us;

	cutoff_arm(w->fcgi->cutoff, w->slot, w->fd, SHUT_RD, clock_mono_us() + (left > BODY_LEAST_MS * 1000 ? left : BODY_LEAST_MS * 1000));
}

/* The length is known: straight into its place. */
static int read_known(struct worker *w, struct arena *a, struct str *out)
{
	char *p = arena_alloc(a, (size_t)w->length + 1);
	int n = w->length > 0 ? FCGX_GetStr(p, (int)w->length, w->request.in) : 0;

	*out = (struct str){ p, (size_t)n };
	return n == (int)w->length && FCGX_GetChar(w->request.in) == EOF ? 0 : -1;
}

static int read_unknown(struct worker *w, struct arena *a, size_t max, struct str *out, struct err *e)
{
	char piece[PIECE];
	struct buf b;
	int n;

	buf_in(&b, a, max);
	do {
		n = FCGX_GetStr(piece, sizeof(piece), w->request.in);
		if (n > 0 && buf_add(&b, piece, (size_t)n) != 0)
			return err_set(e, ERR_TOO_LARGE, "the body has more than %zu bytes", max);
	} while (n == (int)sizeof(piece));
	*out = buf_str(&b);
	return 0;
}

int req_read_body(struct req *q, size_t max, struct err *e)
{
	struct worker *w = q->stream;
	int result = 0;
	bool late;

	if (w == NULL || w->body_read)
		return 0;
	if (w->length > (int64_t)max || w->length > INT32_MAX)
		return err_set(e, ERR_TOO_LARGE, "the body has more than %zu bytes", max);
	arm_for_body(w);
	if (w->length < 0)
		result = read_unknown(w, q->arena, max, &q->body, e);
	else if (read_known(w, q->arena, &q->body) != 0)
		result = err_set(e, ERR_MALFORMED, "the body is not as long as Content-Length says");
	late = cutoff_disarm(w->fcgi->cutoff, w->slot);
	if (late)
		return err_set(e, ERR_MALFORMED, "the body did not arrive in time");
	if (FCGX_GetError(w->request.in) != 0)
		return err_set(e, ERR_MALFORMED, "the body did not arrive whole");
	w->body_read = result == 0;
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
static void send_answer(struct worker *w, const struct req *q, struct resp *r)
{
	struct buf head;

	add_default_headers(q, r);
	buf_in(&head, q->arena, HEAD_MAX);
	write_head(&head, r);
	cutoff_arm(w->fcgi->cutoff, w->slot, w->fd, SHUT_RDWR, clock_mono_us() + w->fcgi->options.write_deadline_ms * 1000);
	FCGX_PutStr(head.p, (int)head.n, w->request.out);
	if (r->body.n > 0 && !str_is(q->method, "HEAD"))
		FCGX_PutStr(r->body.p, (int)r->body.n, w->request.out);
	FCGX_FClose(w->request.err);
	FCGX_FClose(w->request.out);
	cutoff_disarm(w->fcgi->cutoff, w->slot);
}

static int read_params(struct worker *w, struct req *q, struct err *e)
{
	size_t total = 0;
	int count = 0;

	for (char **p = w->request.envp; p != NULL && *p != NULL; p++) {
		struct str whole = str_of(*p), value = whole, name;

		total += whole.n;
		if (++count > PARAMS_COUNT_MAX || total > PARAMS_TOTAL_MAX)
			return err_set(e, ERR_MALFORMED, "the request's head is too large");
		if (!str_split(&value, '=', &name))
			continue;
		if (value.p == NULL)
			value = (struct str){ "", 0 };
		if (str_is(name, "CONTENT_LENGTH") && value.n > 0 && (!str_to_i64(value, &w->length) || w->length < 0)) {
			w->length = -1;
			return err_set(e, ERR_MALFORMED, "Content-Length is not a number");
		}
		req_param(q, name, value);
	}
	return 0;
}

static void serve_one(struct worker *w, int64_t accepted_us)
{
	struct fcgi *f = w->fcgi;
	struct err e = { 0 };
	struct resp r;
	struct req q;

	w->length = -1;
	w->body_read = false;
	req_begin(&q, w->arena, accepted_us);
	q.stream = w;
	resp_init(&r, w->arena, ANSWER_MAX);
	if (read_params(w, &q, &e) != 0) {
		req_finish_head(&q, &(struct networks){ 0 });
		resp_problem(&r, &q, &e, NULL);
	} else {
		req_finish_head(&q, &f->trusted);
		f->handler(f->app, &q, &r);
	}
	if (r.status == 0) {
		err_set(&e, ERR_INTERNAL, "a handler did not answer");
		log_err("a request failed", &e);
		resp_problem(&r, &q, &e, NULL);
	}
	send_answer(w, &q, &r);
}

/*
 * Reads what the peer still sends, for a moment: to close a socket with unread bytes in it is a reset, which can take the answer with it
 * (a 413 to a body on its way would never be seen).
 */
static void linger(int fd)
{
	int64_t until = clock_mono_us() + LINGER_MS * 1000, left;
	struct pollfd p = { .fd = fd, .events = POLLIN };
	char piece[PIECE];
	ssize_t n = 1;

	shutdown(fd, SHUT_WR);
	for (size_t total = 0; n > 0 && total < LINGER_BYTES && (left = until - clock_mono_us()) > 0; total += (size_t)n)
		n = poll(&p, 1, (int)(left / 1000 + 1)) > 0 ? recv(fd, piece, sizeof(piece), MSG_DONTWAIT) : 0;
}

/* True when all that the peer had to say was read, up to the end of its input. */
static bool is_drained(struct worker *w)
{
	bool drained;

	if (w->body_read || FCGX_HasSeenEOF(w->request.in) != 0)
		return true;
	if (w->length > 0)
		return false;
	cutoff_arm(w->fcgi->cutoff, w->slot, w->fd, SHUT_RD, clock_mono_us() + LINGER_MS * 1000);
	drained = FCGX_GetChar(w->request.in) == EOF && FCGX_GetError(w->request.in) == 0;
	cutoff_disarm(w->fcgi->cutoff, w->slot);
	return drained;
}

/* Gives libfcgi's hold on the connection back. */
static void let_go(struct worker *w)
{
	FCGX_Free(&w->request, 0);
	if (w->request.ipcFd >= 0)
		close(w->request.ipcFd);
	w->request.ipcFd = -1;
}

/*
 * libfcgi takes a connection that is open already as one that was kept. When the head is bad it may close its hold itself, and finds no
 * socket to accept another from; or it may return what it has of a head that broke off, as if that were all.
 */
static bool take_head(struct worker *w, int64_t accepted_us)
{
	int fd = fcntl(w->fd, F_DUPFD_CLOEXEC, 0);
	bool taken;

	if (fd < 0)
		return false;
	w->request.ipcFd = fd;
	w->request.keepConnection = 1;
	cutoff_arm(w->fcgi->cutoff, w->slot, w->fd, SHUT_RD, accepted_us + w->fcgi->options.read_deadline_ms * 1000);
	taken = FCGX_Accept_r(&w->request) == 0 && FCGX_GetError(w->request.in) == 0;
	cutoff_disarm(w->fcgi->cutoff, w->slot);
	w->waited_us = clock_mono_us() - accepted_us;
	return taken;
}

static void serve_connection(struct worker *w)
{
	int64_t accepted_us = clock_mono_us();

	if (take_head(w, accepted_us)) {
		serve_one(w, accepted_us);
		if (!is_drained(w))
			linger(w->fd);
	}
	let_go(w);
	close(w->fd);
}

/* Waits for a connection; -1 when it is time to stop. */
static int next_connection(struct worker *w)
{
	struct fcgi *f = w->fcgi;
	struct epoll_event events[2];
	int fd;

	while (!atomic_load(&f->stopping)) {
		fd = accept4(f->options.listen_fd, NULL, NULL, SOCK_CLOEXEC);
		if (fd >= 0) {
			if (f->tcp)
				setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){ 1 }, sizeof(int));
			return fd;
		}
		/* Nobody there, or another thread was faster. Anything else is a shortage: the connection waits, and so do we. */
		if (errno == EAGAIN || errno == EINTR || errno == ECONNABORTED)
			epoll_wait(w->poll_fd, events, 2, -1);
		else
			clock_sleep_ms(STARVED_MS);
	}
	return -1;
}

/* One connection wakes one thread; the word to stop wakes all. */
static int watch(const struct fcgi *f)
{
	int fd = epoll_create1(EPOLL_CLOEXEC);
	struct epoll_event listen = { .events = EPOLLIN | EPOLLEXCLUSIVE, .data.fd = f->options.listen_fd };
	struct epoll_event stop = { .events = EPOLLIN, .data.fd = f->stop_fd };

	if (fd < 0 || epoll_ctl(fd, EPOLL_CTL_ADD, f->options.listen_fd, &listen) != 0 || epoll_ctl(fd, EPOLL_CTL_ADD, f->stop_fd, &stop) != 0)
		log_die("a request thread can't watch its socket");
	return fd;
}

static void *serve(void *arg)
{
	struct fcgi *f = arg;
	struct worker w = { .fcgi = f, .slot = atomic_fetch_add(&f->started, 1), .poll_fd = watch(f), .arena = arena_new(f->options.arena_limit) };

	if (FCGX_InitRequest(&w.request, -1, FCGI_FAIL_ACCEPT_ON_INTR) != 0)
		log_die("libfcgi does not start");
	while ((w.fd = next_connection(&w)) >= 0) {
		atomic_fetch_add(&f->busy, 1);
		serve_connection(&w);
		atomic_fetch_sub(&f->busy, 1);
		arena_reset(w.arena);
	}
	close(w.poll_fd);
	arena_free(&w.arena);
	atomic_fetch_add(&f->ended, 1);
	return NULL;
}

void fcgi_environment(void)
{
	/* How long libfcgi waits for a peer when it closes a connection itself, which it does when a head is bad. */
	setenv("LIBFCGI_OS_CLOSE_POLL_TIMEOUT", "100", 0);
	setenv("LIBFCGI_IS_AF_UNIX_KEEPER_POLL_TIMEOUT", "200", 0);
}

/* FCGX_Init takes SIGPIPE, SIGUSR1 and SIGTERM for itself; they are ours. */
static int init_library(struct err *e)
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

/* Signals are blocked in all that is started here. */
static int start_threads(struct fcgi *f, struct err *e)
{
	pthread_attr_t attr;
	sigset_t all, before;
	int failed = 0;

	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, STACK);
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	if (cutoff_open(f->options.threads, &f->cutoff, e) == 0)
		for (; f->n_threads < f->options.threads && failed == 0; f->n_threads += failed == 0)
			failed = pthread_create(&f->threads[f->n_threads], &attr, serve, f);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	pthread_attr_destroy(&attr);
	if (f->cutoff == NULL)
		return -1;
	if (f->n_threads == 0)
		return err_set(e, ERR_IO, "no request thread could be started (%d)", failed);
	if (failed != 0)
		log_warn("fewer request threads than asked for", LOG_INT("started", f->n_threads), LOG_INT("asked", f->options.threads), LOG_END);
	return 0;
}

static void release(struct fcgi *f)
{
	cutoff_close(&f->cutoff);
	if (f->stop_fd >= 0)
		close(f->stop_fd);
	arena_free(&f->arena);
	free(f->threads);
	free(f);
}

static int take_options(struct fcgi *f, struct err *e)
{
	struct sockaddr_storage own;
	socklen_t n = sizeof(own);
	int flags = fcntl(f->options.listen_fd, F_GETFL);

	if (flags == -1 || fcntl(f->options.listen_fd, F_SETFL, flags | O_NONBLOCK) == -1 ||
	    getsockname(f->options.listen_fd, (struct sockaddr *)&own, &n) != 0)
		return err_set(e, ERR_IO, "file descriptor %d is no socket", f->options.listen_fd);
	f->tcp = own.ss_family != AF_UNIX;
	if (f->options.arena_limit == 0)
		f->options.arena_limit = ARENA_DEFAULT;
	if (f->options.read_deadline_ms == 0)
		f->options.read_deadline_ms = READ_DEFAULT_MS;
	if (f->options.write_deadline_ms == 0)
		f->options.write_deadline_ms = WRITE_DEFAULT_MS;
	return networks_parse(f->arena, f->options.trusted_proxies, &f->trusted, e);
}

int fcgi_open(const struct fcgi_options *o, struct app *app, fcgi_handler handler, struct fcgi **out, struct err *e)
{
	struct fcgi *f = calloc(1, sizeof(*f));

	if (f == NULL || (f->threads = calloc((size_t)o->threads, sizeof(pthread_t))) == NULL)
		log_die("out of memory");
	f->options = *o;
	f->arena = arena_new(ARENA_DEFAULT);
	f->app = app;
	f->handler = handler;
	f->stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	*out = f; /* whoever called may look at it from the first request on */
	if (f->stop_fd >= 0 && take_options(f, e) == 0 && init_library(e) == 0 && start_threads(f, e) == 0)
		return 0;
	*out = NULL;
	if (f->stop_fd < 0)
		err_set(e, ERR_IO, "no descriptor is left for the stop event");
	release(f);
	return -1;
}

void fcgi_stop(struct fcgi *f)
{
	uint64_t one = 1;

	atomic_store(&f->stopping, true);
	/* Never read back: it stays readable, so every thread sees it. */
	if (write(f->stop_fd, &one, sizeof(one)) < 0)
		log_die("the stop event can't be set");
}

int fcgi_close(struct fcgi **fp)
{
	struct fcgi *f = *fp;
	int64_t until;
	int left;

	if (f == NULL)
		return 0;
	fcgi_stop(f);
	until = clock_mono_us() + (int64_t)f->options.drain_s * 1000000;
	while ((left = f->n_threads - atomic_load(&f->ended)) > 0 && clock_mono_us() < until)
		clock_sleep_ms(DRAIN_TURN_MS);
	*fp = NULL;
	if (left > 0) { /* they still use it */
		log_warn("requests were still in work when the time to drain was over", LOG_INT("threads", left), LOG_END);
		return 1;
	}
	for (int i = 0; i < f->n_threads; i++)
		pthread_join(f->threads[i], NULL);
	release(f);
	return 0;
}

int fcgi_busy(const struct fcgi *f)
{
	return atomic_load(&f->busy);
}
