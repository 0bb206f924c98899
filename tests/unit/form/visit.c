/* What travels in a page: whole when it comes back, refused when anything of it was changed. */
#include "tests/unit/form/suites.h"

#define NOW INT64_C(1795822718000000)
#define HOUR INT64_C(3600000000)

static struct arena *arena;
static struct keyring keys, other_keys;

static void setup(void)
{
	struct err e;

	arena = arena_new((size_t)1 << 28);
	ck_assert_int_eq(keyring_load(STR("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"), &keys, &e), 0);
	ck_assert_int_eq(keyring_load(STR("100102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"), &other_keys, &e), 0);
}

static void teardown(void)
{
	arena_free(&arena);
}

static struct visit begun(void)
{
	struct visit v;

	visit_begin(NOW, &v);
	v.shown_s = NOW / 1000000;
	v.step = 2;
	v.values = form_doc(arena, "{'zip':'90210','drivers.0.name':'\xc3\x84nn \\u0022<&'}");
	v.counts = form_doc(arena, "{'drivers':2}");
	v.source = form_doc(arena, "{'sub1':'x'}");
	v.page_url = STR("https://www.example.com/quote");
	v.consent = STR("00ff");
	v.embedded = true;
	return v;
}

static struct str sealed(const struct visit *v, const char *form)
{
	struct str text;
	struct err e;

	ck_assert_int_eq(visit_sign(arena, &keys, str_of(form), v, &text, &e), 0);
	return text;
}

START_TEST(comes_back_whole)
{
	struct visit v = begun(), back;
	struct str text = sealed(&v, "f");

	ck_assert_int_eq(visit_read(arena, &keys, STR("f"), text, NOW, &back), VISIT_GOOD);
	ck_assert(id_eq(back.serial, v.serial) && back.began_s == v.began_s && back.shown_s == v.shown_s && back.step == 2 && back.embedded);
	ck_assert(value_eq(&back.values, &v.values) && value_eq(&back.counts, &v.counts) && value_eq(&back.source, &v.source));
	ck_assert(str_eq(back.page_url, v.page_url) && str_eq(back.consent, v.consent));
	for (size_t i = 0; i < text.n; i++)
		ck_assert_msg(strchr("\"'<>&", text.p[i]) == NULL, "nothing that HTML would have to escape");
}
END_TEST

static const struct {
	int64_t later;
	enum visit_check want;
} ages[] = {
	{ 0, VISIT_GOOD }, { 2 * HOUR, VISIT_GOOD }, { 2 * HOUR + 1000000, VISIT_OLD }, { 1000 * HOUR, VISIT_OLD }, { -60000000, VISIT_GOOD },
	{ -61000000, VISIT_OLD },
};

START_TEST(grows_old)
{
	struct visit v = begun(), back;

	ck_assert_int_eq(visit_read(arena, &keys, STR("f"), sealed(&v, "f"), NOW + ages[_i].later, &back), ages[_i].want);
	ck_assert(value_eq(&back.values, &v.values));
}
END_TEST

START_TEST(is_for_one_form_and_one_key)
{
	struct visit v = begun(), back;
	struct str text = sealed(&v, "f");

	ck_assert_int_eq(visit_read(arena, &keys, STR("g"), text, NOW, &back), VISIT_FORGED);
	ck_assert_int_eq(visit_read(arena, &keys, STR(""), text, NOW, &back), VISIT_FORGED);
	ck_assert_int_eq(visit_read(arena, &other_keys, STR("f"), text, NOW, &back), VISIT_FORGED);
	ck_assert_int_eq(visit_read(arena, &keys, STR("f"), visit_seal_text(arena, &keys, "state", STR("f"), text), NOW, &back), VISIT_FORGED);
	ck_assert(!str_eq(visit_seal_text(arena, &keys, "state", STR("f"), text), visit_seal_text(arena, &keys, "next", STR("f"), text)));
}
END_TEST

