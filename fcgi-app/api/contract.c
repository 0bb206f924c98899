/*
 * contract: GET /v1/openapi.json, byte for byte as it is installed. A program has the contract that it was started with, so while a new
 * version is rolled out each answers with its own.
 */
#include "fcgi-app/api/handlers.h"
#include "lib/base/log.h"

enum { CONTRACT_MAX = 1024 * 1024, CACHED_S = 300 };

void api_contract_load(struct app *app)
{
	struct str path = arena_printf(app->arena, "%.*s/docs/openapi.json", STR_ARG(app->settings.htdocs_dir));
	struct buf text;

	buf_in(&text, app->arena, CONTRACT_MAX);
	if (buf_add_file(&text, path.p) != 0) {
		log_error("the contract can't be read; leads are sold all the same", LOG_STR("file", path), LOG_END);
		return;
	}
	app->contract = buf_str(&text);
	app->contract_tag = arena_printf(app->arena, "\"%.32s\"", crypt_sha256_hex(app->arena, app->contract).p);
}

/* If-None-Match (RFC 9110 section 13.1.2), compared weakly. The tag stands in its quotes, so it is found whole or not at all. */
static bool is_known(const struct req *q, struct str tag)
{
	struct str known = str_trim(req_header(q, "if-none-match"));

	return str_is(known, "*") || str_contains(known, tag);
}

int api_contract(struct app *app, struct req *q, struct resp *r, struct err *e)
{
	if (app->contract.n == 0)
		return err_set(e, ERR_IO, "there was no contract at the start");
	resp_set_header(r, "ETag", app->contract_tag);
	resp_set_header(r, "Cache-Control", arena_printf(q->arena, "public, max-age=%d", CACHED_S));
	/* Tools on any site may read it: it is the same for all. */
	resp_set_header(r, "Access-Control-Allow-Origin", STR("*"));
	r->status = is_known(q, app->contract_tag) ? 304 : 200;
	if (r->status == 304)
		return 0;
	r->content_type = STR("application/json");
	buf_add_str(&r->body, app->contract);
	return 0;
}

int api_docs(struct app *app, struct req *q, struct resp *r, struct err *e)
{
	(void)app;
	(void)q;
	(void)e;
	resp_redirect(r, 302, STR("/docs/"));
	return 0;
}
