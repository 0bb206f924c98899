#include "lib/wire/json.h"
#include "lib/wire/xml.h"
#include "tests/unit/wire/suites.h"

#define TEXT(literal) { literal, sizeof(literal) - 1 }

static const struct {
	struct str in;
	const char *text, *attribute, *cdata, *read; /* read: what a parser sees, in all three places */
} escapes[] = {
	{ TEXT(""), "", "", "", "" },
	{ TEXT("plain"), "plain", "plain", "plain", "plain" },
	{ TEXT("\"<&%+>'"), "&quot;&lt;&amp;%+&gt;&apos;", "&quot;&lt;&amp;%+&gt;&apos;", "\"<&%+>'", "\"<&%+>'" },
	{ TEXT("a\r\nb\tc"), "a&#13;\nb\tc", "a&#13;&#10;b&#9;c", "a]]>&#13;<![CDATA[\nb\tc", "a\r\nb\tc" },
	{ TEXT("]]>"), "]]&gt;", "]]&gt;", "]]]]>&gt;<![CDATA[", "]]>" },
	{ TEXT("]]\x01>]"), "]]&gt;]", "]]&gt;]", "]]]]>&gt;<![CDATA[]]]><![CDATA[", "]]>]" },
	{ TEXT("\0\x01\x08\x0b\x1f\x7f"), "\x7f", "\x7f", "\x7f", "\x7f" },
	{ TEXT("\xef\xbf\xbe\xef\xbf\xbf\xef\xbf\xbd"), "\xef\xbf\xbd", "\xef\xbf\xbd", "\xef\xbf\xbd", "\xef\xbf\xbd" },
	{ TEXT("\xc3\xa9\xf0\x9f\x98\x80\xd7\xa9\xd7\x9c"), "\xc3\xa9\xf0\x9f\x98\x80\xd7\xa9\xd7\x9c",
	  "\xc3\xa9\xf0\x9f\x98\x80\xd7\xa9\xd7\x9c",
	  "\xc3\xa9\xf0\x9f\x98\x80\xd7\xa9\xd7\x9c", "\xc3\xa9\xf0\x9f\x98\x80\xd7\xa9\xd7\x9c" },
	{ TEXT("a\xff\xc3"), "a\xef\xbf\xbd\xef\xbf\xbd", "a\xef\xbf\xbd\xef\xbf\xbd", "a\xef\xbf\xbd\xef\xbf\xbd",
	  "a\xef\xbf\xbd\xef\xbf\xbd" },
};

static void read_back(struct arena *a, struct str document, const char *expression, const char *want)
{
	const struct xml_path *path;
	struct err e = { 0 };
	struct xml *xml;
	struct str text;

	ck_assert_msg(xml_parse(a, document, &xml, &e) == 0, "%.*s: %s", STR_ARG(document), e.msg);
	ck_assert_int_eq(xml_path_compile(a, str_of(expression), NULL, &path, NULL), 0);
	ck_assert(xml_select(a, xml, NULL, path, &text));
	ck_assert_str(text, want);
}

START_TEST(text_arrives_as_it_was)
{
	struct arena *a = arena_new(1 << 20);
	struct buf b;

	buf_in(&b, a, 1000);
	ck_assert_int_eq(xml_escape(&b, escapes[_i].in), 0);
	ck_assert_str(buf_str(&b), escapes[_i].text);
	read_back(a, arena_printf(a, "<a>%s</a>", b.p != NULL ? b.p : ""), "/a", escapes[_i].read);
	buf_clear(&b);
	ck_assert_int_eq(xml_escape_attribute(&b, escapes[_i].in), 0);
	ck_assert_str(buf_str(&b), escapes[_i].attribute);
	read_back(a, arena_printf(a, "<a b=\"%s\" c='%s'/>", b.p != NULL ? b.p : "", b.p != NULL ? b.p : ""), "/a/@b",
	  escapes[_i].read);
	buf_clear(&b);
	ck_assert_int_eq(xml_cdata(&b, escapes[_i].in), 0);
	ck_assert_str(buf_str(&b), escapes[_i].cdata);
	read_back(a, arena_printf(a, "<a><![CDATA[%s]]></a>", b.p != NULL ? b.p : ""), "/a", escapes[_i].read);
	buf_in(&b, a, 3);
	ck_assert_int_eq(xml_escape(&b, STR("<")), -1);
	arena_free(&a);
}
END_TEST

START_TEST(an_answer_is_elements)
{
	static const char in[] = "{\"ping_id\":\"png_1\",\"bids\":[{\"price\":\"12.50\",\"n\":4.10},2],\"none\":null,"
	  "\"empty\":[],\"yes\":true,\"1 a:b\":\"<&>\",\"\":1}";
	static const char want[] = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<response><ping_id>png_1</ping_id><bids><item>"
	  "<price>12.50</price><n>4.10</n></item>"
	    "<item>2</item></bids><none/><empty></empty><yes>true</yes><__a_b>&lt;&amp;&gt;</__a_b><_>1</_></response>\n";
	struct arena *a = arena_new(1 << 20);
	struct value v;
	struct buf b;

	ck_assert_int_eq(json_parse(a, str_of(in), 32, &v, NULL), 0);
	buf_in(&b, a, 1000);
	ck_assert_int_eq(xml_write(&b, "response", &v), 0);
	ck_assert_str(buf_str(&b), want);
	read_back(a, buf_str(&b), "/response/bids/item[1]/price", "12.50");
	buf_in(&b, a, 60);
	ck_assert_int_eq(xml_write(&b, "response", &v), -1);
	arena_free(&a);
}
END_TEST

TCase *xml_write_cases(void)
{
	TCase *tc = tcase_create("xml_write");

	tcase_add_loop_test(tc, text_arrives_as_it_was, 0, N_OF(escapes));
	tcase_add_test(tc, an_answer_is_elements);
	return tc;
}
