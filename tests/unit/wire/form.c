#include "lib/wire/form.h"
#include "lib/wire/json.h"
#include "tests/unit/wire/suites.h"

#define TEXT(literal) { literal, sizeof(literal) - 1 }

/* Pairs as "name=value|name=value". */
static const struct {
	struct str in;
	const char *pairs; /* NULL: malformed */
} forms[] = {
	{ TEXT(""), "" },
	{ TEXT("&&"), "" },
	{ TEXT("a=1&b=2&a=3"), "a=1|b=2|a=3" },
	{ TEXT("a"), "a=" },
	{ TEXT("=x"), "=x" },
	{ TEXT("a=b=c"), "a=b=c" },
	{ TEXT("a+b=c+d%2B%20"), "a b=c d+ " },
	{ TEXT("a=%41%zz%4"), "a=A%zz%4" },
	{ TEXT("a=%"), "a=%" },
	{ TEXT("a=%E2%82%AC%f0%9f%98%80"), "a=\xe2\x82\xac\xf0\x9f\x98\x80" },
	{ TEXT("a=%26%3D%0A"), "a=&=\n" },
	{ TEXT("a=%FF"), "a=\xef\xbf\xbd" },
	{ TEXT("\xc3\xa9=\xc3"), "\xc3\xa9=\xef\xbf\xbd" },
	{ TEXT("a=%00"), NULL },
	{ TEXT("a\0=1"), NULL },
};

START_TEST(pairs_come_in_order)
{
	struct arena *a = arena_new(1 << 20);
	struct err e = { 0 };
	struct form f;
	struct buf b;
	int bad = form_parse(a, forms[_i].in, &f, &e);

	ck_assert_int_eq(bad, forms[_i].pairs != NULL ? 0 : -1);
	if (bad != 0) {
		ck_assert_int_eq(e.kind, ERR_MALFORMED);
	} else {
		buf_in(&b, a, 1000);
		for (size_t i = 0; i < f.n; i++)
			buf_addf(&b, "%s%.*s=%.*s", i > 0 ? "|" : "", STR_ARG(f.pairs[i].name), STR_ARG(f.pairs[i].value));
		ck_assert_str(buf_str(&b), forms[_i].pairs);
		ck_assert_int_eq(f.repaired, strstr(forms[_i].pairs, "\xef\xbf\xbd") != NULL);
	}
	arena_free(&a);
}
END_TEST

START_TEST(pairs_are_bounded)
{
	struct arena *a = arena_new(1 << 22);
	struct err e = { 0 };
	struct form f;
	struct buf b;

	buf_in(&b, a, 1 << 20);
	for (int i = 0; i < FORM_PAIRS_MAX; i++)
		buf_add_cstr(&b, "a=1&");
	ck_assert_int_eq(form_parse(a, buf_str(&b), &f, &e), 0);
	ck_assert_uint_eq(f.n, FORM_PAIRS_MAX);
	buf_add_cstr(&b, "a");
	ck_assert_int_eq(form_parse(a, buf_str(&b), &f, &e), -1);
	ck_assert_int_eq(e.kind, ERR_MALFORMED);
	arena_free(&a);
}
END_TEST

START_TEST(the_first_of_a_name_is_got)
{
	struct arena *a = arena_new(1 << 20);
	struct form f;

	ck_assert_int_eq(form_parse(a, STR("x=0&a=1&a=2&e="), &f, NULL), 0);
	ck_assert_str(*form_get(&f, STR("a")), "1");
	ck_assert_str(*form_get(&f, STR("e")), "");
	ck_assert_ptr_null(form_get(&f, STR("A")));
	arena_free(&a);
}
END_TEST

