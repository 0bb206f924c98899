#include "lib/store/standing.h"

#define DAY_US (INT64_C(86400) * 1000000)

enum { KEPT_DAYS = 30 };

/* A verdict weighs half as much after ten days. */
#define WEIGHT(at) "POW(0.5, TIMESTAMPDIFF(DAY, " at ", ?) / 10)"
#define INTO "INSERT INTO standing (kind, owner_id, seller_id, sub1, good, total, counted_at) "
#define RENEW " ON DUPLICATE KEY UPDATE good = VALUES(good), total = VALUES(total), counted_at = VALUES(counted_at)"

/* Kept: accepted and not returned. Rejected: by the post's answer or later (codes 502 to 506, and 508 that a postback turned). */
static const char sql_acceptance[] = INTO
    "SELECT 1, contract_id, seller_id, '', SUM(good * weight), SUM(total * weight), ? FROM ("
    "SELECT contract_id, seller_id, accepted - returns AS good, accepted AS total, " WEIGHT("starts_at") " AS weight FROM stat_quarter"
    " WHERE grain = 0 AND span = 96 AND starts_at > ? AND contract_id > 0 AND accepted > 0 UNION ALL "
    "SELECT contract_id, seller_id, 0, sales, " WEIGHT("starts_at") " FROM stat_reason"
    " WHERE grain = 0 AND span = 96 AND starts_at > ? AND contract_id > 0 AND sales > 0 AND reason IN (502, 503, 504, 505, 506, 508)"
    ") days GROUP BY contract_id, seller_id" RENEW;
/* From the post to the first word that came back. */
static const char sql_speed[] = INTO
    "SELECT 2, s.contract_id, 0, '', SUM(GREATEST(TIMESTAMPDIFF(SECOND, s.created_at, p.first_at), 0) * " WEIGHT("p.first_at") "),"
    " SUM(" WEIGHT("p.first_at") "), ?"
    " FROM (SELECT sale_id, MIN(at) AS first_at FROM postback WHERE at > ? GROUP BY sale_id) p"
    " JOIN sale s ON s.id = p.sale_id AND s.sandbox = 0 GROUP BY s.contract_id" RENEW;
#define OF_SOURCES(kind, sub1) INTO \
    "SELECT " kind ", campaign_id, seller_id, " sub1 " AS sub, SUM(GREATEST(sold - returns, 0) * weight), SUM(posts * weight) AS leads, ? FROM (" \
    "SELECT campaign_id, seller_id, sub1, sold, returns, posts, " WEIGHT("starts_at") " AS weight FROM stat_quarter" \
    " WHERE grain = 1 AND span = 96 AND starts_at > ? AND contract_id = 0 AND posts > 0" \
    ") days GROUP BY campaign_id, seller_id, sub"
static const char sql_sources[] = OF_SOURCES("3", "sub1") " ORDER BY leads DESC LIMIT " STANDING_SOURCES_MAX RENEW;
static const char sql_sellers[] = OF_SOURCES("4", "''") RENEW;
static const char sql_drop[] = "DELETE FROM standing WHERE counted_at < ?";
static const char sql_mark[] = "SELECT MAX(counted_at) FROM standing";
static const char sql_read[] = "SELECT kind, owner_id, seller_id, sub1, good, total FROM standing";

static int count(struct db *db, void *ctx, struct err *e)
{
	const int64_t *now = ctx, since = *now - KEPT_DAYS * DAY_US;

	if (db_exec(db, sql_acceptance, DB_ARGS(DB_T(*now), DB_T(*now), DB_T(since), DB_T(*now), DB_T(since)), NULL, e) != 0 ||
	    db_exec(db, sql_speed, DB_ARGS(DB_T(*now), DB_T(*now), DB_T(*now), DB_T(since)), NULL, e) != 0 ||
	    db_exec(db, sql_sources, DB_ARGS(DB_T(*now), DB_T(*now), DB_T(since)), NULL, e) != 0 ||
	    db_exec(db, sql_sellers, DB_ARGS(DB_T(*now), DB_T(*now), DB_T(since)), NULL, e) != 0)
		return -1;
	return db_exec(db, sql_drop, DB_ARGS(DB_T(*now)), NULL, e);
}

int standing_store_count(struct db *db, int64_t now, struct err *e)
{
	return db_transact(db, count, &now, e);
}

int standing_store_mark(struct db *db, int64_t *mark_out, struct err *e)
{
	struct arena *a = arena_new(64 * 1024);
	struct db_rows rows;
	enum found found = db_find(db, a, sql_mark, NULL, 0, &rows, e);

	*mark_out = found == FOUND_YES && !rows.list[0].null ? rows.list[0].i : 0;
	arena_free(&a);
	return found == FOUND_ERR ? -1 : 0;
}

int standing_store_read(struct db *db, struct arena *a, struct standing_row **out, size_t *n_out, struct err *e)
{
	struct db_rows rows;

	if (db_query(db, a, sql_read, NULL, 0, &rows, e) != 0)
		return -1;
	*out = arena_array_of(a, rows.n, struct standing_row);
	*n_out = rows.n;
	for (size_t i = 0; i < rows.n; i++) {
		const struct db_col *c = db_at(&rows, i, 0);

		(*out)[i] = (struct standing_row){ .kind = (enum standing_kind)c[0].i, .owner_id = (uint32_t)c[1].i,
			.seller_id = (uint32_t)c[2].i, .sub1 = c[3].s, .good = c[4].i, .total = c[5].i };
	}
	return 0;
}
