#include "lib/exchange/notify.h"

#include "lib/base/buf.h"
#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/base/money.h"
#include "lib/exchange/steps.h"
#include "lib/exchange/view.h"
#include "lib/store/click.h"

enum { SALE_MEMBERS = 4, CLICK_MEMBERS = 2 + CLICK_SUBS, LATER = 1 };

/* A configuration that is in force for posts is here within a second; what can't be loaded at all holds nothing up for longer. */
#define NEWER_WAIT_US (INT64_C(10) * 1000000)

struct work {
	const struct notify *n;
	struct arena *a;
	int limit, done;
	const struct outbox_row *row;     /* the one in hand */
	struct lead_view view;            /* its lead */
	const struct campaign *campaign;  /* NULL: no longer configured */
};

/* What an event is called, or NULL: nobody is told. */
static const char *sale_event_name(int state)
{
	switch (state) {
	case SALE_ACCEPTED: return "sale.accepted";
	case SALE_REJECTED: return "sale.rejected";
	case SALE_RETURNED: return "sale.returned";
	case SALE_CONVERTED: return "sale.converted";
	default: return NULL;
	}
}

static const char *lead_event_name(int state)
{
	return state == LEAD_SOLD ? "lead.sold" : state == LEAD_UNSOLD ? "lead.unsold" : state == LEAD_PENDING ? "lead.pending" : NULL;
}

static bool wants(const struct seller *s, const char *event)
{
	for (size_t i = 0; event != NULL && s != NULL && s->webhook_url.n > 0 && i < s->n_webhook_events; i++)
		if (str_is(s->webhook_events[i], event))
			return true;
	return false;
}

static int send(struct db *db, struct work *w, enum endpoint_kind kind, struct str owner, struct message_row *m, struct err *e)
{
	if (message_endpoint(db, kind, owner, &m->endpoint_id, e) != 0)
		return -1;
	m->id = id_new(clock_wall_us());
	m->created_at = clock_wall_us();
	m->next_at = m->created_at;
	m->lead_id = w->row->lead_id;
	m->sale_id = w->row->sale_id;
	return message_insert(db, m, e);
}

static void open_body(struct work *w, struct buf *b, struct json_out *j, const char *type)
{
	buf_in(b, w->a, MESSAGE_BODY_MAX);
	*j = json_out(b);
	json_open(j, NULL, '{');
	json_cstr(j, "type", type);
	json_text(j, "timestamp", clock_rfc3339_ms(w->a, w->row->at));
	json_open(j, "data", '{');
}

static void write_lead_head(struct work *w, struct json_out *j)
{
	const struct lead_row *lead = &w->view.lead;

	view_write_id(j, "lead_id", "led", lead->id);
	view_write_id(j, "ping_id", "png", lead->ping_id);
	json_text(j, "campaign", w->campaign != NULL ? w->campaign->key : STR(""));
	json_bool(j, "test", lead->sandbox);
}

static const struct sold *sale_of(const struct work *w)
{
	for (size_t i = 0; i < w->view.n_sales; i++)
		if (id_eq(w->view.sales[i].row.id, w->row->sale_id))
			return &w->view.sales[i];
	return NULL;
}

/* Sales beyond what a body holds are left out, and said to be. */
static struct str lead_body(struct work *w, const char *type)
{
	size_t n = w->view.n_sales;
	struct json_out j;
	struct buf b;

	do {
		open_body(w, &b, &j, type);
		write_lead_head(w, &j);
		json_cstr(&j, "status", view_lead_state((enum lead_state)w->row->lead_state));
		json_money(&j, "payout", w->view.payout);
		json_text(&j, "currency", w->view.currency);
		json_open(&j, "sales", '[');
		for (size_t i = 0; i < n; i++)
			view_write_sale(w->a, &j, w->view.seller, &w->view.sales[i], false);
		json_close(&j, ']');
		view_write_reasons(&j, w->view.reasons, w->view.n_reasons);
		json_close(&j, '}');
		json_close(&j, '}');
		n /= 2;
	} while (b.overflow && n > 0);
	return buf_str(&b);
}

static struct str sale_body(struct work *w, const char *type, const struct sold *x)
{
	bool rejected = w->row->sale_state == SALE_REJECTED && x->row.reason != REASON_NONE;
	struct json_out j;
	struct buf b;

	open_body(w, &b, &j, type);
	write_lead_head(w, &j);
	view_write_id(&j, "sale_id", "sal", x->row.id);
	view_write_id(&j, "bid_id", "bid", x->row.bid_id);
	view_write_buyer(w->a, &j, w->view.seller->show_buyer, x->contract != NULL ? x->contract->buyer : NULL);
	json_money(&j, "price", x->row.price);
	json_cstr(&j, "currency", x->row.currency);
	json_cstr(&j, "sale", view_sale_kind(x->row.kind));
	json_cstr(&j, "status", sale_state_name((enum sale_state)w->row->sale_state));
	json_cstr(&j, "reason", rejected ? reason_slug((enum reason)x->row.reason) : NULL);
	json_close(&j, '}');
	json_close(&j, '}');
	return buf_str(&b);
}

