#include "lib/store/sale.h"

#include "lib/store/writer.h"

enum { EVENT_COLUMNS = 7 };

#define COLUMNS \
	"s.id, s.lead_id, s.bid_id, s.slot, s.contract_id, s.buyer_id, s.seller_id, s.campaign_id, s.sandbox, s.kind, s.state," \
	" s.cost, s.price, s.currency, s.ref, s.redirect_url, s.created_at, s.updated_at, d.seq, d.state, d.reason, d.reason_text," \
	" d.deadline_at, d.ended_at, d.ms, d.http_status, "
#define WHOLE COLUMNS "d.exchange, d.bid"
/* The exchange may be large: who settles a sale, or lists many, does not look at it. */
#define BRIEF COLUMNS "NULL, NULL"
#define FROM " FROM sale s JOIN delivery d ON d.sale_id = s.id"

static const char sql_insert_sale[] =
    "INSERT INTO sale (id, lead_id, slot, bid_id, contract_id, buyer_id, seller_id, campaign_id, sandbox, kind, state, cost, price,"
    " currency, created_at, updated_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
static const char sql_insert_delivery[] =
    "INSERT INTO delivery (sale_id, lead_id, contract_id, seq, state, reason, reason_text, created_at, deadline_at, bid)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
static const char sql_settle_sale[] =
    "UPDATE sale SET state = ?, slot = IF(?, NULL, slot), ref = COALESCE(?, ref), redirect_url = COALESCE(?, redirect_url),"
    " updated_at = ? WHERE id = ? AND state IN (1, 2)";
static const char sql_settle_delivery[] =
    "UPDATE delivery SET state = ?, reason = ?, reason_text = COALESCE(?, reason_text), ended_at = ?, ms = COALESCE(?, ms),"
    " http_status = COALESCE(?, http_status), exchange = COALESCE(?, exchange) WHERE sale_id = ?";
static const char sql_complete[] =
    "UPDATE sale SET ref = COALESCE(?, ref), redirect_url = COALESCE(?, redirect_url), updated_at = ? WHERE id = ?";
static const char sql_let_go[] = "UPDATE delivery SET state = 4, ended_at = ? WHERE sale_id = ? AND state = 1";
static const char sql_list[] = "SELECT " BRIEF FROM " WHERE s.lead_id = ? ORDER BY s.id";
static const char sql_list_whole[] = "SELECT " WHOLE FROM " WHERE s.lead_id = ? ORDER BY s.id";
static const char sql_find[] = "SELECT " WHOLE FROM " WHERE s.id = ?";
static const char sql_lock[] = "SELECT " BRIEF FROM " WHERE s.id = ? FOR UPDATE";
static const char sql_lead_of[] = "SELECT lead_id FROM sale WHERE id = ?";
static const char sql_overdue[] = "SELECT " BRIEF " FROM delivery d JOIN sale s ON s.id = d.sale_id"
    " WHERE d.state = 1 AND d.deadline_at < ? AND d.deadline_at >= ? AND (d.deadline_at > ? OR d.sale_id > ?)"
    " ORDER BY d.deadline_at, d.sale_id LIMIT ?";
/* Delivery states 4 and 6: no verdict came with the reply. */
static const char sql_pending[] = "SELECT " BRIEF " FROM delivery d JOIN sale s ON s.id = d.sale_id"
    " WHERE d.state IN (4, 6) AND s.state = 2 ORDER BY s.id LIMIT ?";
/* Taken: it was charged for once. Declined: rejected after that. */
static const char sql_declines[] =
    "SELECT buyer_id, CAST(SUM(taken) AS SIGNED), CAST(SUM(taken AND state = 4) AS SIGNED), CAST(SUM(state = 5) AS SIGNED) FROM"
    " (SELECT buyer_id, state, state IN (3, 5, 6) OR (state = 4 AND EXISTS"
    " (SELECT 1 FROM ledger_entry l WHERE l.attempt_id = s.id AND l.event = 'return')) AS taken"
    " FROM sale s WHERE id >= ? AND sandbox = 0) x GROUP BY buyer_id HAVING SUM(taken) > 0 ORDER BY buyer_id";
static const char sql_event_insert[] =
    "INSERT INTO sale_event (lead_id, sale_id, at, kind, reason, detail, actor) VALUES (?, ?, ?, ?, ?, ?, ?)";
static const char sql_event_list[] = "SELECT sale_id, at, kind, reason, detail, actor FROM sale_event WHERE lead_id = ? ORDER BY id LIMIT ?";

static const char *const state_names[] = {
	[SALE_POSTING] = "posting", [SALE_PENDING] = "pending", [SALE_ACCEPTED] = "accepted", [SALE_REJECTED] = "rejected",
	[SALE_RETURNED] = "returned", [SALE_CONVERTED] = "converted",
};

const char *sale_state_name(enum sale_state s)
{
	return s >= SALE_POSTING && s <= SALE_CONVERTED ? state_names[s] : "pending";
}

bool sale_is_lost(const struct sale_row *s)
{
	return s->state == SALE_REJECTED && s->slot > 0;
}

