/*
 * sale: a form's lead on its way through the exchange: as its seller's, once for each visit, with the consent that was given.
 */
#include "fcgi-app/api/track.h"
#include "fcgi-app/form/form.h"
#include "fcgi-app/once.h"
#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/base/utf8.h"
#include "lib/lead/intake.h"
#include "lib/store/idempotency.h"
#include "lib/web/page.h"

enum { DB_WAIT_US = 2000000, LOOK_EVERY_MS = 200, LOOK_MAX_US = 25000000, AGENT_MAX = 1000 };

/* Member by member: what a browser or a proxy said that is no good is left out, and never keeps a lead from being sold. */
static struct value checked_part(struct arena *a, enum intake_part part, const struct value *given)
{
	struct value out = value_object(arena_array_of(a, given->n + 1, struct member), 0);

	for (size_t i = 0; given->type == VALUE_OBJECT && i < given->n; i++) {
		struct value one = value_object(&given->members[i], 1), good;
		struct faults ignored;

		faults_init(&ignored, a);
		if (intake_check(a, part, true, &one, PATH_ROOT, &ignored, &good) == 0 && good.n == 1)
			out.members[out.n++] = good.members[0];
	}
	return out;
}

/* A click of a channel says where its visitor came from; what the page's own address says comes first. */
static struct value with_click(struct app *app, struct arena *a, struct value source)
{
	struct str text = value_get_text(&source, STR("click_id"), STR(""));
	struct click c;
	struct value from;
	struct db *db = NULL;
	enum found found;
	struct err e;
	struct id id;

	if (!id_parse("clk", text, &id))
		return source;
	if (db_take(app->pool, clock_mono_us() + DB_WAIT_US, &db, &e) != 0) {
		log_err("a click can't be looked up; its lead goes on", &e);
		return source;
	}
	found = click_store_find(db, a, id, &c, &e);
	db_give(app->pool, &db);
	if (found == FOUND_ERR)
		log_err("a click can't be looked up; its lead goes on", &e);
	if (found != FOUND_YES)
		return source;
	from = track_source(a, &c, text);
	for (size_t i = 0; i < source.n; i++)
		from = visit_with(a, &from, source.members[i].name, &source.members[i].value);
	return from;
}

enum outlook { OUTLOOK_ERR = -1, OUTLOOK_NOTHING, OUTLOOK_CLAIM, OUTLOOK_LEAD };

/* What came of the order so far: its lead, in *out, or another request's claim to sell it. */
static enum outlook look(struct app *app, const struct req *q, const struct form_page *form, const struct form_order *order, struct lead_view *out,
    struct err *e)
{
	struct str owner = arena_printf(q->arena, "seller:%u", form->seller->id);
	struct idempotency row;
	struct db *db = NULL;
	enum found found;

	if (db_take(app->pool, clock_mono_us() + DB_WAIT_US, &db, e) != 0)
		return OUTLOOK_ERR;
	found = idempotency_store_find(db, q->arena, owner, order->once, &row, e);
	db_give(app->pool, &db);
	if (found == FOUND_YES && memcmp(row.fingerprint, order->fingerprint, sizeof(row.fingerprint)) != 0) {
		once_mismatch(e);
		return OUTLOOK_ERR;
	}
	if (found != FOUND_YES)
		return found == FOUND_NO ? OUTLOOK_NOTHING : OUTLOOK_ERR;
	if (id_is_zero(row.lead_id))
		return row.created_at + exchange_claim_us(form->campaign) < clock_wall_us() ? OUTLOOK_NOTHING : OUTLOOK_CLAIM;
	found = exchange_view(&app->exchange, q->arena, q->caller->snapshot, form->seller, false, row.lead_id, out, e);
	return found == FOUND_YES ? OUTLOOK_LEAD : found == FOUND_NO ? OUTLOOK_NOTHING : OUTLOOK_ERR;
}

/* 1: out is the order's lead at its end, which another request sold. 0: nobody has it, it is ours to sell. */
static int wait_for_end(struct app *app, const struct req *q, const struct form_page *form, const struct form_order *order, int64_t until_us,
    struct lead_view *out, struct err *e)
{
	enum outlook now;

	while (clock_mono_us() < until_us) {
		now = look(app, q, form, order, out, e);
		if (now == OUTLOOK_LEAD && out->lead.state != LEAD_POSTING)
			return 1;
		if (now == OUTLOOK_ERR || now == OUTLOOK_NOTHING)
			return now == OUTLOOK_ERR ? -1 : 0;
		clock_sleep_ms(LOOK_EVERY_MS);
	}
	return err_set(e, ERR_CONFLICT, "The request is still being worked on.");
}

