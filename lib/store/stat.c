#include "lib/store/stat_set.h"

#include "lib/base/map.h"

enum { KEY_COLUMNS = 11, SUM_COLUMNS = KEY_COLUMNS + STAT_COLUMNS, REASON_COLUMNS = KEY_COLUMNS + 1 + STAT_REASON_SUMS, LATENCY_COLUMNS = 7,
	BULK = 1024, READ_ROWS = 4096, SPILL_AT = 16384 };

#define READ_BYTES ((size_t)256 << 20)
#define SPAN_BYTES ((size_t)256 << 20)

#define KEY "grain, span, starts_at, contract_id, buyer_id, seller_id, campaign_id, channel_id, currency, sub1, sub2"
#define KEY_HOLES "?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?"
#define COLUMN(name, column, part) ", " column
#define HOLE(name, column, part) ", ?"
#define ADDED(name, column, part) ", " column " = " column " + VALUES(" column ")"

static const char sql_mark_read[] =
    "SELECT turn, pings_to, pings_closed, clicks_closed, sales_seen, sales_swept FROM stat_mark WHERE id = 1";
static const char sql_mark_move[] =
    "UPDATE stat_mark SET turn = turn + 1, pings_to = ?, pings_closed = ?, clicks_closed = ?, sales_seen = ?, sales_swept = ?"
    " WHERE id = 1 AND turn = ?";
static const char sql_add_sums[] =
    "INSERT INTO stat_quarter (" KEY STATS(COLUMN) ") VALUES (" KEY_HOLES STATS(HOLE) ")"
    " ON DUPLICATE KEY UPDATE span = VALUES(span)" STATS(ADDED);
static const char sql_add_reasons[] =
    "INSERT INTO stat_reason (" KEY ", reason, pings, sales) VALUES (" KEY_HOLES ", ?, ?, ?)"
    " ON DUPLICATE KEY UPDATE pings = pings + VALUES(pings), sales = sales + VALUES(sales)";
static const char sql_put_latencies[] =
    "INSERT INTO stat_latency (span, starts_at, contract_id, buyer_id, campaign_id, currency, buckets) VALUES (?, ?, ?, ?, ?, ?, ?)"
    " ON DUPLICATE KEY UPDATE buckets = VALUES(buckets)";
/* Grain 1 keeps everything apart; a contract's codes are kept in grain 0 at the finest. In the order of the key, a page at a time. */
#define PAGE " LIMIT ? OFFSET ?"
static const char sql_sums[] =
    "SELECT contract_id, buyer_id, seller_id, campaign_id, channel_id, currency, sub1, sub2" STATS(COLUMN) " FROM stat_quarter"
    " WHERE grain = 1 AND span = 1 AND starts_at = ? ORDER BY contract_id, buyer_id, seller_id, campaign_id, channel_id, currency, sub1, sub2" PAGE;
#define CODES(grain, contracts) \
	"SELECT contract_id, buyer_id, seller_id, campaign_id, channel_id, currency, sub1, sub2, reason, pings, sales FROM stat_reason" \
	" WHERE grain = " grain " AND span = 1 AND starts_at = ? AND contract_id " contracts \
	" ORDER BY contract_id, buyer_id, seller_id, campaign_id, channel_id, currency, sub1, sub2, reason" PAGE
static const char sql_reasons_of_all[] = CODES("1", "= 0");
static const char sql_reasons_of_contracts[] = CODES("0", "> 0");
static const char sql_latencies[] =
    "SELECT contract_id, buyer_id, campaign_id, currency, buckets FROM stat_latency WHERE span = ? AND starts_at = ?";
static const char *const sql_expire[] = {
	"DELETE FROM stat_quarter WHERE grain IN (0, 1, 2) AND span IN (1, 4, 16, 96) AND starts_at < ? LIMIT 5000",
	"DELETE FROM stat_reason WHERE grain IN (0, 1, 2) AND span IN (1, 4, 16, 96) AND starts_at < ? LIMIT 5000",
	"DELETE FROM stat_latency WHERE span IN (1, 4, 16, 96) AND starts_at < ? LIMIT 5000",
};

