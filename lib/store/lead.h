/*
 * store/lead: posted leads as rows. Every change of state is one conditional statement whose affected-row count is the answer.
 */
#ifndef GAVEL_STORE_LEAD_H
#define GAVEL_STORE_LEAD_H

#include "lib/db/db.h"

enum lead_state { LEAD_POSTING = 1, LEAD_SOLD, LEAD_UNSOLD, LEAD_PENDING, LEAD_REJECTED };

/* Blind indexes of a lead's phone and e-mail, over each digest that a request may name. */
enum lead_by { LEAD_BY_PHONE, LEAD_BY_PHONE_MD5, LEAD_BY_PHONE_SHA1, LEAD_BY_EMAIL, LEAD_BY_EMAIL_MD5, LEAD_BY_EMAIL_SHA1, LEAD_BY__N };

struct lead_person {
	struct str index[LEAD_BY__N];    /* 32 bytes, or p NULL: not known */
};

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
	struct lead_person person;
	struct str lead, source;
	struct str lead_key, sealed;
	int64_t reroute_until;           /* a later reject has it sold again until then; 0: never */
	struct str chosen;               /* ids of the bids that the seller named, 16 bytes each; p NULL: any may be sold to */
};

/* What is past its deadline, in the order of deadlines and ids, behind a place in it (zeros: from the start). */
struct overdue {
	int64_t before;
	int64_t after_at;
	struct id after;
	int limit;
};

/* A lead, and the deadline that it is past. */
struct overdue_lead {
	struct id id;
	int64_t deadline_at;
};

/* ERR_DB_DUPLICATE: the ping was posted already. */
int lead_store_insert(struct db *db, const struct lead_row *row, struct err *e);
enum found lead_store_find(struct db *db, struct arena *a, struct id id, struct lead_row *out, struct err *e);
enum found lead_store_find_by_ping(struct db *db, struct arena *a, struct id ping_id, struct lead_row *out, struct err *e);
/* Holds the row for the rest of the transaction. FOUND_NO: no such lead. */
enum found lead_store_lock(struct db *db, struct id id, struct err *e);
/* Whether its window to be sold again has not ended. */
enum found lead_store_resells(struct db *db, struct arena *a, struct id id, int64_t now, struct err *e);
/* Takes the lead for one kind of sale: open, or shared already when shared is asked. FOUND_NO: it is taken otherwise. */
enum found lead_store_claim(struct db *db, struct id id, int sold_as, int64_t now, struct err *e);
/* Opens it again when no slot is held any more. */
int lead_store_release(struct db *db, struct id id, int64_t now, struct err *e);
/*
 * Moves a lead to what its sales say: pending while one is open or the lead is to be sold again, else sold or unsold. One that a worker has in
 * hand (posting) stays as it is.
 */
int lead_store_resolve(struct db *db, struct id id, int64_t now, struct err *e);
/* The same, also when it was posting: its worker is done with it. */
int lead_store_close(struct db *db, struct id id, int64_t now, struct err *e);
/* Leads that are still posting past their deadline, with no attempt open: the worker died between two attempts. */
int lead_store_stale(struct db *db, struct arena *a, const struct overdue *o, struct overdue_lead **out, size_t *n_out, struct err *e);
/* Holds such a lead for the rest of the transaction. FOUND_NO: it is none any more. */
enum found lead_store_lock_stale(struct db *db, struct id id, int64_t before, struct err *e);

/* The codes of the contracts at the post, packed (exchange/decision); p NULL when they are the ping's and the attempts'. */
int lead_store_decide(struct db *db, struct id id, struct str decisions, struct err *e);
enum found lead_store_decisions(struct db *db, struct arena *a, struct id id, struct str *out, struct err *e);

#endif
