/*
 * work: what the exchange does without a request, one leased piece at a time (store/work). Each is safe to do twice, and by two runners of whom
 * one was paused beyond its lease: what counts is the claim on the lead and the sale's own state, the lease only saves the trouble.
 *
 * Each returns 0 when the piece is ended or put off, -1 with e set when it is to be tried again once its lease has run out.
 */
#ifndef GAVEL_EXCHANGE_WORK_H
#define GAVEL_EXCHANGE_WORK_H

#include "lib/exchange/exchange.h"
#include "lib/store/work.h"

/* The longest that a piece of work may take; leases are longer. */
enum { WORK_MOST_MS = 30000, WORK_LEASE_MS = 45000 };

/* Sells a lead again that a buyer gave back: what is left of its bids, then a re-ping, within the campaign's limits. */
int reroute_run(const struct exchange *ex, struct arena *a, const struct snapshot *snap, const struct work_row *w, struct err *e);
/*
 * Finds out what became of a sale whose outcome is unknown: asks for the verdict (`unknown.check`), sends the same attempt again where the buyer
 * certified that it knows our sale_id (`unknown.repeat`), waits longer each time, and when the hold window ends does what the contract says.
 */
int unknown_run(const struct exchange *ex, struct arena *a, const struct snapshot *snap, const struct work_row *w, struct err *e);
/* Plays the sandbox's buyer that takes a lead and rejects it by postback. */
int sandbox_reject_run(const struct exchange *ex, struct arena *a, const struct snapshot *snap, const struct work_row *w, struct err *e);

#endif
