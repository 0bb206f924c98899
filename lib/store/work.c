#include "lib/store/work.h"

static const char sql_pick[] =
    "SELECT id, kind, tries, created_at FROM work WHERE due_at <= ? ORDER BY due_at LIMIT ? FOR UPDATE SKIP LOCKED";
static const char sql_take[] = "UPDATE work SET due_at = ?, lease = ? WHERE id = ? AND kind = ?";
/* Assignments are made in their order: due_at looks at the lease that was. */
static const char sql_add[] =
    "INSERT INTO work (id, kind, due_at, created_at) VALUES (?, ?, ?, ?)"
    " ON DUPLICATE KEY UPDATE due_at = IF(lease IS NULL, LEAST(due_at, VALUES(due_at)), due_at), lease = NULL, tries = 0";
static const char sql_add_reroute[] =
    "INSERT INTO work (id, kind, due_at, created_at) SELECT id, 1, ?, ? FROM `lead` WHERE id = ? AND reroute_until > ?"
    " AND (sold_as IS NULL OR sold_as = 2)"
    " ON DUPLICATE KEY UPDATE due_at = IF(lease IS NULL, LEAST(due_at, VALUES(due_at)), due_at), lease = NULL, tries = 0";
static const char sql_done[] = "DELETE FROM work WHERE id = ? AND kind = ? AND lease = ?";
static const char sql_later[] = "UPDATE work SET due_at = ?, lease = NULL, tries = LEAST(tries + 1, 60000) WHERE id = ? AND kind = ? AND lease = ?";
static const char sql_once_more[] = "UPDATE work SET due_at = LEAST(due_at, ?) WHERE id = ? AND kind = ? AND lease IS NULL";
static const char sql_drop[] = "DELETE FROM work WHERE id = ? AND kind = ?";
static const char sql_drop_in_hand[] =
    "DELETE FROM work WHERE id = ? AND kind = 1 AND EXISTS (SELECT 1 FROM `lead` WHERE `lead`.id = work.id AND `lead`.state = 1)";

static const struct lease_queue queue = { sql_pick, sql_take, 2 };

int work_add(struct db *db, enum work_kind kind, struct id id, int64_t due_at, int64_t now, struct err *e)
{
	return db_exec(db, sql_add, DB_ARGS(DB_ID(id), DB_I(kind), DB_T(due_at), DB_T(now)), NULL, e);
}

int work_add_reroute(struct db *db, struct id lead_id, int64_t now, struct err *e)
{
	return db_exec(db, sql_add_reroute, DB_ARGS(DB_T(now), DB_T(now), DB_ID(lead_id), DB_T(now)), NULL, e);
}

int work_take(struct db *db, struct arena *a, int limit, int64_t now, int64_t until, struct work_row **out, size_t *n_out, struct err *e)
{
	struct db_rows rows;
	struct id token;

	if (lease_take(db, a, &queue, limit, now, until, &token, &rows, e) != 0)
		return -1;
	*out = arena_array_of(a, rows.n, struct work_row);
	*n_out = rows.n;
	for (size_t i = 0; i < rows.n; i++) {
		const struct db_col *c = db_at(&rows, i, 0);

		(*out)[i] = (struct work_row){ .id = db_id(&c[0]), .kind = (enum work_kind)c[1].i, .tries = (int)c[2].i, .created_at = c[3].i,
			.lease = token };
	}
	return 0;
}

static enum found changed(struct db *db, const char *sql, const struct db_arg *args, size_t n, struct err *e)
{
	uint64_t rows;

	if (db_exec(db, sql, args, n, &rows, e) != 0)
		return FOUND_ERR;
	return rows > 0 ? FOUND_YES : FOUND_NO;
}

enum found work_done(struct db *db, const struct work_row *w, struct err *e)
{
	return changed(db, sql_done, DB_ARGS(DB_ID(w->id), DB_I(w->kind), DB_ID(w->lease)), e);
}

enum found work_later(struct db *db, const struct work_row *w, int64_t due_at, struct err *e)
{
	return changed(db, sql_later, DB_ARGS(DB_T(due_at), DB_ID(w->id), DB_I(w->kind), DB_ID(w->lease)), e);
}

int work_once_more(struct db *db, const struct work_row *w, int64_t now, struct err *e)
{
	return db_exec(db, sql_once_more, DB_ARGS(DB_T(now), DB_ID(w->id), DB_I(w->kind)), NULL, e);
}

int work_drop(struct db *db, enum work_kind kind, struct id id, struct err *e)
{
	return db_exec(db, sql_drop, DB_ARGS(DB_ID(id), DB_I(kind)), NULL, e);
}

int work_drop_in_hand(struct db *db, struct id lead_id, struct err *e)
{
	return db_exec(db, sql_drop_in_hand, DB_ARGS(DB_ID(lead_id)), NULL, e);
}
