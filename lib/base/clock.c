#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "config.h"
#include "lib/base/arena.h"
#include "lib/base/clock.h"

enum { US = 1000000, DAY_S = 86400 };

static _Atomic int64_t shift_us;

static int64_t read_us(clockid_t which)
{
	struct timespec t;

	clock_gettime(which, &t);
	return (int64_t)t.tv_sec * US + t.tv_nsec / 1000;
}

#ifdef GAVEL_FAILPOINTS
#include <pthread.h>

static pthread_once_t environment_once = PTHREAD_ONCE_INIT;

static void read_environment(void)
{
	const char *seconds = getenv("GAVEL_CLOCK_SHIFT_S");
	int64_t n;

	if (seconds != NULL && str_to_i64(str_of(seconds), &n))
		clock_shift(n * US);
}
#endif

int64_t clock_wall_us(void)
{
#ifdef GAVEL_FAILPOINTS
	pthread_once(&environment_once, read_environment);
#endif
	return read_us(CLOCK_REALTIME) + atomic_load_explicit(&shift_us, memory_order_relaxed);
}

int64_t clock_mono_us(void)
{
	return read_us(CLOCK_MONOTONIC);
}

void clock_shift(int64_t us)
{
	atomic_fetch_add(&shift_us, us);
}

void clock_sleep_ms(int64_t ms)
{
	int64_t until = clock_mono_us() + ms * 1000;
	struct timespec t = { .tv_sec = until / US, .tv_nsec = until % US * 1000 };

	if (ms <= 0)
		return;
	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL) == EINTR)
		;
}

