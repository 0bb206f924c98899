#include "lib/buyer/selector.h"

#include "lib/base/pattern.h"
#include "lib/base/utf8.h"
#include "lib/lead/members.h"

enum kind { SELECT_PATH, SELECT_KEY, SELECT_PATTERN, SELECT_HEADER, SELECT_STATUS, SELECT__N };

static const char *const kind_names[SELECT__N] = { "path", "key", "pattern", "header", "http_status" };

enum { SELECTOR_TEXT_MAX = 1000 };

struct selector {
	enum kind kind;
	bool is_pointer;                /* SELECT_PATH: text is a JSON Pointer */
	struct str text;                /* pointer, key or name of a header */
	const struct xml_path *xpath;   /* SELECT_PATH: or NULL */
	const struct pattern *pattern;
};

struct compiling {
	struct arena *arena;
	const struct selector_env *env;
	const struct value *namespaces;
	struct faults *faults;
};

static bool pointer_ok(struct str s)
{
	if (s.n > 0 && s.p[0] != '/')
		return false;
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] == '~' && (i + 1 == s.n || (s.p[i + 1] != '0' && s.p[i + 1] != '1')))
			return false;
	return true;
}

static int compile_path(const struct compiling *c, struct str path, const struct path *at, struct selector *out)
{
	enum format format = c->env->format;
	struct err e;
	bool xpath = false;

	if (format == FORMAT_FORM || format == FORMAT_TEXT)
		return fault_add(c->faults, at, "invalid_field", "a path reads JSON or XML; the reply's format is another");
	out->text = path;
	out->is_pointer = format != FORMAT_XML && pointer_ok(path);
	if (format != FORMAT_JSON)
		xpath = xml_path_compile(c->arena, path, c->namespaces, &out->xpath, &e) == 0;
	if (out->is_pointer || xpath)
		return 0;
	if (format == FORMAT_JSON)
		return fault_add(c->faults, at, "invalid_field", "is no JSON Pointer: \"/a/b\", with ~0 for ~ and ~1 for /");
	if (format == FORMAT_XML)
		return fault_add(c->faults, at, "invalid_field", "is no XPath: %s", e.msg);
	return fault_add(c->faults, at, "invalid_field", "is neither a JSON Pointer (\"/a/b\") nor an XPath: %s", e.msg);
}

static int compile_key(const struct compiling *c, struct str key, const struct path *at, struct selector *out)
{
	enum format format = c->env->format;

	out->text = key;
	if (format != FORMAT_AUTO && format != FORMAT_FORM)
		return fault_add(c->faults, at, "invalid_field", "a key reads a form; the reply's format is another");
	return 0;
}

static int compile_pattern(const struct compiling *c, struct str source, const struct path *at, struct selector *out)
{
	struct err e;

	if (pattern_compile(c->arena, source, false, &out->pattern, &e) != 0)
		return fault_add(c->faults, at, "invalid_field", "is no pattern: %s", e.msg);
	return 0;
}

static int compile_kind(const struct compiling *c, const struct value *v, const struct path *at, struct selector *out)
{
	const struct member_rule text = { NULL, MEMBER_TEXT, .max = SELECTOR_TEXT_MAX };

	if (out->kind == SELECT_STATUS) {
		if (v->type != VALUE_BOOL || !v->boolean)
			return fault_add(c->faults, at, "invalid_field", "must be true");
		return 0;
	}
	if (member_check(v, &text, at, c->faults) != 0)
		return -1;
	if (v->text.n == 0 && out->kind != SELECT_PATH)
		return fault_add(c->faults, at, "invalid_field", "must not be empty");
	switch (out->kind) {
	case SELECT_PATH:
		return compile_path(c, v->text, at, out);
	case SELECT_KEY:
		return compile_key(c, v->text, at, out);
	case SELECT_PATTERN:
		return compile_pattern(c, v->text, at, out);
	default:
		out->text = v->text;
		return 0;
	}
}

static bool is_listed(struct str name, const char *const *names, size_t n)
{
	for (size_t i = 0; i < n && names[i] != NULL; i++)
		if (str_is(name, names[i]))
			return true;
	return false;
}

int selector_check_namespaces(const struct value *namespaces, const struct path *at, struct faults *f)
{
	int bad = 0;

	if (namespaces->type != VALUE_OBJECT)
		return fault_add(f, at, "invalid_field", "must be an object of prefixes and their URIs");
	for (size_t i = 0; i < namespaces->n; i++) {
		const struct member *m = &namespaces->members[i];
		struct path here = path_member(at, m->name);

		if (m->value.type != VALUE_TEXT || m->value.text.n == 0 || m->name.n == 0)
			bad = fault_add(f, &here, "invalid_field", "must be the URI of a prefix");
	}
	return bad;
}

