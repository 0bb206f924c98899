/*
 * stat_set: roll-ups gathered in memory, before they become rows. Between files of lib/store only.
 */
#ifndef GAVEL_STORE_STAT_SET_H
#define GAVEL_STORE_STAT_SET_H

#include "lib/store/stat.h"

/* Quarters of an hour that one row holds. */
enum { STAT_SPANS = 4 };
static const uint8_t stat_spans[STAT_SPANS] = { 1, 4, 16, 96 };

/*
 * What rows of one grain keep apart besides time, contract, buyer, campaign and currency, so that a report reads no more rows than it has
 * to: seller and channel; those with both sub-sources; nothing more.
 */
enum stat_grain { STAT_GRAIN_SOURCE, STAT_GRAIN_SUBS, STAT_GRAIN_CONTRACT, STAT_GRAIN__N };

/* One row to be. Rows of stat_reason have one sum for each part; rows of stat_latency a histogram instead of sums. */
struct stat_cell {
	struct stat_key key;    /* quarter: where the row begins */
	enum stat_grain grain;
	uint8_t span;
	enum reason reason;
	struct latency *latency;
	int64_t of[];
};

struct stat_set {
	struct arena *arena;            /* of the histograms */
	struct arena *cells;            /* of the rest */
	struct map *sums, *reasons, *latencies;  /* key bytes -> struct stat_cell * */
};

enum { STAT_REASON_SUMS = STAT_PART_SALES + 1 };

/* The cell of a key in one of the maps, made with n sums when it is missing. */
struct stat_cell *stat_cell_get(struct stat_set *s, struct map *m, const struct stat_key *k, enum stat_grain grain, uint8_t span,
    enum reason reason, size_t n);
/* What is in the set, at one span and every grain: as the rows are. */
struct stat_set *stat_set_widen(struct arena *a, const struct stat_set *s, uint8_t span);
/* Sums and codes, histograms apart. */
size_t stat_set_size(const struct stat_set *s);
/* Forgets them. */
void stat_set_clear(struct stat_set *s);

#endif
