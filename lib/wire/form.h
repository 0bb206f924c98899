/*
 * form: application/x-www-form-urlencoded (WHATWG URL) to and from values, and percent-encoding.
 */
#ifndef GAVEL_WIRE_FORM_H
#define GAVEL_WIRE_FORM_H

#include "lib/base/arena.h"
#include "lib/base/buf.h"
#include "lib/base/err.h"
#include "lib/base/value.h"

enum { FORM_PAIRS_MAX = 1000, FORM_DEPTH_MAX = 8 };

struct form_pair {
	struct str name, value;
};

struct form {
	struct form_pair *pairs;
	size_t n;
	bool repaired; /* bad UTF-8 became U+FFFD somewhere: for intake, which takes none */
};

/* Decodes pairs in order; bad percent-escapes stay as they are, bad UTF-8 becomes U+FFFD. NUL, and pairs past FORM_PAIRS_MAX, are
 * malformed. */
int form_parse(struct arena *a, struct str text, struct form *out, struct err *e);
/* The first value of that name, or NULL. */
const struct str *form_get(const struct form *f, struct str name);
/* The first value of that name, or an empty text. */
struct str form_text(const struct form *f, const char *name);
/*
 * Dotted names into a tree: lead.drivers.0.gender=F. All leaves are texts. A name twice, an index with a gap, a leaf that is also a
 * branch, or more than FORM_DEPTH_MAX levels is ERR_MALFORMED.
 */
int form_to_value(struct arena *a, const struct form *f, struct value *out, struct err *e);
/* Everything but A-Z a-z 0-9 - _ . ~ as %XX (query values and path segments). */
int form_percent(struct buf *b, struct str s);
/* As a form encodes: space is '+', * - . _ and alphanumerics stay. */
int form_encode(struct buf *b, struct str s);

#endif
