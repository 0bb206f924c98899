/*
 * schedule: when a contract is open, in its own time zone, daylight saving included.
 *
 * { "timezone", "open": [ { "days", "from", "to" } ], "closed_dates" }. Without `open` it is open always, with an empty one never;
 * a window without `days` is every day's. From `from` to before `to`, by the zone's wall clock; `to` may be "24:00", and a `to`
 * before `from` is the next day's: the window belongs to the day it begins on. A closed date is closed from midnight to midnight,
 * whatever window reaches into it.
 */
#ifndef GAVEL_LEAD_SCHEDULE_H
#define GAVEL_LEAD_SCHEDULE_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/arena.h"
#include "lib/base/fault.h"
#include "lib/base/value.h"
#include "lib/base/zone.h"

struct schedule;

int schedule_compile(struct arena *a, const struct value *doc, const struct path *at, struct faults *f,
    const struct schedule **out);
/* NULL is always open, in UTC. */
bool schedule_is_open(const struct schedule *s, int64_t wall_us);
/* NULL for UTC. Caps of the contract reset at midnight there. */
const struct zone *schedule_zone(const struct schedule *s);

#endif
