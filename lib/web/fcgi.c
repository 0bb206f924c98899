/*
 * fcgi: the request threads. Each waits for the listening socket with EPOLLEXCLUSIVE, so that one connection wakes one thread, and serves
 * one connection at a time.
 */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/base/thread.h"
#include "lib/web/connection.h"

enum { ARENA_DEFAULT = 32 << 20, OPTIONS_BYTES = 1 << 20, READ_DEFAULT_MS = 5000, WRITE_DEFAULT_MS = 10000, STARVED_MS = 50, DRAIN_TURN_MS = 5 };

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
enum { STACK = 2 << 20 };
#else
enum { STACK = 256 << 10 };
#endif

struct fcgi {
	struct fcgi_options options;
	struct arena *arena;        /* of the options */
	struct connections shared;
	int stop_fd;
	bool tcp;
	_Atomic bool stopping;
	_Atomic int busy, started, ended;
	pthread_t *threads;
	int *poll_fds;              /* one for each thread, made before it: later there may be no descriptor left */
	int n_threads;
};

/* Waits for a connection; -1 when it is time to stop. */
static int next_connection(struct fcgi *f, int poll_fd)
{
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
			epoll_wait(poll_fd, events, 2, -1);
		else
			clock_sleep_ms(STARVED_MS);
	}
	return -1;
}

/* One connection wakes one thread; the word to stop wakes all. */
static int watch(const struct fcgi *f, struct err *e)
{
	int fd = epoll_create1(EPOLL_CLOEXEC);
	struct epoll_event listen = { .events = EPOLLIN | EPOLLEXCLUSIVE, .data.fd = f->options.listen_fd };
	struct epoll_event stop = { .events = EPOLLIN, .data.fd = f->stop_fd };

	if (fd >= 0 && epoll_ctl(fd, EPOLL_CTL_ADD, f->options.listen_fd, &listen) == 0 && epoll_ctl(fd, EPOLL_CTL_ADD, f->stop_fd, &stop) == 0)
		return fd;
	if (fd >= 0)
		close(fd);
	return err_set(e, ERR_IO, "a request thread can't watch its socket");
}

static void *serve(void *arg)
{
	struct fcgi *f = arg;
	int number = atomic_fetch_add(&f->started, 1);
	struct connection *c = connection_new(&f->shared, number, f->options.arena_limit);
	int poll_fd = f->poll_fds[number], fd;

	while ((fd = next_connection(f, poll_fd)) >= 0) {
		atomic_fetch_add(&f->busy, 1);
		connection_serve(c, fd);
		atomic_fetch_sub(&f->busy, 1);
	}
	connection_free(&c);
	atomic_fetch_add(&f->ended, 1);
	return NULL;
}

static int start_threads(struct fcgi *f, struct err *e)
{
	int failed = 0;

	for (int i = 0; i < f->options.threads && failed == 0; i++)
		failed = (f->poll_fds[i] = watch(f, e)) < 0;
	if (failed == 0 && cutoff_open(f->options.threads, &f->shared.cutoff, e) == 0)
		for (; f->n_threads < f->options.threads && failed == 0; f->n_threads += failed == 0)
			failed = thread_start(&f->threads[f->n_threads], STACK, serve, f);
	if (f->shared.cutoff == NULL)
		return -1;
	if (f->n_threads == 0)
		return err_set(e, ERR_IO, "no request thread could be started (%d)", failed);
	if (failed != 0)
		log_warn("fewer request threads than asked for", LOG_INT("started", f->n_threads), LOG_INT("asked", f->options.threads), LOG_END);
	return 0;
}

static void release(struct fcgi *f)
{
	cutoff_close(&f->shared.cutoff);
	for (int i = 0; i < f->options.threads; i++)
		if (f->poll_fds[i] > 0)
			close(f->poll_fds[i]);
	free(f->poll_fds);
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
	f->shared.threads = f->options.threads;
	f->shared.read_deadline_us = 1000 * (f->options.read_deadline_ms > 0 ? f->options.read_deadline_ms : READ_DEFAULT_MS);
	f->shared.write_deadline_us = 1000 * (f->options.write_deadline_ms > 0 ? f->options.write_deadline_ms : WRITE_DEFAULT_MS);
	return networks_parse(f->arena, f->options.trusted_proxies, &f->shared.trusted, e);
}

int fcgi_open(const struct fcgi_options *o, struct app *app, fcgi_handler handler, struct fcgi **out, struct err *e)
{
	struct fcgi *f = calloc(1, sizeof(*f));

	if (f == NULL || (f->threads = calloc((size_t)o->threads, sizeof(pthread_t))) == NULL ||
	    (f->poll_fds = calloc((size_t)o->threads, sizeof(int))) == NULL)
		log_die("out of memory");
	f->options = *o;
	f->arena = arena_new(OPTIONS_BYTES);
	f->shared.app = app;
	f->shared.handler = handler;
	f->stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	*out = f; /* whoever called may look at it from the first request on */
	if (f->stop_fd >= 0 && take_options(f, e) == 0 && connection_library_open(e) == 0 && start_threads(f, e) == 0)
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
	if (left > 0) { /* they still use f, and are left to themselves */
		for (int i = 0; i < f->n_threads; i++)
			pthread_detach(f->threads[i]);
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
