#include "lib/store/key.h"

#include "lib/base/clock.h"
#include "lib/store/config.h"

static const char sql_seller[] = "SELECT id FROM seller WHERE name = ? AND archived_at IS NULL";
static const char sql_insert[] =
    "INSERT INTO api_key (id, hash, seller_id, sandbox, must_sign, scopes, name, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)";
static const char sql_list[] =
    "SELECT k.id, k.hash, k.seller_id, COALESCE(s.name, ''), k.sandbox, k.must_sign, k.scopes, k.name, k.created_at, k.revoked_at,"
    " k.last_used_at FROM api_key k LEFT JOIN seller s ON s.id = k.seller_id WHERE k.revoked_at IS NULL OR ? ORDER BY k.created_at, k.id";
static const char sql_revoke[] = "UPDATE api_key SET revoked_at = ? WHERE id = ? AND revoked_at IS NULL";
static const char sql_sign[] = "UPDATE api_key SET must_sign = ? WHERE id = ? AND revoked_at IS NULL";
static const char sql_signing[] =
    "INSERT INTO signing_secret (owner_kind, owner, sealed, updated_at) VALUES ('api_key', ?, ?, ?)"
    " ON DUPLICATE KEY UPDATE previous = signing_secret.sealed, sealed = VALUES(sealed), updated_at = VALUES(updated_at)";

struct change {
	const struct key_row *row;     /* key_insert */
	struct str id, sealed;
	bool must_sign;
};

/* Each change is one transaction with the count that workers watch; fn returns 1 when there was nothing to change. */
static enum found change(struct db *db, int (*fn)(struct db *db, void *ctx, struct err *e), struct change *w, struct err *e)
{
	int r = db_transact(db, fn, w, e);

	return r < 0 ? FOUND_ERR : r == 0 ? FOUND_YES : FOUND_NO;
}

static enum found seller_id(struct db *db, struct str seller, int64_t *out, struct err *e)
{
	struct arena *a = arena_new(64 * 1024);
	struct db_rows rows;
	enum found found = db_find(db, a, sql_seller, DB_ARGS(DB_S(seller)), &rows, e);

	*out = found == FOUND_YES ? rows.list[0].i : 0;
	arena_free(&a);
	return found;
}

static int insert(struct db *db, void *ctx, struct err *e)
{
	const struct key_row *row = ((struct change *)ctx)->row;
	enum found found = FOUND_YES;
	int64_t seller = 0;

	if (row->seller.n > 0)
		found = seller_id(db, row->seller, &seller, e);
	if (found != FOUND_YES)
		return found == FOUND_NO ? 1 : -1;
	if (db_exec(db, sql_insert,
		DB_ARGS(DB_S(row->id), DB_B(row->hash, sizeof(row->hash)), DB_I(seller), DB_I(row->sandbox), DB_I(row->must_sign),
		    DB_I(row->scopes), DB_S(row->name), DB_T(clock_wall_us())),
		NULL, e) != 0)
		return -1;
	return config_touch(db, e);
}

enum found key_insert(struct db *db, const struct key_row *row, struct err *e)
{
	return change(db, insert, &(struct change){ .row = row }, e);
}

int key_list(struct db *db, struct arena *a, bool all, struct key_row **out, size_t *n_out, struct err *e)
{
	struct db_rows rows;

	if (db_query(db, a, sql_list, DB_ARGS(DB_I(all)), &rows, e) != 0)
		return -1;
	*out = arena_array_of(a, rows.n, struct key_row);
	*n_out = rows.n;
	for (size_t i = 0; i < rows.n; i++) {
		const struct db_col *c = db_at(&rows, i, 0);
		struct key_row *k = &(*out)[i];

		*k = (struct key_row){ .id = c[0].s, .seller_id = (uint32_t)c[2].i, .seller = c[3].s, .sandbox = c[4].i != 0,
			.must_sign = c[5].i != 0, .scopes = (unsigned)c[6].i, .name = c[7].s, .created_at = c[8].i,
			.revoked_at = c[9].null ? 0 : c[9].i, .last_used_at = c[10].null ? 0 : c[10].i };
		if (c[1].s.n == sizeof(k->hash))
			memcpy(k->hash, c[1].s.p, sizeof(k->hash));
	}
	return 0;
}

static int revoke(struct db *db, void *ctx, struct err *e)
{
	const struct change *w = ctx;
	uint64_t found;

	if (db_exec(db, sql_revoke, DB_ARGS(DB_T(clock_wall_us()), DB_S(w->id)), &found, e) != 0)
		return -1;
	return found > 0 ? config_touch(db, e) : 1;
}

enum found key_revoke(struct db *db, struct str id, struct err *e)
{
	return change(db, revoke, &(struct change){ .id = id }, e);
}

static int keep_signing_secret(struct db *db, void *ctx, struct err *e)
{
	const struct change *w = ctx;
	uint64_t found;

	if (db_exec(db, sql_sign, DB_ARGS(DB_I(w->must_sign), DB_S(w->id)), &found, e) != 0)
		return -1;
	if (found == 0)
		return 1;
	if (db_exec(db, sql_signing, DB_ARGS(DB_S(w->id), DB_B(w->sealed.p, w->sealed.n), DB_T(clock_wall_us())), NULL, e) != 0)
		return -1;
	return config_touch(db, e);
}

enum found key_signing_secret(struct db *db, struct arena *a, const struct keyring *keys, struct str id, bool must_sign, struct str *out, struct err *e)
{
	struct str place = arena_printf(a, "api_key/%.*s/signing", STR_ARG(id));
	struct change w = { .id = id, .must_sign = must_sign };

	*out = webhook_secret_make(a);
	w.sealed = crypt_seal(a, keys->master, place, *out);
	return change(db, keep_signing_secret, &w, e);
}
