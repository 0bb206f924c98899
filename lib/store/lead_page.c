#include "lib/store/lead_page.h"

#include "lib/base/clock.h"

#define COLUMNS \
	"SELECT l.id, l.ping_id, l.seller_id, l.campaign_id, l.state, l.created_at, l.lead, l.sub1, l.sub2, s.contract_id," \
	" (SELECT COALESCE(SUM(x.cost), 0) FROM sale x WHERE x.lead_id = l.id AND x.state IN (3, 6))," \
	" (SELECT COALESCE(SUM(x.price), 0) FROM sale x WHERE x.lead_id = l.id AND x.state IN (3, 6)), s.currency" \
	" FROM `lead` l LEFT JOIN sale s ON s.lead_id = l.id AND s.slot = 1 AND s.state <> 4 WHERE l.id < ? AND l.id >= ? AND l.sandbox = ?"
#define STATES " AND (? = 0 OR ? >> l.state & 1)"
#define NEWEST " ORDER BY l.id DESC LIMIT ?"

/* Sale states 3 and 6: accepted, converted. Whose leads are asked for decides which index is walked from its end. */
static const char sql_all[] = COLUMNS STATES NEWEST;
static const char sql_of_seller[] = COLUMNS " AND l.seller_id = ? AND (? = 0 OR l.campaign_id = ?)" STATES NEWEST;
static const char sql_of_campaign[] = COLUMNS " AND l.campaign_id = ?" STATES NEWEST;

enum { ARGS_MAX = 12 };

/* The smallest id of an instant. */
static struct id id_at(int64_t us)
{
	struct id id = { { 0 } };
	uint64_t ms = (uint64_t)(us / 1000);

	for (int i = 5; i >= 0; i--, ms >>= 8)
		id.b[i] = (uint8_t)ms;
	return id;
}

static struct id upper(const struct lead_filter *f)
{
	struct id end;

	memset(end.b, 0xff, sizeof(end.b));
	if (f->to > 0)
		end = id_at(f->to);
	if (!id_is_zero(f->before) && memcmp(f->before.b, end.b, sizeof(end.b)) < 0)
		end = f->before;
	return end;
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
	struct id high = upper(f), low = f->from > 0 ? id_at(f->from) : (struct id){ { 0 } };
	struct db_arg args[ARGS_MAX] = { DB_ID(high), DB_ID(low), DB_I(f->sandbox) };
	struct db_rows rows;
	size_t n = 3;
	const char *sql = statement(f, args, &n);

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
