/*
 * The parts of lib/buyer that stand alone; whole steps are tried by tests/delivery.
 */
#include <check.h>
#include <stdlib.h>

#include "lib/base/arena.h"
#include "lib/buyer/document.h"
#include "lib/buyer/reply.h"
#include "lib/buyer/url.h"

#define N_OF(table) ((int)(sizeof(table) / sizeof((table)[0])))

static const struct {
	const char *url;
	bool absolute, template;
} urls[] = {
	{ "https://a.example.com", true, true },
	{ "HTTPS://A.example.com:443/p?q=1#f", true, true },
	{ "http://127.0.0.1:8080/", true, true },
	{ "https://[2001:db8::7]/x", true, true },
	{ "https://[2001:db8::7]:8443", true, true },
	{ "https://localhost", true, true },
	{ "https://b\xc3\xbc" "cher.example/x", true, true },
	{ "https://a.example.com:/", true, true },
	{ "https://user@a.example.com/", true, false },
	{ "https://u:p@a.example.com/", true, false },
	{ "https://a.example.com/x/../y", true, false },
	{ "https://a.example.com/x/%2E./y", true, false },
	{ "https://a.example.com/x/.hidden", true, true },
	{ "https://a.example.com/p?r=../x", true, true },
	{ "https://a.example.com/{{lead.zip | left:3}}", false, true },
	{ "https://a.example.com?z={{lead.zip}}", true, true },
	{ "https://a.example.com/{{lead.zip}}/a b", false, false },
	{ "https://{{lead.zip}}/", false, false },
	{ "https://a.example.com{{lead.zip}}", false, false },
	{ "https://a.example.com:0/", false, false },
	{ "https://a.example.com:65536/", false, false },
	{ "https://a.example.com:-1/", false, false },
	{ "https://a.example.com:8x/", false, false },
	{ "https://.example.com/", false, false },
	{ "https:///p", false, false },
	{ "https://", false, false },
	{ "https:/a.example.com", false, false },
	{ "https:\\\\a.example.com", false, false },
	{ "https://a.example.com\\@b.example.com/", false, false },
	{ "https://[::1", false, false },
	{ "https://[::1]x/", false, false },
	{ "https://[]/", false, false },
	{ "https://[::1%eth0]/", false, false },
	{ "ftp://a.example.com/", false, false },
	{ "//a.example.com/", false, false },
	{ "javascript:alert(1)//https://a.example.com", false, false },
	{ "a.example.com/x", false, false },
	{ "", false, false },
};

START_TEST(url_forms)
{
	const char *why = NULL;

	ck_assert_msg(url_is_absolute(str_of(urls[_i].url)) == urls[_i].absolute, "absolute: %s", urls[_i].url);
	ck_assert_msg(url_check_template(str_of(urls[_i].url), &why) == urls[_i].template, "template: %s", urls[_i].url);
	ck_assert(urls[_i].template || why != NULL);
}
END_TEST

START_TEST(url_no_bytes)
{
	ck_assert(!url_is_absolute((struct str){ NULL, 0 }));
	ck_assert(!url_is_absolute((struct str){ "https://a.example.com/\0x", 24 }));
	ck_assert(!url_has_dots((struct str){ NULL, 0 }));
}
END_TEST

static const struct {
	const char *words, *text;
	bool fit;
} wordings[] = {
	{ "duplicate", "duplicate", true },  { "duplicate", "duplicates", false }, { "dup*", "dup", true },
	{ "dup*", "duplicate lead", true },  { "dup*", "a dup", false },           { "*dup", "a dup", true },
	{ "*dup*", "undupped", true },       { "*", "", true },                    { "", "", true },
	{ "", "x", false },                  { "a*b*c", "a-b-b-c", true },         { "a*b*c", "acb", false },
	{ "**a**", "a", true },              { "*a", "ab", false },                { "a*", "*", false },
	{ "a?c", "abc", false },             { "*ab*ab", "abab", true },           { "*ab*ab", "ab", false },
};

START_TEST(words_fit)
{
	ck_assert_msg(reason_words_fit(str_of(wordings[_i].words), str_of(wordings[_i].text)) == wordings[_i].fit, "%s: %s",
	    wordings[_i].words, wordings[_i].text);
}
END_TEST

/* A pattern of many stars over a long text takes time in proportion to both, not to their powers. */
START_TEST(words_cost)
{
	static char words[400], text[100000];

	for (size_t i = 0; i < sizeof(words); i += 2)
		memcpy(words + i, "*a", 2);
	memset(text, 'a', sizeof(text));
	text[sizeof(text) - 1] = 'b';
	ck_assert(!reason_words_fit((struct str){ words, sizeof(words) }, (struct str){ text, sizeof(text) }));
}
END_TEST

static const struct {
	const char *type, *body;
	enum format format; /* FORMAT_AUTO: it does not read */
} bodies[] = {
	{ NULL, "{}", FORMAT_JSON },
	{ NULL, "\xef\xbb\xbf\n []", FORMAT_JSON },
	{ NULL, " \xef\xbb\xbf{}", FORMAT_JSON },
	{ NULL, "<a/>", FORMAT_XML },
	{ NULL, "OK", FORMAT_TEXT },
	{ NULL, "", FORMAT_TEXT },
	{ NULL, "a=b", FORMAT_TEXT },
	{ NULL, "{", FORMAT_AUTO },
	{ NULL, "<a>", FORMAT_AUTO },
	{ "text/html", "{}", FORMAT_JSON },
	{ "text/html; charset=utf-8", "OK", FORMAT_TEXT },
	{ "application/json", "5", FORMAT_JSON },
	{ "Application/JSON;charset=utf-8", "[]", FORMAT_JSON },
	{ "application/hal+json", "{}", FORMAT_JSON },
	{ "application/json", "OK", FORMAT_AUTO },
	{ "application/json", "", FORMAT_AUTO },
	{ "application/jsonp", "cb({})", FORMAT_TEXT },
	{ "text/xml ; charset=utf-8", "<a/>", FORMAT_XML },
	{ "application/soap+xml", "<a/>", FORMAT_XML },
	{ "application/soap+xml", "{}", FORMAT_AUTO },
	{ "application/x-www-form-urlencoded", "{}", FORMAT_FORM },
	{ "json", "OK", FORMAT_TEXT },
	{ "", "OK", FORMAT_TEXT },
};

START_TEST(reads_as)
{
	struct arena *a = arena_new((size_t)4 << 20);
	struct http_header header = { STR("content-type"), str_of(bodies[_i].type) };
	struct http_headers headers = { &header, bodies[_i].type != NULL };
	struct document d;
	int bad = document_read(a, str_of(bodies[_i].body), FORMAT_AUTO, &headers, &d, NULL);

	ck_assert_msg((bad != 0) == (bodies[_i].format == FORMAT_AUTO), "%s", bodies[_i].body);
	if (bad == 0)
		ck_assert_int_eq((int)d.format, (int)bodies[_i].format);
	arena_free(&a);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("buyer");
	TCase *url = tcase_create("url"), *words = tcase_create("words"), *document = tcase_create("document");
	SRunner *runner;
	int failed;

	xml_init();
	tcase_add_loop_test(url, url_forms, 0, N_OF(urls));
	tcase_add_test(url, url_no_bytes);
	tcase_add_loop_test(words, words_fit, 0, N_OF(wordings));
	tcase_add_test(words, words_cost);
	tcase_add_loop_test(document, reads_as, 0, N_OF(bodies));
	suite_add_tcase(suite, url);
	suite_add_tcase(suite, words);
	suite_add_tcase(suite, document);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
