#include "lib/store/turn.h"

static const char sql_next[] =
    "INSERT INTO turn (campaign_id, sandbox, contract_id, taken) VALUES (?, ?, 0, 1) ON DUPLICATE KEY UPDATE taken = taken + 1";
static const char sql_list[] = "SELECT contract_id, taken FROM turn WHERE campaign_id = ? AND sandbox = ? ORDER BY contract_id";
static const char sql_give[] =
    "INSERT INTO turn (campaign_id, sandbox, contract_id, taken) VALUES (?, ?, ?, ?) ON DUPLICATE KEY UPDATE taken = VALUES(taken)";

int turn_store_next(struct db *db, uint32_t campaign_id, bool sandbox, struct err *e)
{
	return db_exec(db, sql_next, DB_ARGS(DB_I(campaign_id), DB_I(sandbox)), NULL, e);
}

int turn_store_list(struct db *db, struct arena *a, uint32_t campaign_id, bool sandbox, struct turn_row **out, size_t *n_out, struct err *e)
{
	struct db_rows rows;

	if (db_query(db, a, sql_list, DB_ARGS(DB_I(campaign_id), DB_I(sandbox)), &rows, e) != 0)
		return -1;
	*out = arena_array_of(a, rows.n, struct turn_row);
	*n_out = rows.n;
	for (size_t i = 0; i < rows.n; i++)
		(*out)[i] = (struct turn_row){ (uint32_t)db_at(&rows, i, 0)->i, (uint64_t)db_at(&rows, i, 1)->i };
	return 0;
}

int turn_store_give(struct db *db, uint32_t campaign_id, bool sandbox, const struct turn_row *row, struct err *e)
{
	return db_exec(db, sql_give, DB_ARGS(DB_I(campaign_id), DB_I(sandbox), DB_I(row->contract_id), DB_I((int64_t)row->taken)), NULL, e);
}
