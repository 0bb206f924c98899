#include "lib/tmpl/tmpl.h"

#include "lib/tmpl/tree.h"

struct tmpl {
	enum tmpl_kind kind;
	bool omit_empty;
	struct program text;
	const struct tree *tree;   /* TMPL_JSON */
	const struct str *paths;
	size_t n_paths;
};

static struct compiler compiler(struct arena *a, enum tmpl_kind kind, const struct tmpl_env *env, const struct path *at,
    struct faults *f)
{
	static const struct tmpl_env none = { 0 };

	return (struct compiler){ .arena = a, .kind = kind, .env = env != NULL ? env : &none, .faults = f, .at = at };
}

static int finish(const struct compiler *c, struct tmpl *t, int bad, const struct tmpl **out)
{
	if (bad != 0)
		return -1;
	t->kind = c->kind;
	t->omit_empty = c->env->omit_empty;
	t->paths = c->paths;
	t->n_paths = c->n_paths;
	*out = t;
	return 0;
}

int tmpl_compile(struct arena *a, enum tmpl_kind kind, struct str text, const struct tmpl_env *env, const struct path *at,
    struct faults *f, const struct tmpl **out)
{
	struct compiler c = compiler(a, kind, env, at, f);
	struct tmpl *t = arena_new_of(a, struct tmpl);
	struct value v = value_text(text);

	if (kind == TMPL_JSON)
		return tmpl_compile_json(a, &v, env, at, f, out);
	return finish(&c, t, program_compile(&c, text, &t->text), out);
}

int tmpl_compile_json(struct arena *a, const struct value *tree, const struct tmpl_env *env, const struct path *at,
    struct faults *f, const struct tmpl **out)
{
	struct compiler c = compiler(a, TMPL_JSON, env, at, f);
	struct tmpl *t = arena_new_of(a, struct tmpl);

	return finish(&c, t, tree_compile(&c, tree, &t->tree), out);
}

/* A body and a URL are there whatever is absent in them. */
static bool may_be_absent(const struct tmpl *t)
{
	return t->omit_empty && (t->kind == TMPL_HEADER || t->kind == TMPL_FORM);
}

static enum tmpl_result ended(const struct render *r, enum tmpl_result result, struct err *e)
{
	if (r->refused != NULL)
		result = TMPL_REFUSED;
	if (result == TMPL_REFUSED)
		err_set(e, ERR_INVALID, "%s", r->refused);
	if (result == TMPL_FULL)
		err_set(e, ERR_TOO_LARGE, r->steps > TMPL_STEPS_MAX ? "has too many entries" : "is too long");
	return result;
}

enum tmpl_result tmpl_render(struct arena *a, const struct tmpl *t, const struct tmpl_scope *scope, struct buf *out, struct err *e)
{
	struct render r = { .arena = a, .scope = scope, .out = out };
	enum tmpl_result result;

	if (t->kind == TMPL_JSON)
		result = tree_render(&r, t->tree, t->omit_empty);
	else if (may_be_absent(t) && program_is_absent(&r, &t->text))
		result = TMPL_ABSENT;
	else
		result = program_render(&r, &t->text);
	return ended(&r, result, e);
}

static enum tmpl_result one_value(struct render *r, struct str s, struct str **out, size_t *n_out)
{
	*out = arena_new_of(r->arena, struct str);
	**out = s;
	*n_out = 1;
	return r->refused == NULL ? TMPL_DONE : TMPL_REFUSED;
}

static enum tmpl_result hole_values(struct render *r, const struct hole *h, bool omit, struct str **out, size_t *n_out)
{
	const struct value *v = hole_value(r, h);

	if (r->refused != NULL)
		return TMPL_REFUSED;
	if (v == NULL)
		return omit ? TMPL_ABSENT : one_value(r, STR(""), out, n_out);
	if (v->type != VALUE_LIST)
		return one_value(r, filter_as_text(r, v), out, n_out);
	*out = arena_array_of(r->arena, v->n, struct str);
	for (*n_out = 0; *n_out < v->n; ++*n_out)
		(*out)[*n_out] = filter_as_text(r, &v->items[*n_out]);
	return r->refused == NULL ? TMPL_DONE : TMPL_REFUSED;
}

enum tmpl_result tmpl_render_values(struct arena *a, const struct tmpl *t, const struct tmpl_scope *scope, struct str **out,
    size_t *n_out, struct err *e)
{
	struct render r = { .arena = a, .scope = scope };
	enum tmpl_result result;
	struct buf b;

	*out = NULL;
	*n_out = 0;
	if (t->kind == TMPL_FORM && program_lone_hole(&t->text) != NULL)
		return ended(&r, hole_values(&r, program_lone_hole(&t->text), t->omit_empty, out, n_out), e);
	buf_in(&b, a, TMPL_VALUE_MAX);
	result = tmpl_render(a, t, scope, &b, e);
	return result == TMPL_DONE ? one_value(&r, buf_str(&b), out, n_out) : result;
}

void tmpl_each_path(const struct tmpl *t, void (*fn)(void *ctx, struct str path), void *ctx)
{
	for (size_t i = 0; i < t->n_paths; i++)
		fn(ctx, t->paths[i]);
}
