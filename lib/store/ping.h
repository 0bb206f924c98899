/*
 * store/ping: pings as rows. One row holds the ping, its bids and every contract's code; rows are written in batches by store/writer.
 */
#ifndef GAVEL_STORE_PING_H
#define GAVEL_STORE_PING_H

#include "lib/store/writer.h"

enum ping_status { PING_MATCHED = 1, PING_UNMATCHED, PING_REJECTED };

struct ping_row {
	struct id id, lead_id, click_id;  /* click_id zero: none */
	uint32_t seller_id, campaign_id;
	int64_t version;                  /* of the configuration */
	bool sandbox;
	enum ping_status status;
	int score;                        /* -1: not scored */
	int64_t created_at, expires_at;   /* UTC microseconds */
	int ms;                           /* from accepting to keeping */
	int64_t min_price;
	int max_sales;
	struct str sub1, sub2;
	struct str lead, source;          /* JSON: the fields that may stand in clear */
	struct str lead_key, sealed;      /* p NULL: nothing was sealed */
	struct str bids;                  /* JSON */
	struct str decisions;             /* packed: exchange/decision */
};

/* A writer_insert; each of rows is a struct ping_row. */
int ping_store_insert(struct db *db, const void *const *rows, size_t n, struct err *e);
/* Live pings (not the sandbox's) after one id and before another, oldest first. */
int ping_store_page(struct db *db, struct arena *a, struct id after, struct id before, int limit, struct ping_row **out, size_t *n_out,
    struct err *e);
enum found ping_store_find(struct db *db, struct arena *a, struct id id, struct ping_row *out, struct err *e);

#endif
