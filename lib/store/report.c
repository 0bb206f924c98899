#include "lib/store/report_rows.h"

#include "lib/base/buf.h"
#include "lib/base/clock.h"
#include "lib/store/stat_set.h"
#include "lib/wire/json.h"

#define SUMMED(name, column, part) ", SUM(s." column ")"
#define PLAN " FROM JSON_TABLE(?, '$[*]' COLUMNS (bucket INT PATH '$[0]', span INT PATH '$[1]', starts_at DATETIME PATH '$[2]')) p"
/* Each row of the plan is looked up by the key's first columns. */
#define ROWS(table, grain, contracts) \
	" STRAIGHT_JOIN " table " s ON s.grain = " grain " AND s.span = p.span AND s.starts_at = p.starts_at AND s.contract_id " contracts
#define ONLY \
	" WHERE (? = '' OR FIND_IN_SET(s.campaign_id, ?)) AND (? = '' OR FIND_IN_SET(s.seller_id, ?)) AND (? = '' OR FIND_IN_SET(s.buyer_id, ?))" \
	" AND (? = '' OR FIND_IN_SET(s.contract_id, ?)) AND (? = '' OR FIND_IN_SET(s.channel_id, ?))"
#define ONLY_SUBS \
	" AND (? = '[]' OR s.sub1 IN (SELECT v FROM JSON_TABLE(?, '$[*]' COLUMNS (v VARCHAR(128) CHARACTER SET utf8mb4 PATH '$')) x))" \
	" AND (? = '[]' OR s.sub2 IN (SELECT v FROM JSON_TABLE(?, '$[*]' COLUMNS (v VARCHAR(128) CHARACTER SET utf8mb4 PATH '$')) x))"
#define BY \
	"SELECT p.bucket, s.currency, IF(?, s.campaign_id, 0) AS by_campaign, IF(?, s.seller_id, 0) AS by_seller, IF(?, s.buyer_id, 0) AS by_buyer," \
	" IF(?, s.contract_id, 0) AS by_contract, IF(?, s.channel_id, 0) AS by_channel"
#define BY_SUBS ", IF(?, s.sub1, '') AS by_sub1, IF(?, s.sub2, '') AS by_sub2"
#define NO_SUBS ", '' AS by_sub1, '' AS by_sub2"
#define GROUP " GROUP BY p.bucket, s.currency, by_campaign, by_seller, by_buyer, by_contract, by_channel"
#define GROUP_SUBS ", by_sub1, by_sub2"
#define CODES ", s.reason, SUM(s.pings + s.sales)"
#define ONLY_CODES " AND (? = '' OR FIND_IN_SET(s.reason, ?))"
#define LIMIT " LIMIT ?"
#define LATENCIES(contracts) \
	"SELECT p.bucket, s.currency, s.campaign_id, s.buyer_id, s.contract_id, s.buckets" PLAN \
	" STRAIGHT_JOIN stat_latency s ON s.span = p.span AND s.starts_at = p.starts_at AND s.contract_id " contracts \
	" WHERE (? = '' OR FIND_IN_SET(s.campaign_id, ?)) AND (? = '' OR FIND_IN_SET(s.buyer_id, ?)) AND (? = '' OR FIND_IN_SET(s.contract_id, ?))"

/* By grain, then by whether contracts are kept apart. */
#define SUMS(grain, contracts) BY NO_SUBS STATS(SUMMED) PLAN ROWS("stat_quarter", grain, contracts) ONLY GROUP LIMIT
#define SUMS_BY_SUB(contracts) BY BY_SUBS STATS(SUMMED) PLAN ROWS("stat_quarter", "1", contracts) ONLY ONLY_SUBS GROUP GROUP_SUBS LIMIT
#define CODES_OF(grain, contracts) BY NO_SUBS CODES PLAN ROWS("stat_reason", grain, contracts) ONLY ONLY_CODES GROUP ", s.reason" LIMIT
#define CODES_BY_SUB BY BY_SUBS CODES PLAN ROWS("stat_reason", "1", "= 0") ONLY ONLY_SUBS ONLY_CODES GROUP GROUP_SUBS ", s.reason" LIMIT

