/* What one document changes of another, object by object. */
#include <stdlib.h>

#include "lib/catalog/catalog.h"
#include "lib/catalog/shape.h"

static const struct section {
	const char *name, *kind;
} sections[] = {
	{ "lookups", "lookup" }, { "lists", "list" }, { "verticals", "vertical" }, { "campaigns", "campaign" },
	{ "sellers", "seller" }, { "buyers", "buyer" }, { "channels", "channel" }, { "forms", "form" },
};

enum { N_SECTIONS = sizeof(sections) / sizeof(sections[0]) };

struct entry {
	size_t section;       /* contracts: of their buyers, and behind them */
	const char *kind;
	struct str key;
	struct str owner;     /* a contract's buyer */
	struct str pointer;
	struct value value;   /* in canonical order; a buyer without its contracts */
};

struct entries {
	struct arena *a;
	struct entry *list;
	size_t n;
	struct map *index;    /* "kind key" -> struct entry * */
};

static struct str key_of(const struct value *object)
{
	return value_get_text(object, STR("key"), STR(""));
}

static struct value without_contracts(struct arena *a, const struct value *buyer)
{
	struct value out = value_object(arena_array_of(a, buyer->n, struct member), 0);

	for (size_t i = 0; i < buyer->n; i++)
		if (!str_is(buyer->members[i].name, "contracts"))
			out.members[out.n++] = buyer->members[i];
	return out;
}

static void add(struct entries *all, struct entry e)
{
	struct entry *here = &all->list[all->n++];

	*here = e;
	map_put(all->index, arena_printf(all->a, "%s %.*s", e.kind, STR_ARG(e.key)), here);
}

static const struct value *contracts_of(const struct value *buyer)
{
	static const struct value none = { .type = VALUE_LIST };
	const struct value *list = value_get(buyer, STR("contracts"));

	return list != NULL && list->type == VALUE_LIST ? list : &none;
}

static void add_contracts(struct entries *all, size_t section, const struct value *buyer, const struct path *at)
{
	const struct value *list = contracts_of(buyer);
	struct path here = path_member(at, STR("contracts"));

	for (size_t i = 0; i < list->n; i++) {
		struct path entry = path_index(&here, i);

		add(all, (struct entry){ section, "contract", key_of(&list->items[i]), key_of(buyer), path_pointer(all->a, &entry),
		    shape_order(all->a, &shape_contract, &list->items[i]) });
	}
}

static void add_keyed(struct entries *all, size_t section, const struct value *list, const struct path *at)
{
	const struct shape *shape = shape_inside(&shape_document, sections[section].name);
	bool buyers = strcmp(sections[section].kind, "buyer") == 0;

	for (size_t i = 0; i < list->n; i++) {
		struct path here = path_index(at, i);
		const struct value *v = &list->items[i];
		struct value bare = buyers ? without_contracts(all->a, v) : *v;

		add(all, (struct entry){ section, sections[section].kind, key_of(v), STR(""), path_pointer(all->a, &here),
		    shape_order(all->a, shape, &bare) });
		if (buyers)
			add_contracts(all, section, v, &here);
	}
}

static void add_named(struct entries *all, size_t section, const struct value *object, const struct path *at)
{
	for (size_t i = 0; i < object->n; i++) {
		struct path here = path_member(at, object->members[i].name);

		add(all, (struct entry){ section, sections[section].kind, here.name, STR(""), path_pointer(all->a, &here),
		    object->members[i].value });
	}
}

static size_t count(const struct value *document)
{
	const struct value *buyers = value_get(document, STR("buyers"));
	size_t n = 0;

	for (size_t i = 0; i < N_SECTIONS; i++) {
		const struct value *v = value_get(document, str_of(sections[i].name));

		n += v != NULL ? v->n : 0;
	}
	for (size_t i = 0; buyers != NULL && buyers->type == VALUE_LIST && i < buyers->n; i++)
		n += contracts_of(&buyers->items[i])->n;
	return n;
}

static struct entries entries_of(struct arena *a, const struct value *document)
{
	struct entries all = { .a = a, .list = arena_array_of(a, count(document), struct entry), .index = map_new(a) };

	for (size_t i = 0; i < N_SECTIONS; i++) {
		const struct value *v = value_get(document, str_of(sections[i].name));
		struct path at = path_member(PATH_ROOT, str_of(sections[i].name));

		if (v != NULL && v->type == VALUE_LIST)
			add_keyed(&all, i, v, &at);
		else if (v != NULL && v->type == VALUE_OBJECT)
			add_named(&all, i, v, &at);
	}
	return all;
}

static const struct entry *find(const struct entries *all, const struct entry *e)
{
	return map_get(all->index, arena_printf(all->a, "%s %.*s", e->kind, STR_ARG(e->key)));
}

