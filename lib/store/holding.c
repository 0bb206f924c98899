#include "lib/store/holding.h"

#include "lib/base/money.h"

#define WINDOW "owner_kind = ? AND owner_id = ? AND seller_id = ? AND counted = ? AND per = ? AND starts_at = ?"

static const char sql_take[] = "UPDATE cap_window SET leads = leads + 1, spend = spend + ?"
    " WHERE " WINDOW " AND leads < ? AND spend + ? <= ?";
/* An upsert, since it locks a row that is there as a change would: two that open a window at once wait for each other in turn. */
static const char sql_open[] = "INSERT INTO cap_window (owner_kind, owner_id, seller_id, counted, per, starts_at, leads, spend)"
    " VALUES (?, ?, ?, ?, ?, ?, 0, 0) ON DUPLICATE KEY UPDATE leads = leads";
static const char sql_level[] = "SELECT leads, spend FROM cap_window WHERE " WINDOW;
static const char sql_cap_hold[] =
    "INSERT INTO cap_hold (sale_id, owner_kind, owner_id, seller_id, counted, per, starts_at, spend) VALUES (?, ?, ?, ?, ?, ?, ?, ?)";
/* The holds are read in the order of the windows' key, so the windows are locked in it. */
static const char sql_give_back[] =
    "UPDATE cap_hold h STRAIGHT_JOIN cap_window w ON w.owner_kind = h.owner_kind AND w.owner_id = h.owner_id AND w.seller_id = h.seller_id"
    " AND w.counted = h.counted AND w.per = h.per AND w.starts_at = h.starts_at"
    " SET h.given_at = ?, w.leads = w.leads - IF(w.leads > 0, 1, 0), w.spend = GREATEST(w.spend - h.spend, 0)"
    " WHERE h.sale_id = ? AND h.given_at IS NULL AND h.counted >= ?";
/* counted 1: sales; what counts posts is not given back by a reject. */
static const char sql_given[] = "SELECT owner_kind, owner_id, seller_id, counted, per, starts_at, spend FROM cap_hold"
    " WHERE sale_id = ? AND given_at IS NOT NULL AND counted = 1 ORDER BY owner_kind, owner_id, seller_id, counted, per, starts_at LIMIT ?";
static const char sql_retake[] = "UPDATE cap_hold SET given_at = NULL WHERE sale_id = ? AND given_at IS NOT NULL AND counted = 1";

static const char sql_funds_take[] = "UPDATE ledger_account SET held = held + ?"
    " WHERE kind = 'buyer' AND owner_id = ? AND currency = ? AND balance - held - ? >= ?";
static const char sql_funds_look[] = "UPDATE ledger_account SET held = held"
    " WHERE kind = 'buyer' AND owner_id = ? AND currency = ? AND balance - held - ? >= ?";
static const char sql_funds_open[] = "INSERT INTO ledger_account (kind, owner_id, currency, balance) VALUES ('buyer', ?, ?, 0)"
    " ON DUPLICATE KEY UPDATE balance = balance";
static const char sql_funds_hold[] = "INSERT INTO funds_hold (sale_id, buyer_id, currency, amount) VALUES (?, ?, ?, ?)";
static const char sql_funds_release[] =
    "UPDATE funds_hold h STRAIGHT_JOIN ledger_account a ON a.kind = 'buyer' AND a.owner_id = h.buyer_id AND a.currency = h.currency"
    " SET h.ended_at = ?, a.held = a.held - h.amount WHERE h.sale_id = ? AND h.ended_at IS NULL";

/* Hours and days as long as clocks make them, at the most. */
static const char sql_levels[] = "SELECT owner_kind, owner_id, seller_id, counted, per, starts_at, leads, spend FROM cap_window"
    " WHERE (per = 0 AND starts_at >= ?) OR (per = 1 AND starts_at >= ?) OR (per = 2 AND starts_at >= ?)"
    " OR (per = 3 AND starts_at >= ?) OR per = 4";
static const char sql_funds[] = "SELECT owner_id, currency, balance - held FROM ledger_account WHERE kind = 'buyer'";

static const char sql_expire[] = "DELETE FROM cap_window WHERE (per = 0 AND starts_at < ?) OR (per = 1 AND starts_at < ?)"
    " OR (per = 2 AND starts_at < ?) OR (per = 3 AND starts_at < ?) LIMIT 5000";

