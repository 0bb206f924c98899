/*
 * fcgi: libfcgi, alone in this file. We accept ourselves and hand libfcgi a connection that has time limits already: its own accept and
 * its reads have none. Each thread waits for the listening socket with EPOLLEXCLUSIVE, so that one connection wakes one thread.
 */
#include "lib/web/req.h"

#include <errno.h>
#include <fcgiapp.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "lib/base/clock.h"
#include "lib/base/log.h"

enum {
	PARAMS_TOTAL_MAX = 64 * 1024, PARAMS_COUNT_MAX = 200, ARENA_DEFAULT = 32 << 20, ANSWER_MAX = 32 << 20, READ_DEFAULT_MS = 5000,
	WRITE_S = 10, PIECE = 4096, STARVED_MS = 50
};

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
enum { STACK = 2 << 20 };
#else
enum { STACK = 256 << 10 };
#endif

struct fcgi {
	struct fcgi_options options;
	struct app *app;
	fcgi_handler handler;
	int stop_fd;
	_Atomic int busy;
	pthread_t *threads;
	int n_threads;
};

/* What req->stream points at. */
struct stream {
	struct fcgi *fcgi;
	FCGX_Request *request;
	int64_t length;     /* CONTENT_LENGTH; -1: not given */
	bool drained;
};

int req_read_body(struct req *q, size_t max, struct err *e)
{
	struct stream *s = q->stream;
	int64_t deadline = clock_mono_us() + s->fcgi->options.read_deadline_ms * 1000;
	struct buf b;
	char piece[PIECE];

	if (s->length > (int64_t)max)
		return err_set(e, ERR_TOO_LARGE, "the body has more than %zu bytes", max);
	buf_in(&b, q->arena, max);
	for (;;) {
		int n = FCGX_GetStr(piece, sizeof(piece), s->request->in);

		if (n > 0 && buf_add(&b, piece, (size_t)n) != 0)
			return err_set(e, ERR_TOO_LARGE, "the body has more than %zu bytes", max);
		if (n < (int)sizeof(piece))
			break;
		if (clock_mono_us() > deadline)
			return err_set(e, ERR_MALFORMED, "the body did not arrive in time");
	}
	if (FCGX_GetError(s->request->in) != 0)
		return err_set(e, ERR_MALFORMED, "the body did not arrive whole");
	if (s->length >= 0 && (int64_t)b.n != s->length)
		return err_set(e, ERR_MALFORMED, "the body is not as long as Content-Length says");
	s->drained = true;
	q->body = buf_str(&b);
	return 0;
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

static void send_answer(FCGX_Request *f, const struct req *q, struct resp *r)
{
	struct buf head;

	add_default_headers(q, r);
	buf_in(&head, q->arena, 64 * 1024);
	buf_addf(&head, "Status: %d %s\r\n", r->status, phrase_of(r->status));
	if (r->content_type.n > 0)
		buf_addf(&head, "Content-Type: %.*s\r\n", STR_ARG(r->content_type));
	for (size_t i = 0; i < r->headers.n; i++)
		buf_addf(&head, "%.*s: %.*s\r\n", STR_ARG(r->headers.list[i].name), STR_ARG(r->headers.list[i].value));
	buf_addf(&head, "Content-Length: %zu\r\n\r\n", r->body.n);
	FCGX_PutStr(head.p, (int)head.n, f->out);
	if (r->body.n > 0 && !str_is(q->method, "HEAD"))
		FCGX_PutStr(r->body.p, (int)r->body.n, f->out);
}

static int read_params(FCGX_Request *f, struct req *q, struct stream *s, struct err *e)
{
	size_t total = 0;
	int count = 0;

	for (char **p = f->envp; p != NULL && *p != NULL; p++) {
		struct str whole = str_of(*p), value = whole, name;

		total += whole.n;
		if (++count > PARAMS_COUNT_MAX || total > PARAMS_TOTAL_MAX)
			return err_set(e, ERR_MALFORMED, "the request's head is too large");
		if (!str_split(&value, '=', &name))
			continue;
		if (str_is(name, "CONTENT_LENGTH") && value.n > 0 && (!str_to_i64(value, &s->length) || s->length < 0))
			return err_set(e, ERR_MALFORMED, "Content-Length is not a number");
		req_param(q, name, value.p != NULL ? value : (struct str){ "", 0 });
	}
	return 0;
}

static void serve_one(struct fcgi *f, FCGX_Request *request, struct arena *a)
{
	struct stream stream = { .fcgi = f, .request = request, .length = -1 };
	struct err e = { 0 };
	struct resp r;
	struct req q;

	req_begin(&q, a, clock_mono_us());
	q.stream = &stream;
	resp_init(&r, a, ANSWER_MAX);
	if (read_params(request, &q, &stream, &e) != 0) {
		req_finish_head(&q, (struct str){ "", 0 });
		resp_problem(&r, &q, &e, NULL);
	} else {
		req_finish_head(&q, f->options.trusted_proxies);
		f->handler(f->app, &q, &r);
	}
	if (r.status == 0) {
		err_set(&e, ERR_INTERNAL, "a handler did not answer");
		log_err("a request failed", &e);
		resp_problem(&r, &q, &e, NULL);
	}
	send_answer(request, &q, &r);
	/* What is left of a body would be taken for the next request. */
	if (!stream.drained && stream.length > 0)
		request->keepConnection = 0;
}

static void set_limits(const struct fcgi *f, int fd)
{
	struct timeval in = { f->options.read_deadline_ms / 1000, f->options.read_deadline_ms % 1000 * 1000 }, out = { WRITE_S, 0 };

	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &in, sizeof(in));
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &out, sizeof(out));
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){ 1 }, sizeof(int));
}

