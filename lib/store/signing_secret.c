#include "lib/store/signing_secret.h"

#include "lib/base/clock.h"
#include "lib/store/config.h"

static const char sql_make[] = "INSERT IGNORE INTO signing_secret (owner_kind, owner, sealed, updated_at) VALUES (?, ?, ?, ?)";
static const char sql_get[] = "SELECT sealed, previous FROM signing_secret WHERE owner_kind = ? AND owner = ?";
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

enum found signing_secret_get(struct db *db, struct arena *a, const struct keyring *keys, const char *owner_kind, struct str owner,
    struct str *current_out, struct str *previous_out, struct err *e)
{
	struct str place = place_of(a, owner_kind, owner);
	struct db_rows rows;
	enum found found = db_find(db, a, sql_get, DB_ARGS(DB_S(str_of(owner_kind)), DB_S(owner)), &rows, e);

	if (previous_out != NULL)
		*previous_out = (struct str){ NULL, 0 };
	if (found != FOUND_YES)
		return found;
	if (crypt_unseal(a, keys->master, place, rows.list[0].s, current_out, e) != 0)
		return FOUND_ERR;
	if (previous_out != NULL && !rows.list[1].null && crypt_unseal(a, keys->master, place, rows.list[1].s, previous_out, e) != 0)
		return FOUND_ERR;
	return FOUND_YES;
}

enum found signing_secret_sending(struct db *db, struct arena *a, const struct keyring *keys, const char *owner_kind, struct str owner,
    int64_t now, struct str *current_out, struct str *previous_out, struct err *e)
{
	struct str place = place_of(a, owner_kind, owner);
	struct db_rows rows;
	enum found found = db_find(db, a, sql_sending, DB_ARGS(DB_T(now - SIGNING_OVERLAP_US), DB_S(str_of(owner_kind)), DB_S(owner)), &rows, e);

	*previous_out = (struct str){ NULL, 0 };
	if (found != FOUND_YES)
		return found;
	if (crypt_unseal(a, keys->master, place, rows.list[0].s, current_out, e) != 0 ||
	    (!rows.list[1].null && crypt_unseal(a, keys->master, place, rows.list[1].s, previous_out, e) != 0))
		return FOUND_ERR;
	return FOUND_YES;
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
