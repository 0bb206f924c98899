#include "lib/store/rollup.h"

#include "lib/base/money.h"
#include "lib/store/stat.h"

static const char sql_pings[] =
    "SELECT p.seller_id, p.campaign_id, COALESCE(k.channel_id, 0), p.sub1, p.sub2, p.id, p.version, p.status, p.bids, p.decisions"
    " FROM ping p LEFT JOIN click k ON k.id = p.click_id WHERE p.id > ? AND p.id < ? AND p.sandbox = 0 ORDER BY p.id LIMIT ?";
static const char sql_next_ping[] = "SELECT id FROM ping WHERE id >= ? AND id < ? AND sandbox = 0 ORDER BY id LIMIT 1";
/* Lead state 2: sold. Sale state 4: rejected. */
static const char sql_leads[] =
    "SELECT l.seller_id, l.campaign_id, COALESCE(l.channel_id, k.channel_id, 0) AS came_by, l.sub1, l.sub2, l.version, l.state,"
    " COALESCE(l.reason, 0) AS reason, COUNT(*),"
    " SUM(l.state = 2 AND EXISTS (SELECT 1 FROM sale s WHERE s.lead_id = l.id AND s.state = 4))"
    " FROM `lead` l LEFT JOIN click k ON k.id = l.click_id WHERE l.created_at >= ? AND l.created_at < ? AND l.sandbox = 0"
    " GROUP BY l.seller_id, l.campaign_id, came_by, l.sub1, l.sub2, l.version, l.state, reason";
static const char sql_sales[] =
    "SELECT s.seller_id, s.campaign_id, COALESCE(l.channel_id, k.channel_id, 0) AS came_by, l.sub1, l.sub2, l.version, s.contract_id, s.buyer_id,"
    " s.currency, s.state, COALESCE(d.reason, 0) AS reason, s.cost, s.price, COUNT(*),"
    " SUM(EXISTS (SELECT 1 FROM sale o WHERE o.lead_id = s.lead_id AND o.state = 4 AND o.id <> s.id))"
    " FROM sale s JOIN `lead` l ON l.id = s.lead_id JOIN delivery d ON d.sale_id = s.id LEFT JOIN click k ON k.id = l.click_id"
    " WHERE s.created_at >= ? AND s.created_at < ? AND s.sandbox = 0"
    " GROUP BY s.seller_id, s.campaign_id, came_by, l.sub1, l.sub2, l.version, s.contract_id, s.buyer_id, s.currency, s.state, reason,"
    " s.cost, s.price";
/* Whether a sale was recovered hangs on the lead's other sales, whose quarters may be others. */
static const char sql_changed[] =
    "SELECT TIMESTAMPDIFF(MINUTE, '1970-01-01', created_at) DIV 15 AS quarter FROM `lead` WHERE updated_at >= ? UNION"
    " SELECT TIMESTAMPDIFF(MINUTE, '1970-01-01', o.created_at) DIV 15 FROM sale s JOIN sale o ON o.lead_id = s.lead_id WHERE s.updated_at >= ?"
    " ORDER BY quarter";
static const char sql_clicks[] =
    "SELECT channel_id, campaign_id, currency, sub1, sub2, COUNT(*), SUM(cost) FROM click WHERE id >= ? AND id < ?"
    " GROUP BY channel_id, campaign_id, currency, sub1, sub2";
static const char sql_next_click[] = "SELECT id FROM click WHERE id >= ? ORDER BY id LIMIT 1";
/* The document names objects by key; what stands in it is one version's, so an object that was archived since is found too. */
static const char sql_campaigns[] =
    "SELECT c.id, t.currency FROM config_version v JOIN JSON_TABLE(v.document, '$.campaigns[*]' COLUMNS ("
    "name VARCHAR(64) CHARACTER SET utf8mb4 PATH '$.key', currency VARCHAR(3) PATH '$.currency')) t"
    " JOIN campaign c ON c.name = t.name WHERE v.version = ? ORDER BY c.id";
static const char sql_contracts[] =
    "SELECT c.id, b.id FROM config_version v JOIN JSON_TABLE(v.document, '$.buyers[*]' COLUMNS ("
    "buyer VARCHAR(64) CHARACTER SET utf8mb4 PATH '$.key', NESTED PATH '$.contracts[*]' COLUMNS ("
    "name VARCHAR(64) CHARACTER SET utf8mb4 PATH '$.key'))) t"
    " JOIN contract c ON c.name = t.name JOIN buyer b ON b.name = t.buyer WHERE v.version = ? ORDER BY c.id";
