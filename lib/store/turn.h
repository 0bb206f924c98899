/*
 * store/turn: turns of contracts (round_robin). A turn is taken in one transaction: turn_store_next holds the campaign's count until the
 * transaction ends, so that of any number of processes on any hosts one takes a turn at a time.
 */
#ifndef GAVEL_STORE_TURN_H
#define GAVEL_STORE_TURN_H

#include "lib/db/db.h"

struct turn_row {
	uint32_t contract_id;
	uint64_t taken;  /* the number of its last turn */
};

/* Within a transaction. */
int turn_store_next(struct db *db, uint32_t campaign_id, bool sandbox, struct err *e);
/* Contracts that ever had a turn, by contract; contract_id 0, the first, is the number that turn_store_next gave. */
int turn_store_list(struct db *db, struct arena *a, uint32_t campaign_id, bool sandbox, struct turn_row **out, size_t *n_out, struct err *e);
int turn_store_give(struct db *db, uint32_t campaign_id, bool sandbox, const struct turn_row *row, struct err *e);

#endif
