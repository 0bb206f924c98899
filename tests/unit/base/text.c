#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "lib/base/arena.h"
#include "lib/base/buf.h"
#include "lib/base/http.h"
#include "lib/base/map.h"
#include "tests/unit/base/suites.h"

START_TEST(orders_and_compares)
{
	ck_assert_int_eq(str_cmp(STR("a"), STR("a")), 0);
	ck_assert_int_lt(str_cmp(STR("a"), STR("ab")), 0);
	ck_assert_int_gt(str_cmp(STR("b"), STR("ab")), 0);
	ck_assert_int_gt(str_cmp(STR("\xff"), STR("a")), 0);
	ck_assert_int_lt(str_cmp((struct str){ NULL, 0 }, STR("a")), 0);
	ck_assert(str_eq((struct str){ NULL, 0 }, STR("")));
	ck_assert(str_eq_nocase(STR("Content-TYPE"), STR("content-type")));
	ck_assert(!str_eq_nocase(STR("k"), STR("\xe2\x84\xaa")));
	ck_assert(!str_eq_nocase(STR("@"), STR("`")));
	ck_assert(str_starts(STR("gvk_live_x"), STR("gvk_")));
	ck_assert(!str_starts(STR("gvk"), STR("gvk_")));
	ck_assert(str_starts(STR("x"), STR("")));
	ck_assert(str_contains(STR("abc"), STR("bc")));
	ck_assert(str_contains(STR(""), STR("")));
	ck_assert(!str_contains((struct str){ NULL, 0 }, STR("a")));
	ck_assert(!str_contains(STR("ab"), STR("abc")));
	ck_assert_uint_eq(str_hash(STR("")), UINT64_C(0xcbf29ce484222325));
	ck_assert_uint_eq(str_hash(STR("foobar")), UINT64_C(0x85944171f73967e8));
}
END_TEST

START_TEST(trims_ascii_space_only)
{
	ck_assert_str(str_trim(STR(" \t\r\n\v\f a b \n")), "a b");
	ck_assert_str(str_trim(STR("   ")), "");
	ck_assert_str(str_trim((struct str){ NULL, 0 }), "");
	ck_assert_str(str_trim(STR("\xc2\xa0x")), "\xc2\xa0x");
}
END_TEST

static const struct {
	struct str in;
	const char *parts;
} splits[] = {
	{ STR_INIT("a,,b"), "[a][][b]" },
	{ STR_INIT("a,"), "[a][]" },
	{ STR_INIT(",a"), "[][a]" },
	{ STR_INIT("a"), "[a]" },
	{ STR_INIT(""), "[]" },
	{ { NULL, 0 }, "" },
};

START_TEST(splits_keep_empty_parts)
{
	struct str rest = splits[_i].in, part;
	char seen[64];
	size_t n = 0;

	while (str_split(&rest, ',', &part))
		n += (size_t)snprintf(seen + n, sizeof(seen) - n, "[%.*s]", STR_ARG(part));
	seen[n] = '\0';
	ck_assert_str_eq(seen, splits[_i].parts);
}
END_TEST

static const struct {
	const char *in;
	bool good;
	int64_t out;
} integers[] = {
	{ "0", true, 0 },
	{ "-0", true, 0 },
	{ "007", true, 7 },
	{ "42", true, 42 },
	{ "-42", true, -42 },
	{ "9223372036854775807", true, INT64_MAX },
	{ "-9223372036854775808", true, INT64_MIN },
	{ "9223372036854775808", false, 0 },
	{ "-9223372036854775809", false, 0 },
	{ "92233720368547758070", false, 0 },
	{ "", false, 0 },
	{ "-", false, 0 },
	{ "+1", false, 0 },
	{ " 1", false, 0 },
	{ "1 ", false, 0 },
	{ "1.0", false, 0 },
	{ "0x1", false, 0 },
	{ "--1", false, 0 },
};

START_TEST(reads_whole_integers)
{
	int64_t out = 77;

	ck_assert_msg(str_to_i64(str_of(integers[_i].in), &out) == integers[_i].good, "%s", integers[_i].in);
	ck_assert_int_eq(out, integers[_i].good ? integers[_i].out : 77);
}
END_TEST

static void fill_and_check(struct buf *b)
{
	ck_assert_str(buf_str(b), "");
	ck_assert_int_eq(buf_add_cstr(b, "abc"), 0);
	ck_assert_int_eq(buf_add_str(b, STR("-")), 0);
	ck_assert_int_eq(buf_add(b, NULL, 0), 0);
	ck_assert_int_eq(buf_addf(b, "%0500d", 5), 0);
	ck_assert_uint_eq(b->n, 504);
	ck_assert_int_eq(b->p[504], 0);
	ck_assert_int_eq(buf_add(b, "0123456789", 10), 0);
	ck_assert_int_eq(memcmp(b->p, "abc-00", 6), 0);
	ck_assert_int_eq(memcmp(b->p + 503, "50123456789", 12), 0);
	ck_assert_uint_eq(b->n, 514);

	ck_assert_int_eq(buf_addf(b, "%0487d", 1), -1); /* one more than the limit of 1000 */
	ck_assert(b->overflow);
	ck_assert_uint_eq(b->n, 514);
	ck_assert_int_eq(b->p[514], 0);
	ck_assert_int_eq(buf_add_char(b, 'x'), -1);
	buf_clear(b);
	ck_assert_int_eq(buf_addf(b, "%01000d", 1), 0);
	ck_assert_uint_eq(b->n, 1000);
	ck_assert_int_eq(b->p[1000], 0);
	ck_assert_int_eq(buf_add_char(b, 'x'), -1);
	ck_assert_int_eq(b->p[1000], 0);
}

