/* The supervisor, by what happens to it and to its workers. */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/base/clock.h"
#include "lib/web/supervisor_exec.h"
#include "tests/unit/web/suites.h"
#include "tests/unit/web/toy.h"

static bool is_among(pid_t pid, const pid_t *pids, int n)
{
	for (int i = 0; i < n; i++)
		if (pids[i] == pid)
			return true;
	return false;
}

START_TEST(serves_and_ends)
{
	pid_t pids[TOY_PIDS];
	struct stat st;

	toy_start();
	toy_wait(2);
	ck_assert_int_eq(toy_serving(pids), 2);
	ck_assert(is_among(toy_pid(), pids, 2));
	ck_assert_int_eq(stat(toy_address.sun_path, &st), 0);
	ck_assert_uint_eq(st.st_mode & 07777, 0600);
	ck_assert_int_eq(kill(toy_supervisor, SIGTERM), 0);
	ck_assert_int_eq(toy_end(), 0);
	ck_assert_int_ne(stat(toy_address.sun_path, &st), 0);
	ck_assert(toy_gone(pids[0], 0) && toy_gone(pids[1], 0));
	ck_assert_int_eq(toy_serving(pids), 0);
}
END_TEST

START_TEST(finishes_what_is_in_flight)
{
	int fd, late;

	toy_start();
	toy_wait(2);
	fd = toy_ask('s');
	ck_assert_int_ge(fd, 0);
	clock_sleep_ms(100);
	kill(toy_supervisor, SIGTERM);
	clock_sleep_ms(100);
	late = toy_connect();
	ck_assert_int_eq(late, -1); /* nobody is let in to wait for nobody */
	ck_assert_int_gt(toy_answer(fd, NULL), 0);
	ck_assert_int_eq(toy_end(), 0);
}
END_TEST

START_TEST(kills_what_does_not_end)
{
	int64_t begun;

	toy->way = TOY_STAYS;
	toy_options.drain_s = 1;
	toy_start();
	toy_wait(2);
	begun = clock_mono_ms();
	kill(toy_supervisor, SIGTERM);
	ck_assert_int_eq(toy_end(), 1);
	ck_assert_int_ge(clock_mono_ms() - begun, 1000);
	ck_assert_int_lt(clock_mono_ms() - begun, 6000);
}
END_TEST

START_TEST(replaces_what_dies)
{
	pid_t before[TOY_PIDS], after[TOY_PIDS];

	toy_start();
	toy_wait(2);
	toy_serving(before);
	kill(before[0], SIGKILL);
	ck_assert(toy_gone(before[0], 2000));
	toy_wait_instead(before[0], 2);
	toy_serving(after);
	ck_assert(is_among(before[1], after, 2));
	close(toy_ask('x')); /* one ends by itself */
	clock_sleep_ms(100);
	toy_wait(2);
	ck_assert_int_gt(toy_pid(), 0);
}
END_TEST

START_TEST(replaces_what_stalls)
{
	pid_t before[TOY_PIDS], after[TOY_PIDS];
	int64_t begun;

	toy_options.workers = 1;
	toy_start();
	toy_wait(1);
	toy_serving(before);
	begun = clock_mono_ms();
	kill(before[0], SIGSTOP);
	ck_assert(toy_gone(before[0], 5000));
	ck_assert_int_ge(clock_mono_ms() - begun, 900);
	toy_wait_instead(before[0], 1);
	toy_serving(after);
	ck_assert_int_eq(toy_pid(), after[0]);
}
END_TEST

/* A container that is paused: nobody has stalled. Who stays behind when the others go on has. */
START_TEST(a_pause_of_all_is_no_stall)
{
	pid_t before[TOY_PIDS], after[TOY_PIDS];

	toy_options.stall_s = 2;
	toy_start();
	toy_wait(2);
	toy_serving(before);
	kill(toy_supervisor, SIGSTOP);
	kill(before[0], SIGSTOP);
	kill(before[1], SIGSTOP);
	clock_sleep_ms(3500);
	kill(toy_supervisor, SIGCONT);
	clock_sleep_ms(400);
	kill(before[0], SIGCONT);
	clock_sleep_ms(1500);
	ck_assert_int_eq(kill(before[0], 0), 0);
	ck_assert(toy_gone(before[1], 5000));
	toy_wait_instead(before[1], 2);
	toy_serving(after);
	ck_assert(is_among(before[0], after, 2));
}
END_TEST

