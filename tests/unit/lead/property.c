#include <stdlib.h>

#include "lib/base/id.h"
#include "lib/base/money.h"
#include "lib/lead/auction.h"
#include "tests/unit/lead/suites.h"

/* What must be true of any auction, over random ones. A failure names the seed, which repeats it. */

enum { ROUNDS = 20000, BIDS_MAX = 12 };

static uint64_t next(uint64_t *seed)
{
	uint64_t x = *seed += 0x9e3779b97f4a7c15;

	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
	x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
	return x ^ (x >> 31);
}

static int below(uint64_t *seed, int n)
{
	return (int)(next(seed) % (uint64_t)n);
}

struct auction {
	struct auction_rules rules;
	struct bid bids[BIDS_MAX];
	size_t n;
};

/* Few distinct prices, so that ties are common. */
static struct auction make(uint64_t *seed)
{
	struct auction a = { .n = (size_t)below(seed, BIDS_MAX + 1) };

	a.rules.routing.strategy = (enum strategy)below(seed, STRATEGY__N);
	a.rules.routing.rank_by = (enum rank_by)below(seed, 2);
	a.rules.routing.max_sales = 1 + below(seed, 4);
	a.rules.routing.reserve_price = below(seed, 5) * 10000;
	a.rules.min_price = below(seed, 3) * 10000;
	a.rules.max_sales = below(seed, 5);
	for (size_t i = 0; i < a.n; i++) {
		struct bid *b = &a.bids[i];

		*b = (struct bid){ .contract = (uint32_t)i + 1, .sale = (enum sale_kind)below(seed, 3), .tier = 1 + below(seed, 3),
			.priority = below(seed, 4), .weight = below(seed, 4), .cost = below(seed, 12) * 10000, .max_price = 100000,
			.rank_factor = 0.25 * below(seed, 5), .draw = next(seed) % 6 };
		b->price = b->cost - below(seed, 3) * 5000 + 5000;
	}
	return a;
}

static void shuffle(uint64_t *seed, struct bid *bids, size_t n)
{
	for (size_t i = n; i > 1; i--) {
		size_t k = (size_t)below(seed, (int)i);
		struct bid b = bids[i - 1];

		bids[i - 1] = bids[k];
		bids[k] = b;
	}
}

static int64_t revenue(const struct auction *a)
{
	int64_t sum = 0;

	for (size_t i = 0; i < a->n; i++)
		if (a->bids[i].reason == REASON_OFFERED)
			sum += a->bids[i].cost;
	return sum;
}

static int most_sales(const struct auction_rules *rules)
{
	int asked = rules->max_sales, most = rules->routing.max_sales;

	return asked > 0 && asked < most ? asked : most;
}

/* Contract ids break every tie, so that the order of arrival changes nothing at all. */
START_TEST(the_order_of_bids_changes_nothing)
{
	for (uint64_t round = 0; round < ROUNDS; round++) {
		uint64_t seed = round;
		struct auction a = make(&seed), b = a;

		shuffle(&seed, b.bids, b.n);
		ck_assert_uint_eq(auction_rank(&a.rules, a.bids, a.n), auction_rank(&b.rules, b.bids, b.n));
		for (size_t i = 0; i < a.n; i++) {
			ck_assert_msg(a.bids[i].contract == b.bids[i].contract, "seed %u", (unsigned)round);
			ck_assert_msg(a.bids[i].reason == b.bids[i].reason && a.bids[i].rank == b.bids[i].rank &&
			    a.bids[i].shared == b.bids[i].shared, "seed %u", (unsigned)round);
		}
	}
}
END_TEST

START_TEST(ranking_again_gives_the_same)
{
	for (uint64_t round = 0; round < ROUNDS; round++) {
		uint64_t seed = round;
		struct auction a = make(&seed), b;

		auction_rank(&a.rules, a.bids, a.n);
		b = a;
		auction_rank(&b.rules, b.bids, b.n);
		for (size_t i = 0; i < a.n; i++)
			ck_assert_msg(a.bids[i].contract == b.bids[i].contract && a.bids[i].reason == b.bids[i].reason,
			    "seed %u", (unsigned)round);
	}
}
END_TEST

/* Every bid has one reason; an exclusive bid is sold alone, a shared one never; no more are offered than may be sold. */
static void check_sale(const struct auction *a, size_t listed, unsigned round)
{
	int offered = 0, exclusive = 0, shared_kind = 0, together = 0;
	int most = most_sales(&a->rules);

	for (size_t i = 0; i < a->n; i++) {
		const struct bid *b = &a->bids[i];

		ck_assert_msg(b->reason != REASON_NONE && reason_stage(b->reason) == STAGE_AUCTION, "seed %u", round);
		ck_assert_msg(b->listed == (i < listed), "seed %u", round);
		ck_assert_msg(b->listed == (b->reason == REASON_OFFERED || b->reason == REASON_OUTBID), "seed %u", round);
		ck_assert_msg(!(b->shared && b->sale == SALE_EXCLUSIVE), "seed %u", round);
		ck_assert_msg(!(b->listed && !b->shared && b->sale == SALE_SHARED), "seed %u", round);
		ck_assert_msg(i == 0 || !b->listed || b->tier >= a->bids[i - 1].tier, "seed %u", round);
		if (b->reason != REASON_OFFERED)
			continue;
		ck_assert_msg(b->tier == a->bids[0].tier, "seed %u", round);
		offered++;
		exclusive += b->sale == SALE_EXCLUSIVE;
		shared_kind += b->sale == SALE_SHARED;
		together += b->shared;
	}
	ck_assert_msg(offered <= most, "seed %u", round);
	ck_assert_msg((offered > 0) == (listed > 0), "seed %u", round);
	ck_assert_msg(exclusive == 0 || offered == 1, "seed %u", round);
	ck_assert_msg(shared_kind == 0 || offered > 1, "seed %u", round);
	ck_assert_msg(together == 0 || together == offered, "seed %u", round);
}

