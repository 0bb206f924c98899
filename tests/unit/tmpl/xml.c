#include "lib/wire/xml.h"
#include "tests/unit/tmpl/suites.h"

static const struct {
	const char *text;
	int how;
	const char *want;
} texts[] = {
	/* Where a hole stands decides the escape. */
	{ "<a>{{lead.hard}}</a>", 0, "<a>&quot;&lt;&amp;%+&gt;&apos;\n\xf0\x9f\x98\x80 \xd7\xa9\xd7\x9c</a>" },
	{ "<a b=\"{{lead.hard}}\" c='{{lead.zip}}'/>", 0, "<a b=\"&quot;&lt;&amp;%+&gt;&apos;&#10;\xf0\x9f\x98\x80 "
	  "\xd7\xa9\xd7\x9c\" c='90210'/>" },
	{ "<a><![CDATA[{{lead.hard}}]]></a>", 0, "<a><![CDATA[\"<&%+>'\n\xf0\x9f\x98\x80 \xd7\xa9\xd7\x9c]]></a>" },
	{ "<a><![CDATA[{{lead.cdata}}]]></a>", 0, "<a><![CDATA[a]]]]>&gt;<![CDATA[b]]></a>" },
	{ "<a><![CDATA[]]{{lead.missing | default:\">\"}}{{lead.missing | default:\"]]\"}}>]]></a>", 0,
	  "<a><![CDATA[]]]]>&gt;<![CDATA[]]]]><![CDATA[>]]></a>" },
	{ "<a>{{lead.lines}}</a>", 0, "<a>a&#13;\nb</a>" },
	{ "<a>{{lead.control}}</a>", 0, "<a>ab</a>" },
	{ "<?xml version=\"1.0\"?>\n<!-- c --><a x='>'>{{lead.zip}}</a>", 0,
	  "<?xml version=\"1.0\"?>\n<!-- c --><a x='>'>90210</a>" },
	{ "<a>{{lead.tags}}</a>", 0, "<a>a,b &amp; c,d</a>" },
	{ "<a>{{lead.missing}}</a>", 0, "<a></a>" },
	{ "<p>&lt;n&gt;{{lead.hard | xml | left:12}}</p>", 0, "<p>&lt;n&gt;&amp;quot;&amp;lt;&amp;a</p>" },
	{ "<k>{{secret.token}}</k>", MASK, "<k>{{secret.token}}</k>" },
	{ "{{lead.zip}}", 0, "90210" },
	{ "<d>{{#lead.drivers}}<i n=\"{{index}}\">{{item.first_name}}</i>{{/lead.drivers}}</d>", 0,
	  "<d><i n=\"1\">Ann</i><i n=\"2\">Bob</i><i n=\"3\">Cy</i></d>" },
	{ "<a {{#lead.vet}}vet=\"1\"{{/lead.vet}}{{^lead.vet}}vet=\"0\"{{/lead.vet}}/>", 0, "<a vet=\"0\"/>" },
	{ "<a b=\"{{#lead.tags}}{{item}};{{/lead.tags}}\"/>", 0, "<a b=\"a;b &amp; c;d;\"/>" },
	{ "<a>{{lead.zip | map:own_rent:refuse}}</a>", 0, REFUSED },
	{ "<a>{{lead.zip | map:own_rent:refuse}}</a>", OMIT, REFUSED },
	{ "<{{lead.zip}}/>", 0, FAULT "a hole stands in text" },
	{ "<a{{lead.zip}}/>", 0, FAULT "a hole stands in text" },
	{ "<a {{lead.zip}}/>", 0, FAULT "a hole stands in text" },
	{ "<a b={{lead.zip}}/>", 0, FAULT "a hole stands in text" },
	{ "<a></{{lead.zip}}>", 0, FAULT "a hole stands in text" },
	{ "<!-- {{lead.zip}} --><a/>", 0, FAULT "a hole stands in text" },
	{ "<?p {{lead.zip}}?><a/>", 0, FAULT "a hole stands in text" },
	{ "<!DOCTYPE {{lead.zip}}><a/>", 0, FAULT "a hole stands in text" },
	{ "<a", 0, FAULT "the text ends inside" },
	{ "<a b=\"", 0, FAULT "the text ends inside" },
	{ "<a><![CDATA[", 0, FAULT "the text ends inside" },
	{ "<!-- ", 0, FAULT "the text ends inside" },
	{ "{{#lead.zip}}<a b=\"{{/lead.zip}}{{^lead.zip}}<c d=\"{{/lead.zip}}x\"/>", 0, FAULT "ends elsewhere in the markup" },
	/* What an absent value takes with it. */
	{ "<r><a>{{lead.missing}}</a><b>1</b></r>", OMIT, "<r><b>1</b></r>" },
	{ "<r>\n <a>{{lead.missing}}</a>\n <b>{{lead.zip}}</b>\n</r>", OMIT, "<r>\n \n <b>90210</b>\n</r>" },
	{ "<r><a x=\"1\">{{lead.missing}}</a></r>", OMIT, "<r></r>" },
	{ "<r><a x=\"{{lead.zip}}\">{{lead.missing}}</a></r>", OMIT, "<r></r>" },
	{ "<r><a> {{lead.missing}} </a></r>", OMIT, "<r></r>" },
	{ "<r><a>Mr {{lead.missing}}</a></r>", OMIT, "<r></r>" },
	{ "<r><a>{{lead.missing}} {{lead.empty}}</a><b>{{lead.missing}} {{lead.zip}}</b></r>", OMIT, "<r><b> 90210</b></r>" },
	{ "<r><a>{{lead.kids}}</a><b>{{lead.vet}}</b><c>{{lead.no_tags}}</c></r>", OMIT, "<r><a>0</a><b>false</b><c></c></r>" },
	{ "<r><a>{{lead.missing | default:\"\"}}</a></r>", OMIT, "<r><a></a></r>" },
	{ "<r><a/><b></b><c>x</c></r>", OMIT, "<r><a/><b></b><c>x</c></r>" },
	{ "<r><a><b>{{lead.missing}}</b></a></r>", OMIT, "<r><a></a></r>" },
	{ "<r>{{lead.missing}}<a>1</a></r>", OMIT, "<r><a>1</a></r>" },
	{ "<r><a>1</a>{{lead.missing}}</r>", OMIT, "<r><a>1</a></r>" },
	{ "<r><a><![CDATA[{{lead.missing}}]]></a></r>", OMIT, "<r></r>" },
	{ "<r><a><![CDATA[{{lead.zip}}]]></a></r>", OMIT, "<r><a><![CDATA[90210]]></a></r>" },
	{ "<r a=\"{{lead.missing}}\" b='{{lead.zip}}' c=\"{{lead.empty}}\"/>", OMIT, "<r b='90210'/>" },
	{ "<r a=\"{{lead.missing}}\"/>", OMIT, "<r/>" },
	{ "<r\n\ta = \"x{{lead.missing}}\"\n>y</r>", OMIT, "<r\n>y</r>" },
	{ "<r a=\"{{lead.missing}} {{lead.zip}}\"/>", OMIT, "<r a=\" 90210\"/>" },
	{ "<r a=\"\" b='x'/>", OMIT, "<r a=\"\" b='x'/>" },
	{ "<r><a b=\"{{lead.missing}}\">{{lead.zip}}</a></r>", OMIT, "<r><a>90210</a></r>" },
	{ "<r><a b=\"{{lead.missing}}\">{{lead.missing}}</a></r>", OMIT, "<r></r>" },
	{ "<r><a b=\"{{lead.missing}}\"/>{{lead.zip}}</r>", OMIT, "<r><a/>90210</r>" },
	{ "<r><a>{{#lead.missing}}x{{/lead.missing}}</a></r>", OMIT, "<r><a></a></r>" },
	{ "<r><a b=\"{{#lead.missing}}{{item}}{{/lead.missing}}\"/></r>", OMIT, "<r><a b=\"\"/></r>" },
	{ "{{#lead.drivers}}<a>{{item.age}}</a>{{/lead.drivers}}", OMIT, "<a>30</a><a>0</a>" },
	{ "{{#lead.drivers}}<a n=\"{{item.age}}\">{{index}}</a>{{/lead.drivers}}", OMIT,
	  "<a n=\"30\">1</a><a n=\"0\">2</a><a>3</a>" },
	{ "<r><a>{{lead.missing}}{{#lead.zip}}y{{/lead.zip}}</a></r>", OMIT, "<r><a>y</a></r>" },
	{ "<s:r xmlns:s=\"u:x\"><s:a.b-c>{{lead.missing}}</s:a.b-c></s:r>", OMIT, "<s:r xmlns:s=\"u:x\"></s:r>" },
	{ "<r><a><!-- c -->{{lead.missing}}</a></r>", OMIT, "<r><a><!-- c --></a></r>" },
};

