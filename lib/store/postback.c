#include "lib/store/postback.h"

#include "lib/store/writer.h"

enum { COLUMNS = 9 };

static const char sql_insert[] =
    "INSERT INTO postback (buyer_id, webhook_id, event_hash, fingerprint, sale_id, status, reason, amount, at)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)";
static const char sql_find_webhook[] =
    "SELECT fingerprint, sale_id, status, event_hash FROM postback WHERE buyer_id = ? AND webhook_id = ?";
static const char sql_find_event[] =
    "SELECT fingerprint, sale_id, status, event_hash FROM postback WHERE buyer_id = ? AND event_hash = ?";
/* Of several sales the one that stands, then one that was lost, then the newest. */
#define MEANT " ORDER BY slot IS NULL, state = 4, id DESC LIMIT 1"
static const char sql_by_sale[] = "SELECT id, lead_id, state FROM sale WHERE buyer_id = ? AND id = ?";
static const char sql_by_lead[] = "SELECT id, lead_id, state FROM sale WHERE buyer_id = ? AND lead_id = ?" MEANT;
static const char sql_by_ref[] = "SELECT id, lead_id, state FROM sale WHERE buyer_id = ? AND ref = ?" MEANT;
static const char sql_move[] = "UPDATE sale SET state = ?, slot = IF(? = 4, NULL, slot), updated_at = ? WHERE id = ? AND state = ?";

static void bind(struct db_arg *to, const struct postback_row *r)
{
	const struct db_arg row[COLUMNS] = { DB_I(r->buyer_id), r->webhook_id.p == NULL ? DB_N() : DB_S(r->webhook_id), DB_B(r->event_hash, 32),
		DB_B(r->fingerprint, 32), DB_ID(r->sale_id), DB_S(r->status), r->reason.p == NULL ? DB_N() : DB_S(r->reason),
		r->has_amount ? DB_M(r->amount) : DB_N(), DB_T(r->at) };

	memcpy(to, row, sizeof(row));
}

int postback_store_insert(struct db *db, const struct postback_row *r, struct err *e)
{
	struct db_arg args[COLUMNS];

	bind(args, r);
	return db_exec(db, sql_insert, args, COLUMNS, NULL, e);
}

struct telling {
	const struct postback_told *const *rows;
	size_t n;
};

static int tell(struct db *db, void *ctx, struct err *e)
{
	const struct telling *t = ctx;
	struct db_arg args[COLUMNS * WRITER_BATCH];
	const struct sale_event *events[WRITER_BATCH];
	struct id leads[WRITER_BATCH];

	for (size_t i = 0; i < t->n; i++) {
		bind(args + i * COLUMNS, &t->rows[i]->row);
		events[i] = &t->rows[i]->event;
		leads[i] = t->rows[i]->lead_id;
	}
	if (db_bulk(db, sql_insert, args, t->n, COLUMNS, e) != 0)
		return -1;
	return sale_event_insert_all(db, leads, events, t->n, e);
}

int postback_store_tell(struct db *db, const void *const *rows, size_t n, struct err *e)
{
	struct telling t = { (const struct postback_told *const *)rows, n };

	if (n > WRITER_BATCH)
		return err_set(e, ERR_INTERNAL, "a batch holds at most %d postbacks", WRITER_BATCH);
	return db_transact(db, tell, &t, e);
}

enum found postback_store_find(struct db *db, struct arena *a, uint32_t buyer_id, struct str webhook_id, const uint8_t event_hash[32],
    struct postback_row *out, struct err *e)
{
	struct db_rows rows;
	enum found found;
	const struct db_col *c;

	if (webhook_id.n > 0)
		found = db_find(db, a, sql_find_webhook, DB_ARGS(DB_I(buyer_id), DB_S(webhook_id)), &rows, e);
	else
		found = db_find(db, a, sql_find_event, DB_ARGS(DB_I(buyer_id), DB_B(event_hash, 32)), &rows, e);
	if (found != FOUND_YES)
		return found;
	c = rows.list;
	*out = (struct postback_row){ .buyer_id = buyer_id, .sale_id = db_id(&c[1]), .status = c[2].s };
	if (c[0].s.n == 32 && c[3].s.n == 32) {
		memcpy(out->fingerprint, c[0].s.p, 32);
		memcpy(out->event_hash, c[3].s.p, 32);
	}
	return FOUND_YES;
}

enum found postback_sale_find(struct db *db, struct arena *a, uint32_t buyer_id, struct id sale_id, struct id lead_id, struct str ref,
    struct postback_sale *out, struct err *e)
{
	struct db_rows rows;
	enum found found;

	if (!id_is_zero(sale_id))
		found = db_find(db, a, sql_by_sale, DB_ARGS(DB_I(buyer_id), DB_ID(sale_id)), &rows, e);
	else if (!id_is_zero(lead_id))
		found = db_find(db, a, sql_by_lead, DB_ARGS(DB_I(buyer_id), DB_ID(lead_id)), &rows, e);
	else
		found = db_find(db, a, sql_by_ref, DB_ARGS(DB_I(buyer_id), DB_S(ref)), &rows, e);
	if (found == FOUND_YES)
		*out = (struct postback_sale){ db_id(&rows.list[0]), db_id(&rows.list[1]), (enum sale_state)rows.list[2].i };
	return found;
}

enum found postback_sale_move(struct db *db, struct id sale_id, enum sale_state from, enum sale_state to, int64_t now, struct err *e)
{
	uint64_t changed;

	if (db_exec(db, sql_move, DB_ARGS(DB_I(to), DB_I(to), DB_T(now), DB_ID(sale_id), DB_I(from)), &changed, e) != 0)
		return FOUND_ERR;
	return changed > 0 ? FOUND_YES : FOUND_NO;
}
