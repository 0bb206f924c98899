/*
 * A zone is a row of spans, each with one offset from UTC: those that its file lists, and behind them, without end, those that the
 * file's last line makes by rule ("PST8PDT,M3.2.0,M11.1.0"). Both questions, which local time and which instant, walk spans.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "lib/base/arena.h"
#include "lib/base/clock.h"
#include "lib/base/err.h"
#include "lib/base/zone.h"
#include "lib/base/zone_rule.h"

enum {
	NAME_MAX_BYTES = 64,
	PATH_MAX_BYTES = 512,
	FILE_MAX = 256 * 1024,
	HEADER = 44,
	DAY_S = 86400,
	US = 1000000,
	OFFSET_MAX = 26 * 3600 /* RFC 8536: no offset is past these hours */
};

struct zone {
	size_t n;                /* changes listed, in order */
	const int64_t *at;       /* UTC seconds */
	const int32_t *offset_s; /* from at[i] on */
	int32_t first_offset_s;  /* before at[0] */
	struct zone_rule rule;   /* from the last change on */
};

/* Header fields of RFC 8536, section 3.1. */
struct counts {
	uint32_t isut, isstd, leap, time, type, chars;
};

static uint32_t be32(const char *p)
{
	const unsigned char *b = (const unsigned char *)p;

	return (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
}

static int64_t be64(const char *p)
{
	return (int64_t)((uint64_t)be32(p) << 32 | be32(p + 4));
}

static bool take_header(struct str *s, struct counts *c)
{
	if (s->n < HEADER || memcmp(s->p, "TZif", 4) != 0 || s->p[4] < '2')
		return false;
	c->isut = be32(s->p + 20);
	c->isstd = be32(s->p + 24);
	c->leap = be32(s->p + 28);
	c->time = be32(s->p + 32);
	c->type = be32(s->p + 36);
	c->chars = be32(s->p + 40);
	s->p += HEADER;
	s->n -= HEADER;
	return c->isut <= FILE_MAX && c->isstd <= FILE_MAX && c->leap <= FILE_MAX && c->time <= FILE_MAX && c->type <= 256 &&
	    c->chars <= FILE_MAX;
}

/* How long the data behind a header are; times of four bytes in the first part of a file, of eight in the second. */
static size_t data_size(const struct counts *c, size_t time_size)
{
	return c->time * time_size + c->time + c->type * 6 + c->chars + c->leap * (time_size + 4) + c->isstd + c->isut;
}

static bool take_data(struct arena *a, const char *p, const struct counts *c, struct zone *z)
{
	const char *indexes = p + (size_t)c->time * 8, *types = indexes + c->time;
	int64_t *at = arena_array_of(a, c->time, int64_t);
	int32_t *offset_s = arena_array_of(a, c->time, int32_t);

	for (uint32_t i = 0; i < c->type; i++) {
		int32_t offset = (int32_t)be32(types + (size_t)i * 6);

		if (offset < -OFFSET_MAX || offset > OFFSET_MAX)
			return false;
	}
	for (uint32_t i = 0; i < c->time; i++) {
		unsigned char type = (unsigned char)indexes[i];

		at[i] = be64(p + (size_t)i * 8);
		if (type >= c->type || (i > 0 && at[i] <= at[i - 1]))
			return false;
		offset_s[i] = (int32_t)be32(types + (size_t)type * 6);
	}
	z->n = c->time;
	z->at = at;
	z->offset_s = offset_s;
	z->first_offset_s = (int32_t)be32(types);
	return true;
}

/* Without a rule the last listed offset holds for ever. Leap seconds ("right/...") are not our kind of time. */
static bool parse(struct arena *a, struct str s, struct zone *z)
{
	struct counts c;
	size_t size;

	if (!take_header(&s, &c) || s.n < data_size(&c, 4))
		return false;
	s.p += data_size(&c, 4);
	s.n -= data_size(&c, 4);
	if (!take_header(&s, &c) || c.leap > 0 || c.type == 0)
		return false;
	size = data_size(&c, 8);
	if (s.n < size + 2 || s.p[size] != '\n' || s.p[s.n - 1] != '\n' || !take_data(a, s.p, &c, z))
		return false;
	s.p += size + 1;
	s.n -= size + 2;
	z->rule.fixed_s = z->n > 0 ? z->offset_s[z->n - 1] : z->first_offset_s;
	return s.n == 0 || zone_rule_parse(s, &z->rule);
}

static bool good_name(struct str name)
{
	struct str part;

	if (name.n == 0 || name.n > NAME_MAX_BYTES)
		return false;
	while (str_split(&name, '/', &part)) {
		if (part.n == 0)
			return false;
		for (size_t i = 0; i < part.n; i++) {
			char c = part.p[i];

			if (!(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') && !(c >= '0' && c <= '9') && c != '_' && c != '-' &&
			    c != '+')
				return false;
		}
	}
	return true;
}

static int read_file(struct arena *a, const char *path, struct str *out, struct err *e)
{
	char *p = arena_alloc(a, FILE_MAX);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return err_set(e, errno == ENOENT || errno == ENOTDIR ? ERR_NOT_FOUND : ERR_IO, "%s: can't be opened", path);
	out->p = p;
	out->n = 0;
	do {
		n = read(fd, p + out->n, FILE_MAX - out->n);
		if (n > 0)
			out->n += (size_t)n;
	} while (n > 0 || (n < 0 && errno == EINTR));
	close(fd);
	if (n < 0)
		return err_set(e, errno == EISDIR ? ERR_NOT_FOUND : ERR_IO, "%s: can't be read", path);
	return 0;
}

int zone_load(struct arena *a, struct str name, const struct zone **out, struct err *e)
{
	struct zone *z = arena_new_of(a, struct zone);
	const char *folder = getenv("TZDIR");
	struct arena *scratch;
	struct str file;
	char path[PATH_MAX_BYTES];
	int done = -1;

	if (!good_name(name))
		return err_set(e, ERR_INVALID, "not the name of a time zone");
	*out = z;
	if (str_is(name, "UTC"))
		return 0; /* also where tzdata is not installed */
	if (folder == NULL || folder[0] == '\0')
		folder = "/usr/share/zoneinfo";
	if (snprintf(path, sizeof(path), "%s/%.*s", folder, STR_ARG(name)) >= (int)sizeof(path))
		return err_set(e, ERR_CONFIG, "TZDIR is too long");
	scratch = arena_new(2 * FILE_MAX);
	if (read_file(scratch, path, &file, e) == 0)
		done = parse(a, file, z) ? 0 : err_set(e, ERR_CONFIG, "%s: not a time zone file", path);
	arena_free(&scratch);
	return done;
}

/* The span that holds t: its offset, and where the next begins (INT64_MAX: nowhere). */
static int32_t span_at(const struct zone *z, int64_t t, int64_t *until)
{
	size_t low = 0, high = z->n;

	while (low < high) { /* low becomes the number of changes up to t */
		size_t middle = (low + high) / 2;

		if (z->at[middle] <= t)
			low = middle + 1;
		else
			high = middle;
	}
	if (low < z->n) {
		*until = z->at[low];
		return low > 0 ? z->offset_s[low - 1] : z->first_offset_s;
	}
	return zone_rule_at(&z->rule, t, until);
}

static int64_t floor_div(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

void zone_local(const struct zone *z, int64_t wall_us, struct zone_time *out)
{
	int64_t t = floor_div(wall_us, US), until, days;
	int s;

	out->offset_s = z != NULL ? span_at(z, t, &until) : 0;
	t += out->offset_s;
	days = floor_div(t, DAY_S);
	s = (int)(t - days * DAY_S);
	clock_civil(days, &out->year, &out->month, &out->day);
	out->hour = s / 3600;
	out->minute = s / 60 % 60;
	out->second = s % 60;
	out->weekday = (int)(((days + 3) % 7 + 7) % 7); /* 1970 began on a Thursday */
}

/*
 * Looks through the spans that may hold the local time, earliest first: an overlap gives its first instant. When a span ends before
 * the local time and the next begins after it, that time is in the gap between them.
 */
int64_t zone_instant(const struct zone *z, const struct zone_time *t)
{
	int64_t local = clock_days(t->year, t->month, t->day) * DAY_S + t->hour * 3600 + t->minute * 60 + t->second;
	int64_t from = local - OFFSET_MAX, until;

	if (z == NULL)
		return local * US;
	for (;;) {
		int64_t instant = local - span_at(z, from, &until);

		if (instant < from)
			return from * US;
		if (instant < until)
			return instant * US;
		from = until;
	}
}
