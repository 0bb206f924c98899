#include "lib/lead/auction.h"

#include <math.h>
#include <stdlib.h>

#include "lib/base/money.h"

/* Later than any draw of a contract with a weight: 64 bits give at most 45. */
#define RACE_NEVER 1000.0

/* A finalizer that lets each bit of its input change half of the bits that come out (splitmix64). */
static uint64_t mix(uint64_t x)
{
	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
	x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
	return x ^ (x >> 31);
}

uint64_t auction_draw(const uint8_t ping_id[16], uint32_t contract)
{
	uint64_t high = 0, low = 0;

	for (int i = 0; i < 8; i++) {
		high = high << 8 | ping_id[i];
		low = low << 8 | ping_id[i + 8];
	}
	return mix(mix(mix(high) ^ low) + ((uint64_t)contract + 1) * 0x9e3779b97f4a7c15);
}

static enum reason screen(const struct auction_rules *rules, const struct bid *b)
{
	if (b->cost < b->min_price || b->cost > b->max_price)
		return REASON_PRICE_OUT_OF_RANGE;
	if (b->cost < rules->routing.reserve_price)
		return REASON_BELOW_RESERVE;
	if (b->price > b->cost || b->price < 0)
		return REASON_BELOW_MARGIN;
	if (b->price < rules->min_price)
		return REASON_BELOW_MIN_PRICE;
	return REASON_NONE;
}

/*
 * An exponential race: each contract draws a time from an exponential distribution whose rate is its weight, and the earliest is
 * first. It is first with probability weight / sum of weights, and so on among the rest, whatever the order or number of bids.
 */
static double race(uint64_t draw, int weight)
{
	double u = ((double)draw + 1.0) / 18446744073709551616.0;

	return weight > 0 ? -log(u) / weight : RACE_NEVER;
}

static void set_order(const struct routing *routing, struct bid *b)
{
	b->value = (double)b->cost;
	if (routing->rank_by == RANK_EXPECTED_REVENUE)
		b->value = b->rank_factor > 0 ? b->value * b->rank_factor : 0;
	switch (routing->strategy) {
	case STRATEGY_PRIORITY:
		b->order = b->rank_value = b->priority;
		return;
	case STRATEGY_WEIGHTED:
		b->order = b->rank_value = race(b->draw, b->weight);
		return;
	case STRATEGY_ROUND_ROBIN:
		b->order = b->rank_value = (double)b->draw;
		return;
	case STRATEGY_HIGHEST_BID:
	case STRATEGY__N:
		break;
	}
	b->order = -b->value;
	b->rank_value = b->value / (double)MONEY_SCALE;
}

static int compare(double x, double y)
{
	return (x > y) - (x < y);
}

/* Bids that are out come last, by contract; the others as the engine would sell them. */
static int by_order(const void *pa, const void *pb)
{
	const struct bid *a = pa, *b = pb;
	bool out_a = a->reason != REASON_NONE && !a->listed, out_b = b->reason != REASON_NONE && !b->listed;
	int c = out_a - out_b;

	if (c == 0 && !out_a) {
		c = (a->tier > b->tier) - (a->tier < b->tier);
		c = c != 0 ? c : compare(a->order, b->order);
		c = c != 0 ? c : compare(b->value, a->value);
	}
	return c != 0 ? c : (a->contract > b->contract) - (a->contract < b->contract);
}

/* What a tier could sell: one bid to one buyer, or several to several. */
struct choice {
	bool can_share;  /* there are two bids that may be sold together */
	bool share;      /* and it earns more */
};

static bool is_single(const struct bid *b, bool can_share)
{
	return b->sale == SALE_EXCLUSIVE || (b->sale == SALE_HYBRID && !can_share);
}

static struct choice choose(const struct bid *bids, size_t n, int max_sales)
{
	struct choice c = { false, false };
	double single = -1, shared = 0;
	int sharers = 0;

	for (size_t i = 0; i < n; i++)
		sharers += bids[i].sale != SALE_EXCLUSIVE;
	c.can_share = max_sales > 1 && sharers > 1;
	sharers = 0;
	for (size_t i = 0; i < n; i++) {
		if (is_single(&bids[i], c.can_share))
			single = single < 0 ? bids[i].value : single;
		else if (sharers++ < max_sales)
			shared += bids[i].value;
	}
	c.share = c.can_share && (single < 0 || shared > single);
	return c;
}

/* Gives every bid of one tier its reason; returns how many of them are offered. */
static size_t settle_tier(struct bid *bids, size_t n, int max_sales, bool offer)
{
	struct choice c = choose(bids, n, max_sales);
	size_t room = offer ? (c.share ? (size_t)max_sales : 1) : 0, offered = 0;

	for (size_t i = 0; i < n; i++) {
		struct bid *b = &bids[i];
		bool single = is_single(b, c.can_share);

		if (single != c.share) {
			b->listed = true;
			b->shared = c.share;
			b->reason = offered < room ? REASON_OFFERED : REASON_OUTBID;
			offered += offered < room;
		} else {
			b->reason = single || c.can_share ? REASON_NOT_CHOSEN : REASON_SHARED_ALONE;
		}
	}
	return offered;
}

static int most_sales(const struct auction_rules *rules)
{
	int most = rules->routing.max_sales > 1 ? rules->routing.max_sales : 1;

	return rules->max_sales > 0 && rules->max_sales < most ? rules->max_sales : most;
}

size_t auction_rank(const struct auction_rules *rules, struct bid *bids, size_t n)
{
	size_t in = 0, listed = 0, offered = 0, end;

	for (size_t i = 0; i < n; i++) {
		struct bid *b = &bids[i];

		b->listed = b->shared = false;
		b->rank = 0;
		b->reason = screen(rules, b);
		set_order(&rules->routing, b);
		in += b->reason == REASON_NONE;
	}
	if (n > 0)
		qsort(bids, n, sizeof(bids[0]), by_order);
	for (size_t i = 0; i < in; i = end) {
		for (end = i + 1; end < in && bids[end].tier == bids[i].tier; end++)
			;
		offered += settle_tier(&bids[i], end - i, most_sales(rules), offered == 0);
	}
	if (n > 0)
		qsort(bids, n, sizeof(bids[0]), by_order);
	while (listed < n && bids[listed].listed) {
		bids[listed].rank = (int)listed + 1;
		listed++;
	}
	return listed;
}