static const char sql_channels[] =
    "SELECT c.id, t.cost, COALESCE(t.amount, ''), COALESCE(t.percent, '') FROM config_version v"
    " JOIN JSON_TABLE(v.document, '$.channels[*]' COLUMNS (name VARCHAR(64) CHARACTER SET utf8mb4 PATH '$.key',"
    " cost VARCHAR(16) PATH '$.cost.type', amount VARCHAR(32) PATH '$.cost.amount', percent VARCHAR(32) PATH '$.cost.percent')) t"
    " JOIN channel c ON c.name = t.name WHERE v.version = ? AND t.cost IS NOT NULL ORDER BY c.id";
static const char sql_ping_timeout[] =
    "SELECT MAX(t.ms) FROM config_state s JOIN config_version v ON v.version = s.version JOIN JSON_TABLE(v.document, '$.campaigns[*]'"
    " COLUMNS (ms INT PATH '$.routing.ping_timeout_ms' DEFAULT '1500' ON EMPTY)) t WHERE s.id = 1";

enum { SOURCE_COLUMNS = 5, PING_TIMEOUT_MS = 1500 };

static struct rollup_source source_of(const struct db_col *c)
{
	return (struct rollup_source){ (uint32_t)c[0].i, (uint32_t)c[1].i, (uint32_t)c[2].i, c[3].s, c[4].s };
}

static void copy_currency(char to[4], struct str s)
{
	memset(to, 0, 4);
	memcpy(to, s.p, s.n < 4 ? s.n : 3);
}

int rollup_pings(struct db *db, struct arena *a, struct id after, struct id before, int limit, struct rollup_ping **out, size_t *n_out,
    struct err *e)
{
	struct db_rows rows;

	if (db_query(db, a, sql_pings, DB_ARGS(DB_ID(after), DB_ID(before), DB_I(limit)), &rows, e) != 0)
		return -1;
	*n_out = rows.n;
	*out = arena_array_of(a, rows.n, struct rollup_ping);
	for (size_t i = 0; i < rows.n; i++) {
		const struct db_col *c = db_at(&rows, i, 0), *own = c + SOURCE_COLUMNS;

		(*out)[i] = (struct rollup_ping){ .id = db_id(&own[0]), .source = source_of(c), .version = own[1].i,
			.status = (enum ping_status)own[2].i, .bids = own[3].s, .decisions = own[4].s };
	}
	return 0;
}

enum found rollup_next_ping(struct db *db, struct arena *a, struct id from, struct id before, struct id *out, struct err *e)
{
	struct db_rows rows;
	enum found found = db_find(db, a, sql_next_ping, DB_ARGS(DB_ID(from), DB_ID(before)), &rows, e);

	if (found == FOUND_YES)
		*out = db_id(rows.list);
	return found;
}

int rollup_leads_list(struct db *db, struct arena *a, int64_t from, int64_t to, struct rollup_leads **out, size_t *n_out, struct err *e)
{
	struct db_rows rows;

	if (db_query(db, a, sql_leads, DB_ARGS(DB_T(from), DB_T(to)), &rows, e) != 0)
		return -1;
	*n_out = rows.n;
	*out = arena_array_of(a, rows.n, struct rollup_leads);
	for (size_t i = 0; i < rows.n; i++) {
		const struct db_col *c = db_at(&rows, i, 0), *own = c + SOURCE_COLUMNS;

		(*out)[i] = (struct rollup_leads){ .source = source_of(c), .version = own[0].i, .state = (enum lead_state)own[1].i,
			.reason = (int)own[2].i, .n = own[3].i, .recovered = own[4].i };
	}
	return 0;
}

int rollup_sales_list(struct db *db, struct arena *a, int64_t from, int64_t to, struct rollup_sales **out, size_t *n_out, struct err *e)
{
	struct db_rows rows;

	if (db_query(db, a, sql_sales, DB_ARGS(DB_T(from), DB_T(to)), &rows, e) != 0)
		return -1;
	*n_out = rows.n;
	*out = arena_array_of(a, rows.n, struct rollup_sales);
	for (size_t i = 0; i < rows.n; i++) {
		const struct db_col *c = db_at(&rows, i, 0), *own = c + SOURCE_COLUMNS;
		struct rollup_sales *to_row = &(*out)[i];

		*to_row = (struct rollup_sales){ .source = source_of(c), .version = own[0].i, .contract = (uint32_t)own[1].i,
			.buyer = (uint32_t)own[2].i, .state = (enum sale_state)own[4].i, .reason = (int)own[5].i, .cost = own[6].i,
			.price = own[7].i, .n = own[8].i, .recovered = own[9].i };
		copy_currency(to_row->currency, own[3].s);
	}
	return 0;
}

