/*
 * store/stat: roll-ups. What is counted is gathered in a stat_set in memory, by quarters of an hour, and added to the rows of every span
 * (a quarter, an hour, four hours, a UTC day) in one transaction, together with the mark that says how far counting has come. A part of a
 * quarter can be counted anew from its raw rows: what is there is taken off first, so that doing it twice changes nothing.
 */
#ifndef GAVEL_STORE_STAT_H
#define GAVEL_STORE_STAT_H

#include "lib/db/db.h"
#include "lib/lead/latency.h"
#include "lib/lead/metric.h"
#include "lib/lead/reason.h"

#define STAT_QUARTER_US (INT64_C(900) * 1000000)

/* Whose numbers. contract 0: of all contracts together. Numbers that do not apply are 0, texts "". */
struct stat_key {
	int64_t quarter;      /* of an hour, since 1970 */
	uint32_t contract, buyer, seller, campaign, channel;
	char currency[4];
	struct str sub1, sub2;
};

struct stat_set;

struct stat_set *stat_set_new(struct arena *a);
/* The sums of a key, to be added to; texts are copied. */
int64_t *stat_set_sums(struct stat_set *s, const struct stat_key *k);
/* One code of one part. A single contract's codes are not kept by sub-source. */
void stat_set_reason(struct stat_set *s, const struct stat_key *k, enum reason code, enum stat_part part, int64_t by);
/* How long a contract took; counted for it and for all of its campaign's. */
void stat_set_latency(struct stat_set *s, const struct stat_key *k, int64_t ms);

/* How far counting has come. Times are UTC microseconds. */
struct stat_mark {
	int64_t turn;
	struct id pings_to;     /* pings up to this id are counted */
	int64_t pings_closed;   /* quarters that ended by then were counted anew after their end */
	int64_t clicks_closed;
	int64_t sales_seen;     /* leads and sales that changed by then are counted */
	int64_t sales_swept;
};

int stat_mark_read(struct db *db, struct stat_mark *out, struct err *e);
/* Within a transaction: FOUND_NO when another runner has moved it since it was read. Also keeps others out until the commit. */
enum found stat_mark_move(struct db *db, const struct stat_mark *m, struct err *e);
/* Within that transaction: takes off what one part of a quarter holds already. */
int stat_subtract(struct db *db, struct arena *a, struct stat_set *s, int64_t quarter, enum stat_part part, struct err *e);
/*
 * Within that transaction, between one row that is counted and the next: when much is gathered, it is added to the rows and forgotten.
 * Sellers who name every click in a sub-source have as many sums as there are clicks.
 */
int stat_spill(struct db *db, struct stat_set *s, struct err *e);
/* Within that transaction: adds all of the set to the rows. */
int stat_add(struct db *db, const struct stat_set *s, struct err *e);
/* Rows that began before an instant go, at most 5000 of each table: how many went. */
int stat_expire(struct db *db, int64_t before, uint64_t *gone_out, struct err *e);

#endif
