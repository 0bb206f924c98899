/*
 * store/idempotency: a POST under an Idempotency-Key runs once; kept for 24 hours. owner is who called ("seller:12").
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
	int64_t created_at;
};

/* ERR_DB_DUPLICATE: the name is in use; find it. */
int idempotency_store_claim(struct db *db, const struct idempotency *i, struct err *e);
enum found idempotency_store_find(struct db *db, struct arena *a, struct str owner, struct str name, struct idempotency *out, struct err *e);
/* Takes over a claim without an answer that is older than `before` (its process died). */
enum found idempotency_store_retake(struct db *db, const struct idempotency *i, int64_t before, struct err *e);
int idempotency_store_answer(struct db *db, struct str owner, struct str name, int status, struct str answer, struct err *e);
/* Gives a claim up: the request was refused and may be corrected under the same key. */
int idempotency_store_drop(struct db *db, struct str owner, struct str name, struct err *e);
int idempotency_store_expire(struct db *db, int64_t before, uint64_t *dropped_out, struct err *e);

#endif