/* Requests all the while: none is refused, none breaks, and in the end another generation answers. */
START_TEST(a_new_generation)
{
	int64_t until;
	pid_t before[TOY_PIDS], pid;
	int generation = 0, fd, slow;

	toy_start();
	toy_wait(2);
	toy_serving(before);
	slow = toy_ask('s');
	clock_sleep_ms(50);
	kill(toy_supervisor, SIGHUP);
	until = clock_mono_ms() + 1500;
	do {
		fd = toy_ask('p');
		ck_assert_int_ge(fd, 0);
		pid = toy_answer(fd, &generation);
		ck_assert_int_gt(pid, 0);
		clock_sleep_ms(5);
	} while (clock_mono_ms() < until);
	ck_assert_int_eq(generation, 1);
	ck_assert(!is_among(pid, before, 2));
	ck_assert(is_among(toy_answer(slow, &generation), before, 2));
	ck_assert(toy_gone(before[0], 1000) && toy_gone(before[1], 1000));
	toy_wait(2);
}
END_TEST

/* Workers of a new generation that never serve leave the old ones in place; the next generation does it. */
START_TEST(a_bad_generation)
{
	pid_t before[TOY_PIDS];
	int generation = -1;

	toy_options.workers = 1;
	toy_start();
	toy_wait(1);
	toy_serving(before);
	toy->way = _i == 0 ? TOY_CRASHES : TOY_NEVER_BEATS;
	kill(toy_supervisor, SIGHUP);
	clock_sleep_ms(1500);
	ck_assert_int_eq(kill(before[0], 0), 0);
	ck_assert_int_ge(atomic_load(&shm_counter(toy->shm, "starts")->value), 2);
	toy->way = TOY_GOOD;
	kill(toy_supervisor, SIGHUP);
	ck_assert(toy_gone(before[0], 5000));
	ck_assert_int_gt(toy_answer(toy_ask('p'), &generation), 0);
	ck_assert_int_eq(generation, 2);
}
END_TEST

/*
 * Reloads one upon the other, with workers that never serve: each takes the last one's place, and does not wait until they are given up. The
 * first workers serve all the while.
 */
START_TEST(reloads_overtake_each_other)
{
	pid_t before[TOY_PIDS];
	int generation = -1;

	toy_options.stall_s = 5;
	toy_start();
	toy_wait(2);
	toy_serving(before);
	toy->way = TOY_NEVER_BEATS;
	for (int i = 0; i < 8; i++) {
		kill(toy_supervisor, SIGHUP);
		clock_sleep_ms(250);
		ck_assert(kill(before[0], 0) == 0 && kill(before[1], 0) == 0);
	}
	toy->way = TOY_GOOD;
	kill(toy_supervisor, SIGHUP);
	ck_assert(toy_gone(before[0], 8000) && toy_gone(before[1], 8000));
	ck_assert_int_gt(toy_answer(toy_ask('p'), &generation), 0);
	ck_assert_int_eq(generation, 9);
}
END_TEST

/* A heartbeat that a process of the same number left behind is not the new worker's. */
START_TEST(numbers_come_again)
{
	enum { LEFT = 200, MARK = -7 };
	struct shm_worker *cells = toy->shm->workers;
	pid_t before[TOY_PIDS];
	uint64_t starts;

	for (int i = 0; i < LEFT; i++) {
		atomic_store(&cells[i].pid, 1); /* lives */
		atomic_store(&cells[i].generation, MARK);
	}
	toy_options.stall_s = 5;
	toy_start();
	toy_wait(2);
	toy_serving(before);
	/* No check until they are out again: whose number stands in a cell is killed in the end. */
	for (int i = 0; i < LEFT; i++) {
		atomic_store(&cells[i].beat_us, 1);
		atomic_store(&cells[i].pid, (int32_t)before[1] + 1 + i);
	}
	toy->way = TOY_LATE;
	kill(before[0], SIGKILL);
	clock_sleep_ms(2000);
	starts = atomic_load(&shm_counter(toy->shm, "starts")->value);
	for (int i = 0; i < LEFT; i++)
		if (atomic_load(&cells[i].generation) == MARK)
			atomic_store(&cells[i].pid, 0);
	ck_assert_uint_eq(starts, 3);
}
END_TEST

