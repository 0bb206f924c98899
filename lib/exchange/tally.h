/*
 * tally: counts pings, leads, sales and clicks into roll-ups (store/stat). Pings are added once, as soon as no older one can still come;
 * some minutes after its end a quarter's pings are counted anew, so that one that came late all the same is not lost. Leads and sales
 * change long after they were made: every quarter in which one changed is counted anew. Any number of runners may be at it, on any hosts:
 * each change moves one mark in its own transaction, and a runner that finds it moved begins again.
 */
#ifndef GAVEL_EXCHANGE_TALLY_H
#define GAVEL_EXCHANGE_TALLY_H

#include "lib/store/stat.h"

struct tally; /* what a runner remembers from run to run: the terms of versions */

struct tally *tally_new(void);
void tally_free(struct tally **tp);

/* Counts what there is: 0 done, 1 more waits (call again), -1 error. */
int tally_run(struct tally *t, struct db *db, struct arena *a, int64_t now, struct err *e);

#endif
