#include "lib/web/web.h"

#include "lib/base/log.h"
#include "lib/wire/json.h"

enum { RESP_FIRST = 1024 };

struct kind {
	int status;
	const char *code, *title;
	bool ours; /* the message is for the log alone */
};

static const struct kind kinds[ERR__N] = {
	[ERR_NONE] = { 500, "internal", "Something went wrong on our side", true },
	[ERR_MALFORMED] = { 400, "malformed", "The request can't be read", false },
	[ERR_INVALID] = { 422, "invalid", "The request has faults", false },
	[ERR_UNAUTHORIZED] = { 401, "auth_failed", "Who calls is not known", false },
	[ERR_FORBIDDEN] = { 403, "forbidden", "This is not allowed", false },
	[ERR_NOT_FOUND] = { 404, "not_found", "Not found", false },
	[ERR_METHOD] = { 405, "method_not_allowed", "The address does not take this method", false },
	[ERR_CONFLICT] = { 409, "conflict", "The request conflicts with what is there", false },
	[ERR_GONE] = { 410, "expired", "It has expired", false },
	[ERR_TOO_LARGE] = { 413, "too_large", "The body is too large", false },
	[ERR_MEDIA] = { 415, "unsupported_media_type", "The media type is not taken here", false },
	[ERR_TOO_MANY] = { 429, "rate_limited", "Too many requests", false },
	[ERR_BUSY] = { 503, "busy", "Too busy at this moment", false },
	[ERR_DB] = { 503, "unavailable", "The database is not available", true },
	[ERR_DB_RETRY] = { 503, "unavailable", "The database is not available", true },
	[ERR_DB_DUPLICATE] = { 409, "conflict", "The request conflicts with what is there", true },
	[ERR_DB_UNCERTAIN] = { 503, "unavailable", "The database is not available", true },
	[ERR_NET] = { 502, "bad_gateway", "A call out failed", true },
	[ERR_IO] = { 503, "unavailable", "Not available at this moment", true },
	[ERR_CONFIG] = { 422, "invalid", "The request has faults", false },
	[ERR_INTERNAL] = { 500, "internal", "Something went wrong on our side", true },
};

int resp_status_of(enum err_kind kind)
{
	return kind < ERR__N ? kinds[kind].status : 500;
}

void resp_words(const struct err *e, const char **title_out, const char **detail_out)
{
	const struct kind *k = &kinds[e->kind < ERR__N ? e->kind : ERR_INTERNAL];

	*title_out = k->title;
	*detail_out = k->ours ? "The fault is ours and has been written down under the request's id." : e->msg;
}

void resp_init(struct resp *r, struct arena *a, size_t limit)
{
	*r = (struct resp){ .arena = a };
	r->headers.list = arena_array_of(a, RESP_HEADERS, struct http_header);
	buf_in(&r->body, a, limit);
}

static bool is_clean(struct str value)
{
	for (size_t i = 0; i < value.n; i++)
		if (value.p[i] == '\r' || value.p[i] == '\n' || value.p[i] == '\0')
			return false;
	return true;
}

void resp_header(struct resp *r, const char *name, struct str value)
{
	if (!is_clean(value) || r->headers.n == RESP_HEADERS) {
		log_error("a header was dropped", LOG_CSTR("name", name), LOG_END);
		return;
	}
	r->headers.list[r->headers.n++] = (struct http_header){ str_of(name), value };
}

void resp_set_header(struct resp *r, const char *name, struct str value)
{
	for (size_t i = 0; i < r->headers.n; i++)
		if (str_eq_nocase(r->headers.list[i].name, str_of(name)) && is_clean(value)) {
			r->headers.list[i].value = value;
			return;
		}
	resp_header(r, name, value);
}

static void write_faults(struct json_out *j, const struct faults *f, const char *code)
{
	json_open(j, "errors", '[');
	for (size_t i = 0; i < f->n; i++) {
		json_open(j, NULL, '{');
		json_text(j, "pointer", arena_printf(f->arena, "#%.*s", STR_ARG(f->list[i].pointer)));
		json_cstr(j, "code", f->list[i].code != NULL ? f->list[i].code : code);
		json_text(j, "detail", f->list[i].detail);
		json_close(j, '}');
	}
	json_close(j, ']');
}

void resp_problem(struct resp *r, const struct req *q, const struct err *e, const struct faults *faults)
{
	const struct kind *k = &kinds[e->kind < ERR__N ? e->kind : ERR_INTERNAL];
	const char *code = e->code != NULL ? e->code : k->code, *title, *detail;
	struct json_out j;

	resp_words(e, &title, &detail);
	buf_clear(&r->body);
	j = json_out(&r->body);
	r->status = k->status;
	r->content_type = STR("application/problem+json");
	r->log_code = code;
	json_open(&j, NULL, '{');
	json_cstr(&j, "type", "about:blank");
	json_cstr(&j, "title", title);
	json_int(&j, "status", k->status);
	json_cstr(&j, "detail", detail);
	json_text(&j, "instance", q->path.n > 0 ? q->path : STR("/"));
	json_cstr(&j, "code", code);
	json_text(&j, "request_id", q->request_id);
	if (faults != NULL && faults->n > 0 && k->status == 422)
		write_faults(&j, faults, code);
	json_close(&j, '}');
	if (k->status == 401)
		resp_set_header(r, "WWW-Authenticate", STR("Bearer realm=\"gavel\""));
	if (k->status == 503)
		resp_set_header(r, "Retry-After", STR("1"));
}

void resp_redirect(struct resp *r, int status, struct str url)
{
	r->status = status;
	buf_clear(&r->body);
	resp_set_header(r, "Location", url);
}
