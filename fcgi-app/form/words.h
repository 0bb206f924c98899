/*
 * words: how a form speaks to a consumer. The configuration names fields for programs ("current.company"); here they become labels, and
 * faults become sentences.
 */
#ifndef GAVEL_FORM_WORDS_H
#define GAVEL_FORM_WORDS_H

#include "lib/lead/vertical.h"

/* "first_name": "First name". Names that many forms share have a label of their own: "zip" is "ZIP code". */
struct str words_label(struct arena *a, struct str name);
/* "project" and "category": "Project category", unless the last name has a label of its own. */
struct str words_label_within(struct arena *a, struct str outer, struct str name);
/* "vehicles": "Vehicle". */
struct str words_entry(struct arena *a, struct str list);
/* "3_to_5": "3 to 5". */
struct str words_choice(struct arena *a, struct str value);
/* What a fault is said about: an input. */
struct words_about {
	struct str label;
	struct str entry;           /* of the list's entry that it stands in, "Vehicle 2"; empty: it is about the visitor */
	const struct field *field;  /* NULL: an entry of a list of texts */
};
/* What to do about a fault, as a whole sentence. */
struct str words_fault(struct arena *a, const struct words_about *about, const struct fault *fault);

/* HTML's names for a field, by its name and type; empty: none. */
struct str words_autocomplete(struct str name, const struct field *field);

#endif
