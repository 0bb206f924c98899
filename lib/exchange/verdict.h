/*
 * verdict: the one place where a sale that has been posted changes its state. Sale, delivery, ledger, caps, the lead, what gavel-jobs has to do
 * about it, the event and the outbox change together, in the caller's transaction, whoever brings the verdict: the post's own reply, a postback, a
 * job, an operator.
 *
 * Rows are taken in this order everywhere: lead, sale, delivery, work, what the sale holds (exchange/holding), ledger. So lock the lead first (verdict_lock, or a change of the lead).
 */
#ifndef GAVEL_EXCHANGE_VERDICT_H
#define GAVEL_EXCHANGE_VERDICT_H

#include "lib/catalog/catalog.h"
#include "lib/store/lead.h"
#include "lib/store/sale.h"

/* In whose hands the lead is. */
enum verdict_lead {
	VERDICT_LEAD_IN_HAND,  /* a worker is selling it, and goes on */
	VERDICT_LEAD_LET_GO,   /* the worker that was selling it is done with it, or dead: it becomes what its sales say */
	VERDICT_LEAD_RESELL,   /* nobody's: a reject has it sold again, while its window lasts */
	VERDICT_LEAD_KEPT      /* nobody's, and it is not sold again */
};

struct verdict_turn {
	const struct sale_row *sale;
	enum sale_state to;                /* may be the sale's own state: then only the event is kept */
	const struct sale_result *result;  /* what an attempt brought, for its delivery; NULL: the delivery stays as it was */
	enum verdict_lead lead;
	struct sale_event event;           /* its sale_id is set here */
};

/* Locks lead and sale for the rest of the transaction, and reads the sale without its exchange. */
enum found verdict_lock_of(struct db *db, struct arena *a, struct id lead_id, struct id sale_id, struct sale_row *out, struct err *e);
/* The same, when its lead is not known. */
enum found verdict_lock(struct db *db, struct arena *a, struct id sale_id, struct sale_row *out, struct err *e);

/*
 * A buyer's reject of a sale that was lost (`to` is SALE_REJECTED, as it is already) frees the slot that it kept.
 *
 * 0 done; 1 (ERR_CONFLICT) the sale is no longer in the state that it was read in: roll back; -1 error. With a result the sale may have gone
 * from posting to pending meanwhile.
 */
int verdict_write(struct db *db, const struct verdict_turn *t, struct err *e);
/*
 * The buyer accepted a sale that a policy had given up (sale_is_lost; `to` is SALE_ACCEPTED): its slot was kept for it, so it is one after
 * all. 1 (ERR_CONFLICT): caps or funds have no room for it any more (e->code: which), or as above; roll back, and verdict_dispute.
 */
int verdict_revive(struct db *db, struct arena *a, const struct catalog *catalog, const struct verdict_turn *t, struct err *e);

struct dispute {
	struct id lead_id, sale_id;
	struct str buyer;                  /* key */
	struct str actor;                  /* who brings the buyer's word */
	struct str why;                    /* it is no sale all the same */
	bool is_ours;                      /* we asked, or sent it: the lead's story has it too. A buyer that is told 409 has changed nothing */
	int64_t now;
};

/*
 * The buyer says that it has, or even converted, a sale that is rejected and can't be one any more. The operator is told, once for each sale: an alert
 * `sale.disputed`, a line in the log, and an event where the word is our own finding; nothing else changes. Nothing at all when the sale is not rejected. Joins the caller's
 * transaction, or is one of its own.
 */
int verdict_dispute(struct db *db, struct arena *a, const struct dispute *d, struct err *e);

#endif
