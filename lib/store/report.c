#include "lib/store/report.h"

#include <stdlib.h>

#include "lib/base/buf.h"
#include "lib/base/clock.h"
#include "lib/base/map.h"
#include "lib/store/stat.h"
#include "lib/wire/json.h"

#define SUMMED(name, column, part) ", SUM(s." column ")"
#define PLAN " FROM JSON_TABLE(?, '$[*]' COLUMNS (bucket INT PATH '$[0]', span INT PATH '$[1]', starts_at DATETIME PATH '$[2]')) p"
/* Each row of the plan is looked up by the key's first columns. */
#define ROWS(table, by_sub, contracts) \
	" STRAIGHT_JOIN " table " s ON s.by_sub = " by_sub " AND s.span = p.span AND s.starts_at = p.starts_at AND s.contract_id " contracts
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

/* By whether sub-sources are kept apart, then by whether contracts are. */
static const char *const sql_sums[2][2] = {
	{ BY NO_SUBS STATS(SUMMED) PLAN ROWS("stat_quarter", "0", "= 0") ONLY GROUP LIMIT,
		BY NO_SUBS STATS(SUMMED) PLAN ROWS("stat_quarter", "0", "> 0") ONLY GROUP LIMIT },
	{ BY BY_SUBS STATS(SUMMED) PLAN ROWS("stat_quarter", "1", "= 0") ONLY ONLY_SUBS GROUP GROUP_SUBS LIMIT,
		BY BY_SUBS STATS(SUMMED) PLAN ROWS("stat_quarter", "1", "> 0") ONLY ONLY_SUBS GROUP GROUP_SUBS LIMIT },
};
/* A contract's codes are not kept by sub-source. */
static const char *const sql_reasons[2][2] = {
	{ BY NO_SUBS CODES PLAN ROWS("stat_reason", "0", "= 0") ONLY ONLY_CODES GROUP ", s.reason" LIMIT,
		BY NO_SUBS CODES PLAN ROWS("stat_reason", "0", "> 0") ONLY ONLY_CODES GROUP ", s.reason" LIMIT },
	{ BY BY_SUBS CODES PLAN ROWS("stat_reason", "1", "= 0") ONLY ONLY_SUBS ONLY_CODES GROUP GROUP_SUBS ", s.reason" LIMIT, NULL },
};
static const char *const sql_latencies[2] = { LATENCIES("= 0"), LATENCIES("> 0") };
static const char sql_spend[] = "SELECT channel_id, day, amount, currency FROM spend WHERE day >= ? AND day <= ?";
static const char sql_fresh[] = "SELECT pings_to, sales_seen FROM stat_mark WHERE id = 1";
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
	size_t n_buckets;
	struct str plan;
	struct map *rows;         /* key -> struct report_row * */
	bool by_sub, by_contract;
	struct err *e;
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

	for (int d = DIM_CAMPAIGN; d <= (r->by_sub ? DIM_SUB2 : DIM_CHANNEL); d++)
		args[n++] = DB_I(grouped(r, (enum dimension)d));
	args[n++] = DB_S(r->plan);
	for (int d = DIM_CAMPAIGN; d <= DIM_CHANNEL; d++)
		n = bind_twice(args, n, id_list(r->arena, &r->q->only[d]));
	for (int i = 0; r->by_sub && i < 2; i++)
		n = bind_twice(args, n, text_list(r->arena, r->q->subs[i], r->q->n_subs[i]));
	return n;
}

static int too_many(struct err *e, int max, const char *what)
{
	err_set(e, ERR_INVALID, "more than %d %s: take a shorter period, fewer dimensions or a filter", max, what);
	if (e != NULL)
		e->code = "too_many_rows";
	return -1;
}

/* The row of a key, made when it is missing. */
static struct report_row *row_get(struct reading *r, const struct report_row *key, size_t bucket)
{
	struct str name = arena_printf(r->arena, "%zu %.3s %u %u %u %u %u %d %zu %.*s%.*s", bucket, key->currency, key->campaign, key->seller,
	    key->buyer, key->contract, key->channel, (int)key->reason, key->sub1.n, STR_ARG(key->sub1), STR_ARG(key->sub2));
	struct report_row *row = map_get(r->rows, name);