static int tell_seller(struct db *db, struct work *w, struct err *e)
{
	const char *sale = sale_event_name(w->row->sale_state), *lead = lead_event_name(w->row->lead_state);
	const struct seller *seller = w->view.seller;
	const struct sold *x = sale_of(w);
	struct message_row m = { 0 };

	if (x != NULL && wants(seller, sale)) {
		m.type = str_of(sale);
		m.body = sale_body(w, sale, x);
		if (send(db, w, ENDPOINT_SELLER, seller->key, &m, e) != 0)
			return -1;
	}
	if (!wants(seller, lead))
		return 0;
	m.type = str_of(lead);
	m.body = lead_body(w, lead);
	return send(db, w, ENDPOINT_SELLER, seller->key, &m, e);
}

/* What an affiliate earns by one sale: a fixed amount for each, or its share of what the buyer pays. */
static int64_t affiliate_payout(const struct channel *ch, const struct sale_row *sale)
{
	if (ch->cost == COST_CPL)
		return ch->cost_amount;
	return ch->cost == COST_REVSHARE ? money_percent(sale->cost, ch->cost_percent) : 0;
}

static void put(struct value *object, struct str name, struct str text)
{
	if (text.n > 0)
		object->members[object->n++] = (struct member){ name, value_text(text) };
}

static struct value click_value(struct arena *a, const struct click *click)
{
	static const struct str subs[CLICK_SUBS] = { STR_INIT("sub1"), STR_INIT("sub2"), STR_INIT("sub3"), STR_INIT("sub4"), STR_INIT("sub5") };
	struct value v = value_object(arena_array_of(a, CLICK_MEMBERS, struct member), 0);

	put(&v, STR("id"), id_text(a, "clk", click->id));
	for (int i = 0; i < CLICK_SUBS; i++)
		put(&v, subs[i], click->subs[i]);
	put(&v, STR("gclid"), click->ids[0]);
	return v;
}

static int render_postback(struct work *w, const struct channel *ch, const struct click *click, const struct sale_row *sale, struct str *url_out)
{
	struct value root = value_object(arena_array_of(w->a, 4, struct member), 0);
	struct value of_sale = value_object(arena_array_of(w->a, SALE_MEMBERS, struct member), 0);
	struct tmpl_scope scope = { .root = &root, .now_us = clock_wall_us() };
	struct err e = { 0 };
	struct buf b;

	put(&of_sale, STR("id"), id_text(w->a, "sal", sale->id));
	put(&of_sale, STR("payout"), money_text(w->a, affiliate_payout(ch, sale)));
	put(&of_sale, STR("currency"), arena_str(w->a, str_of(sale->currency)));
	put(&of_sale, STR("status"), str_of(sale_state_name((enum sale_state)w->row->sale_state)));
	root.members[root.n++] = (struct member){ STR("click"), click_value(w->a, click) };
	root.members[root.n++] = (struct member){ STR("sale"), of_sale };
	put(&root, STR("lead_id"), id_text(w->a, "led", sale->lead_id));
	put(&root, STR("channel"), ch->key);
	buf_in(&b, w->a, MESSAGE_URL_MAX);
	if (tmpl_render(w->a, ch->postback, &scope, &b, &e) != TMPL_DONE) {
		log_warn("an affiliate's postback can't be made", LOG_STR("channel", ch->key), LOG_CSTR("why", e.msg), LOG_END);
		return -1;
	}
	*url_out = buf_str(&b);
	return 0;
}

/* A sale and a conversion reach the affiliate whose click brought the lead; the sandbox's never do. */
static int tell_affiliate(struct db *db, struct work *w, struct err *e)
{
	const struct sold *x = sale_of(w);
	const char *event = sale_event_name(w->row->sale_state);
	struct message_row m = { .body = STR("") };
	const struct channel *ch;
	struct click click;
	enum found found;

	if (x == NULL || (w->row->sale_state != SALE_ACCEPTED && w->row->sale_state != SALE_CONVERTED) || w->view.lead.sandbox ||
	    id_is_zero(w->view.lead.click_id))
		return 0;
	found = click_store_find(db, w->a, w->view.lead.click_id, &click, e);
	if (found != FOUND_YES)
		return found == FOUND_ERR ? -1 : 0;
	ch = catalog_channel(w->n->snapshot->catalog, click.channel_id);
	if (ch == NULL || ch->postback == NULL || render_postback(w, ch, &click, &x->row, &m.url) != 0)
		return 0;
	m.type = str_of(event);
	return send(db, w, ENDPOINT_CHANNEL, ch->key, &m, e);
}

static bool has_notices(const struct campaign *c)
{
	for (size_t i = 0; i < c->n_contracts; i++)
		if (c->contracts[i]->loss_notice != NULL)
			return true;
	return false;
}

