#include "lib/store/lead.h"

enum { LEAD_COLUMNS = 31 };

#define COLUMNS \
	"id, ping_id, seller_id, campaign_id, version, sandbox, state, sold_as, reason, score, created_at, updated_at, deadline_at," \
	" fingerprint, min_price, max_sales, sub1, sub2, click_id, phone_index, email_index, phone_md5_index," \
	" phone_sha1_index, email_md5_index, email_sha1_index, lead, source, lead_key, sealed, reroute_until, chosen"

static const char sql_decide[] = "UPDATE `lead` SET decisions = ? WHERE id = ?";
static const char sql_decisions[] = "SELECT decisions FROM `lead` WHERE id = ?";
/* The channel is kept here: it counts for longer than clicks are kept. */
static const char sql_insert[] =
    "INSERT INTO `lead` (" COLUMNS ", channel_id)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?,"
    " (SELECT k.channel_id FROM click k WHERE k.id = ?))";
static const char sql_find[] = "SELECT " COLUMNS " FROM `lead` WHERE id = ?";
static const char sql_find_by_ping[] = "SELECT " COLUMNS " FROM `lead` WHERE ping_id = ?";
/* Changes nothing, and holds the row for the rest of the transaction. */
static const char sql_lock[] = "UPDATE `lead` SET id = id WHERE id = ?";
static const char sql_resells[] = "SELECT 1 FROM `lead` WHERE id = ? AND reroute_until > ?";
static const char sql_claim_exclusive[] = "UPDATE `lead` SET sold_as = ?, updated_at = ? WHERE id = ? AND sold_as IS NULL";
static const char sql_claim_shared[] =
    "UPDATE `lead` SET sold_as = ?, updated_at = ? WHERE id = ? AND (sold_as IS NULL OR sold_as = 2)";
static const char sql_release[] =
    "UPDATE `lead` SET sold_as = NULL, updated_at = ? WHERE id = ?"
    " AND NOT EXISTS (SELECT 1 FROM sale WHERE sale.lead_id = `lead`.id AND sale.slot IS NOT NULL)";
/* Sale states 1, 2 are open; 3, 5, 6 were accepted. Work of kind 1 sells the lead again. */
#define BECOMES \
	"UPDATE `lead` SET updated_at = ?, state = CASE" \
	" WHEN EXISTS (SELECT 1 FROM sale WHERE sale.lead_id = `lead`.id AND sale.state IN (1, 2)) THEN 4" \
	" WHEN EXISTS (SELECT 1 FROM work WHERE work.id = `lead`.id AND work.kind = 1) THEN 4" \
	" WHEN EXISTS (SELECT 1 FROM sale WHERE sale.lead_id = `lead`.id AND sale.state IN (3, 5, 6)) THEN 2 ELSE 3 END"
static const char sql_resolve[] = BECOMES " WHERE id = ? AND state IN (2, 3, 4)";
static const char sql_close[] = BECOMES " WHERE id = ? AND state IN (1, 2, 3, 4)";
#define STALE "state = 1 AND deadline_at < ? AND NOT EXISTS (SELECT 1 FROM sale WHERE sale.lead_id = `lead`.id AND sale.state = 1)"
static const char sql_stale[] = "SELECT id, deadline_at FROM `lead` WHERE " STALE
    " AND deadline_at >= ? AND (deadline_at > ? OR id > ?) ORDER BY deadline_at, id LIMIT ?";
static const char sql_lock_stale[] = "UPDATE `lead` SET id = id WHERE id = ? AND " STALE;

static struct db_arg bytes_or_null(struct str s)
{
	return s.p == NULL ? DB_N() : DB_B(s.p, s.n);
}

int lead_store_insert(struct db *db, const struct lead_row *r, struct err *e)
{
	const struct str *of = r->person.index;
	const struct db_arg click = id_is_zero(r->click_id) ? DB_N() : DB_ID(r->click_id);
	const struct db_arg args[LEAD_COLUMNS + 1] = {
		DB_ID(r->id), DB_ID(r->ping_id), DB_I(r->seller_id), DB_I(r->campaign_id), DB_I(r->version), DB_I(r->sandbox),
		DB_I(r->state), r->sold_as == 0 ? DB_N() : DB_I(r->sold_as), r->reason == 0 ? DB_N() : DB_I(r->reason),
		r->score < 0 ? DB_N() : DB_I(r->score), DB_T(r->created_at), DB_T(r->updated_at), DB_T(r->deadline_at),
		DB_B(r->fingerprint, sizeof(r->fingerprint)), DB_M(r->min_price), DB_I(r->max_sales), DB_S(r->sub1), DB_S(r->sub2),
		click, bytes_or_null(of[LEAD_BY_PHONE]),
		bytes_or_null(of[LEAD_BY_EMAIL]), bytes_or_null(of[LEAD_BY_PHONE_MD5]), bytes_or_null(of[LEAD_BY_PHONE_SHA1]),
		bytes_or_null(of[LEAD_BY_EMAIL_MD5]), bytes_or_null(of[LEAD_BY_EMAIL_SHA1]),
		DB_S(r->lead), DB_S(r->source), bytes_or_null(r->lead_key), bytes_or_null(r->sealed),
		r->reroute_until == 0 ? DB_N() : DB_T(r->reroute_until), bytes_or_null(r->chosen), click,
	};

	return db_exec(db, sql_insert, args, LEAD_COLUMNS + 1, NULL, e);
}

