#include "lib/lead/schedule.h"

#include <stdlib.h>

#include "lib/base/clock.h"
#include "lib/base/err.h"
#include "lib/lead/members.h"

enum { DAY_MINUTES = 24 * 60, WINDOWS_MAX = 50, CLOSED_MAX = 400 };

static const char *const day_names[] = { "mon", "tue", "wed", "thu", "fri", "sat", "sun", NULL };

struct window {
	unsigned days;  /* bit 0 is Monday */
	int from, to;   /* minutes of the day; to <= from: the next day's */
};

struct schedule {
	const struct zone *zone;
	bool always;    /* but for closed dates */
	struct window *windows;
	size_t n_windows;
	int64_t *closed; /* days since 1970, sorted */
	size_t n_closed;
};

/* "08:30"; "24:00" only where last is true. -1 when it is none. */
static int minute_of(struct str s, bool last)
{
	int hour, minute;

	if (s.n != 5 || s.p[2] != ':')
		return -1;
	for (size_t i = 0; i < s.n; i++)
		if (i != 2 && (s.p[i] < '0' || s.p[i] > '9'))
			return -1;
	hour = (s.p[0] - '0') * 10 + (s.p[1] - '0');
	minute = (s.p[3] - '0') * 10 + (s.p[4] - '0');
	if (minute > 59 || hour > 24 || (hour == 24 && (minute != 0 || !last)))
		return -1;
	return hour * 60 + minute;
}

static int compile_days(const struct value *doc, const struct path *up, struct faults *f, struct window *out)
{
	static const struct member_rule rule = { .type = MEMBER_CHOICE, .choices = day_names };
	const struct value *days = members_list(doc, "days");
	struct path at = path_member(up, STR("days"));
	int bad = 0;

	if (days == NULL)
		out->days = 0x7f;
	for (size_t i = 0; days != NULL && i < days->n; i++) {
		struct path here = path_index(&at, i);

		bad |= member_check(&days->items[i], &rule, &here, f);
		for (unsigned d = 0; day_names[d] != NULL; d++)
			if (days->items[i].type == VALUE_TEXT && str_is(days->items[i].text, day_names[d]))
				out->days |= 1u << d;
	}
	return bad;
}

static int compile_window(const struct value *doc, const struct path *at, struct faults *f, struct window *out)
{
	static const struct member_rule rules[] = {
		{ "days", MEMBER_LIST, .min = 1, .max = 7 },
		{ "from", MEMBER_TEXT, .required = true },
		{ "to", MEMBER_TEXT, .required = true },
	};
	struct path from_at = path_member(at, STR("from")), to_at = path_member(at, STR("to"));

	if (members_check(doc, rules, MEMBERS_N(rules), at, f) != 0)
		return -1;
	out->from = minute_of(members_text(doc, "from", STR("")), false);
	out->to = minute_of(members_text(doc, "to", STR("")), true);
	if (out->from < 0)
		fault_add(f, &from_at, "invalid_field", "must be a time of day from \"00:00\" to \"23:59\"");
	if (out->to < 0)
		fault_add(f, &to_at, "invalid_field", "must be a time of day from \"00:00\" to \"24:00\"");
	else if (out->to == out->from)
		fault_add(f, &to_at, "invalid_field", "must differ from \"from\"; a whole day is \"00:00\" to \"24:00\"");
	if (compile_days(doc, at, f, out) != 0)
		return -1;
	return out->from < 0 || out->to < 0 || out->from == out->to ? -1 : 0;
}

static int day_order(const void *a, const void *b)
{
	const int64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static int compile_closed(struct arena *a, const struct value *doc, const struct path *up, struct faults *f, struct schedule *out)
{
	const struct value *dates = members_list(doc, "closed_dates");
	struct path at = path_member(up, STR("closed_dates"));
	int bad = 0;

	if (dates == NULL || dates->n > CLOSED_MAX)
		return 0;
	out->closed = arena_array_of(a, dates->n, int64_t);
	for (size_t i = 0; i < dates->n; i++) {
		struct path here = path_index(&at, i);

		if (dates->items[i].type != VALUE_TEXT || !clock_parse_date(dates->items[i].text, &out->closed[out->n_closed]))
			bad = fault_add(f, &here, "invalid_field", "must be a date, YYYY-MM-DD");
		else
			out->n_closed++;
	}
	qsort(out->closed, out->n_closed, sizeof(out->closed[0]), day_order);
	return bad;
}

static int compile_zone(struct arena *a, const struct value *doc, const struct path *up, struct faults *f, struct schedule *out)
{
	struct path at = path_member(up, STR("timezone"));
	struct str name = members_text(doc, "timezone", STR(""));

	if (name.n == 0 || str_is(name, "UTC"))
		return 0;
	if (zone_load(a, name, &out->zone, NULL) != 0)
		return fault_add(f, &at, "invalid_field", "must be an IANA time zone such as \"America/Los_Angeles\"");
	return 0;
}

int schedule_compile(struct arena *a, const struct value *doc, const struct path *at, struct faults *f,
    const struct schedule **out)
{
	static const struct member_rule rules[] = {
		{ "timezone", MEMBER_TEXT },
		{ "open", MEMBER_LIST, .max = WINDOWS_MAX },
		{ "closed_dates", MEMBER_LIST, .max = CLOSED_MAX },
	};
	struct schedule *s = arena_new_of(a, struct schedule);
	const struct value *open = members_list(doc, "open");
	struct path open_at = path_member(at, STR("open"));
	int bad = members_check(doc, rules, MEMBERS_N(rules), at, f);

	*out = s;
	s->always = open == NULL;
	bad |= compile_zone(a, doc, at, f, s);
	bad |= compile_closed(a, doc, at, f, s);
	if (open != NULL && open->n <= WINDOWS_MAX) {
		s->windows = arena_array_of(a, open->n, struct window);
		s->n_windows = open->n;
	}
	for (size_t i = 0; i < s->n_windows; i++) {
		struct path here = path_index(&open_at, i);

		bad |= compile_window(&open->items[i], &here, f, &s->windows[i]);
	}
	return bad != 0 ? -1 : 0;
}

static bool is_closed_date(const struct schedule *s, const struct zone_time *t)
{
	int64_t day;

	if (s->n_closed == 0)
		return false;
	day = clock_days(t->year, t->month, t->day);
	return bsearch(&day, s->closed, s->n_closed, sizeof(day), day_order) != NULL;
}

bool schedule_is_open(const struct schedule *s, int64_t wall_us)
{
	struct zone_time t;
	unsigned today, yesterday;
	int minute;

	if (s == NULL || (s->always && s->n_closed == 0))
		return true;
	zone_local(s->zone, wall_us, &t);
	if (is_closed_date(s, &t))
		return false;
	minute = t.hour * 60 + t.minute;
	today = 1u << t.weekday;
	yesterday = 1u << ((t.weekday + 6) % 7);
	for (size_t i = 0; i < s->n_windows; i++) {
		const struct window *w = &s->windows[i];
		bool over_night = w->to < w->from;

		if ((w->days & today) != 0 && minute >= w->from && (over_night || minute < w->to))
			return true;
		if (over_night && (w->days & yesterday) != 0 && minute < w->to)
			return true;
	}
	return s->always;
}

const struct zone *schedule_zone(const struct schedule *s)
{
	return s != NULL ? s->zone : NULL;
}
