#include "lib/store/user.h"

#include "lib/base/clock.h"

static const char sql_insert[] = "INSERT INTO user (name, role, password_hash, created_at) VALUES (?, ?, ?, ?)";
static const char sql_list[] = "SELECT id, name, role, created_at, disabled_at FROM user ORDER BY name";
static const char sql_password[] = "UPDATE user SET password_hash = ? WHERE name = ?";
static const char sql_end_sessions[] = "DELETE FROM session WHERE user_id = (SELECT id FROM user WHERE name = ?)";

enum found user_insert(struct db *db, const struct user_row *row, struct err *e)
{
	struct err mine;

	if (db_exec(db, sql_insert, DB_ARGS(DB_S(row->name), DB_S(row->role), DB_S(row->password_hash), DB_T(clock_wall_us())), NULL,
		&mine) == 0)
		return FOUND_YES;
	if (mine.kind == ERR_DB_DUPLICATE)
		return FOUND_NO;
	if (e != NULL)
		*e = mine;
	return FOUND_ERR;
}

int user_list(struct db *db, struct arena *a, struct user_row **out, size_t *n_out, struct err *e)
{
	struct db_rows rows;

	if (db_query(db, a, sql_list, NULL, 0, &rows, e) != 0)
		return -1;
	*out = arena_array_of(a, rows.n, struct user_row);
	*n_out = rows.n;
	for (size_t i = 0; i < rows.n; i++) {
		const struct db_col *c = db_at(&rows, i, 0);

		(*out)[i] = (struct user_row){ .id = (uint32_t)c[0].i, .name = c[1].s, .role = c[2].s, .created_at = c[3].i,
			.disabled_at = c[4].null ? 0 : c[4].i };
	}
	return 0;
}

struct change {
	struct str name, password_hash;
};

static int set_password(struct db *db, void *ctx, struct err *e)
{
	const struct change *w = ctx;
	uint64_t found;

	if (db_exec(db, sql_password, DB_ARGS(DB_S(w->password_hash), DB_S(w->name)), &found, e) != 0)
		return -1;
	if (found == 0)
		return 1;
	return db_exec(db, sql_end_sessions, DB_ARGS(DB_S(w->name)), NULL, e);
}

enum found user_set_password(struct db *db, struct str name, struct str password_hash, struct err *e)
{
	struct change w = { name, password_hash };
	int r = db_transact(db, set_password, &w, e);

	return r < 0 ? FOUND_ERR : r == 0 ? FOUND_YES : FOUND_NO;
}