static enum found find(struct db *db, struct arena *a, const char *sql, struct id id, struct lead_row *out, struct err *e)
{
	static const enum lead_by order[LEAD_BY__N] = { LEAD_BY_PHONE, LEAD_BY_EMAIL, LEAD_BY_PHONE_MD5, LEAD_BY_PHONE_SHA1,
		LEAD_BY_EMAIL_MD5, LEAD_BY_EMAIL_SHA1 };
	struct db_rows rows;
	enum found found = db_find(db, a, sql, DB_ARGS(DB_ID(id)), &rows, e);
	const struct db_col *c = rows.list;

	if (found != FOUND_YES)
		return found;
	*out = (struct lead_row){
		.id = db_id(&c[0]), .ping_id = db_id(&c[1]), .seller_id = (uint32_t)c[2].i, .campaign_id = (uint32_t)c[3].i,
		.version = c[4].i, .sandbox = c[5].i != 0, .state = (enum lead_state)c[6].i, .sold_as = c[7].null ? 0 : (int)c[7].i,
		.reason = c[8].null ? 0 : (int)c[8].i, .score = c[9].null ? -1 : (int)c[9].i, .created_at = c[10].i,
		.updated_at = c[11].i, .deadline_at = c[12].i, .min_price = c[14].i, .max_sales = (int)c[15].i, .sub1 = c[16].s,
		.sub2 = c[17].s, .click_id = db_id(&c[18]), .lead = c[25].s, .source = c[26].s, .lead_key = c[27].s, .sealed = c[28].s,
		.reroute_until = c[29].null ? 0 : c[29].i, .chosen = c[30].s,
	};
	for (int i = 0; i < LEAD_BY__N; i++)
		out->person.index[order[i]] = c[19 + i].s;
	if (c[13].s.n == sizeof(out->fingerprint))
		memcpy(out->fingerprint, c[13].s.p, sizeof(out->fingerprint));
	return FOUND_YES;
}

enum found lead_store_find(struct db *db, struct arena *a, struct id id, struct lead_row *out, struct err *e)
{
	return find(db, a, sql_find, id, out, e);
}

enum found lead_store_find_by_ping(struct db *db, struct arena *a, struct id ping_id, struct lead_row *out, struct err *e)
{
	return find(db, a, sql_find_by_ping, ping_id, out, e);
}

static enum found changed(struct db *db, const char *sql, const struct db_arg *args, size_t n, struct err *e)
{
	uint64_t rows;

	if (db_exec(db, sql, args, n, &rows, e) != 0)
		return FOUND_ERR;
	return rows > 0 ? FOUND_YES : FOUND_NO;
}

enum found lead_store_lock(struct db *db, struct id id, struct err *e)
{
	return changed(db, sql_lock, DB_ARGS(DB_ID(id)), e);
}

enum found lead_store_resells(struct db *db, struct arena *a, struct id id, int64_t now, struct err *e)
{
	struct db_rows rows;

	return db_find(db, a, sql_resells, DB_ARGS(DB_ID(id), DB_T(now)), &rows, e);
}

enum found lead_store_claim(struct db *db, struct id id, int sold_as, int64_t now, struct err *e)
{
	return changed(db, sold_as == 2 ? sql_claim_shared : sql_claim_exclusive, DB_ARGS(DB_I(sold_as), DB_T(now), DB_ID(id)), e);
}

int lead_store_release(struct db *db, struct id id, int64_t now, struct err *e)
{
	return db_exec(db, sql_release, DB_ARGS(DB_T(now), DB_ID(id)), NULL, e);
}

int lead_store_resolve(struct db *db, struct id id, int64_t now, struct err *e)
{
	return db_exec(db, sql_resolve, DB_ARGS(DB_T(now), DB_ID(id)), NULL, e);
}

int lead_store_close(struct db *db, struct id id, int64_t now, struct err *e)
{
	return db_exec(db, sql_close, DB_ARGS(DB_T(now), DB_ID(id)), NULL, e);
}

int lead_store_stale(struct db *db, struct arena *a, const struct overdue *o, struct overdue_lead **out, size_t *n_out, struct err *e)
{
	struct db_rows rows;

	if (db_query(db, a, sql_stale, DB_ARGS(DB_T(o->before), DB_T(o->after_at), DB_T(o->after_at), DB_ID(o->after), DB_I(o->limit)), &rows, e) != 0)
		return -1;
	*out = arena_array_of(a, rows.n, struct overdue_lead);
	*n_out = rows.n;
	for (size_t i = 0; i < rows.n; i++)
		(*out)[i] = (struct overdue_lead){ db_id(db_at(&rows, i, 0)), db_at(&rows, i, 1)->i };
	return 0;
}

enum found lead_store_lock_stale(struct db *db, struct id id, int64_t before, struct err *e)
{
	return changed(db, sql_lock_stale, DB_ARGS(DB_ID(id), DB_T(before)), e);
}

int lead_store_decide(struct db *db, struct id id, struct str decisions, struct err *e)
{
	return db_exec(db, sql_decide, DB_ARGS(DB_B(decisions.p, decisions.n), DB_ID(id)), NULL, e);
}

enum found lead_store_decisions(struct db *db, struct arena *a, struct id id, struct str *out, struct err *e)
{
	struct db_rows rows;
	enum found found = db_find(db, a, sql_decisions, DB_ARGS(DB_ID(id)), &rows, e);

	*out = found == FOUND_YES && !rows.list[0].null ? rows.list[0].s : (struct str){ NULL, 0 };
	return found;
}
