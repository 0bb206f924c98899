#include "lib/exchange/explain.h"

#include "lib/base/clock.h"
#include "lib/base/money.h"
#include "lib/exchange/record.h"
#include "lib/exchange/steps.h"
#include "lib/wire/json.h"

enum { WAIT_US = 2000000, HAPPENINGS_MAX = 1000 };

/* What one explanation is made from. */
struct sources {
	const struct exchange *ex;
	struct arena *arena;
	struct db *db;
	const struct seller *seller;      /* who asks; NULL: the operator */
	const struct campaign *campaign;  /* of the version that decided; NULL: no longer to be had */
	const struct seller *from;        /* whose ping it is, in that version; NULL likewise */
	struct record record;
	struct facts shown;               /* the record's facts, masked */
	struct sale_row *sales;
	size_t n_sales;
};

static void drop_catalog(void *p)
{
	struct catalog *c = p;

	catalog_free(&c);
}

static const struct catalog *catalog_for(struct sources *s, const struct snapshot *snap, int64_t version)
{
	struct catalog *old = NULL;
	struct err e;

	if (snap->catalog->version == version)
		return snap->catalog;
	if (catalog_of_version(s->db, version, &old, &e) != 0)
		return snap->catalog;
	arena_defer(s->arena, drop_catalog, old);
	return old;
}

static void find_version(struct sources *s, const struct snapshot *snap, const struct ping_row *ping)
{
	const struct catalog *c = catalog_for(s, snap, ping->version);

	s->campaign = catalog_campaign(c, ping->campaign_id);
	s->from = catalog_seller(c, ping->seller_id);
	if (s->campaign != NULL && ping->sandbox)
		s->campaign = sandbox_campaign(s->arena, s->campaign, s->ex->sandbox_url);
}

/* Texts of consent and event (addresses, agents, the consent's words) are somebody's; numbers and truths are not. */
static const struct value *mask_texts(struct arena *a, const struct value *v)
{
	struct value *out;

	if (v == NULL || v->type != VALUE_OBJECT)
		return v;
	out = arena_new_of(a, struct value);
	*out = value_object(arena_array_of(a, v->n, struct member), v->n);
	for (size_t i = 0; i < v->n; i++) {
		bool open = v->members[i].value.type == VALUE_BOOL || v->members[i].value.type == VALUE_NUMBER;

		out->members[i] = (struct member){ v->members[i].name, open ? v->members[i].value : value_text(STR("***")) };
	}
	return out;
}

/* What the post made of the codes: it screens the lead anew, and may pass a bid over. */
static int overlay_codes(struct sources *s, const struct explanation *x, struct err *e)
{
	struct str packed;
	struct decision *list;
	size_t n;

	if (x->is_lead && x->lead.state == LEAD_REJECTED && x->lead.reason != REASON_NONE)
		for (size_t k = 0; k < s->record.n_decisions; k++) {
			s->record.decisions[k].code = (enum reason)x->lead.reason;
			s->record.decisions[k].rule = RULE_NONE;
		}
	if (lead_store_decisions(s->db, s->arena, x->lead.id, &packed, e) == FOUND_ERR || decision_unpack(s->arena, packed, &list, &n, e) != 0)
		return -1;
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < s->record.n_decisions; k++)
			if (s->record.decisions[k].contract == list[i].contract) {
				s->record.decisions[k].code = list[i].code;
				s->record.decisions[k].rule = list[i].rule;
				s->record.decisions[k].index = list[i].index;
			}
	return 0;
}

static int open_record(struct sources *s, const struct ping_row *ping, struct err *e)
{
	struct value *masked = arena_new_of(s->arena, struct value);

	if (record_open(s->arena, s->ex->keys, ping, s->campaign, s->from, &s->record, e) != 0)
		return -1;
	*masked = s->campaign != NULL ? lead_mask(s->arena, s->campaign->vertical, &s->record.lead) : s->record.lead;
	s->shown = s->record.facts;
	s->shown.lead = masked;
	s->shown.consent = mask_texts(s->arena, s->record.facts.consent);
	s->shown.event = mask_texts(s->arena, s->record.facts.event);
	return 0;
}

struct first_fact {
	const void *source;
};

static void keep_first(void *ctx, const void *source)
{
	struct first_fact *f = ctx;

	if (f->source == NULL)
		f->source = source;
}

static struct value filter_value(struct sources *s, const struct filter *filter)
{
	struct first_fact first = { NULL };
	const struct value *v;

	condition_each_source(filter->condition, keep_first, &first);
	v = first.source != NULL ? fact_fetch(&s->shown, first.source) : NULL;
	return v != NULL ? *v : (struct value){ .type = VALUE_NULL };
}

