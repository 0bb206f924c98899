#include <fcntl.h>
#include <pthread.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/clock.h"
#include "lib/wire/json.h"
#include "lib/wire/xml.h"
#include "tests/unit/slow.h"
#include "tests/unit/wire/suites.h"

#define TEXT(literal) { literal, sizeof(literal) - 1 }
#define LATIN "<?xml version='1.0' encoding='ISO-8859-1'?>"

/* The root's text. */
static const struct {
	struct str in;
	const char *text; /* NULL: malformed */
} documents[] = {
	{ TEXT("<a>x</a>"), "x" },
	{ TEXT("<?xml version=\"1.0\"?>\n<a>x</a>\n"), "x" },
	{ TEXT("<a/>"), "" },
	{ TEXT("<a>&lt;&amp;&#65;&#x42;&apos;&quot;</a>"), "<&AB'\"" },
	{ TEXT("<a>x<![CDATA[<b>&amp;]]>y</a>"), "x<b>&amp;y" },
	{ TEXT("<a><![CDATA[<!DOCTYPE html>]]></a>"), "<!DOCTYPE html>" },
	{ TEXT("<a><!-- <!DOCTYPE x> -->1<?p <!DOCTYPE x> ?></a>"), "1" },
	{ TEXT("<!-- c --><?p q?><a b='>' c=\"/>\">x</a>"), "x" },
	{ TEXT("<s:a xmlns:s='u:x'>x</s:a>"), "x" },
	{ TEXT("<s:a>x</s:a>"), "x" }, /* well-formed XML 1.0, namespaces apart */
	{ TEXT("\xef\xbb\xbf<a>x</a>"), "x" },
	{ TEXT("<a>\xc3\xa9\xf0\x9f\x98\x80</a>"), "\xc3\xa9\xf0\x9f\x98\x80" },
	{ TEXT("<?xml version=\"1.0\" encoding=\"utf-8\"?><a>\xc3\xa9</a>"), "\xc3\xa9" },
	{ TEXT(LATIN "<a>\xe9</a>"), "\xc3\xa9" },
	{ TEXT("<?xml version='1.0' encoding='windows-1252'?><a>\x80</a>"), "\xe2\x82\xac" },
	{ TEXT("<?xml version='1.0' encoding = \"CP1251\" standalone='yes'?><a>\xff</a>"), "\xd1\x8f" },
	{ TEXT("\xff\xfe<\0a\0>\0\xe9\0<\0/\0a\0>\0"), "\xc3\xa9" },
	{ TEXT("\xfe\xff\0<\0a\0>\0\xe9\0<\0/\0a\0>"), "\xc3\xa9" },
	{ TEXT("<\0a\0>\0\xe9\0<\0/\0a\0>\0"), "\xc3\xa9" },
	{ TEXT("\0<\0a\0>\0\xe9\0<\0/\0a\0>"), "\xc3\xa9" },
	{ TEXT(""), NULL },
	{ TEXT("  "), NULL },
	{ TEXT("x"), NULL },
	{ TEXT("<"), NULL },
	{ TEXT("<a"), NULL },
	{ TEXT("<a>"), NULL },
	{ TEXT("<a></b>"), NULL },
	{ TEXT("<a/><b/>"), NULL },
	{ TEXT("<a/>x"), NULL },
	{ TEXT("<a b=1/>"), NULL },
	{ TEXT("<a b='1' b='2'/>"), NULL },
	{ TEXT("<a b='<'/>"), NULL },
	{ TEXT("<a>&nbsp;</a>"), NULL },
	{ TEXT("<a>&e;</a>"), NULL },
	{ TEXT("<a>&</a>"), NULL },
	{ TEXT("<a>]]></a>"), NULL },
	{ TEXT("<a>&#0;</a>"), NULL },
	{ TEXT("<a>&#1;</a>"), NULL },
	{ TEXT("<a>\x01</a>"), NULL },
	{ TEXT("<a>\0</a>"), NULL },
	{ TEXT("<a>\xff</a>"), NULL },
	{ TEXT("<a>\xed\xa0\x80</a>"), NULL },
	{ TEXT("<?xml version='1.0' encoding='utf-8'?><a>\xe9</a>"), NULL },
	{ TEXT("<?xml version='1.0' encoding='US-ASCII'?><a>\xe9</a>"), NULL },
	{ TEXT("<?xml version='1.0' encoding='windows-1252'?><a>\x81</a>"), NULL },
	{ TEXT("<?xml version='1.0' encoding='UTF-16'?><a>x</a>"), NULL },
	{ TEXT("<?xml version='1.0' encoding='UTF-7'?><a>x</a>"), NULL },
	{ TEXT("<?xml version='1.0' encoding='ISO-2022-CN-EXT'?><a>x</a>"), NULL },
	{ TEXT("<?xml version='1.0' encoding='windows-125'?><a>x</a>"), NULL },
	{ TEXT("<?xml version='1.0' encoding='windows-1252//TRANSLIT'?><a>x</a>"), NULL },
	{ TEXT("\xff\xfe<\0a"), NULL },
	{ TEXT("\xff\xfe<\0a\0>\0\x00\xd8<\0/\0a\0>\0"), NULL },
	{ TEXT("<!DOCTYPE a><a/>"), NULL },
	{ TEXT("<!DOCTYPE html PUBLIC '-//W3C//DTD XHTML 1.0//EN' 'http://example.com/x.dtd'><a/>"), NULL },
	{ TEXT("<?xml version='1.0'?><!-- x -->\n<!DOCTYPE a [<!ENTITY e SYSTEM 'file:///etc/passwd'>]><a>&e;</a>"), NULL },
	{ TEXT("<!DOCTYPE a [<!ENTITY % p SYSTEM 'http://127.0.0.1/'>%p;]><a/>"), NULL },
	{ TEXT("\xff\xfe<\0!\0D\0O\0C\0T\0Y\0P\0E\0 \0a\0>\0<\0a\0/\0>\0"), NULL },
	{ TEXT("<a><!DOCTYPE b></a>"), NULL },
	{ TEXT("<a xmlns:xi='http://www.w3.org/2001/XInclude'><xi:include href='/etc/passwd' parse='text'/></a>"), "" },
};

