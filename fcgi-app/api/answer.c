#include "fcgi-app/api/answer.h"

#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/exchange/view.h"
#include "lib/wire/json.h"
#include "lib/wire/xml.h"

static void write_ping_reasons(struct arena *a, struct json_out *j, const struct auction *au)
{
	struct reason_count rejected = { au->rejected, 1 }, *counts;
	size_t n, kept = 0;

	if (au->status == PING_REJECTED) {
		view_write_reasons(j, &rejected, 1);
		return;
	}
	n = decision_count(a, au->decisions, au->campaign->n_contracts, &counts);
	for (size_t i = 0; i < n; i++)
		if (counts[i].code != REASON_OFFERED)
			counts[kept++] = counts[i];
	view_write_reasons(j, counts, kept);
}

void answer_ping(const struct req *q, struct resp *r, const struct auction *au)
{
	static const char *const names[] = { [PING_MATCHED] = "matched", [PING_UNMATCHED] = "unmatched", [PING_REJECTED] = "rejected" };
	struct json_out j = json_out(&r->body);

	r->status = 200;
	r->content_type = STR("application/json");
	r->log_ref = id_text(q->arena, "png", au->ping_id);
	r->log_code = names[au->status];
	json_open(&j, NULL, '{');
	json_text(&j, "ping_id", r->log_ref);
	json_cstr(&j, "status", names[au->status]);
	json_text(&j, "expires_at", clock_rfc3339_ms(q->arena, au->expires_at));
	json_cstr(&j, "currency", au->campaign->currency);
	if (au->score >= 0)
		json_int(&j, "score", au->score);
	else
		json_nil(&j, "score");
	json_open(&j, "bids", '[');
	for (size_t i = 0; i < au->n_offers; i++) {
		const struct offer *o = &au->offers[i];
		const struct contract *c = campaign_contract(au->campaign, o->contract);

		json_open(&j, NULL, '{');
		view_write_id(&j, "bid_id", "bid", o->id);
		json_int(&j, "rank", o->rank);
		json_money(&j, "price", o->price);
		view_write_buyer(q->arena, &j, au->ask->seller->show_buyer, c != NULL ? c->buyer : NULL);
		json_cstr(&j, "sale", view_sale_kind((int)o->kind));
		json_text(&j, "expires_at", clock_rfc3339_ms(q->arena, o->expires_at));
		json_bool(&j, "consent_text_required", au->campaign->consent.text);
		json_close(&j, '}');
	}
	json_close(&j, ']');
	write_ping_reasons(q->arena, &j, au);
	json_text(&j, "request_id", q->request_id);
	json_close(&j, '}');
	answer_as_asked(q, r);
}

static int write_events(struct app *app, const struct req *q, struct json_out *j, const struct lead_view *v, struct err *e)
{
	struct sale_event *list;
	struct db *db = NULL;
	size_t n;
	int r;

	if (db_take(app->pool, clock_mono_us() + 2000000, &db, e) != 0)
		return -1;
	r = sale_event_list(db, q->arena, v->lead.id, &list, &n, e);
	db_give(app->pool, &db);
	if (r != 0)
		return -1;
	json_open(j, "events", '[');
	json_open(j, NULL, '{');
	json_text(j, "at", clock_rfc3339_ms(q->arena, v->lead.created_at));
	json_cstr(j, "event", "received");
	json_close(j, '}');
	for (size_t i = 0; i < n; i++) {
		json_open(j, NULL, '{');
		json_text(j, "at", clock_rfc3339_ms(q->arena, list[i].at));
		json_text(j, "event", list[i].kind);
		if (!id_is_zero(list[i].sale_id))
			view_write_id(j, "sale_id", "sal", list[i].sale_id);
		if (list[i].reason != REASON_NONE)
			json_cstr(j, "reason", reason_slug((enum reason)list[i].reason));
		json_close(j, '}');
	}
	json_close(j, ']');
	return 0;
}

int answer_lead(struct app *app, const struct req *q, struct resp *r, int status, const struct lead_view *v, bool events, struct err *e)
{
	struct json_out j = json_out(&r->body);

	r->status = status;
	r->content_type = STR("application/json");
	r->log_ref = id_text(q->arena, "led", v->lead.id);
	r->log_code = view_lead_state(v->lead.state);
	json_open(&j, NULL, '{');
	json_text(&j, "lead_id", r->log_ref);
	view_write_id(&j, "ping_id", "png", v->lead.ping_id);
	json_cstr(&j, "status", view_lead_state(v->lead.state));
	json_money(&j, "payout", v->payout);
	json_text(&j, "currency", v->currency);
	json_open(&j, "sales", '[');
	for (size_t i = 0; i < v->n_sales; i++)
		view_write_sale(q->arena, &j, v->seller, &v->sales[i], true);
	json_close(&j, ']');
	view_write_reasons(&j, v->reasons, v->n_reasons);
	if (events && write_events(app, q, &j, v, e) != 0)
		return -1;
	json_text(&j, "request_id", q->request_id);
	json_close(&j, '}');
	answer_as_asked(q, r);
	return 0;
}

void answer_as_asked(const struct req *q, struct resp *r)
{
	struct str accept = req_header(q, "accept");
	struct value doc;
	struct buf json;
	struct err e;

	if (!str_contains(accept, STR("application/xml")) || str_contains(accept, STR("application/json")))
		return;
	if (json_parse(q->arena, arena_str(q->arena, buf_str(&r->body)), JSON_DEPTH_REQUEST, &doc, &e) != 0) {
		log_err("an answer does not read back", &e);
		return;
	}
	buf_in(&json, q->arena, r->body.limit);
	if (xml_write(&json, "response", &doc) != 0)
		return;
	r->body = json;
	r->content_type = STR("application/xml");
}