static const char *const sql_sums[STAT_GRAIN__N][2] = {
	[STAT_GRAIN_SOURCE] = { SUMS("0", "= 0"), SUMS("0", "> 0") },
	[STAT_GRAIN_SUBS] = { SUMS_BY_SUB("= 0"), SUMS_BY_SUB("> 0") },
	[STAT_GRAIN_CONTRACT] = { SUMS("2", "= 0"), SUMS("2", "> 0") },
};
/* A contract's codes are not kept by sub-source. */
static const char *const sql_reasons[STAT_GRAIN__N][2] = {
	[STAT_GRAIN_SOURCE] = { CODES_OF("0", "= 0"), CODES_OF("0", "> 0") },
	[STAT_GRAIN_SUBS] = { CODES_BY_SUB, NULL },
	[STAT_GRAIN_CONTRACT] = { CODES_OF("2", "= 0"), CODES_OF("2", "> 0") },
};
static const char *const sql_latencies[2] = { LATENCIES("= 0"), LATENCIES("> 0") };
static const char sql_spend[] = "SELECT channel_id, day, amount, currency, COALESCE(campaign_id, 0) FROM spend WHERE day >= ? AND day <= ?";
static const char sql_fresh[] = "SELECT pings_to, pings_closed, sales_seen FROM stat_mark WHERE id = 1";
static const char *const sql_names[DIM__N] = {
	[DIM_CAMPAIGN] = "SELECT id, name FROM campaign ORDER BY id", [DIM_SELLER] = "SELECT id, name FROM seller ORDER BY id",
	[DIM_BUYER] = "SELECT id, name FROM buyer ORDER BY id", [DIM_CONTRACT] = "SELECT id, name FROM contract ORDER BY id",
	[DIM_CHANNEL] = "SELECT id, name FROM channel ORDER BY id",
};

enum { ID_LIST_MAX = 1024 * 1024, ARGS_MAX = 32, KEY_COLUMNS = 9, DAY_SPARE = 2 };

#define DAY_US (INT64_C(86400) * 1000000)

struct reading {
	struct db *db;
	struct arena *arena;
	const struct report_query *q;
	struct report_bucket *buckets;
	struct str plan;
	struct report_rows rows;
	enum stat_grain grain;
	bool by_contract;
};

unsigned report_by(const struct report_query *q)
{
	unsigned by = q->by;

	for (int d = 0; d < DIM__N; d++)
		if (q->only[d].n > 0)
			by |= DIM_BIT(d);
	for (int i = 0; i < 2; i++)
		if (q->n_subs[i] > 0)
			by |= DIM_BIT(DIM_SUB1 + i);
	return by;
}

static bool grouped(const struct reading *r, enum dimension d)
{
	return (r->q->by & DIM_BIT(d)) != 0;
}

/* "1,2,3" for FIND_IN_SET. */
static struct str id_list(struct arena *a, const struct report_ids *ids)
{
	struct buf b;

	if (ids->n == 0)
		return STR("");
	buf_in(&b, a, ID_LIST_MAX);
	for (size_t i = 0; i < ids->n; i++)
		buf_addf(&b, "%s%u", i > 0 ? "," : "", ids->ids[i]);
	return buf_str(&b);
}

static struct str text_list(struct arena *a, const struct str *list, size_t n)
{
	struct json_out j;
	struct buf b;

	buf_in(&b, a, ID_LIST_MAX);
	j = json_out(&b);
	json_open(&j, NULL, '[');
	for (size_t i = 0; i < n; i++)
		json_text(&j, NULL, list[i]);
	json_close(&j, ']');
	return buf_str(&b);
}

static size_t bind_twice(struct db_arg *args, size_t n, struct str s)
{
	args[n++] = DB_S(s);
	args[n++] = DB_S(s);
	return n;
}

/* The values that the statements of sums and reasons share. */
static size_t bind(const struct reading *r, struct db_arg args[ARGS_MAX])
{
	size_t n = 0;

	for (int d = DIM_CAMPAIGN; d <= (r->grain == STAT_GRAIN_SUBS ? DIM_SUB2 : DIM_CHANNEL); d++)
		args[n++] = DB_I(grouped(r, (enum dimension)d));
	args[n++] = DB_S(r->plan);
	for (int d = DIM_CAMPAIGN; d <= DIM_CHANNEL; d++)
		n = bind_twice(args, n, id_list(r->arena, &r->q->only[d]));
	for (int i = 0; r->grain == STAT_GRAIN_SUBS && i < 2; i++)
		n = bind_twice(args, n, text_list(r->arena, r->q->subs[i], r->q->n_subs[i]));
	return n;
}

static void copy_currency(char to[4], struct str s)
{
	memcpy(to, s.p, s.n < 4 ? s.n : 3);
}

/* The key in a row's first columns: bucket, currency, ids, sub-sources. */
static struct report_row read_key(const struct db_col *c)
{
	struct report_row key = { .campaign = (uint32_t)c[2].i, .seller = (uint32_t)c[3].i, .buyer = (uint32_t)c[4].i,
		.contract = (uint32_t)c[5].i, .channel = (uint32_t)c[6].i, .sub1 = c[7].s, .sub2 = c[8].s };