START_TEST(nobody_outlives_a_killed_supervisor)
{
	pid_t pids[TOY_PIDS];

	if (_i == 1) { /* not even one that can't end */
		toy->way = TOY_STAYS;
		toy_options.drain_s = 1;
	}
	toy_start();
	toy_wait(2);
	toy_serving(pids);
	kill(toy_supervisor, SIGKILL);
	ck_assert_int_eq(toy_end(), -SIGKILL);
	ck_assert(toy_gone(pids[0], _i == 1 ? 6000 : 2000));
	ck_assert(toy_gone(pids[1], 2000));
	/* the next one takes the stale socket and the dead cells over */
	toy->way = TOY_GOOD;
	toy_start();
	toy_wait(2);
	ck_assert_int_gt(toy_pid(), 0);
}
END_TEST

START_TEST(crashes_slow_down)
{
	uint64_t starts;

	toy->way = TOY_CRASHES;
	toy_options.workers = 1;
	toy_start();
	clock_sleep_ms(2500);
	starts = atomic_load(&shm_counter(toy->shm, "starts")->value);
	ck_assert_uint_ge(starts, 2);
	ck_assert_uint_le(starts, 7); /* 100, 200, 400, 800, 1600 ms */
	kill(toy_supervisor, SIGTERM);
	ck_assert_int_ge(toy_end(), 0); /* 1 when it crashed just then */
}
END_TEST

/* What a worker that is started anew finds in its environment: taken once, and only when it is whole. */
START_TEST(handed_over)
{
	static const char *const bad[] = { "", "0", "0,1", "0,1,2,3", "0,1,x", "-1,1,0", "0,99999,0", "99999,1,0", "0,,1" };
	struct supervisor_handed h;
	char good[32];
	int fds[2];

	ck_assert_int_eq(pipe(fds), 0);
	snprintf(good, sizeof(good), "0,%d,3", fds[0]);
	setenv("GAVEL_SUPERVISED", good, 1);
	ck_assert(supervisor_exec_handed(&h));
	ck_assert_int_eq(h.listen_fd, 0);
	ck_assert_int_eq(h.stop_fd, fds[0]);
	ck_assert_int_eq(h.generation, 3);
	ck_assert_int_ne(fcntl(fds[0], F_GETFD) & FD_CLOEXEC, 0);
	ck_assert_ptr_null(getenv("GAVEL_SUPERVISED"));
	ck_assert(!supervisor_exec_handed(&h));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		setenv("GAVEL_SUPERVISED", bad[i], 1);
		ck_assert_msg(!supervisor_exec_handed(&h), "%s", bad[i]);
		ck_assert_ptr_null(getenv("GAVEL_SUPERVISED"));
	}
}
END_TEST

START_TEST(one_socket_one_supervisor)
{
	struct err e;

	toy_start();
	toy_wait(2);
	ck_assert_int_eq(supervisor_run(&toy_options, &e), -1);
	ck_assert_int_eq(e.kind, ERR_IO);
	ck_assert_int_gt(toy_pid(), 0);
	toy_options.socket_path = "/nonexistent/folder/socket";
	ck_assert_int_eq(supervisor_run(&toy_options, &e), -1);
}
END_TEST

START_TEST(what_is_no_socket_stays)
{
	int fd = open(toy_address.sun_path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
	struct stat st;
	struct err e;

	ck_assert(fd >= 0 && write(fd, "settings", 8) == 8);
	close(fd);
	ck_assert_int_eq(supervisor_run(&toy_options, &e), -1);
	ck_assert(strstr(e.msg, "no socket") != NULL);
	ck_assert(stat(toy_address.sun_path, &st) == 0 && st.st_size == 8);
}
END_TEST

/* Who binds the path while we still run is our successor: his socket stays when we go. */
START_TEST(a_successors_socket_stays)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	toy_start();
	toy_wait(2);
	ck_assert_int_eq(unlink(toy_address.sun_path), 0);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&toy_address, sizeof(toy_address)), 0);
	kill(toy_supervisor, SIGTERM);
	ck_assert_int_eq(toy_end(), 0);
	ck_assert_int_eq(access(toy_address.sun_path, F_OK), 0);
	close(fd);
}
END_TEST

