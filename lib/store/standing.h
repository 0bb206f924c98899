/*
 * store/standing: what history says of contracts and sources (migrations/0030), counted from the roll-ups and from postbacks.
 */
#ifndef GAVEL_STORE_STANDING_H
#define GAVEL_STORE_STANDING_H

#include "lib/db/db.h"

/* STANDING_SELLER: all of a seller's sub-sources in a campaign together, those too that have no row of their own. */
enum standing_kind { STANDING_ACCEPTANCE = 1, STANDING_SPEED, STANDING_SOURCE, STANDING_SELLER };

/*
 * So many sub-sources are told apart, those with the most leads: each worker holds them in memory. A seller who names every click in sub1 has as
 * many as there are clicks, of which none says anything.
 */
#define STANDING_SOURCES_MAX "20000"

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
