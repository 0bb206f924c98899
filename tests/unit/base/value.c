#include <math.h>

#include "lib/base/arena.h"
#include "lib/base/value.h"
#include "tests/unit/base/suites.h"

/* { "a": { "b/c": [1, "two", { "x~y": true }], "": 5 }, "n": null, "s": "text" } */
static struct value sample(struct arena *a)
{
	struct member *deep = arena_array_of(a, 1, struct member), *inner = arena_array_of(a, 2, struct member);
	struct member *top = arena_array_of(a, 3, struct member);
	struct value *list = arena_array_of(a, 3, struct value);

	deep[0] = (struct member){ STR("x~y"), value_bool(true) };
	list[0] = value_int(a, 1);
	list[1] = value_text(STR("two"));
	list[2] = value_object(deep, 1);
	inner[0] = (struct member){ STR("b/c"), value_list(list, 3) };
	inner[1] = (struct member){ STR(""), value_number(STR("5")) };
	top[0] = (struct member){ STR("a"), value_object(inner, 2) };
	top[1] = (struct member){ STR("n"), { .type = VALUE_NULL } };
	top[2] = (struct member){ STR("s"), value_text(STR("text")) };
	return value_object(top, 3);
}

static const struct {
	const char *pointer, *text; /* text NULL: leads nowhere */
} pointers[] = {
	{ "/s", "text" },
	{ "/n", "" },
	{ "/a/b~1c/0", "1" },
	{ "/a/b~1c/1", "two" },
	{ "/a/b~1c/2/x~0y", "true" },
	{ "/a/", "5" },
	{ "/a/b~1c/3", NULL },
	{ "/a/b~1c/01", NULL },
	{ "/a/b~1c/-", NULL },
	{ "/a/b~1c/-0", NULL },
	{ "/a/b~1c/", NULL },
	{ "/a/b~1c/99999999999999999999", NULL },
	{ "/a/b~2c", NULL },
	{ "/a/b~", NULL },
	{ "/a/b/c", NULL },
	{ "/s/x", NULL },
	{ "/n/x", NULL },
	{ "s", NULL },
	{ "/", NULL },
	{ "//", NULL },
};

START_TEST(a_pointer_leads)
{
	struct arena *a = arena_new(1 << 20);
	struct value v = sample(a);
	const struct value *found = value_pointer(&v, str_of(pointers[_i].pointer));

	ck_assert_msg((found != NULL) == (pointers[_i].text != NULL), "%s", pointers[_i].pointer);
	if (found != NULL)
		ck_assert_str(value_as_text(found), pointers[_i].text);
	ck_assert_ptr_eq(value_pointer(&v, STR("")), &v);
	arena_free(&a);
}
END_TEST

START_TEST(members_are_found)
{
	struct arena *a = arena_new(1 << 20);
	struct value v = sample(a);

	ck_assert_str(value_as_text(value_at(&v, STR("a.b/c.1"))), "two");
	ck_assert_str(value_as_text(value_at(&v, STR("s"))), "text");
	ck_assert_ptr_null(value_at(&v, STR("a.b/c.x")));
	ck_assert_ptr_null(value_at(&v, STR("a.b/c.3")));
	ck_assert_ptr_null(value_at(&v, STR("s.x")));
	ck_assert_ptr_null(value_at(NULL, STR("s")));
	ck_assert_ptr_null(value_get(NULL, STR("s")));
	ck_assert_ptr_null(value_get(value_get(&v, STR("s")), STR("s")));
	ck_assert_str(value_get_text(&v, STR("s"), STR("other")), "text");
	ck_assert_str(value_get_text(&v, STR("a"), STR("other")), "other");
	ck_assert_str(value_get_text(&v, STR("zz"), STR("other")), "other");
	ck_assert_str(value_as_text(NULL), "");
	ck_assert_str(value_as_text(&v), "");
	ck_assert_str_eq(value_type_name(v.type), "object");
	arena_free(&a);
}
END_TEST

