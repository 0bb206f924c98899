#include "lib/lead/lead.h"

/* A lead in parts: what may be kept in clear and what is sealed, whole again, and masked for people to see. */

static void add(struct value *object, struct str name, struct value v)
{
	object->members[object->n++] = (struct member){ name, v };
}

static struct value room_for(struct arena *a, size_t n)
{
	return value_object(arena_array_of(a, n, struct member), 0);
}

static void split_fields(struct arena *a, const struct field *fields, size_t n, const struct value *object, struct value *clear,
    struct value *pii);

/* Both lists have an entry for each of the whole, so that they keep their index; a pii list in which nothing stands is left out. */
static bool split_list(struct arena *a, const struct field *f, const struct value *list, struct value *clear, struct value *pii)
{
	bool any = false;

	*clear = value_list(arena_array_of(a, list->n, struct value), list->n);
	*pii = value_list(arena_array_of(a, list->n, struct value), list->n);
	for (size_t i = 0; i < list->n; i++) {
		split_fields(a, f->fields, f->n_fields, &list->items[i], &clear->items[i], &pii->items[i]);
		any |= pii->items[i].n > 0;
	}
	return any;
}

static void split_fields(struct arena *a, const struct field *fields, size_t n, const struct value *object, struct value *clear,
    struct value *pii)
{
	size_t members = object->type == VALUE_OBJECT ? object->n : 0;

	*clear = room_for(a, members);
	*pii = room_for(a, members);
	for (size_t i = 0; i < members; i++) {
		const struct member *m = &object->members[i];
		const struct field *f = field_find(fields, n, m->name);
		struct value open, sealed;
		bool any;

		/* A name that the vertical lacks may be anything: it is sealed. */
		if (f == NULL || f->pii) {
			add(pii, m->name, m->value);
			continue;
		}
		if (f->n_fields == 0 || m->value.type < VALUE_LIST) {
			add(clear, m->name, m->value);
			continue;
		}
		if (m->value.type == VALUE_LIST) {
			any = split_list(a, f, &m->value, &open, &sealed);
		} else {
			split_fields(a, f->fields, f->n_fields, &m->value, &open, &sealed);
			any = sealed.n > 0;
		}
		add(clear, m->name, open);
		if (any)
			add(pii, m->name, sealed);
	}
}

void lead_split(struct arena *a, const struct vertical *v, const struct value *lead, struct value *clear_out,
    struct value *pii_out)
{
	split_fields(a, v->fields, v->n_fields, lead, clear_out, pii_out);
}

static struct value join_values(struct arena *a, const struct field *f, const struct value *x, const struct value *y);

static struct value join_fields(struct arena *a, const struct field *fields, size_t n, const struct value *x, const struct value *y)
{
	struct value out = room_for(a, x->n + y->n);

	for (size_t i = 0; i < n; i++) {
		const struct value *vx = value_get(x, fields[i].name), *vy = value_get(y, fields[i].name);

		if (vx != NULL && vy != NULL)
			add(&out, fields[i].name, join_values(a, &fields[i], vx, vy));
		else if (vx != NULL || vy != NULL)
			add(&out, fields[i].name, vx != NULL ? *vx : *vy);
	}
	for (size_t i = 0; i < x->n + y->n; i++) {
		const struct member *m = i < x->n ? &x->members[i] : &y->members[i - x->n];

		if (field_find(fields, n, m->name) == NULL)
			add(&out, m->name, m->value);
	}
	return out;
}

static struct value join_values(struct arena *a, const struct field *f, const struct value *x, const struct value *y)
{
	struct value out;

