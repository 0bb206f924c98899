/*
 * zone: IANA time zones, read from tzdata's files (TZif, RFC 8536), since glibc has no tzalloc and a fresh MariaDB no zone rows.
 * A zone is immutable once loaded and may be read by any thread.
 */
#ifndef GAVEL_BASE_ZONE_H
#define GAVEL_BASE_ZONE_H

#include <stdint.h>

#include "lib/base/str.h"

struct arena;
struct err;
struct zone;

struct zone_time {
	int year, month, day, hour, minute, second; /* month and day from 1 */
	int weekday;                                /* 0 = Monday .. 6 = Sunday */
	int offset_s;                               /* seconds east of UTC */
};

/* Loads a zone by name into the arena ("America/Los_Angeles", "UTC"). Names with "..", a leading "/" or odd bytes are refused. */
int zone_load(struct arena *a, struct str name, const struct zone **out, struct err *e);
/* Local civil time of an instant (UTC microseconds); z NULL is UTC. */
void zone_local(const struct zone *z, int64_t wall_us, struct zone_time *out);
/* The instant at which a local civil time begins; in a gap the moment after it, in an overlap the first. */
int64_t zone_instant(const struct zone *z, const struct zone_time *t);

#endif
