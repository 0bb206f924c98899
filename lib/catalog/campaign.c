#include <stdlib.h>

#include "lib/catalog/compile.h"

enum {
	PING_TIMEOUT_MS = 1500, BID_TTL_S = 60, POST_TIMEOUT_MS = 8000, POST_DEADLINE_MS = 20000, REROUTE_ATTEMPTS = 4,
	REROUTE_WINDOW_S = 900
};

static const struct value no_object = { .type = VALUE_OBJECT };

static const struct value *object_or_none(const struct value *doc, const char *name)
{
	const struct value *v = members_object(doc, name);

	return v != NULL ? v : &no_object;
}

void campaign_duplicates(struct compile *k, const struct value *doc, const struct path *at, int *days_out, unsigned *match_out)
{
	struct path here = path_member(at, STR("match"));
	const struct value *match = members_list(doc, "match");
	unsigned bits = 0;

	*days_out = (int)members_int(doc, "window_days", 0);
	for (size_t i = 0; match != NULL && i < match->n; i++) {
		struct path entry = path_index(&here, i);

		if (match->items[i].type != VALUE_TEXT)
			continue; /* members_check has said so */
		if (str_is(match->items[i].text, "phone"))
			bits |= MATCH_PHONE;
		else if (str_is(match->items[i].text, "email"))
			bits |= MATCH_EMAIL;
		else
			fault_add(k->f, &entry, "invalid_field", "must be one of phone, email");
	}
	if (match != NULL && match->n == 0 && *days_out > 0)
		fault_add(k->f, &here, "invalid_field", "names nothing to match by: phone, email or both");
	*match_out = match != NULL ? bits : MATCH_PHONE | MATCH_EMAIL;
}

static void currency_compile(struct compile *k, const struct value *doc, const struct path *at, struct campaign *out)
{
	struct path here = path_member(at, STR("currency"));
	struct str s = members_text(doc, "currency", STR(""));

	if (s.n != 3)
		return; /* members_check has said so, unless it is not ASCII */
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] < 'A' || s.p[i] > 'Z') {
			fault_add(k->f, &here, "invalid_field", "must be the three capital letters of a currency, such as USD");
			return;
		}
	memcpy(out->currency, s.p, 3);
}

static void routing_compile(struct compile *k, const struct value *doc, const struct path *at, struct campaign *out)
{
	struct path here = path_member(at, STR("routing"));
	struct path deadline = path_member(&here, STR("post_deadline_ms"));
	const struct value *r = object_or_none(doc, "routing");
	const struct value *reroute = object_or_none(r, "reroute");

	out->routing.strategy = (enum strategy)members_choice(r, "strategy", shape_strategy, STRATEGY_HIGHEST_BID);
	out->routing.rank_by = (enum rank_by)members_choice(r, "rank_by", shape_rank_by, RANK_PRICE);
	out->routing.max_sales = (int)members_int(r, "max_sales", 1);
	out->routing.reserve_price = members_money(r, "reserve_price", 0);
	out->ping_timeout_ms = (int)members_int(r, "ping_timeout_ms", PING_TIMEOUT_MS);
	out->bid_ttl_s = (int)members_int(r, "bid_ttl_s", BID_TTL_S);
	out->post_timeout_ms = (int)members_int(r, "post_timeout_ms", POST_TIMEOUT_MS);
	out->post_deadline_ms = (int)members_int(r, "post_deadline_ms", POST_DEADLINE_MS);
	out->reroute_attempts = (int)members_int(reroute, "max_attempts", REROUTE_ATTEMPTS);
	out->reroute_window_s = (int)members_int(reroute, "window_s", REROUTE_WINDOW_S);
	if (out->post_timeout_ms > out->post_deadline_ms)
		compile_warn(k, &deadline, "a buyer may take %d ms (post_timeout_ms), which is more than the whole post may",
		    out->post_timeout_ms);
}

static void campaign_compile(struct compile *k, const struct value *doc, const struct path *at, struct campaign *out)
{
	struct path payout = path_member(at, STR("payout"));
	struct path duplicates = path_member(at, STR("duplicates"));
	struct path scoring = path_member(at, STR("scoring"));
	struct path consent = path_member(at, STR("consent"));

	out->key = compile_key(k, doc, at, k->catalog->by_campaign, out);
	out->id = compile_number(k->names->campaigns, out->key);
	out->vertical = compile_reference(k, doc, "vertical", at, k->verticals);
	out->status = (enum status)members_choice(doc, "status", shape_status, STATUS_ACTIVE);
	currency_compile(k, doc, at, out);
	routing_compile(k, doc, at, out);
	if (members_object(doc, "payout") != NULL)
		payout_compile(members_object(doc, "payout"), &payout, k->f, &out->payout);
	campaign_duplicates(k, members_object(doc, "duplicates"), &duplicates, &out->duplicates_days, &out->duplicates_match);
	if (members_object(doc, "scoring") != NULL && out->vertical != NULL)
		scoring_compile(k->a, members_object(doc, "scoring"), out->vertical, &scoring, k->f, &out->scoring);
	if (members_object(doc, "consent") != NULL)
		consent_compile(members_object(doc, "consent"), &consent, k->f, &out->consent);
}

