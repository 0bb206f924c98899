/*
 * store/postback: buyers' verdicts as they came, each taken once.
 */
#ifndef GAVEL_STORE_POSTBACK_H
#define GAVEL_STORE_POSTBACK_H

#include "lib/store/sale.h"

struct postback_row {
	uint32_t buyer_id;
	struct str webhook_id;      /* p NULL: not signed */
	uint8_t event_hash[32];     /* of the buyer's event_id, else of what is said */
	uint8_t fingerprint[32];    /* of the body */
	struct id sale_id;
	struct str status, reason;  /* reason p NULL: none */
	bool has_amount;
	int64_t amount;
	int64_t at;
};

/* A verdict that changes nothing, and the event that tells of it. */
struct postback_told {
	struct postback_row row;
	struct id lead_id;
	struct sale_event event;
};

/* The sale that a buyer means. */
struct postback_sale {
	struct id sale_id, lead_id;
	enum sale_state state;
};

/* ERR_DB_DUPLICATE: its webhook_id or its event was taken before. */
int postback_store_insert(struct db *db, const struct postback_row *row, struct err *e);
/* A writer_insert; each of rows is a struct postback_told. */
int postback_store_tell(struct db *db, const void *const *rows, size_t n, struct err *e);
/* The first one of that webhook id (n > 0), else of that event. */
enum found postback_store_find(struct db *db, struct arena *a, uint32_t buyer_id, struct str webhook_id, const uint8_t event_hash[32],
    struct postback_row *out, struct err *e);

/*
 * The sale that a buyer means, of its own only: by sale, by lead (its newest that is not rejected, else its newest), or by its own ref; what is
 * not given is zero. Read without a lock.
 */
enum found postback_sale_find(struct db *db, struct arena *a, uint32_t buyer_id, struct id sale_id, struct id lead_id, struct str ref,
    struct postback_sale *out, struct err *e);
/* from -> to; a rejected one gives its slot up. FOUND_NO: it was not in `from`. */
enum found postback_sale_move(struct db *db, struct id sale_id, enum sale_state from, enum sale_state to, int64_t now, struct err *e);

#endif
