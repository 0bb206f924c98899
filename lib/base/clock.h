/*
 * clock: the two clocks. Wall time (UTC microseconds) is for records; monotonic time is for deadlines. Both can be shifted for
 * tests by clock_shift; nothing else in the project asks the system for the time.
 */
#ifndef GAVEL_BASE_CLOCK_H
#define GAVEL_BASE_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/str.h"

struct arena;

int64_t clock_wall_us(void); /* UTC microseconds since 1970 */
int64_t clock_mono_us(void); /* monotonic microseconds */
static inline int64_t clock_mono_ms(void)
{
	return clock_mono_us() / 1000;
}
/* Moves wall time by us from now on (tests; in builds with failpoints also GAVEL_CLOCK_SHIFT_S of the environment, at first use). */
void clock_shift(int64_t us);
void clock_sleep_ms(int64_t ms);

enum { CLOCK_RFC3339_MS = 24, CLOCK_SQL = 26 };

/* RFC 3339 UTC: "2026-11-23T12:01:00.000Z" */
struct str clock_rfc3339_ms(struct arena *a, int64_t wall_us);
/* MariaDB DATETIME(6): "2026-11-23 12:01:00.000000" */
struct str clock_sql(struct arena *a, int64_t wall_us);
/* The same two without an arena. */
void clock_print_rfc3339_ms(char out[CLOCK_RFC3339_MS + 1], int64_t wall_us);
void clock_print_sql(char out[CLOCK_SQL + 1], int64_t wall_us);
/* RFC 3339 with any offset, or a trailing Z; fractions to the microsecond. False when it is none or out of 1..9999. */
bool clock_parse_rfc3339(struct str s, int64_t *wall_us_out);
/* YYYY-MM-DD, a real day. days since 1970. */
bool clock_parse_date(struct str s, int64_t *days_out);
/* Proleptic Gregorian: days since 1970-01-01 and back. */
int64_t clock_days(int y, int m, int d);
void clock_civil(int64_t days, int *y, int *m, int *d);

#endif
