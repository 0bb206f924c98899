/*
 * snapshot: the catalog in force, and the keys and secrets that callers show, as workers hold them: immutable, swapped by one thread when the version
 * row changes (within a second), referenced by requests.
 */
#ifndef GAVEL_CATALOG_SNAPSHOT_H
#define GAVEL_CATALOG_SNAPSHOT_H

#include "lib/base/err.h"
#include "lib/base/newest.h"
#include "lib/catalog/catalog.h"
#include "lib/crypt/crypt.h"

enum scope_bits { SCOPE_PING = 1, SCOPE_POST = 2, SCOPE_REPORT = 4, SCOPE_LEADS = 8, SCOPE_PRIVACY = 16, SCOPE_ADMIN = 32 };

struct api_key {
	char id[9];
	uint8_t hash[32];
	const struct seller *seller;  /* NULL: an operator's key (--admin) */
	bool sandbox;
	unsigned scopes;
	bool must_sign;
};

struct snapshot {
	struct held held;             /* private: references */
	struct catalog *catalog;
	const struct map *keys;       /* key id -> struct api_key * */
	struct map *postback_secrets, *postback_tokens; /* buyer key -> struct signing_pair * (store/signing_secret) */
};

struct db;
struct db_pool;
struct snapshots;

/* Loads the configuration in force and starts the thread that watches for a newer one. */
int snapshots_open(struct db_pool *pool, const struct keyring *keys, struct snapshots **out, struct err *e);
void snapshots_close(struct snapshots **sp);
/* A reference to the newest; never NULL. */
struct snapshot *snapshot_take(struct snapshots *s);
void snapshot_give(struct snapshot **sp);
/* True while the watching thread has seen the database within the last 5 seconds. */
bool snapshots_fresh(const struct snapshots *s);

/*
 * The catalog of any version, for explanations and replays: archived objects have their numbers, buyers' secrets are left out.
 * ERR_NOT_FOUND: there is no such version. To be freed with catalog_free.
 */
int catalog_of_version(struct db *db, int64_t version, struct catalog **out, struct err *e);

/* One load, for tools: not watched. */
int snapshot_load(struct db *db, const struct keyring *keys, struct snapshot **out, struct err *e);

#endif
