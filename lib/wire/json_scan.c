/*
 * json_scan: bytes, not grammar. Inside and outside of texts is all that it tells apart; on a text that is not JSON it may go wrong
 * behind the first fault, where the parser stops anyway.
 */
#include "lib/wire/json_scan.h"

#include "lib/wire/json.h"

/* What stands at p[i], '"', is skipped: the index behind its closing quote, or n. */
static size_t skip_text(const char *p, size_t i, size_t n)
{
	for (i++; i < n; i++) {
		if (p[i] == '\\')
			i++;
		else if (p[i] == '"')
			return i + 1;
	}
	return n;
}

static int too_deep(const char *p, size_t at, int depth, struct err *e)
{
	size_t line = 1, column = 1;

	for (size_t i = 0; i < at; i++, column++)
		if (p[i] == '\n')
			line++, column = 0;
	err_set(e, ERR_MALFORMED, "JSON, line %zu column %zu: nested deeper than %d", line, column, depth);
	if (e != NULL)
		e->code = "too_deep";
	return -1;
}

int json_scan(struct str text, int depth, struct err *e)
{
	const size_t most = JSON_VALUES_MIN + text.n / JSON_VALUES_PER;
	size_t values = 1;
	int level = 0;

	if (text.n > JSON_TEXT_MAX)
		return err_set(e, ERR_MALFORMED, "JSON: longer than %d bytes", JSON_TEXT_MAX);
	for (size_t i = 0; i < text.n;) {
		switch (text.p[i]) {
		case '"':
			i = skip_text(text.p, i, text.n);
			continue;
		case '[':
		case '{':
			if (++level > depth)
				return too_deep(text.p, i, depth, e);
			values++;
			break;
		case ']':
		case '}':
			level--;
			break;
		case ',':
			values++;
			break;
		}
		i++;
	}
	/* A value takes some fifty bytes here and as many in Jansson: "[0,0,0,..." must not become twenty-five times its size. */
	if (values > most)
		return err_set(e, ERR_MALFORMED, "JSON: more than %zu values", most);
	return 0;
}

static bool in_number(char c)
{
	return (c >= '0' && c <= '9') || c == '-' || c == '+' || c == '.' || c == 'e' || c == 'E';
}

struct str json_numbers_next(struct json_numbers *n)
{
	struct str s = n->rest;
	size_t from = 0, to;

	while (from < s.n && s.p[from] != '-' && (s.p[from] < '0' || s.p[from] > '9'))
		from = s.p[from] == '"' ? skip_text(s.p, from, s.n) : from + 1;
	if (from > s.n)
		from = s.n;
	for (to = from; to < s.n && in_number(s.p[to]); to++)
		;
	n->rest = (struct str){ s.p + to, s.n - to };
	return (struct str){ s.p + from, to - from };
}