static int sell(struct app *app, const struct req *q, const struct form_page *form, const struct form_order *order, struct form_sold *out,
    struct err *e)
{
	struct value text;
	struct post post = { .direct = true, .idempotency_key = order->once, .ask = { .snapshot = q->caller->snapshot, .campaign = form->campaign,
		.seller = form->seller, .lenient = order->lenient, .lead = order->lead, .start_us = clock_mono_us(), .wall_us = q->wall_us } };

	post.ask.source = with_click(app, q->arena, checked_part(q->arena, INTAKE_SOURCE, &order->source));
	post.ask.consent = checked_part(q->arena, INTAKE_CONSENT, &order->consent);
	/* Ours, to the letter: a check of what people type would drop it for an angle bracket. */
	text = value_text(form->consent_text);
	post.ask.consent = visit_with(q->arena, &post.ask.consent, STR("text"), &text);
	post.ask.event = checked_part(q->arena, INTAKE_EVENT, &order->event);
	memcpy(post.fingerprint, order->fingerprint, sizeof(post.fingerprint));
	out->again = false;
	return exchange_post(&app->exchange, q->arena, &post, q->faults, &out->lead, e);
}

/* Of copies at the same moment one sells and the others wait for its end; when no lead comes of it, another one's turn comes. */
static int sell_once(struct app *app, const struct req *q, const struct form_page *form, const struct form_order *order, struct form_sold *out,
    struct err *e)
{
	struct lead_view *theirs = arena_new_of(q->arena, struct lead_view);
	int64_t until_us = clock_mono_us() + LOOK_MAX_US;
	int r;

	for (;;) {
		r = wait_for_end(app, q, form, order, until_us, theirs, e);
		if (r != 0) {
			*out = (struct form_sold){ theirs, true };
			return r == 1 ? 0 : -1;
		}
		if (sell(app, q, form, order, out, e) == 0)
			return 0;
		if (e->kind != ERR_CONFLICT)
			return -1;
		clock_sleep_ms(LOOK_EVERY_MS);
	}
}

int form_sale_run(struct app *app, const struct req *q, struct resp *r, const struct form_page *form, const struct form_order *order,
    struct form_sold *out, struct err *e)
{
	_Atomic int *place;
	int result;

	if (form_enter(app, q, r, &place, e) != 0)
		return -1;
	result = order->once.n > 0 ? sell_once(app, q, form, order, out, e) : sell(app, q, form, order, out, e);
	form_leave(place);
	return result;
}

static struct str agent_of(const struct req *q)
{
	return utf8_slice(utf8_repair(q->arena, req_header(q, "user-agent")), 0, AGENT_MAX);
}

static struct str form_url(const struct app *app, const struct req *q, const struct form_page *form)
{
	return arena_printf(q->arena, "%.*s/f/%.*s", STR_ARG(form_base(app, q)), STR_ARG(form->key));
}

struct value form_sale_consent(const struct app *app, const struct req *q, const struct form_page *form)
{
	struct arena *a = q->arena;
	struct value v = page_object();

	page_set(a, &v, "tcpa", value_bool(true));
	if (str_is(req_header(q, "sec-gpc"), "1"))
		page_set(a, &v, "gpc", value_bool(true));
	page_set(a, &v, "text", value_text(form->consent_text));
	page_set(a, &v, "text_sha256", value_text(form_consent_version(a, form)));
	page_set(a, &v, "given_at", value_text(clock_rfc3339_ms(a, q->wall_us)));
	page_set(a, &v, "ip", value_text(q->remote_addr));
	page_set(a, &v, "user_agent", value_text(agent_of(q)));
	page_set(a, &v, "url", value_text(form_url(app, q, form)));
	return v;
}

struct value form_sale_event(const struct app *app, const struct req *q, const struct form_page *form, const struct visit *visit)
{
	struct arena *a = q->arena;
	struct value v = page_object();

	page_set(a, &v, "created_at", value_text(clock_rfc3339_ms(a, q->wall_us)));
	page_set(a, &v, "ip", value_text(q->remote_addr));
	page_set(a, &v, "user_agent", value_text(agent_of(q)));
	page_set(a, &v, "landing_url", value_text(visit->page_url.n > 0 ? visit->page_url : form_url(app, q, form)));
	page_set(a, &v, "session_seconds", value_int(a, q->wall_us / 1000000 - visit->began_s));
	return v;
}

bool form_sale_found(const struct lead_view *v)
{
	return v->lead.state != LEAD_UNSOLD && v->lead.state != LEAD_REJECTED;
}

static bool is_http(struct str url)
{
	return str_starts(url, STR("https://")) || str_starts(url, STR("http://"));
}

struct str form_sale_next(const struct form_page *form, const struct lead_view *v)
{
	for (size_t i = 0; i < v->n_sales; i++) {
		const struct sale_row *s = &v->sales[i].row;

		if (s->state != SALE_REJECTED && s->redirect_url.p != NULL && is_http(s->redirect_url))
			return s->redirect_url;
	}
	return form->thanks_url;
}
