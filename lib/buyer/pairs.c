/*
 * pairs: the names and values of a query or a form, in the document's order. A list repeats its name.
 */
#include "lib/buyer/compiled.h"
#include "lib/wire/form.h"

static struct pair *pair_add(struct pairs *p, struct str name)
{
	struct pair *pair = &p->list[p->n++];

	pair->name = name;
	return pair;
}

/* {"$json": tree} or {"$xml": text}: a document as one value. */
static int compile_nested(struct compiler *c, const struct value *v, const struct path *at, struct pair *out)
{
	const struct value *json = value_get(v, STR("$json")), *xml = value_get(v, STR("$xml"));
	struct path here = path_member(at, json != NULL ? STR("$json") : STR("$xml"));

	out->nested = true;
	if (v->n != 1 || (json == NULL && xml == NULL))
		return fault_add(c->faults, at, "invalid_field", "an object here is {\"$json\": ...} or {\"$xml\": \"...\"}");
	if (json != NULL)
		return step_tree(c, json, &here, &out->t);
	return step_text(c, TMPL_XML, xml, &here, &out->t);
}

static int compile_pair(struct compiler *c, struct str name, const struct value *v, const struct path *at, struct pairs *out)
{
	int bad = 0;

	switch (v->type) {
	case VALUE_NULL:
		return 0;
	case VALUE_OBJECT:
		return compile_nested(c, v, at, pair_add(out, name));
	case VALUE_LIST:
		for (size_t i = 0; i < v->n; i++) {
			struct path here = path_index(at, i);

			if (v->items[i].type == VALUE_LIST)
				bad |= fault_add(c->faults, &here, "invalid_field", "a list's entries are texts");
			else
				bad |= compile_pair(c, name, &v->items[i], &here, out);
		}
		return bad;
	default:
		return step_text(c, TMPL_FORM, v, at, &pair_add(out, name)->t);
	}
}

static size_t count(const struct value *doc)
{
	size_t n = doc->n;

	for (size_t i = 0; i < doc->n; i++)
		if (doc->members[i].value.type == VALUE_LIST)
			n += doc->members[i].value.n;
	return n;
}

int pairs_compile(struct compiler *c, const struct value *doc, const struct path *at, struct pairs *out)
{
	size_t n;
	int bad = 0;

	*out = (struct pairs){ 0 };
	if (doc == NULL)
		return 0;
	if (doc->type != VALUE_OBJECT)
		return fault_add(c->faults, at, "invalid_field", "must be an object of names and their values");
	n = count(doc);
	if (n > PAIRS_MAX)
		return fault_add(c->faults, at, "invalid_field", "must have at most %d values", PAIRS_MAX);
	out->list = arena_array_of(c->arena, n, struct pair);
	for (size_t i = 0; i < doc->n; i++) {
		const struct member *m = &doc->members[i];
		struct path here = path_member(at, m->name);

		if (str_contains(m->name, STR("{{")))
			bad |= fault_add(c->faults, &here, "invalid_field", "a name takes no holes");
		bad |= compile_pair(c, m->name, &m->value, &here, out);
	}
	return bad;
}

static bool breaks_lines(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] == '\r' || s.p[i] == '\n' || s.p[i] == '\0')
			return true;
	return false;
}

static enum tmpl_result pair_values(const struct renderer *r, const struct pair *p, const char *member, struct str **values,
    size_t *n)
{
	enum tmpl_result result;
	struct str one;

	if (!p->nested) {
		result = tmpl_render_values(r->arena, p->t, r->scope, values, n, r->e);
		return result == TMPL_REFUSED ? render_refuse(r, member, p->name, NULL) : result;
	}
	result = render_text(r, p->t, BODY_MAX, member, p->name, &one);
	*values = arena_new_of(r->arena, struct str);
	**values = one;
	*n = 1;
	return result;
}

enum tmpl_result pairs_render(const struct renderer *r, const struct pairs *p, const char *member, bool in_url, const char *before,
    struct buf *b)
{
	int (*encode)(struct buf *, struct str) = in_url ? form_percent : form_encode;

	for (size_t i = 0; i < p->n; i++) {
		const struct pair *pair = &p->list[i];
		struct str *values = NULL;
		size_t n = 0;
		enum tmpl_result result = pair_values(r, pair, member, &values, &n);

		if (result == TMPL_ABSENT)
			continue;
		if (result != TMPL_DONE)
			return result;
		for (size_t k = 0; k < n; k++) {
			if (in_url && breaks_lines(values[k]))
				return render_refuse(r, member, pair->name, "a line break or NUL may not stand in a URL");
			buf_add_cstr(b, before);
			encode(b, pair->name);
			buf_add_char(b, '=');
			encode(b, values[k]);
			before = "&";
		}
	}
	return b->overflow ? TMPL_FULL : TMPL_DONE;
}
