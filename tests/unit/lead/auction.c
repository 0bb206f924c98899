#include <math.h>
#include <stdlib.h>

#include "lib/base/buf.h"
#include "lib/base/money.h"
#include "lib/lead/auction.h"
#include "tests/unit/lead/suites.h"

enum { BIDS = 6 };

/* The sale kind's letter, then cost in whole units. Contract ids count from 1; the seller gets all that a buyer pays. */
struct auction_case {
	enum strategy strategy;
	int max_sales;
	struct {
		char sale;
		int cost, tier, order; /* order: priority, weight or turn */
	} bids[BIDS];
	const char *want;          /* in order: contract, reason's letter (see letter_of), + when shared */
};

static const struct auction_case cases_of[] = {
	/* highest bid, one sale */
	{ STRATEGY_HIGHEST_BID, 1, { { 'e', 8 }, { 'e', 12 }, { 'e', 10 } }, "2O 3B 1B" },
	{ STRATEGY_HIGHEST_BID, 1, { { 'e', 10 }, { 'e', 10 }, { 'e', 10 } }, "1O 2B 3B" },
	{ STRATEGY_HIGHEST_BID, 1, { { 'e', 8 }, { 's', 12 } }, "1O 2A" },
	{ STRATEGY_HIGHEST_BID, 1, { { 's', 12 }, { 's', 11 } }, "1A 2A" },
	{ STRATEGY_HIGHEST_BID, 1, { { 'e', 8 }, { 'h', 12 } }, "2O 1B" },
	{ STRATEGY_HIGHEST_BID, 1, { { 'e', 12 }, { 'h', 8 }, { 's', 20 } }, "1O 2B 3A" },
	/* two or more sales */
	{ STRATEGY_HIGHEST_BID, 2, { { 'e', 12 }, { 's', 7 }, { 's', 6 } }, "2O+ 3O+ 1N" },
	{ STRATEGY_HIGHEST_BID, 2, { { 'e', 14 }, { 's', 7 }, { 's', 6 } }, "1O 2N 3N" },
	{ STRATEGY_HIGHEST_BID, 2, { { 'e', 13 }, { 's', 7 }, { 's', 6 } }, "1O 2N 3N" }, /* a tie goes to the exclusive */
	{ STRATEGY_HIGHEST_BID, 2, { { 'e', 12 }, { 's', 7 } }, "1O 2A" },
	{ STRATEGY_HIGHEST_BID, 2, { { 'e', 5 }, { 's', 7 } }, "1O 2A" },
	{ STRATEGY_HIGHEST_BID, 2, { { 's', 7 } }, "1A" },
	{ STRATEGY_HIGHEST_BID, 2, { { 'h', 7 } }, "1O" },
	{ STRATEGY_HIGHEST_BID, 2, { { 'h', 7 }, { 's', 3 } }, "1O+ 2O+" },
	{ STRATEGY_HIGHEST_BID, 2, { { 'h', 7 }, { 'h', 3 }, { 's', 5 } }, "1O+ 3O+ 2B+" },
	{ STRATEGY_HIGHEST_BID, 2, { { 'e', 9 }, { 'h', 7 } }, "1O 2B" }, /* alone, the hybrid is a single bid */
	{ STRATEGY_HIGHEST_BID, 2, { { 'e', 5 }, { 'h', 7 } }, "2O 1B" },
	{ STRATEGY_HIGHEST_BID, 2, { { 'e', 9 }, { 'h', 7 }, { 's', 3 } }, "2O+ 3O+ 1N" },
	{ STRATEGY_HIGHEST_BID, 3, { { 'e', 15 }, { 's', 5 }, { 's', 6 }, { 's', 4 }, { 's', 1 } }, "1O 2N 3N 4N 5N" },
	{ STRATEGY_HIGHEST_BID, 3, { { 'e', 14 }, { 's', 5 }, { 's', 6 }, { 's', 4 }, { 's', 1 } }, "3O+ 2O+ 4O+ 5B+ 1N" },
	{ STRATEGY_HIGHEST_BID, 3, { { 'e', 14 }, { 'e', 9 }, { 's', 1 } }, "1O 2B 3A" }, /* one is offered: exclusive is alone */
	/* tiers */
	{ STRATEGY_HIGHEST_BID, 1, { { 'e', 20, 2 }, { 'e', 5, 1 }, { 'e', 7, 1 } }, "3O 2B 1B" },
	{ STRATEGY_HIGHEST_BID, 2, { { 's', 20, 1 }, { 's', 5, 2 }, { 's', 7, 2 } }, "3O+ 2O+ 1A" },
	{ STRATEGY_HIGHEST_BID, 2, { { 's', 20, 1 }, { 's', 5, 2 } }, "1A 2A" },
	{ STRATEGY_HIGHEST_BID, 2, { { 'e', 1, 1 }, { 'e', 9, 2 }, { 's', 5, 2 }, { 's', 5, 2 } }, "1O 3B+ 4B+ 2N" },
	/* priority: the lowest number first; then the higher value; then the lower id */
	{ STRATEGY_PRIORITY, 1, { { 'e', 20, 0, 50 }, { 'e', 5, 0, 10 }, { 'e', 7, 0, 10 }, { 'e', 7, 0, 10 } }, "3O 4B 2B 1B" },
	{ STRATEGY_PRIORITY, 2, { { 's', 9, 0, 50 }, { 's', 5, 0, 10 }, { 's', 7, 0, 20 }, { 'e', 13, 0, 1 } }, "4O 1N 2N 3N" },
	{ STRATEGY_PRIORITY, 2, { { 's', 9, 0, 50 }, { 's', 5, 0, 10 }, { 's', 7, 0, 20 }, { 'e', 11, 0, 1 } }, "2O+ 3O+ 1B+ 4N" },
	/* round robin: who waited longest */
	{ STRATEGY_ROUND_ROBIN, 1, { { 'e', 20, 0, 7 }, { 'e', 5, 0, 3 }, { 'e', 7, 0, 5 } }, "2O 3B 1B" },
	/* weighted: no weight, no chance before others */
	{ STRATEGY_WEIGHTED, 1, { { 'e', 20, 0, 0 }, { 'e', 5, 0, 1 } }, "2O 1B" },
	{ STRATEGY_WEIGHTED, 1, { { 'e', 20, 0, 0 }, { 'e', 21, 0, 0 }, { 'e', 20, 0, -1 } }, "2O 1B 3B" },
};