START_TEST(a_buffer_grows_to_its_limit)
{
	struct arena *a = arena_new(1 << 20);
	struct buf b, none;

	buf_init(&b, 1000);
	fill_and_check(&b);
	buf_free(&b);
	ck_assert_ptr_null(b.p);
	buf_free(&b);
	buf_in(&b, a, 1000);
	fill_and_check(&b);
	buf_free(&b);
	buf_init(&none, 0);
	ck_assert_int_eq(buf_add(&none, "", 0), 0);
	ck_assert_int_eq(buf_add_char(&none, 'x'), -1);
	buf_free(&none);
	arena_free(&a);
}
END_TEST

START_TEST(a_buffer_in_an_arena_moves_when_it_must)
{
	struct arena *a = arena_new(1 << 20);
	struct buf b;

	buf_in(&b, a, SIZE_MAX);
	for (int i = 0; i < 20000; i++) {
		ck_assert_int_eq(buf_add_char(&b, (char)('a' + i % 26)), 0);
		if (i % 1000 == 0)
			memset(arena_alloc(a, 10), 0xff, 10);
	}
	for (int i = 0; i < 20000; i++)
		ck_assert_int_eq(b.p[i], 'a' + i % 26);
	arena_free(&a);
}
END_TEST

START_TEST(a_map_finds_and_keeps_order)
{
	struct arena *a = arena_new(16 << 20);
	struct map *m = map_new(a);
	struct str key;
	void *value, *it = NULL;
	int values[5000], at = 0;

	ck_assert_ptr_null(map_get(m, STR("x")));
	ck_assert_ptr_null(map_next(m, NULL, &key, &value));
	for (int i = 0; i < N_OF(values); i++)
		ck_assert(map_put(m, arena_printf(a, "key-%d", i), &values[i]));
	ck_assert(!map_put(m, STR("key-7"), &values[8]));
	ck_assert_uint_eq(map_count(m), N_OF(values));
	ck_assert_ptr_eq(map_get(m, STR("key-7")), &values[7]);
	ck_assert_ptr_null(map_get(m, STR("key-")));
	ck_assert(map_put(m, STR("key-\0nul"), &values[0]));
	ck_assert_ptr_eq(map_get(m, STR("key-\0nul")), &values[0]);
	ck_assert(map_put(m, (struct str){ NULL, 0 }, &values[1]));
	ck_assert_ptr_eq(map_get(m, STR("")), &values[1]);
	while (at < N_OF(values) && (it = map_next(m, it, &key, &value)) != NULL)
		ck_assert_ptr_eq(value, &values[at++]);
	ck_assert_int_eq(at, N_OF(values));
	arena_free(&a);
}
END_TEST

START_TEST(a_header_is_found_in_any_case)
{
	struct http_header list[] = {
		{ STR_INIT("Content-Type"), STR_INIT("text/xml") },
		{ STR_INIT("X-A"), STR_INIT("1") },
		{ STR_INIT("x-a"), STR_INIT("2") },
	};
	struct http_headers h = { list, 3 };

	ck_assert_str(*http_header_find(&h, STR("content-type")), "text/xml");
	ck_assert_str(*http_header_find(&h, STR("X-a")), "1");
	ck_assert_ptr_null(http_header_find(&h, STR("X-")));
	h.n = 0;
	ck_assert_ptr_null(http_header_find(&h, STR("X-A")));
}
END_TEST

TCase *str_cases(void)
{
	TCase *c = tcase_create("str");

	tcase_add_test(c, orders_and_compares);
	tcase_add_test(c, trims_ascii_space_only);
	tcase_add_loop_test(c, splits_keep_empty_parts, 0, N_OF(splits));
	tcase_add_loop_test(c, reads_whole_integers, 0, N_OF(integers));
	return c;
}

START_TEST(a_file_is_added_whole_or_said_not_to_be)
{
	char path[] = "/tmp/gavel-buf-XXXXXX", bytes[20000];
	int fd = mkstemp(path);
	struct buf b;

	ck_assert_int_ge(fd, 0);
	memset(bytes, 'x', sizeof(bytes));
	bytes[9000] = '\0';
	ck_assert_int_eq(write(fd, bytes, sizeof(bytes)), sizeof(bytes));
	close(fd);
	buf_init(&b, 3 * sizeof(bytes));
	buf_add_cstr(&b, "ab");
	ck_assert_int_eq(buf_add_file(&b, path), 0);
	ck_assert_uint_eq(b.n, sizeof(bytes) + 2);
	ck_assert_mem_eq(b.p + 2, bytes, sizeof(bytes));
	buf_free(&b);
	buf_init(&b, sizeof(bytes) - 1);
	ck_assert_int_eq(buf_add_file(&b, path), -1);
	ck_assert(b.overflow);
	buf_free(&b);
	unlink(path);
	buf_init(&b, 100);
	ck_assert_int_eq(buf_add_file(&b, path), -1);
	ck_assert_int_eq(buf_add_file(&b, "/tmp"), -1);
	ck_assert_uint_eq(b.n, 0);
	ck_assert(!b.overflow);
	buf_free(&b);
}
END_TEST

TCase *buf_cases(void)
{
	TCase *c = tcase_create("buf");

	tcase_add_test(c, a_buffer_grows_to_its_limit);
	tcase_add_test(c, a_buffer_in_an_arena_moves_when_it_must);
	tcase_add_test(c, a_file_is_added_whole_or_said_not_to_be);
	return c;
}

TCase *map_cases(void)
{
	TCase *c = tcase_create("map");

	tcase_add_test(c, a_map_finds_and_keeps_order);
	return c;
}

TCase *http_cases(void)
{
	TCase *c = tcase_create("http");

	tcase_add_test(c, a_header_is_found_in_any_case);
	return c;
}
