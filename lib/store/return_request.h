/*
 * store/return_request: buyers' wishes to give sales back, one for each sale.
 */
#ifndef GAVEL_STORE_RETURN_REQUEST_H
#define GAVEL_STORE_RETURN_REQUEST_H

#include "lib/db/db.h"

enum return_state { RETURN_REQUESTED = 1, RETURN_APPROVED, RETURN_DENIED, RETURN_CLOSED, RETURN__N };

struct return_row {
	struct id id, sale_id, lead_id;
	uint32_t buyer_id, seller_id;
	enum return_state state;
	struct str reason;               /* the buyer's; p NULL: none */
	int64_t requested_at, decided_at; /* 0: not decided */
	struct str decided_by, note;     /* p NULL: none */
};

/* How many of a buyer's sales of a span stand or stood, and how many of them were returned or are asked to be. */
struct return_counts {
	int64_t sold, returned;
};

/* ERR_DB_DUPLICATE: there is one of that sale. */
int return_request_insert(struct db *db, const struct return_row *row, struct err *e);
enum found return_request_find(struct db *db, struct arena *a, struct id id, struct return_row *out, struct err *e);
enum found return_request_find_by_sale(struct db *db, struct arena *a, struct id sale_id, struct return_row *out, struct err *e);
/* requested -> approved or denied. FOUND_NO: it was decided before. */
enum found return_request_decide(struct db *db, struct id id, enum return_state to, struct str by, struct str note, int64_t now, struct err *e);
/* requested -> closed, of a sale that is no sale any more: there is nothing left to decide. FOUND_NO: none was open. */
enum found return_request_close(struct db *db, struct id sale_id, struct str by, struct str note, int64_t now, struct err *e);
/* The oldest of a state. */
int return_request_list(struct db *db, struct arena *a, enum return_state state, int limit, struct return_row **out, size_t *n_out,
    struct err *e);
/* Of sales made since a time. Until the transaction ends nobody else counts for this buyer, so that what it decides by the count holds. */
int return_request_count(struct db *db, struct arena *a, uint32_t buyer_id, int64_t since, struct return_counts *out, struct err *e);

const char *return_state_name(enum return_state s);

#endif
