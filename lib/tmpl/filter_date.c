/*
 * filter_date: dates and times in a buyer's own form, and ages.
 */
#include "lib/base/clock.h"
#include "lib/tmpl/filter.h"

enum { FORM_MAX = 100 };

/* One value, read: a date has no time of day, and no zone moves it. */
struct when {
	struct zone_time at;
	int millisecond;
};

/* The parts of a form; those that begin alike stand longest first. */
enum part {
	PART_YYYY, PART_YY, PART_MM, PART_M, PART_DD, PART_D, PART_HH, PART_H, PART_hh, PART_h, PART_mm, PART_ss, PART_SSS,
	PART_A, PART__N
};

static const char *const parts[PART__N] = { "YYYY", "YY", "MM", "M", "DD", "D", "HH", "H", "hh", "h", "mm", "ss", "SSS", "A" };

/* A run of one letter must be a part as a whole: MMM is not MM and M. PART__N: it is none. */
static enum part part_at(struct str form, size_t *n_out)
{
	size_t n = 1;

	while (n < form.n && form.p[n] == form.p[0])
		n++;
	*n_out = n;
	for (int i = 0; i < PART__N; i++)
		if (str_is((struct str){ form.p, n }, parts[i]))
			return (enum part)i;
	return PART__N;
}

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* ISO 8601's T and Z may stand bare; a Z, though, says UTC. */
static bool is_bare_letter(char c, bool zoned)
{
	return c == 'T' || (c == 'Z' && !zoned);
}

static const char *check_letters(struct str form, bool zoned)
{
	while (form.n > 0) {
		const char *close = form.p[0] == '[' ? memchr(form.p, ']', form.n) : NULL;
		size_t n = 1;

		if (form.p[0] == '[' && close == NULL)
			return "a [ has no ]";
		if (close != NULL)
			n = (size_t)(close - form.p) + 1;
		else if (is_letter(form.p[0]) && part_at(form, &n) == PART__N && (n > 1 || !is_bare_letter(form.p[0], zoned)))
			return "the form knows YYYY YY MM M DD D HH H hh h mm ss SSS A and [literal]";
		form.p += n;
		form.n -= n;
	}
	return NULL;
}

static const char *check_date(struct compiler *c, struct call *call)
{
	struct str form = call->args[0].text;

	if (form.n == 0 || form.n > FORM_MAX)
		return "the form has 1 to 100 bytes";
	if (call->n > 1 && zone_load(c->arena, call->args[1].text, &call->zone, NULL) != 0)
		return "there is no such time zone";
	return check_letters(form, call->n > 1);
}

static bool read_when(const struct value *v, const struct zone *zone, struct when *out)
{
	struct str s = value_as_text(v);
	int64_t days, us;

	*out = (struct when){ .millisecond = 0 };
	if (v->type != VALUE_TEXT)
		return false;
	if (clock_parse_date(s, &days)) {
		clock_civil(days, &out->at.year, &out->at.month, &out->at.day);
		return true;
	}
	if (!clock_parse_rfc3339(s, &us))
		return false;
	zone_local(zone, us, &out->at);
	out->millisecond = (int)(((us % 1000000) + 1000000) % 1000000 / 1000);
	return true;
}

static int twelve(int hour)
{
	return hour % 12 == 0 ? 12 : hour % 12;
}

static void add_part(struct buf *b, enum part part, const struct when *w)
{
	const struct zone_time *t = &w->at;
	const struct {
		int digits, number;
	} forms[PART__N] = {
		[PART_YYYY] = { 4, t->year }, [PART_YY] = { 2, t->year % 100 }, [PART_MM] = { 2, t->month },
		[PART_M] = { 1, t->month }, [PART_DD] = { 2, t->day }, [PART_D] = { 1, t->day },
		[PART_HH] = { 2, t->hour }, [PART_H] = { 1, t->hour }, [PART_hh] = { 2, twelve(t->hour) },
		[PART_h] = { 1, twelve(t->hour) }, [PART_mm] = { 2, t->minute },
		[PART_ss] = { 2, t->second }, [PART_SSS] = { 3, w->millisecond },
	};

	if (part == PART_A)
		buf_add_cstr(b, t->hour < 12 ? "AM" : "PM");
	else
		buf_addf(b, "%0*d", forms[part].digits, forms[part].number);
}

static const struct value *apply_date(struct render *r, const struct call *call, const struct value *v)
{
	struct str form = call->args[0].text;
	struct when w;
	struct buf b;

	if (!read_when(v, call->zone, &w))
		return NULL;
	buf_in(&b, r->arena, TMPL_VALUE_MAX);
	while (form.n > 0) {
		size_t n = 1;

		if (form.p[0] == '[') {
			n = (size_t)((const char *)memchr(form.p, ']', form.n) - form.p) + 1;
			buf_add(&b, form.p + 1, n - 2);
		} else if (is_letter(form.p[0]) && part_at(form, &n) != PART__N) {
			add_part(&b, part_at(form, &n), &w);
		} else {
			n = 1;
			buf_add_char(&b, form.p[0]);
		}
		form.p += n;
		form.n -= n;
	}
	return filter_text(r, filter_buf(r, &b));
}

/* Full years on the day that it is now in UTC; who is born on 29 February is a year older on 1 March. A day to come has no age. */
static const struct value *apply_age(struct render *r, const struct call *call, const struct value *v)
{
	struct zone_time now;
	struct when born;
	int age;

	(void)call;
	if (!read_when(v, NULL, &born))
		return NULL;
	zone_local(NULL, r->scope->now_us, &now);
	age = now.year - born.at.year;
	if (now.month < born.at.month || (now.month == born.at.month && now.day < born.at.day))
		age--;
	return age >= 0 ? filter_value(r, value_int(r->arena, age)) : NULL;
}

const struct filter date_filters[] = {
	{ "date", "t?t", apply_date, .check = check_date },
	{ "age", "", apply_age },
	{ 0 },
};
