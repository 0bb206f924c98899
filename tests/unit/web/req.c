/* A request's head, an answer, a route: one by one. */
#include <stdio.h>
#include <string.h>

#include "lib/web/req.h"
#include "tests/unit/web/suites.h"

static struct arena *arena;

static void set_up(void)
{
	arena = arena_new(4 * 1024 * 1024);
}

static void tear_down(void)
{
	arena_free(&arena);
}

static struct req request(const char *method, const char *uri)
{
	struct req q;

	req_begin(&q, arena, 1);
	req_param(&q, STR("REQUEST_METHOD"), str_of(method));
	req_param(&q, STR("REQUEST_URI"), str_of(uri));
	req_finish_head(&q, &(struct networks){ 0 });
	return q;
}

/* ---- req ---- */

START_TEST(an_empty_request_has_no_null)
{
	struct req q;

	req_begin(&q, arena, 5);
	req_finish_head(&q, &(struct networks){ 0 });
	ck_assert_ptr_nonnull(q.method.p);
	ck_assert_ptr_nonnull(q.path.p);
	ck_assert_ptr_nonnull(q.query.p);
	ck_assert_ptr_nonnull(q.body.p);
	ck_assert_ptr_nonnull(q.content_type.p);
	ck_assert_ptr_nonnull(q.remote_addr.p);
	ck_assert_ptr_nonnull(q.traceparent.p);
	ck_assert_ptr_nonnull(req_header(&q, "x").p);
	ck_assert(str_starts(q.request_id, STR("req_")));
	ck_assert_int_eq(q.start_us, 5);
	ck_assert_int_gt(q.wall_us, 0);
}
END_TEST

static const struct {
	const char *uri, *path, *query;
} uris[] = {
	{ "/v1/ping", "/v1/ping", "" }, { "/v1/ping?", "/v1/ping", "" }, { "/a?b=c&d", "/a", "b=c&d" }, { "/a?b?c", "/a", "b?c" },
	{ "/a%3fb?c", "/a%3fb", "c" }, { "?x", "", "x" }, { "", "", "" }, { "*", "*", "" }, { "//a//?q", "//a//", "q" },
};

START_TEST(uris_are_split)
{
	struct req q = request("GET", uris[_i].uri);

	ck_assert(str_is(q.path, uris[_i].path));
	ck_assert(str_is(q.query, uris[_i].query));
}
END_TEST

START_TEST(queries)
{
	struct req q = request("GET", "/a?from=2026-01-01&tz=Europe%2FBerlin&empty=");
	struct form form;
	struct err e;

	ck_assert_int_eq(req_query(&q, &form, &e), 0);
	ck_assert_uint_eq(form.n, 3);
	ck_assert(str_is(*form_get(&form, STR("tz")), "Europe/Berlin"));
	ck_assert(str_is(*form_get(&form, STR("empty")), ""));
	ck_assert_ptr_null(form_get(&form, STR("none")));
}
END_TEST

START_TEST(headers)
{
	struct req q = request("GET", "/");
	char name[200];

	req_param(&q, STR("HTTP_X_API_KEY"), STR("k1"));
	req_param(&q, STR("HTTP_ACCEPT"), STR("*/*"));
	req_param(&q, STR("HTTP_"), STR("nameless"));
	req_param(&q, STR("HTTPS"), STR("on"));
	req_param(&q, STR("CONTENT_TYPE"), STR(" Text/XML ;charset=UTF-8"));
	ck_assert(str_is(req_header(&q, "x-api-key"), "k1"));
	ck_assert(str_is(req_header(&q, "accept"), "*/*"));
	ck_assert(str_is(req_header(&q, "s"), ""));
	ck_assert(str_is(q.content_type, "text/xml"));
	ck_assert(q.https);
	req_param(&q, STR("HTTPS"), STR("off"));
	ck_assert(!q.https);
	/* more than fit, and too long ones, are left out */
	for (int i = 0; i < REQ_HEADERS * 2; i++)
		req_param(&q, STR("HTTP_MANY"), STR("1"));
	ck_assert_uint_eq(q.headers.n, REQ_HEADERS);
	memset(name, 'A', sizeof(name));
	memcpy(name, "HTTP_", 5);
	q.headers.n = 0;
	req_param(&q, (struct str){ name, sizeof(name) }, STR("1"));
	ck_assert_uint_eq(q.headers.n, 0);
}
END_TEST

