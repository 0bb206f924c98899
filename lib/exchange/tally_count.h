/*
 * tally_count: from raw rows to sums, pure but for the terms of a version, which are read once. Between files of lib/exchange only.
 */
#ifndef GAVEL_EXCHANGE_TALLY_COUNT_H
#define GAVEL_EXCHANGE_TALLY_COUNT_H

#include "lib/store/rollup.h"
#include "lib/store/stat.h"

enum { TALLY_VERSIONS = 16 };

struct tally {
	struct arena *arena;  /* of the terms */
	struct {
		int64_t version;
		struct rollup_terms terms;
	} known[TALLY_VERSIONS];
	size_t n_known;
};

/* Scratch memory is a's. */
int tally_ping(struct tally *t, struct db *db, struct arena *a, struct stat_set *set, const struct rollup_ping *p, struct err *e);
int tally_leads(struct tally *t, struct db *db, struct stat_set *set, int64_t quarter, const struct rollup_leads *l, struct err *e);
int tally_sales(struct tally *t, struct db *db, struct stat_set *set, int64_t quarter, const struct rollup_sales *s, struct err *e);
void tally_clicks(struct stat_set *set, int64_t quarter, const struct rollup_clicks *c);

#endif
