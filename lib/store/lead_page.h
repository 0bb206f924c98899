/*
 * store/lead_page: leads newest first by when they were posted, a page at a time; the last lead of a page is the cursor of the next. The time
 * in an id is the ping's, which may be another day's.
 */
#ifndef GAVEL_STORE_LEAD_PAGE_H
#define GAVEL_STORE_LEAD_PAGE_H

#include "lib/store/lead.h"

struct lead_filter {
	uint32_t seller_id, campaign_id;  /* 0: any */
	unsigned states;                  /* bits 1 << enum lead_state; 0: any */
	bool sandbox;                     /* the sandbox's leads instead of the live ones */
	int64_t from, to;                 /* created at; to exclusive; 0: open */
	struct id before;                 /* zero: from the newest */
	int limit;                        /* 1..200 */
};

/* What a list shows of a lead: no personal data. The seller's and the buyer's sums are of accepted sales. */
struct lead_line {
	struct id id, ping_id;
	uint32_t seller_id, campaign_id, contract_id;  /* contract of the sale that stands; 0: none */
	enum lead_state state;
	int64_t created_at, cost, price;
	char currency[4];                              /* empty without a sale */
	struct str sub1, sub2;
	struct str lead;                               /* JSON of what may stand in clear */
};

/* Reads limit + 1 lines at the most: one more than asked says that there is a next page. */
int lead_page_read(struct db *db, struct arena *a, const struct lead_filter *f, struct lead_line **out, size_t *n_out, struct err *e);

#endif