static const enum stat_part part_of[STAT_COLUMNS] = {
#define X(name, column, part) [STAT_##name] = STAT_PART_##part,
	STATS(X)
#undef X
};

int stat_mark_read(struct db *db, struct stat_mark *out, struct err *e)
{
	struct arena *a = arena_new(64 * 1024);
	struct db_rows rows;
	enum found found = db_find(db, a, sql_mark_read, NULL, 0, &rows, e);
	const struct db_col *c = rows.list;

	if (found == FOUND_YES)
		*out = (struct stat_mark){ .turn = c[0].i, .pings_to = db_id(&c[1]), .pings_closed = c[2].i, .clicks_closed = c[3].i,
			.sales_seen = c[4].i, .sales_swept = c[5].i };
	arena_free(&a);
	if (found == FOUND_NO)
		return err_set(e, ERR_DB, "the roll-ups have no mark: run gavelctl migrate");
	return found == FOUND_YES ? 0 : -1;
}

enum found stat_mark_move(struct db *db, const struct stat_mark *m, struct err *e)
{
	uint64_t moved;

	if (db_exec(db, sql_mark_move,
		DB_ARGS(DB_ID(m->pings_to), DB_T(m->pings_closed), DB_T(m->clicks_closed), DB_T(m->sales_seen), DB_T(m->sales_swept),
		    DB_I(m->turn)),
		&moved, e) != 0)
		return FOUND_ERR;
	return moved > 0 ? FOUND_YES : FOUND_NO;
}

static struct stat_key key_of(const struct db_col *c, int64_t quarter)
{
	struct stat_key k = { .quarter = quarter, .contract = (uint32_t)c[0].i, .buyer = (uint32_t)c[1].i, .seller = (uint32_t)c[2].i,
		.campaign = (uint32_t)c[3].i, .channel = (uint32_t)c[4].i, .sub1 = c[6].s, .sub2 = c[7].s };

	memcpy(k.currency, c[5].s.p, c[5].s.n < sizeof(k.currency) ? c[5].s.n : sizeof(k.currency) - 1);
	return k;
}

struct taking_off {
	struct stat_set *set;
	int64_t quarter;
	enum stat_part part;
};

static void take_off_sums(const struct taking_off *t, const struct db_col *c)
{
	struct stat_key k = key_of(c, t->quarter);
	int64_t *of = NULL;

	for (int i = 0; i < STAT_COLUMNS; i++) {
		if (part_of[i] != t->part || c[8 + i].i == 0)
			continue;
		if (of == NULL)
			of = stat_set_sums(t->set, &k);
		of[i] -= c[8 + i].i;
	}
}

static void take_off_reason(const struct taking_off *t, const struct db_col *c)
{
	struct stat_key k = key_of(c, t->quarter);
	enum stat_grain finest = k.contract == 0 ? STAT_GRAIN_SUBS : STAT_GRAIN_SOURCE;
	int64_t n = c[9 + (int)t->part].i;

	if (n != 0)
		stat_cell_get(t->set, t->set->reasons, &k, finest, 1, (enum reason)c[8].i, STAT_REASON_SUMS)->of[t->part] -= n;
}

/* What is spilled meanwhile changes rows' sums and not which rows there are, so the pages stay where they were. */
static int take_off(struct db *db, const char *sql, void (*one)(const struct taking_off *t, const struct db_col *c), const struct taking_off *t,
    struct err *e)
{
	struct arena *a = arena_new(READ_BYTES);
	struct db_rows rows = { .n = READ_ROWS };
	int r = 0;

	for (int64_t at = 0; r == 0 && rows.n == READ_ROWS; at += READ_ROWS) {
		arena_reset(a);
		r = db_query(db, a, sql, DB_ARGS(DB_T(t->quarter * STAT_QUARTER_US), DB_I(READ_ROWS), DB_I(at)), &rows, e);
		for (size_t i = 0; r == 0 && i < rows.n; i++)
			one(t, db_at(&rows, i, 0));
		if (r == 0)
			r = stat_spill(db, t->set, e);
	}
	arena_free(&a);
	return r;
}

