/*
 * filter: compiling and applying, and those that are about values of any type: default, map, bool, lists.
 */
#include "lib/tmpl/filter.h"

#include "lib/wire/json.h"

static const struct filter value_filters[];
static const struct filter *const tables[] = { value_filters, text_filters, number_filters, date_filters };

static const struct filter *find(struct str name)
{
	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++)
		for (const struct filter *f = tables[i]; f->name != NULL; f++)
			if (str_is(name, f->name))
				return f;
	return NULL;
}

/* The text between quotes; \" \\ \n \r \t are the escapes. */
static bool unquote(struct arena *a, struct str s, struct str *out)
{
	static const char from[] = "\"\\nrt", to[] = "\"\\\n\r\t";
	char *p = arena_alloc(a, s.n + 1);
	size_t n = 0;

	if (s.n < 2 || s.p[0] != '"' || s.p[s.n - 1] != '"')
		return false;
	for (size_t i = 1; i < s.n - 1; i++) {
		const char *escape;

		if (s.p[i] == '"')
			return false;
		if (s.p[i] != '\\') {
			p[n++] = s.p[i];
			continue;
		}
		escape = ++i < s.n - 1 ? memchr(from, s.p[i], sizeof(from) - 1) : NULL;
		if (escape == NULL)
			return false;
		p[n++] = to[escape - from];
	}
	*out = (struct str){ p, n };
	return true;
}

static bool is_json_number(struct arena *a, struct str s)
{
	struct value v;

	return s.n > 0 && (s.p[0] == '-' || (s.p[0] >= '0' && s.p[0] <= '9')) && json_parse(a, s, 0, &v, NULL) == 0;
}

/* What an argument is, by its spelling alone. */
static bool read_arg(struct arena *a, struct str s, struct value *out)
{
	struct str text;

	if (s.n > 0 && s.p[0] == '"') {
		if (!unquote(a, s, &text))
			return false;
		*out = value_text(text);
		return true;
	}
	if (str_is(s, "true") || str_is(s, "false"))
		*out = value_bool(s.p[0] == 't');
	else if (is_json_number(a, s))
		*out = value_number(arena_str(a, s));
	else
		*out = value_text(arena_str(a, s));
	return s.n > 0;
}

static int take_key(struct compiler *c, struct str s, struct call *out)
{
	if (ref_compile(c, s, &out->key) != 0)
		return -1;
	return out->key.kind == REF_SECRET ? 0 : compile_fault(c, "%s: the key is a secret: secret.NAME", out->filter->name);
}

static int take_lookup(struct compiler *c, struct str name, struct call *out)
{
	out->lookup = c->env->lookups != NULL ? map_get(c->env->lookups, name) : NULL;
	return out->lookup != NULL ? 0 : compile_fault(c, "map: there is no look-up %.*s", STR_ARG(name));
}

static int take_arg(struct compiler *c, char kind, struct str s, struct call *out)
{
	const char *name = out->filter->name;
	bool quoted = s.n > 0 && s.p[0] == '"';
	struct value *arg = &out->args[out->n];

	if (!read_arg(c->arena, s, arg))
		return compile_fault(c, "%s: argument %zu is ill-formed", name, out->n + 1);
	switch (kind) {
	case 'n':
		if (arg->type == VALUE_NUMBER && str_to_i64(arg->text, &out->numbers[out->n]))
			return 0;
		return compile_fault(c, "%s: argument %zu is a whole number", name, out->n + 1);
	case 't':
		return quoted ? 0 : compile_fault(c, "%s: argument %zu is a text in quotes", name, out->n + 1);
	case 'v':
		if (quoted || arg->type != VALUE_TEXT)
			return 0;
		return compile_fault(c, "%s: argument %zu is a text in quotes, a number, true or false", name, out->n + 1);
	case 'l':
		return take_lookup(c, arg->text, out);
	case 'k':
		return quoted ? compile_fault(c, "%s: the key is a secret: secret.NAME", name) : take_key(c, s, out);
	default:
		if (!quoted && str_is(s, "refuse"))
			return 0;
		return compile_fault(c, "%s: argument %zu can only be refuse", name, out->n + 1);
	}
}

size_t filter_until(struct str s, struct str stop)
{
	bool quoted = false;
	size_t n = 0;

	for (; n < s.n; n++) {
		if (s.p[n] == '"')
			quoted = !quoted;
		else if (quoted && s.p[n] == '\\' && n + 1 < s.n)
			n++;
		else if (!quoted && str_starts((struct str){ s.p + n, s.n - n }, stop))
			break;
	}
	return n;
}

bool filter_split(struct str *rest, struct str stop, struct str *part)
{
	size_t n;

	if (rest->p == NULL)
		return false;
	n = filter_until(*rest, stop);
	*part = str_trim((struct str){ rest->p, n });
	*rest = n < rest->n ? (struct str){ rest->p + n + stop.n, rest->n - n - stop.n } : (struct str){ NULL, 0 };
	return true;
}

int filter_compile(struct compiler *c, struct str text, struct call *out)
{
	struct str rest = text, part = { "", 0 };
	const char *kind, *why;

	*out = (struct call){ .n = 0 };
	filter_split(&rest, STR(":"), &part);
	out->filter = find(part);
	if (out->filter == NULL)
		return compile_fault(c, "there is no filter \"%.*s\"", STR_ARG(compile_shown(part)));
	kind = out->filter->args;
	for (; filter_split(&rest, STR(":"), &part); out->n++) {
		kind += *kind == '?';
		if (*kind == '\0')
			return compile_fault(c, "%s takes %s", out->filter->name, out->n > 0 ? "fewer arguments" : "no argument");
		if (take_arg(c, *kind++, part, out) != 0)
			return -1;
	}
	if (*kind != '\0' && *kind != '?')
		return compile_fault(c, "%s: argument %zu is missing", out->filter->name, out->n + 1);
	why = out->filter->check != NULL ? out->filter->check(c, out) : NULL;
	return why == NULL ? 0 : compile_fault(c, "%s: %s", out->filter->name, why);
}