START_TEST(any_change_is_seen)
{
	struct visit v = begun(), back;
	struct str text = sealed(&v, "f");

	for (size_t i = 0; i < text.n; i++) {
		char *bent = arena_copy(arena, text.p, text.n);

		bent[i] = bent[i] == 'A' ? 'B' : 'A';
		ck_assert_msg(visit_read(arena, &keys, STR("f"), (struct str){ bent, text.n }, NOW, &back) == VISIT_FORGED, "byte %zu", i);
		ck_assert_msg(visit_read(arena, &keys, STR("f"), (struct str){ text.p, i }, NOW, &back) == VISIT_FORGED, "cut at %zu", i);
	}
}
END_TEST

/* What we signed ourselves may still be of another version: it is read as far as it goes. */
START_TEST(odd_members_are_as_none)
{
	static const char *const odd[] = { "{}", "[]", "1", "{'step':-1}", "{'step':1e300}", "{'values':[],'counts':1,'source':null,'serial':'x','shown':'y'}" };

	for (int i = 0; i < N_OF(odd); i++) {
		struct str json = arena_printf(arena, "%s", odd[i]), body;
		char *p = arena_copy(arena, json.p, json.n);
		struct visit back;

		for (size_t k = 0; k < json.n; k++)
			if (p[k] == '\'')
				p[k] = '"';
		body = crypt_base64(arena, (struct str){ p, json.n });
		ck_assert_int_eq(visit_read(arena, &keys, STR("f"),
		    arena_printf(arena, "%.*s.%.*s", STR_ARG(visit_seal_text(arena, &keys, "state", STR("f"), body)), STR_ARG(body)), NOW, &back), VISIT_OLD);
		ck_assert(back.values.type == VALUE_OBJECT && back.values.n == 0 && back.step < 10 && id_is_zero(back.serial));
	}
}
END_TEST

START_TEST(has_a_ceiling)
{
	struct visit v = begun();
	struct value text = value_text((struct str){ arena_alloc(arena, VISIT_MAX), VISIT_MAX });
	struct str out;
	struct err e;

	v.values = visit_with(arena, &v.values, STR("x"), &text);
	ck_assert_int_eq(visit_sign(arena, &keys, STR("f"), &v, &out, &e), -1);
	ck_assert_int_eq(e.kind, ERR_TOO_LARGE);
}
END_TEST

START_TEST(members_come_and_go)
{
	struct value v = form_doc(arena, "{'a':'1','b':'2'}"), text = value_text(STR("3")), empty = value_text(STR("")), none = { .type = VALUE_NULL };
	struct value replaced = form_doc(arena, "{'b':'2','a':'3'}"), without = form_doc(arena, "{'b':'2'}"), more = form_doc(arena, "{'a':'1','b':'2','c':'3'}"), out;

	out = visit_with(arena, &v, STR("a"), &text);
	ck_assert(value_eq(&out, &replaced) && out.n == 2);
	out = visit_with(arena, &v, STR("a"), &empty);
	ck_assert(value_eq(&out, &without));
	out = visit_with(arena, &v, STR("a"), &none);
	ck_assert(value_eq(&out, &without));
	out = visit_with(arena, &v, STR("c"), &text);
	ck_assert(value_eq(&out, &more));
	out = visit_with(arena, &v, STR("c"), &none);
	ck_assert(value_eq(&out, &v));
}
END_TEST

TCase *visit_cases(void)
{
	TCase *tc = tcase_create("visit");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, comes_back_whole);
	tcase_add_loop_test(tc, grows_old, 0, N_OF(ages));
	tcase_add_test(tc, is_for_one_form_and_one_key);
	tcase_add_test(tc, any_change_is_seen);
	tcase_add_test(tc, odd_members_are_as_none);
	tcase_add_test(tc, has_a_ceiling);
	tcase_add_test(tc, members_come_and_go);
	return tc;
}