static const struct {
	const char *spelling;
	bool number; /* a JSON number, else a text */
	bool is_double, is_int;
	double real;
	int64_t whole;
} numbers[] = {
	{ "12", true, true, true, 12, 12 },
	{ "12.0", true, true, true, 12, 12 },
	{ "1.2e1", true, true, true, 12, 12 },
	{ "120E-1", true, true, true, 12, 12 },
	{ "-0", true, true, true, 0, 0 },
	{ "0.5", true, true, false, 0.5, 0 },
	{ "1e-2", true, true, false, 0.01, 0 },
	{ "1e18", true, true, true, 1e18, INT64_C(1000000000000000000) },
	{ "1e19", true, true, false, 1e19, 0 },
	{ "1e400", true, false, false, 0, 0 },
	{ "0e999999999", true, true, true, 0, 0 },
	{ "9223372036854775807", true, true, true, 9223372036854775807.0, INT64_MAX },
	{ "9223372036854775808", true, true, false, 9223372036854775808.0, 0 },
	{ "70", false, true, true, 70, 70 },
	{ "-7.50", false, true, false, -7.5, 0 },
	{ "007", false, true, true, 7, 7 },
	{ "1e3", false, true, true, 1000, 1000 },
	{ "", false, false, false, 0, 0 },
	{ " 7", false, false, false, 0, 0 },
	{ "7 ", false, false, false, 0, 0 },
	{ "7.", false, false, false, 0, 0 },
	{ ".7", false, false, false, 0, 0 },
	{ "+7", false, false, false, 0, 0 },
	{ "0x10", false, false, false, 0, 0 },
	{ "nan", false, false, false, 0, 0 },
	{ "inf", false, false, false, 0, 0 },
	{ "1,000", false, false, false, 0, 0 },
};

START_TEST(numbers_are_read)
{
	struct str s = str_of(numbers[_i].spelling);
	struct value v = numbers[_i].number ? value_number(s) : value_text(s);
	double real = 0;
	int64_t whole = 0;

	ck_assert_msg(value_as_number(&v, &real) == numbers[_i].is_double, "%s", s.p);
	ck_assert_msg(value_as_int(&v, &whole) == numbers[_i].is_int, "%s", s.p);
	if (numbers[_i].is_double)
		ck_assert_double_eq(real, numbers[_i].real);
	if (numbers[_i].is_int)
		ck_assert_int_eq(whole, numbers[_i].whole);
}
END_TEST

START_TEST(only_numbers_and_texts_are_numbers)
{
	struct value b = value_bool(true), l = value_list(NULL, 0);
	double real;
	int64_t whole;

	ck_assert(!value_as_number(&b, &real));
	ck_assert(!value_as_int(&b, &whole));
	ck_assert(!value_as_number(&l, &real));
	ck_assert(!value_as_number(NULL, &real));
}
END_TEST

START_TEST(a_copy_is_equal_and_its_own)
{
	struct arena *a = arena_new(1 << 20), *b = arena_new(1 << 20);
	struct value v = sample(a), copy = value_copy(b, &v), other = sample(a);
	struct member turned[3];

	ck_assert(value_eq(&v, &copy));
	ck_assert_ptr_ne(value_get(&v, STR("s"))->text.p, value_get(&copy, STR("s"))->text.p);
	for (int i = 0; i < 3; i++)
		turned[i] = other.members[2 - i];
	other.members = turned;
	ck_assert(value_eq(&v, &other));
	turned[0].value = value_text(STR("texts"));
	ck_assert(!value_eq(&v, &other));
	arena_free(&a);
	ck_assert_str(value_as_text(value_pointer(&copy, STR("/a/b~1c/1"))), "two");
	arena_free(&b);
}
END_TEST

START_TEST(equality_minds_the_type)
{
	struct value one = value_number(STR("1")), one_too = value_number(STR("1.0")), two = value_number(STR("2"));
	struct value text = value_text(STR("1")), yes = value_bool(true), no = value_bool(false), null = { .type = VALUE_NULL };
	struct value empty = value_list(NULL, 0), object = value_object(NULL, 0);

	ck_assert(value_eq(&one, &one_too));
	ck_assert(!value_eq(&one, &two));
	ck_assert(!value_eq(&one, &text));
	ck_assert(!value_eq(&yes, &no));
	ck_assert(value_eq(&null, &null));
	ck_assert(!value_eq(&empty, &object));
	ck_assert(value_eq(&empty, &empty));
}
END_TEST

TCase *value_cases(void)
{
	TCase *c = tcase_create("value");

	tcase_add_loop_test(c, a_pointer_leads, 0, N_OF(pointers));
	tcase_add_test(c, members_are_found);
	tcase_add_loop_test(c, numbers_are_read, 0, N_OF(numbers));
	tcase_add_test(c, only_numbers_and_texts_are_numbers);
	tcase_add_test(c, a_copy_is_equal_and_its_own);
	tcase_add_test(c, equality_minds_the_type);
	return c;
}