static const struct {
	const char *text;
	bool good;
} traces[] = {
	{ "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", true },
	{ "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more", false },
	{ "cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", true },
	{ "cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more", true },
	{ "cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01.more", false },
	{ "00-00000000000000000000000000000000-b7ad6b7169203331-01", false },
	{ "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01", false },
	{ "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-0g", false },
	{ "00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01", false },
	{ "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", false },
	{ "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-0", false },
	{ "00-0af7651916cd43dd8448eb211c80319c+b7ad6b7169203331-01", false },
	{ "00-0af7651916cd43dd8448eb211c8031\n9-b7ad6b7169203331-01", false },
	{ "", false },
};

START_TEST(traceparents)
{
	struct req q;

	req_begin(&q, arena, 1);
	req_param(&q, STR("HTTP_TRACEPARENT"), str_of(traces[_i].text));
	req_finish_head(&q, &(struct networks){ 0 });
	ck_assert(str_eq(q.traceparent, (struct str){ traces[_i].text, traces[_i].good ? 55 : 0 }));
}
END_TEST

TCase *req_cases(void)
{
	TCase *tc = tcase_create("req");

	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_test(tc, an_empty_request_has_no_null);
	tcase_add_loop_test(tc, uris_are_split, 0, N_OF(uris));
	tcase_add_test(tc, queries);
	tcase_add_test(tc, headers);
	tcase_add_loop_test(tc, traceparents, 0, N_OF(traces));
	return tc;
}

/* ---- resp ---- */

static const struct {
	enum err_kind kind;
	int status;
	bool shows; /* the message */
} kinds[] = {
	{ ERR_MALFORMED, 400, true }, { ERR_UNAUTHORIZED, 401, true }, { ERR_FORBIDDEN, 403, true }, { ERR_NOT_FOUND, 404, true },
	{ ERR_METHOD, 405, true }, { ERR_CONFLICT, 409, true }, { ERR_GONE, 410, true }, { ERR_TOO_LARGE, 413, true }, { ERR_MEDIA, 415, true },
	{ ERR_INVALID, 422, true }, { ERR_TOO_MANY, 429, true }, { ERR_BUSY, 503, true }, { ERR_DB, 503, false },
	{ ERR_DB_RETRY, 503, false }, { ERR_DB_UNCERTAIN, 503, false }, { ERR_IO, 503, false }, { ERR_INTERNAL, 500, false },
	{ ERR_NONE, 500, false },
};

START_TEST(problems)
{
	struct err e = { .kind = kinds[_i].kind };
	struct req q = request("GET", "/v1/\"quoted\"?secret=1");
	struct faults faults;
	struct resp r;
	struct str body;

	snprintf(e.msg, sizeof(e.msg), "table gavel.lead is gone");
	faults_init(&faults, arena);
	fault_add(&faults, PATH_ROOT, "missing_field", "lead is missing");
	resp_init(&r, arena, 65536);
	buf_add_cstr(&r.body, "half an answer");
	resp_problem(&r, &q, &e, &faults);
	body = buf_str(&r.body);
	ck_assert_int_eq(r.status, kinds[_i].status);
	ck_assert_int_eq(resp_status_of(kinds[_i].kind), kinds[_i].status);
	ck_assert(str_is(r.content_type, "application/problem+json"));
	ck_assert(str_starts(body, STR("{\"type\":")));
	ck_assert(str_contains(body, STR("table gavel.lead")) == kinds[_i].shows);
	ck_assert(str_contains(body, arena_printf(arena, "\"status\":%d,", kinds[_i].status)));
	ck_assert(str_contains(body, STR("\"instance\":\"/v1/\\\"quoted\\\"\"")));
	ck_assert(!str_contains(body, STR("secret")));
	ck_assert(str_contains(body, arena_printf(arena, "\"request_id\":\"%.*s\"", STR_ARG(q.request_id))));
	ck_assert(str_contains(body, STR("\"errors\":[{\"pointer\":\"#\",\"code\":\"missing_field\"")) == (kinds[_i].status == 422));
	ck_assert((http_header_find(&r.headers, STR("Retry-After")) != NULL) == (kinds[_i].status == 503));
	ck_assert((http_header_find(&r.headers, STR("WWW-Authenticate")) != NULL) == (kinds[_i].status == 401));
}
END_TEST

