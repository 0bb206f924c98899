/*
 * A period as the rows that hold it: buckets by the clock of a time zone, each cut into the largest spans that fit. A day in New York is
 * nine rows instead of ninety-six.
 */
#include "lib/base/buf.h"
#include "lib/base/clock.h"
#include "lib/store/report.h"
#include "lib/store/stat_set.h"

enum { PLAN_MAX = 8 * 1024 * 1024, SECOND = 1000000 };

/* Where the hour, day, week or month that holds an instant ends. */
static int64_t end_of(const struct zone *z, enum dimension unit, int64_t at)
{
	struct zone_time t, next = { 0 };
	int64_t day;

	zone_local(z, at, &t);
	if (unit == DIM_HOUR)
		return at + (int64_t)(3600 - t.minute * 60 - t.second) * SECOND;
	day = clock_days(t.year, t.month, t.day) + (unit == DIM_WEEK ? 7 - t.weekday : 1);
	clock_civil(day, &next.year, &next.month, &next.day);
	if (unit == DIM_MONTH) {
		next.year = t.month == 12 ? t.year + 1 : t.year;
		next.month = t.month == 12 ? 1 : t.month + 1;
		next.day = 1;
	}
	return zone_instant(z, &next);
}

static enum dimension unit_of(unsigned by)
{
	for (int d = DIM_HOUR; d <= DIM_MONTH; d++)
		if (by & DIM_BIT(d))
			return (enum dimension)d;
	return DIM__N;
}

size_t report_buckets(struct arena *a, const struct report_query *q, struct report_bucket **out)
{
	enum dimension unit = unit_of(q->by);
	size_t n = 0, room = unit == DIM__N ? 1 : (size_t)((q->to - q->from) / STAT_QUARTER_US);

	*out = arena_array_of(a, room, struct report_bucket);
	for (int64_t at = q->from; at < q->to;) {
		int64_t end = unit == DIM__N ? q->to : end_of(q->zone, unit, at);

		end -= end % STAT_QUARTER_US; /* no clock of our time is set by less */
		if (end <= at)
			end = at + STAT_QUARTER_US;
		if (end > q->to)
			end = q->to;
		(*out)[n++] = (struct report_bucket){ at, end };
		at = end;
	}
	return n;
}

static int span_at(int64_t quarter, int64_t left)
{
	int i = STAT_SPANS - 1;

	while (i > 0 && (quarter % stat_spans[i] != 0 || stat_spans[i] > left))
		i--;
	return stat_spans[i];
}

struct str report_plan(struct arena *a, const struct report_bucket *list, size_t n)
{
	struct buf b;

	buf_in(&b, a, PLAN_MAX);
	buf_add_char(&b, '[');
	for (size_t i = 0; i < n; i++) {
		int64_t quarter = list[i].from / STAT_QUARTER_US, end = list[i].to / STAT_QUARTER_US;

		while (quarter < end) {
			char at[CLOCK_SQL + 1];
			int span = span_at(quarter, end - quarter);

			clock_print_sql(at, quarter * STAT_QUARTER_US);
			buf_addf(&b, "%s[%zu,%d,\"%.19s\"]", b.n > 1 ? "," : "", i, span, at);
			quarter += span;
		}
	}
	buf_add_char(&b, ']');
	return buf_str(&b);
}
