#include <pthread.h>
#include <string.h>

#include "lib/base/clock.h"
#include "lib/wire/json.h"
#include "lib/wire/xml.h"
#include "tests/unit/slow.h"
#include "tests/unit/wire/suites.h"

static const char sample[] = "<r xmlns:p='u:p' id='7'><status>Matched</status><bids><bid n='1'><price>12.50</price></bid>"
    "<bid n='2'><price>9</price></bid>"
    "<bid n='3'/></bids><p:x>inner<b>bold</b></p:x><y xmlns='u:d'>deflt</y><empty/><!--c--></r>";
static const char names[] = "{\"p\":\"u:p\",\"d\":\"u:d\"}";

static struct xml *parse(struct arena *a, const char *text)
{
	struct xml *xml;

	ck_assert_int_eq(xml_parse(a, str_of(text), &xml, NULL), 0);
	return xml;
}

static int compile(struct arena *a, const char *expression, const struct xml_path **out, struct err *e)
{
	struct value v;

	ck_assert_int_eq(json_parse(a, str_of(names), 32, &v, NULL), 0);
	return xml_path_compile(a, str_of(expression), &v, out, e);
}

static const struct {
	const char *path, *text; /* text NULL: no match */
} selections[] = {
	{ "/r/status", "Matched" },
	{ "//price", "12.50" },
	{ "/r/@id", "7" },
	{ "/r/bids/bid[2]/price", "9" },
	{ "/r/bids/bid[price=9]/@n", "2" },
	{ "//bid[last()]/preceding-sibling::bid/@n", "1" },
	{ "//bid[3]|//bid[1]", "12.50" },
	{ "//p:x", "innerbold" },
	{ "//d:y", "deflt" },
	{ "//y", NULL },
	{ "//*[local-name()='y']", "deflt" },
	{ "/r/empty", "" },
	{ "/r/nosuch", NULL },
	{ "/r/comment()", "c" },
	{ "count(//bid)", "3" },
	{ "1 div 0", "Infinity" },
	{ "sum(//price)", "21.5" },
	{ "string(/r/nosuch)", "" },
	{ "boolean(/r/status)", "true" },
	{ "//price > 100", "false" },
	{ "concat(/r/status, '-', \"x:y(z) $\")", "Matched-x:y(z) $" },
	{ "number('x')", "NaN" },
	{ ".", "Matched12.509innerbolddeflt" },
	{ "status", NULL },
	{ "count(1)", NULL }, /* ill-typed: an error of the evaluation is no match */
};

START_TEST(a_path_selects_text)
{
	struct arena *a = arena_new(1 << 20);
	struct xml *xml = parse(a, sample);
	const struct xml_path *path;
	struct err e = { 0 };
	struct str text;
	bool found;

	ck_assert_msg(compile(a, selections[_i].path, &path, &e) == 0, "%s: %s", selections[_i].path, e.msg);
	found = xml_select(a, xml, NULL, path, &text);
	ck_assert_msg(found == (selections[_i].text != NULL), "%s", selections[_i].path);
	if (found)
		ck_assert_str(text, selections[_i].text);
	arena_free(&a);
}
END_TEST

START_TEST(nodes_are_a_place_to_start_from)
{
	struct arena *a = arena_new(1 << 20);
	struct xml *xml = parse(a, sample);
	const struct xml_path *each, *price, *up, *space;
	const struct xml_node **nodes;
	struct str text;

	ck_assert_int_eq(compile(a, "/r/bids/bid", &each, NULL), 0);
	ck_assert_int_eq(compile(a, "price", &price, NULL), 0);
	ck_assert_int_eq(compile(a, "/r/status", &up, NULL), 0);
	ck_assert_int_eq(compile(a, "/r/namespace::*", &space, NULL), 0);
	ck_assert_uint_eq(xml_select_nodes(a, xml, NULL, each, &nodes), 3);
	ck_assert(xml_select(a, xml, nodes[0], price, &text));
	ck_assert_str(text, "12.50");
	ck_assert(xml_select(a, xml, nodes[1], price, &text));
	ck_assert_str(text, "9");
	ck_assert(!xml_select(a, xml, nodes[2], price, &text));
	ck_assert(xml_select(a, xml, nodes[2], up, &text));
	ck_assert_str(text, "Matched");
	ck_assert_uint_eq(xml_select_nodes(a, xml, nodes[0], price, &nodes), 1);
	ck_assert_uint_eq(xml_select_nodes(a, xml, NULL, space, &nodes), 0);
	ck_assert_uint_eq(xml_select_nodes(a, xml, NULL, price, &nodes), 0);
	arena_free(&a);
}
END_TEST

static const char *const refused[] = { "", "a[", "a b", "//", "'x", "a/", "nosuch()", "a[nosuch(1)]", "q:a", "//a[q:b]", "q:f()",
    "document('x')",
	"$x", "a[$x=1]", "a||b", "1 +", "matches('a','b')", "((((((((a)", "a='", "current()" };

START_TEST(what_is_no_path_is_refused_when_compiled)
{
	struct arena *a = arena_new(1 << 20);
	const struct xml_path *path;
	struct err e = { 0 };

	ck_assert_msg(compile(a, refused[_i], &path, &e) == -1, "%s", refused[_i]);
	ck_assert_int_eq(e.kind, ERR_INVALID);
	arena_free(&a);
}
END_TEST

