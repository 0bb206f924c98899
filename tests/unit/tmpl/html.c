#include "tests/unit/tmpl/suites.h"

static const struct {
	const char *text, *want;
} pages[] = {
	{ "<!doctype html><p title=\"{{attr lead.hard}}\">{{text lead.hard}}</p>",
	  "<!doctype html><p title=\"&quot;&lt;&amp;%+&gt;&apos;&#10;\xf0\x9f\x98\x80 \xd7\xa9\xd7\x9c\">"
	  "&quot;&lt;&amp;%+&gt;&apos;\n\xf0\x9f\x98\x80 \xd7\xa9\xd7\x9c</p>" },
	{ "<a href=\"/admin/{{url lead.email}}\">{{text lead.zip | left:3}}</a>", "<a href=\"/admin/ann%40example.com\">902</a>" },
	{ "<a href=\"{{attr lead.link}}\">x</a>", "<a href=\"#\">x</a>" },
	{ "<a href='{{attr missing}}/x?a={{attr lead.link}}'>x</a>", "<a href='/x?a=javascript:alert(1)'>x</a>" },
	{ "<a href=\"{{attr ok}}\">x</a>", "<a href=\"\">x</a>" },
	{ "<img src=\"{{attr lead.zip}}\">", "<img src=\"90210\">" },
	{ "<script>var x = {{json lead.script}};</script><p>{{text lead.zip}}</p>",
	  "<script>var x = \"\\u003c/script\\u003e\";</script><p>90210</p>" },
	{ "<script type=\"module\">x({{json lead.drivers.0}})</script>",
	  "<script type=\"module\">x({\"first_name\":\"Ann\",\"age\":30,\"sr22\":true,\"incidents\":[{\"type\":\"ticket\"},"
	  "{\"type\":\"claim\"}]})</script>" },
	{ "<i data-x='{{json lead.tags}}'></i>", "<i data-x='[&quot;a&quot;,&quot;b &amp; c&quot;,&quot;d&quot;]'></i>" },
	{ "<ul>{{#lead.drivers}}<li {{#item.sr22}}class=\"s\"{{/item.sr22}}>{{text item.first_name}}{{#item.sr22}} {{text "
	  "item.first_name}}{{/item.sr22}}</li>{{/lead.drivers}}</ul>",
	  "<ul><li class=\"s\">Ann Ann</li><li >Bob</li><li >Cy</li></ul>" },
	{ "<input value=\"{{attr lead.zip}}\" checked>{{text missing}}", "<input value=\"90210\" checked>" },
	{ "<textarea>{{text lead.zip}}</textarea>", "<textarea>90210</textarea>" },
	{ "a < b {{text lead.zip}}", "a < b 90210" },
	{ "<p>{{lead.zip}}</p>", FAULT "a hole in HTML has a type" },
	{ "<p>{{raw lead.zip}}</p>", FAULT "is not a path" },
	{ "<p>{{attr lead.zip}}</p>", FAULT "{{attr}} stands in a quoted attribute" },
	{ "<p>{{url lead.zip}}</p>", FAULT "{{url}} stands in a quoted attribute" },
	{ "<p>{{json lead.zip}}</p>", FAULT "{{json}} stands in a script" },
	{ "<p title=\"{{text lead.zip}}\">", FAULT "{{text}} stands in an element's text" },
	{ "<p title={{attr lead.zip}}>", FAULT "{{attr}} stands in a quoted attribute" },
	{ "<p {{attr lead.zip}}>", FAULT "{{attr}} stands in a quoted attribute" },
	{ "<p onclick=\"x('{{attr lead.zip}}')\">", FAULT "{{attr}} stands in a quoted attribute" },
	{ "<p style=\"color:{{attr lead.zip}}\">", FAULT "{{attr}} stands in a quoted attribute" },
	{ "<p onclick=\"x({{json lead.zip}})\">", FAULT "{{json}} stands in a script" },
	{ "<script>{{text lead.zip}}</script>", FAULT "{{text}} stands in an element's text" },
	{ "<style>p{color:{{text lead.zip}}}</style>", FAULT "{{text}} stands in an element's text" },
	{ "<style>{{json lead.zip}}</style>", FAULT "{{json}} stands in a script" },
	{ "<script>if (a < b) x('</p>{{text lead.zip}}')</script>", FAULT "{{text}} stands in an element's text" },
	{ "<!-- {{text lead.zip}} -->", FAULT "{{text}} stands in an element's text" },
	{ "<p {{#lead.zip}}>{{/lead.zip}}", FAULT "ends elsewhere in the markup" },
	{ "<script>x", FAULT "the text ends inside" },
};

START_TEST(a_page_is_filled)
{
	struct arena *a = arena_new(1 << 22);

	check_case(rendered(a, TMPL_HTML, pages[_i].text, FREE), pages[_i].want, pages[_i].text);
	arena_free(&a);
}
END_TEST

TCase *html_cases(void)
{
	TCase *tc = tcase_create("html");

	tcase_add_loop_test(tc, a_page_is_filled, 0, N_OF(pages));
	return tc;
}