/* "fri 17:05" in the schedule's zone. */
static struct value time_value(struct sources *s, const struct zone *zone)
{
	struct zone_time t;

	zone_local(zone, s->record.row->created_at, &t);
	return value_text(arena_printf(s->arena, "%.*s %02d:%02d", STR_ARG(s->shown.weekday.text), t.hour, t.minute));
}

/* What the rule that decided had read. */
static struct value value_read(struct sources *s, const struct contract *c, const struct decision *d)
{
	const struct zone *zone = c != NULL && c->schedule != NULL ? schedule_zone(c->schedule) : NULL;
	struct value nothing = { .type = VALUE_NULL };

	if (c == NULL)
		return nothing;
	record_local_time(s->arena, &s->shown, zone, s->record.row->created_at);
	switch (d->rule) {
	case RULE_FILTER:
		return d->index < c->n_filters ? filter_value(s, &c->filters[d->index]) : nothing;
	case RULE_SCHEDULE:
		return time_value(s, zone);
	case RULE_ALLOW:
	case RULE_BLOCK:
		return value_text(arena_printf(s->arena, "%.*s/%.*s", STR_ARG(s->shown.seller.text), STR_ARG(s->record.row->sub1)));
	case RULE_PRICE:
		return d->cost >= 0 ? value_text(money_text(s->arena, d->cost)) : nothing;
	default:
		return nothing;
	}
}

static const struct sale_row *sale_of(const struct sources *s, uint32_t contract)
{
	const struct sale_row *last = NULL;

	for (size_t i = 0; i < s->n_sales; i++)
		if (s->sales[i].contract_id == contract)
			last = &s->sales[i];
	return last;
}

enum reason exchange_sale_code(const struct sale_row *sale)
{
	switch (sale->state) {
	case SALE_ACCEPTED:
	case SALE_CONVERTED:
	case SALE_RETURNED:
		return REASON_ACCEPTED;
	case SALE_REJECTED:
		if (sale->reason == REASON_NONE || sale->reason == REASON_ACCEPTED || sale->reason == REASON_OUTCOME_UNKNOWN)
			return REASON_REJECTED_OTHER;
		return (enum reason)sale->reason;
	default:
		return (enum reason)sale->reason;
	}
}

static void hide_buyer(const struct sources *s, const struct contract *c, struct explained *x)
{
	bool alias = s->seller->show_buyer == SHOW_ALIAS;

	if (s->seller->show_buyer == SHOW_NAME || c == NULL)
		return;
	x->contract = arena_printf(s->arena, "contract-%u", c->id);
	x->buyer = alias ? arena_printf(s->arena, "buyer-%u", c->buyer->id) : (struct str){ "", 0 };
	x->buyer_name = alias ? arena_printf(s->arena, "Buyer %u", c->buyer->id) : (struct str){ "", 0 };
}

/* What the seller would have got of that price, whatever became of the bid. */
static int64_t price_for(const struct sources *s, int64_t cost)
{
	return s->campaign != NULL && s->from != NULL && cost >= 0 ? payout_of(exchange_payout(s->campaign, s->from), cost) : -1;
}

/* Buyers' rules, and what those paid who lost, are not the seller's to see. */
static void hide_from_seller(const struct sources *s, const struct contract *c, struct explained *x)
{
	x->rule = (struct str){ "", 0 };
	x->value = (struct value){ .type = VALUE_NULL };
	x->cost = -1;
	x->rank_value = x->acceptance = x->speed = 0;
	if (x->code != REASON_OFFERED && x->code != REASON_ACCEPTED)
		x->price = -1;
	hide_buyer(s, c, x);
}

static struct explained explain_one(struct sources *s, const struct decision *stored)
{
	const struct contract *c = s->campaign != NULL ? campaign_contract(s->campaign, stored->contract) : NULL;
	const struct sale_row *sale = sale_of(s, stored->contract);
	struct decision d = *stored;
	struct explained x;

	if (d.code == REASON_PRICE_OUT_OF_RANGE && d.rule == RULE_NONE)
		d.rule = RULE_PRICE;
	x = (struct explained){ .code = d.code, .cost = d.cost, .price = price_for(s, d.cost), .rank_value = d.rank_value, .ms = d.ms,
		.acceptance = d.acceptance, .speed = d.speed, .rule = decision_pointer(s->arena, &d), .value = value_read(s, c, &d) };
	x.contract = c != NULL ? c->key : arena_printf(s->arena, "contract-%u", d.contract);
	x.buyer = c != NULL ? c->buyer->key : (struct str){ "", 0 };
	x.buyer_name = c != NULL ? c->buyer->name : (struct str){ "", 0 };
	for (size_t i = 0; i < s->record.n_offers; i++)
		if (s->record.offers[i].contract == d.contract)
			x.price = s->record.offers[i].price;
	if (sale != NULL) {
		x.code = exchange_sale_code(sale) != REASON_NONE ? exchange_sale_code(sale) : x.code;
		x.price = sale->price;
		x.cost = sale->cost;
		x.ms = sale->ms;
	}
	x.stage = reason_stage(x.code);
	if (s->seller != NULL)
		hide_from_seller(s, c, &x);
	return x;
}

