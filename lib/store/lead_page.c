#include "lib/store/lead_page.h"

#include "lib/base/clock.h"

/* An absent bound binds as one that holds for every row, so that there is one statement. */
static const char sql_page[] =
    "SELECT l.id, l.ping_id, l.seller_id, l.campaign_id, l.state, l.created_at, l.lead, s.contract_id, COALESCE(s.cost, 0),"
    " COALESCE(s.price, 0), s.currency FROM `lead` l LEFT JOIN sale s ON s.lead_id = l.id AND s.slot = 1"
    " WHERE l.id < ? AND l.id >= ? AND l.sandbox = ? AND (? = 0 OR l.seller_id = ?) AND (? = 0 OR l.campaign_id = ?)"
    " AND (? = 0 OR l.state = ?) ORDER BY l.id DESC LIMIT ?";

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

int lead_page_read(struct db *db, struct arena *a, const struct lead_filter *f, struct lead_line **out, size_t *n_out, struct err *e)
{
	struct id high = upper(f), low = f->from > 0 ? id_at(f->from) : (struct id){ { 0 } };
	struct db_rows rows;

	if (db_query(db, a, sql_page,
		DB_ARGS(DB_ID(high), DB_ID(low), DB_I(f->sandbox), DB_I(f->seller_id), DB_I(f->seller_id), DB_I(f->campaign_id),
		    DB_I(f->campaign_id), DB_I(f->state), DB_I(f->state), DB_I(f->limit + 1)),
		&rows, e) != 0)
		return -1;
	*out = arena_array_of(a, rows.n, struct lead_line);
	*n_out = rows.n;
	for (size_t i = 0; i < rows.n; i++) {
		const struct db_col *c = db_at(&rows, i, 0);
		struct lead_line *l = &(*out)[i];

		*l = (struct lead_line){ .id = db_id(&c[0]), .ping_id = db_id(&c[1]), .seller_id = (uint32_t)c[2].i,
			.campaign_id = (uint32_t)c[3].i, .state = (enum lead_state)c[4].i, .created_at = c[5].i, .lead = c[6].s,
			.contract_id = c[7].null ? 0 : (uint32_t)c[7].i, .cost = c[8].i, .price = c[9].i };
		if (!c[10].null && c[10].s.n == 3)
			memcpy(l->currency, c[10].s.p, 3);
	}
	return 0;
}
