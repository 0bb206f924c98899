/*
 * store/holding: what sales hold of caps and of funds. Everything here runs inside the caller's transaction, and takes rows in one order:
 * cap windows by their key, then the buyer's account.
 */
#ifndef GAVEL_STORE_HOLDING_H
#define GAVEL_STORE_HOLDING_H

#include "lib/db/db.h"
#include "lib/lead/cap.h"

/* How full one window is. */
struct holding_level {
	enum cap_owner owner;
	uint32_t owner_id, seller_id;
	enum cap_on on;
	enum cap_per per;
	int64_t starts_at;
	int64_t leads, spend;
};

/* What a buyer may spend before it owes: its balance without what is held. */
struct holding_funds {
	uint32_t buyer_id;
	char currency[4];
	int64_t free;
};

/* One lead and its spend. FOUND_NO: a limit of the window does not leave room for it, and nothing is changed. */
enum found holding_store_take(struct db *db, const struct cap_window *w, int64_t spend, struct err *e);
/* How full it is; zeros when nothing was ever taken. */
int holding_store_level(struct db *db, struct arena *a, const struct cap_window *w, int64_t *leads_out, int64_t *spend_out, struct err *e);
/* Writes down what the sale took: all its windows at once. */
int holding_store_keep(struct db *db, struct id sale_id, const struct cap_window *list, const int64_t *spend, size_t n, struct err *e);
/*
 * Gives back, once, what the sale took: `from` CAP_SENT all of it, CAP_SOLD what counts sales alone. Windows that are gone are passed
 * over.
 */
int holding_store_give_back(struct db *db, struct id sale_id, enum cap_on from, int64_t now, struct err *e);

/*
 * What a sale took of windows that count sales and gave back since, in key order, without limits; spend_out has what of each. Both have room
 * for CAP_WINDOWS_MAX.
 */
int holding_store_given(struct db *db, struct arena *a, struct id sale_id, struct cap_window *out, int64_t *spend_out, size_t *n_out, struct err *e);
/* Those were taken again. */
int holding_store_retake(struct db *db, struct id sale_id, struct err *e);

/*
 * Holds an amount of the buyer's funds, with its row. FOUND_NO: what is left would fall below `floor` (0 for prepaid, less than 0 for credit).
 */
enum found holding_store_hold_funds(struct db *db, struct id sale_id, uint32_t buyer_id, const char *currency, int64_t amount, int64_t floor,
    struct err *e);
/* Whether the buyer could pay an amount now; its account is locked for the rest of the transaction. */
enum found holding_store_can_pay(struct db *db, uint32_t buyer_id, const char *currency, int64_t amount, int64_t floor, struct err *e);
/* Ends the sale's hold, once: the amount is free, or is charged by the ledger in the same transaction. */
int holding_store_release_funds(struct db *db, struct id sale_id, int64_t now, struct err *e);

/* All windows that may be under way, of every owner. */
int holding_store_levels(struct db *db, struct arena *a, int64_t now, struct holding_level **out, size_t *n_out, struct err *e);
/* Windows that began before and are long over, at most 5,000; totals stay. */
int holding_store_expire(struct db *db, int64_t before, uint64_t *dropped_out, struct err *e);
/*
 * Forgets what sales made before (an id of that instant) have of caps and nothing can ask for: what was given back, and what was taken of a
 * window that is gone. What counts in a total stays as long as it counts, and with a lost sale all that it would take again. Looks at the
 * next 2,000 rows behind *at. 1: more are to be looked at; 0: that was the end, and *at begins anew.
 */
int holding_store_forget(struct db *db, struct arena *a, struct id before, struct id *at, struct err *e);
/* Forgets holds of funds that have ended, at most 5,000. */
int holding_store_forget_funds(struct db *db, struct id before, uint64_t *dropped_out, struct err *e);
/* All buyers' accounts. */
int holding_store_funds(struct db *db, struct arena *a, struct holding_funds **out, size_t *n_out, struct err *e);

#endif