static int64_t floor_div(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

static bool is_leap(int y)
{
	return y % 4 == 0 && (y % 100 != 0 || y % 400 == 0);
}

/* Days in the years before y, counted from 1 January of the year 1. */
static int64_t days_before_year(int64_t y)
{
	y--;
	return y * 365 + floor_div(y, 4) - floor_div(y, 100) + floor_div(y, 400);
}

static int days_before_month(int y, int m)
{
	static const short before[] = { 0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334, 365 };

	return before[m - 1] + (m > 2 && is_leap(y));
}

static const int64_t EPOCH_DAY = 719162; /* days_before_year(1970) */

int64_t clock_days(int y, int m, int d)
{
	return days_before_year(y) + days_before_month(y, m) + d - 1 - EPOCH_DAY;
}

void clock_civil(int64_t days, int *y, int *m, int *d)
{
	int64_t day = days + EPOCH_DAY;
	int year = (int)floor_div(day * 400, 146097) + 1; /* 400 years have 146097 days: at most one year off */
	int month = 1;

	while (day < days_before_year(year))
		year--;
	while (day >= days_before_year(year + 1))
		year++;
	day -= days_before_year(year);
	while (month < 12 && day >= days_before_month(year, month + 1))
		month++;
	*y = year;
	*m = month;
	*d = (int)day - days_before_month(year, month) + 1;
}

/* Cut to the years 1 to 9999, which is what the forms below can say. */
static int64_t bounded(int64_t wall_us)
{
	int64_t least = clock_days(1, 1, 1) * DAY_S * US, most = clock_days(10000, 1, 1) * DAY_S * US - 1;

	return wall_us < least ? least : wall_us > most ? most : wall_us;
}

static char *put(char *p, int value, int width)
{
	for (int i = width - 1; i >= 0; i--, value /= 10)
		p[i] = (char)('0' + value % 10);
	return p + width;
}

/* "2026-11-23?12:01:00.000000" with the mark given: by hand, since every answer and row prints some. */
static void print_us(char out[CLOCK_SQL + 1], int64_t wall_us, char mark)
{
	int64_t us = bounded(wall_us), days = floor_div(us, (int64_t)DAY_S * US);
	int y, m, d, s;
	char *p = out;

	us -= days * DAY_S * US;
	s = (int)(us / US);
	clock_civil(days, &y, &m, &d);
	p = put(p, y, 4);
	*p++ = '-';
	p = put(p, m, 2);
	*p++ = '-';
	p = put(p, d, 2);
	*p++ = mark;
	p = put(p, s / 3600, 2);
	*p++ = ':';
	p = put(p, s / 60 % 60, 2);
	*p++ = ':';
	p = put(p, s % 60, 2);
	*p++ = '.';
	p = put(p, (int)(us % US), 6);
	*p = '\0';
}

void clock_print_rfc3339_ms(char out[CLOCK_RFC3339_MS + 1], int64_t wall_us)
{
	char us[CLOCK_SQL + 1];

	print_us(us, wall_us, 'T');
	memcpy(out, us, CLOCK_RFC3339_MS - 1);
	memcpy(out + CLOCK_RFC3339_MS - 1, "Z", 2);
}

void clock_print_sql(char out[CLOCK_SQL + 1], int64_t wall_us)
{
	print_us(out, wall_us, ' ');
}

struct str clock_rfc3339_ms(struct arena *a, int64_t wall_us)
{
	char *p = arena_alloc(a, CLOCK_RFC3339_MS + 1);

	clock_print_rfc3339_ms(p, wall_us);
	return (struct str){ p, CLOCK_RFC3339_MS };
}

struct str clock_sql(struct arena *a, int64_t wall_us)
{
	char *p = arena_alloc(a, CLOCK_SQL + 1);

	clock_print_sql(p, wall_us);
	return (struct str){ p, CLOCK_SQL };
}

static bool take_number(struct str *s, size_t width, int *out)
{
	int sum = 0;

	if (s->n < width)
		return false;
	for (size_t i = 0; i < width; i++) {
		if (s->p[i] < '0' || s->p[i] > '9')
			return false;
		sum = sum * 10 + (s->p[i] - '0');
	}
	s->p += width;
	s->n -= width;
	*out = sum;
	return true;
}

static bool take_one_of(struct str *s, const char *chars, char *out)
{
	if (s->n == 0 || s->p[0] == '\0' || strchr(chars, s->p[0]) == NULL)
		return false;
	if (out != NULL)
		*out = s->p[0];
	s->p++;
	s->n--;
	return true;
}

static bool take_date(struct str *s, int64_t *days)
{
	int y, m, d;

	if (!take_number(s, 4, &y) || !take_one_of(s, "-", NULL) || !take_number(s, 2, &m) || !take_one_of(s, "-", NULL) ||
	    !take_number(s, 2, &d))
		return false;
	if (y < 1 || m < 1 || m > 12 || d < 1 || d > days_before_month(y, m + 1) - days_before_month(y, m))
		return false;
	*days = clock_days(y, m, d);
	return true;
}

/* hh:mm:ss, 60 for a leap second, and a fraction whose digits past the sixth are dropped. */
static bool take_time(struct str *s, int64_t *us)
{
	int h, m, sec, digit, unit = US / 10;

	if (!take_number(s, 2, &h) || !take_one_of(s, ":", NULL) || !take_number(s, 2, &m) || !take_one_of(s, ":", NULL) ||
	    !take_number(s, 2, &sec))
		return false;
	if (h > 23 || m > 59 || sec > 60)
		return false;
	*us = ((int64_t)h * 3600 + m * 60 + sec) * US;
	if (!take_one_of(s, ".", NULL))
		return true;
	if (!take_number(s, 1, &digit))
		return false;
	do {
		*us += (int64_t)digit * unit;
		unit /= 10;
	} while (take_number(s, 1, &digit));
	return true;
}

static bool take_offset(struct str *s, int64_t *us)
{
	char sign;
	int h, m;

	*us = 0;
	if (take_one_of(s, "Zz", NULL))
		return true;
	if (!take_one_of(s, "+-", &sign) || !take_number(s, 2, &h) || !take_one_of(s, ":", NULL) || !take_number(s, 2, &m) ||
	    h > 23 || m > 59)
		return false;
	*us = ((int64_t)h * 60 + m) * 60 * US * (sign == '-' ? -1 : 1);
	return true;
}

bool clock_parse_rfc3339(struct str s, int64_t *wall_us_out)
{
	int64_t days, time, offset, sum;

	if (!take_date(&s, &days) || !take_one_of(&s, "Tt", NULL) || !take_time(&s, &time) || !take_offset(&s, &offset) || s.n > 0)
		return false;
	sum = days * DAY_S * US + time - offset;
	if (sum != bounded(sum))
		return false;
	*wall_us_out = sum;
	return true;
}

bool clock_parse_date(struct str s, int64_t *days_out)
{
	return take_date(&s, days_out) && s.n == 0;
}
