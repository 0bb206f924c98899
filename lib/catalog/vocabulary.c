/* What the rest of a document refers to: look-ups, lists, and verticals with their fields. */
#include "lib/base/utf8.h"
#include "lib/catalog/compile.h"

enum { ENTRY_MAX = 255, LOOKUP_VALUE_MAX = 1000 };

static bool name_is_good(struct compile *k, struct str name, const struct path *at)
{
	if (member_is_key(name))
		return true;
	fault_add(k->f, at, "invalid_field", "names are 1 to 64 letters, digits, '-', '_' or '.', the first a letter or a digit");
	return false;
}

static const struct value *named_objects(const struct compile *k, const char *section)
{
	static const struct value none = { .type = VALUE_OBJECT };
	const struct value *v = members_object(&k->catalog->document, section);

	return v != NULL ? v : &none;
}

static struct map *lookup_compile(struct compile *k, const struct value *doc, const struct path *at)
{
	static const struct member_rule whole = { .type = MEMBER_OBJECT, .max = CATALOG_LOOKUP_MAX };
	static const struct member_rule entry = { .type = MEMBER_TEXT, .max = LOOKUP_VALUE_MAX };
	struct map *m = map_new(k->a);

	if (member_check(doc, &whole, at, k->f) != 0)
		return m;
	for (size_t i = 0; i < doc->n; i++) {
		struct path here = path_member(at, doc->members[i].name);
		struct value *v = &doc->members[i].value;

		if (doc->members[i].name.n == 0 || utf8_count(doc->members[i].name) > ENTRY_MAX)
			fault_add(k->f, &here, "invalid_field", "what is looked up has 1 to %d characters", ENTRY_MAX);
		if (member_check(v, &entry, &here, k->f) == 0)
			map_put(m, doc->members[i].name, &v->text);
	}
	return m;
}

static struct map *list_compile(struct compile *k, const struct value *doc, const struct path *at)
{
	static const struct member_rule whole = { .type = MEMBER_LIST, .max = CATALOG_LIST_MAX };
	static const struct member_rule entry = { .type = MEMBER_TEXT, .required = true, .max = ENTRY_MAX };
	struct map *m = map_new(k->a);
	size_t twice = 0;

	if (member_check(doc, &whole, at, k->f) != 0)
		return m;
	for (size_t i = 0; i < doc->n; i++) {
		struct path here = path_index(at, i);
		struct value *v = &doc->items[i];

		if (member_check(v, &entry, &here, k->f) == 0)
			twice += !map_put(m, v->text, v);
	}
	if (twice > 0)
		compile_warn(k, at, "%zu of the entries stand more than once", twice);
	return m;
}

static const struct map *named_compile(struct compile *k, const char *section,
    struct map *(*one)(struct compile *k, const struct value *doc, const struct path *at))
{
	const struct value *doc = named_objects(k, section);
	struct path at = path_member(PATH_ROOT, str_of(section));
	struct map *all = map_new(k->a);

	for (size_t i = 0; i < doc->n; i++) {
		struct path here = path_member(&at, doc->members[i].name);

		if (name_is_good(k, doc->members[i].name, &here))
			map_put(all, doc->members[i].name, one(k, &doc->members[i].value, &here));
	}
	return all;
}

static void verticals_compile(struct compile *k)
{
	const struct value *doc = compile_section(k, "verticals");
	struct path at = path_member(PATH_ROOT, STR("verticals"));
	struct catalog *c = k->catalog;

	c->n_verticals = doc->n;
	c->verticals = arena_array_of(k->a, doc->n, struct vertical);
	for (size_t i = 0; i < doc->n; i++) {
		struct path here = path_index(&at, i);

		vertical_compile(k->a, &doc->items[i], &here, k->f, &c->verticals[i]);
		compile_key(k, &doc->items[i], &here, k->verticals, &c->verticals[i]);
	}
}

void vocabulary_compile(struct compile *k)
{
	k->lookups = named_compile(k, "lookups", lookup_compile);
	k->lists = named_compile(k, "lists", list_compile);
	verticals_compile(k);
}
