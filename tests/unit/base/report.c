/* What the base says to others: errors, faults and log lines. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "lib/base/arena.h"
#include "lib/base/err.h"
#include "lib/base/fault.h"
#include "lib/base/log.h"
#include "tests/unit/base/suites.h"

START_TEST(an_error_says_where)
{
	struct err e;
	char text[400];

	memset(text, 'x', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	e.code = "left over";
	ck_assert_int_eq(err_set(&e, ERR_CONFLICT, "ping %s", "p"), -1);
	ck_assert_int_eq(e.kind, ERR_CONFLICT);
	ck_assert_str_eq(e.msg, "ping p");
	ck_assert_int_eq(e.line, __LINE__ - 3);
	ck_assert_ptr_nonnull(strstr(e.file, "report.c"));
	ck_assert_ptr_null(e.code);
	ck_assert_int_eq(err_set(&e, ERR_IO, "%s", text), -1);
	ck_assert_uint_eq(strlen(e.msg), sizeof(e.msg) - 1);
	ck_assert_int_eq(err_set(NULL, ERR_IO, "unwanted"), -1);
	for (int kind = 0; kind < ERR__N; kind++)
		ck_assert_ptr_nonnull(err_kind_name((enum err_kind)kind));
	ck_assert_str_eq(err_kind_name(ERR_DB_UNCERTAIN), "db_uncertain");
	ck_assert_str_eq(err_kind_name((enum err_kind)999), "unknown");
}
END_TEST

START_TEST(a_path_becomes_a_pointer)
{
	struct arena *a = arena_new(1 << 20);
	struct path lead = path_member(PATH_ROOT, STR("lead"));
	struct path drivers = path_member(&lead, STR("a/b~c"));
	struct path tenth = path_index(&drivers, 10);
	struct path empty = path_member(&tenth, STR(""));
	struct path zero = path_index(PATH_ROOT, 0);

	ck_assert_str(path_pointer(a, PATH_ROOT), "");
	ck_assert_str(path_pointer(a, &lead), "/lead");
	ck_assert_str(path_pointer(a, &tenth), "/lead/a~1b~0c/10");
	ck_assert_str(path_pointer(a, &empty), "/lead/a~1b~0c/10/");
	ck_assert_str(path_pointer(a, &zero), "/0");
	arena_free(&a);
}
END_TEST

START_TEST(faults_are_counted_past_the_list)
{
	struct arena *a = arena_new(1 << 20);
	struct faults *f = arena_new_of(a, struct faults);
	struct path at = path_member(PATH_ROOT, STR("zip"));

	faults_init(f, a);
	for (int i = 0; i < FAULTS_MAX + 5; i++)
		ck_assert_int_eq(fault_add(f, &at, "invalid_field", "fault %d", i), -1);
	ck_assert_uint_eq(f->n, FAULTS_MAX);
	ck_assert_uint_eq(f->more, 5);
	ck_assert_str(f->list[99].pointer, "/zip");
	ck_assert_str_eq(f->list[99].code, "invalid_field");
	ck_assert_str(f->list[99].detail, "fault 99");
	faults_init(f, a);
	ck_assert_int_eq(fault_add(f, NULL, "long", "%0900d", 1), -1);
	ck_assert_uint_eq(f->list[0].detail.n, 511);
	arena_free(&a);
}
END_TEST

static int capture_begin(int *saved)
{
	int fd = memfd_create("log", MFD_CLOEXEC);

	ck_assert_int_ge(fd, 0);
	*saved = dup(STDERR_FILENO);
	ck_assert_int_ge(dup2(fd, STDERR_FILENO), 0);
	return fd;
}

static struct str capture_end(struct arena *a, int fd, int saved)
{
	char *p = arena_alloc(a, 65536);
	ssize_t n = pread(fd, p, 65536, 0);

	dup2(saved, STDERR_FILENO);
	close(saved);
	close(fd);
	ck_assert_int_ge(n, 0);
	return (struct str){ p, (size_t)n };
}

START_TEST(a_line_is_one_json_object)
{
	struct arena *a = arena_new(1 << 20);
	int saved, fd = capture_begin(&saved);
	struct err e;
	struct str out, line;

	errno = ENOSPC;
	log_program("gavel-test");
	log_info("hel\"lo\\", LOG_STR("file", STR("a\tb\x01\xc3\xa9\xff")), LOG_INT("min", INT64_MIN), LOG_INT("n", 0), LOG_END);
	log_debug("not shown", LOG_END);
	err_set(&e, ERR_DB, "it broke");
	log_err("failed", &e);
	log_level_set(LOG_ERROR);
	log_warn("not shown", LOG_END);
	log_level_set(LOG_DEBUG);
	log_debug("shown", LOG_END);
	ck_assert_int_eq(errno, ENOSPC);
	out = capture_end(a, fd, saved);

	ck_assert(str_split(&out, '\n', &line));
	ck_assert(str_starts(line, STR("{\"time\":\"20")));
	ck_assert(str_contains(line, STR("Z\",\"level\":\"info\",\"program\":\"gavel-test\",\"pid\":")));
	ck_assert(str_contains(line,
	    STR(",\"msg\":\"hel\\\"lo\\\\\",\"file\":\"a\\u0009b\\u0001\xc3\xa9?\","
	        "\"min\":-9223372036854775808,\"n\":0}")));
	ck_assert(str_split(&out, '\n', &line));
	ck_assert(str_contains(line, STR("\"level\":\"error\"")));
	ck_assert(str_contains(line, STR("\"msg\":\"failed\",\"kind\":\"db\",\"code\":\"db\",\"error\":\"it broke\",\"file\":\"")));
	ck_assert(str_split(&out, '\n', &line));
	ck_assert(str_contains(line, STR("\"level\":\"debug\"")));
	ck_assert(str_split(&out, '\n', &line));
	ck_assert_uint_eq(line.n, 0);
	ck_assert_ptr_null(out.p);
	arena_free(&a);
}
END_TEST

/* Whatever the lengths, a line stays within 4 KiB and ends as JSON does. */
START_TEST(a_long_line_is_cut_whole)
{
	struct arena *a = arena_new(4 << 20);
	char text[6000];

	for (size_t n = 3900; n < 4100; n++) {
		int saved, fd = capture_begin(&saved);
		struct str out;

		memset(text, '"', sizeof(text));
		memset(text, 'x', n % 7 == 0 ? 0 : n);
		log_error(
		    "m", LOG_STR("long", ((struct str){ text, n })), LOG_INT("after", 12345), LOG_CSTR("last", "text"), LOG_END);
		out = capture_end(a, fd, saved);
		ck_assert_uint_le(out.n, 4096);
		ck_assert_msg(str_contains(out, STR("\"cut\":true}\n")) || str_contains(out, STR("\"last\":\"text\"}\n")), "%.*s",
		    STR_ARG(out));
		ck_assert(str_contains(out, STR("\",")));
		arena_reset(a);
	}
	arena_free(&a);
}
END_TEST

START_TEST(dying_aborts)
{
	log_die("on purpose");
}
END_TEST

TCase *err_cases(void)
{
	TCase *c = tcase_create("err");

	tcase_add_test(c, an_error_says_where);
	return c;
}

TCase *fault_cases(void)
{
	TCase *c = tcase_create("fault");

	tcase_add_test(c, a_path_becomes_a_pointer);
	tcase_add_test(c, faults_are_counted_past_the_list);
	return c;
}

TCase *log_cases(void)
{
	TCase *c = tcase_create("log");

	tcase_add_test(c, a_line_is_one_json_object);
	tcase_add_test(c, a_long_line_is_cut_whole);
	tcase_add_test_raise_signal(c, dying_aborts, SIGABRT);
	return c;
}
