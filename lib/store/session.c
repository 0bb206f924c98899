#include "lib/store/session.h"

#define MINUTE_US INT64_C(60000000)

static const char sql_user[] =
    "SELECT id, name, role, password_hash, created_at FROM user WHERE name = ? AND disabled_at IS NULL";
static const char sql_insert[] =
    "INSERT INTO session (token_hash, user_id, csrf, created_at, seen_at, expires_at) VALUES (?, ?, ?, ?, ?, ?)";
static const char sql_find[] =
    "SELECT s.user_id, u.name, u.role, s.csrf, s.created_at, s.seen_at, s.expires_at FROM session s JOIN user u ON u.id = s.user_id"
    " WHERE s.token_hash = ? AND s.expires_at > ? AND s.seen_at > ? AND u.disabled_at IS NULL";
static const char sql_seen[] = "UPDATE session SET seen_at = ? WHERE token_hash = ?";
static const char sql_delete[] = "DELETE FROM session WHERE token_hash = ?";
static const char sql_expire[] = "DELETE FROM session WHERE expires_at < ? LIMIT 1000";

enum found session_user_find(struct db *db, struct arena *a, struct str name, struct user_row *out, struct err *e)
{
	struct db_rows rows;
	enum found found = db_find(db, a, sql_user, DB_ARGS(DB_S(name)), &rows, e);
	const struct db_col *c = rows.list;

	if (found == FOUND_YES)
		*out = (struct user_row){ .id = (uint32_t)c[0].i, .name = c[1].s, .role = c[2].s, .password_hash = c[3].s, .created_at = c[4].i };
	return found;
}

int session_store_insert(struct db *db, const struct session_row *r, struct err *e)
{
	return db_exec(db, sql_insert,
	    DB_ARGS(DB_B(r->token_hash, 32), DB_I(r->user_id), DB_S(r->csrf), DB_T(r->created_at), DB_T(r->seen_at), DB_T(r->expires_at)),
	    NULL, e);
}

enum found session_store_find(struct db *db, struct arena *a, const uint8_t token_hash[32], int64_t now, int64_t idle_after,
    struct session_row *out, struct err *e)
{
	struct db_rows rows;
	enum found found = db_find(db, a, sql_find, DB_ARGS(DB_B(token_hash, 32), DB_T(now), DB_T(idle_after)), &rows, e);
	const struct db_col *c = rows.list;

	if (found != FOUND_YES)
		return found;
	*out = (struct session_row){ .user_id = (uint32_t)c[0].i, .user = c[1].s, .role = c[2].s, .csrf = c[3].s, .created_at = c[4].i,
		.seen_at = c[5].i, .expires_at = c[6].i };
	memcpy(out->token_hash, token_hash, 32);
	/* Once a minute is often enough to know that somebody is there. */
	if (now - out->seen_at > MINUTE_US && db_exec(db, sql_seen, DB_ARGS(DB_T(now), DB_B(token_hash, 32)), NULL, e) != 0)
		return FOUND_ERR;
	return FOUND_YES;
}

int session_store_delete(struct db *db, const uint8_t token_hash[32], struct err *e)
{
	return db_exec(db, sql_delete, DB_ARGS(DB_B(token_hash, 32)), NULL, e);
}

int session_store_expire(struct db *db, int64_t now, struct err *e)
{
	return db_exec(db, sql_expire, DB_ARGS(DB_T(now)), NULL, e);
}
