#include "lib/store/migration.h"

static const char sql_table[] =
    "CREATE TABLE IF NOT EXISTS schema_migration ("
    " version INT UNSIGNED NOT NULL,"
    " name VARCHAR(255) NOT NULL,"
    " sha256 BINARY(32) NOT NULL,"
    " started_at DATETIME(6) NOT NULL,"
    " ended_at DATETIME(6) NULL,"
    " PRIMARY KEY (version)"
    ") ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin";
static const char sql_there[] =
    "SELECT 1 FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name = 'schema_migration'";
static const char sql_list[] = "SELECT version, name, sha256, started_at, ended_at FROM schema_migration ORDER BY version";
static const char sql_begin[] =
    "INSERT INTO schema_migration (version, name, sha256, started_at) VALUES (?, ?, ?, ?)"
    " ON DUPLICATE KEY UPDATE name = VALUES(name), sha256 = VALUES(sha256), started_at = VALUES(started_at)";
static const char sql_end[] = "UPDATE schema_migration SET ended_at = ? WHERE version = ?";

int migration_store_prepare(struct db *db, struct err *e)
{
	return db_script(db, STR(sql_table), e);
}

int migration_store_list(struct db *db, struct arena *a, struct migration_row **out, size_t *n_out, struct err *e)
{
	struct db_rows rows;
	enum found there = db_find(db, a, sql_there, NULL, 0, &rows, e);

	*out = NULL;
	*n_out = 0;
	if (there != FOUND_YES)
		return there == FOUND_NO ? 0 : -1;
	if (db_query(db, a, sql_list, NULL, 0, &rows, e) != 0)
		return -1;
	*out = arena_array_of(a, rows.n, struct migration_row);
	*n_out = rows.n;
	for (size_t i = 0; i < rows.n; i++) {
		const struct db_col *c = db_at(&rows, i, 0);
		struct migration_row *r = &(*out)[i];

		*r = (struct migration_row){ .version = (int)c[0].i, .name = c[1].s, .started_at = c[3].i, .ended_at = c[4].null ? 0 : c[4].i };
		if (c[2].s.n == sizeof(r->sha256))
			memcpy(r->sha256, c[2].s.p, sizeof(r->sha256));
	}
	return 0;
}

int migration_store_begin(struct db *db, const struct migration_row *row, struct err *e)
{
	return db_exec(db, sql_begin,
	    DB_ARGS(DB_I(row->version), DB_S(row->name), DB_B(row->sha256, sizeof(row->sha256)), DB_T(row->started_at)), NULL, e);
}

int migration_store_end(struct db *db, int version, int64_t ended_at, struct err *e)
{
	return db_exec(db, sql_end, DB_ARGS(DB_T(ended_at), DB_I(version)), NULL, e);
}
