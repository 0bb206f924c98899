/*
 * store/standing: what history says of contracts and sources (migrations/0030), counted from the roll-ups and from postbacks.
 */
#ifndef GAVEL_STORE_STANDING_H
#define GAVEL_STORE_STANDING_H

#include "lib/db/db.h"

enum standing_kind { STANDING_ACCEPTANCE = 1, STANDING_SPEED, STANDING_SOURCE };

struct standing_row {
	enum standing_kind kind;
	uint32_t owner_id, seller_id;
	struct str sub1;
	int64_t good, total;     /* ten-thousandths of a post, of a lead, of a second */
};

/* Counts all of it anew, in one transaction. One at a time: the caller holds a lock. */
int standing_store_count(struct db *db, int64_t now, struct err *e);
/* When it was last counted; 0: never. */
int standing_store_mark(struct db *db, int64_t *mark_out, struct err *e);
int standing_store_read(struct db *db, struct arena *a, struct standing_row **out, size_t *n_out, struct err *e);

#endif
