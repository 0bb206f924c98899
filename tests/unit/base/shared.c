/* What more than one process or thread looks at: the shared mapping, and failpoints. */
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/base/arena.h"
#include "lib/base/clock.h"
#include "lib/base/err.h"
#include "lib/base/fail.h"
#include "lib/base/shm.h"
#include "tests/unit/base/suites.h"

static void make_folder(char folder[64])
{
	memcpy(folder, "/tmp/shm-test-XXXXXX", sizeof("/tmp/shm-test-XXXXXX"));
	ck_assert_ptr_nonnull(mkdtemp(folder));
}

START_TEST(processes_share_a_mapping)
{
	char folder[64], path[80];
	struct shm *one, *two;
	struct stat st;
	struct err e;
	int status;
	pid_t pid;

	make_folder(folder);
	snprintf(path, sizeof(path), "%s/shm", folder);
	ck_assert_msg(shm_open_file(path, &one, &e) == 0, "%s", e.msg);
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_int_eq(st.st_mode & 0777, 0600);
	ck_assert_int_eq(st.st_size, sizeof(struct shm));
	shm_count(one, "gavel_test_total", 3);
	pid = fork();
	if (pid == 0) {
		if (shm_open_file(path, &two, &e) != 0)
			_exit(2);
		shm_count(two, "gavel_test_total", 4);
		_exit(0);
	}
	waitpid(pid, &status, 0);
	ck_assert_int_eq(status, 0);
	ck_assert_uint_eq(shm_counter(one, "gavel_test_total")->value, 7);
	unlink(path);
	rmdir(folder);
}
END_TEST

static void write_file(const char *path, const char *bytes, size_t n, off_t size)
{
	int fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, bytes, n), (ssize_t)n);
	ck_assert_int_eq(ftruncate(fd, size), 0);
	close(fd);
}

START_TEST(cells_of_the_dead_are_given_back)
{
	struct shm *s = shm_private();
	pid_t pid = fork();

	if (pid == 0)
		_exit(0);
	atomic_store(&s->workers[0].pid, (int32_t)getpid());
	atomic_store(&s->workers[1].pid, (int32_t)pid);
	shm_free_dead(s);
	ck_assert_int_eq(s->workers[1].pid, pid); /* not waited for: it still has its number */
	waitpid(pid, NULL, 0);
	shm_free_dead(s);
	ck_assert_int_eq(s->workers[0].pid, getpid());
	ck_assert_int_eq(s->workers[1].pid, 0);
}
END_TEST

START_TEST(another_layout_is_made_anew)
{
	char folder[64], path[80];
	struct shm *old, *now;
	struct err e;

	make_folder(folder);
	snprintf(path, sizeof(path), "%s/shm", folder);
	write_file(path, "other", 5, 100);
	ck_assert_int_eq(shm_open_file(path, &old, &e), 0);
	shm_count(old, "a", 1);
	atomic_store(&old->magic, 1);
	ck_assert_int_eq(shm_open_file(path, &now, &e), 0);
	ck_assert_uint_eq(shm_counter(now, "a")->value, 0);
	ck_assert_uint_eq(shm_counter(old, "a")->value, 1); /* who still has the old one is not disturbed */
	unlink(path);
	ck_assert_int_eq(shm_open_file(folder, &now, &e), -1);
	ck_assert_int_eq(e.kind, ERR_IO);
	snprintf(path, sizeof(path), "%s/none/shm", folder);
	ck_assert_int_eq(shm_open_file(path, &now, &e), -1);
	rmdir(folder);
}
END_TEST

