#include "lib/catalog/compile.h"

#include <stdarg.h>
#include <stdio.h>

#include "lib/net/net.h"

/* Far above what an honest document of CATALOG_TEXT_MAX needs. */
#define CATALOG_ARENA_MAX ((size_t)4 << 30)

static const struct value empty_list = { .type = VALUE_LIST };

const struct value *compile_section(const struct compile *k, const char *name)
{
	const struct value *v = members_list(&k->catalog->document, name);

	return v != NULL ? v : &empty_list;
}

static bool is_lower(struct str key)
{
	for (size_t i = 0; i < key.n; i++)
		if (key.p[i] >= 'A' && key.p[i] <= 'Z')
			return false;
	return true;
}

struct str compile_key(struct compile *k, const struct value *doc, const struct path *at, struct map *index, void *object)
{
	struct path here = path_member(at, STR("key"));
	struct str key = members_text(doc, "key", STR(""));

	if (!member_is_key(key))
		return STR(""); /* members_check has said so */
	if (!is_lower(key))
		fault_add(k->f, &here, "invalid_field", "keys are lower-case: a-z, 0-9, '.', '_' and '-'");
	else if (!map_put(index, key, object))
		fault_add(k->f, &here, "duplicate_key", "the key \"%.*s\" stands here a second time", STR_ARG(key));
	return key;
}

void *compile_reference(struct compile *k, const struct value *doc, const char *member, const struct path *at,
    const struct map *index)
{
	struct path here = path_member(at, str_of(member));
	struct str key = members_text(doc, member, STR(""));
	void *object = map_get(index, key);

	if (object == NULL && member_is_key(key))
		fault_add(k->f, &here, "unknown_reference", "there is no %s \"%.*s\"", member, STR_ARG(key));
	return object;
}

uint32_t compile_number(const struct map *numbers, struct str key)
{
	return numbers != NULL ? (uint32_t)(uintptr_t)map_get(numbers, key) : 0;
}

struct str compile_url(struct compile *k, const struct value *doc, const char *member, const struct path *at)
{
	struct path here = path_member(at, str_of(member));
	struct str url = members_text(doc, member, STR(""));
	const char *why = NULL;

	if (url.n > 0 && !net_url_wellformed(url, &why))
		fault_add(k->f, &here, "invalid_field", "must be an absolute http or https URL: %s", why);
	return url;
}

void compile_warn(struct compile *k, const struct path *at, const char *fmt, ...)
{
	char text[256];
	va_list ap;

	if (k->w == NULL)
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	fault_add(k->w, at, "warning", "%s", text);
}

void compile_one_currency(struct compile *k, const struct cap *caps, size_t n, const struct path *at, const char *one, const char *other)
{
	struct path list = path_member(at, STR("caps"));

	for (size_t i = 0; i < n; i++) {
		struct path entry = path_index(&list, i), here = path_member(&entry, STR("spend"));

		if (caps[i].spend >= 0)
			fault_add(k->f, &here, "invalid_field", "would add up %s and %s: such caps stand on contracts", one, other);
	}
}

static void check_release(struct compile *k)
{
	struct path here = path_member(PATH_ROOT, STR("gavel"));
	const struct value *v = members_get(&k->catalog->document, "gavel");
	int64_t release;

	if (v != NULL && value_as_int(v, &release) && release != 1)
		fault_add(k->f, &here, "invalid_field", "this release reads documents of version 1");
}

static void compile_document(struct compile *k)
{
	struct catalog *c = k->catalog;

	c->by_campaign = map_new(k->a);
	c->by_seller = map_new(k->a);
	c->by_buyer = map_new(k->a);
	c->by_contract = map_new(k->a);
	c->by_channel = map_new(k->a);
	c->by_form = map_new(k->a);
	k->verticals = map_new(k->a);
	shape_check(&shape_document, &c->document, PATH_ROOT, k->f);
	check_release(k);
	vocabulary_compile(k);
	campaigns_compile(k);
	sellers_compile(k);
	buyers_compile(k);
	campaigns_finish(k);
	channels_compile(k);
	form_pages_compile(k);
}

int catalog_compile(const struct value *document, const struct catalog_names *names, struct faults *f, struct faults *warnings,
    struct catalog **out)
{
	static const struct catalog_names none;
	struct arena *a = arena_new(CATALOG_ARENA_MAX);
	struct compile k = { .a = a, .names = names != NULL ? names : &none, .f = f, .w = warnings };
	size_t before = f->n + f->more;

	k.catalog = arena_new_of(a, struct catalog);
	k.catalog->arena = a;
	k.catalog->document = value_copy(a, document);
	compile_document(&k);
	if (f->n + f->more > before) {
		arena_free(&a);
		*out = NULL;
		return -1;
	}
	*out = k.catalog;
	return 0;
}

void catalog_free(struct catalog **cp)
{
	struct arena *a = *cp != NULL ? (*cp)->arena : NULL;

	*cp = NULL;
	arena_free(&a);
}

const struct campaign *catalog_campaign(const struct catalog *c, uint32_t id)
{
	for (size_t i = 0; i < c->n_campaigns; i++)
		if (c->campaigns[i].id == id)
			return &c->campaigns[i];
	return NULL;
}

const struct seller *catalog_seller(const struct catalog *c, uint32_t id)
{
	for (size_t i = 0; i < c->n_sellers; i++)
		if (c->sellers[i].id == id)
			return &c->sellers[i];
	return NULL;
}

const struct buyer *catalog_buyer(const struct catalog *c, uint32_t id)
{
	for (size_t i = 0; i < c->n_buyers; i++)
		if (c->buyers[i].id == id)
			return &c->buyers[i];
	return NULL;
}

const struct channel *catalog_channel(const struct catalog *c, uint32_t id)
{
	for (size_t i = 0; i < c->n_channels; i++)
		if (c->channels[i].id == id)
			return &c->channels[i];
	return NULL;
}
