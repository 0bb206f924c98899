/*
 * resume: a lead that was posted before, taken up again from its rows.
 */
#include "lib/base/clock.h"
#include "lib/exchange/person.h"
#include "lib/exchange/record.h"
#include "lib/exchange/selling.h"
#include "lib/wire/json.h"

struct rows {
	struct lead_row lead;
	struct ping_row ping;
	bool has_ping;
	struct sale_row *sales;
	size_t n_sales;
};

static enum found read_rows(const struct exchange *ex, struct arena *a, struct id lead_id, struct rows *r, struct err *e)
{
	struct db *db = NULL;
	enum found found, ping = FOUND_NO;

	if (db_take(ex->pool, clock_mono_us() + DB_WAIT_US, &db, e) != 0)
		return FOUND_ERR;
	found = lead_store_find(db, a, lead_id, &r->lead, e);
	if (found == FOUND_YES)
		ping = ping_store_find(db, a, r->lead.ping_id, &r->ping, e);
	if (found == FOUND_YES && (ping == FOUND_ERR || sale_store_list(db, a, lead_id, &r->sales, &r->n_sales, e) != 0))
		found = FOUND_ERR;
	r->has_ping = ping == FOUND_YES;
	db_give(ex->pool, &db);
	return found;
}

static void read_chosen(struct selling *s, struct str chosen)
{
	size_t n = chosen.p != NULL ? chosen.n / sizeof(struct id) : 0;

	s->post->n_bid_ids = n;
	s->post->bid_ids = arena_array_of(s->arena, n, struct id);
	for (size_t i = 0; i < n; i++)
		memcpy(s->post->bid_ids[i].b, chosen.p + i * sizeof(struct id), sizeof(struct id));
}

static int read_lead(struct selling *s, const struct rows *r, struct err *e)
{
	struct ask *ask = &s->post->ask;
	struct personal personal = { 0 };
	struct value clear;

	if (lead_key_open(s->arena, s->ex->keys, s->lead_id, r->lead.lead_key, &s->key, e) != 0 ||
	    personal_open(s->arena, &s->key, "led", s->lead_id, r->lead.sealed, &personal, e) != 0 ||
	    json_parse(s->arena, r->lead.lead, JSON_DEPTH_CONFIG, &clear, e) != 0 ||
	    json_parse(s->arena, r->lead.source, JSON_DEPTH_CONFIG, &ask->source, e) != 0)
		return -1;
	ask->consent = personal.consent;
	ask->event = personal.event;
	ask->hashes = personal.hashes;
	s->lead = lead_join(s->arena, s->campaign->vertical, &clear, &personal.lead);
	s->facts = record_facts(s->arena, ask);
	s->facts.lead = &s->lead;
	person_of(s->arena, s->ex->keys, s->campaign->vertical, &s->lead, s->facts.hashes, &s->person);
	return 0;
}

static bool had_its_turn(const struct selling *s, uint32_t contract)
{
	for (size_t i = 0; i < s->n_skip; i++)
		if (s->skip[i] == contract)
			return true;
	return false;
}

/* In the order in which the seller named them. */
static void keep_chosen(struct selling *s)
{
	struct offer *kept = arena_array_of(s->arena, s->post->n_bid_ids, struct offer);
	size_t n = 0;

	for (size_t i = 0; i < s->post->n_bid_ids; i++)
		for (size_t k = 0; k < s->n_offers + s->n_spare; k++)
			if (id_eq(s->offers[k].id, s->post->bid_ids[i]))
				kept[n++] = s->offers[k];
	s->offers = kept;
	s->n_offers = n;
	s->n_spare = 0;
}

static void take_sales(struct selling *s, const struct rows *r)
{
	for (size_t i = 0; i < r->n_sales && i < ATTEMPTS_MAX; i++) {
		const struct sale_row *row = &r->sales[i];

		s->sales[s->n_sales++] = (struct sold){ *row, campaign_contract(s->campaign, row->contract_id) };
		if (row->state == SALE_POSTING || row->state == SALE_PENDING)
			s->held++;
		else if (sale_is_lost(row))
			s->lost++;
		else if (row->state != SALE_REJECTED)
			s->accepted++;
		if (row->slot > 0)
			s->slots |= 1u << (row->slot - 1);
		if (!had_its_turn(s, row->contract_id))
			s->skip[s->n_skip++] = row->contract_id;
	}
}

/* The bids of its first ping that nobody has tried yet. What those leave is ranked again. */
static int take_bids(struct selling *s, const struct rows *r, struct err *e)
{
	struct offer *all;
	size_t listed, spare, n = 0;

	if (!r->has_ping)
		return 0;
	if (offers_read_all(s->arena, r->ping.bids, &all, &listed, &spare, e) != 0 ||
	    decision_unpack(s->arena, r->ping.decisions, &s->decisions, &s->n_decisions, e) != 0)
		return -1;
	s->offers = arena_array_of(s->arena, listed + spare, struct offer);
	for (size_t i = 0; i < listed + spare; i++) {
		if (had_its_turn(s, all[i].contract))
			continue;
		s->offers[n++] = all[i];
		if (i < listed)
			s->n_offers++;
		else
			s->n_spare++;
	}
	selling_recall(s);
	s->changed = true;
	if (s->post->n_bid_ids > 0)
		keep_chosen(s);
	return 0;
}

enum found selling_resume(const struct exchange *ex, struct arena *a, const struct snapshot *snap, struct id lead_id, struct lead_row *lead,
    struct selling **out, struct err *e)
{
	struct selling *s = arena_new_of(a, struct selling);
	struct post *post = arena_new_of(a, struct post);
	struct rows r = { 0 };
	enum found found = read_rows(ex, a, lead_id, &r, e);

	if (found != FOUND_YES)
		return found;
	*post = (struct post){ .ask = { .snapshot = snap, .campaign = catalog_campaign(snap->catalog, r.lead.campaign_id),
		.seller = catalog_seller(snap->catalog, r.lead.seller_id), .sandbox = r.lead.sandbox, .min_price = r.lead.min_price,
		.max_sales = r.lead.max_sales, .start_us = clock_mono_us(), .wall_us = clock_wall_us() } };
	*lead = r.lead;
	if (post->ask.campaign == NULL || post->ask.seller == NULL || r.lead.lead_key.p == NULL)
		return FOUND_NO;
	*s = (struct selling){ .ex = ex, .arena = a, .post = post, .lead_id = lead_id, .score = r.lead.score, .max_sales = r.lead.max_sales,
		.kept = true, .state = LEAD_PENDING, .ping = r.ping };
	s->ping.id = r.lead.ping_id;
	s->person = r.lead.person;
	s->campaign = r.lead.sandbox ? sandbox_campaign(a, post->ask.campaign, ex->sandbox_url) : post->ask.campaign;
	read_chosen(s, r.lead.chosen);
	take_sales(s, &r);
	if (read_lead(s, &r, e) != 0 || take_bids(s, &r, e) != 0)
		return FOUND_ERR;
	*out = s;
	return FOUND_YES;
}
