#include "fcgi-app/form/inputs.h"

#include "fcgi-app/form/words.h"
#include "lib/base/utf8.h"
#include "lib/lead/facts.h"
#include "lib/web/page.h"

/* What is being listed, and for whom. */
struct listing {
	struct arena *a;
	const struct form_page *form;
	const struct visit *visit;
	struct facts facts;      /* with the lead as far as it is known; lead NULL: nothing is left out */
	struct inputs *out;
	struct map *shown_lists; /* that have their button already */
	size_t step;
};

/* Where in the lead we are. */
struct place {
	struct str name;   /* with a dot at its end, or empty */
	struct str outer;  /* the object's name, for labels; empty: none */
	bool conditional, optional;
};

/* One path into a field: what is left of it; n 0: all of the field. */
struct part {
	size_t index;      /* of a list's entry */
	struct str rest;
};

static void list_fields(struct listing *l, const struct field *fields, size_t n, const struct place *at, const struct str *paths, size_t n_paths);

static struct input *add(struct listing *l, enum input_kind kind, struct str name, struct str label, const struct field *f)
{
	static const struct input none = { 0 };
	struct input *in = &l->out->list[l->out->n];

	if (l->out->n < INPUTS_MAX)
		l->out->n++;
	*in = none;
	in->kind = kind;
	in->name = name;
	in->label = label;
	in->field = f;
	in->step = l->step;
	return in;
}

/* Room for one more entry, whatever is in it: a page of groups that don't close would be worse than one without the entry. */
static bool has_room(const struct listing *l, const struct field *f)
{
	return l->out->n + 4 * (f->n_fields + 2) < INPUTS_MAX;
}

/* needed: by what was answered before. */
static void add_scalar(struct listing *l, const struct field *f, struct str name, const struct place *at, bool needed)
{
	struct input *in = add(l, INPUT_FIELD, name, words_label_within(l->a, at->outer, f->name), f);

	in->conditional = at->conditional || (!needed && f->need[STEP_POST] == NEED_REQUIRED_IF);
	in->needed = needed || (!at->conditional && !at->optional && f->need[STEP_POST] == NEED_REQUIRED);
}

/* The first entry stays; how many there are is the visitor's business within what the vertical takes. */
static size_t entries_of(const struct listing *l, const struct field *f, struct str name, const struct part *parts, size_t n_parts, bool nested)
{
	size_t least = nested && !(f->has_min && f->min >= 1) ? 0 : 1, n;

	for (size_t i = 0; i < n_parts; i++)
		if (parts[i].rest.p != NULL && parts[i].index + 1 > least)
			least = parts[i].index + 1;
	n = visit_count(l->visit, name, least);
	return n > (size_t)f->max ? (size_t)f->max : n;
}

/* The paths within entry `index`: those that name it, or, where none does, those of the first that is named. */
static size_t paths_of_entry(struct listing *l, const struct field *f, const struct part *parts, size_t n_parts, size_t index, struct str **out)
{
	size_t like = index, n = 0;
	bool named = false;

	*out = arena_array_of(l->a, n_parts > f->n_fields ? n_parts : f->n_fields, struct str);
	for (size_t i = 0; i < n_parts; i++)
		named |= parts[i].rest.p != NULL && parts[i].index == index;
	if (!named && n_parts > 0)
		like = parts[0].index;
	for (size_t i = 0; i < n_parts; i++)
		if (parts[i].rest.p != NULL && parts[i].index == like && parts[i].rest.n > 0)
			(*out)[n++] = parts[i].rest;
	for (size_t i = 0; n == 0 && i < f->n_fields; i++)
		(*out)[i] = f->fields[i].name;
	return n > 0 ? n : f->n_fields;
}

static void list_entry(struct listing *l, const struct field *f, struct str name, size_t index, const struct part *parts, size_t n_parts)
{
	struct str entry = arena_printf(l->a, "%.*s.%zu", STR_ARG(name), index);
	struct str label = arena_printf(l->a, "%.*s %zu", STR_ARG(words_entry(l->a, f->name)), index + 1);
	struct place inside = { .name = arena_printf(l->a, "%.*s.", STR_ARG(entry)), .outer = STR("") };
	struct str *paths;
	size_t n;

	add(l, INPUT_OPEN, entry, label, f)->may_go = index > 0;
	if (f->n_fields == 0) {
		add(l, INPUT_FIELD, entry, label, NULL);
	} else {
		n = paths_of_entry(l, f, parts, n_parts, index, &paths);
		list_fields(l, f->fields, f->n_fields, &inside, paths, n);
	}
	add(l, INPUT_CLOSE, entry, STR(""), f);
}

