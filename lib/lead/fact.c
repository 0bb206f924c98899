#include "lib/lead/facts.h"

#include "lib/lead/intake.h"
#include "lib/lead/vertical.h"

enum root {
	ROOT_LEAD, ROOT_ITEM, ROOT_SOURCE, ROOT_CONSENT, ROOT_EVENT, ROOT_SELLER, ROOT_SCORE, ROOT_AGE, ROOT_HOUR, ROOT_WEEKDAY,
	ROOT__N
};

static const char *const root_names[ROOT__N] = {
	"lead", "item", "source", "consent", "event", "seller", "score", "lead_age_s", "hour", "weekday"
};

struct fact {
	enum root root;
	struct str name;
	struct str path;            /* behind the root; empty for seller, score, ... */
	struct str first, rest;     /* path: its first name, and what follows */
	const struct field *fields; /* lead: the vertical's, for facts_index */
	size_t index;               /* lead: which of them */
};

/* What may be named: the vertical's fields, and within a list the entry's. */
struct naming {
	const struct vertical *vertical;
	const struct fact_entry *entry;
};

static enum root root_of(struct str name)
{
	int r;

	for (r = 0; r < ROOT__N; r++)
		if (str_is(name, root_names[r]))
			break;
	return (enum root)r;
}

static const struct field *entry_find(const struct fact_entry *entry, struct str path)
{
	struct vertical within = { .fields = entry->list->fields, .n_fields = entry->list->n_fields };

	return vertical_find(&within, path, false);
}

static int bind_lead(struct fact *fact, const struct naming *naming, const struct path *at, struct faults *f)
{
	const struct vertical *v = naming->vertical;
	const struct field *first = field_find(v->fields, v->n_fields, fact->first);

	if (first == NULL || vertical_find(v, fact->path, false) == NULL) {
		if (vertical_find(v, fact->path, true) != NULL)
			return fault_add(f, at, "invalid_field", "must name the entry of a list by its number, counted from 0");
		return fault_add(f, at, "invalid_field", "the vertical \"%.*s\" has no such field", STR_ARG(v->key));
	}
	fact->fields = v->fields;
	fact->index = (size_t)(first - v->fields);
	return 0;
}

static int bind(struct arena *a, struct fact *fact, const struct naming *naming, const struct path *at, struct faults *f)
{
	static const enum intake_part parts[ROOT__N] = {
		[ROOT_SOURCE] = INTAKE_SOURCE, [ROOT_CONSENT] = INTAKE_CONSENT, [ROOT_EVENT] = INTAKE_EVENT
	};

	switch (fact->root) {
	case ROOT_LEAD:
		return bind_lead(fact, naming, at, f);
	case ROOT_ITEM:
		if (naming->entry == NULL)
			return fault_add(f, at, "invalid_field", "item is known only within a list of the vertical");
		if (entry_find(naming->entry, fact->path) == NULL)
			return fault_add(f, at, "invalid_field", "the entries of the list have no such field");
		fact->name = arena_printf(a, "lead.%.*s%.*s", STR_ARG(naming->entry->prefix), STR_ARG(fact->path));
		return 0;
	case ROOT_SOURCE:
	case ROOT_CONSENT:
	case ROOT_EVENT:
		if (intake_find(parts[fact->root], fact->path) == NULL)
			return fault_add(f, at, "invalid_field", "%s has no such member", root_names[fact->root]);
		return 0;
	default:
		if (fact->path.p != NULL)
			return fault_add(f, at, "invalid_field", "%s has no members", root_names[fact->root]);
		return 0;
	}
}

static int compile_name(struct arena *a, struct str name, const struct naming *naming, const struct path *at, struct faults *f,
    struct fact *fact)
{
	struct str root;

	fact->name = arena_str(a, name);
	fact->path = fact->name;
	str_split(&fact->path, '.', &root);
	fact->root = root_of(root);
	if (fact->root == ROOT__N)
		return fault_add(f, at, "invalid_field",
		    "must begin with lead., source., consent. or event., or be seller, score, lead_age_s, hour or weekday");
	fact->rest = fact->path;
	if (fact->path.p != NULL)
		str_split(&fact->rest, '.', &fact->first);
	return bind(a, fact, naming, at, f);
}

static int compile_leaf(const struct naming *naming, struct arena *a, const struct value *leaf, const struct path *at,
    struct faults *f, const void **out)
{
	struct fact *fact = arena_new_of(a, struct fact);
	const struct value *name = value_get(leaf, STR("field"));
	struct path name_at = path_member(at, STR("field"));
	int bad = 0;

