/*
 * value: a tree of plain values: what a JSON document, a form or an XML request says, once decoded. Nobody above lib/wire sees a
 * parser's own types. A value owns nothing: its bytes live in the arena it was built in, and it is not changed once built.
 */
#ifndef GAVEL_BASE_VALUE_H
#define GAVEL_BASE_VALUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/str.h"

struct arena;

enum value_type { VALUE_NULL, VALUE_BOOL, VALUE_NUMBER, VALUE_TEXT, VALUE_LIST, VALUE_OBJECT, VALUE__N };

struct value {
	enum value_type type;
	bool boolean;           /* VALUE_BOOL */
	struct str text;        /* VALUE_TEXT; VALUE_NUMBER: its JSON spelling, exact */
	size_t n;               /* VALUE_LIST, VALUE_OBJECT: how many */
	struct value *items;    /* VALUE_LIST */
	struct member *members; /* VALUE_OBJECT, in the document's order */
};

struct member {
	struct str name;
	struct value value;
};

struct value value_text(struct str s);
struct value value_bool(bool b);
struct value value_int(struct arena *a, int64_t i);
/* A number from its JSON spelling, kept as given; the caller has checked that it is one. */
struct value value_number(struct str spelling);
struct value value_list(struct value *items, size_t n);
struct value value_object(struct member *members, size_t n);

/* The member's value, or NULL when there is none. NULL and non-objects have no members. */
const struct value *value_get(const struct value *object, struct str name);
/* v, or NULL when it is null. */
const struct value *value_or_null(const struct value *v);
/* Like value_get with a dotted path into objects and, by numbers counted from 0, into lists: "drivers.0.gender". */
const struct value *value_at(const struct value *v, struct str dotted);
/* JSON Pointer (RFC 6901), "" is v itself; NULL when it leads nowhere or is ill-formed. */
const struct value *value_pointer(const struct value *v, struct str pointer);
/* A member's text, or fallback when it is absent or not a text. */
struct str value_get_text(const struct value *object, struct str name, struct str fallback);

/* The text of a scalar: a text itself, a number's spelling, "true"/"false"; lists, objects and null give an empty text. */
struct str value_as_text(const struct value *v);
/* A number, or a text that spells one, as a double; false for anything else. */
bool value_as_number(const struct value *v, double *out);
/* Whole numbers (or, with a text, its spelling) that fit; 12.0 counts as 12. */
bool value_as_int(const struct value *v, int64_t *out);
/* Equal in type and content; numbers by value; object members in any order. */
bool value_eq(const struct value *a, const struct value *b);
/* A deep copy into a (texts and spellings included). */
struct value value_copy(struct arena *a, const struct value *v);
/* "text", "list", ... for messages. */
const char *value_type_name(enum value_type t);

#endif
