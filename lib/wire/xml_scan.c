/*
 * xml_scan: a document's dimensions from its bytes alone. On a text that is not XML it may go wrong behind the first fault, where
 * libxml2 stops anyway. A DOCTYPE is refused before anything that it declares is looked at, so that entities cost nothing.
 */
#include "lib/wire/xml_doc.h"

struct scan {
	const char *p, *end;
	int depth;
	size_t nodes;
};

static size_t left(const struct scan *s)
{
	return (size_t)(s->end - s->p);
}

static bool at(const struct scan *s, const char *word)
{
	return str_starts((struct str){ s->p, left(s) }, str_of(word));
}

/* To the byte behind the next `close`, or to the end. */
static void skip_past(struct scan *s, const char *close)
{
	size_t n = strlen(close);
	const char *found = memmem(s->p, left(s), close, n);

	s->p = found != NULL ? found + n : s->end;
}

/* From the name of a start tag to the byte behind its '>'. */
static int scan_tag(struct scan *s, struct err *e)
{
	size_t attributes = 0;

	if (++s->depth > XML_DEPTH_MAX) {
		err_set(e, ERR_MALFORMED, "XML: nested deeper than %d", XML_DEPTH_MAX);
		if (e != NULL)
			e->code = "too_deep";
		return -1;
	}
	for (; s->p < s->end && *s->p != '>'; s->p++) {
		const char *close;

		if (*s->p != '"' && *s->p != '\'')
			continue;
		close = memchr(s->p + 1, *s->p, left(s) - 1);
		if (close == NULL)
			break;
		s->p = close;
		attributes++;
	}
	if (s->p < s->end && s->p[-1] == '/')
		s->depth--;
	s->nodes += 1 + attributes;
	if (attributes > XML_ATTRIBUTES_MAX)
		return err_set(e, ERR_MALFORMED, "XML: more than %d attributes", XML_ATTRIBUTES_MAX);
	if (s->nodes > XML_NODES_MAX)
		return err_set(e, ERR_MALFORMED, "XML: more than %d elements and attributes", XML_NODES_MAX);
	return 0;
}

int xml_scan(struct str text, struct err *e)
{
	struct scan s = { text.p, text.p + text.n, 0, 0 };

	if (text.n > XML_TEXT_MAX)
		return err_set(e, ERR_MALFORMED, "XML: longer than %d bytes", XML_TEXT_MAX);
	while (s.p < s.end && (s.p = memchr(s.p, '<', left(&s))) != NULL) {
		s.p++;
		if (at(&s, "!--")) {
			skip_past(&s, "-->");
		} else if (at(&s, "![CDATA[")) {
			skip_past(&s, "]]>");
		} else if (at(&s, "?")) {
			skip_past(&s, "?>");
		} else if (at(&s, "!")) {
			return err_set(e, ERR_MALFORMED, "XML: a DOCTYPE, which is never read");
		} else if (at(&s, "/")) {
			s.depth--;
		} else if (scan_tag(&s, e) != 0) {
			return -1;
		}
	}
	return 0;
}
