/*
 * metric: what reports show: the sums that roll-ups keep, the figures made of them, and the words that say what a figure counts and what
 * it is divided by. One table that the API, the pages and the documents print. Pure: whole numbers in, whole numbers out.
 */
#ifndef GAVEL_LEAD_METRIC_H
#define GAVEL_LEAD_METRIC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/str.h"

/*
 * What is kept: X(name, column, part). Money is ten-thousandths. In the row of one contract a ping is one that this contract took part in,
 * filled and sold are its own, and posts are attempts to sell to it.
 */
#define STATS(X) \
	X(PINGS,       "pings",       PINGS) \
	X(FILLED,      "filled",      PINGS) \
	X(ASKED,       "asked",       PINGS) \
	X(BIDS,        "bids",        PINGS) \
	X(BID_SUM,     "bid_sum",     PINGS) \
	X(WON,         "won",         PINGS) \
	X(WON_SUM,     "won_sum",     PINGS) \
	X(LISTED,      "listed",      PINGS) \
	X(LISTED_SUM,  "listed_sum",  PINGS) \
	X(OFFERED_SUM, "offered_sum", PINGS) \
	X(TIMEOUTS,    "timeouts",    PINGS) \
	X(POSTS,       "posts",       SALES) \
	X(SOLD,        "sold",        SALES) \
	X(RECOVERED,   "recovered",   SALES) \
	X(ATTEMPTS,    "attempts",    SALES) \
	X(ACCEPTED,    "accepted",    SALES) \
	X(RETURNS,     "returns",     SALES) \
	X(CONVERSIONS, "conversions", SALES) \
	X(REVENUE,     "revenue",     SALES) \
	X(RETURNED,    "returned",    SALES) \
	X(PAYOUT,      "payout",      SALES) \
	X(LEAD_COST,   "lead_cost",   SALES) \
	X(CLICKS,      "clicks",      CLICKS) \
	X(CLICK_COST,  "click_cost",  CLICKS)

enum stat {
#define X(name, column, part) STAT_##name,
	STATS(X)
#undef X
	STAT_COLUMNS,
	STAT_SPEND = STAT_COLUMNS, /* told by day, not rolled up */
	STAT_COUNT,                /* of a reason */
	STAT__N
};

#define STAT_BIT(s) (1u << (s))

/* Each part is counted from rows of its own. */
enum stat_part { STAT_PART_PINGS, STAT_PART_SALES, STAT_PART_CLICKS, STAT_PART__N };

/* What a report can be grouped by; the first four are times, the longest last. */
#define DIMENSIONS(X) \
	X(HOUR,     "hour",     "an hour of the time zone") \
	X(DAY,      "day",      "a day of the time zone") \
	X(WEEK,     "week",     "a week of the time zone, by its Monday") \
	X(MONTH,    "month",    "a month of the time zone") \
	X(CAMPAIGN, "campaign", "the campaign") \
	X(SELLER,   "seller",   "the seller") \
	X(BUYER,    "buyer",    "the buyer: pings, posts and what follows are then those that it took part in") \
	X(CONTRACT, "contract", "the buyer's contract, likewise") \
	X(CHANNEL,  "channel",  "the channel of the click that the lead came from") \
	X(SUB1,     "sub1",     "the seller's source.sub1") \
	X(SUB2,     "sub2",     "the seller's source.sub2") \
	X(REASON,   "reason",   "a code: why contracts did not bid, win or take a lead")

enum dimension {
#define X(name, slug, words) DIM_##name,
	DIMENSIONS(X)
#undef X
	DIM__N
};

#define DIM_BIT(d) (1u << (d))
#define DIM_TIMES (DIM_BIT(DIM_HOUR) | DIM_BIT(DIM_DAY) | DIM_BIT(DIM_WEEK) | DIM_BIT(DIM_MONTH))
#define DIM_CONTRACTS (DIM_BIT(DIM_BUYER) | DIM_BIT(DIM_CONTRACT))
#define DIM_SUBS (DIM_BIT(DIM_SUB1) | DIM_BIT(DIM_SUB2))

const char *dimension_name(enum dimension d);
const char *dimension_words(enum dimension d);
/* DIM__N: there is none of that name. */
enum dimension dimension_find(struct str name);

enum metric_kind {
	METRIC_COUNT,    /* a whole number */
	METRIC_MONEY,    /* ten-thousandths */
	METRIC_RATE,     /* ten-thousandths of one */
	METRIC_LATENCY,  /* milliseconds, of how long contracts took: lib/lead/latency.h */
	METRIC_REASONS   /* a list of codes and counts */
};

/* Who may see it. A seller never sees what buyers pay; a bid is to it what its answers listed, at the price they named. */
enum metric_audience { METRIC_OPERATOR = 1, METRIC_SELLER = 2, METRIC_ALL = 3 };

struct metric {
	const char *name;
	enum metric_kind kind;
	unsigned audience;
	unsigned plus, minus;  /* bits of STAT_BIT: what is added and what is taken off */
	unsigned over;         /* divided by the sum of these; 0: not divided */
	int quantile;          /* METRIC_LATENCY: 50 or 95 */
	unsigned apart;        /* bits of DIM_BIT by which it can't be told apart: null when grouped or filtered by one of them */
	const char *words;     /* what it is, with its denominator */
};

/* In the order in which they are shown. */
const struct metric *metric_list(size_t *n_out);
/* The metric of that name for an audience, or NULL. */
const struct metric *metric_find(struct str name, enum metric_audience audience);
/* Whether it means anything in a report grouped or filtered by these (bits of DIM_BIT). */
bool metric_applies(const struct metric *m, unsigned by);
/* False: null, since the denominator is zero. Quotients are rounded half to even at four decimals. */
bool metric_value(const struct metric *m, const int64_t of[STAT__N], int64_t *out);
#endif
