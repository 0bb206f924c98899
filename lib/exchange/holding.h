/*
 * holding: what a sale holds of caps, budgets and balances, and the money that follows its state. Both run inside the caller's
 * transaction, after its own rows (lead, sale, delivery) and before it commits:
 *
 *	the intent to post         holding_take      caps and funds are taken, or the attempt does not happen
 *	accepted, whoever says so  holding_settle    the buyer is charged, the seller and the margin get their parts
 *	rejected, whoever says so  holding_settle    caps and funds are given back; a charge is taken back
 *	returned                   holding_settle    the charge is taken back; the lead was sold, so the caps stay
 *	unknown, pending           nothing           it may be the buyer's: caps and funds stay taken
 *	lost, accepted after all   holding_take_again, then holding_settle
 *
 * Caps on `sold` count leads that are not rejected; caps on `sent` count posts that left: a reject keeps those, and only an attempt of
 * which nothing left gives them back. What a sale took is kept in rows of its own (cap_hold, funds_hold), so that it is given back once,
 * to where it was taken from. Sales of the sandbox hold nothing.
 */
#ifndef GAVEL_EXCHANGE_HOLDING_H
#define GAVEL_EXCHANGE_HOLDING_H

#include "lib/catalog/catalog.h"
#include "lib/exchange/decision.h"
#include "lib/store/sale.h"

/* Which limit refused. */
struct refusal {
	enum reason code;      /* cap_sent, cap_sold, cap_spend, no_funds: of the contract or its buyer; seller_cap: of the seller */
	enum rule rule;
	uint16_t index;
};

/*
 * The windows that a sale counts in at this instant, in key order: the contract's and its buyer's (NULL: not those), the seller's own (NULL:
 * not those). `out` has room for CAP_WINDOWS_MAX.
 */
size_t holding_windows(const struct contract *c, const struct seller *own, uint32_t seller_id, int64_t wall_us, struct cap_window *out);
/* Which limit of a window that counts `leads` already leaves no room. */
struct refusal holding_refusal(const struct cap_window *w, int64_t leads);
/* What the buyer's balance may not fall below: 0, or minus its credit. */
int64_t holding_floor(const struct buyer *b);

/*
 * Takes what the sale needs. 1: refused, `why` says by what, and the transaction is to be rolled back. `a` is for reading rows.
 */
int holding_take(struct db *db, struct arena *a, const struct contract *c, const struct seller *seller, const struct sale_row *sale,
    struct refusal *why, struct err *e);
/*
 * Takes again what a sale that was lost has given back, before it becomes one after all. 1: there is no room for it any more, `why` says
 * where. Limits are those of today, for the windows that were taken; none where the contract or a cap is gone.
 */
int holding_take_again(struct db *db, struct arena *a, const struct catalog *catalog, const struct sale_row *sale, struct refusal *why, struct err *e);
/*
 * The sale was in sale->state and is changed to `to` in this transaction by a conditional statement; so this happens once. `sent` is false
 * when nothing of the lead left (not_sent).
 */
int holding_settle(struct db *db, const struct sale_row *sale, enum sale_state to, bool sent, int64_t now, struct err *e);

#endif