static struct db_arg text_or_null(struct str s)
{
	return s.p == NULL ? DB_N() : DB_S(s);
}

static struct db_arg int_or_null(int64_t i)
{
	return i == 0 ? DB_N() : DB_I(i);
}

int sale_store_insert(struct db *db, const struct sale_row *r, struct err *e)
{
	if (db_exec(db, sql_insert_sale,
		DB_ARGS(DB_ID(r->id), DB_ID(r->lead_id), int_or_null(r->slot), DB_ID(r->bid_id), DB_I(r->contract_id), DB_I(r->buyer_id),
		    DB_I(r->seller_id), DB_I(r->campaign_id), DB_I(r->sandbox), DB_I(r->kind), DB_I(r->state), DB_M(r->cost),
		    DB_M(r->price), DB_S(str_of(r->currency)), DB_T(r->created_at), DB_T(r->created_at)),
		NULL, e) != 0)
		return -1;
	return db_exec(db, sql_insert_delivery,
	    DB_ARGS(DB_ID(r->id), DB_ID(r->lead_id), DB_I(r->contract_id), DB_I(r->seq), DB_I(r->delivery), int_or_null(r->reason),
		text_or_null(r->reason_text), DB_T(r->created_at), DB_T(r->deadline_at), text_or_null(r->bid)),
	    NULL, e);
}

static int settle_delivery(struct db *db, struct id sale_id, const struct sale_result *r, int64_t now, struct err *e)
{
	return db_exec(db, sql_settle_delivery,
	    DB_ARGS(DB_I(r->delivery), int_or_null(r->reason), text_or_null(r->reason_text), DB_T(now), int_or_null(r->ms),
		int_or_null(r->http_status), r->exchange.p == NULL ? DB_N() : DB_B(r->exchange.p, r->exchange.n), DB_ID(sale_id)),
	    NULL, e);
}

enum found sale_store_settle(struct db *db, struct id sale_id, const struct sale_result *r, int64_t now, struct err *e)
{
	uint64_t changed;

	if (db_exec(db, sql_settle_sale,
		DB_ARGS(DB_I(r->state), DB_I(r->state == SALE_REJECTED && !r->lost), text_or_null(r->ref), text_or_null(r->redirect_url), DB_T(now), DB_ID(sale_id)),
		&changed, e) != 0)
		return FOUND_ERR;
	if (changed == 0)
		return FOUND_NO;
	return settle_delivery(db, sale_id, r, now, e) == 0 ? FOUND_YES : FOUND_ERR;
}

int sale_store_complete(struct db *db, struct id sale_id, const struct sale_result *r, int64_t now, struct err *e)
{
	if (db_exec(db, sql_complete, DB_ARGS(text_or_null(r->ref), text_or_null(r->redirect_url), DB_T(now), DB_ID(sale_id)), NULL, e) != 0)
		return -1;
	return settle_delivery(db, sale_id, r, now, e);
}

int sale_store_let_go(struct db *db, struct id sale_id, int64_t now, struct err *e)
{
	return db_exec(db, sql_let_go, DB_ARGS(DB_T(now), DB_ID(sale_id)), NULL, e);
}

static void read_row(const struct db_col *c, struct sale_row *r)
{
	*r = (struct sale_row){
		.id = db_id(&c[0]), .lead_id = db_id(&c[1]), .bid_id = db_id(&c[2]), .slot = c[3].null ? 0 : (int)c[3].i,
		.contract_id = (uint32_t)c[4].i, .buyer_id = (uint32_t)c[5].i, .seller_id = (uint32_t)c[6].i,
		.campaign_id = (uint32_t)c[7].i, .sandbox = c[8].i != 0, .kind = (int)c[9].i, .state = (enum sale_state)c[10].i,
		.cost = c[11].i, .price = c[12].i, .ref = c[14].s, .redirect_url = c[15].s, .created_at = c[16].i,
		.updated_at = c[17].i, .seq = (int)c[18].i, .delivery = (enum delivery_state)c[19].i,
		.reason = c[20].null ? 0 : (int)c[20].i, .reason_text = c[21].s, .deadline_at = c[22].i,
		.ended_at = c[23].null ? 0 : c[23].i, .ms = c[24].null ? 0 : (int)c[24].i, .http_status = c[25].null ? 0 : (int)c[25].i,
		.exchange = c[26].s, .bid = c[27].s,
	};
	if (c[13].s.n == 3)
		memcpy(r->currency, c[13].s.p, 3);
}

static int list(struct db *db, struct arena *a, const char *sql, const struct db_arg *args, size_t n_args, struct sale_row **out,
    size_t *n_out, struct err *e)
{
	struct db_rows rows;

	if (db_query(db, a, sql, args, n_args, &rows, e) != 0)
		return -1;
	*out = arena_array_of(a, rows.n, struct sale_row);
	*n_out = rows.n;
	for (size_t i = 0; i < rows.n; i++)
		read_row(db_at(&rows, i, 0), &(*out)[i]);
	return 0;
}

