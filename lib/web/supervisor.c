#include "lib/web/supervisor.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/base/thread.h"
#include "lib/web/listener.h"
#include "lib/web/supervisor_exec.h"
#include "lib/web/web.h"

#define SECONDS(n) ((int64_t)(n) * 1000000)

enum {
	TURN_MS = 200,
	PAUSE_MS = 1000,    /* between two turns: we stood still ourselves */
	CRASH_WITHIN_S = 5, BACKOFF_FIRST_MS = 100, BACKOFF_MAX_MS = 30000, /* a worker that did not live so long crashed at its start */
	KILL_GRACE_S = 2,   /* after the time to drain */
	START_GRACE_S = 30, /* until the first beat */
	STACK = 64 * 1024,
	DESCRIPTORS = 65536,
	PATH_BYTES = 4096
};

struct child {
	pid_t pid;
	int generation;
	int stop_fd;            /* closing it says stop; -1: said */
	int64_t started_us;
	int64_t stop_by_us;     /* 0: not told to stop */
	bool killed;
};

struct supervisor {
	const struct supervisor_options *o;
	struct listener listener;
	int signal_fd;
	int generation;
	struct child *children;
	int n_children, room;
	int64_t next_start_us;
	int backoff_ms;
	int64_t turn_us;        /* when we last looked */
	int64_t awake_us;       /* since when we have looked without a pause */
	bool stopping, killed;
	char program[PATH_BYTES]; /* what later generations run; "": what is in memory */
};

/* ---- heartbeats ---- */

static struct shm_worker *find_cell(const struct supervisor *s, pid_t pid)
{
	for (int i = 0; i < SHM_WORKERS; i++)
		if (atomic_load(&s->o->shm->workers[i].pid) == (int32_t)pid)
			return &s->o->shm->workers[i];
	return NULL;
}

/* One that a dead process of the same number has left, first. In containers numbers come again with each start. */
static struct shm_worker *free_cell(const struct supervisor *s, pid_t pid)
{
	struct shm_worker *w = find_cell(s, pid);

	for (int i = 0; w == NULL && i < SHM_WORKERS; i++) {
		int32_t none = 0;

		if (atomic_compare_exchange_strong(&s->o->shm->workers[i].pid, &none, (int32_t)pid))
			w = &s->o->shm->workers[i];
	}
	return w;
}

static void take_cell(const struct supervisor *s, pid_t pid)
{
	struct shm_worker *w = free_cell(s, pid);

	if (w == NULL) {
		log_warn("no cell is left for a worker's heartbeat", LOG_CSTR("role", s->o->role), LOG_END);
		return;
	}
	snprintf(w->role, sizeof(w->role), "%s", s->o->role);
	atomic_store(&w->generation, s->generation);
	atomic_store(&w->busy, 0);
	atomic_store(&w->auctions, 0);
	atomic_store(&w->config, 0);
	atomic_store(&w->beat_us, 0);
	atomic_store(&w->net_us, 0);
}

static void give_cell(const struct supervisor *s, pid_t pid)
{
	struct shm_worker *cell = find_cell(s, pid);

	if (cell != NULL)
		atomic_store(&cell->pid, 0);
}

/* The last beat; 0 before the first. A worker that is still without a cell long after its start found none: it counts as one that beats. */
static int64_t last_beat(const struct supervisor *s, const struct child *c)
{
	const struct shm_worker *cell = find_cell(s, c->pid);
	int64_t now = clock_mono_us();

	if (cell != NULL) {
		int64_t beat = atomic_load(&cell->beat_us);

		return beat >= c->started_us ? beat : 0; /* older: of a process that had the number before */
	}
	return now - c->started_us > SECONDS(START_GRACE_S) ? now : 0;
}

/* ---- a worker's process ---- */

struct guard {
	int stop_fd, drain_s;
};

