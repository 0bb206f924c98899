/*
 * rank: what a tier answered becomes bids, and the bids an order: the one in which the engine would sell. The order itself is lead/auction's,
 * pure; here come the numbers that it is made from, and each is recorded in the contract's decision.
 */
#include "lib/base/clock.h"
#include "lib/exchange/standing.h"
#include "lib/exchange/steps.h"
#include "lib/exchange/usage.h"
#include "lib/store/turn.h"

enum { TURN_WAIT_US = 2000000 };

const struct payout *exchange_payout(const struct campaign *camp, const struct seller *seller)
{
	return seller->payout != NULL ? seller->payout : &camp->payout;
}

struct bid exchange_bid(const struct contract *c, const struct payout *payout, const struct decision *d, int64_t cost)
{
	return (struct bid){ .contract = c->id, .sale = c->sale, .tier = c->tier, .priority = c->priority, .weight = c->weight, .cost = cost,
		.price = payout_of(payout, cost), .min_price = c->price_min, .max_price = c->price_max,
		.rank_factor = d->acceptance > 0 ? d->acceptance * d->speed : 1, .draw = d->draw };
}

static size_t contract_at(const struct auction *au, uint32_t id)
{
	size_t low = 0, high = au->campaign->n_contracts;

	while (low + 1 < high) {
		size_t mid = low + (high - low) / 2;

		if (au->decisions[mid].contract <= id)
			low = mid;
		else
			high = mid;
	}
	return low;
}

static void make_offer(struct auction *au, const struct bid *b, size_t at)
{
	const struct verdict *v = au->verdicts[at];
	struct offer *o = &au->offers[au->n_offers + au->n_spare];
	int64_t ttl_s = au->campaign->bid_ttl_s;

	if (v->expires_in_s >= 0 && v->expires_in_s < ttl_s)
		ttl_s = v->expires_in_s;
	*o = (struct offer){ .id = id_new(au->ask->wall_us), .contract = b->contract, .kind = b->shared ? SALE_SHARED : SALE_EXCLUSIVE,
		.rank = b->rank, .offered = b->reason == REASON_OFFERED, .cost = b->cost, .price = b->price,
		.expires_at = clock_wall_us() + ttl_s * 1000000, .ref = v->ref, .captures = v->captures, .draw = b->draw,
		.factor = b->rank_factor };
	if (!b->listed) {
		au->n_spare++;
		return;
	}
	au->n_offers++;
	if (o->expires_at > au->expires_at)
		au->expires_at = o->expires_at;
}

/* A bid above what is left of a budget or a balance can't be sold. */
static bool has_room(const struct auction *au, const struct contract *c, struct decision *d, int64_t cost)
{
	struct refusal why;

	if (usage_has_room(au->usage, c, au->ask->seller, au->ask->wall_us, cost, &why))
		return true;
	d->code = why.code;
	d->rule = why.rule;
	d->index = why.index;
	return false;
}

size_t exchange_bids(struct auction *au, int tier, struct bid *out)
{
	const struct campaign *camp = au->campaign;
	const struct payout *payout = exchange_payout(camp, au->ask->seller);
	bool weighed = camp->routing.rank_by == RANK_EXPECTED_REVENUE;
	struct standing_view *standing = weighed && au->ex != NULL ? standing_take(au->ex->standing) : NULL;
	size_t n = 0;

	for (size_t i = 0; i < camp->n_contracts; i++) {
		const struct verdict *v = au->verdicts[i];
		struct decision *d = &au->decisions[i];

		if (camp->contracts[i]->tier != tier || d->code != REASON_NONE || v == NULL || v->outcome != OUTCOME_BID ||
		    !has_room(au, camp->contracts[i], d, v->price))
			continue;
		if (camp->routing.strategy == STRATEGY_WEIGHTED) {
			d->has_draw = true;
			d->draw = auction_draw(au->ping_id.b, d->contract);
		}
		/* A replay brings the shares that were recorded. */
		if (weighed && d->acceptance <= 0)
			standing_of_contract(standing, d->contract, au->ask->seller->id, &d->acceptance, &d->speed);
		out[n++] = exchange_bid(camp->contracts[i], payout, d, v->price);
	}
	standing_give(standing);
	return n;
}

static struct auction_rules rules_of(const struct auction *au)
{
	return (struct auction_rules){ .routing = au->campaign->routing, .min_price = au->ask->min_price, .max_sales = au->max_sales };
}

size_t exchange_rank(struct auction *au, struct bid *bids, size_t n)
{
	struct auction_rules rules = rules_of(au);
	size_t listed = auction_rank(&rules, bids, n);

	for (size_t i = 0; i < n; i++) {
		size_t at = contract_at(au, bids[i].contract);
		struct decision *d = &au->decisions[at];

		d->code = bids[i].reason;
		d->rank_value = bids[i].rank_value;
		/* Where nothing is listed nothing can come of the others: bids that share, and found no company. */
		if (listed > 0 && (bids[i].listed || d->code == REASON_NOT_CHOSEN || d->code == REASON_SHARED_ALONE))
			make_offer(au, &bids[i], at);
	}
	return listed;
}

struct turns {
	struct auction *au;
	struct bid *bids;
	size_t n;
};

static uint64_t last_turn(const struct turn_row *rows, size_t n, uint32_t contract)
{
	for (size_t i = 0; i < n; i++)
		if (rows[i].contract_id == contract)
			return rows[i].taken;
	return 0;
}

/* The count is held while the bids are ranked, so that no two pings give one contract the same turn. */
static int take_turns(struct db *db, void *ctx, struct err *e)
{
	struct turns *t = ctx;
	struct auction *au = t->au;
	struct auction_rules rules = rules_of(au);
	uint32_t campaign = au->campaign->id;
	bool sandbox = au->ask->sandbox;
	struct turn_row *rows;
	size_t n_rows;

	if (turn_store_next(db, campaign, sandbox, e) != 0 || turn_store_list(db, au->arena, campaign, sandbox, &rows, &n_rows, e) != 0)
		return -1;
	for (size_t i = 0; i < t->n; i++)
		t->bids[i].draw = last_turn(rows, n_rows, t->bids[i].contract);
	auction_rank(&rules, t->bids, t->n);
	for (size_t i = 0; i < t->n; i++) {
		struct turn_row mine = { t->bids[i].contract, rows[0].taken };

		if (t->bids[i].reason == REASON_OFFERED && turn_store_give(db, campaign, sandbox, &mine, e) != 0)
			return -1;
	}
	return 0;
}

static int draw_turns(struct auction *au, struct bid *bids, size_t n, struct err *e)
{
	struct turns t = { au, bids, n };
	struct db *db = NULL;
	int r;

	if (db_take(au->ex->pool, clock_mono_us() + TURN_WAIT_US, &db, e) != 0)
		return -1;
	r = db_transact(db, take_turns, &t, e);
	db_give(au->ex->pool, &db);
	for (size_t i = 0; i < n; i++) {
		struct decision *d = &au->decisions[contract_at(au, bids[i].contract)];

		d->has_draw = true;
		d->draw = bids[i].draw;
	}
	return r;
}

int exchange_rank_tier(struct auction *au, int tier, size_t *listed_out, struct err *e)
{
	struct bid *bids = arena_array_of(au->arena, exchange_open_in(au, tier), struct bid);
	size_t n = exchange_bids(au, tier, bids);

	if (n > 0 && au->campaign->routing.strategy == STRATEGY_ROUND_ROBIN && draw_turns(au, bids, n, e) != 0)
		return -1;
	*listed_out = exchange_rank(au, bids, n);
	return 0;
}
