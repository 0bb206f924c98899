#include "lib/store/key.h"

#include "lib/base/clock.h"

static const char sql_seller[] = "SELECT id FROM seller WHERE name = ? AND archived_at IS NULL";
static const char sql_insert[] =
    "INSERT INTO api_key (id, hash, seller_id, sandbox, must_sign, scopes, name, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)";
static const char sql_list[] =
    "SELECT k.id, k.hash, k.seller_id, COALESCE(s.name, ''), k.sandbox, k.must_sign, k.scopes, k.name, k.created_at, k.revoked_at,"
    " k.last_used_at FROM api_key k LEFT JOIN seller s ON s.id = k.seller_id WHERE k.revoked_at IS NULL OR ? ORDER BY k.created_at, k.id";
static const char sql_revoke[] = "UPDATE api_key SET revoked_at = ? WHERE id = ? AND revoked_at IS NULL";
static const char sql_sign[] = "UPDATE api_key SET must_sign = ? WHERE id = ? AND revoked_at IS NULL";
static const char sql_known[] = "SELECT 1 FROM api_key WHERE id = ? AND revoked_at IS NULL";
static const char sql_signing[] =
    "INSERT INTO signing_secret (owner_kind, owner, sealed, updated_at) VALUES ('api_key', ?, ?, ?)"
    " ON DUPLICATE KEY UPDATE previous = signing_secret.sealed, sealed = VALUES(sealed), updated_at = VALUES(updated_at)";
/* Workers look again when it changes. */
static const char sql_touch[] = "UPDATE config_state SET changes = changes + 1 WHERE id = 1";

enum found key_insert(struct db *db, const struct key_row *row, struct err *e)
{
	struct arena *a = arena_new(64 * 1024);
	struct db_rows rows;
	enum found found = FOUND_YES;
	uint32_t seller_id = 0;

	if (row->seller.n > 0) {
		found = db_find(db, a, sql_seller, DB_ARGS(DB_S(row->seller)), &rows, e);
		if (found == FOUND_YES)
			seller_id = (uint32_t)rows.list[0].i;
	}
	if (found == FOUND_YES &&
	    (db_exec(db, sql_insert,
		 DB_ARGS(DB_S(row->id), DB_B(row->hash, sizeof(row->hash)), DB_I(seller_id), DB_I(row->sandbox), DB_I(row->must_sign),
		     DB_I(row->scopes), DB_S(row->name), DB_T(clock_wall_us())),
		 NULL, e) != 0 ||
		db_exec(db, sql_touch, NULL, 0, NULL, e) != 0))
		found = FOUND_ERR;
	arena_free(&a);
	return found;
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

enum found key_revoke(struct db *db, struct str id, struct err *e)
{
	uint64_t changed;

	if (db_exec(db, sql_revoke, DB_ARGS(DB_T(clock_wall_us()), DB_S(id)), &changed, e) != 0)
		return FOUND_ERR;
	if (changed == 0)
		return FOUND_NO;
	return db_exec(db, sql_touch, NULL, 0, NULL, e) == 0 ? FOUND_YES : FOUND_ERR;
}

enum found key_signing_secret(struct db *db, struct arena *a, const struct keyring *keys, struct str id, bool must_sign, struct str *out, struct err *e)
{
	struct str secret = webhook_secret_make(a), place = arena_printf(a, "api_key/%.*s/signing", STR_ARG(id));
	struct str sealed = crypt_seal(a, keys->master, place, secret);
	struct db_rows rows;
	enum found found = db_find(db, a, sql_known, DB_ARGS(DB_S(id)), &rows, e);

	if (found != FOUND_YES)
		return found;
	if (db_exec(db, sql_sign, DB_ARGS(DB_I(must_sign), DB_S(id)), NULL, e) != 0 ||
	    db_exec(db, sql_signing, DB_ARGS(DB_S(id), DB_B(sealed.p, sealed.n), DB_T(clock_wall_us())), NULL, e) != 0 ||
	    db_exec(db, sql_touch, NULL, 0, NULL, e) != 0)
		return FOUND_ERR;
	*out = secret;
	return FOUND_YES;
}
