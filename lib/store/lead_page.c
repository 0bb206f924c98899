#include "lib/store/lead_page.h"

#include "lib/base/clock.h"

#define COLUMNS \
	"SELECT l.id, l.ping_id, l.seller_id, l.campaign_id, l.state, l.created_at, l.lead, l.sub1, l.sub2, s.contract_id," \
	" (SELECT COALESCE(SUM(x.cost), 0) FROM sale x WHERE x.lead_id = l.id AND x.state IN (3, 6))," \
	" (SELECT COALESCE(SUM(x.price), 0) FROM sale x WHERE x.lead_id = l.id AND x.state IN (3, 6)), s.currency" \
	" FROM `lead` l LEFT JOIN sale s ON s.lead_id = l.id AND s.slot = 1 AND s.state <> 4" \
	" WHERE l.created_at >= ? AND l.created_at < ? AND l.created_at <= ? AND (l.created_at < ? OR l.id < ?) AND l.sandbox = ?"
#define STATES " AND (? = 0 OR ? >> l.state & 1)"
#define NEWEST " ORDER BY l.created_at DESC, l.id DESC LIMIT ?"

/* Sale states 3 and 6: accepted, converted. Whose leads are asked for decides which index is walked from its end. */
static const char sql_all[] = COLUMNS STATES NEWEST;
static const char sql_of_seller[] = COLUMNS " AND l.seller_id = ? AND (? = 0 OR l.campaign_id = ?)" STATES NEWEST;
static const char sql_of_campaign[] = COLUMNS " AND l.campaign_id = ?" STATES NEWEST;

static const char sql_cursor[] = "SELECT created_at FROM `lead` WHERE id = ?";

enum { ARGS_MAX = 16 };

/* The last moment that a column holds. */
#define NEVER_US (INT64_C(253402300799) * 1000000)

/* Behind which lead the page begins: when it was posted, and its id. One that is gone was posted soon after its id was made. */
static int find_cursor(struct db *db, struct arena *a, const struct lead_filter *f, struct id *id_out, int64_t *at_out, struct err *e)
{
	struct db_rows rows;
	enum found found;

	memset(id_out->b, 0xff, sizeof(id_out->b));
	*at_out = NEVER_US;
	if (id_is_zero(f->before))
		return 0;
	found = db_find(db, a, sql_cursor, DB_ARGS(DB_ID(f->before)), &rows, e);
	*id_out = f->before;
	*at_out = found == FOUND_YES ? rows.list[0].i : id_ms(f->before) * 1000;
	return found == FOUND_ERR ? -1 : 0;
}

static const char *statement(const struct lead_filter *f, struct db_arg *args, size_t *n)
{
	const char *sql = sql_all;

	if (f->seller_id != 0) {
		sql = sql_of_seller;
		args[(*n)++] = DB_I(f->seller_id);
		args[(*n)++] = DB_I(f->campaign_id);
		args[(*n)++] = DB_I(f->campaign_id);
	} else if (f->campaign_id != 0) {
		sql = sql_of_campaign;
		args[(*n)++] = DB_I(f->campaign_id);
	}
	args[(*n)++] = DB_I(f->states);
	args[(*n)++] = DB_I(f->states);
	args[(*n)++] = DB_I(f->limit + 1);
	return sql;
}

int lead_page_read(struct db *db, struct arena *a, const struct lead_filter *f, struct lead_line **out, size_t *n_out, struct err *e)
{
	struct db_arg args[ARGS_MAX];
	struct db_rows rows;
	const char *sql;
	struct id last;
	int64_t at;
	size_t n = 0;

	if (find_cursor(db, a, f, &last, &at, e) != 0)
		return -1;
	args[n++] = DB_T(f->from);
	args[n++] = DB_T(f->to > 0 ? f->to : NEVER_US);
	args[n++] = DB_T(at);
	args[n++] = DB_T(at);
	args[n++] = DB_ID(last);
	args[n++] = DB_I(f->sandbox);
	sql = statement(f, args, &n);
	if (db_query(db, a, sql, args, n, &rows, e) != 0)
		return -1;
	*out = arena_array_of(a, rows.n, struct lead_line);
	*n_out = rows.n;
	for (size_t i = 0; i < rows.n; i++) {
		const struct db_col *c = db_at(&rows, i, 0);
		struct lead_line *l = &(*out)[i];

		*l = (struct lead_line){ .id = db_id(&c[0]), .ping_id = db_id(&c[1]), .seller_id = (uint32_t)c[2].i,
			.campaign_id = (uint32_t)c[3].i, .state = (enum lead_state)c[4].i, .created_at = c[5].i, .lead = c[6].s, .sub1 = c[7].s,
			.sub2 = c[8].s, .contract_id = c[9].null ? 0 : (uint32_t)c[9].i, .cost = c[10].i, .price = c[11].i };
		if (!c[12].null && c[12].s.n == 3)
			memcpy(l->currency, c[12].s.p, 3);
	}
	return 0;
}
