#include "tests/unit/web/toy.h"

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/base/clock.h"
#include "lib/base/log.h"

enum { SLOW_MS = 400 };

struct toy *toy;
struct sockaddr_un toy_address;
struct supervisor_options toy_options;
pid_t toy_supervisor;

static struct shm_worker *own_cell(const struct toy *t)
{
	for (int i = 0; i < SHM_WORKERS; i++)
		if (atomic_load(&t->shm->workers[i].pid) == (int32_t)getpid())
			return &t->shm->workers[i];
	return NULL;
}

static void answer_one(const struct shm_worker *cell, int listen_fd)
{
	int fd = accept4(listen_fd, NULL, NULL, SOCK_CLOEXEC), n;
	char what, reply[64];

	if (fd < 0)
		return;
	if (read(fd, &what, 1) == 1) {
		if (what == 'x')
			_exit(3);
		if (what == 's')
			clock_sleep_ms(SLOW_MS);
		n = snprintf(reply, sizeof(reply), "%d %d", (int)getpid(), (int)atomic_load(&cell->generation));
		if (send(fd, reply, (size_t)n, MSG_NOSIGNAL) != n)
			_exit(4);
	}
	close(fd);
}

static int toy_main(void *ctx, int listen_fd, int stop_fd)
{
	struct toy *t = ctx;
	int way = t->way; /* a change is for those who start later */
	struct shm_worker *cell = own_cell(t);
	struct pollfd fds[2] = { { .fd = stop_fd, .events = POLLIN }, { .fd = listen_fd, .events = POLLIN } };

	shm_count(t->shm, "starts", 1);
	if (way == TOY_CRASHES)
		return 5;
	fcntl(listen_fd, F_SETFL, fcntl(listen_fd, F_GETFL) | O_NONBLOCK);
	if (way == TOY_LATE)
		clock_sleep_ms(2 * SLOW_MS);
	for (;;) {
		if (way != TOY_NEVER_BEATS)
			atomic_store(&cell->beat_us, clock_mono_us());
		if (poll(fds, 2, 50) < 0)
			continue;
		if (fds[0].revents != 0 && way == TOY_STAYS)
			clock_sleep_ms(60000);
		if (fds[0].revents != 0)
			return 0;
		if (fds[1].revents != 0)
			answer_one(cell, listen_fd);
	}
}

void toy_set_up(void)
{
	toy_address = (struct sockaddr_un){ .sun_family = AF_UNIX };
	snprintf(toy_address.sun_path, sizeof(toy_address.sun_path), "/tmp/gavel-supervisor-%d", (int)getpid());
	unlink(toy_address.sun_path);
	prctl(PR_SET_CHILD_SUBREAPER, 1); /* orphans come to us, and are reaped in is_gone */
	toy = mmap(NULL, sizeof(*toy), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ck_assert_ptr_ne(toy, MAP_FAILED);
	toy->shm = shm_private();
	toy_options = (struct supervisor_options){ .role = "toy", .socket_path = toy_address.sun_path, .socket_mode = 0600, .backlog = 64, .workers = 2,
		.stall_s = 1, .drain_s = 2, .shm = toy->shm, .worker_main = toy_main, .ctx = toy };
	toy_supervisor = 0;
	log_level_set(LOG_ERROR);
}

static void kill_all(void)
{
	for (int i = 0; i < SHM_WORKERS; i++) {
		pid_t pid = (pid_t)atomic_load(&toy->shm->workers[i].pid);

		if (pid > 1)
			kill(pid, SIGKILL);
	}
}

void toy_tear_down(void)
{
	if (toy_supervisor > 0) {
		kill(toy_supervisor, SIGKILL);
		waitpid(toy_supervisor, NULL, 0);
	}
	kill_all();
	unlink(toy_address.sun_path);
}

void toy_start(void)
{
	pid_t parent = getpid();
	struct err e;
	int code;

	toy_supervisor = fork();
	ck_assert_int_ge(toy_supervisor, 0);
	if (toy_supervisor > 0)
		return;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	code = getppid() == parent ? supervisor_run(&toy_options, &e) : 9;
	_exit(code < 0 ? 8 : code);
}

int toy_end(void)
{
	int status;

	ck_assert_int_eq(waitpid(toy_supervisor, &status, 0), toy_supervisor);
	toy_supervisor = 0;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

int toy_connect(void)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	ck_assert_int_ge(fd, 0);
	if (connect(fd, (struct sockaddr *)&toy_address, sizeof(toy_address)) == 0)
		return fd;
	close(fd);
	return -1;
}

int toy_ask(char what)
{
	int fd = toy_connect();

	if (fd >= 0)
		ck_assert_int_eq(send(fd, &what, 1, MSG_NOSIGNAL), 1);
	return fd;
}

pid_t toy_answer(int fd, int *generation)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	char reply[64];
	ssize_t n = poll(&p, 1, 5000) > 0 ? recv(fd, reply, sizeof(reply) - 1, 0) : -1;
	char *end;
	pid_t pid;

	close(fd);
	if (n <= 0)
		return 0;
	reply[n] = '\0';
	pid = (pid_t)strtol(reply, &end, 10);
	if (generation != NULL)
		*generation = (int)strtol(end, NULL, 10);
	return pid;
}

pid_t toy_pid(void)
{
	int64_t until = clock_mono_ms() + 5000;
	pid_t pid = 0;

	while (pid == 0 && clock_mono_ms() < until) {
		int fd = toy_ask('p');

		if (fd >= 0)
			pid = toy_answer(fd, NULL);
		else
			clock_sleep_ms(10);
	}
	return pid;
}

int toy_serving(pid_t pids[TOY_PIDS])
{
	int n = 0;

	for (int i = 0; i < SHM_WORKERS && n < TOY_PIDS; i++)
		if (atomic_load(&toy->shm->workers[i].pid) != 0 && atomic_load(&toy->shm->workers[i].beat_us) != 0)
			pids[n++] = (pid_t)atomic_load(&toy->shm->workers[i].pid);
	return n;
}

static bool serves_instead(pid_t gone, int want)
{
	pid_t pids[TOY_PIDS];
	int n = toy_serving(pids);

	for (int i = 0; i < n; i++)
		if (pids[i] == gone)
			return false;
	return n == want;
}

void toy_wait_instead(pid_t gone, int want)
{
	int64_t until = clock_mono_ms() + 5000;

	while (!serves_instead(gone, want) && clock_mono_ms() < until)
		clock_sleep_ms(5);
	ck_assert(serves_instead(gone, want));
}

void toy_wait(int want)
{
	toy_wait_instead(0, want);
}

bool toy_gone(pid_t pid, int ms)
{
	int64_t until = clock_mono_ms() + ms;

	for (;;) {
		waitpid(pid, NULL, WNOHANG);
		if (kill(pid, 0) != 0)
			return true;
		if (clock_mono_ms() >= until)
			return false;
		clock_sleep_ms(10);
	}
}