static struct str root_text(struct arena *a, const struct xml *xml)
{
	const struct xml_path *path;
	struct str text;

	ck_assert_int_eq(xml_path_compile(a, STR("/*"), NULL, &path, NULL), 0);
	ck_assert(xml_select(a, xml, NULL, path, &text));
	return text;
}

START_TEST(a_document_is_read_or_refused)
{
	struct arena *a = arena_new(1 << 20);
	struct err e = { 0 };
	struct xml *xml;
	int bad = xml_parse(a, documents[_i].in, &xml, &e);

	ck_assert_msg(bad == (documents[_i].text != NULL ? 0 : -1), "%.*s: %s", STR_ARG(documents[_i].in), e.msg);
	if (bad != 0)
		ck_assert_int_eq(e.kind, ERR_MALFORMED);
	else
		ck_assert_str(root_text(a, xml), documents[_i].text);
	arena_free(&a);
}
END_TEST

static struct str repeated(struct arena *a, const char *head, size_t n, const char *open, const char *tail)
{
	struct buf b;

	buf_in(&b, a, 8 << 20);
	buf_add_cstr(&b, head);
	for (size_t i = 0; i < n; i++)
		buf_add_cstr(&b, open);
	buf_add_cstr(&b, tail);
	return buf_str(&b);
}

static struct str attributes(struct arena *a, size_t n)
{
	struct buf b;

	buf_in(&b, a, 4 << 20);
	buf_add_cstr(&b, "<a");
	for (size_t i = 0; i < n; i++)
		buf_addf(&b, " a%zu=''", i);
	buf_add_cstr(&b, "/>");
	return buf_str(&b);
}

static struct str laughs(struct arena *a)
{
	struct buf b;

	buf_in(&b, a, 1 << 20);
	buf_add_cstr(&b, "<?xml version='1.0'?><!DOCTYPE l [<!ENTITY l0 'ha'>");
	for (int i = 1; i < 100; i++)
		buf_addf(&b, "<!ENTITY l%d '&l%d;&l%d;&l%d;&l%d;&l%d;'>", i, i - 1, i - 1, i - 1, i - 1, i - 1);
	buf_add_cstr(&b, "]><a>&l99;</a>");
	return buf_str(&b);
}

START_TEST(what_would_cost_is_refused_at_once)
{
	struct arena *a = arena_new(32 << 20);
	struct str bad[] = { repeated(a, "", 10000, "<a>", ""), repeated(a, "", 60000, "<a>", ""),
		repeated(a, "<a>", XML_NODES_MAX, "<b/>", "</a>"),
		attributes(a, 37000), attributes(a, XML_ATTRIBUTES_MAX + 1), laughs(a), repeated(a, "<a>", 5 << 20, "x", "</a>"),
		repeated(a, "", XML_DEPTH_MAX + 1, "<a>", "") };
	struct err e = { 0 };
	struct xml *xml;

	for (int i = 0; i < N_OF(bad); i++) {
		int64_t start = clock_mono_us();

		ck_assert_msg(xml_parse(a, bad[i], &xml, &e) == -1, "%d", i);
		ck_assert_int_eq(e.kind, ERR_MALFORMED);
		ck_assert_msg(clock_mono_us() - start < 50000 * slow_by(20), "%d took %lld us", i, (long long)(clock_mono_us() - start));
	}
	ck_assert_str_eq(e.code, "too_deep");
	ck_assert_int_eq(xml_parse(a, attributes(a, XML_ATTRIBUTES_MAX), &xml, &e), 0);
	ck_assert_int_eq(xml_parse(a, repeated(a, "<a>", XML_NODES_MAX - 1, "<b/>", "</a>"), &xml, &e), 0);
	arena_free(&a);
}
END_TEST

