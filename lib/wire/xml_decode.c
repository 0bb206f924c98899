/*
 * xml_decode: from the encoding that a document declares to UTF-8, before libxml2 sees it: it is lenient with bytes that an
 * encoding does not have, and would take any encoding that iconv knows.
 */
#include <errno.h>
#include <iconv.h>

#include "lib/wire/xml_doc.h"

/* Encodings by the start of their names. What is not here is not spoken by buyers, or is a risk in iconv. */
static const char *const known[] = { "UTF-8", "UTF8", "US-ASCII", "ASCII", "UTF-16", "UTF-16LE", "UTF-16BE", "ISO-8859-",
	"ISO8859-", "WINDOWS-125", "CP125", "LATIN1" };

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* The value of encoding="..." in the XML declaration, which is ASCII; empty when there is none. */
static struct str declared(struct str text)
{
	static const char attribute[] = "encoding";
	const char *end = text.n > 0 ? memchr(text.p, '>', text.n) : NULL, *p, *close;

	if (end == NULL || !str_starts(text, STR("<?xml")) || !is_space(text.p[5]))
		return STR("");
	p = memmem(text.p, (size_t)(end - text.p), attribute, sizeof(attribute) - 1);
	if (p == NULL)
		return STR("");
	for (p += sizeof(attribute) - 1; p < end && (is_space(*p) || *p == '='); p++)
		;
	if (p == end || (*p != '"' && *p != '\''))
		return STR("");
	close = memchr(p + 1, *p, (size_t)(end - p - 1));
	return close != NULL ? (struct str){ p + 1, (size_t)(close - p - 1) } : STR("");
}

static struct str encoding_of(struct str text)
{
	struct str name;

	if (text.n >= 2 && memcmp(text.p, "\xff\xfe", 2) == 0)
		return STR("UTF-16");
	if (text.n >= 2 && memcmp(text.p, "\xfe\xff", 2) == 0)
		return STR("UTF-16");
	if (text.n >= 2 && memcmp(text.p, "<\0", 2) == 0)
		return STR("UTF-16LE");
	if (text.n >= 2 && memcmp(text.p, "\0<", 2) == 0)
		return STR("UTF-16BE");
	name = declared(text);
	return name.n > 0 ? name : STR("UTF-8");
}

static bool are_digits(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] < '0' || s.p[i] > '9')
			return false;
	return true;
}

static bool is_known(struct str name)
{
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		struct str k = str_of(known[i]);
		bool series = k.p[k.n - 1] == '-' || k.p[k.n - 1] == '5'; /* a number follows */

		if (name.n < k.n || !str_eq_nocase((struct str){ name.p, k.n }, k))
			continue;
		if (name.n == k.n)
			return !series;
		if (series && name.n <= k.n + 2 && are_digits((struct str){ name.p + k.n, name.n - k.n }))
			return true;
	}
	return false;
}

static int convert(struct arena *a, iconv_t converter, struct str text, struct str *out)
{
	size_t left = text.n, room = 3 * text.n + 4; /* no encoding above takes more than three bytes of UTF-8 for one of its own */
	char *from = (char *)(uintptr_t)text.p, *start = arena_alloc(a, room), *to = start;

	if (iconv(converter, &from, &left, &to, &room) == (size_t)-1 || left > 0)
		return -1;
	*out = (struct str){ start, (size_t)(to - start) };
	return 0;
}

int xml_decode(struct arena *a, struct str text, struct str *out, struct err *e)
{
	struct str name = encoding_of(text);
	iconv_t converter;
	int bad;

	*out = text;
	if (!is_known(name))
		return err_set(e, ERR_MALFORMED, "XML: an encoding that is not supported");
	if (str_eq_nocase(name, STR("UTF-8")) || str_eq_nocase(name, STR("UTF8"))) {
		if (!utf8_valid(text))
			return err_set(e, ERR_MALFORMED, "XML: not valid UTF-8");
		return 0;
	}
	converter = iconv_open("UTF-8", arena_cstr(a, name));
	if (converter == (iconv_t)-1)
		return err_set(e, ERR_MALFORMED, "XML: an encoding that is not supported");
	bad = convert(a, converter, text, out);
	iconv_close(converter);
	return bad == 0 ? 0 : err_set(e, ERR_MALFORMED, "XML: bytes that its encoding does not have");
}