/* Who binds or removes a socket holds its folder, and waits for another who does. */
START_TEST(one_at_a_time)
{
	int folder = open("/tmp", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	ck_assert_int_eq(flock(folder, LOCK_EX), 0);
	toy_start();
	clock_sleep_ms(500);
	ck_assert_int_ne(access(toy_address.sun_path, F_OK), 0);
	close(folder);
	toy_wait(2);
}
END_TEST

/* Of two that start at the same moment over a socket that was left behind, one serves and the other says why not. */
START_TEST(two_at_once)
{
	for (int round = 0; round < 5; round++) {
		int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), status;
		pid_t one, ended;

		ck_assert_int_eq(bind(fd, (struct sockaddr *)&toy_address, sizeof(toy_address)), 0);
		close(fd);
		toy_start();
		one = toy_supervisor;
		toy_start();
		ended = waitpid(-1, &status, 0);
		ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == 8, "round %d", round);
		ck_assert(ended == one || ended == toy_supervisor);
		if (ended == toy_supervisor)
			toy_supervisor = one;
		ck_assert_int_gt(toy_pid(), 0);
		kill(toy_supervisor, SIGTERM);
		ck_assert_int_eq(toy_end(), 0);
	}
}
END_TEST

START_TEST(inherits_its_socket)
{
	int fd = socket(AF_UNIX, SOCK_STREAM, 0), kept = dup(0);

	ck_assert_int_eq(bind(fd, (struct sockaddr *)&toy_address, sizeof(toy_address)), 0);
	ck_assert_int_eq(listen(fd, 16), 0);
	ck_assert_int_eq(dup2(fd, 0), 0);
	close(fd);
	toy_options.socket_path = NULL;
	toy_start();
	dup2(kept, 0);
	close(kept);
	toy_wait(2);
	ck_assert_int_gt(toy_pid(), 0);
	kill(toy_supervisor, SIGTERM);
	ck_assert_int_eq(toy_end(), 0);
	ck_assert_int_eq(access(toy_address.sun_path, F_OK), 0); /* not ours to remove */
}
END_TEST

START_TEST(needs_a_socket)
{
	int null = open("/dev/null", O_RDONLY), kept = dup(0);
	struct err e;

	ck_assert_int_eq(dup2(null, 0), 0);
	toy_options.socket_path = NULL;
	ck_assert_int_eq(supervisor_run(&toy_options, &e), -1);
	ck_assert_int_eq(e.kind, ERR_IO);
	dup2(kept, 0);
	close(kept);
	close(null);
}
END_TEST

START_TEST(serves_alone)
{
	int fd;

	toy_options.workers = 0;
	toy_start();
	toy_wait(1);
	ck_assert_int_eq(toy_pid(), toy_supervisor);
	fd = toy_ask('s');
	clock_sleep_ms(50);
	kill(toy_supervisor, SIGTERM);
	ck_assert_int_eq(toy_answer(fd, NULL), toy_supervisor);
	ck_assert_int_eq(toy_end(), 0);
	ck_assert_int_ne(access(toy_address.sun_path, F_OK), 0);
}
END_TEST

TCase *supervisor_cases(void)
{
	TCase *tc = tcase_create("supervisor");

	tcase_add_checked_fixture(tc, toy_set_up, toy_tear_down);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, serves_and_ends);
	tcase_add_test(tc, finishes_what_is_in_flight);
	tcase_add_test(tc, kills_what_does_not_end);
	tcase_add_test(tc, replaces_what_dies);
	tcase_add_test(tc, replaces_what_stalls);
	tcase_add_test(tc, a_pause_of_all_is_no_stall);
	tcase_add_test(tc, a_new_generation);
	tcase_add_loop_test(tc, a_bad_generation, 0, 2);
	tcase_add_loop_test(tc, nobody_outlives_a_killed_supervisor, 0, 2);
	tcase_add_test(tc, crashes_slow_down);
	tcase_add_test(tc, reloads_overtake_each_other);
	tcase_add_test(tc, numbers_come_again);
	tcase_add_test(tc, one_socket_one_supervisor);
	tcase_add_test(tc, what_is_no_socket_stays);
	tcase_add_test(tc, a_successors_socket_stays);
	tcase_add_test(tc, one_at_a_time);
	tcase_add_test(tc, two_at_once);
	tcase_add_test(tc, handed_over);
	tcase_add_test(tc, inherits_its_socket);
	tcase_add_test(tc, needs_a_socket);
	tcase_add_test(tc, serves_alone);
	return tc;
}