#define HELD_WINDOW "w.owner_kind = h.owner_kind AND w.owner_id = h.owner_id AND w.seller_id = h.seller_id AND w.counted = h.counted" \
	" AND w.per = h.per AND w.starts_at = h.starts_at"
/* Read without locks, then deleted by key: windows are where everybody waits. Sale state 4 with a slot is a lost one; per 4 is a total. */
static const char sql_old[] =
    "SELECT h.sale_id, h.owner_kind, h.owner_id, h.seller_id, h.counted, h.per, h.starts_at,"
    " CAST((h.per <> 4 AND w.owner_kind IS NULL) OR (h.given_at IS NOT NULL AND NOT (s.state <=> 4 AND s.slot IS NOT NULL)) AS SIGNED)"
    " FROM (SELECT * FROM cap_hold WHERE sale_id > ? AND sale_id < ? ORDER BY sale_id LIMIT ?) h"
    " LEFT JOIN sale s ON s.id = h.sale_id LEFT JOIN cap_window w ON " HELD_WINDOW " ORDER BY h.sale_id";
static const char sql_forget[] = "DELETE FROM cap_hold WHERE sale_id = ? AND " WINDOW " AND (given_at IS NOT NULL OR per <> 4)";
static const char sql_forget_funds[] = "DELETE FROM funds_hold WHERE sale_id < ? AND ended_at IS NOT NULL ORDER BY sale_id LIMIT 5000";

enum { HOLD_COLUMNS = 8, FORGET_COLUMNS = 7, FORGET_AT_ONCE = 2000 };
#define HOUR_US INT64_C(3600000000)
#define NO_LIMIT_LEADS INT64_C(4294967295)

static enum found changed(struct db *db, const char *sql, const struct db_arg *args, size_t n, struct err *e)
{
	uint64_t rows;

	if (db_exec(db, sql, args, n, &rows, e) != 0)
		return FOUND_ERR;
	return rows > 0 ? FOUND_YES : FOUND_NO;
}

static enum found take_once(struct db *db, const struct cap_window *w, int64_t spend, struct err *e)
{
	return changed(db, sql_take,
	    DB_ARGS(DB_M(spend), DB_I(w->owner), DB_I(w->owner_id), DB_I(w->seller_id), DB_I(w->on), DB_I(w->per), DB_T(w->starts_at),
		DB_I(w->leads >= 0 ? w->leads : NO_LIMIT_LEADS), DB_M(spend), DB_M(w->spend >= 0 ? w->spend : MONEY_SUM_MAX)),
	    e);
}

enum found holding_store_take(struct db *db, const struct cap_window *w, int64_t spend, struct err *e)
{
	enum found taken = take_once(db, w, spend, e);

	/* Full, or the first of its window. */
	if (taken != FOUND_NO)
		return taken;
	if (db_exec(db, sql_open,
		DB_ARGS(DB_I(w->owner), DB_I(w->owner_id), DB_I(w->seller_id), DB_I(w->on), DB_I(w->per), DB_T(w->starts_at)), NULL, e) != 0)
		return FOUND_ERR;
	return take_once(db, w, spend, e);
}

int holding_store_level(struct db *db, struct arena *a, const struct cap_window *w, int64_t *leads_out, int64_t *spend_out, struct err *e)
{
	struct db_rows rows;
	enum found found = db_find(db, a, sql_level,
	    DB_ARGS(DB_I(w->owner), DB_I(w->owner_id), DB_I(w->seller_id), DB_I(w->on), DB_I(w->per), DB_T(w->starts_at)), &rows, e);

	*leads_out = found == FOUND_YES ? rows.list[0].i : 0;
	*spend_out = found == FOUND_YES ? rows.list[1].i : 0;
	return found == FOUND_ERR ? -1 : 0;
}