static void fill_contracts(struct sources *s, struct explanation *out)
{
	out->n_contracts = s->record.n_decisions;
	out->contracts = arena_array_of(s->arena, out->n_contracts, struct explained);
	for (size_t i = 0; i < out->n_contracts; i++)
		out->contracts[i] = explain_one(s, &s->record.decisions[i]);
}

static void happen(struct explanation *out, struct happening h)
{
	if (out->n_timeline < HAPPENINGS_MAX)
		out->timeline[out->n_timeline++] = h;
}

static struct str contract_name(const struct sources *s, struct id sale_id)
{
	for (size_t i = 0; i < s->n_sales; i++)
		if (id_eq(s->sales[i].id, sale_id)) {
			const struct contract *c = s->campaign != NULL ? campaign_contract(s->campaign, s->sales[i].contract_id) : NULL;

			return c != NULL && (s->seller == NULL || s->seller->show_buyer == SHOW_NAME) ? c->key : (struct str){ "", 0 };
		}
	return (struct str){ "", 0 };
}

static int fill_timeline(struct sources *s, struct explanation *out, struct err *e)
{
	struct sale_event *events = NULL;
	size_t n = 0;

	if (out->lead.state != 0 && sale_event_list(s->db, s->arena, out->lead.id, &events, &n, e) != 0)
		return -1;
	out->timeline = arena_array_of(s->arena, n + s->n_sales + 2, struct happening);
	happen(out, (struct happening){ .at = out->ping.created_at, .event = STR("pinged") });
	if (out->lead.state == 0)
		return 0;
	happen(out, (struct happening){ .at = out->lead.created_at, .event = STR("posted") });
	for (size_t i = 0, k = 0; i < s->n_sales || k < n;) {
		if (k == n || (i < s->n_sales && s->sales[i].created_at <= events[k].at)) {
			happen(out, (struct happening){ .at = s->sales[i].created_at, .event = STR("sent"), .sale_id = s->sales[i].id,
				.contract = contract_name(s, s->sales[i].id) });
			i++;
		} else {
			happen(out, (struct happening){ .at = events[k].at, .event = events[k].kind, .sale_id = events[k].sale_id,
				.contract = contract_name(s, events[k].sale_id), .reason = events[k].reason,
				.detail = s->seller == NULL ? events[k].detail : (struct str){ 0 } });
			k++;
		}
	}
	return 0;
}

static const char *status_of(const struct explanation *x)
{
	static const char *const pings[] = { [PING_MATCHED] = "matched", [PING_UNMATCHED] = "unmatched", [PING_REJECTED] = "rejected" };
	static const char *const leads[] = { [LEAD_POSTING] = "pending", [LEAD_SOLD] = "sold", [LEAD_UNSOLD] = "unsold",
		[LEAD_PENDING] = "pending", [LEAD_REJECTED] = "rejected" };

	return x->is_lead ? leads[x->lead.state] : pings[x->ping.status];
}

static enum found explain(struct sources *s, const struct snapshot *snap, bool sandbox, struct explanation *out, struct err *e)
{
	enum found found;

	if (out->is_lead) {
		found = lead_store_find(s->db, s->arena, out->id, &out->lead, e);
		if (found != FOUND_YES)
			return found;
		found = ping_store_find(s->db, s->arena, out->lead.ping_id, &out->ping, e);
	} else {
		found = ping_store_find(s->db, s->arena, out->id, &out->ping, e);
		if (found == FOUND_YES && lead_store_find_by_ping(s->db, s->arena, out->id, &out->lead, e) == FOUND_ERR)
			return FOUND_ERR;
	}
	if (found != FOUND_YES || (s->seller != NULL && (out->ping.seller_id != s->seller->id || out->ping.sandbox != sandbox)))
		return found == FOUND_ERR ? FOUND_ERR : FOUND_NO;
	if (out->lead.state != 0 && sale_store_list(s->db, s->arena, out->lead.id, &s->sales, &s->n_sales, e) != 0)
		return FOUND_ERR;
	find_version(s, snap, &out->ping);
	if (open_record(s, &out->ping, e) != 0 || (out->lead.state != 0 && overlay_codes(s, out, e) != 0) || fill_timeline(s, out, e) != 0)
		return FOUND_ERR;
	fill_contracts(s, out);
	out->version = out->ping.version;
	out->score = out->ping.score;
	out->status = status_of(out);
	return FOUND_YES;
}