	copy_currency(key.currency, c[1].s);
	return key;
}

static int take_sums(const struct db_col *c, void *ctx, struct err *e)
{
	struct reading *r = ctx;
	struct report_row key = read_key(c), *row = report_rows_get(&r->rows, &key, (size_t)c[0].i, e);

	if (row == NULL)
		return -1;
	for (int i = 0; i < STAT_COLUMNS; i++)
		row->of[i] += c[KEY_COLUMNS + i].i;
	return 0;
}

static int read_sums(struct reading *r, struct err *e)
{
	struct db_arg args[ARGS_MAX];
	size_t n = bind(r, args);

	args[n++] = DB_I(REPORT_ROWS_MAX + 1);
	return db_each(r->db, sql_sums[r->grain][r->by_contract], args, n, take_sums, r, e);
}

static int take_reason(const struct db_col *c, void *ctx, struct err *e)
{
	enum reason code = reason_first((enum reason)c[KEY_COLUMNS].i);
	struct report_row key = read_key(c), *row;
	struct reading *r = ctx;

	if (c[KEY_COLUMNS + 1].i == 0)
		return 0;
	key.reason = grouped(r, DIM_REASON) ? code : REASON_NONE;
	row = report_rows_get(&r->rows, &key, (size_t)c[0].i, e);
	return row != NULL ? report_rows_reason(&r->rows, row, code, c[KEY_COLUMNS + 1].i, e) : -1;
}

static int read_reasons(struct reading *r, struct err *e)
{
	const char *sql = sql_reasons[r->grain][r->by_contract];
	struct db_arg args[ARGS_MAX];
	size_t n;

	if (sql == NULL)
		return 0;
	n = bind(r, args);
	n = bind_twice(args, n, id_list(r->arena, &r->q->only[DIM_REASON]));
	args[n++] = DB_I(REPORT_CODES_MAX + 1);
	return db_each(r->db, sql, args, n, take_reason, r, e);
}

static int take_latency(const struct db_col *c, void *ctx, struct err *e)
{
	struct reading *r = ctx;
	struct report_row key = { .campaign = grouped(r, DIM_CAMPAIGN) ? (uint32_t)c[2].i : 0,
		.buyer = grouped(r, DIM_BUYER) ? (uint32_t)c[3].i : 0, .contract = grouped(r, DIM_CONTRACT) ? (uint32_t)c[4].i : 0,
		.sub1 = STR(""), .sub2 = STR("") };
	struct report_row *row;
	struct latency *to;

	copy_currency(key.currency, c[1].s);
	row = report_rows_get(&r->rows, &key, (size_t)c[0].i, e);
	to = row != NULL ? report_rows_latency(&r->rows, row, e) : NULL;
	if (to == NULL)
		return -1;
	return latency_unpack(to, c[5].s, 1) ? 0 : err_set(e, ERR_INTERNAL, "a kept histogram can't be read");
}

static int read_latencies(struct reading *r, struct err *e)
{
	struct str campaigns = id_list(r->arena, &r->q->only[DIM_CAMPAIGN]), buyers = id_list(r->arena, &r->q->only[DIM_BUYER]),
	    contracts = id_list(r->arena, &r->q->only[DIM_CONTRACT]);

	return db_each(r->db, sql_latencies[r->by_contract],
	    DB_ARGS(DB_S(r->plan), DB_S(campaigns), DB_S(campaigns), DB_S(buyers), DB_S(buyers), DB_S(contracts), DB_S(contracts)), take_latency,
	    r, e);
}

static bool holds(const struct report_ids *ids, uint32_t id)
{
	size_t i = 0;

	while (i < ids->n && ids->ids[i] != id)
		i++;
	return ids->n == 0 || i < ids->n;
}

static uint32_t campaign_of(const struct report_query *q, uint32_t channel)
{
	for (size_t i = 0; i < q->n_channels; i++)
		if (q->channels[i].id == channel)
			return q->channels[i].campaign;
	return 0;
}

