#include "fcgi-app/admin/admin.h"
#include "fcgi-app/admin/mask.h"

#include "lib/base/clock.h"
#include "lib/base/money.h"
#include "lib/exchange/explain.h"
#include "lib/exchange/steps.h"
#include "lib/store/lead_page.h"
#include "lib/wire/json.h"

enum { PAGE = 50, WAIT_US = 2000000 };

static const char *const state_words[] = { "", "posting", "sold", "unsold", "pending", "rejected" };

enum { N_STATES = sizeof(state_words) / sizeof(state_words[0]) };

static struct str seller_name(const struct catalog *c, uint32_t id)
{
	const struct seller *s = catalog_seller(c, id);

	return s != NULL ? s->name : STR("(archived)");
}

static struct str buyer_name(const struct campaign *camp, uint32_t contract)
{
	const struct contract *c = camp != NULL && contract != 0 ? campaign_contract(camp, contract) : NULL;

	return c != NULL ? c->buyer->name : STR("");
}

static void read_filter(const struct catalog *c, const struct form *query, struct lead_filter *f)
{
	struct str status = form_text(query, "status"), campaign = form_text(query, "campaign");
	const struct campaign *camp = campaign.n > 0 ? map_get(c->by_campaign, campaign) : NULL;

	*f = (struct lead_filter){ .limit = PAGE, .campaign_id = camp != NULL ? camp->id : 0, .sandbox = str_is(form_text(query, "mode"), "sandbox") };
	for (int i = 1; i < N_STATES; i++)
		if (str_is(status, state_words[i]))
			f->states = 1u << i;
	id_parse("led", form_text(query, "before"), &f->before);
}

static void add_choices(struct arena *a, struct value *root, const struct catalog *c, const struct lead_filter *f)
{
	struct value states = page_list(), campaigns = page_list();

	for (int i = 1; i < N_STATES; i++) {
		struct value *o = page_add(a, &states);

		page_set(a, o, "name", value_text(str_of(state_words[i])));
		page_set(a, o, "chosen", value_bool(f->states == 1u << i));
	}
	for (size_t i = 0; i < c->n_campaigns; i++) {
		struct value *o = page_add(a, &campaigns);

		page_set(a, o, "name", value_text(c->campaigns[i].key));
		page_set(a, o, "chosen", value_bool(f->campaign_id == c->campaigns[i].id));
	}
	page_set(a, root, "states", states);
	page_set(a, root, "campaigns", campaigns);
	page_set(a, root, "sandbox", value_bool(f->sandbox));
}

static void add_line(struct arena *a, struct value *list, const struct catalog *c, const struct lead_line *l)
{
	const struct campaign *camp = catalog_campaign(c, l->campaign_id);
	struct value *o = page_add(a, list), clear;
	struct str state = STR("");
	struct err e;

	if (json_parse(a, l->lead, JSON_DEPTH_CONFIG, &clear, &e) == 0)
		state = value_get_text(&clear, STR("state"), STR(""));
	page_set(a, o, "id", value_text(id_text(a, "led", l->id)));
	page_set(a, o, "at", value_text(admin_when(a, l->created_at)));
	page_set(a, o, "campaign", value_text(camp != NULL ? camp->key : STR("(archived)")));
	page_set(a, o, "seller", value_text(seller_name(c, l->seller_id)));
	page_set(a, o, "where", value_text(state));
	page_set(a, o, "status", value_text(str_of(state_words[l->state])));
	page_set(a, o, "buyer", value_text(buyer_name(camp, l->contract_id)));
	if (l->contract_id != 0) {
		page_set(a, o, "cost", value_text(admin_amount(a, l->cost, l->currency)));
		page_set(a, o, "price", value_text(admin_amount(a, l->price, l->currency)));
	}
}

int admin_leads(struct app *app, struct req *q, struct resp *r, struct err *e)
{
	const struct catalog *c = q->caller->snapshot->catalog;
	struct value root = admin_frame(q, "Leads", "leads"), list = page_list();
	struct lead_filter filter;
	struct lead_line *lines;
	struct db *db = NULL;
	struct form query;
	size_t n;
	int failed;

	if (req_query(q, &query, e) != 0)
		return -1;
	read_filter(c, &query, &filter);
	if (db_take(app->pool, clock_mono_us() + WAIT_US, &db, e) != 0)
		return -1;
	failed = lead_page_read(db, q->arena, &filter, &lines, &n, e);
	db_give(app->pool, &db);
	if (failed)
		return -1;
	for (size_t i = 0; i < n && i < PAGE; i++)
		add_line(q->arena, &list, c, &lines[i]);
	page_set(q->arena, &root, "leads", list);
	add_choices(q->arena, &root, c, &filter);
	if (n > PAGE) {
		page_set(q->arena, &root, "next", value_text(id_text(q->arena, "led", lines[PAGE - 1].id)));
		page_set(q->arena, &root, "status", value_text(filter.states != 0 ? form_text(&query, "status") : STR("")));
		page_set(q->arena, &root, "campaign", value_text(form_text(&query, "campaign")));
	}
	return page_send(app->pages, r, 200, "admin/leads", &root, NULL, e);
}

