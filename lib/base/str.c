#include <limits.h>

#include "lib/base/str.h"

static unsigned char lower(char c)
{
	return (unsigned char)(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
}

static bool is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

int str_cmp(struct str a, struct str b)
{
	size_t n = a.n < b.n ? a.n : b.n;
	int order = n > 0 ? memcmp(a.p, b.p, n) : 0;

	if (order != 0)
		return order;
	return (a.n > b.n) - (a.n < b.n);
}

bool str_eq_nocase(struct str a, struct str b)
{
	if (a.n != b.n)
		return false;
	for (size_t i = 0; i < a.n; i++)
		if (lower(a.p[i]) != lower(b.p[i]))
			return false;
	return true;
}

bool str_starts(struct str s, struct str prefix)
{
	return s.n >= prefix.n && str_eq((struct str){ s.p, prefix.n }, prefix);
}

bool str_contains(struct str s, struct str needle)
{
	if (needle.n == 0)
		return true;
	return s.n >= needle.n && memmem(s.p, s.n, needle.p, needle.n) != NULL;
}

struct str str_trim(struct str s)
{
	while (s.n > 0 && is_space(s.p[0]))
		s.p++, s.n--;
	while (s.n > 0 && is_space(s.p[s.n - 1]))
		s.n--;
	return s;
}

bool str_split(struct str *rest, char sep, struct str *part)
{
	const char *at;

	if (rest->p == NULL)
		return false;
	at = rest->n > 0 ? memchr(rest->p, sep, rest->n) : NULL;
	if (at == NULL) {
		*part = *rest;
		*rest = (struct str){ NULL, 0 };
		return true;
	}
	*part = (struct str){ rest->p, (size_t)(at - rest->p) };
	rest->n -= part->n + 1;
	rest->p = at + 1;
	return true;
}

/* Counts downwards, so that INT64_MIN, which has no positive twin, needs no case of its own. */
bool str_to_i64(struct str s, int64_t *out)
{
	bool negative = s.n > 0 && s.p[0] == '-';
	int64_t sum = 0;

	if (s.n == (negative ? 1u : 0u))
		return false;
	for (size_t i = negative; i < s.n; i++) {
		int digit = s.p[i] - '0';

		if (digit < 0 || digit > 9 || sum < (INT64_MIN + digit) / 10)
			return false;
		sum = sum * 10 - digit;
	}
	if (!negative && sum == INT64_MIN)
		return false;
	*out = negative ? sum : -sum;
	return true;
}

uint64_t str_hash(struct str s)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; i < s.n; i++)
		h = (h ^ (unsigned char)s.p[i]) * UINT64_C(0x100000001b3);
	return h;
}