/* The histograms of one span from one instant on, added to the set times `times`. */
static int read_latencies(struct db *db, struct arena *a, struct stat_set *s, uint8_t span, int64_t quarter, int64_t times, struct err *e)
{
	struct db_rows rows;

	if (db_query(db, a, sql_latencies, DB_ARGS(DB_I(span), DB_T(quarter * STAT_QUARTER_US)), &rows, e) != 0)
		return -1;
	for (size_t i = 0; i < rows.n; i++) {
		const struct db_col *c = db_at(&rows, i, 0);
		struct stat_key k = { .quarter = quarter, .contract = (uint32_t)c[0].i, .buyer = (uint32_t)c[1].i, .campaign = (uint32_t)c[2].i };
		struct stat_cell *cell;

		memcpy(k.currency, c[3].s.p, c[3].s.n < sizeof(k.currency) ? c[3].s.n : sizeof(k.currency) - 1);
		cell = stat_cell_get(s, s->latencies, &k, STAT_GRAIN_CONTRACT, span, REASON_NONE, 0);
		if (cell->latency == NULL)
			cell->latency = arena_new_of(s->arena, struct latency);
		if (!latency_unpack(cell->latency, c[4].s, times))
			return err_set(e, ERR_INTERNAL, "a kept histogram can't be read");
	}
	return 0;
}

int stat_subtract(struct db *db, struct arena *a, struct stat_set *s, int64_t quarter, enum stat_part part, struct err *e)
{
	struct taking_off t = { s, quarter, part };

	if (take_off(db, sql_sums, take_off_sums, &t, e) != 0)
		return -1;
	if (part == STAT_PART_CLICKS)
		return 0;
	if (take_off(db, sql_reasons_of_all, take_off_reason, &t, e) != 0 || take_off(db, sql_reasons_of_contracts, take_off_reason, &t, e) != 0)
		return -1;
	return part == STAT_PART_PINGS ? read_latencies(db, a, s, 1, quarter, -1, e) : 0;
}

static struct db_arg *bind_key(struct db_arg *to, const struct stat_cell *cell)
{
	const struct stat_key *k = &cell->key;
	const struct db_arg key[KEY_COLUMNS] = {
		DB_I(cell->grain), DB_I(cell->span), DB_T(k->quarter * STAT_QUARTER_US), DB_I(k->contract), DB_I(k->buyer), DB_I(k->seller),
		DB_I(k->campaign), DB_I(k->channel), DB_S(str_of(k->currency)), DB_S(k->sub1), DB_S(k->sub2),
	};

	memcpy(to, key, sizeof(key));
	return to + KEY_COLUMNS;
}

/* Cells of one map as rows, BULK at a time. */
static int write_cells(struct db *db, struct arena *a, const struct map *m, const char *sql, size_t n_sums, bool reasons, struct err *e)
{
	size_t cols = KEY_COLUMNS + (reasons ? 1 : 0) + n_sums, n = 0;
	struct db_arg *rows = arena_array_of(a, BULK * cols, struct db_arg);
	struct str key;
	void *value;

	for (void *it = NULL; (it = map_next(m, it, &key, &value)) != NULL;) {
		const struct stat_cell *cell = value;
		struct db_arg *to;

		to = bind_key(rows + n++ * cols, cell);
		if (reasons)
			*to++ = DB_I(cell->reason);
		for (size_t i = 0; i < n_sums; i++)
			*to++ = DB_I(cell->of[i]);
		if (n == BULK) {
			if (db_bulk(db, sql, rows, n, cols, e) != 0)
				return -1;
			n = 0;
		}
	}
	return n > 0 ? db_bulk(db, sql, rows, n, cols, e) : 0;
}

