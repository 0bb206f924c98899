#include "tests/unit/tmpl/suites.h"

static const struct {
	enum tmpl_kind kind;
	const char *text;
	int how;
	const char *want;
} texts[] = {
	{ TMPL_PLAIN, "a{{lead.hard}}b", 0, "a\"<&%+>'\n\xf0\x9f\x98\x80 \xd7\xa9\xd7\x9c" "b" },
	{ TMPL_PLAIN, "{{lead.missing}}", OMIT, "" },

	{ TMPL_HEADER, "Bearer {{secret.token}}", 0, "Bearer s3cret" },
	{ TMPL_HEADER, "Bearer {{secret.token}}", MASK, "Bearer {{secret.token}}" },
	{ TMPL_HEADER, "x{{lead.lines}}", 0, REFUSED },
	{ TMPL_HEADER, "x{{lead.cr}}", 0, REFUSED },
	{ TMPL_HEADER, "{{lead.hard}}", 0, REFUSED },
	{ TMPL_HEADER, "{{lead.hard | replace:\"\\n\":\" \"}}", 0, "\"<&%+>' \xf0\x9f\x98\x80 \xd7\xa9\xd7\x9c" },
	{ TMPL_HEADER, "a\nb", 0, FAULT "a header is one line" },
	{ TMPL_HEADER, "x{{lead.missing}}", 0, "x" },
	{ TMPL_HEADER, "x{{lead.missing}}", OMIT, ABSENT },
	{ TMPL_HEADER, "x{{lead.missing}}{{lead.zip}}", OMIT, "x90210" },
	{ TMPL_HEADER, "x", OMIT, "x" },
	{ TMPL_HEADER, "", OMIT, "" },
	{ TMPL_HEADER, "{{#lead.zip}}x{{/lead.zip}}", 0, FAULT "sections stand in xml, soap and text bodies" },

	{ TMPL_URL, "https://buyer.example/v2/{{lead.zip}}?s={{source.sub1}}&e={{lead.email}}", 0,
	  "https://buyer.example/v2/90210?s=fb-77&e=ann%40example.com" },
	{ TMPL_URL, "https://b.example/{{lead.hard | replace:\"\\n\":\"/\"}}", 0,
	  "https://b.example/%22%3C%26%25%2B%3E%27%2F%F0%9F%98%80%20%D7%A9%D7%9C" },
	{ TMPL_URL, "https://b.example/{{lead.dot}}", 0, REFUSED },
	{ TMPL_URL, "https://b.example/x/{{lead.dots}}/y", 0, REFUSED },
	{ TMPL_URL, "https://b.example/?q={{lead.dots}}", 0, REFUSED },
	{ TMPL_URL, "https://b.example/?q={{lead.lines}}", 0, REFUSED },
	{ TMPL_URL, "https://b.example/?q={{lead.cr}}", 0, REFUSED },
	{ TMPL_URL, "https://b.example/?q={{lead.missing}}", OMIT, "https://b.example/?q=" },
	{ TMPL_URL, "https://b.example/{{secret.token}}", MASK, "https://b.example/{{secret.token}}" },
	{ TMPL_URL, "https://b.example/{{lead.zip | map:own_rent:refuse}}", 0, REFUSED },
	{ TMPL_URL, "https://b.example/{{#lead.zip}}x{{/lead.zip}}", 0, FAULT "sections stand" },

	{ TMPL_FORM, "{{lead.hard}}", 0, "\"<&%+>'\n\xf0\x9f\x98\x80 \xd7\xa9\xd7\x9c" },
	{ TMPL_FORM, "{{lead.missing}}", OMIT, ABSENT },
	{ TMPL_FORM, "{{lead.missing}} {{lead.empty}}", OMIT, ABSENT },
	{ TMPL_FORM, "{{lead.missing}} {{lead.kids}}", OMIT, " 0" },
	{ TMPL_FORM, "{{lead.vet}}", OMIT, "false" },
	{ TMPL_FORM, "{{lead.missing | default:\"\"}}", OMIT, "" },
	{ TMPL_FORM, "{{lead.zip | map:own_rent}}", OMIT, ABSENT },
	{ TMPL_FORM, "{{lead.no_tags}}", OMIT, "" },

	{ TMPL_JSON, "{{lead.kids}}", 0, "0" },
};