	if (row != NULL)
		return row;
	row = arena_new_of(r->arena, struct report_row);
	*row = *key;
	row->at = r->buckets[bucket].from;
	map_put(r->rows, name, row);
	return row;
}

/* The key in a row's first columns: bucket, currency, ids, sub-sources. */
static struct report_row read_key(const struct db_col *c)
{
	struct report_row key = { .campaign = (uint32_t)c[2].i, .seller = (uint32_t)c[3].i, .buyer = (uint32_t)c[4].i,
		.contract = (uint32_t)c[5].i, .channel = (uint32_t)c[6].i, .sub1 = c[7].s, .sub2 = c[8].s };

	memcpy(key.currency, c[1].s.p, c[1].s.n < sizeof(key.currency) ? c[1].s.n : sizeof(key.currency) - 1);
	return key;
}

static int read_sums(struct reading *r)
{
	struct db_arg args[ARGS_MAX];
	struct db_rows rows;
	size_t n = bind(r, args);

	args[n++] = DB_I(REPORT_ROWS_MAX + 1);
	if (db_query(r->db, r->arena, sql_sums[r->by_sub][r->by_contract], args, n, &rows, r->e) != 0)
		return -1;
	if (rows.n > REPORT_ROWS_MAX)
		return too_many(r->e, REPORT_ROWS_MAX, "rows");
	for (size_t i = 0; i < rows.n; i++) {
		const struct db_col *c = db_at(&rows, i, 0);
		struct report_row key = read_key(c), *row = row_get(r, &key, (size_t)c[0].i);

		for (int j = 0; j < STAT_COLUMNS; j++)
			row->of[j] += c[KEY_COLUMNS + j].i;
	}
	return 0;
}

static void add_reason(struct arena *a, struct report_row *row, enum reason code, int64_t n)
{
	row->of[STAT_COUNT] += n;
	for (size_t i = 0; i < row->n_reasons; i++)
		if (row->reasons[i].code == code) {
			row->reasons[i].n += n;
			return;
		}
	if ((row->n_reasons & (row->n_reasons - 1)) == 0) { /* full at each power of two */
		struct report_reason *more = arena_array_of(a, row->n_reasons > 0 ? 2 * row->n_reasons : 1, struct report_reason);

		if (row->n_reasons > 0)
			memcpy(more, row->reasons, row->n_reasons * sizeof(*more));
		row->reasons = more;
	}
	row->reasons[row->n_reasons++] = (struct report_reason){ code, n };
}

static int read_reasons(struct reading *r)
{
	const char *sql = sql_reasons[r->by_sub][r->by_contract];
	struct db_arg args[ARGS_MAX];
	struct db_rows rows;
	size_t n;

	if (sql == NULL)
		return 0;
	n = bind(r, args);
	n = bind_twice(args, n, id_list(r->arena, &r->q->only[DIM_REASON]));
	args[n++] = DB_I(REPORT_CODES_MAX + 1);
	if (db_query(r->db, r->arena, sql, args, n, &rows, r->e) != 0)
		return -1;
	if (rows.n > REPORT_CODES_MAX)
		return too_many(r->e, REPORT_CODES_MAX, "codes");
	for (size_t i = 0; i < rows.n; i++) {
		const struct db_col *c = db_at(&rows, i, 0);
		struct report_row key = read_key(c);
		enum reason code = (enum reason)c[KEY_COLUMNS].i;

		if (c[KEY_COLUMNS + 1].i == 0)
			continue;
		key.reason = grouped(r, DIM_REASON) ? code : REASON_NONE;
		add_reason(r->arena, row_get(r, &key, (size_t)c[0].i), code, c[KEY_COLUMNS + 1].i);
	}
	return 0;
}

