#include "lib/lead/metric.h"

#include "lib/base/money.h"

#define REASONED DIM_BIT(DIM_REASON)
/* Clicks have no seller and no buyer; what was told for a whole day has no sub-source either. */
#define CLICKED (DIM_BIT(DIM_SELLER) | DIM_CONTRACTS | REASONED)
#define SPENT (CLICKED | DIM_SUBS)
/* Latency is kept by contract alone. */
#define TIMED (DIM_BIT(DIM_SELLER) | DIM_BIT(DIM_CHANNEL) | DIM_SUBS | REASONED)

#define SUM(a) .plus = STAT_BIT(STAT_##a)
#define RATIO(a, b) .plus = STAT_BIT(STAT_##a), .over = STAT_BIT(STAT_##b)
#define ALL_COST (STAT_BIT(STAT_CLICK_COST) | STAT_BIT(STAT_LEAD_COST) | STAT_BIT(STAT_SPEND))

static const struct metric metrics[] = {
	{ "pings", METRIC_COUNT, METRIC_ALL, SUM(PINGS), .apart = REASONED, .words =
		"Auctions: pings, direct leads and leads that were offered again. By buyer or contract: those that it took part in." },
	{ "asked", METRIC_COUNT, METRIC_OPERATOR, SUM(ASKED), .apart = REASONED, .words =
		"How often a contract took part in an auction: it was asked, or has a fixed price." },
	{ "bids", METRIC_COUNT, METRIC_OPERATOR, SUM(BIDS), .apart = REASONED, .words =
		"Contracts' answers with a price, offered or not." },
	{ "bids", METRIC_COUNT, METRIC_SELLER, SUM(LISTED), .apart = REASONED, .words =
		"Bids listed in the answers to your pings." },
	{ "bid_rate", METRIC_RATE, METRIC_OPERATOR, RATIO(BIDS, ASKED), .apart = REASONED, .words =
		"bids / asked: how often a contract that took part named a price." },
	{ "bid_rate", METRIC_RATE, METRIC_SELLER, RATIO(LISTED, ASKED), .apart = REASONED, .words =
		"Bids listed / contracts that took part." },
	{ "fill_rate", METRIC_RATE, METRIC_ALL, RATIO(FILLED, PINGS), .apart = REASONED, .words =
		"Pings answered with at least one bid / pings. By buyer or contract: pings for which its bid was offered / pings." },
	{ "avg_bid", METRIC_MONEY, METRIC_OPERATOR, RATIO(BID_SUM, BIDS), .apart = REASONED, .words =
		"The sum of all bids, as buyers named them / bids." },
	{ "avg_bid", METRIC_MONEY, METRIC_SELLER, RATIO(LISTED_SUM, LISTED), .apart = REASONED, .words =
		"The sum of the listed bids, as your payout / bids." },
	{ "avg_winning_bid", METRIC_MONEY, METRIC_OPERATOR, RATIO(WON_SUM, WON), .apart = REASONED, .words =
		"The sum of the bids that won their auctions, as buyers named them / bids that won." },
	{ "avg_winning_bid", METRIC_MONEY, METRIC_SELLER, RATIO(OFFERED_SUM, WON), .apart = REASONED, .words =
		"The sum of the bids that won their auctions, as your payout / bids that won." },
	{ "win_rate", METRIC_RATE, METRIC_OPERATOR, RATIO(WON, BIDS), .apart = REASONED, .words =
		"Bids that won their auction (offered first, up to the sales that a lead allows) / bids." },
	{ "win_rate", METRIC_RATE, METRIC_SELLER, RATIO(WON, LISTED), .apart = REASONED, .words =
		"Bids that won their auction / bids." },
	{ "posts", METRIC_COUNT, METRIC_ALL, SUM(POSTS), .apart = REASONED, .words =
		"Leads posted, those that were screened out too. By buyer or contract: attempts to sell it a lead." },
	{ "attempts", METRIC_COUNT, METRIC_OPERATOR, SUM(ATTEMPTS), .apart = REASONED, .words =
		"Attempts to sell a lead to a contract." },
	{ "accepted", METRIC_COUNT, METRIC_ALL, SUM(ACCEPTED), .apart = REASONED, .words =
		"Sales: attempts that the buyer accepted, those converted or returned later too." },
	{ "post_accept_rate", METRIC_RATE, METRIC_ALL, RATIO(ACCEPTED, ATTEMPTS), .apart = REASONED, .words =
		"accepted / attempts to sell a lead to a contract." },
	{ "recovered", METRIC_COUNT, METRIC_ALL, SUM(RECOVERED), .apart = REASONED, .words =
		"Leads that were sold although a buyer had rejected them." },
	{ "sold", METRIC_COUNT, METRIC_ALL, SUM(SOLD), .apart = REASONED, .words =
		"Leads sold to at least one buyer, with no verdict open." },
	{ "revenue", METRIC_MONEY, METRIC_OPERATOR, SUM(REVENUE), .apart = REASONED, .words =
		"What buyers pay for accepted sales, before returns." },
	{ "payout", METRIC_MONEY, METRIC_ALL, SUM(PAYOUT), .apart = REASONED, .words =
		"What sellers get for accepted sales that were not returned." },
	{ "margin", METRIC_MONEY, METRIC_OPERATOR, SUM(REVENUE), .minus = STAT_BIT(STAT_RETURNED) | STAT_BIT(STAT_PAYOUT), .apart = REASONED,
		.words = "net_revenue - payout: what stays of accepted sales that were not returned." },
	{ "returns", METRIC_COUNT, METRIC_ALL, SUM(RETURNS), .apart = REASONED, .words =
		"Accepted sales that were returned later, counted where they were sold." },
	{ "conversions", METRIC_COUNT, METRIC_ALL, SUM(CONVERSIONS), .apart = REASONED, .words =
		"Accepted sales that became customers, counted where they were sold." },
	{ "net_revenue", METRIC_MONEY, METRIC_OPERATOR, SUM(REVENUE), .minus = STAT_BIT(STAT_RETURNED), .apart = REASONED,
		.words = "revenue - what was charged for returned sales." },
	{ "rpl", METRIC_MONEY, METRIC_OPERATOR, RATIO(REVENUE, POSTS), .apart = REASONED, .words = "Revenue per lead: revenue / posts." },
	{ "epl", METRIC_MONEY, METRIC_ALL, RATIO(PAYOUT, POSTS), .apart = REASONED, .words = "Earnings per lead: payout / posts." },
	{ "clicks", METRIC_COUNT, METRIC_OPERATOR, SUM(CLICKS), .apart = CLICKED, .words = "Clicks on channels' links." },
	{ "cost", METRIC_MONEY, METRIC_OPERATOR, .plus = ALL_COST, .apart = SPENT, .words =
		"What channels cost: by click, by lead that was not screened out, by share of what buyers pay, and what was told as spend." },
	{ "epc", METRIC_MONEY, METRIC_OPERATOR, RATIO(PAYOUT, CLICKS), .apart = CLICKED, .words = "Earnings per click: payout / clicks." },
	{ "roi", METRIC_RATE, METRIC_OPERATOR, SUM(REVENUE), .minus = STAT_BIT(STAT_RETURNED) | ALL_COST, .over = ALL_COST, .apart = SPENT,
		.words = "(net_revenue - cost) / cost." },
	{ "timeouts", METRIC_COUNT, METRIC_OPERATOR, SUM(TIMEOUTS), .apart = REASONED, .words = "Contracts that were asked and did not answer in time." },
	{ "p50_ms", METRIC_LATENCY, METRIC_OPERATOR, .quantile = 50, .apart = TIMED, .words =
		"Half of the contracts that were asked had answered, or run out of time, after so many milliseconds (good to 3 %)." },
	{ "p95_ms", METRIC_LATENCY, METRIC_OPERATOR, .quantile = 95, .apart = TIMED, .words =
		"95 of 100 contracts that were asked had answered, or run out of time, after so many milliseconds (good to 3 %)." },
	{ "reject_reasons", METRIC_REASONS, METRIC_ALL, SUM(COUNT), .apart = REASONED, .words =
		"Each code with its count: pings and leads screened out, and, contract by contract, why it was not asked, did not bid, did not "
		"win, or did not take the lead." },
};

