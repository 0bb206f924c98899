/*
 * operator: what an operator decides of a sale whose outcome nobody else can tell; and what buyers have to spend, as operators look at it.
 */
#ifndef GAVEL_EXCHANGE_OPERATOR_H
#define GAVEL_EXCHANGE_OPERATOR_H

#include "lib/exchange/verdict.h"

struct operator_word {
	const struct catalog *catalog; /* in force: limits of caps */
	struct id sale_id;
	bool accepted;                 /* else rejected: then the lead may be sold again, as after a buyer's reject */
	struct str reason;             /* why the operator says so; not empty */
	struct str actor;              /* "ctl:ann", "key:AbCd1234" */
	int64_t now;
};

/*
 * Settles a sale that is pending, or was given up as lost, with its line in the audit; *out: what it is then. ERR_NOT_FOUND; ERR_CONFLICT: its
 * outcome is known, its post is still under way, or a lost one has no room in caps or funds any more.
 */
int operator_settle(struct db *db, struct arena *a, const struct operator_word *w, enum sale_state *out, struct err *e);

/* One account of a buyer. */
struct operator_account {
	uint32_t buyer_id;
	const struct buyer *buyer;     /* NULL: no longer configured */
	char currency[4];
	int64_t balance;               /* paid in without what was charged */
	int64_t held;                  /* by attempts whose outcome is open */
	int64_t credit;                /* what the balance may fall below zero */
	int64_t available;             /* what may be spent */
};

/*
 * The accounts of all buyers, or of one (NULL: all), by buyer and currency; behind them, with zeros, those whose funds count and who have no
 * account yet.
 */
int operator_accounts(struct db *db, struct arena *a, const struct catalog *c, const struct buyer *one, struct operator_account **out,
    size_t *n_out, struct err *e);

#endif
