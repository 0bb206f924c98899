#include <stdio.h>
#include <string.h>

#include "lib/wire/json.h"
#include "tests/unit/wire/suites.h"

static struct str written(struct arena *a, const struct value *v)
{
	struct buf b;

	buf_in(&b, a, 1 << 20);
	ck_assert_int_eq(json_write(&b, v), 0);
	return buf_str(&b);
}

/* Read and written again: same order, same spelling. */
static const struct {
	const char *in, *out;
} round_trips[] = {
	{ "{}", "{}" },
	{ " [ ] ", "[]" },
	{ "null", "null" },
	{ "\"\"", "\"\"" },
	{ "{\"b\":1,\"a\":[true,false,null]}", "{\"b\":1,\"a\":[true,false,null]}" },
	{ "4.1", "4.1" },
	{ "12.50", "12.50" },
	{ "-0", "-0" },
	{ "1e1", "1e1" },
	{ "1E+2", "1E+2" },
	{ "9223372036854775807", "9223372036854775807" },
	{ "9223372036854775808", "9223372036854775808" },
	{ "123456789012345678901234567890", "123456789012345678901234567890" },
	{ "0.1000000000000000055511151231257827", "0.1000000000000000055511151231257827" },
	{ "[1,\"2\",-3,{\"4\":5.0},\"\\\"6\",7]", "[1,\"2\",-3,{\"4\":5.0},\"\\\"6\",7]" },
	{ "[\"\\\\\",1]", "[\"\\\\\",1]" },
	{ "{\"1e5\":1e5,\"a-1\":[-1]}", "{\"1e5\":1e5,\"a-1\":[-1]}" },
	{ "\"\\u00e9 \\ud83d\\ude00 \\/ \\t\"", "\"\xc3\xa9 \xf0\x9f\x98\x80 / \\t\"" },
	{ "\"\xd7\xa9\xd7\x9c\xd7\x95\xd7\x9d\"", "\"\xd7\xa9\xd7\x9c\xd7\x95\xd7\x9d\"" },
	{ "\"\\u0001\\u001f\\u007f\"", "\"\\u0001\\u001f\x7f\"" },
	{ "1.7976931348623157e308", "1.7976931348623157e308" },
};

START_TEST(a_document_keeps_order_and_spelling)
{
	struct arena *a = arena_new(1 << 20);
	struct value v;
	struct err e = { 0 };

	ck_assert_msg(json_parse(a, str_of(round_trips[_i].in), JSON_DEPTH_REPLY, &v, &e) == 0, "%s: %s", round_trips[_i].in,
	  e.msg);
	ck_assert_str(written(a, &v), round_trips[_i].out);
	arena_free(&a);
}
END_TEST

#define BAD(literal) { literal, sizeof(literal) - 1 }
static const struct str refused[] = {
	BAD(""), BAD("  "), BAD("{"), BAD("[1,]"), BAD("{\"a\":1,}"), BAD("{a:1}"), BAD("'a'"), BAD("[1] 2"), BAD("{} {}"),
	BAD("{\"a\":1,\"a\":2}"), BAD("{\"a\":{\"b\":1,\"b\":1}}"), BAD("{\"a\":1,\"\\u0061\":2}"),
	BAD("NaN"), BAD("[NaN]"), BAD("Infinity"), BAD("-Infinity"), BAD("1e309"), BAD("-1e309"), BAD("01"), BAD("1."),
	  BAD(".5"), BAD("+1"),
	BAD("0x10"), BAD("1e"), BAD("--1"), BAD("1-2"), BAD("[1 2]"), BAD("tru"), BAD("nul"), BAD("True"),
	BAD("\"\\u0000\""), BAD("{\"\\u0000\":1}"), BAD("\"a\0b\""), BAD("\0"), BAD("{}\0"), BAD("\"\n\""), BAD("\"\\x\""),
	  BAD("\"abc"), BAD("\"abc\\\""),
	BAD("\"\xff\""), BAD("\"\xc0\x80\""), BAD("\"\xed\xa0\x80\""), BAD("\"\\ud800\""), BAD("\"\\udc00\\ud800\""),
	  BAD("\"\xf4\x90\x80\x80\""),
	BAD("\xef\xbb\xbf{}"), BAD("// x\n{}"), BAD("]"), BAD("}"), BAD("[}"), BAD("{\"a\"}"), BAD("{\"a\":}"), BAD("{1:2}"),
};

START_TEST(what_is_not_json_is_malformed)
{
	struct arena *a = arena_new(1 << 20);
	struct value v;
	struct err e = { 0 };

	ck_assert_msg(json_parse(a, refused[_i], JSON_DEPTH_REPLY, &v, &e) == -1, "%.*s", STR_ARG(refused[_i]));
	ck_assert_int_eq(e.kind, ERR_MALFORMED);
	ck_assert_msg(strstr(e.msg, "line ") != NULL, "%s", e.msg);
	arena_free(&a);
}
END_TEST

