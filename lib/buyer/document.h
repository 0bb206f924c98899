/*
 * document: a reply's body once read: as JSON, XML, a form or text. Which of them is the step's format, or told by the media type
 * and the first byte. Reading is strict: what does not parse is no document, and then the reply means nothing.
 */
#ifndef GAVEL_BUYER_DOCUMENT_H
#define GAVEL_BUYER_DOCUMENT_H

#include "lib/base/arena.h"
#include "lib/base/err.h"
#include "lib/base/http.h"
#include "lib/base/value.h"
#include "lib/wire/form.h"
#include "lib/wire/xml.h"

enum format { FORMAT_AUTO, FORMAT_JSON, FORMAT_XML, FORMAT_FORM, FORMAT_TEXT, FORMAT__N };

struct document {
	enum format format;  /* what it was read as: never FORMAT_AUTO */
	struct str text;     /* what patterns see: UTF-8, from behind the byte-order mark and white space */
	struct value json;
	struct xml *xml;
	struct form form;
};

/*
 * -1 (ERR_MALFORMED) when the body is not what the format, or under FORMAT_AUTO its media type or first byte, promises. headers NULL: the
 * body is text out of another document, so it is UTF-8 whatever it says of itself.
 */
int document_read(struct arena *a, struct str body, enum format format, const struct http_headers *headers, struct document *out,
    struct err *e);

#endif
