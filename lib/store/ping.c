#include "lib/store/ping.h"

enum { PING_COLUMNS = 22 };

static const char sql_insert[] =
    "INSERT INTO ping (id, lead_id, seller_id, campaign_id, version, sandbox, status, score, created_at, expires_at, ms, min_price,"
    " max_sales, sub1, sub2, click_id, lead, source, lead_key, sealed, bids, decisions)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
#define PING_SELECT \
	"SELECT id, lead_id, seller_id, campaign_id, version, sandbox, status, score, created_at, expires_at, ms, min_price," \
	" max_sales, sub1, sub2, click_id, lead, source, lead_key, sealed, bids, decisions FROM ping"
static const char sql_find[] = PING_SELECT " WHERE id = ?";
static const char sql_page[] = PING_SELECT " WHERE id > ? AND id < ? AND sandbox = 0 ORDER BY id LIMIT ?";

static struct db_arg bytes_or_null(struct str s)
{
	return s.p == NULL ? DB_N() : DB_B(s.p, s.n);
}

static void bind(struct db_arg *to, const struct ping_row *r)
{
	const struct db_arg row[PING_COLUMNS] = {
		DB_ID(r->id), DB_ID(r->lead_id), DB_I(r->seller_id), DB_I(r->campaign_id), DB_I(r->version), DB_I(r->sandbox),
		DB_I(r->status), r->score < 0 ? DB_N() : DB_I(r->score), DB_T(r->created_at), DB_T(r->expires_at), DB_I(r->ms),
		DB_M(r->min_price), DB_I(r->max_sales), DB_S(r->sub1), DB_S(r->sub2),
		id_is_zero(r->click_id) ? DB_N() : DB_ID(r->click_id), DB_S(r->lead), DB_S(r->source), bytes_or_null(r->lead_key),
		bytes_or_null(r->sealed), DB_S(r->bids), DB_B(r->decisions.p, r->decisions.n),
	};

	memcpy(to, row, sizeof(row));
}

int ping_store_insert(struct db *db, const void *const *rows, size_t n, struct err *e)
{
	struct db_arg args[PING_COLUMNS * WRITER_BATCH];
	size_t done = 0;

	if (n == 1) {
		bind(args, rows[0]);
		return db_exec(db, sql_insert, args, PING_COLUMNS, NULL, e);
	}
	if (n > WRITER_BATCH)
		return err_set(e, ERR_INTERNAL, "a batch holds at most %d pings", WRITER_BATCH);
	for (; done < n; done++)
		bind(args + done * PING_COLUMNS, rows[done]);
	return db_bulk(db, sql_insert, args, n, PING_COLUMNS, e);
}

static struct ping_row row_of(const struct db_col *c)
{
	return (struct ping_row){
		.id = db_id(&c[0]), .lead_id = db_id(&c[1]), .seller_id = (uint32_t)c[2].i, .campaign_id = (uint32_t)c[3].i,
		.version = c[4].i, .sandbox = c[5].i != 0, .status = (enum ping_status)c[6].i, .score = c[7].null ? -1 : (int)c[7].i,
		.created_at = c[8].i, .expires_at = c[9].i, .ms = (int)c[10].i, .min_price = c[11].i, .max_sales = (int)c[12].i,
		.sub1 = c[13].s, .sub2 = c[14].s, .click_id = db_id(&c[15]), .lead = c[16].s, .source = c[17].s,
		.lead_key = c[18].s, .sealed = c[19].s,
		.bids = c[20].s, .decisions = c[21].s,
	};
}

enum found ping_store_find(struct db *db, struct arena *a, struct id id, struct ping_row *out, struct err *e)
{
	struct db_rows rows;
	enum found found = db_find(db, a, sql_find, DB_ARGS(DB_ID(id)), &rows, e);

	if (found == FOUND_YES)
		*out = row_of(rows.list);
	return found;
}

int ping_store_page(struct db *db, struct arena *a, struct id after, struct id before, int limit, struct ping_row **out, size_t *n_out,
    struct err *e)
{
	struct db_rows rows;

	if (db_query(db, a, sql_page, DB_ARGS(DB_ID(after), DB_ID(before), DB_I(limit)), &rows, e) != 0)
		return -1;
	*n_out = rows.n;
	*out = arena_array_of(a, rows.n, struct ping_row);
	for (size_t i = 0; i < rows.n; i++)
		(*out)[i] = row_of(db_at(&rows, i, 0));
	return 0;
}
