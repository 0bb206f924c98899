/*
 * difference: what the pings of a period came to, and what they would have come to under another configuration: replayed one by one, added up
 * by campaign, buyer and reason. Reads pages of pings, so memory does not grow with the period; writes nothing.
 *
 * Sales: where the auction comes out as it did, so does the sale. Where it comes out otherwise, a lead that was posted is sold along the new
 * order: a contract that had a verdict on this lead gives it again, one that was passed over then (a cap, a bid that the seller did not choose)
 * is again, and any other is assumed to accept; assumed sales are counted. Pings that were never posted earn nothing either way.
 */
#ifndef GAVEL_EXCHANGE_DIFFERENCE_H
#define GAVEL_EXCHANGE_DIFFERENCE_H

#include "lib/exchange/exchange.h"

struct difference_in {
	int64_t from, to;             /* UTC microseconds; to is not included */
	const struct catalog *other;  /* NULL: for each ping the version that decided it */
};

struct difference_sums {
	int64_t pings, matched;       /* lines of campaigns only */
	int64_t offered, offered_cost;
	int64_t sold, revenue, payout; /* revenue: what buyers pay; payout: what sellers get of it */
};

struct difference_line {
	struct str campaign, buyer;   /* keys; buyer n 0: the campaign as a whole */
	char currency[4];
	struct difference_sums before, after;
};

struct difference_reason {
	struct str campaign;
	enum reason code;             /* REASON_NONE: would be asked now, and no bid is recorded */
	int64_t before, after;        /* contracts of pings */
};

struct difference {
	int64_t pings;                /* replayed */
	int64_t changed;              /* of which the auction comes out otherwise */
	int64_t unreadable;           /* left out: their version, campaign or sealed data is gone */
	int64_t unrecorded;           /* contracts that would be asked now, and of whom no bid is recorded */
	int64_t assumed;              /* sales after that no recorded verdict tells of */
	struct difference_line *lines;      /* by campaign: the campaign, then its buyers; by key */
	size_t n_lines;
	struct difference_reason *reasons;  /* by campaign, then by code */
	size_t n_reasons;
};

/* The result lives in a. */
int difference_run(const struct exchange *ex, struct arena *a, const struct difference_in *in, struct difference *out, struct err *e);

#endif
