#include "lib/wire/csv.h"

#include "lib/wire/json.h"
#include "tests/unit/wire/suites.h"

/* want: the value as JSON, or a part of the message. */
static const struct {
	const char *text, *want;
} cases[] = {
	{ "a,b\n1,2\n", "[{\"a\":\"1\",\"b\":\"2\"}]" },
	{ "a,b\r\n1,2\r\n3,\r\n", "[{\"a\":\"1\",\"b\":\"2\"},{\"a\":\"3\",\"b\":\"\"}]" },
	{ "\xef\xbb\xbf" "a\n1", "[{\"a\":\"1\"}]" },
	{ " a , b \n1,2", "[{\"a\":\"1\",\"b\":\"2\"}]" },
	{ "a,b\n\n1,2\n\n\n", "[{\"a\":\"1\",\"b\":\"2\"}]" },
	{ "a,b\n\"x,y\",\"say \"\"hi\"\"\"\n", "[{\"a\":\"x,y\",\"b\":\"say \\\"hi\\\"\"}]" },
	{ "a,b\r\n\"1\n2\",\"\"\r\n", "[{\"a\":\"1\\n2\",\"b\":\"\"}]" },
	{ "a\n\"\"\"\"\n", "[{\"a\":\"\\\"\"}]" },
	{ "a,b\n", "[]" },
	{ "", "[]" },
	{ "a,b\n1\n", "line 2: has more or fewer" },
	{ "a,b\n1,2,3\n", "line 2: has more or fewer" },
	{ "a,b\n1,2\n\n,\n,,\n", "line 5: has more or fewer" },
	{ "a\n\"1\n2\n", "line 2: a quote is not closed" },
	{ "a\n\"1\n2\"\n\"", "line 4: a quote is not closed" },
	{ "a\n\"1\"2\n", "line 2: something stands behind" },
	{ "a\n1\"2\n", "line 2: a quote stands inside" },
	{ "a,\n1,2\n", "line 1: a column has no name" },
	{ "a,b,a\n1,2,3\n", "line 1: two columns have one name" },
	{ "a\n1\n2\n3\n4\n", "more than 3 rows" },
	{ "a\n\xff\n", "not UTF-8" },
};

START_TEST(rows_are_objects)
{
	struct arena *a = arena_new(1 << 20);
	struct value v;
	struct buf b;
	struct err e = { 0 };

	buf_in(&b, a, 65536);
	if (csv_to_value(a, str_of(cases[_i].text), 3, &v, &e) != 0)
		buf_add_cstr(&b, e.msg);
	else
		json_write(&b, &v);
	ck_assert_msg(str_contains(buf_str(&b), str_of(cases[_i].want)), "\"%s\" gave %.*s", cases[_i].text, STR_ARG(buf_str(&b)));
	arena_free(&a);
}
END_TEST

static const struct {
	const char *text, *want;
} cells[] = {
	{ "", "" },
	{ "plain", "plain" },
	{ "two words", "two words" },
	{ "a,b", "\"a,b\"" },
	{ "say \"hi\"", "\"say \"\"hi\"\"\"" },
	{ "1\n2", "\"1\n2\"" },
	{ "1\r", "\"1\r\"" },
	{ " a", "\" a\"" },
	{ "a ", "\"a \"" },
	{ "=1+1", "\"'=1+1\"" },
	{ "+1", "\"'+1\"" },
	{ "-1", "\"'-1\"" },
	{ "@a", "\"'@a\"" },
	{ "\t=1", "\"'\t=1\"" },
	{ "a=1", "a=1" },
};

START_TEST(a_cell_is_read_as_it_was_and_never_run)
{
	struct arena *a = arena_new(1 << 20);
	struct buf b;

	buf_in(&b, a, 1024);
	csv_cell(&b, str_of(cells[_i].text));
	ck_assert_msg(str_is(buf_str(&b), cells[_i].want), "\"%s\" gave %.*s", cells[_i].text, STR_ARG(buf_str(&b)));
	arena_free(&a);
}
END_TEST

START_TEST(columns_are_bounded)
{
	struct arena *a = arena_new(1 << 20);
	struct value v;
	struct buf b;
	struct err e = { 0 };

	buf_in(&b, a, 65536);
	for (int i = 0; i <= CSV_COLUMNS_MAX; i++)
		buf_addf(&b, "%sc%d", i > 0 ? "," : "", i);
	ck_assert_int_eq(csv_to_value(a, buf_str(&b), 3, &v, &e), -1);
	ck_assert_ptr_nonnull(strstr(e.msg, "too many columns"));
	arena_free(&a);
}
END_TEST

/* Spreadsheets put every field in quotes: memory is that of the text, however many there are. */
START_TEST(quoted_fields_take_their_own_length)
{
	enum { ROWS = 4000 };
	struct arena *a = arena_new(8 << 20);
	struct value v;
	struct buf b;
	struct err e = { 0 };

	buf_in(&b, a, 1 << 20);
	buf_add_cstr(&b, "\"channel\",\"date\",\"amount\",\"clicks\"\n");
	for (int i = 0; i < ROWS; i++)
		buf_addf(&b, "\"fb-auto\",\"2026-11-%02d\",\"%d.00\",\"%d\"\n", i % 28 + 1, i, i);
	ck_assert_msg(csv_to_value(a, buf_str(&b), ROWS, &v, &e) == 0, "%s", e.msg);
	ck_assert_uint_eq(v.n, ROWS);
	ck_assert(str_is(value_get_text(&v.items[ROWS - 1], STR("amount"), STR("")), "3999.00"));
	arena_free(&a);
}
END_TEST

TCase *csv_cases(void)
{
	TCase *tc = tcase_create("csv");

	tcase_add_loop_test(tc, rows_are_objects, 0, N_OF(cases));
	tcase_add_loop_test(tc, a_cell_is_read_as_it_was_and_never_run, 0, N_OF(cells));
	tcase_add_test(tc, columns_are_bounded);
	tcase_add_test(tc, quoted_fields_take_their_own_length);
	return tc;
}