static enum found run(const struct exchange *ex, struct arena *a, const struct snapshot *snap, const struct seller *seller, bool sandbox,
    struct explanation *out, struct err *e)
{
	struct sources *s = arena_new_of(a, struct sources);
	enum found found;

	*s = (struct sources){ .ex = ex, .arena = a, .seller = seller };
	if (db_take(ex->pool, clock_mono_us() + WAIT_US, &s->db, e) != 0)
		return FOUND_ERR;
	found = explain(s, snap, sandbox, out, e);
	db_give(ex->pool, &s->db);
	return found;
}

enum found explain_ping(const struct exchange *ex, struct arena *a, const struct snapshot *snap, const struct seller *seller, bool sandbox,
    struct id ping_id, struct explanation *out, struct err *e)
{
	*out = (struct explanation){ .id = ping_id };
	return run(ex, a, snap, seller, sandbox, out, e);
}

enum found explain_lead(const struct exchange *ex, struct arena *a, const struct snapshot *snap, const struct seller *seller, bool sandbox,
    struct id lead_id, struct explanation *out, struct err *e)
{
	*out = (struct explanation){ .id = lead_id, .is_lead = true };
	return run(ex, a, snap, seller, sandbox, out, e);
}

static void text_or_nil(struct json_out *j, const char *name, struct str s)
{
	if (s.n > 0)
		json_text(j, name, s);
	else
		json_nil(j, name);
}

static void number_or_nil(struct json_out *j, struct arena *a, const char *name, double v)
{
	if (v > 0 && v < 1e300)
		json_raw(j, name, arena_printf(a, "%.10g", v));
	else
		json_nil(j, name);
}

static void write_contract(struct json_out *j, struct arena *a, const struct explained *x)
{
	json_open(j, NULL, '{');
	json_text(j, "contract", x->contract);
	if (x->buyer_name.n > 0) {
		json_open(j, "buyer", '{');
		json_text(j, "id", x->buyer);
		json_text(j, "name", x->buyer_name);
		json_close(j, '}');
	} else {
		json_nil(j, "buyer");
	}
	json_cstr(j, "code", reason_slug(x->code));
	json_cstr(j, "stage", stage_name(x->stage));
	text_or_nil(j, "rule", x->rule);
	json_value(j, "value", x->value.type == VALUE_NULL ? NULL : &x->value);
	if (x->price >= 0)
		json_money(j, "price", x->price);
	else
		json_nil(j, "price");
	number_or_nil(j, a, "rank_value", x->rank_value);
	if (x->ms >= 0)
		json_int(j, "ms", x->ms);
	else
		json_nil(j, "ms");
	if (x->cost >= 0)
		json_money(j, "cost", x->cost);
	if (x->acceptance > 0) {
		number_or_nil(j, a, "acceptance", x->acceptance);
		number_or_nil(j, a, "speed", x->speed);
	}
	json_close(j, '}');
}

static void write_happening(struct json_out *j, struct arena *a, const struct happening *h)
{
	json_open(j, NULL, '{');
	json_text(j, "at", clock_rfc3339_ms(a, h->at));
	json_text(j, "event", h->event);
	if (!id_is_zero(h->sale_id))
		json_text(j, "sale_id", id_text(a, "sal", h->sale_id));
	if (h->contract.n > 0)
		json_text(j, "contract", h->contract);
	if (h->reason != REASON_NONE)
		json_cstr(j, "reason", reason_slug((enum reason)h->reason));
	if (h->detail.p != NULL)
		json_text(j, "detail", h->detail);
	json_close(j, '}');
}

void explain_write(struct json_out *j, struct arena *a, const struct explanation *x)
{
	json_text(j, "id", id_text(a, x->is_lead ? "led" : "png", x->id));
	json_cstr(j, "status", x->status);
	json_int(j, "version", x->version);
	if (x->score >= 0)
		json_int(j, "score", x->score);
	else
		json_nil(j, "score");
	json_open(j, "contracts", '[');
	for (size_t i = 0; i < x->n_contracts; i++)
		write_contract(j, a, &x->contracts[i]);
	json_close(j, ']');
	json_open(j, "timeline", '[');
	for (size_t i = 0; i < x->n_timeline; i++)
		write_happening(j, a, &x->timeline[i]);
	json_close(j, ']');
}