	if (x->type == VALUE_OBJECT && y->type == VALUE_OBJECT)
		return join_fields(a, f->fields, f->n_fields, x, y);
	if (x->type != VALUE_LIST || y->type != VALUE_LIST)
		return *x;
	out = value_list(NULL, x->n > y->n ? x->n : y->n);
	out.items = arena_array_of(a, out.n, struct value);
	for (size_t i = 0; i < out.n; i++) {
		if (i < x->n && i < y->n)
			out.items[i] = join_values(a, f, &x->items[i], &y->items[i]);
		else
			out.items[i] = i < x->n ? x->items[i] : y->items[i];
	}
	return out;
}

struct value lead_join(struct arena *a, const struct vertical *v, const struct value *clear, const struct value *pii)
{
	const struct value nothing = value_object(NULL, 0);

	return join_fields(a, v->fields, v->n_fields, clear != NULL && clear->type == VALUE_OBJECT ? clear : &nothing,
	    pii != NULL && pii->type == VALUE_OBJECT ? pii : &nothing);
}

/* "+1******0123": the country of a North American number and the last four digits. */
static struct str mask_phone(struct arena *a, struct str s)
{
	size_t head = str_starts(s, STR("+1")) ? 2 : 1;
	char *masked;

	if (s.n < 8 || s.p[0] != '+')
		return STR("***");
	masked = arena_copy(a, s.p, s.n);
	memset(masked + head, '*', s.n - head - 4);
	return (struct str){ masked, s.n };
}

static struct str mask_email(struct arena *a, struct str s)
{
	const char *at = s.n > 0 ? memchr(s.p, '@', s.n) : NULL;

	if (at == NULL || at == s.p)
		return STR("***");
	return arena_printf(a, "%c***%.*s", s.p[0], (int)(s.n - (size_t)(at - s.p)), at);
}

/* Lists and objects keep their shape: what shows them need not know. f is NULL for what the vertical lacks. */
static struct value mask_value(struct arena *a, const struct field *f, const struct value *v)
{
	struct value out = *v;

	if (v->type == VALUE_LIST) {
		out.items = arena_array_of(a, v->n, struct value);
		for (size_t i = 0; i < v->n; i++)
			out.items[i] = mask_value(a, f, &v->items[i]);
	} else if (v->type == VALUE_OBJECT) {
		out.members = arena_array_of(a, v->n, struct member);
		for (size_t i = 0; i < v->n; i++) {
			const struct member *m = &v->members[i];
			const struct field *within = f != NULL ? field_find(f->fields, f->n_fields, m->name) : NULL;

			out.members[i] = (struct member){ m->name, mask_value(a, within, &m->value) };
		}
	} else if (f != NULL && f->type == FIELD_PHONE) {
		out = value_text(mask_phone(a, v->text));
	} else if (f != NULL && f->type == FIELD_EMAIL) {
		out = value_text(mask_email(a, v->text));
	} else {
		out = value_text(STR("***"));
	}
	return out;
}

static struct value mask_fields(struct arena *a, const struct field *fields, size_t n, const struct value *object)
{
	struct value out = room_for(a, object->n);

	for (size_t i = 0; i < object->n; i++) {
		const struct member *m = &object->members[i];
		const struct field *f = field_find(fields, n, m->name);
		struct value v = m->value;

		if (f == NULL || f->pii) {
			v = mask_value(a, f, &m->value);
		} else if (f->n_fields > 0 && v.type == VALUE_OBJECT) {
			v = mask_fields(a, f->fields, f->n_fields, &m->value);
		} else if (f->n_fields > 0 && v.type == VALUE_LIST) {
			v.items = arena_array_of(a, v.n, struct value);
			for (size_t k = 0; k < v.n; k++)
				v.items[k] = mask_fields(a, f->fields, f->n_fields, &m->value.items[k]);
		}
		add(&out, m->name, v);
	}
	return out;
}

struct value lead_mask(struct arena *a, const struct vertical *v, const struct value *lead)
{
	const struct value nothing = value_object(NULL, 0);

	return mask_fields(a, v->fields, v->n_fields, lead != NULL && lead->type == VALUE_OBJECT ? lead : &nothing);
}
