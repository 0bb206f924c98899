/*
 * inputs: what a step of a form asks for, as a flat list in the order of the page: inputs, the groups around a list's entries, and the
 * buttons that add an entry or take one away. It is the vertical that says what a field is; the form only names it, whole ("drivers",
 * "residence") or in part ("drivers.0.birth_date").
 */
#ifndef GAVEL_FORM_INPUTS_H
#define GAVEL_FORM_INPUTS_H

#include "fcgi-app/form/visit.h"

enum input_kind { INPUT_FIELD, INPUT_OPEN, INPUT_CLOSE, INPUT_MORE };

/* INPUTS_MAX: on all pages of a form together; past it, entries are not shown. */
enum { INPUTS_MAX = 600 };

struct input {
	enum input_kind kind;
	struct str name;            /* FIELD: as it is sent; OPEN: the entry's ("drivers.1"); MORE: the list's */
	struct str label;           /* FIELD: of the input; OPEN: of the entry ("Driver 2"); MORE: of the button */
	const struct field *field;  /* FIELD: NULL for an entry of a list of texts; OPEN, MORE: the list */
	size_t step;                /* of the form, from 0 */
	bool may_go;                /* OPEN: the entry may be taken away */
	bool needed;                /* FIELD: a lead must have it, when the entry is there */
	bool conditional;           /* FIELD: it, or what it is part of, is required_if */
};

struct inputs {
	struct input *list;
	size_t n;
};

/*
 * All steps' inputs. A field that is required_if by what an earlier step asked, and is not required by what was answered, is left out:
 * `lead` is the lead as far as it is known, checked; NULL: nothing is left out.
 */
void inputs_list(struct arena *a, const struct form_page *form, const struct visit *v, const struct value *lead, struct inputs *out);
/* The input of that name, or NULL. */
const struct input *inputs_find(const struct inputs *in, struct str name);
/* The input that a fault is shown beside: its own, or the first one within what it is about. NULL: the form does not ask for it. */
const struct input *inputs_at(const struct inputs *in, struct str name);
/* The lead that the visit's values make: texts in the vertical's shape. Entries behind the last one with a value are not there. */
struct value inputs_lead(struct arena *a, const struct vertical *vertical, const struct inputs *in, const struct value *values);

#endif