void campaigns_compile(struct compile *k)
{
	const struct value *doc = compile_section(k, "campaigns");
	struct path at = path_member(PATH_ROOT, STR("campaigns"));
	struct catalog *c = k->catalog;

	c->n_campaigns = doc->n;
	c->campaigns = arena_array_of(k->a, doc->n, struct campaign);
	for (size_t i = 0; i < doc->n; i++) {
		struct path here = path_index(&at, i);

		campaign_compile(k, &doc->items[i], &here, &c->campaigns[i]);
	}
}

/* A fact that a condition reads, kept when it is one of the lead's. */
static void use_fact(void *ctx, const void *source)
{
	struct str name = fact_name(source);

	if (str_starts(name, STR("lead.")))
		map_put(ctx, (struct str){ name.p + 5, name.n - 5 }, ctx);
}

struct used_paths {
	struct arena *a;
	struct map *used;
};

/* A field that a ping tells its buyers: they priced their bids by it. The path lives for this call alone. */
static void use_path(void *ctx, struct str path)
{
	const struct used_paths *u = ctx;

	map_put(u->used, arena_str(u->a, path), u->used);
}

static struct map *used_fields(struct compile *k, const struct campaign *c)
{
	struct map *used = map_new(k->a);
	struct used_paths u = { k->a, used };

	if (c->vertical != NULL)
		vertical_each_source(c->vertical, use_fact, used);
	if (c->scoring != NULL)
		scoring_each_source(c->scoring, use_fact, used);
	for (size_t i = 0; i < c->n_contracts; i++) {
		for (size_t j = 0; j < c->contracts[i]->n_filters; j++)
			if (c->contracts[i]->filters[j].condition != NULL)
				condition_each_source(c->contracts[i]->filters[j].condition, use_fact, used);
		if (c->contracts[i]->ping != NULL)
			step_each_path(c->contracts[i]->ping, use_path, &u);
	}
	return used;
}

static int longest_window(const struct campaign *c)
{
	int days = c->duplicates_days;

	for (size_t i = 0; i < c->n_contracts; i++)
		if (c->contracts[i]->duplicates_days > days)
			days = c->contracts[i]->duplicates_days;
	return days;
}

static int by_number(const void *x, const void *y)
{
	const struct contract *a = *(const struct contract *const *)x, *b = *(const struct contract *const *)y;

	if (a->id != b->id)
		return a->id < b->id ? -1 : 1;
	return str_cmp(a->key, b->key);
}

/* Calls fn for each contract with its campaign, where it has one. */
static void each_contract(struct catalog *c, void (*fn)(struct campaign *of, const struct contract *contract))
{
	for (size_t i = 0; i < c->n_buyers; i++)
		for (size_t j = 0; j < c->buyers[i].n_contracts; j++) {
			const struct contract *contract = &c->buyers[i].contracts[j];

			if (contract->campaign != NULL)
				fn(&c->campaigns[contract->campaign - c->campaigns], contract);
		}
}

static void count(struct campaign *of, const struct contract *contract)
{
	(void)contract;
	of->n_contracts++;
}

static void keep(struct campaign *of, const struct contract *contract)
{
	of->contracts[of->n_contracts++] = contract;
}

void campaigns_finish(struct compile *k)
{
	struct catalog *c = k->catalog;

	each_contract(c, count);
	for (size_t i = 0; i < c->n_campaigns; i++) {
		c->campaigns[i].contracts = arena_array_of(k->a, c->campaigns[i].n_contracts, const struct contract *);
		c->campaigns[i].n_contracts = 0;
	}
	each_contract(c, keep);
	for (size_t i = 0; i < c->n_campaigns; i++) {
		qsort(c->campaigns[i].contracts, c->campaigns[i].n_contracts, sizeof(*c->campaigns[i].contracts), by_number);
		c->campaigns[i].seen_days = longest_window(&c->campaigns[i]);
		c->campaigns[i].used_fields = used_fields(k, &c->campaigns[i]);
	}
}

const struct contract *campaign_contract(const struct campaign *c, uint32_t id)
{
	size_t low = 0, high = c->n_contracts;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (c->contracts[mid]->id == id)
			return c->contracts[mid];
		if (c->contracts[mid]->id < id)
			low = mid + 1;
		else
			high = mid;
	}
	return NULL;
}
