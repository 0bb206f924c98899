#include "lib/store/replay.h"

/* A direct post's ping and its lead are of the same microsecond; a ping that is posted later is older than its lead. */
static const char sql_leads[] =
    "SELECT p.id, l.id, l.state, l.created_at <= p.created_at, IF(l.created_at <= p.created_at, l.lead, '{}'),"
    " IF(l.created_at <= p.created_at, l.lead_key, NULL), IF(l.created_at <= p.created_at, l.sealed, NULL)"
    " FROM ping p JOIN `lead` l ON l.id = p.lead_id WHERE p.id >= ? AND p.id <= ? AND p.sandbox = 0 ORDER BY p.id";
static const char sql_sales[] =
    "SELECT p.id, s.bid_id, s.contract_id, s.state, s.cost, s.price FROM ping p JOIN sale s ON s.lead_id = p.lead_id"
    " WHERE p.id >= ? AND p.id <= ? AND p.sandbox = 0 ORDER BY p.id, s.id";

static struct str text_or_null(const struct db_col *c)
{
	return c->null ? (struct str){ NULL, 0 } : c->s;
}

int replay_store_leads(struct db *db, struct arena *a, struct id from, struct id to, struct replay_lead **out, size_t *n_out, struct err *e)
{
	struct db_rows rows;

	if (db_query(db, a, sql_leads, DB_ARGS(DB_ID(from), DB_ID(to)), &rows, e) != 0)
		return -1;
	*n_out = rows.n;
	*out = arena_array_of(a, rows.n, struct replay_lead);
	for (size_t i = 0; i < rows.n; i++) {
		const struct db_col *c = db_at(&rows, i, 0);

		(*out)[i] = (struct replay_lead){ .ping_id = db_id(&c[0]), .lead_id = db_id(&c[1]), .state = (enum lead_state)c[2].i, .whole = c[3].i != 0,
			.lead = c[4].s, .lead_key = text_or_null(&c[5]), .sealed = text_or_null(&c[6]) };
	}
	return 0;
}

int replay_store_sales(struct db *db, struct arena *a, struct id from, struct id to, struct replay_sale **out, size_t *n_out, struct err *e)
{
	struct db_rows rows;

	if (db_query(db, a, sql_sales, DB_ARGS(DB_ID(from), DB_ID(to)), &rows, e) != 0)
		return -1;
	*n_out = rows.n;
	*out = arena_array_of(a, rows.n, struct replay_sale);
	for (size_t i = 0; i < rows.n; i++) {
		const struct db_col *c = db_at(&rows, i, 0);

		(*out)[i] = (struct replay_sale){ .ping_id = db_id(&c[0]), .bid_id = db_id(&c[1]), .contract_id = (uint32_t)c[2].i,
			.state = (enum sale_state)c[3].i, .cost = c[4].i, .price = c[5].i };
	}
	return 0;
}
