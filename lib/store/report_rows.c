#include "lib/store/report_rows.h"

#include <stdio.h>
#include <stdlib.h>

#include "lib/base/map.h"

enum { SUB_BYTES = 4 * 128, KEY_BYTES = 160 + 2 * SUB_BYTES };

int report_too_large(struct err *e, const char *why)
{
	err_set(e, ERR_INVALID, "The report is too large (%s). Narrow the period, group by less, or add a filter.", why);
	if (e != NULL)
		e->code = "report_too_large";
	return -1;
}

void report_rows_init(struct report_rows *r, struct arena *a, const struct report_bucket *buckets)
{
	*r = (struct report_rows){ .arena = a, .by_key = map_new(a), .buckets = buckets, .used = arena_used(a) };
}

/* Before anything is added: what a report may take of its request's memory is bounded here, and nowhere else. */
static int check_room(const struct report_rows *r, struct err *e)
{
	return arena_used(r->arena) - r->used <= REPORT_BYTES_MAX ? 0 : report_too_large(e, "more than fits into memory");
}

static struct str key_text(char out[KEY_BYTES], const struct report_row *key, size_t bucket)
{
	int n = snprintf(out, KEY_BYTES, "%zu %.3s %u %u %u %u %u %d %zu %.*s%.*s", bucket, key->currency, key->campaign, key->seller,
	    key->buyer, key->contract, key->channel, (int)key->reason, key->sub1.n, STR_ARG(key->sub1), STR_ARG(key->sub2));

	return (struct str){ out, n < KEY_BYTES ? (size_t)n : KEY_BYTES - 1 };
}

struct report_row *report_rows_get(struct report_rows *r, const struct report_row *key, size_t bucket, struct err *e)
{
	char text[KEY_BYTES];
	struct str name = key_text(text, key, bucket);
	struct report_row *row = map_get(r->by_key, name);

	if (row != NULL)
		return row;
	if (map_count(r->by_key) == REPORT_ROWS_MAX) {
		report_too_large(e, "more than " REPORT_ROWS_TEXT " rows");
		return NULL;
	}
	if (check_room(r, e) != 0)
		return NULL;
	row = arena_new_of(r->arena, struct report_row);
	*row = *key;
	row->sub1 = arena_str(r->arena, key->sub1);
	row->sub2 = arena_str(r->arena, key->sub2);
	row->at = r->buckets[bucket].from;
	map_put(r->by_key, arena_str(r->arena, name), row);
	return row;
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

int report_rows_reason(struct report_rows *r, struct report_row *row, enum reason code, int64_t n, struct err *e)
{
	if (++r->codes > REPORT_CODES_MAX)
		return report_too_large(e, "more than " REPORT_CODES_TEXT " codes");
	if (check_room(r, e) != 0)
		return -1;
	add_reason(r->arena, row, code, n);
	return 0;
}

struct latency *report_rows_latency(struct report_rows *r, struct report_row *row, struct err *e)
{
	if (row->latency == NULL && check_room(r, e) == 0)
		row->latency = arena_new_of(r->arena, struct latency);
	return row->latency;
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

static void add_total(struct arena *a, struct report *out, const char currency[4])
{
	size_t n = out->n_totals;
	struct report_row *to;

	if ((n & (n - 1)) == 0) {
		struct report_row *more = arena_array_of(a, n > 0 ? 2 * n : 1, struct report_row);

		if (n > 0)
			memcpy(more, out->totals, n * sizeof(*more));
		out->totals = more;
	}
	to = &out->totals[out->n_totals++];
	*to = (struct report_row){ .sub1 = STR(""), .sub2 = STR("") };
	memcpy(to->currency, currency, sizeof(to->currency));
}

static void add_to_total(struct arena *a, struct report *out, const struct report_row *row)
{
	struct report_row *to;
	size_t i = 0;

	while (i < out->n_totals && strcmp(out->totals[i].currency, row->currency) != 0)
		i++;
	if (i == out->n_totals)
		add_total(a, out, row->currency);
	to = &out->totals[i];
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

void report_rows_finish(struct report_rows *r, const struct report_query *q, struct report *out)
{
	size_t n = map_count(r->by_key);
	struct str key;
	void *value;

	*out = (struct report){ .rows = arena_array_of(r->arena, n, struct report_row) };
	for (void *it = NULL; (it = map_next(r->by_key, it, &key, &value)) != NULL;)
		if (!is_empty(value))
			out->rows[out->n++] = *(const struct report_row *)value;
	if (out->n > 1)
		qsort(out->rows, out->n, sizeof(*out->rows), compare_rows);
	for (size_t i = 0; i < out->n; i++) {
		sort_reasons(&out->rows[i]);
		add_to_total(r->arena, out, &out->rows[i]);
	}
	for (size_t i = 0; i < out->n_totals; i++) {
		out->totals[i].at = q->from;
		sort_reasons(&out->totals[i]);
	}
}
