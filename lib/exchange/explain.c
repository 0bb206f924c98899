#include "lib/exchange/explain.h"

#include "lib/base/clock.h"
#include "lib/base/money.h"
#include "lib/exchange/steps.h"
#include "lib/store/config.h"
#include "lib/wire/json.h"

enum { WAIT_US = 2000000, HAPPENINGS_MAX = 1000 };

/* What one explanation is made from. */
struct sources {
	const struct exchange *ex;
	struct arena *arena;
	struct db *db;
	const struct seller *seller;
	const struct campaign *campaign;  /* of the version that decided; NULL: no longer to be had */
	struct facts facts;
	struct value lead;
	struct sale_row *sales;
	size_t n_sales;
};

static const struct campaign *campaign_by_id(const struct catalog *c, uint32_t id)
{
	for (size_t i = 0; c != NULL && i < c->n_campaigns; i++)
		if (c->campaigns[i].id == id)
			return &c->campaigns[i];
	return NULL;
}

static void drop_catalog(void *p)
{
	struct catalog *c = p;

	catalog_free(&c);
}

/* The catalog of a version that is no longer in force, compiled again from its document. */
static struct catalog *old_catalog(struct sources *s, int64_t version)
{
	struct faults *f = arena_new_of(s->arena, struct faults);
	struct map *numbers[NAMED__N];
	struct catalog_names names;
	struct config_version row;
	struct catalog *out = NULL;
	struct value document;
	struct err e;

	faults_init(f, s->arena);
	if (config_get(s->db, s->arena, version, &row, &e) != FOUND_YES || config_names(s->db, s->arena, numbers, &e) != 0 ||
	    json_parse(s->arena, row.document, JSON_DEPTH_CONFIG, &document, &e) != 0)
		return NULL;
	names = (struct catalog_names){ .campaigns = numbers[NAMED_CAMPAIGN], .sellers = numbers[NAMED_SELLER], .buyers = numbers[NAMED_BUYER],
		.contracts = numbers[NAMED_CONTRACT], .channels = numbers[NAMED_CHANNEL] };
	if (catalog_compile(&document, &names, f, NULL, &out) != 0)
		return NULL;
	arena_defer(s->arena, drop_catalog, out);
	return out;
}

static void find_campaign(struct sources *s, const struct snapshot *snap, const struct ping_row *ping)
{
	const struct catalog *c = snap->catalog->version == ping->version ? snap->catalog : old_catalog(s, ping->version);

	s->campaign = campaign_by_id(c != NULL ? c : snap->catalog, ping->campaign_id);
	if (s->campaign != NULL && ping->sandbox)
		s->campaign = sandbox_campaign(s->arena, s->campaign, s->ex->sandbox_url);
}

static int open_lead(struct sources *s, const struct ping_row *ping, struct err *e)
{
	struct personal personal = { 0 };
	struct lead_key key;
	struct value *parts = arena_array_of(s->arena, 2, struct value), whole;

	if (json_parse(s->arena, ping->lead, JSON_DEPTH_CONFIG, &parts[0], e) != 0 ||
	    json_parse(s->arena, ping->source, JSON_DEPTH_CONFIG, &parts[1], e) != 0)
		return -1;
	if (ping->lead_key.p != NULL && lead_key_open(s->arena, s->ex->keys, ping->lead_id, ping->lead_key, &key, e) == 0)
		personal_open(s->arena, &key, "png", ping->id, ping->sealed, &personal, e);
	if (s->campaign == NULL) {
		s->lead = parts[0];
	} else {
		whole = lead_join(s->arena, s->campaign->vertical, &parts[0], &personal.lead);
		s->lead = lead_mask(s->arena, s->campaign->vertical, &whole);
	}
	s->facts = (struct facts){ .lead = &s->lead, .source = &parts[1] };
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

/* What the filter that decided had read. */
static struct value value_read(const struct sources *s, const struct contract *c, const struct decision *d)
{
	struct first_fact first = { NULL };
	const struct value *v;

	if (c == NULL || d->rule != RULE_FILTER || d->index >= c->n_filters)
		return (struct value){ .type = VALUE_NULL };
	condition_each_source(c->filters[d->index].condition, keep_first, &first);
	v = first.source != NULL ? fact_fetch((void *)&s->facts, first.source) : NULL;
	return v != NULL ? *v : (struct value){ .type = VALUE_NULL };
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

static struct explained explain_one(const struct sources *s, const struct offer *offers, size_t n_offers, const struct decision *d)
{
	const struct contract *c = s->campaign != NULL ? campaign_contract(s->campaign, d->contract) : NULL;
	const struct sale_row *sale = sale_of(s, d->contract);
	struct explained x = { .code = d->code, .cost = d->cost, .price = -1, .rank_value = d->rank_value, .ms = d->ms,
		.rule = decision_pointer(s->arena, d), .value = value_read(s, c, d) };

	x.contract = c != NULL ? c->key : arena_printf(s->arena, "contract-%u", d->contract);
	x.buyer = c != NULL ? c->buyer->key : (struct str){ "", 0 };
	x.buyer_name = c != NULL ? c->buyer->name : (struct str){ "", 0 };
	for (size_t i = 0; i < n_offers; i++)
		if (offers[i].contract == d->contract)
			x.price = offers[i].price;
	if (sale != NULL) {
		x.code = exchange_sale_code(sale) != REASON_NONE ? exchange_sale_code(sale) : x.code;
		x.price = sale->price;
		x.cost = sale->cost;
		x.ms = sale->ms;
	}
	x.stage = reason_stage(x.code);
	if (s->seller != NULL) {
		/* Buyers' rules, and what those paid who lost, are not the seller's to see. */
		x.rule = (struct str){ "", 0 };
		x.value = (struct value){ .type = VALUE_NULL };
		x.cost = -1;
		x.rank_value = 0;
		if (x.code != REASON_OFFERED && x.code != REASON_ACCEPTED)
			x.price = -1;
		hide_buyer(s, c, &x);
	}
	return x;
}

static int fill_contracts(struct sources *s, struct explanation *out, struct err *e)
{
	struct decision *list;
	struct offer *offers;
	size_t n_offers;

	if (decision_unpack(s->arena, out->ping.decisions, &list, &out->n_contracts, e) != 0 ||
	    offers_read(s->arena, out->ping.bids, &offers, &n_offers, e) != 0)
		return -1;
	out->contracts = arena_array_of(s->arena, out->n_contracts, struct explained);
	for (size_t i = 0; i < out->n_contracts; i++)
		out->contracts[i] = explain_one(s, offers, n_offers, &list[i]);
	return 0;
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
	find_campaign(s, snap, &out->ping);
	if (open_lead(s, &out->ping, e) != 0 || fill_contracts(s, out, e) != 0 || fill_timeline(s, out, e) != 0)
		return FOUND_ERR;
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

static void write_contract(struct json_out *j, const struct explained *x)
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
	if (x->rank_value > 0)
		json_money(j, "rank_value", (int64_t)(x->rank_value + 0.5));
	else
		json_nil(j, "rank_value");
	if (x->ms >= 0)
		json_int(j, "ms", x->ms);
	else
		json_nil(j, "ms");
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
		write_contract(j, &x->contracts[i]);
	json_close(j, ']');
	json_open(j, "timeline", '[');
	for (size_t i = 0; i < x->n_timeline; i++)
		write_happening(j, a, &x->timeline[i]);
	json_close(j, ']');
}
