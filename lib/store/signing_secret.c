#include "lib/store/signing_secret.h"

#include "lib/base/clock.h"
#include "lib/store/config.h"

static const char sql_make[] = "INSERT IGNORE INTO signing_secret (owner_kind, owner, sealed, updated_at) VALUES (?, ?, ?, ?)";
static const char sql_get[] = "SELECT sealed, previous FROM signing_secret WHERE owner_kind = ? AND owner = ?";
static const char sql_list[] = "SELECT owner, sealed, previous FROM signing_secret WHERE owner_kind = ?";
static const char sql_sending[] =
    "SELECT sealed, IF(updated_at > ?, previous, NULL) FROM signing_secret WHERE owner_kind = ? AND owner = ?";
static const char sql_rotate[] =
    "UPDATE signing_secret SET previous = sealed, sealed = ?, updated_at = ? WHERE owner_kind = ? AND owner = ?";

/* A sealed secret that is moved to another owner does not open. */
static struct str place_of(struct arena *a, const char *owner_kind, struct str owner)
{
	return arena_printf(a, "%s/%.*s/signing", owner_kind, STR_ARG(owner));
}

int signing_secret_make(struct db *db, struct arena *a, const struct keyring *keys, const char *owner_kind, struct str owner, struct err *e)
{
	struct str sealed = crypt_seal(a, keys->master, place_of(a, owner_kind, owner), webhook_secret_make(a));

	return db_exec(db, sql_make, DB_ARGS(DB_S(str_of(owner_kind)), DB_S(owner), DB_B(sealed.p, sealed.n), DB_T(clock_wall_us())), NULL, e);
}

static int open_pair(struct arena *a, const struct keyring *keys, struct str place, const struct db_col *sealed, struct signing_pair *out,
    struct err *e)
{
	*out = (struct signing_pair){ 0 };
	if (crypt_unseal(a, keys->master, place, sealed[0].s, &out->current, e) != 0)
		return -1;
	return sealed[1].null ? 0 : crypt_unseal(a, keys->master, place, sealed[1].s, &out->previous, e);
}

int signing_secret_list(struct db *db, struct arena *a, const struct keyring *keys, const char *owner_kind, struct map **out, struct err *e)
{
	struct db_rows rows;

	*out = map_new(a);
	if (db_query(db, a, sql_list, DB_ARGS(DB_S(str_of(owner_kind))), &rows, e) != 0)
		return -1;
	for (size_t i = 0; i < rows.n; i++) {
		const struct db_col *c = db_at(&rows, i, 0);
		struct signing_pair *pair = arena_new_of(a, struct signing_pair);

		if (open_pair(a, keys, place_of(a, owner_kind, c[0].s), &c[1], pair, e) != 0)
			return -1;
		map_put(*out, c[0].s, pair);
	}
	return 0;
}

/* Of the one row that was asked for. */
static enum found open_row(struct arena *a, const struct keyring *keys, struct str place, const struct db_rows *rows, enum found found,
    struct signing_pair *out, struct err *e)
{
	*out = (struct signing_pair){ 0 };
	if (found != FOUND_YES)
		return found;
	return open_pair(a, keys, place, rows->list, out, e) == 0 ? FOUND_YES : FOUND_ERR;
}

enum found signing_secret_get(struct db *db, struct arena *a, const struct keyring *keys, const char *owner_kind, struct str owner,
    struct signing_pair *out, struct err *e)
{
	struct db_rows rows;
	enum found found = db_find(db, a, sql_get, DB_ARGS(DB_S(str_of(owner_kind)), DB_S(owner)), &rows, e);

	return open_row(a, keys, place_of(a, owner_kind, owner), &rows, found, out, e);
}

enum found signing_secret_sending(struct db *db, struct arena *a, const struct keyring *keys, const char *owner_kind, struct str owner,
    int64_t now, struct signing_pair *out, struct err *e)
{
	struct db_rows rows;
	enum found found = db_find(db, a, sql_sending, DB_ARGS(DB_T(now - SIGNING_OVERLAP_US), DB_S(str_of(owner_kind)), DB_S(owner)), &rows, e);

	return open_row(a, keys, place_of(a, owner_kind, owner), &rows, found, out, e);
}

struct rotation {
	const char *owner_kind;
	struct str owner, sealed;
};

static int rotate(struct db *db, void *ctx, struct err *e)
{
	const struct rotation *w = ctx;
	uint64_t found;

	if (db_exec(db, sql_rotate,
		DB_ARGS(DB_B(w->sealed.p, w->sealed.n), DB_T(clock_wall_us()), DB_S(str_of(w->owner_kind)), DB_S(w->owner)), &found, e) != 0)
		return -1;
	return found > 0 ? config_touch(db, e) : 1;
}

int signing_secret_rotate(struct db *db, struct arena *a, const struct keyring *keys, const char *owner_kind, struct str owner,
    struct str *out, struct err *e)
{
	struct rotation w = { .owner_kind = owner_kind, .owner = owner };
	int r;

	*out = webhook_secret_make(a);
	w.sealed = crypt_seal(a, keys->master, place_of(a, owner_kind, owner), *out);
	r = db_transact(db, rotate, &w, e);
	return r > 0 ? err_set(e, ERR_NOT_FOUND, "there is no secret of that owner yet") : r;
}
