/*
 * operator: what an operator decides of a sale whose outcome nobody else can tell.
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

#endif
