#include "lib/store/return_request.h"

#define COLUMNS "id, sale_id, lead_id, buyer_id, seller_id, state, reason, requested_at, decided_at, decided_by, note"

static const char sql_insert[] = "INSERT INTO return_request (" COLUMNS ") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
static const char sql_find[] = "SELECT " COLUMNS " FROM return_request WHERE id = ?";
static const char sql_find_by_sale[] = "SELECT " COLUMNS " FROM return_request WHERE sale_id = ?";
static const char sql_decide[] =
    "UPDATE return_request SET state = ?, decided_at = ?, decided_by = ?, note = ? WHERE id = ? AND state = 1";
static const char sql_close[] =
    "UPDATE return_request SET state = 4, decided_at = ?, decided_by = ?, note = ? WHERE sale_id = ? AND state = 1";
static const char sql_list[] = "SELECT " COLUMNS " FROM return_request WHERE state = ? ORDER BY id LIMIT ?";
/* Changes nothing, and holds the rows for the rest of the transaction: a buyer that has sales has an account. */
static const char sql_lock_buyer[] = "UPDATE ledger_account SET held = held WHERE kind = 'buyer' AND owner_id = ?";
/* Sale states 3, 5, 6 are accepted, returned, converted. Requests that are open count: many at once must not slip through together. */
static const char sql_count[] =
    "SELECT COUNT(*), COALESCE(CAST(SUM(s.state = 5 OR r.state = 1) AS SIGNED), 0) FROM sale s"
    " LEFT JOIN return_request r ON r.sale_id = s.id WHERE s.buyer_id = ? AND s.id >= ? AND s.state IN (3, 5, 6) AND s.sandbox = 0";

static const char *const state_names[] = { "", "requested", "approved", "denied", "closed" };

const char *return_state_name(enum return_state s)
{
	return s >= RETURN_REQUESTED && s < RETURN__N ? state_names[s] : "unknown";
}

static struct db_arg text_or_null(struct str s)
{
	return s.p == NULL ? DB_N() : DB_S(s);
}

int return_request_insert(struct db *db, const struct return_row *r, struct err *e)
{
	return db_exec(db, sql_insert,
	    DB_ARGS(DB_ID(r->id), DB_ID(r->sale_id), DB_ID(r->lead_id), DB_I(r->buyer_id), DB_I(r->seller_id), DB_I(r->state),
		text_or_null(r->reason), DB_T(r->requested_at), r->decided_at == 0 ? DB_N() : DB_T(r->decided_at), text_or_null(r->decided_by),
		text_or_null(r->note)),
	    NULL, e);
}

static void read_row(const struct db_col *c, struct return_row *out)
{
	*out = (struct return_row){ .id = db_id(&c[0]), .sale_id = db_id(&c[1]), .lead_id = db_id(&c[2]), .buyer_id = (uint32_t)c[3].i,
		.seller_id = (uint32_t)c[4].i, .state = (enum return_state)c[5].i, .reason = c[6].s, .requested_at = c[7].i,
		.decided_at = c[8].null ? 0 : c[8].i, .decided_by = c[9].s, .note = c[10].s };
}

static enum found find(struct db *db, struct arena *a, const char *sql, struct id id, struct return_row *out, struct err *e)
{
	struct db_rows rows;
	enum found found = db_find(db, a, sql, DB_ARGS(DB_ID(id)), &rows, e);

	if (found == FOUND_YES)
		read_row(rows.list, out);
	return found;
}

enum found return_request_find(struct db *db, struct arena *a, struct id id, struct return_row *out, struct err *e)
{
	return find(db, a, sql_find, id, out, e);
}

enum found return_request_find_by_sale(struct db *db, struct arena *a, struct id sale_id, struct return_row *out, struct err *e)
{
	return find(db, a, sql_find_by_sale, sale_id, out, e);
}

enum found return_request_decide(struct db *db, struct id id, enum return_state to, struct str by, struct str note, int64_t now, struct err *e)
{
	uint64_t changed;

	if (db_exec(db, sql_decide, DB_ARGS(DB_I(to), DB_T(now), DB_S(by), text_or_null(note), DB_ID(id)), &changed, e) != 0)
		return FOUND_ERR;
	return changed > 0 ? FOUND_YES : FOUND_NO;
}

enum found return_request_close(struct db *db, struct id sale_id, struct str by, struct str note, int64_t now, struct err *e)
{
	uint64_t changed;

	if (db_exec(db, sql_close, DB_ARGS(DB_T(now), DB_S(by), DB_S(note), DB_ID(sale_id)), &changed, e) != 0)
		return FOUND_ERR;
	return changed > 0 ? FOUND_YES : FOUND_NO;
}

int return_request_list(struct db *db, struct arena *a, enum return_state state, int limit, struct return_row **out, size_t *n_out,
    struct err *e)
{
	struct db_rows rows;

	if (db_query(db, a, sql_list, DB_ARGS(DB_I(state), DB_I(limit)), &rows, e) != 0)
		return -1;
	*out = arena_array_of(a, rows.n, struct return_row);
	*n_out = rows.n;
	for (size_t i = 0; i < rows.n; i++)
		read_row(db_at(&rows, i, 0), &(*out)[i]);
	return 0;
}

int return_request_count(struct db *db, struct arena *a, uint32_t buyer_id, int64_t since, struct return_counts *out, struct err *e)
{
	struct db_rows rows;

	*out = (struct return_counts){ 0 };
	if (db_exec(db, sql_lock_buyer, DB_ARGS(DB_I(buyer_id)), NULL, e) != 0)
		return -1;
	if (db_find(db, a, sql_count, DB_ARGS(DB_I(buyer_id), DB_ID(id_first(since / 1000))), &rows, e) != FOUND_YES)
		return -1;
	*out = (struct return_counts){ rows.list[0].i, rows.list[1].i };
	return 0;
}
