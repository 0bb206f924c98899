/*
 * send: a page of a form, sent: what was typed is kept; then comes the next page, the same one with its faults, or the lead is sold.
 */
#include "fcgi-app/form/entries.h"
#include "fcgi-app/form/handlers.h"
#include "lib/base/log.h"
#include "lib/web/page.h"
#include "lib/wire/form.h"

static size_t next_step(const struct walk *w, size_t step)
{
	do
		step++;
	while (step + 1 < w->form->n_steps && !walk_has_inputs(w, step));
	return step;
}

static size_t step_before(const struct walk *w, size_t step)
{
	if (step > 0)
		do
			step--;
		while (step > 0 && !walk_has_inputs(w, step));
	return step;
}

/* A page that says what is the matter, with the way back to the form's start. */
static int show_problem(struct walk *w, struct resp *r, int status, const char *title, const char *detail, struct err *e)
{
	struct page_policy policy = { .ancestors = w->form->origins, .n_ancestors = w->form->n_origins };
	struct arena *a = w->q->arena;
	struct value root = page_object();

	page_set(a, &root, "title", value_text(str_of(title)));
	page_set(a, &root, "detail", value_text(str_of(detail)));
	page_set(a, &root, "again", value_text(arena_printf(a, "/f/%.*s", STR_ARG(w->form->key))));
	page_set(a, &root, "request_id", value_text(w->q->request_id));
	return page_send(w->app->pages, r, status, "form/problem", &root, &policy, e);
}

/* Faults of the steps up to `last` are shown at the first step that has one. False: there are none. */
static bool has_faults(struct walk *w, size_t last)
{
	size_t faulty = walk_faulty(w, last);

	if (faulty == SIZE_MAX)
		return false;
	w->visit.step = faulty;
	return true;
}

/* 303 to where the consumer belongs now. A frame stays on our thanks, which asks the page around it to go on. */
static int lead_on(struct walk *w, struct resp *r, const struct lead_view *v)
{
	struct str next = form_sale_next(w->form, v), to;
	struct arena *a = w->q->arena;
	struct buf b;

	r->log_ref = id_text(a, "led", v->lead.id);
	buf_in(&b, a, VISIT_MAX);
	buf_addf(&b, "/f/%.*s/thanks", STR_ARG(w->form->key));
	if (next.n > 0 && w->visit.embedded) {
		buf_add_cstr(&b, "?embed&to=");
		form_percent(&b, next);
		buf_addf(&b, "&is=%.*s", STR_ARG(visit_seal_text(a, &w->app->keys, "next", w->form->key, next)));
	} else if (!form_sale_found(v)) {
		buf_add_cstr(&b, w->visit.embedded ? "?nobody&embed" : "?nobody");
	} else if (w->visit.embedded) {
		buf_add_cstr(&b, "?embed");
	}
	to = next.n > 0 && !w->visit.embedded ? next : buf_str(&b);
	resp_redirect(r, 303, to);
	return 0;
}

/* Nobody has to type it all once more because the office next door sent something too. */
static int send_later(struct walk *w, struct resp *r, struct err *e)
{
	w->notice = arena_printf(w->q->arena, "%s", e->msg).p;
	r->log_code = e->code;
	return walk_show(w, r, 429, e);
}

static int sell(struct walk *w, struct resp *r, struct err *e)
{
	struct arena *a = w->q->arena;
	struct form_order order = { .lead = w->raw, .lenient = true, .source = w->visit.source, .once = arena_printf(a, "form:%.*s:%.*s",
	    STR_ARG(w->form->key), STR_ARG(id_text(a, "vis", w->visit.serial))) };
	struct form_sold sold;

	crypt_sha256(order.once, order.fingerprint);
	order.consent = form_sale_consent(w->app, w->q, w->form);
	order.event = form_sale_event(w->app, w->q, w->form, &w->visit);
	if (form_sale_run(w->app, w->q, r, w->form, &order, &sold, e) != 0)
		return e->kind == ERR_TOO_MANY ? send_later(w, r, e) : -1;
	if (sold.again)
		r->log_code = "replayed";
	return lead_on(w, r, sold.lead);
}