static bool same_scalar(const struct value *x, const struct value *y)
{
	return x->type == y->type && x->boolean == y->boolean && str_eq(x->text, y->text);
}

static void differ(struct arena *a, struct catalog_change *c, const struct path *at)
{
	if (c->n_members < CHANGE_MEMBERS_MAX)
		c->members[c->n_members] = path_pointer(a, at);
	c->n_members++;
}

static void compare(struct arena *a, const struct value *x, const struct value *y, const struct path *at, struct catalog_change *c);

static void compare_lists(struct arena *a, const struct value *x, const struct value *y, const struct path *at,
    struct catalog_change *c)
{
	if (x->n != y->n) {
		differ(a, c, at);
		return;
	}
	for (size_t i = 0; i < x->n; i++) {
		struct path here = path_index(at, i);

		compare(a, &x->items[i], &y->items[i], &here, c);
	}
}

static void compare_objects(struct arena *a, const struct value *x, const struct value *y, const struct path *at,
    struct catalog_change *c)
{
	size_t before = c->n_members;
	bool moved = false;

	for (size_t i = 0; i < x->n; i++) {
		struct path here = path_member(at, x->members[i].name);
		const struct value *other = value_get(y, here.name);

		if (other == NULL)
			differ(a, c, &here);
		else
			compare(a, &x->members[i].value, other, &here, c);
		moved = moved || i >= y->n || !str_eq(y->members[i].name, here.name);
	}
	for (size_t i = 0; i < y->n; i++) {
		struct path here = path_member(at, y->members[i].name);

		if (value_get(x, here.name) == NULL)
			differ(a, c, &here);
	}
	if (moved && c->n_members == before)
		differ(a, c, at); /* the same members in another order: forms and queries keep theirs */
}

/* Adds a pointer for each place where two canonical values part. */
static void compare(struct arena *a, const struct value *x, const struct value *y, const struct path *at, struct catalog_change *c)
{
	if (x->type == VALUE_OBJECT && y->type == VALUE_OBJECT)
		compare_objects(a, x, y, at, c);
	else if (x->type == VALUE_LIST && y->type == VALUE_LIST)
		compare_lists(a, x, y, at, c);
	else if (!same_scalar(x, y))
		differ(a, c, at);
}

/* The members that differ; a contract under another buyer differs by its place. */
static void fill(struct arena *a, const struct entry *old, const struct entry *new, struct catalog_change *c)
{
	struct str members[CHANGE_MEMBERS_MAX] = { { 0 } };

	c->change = CHANGE_REPLACED;
	c->members = members;
	if (!str_eq(old->owner, new->owner))
		members[c->n_members++] = STR("");
	compare(a, &old->value, &new->value, PATH_ROOT, c);
	if (c->n_members > CHANGE_MEMBERS_MAX)
		c->n_members = CHANGE_MEMBERS_MAX;
	c->members = arena_array_of(a, c->n_members, struct str);
	for (size_t i = 0; i < c->n_members; i++)
		c->members[i] = members[i];
}

struct sorted {
	struct catalog_change change;
	size_t section;
};

static int by_section(const void *x, const void *y)
{
	const struct sorted *a = x, *b = y;
	int kind = str_cmp(a->change.kind, b->change.kind);

	if (a->section != b->section)
		return a->section < b->section ? -1 : 1;
	return kind != 0 ? kind : str_cmp(a->change.key, b->change.key);
}

size_t catalog_diff(struct arena *a, const struct value *from, const struct value *to, struct catalog_change **out)
{
	struct entries old = entries_of(a, from), new = entries_of(a, to);
	struct sorted *all = arena_array_of(a, old.n + new.n, struct sorted);
	size_t n = 0;

	for (size_t i = 0; i < new.n; i++) {
		const struct entry *e = &new.list[i], *before = find(&old, e);
		struct catalog_change c = { CHANGE_ADDED, str_of(e->kind), e->key, e->pointer, NULL, 0 };

		if (before != NULL)
			fill(a, before, e, &c);
		if (before == NULL || c.n_members > 0)
			all[n++] = (struct sorted){ c, e->section };
	}
	for (size_t i = 0; i < old.n; i++) {
		const struct entry *e = &old.list[i];

		if (find(&new, e) == NULL)
			all[n++] = (struct sorted){ { CHANGE_REMOVED, str_of(e->kind), e->key, e->pointer, NULL, 0 }, e->section };
	}
	qsort(all, n, sizeof(*all), by_section);
	*out = arena_array_of(a, n, struct catalog_change);
	for (size_t i = 0; i < n; i++)
		(*out)[i] = all[i].change;
	return n;
}

const char *change_name(enum change c)
{
	static const char *const names[] = { "added", "replaced", "removed" };

	return names[c];
}
