/*
 * store/signing_secret: secrets of Standard Webhooks and tokens, sealed. owner_kind says whose and what for: "buyer_postback", "buyer_token",
 * "seller_webhook", "alert_webhook"; owner is that object's key. The secret before the current one stays valid until the next rotation.
 */
#ifndef GAVEL_STORE_SIGNING_SECRET_H
#define GAVEL_STORE_SIGNING_SECRET_H

#include "lib/base/map.h"
#include "lib/crypt/crypt.h"
#include "lib/db/db.h"

/* The first secret of an owner; one that is there already stays. */
int signing_secret_make(struct db *db, struct arena *a, const struct keyring *keys, const char *owner_kind, struct str owner, struct err *e);
/* What an owner signs with: the one before stays good until the next rotation. */
struct signing_pair {
	struct str current, previous; /* previous: p NULL when there is none */
};

/* All of one kind, by owner: owner -> struct signing_pair *, in a. */
int signing_secret_list(struct db *db, struct arena *a, const struct keyring *keys, const char *owner_kind, struct map **out, struct err *e);
/* FOUND_NO: the owner has none yet; *out is then empty. */
enum found signing_secret_get(struct db *db, struct arena *a, const struct keyring *keys, const char *owner_kind, struct str owner,
    struct signing_pair *out, struct err *e);
/* What is signed with: the one before takes part for a day after it was replaced, so that receivers can change over in their own time. */
#define SIGNING_OVERLAP_US (INT64_C(24) * 3600 * 1000000)
enum found signing_secret_sending(struct db *db, struct arena *a, const struct keyring *keys, const char *owner_kind, struct str owner,
    int64_t now, struct signing_pair *out, struct err *e);
/* Makes a new one; the one before stays valid as previous. ERR_NOT_FOUND when the owner has none yet. */
int signing_secret_rotate(struct db *db, struct arena *a, const struct keyring *keys, const char *owner_kind, struct str owner,
    struct str *out, struct err *e);

#endif