/* Adds what the rows hold to the set's histograms, so that they can be put in the rows' place. Each span and start is read once. */
static int join_latencies(struct db *db, struct arena *a, struct stat_set *wide, struct err *e)
{
	struct map *seen = map_new(a);
	struct stat_set *old = stat_set_new(a);
	struct str key;
	void *value;

	for (void *it = NULL; (it = map_next(wide->latencies, it, &key, &value)) != NULL;) {
		const struct stat_cell *cell = value;
		struct str at = arena_printf(a, "%u %lld", cell->span, (long long)cell->key.quarter);

		if (map_put(seen, at, old) && read_latencies(db, a, old, cell->span, cell->key.quarter, 1, e) != 0)
			return -1;
	}
	for (void *it = NULL; (it = map_next(wide->latencies, it, &key, &value)) != NULL;) {
		struct stat_cell *cell = value, *row = map_get(old->latencies, key);

		if (row != NULL)
			latency_add(cell->latency, row->latency);
	}
	return 0;
}

static int write_latencies(struct db *db, struct arena *a, const struct stat_set *wide, struct err *e)
{
	size_t n = map_count(wide->latencies), at = 0;
	struct db_arg *rows = arena_array_of(a, n * LATENCY_COLUMNS, struct db_arg);
	struct str key;
	void *value;

	for (void *it = NULL; (it = map_next(wide->latencies, it, &key, &value)) != NULL;) {
		const struct stat_cell *cell = value;
		const struct stat_key *k = &cell->key;
		uint8_t *packed = arena_alloc(a, LATENCY_PACKED);
		const struct db_arg row[LATENCY_COLUMNS] = {
			DB_I(cell->span), DB_T(k->quarter * STAT_QUARTER_US), DB_I(k->contract), DB_I(k->buyer), DB_I(k->campaign),
			DB_S(str_of(k->currency)), DB_B(packed, latency_pack(cell->latency, packed)),
		};

		memcpy(rows + at++ * LATENCY_COLUMNS, row, sizeof(row));
	}
	for (size_t i = 0; i < n; i += BULK)
		if (db_bulk(db, sql_put_latencies, rows + i * LATENCY_COLUMNS, n - i < BULK ? n - i : BULK, LATENCY_COLUMNS, e) != 0)
			return -1;
	return 0;
}

/* One span of what is gathered: each is as much as the set itself. */
static int write_span(struct db *db, const struct stat_set *s, uint8_t span, bool latencies, struct err *e)
{
	struct arena *a = arena_new(SPAN_BYTES);
	struct stat_set *wide = stat_set_widen(a, s, span);
	int r = write_cells(db, a, wide->sums, sql_add_sums, STAT_COLUMNS, false, e);

	if (r == 0)
		r = write_cells(db, a, wide->reasons, sql_add_reasons, STAT_REASON_SUMS, true, e);
	if (r == 0 && latencies)
		r = join_latencies(db, a, wide, e);
	if (r == 0 && latencies)
		r = write_latencies(db, a, wide, e);
	arena_free(&a);
	return r;
}

static int write_spans(struct db *db, const struct stat_set *s, bool latencies, struct err *e)
{
	for (int i = 0; i < STAT_SPANS; i++)
		if (write_span(db, s, stat_spans[i], latencies, e) != 0)
			return -1;
	return 0;
}

int stat_spill(struct db *db, struct stat_set *s, struct err *e)
{
	if (stat_set_size(s) < SPILL_AT)
		return 0;
	if (write_spans(db, s, false, e) != 0)
		return -1;
	stat_set_clear(s);
	return 0;
}

int stat_add(struct db *db, const struct stat_set *s, struct err *e)
{
	return write_spans(db, s, true, e);
}

int stat_expire(struct db *db, int64_t before, uint64_t *gone_out, struct err *e)
{
	*gone_out = 0;
	for (size_t i = 0; i < sizeof(sql_expire) / sizeof(sql_expire[0]); i++) {
		uint64_t gone;

		if (db_exec(db, sql_expire[i], DB_ARGS(DB_T(before)), &gone, e) != 0)
			return -1;
		*gone_out += gone;
	}
	return 0;
}