/* Members: exactly one that says what is selected, `namespaces`, and what the caller reads itself. */
static int check_members(const struct value *doc, const char *const *also, const struct path *at, struct faults *f,
    const struct member **kind_out)
{
	size_t kinds = 0;
	int bad = 0;

	if (doc->type != VALUE_OBJECT)
		return fault_add(f, at, "invalid_field", "must be an object with path, key, pattern, header or http_status");
	for (size_t i = 0; i < doc->n; i++) {
		const struct member *m = &doc->members[i];
		struct path here = path_member(at, m->name);

		if (is_listed(m->name, kind_names, SELECT__N)) {
			kinds++;
			*kind_out = m;
		} else if (str_is(m->name, "namespaces")) {
			bad |= selector_check_namespaces(&m->value, &here, f);
		} else if (also == NULL || !is_listed(m->name, also, SIZE_MAX)) {
			bad |= fault_add(f, &here, "unknown_member", "is not a member of a selector");
		}
	}
	if (kinds == 0)
		return fault_add(f, at, "missing_field", "needs one of path, key, pattern, header, http_status");
	if (kinds > 1)
		return fault_add(f, at, "invalid_field", "takes one of path, key, pattern, header, http_status");
	return bad;
}

int selector_compile(struct arena *a, const struct value *doc, const struct selector_env *env, const char *const *also,
    const struct path *at, struct faults *f, const struct selector **out)
{
	struct compiling c = { .arena = a, .env = env, .namespaces = env->namespaces, .faults = f };
	struct selector *s = arena_new_of(a, struct selector);
	const struct member *kind = NULL;
	struct path here;

	if (check_members(doc, also, at, f, &kind) != 0)
		return -1;
	if (members_object(doc, "namespaces") != NULL)
		c.namespaces = members_object(doc, "namespaces");
	while (!str_is(kind->name, kind_names[s->kind]))
		s->kind++;
	here = path_member(at, kind->name);
	*out = s;
	return compile_kind(&c, &kind->value, &here, s);
}

bool selector_is_status(const struct selector *s)
{
	return s->kind == SELECT_STATUS;
}

bool selector_is_path(const struct selector *s)
{
	return s->kind == SELECT_PATH;
}

static const struct value *as_value(struct arena *a, struct value v)
{
	struct value *kept = arena_new_of(a, struct value);

	*kept = v;
	return kept;
}

static const struct value *trimmed(struct arena *a, struct str s)
{
	return as_value(a, value_text(str_trim(s)));
}

static const struct value *json_at(const struct selector *s, const struct place *in)
{
	return s->is_pointer ? value_pointer(in->json != NULL ? in->json : &in->document->json, s->text) : NULL;
}

static const struct value *fetch_path(struct arena *a, const struct selector *s, const struct place *in)
{
	const struct value *v;
	struct str text;

	if (in->document->format == FORMAT_XML && s->xpath != NULL)
		return xml_select(a, in->document->xml, in->node, s->xpath, &text) ? trimmed(a, text) : NULL;
	if (in->document->format != FORMAT_JSON)
		return NULL;
	v = json_at(s, in);
	if (v == NULL || v->type == VALUE_NULL)
		return NULL;
	return v->type == VALUE_TEXT ? trimmed(a, v->text) : v;
}

const struct value *selector_fetch(struct arena *a, const struct selector *s, const struct place *in)
{
	const struct str *found = NULL;
	struct str group;

	switch (s->kind) {
	case SELECT_PATH:
		return fetch_path(a, s, in);
	case SELECT_KEY:
		if (in->document->format == FORMAT_FORM)
			found = form_get(&in->document->form, s->text);
		return found != NULL ? trimmed(a, *found) : NULL;
	case SELECT_PATTERN:
		return pattern_match(s->pattern, in->document->text, &group) ? trimmed(a, group) : NULL;
	case SELECT_HEADER:
		found = http_header_find(&in->reply->headers, s->text);
		return found != NULL ? trimmed(a, utf8_repair(a, *found)) : NULL;
	default:
		return as_value(a, value_int(a, in->reply->status));
	}
}

bool selector_text(struct arena *a, const struct selector *s, const struct place *in, struct str *out, bool *number_out)
{
	const struct value *v = s != NULL ? selector_fetch(a, s, in) : NULL;

	if (v == NULL || v->type == VALUE_LIST || v->type == VALUE_OBJECT)
		return false;
	*out = value_as_text(v);
	if (number_out != NULL)
		*number_out = v->type == VALUE_NUMBER;
	return true;
}

static size_t json_entries(struct arena *a, const struct selector *s, const struct place *in, struct place **out)
{
	const struct value *list = json_at(s, in);

	if (list == NULL || list->type != VALUE_LIST)
		return 0;
	*out = arena_array_of(a, list->n, struct place);
	for (size_t i = 0; i < list->n; i++)
		(*out)[i] = (struct place){ in->reply, in->document, &list->items[i], NULL };
	return list->n;
}

size_t selector_entries(struct arena *a, const struct selector *s, const struct place *in, struct place **out)
{
	const struct xml_node **nodes;
	size_t n;

	if (in->document->format == FORMAT_JSON)
		return json_entries(a, s, in, out);
	if (in->document->format != FORMAT_XML || s->xpath == NULL)
		return 0;
	n = xml_select_nodes(a, in->document->xml, in->node, s->xpath, &nodes);
	*out = arena_array_of(a, n, struct place);
	for (size_t i = 0; i < n; i++)
		(*out)[i] = (struct place){ in->reply, in->document, NULL, nodes[i] };
	return n;
}
