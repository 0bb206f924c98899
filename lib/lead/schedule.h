/*
 * schedule: when a contract is open, in its own time zone, daylight saving included.
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

int schedule_compile(struct arena *a, const struct value *doc, const struct path *at, struct faults *f, const struct schedule **out);
bool schedule_is_open(const struct schedule *s, int64_t wall_us);
/* NULL for UTC. Caps of the contract reset at midnight there. */
const struct zone *schedule_zone(const struct schedule *s);

#endif
