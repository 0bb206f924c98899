/*
 * The document as a tree: two made into one, and the one order in which it is kept and exported.
 *
 * A merge keeps what the change says in its own order and first, faulty parts included, and puts behind it what stays of the base:
 * so a fault found in the result has the pointer of the file that the operator wrote. The canonical order comes after the check.
 */
#include <stdlib.h>

#include "lib/catalog/catalog.h"
#include "lib/catalog/shape.h"

enum { HOW_NAMES, HOW_KEYS };

static const struct section {
	const char *name;
	int how;
} sections[] = {
	{ "lookups", HOW_NAMES }, { "lists", HOW_NAMES }, { "verticals", HOW_KEYS }, { "campaigns", HOW_KEYS },
	{ "sellers", HOW_KEYS }, { "buyers", HOW_KEYS }, { "channels", HOW_KEYS }, { "forms", HOW_KEYS },
};

enum { N_SECTIONS = sizeof(sections) / sizeof(sections[0]) };

struct merge {
	struct arena *a;
	const struct map *contracts; /* keys of the contracts that the change names, under whatever buyer */
};

static struct str key_of(const struct value *object)
{
	return value_get_text(object, STR("key"), STR(""));
}

static const struct value *list_in(const struct value *object, const char *name)
{
	const struct value *v = value_get(object, str_of(name));

	return v != NULL && v->type == VALUE_LIST ? v : NULL;
}

static struct map *keys_of(struct arena *a, const struct value *list)
{
	struct map *keys = map_new(a);

	for (size_t i = 0; list != NULL && i < list->n; i++)
		if (key_of(&list->items[i]).n > 0)
			map_put(keys, key_of(&list->items[i]), &list->items[i]);
	return keys;
}

static struct map *contract_keys(struct arena *a, const struct value *document)
{
	const struct value *buyers = list_in(document, "buyers");
	struct map *keys = map_new(a);

	for (size_t i = 0; buyers != NULL && i < buyers->n; i++) {
		const struct value *contracts = list_in(&buyers->items[i], "contracts");

		for (size_t j = 0; contracts != NULL && j < contracts->n; j++)
			if (key_of(&contracts->items[j]).n > 0)
				map_put(keys, key_of(&contracts->items[j]), &contracts->items[j]);
	}
	return keys;
}

/* The object with one member set: in its place, or behind the others. */
static struct value with_member(struct arena *a, const struct value *object, struct str name, struct value v)
{
	struct value out = *object;
	size_t at = 0;

	while (at < object->n && !str_eq(object->members[at].name, name))
		at++;
	out.n = at < object->n ? object->n : object->n + 1;
	out.members = arena_array_of(a, out.n, struct member);
	for (size_t i = 0; i < object->n; i++)
		out.members[i] = object->members[i];
	out.members[at] = (struct member){ name, v };
	return out;
}

/* The entries of `first`, then those of `rest` whose keys are not in `named`. */
static struct value joined(struct arena *a, const struct value *first, const struct value *rest, const struct map *named)
{
	size_t n = first != NULL ? first->n : 0;
	struct value out = value_list(arena_array_of(a, n + (rest != NULL ? rest->n : 0), struct value), n);

	for (size_t i = 0; i < n; i++)
		out.items[i] = first->items[i];
	for (size_t i = 0; rest != NULL && i < rest->n; i++)
		if (map_get(named, key_of(&rest->items[i])) == NULL)
			out.items[out.n++] = rest->items[i];
	return out;
}

/* A buyer with its contracts: what the change says of it, and those of the base that nobody in the change names. */
static struct value merge_buyer(const struct merge *m, const struct value *base, const struct value *change)
{
	const struct value *kept = list_in(base, "contracts");
	const struct value *said = value_get(change, STR("contracts"));

	if (kept == NULL || (said != NULL && said->type != VALUE_LIST) || change->type != VALUE_OBJECT)
		return *change;
	return with_member(m->a, change, STR("contracts"), joined(m->a, said, kept, m->contracts));
}

