/*
 * store/key: API keys. What is kept is the key's id and a keyed hash; the key itself is shown once.
 */
#ifndef GAVEL_STORE_KEY_H
#define GAVEL_STORE_KEY_H

#include <stdbool.h>

#include "lib/crypt/crypt.h"
#include "lib/db/db.h"

struct key_row {
	struct str id;          /* 8 characters */
	uint8_t hash[32];
	struct str seller;      /* key of the seller; empty: an operator's */
	uint32_t seller_id;
	bool sandbox, must_sign;
	unsigned scopes;        /* catalog/snapshot.h: scope_bits */
	struct str name;
	int64_t created_at, revoked_at, last_used_at; /* 0: never */
};

/* seller empty: an operator's key. FOUND_NO: no such seller. */
enum found key_insert(struct db *db, const struct key_row *row, struct err *e);
/* Every key, revoked ones too when all. */
int key_list(struct db *db, struct arena *a, bool all, struct key_row **out, size_t *n_out, struct err *e);
/* FOUND_NO: no such key, or revoked already. */
enum found key_revoke(struct db *db, struct str id, struct err *e);
/* Gives the key a signing secret, sealed (whsec_...). */
enum found key_signing_secret(struct db *db, struct arena *a, const struct keyring *keys, struct str id, bool must_sign, struct str *out, struct err *e);

#endif