START_TEST(a_sale_is_what_its_contracts_allow)
{
	for (uint64_t round = 0; round < ROUNDS; round++) {
		uint64_t seed = round;
		struct auction a = make(&seed);
		size_t listed = auction_rank(&a.rules, a.bids, a.n);

		check_sale(&a, listed, (unsigned)round);
	}
}
END_TEST

START_TEST(a_lower_reserve_never_lowers_revenue)
{
	for (uint64_t round = 0; round < ROUNDS; round++) {
		uint64_t seed = round;
		struct auction a = make(&seed), b;

		a.rules.routing.strategy = STRATEGY_HIGHEST_BID;
		a.rules.routing.rank_by = RANK_PRICE;
		for (size_t i = 0; i < a.n; i++)
			a.bids[i].tier = 1;
		b = a;
		b.rules.routing.reserve_price = below(&seed, (int)a.rules.routing.reserve_price + 1);
		auction_rank(&a.rules, a.bids, a.n);
		auction_rank(&b.rules, b.bids, b.n);
		ck_assert_msg(revenue(&b) >= revenue(&a), "seed %u", (unsigned)round);
	}
}
END_TEST

/* Of all single sales and all shared ones, highest_bid by price in one tier finds the dearest: tried one by one. */
START_TEST(the_highest_sale_is_found)
{
	for (uint64_t round = 0; round < ROUNDS / 10; round++) {
		uint64_t seed = round;
		struct auction a = make(&seed);
		int64_t best = 0;
		int most;

		a.rules.routing.strategy = STRATEGY_HIGHEST_BID;
		a.rules.routing.rank_by = RANK_PRICE;
		for (size_t i = 0; i < a.n; i++)
			a.bids[i].tier = 1;
		auction_rank(&a.rules, a.bids, a.n);
		most = most_sales(&a.rules);
		for (unsigned set = 1; set < 1u << a.n; set++) {
			int count = __builtin_popcount(set), exclusive = 0, shared = 0;
			int64_t sum = 0;
			bool in = count <= most;

			for (size_t i = 0; i < a.n && in; i++) {
				const struct bid *b = &a.bids[i];

				if ((set >> i & 1) == 0)
					continue;
				in = b->listed || b->reason == REASON_NOT_CHOSEN || b->reason == REASON_SHARED_ALONE;
				exclusive += b->sale == SALE_EXCLUSIVE;
				shared += b->sale == SALE_SHARED;
				sum += b->cost;
			}
			if (in && (count == 1 ? shared == 0 : exclusive == 0) && sum > best)
				best = sum;
		}
		ck_assert_msg(revenue(&a) == best, "seed %u: %lld of %lld", (unsigned)round, (long long)revenue(&a),
		    (long long)best);
	}
}
END_TEST

/* 10,000 sales by weights 1, 2, 3 and 4, drawn as pings draw, some of a millisecond and some not: each within 2 percentage points. */
START_TEST(weights_are_shares)
{
	struct auction_rules rules = { { STRATEGY_WEIGHTED, RANK_PRICE, 1, 0 }, 0, 0 };
	int won[4] = { 0 };

	for (int round = 0; round < 10000; round++) {
		struct id ping = id_new(1764000000000000 + (int64_t)round * 300);
		struct bid bids[4];

		for (uint32_t i = 0; i < 4; i++)
			bids[i] = (struct bid){ .contract = i, .weight = (int)i + 1, .cost = 10000, .max_price = MONEY_MAX,
			    .draw = auction_draw(ping.b, i) };
		auction_rank(&rules, bids, 4);
		won[bids[0].contract]++;
	}
	for (int i = 0; i < 4; i++)
		ck_assert_msg(abs(won[i] - (i + 1) * 1000) <= 200, "weight %d won %d of 10000", i + 1, won[i]);
}
END_TEST

START_TEST(a_draw_is_the_same_each_time)
{
	struct id one = id_new(1764000000000000), two = id_new(1764000000000000);

	ck_assert_uint_eq(auction_draw(one.b, 7), auction_draw(one.b, 7));
	ck_assert_uint_ne(auction_draw(one.b, 7), auction_draw(one.b, 8));
	ck_assert_uint_ne(auction_draw(one.b, 7), auction_draw(two.b, 7));
}
END_TEST

TCase *property_cases(void)
{
	TCase *cases = tcase_create("property");

	tcase_set_timeout(cases, 60);
	tcase_add_test(cases, the_order_of_bids_changes_nothing);
	tcase_add_test(cases, ranking_again_gives_the_same);
	tcase_add_test(cases, a_sale_is_what_its_contracts_allow);
	tcase_add_test(cases, a_lower_reserve_never_lowers_revenue);
	tcase_add_test(cases, the_highest_sale_is_found);
	tcase_add_test(cases, weights_are_shares);
	tcase_add_test(cases, a_draw_is_the_same_each_time);
	return cases;
}
