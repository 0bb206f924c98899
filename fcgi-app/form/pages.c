/*
 * pages: what a form's addresses show: its first page, its thanks, its colours, and the script with which other sites show it.
 */
#include <math.h>

#include "fcgi-app/api/track.h"
#include "fcgi-app/form/form.h"
#include "fcgi-app/form/handlers.h"
#include "lib/base/utf8.h"
#include "lib/lead/intake.h"
#include "lib/web/page.h"

/* A page that is not to be kept by caches, for the sites that may frame the form. */
static int send_page(struct app *app, struct resp *r, const struct form_page *form, const char *name, const struct value *root, bool scripts,
    struct err *e)
{
	struct page_policy policy = { .scripts = scripts, .ancestors = form->origins, .n_ancestors = form->n_origins };

	return page_send(app->pages, r, 200, name, root, &policy, e);
}

static const struct str *query_text(const struct form *query, const char *name)
{
	return form_get(query, str_of(name));
}

/* What a link may fill in: plain answers. Nobody's name or number belongs into an address. */
static void prefill(struct walk *w, const struct form *query)
{
	struct value *values = &w->visit.values;

	*values = value_object(arena_array_of(w->q->arena, w->inputs.n, struct member), 0);
	for (size_t i = 0; i < w->inputs.n; i++) {
		const struct input *in = &w->inputs.list[i];
		const struct str *given = in->kind == INPUT_FIELD && in->field != NULL && !in->field->pii ? form_get(query, in->name) : NULL;

		if (given != NULL && given->n > 0 && utf8_count(*given) <= VISIT_VALUE_MAX)
			values->members[values->n++] = (struct member){ in->name, value_text(*given) };
	}
}

/* Where the visitor comes from: the same words as on a channel's link, and the click that the link was. */
static void read_source(struct walk *w, const struct form *query)
{
	const struct str *click = query_text(query, "click_id"), *page = query_text(query, "page");
	struct arena *a = w->q->arena;
	struct click c = { 0 };
	struct faults ignored;
	struct value url;
	struct id id;

	faults_init(&ignored, a);
	track_read(a, query, &c);
	w->visit.source = track_source(a, &c, click != NULL && id_parse("clk", *click, &id) ? *click : STR(""));
	if (page == NULL)
		return;
	url = value_object((struct member[]){ { STR("landing_url"), value_text(*page) } }, 1);
	if (intake_check(a, INTAKE_EVENT, true, &url, PATH_ROOT, &ignored, &url) == 0)
		w->visit.page_url = *page;
}

int form_show(struct app *app, struct req *q, struct resp *r, struct err *e)
{
	struct walk *w = arena_new_of(q->arena, struct walk);
	struct form query;

	w->app = app;
	w->q = q;
	if (form_find(q, &w->form, e) != 0 || form_origin(q, r, w->form, e) != 0 || form_rate(app, q, r, e) != 0 || form_open(w->form, e) != 0)
		return -1;
	if (req_query(q, &query, e) != 0)
		query = (struct form){ 0 };
	visit_begin(q->wall_us, &w->visit);
	w->visit.embedded = query_text(&query, "embed") != NULL;
	read_source(w, &query);
	inputs_list(q->arena, w->form, &w->visit, NULL, &w->inputs);
	prefill(w, &query);
	if (!str_contains(req_header(q, "accept"), STR("text/html")) && str_contains(req_header(q, "accept"), STR("application/json")))
		return form_describe(w, r, e);
	return walk_show(w, r, 200, e);
}

/* The address of what was sent, opened again: by a reload, or out of a history. */
int form_back(struct app *app, struct req *q, struct resp *r, struct err *e)
{
	const struct form_page *form;

	(void)app;
	if (form_find(q, &form, e) != 0)
		return -1;
	resp_redirect(r, 303, arena_printf(q->arena, "/f/%.*s", STR_ARG(form->key)));
	return 0;
}

/* ?to=URL&is=SEAL: on to another site, from within a frame that the site itself should not open in. Only an address that we sealed. */
static struct str next_of(struct app *app, const struct req *q, const struct form_page *form, const struct form *query)
{
	const struct str *to = query_text(query, "to"), *is = query_text(query, "is");

	if (to == NULL || is == NULL || !crypt_same(*is, visit_seal_text(q->arena, &app->keys, "next", form->key, *to)))
		return STR("");
	return *to;
}