static char letter_of(enum reason r)
{
	switch (r) {
	case REASON_OFFERED:
		return 'O';
	case REASON_OUTBID:
		return 'B';
	case REASON_NOT_CHOSEN:
		return 'N';
	case REASON_SHARED_ALONE:
		return 'A';
	default:
		return '?';
	}
}

static enum sale_kind sale_of(char letter)
{
	return letter == 'e' ? SALE_EXCLUSIVE : letter == 's' ? SALE_SHARED : SALE_HYBRID;
}

static struct bid bid_of(uint32_t contract, int64_t cost)
{
	return (struct bid){ .contract = contract, .cost = cost, .price = cost, .max_price = MONEY_MAX, .tier = 1, .priority = 100,
		.weight = 100, .rank_factor = 1 };
}

START_TEST(bids_are_ranked)
{
	const struct auction_case *c = &cases_of[_i];
	struct auction_rules rules = { .routing = { c->strategy, RANK_PRICE, c->max_sales, 0 } };
	struct arena *a = arena_new(1 << 20);
	struct bid bids[BIDS];
	struct buf got;
	size_t n, listed, marked = 0;

	for (n = 0; n < BIDS && c->bids[n].sale != '\0'; n++) {
		bids[n] = bid_of((uint32_t)n + 1, c->bids[n].cost * MONEY_SCALE);
		bids[n].sale = sale_of(c->bids[n].sale);
		bids[n].tier = c->bids[n].tier;
		bids[n].priority = bids[n].weight = c->bids[n].order;
		bids[n].draw = (uint64_t)c->bids[n].order;
	}
	listed = auction_rank(&rules, bids, n);
	buf_in(&got, a, 1000);
	for (size_t i = 0; i < n; i++) {
		buf_addf(&got, "%s%u%c%s", i > 0 ? " " : "", bids[i].contract, letter_of(bids[i].reason),
		    bids[i].shared ? "+" : "");
		ck_assert_int_eq(bids[i].listed, i < listed);
		ck_assert_int_eq(bids[i].rank, i < listed ? (int)i + 1 : 0);
		marked += bids[i].listed;
	}
	ck_assert_uint_eq(marked, listed);
	ck_assert_msg(strcmp(got.p, c->want) == 0, "%d: %s, not %s", _i, got.p, c->want);
	arena_free(&a);
}
END_TEST