START_TEST(codes_of_their_own)
{
	struct err e = { .kind = ERR_CONFLICT, .code = "posted_already" };
	struct req q = request("POST", "/v1/post");
	struct resp r;

	resp_init(&r, arena, 65536);
	resp_problem(&r, &q, &e, NULL);
	ck_assert(str_contains(buf_str(&r.body), STR("\"code\":\"posted_already\"")));
	ck_assert_str_eq(r.log_code, "posted_already");
}
END_TEST

START_TEST(headers_of_answers)
{
	struct resp r;

	resp_init(&r, arena, 65536);
	resp_header(&r, "X-One", STR("1"));
	resp_header(&r, "X-Bad", STR("a\r\nSet-Cookie: b"));
	resp_header(&r, "X-Bad", STR("a\nb"));
	resp_header(&r, "X-Bad", (struct str){ "a\0b", 3 });
	ck_assert_uint_eq(r.headers.n, 1);
	resp_set_header(&r, "x-one", STR("2"));
	ck_assert_uint_eq(r.headers.n, 1);
	ck_assert(str_is(*http_header_find(&r.headers, STR("X-One")), "2"));
	resp_set_header(&r, "X-One", STR("a\r\nb"));
	ck_assert_uint_eq(r.headers.n, 1);
	for (int i = 0; i < RESP_HEADERS * 2; i++)
		resp_header(&r, "X-Many", STR("1"));
	ck_assert_uint_eq(r.headers.n, RESP_HEADERS);
}
END_TEST

START_TEST(redirects)
{
	struct resp r;

	resp_init(&r, arena, 65536);
	buf_add_cstr(&r.body, "x");
	resp_redirect(&r, 303, STR("https://www.example.com/thanks"));
	ck_assert_int_eq(r.status, 303);
	ck_assert_uint_eq(r.body.n, 0);
	ck_assert(str_is(*http_header_find(&r.headers, STR("location")), "https://www.example.com/thanks"));
}
END_TEST

TCase *resp_cases(void)
{
	TCase *tc = tcase_create("resp");

	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_loop_test(tc, problems, 0, N_OF(kinds));
	tcase_add_test(tc, codes_of_their_own);
	tcase_add_test(tc, headers_of_answers);
	tcase_add_test(tc, redirects);
	return tc;
}

/* ---- route ---- */

static const struct route routes[] = {
	{ .method = "GET", .path = "/" },
	{ .method = "GET", .path = "/v1/health" },
	{ .method = "POST", .path = "/v1/ping" },
	{ .method = "GET", .path = "/v1/leads" },
	{ .method = "GET", .path = "/v1/leads/:id" },
	{ .method = "GET", .path = "/v1/leads/:id/explain" },
	{ .method = "GET", .path = "/v1/admin/config" },
	{ .method = "PUT", .path = "/v1/admin/config" },
	{ .method = "GET", .path = "/.well-known/gpc.json" },
};

