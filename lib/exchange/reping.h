/*
 * reping: asking as a part of something else: a direct post, a post whose bids have expired, a lead that every bid's buyer rejected.
 */
#ifndef GAVEL_EXCHANGE_REPING_H
#define GAVEL_EXCHANGE_REPING_H

#include "lib/exchange/exchange.h"

struct ask_how {
	bool direct;                  /* the lead is checked as a post's */
	const struct value *checked;  /* a lead that was checked already, or NULL */
	struct id lead_id;            /* zero: a new one */
	const uint32_t *skip;         /* contracts that had their turn, ended by 0; or NULL */
	int64_t deadline_us;          /* monotonic: buyers have no longer than that, whatever the campaign's time-out; 0: as the campaign says */
};

/* As exchange_ping. */
int exchange_ask(const struct exchange *ex, struct arena *a, const struct ask *ask, const struct ask_how *how, struct faults *f,
    struct auction **out, struct err *e);

#endif
