#include "lib/store/idempotency.h"

static const char sql_claim[] = "INSERT INTO idempotency (owner, name, fingerprint, lead_id, created_at) VALUES (?, ?, ?, ?, ?)";
static const char sql_find[] =
    "SELECT fingerprint, lead_id, status, answer, created_at FROM idempotency WHERE owner = ? AND name = ?";
static const char sql_retake[] =
    "UPDATE idempotency SET created_at = ? WHERE owner = ? AND name = ? AND status IS NULL AND lead_id IS NULL AND created_at < ?"
    " AND fingerprint = ?";
static const char sql_lead[] =
    "UPDATE idempotency SET lead_id = ? WHERE owner = ? AND name = ? AND status IS NULL AND lead_id IS NULL AND created_at = ?";
static const char sql_answer[] =
    "UPDATE idempotency SET status = ?, answer = ? WHERE owner = ? AND name = ? AND status IS NULL AND (lead_id = ? OR created_at = ?)";
static const char sql_drop[] =
    "DELETE FROM idempotency WHERE owner = ? AND name = ? AND status IS NULL AND lead_id IS NULL AND created_at = ?";
static const char sql_expire[] = "DELETE FROM idempotency WHERE created_at < ? LIMIT 5000";

int idempotency_running(struct err *e)
{
	err_set(e, ERR_CONFLICT, "a request with this Idempotency-Key is still running");
	e->code = "idempotency_key";
	return -1;
}

static struct db_arg lead_of(const struct idempotency *i)
{
	return id_is_zero(i->lead_id) ? DB_N() : DB_ID(i->lead_id);
}

int idempotency_store_claim(struct db *db, const struct idempotency *i, struct err *e)
{
	return db_exec(db, sql_claim, DB_ARGS(DB_S(i->owner), DB_S(i->name), DB_B(i->fingerprint, 32), lead_of(i), DB_T(i->created_at)), NULL, e);
}

enum found idempotency_store_find(struct db *db, struct arena *a, struct str owner, struct str name, struct idempotency *out, struct err *e)
{
	struct db_rows rows;
	enum found found = db_find(db, a, sql_find, DB_ARGS(DB_S(owner), DB_S(name)), &rows, e);
	const struct db_col *c = rows.list;

	if (found != FOUND_YES)
		return found;
	*out = (struct idempotency){ .owner = owner, .name = name, .lead_id = db_id(&c[1]), .status = c[2].null ? 0 : (int)c[2].i,
		.answer = c[3].s, .created_at = c[4].i };
	if (c[0].s.n == sizeof(out->fingerprint))
		memcpy(out->fingerprint, c[0].s.p, sizeof(out->fingerprint));
	return FOUND_YES;
}

enum found idempotency_store_retake(struct db *db, const struct idempotency *i, int64_t before, struct err *e)
{
	uint64_t changed;

	if (db_exec(db, sql_retake,
		DB_ARGS(DB_T(i->created_at), DB_S(i->owner), DB_S(i->name), DB_T(before), DB_B(i->fingerprint, 32)), &changed, e) != 0)
		return FOUND_ERR;
	return changed > 0 ? FOUND_YES : FOUND_NO;
}

enum found idempotency_store_lead(struct db *db, const struct idempotency *i, struct err *e)
{
	uint64_t changed;

	if (db_exec(db, sql_lead, DB_ARGS(lead_of(i), DB_S(i->owner), DB_S(i->name), DB_T(i->created_at)), &changed, e) != 0)
		return FOUND_ERR;
	return changed > 0 ? FOUND_YES : FOUND_NO;
}

int idempotency_store_answer(struct db *db, const struct idempotency *i, struct err *e)
{
	return db_exec(db, sql_answer,
	    DB_ARGS(DB_I(i->status), DB_B(i->answer.p, i->answer.n), DB_S(i->owner), DB_S(i->name), lead_of(i), DB_T(i->created_at)), NULL, e);
}

int idempotency_store_drop(struct db *db, const struct idempotency *i, struct err *e)
{
	return db_exec(db, sql_drop, DB_ARGS(DB_S(i->owner), DB_S(i->name), DB_T(i->created_at)), NULL, e);
}

int idempotency_store_expire(struct db *db, int64_t before, uint64_t *dropped_out, struct err *e)
{
	return db_exec(db, sql_expire, DB_ARGS(DB_T(before)), dropped_out, e);
}