int holding_store_keep(struct db *db, struct id sale_id, const struct cap_window *list, const int64_t *spend, size_t n, struct err *e)
{
	struct db_arg rows[CAP_WINDOWS_MAX * HOLD_COLUMNS];

	if (n == 0)
		return 0;
	if (n > CAP_WINDOWS_MAX)
		return err_set(e, ERR_INTERNAL, "a sale takes %zu windows", n);
	for (size_t i = 0; i < n; i++) {
		const struct cap_window *w = &list[i];
		struct db_arg *row = &rows[i * HOLD_COLUMNS];

		row[0] = DB_ID(sale_id);
		row[1] = DB_I(w->owner);
		row[2] = DB_I(w->owner_id);
		row[3] = DB_I(w->seller_id);
		row[4] = DB_I(w->on);
		row[5] = DB_I(w->per);
		row[6] = DB_T(w->starts_at);
		row[7] = DB_M(spend[i]);
	}
	return db_bulk(db, sql_cap_hold, rows, n, HOLD_COLUMNS, e);
}

int holding_store_give_back(struct db *db, struct id sale_id, enum cap_on from, int64_t now, struct err *e)
{
	return db_exec(db, sql_give_back, DB_ARGS(DB_T(now), DB_ID(sale_id), DB_I(from)), NULL, e);
}

int holding_store_given(struct db *db, struct arena *a, struct id sale_id, struct cap_window *out, int64_t *spend_out, size_t *n_out, struct err *e)
{
	struct db_rows rows;

	if (db_query(db, a, sql_given, DB_ARGS(DB_ID(sale_id), DB_I(CAP_WINDOWS_MAX)), &rows, e) != 0)
		return -1;
	*n_out = rows.n;
	for (size_t i = 0; i < rows.n; i++) {
		const struct db_col *c = db_at(&rows, i, 0);

		out[i] = (struct cap_window){ .owner = (enum cap_owner)c[0].i, .owner_id = (uint32_t)c[1].i, .seller_id = (uint32_t)c[2].i,
			.on = (enum cap_on)c[3].i, .per = (enum cap_per)c[4].i, .starts_at = c[5].i, .leads = -1, .spend = -1 };
		spend_out[i] = c[6].i;
	}
	return 0;
}

int holding_store_retake(struct db *db, struct id sale_id, struct err *e)
{
	return db_exec(db, sql_retake, DB_ARGS(DB_ID(sale_id)), NULL, e);
}

/* A buyer with credit needs no deposit to begin with. */
static int open_funds(struct db *db, uint32_t buyer_id, struct str currency, struct err *e)
{
	return db_exec(db, sql_funds_open, DB_ARGS(DB_I(buyer_id), DB_S(currency)), NULL, e);
}

enum found holding_store_can_pay(struct db *db, uint32_t buyer_id, const char *currency, int64_t amount, int64_t floor, struct err *e)
{
	const struct db_arg look[] = { DB_I(buyer_id), DB_S(str_of(currency)), DB_M(amount), DB_M(floor) };
	enum found can = changed(db, sql_funds_look, look, sizeof(look) / sizeof(look[0]), e);

	if (can != FOUND_NO || floor >= 0)
		return can;
	if (open_funds(db, buyer_id, str_of(currency), e) != 0)
		return FOUND_ERR;
	return changed(db, sql_funds_look, look, sizeof(look) / sizeof(look[0]), e);
}

enum found holding_store_hold_funds(struct db *db, struct id sale_id, uint32_t buyer_id, const char *currency, int64_t amount, int64_t floor,
    struct err *e)
{
	struct str cur = str_of(currency);
	const struct db_arg take[] = { DB_M(amount), DB_I(buyer_id), DB_S(cur), DB_M(amount), DB_M(floor) };
	enum found held = changed(db, sql_funds_take, take, sizeof(take) / sizeof(take[0]), e);

	if (held == FOUND_NO && floor < 0) {
		if (open_funds(db, buyer_id, cur, e) != 0)
			return FOUND_ERR;
		held = changed(db, sql_funds_take, take, sizeof(take) / sizeof(take[0]), e);
	}
	if (held != FOUND_YES)
		return held;
	if (db_exec(db, sql_funds_hold, DB_ARGS(DB_ID(sale_id), DB_I(buyer_id), DB_S(cur), DB_M(amount)), NULL, e) != 0)
		return FOUND_ERR;
	return FOUND_YES;
}