/* Whether the lead was sent to this contract: then it knows by itself what became of it. */
static bool was_posted(const struct work *w, uint32_t contract)
{
	for (size_t i = 0; i < w->view.n_sales; i++)
		if (w->view.sales[i].row.contract_id == contract)
			return true;
	return false;
}

static int tell_loser(struct db *db, struct work *w, const struct contract *c, struct err *e)
{
	struct message_row m = { .type = STR("loss_notice"), .body = STR(""), .contract_id = c->id };

	if (send(db, w, ENDPOINT_CONTRACT, c->key, &m, e) == 0)
		return 0;
	return e->kind == ERR_DB_DUPLICATE ? 0 : -1;
}

/* Those who bid for a lead that was sold to others. */
static int tell_losers(struct db *db, struct work *w, struct err *e)
{
	struct ping_row ping;
	struct offer *offers;
	enum found found;
	size_t n;

	if (w->row->lead_state != LEAD_SOLD || w->view.lead.sandbox || w->campaign == NULL || !has_notices(w->campaign))
		return 0;
	found = ping_store_find(db, w->a, w->view.lead.ping_id, &ping, e);
	if (found != FOUND_YES)
		return found == FOUND_ERR ? -1 : 0;
	if (offers_read(w->a, ping.bids, &offers, &n, e) != 0)
		return -1;
	for (size_t i = 0; i < n; i++) {
		const struct contract *c = campaign_contract(w->campaign, offers[i].contract);

		if (c != NULL && c->loss_notice != NULL && !was_posted(w, c->id) && tell_loser(db, w, c, e) != 0)
			return -1;
	}
	return 0;
}

static int tell_of_lead(struct db *db, struct work *w, struct err *e)
{
	const struct catalog *c = w->n->snapshot->catalog;
	enum found found = view_load(w->n->ex, w->a, db, w->n->snapshot, w->row->lead_id, w->row->data, &w->view, e);

	if (found != FOUND_YES)
		return found == FOUND_ERR ? -1 : 0;
	/* The lead was sold under a newer configuration than ours: it may name somebody to tell whom we don't know yet. */
	if (w->view.lead.version > c->version && clock_wall_us() - w->row->at < NEWER_WAIT_US)
		return LATER;
	w->campaign = catalog_campaign(c, w->view.lead.campaign_id);
	return tell_seller(db, w, e) != 0 || tell_affiliate(db, w, e) != 0 || tell_losers(db, w, e) != 0 ? -1 : 0;
}

static int tell_operator(struct db *db, struct work *w, struct err *e)
{
	struct message_row m = { .type = w->row->alert };
	struct json_out j;
	struct buf b;

	buf_in(&b, w->a, MESSAGE_BODY_MAX);
	j = json_out(&b);
	json_open(&j, NULL, '{');
	json_text(&j, "type", w->row->alert);
	json_text(&j, "timestamp", clock_rfc3339_ms(w->a, w->row->at));
	json_raw(&j, "data", w->row->data);
	json_close(&j, '}');
	m.body = buf_str(&b);
	log_warn("an alert", LOG_STR("kind", w->row->alert), LOG_STR("data", w->row->data), LOG_END);
	if (w->n->alert_webhook && send(db, w, ENDPOINT_ALERT, NOTIFY_OPERATOR, &m, e) != 0)
		return -1;
	return w->n->alert_letter ? send(db, w, ENDPOINT_LETTER, NOTIFY_OPERATOR, &m, e) : 0;
}

/* A row that can't be read must not hold up those behind it; one that the database refused now is taken again later. */
static int tell(struct db *db, struct work *w, struct err *e)
{
	int r = w->row->alert.p != NULL ? tell_operator(db, w, e) : tell_of_lead(db, w, e);

	if (r != -1 || e->kind == ERR_DB || e->kind == ERR_DB_RETRY || e->kind == ERR_DB_UNCERTAIN || e->kind == ERR_BUSY)
		return r;
	log_error("nobody can be told of an event", LOG_STR("lead", id_text(w->a, "led", w->row->lead_id)), LOG_END);
	log_err("why", e);
	return 0;
}

static int run(struct db *db, void *ctx, struct err *e)
{
	struct work *w = ctx;
	struct outbox_row *rows;
	size_t n;
	int r;

	w->done = 0;
	if (outbox_take(db, w->a, w->limit, &rows, &n, e) != 0)
		return -1;
	for (size_t i = 0; i < n; i++) {
		w->row = &rows[i];
		r = tell(db, w, e);
		if (r == LATER)
			continue;
		if (r != 0 || outbox_drop(db, rows[i].id, e) != 0)
			return -1;
		w->done++;
	}
	return 0;
}

int notify_run(struct db *db, struct arena *a, const struct notify *n, int limit, struct err *e)
{
	struct work w = { .n = n, .a = a, .limit = limit };

	return db_transact(db, run, &w, e) == 0 ? w.done : -1;
}
