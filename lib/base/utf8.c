#include <idn2.h>
#include <locale.h>
#include <wctype.h>

#include "lib/base/arena.h"
#include "lib/base/buf.h"
#include "lib/base/utf8.h"

enum { DOMAIN_MAX = 253, LABEL_MAX = 63, DOMAIN_TYPED_MAX = 1000 };

/* The least code point that needs as many bytes: less is an overlong form. */
static const int32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };

static size_t length_by_first(unsigned char c)
{
	if (c < 0x80)
		return 1;
	return c < 0xc2 ? 0 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : c < 0xf5 ? 4 : 0;
}

int32_t utf8_next(struct str *s)
{
	unsigned char first;
	size_t n;
	int32_t cp;

	if (s->n == 0)
		return -1;
	first = (unsigned char)s->p[0];
	n = length_by_first(first);
	if (n == 0 || n > s->n)
		return -1;
	cp = n == 1 ? first : first & (0xff >> (n + 1));
	for (size_t i = 1; i < n; i++) {
		if (((unsigned char)s->p[i] & 0xc0) != 0x80)
			return -1;
		cp = cp << 6 | (s->p[i] & 0x3f);
	}
	if (cp < least[n] || cp > 0x10ffff || (cp >= 0xd800 && cp <= 0xdfff))
		return -1;
	s->p += n;
	s->n -= n;
	return cp;
}

/* Eight bytes at a time while they are ASCII, as most of what comes in is. */
static void skip_ascii(struct str *s)
{
	uint64_t eight;

	while (s->n >= sizeof(eight)) {
		memcpy(&eight, s->p, sizeof(eight));
		if ((eight & UINT64_C(0x8080808080808080)) != 0)
			return;
		s->p += sizeof(eight);
		s->n -= sizeof(eight);
	}
}

bool utf8_valid(struct str s)
{
	for (;;) {
		skip_ascii(&s);
		if (s.n == 0)
			return true;
		if (utf8_next(&s) < 0)
			return false;
	}
}

static bool is_ascii(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if ((unsigned char)s.p[i] >= 0x80)
			return false;
	return true;
}

static bool begins_character(char c)
{
	return ((unsigned char)c & 0xc0) != 0x80;
}

size_t utf8_count(struct str s)
{
	size_t count = 0;

	for (size_t i = 0; i < s.n; i++)
		count += begins_character(s.p[i]);
	return count;
}

/* Bytes taken by the first `count` characters. */
static size_t bytes_of(struct str s, size_t count)
{
	size_t i = 0;

	for (; i < s.n; i++)
		if (begins_character(s.p[i]) && count-- == 0)
			break;
	return i;
}

struct str utf8_slice(struct str s, size_t start, size_t count)
{
	size_t skip = bytes_of(s, start);
	struct str rest = { s.p + skip, s.n - skip };

	return (struct str){ rest.p, bytes_of(rest, count) };
}

size_t utf8_encode(uint32_t cp, char out[4])
{
	static const unsigned char mark[] = { 0, 0, 0xc0, 0xe0, 0xf0 };
	size_t n = cp < 0x80 ? 1 : cp < 0x800 ? 2 : cp < 0x10000 ? 3 : 4;

	for (size_t i = n - 1; i > 0; i--, cp >>= 6)
		out[i] = (char)(0x80 | (cp & 0x3f));
	out[0] = (char)(mark[n] | cp);
	return n;
}

struct str utf8_repair(struct arena *a, struct str s)
{
	struct buf b;

	if (utf8_valid(s))
		return s;
	buf_in(&b, a, s.n * 3);
	while (s.n > 0) {
		struct str rest = s;

		if (utf8_next(&rest) >= 0) {
			buf_add(&b, s.p, s.n - rest.n);
			s = rest;
		} else {
			buf_add_cstr(&b, "\xef\xbf\xbd");
			s.p++;
			s.n--;
		}
	}
	return buf_str(&b);
}

/* Loading a locale costs more than a whole ping, so a thread that meets its first letter past ASCII keeps it. */
static locale_t letters(void)
{
	static _Thread_local locale_t kept;

	if (kept == (locale_t)0)
		kept = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
	return kept;
}