int holding_store_release_funds(struct db *db, struct id sale_id, int64_t now, struct err *e)
{
	return db_exec(db, sql_funds_release, DB_ARGS(DB_T(now), DB_ID(sale_id)), NULL, e);
}

int holding_store_levels(struct db *db, struct arena *a, int64_t now, struct holding_level **out, size_t *n_out, struct err *e)
{
	struct db_rows rows;

	if (db_query(db, a, sql_levels,
		DB_ARGS(DB_T(now - 2 * HOUR_US), DB_T(now - 26 * HOUR_US), DB_T(now - (7 * 24 + 2) * HOUR_US), DB_T(now - (31 * 24 + 2) * HOUR_US)),
		&rows, e) != 0)
		return -1;
	*out = arena_array_of(a, rows.n, struct holding_level);
	*n_out = rows.n;
	for (size_t i = 0; i < rows.n; i++) {
		const struct db_col *c = db_at(&rows, i, 0);

		(*out)[i] = (struct holding_level){ .owner = (enum cap_owner)c[0].i, .owner_id = (uint32_t)c[1].i, .seller_id = (uint32_t)c[2].i,
			.on = (enum cap_on)c[3].i, .per = (enum cap_per)c[4].i, .starts_at = c[5].i, .leads = c[6].i, .spend = c[7].i };
	}
	return 0;
}

int holding_store_funds(struct db *db, struct arena *a, struct holding_funds **out, size_t *n_out, struct err *e)
{
	struct db_rows rows;

	if (db_query(db, a, sql_funds, NULL, 0, &rows, e) != 0)
		return -1;
	*out = arena_array_of(a, rows.n, struct holding_funds);
	*n_out = rows.n;
	for (size_t i = 0; i < rows.n; i++) {
		const struct db_col *c = db_at(&rows, i, 0);

		(*out)[i] = (struct holding_funds){ .buyer_id = (uint32_t)c[0].i, .free = c[2].i };
		if (c[1].s.n == 3)
			memcpy((*out)[i].currency, c[1].s.p, 3);
	}
	return 0;
}

int holding_store_expire(struct db *db, int64_t before, uint64_t *dropped_out, struct err *e)
{
	return db_exec(db, sql_expire, DB_ARGS(DB_T(before), DB_T(before), DB_T(before), DB_T(before)), dropped_out, e);
}

static void fill_key(const struct db_col *c, struct db_arg *row)
{
	row[0] = DB_B(c[0].s.p, c[0].s.n);
	for (int i = 1; i < FORGET_COLUMNS - 1; i++)
		row[i] = DB_I(c[i].i);
	row[FORGET_COLUMNS - 1] = DB_T(c[FORGET_COLUMNS - 1].i);
}

int holding_store_forget(struct db *db, struct arena *a, struct id before, struct id *at, struct err *e)
{
	struct db_arg *keys;
	struct db_rows rows;
	size_t looked, n = 0;

	if (db_query(db, a, sql_old, DB_ARGS(DB_ID(*at), DB_ID(before), DB_I(FORGET_AT_ONCE)), &rows, e) != 0)
		return -1;
	looked = rows.n;
	/* The last sale's rows may be cut in two: it is left for the next time. It has fewer than are looked at. */
	while (rows.n == FORGET_AT_ONCE && looked > 0 && id_eq(db_id(db_at(&rows, looked - 1, 0)), db_id(db_at(&rows, rows.n - 1, 0))))
		looked--;
	keys = arena_array_of(a, looked * FORGET_COLUMNS, struct db_arg);
	for (size_t i = 0; i < looked; i++)
		if (db_at(&rows, i, FORGET_COLUMNS)->i != 0)
			fill_key(db_at(&rows, i, 0), &keys[n++ * FORGET_COLUMNS]);
	if (n > 0 && db_bulk(db, sql_forget, keys, n, FORGET_COLUMNS, e) != 0)
		return -1;
	*at = rows.n == FORGET_AT_ONCE ? db_id(db_at(&rows, looked - 1, 0)) : (struct id){ { 0 } };
	return rows.n == FORGET_AT_ONCE;
}

int holding_store_forget_funds(struct db *db, struct id before, uint64_t *dropped_out, struct err *e)
{
	return db_exec(db, sql_forget_funds, DB_ARGS(DB_ID(before)), dropped_out, e);
}