enum { N_METRICS = sizeof(metrics) / sizeof(metrics[0]) };

static const struct {
	const char *name, *words;
} dimensions[DIM__N] = {
#define X(name, slug, words) [DIM_##name] = { slug, words },
	DIMENSIONS(X)
#undef X
};

const char *dimension_name(enum dimension d)
{
	return dimensions[d].name;
}

const char *dimension_words(enum dimension d)
{
	return dimensions[d].words;
}

enum dimension dimension_find(struct str name)
{
	int d = 0;

	while (d < DIM__N && !str_is(name, dimensions[d].name))
		d++;
	return (enum dimension)d;
}

const struct metric *metric_list(size_t *n_out)
{
	*n_out = N_METRICS;
	return metrics;
}

const struct metric *metric_find(struct str name, enum metric_audience audience)
{
	for (size_t i = 0; i < N_METRICS; i++)
		if ((metrics[i].audience & audience) != 0 && str_is(name, metrics[i].name))
			return &metrics[i];
	return NULL;
}

bool metric_applies(const struct metric *m, unsigned by)
{
	return (m->apart & by) == 0;
}

static int64_t total(const int64_t of[STAT__N], unsigned bits)
{
	int64_t sum = 0;

	for (int i = 0; i < STAT__N; i++)
		if (bits & STAT_BIT(i))
			sum += of[i];
	return sum;
}

/* Half to even, above / below; below > 0. */
static int64_t quotient(__int128 above, int64_t below)
{
	__int128 result = above / below, rest = above % below;

	if (rest < 0)
		rest = -rest;
	if (rest * 2 > below || (rest * 2 == below && result % 2 != 0))
		result += above < 0 ? -1 : 1;
	return (int64_t)result;
}

bool metric_value(const struct metric *m, const int64_t of[STAT__N], int64_t *out)
{
	int64_t above = total(of, m->plus) - total(of, m->minus), below = total(of, m->over);

	*out = above;
	if (m->over == 0)
		return true;
	if (below <= 0)
		return false;
	*out = quotient((__int128)above * (m->kind == METRIC_RATE ? MONEY_SCALE : 1), below);
	return true;
}
