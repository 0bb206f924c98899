/*
 * returns: a buyer asks to give a sale back; its policy answers at once where it can, an operator else.
 *
 * The policy (the buyer's `returns`): past window_days after the sale, or past max_percent of the buyer's sales of that span, a return is denied; a
 * reason of auto_approve is approved; all else waits for an operator, and so does everything of a buyer without a policy. An approved return
 * takes the charge back, the seller's part with it, and the lead is not sold again.
 */
#ifndef GAVEL_EXCHANGE_RETURNS_H
#define GAVEL_EXCHANGE_RETURNS_H

#include "lib/catalog/catalog.h"
#include "lib/exchange/verdict.h"
#include "lib/store/return_request.h"

struct return_ask {
	const struct buyer *buyer;
	const struct sale_row *sale;   /* locked (verdict_lock), accepted or converted */
	struct str reason;             /* p NULL: none */
	struct str actor;
	int64_t now;
};

/* In the caller's transaction. *to: what the sale is then. ERR_CONFLICT: a return of it was denied before. */
int returns_request(struct db *db, struct arena *a, const struct return_ask *ask, enum sale_state *to, struct err *e);

struct return_decision {
	struct id id;
	bool approve;
	struct str note;               /* n 0: none */
	struct str actor;              /* "ctl:ann", "key:AbCd1234" */
	int64_t now;
};

/* The operator's word, with its line in the audit. ERR_NOT_FOUND; ERR_CONFLICT: decided before, or the sale no longer stands. */
int returns_decide(struct db *db, struct arena *a, const struct return_decision *d, struct return_row *out, struct err *e);

/* Approved, denied, or (RETURN_REQUESTED) for an operator; *why says by which term. Pure. counts are without this one. */
enum return_state returns_judge(const struct buyer *b, int64_t sold_at, struct str reason, int64_t now, const struct return_counts *counts,
    const char **why);

#endif
