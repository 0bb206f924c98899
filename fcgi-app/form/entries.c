#include "fcgi-app/form/entries.h"

#include "lib/base/utf8.h"

static bool is_asked(const struct walk *w, size_t step, struct str name)
{
	for (size_t i = 0; i < w->inputs.n; i++)
		if (w->inputs.list[i].kind == INPUT_FIELD && w->inputs.list[i].step == step && str_eq(w->inputs.list[i].name, name))
			return true;
	return false;
}

void entries_take(struct walk *w, const struct form *sent, size_t step)
{
	struct arena *a = w->q->arena;
	const struct value *had = &w->visit.values;
	struct value now = value_object(arena_array_of(a, had->n + w->inputs.n, struct member), 0);

	for (size_t i = 0; i < had->n; i++)
		if (!is_asked(w, step, had->members[i].name))
			now.members[now.n++] = had->members[i];
	for (size_t i = 0; i < w->inputs.n; i++) {
		const struct input *in = &w->inputs.list[i];
		struct str typed;

		if (in->kind != INPUT_FIELD || in->step != step)
			continue;
		typed = str_trim(utf8_slice(form_text(sent, arena_printf(a, "lead.%.*s", STR_ARG(in->name)).p), 0, VISIT_VALUE_MAX));
		if (typed.n > 0)
			now.members[now.n++] = (struct member){ in->name, value_text(typed) };
	}
	w->visit.values = now;
}

/* "drivers.2.gender" within "drivers": entry 2, and what follows it (p NULL: nothing); false when it stands elsewhere. */
static bool split_entry(struct str name, struct str list, int64_t *index_out, struct str *rest_out)
{
	struct str rest, digits;

	if (!str_starts(name, list) || name.n < list.n + 2 || name.p[list.n] != '.')
		return false;
	rest = (struct str){ name.p + list.n + 1, name.n - list.n - 1 };
	str_split(&rest, '.', &digits);
	*rest_out = rest;
	return str_to_i64(digits, index_out) && *index_out >= 0;
}

static size_t entries_shown(const struct walk *w, struct str list)
{
	struct str rest;
	int64_t index;
	size_t n = 0;

	for (size_t i = 0; i < w->inputs.n; i++)
		if (w->inputs.list[i].kind == INPUT_OPEN && split_entry(w->inputs.list[i].name, list, &index, &rest) && (size_t)index + 1 > n)
			n = (size_t)index + 1;
	return n;
}

static void set_count(struct walk *w, struct str list, size_t n)
{
	struct value count = value_int(w->q->arena, (int64_t)n);

	w->visit.counts = visit_with(w->q->arena, &w->visit.counts, list, &count);
}

void entries_add(struct walk *w, struct str list)
{
	for (size_t i = 0; i < w->inputs.n; i++)
		if (w->inputs.list[i].kind == INPUT_MORE && str_eq(w->inputs.list[i].name, list)) {
			size_t n = entries_shown(w, list);

			set_count(w, list, n + 1);
			w->begin_at = arena_printf(w->q->arena, "%.*s.%zu", STR_ARG(list), n);
			return;
		}
}

/* Without what stands in entry `gone` of the list; the names of what stands behind it are one less. */
static struct value without_entry(struct arena *a, const struct value *object, struct str list, int64_t gone)
{
	struct value out = value_object(arena_array_of(a, object->n, struct member), 0);

	for (size_t i = 0; i < object->n; i++) {
		struct member m = object->members[i];
		struct str rest;
		int64_t index;

		if (split_entry(m.name, list, &index, &rest) && index >= gone) {
			if (index == gone)
				continue;
			m.name = arena_printf(a, "%.*s.%lld%s%.*s", STR_ARG(list), (long long)index - 1, rest.p != NULL ? "." : "", STR_ARG(rest));
		}
		out.members[out.n++] = m;
	}
	return out;
}

void entries_remove(struct walk *w, struct str entry)
{
	const char *dot = entry.n > 0 ? memrchr(entry.p, '.', entry.n) : NULL;
	struct str list = { entry.p, dot != NULL ? (size_t)(dot - entry.p) : 0 }, rest;
	bool shown = false;
	int64_t index;
	size_t n;

	for (size_t i = 0; i < w->inputs.n; i++)
		shown |= w->inputs.list[i].kind == INPUT_OPEN && w->inputs.list[i].may_go && str_eq(w->inputs.list[i].name, entry);
	if (!shown || dot == NULL || !split_entry(entry, list, &index, &rest))
		return;
	n = entries_shown(w, list);
	w->visit.values = without_entry(w->q->arena, &w->visit.values, list, index);
	w->visit.counts = without_entry(w->q->arena, &w->visit.counts, list, index);
	set_count(w, list, n - 1);
}
