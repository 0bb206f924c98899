#include "lib/wire/json.h"
#include "tests/unit/wire/suites.h"

#define QUOTED(literal, want) { { literal, sizeof(literal) - 1 }, want }
static const struct {
	struct str in;
	const char *want;
} quoted[] = {
	QUOTED("", "\"\""),
	QUOTED("plain", "\"plain\""),
	QUOTED("\"<&%+>\\/'", "\"\\\"<&%+>\\\\/'\""),
	QUOTED("a\nb\r\t\b\f", "\"a\\nb\\r\\t\\b\\f\""),
	QUOTED("\0\x01\x1f", "\"\\u0000\\u0001\\u001f\""),
	QUOTED("\xc3\xa9\xf0\x9f\x98\x80\xd7\xa9", "\"\xc3\xa9\xf0\x9f\x98\x80\xd7\xa9\""),
	QUOTED("a\xff" "b", "\"a\xef\xbf\xbd" "b\""),
	QUOTED("\xc3", "\"\xef\xbf\xbd\""),
	QUOTED("\xf0\x9f\x98", "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\""),
	QUOTED("\xed\xa0\x80x", "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbdx\""),
};

START_TEST(a_text_is_quoted)
{
	struct arena *a = arena_new(1 << 16);
	struct buf b;

	buf_in(&b, a, 1000);
	ck_assert_int_eq(json_quote(&b, quoted[_i].in), 0);
	ck_assert_str(buf_str(&b), quoted[_i].want);
	arena_free(&a);
}
END_TEST

START_TEST(a_full_buf_is_told)
{
	struct arena *a = arena_new(1 << 16);
	struct value v = value_text(STR("0123456789"));
	struct buf b;

	buf_in(&b, a, 11);
	ck_assert_int_eq(json_write(&b, &v), -1);
	buf_in(&b, a, 12);
	ck_assert_int_eq(json_write(&b, &v), 0);
	buf_in(&b, a, 12);
	ck_assert_int_eq(json_write_pretty(&b, &v), -1);
	arena_free(&a);
}
END_TEST

START_TEST(people_get_lines)
{
	static const char want[] = "{\n  \"a\": [\n    1,\n    {\n      \"b\": []\n    }\n  ],\n  \"c\": {},\n  \"d\": null\n}\n";
	struct arena *a = arena_new(1 << 16);
	struct value v;
	struct buf b;

	ck_assert_int_eq(json_parse(a, STR("{\"a\":[1,{\"b\":[]}],\"c\":{},\"d\":null}"), 32, &v, NULL), 0);
	buf_in(&b, a, 1000);
	ck_assert_int_eq(json_write_pretty(&b, &v), 0);
	ck_assert_str(buf_str(&b), want);
	arena_free(&a);
}
END_TEST

START_TEST(commas_are_the_writers_business)
{
	static const char want[] = "{\"s\":\"a\\\"\",\"none\":null,\"list\":[1,2,{\"x\":true},[],{}],\"price\":\"12.50\","
	  "\"v\":4.10,\"w\":null,\"raw\":[0],"
	    "\"nil\":null,\"c\":\"t\",\"o\":{\"neg\":-9223372036854775808,\"no\":false}}";
	struct arena *a = arena_new(1 << 16);
	struct value v = value_number(STR("4.10"));
	struct json_out j;
	struct buf b;

	buf_in(&b, a, 1000);
	j = json_out(&b);
	json_open(&j, NULL, '{');
	json_text(&j, "s", STR("a\""));
	json_cstr(&j, "none", NULL);
	json_open(&j, "list", '[');
	json_int(&j, NULL, 1);
	json_int(&j, NULL, 2);
	json_open(&j, NULL, '{');
	json_bool(&j, "x", true);
	json_close(&j, '}');
	json_open(&j, NULL, '[');
	json_close(&j, ']');
	json_open(&j, NULL, '{');
	json_close(&j, '}');
	json_close(&j, ']');
	json_money(&j, "price", 125000);
	json_value(&j, "v", &v);
	json_value(&j, "w", NULL);
	json_raw(&j, "raw", STR("[0]"));
	json_nil(&j, "nil");
	json_cstr(&j, "c", "t");
	json_open(&j, "o", '{');
	json_int(&j, "neg", INT64_MIN);
	json_bool(&j, "no", false);
	json_close(&j, '}');
	json_close(&j, '}');
	ck_assert_str(buf_str(&b), want);
	arena_free(&a);
}
END_TEST

TCase *json_write_cases(void)
{
	TCase *tc = tcase_create("json_write");

	tcase_add_loop_test(tc, a_text_is_quoted, 0, N_OF(quoted));
	tcase_add_test(tc, a_full_buf_is_told);
	tcase_add_test(tc, people_get_lines);
	tcase_add_test(tc, commas_are_the_writers_business);
	return tc;
}