START_TEST(a_text_is_filled)
{
	struct arena *a = arena_new(1 << 22);

	check_case(rendered(a, texts[_i].kind, texts[_i].text, texts[_i].how), texts[_i].want, texts[_i].text);
	arena_free(&a);
}
END_TEST

static const struct {
	const char *text;
	int how;
	const char *want;
} values[] = {
	{ "x", 0, "1: x" },
	{ "{{lead.zip}}", 0, "1: 90210" },
	{ "{{lead.missing}}", 0, "1: " },
	{ "{{lead.missing}}", OMIT, ABSENT },
	{ "{{lead.tags}}", 0, "3: a | b & c | d" },
	{ "{{lead.tags}} ", 0, "1: a,b & c,d " },
	{ "{{lead.tags | join:\";\"}}", 0, "1: a;b & c;d" },
	{ "{{lead.no_tags}}", 0, "0: " },
	{ "{{lead.no_tags}}", OMIT, "0: " },
	{ "{{lead.numbers}}", 0, "2: 1 | 2.50" },
	{ "{{lead.email | split:\"@\" | upper}}", 0, "2: ANN | EXAMPLE.COM" },
	{ "{{lead.drivers.0.incidents}}", 0, "2: {\"type\":\"ticket\"} | {\"type\":\"claim\"}" },
	{ "{{lead.zip | map:own_rent:refuse}}", 0, REFUSED },
	{ "{{lead.zip}}-{{lead.zip | map:own_rent:refuse}}", 0, REFUSED },
	{ "{{secret.token}}", MASK, "1: {{secret.token}}" },
};

START_TEST(a_forms_value_may_be_several)
{
	struct arena *a = arena_new(1 << 22);

	check_case(rendered_values(a, values[_i].text, values[_i].how), values[_i].want, values[_i].text);
	arena_free(&a);
}
END_TEST

START_TEST(the_bufs_limit_is_kept)
{
	static const enum tmpl_kind kinds[] = { TMPL_PLAIN, TMPL_HEADER, TMPL_XML, TMPL_JSON };
	struct value zip = value_text(STR("0123456789"));
	struct member member = { STR("zip"), zip };
	struct value root = value_object(&member, 1);
	const struct tmpl_scope scope = { .root = &root };
	struct arena *a = arena_new(1 << 22);
	struct faults *f = arena_new_of(a, struct faults);

	faults_init(f, a);
	for (int i = 0; i < N_OF(kinds); i++) {
		const struct tmpl *t;
		struct err e = { 0 };
		struct buf b;

		ck_assert_int_eq(tmpl_compile(a, kinds[i], STR("{{zip}}{{zip}}"), NULL, PATH_ROOT, f, &t), 0);
		buf_in(&b, a, 22);
		ck_assert_int_eq(tmpl_render(a, t, &scope, &b, &e), TMPL_DONE);
		buf_in(&b, a, 15);
		ck_assert_int_eq(tmpl_render(a, t, &scope, &b, &e), TMPL_FULL);
		ck_assert_int_eq(e.kind, ERR_TOO_LARGE);
	}
	arena_free(&a);
}
END_TEST

TCase *text_cases(void)
{
	TCase *tc = tcase_create("text");

	tcase_add_loop_test(tc, a_text_is_filled, 0, N_OF(texts));
	tcase_add_loop_test(tc, a_forms_value_may_be_several, 0, N_OF(values));
	tcase_add_test(tc, the_bufs_limit_is_kept);
	return tc;
}
