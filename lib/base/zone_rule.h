/*
 * zone_rule: the POSIX TZ text that ends a time zone file and says how its clock goes on: "EST5EDT,M3.2.0,M11.1.0". For zone.c.
 */
#ifndef GAVEL_BASE_ZONE_RULE_H
#define GAVEL_BASE_ZONE_RULE_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/str.h"

enum zone_day { ZONE_DAY_MONTH_WEEK, ZONE_DAY_JULIAN, ZONE_DAY_OF_YEAR, ZONE_DAY__N };

/* One change a year. */
struct zone_change {
	enum zone_day kind;
	int month, week, weekday; /* ZONE_DAY_MONTH_WEEK: week 5 is the last, weekday 0 is Sunday */
	int day;                  /* ZONE_DAY_JULIAN: 1 to 365, never 29 February; ZONE_DAY_OF_YEAR: from 0 */
	int32_t time_s;           /* local time of that day, perhaps before or after it */
};

struct zone_rule {
	bool changes;    /* false: fixed_s all year */
	int32_t fixed_s; /* standard time, seconds east of UTC */
	int32_t summer_s;
	struct zone_change to_summer, to_standard;
};

bool zone_rule_parse(struct str s, struct zone_rule *out);
/* The offset at t (UTC seconds), and when it changes next (INT64_MAX: never). */
int32_t zone_rule_at(const struct zone_rule *r, int64_t t, int64_t *until);

#endif
