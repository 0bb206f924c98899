#include "lib/tmpl/hole.h"

enum { FILTERS_MAX = 16 };

/* A digest of a secret tells of it too: whatever a secret takes part in is masked. */
static struct str mask_of(struct compiler *c, const struct hole *h)
{
	const struct ref *secret = h->ref.kind == REF_SECRET ? &h->ref : NULL;

	for (size_t i = 0; secret == NULL && i < h->n_calls; i++)
		if (h->calls[i].key.kind == REF_SECRET)
			secret = &h->calls[i].key;
	return secret != NULL ? arena_printf(c->arena, "{{%.*s}}", STR_ARG(secret->full)) : STR("");
}

int hole_compile(struct compiler *c, struct str text, const struct hole **out)
{
	struct hole *h = arena_new_of(c->arena, struct hole);
	struct str rest = text, part;
	size_t filters = 0;
	int bad;

	filter_split(&rest, STR("|"), &part);
	bad = ref_compile(c, part, &h->ref);
	for (struct str ahead = rest; filter_split(&ahead, STR("|"), &part); filters++)
		;
	if (filters > FILTERS_MAX)
		return compile_fault(c, "a hole has at most %d filters", FILTERS_MAX);
	h->calls = arena_array_of(c->arena, filters, struct call);
	while (filter_split(&rest, STR("|"), &part))
		bad |= filter_compile(c, part, &h->calls[h->n_calls++]);
	if (bad != 0)
		return -1;
	h->mask = mask_of(c, h);
	*out = h;
	return 0;
}

bool hole_is_masked(const struct render *r, const struct hole *h)
{
	return r->scope->mask_secrets && h->mask.n > 0;
}

const struct value *hole_value(struct render *r, const struct hole *h)
{
	const struct value *v;

	if (hole_is_masked(r, h))
		return filter_text(r, h->mask);
	v = ref_value(r, &h->ref);
	for (size_t i = 0; i < h->n_calls && r->refused == NULL; i++)
		v = filter_apply(r, &h->calls[i], v);
	if (r->refused != NULL || v == NULL || v->type == VALUE_NULL)
		return NULL;
	return v;
}
