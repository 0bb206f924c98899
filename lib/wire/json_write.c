/*
 * json_write: writing, straight into a buf.
 */
#include "lib/base/money.h"
#include "lib/wire/json.h"
#include "lib/wire/text.h"

/* How a byte is written in a text: itself, or an escape. */
static bool is_plain(unsigned char c)
{
	return c >= 0x20 && c < 0x80 && c != '"' && c != '\\';
}

static int add_escape(struct buf *b, unsigned char c)
{
	static const char letters[] = "\"\"\\\\\bb\ff\nn\rr\tt";

	for (size_t i = 0; letters[i] != '\0'; i += 2)
		if ((unsigned char)letters[i] == c)
			return buf_add(b, (char[]){ '\\', letters[i + 1] }, 2);
	return buf_addf(b, "\\u%04x", c);
}

int json_quote(struct buf *b, struct str s)
{
	int bad = buf_add_char(b, '"');

	while (s.n > 0) {
		size_t n = 0;

		while (n < s.n && is_plain((unsigned char)s.p[n]))
			n++;
		if (n == 0 && (unsigned char)s.p[0] < 0x80) {
			bad |= add_escape(b, (unsigned char)s.p[0]);
			n = 1;
		} else if (n > 0) {
			bad |= buf_add(b, s.p, n);
		} else if ((n = text_char(s)) > 0) {
			bad |= buf_add(b, s.p, n);
		} else {
			bad |= buf_add_cstr(b, TEXT_REPLACEMENT);
			n = 1;
		}
		s.p += n;
		s.n -= n;
	}
	return bad | buf_add_char(b, '"');
}

enum { COMPACT = -1 };

/* A new line for people; nothing for programs. */
static int add_break(struct buf *b, int indent)
{
	static const char spaces[] = "                                                                ";
	int bad = 0;

	if (indent == COMPACT)
		return 0;
	bad = buf_add_char(b, '\n');
	for (size_t left = 2 * (size_t)indent; left > 0 && bad == 0;) {
		size_t n = left < sizeof(spaces) - 1 ? left : sizeof(spaces) - 1;

		bad = buf_add(b, spaces, n);
		left -= n;
	}
	return bad;
}

static int write_value(struct buf *b, const struct value *v, int indent);

static int write_list(struct buf *b, const struct value *v, int indent)
{
	int inner = indent == COMPACT ? COMPACT : indent + 1, bad = buf_add_char(b, '[');

	for (size_t i = 0; i < v->n && bad == 0; i++) {
		if (i > 0)
			bad |= buf_add_char(b, ',');
		bad |= add_break(b, inner);
		bad |= write_value(b, &v->items[i], inner);
	}
	if (v->n > 0)
		bad |= add_break(b, indent);
	return bad | buf_add_char(b, ']');
}

static int write_object(struct buf *b, const struct value *v, int indent)
{
	int inner = indent == COMPACT ? COMPACT : indent + 1, bad = buf_add_char(b, '{');

	for (size_t i = 0; i < v->n && bad == 0; i++) {
		if (i > 0)
			bad |= buf_add_char(b, ',');
		bad |= add_break(b, inner);
		bad |= json_quote(b, v->members[i].name);
		bad |= buf_add_cstr(b, indent == COMPACT ? ":" : ": ");
		bad |= write_value(b, &v->members[i].value, inner);
	}
	if (v->n > 0)
		bad |= add_break(b, indent);
	return bad | buf_add_char(b, '}');
}

static int write_value(struct buf *b, const struct value *v, int indent)
{
	switch (v->type) {
	case VALUE_BOOL:
		return buf_add_cstr(b, v->boolean ? "true" : "false");
	case VALUE_NUMBER:
		return buf_add_str(b, v->text);
	case VALUE_TEXT:
		return json_quote(b, v->text);
	case VALUE_LIST:
		return write_list(b, v, indent);
	case VALUE_OBJECT:
		return write_object(b, v, indent);
	default:
		return buf_add_cstr(b, "null");
	}
}

int json_write(struct buf *b, const struct value *v)
{
	return write_value(b, v, COMPACT) != 0 || b->overflow ? -1 : 0;
}

int json_write_pretty(struct buf *b, const struct value *v)
{
	int bad = write_value(b, v, 0) | buf_add_char(b, '\n');

	return bad != 0 || b->overflow ? -1 : 0;
}

struct json_out json_out(struct buf *b)
{
	return (struct json_out){ .b = b, .first = 1 };
}

/* The comma before, and the name. */
static void begin(struct json_out *j, const char *name)
{
	uint32_t bit = UINT32_C(1) << (j->level & 31);

	if ((j->first & bit) == 0)
		buf_add_char(j->b, ',');
	j->first &= ~bit;
	if (name == NULL)
		return;
	json_quote(j->b, str_of(name));
	buf_add_char(j->b, ':');
}

void json_open(struct json_out *j, const char *name, char bracket)
{
	begin(j, name);
	buf_add_char(j->b, bracket);
	j->level++;
	j->first |= UINT32_C(1) << (j->level & 31);
}

void json_close(struct json_out *j, char bracket)
{
	buf_add_char(j->b, bracket);
	j->level--;
}

void json_text(struct json_out *j, const char *name, struct str s)
{
	begin(j, name);
	json_quote(j->b, s);
}

void json_cstr(struct json_out *j, const char *name, const char *s)
{
	if (s == NULL)
		json_nil(j, name);
	else
		json_text(j, name, str_of(s));
}

void json_int(struct json_out *j, const char *name, int64_t i)
{
	begin(j, name);
	buf_addf(j->b, "%lld", (long long)i);
}

void json_bool(struct json_out *j, const char *name, bool b)
{
	begin(j, name);
	buf_add_cstr(j->b, b ? "true" : "false");
}

void json_nil(struct json_out *j, const char *name)
{
	begin(j, name);
	buf_add_cstr(j->b, "null");
}

void json_money(struct json_out *j, const char *name, int64_t amount)
{
	begin(j, name);
	buf_add_char(j->b, '"');
	money_add(j->b, amount);
	buf_add_char(j->b, '"');
}

void json_value(struct json_out *j, const char *name, const struct value *v)
{
	if (v == NULL) {
		json_nil(j, name);
		return;
	}
	begin(j, name);
	json_write(j->b, v);
}

void json_raw(struct json_out *j, const char *name, struct str json)
{
	begin(j, name);
	buf_add_str(j->b, json);
}
