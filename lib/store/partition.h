/*
 * store/partition: the days of the tables that only grow. A partition holds one UTC day, found by the time in its rows' UUIDv7 ids; old
 * days are dropped whole. Needs DDL rights.
 */
#ifndef GAVEL_STORE_PARTITION_H
#define GAVEL_STORE_PARTITION_H

#include "lib/db/db.h"

/*
 * Makes the days from today to `ahead` days on, and drops those that ended more than keep_days ago. One runner at a time: when another
 * is at it, nothing is done. made_out and dropped_out count.
 */
int partition_upkeep(struct db *db, struct arena *a, int64_t now, int ahead, int keep_days, int *made_out, int *dropped_out, struct err *e);

#endif