static int read_latencies(struct reading *r)
{
	struct str campaigns = id_list(r->arena, &r->q->only[DIM_CAMPAIGN]), buyers = id_list(r->arena, &r->q->only[DIM_BUYER]),
	    contracts = id_list(r->arena, &r->q->only[DIM_CONTRACT]);
	struct db_rows rows;

	if (db_query(r->db, r->arena, sql_latencies[r->by_contract],
		DB_ARGS(DB_S(r->plan), DB_S(campaigns), DB_S(campaigns), DB_S(buyers), DB_S(buyers), DB_S(contracts), DB_S(contracts)), &rows,
		r->e) != 0)
		return -1;
	for (size_t i = 0; i < rows.n; i++) {
		const struct db_col *c = db_at(&rows, i, 0);
		struct report_row key = { .campaign = grouped(r, DIM_CAMPAIGN) ? (uint32_t)c[2].i : 0,
			.buyer = grouped(r, DIM_BUYER) ? (uint32_t)c[3].i : 0, .contract = grouped(r, DIM_CONTRACT) ? (uint32_t)c[4].i : 0,
			.sub1 = STR(""), .sub2 = STR("") };
		struct report_row *row;

		memcpy(key.currency, c[1].s.p, c[1].s.n < sizeof(key.currency) ? c[1].s.n : sizeof(key.currency) - 1);
		row = row_get(r, &key, (size_t)c[0].i);
		if (row->latency == NULL)
			row->latency = arena_new_of(r->arena, struct latency);
		if (!latency_unpack(row->latency, c[5].s, 1))
			return err_set(r->e, ERR_INTERNAL, "a kept histogram can't be read");
	}
	return 0;
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
static void add_spend(struct reading *r, uint32_t channel, int64_t day, int64_t amount, struct str currency)
{
	struct report_row key = { .campaign = campaign_of(r->q, channel), .channel = channel, .sub1 = STR(""), .sub2 = STR("") };
	struct zone_time t = { 0 };
	size_t bucket = 0;
	int64_t at;

	clock_civil(day, &t.year, &t.month, &t.day);
	at = zone_instant(r->q->zone, &t);
	if (at < r->q->from || at >= r->q->to || !holds(&r->q->only[DIM_CHANNEL], channel) ||
	    !holds(&r->q->only[DIM_CAMPAIGN], key.campaign))
		return;
	while (at >= r->buckets[bucket].to)
		bucket++;
	key.campaign = grouped(r, DIM_CAMPAIGN) ? key.campaign : 0;
	key.channel = grouped(r, DIM_CHANNEL) ? key.channel : 0;
	memcpy(key.currency, currency.p, currency.n < sizeof(key.currency) ? currency.n : sizeof(key.currency) - 1);
	row_get(r, &key, bucket)->of[STAT_SPEND] += amount;
}

static int read_spend(struct reading *r)
{
	struct db_rows rows;

	if (db_query(r->db, r->arena, sql_spend, DB_ARGS(DB_T(r->q->from - DAY_SPARE * DAY_US), DB_T(r->q->to + DAY_SPARE * DAY_US)), &rows,
		r->e) != 0)
		return -1;
	for (size_t i = 0; i < rows.n; i++) {
		const struct db_col *c = db_at(&rows, i, 0);

		add_spend(r, (uint32_t)c[0].i, c[1].i / DAY_US, c[2].i, c[3].s);
	}
	return 0;
}

static bool is_empty(const struct report_row *row)
{
	int i = 0;

	while (i < STAT__N && row->of[i] == 0)
		i++;
	return i == STAT__N;
}

static int compare_ids(uint32_t a, uint32_t b)
{
	return (a > b) - (a < b);
}

static int compare_rows(const void *left, const void *right)
{
	const struct report_row *a = left, *b = right;
	int by = (a->at > b->at) - (a->at < b->at);

	by = by != 0 ? by : compare_ids(a->campaign, b->campaign);
	by = by != 0 ? by : compare_ids(a->seller, b->seller);
	by = by != 0 ? by : compare_ids(a->buyer, b->buyer);
	by = by != 0 ? by : compare_ids(a->contract, b->contract);
	by = by != 0 ? by : compare_ids(a->channel, b->channel);
	by = by != 0 ? by : str_cmp(a->sub1, b->sub1);
	by = by != 0 ? by : str_cmp(a->sub2, b->sub2);
	by = by != 0 ? by : (int)a->reason - (int)b->reason;
	return by != 0 ? by : strcmp(a->currency, b->currency);
}

static int compare_reasons(const void *left, const void *right)
{
	const struct report_reason *a = left, *b = right;
	int by = (b->n > a->n) - (b->n < a->n);

	return by != 0 ? by : (int)a->code - (int)b->code;
}

static void sort_reasons(struct report_row *row)
{
	if (row->n_reasons > 1)
		qsort(row->reasons, row->n_reasons, sizeof(*row->reasons), compare_reasons);
}

static void add_to_total(struct arena *a, struct report *out, const struct report_row *row)
{
	struct report_row *to;
	size_t i = 0;

	while (i < out->n_totals && strcmp(out->totals[i].currency, row->currency) != 0)
		i++;
	to = &out->totals[i];
	if (i == out->n_totals) {
		out->n_totals++;
		*to = (struct report_row){ .sub1 = STR(""), .sub2 = STR("") };
		memcpy(to->currency, row->currency, sizeof(to->currency));
	}
	for (int j = 0; j < STAT_COUNT; j++)
		to->of[j] += row->of[j];
	for (size_t j = 0; j < row->n_reasons; j++)
		add_reason(a, to, row->reasons[j].code, row->reasons[j].n);
	if (row->latency == NULL)
		return;
	if (to->latency == NULL)
		to->latency = arena_new_of(a, struct latency);
	latency_add(to->latency, row->latency);
}

static void finish(struct reading *r, struct report *out)
{
	size_t n = map_count(r->rows);
	struct str key;
	void *value;

	*out = (struct report){ .rows = arena_array_of(r->arena, n, struct report_row), .totals = arena_array_of(r->arena, n, struct report_row) };
	for (void *it = NULL; (it = map_next(r->rows, it, &key, &value)) != NULL;)
		if (!is_empty(value))
			out->rows[out->n++] = *(const struct report_row *)value;
	if (out->n > 1)
		qsort(out->rows, out->n, sizeof(*out->rows), compare_rows);
	for (size_t i = 0; i < out->n; i++) {
		sort_reasons(&out->rows[i]);
		add_to_total(r->arena, out, &out->rows[i]);
	}
	for (size_t i = 0; i < out->n_totals; i++) {
		out->totals[i].at = r->q->from;
		sort_reasons(&out->totals[i]);
	}
}

int report_read(struct db *db, struct arena *a, const struct report_query *q, struct report *out, struct err *e)
{
	unsigned by = report_by(q);
	struct reading r = { .db = db, .arena = a, .q = q, .rows = map_new(a), .by_sub = (by & DIM_SUBS) != 0,
		.by_contract = (by & DIM_CONTRACTS) != 0, .e = e };
	const struct metric *cost = metric_find(STR("cost"), METRIC_OPERATOR), *p50 = metric_find(STR("p50_ms"), METRIC_OPERATOR);

	*out = (struct report){ 0 };
	r.n_buckets = report_buckets(a, q, &r.buckets);
	r.plan = report_plan(a, r.buckets, r.n_buckets);
	if ((by & DIM_BIT(DIM_REASON)) == 0 && read_sums(&r) != 0)
		return -1;
	if ((q->want & REPORT_REASONS || by & DIM_BIT(DIM_REASON)) && read_reasons(&r) != 0)
		return -1;
	if ((q->want & REPORT_LATENCY) && metric_applies(p50, by) && read_latencies(&r) != 0)
		return -1;
	if (metric_applies(cost, by) && read_spend(&r) != 0)
		return -1;
	if (map_count(r.rows) > REPORT_ROWS_MAX)
		return too_many(e, REPORT_ROWS_MAX, "rows");
	finish(&r, out);
	return 0;
}

int report_fresh(struct db *db, int64_t *out, struct err *e)
{
	struct arena *a = arena_new(64 * 1024);
	struct db_rows rows;
	enum found found = db_find(db, a, sql_fresh, NULL, 0, &rows, e);

	*out = 0;
	if (found == FOUND_YES) {
		int64_t pings = id_ms(db_id(&rows.list[0])) * 1000, sales = rows.list[1].i;

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