/* Waits for a connection; -1 when it is time to stop. */
static int next_connection(struct fcgi *f, int poll_fd)
{
	for (;;) {
		struct epoll_event events[2];
		int n = epoll_wait(poll_fd, events, 2, -1), fd;

		for (int i = 0; i < n; i++)
			if (events[i].data.fd == f->stop_fd)
				return -1;
		fd = n > 0 ? accept4(f->options.listen_fd, NULL, NULL, SOCK_CLOEXEC) : -1;
		if (fd >= 0)
			return fd;
		/* Another thread was faster (EAGAIN); or descriptors are short: the connection waits, and so do we. */
		if (n > 0 && (errno == EMFILE || errno == ENFILE || errno == ENOMEM || errno == ENOBUFS))
			clock_sleep_ms(STARVED_MS);
	}
}

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
	struct arena *a = arena_new(f->options.arena_limit);
	FCGX_Request request;
	int poll_fd = watch(f), fd = -1;

	if (FCGX_InitRequest(&request, f->options.listen_fd, FCGI_FAIL_ACCEPT_ON_INTR) != 0)
		log_die("libfcgi does not start");
	for (;;) {
		/* A front end that keeps its connection sends the next request on it; ours do not, unless an operator turned that on. */
		if (request.ipcFd < 0) {
			fd = next_connection(f, poll_fd);
			if (fd < 0)
				break;
			set_limits(f, fd);
			request.ipcFd = fd;
			request.keepConnection = 1;
		}
		if (FCGX_Accept_r(&request) != 0)
			continue;
		atomic_fetch_add(&f->busy, 1);
		serve_one(f, &request, a);
		FCGX_Finish_r(&request);
		atomic_fetch_sub(&f->busy, 1);
		arena_reset(a);
	}
	close(poll_fd);
	arena_free(&a);
	return NULL;
}

/* FCGX_Init takes SIGPIPE, SIGUSR1 and SIGTERM for itself; they are ours. */
static int init_library(struct err *e)
{
	struct sigaction term, usr1, ignore = { .sa_handler = SIG_IGN };
	int failed;

	setenv("LIBFCGI_OS_CLOSE_POLL_TIMEOUT", "100", 1);
	setenv("LIBFCGI_IS_AF_UNIX_KEEPER_POLL_TIMEOUT", "200", 1);
	sigaction(SIGTERM, NULL, &term);
	sigaction(SIGUSR1, NULL, &usr1);
	failed = FCGX_Init();
	sigaction(SIGTERM, &term, NULL);
	sigaction(SIGUSR1, &usr1, NULL);
	sigaction(SIGPIPE, &ignore, NULL);
	return failed ? err_set(e, ERR_IO, "libfcgi does not start (%d)", failed) : 0;
}

static int start_threads(struct fcgi *f, struct err *e)
{
	pthread_attr_t attr;
	sigset_t all, before;
	int failed = 0;

	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, STACK);
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	for (; f->n_threads < f->options.threads && failed == 0; f->n_threads += failed == 0)
		failed = pthread_create(&f->threads[f->n_threads], &attr, serve, f);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	pthread_attr_destroy(&attr);
	if (f->n_threads == 0)
		return err_set(e, ERR_IO, "no request thread could be started (%d)", failed);
	if (failed != 0)
		log_warn("fewer request threads than asked for", LOG_INT("started", f->n_threads), LOG_INT("asked", f->options.threads), LOG_END);
	return 0;
}

int fcgi_open(const struct fcgi_options *o, struct app *app, fcgi_handler handler, struct fcgi **out, struct err *e)
{
	struct fcgi *f;
	int flags = fcntl(o->listen_fd, F_GETFL);

	if (flags == -1 || fcntl(o->listen_fd, F_SETFL, flags | O_NONBLOCK) == -1)
		return err_set(e, ERR_IO, "file descriptor %d is no socket", o->listen_fd);
	if (init_library(e) != 0)
		return -1;
	f = calloc(1, sizeof(*f));
	if (f == NULL || (f->threads = calloc((size_t)o->threads, sizeof(pthread_t))) == NULL)
		log_die("out of memory");
	f->options = *o;
	f->app = app;
	f->handler = handler;
	if (f->options.arena_limit == 0)
		f->options.arena_limit = ARENA_DEFAULT;
	if (f->options.read_deadline_ms == 0)
		f->options.read_deadline_ms = READ_DEFAULT_MS;
	f->stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	/* Whoever called may hold it before the first request comes. */
	*out = f;
	if (f->stop_fd >= 0 && start_threads(f, e) == 0)
		return 0;
	free(f->threads);
	free(f);
	*out = NULL;
	return -1;
}

void fcgi_stop(struct fcgi *f)
{
	uint64_t one = 1;

	/* Never read back: it stays readable, so every thread sees it. */
	if (write(f->stop_fd, &one, sizeof(one)) < 0)
		log_die("the stop event can't be set");
}

int fcgi_close(struct fcgi **fp)
{
	struct fcgi *f = *fp;
	struct timespec until;
	int left = 0;

	if (f == NULL)
		return 0;
	fcgi_stop(f);
	until = (struct timespec){ clock_mono_us() / 1000000 + f->options.drain_s, 0 };
	for (int i = 0; i < f->n_threads; i++)
		if (pthread_clockjoin_np(f->threads[i], NULL, CLOCK_MONOTONIC, &until) != 0)
			left++;
	*fp = NULL;
	if (left > 0) {
		log_warn("requests were still in work when the time to drain was over", LOG_INT("threads", left), LOG_END);
		return 1;
	}
	close(f->stop_fd);
	free(f->threads);
	free(f);
	return 0;
}

int fcgi_busy(const struct fcgi *f)
{
	return atomic_load(&f->busy);
}