static const struct {
	int64_t cost, price, low, high;
	enum reason reason;
} screens[] = {
	{ 50000, 40000, 0, MONEY_MAX, REASON_OFFERED },
	{ 50000, 40000, 50000, 50000, REASON_OFFERED },
	{ 50000, 40000, 50001, MONEY_MAX, REASON_PRICE_OUT_OF_RANGE },
	{ 50000, 40000, 0, 49999, REASON_PRICE_OUT_OF_RANGE },
	{ 20000, 20000, 0, MONEY_MAX, REASON_OFFERED },
	{ 19999, 19999, 0, MONEY_MAX, REASON_BELOW_RESERVE },
	{ 19999, 30000, 0, MONEY_MAX, REASON_BELOW_RESERVE },   /* the first that is true */
	{ 19999, 30000, 0, 10000, REASON_PRICE_OUT_OF_RANGE },
	{ 50000, 50001, 0, MONEY_MAX, REASON_BELOW_MARGIN },
	{ 50000, 50000, 0, MONEY_MAX, REASON_OFFERED },
	{ 50000, 14999, 0, MONEY_MAX, REASON_BELOW_MIN_PRICE },
	{ 50000, 15000, 0, MONEY_MAX, REASON_OFFERED },
};

START_TEST(bids_are_screened)
{
	struct auction_rules rules = { { STRATEGY_HIGHEST_BID, RANK_PRICE, 1, 20000 }, 15000, 0 };
	struct bid b = bid_of(1, screens[_i].cost);

	b.price = screens[_i].price;
	b.min_price = screens[_i].low;
	b.max_price = screens[_i].high;
	ck_assert_uint_eq(auction_rank(&rules, &b, 1), screens[_i].reason == REASON_OFFERED);
	ck_assert_str_eq(reason_slug(b.reason), reason_slug(screens[_i].reason));
}
END_TEST

START_TEST(what_is_out_comes_last_by_contract)
{
	struct auction_rules rules = { { STRATEGY_HIGHEST_BID, RANK_PRICE, 1, 20000 }, 0, 0 };
	struct bid bids[] = { bid_of(4, 1), bid_of(9, 90000), bid_of(2, 2), bid_of(7, 95000), bid_of(3, 0) };

	ck_assert_uint_eq(auction_rank(&rules, bids, 5), 2);
	ck_assert_uint_eq(bids[0].contract, 7);
	ck_assert_uint_eq(bids[1].contract, 9);
	ck_assert_uint_eq(bids[2].contract, 2);
	ck_assert_uint_eq(bids[3].contract, 3);
	ck_assert_uint_eq(bids[4].contract, 4);
	ck_assert_uint_eq(auction_rank(&rules, NULL, 0), 0);
}
END_TEST

START_TEST(a_request_may_ask_for_fewer_sales)
{
	/* asked, routing's, offered */
	static const int asked[][3] = { { 0, 3, 3 }, { 2, 3, 2 }, { 5, 3, 3 }, { 1, 3, 0 }, { -1, 3, 3 }, { 9, 0, 0 } };

	for (int i = 0; i < N_OF(asked); i++) {
		struct auction_rules rules = { { STRATEGY_HIGHEST_BID, RANK_PRICE, asked[i][1], 0 }, 0, asked[i][0] };
		struct bid bids[4];
		int offered = 0;

		for (uint32_t k = 0; k < 4; k++) {
			bids[k] = bid_of(k + 1, 10000);
			bids[k].sale = SALE_SHARED;
		}
		auction_rank(&rules, bids, 4);
		for (int k = 0; k < 4; k++)
			offered += bids[k].reason == REASON_OFFERED;
		ck_assert_int_eq(offered, asked[i][2]);
	}
}
END_TEST

START_TEST(expected_revenue_weighs_the_price)
{
	struct auction_rules rules = { { STRATEGY_HIGHEST_BID, RANK_EXPECTED_REVENUE, 1, 0 }, 0, 0 };
	struct bid bids[] = { bid_of(1, 100000), bid_of(2, 80000), bid_of(3, 990000) };

	bids[0].rank_factor = 0.5;
	bids[1].rank_factor = 0.9;
	bids[2].rank_factor = NAN;
	ck_assert_uint_eq(auction_rank(&rules, bids, 3), 3);
	ck_assert_uint_eq(bids[0].contract, 2);
	ck_assert(fabs(bids[0].rank_value - 7.2) < 1e-9);
	ck_assert_uint_eq(bids[2].contract, 3);
	rules.routing.rank_by = RANK_PRICE;
	auction_rank(&rules, bids, 3);
	ck_assert_uint_eq(bids[0].contract, 3);
	ck_assert(bids[0].rank_value == 99.0);
}
END_TEST

TCase *auction_cases(void)
{
	TCase *cases = tcase_create("auction");

	tcase_add_loop_test(cases, bids_are_ranked, 0, N_OF(cases_of));
	tcase_add_loop_test(cases, bids_are_screened, 0, N_OF(screens));
	tcase_add_test(cases, what_is_out_comes_last_by_contract);
	tcase_add_test(cases, a_request_may_ask_for_fewer_sales);
	tcase_add_test(cases, expected_revenue_weighs_the_price);
	return cases;
}