static struct value merge_buyers(const struct merge *m, const struct value *base, const struct value *change)
{
	static const struct value nothing = { .type = VALUE_LIST };
	struct map *before = keys_of(m->a, base);
	struct value out = joined(m->a, change, base, keys_of(m->a, change));

	for (size_t i = 0; i < out.n; i++) {
		const struct value *kept = list_in(&out.items[i], "contracts");
		const struct value *old = map_get(before, key_of(&out.items[i]));

		if (i < change->n && old != NULL)
			out.items[i] = merge_buyer(m, old, &out.items[i]);
		else if (i >= change->n && kept != NULL)
			out.items[i] = with_member(m->a, &out.items[i], STR("contracts"),
			    joined(m->a, &nothing, kept, m->contracts));
	}
	return out;
}

/* Two objects of named entries: those of the change, then those of the base that it does not name. */
static struct value merge_names(struct arena *a, const struct value *base, const struct value *change)
{
	struct value out = value_object(arena_array_of(a, base->n + change->n, struct member), change->n);

	for (size_t i = 0; i < change->n; i++)
		out.members[i] = change->members[i];
	for (size_t i = 0; i < base->n; i++)
		if (value_get(change, base->members[i].name) == NULL)
			out.members[out.n++] = base->members[i];
	return out;
}

static struct value merge_section(const struct merge *m, const struct section *s, const struct value *base,
    const struct value *change)
{
	enum value_type type = s->how == HOW_NAMES ? VALUE_OBJECT : VALUE_LIST;

	if (change == NULL || base == NULL || change->type != type || base->type != type)
		return change != NULL ? *change : *base;
	if (s->how == HOW_NAMES)
		return merge_names(m->a, base, change);
	if (strcmp(s->name, "buyers") == 0)
		return merge_buyers(m, base, change);
	return joined(m->a, change, base, keys_of(m->a, change));
}

struct value catalog_merge(struct arena *a, const struct value *base, const struct value *change, bool prune)
{
	struct merge m = { a, NULL };
	struct value out = *change;

	if (prune || base == NULL || base->type != VALUE_OBJECT || change->type != VALUE_OBJECT)
		return out;
	m.contracts = contract_keys(a, change);
	for (size_t i = 0; i < N_SECTIONS; i++) {
		struct str name = str_of(sections[i].name);
		const struct value *before = value_get(base, name), *said = value_get(change, name);

		if (before != NULL)
			out = with_member(a, &out, name, merge_section(&m, &sections[i], before, said));
	}
	return out;
}

static int by_key(const void *x, const void *y)
{
	return str_cmp(key_of(x), key_of(y));
}

static void sort_keys(struct arena *a, struct value *list)
{
	struct value *sorted = arena_array_of(a, list->n, struct value);

	for (size_t i = 0; i < list->n; i++)
		sorted[i] = list->items[i];
	qsort(sorted, list->n, sizeof(*sorted), by_key);
	list->items = sorted;
}

static void sort_contracts(struct arena *a, struct value *buyers)
{
	for (size_t i = 0; i < buyers->n; i++) {
		const struct value *contracts = list_in(&buyers->items[i], "contracts");
		struct value sorted;

		if (contracts == NULL)
			continue;
		sorted = *contracts;
		sort_keys(a, &sorted);
		buyers->items[i] = with_member(a, &buyers->items[i], STR("contracts"), sorted);
	}
}

struct value catalog_canonical(struct arena *a, const struct value *document)
{
	struct value out = *document;

	for (size_t i = 0; i < N_SECTIONS && out.type == VALUE_OBJECT; i++) {
		struct str name = str_of(sections[i].name);
		const struct value *v = value_get(&out, name);
		struct value section = sections[i].how == HOW_NAMES ? value_object(NULL, 0) : value_list(NULL, 0);

		if (v != NULL && v->type == section.type)
			section = *v;
		if (section.type == VALUE_LIST)
			sort_keys(a, &section);
		if (strcmp(sections[i].name, "buyers") == 0)
			sort_contracts(a, &section);
		out = with_member(a, &out, name, section);
	}
	return shape_order(a, &shape_document, &out);
}
