#include "lib/web/supervisor.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/base/clock.h"
#include "lib/base/log.h"

enum { TURN_MS = 200, CRASH_WITHIN_S = 5, BACKOFF_FIRST_MS = 100, BACKOFF_MAX_MS = 30000, KILL_GRACE_S = 2, START_GRACE_S = 30 };

struct child {
	pid_t pid;
	int generation;
	int stop_fd;            /* write end; closing it says stop */
	int64_t started_us;
	int64_t stop_by_us;     /* 0: not told to stop */
	struct shm_worker *cell;
};

struct supervisor {
	const struct supervisor_options *o;
	int listen_fd, signal_fd;
	bool bound;
	int generation;
	struct child *children;
	int n_children, room;
	int64_t next_start_us;
	int backoff_ms;
	bool stopping, killed;
};

static int bind_socket(struct supervisor *s, struct err *e)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	size_t n = strlen(s->o->socket_path);
	int fd;

	if (n >= sizeof(address.sun_path))
		return err_set(e, ERR_IO, "the socket's path is longer than %zu bytes", sizeof(address.sun_path) - 1);
	memcpy(address.sun_path, s->o->socket_path, n);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return err_set(e, ERR_IO, "a socket can't be made: errno %d", errno);
	/* One that answers belongs to a supervisor that lives; one that does not was left behind. */
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0) {
		close(fd);
		return err_set(e, ERR_IO, "%s is served by another process", s->o->socket_path);
	}
	close(fd);
	unlink(s->o->socket_path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof(address)) != 0 || chmod(s->o->socket_path, s->o->socket_mode) != 0 ||
	    listen(fd, s->o->backlog) != 0) {
		err_set(e, ERR_IO, "%s can't be served: errno %d", s->o->socket_path, errno);
		if (fd >= 0)
			close(fd);
		return -1;
	}
	s->listen_fd = fd;
	s->bound = true;
	return 0;
}

static int inherit_socket(struct supervisor *s, struct err *e)
{
	socklen_t n = sizeof(int);
	int listening = 0;

	if (getsockopt(0, SOL_SOCKET, SO_ACCEPTCONN, &listening, &n) != 0 || !listening)
		return err_set(e, ERR_IO, "file descriptor 0 is no listening socket; give --socket PATH");
	s->listen_fd = 0;
	return 0;
}

static struct shm_worker *take_cell(const struct supervisor *s, pid_t pid)
{
	for (int i = 0; i < SHM_WORKERS; i++) {
		struct shm_worker *w = &s->o->shm->workers[i];
		int32_t none = 0;

		if (!atomic_compare_exchange_strong(&w->pid, &none, (int32_t)pid))
			continue;
		snprintf(w->role, sizeof(w->role), "%s", s->o->role);
		atomic_store(&w->generation, s->generation);
		atomic_store(&w->busy, 0);
		atomic_store(&w->auctions, 0);
		atomic_store(&w->beat_us, clock_mono_us());
		return w;
	}
	return NULL;
}

/* Cells of processes that are gone: left when a supervisor was killed. */
static void free_dead_cells(const struct supervisor *s)
{
	for (int i = 0; i < SHM_WORKERS; i++) {
		int32_t pid = atomic_load(&s->o->shm->workers[i].pid);

		if (pid != 0 && kill((pid_t)pid, 0) != 0 && errno == ESRCH)
			atomic_compare_exchange_strong(&s->o->shm->workers[i].pid, &pid, 0);
	}
}

static void close_siblings(const struct supervisor *s)
{
	for (int i = 0; i < s->n_children; i++)
		if (s->children[i].stop_fd >= 0)
			close(s->children[i].stop_fd);
	close(s->signal_fd);
}