	for (size_t i = 0; i < leaf->n; i++) {
		struct str member = leaf->members[i].name;
		struct path here = path_member(at, member);

		if (!str_is(member, "field") && !str_is(member, "op") && !str_is(member, "value"))
			bad = fault_add(f, &here, "unknown_member", "known are field, op, value, or one of all, any, not");
	}
	*out = fact;
	if (name == NULL || name->type == VALUE_NULL)
		return fault_add(f, &name_at, "missing_field", "is required");
	if (name->type != VALUE_TEXT)
		return fault_add(f, &name_at, "invalid_field", "must be a text such as \"lead.zip\"");
	return bad | compile_name(a, name->text, naming, &name_at, f, fact);
}

static int fact_source(void *ctx, struct arena *a, const struct value *leaf, const struct path *at, struct faults *f,
    const void **out)
{
	struct naming naming = { ctx, NULL };

	return compile_leaf(&naming, a, leaf, at, f, out);
}

static int entry_source(void *ctx, struct arena *a, const struct value *leaf, const struct path *at, struct faults *f,
    const void **out)
{
	const struct fact_entry *entry = ctx;
	struct naming naming = { entry->vertical, entry };

	return compile_leaf(&naming, a, leaf, at, f, out);
}

struct condition_env fact_env(const struct vertical *v, const struct map *lists)
{
	return (struct condition_env){ (void *)(uintptr_t)v, fact_source, lists };
}

struct condition_env fact_entry_env(const struct fact_entry *entry)
{
	return (struct condition_env){ (void *)(uintptr_t)entry, entry_source, NULL };
}

void facts_index(struct arena *a, const struct vertical *v, struct facts *facts)
{
	const struct value **fields = arena_array_of(a, v->n_fields, const struct value *);
	size_t i = 0;

	/* A normalised lead's members stand in the order of the fields: one pass finds them all. Any other order costs a search. */
	for (size_t m = 0; facts->lead != NULL && m < facts->lead->n; m++) {
		const struct member *member = &facts->lead->members[m];
		const struct field *f;

		while (i < v->n_fields && !str_eq(v->fields[i].name, member->name))
			i++;
		f = i < v->n_fields ? &v->fields[i++] : field_find(v->fields, v->n_fields, member->name);
		if (f != NULL)
			fields[f - v->fields] = &member->value;
	}
	facts->indexed = v->fields;
	facts->fields = fields;
}

static const struct value *lead_member(const struct facts *facts, const struct fact *fact)
{
	if (facts->indexed == fact->fields && facts->fields != NULL)
		return facts->fields[fact->index];
	return value_get(facts->lead, fact->first);
}

static const struct value *dig(const struct value *v, struct str rest)
{
	return v == NULL || rest.p == NULL ? v : value_at(v, rest);
}

static const struct value *fetch(const struct facts *facts, const struct fact *fact)
{
	switch (fact->root) {
	case ROOT_LEAD:
		return dig(lead_member(facts, fact), fact->rest);
	case ROOT_ITEM:
		return dig(facts->item, fact->path);
	case ROOT_SOURCE:
		return dig(facts->source, fact->path);
	case ROOT_CONSENT:
		return dig(facts->consent, fact->path);
	case ROOT_EVENT:
		return dig(facts->event, fact->path);
	case ROOT_SELLER:
		return &facts->seller;
	case ROOT_SCORE:
		return &facts->score;
	case ROOT_AGE:
		return &facts->lead_age_s;
	case ROOT_HOUR:
		return &facts->hour;
	case ROOT_WEEKDAY:
		return &facts->weekday;
	case ROOT__N:
		break;
	}
	return NULL;
}

const struct value *fact_fetch(void *ctx, const void *source)
{
	const struct value *v = fetch(ctx, source);

	return v != NULL && v->type != VALUE_NULL ? v : NULL;
}

struct str fact_name(const struct fact *f)
{
	return f->name;
}

bool fact_is_geo(const struct fact *f)
{
	static const char *const names[] = { "zip", "state", "city", "county", "country" };
	struct str rest = f->path, last = { "", 0 };

	if (f->root != ROOT_LEAD && f->root != ROOT_ITEM)
		return false;
	while (str_split(&rest, '.', &last))
		;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (str_is(last, names[i]))
			return true;
	return false;
}