int form_thanks(struct app *app, struct req *q, struct resp *r, struct err *e)
{
	const struct form_page *form;
	struct value root = page_object();
	bool embedded, nobody;
	struct str message;
	struct form query;

	if (form_find(q, &form, e) != 0)
		return -1;
	if (req_query(q, &query, e) != 0)
		query = (struct form){ 0 };
	embedded = query_text(&query, "embed") != NULL;
	nobody = query_text(&query, "nobody") != NULL;
	message = form->thanks_message.n > 0 ? form->thanks_message : STR("Thank you. You will hear from us soon.");
	if (nobody)
		message = STR("Thank you. At the moment nobody we work with can take it, so you need not wait for a call.");
	page_set(q->arena, &root, "title", value_text(STR("We have your request")));
	page_set(q->arena, &root, "name", value_text(form->campaign->vertical->name));
	page_set(q->arena, &root, "message", value_text(message));
	page_set(q->arena, &root, "embedded", value_bool(embedded));
	page_set(q->arena, &root, "next", value_text(next_of(app, q, form, &query)));
	if (form->accent.n > 0)
		page_set(q->arena, &root, "theme", value_text(arena_printf(q->arena, "/f/%.*s/theme.css?%.*s", STR_ARG(form->key),
		    (int)form->accent.n - 1, form->accent.p + 1)));
	return send_page(app, r, form, "form/thanks", &root, embedded, e);
}

static int hex_of(char c)
{
	return c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10;
}

/* Whether black is easier to read on the colour than white, by WCAG's relative luminance: both are as easy at 0.179. */
static bool is_light(struct str accent)
{
	static const double weights[3] = { 0.2126, 0.7152, 0.0722 };
	double luminance = 0;

	for (int i = 0; i < 3; i++) {
		int of_255 = accent.n == 4 ? 17 * hex_of(accent.p[1 + i]) : 16 * hex_of(accent.p[1 + 2 * i]) + hex_of(accent.p[2 + 2 * i]);
		double c = of_255 / 255.0;

		luminance += weights[i] * (c <= 0.04045 ? c / 12.92 : pow((c + 0.055) / 1.055, 2.4));
	}
	return luminance > 0.179;
}

int form_theme(struct app *app, struct req *q, struct resp *r, struct err *e)
{
	const struct form_page *form;

	(void)app;
	if (form_find(q, &form, e) != 0)
		return -1;
	if (form->accent.n == 0)
		return err_set(e, ERR_NOT_FOUND, "the form has no colours of its own");
	r->status = 200;
	r->content_type = STR("text/css; charset=utf-8");
	resp_set_header(r, "Cache-Control", STR("public, max-age=3600"));
	buf_addf(&r->body, ":root { --accent: %.*s; --on-accent: %s; }\n", STR_ARG(form->accent), is_light(form->accent) ? "#000" : "#fff");
	return 0;
}

/* scheme://host[:port] of an absolute URL. */
static struct str origin_of(struct str url)
{
	const char *host = url.n > 8 ? memmem(url.p, url.n, "://", 3) : NULL;
	size_t n = host != NULL ? (size_t)(host - url.p) + 3 : 0;

	while (n > 0 && n < url.n && strchr("/?#", url.p[n]) == NULL)
		n++;
	return (struct str){ url.p, n };
}

/* A script's request names no origin, but mostly the page that asks. */
static bool is_for(const struct req *q, struct str origin)
{
	const struct catalog *c = q->caller->snapshot->catalog;

	for (size_t i = 0; i < c->n_forms; i++)
		if (form_allows(&c->forms[i], origin))
			return true;
	return form_is_own(q, origin);
}

int form_embed(struct app *app, struct req *q, struct resp *r, struct err *e)
{
	struct str origin = req_header(q, "origin"), path;

	if (origin.n == 0)
		origin = origin_of(req_header(q, "referer"));
	resp_set_header(r, "Vary", STR("Origin, Referer"));
	if (origin.n > 0 && !is_for(q, origin))
		return err_set(e, ERR_FORBIDDEN, "No form is for this site: its operator has to name the site among the form's origins.");
	if (req_header(q, "origin").n > 0)
		resp_set_header(r, "Access-Control-Allow-Origin", origin);
	path = arena_printf(q->arena, "%.*s/form/embed.js", STR_ARG(app->settings.templates_dir));
	r->status = 200;
	r->content_type = STR("text/javascript; charset=utf-8");
	resp_set_header(r, "Cache-Control", STR("public, max-age=300"));
	resp_set_header(r, "Cross-Origin-Resource-Policy", STR("cross-origin"));
	return buf_add_file(&r->body, path.p) == 0 ? 0 : err_set(e, ERR_IO, "%.*s can't be read", STR_ARG(path));
}