static int32_t upper(int32_t cp)
{
	if (cp < 0x80)
		return cp >= 'a' && cp <= 'z' ? cp - ('a' - 'A') : cp;
	return letters() != (locale_t)0 ? (int32_t)towupper_l((wint_t)cp, letters()) : cp;
}

int32_t utf8_lower_one(int32_t cp)
{
	if (cp < 0x80)
		return cp >= 'A' && cp <= 'Z' ? cp + ('a' - 'A') : cp;
	return letters() != (locale_t)0 ? (int32_t)towlower_l((wint_t)cp, letters()) : cp;
}

/* Part of a word: a letter, a digit, a mark above a letter. */
static bool is_word(int32_t cp)
{
	if (cp < 0x80)
		return (cp >= 'a' && cp <= 'z') || (cp >= 'A' && cp <= 'Z') || (cp >= '0' && cp <= '9');
	return (cp >= 0x300 && cp <= 0x36f) || (letters() != (locale_t)0 && iswalnum_l((wint_t)cp, letters()));
}

static bool is_apostrophe(int32_t cp)
{
	return cp == '\'' || cp == 0x2019;
}

/* Valid text with each character changed; one that grows in bytes does so by half at the most. */
static struct str mapped(struct arena *a, struct str s, int32_t (*map)(int32_t))
{
	char *p = arena_alloc(a, s.n * 2 + 1);
	size_t n = 0;
	int32_t cp;

	while ((cp = utf8_next(&s)) >= 0)
		n += utf8_encode((uint32_t)map(cp), p + n);
	return (struct str){ p, n };
}

struct str utf8_upper(struct arena *a, struct str s)
{
	return mapped(a, s, upper);
}

struct str utf8_lower(struct arena *a, struct str s)
{
	return mapped(a, s, utf8_lower_one);
}

/* An apostrophe does not end a word ("don't"), but behind a single letter it begins the next one ("O'Neil"). */
struct str utf8_title(struct arena *a, struct str s)
{
	char *p = arena_alloc(a, s.n * 2 + 1);
	size_t n = 0, run = 0; /* letters of this word so far */
	int32_t cp;

	while ((cp = utf8_next(&s)) >= 0) {
		n += utf8_encode((uint32_t)(run == 0 ? upper(cp) : utf8_lower_one(cp)), p + n);
		if (is_word(cp))
			run++;
		else if (!is_apostrophe(cp) || run == 1)
			run = 0;
	}
	return (struct str){ p, n };
}

/* Letters, digits and inner hyphens; the last label is no number, or 10.0.0.1 would be a domain. */
static bool is_domain(struct str s)
{
	struct str label;
	size_t labels = 0;
	bool number = false;

	if (s.n == 0 || s.n > DOMAIN_MAX)
		return false;
	while (str_split(&s, '.', &label)) {
		if (label.n == 0 || label.n > LABEL_MAX || label.p[0] == '-' || label.p[label.n - 1] == '-')
			return false;
		number = true;
		for (size_t i = 0; i < label.n; i++) {
			char c = label.p[i];

			if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') && c != '-')
				return false;
			number = number && c >= '0' && c <= '9';
		}
		labels++;
	}
	return labels >= 2 && !number;
}

static void free_idn(void *p)
{
	idn2_free(p);
}

bool utf8_domain(struct arena *a, struct str domain, struct str *out)
{
	uint8_t *found = NULL;
	struct str s;

	if (domain.n == 0 || domain.n > DOMAIN_TYPED_MAX || memchr(domain.p, '\0', domain.n) != NULL || !utf8_valid(domain))
		return false;
	s = utf8_lower(a, domain);
	if (!is_ascii(s) || str_contains(s, STR("xn--"))) {
		if (idn2_lookup_u8((const uint8_t *)arena_cstr(a, s), &found, IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL) != IDN2_OK)
			return false;
		arena_defer(a, free_idn, found);
		s = str_of((const char *)found);
	}
	if (!is_domain(s))
		return false;
	*out = s;
	return true;
}
