/* Pages: how a file, its layout and what it includes become one, what a page's policy says, and values as they grow. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/web/page.h"
#include "lib/web/req.h"
#include "tests/unit/web/suites.h"

static struct arena *arena;
static char dir[64];

static const char *const files[] = {
	"layout", "<!doctype html><title>{{text title}}</title><main>{{content}}</main>\n",
	"p", "{{layout layout}}\n<p>{{text title}}{{include parts/tail}}</p>\n",
	"parts/tail", "<a href=\"/x/{{url id}}\">!</a>",
	"alone", "<ul>{{#rows}}<li>{{text item.n}}</li>{{/rows}}</ul>",
	"problem", "{{layout layout}}{{text status}} {{text detail}} {{text request_id}}",
	"bare", "{{layout layout}}{{title}}",
	"round", "{{include round}}",
	"lost", "{{include nowhere}}",
};

static void set_up(void)
{
	char path[128];
	FILE *f;

	arena = arena_new(16 * 1024 * 1024);
	snprintf(dir, sizeof(dir), "/tmp/gavel-page-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/parts", dir);
	ck_assert_int_eq(mkdir(path, 0700), 0);
	for (int i = 0; i < N_OF(files); i += 2) {
		snprintf(path, sizeof(path), "%s/%s.html", dir, files[i]);
		f = fopen(path, "w");
		ck_assert_ptr_nonnull(f);
		fputs(files[i + 1], f);
		fclose(f);
	}
}

static void tear_down(void)
{
	char path[128];

	for (int i = 0; i < N_OF(files); i += 2) {
		snprintf(path, sizeof(path), "%s/%s.html", dir, files[i]);
		unlink(path);
	}
	snprintf(path, sizeof(path), "%s/parts", dir);
	rmdir(path);
	rmdir(dir);
	arena_free(&arena);
}

static struct pages *loaded(const char *name)
{
	const char *const names[] = { name, NULL };
	struct pages *pages;
	struct err e = { 0 };

	ck_assert_msg(pages_load(arena, str_of(dir), names, &pages, &e) == 0, "%s", e.msg);
	return pages;
}

static struct str header(const struct resp *r, const char *name)
{
	for (size_t i = 0; i < r->headers.n; i++)
		if (str_is(r->headers.list[i].name, name))
			return r->headers.list[i].value;
	return STR("");
}

START_TEST(a_page_stands_in_its_layout)
{
	struct value root = page_object();
	struct resp r;
	struct err e = { 0 };

	resp_init(&r, arena, 65536);
	page_set(arena, &root, "title", value_text(STR("<b> & co")));
	page_set(arena, &root, "id", value_text(STR("a/b")));
	ck_assert_int_eq(page_send(loaded("p"), &r, 200, "p", &root, NULL, &e), 0);
	ck_assert(str_is(buf_str(&r.body), "<!doctype html><title>&lt;b&gt; &amp; co</title><main><p>&lt;b&gt; &amp; co"
	    "<a href=\"/x/a%2Fb\">!</a></p></main>\n"));
	ck_assert_int_eq(r.status, 200);
	ck_assert(str_is(r.content_type, "text/html; charset=utf-8"));
	ck_assert(str_is(header(&r, "Cache-Control"), "no-store"));
}
END_TEST

static const struct {
	struct page_policy policy;
	const char *has, *has_not;
} policies[] = {
	{ { 0 }, "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'", "script-src" },
	{ { .scripts = true }, "script-src 'self'; connect-src 'self'", "unsafe" },
	{ { .leads_off = true }, "form-action 'self' https: http:; base-uri 'none'", "script-src" },
	{ { .ancestors = (const struct str[]){ STR_INIT("https://a.example"), STR_INIT("https://b.example:8443") }, .n_ancestors = 2 },
	  "frame-ancestors https://a.example https://b.example:8443", "'none' https" },
};

START_TEST(a_policy_allows_what_it_names)
{
	struct value root = page_object();
	struct resp r;
	struct err e = { 0 };

	resp_init(&r, arena, 65536);
	ck_assert_int_eq(page_send(loaded("alone"), &r, 200, "alone", &root, &policies[_i].policy, &e), 0);
	ck_assert(str_contains(header(&r, "Content-Security-Policy"), str_of(policies[_i].has)));
	ck_assert(!str_contains(header(&r, "Content-Security-Policy"), str_of(policies[_i].has_not)));
}
END_TEST

static const struct {
	const char *name, *why;
} wrong[] = {
	{ "bare", "bare.html: a hole in HTML has a type" },
	{ "round", "include each other" },
	{ "lost", "nowhere.html: can't be read" },
	{ "missing", "missing.html: can't be read" },
};

START_TEST(a_wrong_template_is_named)
{
	const char *const names[] = { wrong[_i].name, NULL };
	struct pages *pages;
	struct err e = { 0 };

	ck_assert_int_eq(pages_load(arena, str_of(dir), names, &pages, &e), -1);
	ck_assert_int_eq(e.kind, ERR_CONFIG);
	ck_assert_msg(strstr(e.msg, wrong[_i].why) != NULL, "%s", e.msg);
}
END_TEST

START_TEST(lists_grow)
{
	struct value root = page_object(), rows = page_list();
	struct buf want;
	struct resp r;
	struct err e = { 0 };

	resp_init(&r, arena, 65536);
	buf_in(&want, arena, 65536);
	buf_add_cstr(&want, "<ul>");
	for (int i = 0; i < 100; i++) {
		page_set(arena, page_add(arena, &rows), "n", value_int(arena, i));
		buf_addf(&want, "<li>%d</li>", i);
	}
	buf_add_cstr(&want, "</ul>");
	for (int i = 0; i < 20; i++)
		page_set(arena, &root, arena_printf(arena, "m%d", i).p, value_int(arena, i));
	page_set(arena, &root, "rows", rows);
	ck_assert_int_eq(page_send(loaded("alone"), &r, 200, "alone", &root, NULL, &e), 0);
	ck_assert(str_eq(buf_str(&r.body), buf_str(&want)));
	ck_assert(str_is(value_as_text(value_get(&root, STR("m19"))), "19"));
}
END_TEST

static const struct {
	enum err_kind kind;
	int status;
	const char *has, *has_not;
} problems[] = {
	{ ERR_NOT_FOUND, 404, "404 no such &lt;form&gt; rid-1", "<form>" },
	{ ERR_DB, 503, "503 The fault is ours", "no such" },
};

START_TEST(an_error_is_a_page)
{
	struct req q;
	struct resp r;
	struct err e = { 0 };

	req_begin(&q, arena, 1);
	q.request_id = STR("rid-1");
	resp_init(&r, arena, 65536);
	err_set(&e, problems[_i].kind, "no such <form>");
	ck_assert_int_eq(page_problem(loaded("problem"), &r, &q, "problem", &e), 0);
	ck_assert_int_eq(r.status, problems[_i].status);
	ck_assert(str_contains(buf_str(&r.body), str_of(problems[_i].has)));
	ck_assert(!str_contains(buf_str(&r.body), str_of(problems[_i].has_not)));
	ck_assert_int_eq(page_problem(loaded("alone"), &r, &q, "problem", &e), -1);
}
END_TEST

TCase *page_cases(void)
{
	TCase *tc = tcase_create("page");

	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_test(tc, a_page_stands_in_its_layout);
	tcase_add_loop_test(tc, a_policy_allows_what_it_names, 0, N_OF(policies));
	tcase_add_loop_test(tc, a_wrong_template_is_named, 0, N_OF(wrong));
	tcase_add_test(tc, lists_grow);
	tcase_add_loop_test(tc, an_error_is_a_page, 0, N_OF(problems));
	return tc;
}