static const struct {
	const char *method, *path;
	enum route_found found;
	int row;
	const char *more; /* the first parameter, or what is allowed */
} ways[] = {
	{ "GET", "/", ROUTE_OK, 0, NULL },
	{ "GET", "/v1/health", ROUTE_OK, 1, NULL },
	{ "HEAD", "/v1/health", ROUTE_OK, 1, NULL },
	{ "POST", "/v1/ping", ROUTE_OK, 2, NULL },
	{ "GET", "/v1/leads", ROUTE_OK, 3, NULL },
	{ "GET", "/v1/leads/led_01", ROUTE_OK, 4, "led_01" },
	{ "GET", "/v1/leads/a%20b", ROUTE_OK, 4, "a%20b" },
	{ "GET", "/v1/leads/seller:acme", ROUTE_OK, 4, "seller:acme" },
	{ "GET", "/v1/leads/seller%3Aacme", ROUTE_OK, 4, "seller:acme" },
	{ "GET", "/v1/leads/%3a%3A/explain", ROUTE_OK, 5, "::" },
	{ "GET", "/v1/leads/%21%24%26%27%28%29%2A%2B%2C%3B%3D%3A%40", ROUTE_OK, 4, "!$&'()*+,;=:@" },
	{ "GET", "/v1/leads/%61%2d%5F%7e", ROUTE_OK, 4, "%61%2d%5F%7e" },
	{ "GET", "/v1/leads/%253A%0d%c3%a9%3f", ROUTE_OK, 4, "%253A%0d%c3%a9%3f" },
	{ "GET", "/v1/leads/led_01/explain", ROUTE_OK, 5, "led_01" },
	{ "PUT", "/v1/admin/config", ROUTE_OK, 7, NULL },
	{ "GET", "/.well-known/gpc.json", ROUTE_OK, 8, NULL },
	{ "GET", "/v1/ping", ROUTE_METHOD, -1, "POST" },
	{ "HEAD", "/v1/ping", ROUTE_METHOD, -1, "POST" },
	{ "POST", "/v1/health", ROUTE_METHOD, -1, "GET, HEAD" },
	{ "DELETE", "/v1/admin/config", ROUTE_METHOD, -1, "GET, HEAD, PUT" },
	{ "get", "/v1/health", ROUTE_METHOD, -1, "GET, HEAD" },
	{ "", "/v1/health", ROUTE_METHOD, -1, "GET, HEAD" },
	{ "GET", "", ROUTE_NONE, -1, NULL },
	{ "GET", "v1/health", ROUTE_NONE, -1, NULL },
	{ "GET", "*", ROUTE_NONE, -1, NULL },
	{ "GET", "http://x.example/v1/health", ROUTE_NONE, -1, NULL },
	{ "GET", "/v1/Health", ROUTE_NONE, -1, NULL },
	{ "GET", "/v1/health/", ROUTE_NONE, -1, NULL },
	{ "GET", "/v1", ROUTE_NONE, -1, NULL },
	{ "GET", "/v1/healt", ROUTE_NONE, -1, NULL },
	{ "GET", "/v1/healthy", ROUTE_NONE, -1, NULL },
	{ "GET", "//v1/health", ROUTE_NONE, -1, NULL },
	{ "GET", "/v1//health", ROUTE_NONE, -1, NULL },
	{ "GET", "/v1/./health", ROUTE_NONE, -1, NULL },
	{ "GET", "/v1/x/../health", ROUTE_NONE, -1, NULL },
	{ "GET", "/v1/leads/.", ROUTE_NONE, -1, NULL },
	{ "GET", "/v1/leads/..", ROUTE_NONE, -1, NULL },
	{ "GET", "/v1/leads/.hidden", ROUTE_NONE, -1, NULL },
	{ "GET", "/v1/leads/", ROUTE_NONE, -1, NULL },
	{ "GET", "/v1/leads//explain", ROUTE_NONE, -1, NULL },
	{ "GET", "/v1/leads/a%2fb", ROUTE_NONE, -1, NULL },
	{ "GET", "/v1/leads/a%2Fb", ROUTE_NONE, -1, NULL },
	{ "GET", "/v1/leads/%2e%2e", ROUTE_NONE, -1, NULL },
	{ "GET", "/v1/leads/%2E", ROUTE_NONE, -1, NULL },
	{ "GET", "/v1/leads/a%00", ROUTE_NONE, -1, NULL },
	{ "GET", "/v1/leads/a%", ROUTE_NONE, -1, NULL },
	{ "GET", "/v1/leads/a%2", ROUTE_NONE, -1, NULL },
	{ "GET", "/v1/leads/a%zz", ROUTE_NONE, -1, NULL },
	{ "GET", "/v1/leads/a\\b", ROUTE_NONE, -1, NULL },
	{ "GET", "/v1/leads/a b", ROUTE_NONE, -1, NULL },
	{ "GET", "/v1/leads/\xc3\xa9", ROUTE_NONE, -1, NULL },
	{ "GET", "/%76%31/health", ROUTE_NONE, -1, NULL },
	{ "GET", "/.well-known/../v1/health", ROUTE_NONE, -1, NULL },
	{ "GET", "/.well-known", ROUTE_NONE, -1, NULL },
};

START_TEST(ways_lead_somewhere)
{
	struct req q = request(ways[_i].method, ways[_i].path);
	const struct route *found = NULL;
	struct str allow = { "", 0 };

	ck_assert_msg(route_find(routes, N_OF(routes), &q, &found, &allow) == ways[_i].found, "%s %s", ways[_i].method, ways[_i].path);
	if (ways[_i].found == ROUTE_OK) {
		ck_assert_ptr_eq(found, &routes[ways[_i].row]);
		ck_assert(ways[_i].more == NULL || str_is(q.route_params[0], ways[_i].more));
	} else if (ways[_i].found == ROUTE_METHOD) {
		ck_assert_msg(str_is(allow, ways[_i].more), "%.*s", STR_ARG(allow));
	}
}
END_TEST

TCase *route_cases(void)
{
	TCase *tc = tcase_create("route");

	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_loop_test(tc, ways_lead_somewhere, 0, N_OF(ways));
	return tc;
}
