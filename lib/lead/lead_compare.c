#include "lib/lead/lead.h"

#include "lib/base/buf.h"

/* Room for the names of the deepest path: FIELD_DEPTH names of 64 bytes, an index behind each. */
enum { NAME_MAX_BYTES = FIELD_DEPTH * (64 + 6), STEPS_MAX = 2 * FIELD_DEPTH + 2 };

struct compare {
	const struct map *used;
	const struct path *base;
	struct faults *faults;
};

static bool is_used(const struct map *used, const struct buf *name)
{
	return map_get(used, buf_str(name)) != NULL;
}

/* Whether the field at this path, or a list or object around it, is among the used, with its indexes or without. */
static bool took_part(const struct compare *c, const struct path *at)
{
	const struct path *steps[STEPS_MAX];
	struct buf indexed, bare;
	size_t n = 0;
	bool found = false;

	if (c->used == NULL)
		return true;
	for (; at != c->base && n < STEPS_MAX; at = at->up)
		steps[n++] = at;
	buf_in(&indexed, c->faults->arena, NAME_MAX_BYTES);
	buf_in(&bare, c->faults->arena, NAME_MAX_BYTES);
	while (n-- > 0 && !found) {
		const char *dot = indexed.n > 0 ? "." : "";

		if (steps[n]->name.p != NULL) {
			buf_addf(&indexed, "%s%.*s", dot, STR_ARG(steps[n]->name));
			buf_addf(&bare, "%s%.*s", dot, STR_ARG(steps[n]->name));
		} else {
			buf_addf(&indexed, "%s%zu", dot, steps[n]->index);
		}
		found = is_used(c->used, &indexed) || is_used(c->used, &bare);
	}
	return found;
}

static int compare_fields(const struct compare *c, const struct field *fields, size_t n, const struct value *ping,
    const struct value *post, const struct path *at);

static const struct value *entry(const struct value *list, size_t i)
{
	return list != NULL && list->type == VALUE_LIST && i < list->n ? &list->items[i] : NULL;
}

static int compare_lists(const struct compare *c, const struct field *f, const struct value *ping, const struct value *post,
    const struct path *at)
{
	int bad = 0;

	for (size_t i = 0; entry(ping, i) != NULL || entry(post, i) != NULL; i++) {
		struct path here = path_index(at, i);

		bad |= compare_fields(c, f->fields, f->n_fields, entry(ping, i), entry(post, i), &here);
	}
	return bad;
}

static int compare_fields(const struct compare *c, const struct field *fields, size_t n, const struct value *ping,
    const struct value *post, const struct path *at)
{
	int bad = 0;

	for (size_t i = 0; i < n; i++) {
		const struct field *f = &fields[i];
		const struct value *was = value_get(ping, f->name), *is = value_get(post, f->name);
		const char *what = was == NULL ? "was not in the ping" : "differs from the ping";
		struct path here = path_member(at, f->name);

		if (f->need[STEP_PING] == NEED_NO || (was == NULL && is == NULL))
			continue;
		if (f->type == FIELD_LIST && f->n_fields > 0)
			bad |= compare_lists(c, f, was, is, &here);
		else if (f->type == FIELD_OBJECT)
			bad |= compare_fields(c, f->fields, f->n_fields, was, is, &here);
		else if ((was == NULL || is == NULL || !value_eq(was, is)) && took_part(c, &here))
			bad = fault_add(c->faults, &here, "ping_mismatch", "%s", what);
	}
	return bad;
}

int lead_compare(const struct vertical *v, const struct value *ping, const struct value *post, const struct map *used,
    const struct path *at, struct faults *f)
{
	const struct compare c = { used, at, f };

	return compare_fields(&c, v->fields, v->n_fields, ping, post, at) != 0 ? -1 : 0;
}
