/*
 * auction: who wins, as a pure function of bids and rules. No clock, no I/O, no chance: draws and turns come in with the bids.
 *
 * 1. A bid is out, for the first that is true: its cost is outside the contract's range (price_out_of_range), under the campaign's
 *    reserve (below_reserve), less than the seller would get (below_margin), or gives the seller less than asked (below_min_price).
 * 2. The rest are ordered by tier, then by the strategy: highest_bid by value (cost; by expected_revenue cost x rank_factor), the
 *    highest first; priority by its number, the lowest first; weighted by a draw that each contract wins in proportion to its
 *    weight; round_robin by turn, the longest waiting first. Ties go to the higher value, then to the contract with the lower id.
 * 3. In a tier, a single sale (exclusive) stands against a shared one (shared and hybrid, two or more, up to max_sales): the value
 *    of the first single bid against the sum of the first max_sales others; the larger sells, an equal one as exclusive. The other
 *    side is not_chosen. A hybrid bid is a single one when no second bid could share with it, or max_sales is 1; a shared one is
 *    then shared_alone.
 * 4. The first tier that sells is offered: one bid, or the first max_sales of a shared sale. What ranks behind it, then the later
 *    tiers' own choices, is listed as outbid. When a buyer rejects, rank the remaining bids again.
 */
#ifndef GAVEL_LEAD_AUCTION_H
#define GAVEL_LEAD_AUCTION_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/arena.h"
#include "lib/base/fault.h"
#include "lib/base/value.h"
#include "lib/lead/reason.h"

enum strategy { STRATEGY_HIGHEST_BID, STRATEGY_PRIORITY, STRATEGY_WEIGHTED, STRATEGY_ROUND_ROBIN, STRATEGY__N };
enum rank_by { RANK_PRICE, RANK_EXPECTED_REVENUE };
enum sale_kind { SALE_EXCLUSIVE, SALE_SHARED, SALE_HYBRID };
enum payout_type { PAYOUT_REVSHARE, PAYOUT_FIXED, PAYOUT_MARGIN_AMOUNT, PAYOUT_MARGIN_PERCENT };

struct payout {
	enum payout_type type;
	int64_t amount;   /* fixed, margin amount: ten-thousandths */
	int64_t percent;  /* revshare, margin percent: ten-thousandths of a percent */
};

struct routing {
	enum strategy strategy;
	enum rank_by rank_by;
	int max_sales;
	int64_t reserve_price;
};

int payout_compile(const struct value *doc, const struct path *at, struct faults *f, struct payout *out);
/* What the seller gets of what the buyer pays; half to even. Below zero: the margin would be more than the bid; above `cost` it
 * would be less than nothing. */
int64_t payout_of(const struct payout *p, int64_t cost);

/* One answer of a buyer, as the ranking sees it. */
struct bid {
	uint32_t contract;     /* row id: the last tie-breaker, lower first */
	enum sale_kind sale;
	int tier, priority, weight;
	int64_t cost;          /* what the buyer pays */
	int64_t price;         /* what the seller gets: payout_of(cost) */
	int64_t min_price, max_price; /* the contract's range */
	double rank_factor;    /* expected_revenue: acceptance x speed; not read otherwise */
	uint64_t draw;         /* weighted: a random number; round_robin: the turn, lower waited longer */
	/* filled by auction_rank: */
	enum reason reason;    /* OFFERED, OUTBID, NOT_CHOSEN, SHARED_ALONE, BELOW_*, PRICE_OUT_OF_RANGE */
	bool listed;           /* stands in the answer */
	bool shared;           /* would be sold as shared */
	double rank_value;     /* what the strategy compared: value in whole units of the currency, priority, draw or turn */
	int rank;              /* from 1 among the listed, else 0 */
	/* private: */
	double order, value;   /* lower first; ten-thousandths */
};

struct auction_rules {
	struct routing routing;
	int64_t min_price;     /* the seller's, compared with price; 0: none */
	int max_sales;         /* of the request, bounded by routing.max_sales; 0: that */
};

/* weighted: what a contract draws in the ping of this id: any 64 bits, the same each time it is asked. */
uint64_t auction_draw(const uint8_t ping_id[16], uint32_t contract);

/* Fills reason, listed and rank of every bid and sorts them: the listed in rank order, then the others by contract. Returns how
 * many are listed. */
size_t auction_rank(const struct auction_rules *rules, struct bid *bids, size_t n);

#endif
