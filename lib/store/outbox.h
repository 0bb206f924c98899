/*
 * store/outbox: what happened, for those who want to be told. A row is written in the transaction that made it so, and commits or goes
 * with it; gavel-jobs makes deliveries of it (exchange/notice).
 */
#ifndef GAVEL_STORE_OUTBOX_H
#define GAVEL_STORE_OUTBOX_H

#include "lib/store/lead.h"
#include "lib/store/sale.h"

enum { OUTBOX_COUNTED = 100000 };

struct outbox_row {
	uint64_t id;
	int64_t at;
	struct id lead_id, sale_id;   /* zero: an alert; no sale */
	int sale_state, lead_state;   /* enum sale_state, enum lead_state; 0: no news of it */
	struct str alert;             /* p NULL: none */
	struct str data;              /* an alert's JSON object; with news of a lead, its sales as they were then: outbox_sale_state */
};

/* The i-th sale of a row's data, and its state when the row was written. False past the last. */
bool outbox_sale_state(struct str sales, size_t i, struct id *id_out, int *state_out);

/*
 * One line where a sale or a lead changes state, after the change and in its transaction. sale_state: what the sale has become, 0 for none.
 * The lead's state is read here, as the transaction leaves it, and is news when it is not the one last told.
 */
int outbox_add(struct db *db, struct id lead_id, struct id sale_id, int sale_state, int64_t now, struct err *e);

/*
 * An alert to the operator, once for each span of its subject ("buyer:acme", "2026-11-27"): FOUND_NO when it was raised before. data is a
 * JSON object. Joins the caller's transaction, or is one of its own.
 */
enum found outbox_alert(struct db *db, const char *kind, struct str subject, struct str span, struct str data, int64_t now, struct err *e);
/* What was raised of it is over: the next time is new, whatever its span. */
int outbox_alert_over(struct db *db, const char *kind, struct str subject, struct err *e);
/* Alerts forget spans that began before: at most 5000 at a time. */
int outbox_alert_expire(struct db *db, int64_t before, uint64_t *dropped_out, struct err *e);

/* The oldest rows that no other runner holds, locked for the rest of the transaction. */
int outbox_take(struct db *db, struct arena *a, int limit, struct outbox_row **out, size_t *n_out, struct err *e);
int outbox_drop(struct db *db, uint64_t id, struct err *e);
/* How many rows wait (OUTBOX_COUNTED: that many or more), and since when the oldest does; 0: there is none. */
int outbox_depth(struct db *db, struct arena *a, int64_t *rows_out, int64_t *oldest_at_out, struct err *e);

#endif