/* Nobody may be left to kill a worker that does not come to its end: it does that itself. */
static void *end_late(void *arg)
{
	const struct guard *g = arg;
	struct pollfd stop = { .fd = g->stop_fd, .events = POLLIN };

	while (poll(&stop, 1, -1) < 0)
		;
	clock_sleep_ms(((int64_t)g->drain_s + KILL_GRACE_S) * 1000);
	log_error("a worker did not end in time", LOG_END);
	_exit(1);
}

static void start_guard(struct guard *g)
{
	if (thread_start(NULL, STACK, end_late, g) != 0)
		log_die("a worker's guard can't be started");
}

/* Serves, and ends the process. Threads that outlived the drain may still run: nothing is torn down under them. */
static void serve(const struct supervisor *s, int stop_fd)
{
	struct guard guard = { stop_fd, s->o->drain_s };
	int code;

	take_cell(s, getpid());
	start_guard(&guard);
	code = s->o->worker_main(s->o->ctx, s->listener.fd, stop_fd);
	fflush(NULL);
	_exit(code);
}

static void run_child(const struct supervisor *s, int stop_fd)
{
	const struct supervisor_handed handed = { s->listener.fd, stop_fd, s->generation };
	struct err e = { 0 };
	sigset_t none;

	/* Stopping is said by the pipe; a signal sent to the whole group is the supervisor's to answer. */
	signal(SIGTERM, SIG_IGN);
	signal(SIGINT, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	for (int i = 0; i < s->n_children; i++)
		if (s->children[i].stop_fd >= 0)
			close(s->children[i].stop_fd);
	close(s->signal_fd);
	if (s->generation == 0 || s->program[0] == '\0')
		serve(s, stop_fd);
	supervisor_exec(s->program, s->o->argv, &handed);
	err_set(&e, ERR_IO, "%s: errno %d", s->program, errno);
	log_err("a worker's program can't be started", &e);
	_exit(1);
}

static int start_child(struct supervisor *s)
{
	int64_t started_us = clock_mono_us(); /* no beat of it is older */
	int pipe_fds[2];
	pid_t pid;

	if (s->n_children == s->room || pipe2(pipe_fds, O_CLOEXEC) != 0)
		return -1;
	pid = fork();
	if (pid == 0) {
		close(pipe_fds[1]);
		run_child(s, pipe_fds[0]);
	}
	close(pipe_fds[0]);
	if (pid < 0) {
		close(pipe_fds[1]);
		return -1;
	}
	s->children[s->n_children++] = (struct child){ .pid = pid, .generation = s->generation, .stop_fd = pipe_fds[1],
		.started_us = started_us };
	return 0;
}

/* ---- from outside ---- */

static void tell_to_stop(struct supervisor *s, struct child *c)
{
	if (c->stop_by_us != 0)
		return;
	close(c->stop_fd);
	c->stop_fd = -1;
	c->stop_by_us = clock_mono_us() + SECONDS(s->o->drain_s) + SECONDS(KILL_GRACE_S);
}

static void forget(struct supervisor *s, int at)
{
	give_cell(s, s->children[at].pid);
	if (s->children[at].stop_fd >= 0)
		close(s->children[at].stop_fd);
	s->children[at] = s->children[--s->n_children];
}

/* A worker that ends soon after its start, again and again, is started ever more slowly. */
static void note_end(struct supervisor *s, const struct child *c, int status)
{
	int64_t now = clock_mono_us();

	if (c->stop_by_us != 0) {
		s->killed |= WIFSIGNALED(status) || WEXITSTATUS(status) != 0;
		return;
	}
	log_warn("a worker ended and is replaced", LOG_CSTR("role", s->o->role), LOG_INT("pid", c->pid),
	    LOG_INT("signal", WIFSIGNALED(status) ? WTERMSIG(status) : 0), LOG_INT("code", WIFEXITED(status) ? WEXITSTATUS(status) : 0), LOG_END);
	if (now - c->started_us > SECONDS(CRASH_WITHIN_S)) {
		s->backoff_ms = 0;
		return;
	}
	s->backoff_ms = s->backoff_ms == 0 ? BACKOFF_FIRST_MS : s->backoff_ms * 2 > BACKOFF_MAX_MS ? BACKOFF_MAX_MS : s->backoff_ms * 2;
	s->next_start_us = now + (int64_t)s->backoff_ms * 1000;
}

static void reap(struct supervisor *s)
{
	pid_t pid;
	int status;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		for (int i = 0; i < s->n_children; i++)
			if (s->children[i].pid == pid) {
				note_end(s, &s->children[i], status);
				forget(s, i);
				break;
			}
}

static int64_t later(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

/* Whoever stood still with us (a container that was paused, a machine that was moved) has its time again. */
static bool is_stalled(const struct supervisor *s, const struct child *c, int64_t now_us)
{
	int64_t beat = last_beat(s, c);

	if (beat == 0)
		return now_us - later(c->started_us, s->awake_us) > SECONDS(START_GRACE_S);
	return now_us - later(beat, s->awake_us) > SECONDS(s->o->stall_s);
}

static void note_pause(struct supervisor *s)
{
	int64_t now = clock_mono_us();

	if (now - s->turn_us > PAUSE_MS * 1000)
		s->awake_us = now;
	s->turn_us = now;
}

/* Kills what does not beat, and what was told to stop and has not. */
static void watch_over(struct supervisor *s)
{
	int64_t now = clock_mono_us();

	for (int i = 0; i < s->n_children; i++) {
		struct child *c = &s->children[i];

		if (c->killed || (c->stop_by_us != 0 ? now < c->stop_by_us : !is_stalled(s, c, now)))
			continue;
		log_error(c->stop_by_us != 0 ? "a worker did not end in time and is killed" : "a worker stalled and is killed",
		    LOG_CSTR("role", s->o->role), LOG_INT("pid", c->pid), LOG_END);
		c->killed = true;
		kill(c->pid, SIGKILL);
	}
}

/* Those of the newest generation: all, or the ones that serve already. */
static int count_current(const struct supervisor *s, bool serving)
{
	int n = 0;

	for (int i = 0; i < s->n_children; i++)
		n += s->children[i].generation == s->generation && s->children[i].stop_by_us == 0
		    && (!serving || last_beat(s, &s->children[i]) != 0);
	return n;
}

/* Old workers drain once the new ones serve; new ones that never do leave the old ones in place. */
static void retire_old(struct supervisor *s)
{
	if (count_current(s, true) < s->o->workers)
		return;
	for (int i = 0; i < s->n_children; i++)
		if (s->children[i].generation != s->generation)
			tell_to_stop(s, &s->children[i]);
}

/*
 * What a newer generation has overtaken: those that never served, and of those that do more than are needed until the new ones serve. Else
 * reloads one upon the other would fill the table with workers that wait for each other.
 */
static void retire_overtaken(struct supervisor *s)
{
	int kept = 0;

	for (int i = 0; i < s->n_children; i++) {
		struct child *c = &s->children[i];

		if (c->generation == s->generation || c->stop_by_us != 0)
			continue;
		if (last_beat(s, c) == 0 || ++kept > s->o->workers)
			tell_to_stop(s, c);
	}
}

static void read_signals(struct supervisor *s)
{
	struct signalfd_siginfo info;

	while (read(s->signal_fd, &info, sizeof(info)) == (ssize_t)sizeof(info)) {
		if (info.ssi_signo == SIGTERM || info.ssi_signo == SIGINT)
			s->stopping = true;
		if (info.ssi_signo != SIGHUP)
			continue;
		s->generation++;
		log_info("a new generation of workers is started", LOG_CSTR("role", s->o->role), LOG_INT("generation", s->generation), LOG_END);
	}
}

static void turn(struct supervisor *s)
{
	struct pollfd p = { .fd = s->signal_fd, .events = POLLIN };

	if (poll(&p, 1, TURN_MS) > 0)
		read_signals(s);
	note_pause(s);
	reap(s);
	watch_over(s);
	if (s->stopping) {
		listener_remove(&s->listener);
		for (int i = 0; i < s->n_children; i++)
			tell_to_stop(s, &s->children[i]);
		return;
	}
	retire_overtaken(s);
	while (count_current(s, false) < s->o->workers && clock_mono_us() >= s->next_start_us)
		if (start_child(s) != 0)
			break;
	retire_old(s);
}

/* ---- start and end ---- */

static int take_signals(struct supervisor *s, struct err *e)
{
	sigset_t mine;

	sigemptyset(&mine);
	sigaddset(&mine, SIGTERM);
	sigaddset(&mine, SIGINT);
	sigaddset(&mine, SIGHUP);
	if (s->o->workers > 0)
		sigaddset(&mine, SIGCHLD);
	sigprocmask(SIG_BLOCK, &mine, NULL);
	s->signal_fd = signalfd(-1, &mine, SFD_NONBLOCK | SFD_CLOEXEC);
	return s->signal_fd >= 0 ? 0 : err_set(e, ERR_IO, "signals can't be watched: errno %d", errno);
}

/* Connections to buyers and front ends need more descriptors than the 1024 that a shell gives. */
static void raise_descriptors(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
		return;
	limit.rlim_cur = limit.rlim_max < DESCRIPTORS ? limit.rlim_max : DESCRIPTORS;
	setrlimit(RLIMIT_NOFILE, &limit);
}

/* A pending signal makes signal_fd readable, and nobody reads it: as good as a pipe whose other end was closed. */
static int run_alone(struct supervisor *s)
{
	int code;

	take_cell(s, getpid());
	code = s->o->worker_main(s->o->ctx, s->listener.fd, s->signal_fd);
	give_cell(s, getpid());
	listener_remove(&s->listener);
	return code;
}

static int run_workers(struct supervisor *s)
{
	s->room = 4 * s->o->workers + 4;
	s->children = calloc((size_t)s->room, sizeof(*s->children));
	if (s->children == NULL)
		log_die("out of memory");
	while (!s->stopping || s->n_children > 0)
		turn(s);
	free(s->children);
	return s->killed ? 1 : 0;
}

/* Removed when we begin to stop, not at the end: by then the path may be our successor's. */
static int open_listener(struct supervisor *s, struct err *e)
{
	if (s->o->socket_path == NULL)
		return listener_inherit(&s->listener, e);
	return listener_bind(&s->listener, s->o->socket_path, s->o->socket_mode, s->o->backlog, e);
}

int supervisor_run(const struct supervisor_options *o, struct err *e)
{
	struct supervisor s = { .o = o, .listener = { .fd = -1 }, .signal_fd = -1 };
	struct supervisor_handed handed;
	int code = -1;

	fcgi_environment();
	raise_descriptors();
	if (o->argv != NULL && supervisor_exec_handed(&handed)) {
		s.listener.fd = handed.listen_fd;
		s.generation = handed.generation;
		serve(&s, handed.stop_fd);
	}
	if (o->argv == NULL || !supervisor_exec_path(s.program, sizeof(s.program)))
		s.program[0] = '\0';
	if (take_signals(&s, e) == 0 && open_listener(&s, e) == 0) {
		shm_free_dead(s.o->shm);
		log_info("serving", LOG_CSTR("role", o->role), LOG_INT("workers", o->workers), LOG_END);
		code = o->workers > 0 ? run_workers(&s) : run_alone(&s);
		log_info("ended", LOG_CSTR("role", o->role), LOG_INT("code", code), LOG_END);
	}
	listener_remove(&s.listener);
	if (s.listener.fd >= 0)
		close(s.listener.fd);
	if (s.signal_fd >= 0)
		close(s.signal_fd);
	return code;
}
