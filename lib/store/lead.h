/*
 * store/lead: posted leads as rows. Every change of state is one conditional statement whose affected-row count is the answer.
 */
#ifndef GAVEL_STORE_LEAD_H
#define GAVEL_STORE_LEAD_H

#include "lib/db/db.h"

enum lead_state { LEAD_POSTING = 1, LEAD_SOLD, LEAD_UNSOLD, LEAD_PENDING, LEAD_REJECTED };

struct lead_row {
	struct id id, ping_id, click_id;
	uint32_t seller_id, campaign_id;
	int64_t version;
	bool sandbox;
	enum lead_state state;
	int sold_as;                     /* enum sale_kind + 1; 0: open */
	int reason;                      /* LEAD_REJECTED: the screening's code; else 0 */
	int score;
	int64_t created_at, updated_at, deadline_at;
	uint8_t fingerprint[32];         /* of the post, for telling the same body from another */
	int64_t min_price;
	int max_sales;
	struct str sub1, sub2;
	struct str phone_index, email_index; /* 32 bytes, or p NULL */
	struct str lead, source;
	struct str lead_key, sealed;
};

/* ERR_DB_DUPLICATE: the ping was posted already. */
int lead_store_insert(struct db *db, const struct lead_row *row, struct err *e);
enum found lead_store_find(struct db *db, struct arena *a, struct id id, struct lead_row *out, struct err *e);
enum found lead_store_find_by_ping(struct db *db, struct arena *a, struct id ping_id, struct lead_row *out, struct err *e);
/* posting -> to. FOUND_NO: it was not posting any more. */
enum found lead_store_end(struct db *db, struct id id, enum lead_state to, int64_t now, struct err *e);
/* Takes the lead for one kind of sale: open, or shared already when shared is asked. FOUND_NO: it is taken otherwise. */
enum found lead_store_claim(struct db *db, struct id id, int sold_as, int64_t now, struct err *e);
/* Opens it again when no slot is held any more. */
int lead_store_release(struct db *db, struct id id, int64_t now, struct err *e);
/* Moves a pending lead to what its sales say: pending while one is open, else sold or unsold. */
int lead_store_resolve(struct db *db, struct id id, int64_t now, struct err *e);
/* Leads that are still posting past their deadline, with no attempt open: the worker died between two attempts. At most limit. */
int lead_store_stale(struct db *db, struct arena *a, int64_t before, int limit, struct id **out, size_t *n_out, struct err *e);
/* Such a lead ends as its sales say, or as unsold. FOUND_NO: it is none. */
enum found lead_store_sweep(struct db *db, struct id id, int64_t before, int64_t now, struct err *e);

#endif