START_TEST(a_message_never_quotes_the_text)
{
	struct arena *a = arena_new(1 << 20);
	struct value v;
	struct err e = { 0 };

	ck_assert_int_eq(json_parse(a, STR("{\n \"email\": ann@example.com}"), JSON_DEPTH_REQUEST, &v, &e), -1);
	ck_assert_ptr_null(strstr(e.msg, "ann"));
	ck_assert_ptr_null(strstr(e.msg, "email"));
	ck_assert_ptr_nonnull(strstr(e.msg, "line 2"));
	arena_free(&a);
}
END_TEST

static struct str nested(struct arena *a, size_t levels, const char *open, const char *inner, const char *close)
{
	struct buf b;

	buf_in(&b, a, 4 << 20);
	for (size_t i = 0; i < levels; i++)
		buf_add_cstr(&b, open);
	buf_add_cstr(&b, inner);
	for (size_t i = 0; i < levels; i++)
		buf_add_cstr(&b, close);
	return buf_str(&b);
}

static const struct {
	const char *open, *inner, *close;
	size_t levels;
	int depth;
	bool good;
} nestings[] = {
	{ "[", "1", "]", 32, 32, true },
	{ "[", "1", "]", 33, 32, false },
	{ "{\"a\":", "1", "}", 64, 64, true },
	{ "{\"a\":", "1", "}", 65, 64, false },
	{ "[", "", "]", 10000, 64, false },
	{ "[{\"a\":", "1", "}]", 200000, 64, false },
	{ "[", "", "", 1000000, 64, false },
	{ "[", "\"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[\"", "]", 1, 32, true },
	{ "[", "\"\\\"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[\"", "]", 1, 32, true },
};

START_TEST(depth_is_bounded)
{
	struct arena *a = arena_new(16 << 20);
	struct str text = nested(a, nestings[_i].levels, nestings[_i].open, nestings[_i].inner, nestings[_i].close);
	struct value v;
	struct err e = { 0 };

	ck_assert_int_eq(json_parse(a, text, nestings[_i].depth, &v, &e), nestings[_i].good ? 0 : -1);
	if (!nestings[_i].good) {
		ck_assert_int_eq(e.kind, ERR_MALFORMED);
		ck_assert_str_eq(e.code, "too_deep");
	}
	arena_free(&a);
}
END_TEST

START_TEST(values_are_bounded)
{
	struct arena *a = arena_new(16 << 20);
	struct str many = nested(a, 1, "[0", "", "]"), zips;
	struct buf b;
	struct value v;
	struct err e = { 0 };

	ck_assert_int_eq(json_parse(a, many, 32, &v, &e), 0);
	buf_in(&b, a, 1 << 20);
	buf_add_cstr(&b, "[0");
	for (int i = 0; i < 100000; i++)
		buf_add_cstr(&b, ",0");
	buf_add_cstr(&b, "]");
	ck_assert_int_eq(json_parse(a, buf_str(&b), 32, &v, &e), -1);
	ck_assert_int_eq(e.kind, ERR_MALFORMED);
	buf_clear(&b);
	for (int i = 0; i < 40000; i++)
		buf_addf(&b, "%s\"%05d\"", i == 0 ? "[" : ",", i);
	buf_add_cstr(&b, "]");
	zips = buf_str(&b);
	ck_assert_int_eq(json_parse(a, zips, 32, &v, &e), 0);
	ck_assert_uint_eq(v.n, 40000);
	arena_free(&a);
}
END_TEST

START_TEST(a_value_outlives_the_text)
{
	struct arena *a = arena_new(1 << 20);
	char text[] = "{\"name\":\"Ann\",\"n\":12.50}";
	struct value v;

	ck_assert_int_eq(json_parse(a, str_of(text), 32, &v, NULL), 0);
	memset(text, 'x', sizeof(text) - 1);
	ck_assert_str(value_as_text(value_get(&v, STR("name"))), "Ann");
	ck_assert_str(value_as_text(value_get(&v, STR("n"))), "12.50");
	ck_assert_int_eq(json_parse(a, STR("{"), 32, &v, NULL), -1);
	arena_free(&a);
}
END_TEST

TCase *json_read_cases(void)
{
	TCase *tc = tcase_create("json_read");

	tcase_add_loop_test(tc, a_document_keeps_order_and_spelling, 0, N_OF(round_trips));
	tcase_add_loop_test(tc, what_is_not_json_is_malformed, 0, N_OF(refused));
	tcase_add_test(tc, a_message_never_quotes_the_text);
	tcase_add_loop_test(tc, depth_is_bounded, 0, N_OF(nestings));
	tcase_add_test(tc, values_are_bounded);
	tcase_add_test(tc, a_value_outlives_the_text);
	return tc;
}