START_TEST(counters_fill_up)
{
	struct shm *s = shm_private();
	char name[200];
	int shown = 0;

	for (int i = 0; i < SHM_COUNTERS + 50; i++) {
		snprintf(name, sizeof(name), "gavel_total{n=\"%d\"}", i);
		shm_count(s, name, 1);
		shm_count(s, name, 1);
	}
	ck_assert_str_eq(shm_counter_name(shm_counter(s, "gavel_total{n=\"7\"}")), "gavel_total{n=\"7\"}");
	ck_assert_uint_eq(shm_counter(s, "gavel_total{n=\"7\"}")->value, 2);
	for (int i = 0; i < SHM_COUNTERS; i++)
		if (shm_counter_name(&s->counters[i]) != NULL) {
			ck_assert_uint_eq(s->counters[i].value, 2);
			shown++;
		}
	ck_assert_int_eq(shown, SHM_COUNTERS - 1);
	ck_assert_uint_eq(shm_counter(s, "one more")->value, 51 * 2);
	memset(name, 'x', sizeof(name));
	name[112] = '\0';
	ck_assert_ptr_null(shm_counter_name(shm_counter(s, name)));
}
END_TEST

START_TEST(gauges_are_set)
{
	struct shm *s = shm_private();

	shm_set(s, "gavel_job_last_run_timestamp_seconds{job=\"x\"}", 7);
	shm_set(s, "gavel_job_last_run_timestamp_seconds{job=\"x\"}", 5);
	ck_assert_uint_eq(shm_counter(s, "gavel_job_last_run_timestamp_seconds{job=\"x\"}")->value, 5);
}
END_TEST

START_TEST(timings_fall_into_their_buckets)
{
	static const struct {
		int64_t us;
		int bucket;
	} cases[] = { { -1, 0 }, { 0, 0 }, { 1000, 0 }, { 1001, 1 }, { 2000, 1 }, { 49999, 5 }, { 50000, 5 }, { 50001, 6 }, { 2500000, 10 },
		{ 2500001, 11 }, { INT64_MAX / 2, 11 } };
	struct shm *s = shm_private();
	char labels[96];
	int shown = 0;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct shm *fresh = shm_private();

		shm_time(fresh, "pool=\"a\"", cases[i].us);
		for (int t = 0; t < SHM_TIMINGS; t++)
			if (shm_timing_labels(&fresh->timings[t]) != NULL) {
				ck_assert_uint_eq(fresh->timings[t].of[cases[i].bucket], 1);
				ck_assert_uint_eq(fresh->timings[t].count, 1);
				ck_assert_uint_eq(fresh->timings[t].sum_us, (uint64_t)(cases[i].us > 0 ? cases[i].us : 0));
			}
	}
	for (int i = 0; i < SHM_TIMINGS + 20; i++) {
		snprintf(labels, sizeof(labels), "route=\"%d\"", i);
		shm_time(s, labels, 5000);
	}
	for (int t = 0; t < SHM_TIMINGS; t++)
		shown += shm_timing_labels(&s->timings[t]) != NULL;
	ck_assert_int_eq(shown, SHM_TIMINGS - 1);
}
END_TEST

START_TEST(the_longest_counter_name_is_whole)
{
	struct shm *s = shm_private();
	char name[112];

	memset(name, 'x', sizeof(name));
	name[111] = '\0';
	ck_assert_str_eq(shm_counter_name(shm_counter(s, name)), name);
}
END_TEST

START_TEST(breakers_fill_up)
{
	struct shm *s = shm_private();
	struct arena *a = arena_new(16 << 20);
	struct shm_breaker *first = shm_breaker(s, 'p', STR("acme-auto-ca"));

	for (int i = 1; i < SHM_BREAKERS; i++)
		ck_assert_ptr_nonnull(shm_breaker(s, i % 2 == 0 ? 'p' : 's', arena_printf(a, "contract-%d", i / 2)));
	ck_assert_ptr_null(shm_breaker(s, 'p', STR("one more")));
	ck_assert_ptr_eq(shm_breaker(s, 'p', STR("acme-auto-ca")), first);
	ck_assert_str_eq(shm_breaker_name(first), "acme-auto-ca");
	ck_assert_int_eq(first->step, 'p');
	arena_free(&a);
}
END_TEST

