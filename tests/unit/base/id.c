#include <stdint.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/base/arena.h"
#include "lib/base/id.h"
#include "tests/unit/base/suites.h"

static const int64_t US = 1000000;

START_TEST(ids_sort_and_say_their_time)
{
	int64_t now = INT64_C(1795435260123456);
	struct id last = id_new(now), id;

	ck_assert_int_eq(id_ms(last), now / 1000);
	for (int i = 0; i < 100000; i++) {
		id = id_new(now + (i % 3 - 1) * 400);
		must(memcmp(id.b, last.b, sizeof(id.b)) > 0, "not after the last");
		must(id.b[6] >> 4 == 7 && id.b[8] >> 6 == 2, "not a version 7");
		last = id;
	}
	ck_assert_int_eq(id_ms(last), now / 1000);
	id = id_new(now - 86400 * US);
	ck_assert_int_eq(id_ms(id), now / 1000 - 86400 * 1000);
	ck_assert(!id_is_zero(id));
	ck_assert(id_is_zero((struct id){ { 0 } }));
	ck_assert(id_eq(id, id));
	ck_assert(!id_eq(id, last));
}
END_TEST

START_TEST(a_forked_child_makes_other_ids)
{
	int pipes[2];
	struct id parent, child;
	pid_t pid;

	id_new(0);
	ck_assert_int_eq(pipe(pipes), 0);
	pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		child = id_new(0);
		_exit(write(pipes[1], &child, sizeof(child)) == sizeof(child) ? 0 : 1);
	}
	parent = id_new(0);
	ck_assert_int_eq(read(pipes[0], &child, sizeof(child)), sizeof(child));
	waitpid(pid, NULL, 0);
	ck_assert(!id_eq(parent, child));
}
END_TEST

START_TEST(ids_go_through_text)
{
	static const char *const bad[] = { "", "png_", "png_01JD0000000000000000000000X", "png_01JD000000000000000000000",
		"led_01JD0000000000000000000000", "png-01JD0000000000000000000000", "png_01JD000000000000000000000I",
		"png_01JD000000000000000000000L", "png_01JD000000000000000000000O", "png_01JD000000000000000000000U",
		"png_81JD0000000000000000000000", "PNG_01JD0000000000000000000000", "png_01JD00000000000000000000 0" };
	struct arena *a = arena_new(1 << 20);
	struct id id = { { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff } }, back;

	ck_assert_str(id_text(a, "png", id), "png_7ZZZZZZZZZZZZZZZZZZZZZZZZZ");
	ck_assert_str(id_text(a, "led", (struct id){ { 0 } }), "led_00000000000000000000000000");
	for (int i = 0; i < 1000; i++) {
		struct str s;

		id = id_new(INT64_C(1795435260123456) + i * US * 1000);
		s = id_text(a, "sal", id);
		ck_assert(id_parse("sal", s, &back) && id_eq(id, back));
		for (size_t at = 4; at < s.n; at++)
			if (s.p[at] >= 'A')
				((char *)(uintptr_t)s.p)[at] = (char)(s.p[at] + 32);
		ck_assert(id_parse("sal", s, &back) && id_eq(id, back));
	}
	for (int i = 0; i < N_OF(bad); i++)
		ck_assert_msg(!id_parse("png", str_of(bad[i]), &back), "%s", bad[i]);
	ck_assert(!id_parse("png", STR("png_01JD00000000000000000000\0\0"), &back));
	ck_assert(id_parse("png", STR("png_01JD0000000000000000000000"), &back));
	arena_free(&a);
}
END_TEST

TCase *id_cases(void)
{
	TCase *c = tcase_create("id");

	tcase_add_test(c, ids_sort_and_say_their_time);
	tcase_add_test(c, a_forked_child_makes_other_ids);
	tcase_add_test(c, ids_go_through_text);
	return c;
}
