/*
 * json: JSON (RFC 8259) to and from values. Jansson reads; depth and size are bounded in one pass over the bytes before it
 * recurses. Writing goes straight into a buf: no tree is built for an answer.
 */
#ifndef GAVEL_WIRE_JSON_H
#define GAVEL_WIRE_JSON_H

#include "lib/base/arena.h"
#include "lib/base/buf.h"
#include "lib/base/err.h"
#include "lib/base/value.h"

enum { JSON_DEPTH_REQUEST = 32, JSON_DEPTH_REPLY = 64, JSON_DEPTH_CONFIG = 64 };
/* A text of n bytes may hold JSON_VALUES_MIN + n / JSON_VALUES_PER values, so that what it takes here stays near its own size. */
enum { JSON_TEXT_MAX = 64 * 1024 * 1024, JSON_VALUES_MIN = 10000, JSON_VALUES_PER = 8 };

/*
 * The whole text must be one JSON value: objects with a name twice, bad UTF-8, NUL in texts, numbers out of a double's range and
 * nesting deeper than depth are refused (ERR_MALFORMED, with line and column; deeper is code "too_deep"). Numbers keep their
 * spelling.
 */
int json_parse(struct arena *a, struct str text, int depth, struct value *out, struct err *e);
/* The value as compact JSON. -1 when the buf is full. */
int json_write(struct buf *b, const struct value *v);
/* Indented by two spaces with a newline at the end: for people (export). */
int json_write_pretty(struct buf *b, const struct value *v);
/* A JSON text with its quotes. Bytes that are not UTF-8 become U+FFFD. */
int json_quote(struct buf *b, struct str s);

/*
 * A writer for answers: commas are its business.
 *
 *	struct json_out j = json_out(buf);
 *	json_open(&j, NULL, '{'); json_text(&j, "status", STR("pass")); json_close(&j, '}');
 *
 * Inside a list the name is NULL. Nesting up to 32.
 */
struct json_out {
	struct buf *b;
	uint32_t first; /* one bit a level: nothing written yet */
	int level;
};

struct json_out json_out(struct buf *b);
void json_open(struct json_out *j, const char *name, char bracket);
void json_close(struct json_out *j, char bracket);
void json_text(struct json_out *j, const char *name, struct str s);
void json_cstr(struct json_out *j, const char *name, const char *s); /* NULL writes null */
void json_int(struct json_out *j, const char *name, int64_t i);
void json_bool(struct json_out *j, const char *name, bool b);
/* Not json_null: that name is Jansson's, and ours would be linked in its place. */
void json_nil(struct json_out *j, const char *name);
void json_money(struct json_out *j, const char *name, int64_t amount); /* as a text: "12.50" */
void json_value(struct json_out *j, const char *name, const struct value *v); /* NULL writes null */
void json_raw(struct json_out *j, const char *name, struct str json); /* well-formed JSON, as it is */

#endif
