#include "lib/base/clock.h"
#include "lib/base/zone_rule.h"

enum { DAY_S = 86400 };

static bool take_char(struct str *s, char c)
{
	if (s->n == 0 || s->p[0] != c)
		return false;
	s->p++;
	s->n--;
	return true;
}

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool take_number(struct str *s, int least, int most, int *out)
{
	int sum = 0;
	size_t n = 0;

	while (n < s->n && n < 3 && s->p[n] >= '0' && s->p[n] <= '9')
		sum = sum * 10 + (s->p[n++] - '0');
	if (n == 0 || sum < least || sum > most)
		return false;
	s->p += n;
	s->n -= n;
	*out = sum;
	return true;
}

/* "PST" or "<-03>": three characters at least; what it says is of no use here. */
static bool take_name(struct str *s)
{
	bool quoted = take_char(s, '<');
	size_t n = 0;

	while (n < s->n && (quoted ? s->p[n] != '>' : is_letter(s->p[n])))
		n++;
	s->p += n;
	s->n -= n;
	return n >= 3 && (!quoted || take_char(s, '>'));
}

/* [+-]hh[:mm[:ss]], up to 167 hours (RFC 8536, section 3.3.1). */
static bool take_time(struct str *s, int32_t *out)
{
	bool negative = take_char(s, '-');
	int h, m = 0, sec = 0;

	if (!negative)
		take_char(s, '+');
	if (!take_number(s, 0, 167, &h))
		return false;
	if (take_char(s, ':') && !take_number(s, 0, 59, &m))
		return false;
	if (take_char(s, ':') && !take_number(s, 0, 59, &sec))
		return false;
	*out = (h * 3600 + m * 60 + sec) * (negative ? -1 : 1);
	return true;
}

static bool take_change(struct str *s, struct zone_change *c)
{
	c->time_s = 2 * 3600;
	if (take_char(s, 'M')) {
		c->kind = ZONE_DAY_MONTH_WEEK;
		if (!take_number(s, 1, 12, &c->month) || !take_char(s, '.') || !take_number(s, 1, 5, &c->week) ||
		    !take_char(s, '.') || !take_number(s, 0, 6, &c->weekday))
			return false;
	} else if (take_char(s, 'J')) {
		c->kind = ZONE_DAY_JULIAN;
		if (!take_number(s, 1, 365, &c->day))
			return false;
	} else {
		c->kind = ZONE_DAY_OF_YEAR;
		if (!take_number(s, 0, 365, &c->day))
			return false;
	}
	return !take_char(s, '/') || take_time(s, &c->time_s);
}

/* Offsets in this text count westwards. */
bool zone_rule_parse(struct str s, struct zone_rule *out)
{
	int32_t west;

	if (!take_name(&s) || !take_time(&s, &west))
		return false;
	out->fixed_s = -west;
	out->summer_s = -west + 3600;
	out->changes = s.n > 0;
	if (!out->changes)
		return true;
	if (!take_name(&s))
		return false;
	if (s.n > 0 && s.p[0] != ',') {
		if (!take_time(&s, &west))
			return false;
		out->summer_s = -west;
	}
	return take_char(&s, ',') && take_change(&s, &out->to_summer) && take_char(&s, ',') && take_change(&s, &out->to_standard) &&
	    s.n == 0;
}

static bool is_leap(int y)
{
	return clock_days(y, 3, 1) - clock_days(y, 2, 28) == 2;
}

static int64_t day_in(const struct zone_change *c, int year)
{
	int64_t first, day;
	int next_month = c->month % 12 + 1;

	if (c->kind == ZONE_DAY_JULIAN)
		return clock_days(year, 1, 1) + c->day - 1 + (c->day >= 60 && is_leap(year));
	if (c->kind == ZONE_DAY_OF_YEAR)
		return clock_days(year, 1, 1) + c->day;
	first = clock_days(year, c->month, 1);
	day = first + (c->weekday - (first + 4) % 7 + 14) % 7; /* 1970 began on a Thursday, day 4 of a week from Sunday */
	day += (c->week - 1) * 7;
	if (day >= clock_days(next_month == 1 ? year + 1 : year, next_month, 1))
		day -= 7;
	return day;
}

/* A change's time is told by the clock that goes until then. */
static int64_t instant_in(const struct zone_rule *r, bool to_summer, int year)
{
	const struct zone_change *c = to_summer ? &r->to_summer : &r->to_standard;

	return day_in(c, year) * DAY_S + c->time_s - (to_summer ? r->fixed_s : r->summer_s);
}

/* The changes of the years around t: the last one up to t says what holds, the first one after it how long. */
int32_t zone_rule_at(const struct zone_rule *r, int64_t t, int64_t *until)
{
	int64_t days = t / DAY_S - (t % DAY_S < 0), since = INT64_MIN;
	int32_t offset = r->fixed_s;
	int year, month, day;

	*until = INT64_MAX;
	if (!r->changes)
		return offset;
	clock_civil(days, &year, &month, &day);
	for (int y = year - 1; y <= year + 1; y++)
		for (int to_summer = 0; to_summer <= 1; to_summer++) {
			int64_t at = instant_in(r, to_summer, y);

			if (at > t) {
				*until = at < *until ? at : *until;
			} else if (at >= since) {
				since = at;
				offset = to_summer ? r->summer_s : r->fixed_s;
			}
		}
	return offset;
}