int sale_store_list(struct db *db, struct arena *a, struct id lead_id, struct sale_row **out, size_t *n_out, struct err *e)
{
	return list(db, a, sql_list, DB_ARGS(DB_ID(lead_id)), out, n_out, e);
}

int sale_store_list_whole(struct db *db, struct arena *a, struct id lead_id, struct sale_row **out, size_t *n_out, struct err *e)
{
	return list(db, a, sql_list_whole, DB_ARGS(DB_ID(lead_id)), out, n_out, e);
}

int sale_store_overdue(struct db *db, struct arena *a, const struct overdue *o, struct sale_row **out, size_t *n_out, struct err *e)
{
	return list(db, a, sql_overdue, DB_ARGS(DB_T(o->before), DB_T(o->after_at), DB_T(o->after_at), DB_ID(o->after), DB_I(o->limit)), out, n_out, e);
}

int sale_store_pending(struct db *db, struct arena *a, int limit, struct sale_row **out, size_t *n_out, struct err *e)
{
	return list(db, a, sql_pending, DB_ARGS(DB_I(limit)), out, n_out, e);
}

int sale_store_declines(struct db *db, struct arena *a, int64_t since, struct sale_declines **out, size_t *n_out, struct err *e)
{
	struct db_rows rows;

	if (db_query(db, a, sql_declines, DB_ARGS(DB_ID(id_first(since / 1000))), &rows, e) != 0)
		return -1;
	*out = arena_array_of(a, rows.n, struct sale_declines);
	*n_out = rows.n;
	for (size_t i = 0; i < rows.n; i++) {
		const struct db_col *c = db_at(&rows, i, 0);

		(*out)[i] = (struct sale_declines){ (uint32_t)c[0].i, c[1].i, c[2].i, c[3].i };
	}
	return 0;
}

enum found sale_store_lock(struct db *db, struct arena *a, struct id sale_id, struct sale_row *out, struct err *e)
{
	struct db_rows rows;
	enum found found = db_find(db, a, sql_lock, DB_ARGS(DB_ID(sale_id)), &rows, e);

	if (found == FOUND_YES)
		read_row(rows.list, out);
	return found;
}

enum found sale_store_lead(struct db *db, struct arena *a, struct id sale_id, struct id *out, struct err *e)
{
	struct db_rows rows;
	enum found found = db_find(db, a, sql_lead_of, DB_ARGS(DB_ID(sale_id)), &rows, e);

	if (found == FOUND_YES)
		*out = db_id(rows.list);
	return found;
}

enum found sale_store_find(struct db *db, struct arena *a, struct id sale_id, struct sale_row *out, struct err *e)
{
	struct db_rows rows;
	enum found found = db_find(db, a, sql_find, DB_ARGS(DB_ID(sale_id)), &rows, e);

	if (found == FOUND_YES)
		read_row(rows.list, out);
	return found;
}

/* lead_id and ev stay where they are until the statement has run. */
static void bind_event(struct db_arg *to, const struct id *lead_id, const struct sale_event *ev)
{
	const struct db_arg row[EVENT_COLUMNS] = { DB_ID(*lead_id), id_is_zero(ev->sale_id) ? DB_N() : DB_ID(ev->sale_id), DB_T(ev->at),
		DB_S(ev->kind), int_or_null(ev->reason), text_or_null(ev->detail), DB_S(ev->actor) };

	memcpy(to, row, sizeof(row));
}

int sale_event_insert(struct db *db, struct id lead_id, const struct sale_event *ev, struct err *e)
{
	struct db_arg args[EVENT_COLUMNS];

	bind_event(args, &lead_id, ev);
	return db_exec(db, sql_event_insert, args, EVENT_COLUMNS, NULL, e);
}

int sale_event_insert_all(struct db *db, const struct id *lead_ids, const struct sale_event *const *events, size_t n, struct err *e)
{
	struct db_arg args[EVENT_COLUMNS * WRITER_BATCH];

	if (n > WRITER_BATCH)
		return err_set(e, ERR_INTERNAL, "a batch holds at most %d events", WRITER_BATCH);
	for (size_t i = 0; i < n; i++)
		bind_event(args + i * EVENT_COLUMNS, &lead_ids[i], events[i]);
	return db_bulk(db, sql_event_insert, args, n, EVENT_COLUMNS, e);
}

int sale_event_list(struct db *db, struct arena *a, struct id lead_id, struct sale_event **out, size_t *n_out, struct err *e)
{
	struct db_rows rows;

	if (db_query(db, a, sql_event_list, DB_ARGS(DB_ID(lead_id), DB_I(SALE_EVENTS_MAX)), &rows, e) != 0)
		return -1;
	*out = arena_array_of(a, rows.n, struct sale_event);
	*n_out = rows.n;
	for (size_t i = 0; i < rows.n; i++) {
		const struct db_col *c = db_at(&rows, i, 0);

		(*out)[i] = (struct sale_event){ .sale_id = db_id(&c[0]), .at = c[1].i, .kind = c[2].s,
			.reason = c[3].null ? 0 : (int)c[3].i, .detail = c[4].s, .actor = c[5].s };
	}
	return 0;
}