/* One row for every member, dotted: what a person can read. */
static void add_members(struct arena *a, struct value *list, struct str prefix, const struct value *v)
{
	for (size_t i = 0; i < v->n; i++) {
		const struct value *x = v->type == VALUE_OBJECT ? &v->members[i].value : &v->items[i];
		struct str name = v->type == VALUE_OBJECT ? v->members[i].name : arena_printf(a, "%zu", i + 1), path;

		path = prefix.n == 0 ? name : arena_printf(a, "%.*s %.*s", STR_ARG(prefix), STR_ARG(name));
		if (x->type == VALUE_OBJECT || x->type == VALUE_LIST) {
			add_members(a, list, path, x);
		} else {
			struct value *o = page_add(a, list);

			page_set(a, o, "name", value_text(path));
			page_set(a, o, "value", value_text(value_as_text(x)));
		}
	}
}

static void add_contracts(struct arena *a, struct value *root, const struct explanation *x, const char *currency)
{
	struct value list = page_list();

	for (size_t i = 0; i < x->n_contracts; i++) {
		const struct explained *c = &x->contracts[i];
		struct value *o = page_add(a, &list);

		page_set(a, o, "contract", value_text(c->contract));
		page_set(a, o, "buyer", value_text(c->buyer));
		page_set(a, o, "code", value_text(str_of(reason_slug(c->code))));
		page_set(a, o, "help", value_text(str_of(reason_help(c->code))));
		page_set(a, o, "stage", value_text(str_of(stage_name(c->stage))));
		page_set(a, o, "rule", value_text(c->rule));
		page_set(a, o, "value", value_text(value_as_text(&c->value)));
		page_set(a, o, "cost", value_text(c->cost >= 0 ? admin_amount(a, c->cost, currency) : STR("")));
		page_set(a, o, "ms", value_text(c->ms >= 0 ? arena_printf(a, "%d ms", c->ms) : STR("")));
	}
	page_set(a, root, "contracts", list);
}

static void add_timeline(struct arena *a, struct value *root, const struct explanation *x, const struct value *personal)
{
	struct value list = page_list();

	for (size_t i = 0; i < x->n_timeline; i++) {
		const struct happening *h = &x->timeline[i];
		struct value *o = page_add(a, &list);

		page_set(a, o, "at", value_text(admin_when(a, h->at)));
		page_set(a, o, "event", value_text(h->event));
		page_set(a, o, "contract", value_text(h->contract));
		page_set(a, o, "reason", value_text(h->reason != REASON_NONE ? str_of(reason_slug((enum reason)h->reason)) : STR("")));
		page_set(a, o, "detail", value_text(mask_words(a, personal, h->detail)));
	}
	page_set(a, root, "timeline", list);
}

static void add_exchange(struct app *app, struct arena *a, struct value *list, const struct explanation *x, const struct value *personal,
    const struct sale_row *sale)
{
	struct value *o = page_add(a, list), doc;
	const struct value *request, *reply;
	struct lead_key key;
	struct str plain;
	struct err e;

	page_set(a, o, "sale", value_text(id_text(a, "sal", sale->id)));
	page_set(a, o, "state", value_text(str_of(sale_state_name(sale->state))));
	page_set(a, o, "cost", value_text(admin_amount(a, sale->cost, sale->currency)));
	page_set(a, o, "price", value_text(admin_amount(a, sale->price, sale->currency)));
	page_set(a, o, "ref", value_text(mask_words(a, personal, sale->ref)));
	page_set(a, o, "reason_text", value_text(mask_words(a, personal, sale->reason_text)));
	if (sale->exchange.p == NULL || x->lead.lead_key.p == NULL ||
	    lead_key_open(a, &app->keys, x->lead.id, x->lead.lead_key, &key, &e) != 0 ||
	    crypt_unseal(a, key.key, id_text(a, "sal", sale->id), sale->exchange, &plain, &e) != 0 ||
	    json_parse(a, plain, JSON_DEPTH_CONFIG, &doc, &e) != 0)
		return;
	request = value_get(&doc, STR("request"));
	reply = value_get(&doc, STR("reply"));
	page_set(a, o, "method", value_text(value_get_text(request, STR("method"), STR(""))));
	page_set(a, o, "url", value_text(mask_url(a, personal, value_get_text(request, STR("url"), STR("")))));
	page_set(a, o, "request", value_text(mask_body(a, value_get_text(request, STR("body"), STR("")))));
	page_set(a, o, "http_status", value_text(value_as_text(value_get(reply, STR("status")))));
	page_set(a, o, "reply", value_text(mask_body(a, value_get_text(reply, STR("body"), STR("")))));
	page_set(a, o, "ms", value_text(arena_printf(a, "%d ms", sale->ms)));
}