const struct value *filter_value(struct render *r, struct value v)
{
	struct value *out = arena_new_of(r->arena, struct value);

	*out = v;
	return out;
}

const struct value *filter_text(struct render *r, struct str s)
{
	return s.n > 0 ? filter_value(r, value_text(s)) : NULL;
}

static const struct value *apply_each(struct render *r, const struct call *call, const struct value *list)
{
	struct value *items = arena_array_of(r->arena, list->n, struct value);
	size_t n = 0;

	for (size_t i = 0; i < list->n; i++) {
		const struct value *v = render_step(r) ? filter_apply(r, call, &list->items[i]) : NULL;

		if (v != NULL)
			items[n++] = *v;
	}
	return filter_value(r, value_list(items, n));
}

const struct value *filter_apply(struct render *r, const struct call *call, const struct value *v)
{
	const struct filter *f = call->filter;

	if (v == NULL || v->type == VALUE_NULL)
		return f->takes_absent ? f->apply(r, call, NULL) : NULL;
	if (f->whole || (v->type != VALUE_LIST && v->type != VALUE_OBJECT))
		return f->apply(r, call, v);
	return v->type == VALUE_LIST ? apply_each(r, call, v) : NULL;
}

static void add_text(struct buf *b, const struct value *v, struct str separator)
{
	for (size_t i = 0; i < v->n; i++) {
		if (i > 0)
			buf_add_str(b, separator);
		if (v->items[i].type == VALUE_LIST || v->items[i].type == VALUE_OBJECT)
			json_write(b, &v->items[i]);
		else
			buf_add_str(b, value_as_text(&v->items[i]));
	}
}

struct str filter_buf(struct render *r, const struct buf *b)
{
	if (b->overflow)
		r->refused = "a value is too long";
	return buf_str(b);
}

static struct str joined(struct render *r, const struct value *v, struct str separator)
{
	struct buf b;

	if (v->type != VALUE_LIST && v->type != VALUE_OBJECT)
		return value_as_text(v);
	buf_in(&b, r->arena, TMPL_VALUE_MAX);
	if (v->type == VALUE_LIST)
		add_text(&b, v, separator);
	else
		json_write(&b, v);
	return filter_buf(r, &b);
}

struct str filter_as_text(struct render *r, const struct value *v)
{
	return joined(r, v, STR(","));
}

static const struct value *apply_default(struct render *r, const struct call *call, const struct value *v)
{
	(void)r;
	return v != NULL ? v : &call->args[0];
}

static const struct value *apply_map(struct render *r, const struct call *call, const struct value *v)
{
	const struct str *found = map_get(call->lookup, value_as_text(v));

	if (found != NULL)
		return filter_value(r, value_text(*found));
	if (call->n > 1)
		r->refused = "a look-up lacks a value";
	return NULL;
}

/* Yes or no in the words that people and forms use; -1: neither. */
static int truth(const struct value *v)
{
	static const char *const yes[] = { "true", "yes", "y", "on", "t" }, *const no[] = { "false", "no", "n", "off", "f" };
	double number;

	if (v->type == VALUE_BOOL)
		return v->boolean;
	if (value_as_number(v, &number))
		return number != 0;
	for (size_t i = 0; i < sizeof(yes) / sizeof(yes[0]); i++) {
		if (str_eq_nocase(str_trim(v->text), str_of(yes[i])))
			return 1;
		if (str_eq_nocase(str_trim(v->text), str_of(no[i])))
			return 0;
	}
	return -1;
}

static const struct value *apply_bool(struct render *r, const struct call *call, const struct value *v)
{
	int yes = truth(v);

	(void)r;
	return yes < 0 ? NULL : &call->args[yes == 1 ? 0 : 1];
}

static const struct value *apply_join(struct render *r, const struct call *call, const struct value *v)
{
	return filter_text(r, joined(r, v, call->args[0].text));
}

/* A single value is a list of one. */
static const struct value *apply_first(struct render *r, const struct call *call, const struct value *v)
{
	(void)r;
	(void)call;
	if (v->type != VALUE_LIST)
		return v;
	return v->n > 0 ? &v->items[0] : NULL;
}

static const struct value *apply_last(struct render *r, const struct call *call, const struct value *v)
{
	(void)r;
	(void)call;
	if (v->type != VALUE_LIST)
		return v;
	return v->n > 0 ? &v->items[v->n - 1] : NULL;
}

static const struct value *apply_json(struct render *r, const struct call *call, const struct value *v)
{
	struct buf b;

	(void)call;
	buf_in(&b, r->arena, TMPL_VALUE_MAX);
	json_write(&b, v);
	return filter_text(r, filter_buf(r, &b));
}

static const struct filter value_filters[] = {
	{ "default", "v", apply_default, .whole = true, .takes_absent = true },
	{ "map", "l?r", apply_map },
	{ "bool", "vv", apply_bool },
	{ "join", "t", apply_join, .whole = true },
	{ "first", "", apply_first, .whole = true },
	{ "last", "", apply_last, .whole = true },
	{ "json", "", apply_json, .whole = true },
	{ 0 },
};
