/*
 * filter: one step behind a '|', compiled. Private to lib/tmpl.
 */
#ifndef GAVEL_TMPL_FILTER_H
#define GAVEL_TMPL_FILTER_H

#include "lib/base/zone.h"
#include "lib/tmpl/ref.h"

enum { FILTER_ARGS_MAX = 2 };

struct call {
	const struct filter *filter;
	size_t n;                           /* arguments */
	struct value args[FILTER_ARGS_MAX]; /* a text, a number or a boolean; a bare word is a text */
	int64_t numbers[FILTER_ARGS_MAX];   /* of those that are whole numbers */
	const struct map *lookup;           /* map */
	const struct zone *zone;            /* date; NULL: UTC */
	struct ref key;                     /* hmac_sha256 */
};

/* Gets a value that is there (but see takes_absent) and gives one, or NULL: absent. */
typedef const struct value *(*filter_fn)(struct render *r, const struct call *call, const struct value *v);

struct filter {
	const char *name;
	/*
	 * Its arguments, one character each: n a whole number, t a quoted text, v a quoted text, a number or true or false, l the
	 * name of a look-up, r the word refuse, k a secret's path. Those behind '?' may be missing.
	 */
	const char *args;
	filter_fn apply;
	bool whole;        /* takes a list or an object as it is; others take a list entry by entry */
	bool takes_absent;
	/* What else is wrong with the arguments, or NULL. */
	const char *(*check)(struct compiler *c, struct call *call);
};

/* How many bytes there are up to the first `stop` outside of quotes, or to the end. */
size_t filter_until(struct str s, struct str stop);
/* Takes what stands before the next `stop` outside of quotes off *rest, trimmed; false when *rest is spent. */
bool filter_split(struct str *rest, struct str stop, struct str *part);

/* name:arg:arg */
int filter_compile(struct compiler *c, struct str text, struct call *out);
const struct value *filter_apply(struct render *r, const struct call *call, const struct value *v);

/* Results. An empty text is absent: there is nothing left of the value. */
const struct value *filter_text(struct render *r, struct str s);
const struct value *filter_value(struct render *r, struct value v);
/* A value as text: lists with commas between, objects as JSON. */
struct str filter_as_text(struct render *r, const struct value *v);
/* What was gathered; a value that did not fit is refused. */
struct str filter_buf(struct render *r, const struct buf *b);

/* Each file's own, ended by one without a name. */
extern const struct filter text_filters[], number_filters[], date_filters[];

#endif