int rollup_changed(struct db *db, struct arena *a, int64_t since, int64_t **out, size_t *n_out, struct err *e)
{
	struct db_rows rows;

	if (db_query(db, a, sql_changed, DB_ARGS(DB_T(since), DB_T(since)), &rows, e) != 0)
		return -1;
	*n_out = rows.n;
	*out = arena_array_of(a, rows.n, int64_t);
	for (size_t i = 0; i < rows.n; i++)
		(*out)[i] = db_at(&rows, i, 0)->i;
	return 0;
}

int rollup_clicks_list(struct db *db, struct arena *a, int64_t from, int64_t to, struct rollup_clicks **out, size_t *n_out, struct err *e)
{
	struct id first = id_first(from / 1000), last = id_first(to / 1000);
	struct db_rows rows;

	if (db_query(db, a, sql_clicks, DB_ARGS(DB_ID(first), DB_ID(last)), &rows, e) != 0)
		return -1;
	*n_out = rows.n;
	*out = arena_array_of(a, rows.n, struct rollup_clicks);
	for (size_t i = 0; i < rows.n; i++) {
		const struct db_col *c = db_at(&rows, i, 0);

		(*out)[i] = (struct rollup_clicks){ .channel = (uint32_t)c[0].i, .campaign = (uint32_t)c[1].i, .sub1 = c[3].s, .sub2 = c[4].s,
			.n = c[5].i, .cost = c[6].i };
		copy_currency((*out)[i].currency, c[2].s);
	}
	return 0;
}

enum found rollup_next_click(struct db *db, struct arena *a, int64_t from, int64_t *out, struct err *e)
{
	struct id first = id_first(from / 1000);
	struct db_rows rows;
	enum found found = db_find(db, a, sql_next_click, DB_ARGS(DB_ID(first)), &rows, e);

	if (found == FOUND_YES)
		*out = id_ms(db_id(rows.list)) * 1000;
	return found;
}

static int read_campaigns(struct db *db, struct arena *a, int64_t version, struct rollup_terms *out, struct err *e)
{
	struct db_rows rows;

	if (db_query(db, a, sql_campaigns, DB_ARGS(DB_I(version)), &rows, e) != 0)
		return -1;
	out->n_campaigns = rows.n;
	out->campaigns = arena_array_of(a, rows.n, struct rollup_campaign);
	for (size_t i = 0; i < rows.n; i++) {
		out->campaigns[i].id = (uint32_t)db_at(&rows, i, 0)->i;
		copy_currency(out->campaigns[i].currency, db_at(&rows, i, 1)->s);
	}
	return 0;
}

static int read_contracts(struct db *db, struct arena *a, int64_t version, struct rollup_terms *out, struct err *e)
{
	struct db_rows rows;

	if (db_query(db, a, sql_contracts, DB_ARGS(DB_I(version)), &rows, e) != 0)
		return -1;
	out->n_contracts = rows.n;
	out->contracts = arena_array_of(a, rows.n, struct rollup_contract);
	for (size_t i = 0; i < rows.n; i++)
		out->contracts[i] = (struct rollup_contract){ (uint32_t)db_at(&rows, i, 0)->i, (uint32_t)db_at(&rows, i, 1)->i };
	return 0;
}

static int read_channels(struct db *db, struct arena *a, int64_t version, struct rollup_terms *out, struct err *e)
{
	struct db_rows rows;

	if (db_query(db, a, sql_channels, DB_ARGS(DB_I(version)), &rows, e) != 0)
		return -1;
	out->n_channels = rows.n;
	out->channels = arena_array_of(a, rows.n, struct rollup_channel);
	for (size_t i = 0; i < rows.n; i++) {
		const struct db_col *c = db_at(&rows, i, 0);
		struct rollup_channel *to = &out->channels[i];

		*to = (struct rollup_channel){ .id = (uint32_t)c[0].i, .cost = c[1].s };
		money_parse(c[2].s, &to->amount);
		money_parse(c[3].s, &to->percent);
	}
	return 0;
}

int rollup_terms_read(struct db *db, struct arena *a, int64_t version, struct rollup_terms *out, struct err *e)
{
	*out = (struct rollup_terms){ 0 };
	if (read_campaigns(db, a, version, out, e) != 0 || read_contracts(db, a, version, out, e) != 0)
		return -1;
	return read_channels(db, a, version, out, e);
}

int rollup_ping_timeout(struct db *db, struct arena *a, int64_t *ms_out, struct err *e)
{
	struct db_rows rows;
	enum found found = db_find(db, a, sql_ping_timeout, NULL, 0, &rows, e);

	*ms_out = found == FOUND_YES && !rows.list[0].null ? rows.list[0].i : PING_TIMEOUT_MS;
	return found == FOUND_ERR ? -1 : 0;
}