START_TEST(nothing_is_printed)
{
	struct arena *a = arena_new(1 << 20);
	const struct xml_path *path;
	int pipes[2], saved;
	struct xml *xml;
	struct str text;
	char byte;

	ck_assert_int_eq(pipe2(pipes, O_NONBLOCK), 0);
	saved = dup(2);
	dup2(pipes[1], 2);
	for (int i = 0; i < N_OF(documents); i++)
		(void)xml_parse(a, documents[i].in, &xml, NULL);
	(void)xml_path_compile(a, STR("a["), NULL, &path, NULL);
	(void)xml_path_compile(a, STR("nosuch(1)"), NULL, &path, NULL);
	ck_assert_int_eq(xml_parse(a, STR("<a/>"), &xml, NULL), 0);
	ck_assert_int_eq(xml_path_compile(a, STR("count(1)"), NULL, &path, NULL), 0);
	ck_assert(!xml_select(a, xml, NULL, path, &text));
	dup2(saved, 2);
	close(saved);
	ck_assert_int_eq(read(pipes[0], &byte, 1), -1);
	close(pipes[0]);
	close(pipes[1]);
	arena_free(&a);
}
END_TEST

static const struct {
	const char *in, *json; /* json NULL: malformed */
} requests[] = {
	{ "<request><campaign>auto</campaign><lead><zip>90210</zip><drivers><item><gender>F</gender></item>"
	  "<item><gender>M</gender></item></drivers></lead></request>", "{\"campaign\":\"auto\",\"lead\":{\"zip\":\"90210\",\"drivers\":[{\"gender\":\"F\"},"
	  "{\"gender\":\"M\"}]}}" },
	{ "<request/>", "{}" },
	{ "<request>  \n</request>", "{}" },
	{ "<request> <a/> <!-- c --> <b> x </b> </request>", "{\"a\":\"\",\"b\":\" x \"}" },
	{ "<request><a><![CDATA[<x>]]></a></request>", "{\"a\":\"<x>\"}" },
	{ "<request><a><item>1</item></a></request>", "{\"a\":[\"1\"]}" },
	{ "<request><a><item><item>1</item></item></a></request>", "{\"a\":[[\"1\"]]}" },
	{ "<Request/>", NULL },
	{ "<request>x</request>", NULL },
	{ "<request a='1'/>", NULL },
	{ "<request><a b='1'/></request>", NULL },
	{ "<request xmlns='u:x'><a/></request>", NULL },
	{ "<request><a>1</a><a>2</a></request>", NULL },
	{ "<request><a><item>1</item><b>2</b></a></request>", NULL },
	{ "<request><a><b>2</b><item>1</item></a></request>", "{\"a\":{\"b\":\"2\",\"item\":\"1\"}}" },
	{ "<request>x<a>1</a></request>", NULL },
	{ "<request><a>1</a><![CDATA[x]]></request>", NULL },
	{ "<request><a>1</a>", NULL },
};

START_TEST(a_request_becomes_a_tree)
{
	struct arena *a = arena_new(1 << 20);
	struct err e = { 0 };
	struct value v;
	struct buf b;
	int bad = xml_to_value(a, str_of(requests[_i].in), "request", &v, &e);

	ck_assert_msg(bad == (requests[_i].json != NULL ? 0 : -1), "%s: %s", requests[_i].in, e.msg);
	if (bad != 0) {
		ck_assert_int_eq(e.kind, ERR_MALFORMED);
	} else {
		buf_in(&b, a, 1000);
		json_write(&b, &v);
		ck_assert_str(buf_str(&b), requests[_i].json);
	}
	arena_free(&a);
}
END_TEST

TCase *xml_read_cases(void)
{
	TCase *tc = tcase_create("xml_read");

	tcase_add_loop_test(tc, a_document_is_read_or_refused, 0, N_OF(documents));
	tcase_add_test(tc, what_would_cost_is_refused_at_once);
	tcase_add_test(tc, nothing_is_printed);
	tcase_add_loop_test(tc, a_request_becomes_a_tree, 0, N_OF(requests));
	return tc;
}
