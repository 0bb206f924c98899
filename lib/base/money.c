#include <stdio.h>

#include "lib/base/arena.h"
#include "lib/base/buf.h"
#include "lib/base/decimal.h"
#include "lib/base/log.h"
#include "lib/base/money.h"
#include "lib/base/utf8.h"

enum { PRICE_TEXT_MAX = 64, MONEY_TEXT_MAX = 32 };

static bool fits(int64_t amount)
{
	return amount >= -MONEY_MAX && amount <= MONEY_MAX;
}

bool money_parse_sum(struct str s, int64_t *out)
{
	struct decimal d;

	return decimal_parse_plain(s, &d) && d.fraction.n <= 4 && decimal_scaled(&d, MONEY_SCALE, NULL, out);
}

bool money_parse(struct str s, int64_t *out)
{
	int64_t amount;

	if (!money_parse_sum(s, &amount) || !fits(amount))
		return false;
	*out = amount;
	return true;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

/* The dollar, cent to yen, and the block of currency symbols. */
static bool is_currency_sign(int32_t cp)
{
	return cp == '$' || (cp >= 0xa2 && cp <= 0xa5) || (cp >= 0x20a0 && cp <= 0x20cf);
}

/* How many bytes at the start of s are a currency: a sign, or a code of three letters. */
static size_t currency_at_start(struct str s)
{
	struct str rest = s;

	if (s.n >= 3 && is_letter(s.p[0]) && is_letter(s.p[1]) && is_letter(s.p[2]) && (s.n == 3 || !is_letter(s.p[3])))
		return 3;
	return is_currency_sign(utf8_next(&rest)) ? s.n - rest.n : 0;
}

static size_t digits_at_start(struct str s)
{
	size_t n = 0;

	while (n < s.n && is_digit(s.p[n]))
		n++;
	return n;
}

/*
 * Copies the number at the start of *s without its thousands commas and moves *s past it. With commas the first group has one to
 * three digits and no leading zero ("0,125" is how others write a fraction), and every later one has three.
 */
static bool take_number(struct str *s, char *number, size_t *n_out)
{
	size_t group = digits_at_start(*s), n = 0;
	bool grouped = group > 0 && group < s->n && s->p[group] == ',';

	if (s->n > PRICE_TEXT_MAX || (grouped && (group > 3 || s->p[0] == '0')))
		return false;
	for (;;) {
		memcpy(number + n, s->p, group);
		n += group;
		s->p += group;
		s->n -= group;
		if (s->n == 0 || s->p[0] != ',')
			break;
		s->p++;
		s->n--;
		group = digits_at_start(*s);
		if (!grouped || group != 3)
			return false;
	}
	if (n == 0)
		number[n++] = '0'; /* ".50" */
	if (s->n > 0 && s->p[0] == '.') {
		number[n++] = '.';
		s->p++;
		s->n--;
		group = digits_at_start(*s);
		memcpy(number + n, s->p, group);
		n += group;
		s->p += group;
		s->n -= group;
	}
	*n_out = n;
	return true;
}

static bool parse_text(struct str s, char number[PRICE_TEXT_MAX + 2], struct decimal *d)
{
	size_t before, n;

	s = str_trim(s);
	before = currency_at_start(s);
	s = str_trim((struct str){ s.p + before, s.n - before });
	if (s.n == 0 || (!is_digit(s.p[0]) && s.p[0] != '.') || !take_number(&s, number, &n))
		return false;
	s = str_trim(s);
	if (s.n > 0 && (before > 0 || currency_at_start(s) != s.n))
		return false;
	return decimal_parse_plain((struct str){ number, n }, d);
}

bool money_parse_price(struct str s, bool json_number, int64_t scale, int64_t *out)
{
	char number[PRICE_TEXT_MAX + 2]; /* a zero may be put before the point */
	struct decimal d;
	int64_t amount;

	if (scale <= 0 || !(json_number ? decimal_parse_json(s, &d) : parse_text(s, number, &d)))
		return false;
	if (!decimal_scaled(&d, scale, NULL, &amount) || amount < 0 || !fits(amount))
		return false;
	*out = amount;
	return true;
}

/* The digits of an amount into p, which has MONEY_TEXT_MAX bytes; how many. */
static size_t print(char *p, int64_t amount)
{
	uint64_t left = amount < 0 ? 0 - (uint64_t)amount : (uint64_t)amount;
	int n = snprintf(p, MONEY_TEXT_MAX, "%s%llu.%04u", amount < 0 ? "-" : "",
	    (unsigned long long)(left / (uint64_t)MONEY_SCALE), (unsigned int)(left % (uint64_t)MONEY_SCALE));

	for (int zeros = 0; zeros < 2 && p[n - 1] == '0'; zeros++)
		n--;
	return (size_t)n;
}

struct str money_text(struct arena *a, int64_t amount)
{
	char p[MONEY_TEXT_MAX];

	return arena_str(a, (struct str){ p, print(p, amount) });
}

int money_add(struct buf *b, int64_t amount)
{
	char p[MONEY_TEXT_MAX];

	return buf_add(b, p, print(p, amount));
}

int64_t money_percent(int64_t amount, int64_t percent)
{
	const int64_t whole = 100 * MONEY_SCALE; /* 100 % */
	__int128 product = (__int128)amount * percent, result = product / whole, rest = product % whole;

	if (rest < 0)
		rest = -rest;
	if (rest * 2 > whole || (rest * 2 == whole && result % 2 != 0))
		result += product < 0 ? -1 : 1;
	if (result > INT64_MAX || result < INT64_MIN)
		log_die("a percentage that was never bounded");
	return (int64_t)result;
}
