/*
 * store/seen: where a person was seen before: their earlier leads in a campaign, and the posts of those, found by blind indexes.
 */
#ifndef GAVEL_STORE_SEEN_H
#define GAVEL_STORE_SEEN_H

#include "lib/db/db.h"
#include "lib/store/sale.h"
#include "lib/store/lead.h"

/* An earlier lead of the person, or one post of it. */
struct seen {
	bool by_phone;                   /* else by e-mail */
	enum lead_state state;
	int64_t at;                      /* of the lead */
	uint32_t contract_id;            /* 0: the lead was not posted to anybody */
	int64_t sent_at;
	enum delivery_state delivery;
	bool lost;                       /* given up by a policy: its buyer may have it (sale_is_lost) */
};

struct seen_query {
	const struct lead_person *person;
	uint32_t campaign_id;
	bool sandbox;
	struct id but;                   /* a lead that does not count: the one that asks */
	int64_t since;
};

/* The newest 200 of each index since then: one statement. None when no index is known. */

int seen_store_find(struct db *db, struct arena *a, const struct seen_query *q, struct seen **out, size_t *n_out, struct err *e);
/* Within a transaction: nobody else gets past here for this person, known by any of the same digests, until it ends. */
int seen_store_hold(struct db *db, const struct lead_person *p, struct err *e);

#endif
