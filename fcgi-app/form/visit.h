/*
 * visit: one visitor's walk through a form: what was typed so far, where it stands and where the visitor came from. It travels in the
 * page itself, as a hidden field that we signed: no script, no cookie and no row is needed, and nobody can write one, change one or
 * take it to another form.
 */
#ifndef GAVEL_FORM_VISIT_H
#define GAVEL_FORM_VISIT_H

#include "lib/base/id.h"
#include "lib/base/value.h"
#include "lib/catalog/catalog.h"
#include "lib/crypt/crypt.h"

/* VISIT_VALUE_MAX: characters of one input that are kept; the checks of the fields are narrower, and say so. */
enum { VISIT_MAX = 128 * 1024, VISIT_VALUE_MAX = TEXT_MAX + 1, VISIT_LIFE_S = 2 * 3600 };

struct visit {
	struct id serial;        /* of the lead that comes of it: one, however often the last page is sent */
	int64_t began_s;         /* the first page was shown, UTC seconds */
	int64_t shown_s;         /* this page was */
	size_t step;             /* from 0 */
	struct value values;     /* object: an input's name ("drivers.0.birth_date") -> what was typed, never empty */
	struct value counts;     /* object: a list's name -> how many entries the page shows, a number */
	struct value source;     /* object: the lead's */
	struct str page_url;     /* where the form stands: the page of another site, or empty */
	struct str consent;      /* hex SHA-256 of the consent text as it was last shown; empty: not yet */
	bool embedded;           /* in a frame of another site */
};

void visit_begin(int64_t now_us, struct visit *out);
/* The hidden field's text. ERR_TOO_LARGE past VISIT_MAX. */
int visit_sign(struct arena *a, const struct keyring *keys, struct str form_key, const struct visit *v, struct str *out, struct err *e);
/* VISIT_OLD: ours, but shown more than VISIT_LIFE_S ago (or in what is now the future); *out is whole all the same. */
enum visit_check { VISIT_GOOD, VISIT_OLD, VISIT_FORGED };
enum visit_check visit_read(struct arena *a, const struct keyring *keys, struct str form_key, struct str text, int64_t now_us,
    struct visit *out);

/* A text that we sign for one form and one use, and whether a text is what we signed. Lower-case hex. */
struct str visit_seal_text(struct arena *a, const struct keyring *keys, const char *use, struct str form_key, struct str text);

/* The object with name set to value, or without it where value is empty or null: a new object, values borrowed. */
struct value visit_with(struct arena *a, const struct value *object, struct str name, const struct value *value);
/* How many entries of a list the page shows; fallback when nobody asked for more or fewer. */
size_t visit_count(const struct visit *v, struct str list, size_t fallback);

#endif
