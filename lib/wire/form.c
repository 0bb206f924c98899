/*
 * form: pairs, and percent-encoding.
 */
#include "lib/wire/form.h"

#include "lib/base/utf8.h"

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* The byte that a percent-escape at s.p[i] stands for, or -1. */
static int escaped(struct str s, size_t i)
{
	int high, low;

	if (s.n - i < 3)
		return -1;
	high = hex_digit(s.p[i + 1]);
	low = hex_digit(s.p[i + 2]);
	return high < 0 || low < 0 ? -1 : high * 16 + low;
}

static struct str decode(struct arena *a, struct str s, bool *repaired)
{
	struct str clean;
	char *p = arena_alloc(a, s.n + 1);
	size_t n = 0;

	for (size_t i = 0; i < s.n; i++) {
		int byte = s.p[i] == '%' ? escaped(s, i) : -1;

		if (byte >= 0)
			i += 2;
		p[n++] = byte >= 0 ? (char)byte : s.p[i] == '+' ? ' ' : s.p[i];
	}
	clean = utf8_repair(a, (struct str){ p, n });
	*repaired |= clean.p != p;
	return clean;
}

static size_t count(struct str s, char c)
{
	size_t n = 0;

	for (size_t i = 0; i < s.n; i++)
		n += s.p[i] == c;
	return n;
}

static bool has_nul(struct str s)
{
	return s.n > 0 && memchr(s.p, '\0', s.n) != NULL;
}

int form_parse(struct arena *a, struct str text, struct form *out, struct err *e)
{
	struct str rest = text, part;
	size_t room = count(text, '&') + 1;

	*out = (struct form){ .pairs = arena_array_of(a, room < FORM_PAIRS_MAX ? room : FORM_PAIRS_MAX, struct form_pair) };
	while (str_split(&rest, '&', &part)) {
		struct form_pair *pair = &out->pairs[out->n];
		struct str name = { "", 0 };

		if (part.n == 0)
			continue;
		if (out->n == FORM_PAIRS_MAX)
			return err_set(e, ERR_MALFORMED, "form: more than %d pairs", FORM_PAIRS_MAX);
		str_split(&part, '=', &name);
		pair->name = decode(a, name, &out->repaired);
		pair->value = decode(a, part, &out->repaired);
		if (has_nul(pair->name) || has_nul(pair->value))
			return err_set(e, ERR_MALFORMED, "form: NUL in pair %zu", out->n + 1);
		out->n++;
	}
	return 0;
}

const struct str *form_get(const struct form *f, struct str name)
{
	for (size_t i = 0; i < f->n; i++)
		if (str_eq(f->pairs[i].name, name))
			return &f->pairs[i].value;
	return NULL;
}

struct str form_text(const struct form *f, const char *name)
{
	const struct str *s = form_get(f, str_of(name));

	return s != NULL ? *s : STR("");
}

static bool is_alphanumeric(unsigned char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

/* Bytes that are alphanumeric or among safe go through; a space becomes `space` unless that is NUL; the rest is escaped. */
static int encode(struct buf *b, struct str s, const char *safe, char space)
{
	static const char digits[] = "0123456789ABCDEF";
	int bad = 0;

	for (size_t i = 0; i < s.n && bad == 0; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (is_alphanumeric(c) || (c != '\0' && strchr(safe, c) != NULL))
			bad = buf_add_char(b, (char)c);
		else if (c == ' ' && space != '\0')
			bad = buf_add_char(b, space);
		else
			bad = buf_add(b, (char[]){ '%', digits[c >> 4], digits[c & 15] }, 3);
	}
	return bad;
}

int form_percent(struct buf *b, struct str s)
{
	return encode(b, s, "-_.~", '\0');
}

int form_encode(struct buf *b, struct str s)
{
	return encode(b, s, "*-._", '+');
}