/* A content may have several elements, or none. */
static struct str as_document(struct arena *a, struct str got)
{
	return str_starts(got, STR("<?")) ? got : arena_printf(a, "<x>%.*s</x>", STR_ARG(got));
}

START_TEST(xml_is_filled)
{
	struct arena *a = arena_new(1 << 22);
	struct str got = rendered(a, TMPL_XML, texts[_i].text, texts[_i].how);
	struct xml *xml;
	struct err e;

	check_case(got, texts[_i].want, texts[_i].text);
	if (!str_starts(got, STR(FAULT)) && !str_is(got, REFUSED))
		ck_assert_msg(xml_parse(a, as_document(a, got), &xml, &e) == 0, "%.*s: %s", STR_ARG(got), e.msg);
	arena_free(&a);
}
END_TEST

START_TEST(hard_text_arrives)
{
	static const char *const places[] = { "<a><b>{{lead.hard}}</b></a>", "<a><b c=\"{{lead.hard}}\"/></a>",
	  "<a><b c='{{lead.hard}}'/></a>",
		"<a><b><![CDATA[{{lead.hard}}]]></b></a>" };
	struct arena *a = arena_new(1 << 22);
	const struct xml_path *path;
	struct xml *xml;
	struct str text;

	ck_assert_int_eq(xml_path_compile(a, STR("concat(/a/b, /a/b/@c)"), NULL, &path, NULL), 0);
	for (int i = 0; i < N_OF(places); i++) {
		ck_assert_int_eq(xml_parse(a, rendered(a, TMPL_XML, places[i], OMIT), &xml, NULL), 0);
		ck_assert(xml_select(a, xml, NULL, path, &text));
		ck_assert_str(text, "\"<&%+>'\n\xf0\x9f\x98\x80 \xd7\xa9\xd7\x9c");
	}
	arena_free(&a);
}
END_TEST

TCase *xml_cases(void)
{
	TCase *tc = tcase_create("xml");

	tcase_add_loop_test(tc, xml_is_filled, 0, N_OF(texts));
	tcase_add_test(tc, hard_text_arrives);
	return tc;
}
