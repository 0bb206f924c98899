/*
 * report_rows: the rows of a report while they are gathered, within bounds of number and memory. Between files of lib/store only.
 */
#ifndef GAVEL_STORE_REPORT_ROWS_H
#define GAVEL_STORE_REPORT_ROWS_H

#include "lib/store/report.h"

struct report_rows {
	struct arena *arena;
	struct map *by_key;                  /* -> struct report_row * */
	const struct report_bucket *buckets;
	size_t codes;                        /* in all rows together */
	size_t used;                         /* of the arena, before the first row */
};

void report_rows_init(struct report_rows *r, struct arena *a, const struct report_bucket *buckets);
/* The row of a key within a bucket, made when it is missing; texts are copied. NULL: it would be too many, e says so. */
struct report_row *report_rows_get(struct report_rows *r, const struct report_row *key, size_t bucket, struct err *e);
int report_rows_reason(struct report_rows *r, struct report_row *row, enum reason code, int64_t n, struct err *e);
/* Where a row's histogram is gathered. NULL as above. */
struct latency *report_rows_latency(struct report_rows *r, struct report_row *row, struct err *e);
/* Rows that count something, sorted, with their totals. */
void report_rows_finish(struct report_rows *r, const struct report_query *q, struct report *out);

#endif