/* Spend is told for a date; it counts where that date begins by the report's clock. */
static int take_spend(const struct db_col *c, void *ctx, struct err *e)
{
	struct reading *r = ctx;
	uint32_t channel = (uint32_t)c[0].i;
	struct report_row key = { .campaign = c[4].i != 0 ? (uint32_t)c[4].i : campaign_of(r->q, channel), .channel = channel, .sub1 = STR(""), .sub2 = STR("") }, *row;
	struct zone_time t = { 0 };
	size_t bucket = 0;
	int64_t at;

	clock_civil(c[1].i / DAY_US, &t.year, &t.month, &t.day);
	at = zone_instant(r->q->zone, &t);
	if (at < r->q->from || at >= r->q->to || !holds(&r->q->only[DIM_CHANNEL], channel) ||
	    !holds(&r->q->only[DIM_CAMPAIGN], key.campaign))
		return 0;
	while (at >= r->buckets[bucket].to)
		bucket++;
	key.campaign = grouped(r, DIM_CAMPAIGN) ? key.campaign : 0;
	key.channel = grouped(r, DIM_CHANNEL) ? key.channel : 0;
	copy_currency(key.currency, c[3].s);
	row = report_rows_get(&r->rows, &key, bucket, e);
	if (row == NULL)
		return -1;
	row->of[STAT_SPEND] += c[2].i;
	return 0;
}

static int read_spend(struct reading *r, struct err *e)
{
	return db_each(r->db, sql_spend, DB_ARGS(DB_T(r->q->from - DAY_SPARE * DAY_US), DB_T(r->q->to + DAY_SPARE * DAY_US)), take_spend, r, e);
}

static enum stat_grain grain_of(unsigned by)
{
	if (by & DIM_SUBS)
		return STAT_GRAIN_SUBS;
	return by & (DIM_BIT(DIM_SELLER) | DIM_BIT(DIM_CHANNEL)) ? STAT_GRAIN_SOURCE : STAT_GRAIN_CONTRACT;
}

static int read_parts(struct reading *r, unsigned by, struct err *e)
{
	const struct metric *cost = metric_find(STR("cost"), METRIC_OPERATOR), *p50 = metric_find(STR("p50_ms"), METRIC_OPERATOR);

	if ((by & DIM_BIT(DIM_REASON)) == 0 && read_sums(r, e) != 0)
		return -1;
	if ((r->q->want & REPORT_REASONS || by & DIM_BIT(DIM_REASON)) && read_reasons(r, e) != 0)
		return -1;
	if ((r->q->want & REPORT_LATENCY) && metric_applies(p50, by) && read_latencies(r, e) != 0)
		return -1;
	return metric_applies(cost, by) ? read_spend(r, e) : 0;
}

int report_read(struct db *db, struct arena *a, const struct report_query *q, struct report *out, struct err *e)
{
	unsigned by = report_by(q);
	struct reading r = { .db = db, .arena = a, .q = q, .grain = grain_of(by), .by_contract = (by & DIM_CONTRACTS) != 0 };
	size_t n = report_buckets(a, q, &r.buckets);

	*out = (struct report){ 0 };
	r.plan = report_plan(a, r.buckets, n);
	report_rows_init(&r.rows, a, r.buckets);
	if (read_parts(&r, by, e) != 0)
		return e != NULL && e->code != NULL && strcmp(e->code, "db_timeout") == 0 ? report_too_large(e, "it takes too long") : -1;
	report_rows_finish(&r.rows, q, out);
	return 0;
}

int report_fresh(struct db *db, int64_t now, int64_t *out, struct err *e)
{
	struct arena *a = arena_new(64 * 1024);
	struct db_rows rows;
	enum found found = db_find(db, a, sql_fresh, NULL, 0, &rows, e);

	*out = 0;
	if (found == FOUND_YES) {
		int64_t pings = id_ms(db_id(&rows.list[0])) * 1000, sales = rows.list[2].i;

		if (pings > now) /* a clock was ahead: until it is so late, pings are in when their quarters are closed */
			pings = rows.list[1].i;
		*out = pings < sales ? pings : sales;
	}
	arena_free(&a);
	return found == FOUND_ERR ? -1 : 0;
}

int report_names(struct db *db, struct arena *a, enum dimension d, struct report_name **out, size_t *n_out, struct err *e)
{
	struct db_rows rows;

	*n_out = 0;
	*out = NULL;
	if (sql_names[d] == NULL)
		return 0;
	if (db_query(db, a, sql_names[d], NULL, 0, &rows, e) != 0)
		return -1;
	*n_out = rows.n;
	*out = arena_array_of(a, rows.n, struct report_name);
	for (size_t i = 0; i < rows.n; i++)
		(*out)[i] = (struct report_name){ (uint32_t)db_at(&rows, i, 0)->i, db_at(&rows, i, 1)->s };
	return 0;
}

struct str report_name_of(const struct report_name *list, size_t n, uint32_t id)
{
	size_t low = 0, high = n;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (list[middle].id == id)
			return list[middle].key;
		if (list[middle].id < id)
			low = middle + 1;
		else
			high = middle;
	}
	return STR("");
}