static int add_exchanges(struct app *app, struct arena *a, struct value *root, const struct explanation *x, const struct value *personal,
    struct err *e)
{
	struct value list = page_list();
	struct sale_row *sales;
	struct db *db = NULL;
	size_t n;
	int failed;

	if (db_take(app->pool, clock_mono_us() + WAIT_US, &db, e) != 0)
		return -1;
	failed = sale_store_list_whole(db, a, x->lead.id, &sales, &n, e);
	db_give(app->pool, &db);
	if (failed)
		return -1;
	for (size_t i = 0; i < n; i++)
		add_exchange(app, a, &list, x, personal, &sales[i]);
	page_set(a, root, "exchanges", list);
	return 0;
}

/* The whole lead, masked: what is personal shows its shape only. Its personal fields go to *personal_out, for what else may repeat them. */
static void add_lead(struct app *app, struct arena *a, struct value *root, const struct campaign *camp, const struct lead_row *lead,
    struct value *personal_out)
{
	struct value list = page_list(), clear, whole, source;
	struct personal personal = { 0 };
	struct lead_key key;
	struct err e;

	*personal_out = (struct value){ .type = VALUE_NULL };
	if (json_parse(a, lead->lead, JSON_DEPTH_CONFIG, &clear, &e) != 0)
		return;
	if (lead->lead_key.p != NULL && lead_key_open(a, &app->keys, lead->id, lead->lead_key, &key, &e) == 0 &&
	    personal_open(a, &key, "led", lead->id, lead->sealed, &personal, &e) == 0) {
		*personal_out = personal.lead.type == VALUE_NULL ? value_object(NULL, 0) : personal.lead;
		whole = camp != NULL ? lead_join(a, camp->vertical, &clear, &personal.lead) : clear;
		clear = camp != NULL ? lead_mask(a, camp->vertical, &whole) : clear;
	}
	add_members(a, &list, STR(""), &clear);
	if (json_parse(a, lead->source, JSON_DEPTH_CONFIG, &source, &e) == 0)
		add_members(a, &list, STR("source"), &source);
	page_set(a, root, "fields", list);
}

int admin_lead(struct app *app, struct req *q, struct resp *r, struct err *e)
{
	const struct catalog *c = q->caller->snapshot->catalog;
	const struct campaign *camp;
	struct value root, personal;
	struct explanation x;
	struct id id;
	enum found found;

	if (!id_parse("led", q->route_params[0], &id))
		return err_set(e, ERR_NOT_FOUND, "There is no such lead.");
	found = explain_lead(&app->exchange, q->arena, q->caller->snapshot, NULL, false, id, &x, e);
	if (found != FOUND_YES)
		return found == FOUND_ERR ? -1 : err_set(e, ERR_NOT_FOUND, "There is no such lead.");
	camp = catalog_campaign(c, x.lead.campaign_id);
	root = admin_frame(q, "A lead's story", "leads");
	page_set(q->arena, &root, "id", value_text(id_text(q->arena, "led", x.lead.id)));
	page_set(q->arena, &root, "ping_id", value_text(id_text(q->arena, "png", x.lead.ping_id)));
	page_set(q->arena, &root, "status", value_text(str_of(x.status)));
	page_set(q->arena, &root, "campaign", value_text(camp != NULL ? camp->key : STR("(archived)")));
	page_set(q->arena, &root, "seller", value_text(seller_name(c, x.lead.seller_id)));
	page_set(q->arena, &root, "at", value_text(admin_when(q->arena, x.lead.created_at)));
	page_set(q->arena, &root, "version", value_text(arena_printf(q->arena, "%lld", (long long)x.version)));
	add_lead(app, q->arena, &root, camp, &x.lead, &personal);
	add_contracts(q->arena, &root, &x, camp != NULL ? camp->currency : "");
	add_timeline(q->arena, &root, &x, &personal);
	if (add_exchanges(app, q->arena, &root, &x, &personal, e) != 0)
		return -1;
	return page_send(app->pages, r, 200, "admin/lead", &root, NULL, e);
}