/* The last page: all of the lead is looked at once more, since what an earlier page took may be refused by now. */
static int finish(struct walk *w, const struct form *sent, struct resp *r, struct err *e)
{
	int64_t now_s = w->q->wall_us / 1000000;

	w->no_consent = !str_is(form_text(sent, "consent"), "yes");
	if (has_faults(w, w->form->n_steps) || w->no_consent)
		return walk_show(w, r, 422, e);
	if (walk_is_hopeless(w)) {
		log_error("a form does not ask for what its campaign's leads must have", LOG_STR("form", w->form->key),
		    LOG_STR("pointer", w->faults.list[0].pointer), LOG_END);
		return show_problem(w, r, 500, "This form can't be sent", "It does not ask for all that is needed. The fault is ours, and it has been written down.", e);
	}
	if (!str_eq(w->visit.consent, form_consent_version(w->q->arena, w->form))) {
		w->notice = "The text of your agreement has changed since this page was opened. Please read it again and send the form once more.";
		return walk_show(w, r, 422, e);
	}
	if (now_s - w->visit.began_s < FORM_LEAST_S) {
		w->notice = "That was faster than anybody can type. Please look over what the form says and send it again.";
		r->log_code = "too_fast";
		return walk_show(w, r, 422, e);
	}
	return sell(w, r, e);
}

static int go_on(struct walk *w, const struct form *sent, struct resp *r, struct err *e)
{
	struct str go = form_text(sent, "go");

	if (str_is(go, "back")) {
		w->visit.step = step_before(w, w->visit.step);
		return walk_show(w, r, 200, e);
	}
	if (str_starts(go, STR("add:")) || str_starts(go, STR("remove:"))) {
		if (go.p[0] == 'a')
			entries_add(w, (struct str){ go.p + 4, go.n - 4 });
		else
			entries_remove(w, (struct str){ go.p + 7, go.n - 7 });
		walk_check(w);
		return walk_show(w, r, 200, e);
	}
	w->trapped = form_text(sent, "website").n > 0;
	if (w->trapped) {
		r->log_code = "trapped";
		return walk_show(w, r, 422, e);
	}
	if (w->visit.step + 1 == w->form->n_steps)
		return finish(w, sent, r, e);
	if (has_faults(w, w->visit.step))
		return walk_show(w, r, 422, e);
	w->visit.step = next_step(w, w->visit.step);
	return walk_show(w, r, 200, e);
}

/* A page that no visit of ours made, such as another site's own form: its answers are taken over, and the visitor sees them first. */
static int begin_from(struct walk *w, const struct form *sent, struct resp *r, struct err *e)
{
	visit_begin(w->q->wall_us, &w->visit);
	inputs_list(w->q->arena, w->form, &w->visit, NULL, &w->inputs);
	for (size_t i = 0; i < w->form->n_steps; i++)
		entries_take(w, sent, i);
	walk_check(w);
	w->visit.step = walk_faulty(w, w->form->n_steps);
	if (w->visit.step == SIZE_MAX)
		w->visit.step = w->form->n_steps - 1;
	w->notice = "Please look over what the form says, and send it from here.";
	return walk_show(w, r, 200, e);
}

int form_send_page(struct app *app, struct req *q, struct resp *r, const struct form_page *form, struct err *e)
{
	struct walk *w = arena_new_of(q->arena, struct walk);
	const struct str *text;
	struct form sent;
	enum visit_check check;

	w->app = app;
	w->q = q;
	w->form = form;
	if (form_parse(q->arena, q->body, &sent, e) != 0)
		return -1;
	text = form_get(&sent, STR("visit"));
	if (text == NULL)
		return begin_from(w, &sent, r, e);
	check = visit_read(q->arena, &app->keys, form->key, *text, q->wall_us, &w->visit);
	if (check == VISIT_FORGED) {
		r->log_code = "visit_forged";
		return show_problem(w, r, 400, "This page can't be used",
		    "What was sent is not a page of this form, or was changed on its way. Nothing was passed on.", e);
	}
	if (w->visit.step >= form->n_steps)
		w->visit.step = form->n_steps - 1;
	walk_check(w);
	entries_take(w, &sent, w->visit.step);
	walk_check(w);
	if (check == VISIT_OLD) {
		r->log_code = "visit_old";
		w->notice = "This page was open for more than two hours. Please look over what it says and send it again.";
		return walk_show(w, r, 422, e);
	}
	return go_on(w, &sent, r, e);
}

int form_send(struct app *app, struct req *q, struct resp *r, struct err *e)
{
	const struct form_page *form;

	if (form_find(q, &form, e) != 0 || form_origin(q, r, form, e) != 0 || form_rate(app, q, r, e) != 0 || form_open(form, e) != 0)
		return -1;
	resp_set_header(r, "Cache-Control", STR("no-store"));
	if (str_is(q->content_type, "application/x-www-form-urlencoded"))
		return form_send_page(app, q, r, form, e);
	if (q->content_type.n > 0 && !str_is(q->content_type, "application/json"))
		return err_set(e, ERR_MEDIA, "the body is application/x-www-form-urlencoded or application/json");
	return form_send_json(app, q, r, form, e);
}