static const struct {
	const char *in, *json; /* json NULL: malformed */
} trees[] = {
	{ "", "{}" },
	{ "campaign=auto&lead.zip=90210&lead.drivers.0.gender=F&lead.drivers.1.gender=M",
	  "{\"campaign\":\"auto\",\"lead\":{\"zip\":\"90210\",\"drivers\":[{\"gender\":\"F\"},{\"gender\":\"M\"}]}}" },
	{ "l.1=b&l.0=a&l.2=c", "{\"l\":[\"a\",\"b\",\"c\"]}" },
	{ "l.0.0=a&l.0.1=b&l.1.0=c", "{\"l\":[[\"a\",\"b\"],[\"c\"]]}" },
	{ "z=1&a=2&m=3", "{\"z\":\"1\",\"a\":\"2\",\"m\":\"3\"}" },
	{ "a.00=1", "{\"a\":{\"00\":\"1\"}}" },
	{ "a.-1=1", "{\"a\":{\"-1\":\"1\"}}" },
	{ "a.b.c.d.e.f.g.h=1", "{\"a\":{\"b\":{\"c\":{\"d\":{\"e\":{\"f\":{\"g\":{\"h\":\"1\"}}}}}}}}" },
	{ "a.b.c.d.e.f.g.h.i=1", NULL },
	{ "a=1&a=2", NULL },
	{ "a=1&a.b=2", NULL },
	{ "a.b=2&a=1", NULL },
	{ "l.1=a", NULL },
	{ "l.0=a&l.2=b", NULL },
	{ "l.0=a&l.x=b", NULL },
	{ "l.x=a&l.0=b", NULL },
	{ "0=a", NULL },
	{ "=a", NULL },
	{ ".a=1", NULL },
	{ "a.=1", NULL },
	{ "a..b=1", NULL },
	{ "l.99999999999999999999=a", "{\"l\":{\"99999999999999999999\":\"a\"}}" },
	{ "l.4294967296=a", NULL },
};

START_TEST(dotted_names_make_a_tree)
{
	struct arena *a = arena_new(1 << 20);
	struct err e = { 0 };
	struct value v;
	struct form f;
	struct buf b;
	int bad;

	ck_assert_int_eq(form_parse(a, str_of(trees[_i].in), &f, &e), 0);
	bad = form_to_value(a, &f, &v, &e);
	ck_assert_msg(bad == (trees[_i].json != NULL ? 0 : -1), "%s", trees[_i].in);
	if (bad != 0) {
		ck_assert_int_eq(e.kind, ERR_MALFORMED);
	} else {
		buf_in(&b, a, 1000);
		json_write(&b, &v);
		ck_assert_str(buf_str(&b), trees[_i].json);
	}
	arena_free(&a);
}
END_TEST

static const struct {
	struct str in;
	const char *percent, *form;
} encodings[] = {
	{ TEXT(""), "", "" },
	{ TEXT("AZaz09"), "AZaz09", "AZaz09" },
	{ TEXT("-_.~*"), "-_.~%2A", "-_.%7E*" },
	{ TEXT("a b"), "a%20b", "a+b" },
	{ TEXT("\"<&%+>/?#=;"), "%22%3C%26%25%2B%3E%2F%3F%23%3D%3B", "%22%3C%26%25%2B%3E%2F%3F%23%3D%3B" },
	{ TEXT("\r\n\0"), "%0D%0A%00", "%0D%0A%00" },
	{ TEXT("\xf0\x9f\x98\x80\xd7\xa9"), "%F0%9F%98%80%D7%A9", "%F0%9F%98%80%D7%A9" },
};

START_TEST(bytes_are_encoded)
{
	struct arena *a = arena_new(1 << 16);
	struct buf b;

	buf_in(&b, a, 100);
	ck_assert_int_eq(form_percent(&b, encodings[_i].in), 0);
	ck_assert_str(buf_str(&b), encodings[_i].percent);
	buf_clear(&b);
	ck_assert_int_eq(form_encode(&b, encodings[_i].in), 0);
	ck_assert_str(buf_str(&b), encodings[_i].form);
	buf_in(&b, a, 2);
	ck_assert_int_eq(form_percent(&b, STR("a b")), -1);
	arena_free(&a);
}
END_TEST

TCase *form_cases(void)
{
	TCase *tc = tcase_create("form");

	tcase_add_loop_test(tc, pairs_come_in_order, 0, N_OF(forms));
	tcase_add_test(tc, pairs_are_bounded);
	tcase_add_test(tc, the_first_of_a_name_is_got);
	tcase_add_loop_test(tc, dotted_names_make_a_tree, 0, N_OF(trees));
	tcase_add_loop_test(tc, bytes_are_encoded, 0, N_OF(encodings));
	return tc;
}
