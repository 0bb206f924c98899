/*
 * filter_number: numbers as rows of digits, so that no amount passes through a real.
 */
#include "lib/base/decimal.h"
#include "lib/tmpl/filter.h"

enum { DIGITS_MAX = 400, DECIMALS_MAX = 15 };

/* Digits with the point behind the first `point` of them, which may lie outside: 0.05 is "5" and -1. */
struct row {
	bool negative;
	char digits[DIGITS_MAX];
	int n, point;
};

static bool spelled(const struct value *v, struct decimal *out)
{
	struct str s = str_trim(value_as_text(v));

	if (s.n > 1 && s.p[0] == '+' && s.p[1] != '-')
		s = (struct str){ s.p + 1, s.n - 1 };
	return decimal_parse_plain(s, out) || decimal_parse_json(s, out);
}

/* true and false count as 1 and 0. */
static bool read_row(const struct value *v, struct row *out)
{
	struct decimal d;

	*out = (struct row){ .digits = "1", .n = v->boolean, .point = v->boolean };
	if (v->type == VALUE_BOOL)
		return true;
	if (!spelled(v, &d) || d.whole.n + d.fraction.n > DIGITS_MAX || d.exponent > DIGITS_MAX || d.exponent < -DIGITS_MAX)
		return false;
	out->negative = d.negative;
	memcpy(out->digits, d.whole.p, d.whole.n);
	memcpy(out->digits + d.whole.n, d.fraction.p, d.fraction.n);
	out->n = (int)(d.whole.n + d.fraction.n);
	out->point = (int)d.whole.n + (int)d.exponent;
	return true;
}

static char digit_at(const struct row *row, int place)
{
	return place >= 0 && place < row->n ? row->digits[place] : '0';
}

/* Adds one to the digits of a text, from its end; false when there was a carry out of the first. */
static bool increment(char *p, size_t n)
{
	while (n-- > 0) {
		if (p[n] == '.')
			continue;
		if (p[n] != '9') {
			p[n]++;
			return true;
		}
		p[n] = '0';
	}
	return false;
}

/* With so many decimals, cut, or rounded half away from zero. */
static struct str fixed(struct arena *a, const struct row *row, int decimals, bool round)
{
	int from = row->point < 0 ? row->point : 0, to = row->point + decimals;
	char *start = arena_alloc(a, (size_t)(to - from) + 5), *p = start + 2; /* room for a sign and a carry in front */
	size_t n = 0;
	bool zero = true;

	if (row->point <= 0)
		p[n++] = '0';
	for (int i = from; i < to; i++) {
		if (i == row->point)
			p[n++] = '.';
		p[n++] = digit_at(row, i);
	}
	if (round && digit_at(row, to) >= '5' && !increment(p, n)) {
		*--p = '1';
		n++;
	}
	while (n > 1 && p[0] == '0' && p[1] != '.')
		p++, n--;
	for (size_t i = 0; i < n; i++)
		zero &= p[i] == '0' || p[i] == '.';
	if (row->negative && !zero) {
		*--p = '-';
		n++;
	}
	return (struct str){ p, n };
}

/* All its digits, spelled as JSON has them: no plus, no zeros in front, no exponent. */
static const struct value *apply_number(struct render *r, const struct call *call, const struct value *v)
{
	struct row row;

	(void)call;
	if (v->type == VALUE_NUMBER)
		return v;
	if (!read_row(v, &row))
		return NULL;
	return filter_value(r, value_number(fixed(r->arena, &row, row.n > row.point ? row.n - row.point : 0, false)));
}

static const struct value *apply_integer(struct render *r, const struct call *call, const struct value *v)
{
	struct row row;

	(void)call;
	if (!read_row(v, &row))
		return NULL;
	return filter_value(r, value_number(fixed(r->arena, &row, 0, false)));
}

static const char *check_round(struct compiler *c, struct call *call)
{
	(void)c;
	return call->numbers[0] >= 0 && call->numbers[0] <= DECIMALS_MAX ? NULL : "there are 0 to 15 decimals";
}

static const struct value *apply_round(struct render *r, const struct call *call, const struct value *v)
{
	struct row row;

	if (!read_row(v, &row))
		return NULL;
	return filter_value(r, value_number(fixed(r->arena, &row, (int)call->numbers[0], true)));
}

const struct filter number_filters[] = {
	{ "number", "", apply_number },
	{ "integer", "", apply_integer },
	{ "round", "n", apply_round, .check = check_round },
	{ 0 },
};
