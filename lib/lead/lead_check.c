#include "lib/lead/lead.h"

#include "lib/base/map.h"
#include "lib/lead/field.h"

/* First every value is checked and normalised, then what is missing is found: so required_if sees the whole lead, in any order. */

struct needs {
	const struct lead_input *in;
	struct faults *faults;
	struct facts facts; /* the caller's, with the lead as normalised */
};

static bool is_needed(struct needs *n, const struct field *f)
{
	switch (f->need[n->in->step]) {
	case NEED_REQUIRED:
		return true;
	case NEED_REQUIRED_IF:
		return condition_holds(f->required_if, fact_fetch, &n->facts);
	default:
		return false;
	}
}

static int check_fields(struct needs *n, const struct field *fields, size_t count, const struct value *raw,
    const struct value *lead, const struct path *at);

static int check_entries(struct needs *n, const struct field *f, const struct value *raw, const struct value *lead,
    const struct path *at)
{
	const struct value *outer = n->facts.item;
	int bad = 0;

	for (size_t i = 0; i < lead->n; i++) {
		struct path here = path_index(at, i);

		if (raw->items[i].type != VALUE_OBJECT)
			continue;
		n->facts.item = &lead->items[i];
		bad |= check_fields(n, f->fields, f->n_fields, &raw->items[i], &lead->items[i], &here);
	}
	n->facts.item = outer;
	return bad;
}

/* raw tells what was given at all: a value that was refused is not missing as well. */
static int check_fields(struct needs *n, const struct field *fields, size_t count, const struct value *raw,
    const struct value *lead, const struct path *at)
{
	int bad = 0;

	for (size_t i = 0; i < count; i++) {
		const struct field *f = &fields[i];
		const struct value *given = value_get(raw, f->name), *v = value_get(lead, f->name);
		struct path here = path_member(at, f->name);

		if (v == NULL) {
			if (field_is_absent(given) && is_needed(n, f))
				bad = fault_add(n->faults, &here, "missing_field", "is required");
			continue;
		}
		if (f->n_fields == 0 || given == NULL || given->type != v->type)
			continue;
		if (f->type == FIELD_LIST)
			bad |= check_entries(n, f, given, v, &here);
		else
			bad |= check_fields(n, f->fields, f->n_fields, given, v, &here);
	}
	return bad;
}

int lead_check(struct arena *a, const struct lead_input *in, const struct path *at, struct faults *f, struct value *out)
{
	struct field_check c = { a, f, in->step, in->lenient };
	const struct vertical *v = in->vertical;
	const struct value nothing = value_object(NULL, 0);
	const struct value *raw = field_is_absent(in->raw) ? &nothing : in->raw;
	struct needs needs = { .in = in, .faults = f };
	int bad = field_check_object(&c, v->fields, v->n_fields, raw, at, out);

	if (raw->type != VALUE_OBJECT)
		return -1;
	if (in->facts != NULL)
		needs.facts = *in->facts;
	needs.facts.lead = out;
	needs.facts.item = NULL;
	needs.facts.indexed = NULL;
	needs.facts.fields = NULL;
	bad |= check_fields(&needs, v->fields, v->n_fields, raw, out, at);
	return bad != 0 ? -1 : 0;
}
