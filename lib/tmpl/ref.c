#include "lib/tmpl/ref.h"

#include "lib/base/clock.h"

enum { PATH_MAX_BYTES = 200 };

static bool is_part_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
}

static bool is_path(struct str s)
{
	struct str rest = s, part;

	if (s.n == 0 || s.n > PATH_MAX_BYTES)
		return false;
	while (str_split(&rest, '.', &part)) {
		if (part.n == 0)
			return false;
		for (size_t i = 0; i < part.n; i++)
			if (!is_part_char(part.p[i]))
				return false;
	}
	return true;
}

static bool may_name(const struct compiler *c, struct str path, const char **why_out)
{
	*why_out = "is not known here";
	return c->env->allow == NULL || c->env->allow(c->env->ctx, path, why_out);
}

static void note_path(struct compiler *c, struct str path)
{
	for (size_t i = 0; i < c->n_paths; i++)
		if (str_eq(c->paths[i], path))
			return;
	c->paths = compile_room(c->arena, c->paths, c->n_paths, &c->cap_paths, sizeof(*c->paths));
	c->paths[c->n_paths++] = path;
}

static struct str below(struct arena *a, struct str path, struct str rest)
{
	return rest.n > 0 ? arena_printf(a, "%.*s.%.*s", STR_ARG(path), STR_ARG(rest)) : path;
}

/* What stands in an item, as it is asked for: of a list's entries the first stands for all. */
static struct str asked_in_item(struct arena *a, const struct loop *loop, struct str rest)
{
	return below(a, loop->list && rest.n > 0 ? below(a, loop->asked, STR("0")) : loop->asked, rest);
}

/*
 * An item is the innermost loop's. A section that shows once for a single value is a loop too, but has no members of its own: what
 * it does not know is looked for further out, up to the first loop that is known to go through a list.
 */
static int bind_item(struct compiler *c, struct ref *out)
{
	const char *why, *innermost = NULL;

	for (const struct loop *loop = c->loop; loop != NULL; loop = loop->up, out->level++) {
		out->full = below(c->arena, loop->path, out->path);
		out->asked = asked_in_item(c->arena, loop, out->path);
		if (may_name(c, out->asked, &why))
			return 0;
		if (innermost == NULL)
			innermost = why;
		if (loop->list)
			break;
	}
	return compile_fault(c, "%.*s %s", STR_ARG(below(c->arena, c->loop->path, out->path)), innermost);
}

static int bind(struct compiler *c, struct str root, struct str rest, struct ref *out)
{
	const char *why;

	if (str_is(root, "item") || (str_is(root, "index") && rest.n == 0)) {
		if (c->loop == NULL)
			return compile_fault(c, "%.*s stands outside of $each and sections", STR_ARG(root));
		out->kind = str_is(root, "item") ? REF_ITEM : REF_INDEX;
		out->path = rest;
		out->loose = c->env->allow == NULL;
		return out->kind == REF_ITEM ? bind_item(c, out) : 0;
	}
	if (!may_name(c, out->full, &why))
		return compile_fault(c, "%.*s %s", STR_ARG(out->full), why);
	out->kind = REF_ROOT;
	out->path = out->full;
	if (str_is(out->full, "now"))
		out->kind = REF_NOW;
	if (!str_is(root, "secret"))
		return 0;
	if (rest.n == 0)
		return compile_fault(c, "a secret is named: secret.NAME");
	out->kind = REF_SECRET;
	out->path = rest;
	return 0;
}

int ref_compile(struct compiler *c, struct str text, struct ref *out)
{
	struct str rest = arena_str(c->arena, text), root;

	*out = (struct ref){ .full = rest, .asked = rest };
	if (!is_path(text))
		return compile_fault(c, "\"%.*s\" is not a path such as lead.zip", STR_ARG(compile_shown(text)));
	str_split(&rest, '.', &root);
	if (bind(c, root, rest, out) != 0)
		return -1;
	if (out->kind != REF_INDEX)
		note_path(c, out->full);
	return 0;
}

/* The first entry of a list has a name: that is how a list is known from what is not. */
struct loop ref_loop(const struct compiler *c, const struct ref *ref)
{
	const char *why;
	bool list = c->env->allow != NULL && may_name(c, below(c->arena, ref->asked, STR("0")), &why);

	return (struct loop){ .up = c->loop, .path = ref->full, .asked = ref->asked, .list = list };
}

static const struct value *item_value(const struct render *r, const struct ref *ref)
{
	const struct frame *f = r->frame;

	for (int level = ref->level; level > 0; level--)
		f = f->up;
	if (ref->path.n == 0)
		return f->item;
	while (ref->loose && f->up != NULL && f->item->type != VALUE_OBJECT && f->item->type != VALUE_LIST)
		f = f->up;
	return value_at(f->item, ref->path);
}

static const struct value *made(struct render *r, struct value v)
{
	struct value *out = arena_new_of(r->arena, struct value);

	*out = v;
	return out;
}

const struct value *ref_value(struct render *r, const struct ref *ref)
{
	const struct value *v = NULL;

	switch (ref->kind) {
	case REF_ROOT:
		v = value_at(r->scope->root, ref->path);
		break;
	case REF_ITEM:
		v = item_value(r, ref);
		break;
	case REF_INDEX:
		return made(r, value_int(r->arena, (int64_t)r->frame->index));
	case REF_NOW:
		return made(r, value_text(clock_rfc3339_ms(r->arena, r->scope->now_us)));
	case REF_SECRET:
		v = value_get(r->scope->secrets, ref->path);
		break;
	}
	if (v == NULL || v->type == VALUE_NULL || (v->type == VALUE_TEXT && v->text.n == 0))
		return NULL;
	return v;
}

bool ref_shows(const struct value *v)
{
	if (v == NULL)
		return false;
	return !(v->type == VALUE_BOOL && !v->boolean) && !(v->type == VALUE_LIST && v->n == 0);
}
