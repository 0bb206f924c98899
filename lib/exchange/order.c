/*
 * order: in which order a post goes through its ping's bids. What a reject, a full cap or an expired bid leaves is ranked again, until
 * something is sold: of three that would have shared one may be left, and an exclusive bid that was not chosen may now be worth more.
 */
#include "lib/base/clock.h"
#include "lib/base/money.h"
#include "lib/exchange/selling.h"

const struct contract *selling_contract(const struct selling *s, uint32_t id)
{
	const struct contract *c = campaign_contract(s->campaign, id);

	return c != NULL && c->status == STATUS_ACTIVE && c->buyer->status == STATUS_ACTIVE ? c : NULL;
}

struct decision *selling_decision(struct selling *s, uint32_t contract)
{
	for (size_t i = 0; i < s->n_decisions; i++)
		if (s->decisions[i].contract == contract)
			return &s->decisions[i];
	return NULL;
}

void selling_overlay(struct selling *s, uint32_t contract, int reason)
{
	struct decision *d = selling_decision(s, contract);

	if (d != NULL && reason != REASON_NONE)
		d->code = (enum reason)reason;
}

void selling_recall(struct selling *s)
{
	for (size_t i = 0; i < s->n_offers + s->n_spare; i++) {
		const struct decision *d = selling_decision(s, s->offers[i].contract);

		s->offers[i].draw = d != NULL ? d->draw : 0;
		s->offers[i].factor = d != NULL && d->acceptance > 0 ? d->acceptance * d->speed : 1;
	}
}

/* Only where bids may share, or wait behind those that were chosen, can the order become another one. */
static bool may_change(const struct selling *s)
{
	size_t i = s->next;

	if (s->post->n_bid_ids > 0 || selling_taken(s) > 0)
		return false;
	while (i < s->n_offers && s->offers[i].kind != SALE_SHARED)
		i++;
	return s->n_spare > 0 || i < s->n_offers;
}

/* As it was ranked by the ping; what the seller was promised is not screened again. */
static struct bid bid_of(const struct selling *s, const struct contract *c, const struct offer *o)
{
	const struct decision none = { .contract = o->contract };
	struct bid b = exchange_bid(c, exchange_payout(s->campaign, s->post->ask.seller), &none, o->cost);

	b.price = o->price;
	b.min_price = 0;
	b.max_price = MONEY_MAX;
	b.draw = o->draw;
	b.rank_factor = o->factor;
	return b;
}

static const struct offer *offer_of(const struct offer *list, uint32_t contract)
{
	while (list->contract != contract)
		list++;
	return list;
}

static void rank_again(struct selling *s)
{
	struct auction_rules rules = { .routing = s->campaign->routing, .max_sales = s->max_sales };
	const struct offer *left = &s->offers[s->next];
	size_t n_left = s->n_offers + s->n_spare - s->next, n = 0;
	struct offer *offers = arena_array_of(s->arena, n_left, struct offer);
	struct bid *bids = arena_array_of(s->arena, n_left, struct bid);

	rules.routing.reserve_price = 0;
	for (size_t i = 0; i < n_left; i++) {
		const struct contract *c = selling_contract(s, left[i].contract);

		if (c != NULL)
			bids[n++] = bid_of(s, c, &left[i]);
		else
			selling_overlay(s, left[i].contract, REASON_BUYER_PAUSED);
	}
	s->n_offers = auction_rank(&rules, bids, n);
	s->n_spare = n - s->n_offers;
	for (size_t i = 0; i < n; i++) {
		offers[i] = *offer_of(left, bids[i].contract);
		offers[i].kind = bids[i].shared ? SALE_SHARED : SALE_EXCLUSIVE;
		offers[i].rank = bids[i].rank;
		offers[i].offered = bids[i].reason == REASON_OFFERED;
	}
	s->offers = offers;
	s->next = 0;
}

/* Why a bid can't be sold any more, or REASON_NONE. */
static enum reason lapsed(const struct selling *s, const struct offer *o)
{
	const struct contract *c = selling_contract(s, o->contract);

	if (o->expires_at <= clock_wall_us())
		return REASON_BID_EXPIRED;
	if (c == NULL)
		return REASON_BUYER_PAUSED;
	return consent_names(s->facts.consent, c->buyer->key) ? REASON_NONE : REASON_BUYER_CONSENT;
}

const struct offer *selling_next(struct selling *s)
{
	for (;;) {
		const struct offer *o;
		enum reason why;

		if (s->changed && may_change(s))
			rank_again(s);
		s->changed = false;
		if (s->next >= s->n_offers)
			return NULL;
		o = &s->offers[s->next++];
		why = lapsed(s, o);
		if (why == REASON_NONE && (selling_taken(s) == 0 || o->kind == SALE_SHARED))
			return o;
		s->changed = why != REASON_NONE;
		s->recoded |= s->changed;
		selling_overlay(s, o->contract, (int)why);
	}
}
