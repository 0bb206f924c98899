#include "fcgi-app/api/answer.h"
#include "fcgi-app/api/handlers.h"
#include "fcgi-app/api/intake.h"
#include "fcgi-app/once.h"
#include "lib/store/idempotency.h"
#include "lib/wire/json.h"

/* The first lead of a ping that was posted already: 409 names it, so that the caller can look at it. */
static void posted_already(const struct req *q, struct resp *r, const struct lead_view *v, const struct err *e)
{
	struct json_out j;

	resp_problem(r, q, e, NULL);
	/* An extension member (RFC 9457 section 3.2), in front of the closing brace. */
	if (r->body.n > 0 && r->body.p[r->body.n - 1] == '}')
		r->body.n--;
	j = json_out(&r->body);
	buf_add_cstr(&r->body, ",\"lead_id\":");
	json_text(&j, NULL, id_text(q->arena, "led", v->lead.id));
	buf_add_char(&r->body, '}');
	r->log_ref = id_text(q->arena, "led", v->lead.id);
}

static int replay_from_rows(struct app *app, struct req *q, struct resp *r, struct id lead_id, struct err *e)
{
	struct lead_view v;
	enum found f = exchange_view(&app->exchange, q->arena, q->caller->snapshot, q->caller->seller, q->caller->sandbox, lead_id, &v, e);

	if (f != FOUND_YES)
		return f == FOUND_ERR ? -1 : err_set(e, ERR_NOT_FOUND, "no such lead");
	if (v.lead.state == LEAD_POSTING)
		return idempotency_running(e);
	resp_set_header(r, "Idempotent-Replayed", STR("true"));
	return answer_lead(app, q, r, 201, &v, false, e);
}

static int sell(struct app *app, struct req *q, struct resp *r, enum intake_kind kind, struct err *e)
{
	struct post in;
	struct lead_view *v = NULL;
	struct id lead_id;
	struct str key;
	int replayed;

	if (once_key(q, &key, e) != 0)
		return -1;
	if (key.n > 0) {
		replayed = once_replay_post(app, q, key, r, &lead_id, e);
		if (replayed != 0)
			return replayed == 1 ? 0 : -1;
		if (!id_is_zero(lead_id))
			return replay_from_rows(app, q, r, lead_id, e);
	}
	if (intake_read(q, kind, &in, q->faults, e) != 0)
		return -1;
	once_fingerprint(q, in.fingerprint);
	in.idempotency_key = key;
	if (exchange_post(&app->exchange, q->arena, &in, q->faults, &v, e) != 0) {
		if (e->kind != ERR_CONFLICT || v == NULL)
			return -1;
		posted_already(q, r, v, e);
		return 0;
	}
	if (v->replayed && key.n > 0) {
		/* The first copy took the key since we looked: what is said of the key is said of both. */
		replayed = once_replay_post(app, q, key, r, &lead_id, e);
		if (replayed != 0)
			return replayed == 1 ? 0 : -1;
		if (!id_is_zero(lead_id))
			return replay_from_rows(app, q, r, lead_id, e);
	}
	if (answer_lead(app, q, r, v->replayed ? 200 : 201, v, false, e) != 0)
		return -1;
	if (key.n > 0 && !v->replayed)
		once_keep_answer(app, q, key, v->lead.id, r);
	return 0;
}

int api_post(struct app *app, struct req *q, struct resp *r, struct err *e)
{
	return sell(app, q, r, INTAKE_POST, e);
}

int api_lead(struct app *app, struct req *q, struct resp *r, struct err *e)
{
	return sell(app, q, r, INTAKE_LEAD, e);
}

int api_lead_show(struct app *app, struct req *q, struct resp *r, struct err *e)
{
	struct lead_view v;
	struct id id;
	enum found f;

	if (!id_parse("led", q->route_params[0], &id))
		return err_set(e, ERR_NOT_FOUND, "no such lead");
	f = exchange_view(&app->exchange, q->arena, q->caller->snapshot, q->caller->seller, q->caller->sandbox, id, &v, e);
	if (f != FOUND_YES)
		return f == FOUND_ERR ? -1 : err_set(e, ERR_NOT_FOUND, "no such lead");
	return answer_lead(app, q, r, 200, &v, true, e);
}
