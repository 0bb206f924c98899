/*
 * store/config: the versions of the configuration document, the numbers that rows know its objects by, and what belongs to an instance
 * but never to the document: buyers' sealed secrets.
 */
#ifndef GAVEL_STORE_CONFIG_H
#define GAVEL_STORE_CONFIG_H

#include "lib/base/map.h"
#include "lib/base/value.h"
#include "lib/crypt/crypt.h"
#include "lib/db/db.h"

/* For struct db_epoch. */
extern const char config_epoch_sql[];

struct config_version {
	int64_t version;        /* 0: none applied yet */
	int64_t created_at;     /* UTC microseconds */
	struct str author;      /* "ctl:root", "user:ann", "key:AbCd1234" */
	struct str document;    /* JSON text; empty in lists */
};

/* Two numbers that change whenever workers must look again: the version in force, and a count of changes to keys and secrets. */
struct config_marks {
	int64_t version, changes;
};

int config_marks_read(struct db *db, struct config_marks *out, struct err *e);
/* Counts one change more: in the transaction of each change to a key or a secret. */
int config_touch(struct db *db, struct err *e);
/* The version in force (FOUND_NO: nothing applied yet). */
enum found config_current(struct db *db, struct arena *a, struct config_version *out, struct err *e);
enum found config_get(struct db *db, struct arena *a, int64_t version, struct config_version *out, struct err *e);
/* Newest first, without documents. */
int config_list(struct db *db, struct arena *a, struct config_version **out, size_t *n_out, struct err *e);

enum named_kind { NAMED_CAMPAIGN, NAMED_SELLER, NAMED_BUYER, NAMED_CONTRACT, NAMED_CHANNEL, NAMED_FORM, NAMED__N };
struct named {
	enum named_kind kind;
	struct str key;
	struct str owner;  /* a contract's buyer; empty otherwise */
};

/*
 * Makes `document` the version in force, in one transaction: base is the version it was made from (0: none); when another came between,
 * ERR_CONFLICT and nothing is changed. Objects named get their numbers (an archived one returns); known ones that are not named are
 * archived, never deleted. New buyers and sellers with webhooks get their secrets made.
 */
int config_apply(struct db *db, const struct keyring *keys, int64_t base, struct str document, struct str author, const struct named *objects,
    size_t n, int64_t *version_out, struct err *e);

/* Numbers by key, for catalog_names; archived ones are left out, unless `ever`: for versions before. value = (void *)(uintptr_t)id. */
int config_names(struct db *db, struct arena *a, bool ever, struct map *maps_out[NAMED__N], struct err *e);

/* Buyers' secrets, unsealed: buyer key -> struct value * (object of texts). */
int config_secrets(struct db *db, struct arena *a, const struct keyring *keys, struct map **out, struct err *e);
/* Seals and keeps one; FOUND_NO when there is no such buyer. */
enum found config_secret_set(struct db *db, const struct keyring *keys, struct str buyer, struct str name, struct str value, struct err *e);

#endif