static void *count_all(void *arg)
{
	struct shm *s = arg;
	char name[32];

	for (int i = 0; i < 20000; i++) {
		snprintf(name, sizeof(name), "counter %d", i % 200);
		shm_count(s, name, 1);
	}
	return NULL;
}

START_TEST(threads_lose_no_count)
{
	struct shm *s = shm_private();
	pthread_t threads[4];
	char name[32];

	for (int i = 0; i < N_OF(threads); i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, count_all, s), 0);
	for (int i = 0; i < N_OF(threads); i++)
		pthread_join(threads[i], NULL);
	for (int i = 0; i < 200; i++) {
		snprintf(name, sizeof(name), "counter %d", i);
		ck_assert_uint_eq(shm_counter(s, name)->value, 400);
		ck_assert_str_eq(shm_counter_name(shm_counter(s, name)), name);
	}
}
END_TEST

#ifdef GAVEL_FAILPOINTS
START_TEST(failpoints_do_as_told)
{
	int64_t before;

	setenv("GAVEL_FAIL", "a=error:2, slow=stall:30,b=error", 1);
	ck_assert(FAIL_IS_ERROR("a"));
	ck_assert(FAIL_IS_ERROR("a"));
	ck_assert(!FAIL_IS_ERROR("a"));
	for (int i = 0; i < 10; i++)
		ck_assert(FAIL_IS_ERROR("b"));
	ck_assert(!FAIL_IS_ERROR("c"));
	ck_assert(!FAIL_IS_ERROR("slo"));
	before = clock_mono_ms();
	FAIL("slow");
	ck_assert_int_ge(clock_mono_ms() - before, 29);
}
END_TEST

START_TEST(a_failpoint_kills)
{
	setenv("GAVEL_FAIL", "post.after_intent=kill", 1);
	FAIL("post.before_intent");
	FAIL("post.after_intent");
}
END_TEST

START_TEST(a_file_arms_and_disarms)
{
	char folder[64], path[80], variable[96];
	int status;
	pid_t pid;

	make_folder(folder);
	snprintf(path, sizeof(path), "%s/fail", folder);
	snprintf(variable, sizeof(variable), "@%s", path);
	setenv("GAVEL_FAIL", variable, 1);
	ck_assert(!FAIL_IS_ERROR("a"));
	write_file(path, "a=error\n", 8, 8);
	ck_assert(FAIL_IS_ERROR("a"));
	write_file(path, "a=kill\n", 7, 7);
	pid = fork();
	if (pid == 0) {
		FAIL("a");
		_exit(0);
	}
	waitpid(pid, &status, 0);
	ck_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	ck_assert_int_ne(access(path, F_OK), 0);
	FAIL("a");
	rmdir(folder);
}
END_TEST
#else
START_TEST(failpoints_are_not_there)
{
	setenv("GAVEL_FAIL", "a=kill,b=error", 1);
	FAIL("a");
	ck_assert(!FAIL_IS_ERROR("b"));
}
END_TEST
#endif

TCase *shm_cases(void)
{
	TCase *c = tcase_create("shm");

	tcase_add_test(c, processes_share_a_mapping);
	tcase_add_test(c, cells_of_the_dead_are_given_back);
	tcase_add_test(c, another_layout_is_made_anew);
	tcase_add_test(c, counters_fill_up);
	tcase_add_test(c, gauges_are_set);
	tcase_add_test(c, timings_fall_into_their_buckets);
	tcase_add_test(c, the_longest_counter_name_is_whole);
	tcase_add_test(c, breakers_fill_up);
	tcase_add_test(c, threads_lose_no_count);
	return c;
}

TCase *fail_cases(void)
{
	TCase *c = tcase_create("fail");

#ifdef GAVEL_FAILPOINTS
	tcase_add_test(c, failpoints_do_as_told);
	tcase_add_test_raise_signal(c, a_failpoint_kills, SIGKILL);
	tcase_add_test(c, a_file_arms_and_disarms);
#else
	tcase_add_test(c, failpoints_are_not_there);
#endif
	return c;
}
