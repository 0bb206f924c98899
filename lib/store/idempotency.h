/*
 * store/idempotency: a POST under an Idempotency-Key runs once; kept for 24 hours. owner is who called ("seller:12").
 *
 * A row without a lead and without an answer is a claim: somebody works under the key, or died. It belongs to whoever wrote its created_at; what
 * is done with it names that time, so that one who was paused, and whose claim was taken over meanwhile, changes nothing.
 */
#ifndef GAVEL_STORE_IDEMPOTENCY_H
#define GAVEL_STORE_IDEMPOTENCY_H

#include "lib/db/db.h"

struct idempotency {
	struct str owner, name;
	uint8_t fingerprint[32];  /* of method, path and body */
	struct id lead_id;        /* zero: not a post */
	int status;               /* 0: still running, or its process died */
	struct str answer;
	int64_t created_at;       /* of a claim: whose it is */
};

/* What a copy is told while the first one runs: sets e, returns -1. */
int idempotency_running(struct err *e);
/* ERR_DB_DUPLICATE: the name is in use; find it. */
int idempotency_store_claim(struct db *db, const struct idempotency *i, struct err *e);
enum found idempotency_store_find(struct db *db, struct arena *a, struct str owner, struct str name, struct idempotency *out, struct err *e);
/* Takes over a claim of the same fingerprint that is older than `before` (its process died). */
enum found idempotency_store_retake(struct db *db, const struct idempotency *i, int64_t before, struct err *e);
/* The claim becomes i->lead_id's, within the transaction that makes the lead. FOUND_NO: it was taken over. */
enum found idempotency_store_lead(struct db *db, const struct idempotency *i, struct err *e);
/* Keeps status and answer, of our claim or of the lead i->lead_id. */
int idempotency_store_answer(struct db *db, const struct idempotency *i, struct err *e);
/* Gives a claim up: the request was refused and may be corrected under the same key. */
int idempotency_store_drop(struct db *db, const struct idempotency *i, struct err *e);
int idempotency_store_expire(struct db *db, int64_t before, uint64_t *dropped_out, struct err *e);

#endif
