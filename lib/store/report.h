/*
 * store/report: reads roll-ups: sums by whatever they are grouped by, over a period of any time zone. Raw sums come out; what is made of
 * them, and what it is called, is lib/lead/metric. No raw row is read, bar what was told as spend.
 *
 * With DIM_BUYER or DIM_CONTRACT in `by` or among the filters, rows count what contracts took part in; else pings and leads.
 */
#ifndef GAVEL_STORE_REPORT_H
#define GAVEL_STORE_REPORT_H

#include "lib/base/zone.h"
#include "lib/db/db.h"
#include "lib/lead/latency.h"
#include "lib/lead/metric.h"
#include "lib/lead/reason.h"

/* What one report may hold: rows, codes in all of them, and memory, so that its request never runs out of it. */
enum { REPORT_ROWS_MAX = 10000, REPORT_CODES_MAX = 60000, REPORT_BYTES_MAX = 14 * 1024 * 1024, REPORT_DAYS_MAX = 400 };
#define REPORT_ROWS_TEXT "10,000"
#define REPORT_CODES_TEXT "60,000"

/* What a report is of, besides sums. */
enum report_want { REPORT_REASONS = 1, REPORT_LATENCY = 2 };

struct report_ids {
	const uint32_t *ids;      /* row ids; of DIM_REASON: codes */
	size_t n;                 /* 0: all */
};

/* A channel's campaign: spend that an older program wrote names the channel alone. */
struct report_channel {
	uint32_t id, campaign;
};

struct report_query {
	int64_t from, to;         /* UTC microseconds, whole quarters of an hour; to exclusive */
	const struct zone *zone;  /* whose hours, days, weeks and months; NULL: UTC */
	unsigned by, want;        /* bits of DIM_BIT; enum report_want */
	struct report_ids only[DIM__N]; /* campaign, seller, buyer, contract, channel, reason */
	const struct str *subs[2];      /* filters of sub1 and sub2 */
	size_t n_subs[2];
	const struct report_channel *channels;
	size_t n_channels;
};

struct report_reason {
	enum reason code;
	int64_t n;
};

/* What is not grouped by is 0 or "". Every row has one currency: campaigns of two currencies are never added up. */
struct report_row {
	int64_t at;               /* where the row's hour, day, week or month begins within the period, else the period's */
	uint32_t campaign, seller, buyer, contract, channel;
	struct str sub1, sub2;
	enum reason reason;
	char currency[4];
	int64_t of[STAT__N];
	struct report_reason *reasons; /* the most frequent first */
	size_t n_reasons;
	struct latency *latency;  /* NULL: none, or not to be told apart */
};

struct report {
	struct report_row *rows;  /* by time, then by ids */
	size_t n;
	struct report_row *totals; /* one for each currency; without what rows are grouped by */
	size_t n_totals;
};

/* The dimensions that a query is grouped or filtered by: for metric_applies. */
unsigned report_by(const struct report_query *q);
/* ERR_INVALID, code "report_too_large": more than it may hold, or more than the database reads in a statement's time. */
int report_read(struct db *db, struct arena *a, const struct report_query *q, struct report *out, struct err *e);
/* Sets e to ERR_INVALID, "report_too_large", with why and what to do; returns -1. */
int report_too_large(struct err *e, const char *why);
/* Up to when all is counted: UTC microseconds, 0 before the first count. */
int report_fresh(struct db *db, int64_t now, int64_t *out, struct err *e);

struct report_name {
	uint32_t id;
	struct str key;
};
/* Keys of campaigns, sellers, buyers, contracts or channels, archived ones too, in the order of their ids; none for other dimensions. */
int report_names(struct db *db, struct arena *a, enum dimension d, struct report_name **out, size_t *n_out, struct err *e);
/* The key of an id in such a list; "" when it is not there. */
struct str report_name_of(const struct report_name *list, size_t n, uint32_t id);

/* The hours, days, weeks or months of a period, the finest of those in `by`; the whole period without one. */
struct report_bucket {
	int64_t from, to;
};
size_t report_buckets(struct arena *a, const struct report_query *q, struct report_bucket **out);
/* The rows that a bucket is made of, as JSON: [[bucket, span, "start"], ...]. */
struct str report_plan(struct arena *a, const struct report_bucket *list, size_t n);

#endif