static void run_child(const struct supervisor *s, pid_t parent, int stop_fd)
{
	sigset_t none;
	int code;

	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (getppid() != parent)
		exit(1);
	/* Stopping is said by the pipe; a TERM sent to the whole group is the supervisor's to answer. */
	signal(SIGTERM, SIG_IGN);
	signal(SIGINT, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	close_siblings(s);
	take_cell(s, getpid());
	code = s->o->worker_main(s->o->ctx, s->listen_fd, stop_fd);
	/* Threads that outlived the drain may still run: nothing is torn down under them. */
	fflush(NULL);
	_exit(code);
}

static struct shm_worker *find_cell(const struct supervisor *s, pid_t pid)
{
	for (int i = 0; i < SHM_WORKERS; i++)
		if (atomic_load(&s->o->shm->workers[i].pid) == (int32_t)pid)
			return &s->o->shm->workers[i];
	return NULL;
}

static int start_child(struct supervisor *s)
{
	pid_t parent = getpid(), pid;
	int pipe_fds[2];

	if (s->n_children == s->room || pipe2(pipe_fds, O_CLOEXEC) != 0)
		return -1;
	pid = fork();
	if (pid == 0) {
		close(pipe_fds[1]);
		run_child(s, parent, pipe_fds[0]);
	}
	close(pipe_fds[0]);
	if (pid < 0) {
		close(pipe_fds[1]);
		return -1;
	}
	s->children[s->n_children++] = (struct child){ .pid = pid, .generation = s->generation, .stop_fd = pipe_fds[1],
		.started_us = clock_mono_us() };
	return 0;
}

static void tell_to_stop(struct supervisor *s, struct child *c)
{
	if (c->stop_by_us != 0)
		return;
	close(c->stop_fd);
	c->stop_fd = -1;
	c->stop_by_us = clock_mono_us() + ((int64_t)s->o->drain_s + KILL_GRACE_S) * 1000000;
}

static void forget(struct supervisor *s, int at)
{
	struct shm_worker *cell = find_cell(s, s->children[at].pid);

	if (cell != NULL)
		atomic_store(&cell->pid, 0);
	if (s->children[at].stop_fd >= 0)
		close(s->children[at].stop_fd);
	s->children[at] = s->children[--s->n_children];
}

/* A worker that ends soon after its start, again and again, is started ever more slowly. */
static void note_end(struct supervisor *s, const struct child *c, int status)
{
	int64_t now = clock_mono_us();

	if (c->stop_by_us != 0)
		return;
	log_warn("a worker ended and is replaced", LOG_CSTR("role", s->o->role), LOG_INT("pid", c->pid),
	    LOG_INT("signal", WIFSIGNALED(status) ? WTERMSIG(status) : 0), LOG_INT("code", WIFEXITED(status) ? WEXITSTATUS(status) : 0), LOG_END);
	if (now - c->started_us > (int64_t)CRASH_WITHIN_S * 1000000) {
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

static int count_current(const struct supervisor *s)
{
	int n = 0;

	for (int i = 0; i < s->n_children; i++)
		if (s->children[i].generation == s->generation && s->children[i].stop_by_us == 0)
			n++;
	return n;
}

/* Kills what does not beat, and what was told to stop and has not. */
static void watch_over(struct supervisor *s)
{
	int64_t now = clock_mono_us();

	for (int i = 0; i < s->n_children; i++) {
		struct child *c = &s->children[i];

		if (c->cell == NULL)
			c->cell = find_cell(s, c->pid);
		if (c->stop_by_us != 0 && now > c->stop_by_us) {
			s->killed = true;
			kill(c->pid, SIGKILL);
		} else if (c->stop_by_us == 0 && c->cell != NULL && now - c->started_us > (int64_t)START_GRACE_S * 1000000 &&
		    now - atomic_load(&c->cell->beat_us) > (int64_t)s->o->stall_s * 1000000) {
			log_error("a worker stalled and is killed", LOG_CSTR("role", s->o->role), LOG_INT("pid", c->pid), LOG_END);
			kill(c->pid, SIGKILL);
		}
	}
}

/* Old workers drain once as many new ones have lived long enough to serve. */
static void retire_old(struct supervisor *s)
{
	int64_t now = clock_mono_us();
	int ready = 0;

	for (int i = 0; i < s->n_children; i++)
		if (s->children[i].generation == s->generation && now - s->children[i].started_us > 1000000)
			ready++;
	if (ready < s->o->workers)
		return;
	for (int i = 0; i < s->n_children; i++)
		if (s->children[i].generation != s->generation)
			tell_to_stop(s, &s->children[i]);
}

static void read_signals(struct supervisor *s)
{
	struct signalfd_siginfo info;

	while (read(s->signal_fd, &info, sizeof(info)) == (ssize_t)sizeof(info))
		switch (info.ssi_signo) {
		case SIGTERM:
		case SIGINT:
			s->stopping = true;
			break;
		case SIGHUP:
			log_info("a new generation of workers is started", LOG_CSTR("role", s->o->role), LOG_INT("generation", s->generation + 1), LOG_END);
			s->generation++;
			break;
		default:
			break;
		}
}

static void turn(struct supervisor *s)
{
	struct pollfd p = { .fd = s->signal_fd, .events = POLLIN };

	if (poll(&p, 1, TURN_MS) > 0)
		read_signals(s);
	reap(s);
	watch_over(s);
	if (s->stopping) {
		for (int i = 0; i < s->n_children; i++)
			tell_to_stop(s, &s->children[i]);
		return;
	}
	while (count_current(s) < s->o->workers && clock_mono_us() >= s->next_start_us)
		if (start_child(s) != 0)
			break;
	retire_old(s);
}

static int take_signals(struct supervisor *s, struct err *e)
{
	sigset_t mine;

	sigemptyset(&mine);
	sigaddset(&mine, SIGTERM);
	sigaddset(&mine, SIGINT);
	sigaddset(&mine, SIGHUP);
	sigaddset(&mine, SIGCHLD);
	sigprocmask(SIG_BLOCK, &mine, NULL);
	s->signal_fd = signalfd(-1, &mine, SFD_NONBLOCK | SFD_CLOEXEC);
	return s->signal_fd >= 0 ? 0 : err_set(e, ERR_IO, "signals can't be watched: errno %d", errno);
}

int supervisor_run(const struct supervisor_options *o, struct err *e)
{
	struct supervisor s = { .o = o, .listen_fd = -1, .signal_fd = -1, .room = 4 * o->workers + 4 };

	if (take_signals(&s, e) != 0 || (o->socket_path != NULL ? bind_socket(&s, e) : inherit_socket(&s, e)) != 0)
		return -1;
	s.children = calloc((size_t)s.room, sizeof(*s.children));
	if (s.children == NULL)
		log_die("out of memory");
	free_dead_cells(&s);
	log_info("serving", LOG_CSTR("role", o->role), LOG_INT("workers", o->workers), LOG_END);
	while (!s.stopping || s.n_children > 0)
		turn(&s);
	log_info("ended", LOG_CSTR("role", o->role), LOG_INT("killed", s.killed), LOG_END);
	if (s.bound)
		unlink(o->socket_path);
	close(s.listen_fd);
	close(s.signal_fd);
	free(s.children);
	return s.killed ? 1 : 0;
}