static void list_list(struct listing *l, const struct field *f, struct str name, const struct part *parts, size_t n_parts, bool nested)
{
	size_t n = entries_of(l, f, name, parts, n_parts, nested), i;
	bool first = map_put(l->shown_lists, name, l);

	for (i = 0; i < n && has_room(l, f); i++)
		list_entry(l, f, name, i, parts, n_parts);
	if (first && i < (size_t)f->max && has_room(l, f))
		add(l, INPUT_MORE, name, arena_printf(l->a, "Add %s%.*s", i > 0 ? "another " : "a ",
		    STR_ARG(utf8_lower(l->a, words_entry(l->a, f->name)))), f);
}

static void list_object(struct listing *l, const struct field *f, struct str name, const struct place *at, bool needed, const struct part *parts,
    size_t n_parts)
{
	struct place inside = { .name = arena_printf(l->a, "%.*s.", STR_ARG(name)), .outer = f->name,
		.conditional = at->conditional || (!needed && f->need[STEP_POST] == NEED_REQUIRED_IF),
		.optional = at->optional || (!needed && f->need[STEP_POST] != NEED_REQUIRED) };
	struct str *paths = arena_array_of(l->a, n_parts + f->n_fields, struct str);
	size_t n = 0;

	for (size_t i = 0; i < n_parts; i++)
		if (parts[i].rest.n > 0)
			paths[n++] = parts[i].rest;
	for (size_t i = 0; n_parts > 0 && parts[0].rest.n == 0 && i < f->n_fields; i++)
		paths[n++] = f->fields[i].name;
	list_fields(l, f->fields, f->n_fields, &inside, paths, n);
}

/* "0.birth_date": entry and the rest; a list that is named whole has neither. */
static struct part entry_part(struct str path)
{
	struct part p = { 0 };
	struct str digits;
	int64_t index;

	if (path.n == 0 || !str_split(&path, '.', &digits) || !str_to_i64(digits, &index) || index < 0)
		return p;
	p.index = (size_t)index;
	p.rest = path.p != NULL ? path : (struct str){ "", 0 };
	return p;
}

struct asked {
	const struct listing *l;
	bool all;
};

/* One names the other, or a part of it. */
static bool overlap(struct str x, struct str y)
{
	struct str more = x.n > y.n ? x : y, less = x.n > y.n ? y : x;

	return str_starts(more, less) && (more.n == less.n || more.p[less.n] == '.');
}

static void note_asked(void *ctx, const void *source)
{
	struct str name = fact_name(source);
	struct asked *k = ctx;

	if (!str_starts(name, STR("lead."))) {
		k->all = false;
		return;
	}
	name = (struct str){ name.p + 5, name.n - 5 };
	for (size_t s = 0; s < k->l->step; s++)
		for (size_t i = 0; i < k->l->form->steps[s].n_fields; i++)
			if (overlap(name, k->l->form->steps[s].fields[i]))
				return;
	k->all = false;
}

/* Whether a field that is required_if need be there, when earlier answers have settled that for good. */
enum settled { SETTLED_NOT, SETTLED_NEEDED, SETTLED_NEEDLESS };

static enum settled settled(const struct listing *l, const struct field *f)
{
	struct facts facts = l->facts;
	struct asked k = { l, true };

	if (l->facts.lead == NULL || f->need[STEP_POST] != NEED_REQUIRED_IF)
		return SETTLED_NOT;
	condition_each_source(f->required_if, note_asked, &k);
	if (!k.all)
		return SETTLED_NOT;
	return condition_holds(f->required_if, fact_fetch, &facts) ? SETTLED_NEEDED : SETTLED_NEEDLESS;
}

static void list_field(struct listing *l, const struct field *f, const struct place *at, const struct part *parts, size_t n_parts)
{
	struct str name = arena_printf(l->a, "%.*s%.*s", STR_ARG(at->name), STR_ARG(f->name));
	enum settled how = at->name.n == 0 ? settled(l, f) : SETTLED_NOT;

	if (how == SETTLED_NEEDLESS)
		return;
	if (f->type == FIELD_LIST)
		list_list(l, f, name, parts, n_parts, at->name.n > 0);
	else if (f->type == FIELD_OBJECT)
		list_object(l, f, name, at, how == SETTLED_NEEDED, parts, n_parts);
	else if (l->out->n < INPUTS_MAX)
		add_scalar(l, f, name, at, how == SETTLED_NEEDED);
}