START_TEST(namespaces_are_checked)
{
	static const char *const bad[] = { "[]", "{\"p\":1}", "{\"p\":\"\"}", "{\"\":\"u\"}", "{\"1\":\"u\"}", "{\"a:b\":\"u\"}" };
	struct arena *a = arena_new(1 << 20);
	const struct xml_path *path;
	struct value v;

	for (int i = 0; i < N_OF(bad); i++) {
		ck_assert_int_eq(json_parse(a, str_of(bad[i]), 32, &v, NULL), 0);
		ck_assert_msg(xml_path_compile(a, STR("a"), &v, &path, NULL) == -1, "%s", bad[i]);
	}
	ck_assert_int_eq(xml_path_compile(a, STR("a"), NULL, &path, NULL), 0);
	arena_free(&a);
}
END_TEST

static const char *const costly[] = { "count(//b[count(//b[count(//b) > 1]) > 1])", "sum(//b/following-sibling::b)", "//b/following::b",
	"//b/preceding::b" };

START_TEST(an_evaluation_is_bounded)
{
	struct arena *a = arena_new(16 << 20);
	const struct xml_path *path, *simple;
	int64_t start;
	struct buf b;
	struct xml *xml;
	struct str text;

	buf_in(&b, a, 1 << 20);
	buf_add_cstr(&b, "<a>");
	for (int i = 0; i < 4000; i++)
		buf_add_cstr(&b, "<b>x</b>");
	buf_add_cstr(&b, "</a>");
	ck_assert_int_eq(xml_parse(a, buf_str(&b), &xml, NULL), 0);
	ck_assert_int_eq(xml_path_compile(a, str_of(costly[_i]), NULL, &path, NULL), 0);
	ck_assert_int_eq(xml_path_compile(a, STR("count(//b[local-name() = 'b' and . = 'x'])"), NULL, &simple, NULL), 0);
	start = clock_mono_us();
	ck_assert(!xml_select(a, xml, NULL, path, &text));
	ck_assert_int_lt(clock_mono_us() - start, 2000000 * slow_by(20));
	ck_assert(xml_select(a, xml, NULL, simple, &text));
	ck_assert_str(text, "4000");
	arena_free(&a);
}
END_TEST

/* The longest expressions that nest, on a stack as small as a request thread's. */
static void *deep_paths(void *arg)
{
	static const char *const units[] = { "(", "-", "a/", "a|", "1+", "a[", "not(", "a[(", "string(", "//" };
	struct arena *a = arg;

	for (int i = 0; i < N_OF(units); i++) {
		size_t times = (XML_PATH_MAX - 1) / 2 / (strlen(units[i]) + 1);
		const struct xml_path *path;
		struct xml *xml;
		struct str text;
		struct buf b;

		if (strpbrk(units[i], "([") == NULL)
			times = (XML_PATH_MAX - 1) / strlen(units[i]);
		buf_in(&b, a, 1000);
		for (size_t k = 0; k < times; k++)
			buf_add_cstr(&b, units[i]);
		buf_add_cstr(&b, "1");
		for (size_t k = 0; k < times; k++)
			for (size_t n = strlen(units[i]); n > 0; n--)
				if (units[i][n - 1] == '(' || units[i][n - 1] == '[')
					buf_add_char(&b, units[i][n - 1] == '(' ? ')' : ']');
		if (xml_path_compile(a, buf_str(&b), NULL, &path, NULL) != 0)
			continue;
		if (xml_parse(a, STR("<a><a/></a>"), &xml, NULL) == 0)
			(void)xml_select(a, xml, NULL, path, &text);
	}
	return NULL;
}

START_TEST(a_small_stack_is_enough)
{
	struct arena *a = arena_new(1 << 20);
	pthread_attr_t attributes;
	pthread_t thread;

	pthread_attr_init(&attributes);
	pthread_attr_setstacksize(&attributes, TEST_STACK);
	ck_assert_int_eq(pthread_create(&thread, &attributes, deep_paths, a), 0);
	pthread_join(thread, NULL);
	pthread_attr_destroy(&attributes);
	arena_free(&a);
}
END_TEST

struct shared {
	const struct xml_path *path;
	bool good;
};

static void *select_often(void *arg)
{
	struct shared *s = arg;
	struct arena *a = arena_new(1 << 20);
	struct xml *xml;
	struct str text;

	s->good = true;
	for (int i = 0; i < 200; i++) {
		s->good &= xml_parse(a, str_of(sample), &xml, NULL) == 0 && xml_select(a, xml, NULL, s->path, &text) &&
		    str_is(text, "Matched-3");
		arena_reset(a);
	}
	arena_free(&a);
	return NULL;
}

START_TEST(threads_share_a_path)
{
	struct arena *a = arena_new(1 << 20);
	struct shared shared[4];
	pthread_t threads[4];

	ck_assert_int_eq(compile(a, "concat(//status, '-', count(//bid))", &shared[0].path, NULL), 0);
	for (int i = 0; i < 4; i++) {
		shared[i].path = shared[0].path;
		ck_assert_int_eq(pthread_create(&threads[i], NULL, select_often, &shared[i]), 0);
	}
	for (int i = 0; i < 4; i++) {
		pthread_join(threads[i], NULL);
		ck_assert(shared[i].good);
	}
	arena_free(&a);
}
END_TEST

TCase *xml_path_cases(void)
{
	TCase *tc = tcase_create("xml_path");

	tcase_add_loop_test(tc, a_path_selects_text, 0, N_OF(selections));
	tcase_add_test(tc, nodes_are_a_place_to_start_from);
	tcase_add_loop_test(tc, what_is_no_path_is_refused_when_compiled, 0, N_OF(refused));
	tcase_add_test(tc, namespaces_are_checked);
	tcase_add_loop_test(tc, an_evaluation_is_bounded, 0, N_OF(costly));
	tcase_add_test(tc, a_small_stack_is_enough);
	tcase_add_test(tc, threads_share_a_path);
	return tc;
}
