/*
 * A request's head as FastCGI's parameters bring it ("NAME=value", one to a line; NUL may stand anywhere), then what is done with it
 * before a handler sees it: the client's address, the query, the route. Whatever comes, the request holds no NULL, no header name has an
 * upper-case letter, and a path that a route takes has one spelling.
 */
#include <stdlib.h>

#include "lib/web/req.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static const struct route routes[] = {
	{ .method = "GET", .path = "/" },
	{ .method = "POST", .path = "/v1/ping" },
	{ .method = "GET", .path = "/v1/leads" },
	{ .method = "GET", .path = "/v1/leads/:id" },
	{ .method = "GET", .path = "/v1/:a/:b/:c/:d" },
};

static void must(bool holds)
{
	if (!holds)
		abort();
}

static void check_texts(const struct req *q)
{
	const struct str texts[] = { q->request_id, q->method, q->path, q->query, q->body, q->content_type, q->remote_addr, q->traceparent };

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		must(texts[i].p != NULL);
	must(q->request_id.n >= 1 && q->request_id.n <= 64);
	must(q->headers.n <= REQ_HEADERS);
	for (size_t i = 0; i < q->headers.n; i++)
		for (size_t k = 0; k < q->headers.list[i].name.n; k++)
			must(q->headers.list[i].name.p[k] < 'A' || q->headers.list[i].name.p[k] > 'Z');
}

static void check_route(struct req *q)
{
	const struct route *found;
	struct str allow;

	if (route_find(routes, sizeof(routes) / sizeof(routes[0]), q, &found, &allow) == ROUTE_NONE)
		return;
	must(q->path.n > 0 && q->path.p[0] == '/');
	must(!str_contains(q->path, STR("//")) && !str_contains(q->path, STR("/.")) && !str_contains(q->path, STR("%00")));
	must(!str_contains(q->path, STR("%2e")) && !str_contains(q->path, STR("%2F")) && memchr(q->path.p, '\0', q->path.n) == NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct arena *a = arena_new(64 << 20);
	struct str rest = { (const char *)data, n }, value, name;
	struct networks trusted;
	struct form form;
	struct req q;
	struct err e;

	must(networks_parse(a, STR("10.0.0.0/8 fd00::/8"), &trusted, &e) == 0);
	req_begin(&q, a, 1);
	while (rest.n > 0 && str_split(&rest, '\n', &value)) {
		str_split(&value, '=', &name);
		req_param(&q, name, value.p != NULL ? value : (struct str){ "", 0 });
	}
	req_finish_head(&q, &trusted);
	check_texts(&q);
	(void)req_query(&q, &form, &e);
	check_route(&q);
	arena_free(&a);
	return 0;
}
