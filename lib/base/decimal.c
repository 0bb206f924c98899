#include "lib/base/decimal.h"

/* Past these the number is 0 or does not fit, and loops over its digits stay short. */
enum { EXPONENT_MAX = 100000 };

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static struct str take_digits(struct str *s)
{
	struct str digits = { s->p, 0 };

	while (digits.n < s->n && is_digit(s->p[digits.n]))
		digits.n++;
	s->p += digits.n;
	s->n -= digits.n;
	return digits;
}

static bool take_char(struct str *s, char c)
{
	if (s->n == 0 || s->p[0] != c)
		return false;
	s->p++;
	s->n--;
	return true;
}

static bool take_exponent(struct str *s, int64_t *out)
{
	bool negative = take_char(s, '-');
	struct str digits;
	int64_t sum = 0;

	if (!negative)
		take_char(s, '+');
	digits = take_digits(s);
	if (digits.n == 0)
		return false;
	for (size_t i = 0; i < digits.n && sum <= EXPONENT_MAX; i++)
		sum = sum * 10 + (digits.p[i] - '0');
	if (sum > EXPONENT_MAX)
		sum = EXPONENT_MAX;
	*out = negative ? -sum : sum;
	return true;
}

/* What both grammars share; the rest of the text is left in *s. */
static bool take_plain(struct str *s, struct decimal *out)
{
	*out = (struct decimal){ .negative = take_char(s, '-'), .fraction = { "", 0 } };
	out->whole = take_digits(s);
	if (out->whole.n == 0)
		return false;
	if (take_char(s, '.')) {
		out->fraction = take_digits(s);
		return out->fraction.n > 0;
	}
	return true;
}

bool decimal_parse_json(struct str s, struct decimal *out)
{
	if (s.n == 0 || !take_plain(&s, out) || (out->whole.n > 1 && out->whole.p[0] == '0'))
		return false;
	if ((take_char(&s, 'e') || take_char(&s, 'E')) && !take_exponent(&s, &out->exponent))
		return false;
	return s.n == 0;
}

bool decimal_parse_plain(struct str s, struct decimal *out)
{
	return s.n > 0 && take_plain(&s, out) && s.n == 0;
}

/* The digit at a place of whole and fraction laid side by side; zeros go on for ever at both ends. */
static int digit_at(const struct decimal *d, int64_t place)
{
	size_t i = (size_t)place;

	if (place < 0 || i >= d->whole.n + d->fraction.n)
		return 0;
	return (i < d->whole.n ? d->whole.p[i] : d->fraction.p[i - d->whole.n]) - '0';
}

/*
 * The fraction is multiplied from its last digit to its first, dividing by ten on the way: a floor of floors is the floor, so that
 * nothing is lost, and the carry never exceeds the scale.
 */
bool decimal_scaled(const struct decimal *d, int64_t scale, bool *cut_out, int64_t *out)
{
	int64_t point = (int64_t)d->whole.n + d->exponent; /* where the point falls in the row of digits */
	int64_t last = (int64_t)(d->whole.n + d->fraction.n);
	unsigned __int128 whole = 0, carry = 0;
	bool cut = false;

	for (int64_t i = 0; i < point && (i < last || whole > 0); i++) {
		whole = whole * 10 + (unsigned int)digit_at(d, i);
		if (whole > INT64_MAX)
			return false;
	}
	for (int64_t i = last - 1; i >= point && (i >= 0 || carry > 0); i--) {
		carry += (unsigned __int128)digit_at(d, i) * (uint64_t)scale;
		cut |= carry % 10 != 0;
		carry /= 10;
	}
	whole = whole * (uint64_t)scale + carry;
	if (whole > INT64_MAX)
		return false;
	if (cut_out != NULL)
		*cut_out = cut;
	*out = d->negative ? -(int64_t)whole : (int64_t)whole;
	return true;
}