/* paths: dotted, from here. All that lead into one field are taken together, where the first of them stands. */
static void list_fields(struct listing *l, const struct field *fields, size_t n, const struct place *at, const struct str *paths, size_t n_paths)
{
	struct map *done = map_new(l->a);

	for (size_t i = 0; i < n_paths; i++) {
		struct str rest = paths[i], first;
		struct part *parts = arena_array_of(l->a, n_paths, struct part);
		const struct field *f;
		size_t n_parts = 0;

		str_split(&rest, '.', &first);
		f = field_find(fields, n, first);
		if (f == NULL || !map_put(done, f->name, l))
			continue;
		for (size_t k = i; k < n_paths; k++) {
			struct str other = paths[k], name;

			str_split(&other, '.', &name);
			if (!str_eq(name, first))
				continue;
			if (other.p == NULL)
				other = (struct str){ "", 0 };
			parts[n_parts++] = f->type == FIELD_LIST ? entry_part(other) : (struct part){ .rest = other };
		}
		list_field(l, f, at, parts, n_parts);
	}
}

void inputs_list(struct arena *a, const struct form_page *form, const struct visit *v, const struct value *lead, struct inputs *out)
{
	struct listing l = { .a = a, .form = form, .visit = v, .facts = { .lead = lead }, .out = out, .shown_lists = map_new(a) };
	const struct vertical *vertical = form->campaign->vertical;
	struct place top = { .name = STR(""), .outer = STR("") };

	*out = (struct inputs){ .list = arena_array_of(a, INPUTS_MAX + 1, struct input) };
	for (l.step = 0; l.step < form->n_steps; l.step++)
		list_fields(&l, vertical->fields, vertical->n_fields, &top, form->steps[l.step].fields, form->steps[l.step].n_fields);
}

const struct input *inputs_find(const struct inputs *in, struct str name)
{
	for (size_t i = 0; i < in->n; i++)
		if (in->list[i].kind == INPUT_FIELD && str_eq(in->list[i].name, name))
			return &in->list[i];
	return NULL;
}

const struct input *inputs_at(const struct inputs *in, struct str name)
{
	const struct input *own = inputs_find(in, name);

	for (size_t i = 0; own == NULL && name.n > 0 && i < in->n; i++)
		if (in->list[i].kind == INPUT_FIELD && str_starts(in->list[i].name, name) && in->list[i].name.p[name.n] == '.')
			own = &in->list[i];
	return own;
}

/* Puts a text where its name says, in objects and lists that grow as needed. */
static void put(struct arena *a, struct value *root, const struct field *fields, size_t n, struct str name, struct str text)
{
	const struct field *f = NULL;
	struct value *at = root;
	struct str step;
	int64_t index;

	while (str_split(&name, '.', &step)) {
		if (f != NULL && f->type == FIELD_LIST && str_to_i64(step, &index)) {
			while (at->n <= (size_t)index)
				*page_add(a, at) = f->n_fields > 0 ? page_object() : value_text(STR(""));
			at = &at->items[index];
			fields = f->fields;
			n = f->n_fields;
			f = NULL;
			continue;
		}
		f = field_find(fields, n, step);
		if (f == NULL)
			return;
		if (value_get(at, f->name) == NULL)
			page_set(a, at, arena_cstr(a, f->name), f->type == FIELD_LIST ? page_list() : page_object());
		at = (struct value *)(uintptr_t)value_get(at, f->name);
		fields = f->fields;
		n = f->n_fields;
	}
	*at = value_text(text);
}

struct value inputs_lead(struct arena *a, const struct vertical *vertical, const struct inputs *in, const struct value *values)
{
	struct value lead = page_object();

	for (size_t i = 0; i < in->n; i++) {
		const struct value *v = in->list[i].kind == INPUT_FIELD ? value_get(values, in->list[i].name) : NULL;

		if (v != NULL)
			put(a, &lead, vertical->fields, vertical->n_fields, in->list[i].name, value_as_text(v));
	}
	return lead;
}
