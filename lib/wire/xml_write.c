/*
 * xml_write: values as elements, and text as XML takes it.
 */
#include "lib/wire/text.h"
#include "lib/wire/xml.h"

/* XML 1.0 has no spelling at all for other control characters, U+FFFE and U+FFFF. */
static bool is_forbidden(struct str c)
{
	unsigned char first = (unsigned char)c.p[0];

	if (c.n == 1)
		return first < 0x20 && first != '\t' && first != '\n' && first != '\r';
	return c.n == 3 && first == 0xef && c.p[1] == '\xbf' && (c.p[2] == '\xbe' || c.p[2] == '\xbf');
}

/* NULL: it stands for itself. A bare CR would be read as LF, and in an attribute any white space as a space. */
static const char *reference(char c, bool attribute)
{
	switch (c) {
	case '&':
		return "&amp;";
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '"':
		return "&quot;";
	case '\'':
		return "&apos;";
	case '\r':
		return "&#13;";
	case '\n':
		return attribute ? "&#10;" : NULL;
	case '\t':
		return attribute ? "&#9;" : NULL;
	default:
		return NULL;
	}
}

static int escape(struct buf *b, struct str s, bool attribute)
{
	int bad = 0;

	while (s.n > 0 && bad == 0) {
		size_t n = text_char(s);
		const char *r = reference(s.p[0], attribute);

		if (n == 0) {
			bad = buf_add_cstr(b, TEXT_REPLACEMENT);
			n = 1;
		} else if (r != NULL) {
			bad = buf_add_cstr(b, r);
		} else if (!is_forbidden((struct str){ s.p, n })) {
			bad = buf_add(b, s.p, n);
		}
		s.p += n;
		s.n -= n;
	}
	return bad;
}

int xml_escape(struct buf *b, struct str s)
{
	return escape(b, s, false);
}

int xml_escape_attribute(struct buf *b, struct str s)
{
	return escape(b, s, true);
}

static bool ends_in_bracket(const struct buf *b)
{
	return b->n > 0 && b->p[b->n - 1] == ']';
}

/* "]]>" must not come about, whatever was dropped between its bytes or stands around the text. */
int xml_cdata(struct buf *b, struct str s)
{
	size_t start = b->n;
	int bad = 0;

	while (s.n > 0 && bad == 0) {
		size_t n = text_char(s);

		if (n == 0) {
			bad = buf_add_cstr(b, TEXT_REPLACEMENT);
			n = 1;
		} else if (s.p[0] == '\r') {
			bad = buf_add_cstr(b, "]]>&#13;<![CDATA[");
		} else if (s.p[0] == '>' && ends_in_bracket(b)) {
			bad = buf_add_cstr(b, "]]>&gt;<![CDATA[");
		} else if (!is_forbidden((struct str){ s.p, n })) {
			bad = buf_add(b, s.p, n);
		}
		s.p += n;
		s.n -= n;
	}
	if (b->n > start && ends_in_bracket(b))
		bad |= buf_add_cstr(b, "]]><![CDATA[");
	return bad;
}

static bool is_name_char(char c, bool first)
{
	if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_')
		return true;
	return !first && ((c >= '0' && c <= '9') || c == '-' || c == '.');
}

/* A member's name as an element's: what no name may hold becomes '_'. */
static int write_name(struct buf *b, struct str name)
{
	int bad = name.n == 0 ? buf_add_char(b, '_') : 0;

	for (size_t i = 0; i < name.n && bad == 0; i++)
		bad = buf_add_char(b, is_name_char(name.p[i], i == 0) ? name.p[i] : '_');
	return bad;
}

static int write_content(struct buf *b, const struct value *v);

static int write_element(struct buf *b, struct str name, const struct value *v)
{
	int bad = buf_add_char(b, '<') | write_name(b, name);

	if (v->type == VALUE_NULL)
		return bad | buf_add_cstr(b, "/>");
	bad |= buf_add_char(b, '>');
	bad |= write_content(b, v);
	bad |= buf_add_cstr(b, "</");
	bad |= write_name(b, name);
	return bad | buf_add_char(b, '>');
}

static int write_content(struct buf *b, const struct value *v)
{
	int bad = 0;

	if (v->type == VALUE_LIST)
		for (size_t i = 0; i < v->n && bad == 0; i++)
			bad = write_element(b, STR("item"), &v->items[i]);
	else if (v->type == VALUE_OBJECT)
		for (size_t i = 0; i < v->n && bad == 0; i++)
			bad = write_element(b, v->members[i].name, &v->members[i].value);
	else
		bad = xml_escape(b, value_as_text(v));
	return bad;
}

int xml_write(struct buf *b, const char *root, const struct value *v)
{
	int bad = buf_add_cstr(b, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");

	bad |= write_element(b, str_of(root), v);
	bad |= buf_add_char(b, '\n');
	return bad != 0 || b->overflow ? -1 : 0;
}
