/*
 * loss: a notice to a bidder that did not get the lead, made of what the ping's row keeps: it may say what a ping may, and what was bid.
 */
#include "lib/exchange/notify.h"
#include "lib/exchange/steps.h"
#include "lib/wire/json.h"

enum { NOTHING_TO_SAY = 1 };

static const struct contract *contract_of(const struct catalog *c, struct str key, const struct seller **seller_out, uint32_t seller_id)
{
	const struct contract *contract = map_get(c->by_contract, key);

	*seller_out = catalog_seller(c, seller_id);
	return contract != NULL && contract->campaign != NULL ? contract : NULL;
}

/* Parts of the request as the ping had it. */
static int open_ask(struct arena *a, const struct keyring *keys, const struct ping_row *ping, const struct campaign *campaign, struct ask *ask,
    struct value *lead_out, struct err *e)
{
	struct personal personal = { 0 };
	struct lead_key key = { 0 };
	struct value clear;
	int bad;

	if (json_parse(a, ping->lead, JSON_DEPTH_CONFIG, &clear, e) != 0 || json_parse(a, ping->source, JSON_DEPTH_CONFIG, &ask->source, e) != 0)
		return -1;
	if (ping->lead_key.p != NULL) {
		bad = lead_key_open(a, keys, ping->lead_id, ping->lead_key, &key, e) != 0 ||
		    personal_open(a, &key, "png", ping->id, ping->sealed, &personal, e) != 0;
		crypt_wipe(key.key, sizeof(key.key));
		if (bad)
			return -1;
	}
	ask->consent = personal.consent;
	ask->event = personal.event;
	ask->hashes = personal.hashes;
	*lead_out = lead_join(a, campaign->vertical, &clear, &personal.lead);
	return 0;
}

static const struct offer *offer_of(const struct offer *list, size_t n, uint32_t contract)
{
	for (size_t i = 0; i < n; i++)
		if (list[i].contract == contract)
			return &list[i];
	return NULL;
}

/* A re-route may have brought it the lead since. */
static int was_sold_to(struct db *db, struct arena *a, const struct message_row *m, struct err *e)
{
	struct sale_row *rows;
	size_t n;

	if (sale_store_list(db, a, m->lead_id, &rows, &n, e) != 0)
		return -1;
	for (size_t i = 0; i < n; i++)
		if (rows[i].contract_id == m->contract_id)
			return NOTHING_TO_SAY;
	return 0;
}

int notify_loss_call(struct db *db, struct arena *a, const struct notify *n, const struct message_row *m, struct http_call *out, struct err *e)
{
	struct ask ask = { .snapshot = n->snapshot };
	struct scope_parts parts = { .ask = &ask };
	struct tmpl_scope scope;
	struct lead_row lead;
	struct ping_row ping;
	struct offer *offers;
	struct value whole;
	size_t n_offers;
	int r = was_sold_to(db, a, m, e);

	if (r != 0)
		return r;
	r = lead_store_find(db, a, m->lead_id, &lead, e);
	if (r == FOUND_YES)
		r = ping_store_find(db, a, lead.ping_id, &ping, e);
	if (r != FOUND_YES)
		return r == FOUND_ERR ? -1 : NOTHING_TO_SAY;
	parts.contract = contract_of(n->snapshot->catalog, m->owner, &ask.seller, lead.seller_id);
	if (parts.contract == NULL || parts.contract->id != m->contract_id || parts.contract->loss_notice == NULL || ask.seller == NULL)
		return NOTHING_TO_SAY;
	if (offers_read(a, ping.bids, &offers, &n_offers, e) != 0 || open_ask(a, n->ex->keys, &ping, parts.contract->campaign, &ask, &whole, e) != 0)
		return -1;
	parts.offer = offer_of(offers, n_offers, m->contract_id);
	if (parts.offer == NULL)
		return NOTHING_TO_SAY;
	ask.campaign = parts.contract->campaign;
	ask.wall_us = m->created_at;
	parts.lead = &whole;
	parts.ping_id = ping.id;
	parts.lead_id = lead.id;
	exchange_scope(a, &parts, &scope);
	return step_render(a, parts.contract->loss_notice, &scope, out, e) == STEP_RENDERED ? 0 : -1;
}
