#include "lib/tmpl/tree.h"

#include "lib/wire/json.h"

enum tree_kind { TREE_CONSTANT, TREE_HOLE, TREE_TEXT, TREE_LIST, TREE_OBJECT, TREE_EACH };

struct tree {
	enum tree_kind kind;
	union {
		const struct value *constant;
		const struct hole *hole;     /* alone, so that its type is kept */
		const struct program *text;
		const struct ref *each;
		const struct str *names;     /* TREE_OBJECT */
	};
	struct tree *trees;                  /* entries, members, or the one $item */
	size_t n;
};

static int compile_tree(struct compiler *c, const struct value *v, const struct path *at, struct tree *out);

static void compile_constant(struct compiler *c, const struct value *v, struct tree *out)
{
	struct value *copy = arena_new_of(c->arena, struct value);

	*copy = value_copy(c->arena, v);
	*out = (struct tree){ .kind = TREE_CONSTANT, .constant = copy };
}

static int compile_text(struct compiler *c, const struct value *v, struct tree *out)
{
	struct program *text = arena_new_of(c->arena, struct program);

	if (program_compile(c, v->text, text) != 0)
		return -1;
	if (program_lone_hole(text) != NULL)
		*out = (struct tree){ .kind = TREE_HOLE, .hole = program_lone_hole(text) };
	else if (text->n > 1)
		*out = (struct tree){ .kind = TREE_TEXT, .text = text };
	else
		compile_constant(c, v, out);
	return 0;
}

static int compile_list(struct compiler *c, const struct value *v, const struct path *at, struct tree *out)
{
	int bad = 0;

	out->kind = TREE_LIST;
	out->n = v->n;
	out->trees = arena_array_of(c->arena, v->n, struct tree);
	for (size_t i = 0; i < v->n; i++) {
		struct path here = path_index(at, i);

		bad |= compile_tree(c, &v->items[i], &here, &out->trees[i]);
	}
	return bad;
}

/* {"$each": path, "$item": tree} and nothing else. */
static int compile_each(struct compiler *c, const struct value *v, const struct path *at, struct tree *out)
{
	const struct value *each = value_get(v, STR("$each")), *item = value_get(v, STR("$item"));
	struct path at_each = path_member(at, STR("$each")), at_item = path_member(at, STR("$item"));
	struct ref *ref = arena_new_of(c->arena, struct ref);
	const struct path *before = c->at;
	struct loop loop;
	int bad;

	if (each == NULL || item == NULL || v->n != 2)
		return compile_fault(c, "$each and $item stand together, and alone");
	out->kind = TREE_EACH;
	out->each = ref;
	out->trees = arena_new_of(c->arena, struct tree);
	c->at = &at_each;
	bad = each->type == VALUE_TEXT ? ref_compile(c, str_trim(each->text), ref) :
	    compile_fault(c, "$each is a path such as lead.drivers");
	c->at = before;
	if (each->type != VALUE_TEXT)
		return bad;
	loop = ref_loop(c, ref);
	c->loop = &loop;
	bad |= compile_tree(c, item, &at_item, out->trees);
	c->loop = loop.up;
	return bad;
}

static int compile_object(struct compiler *c, const struct value *v, const struct path *at, struct tree *out)
{
	struct str *names;
	int bad = 0;

	if (value_get(v, STR("$each")) != NULL || value_get(v, STR("$item")) != NULL)
		return compile_each(c, v, at, out);
	if (value_get(v, STR("$json")) != NULL || value_get(v, STR("$xml")) != NULL)
		return compile_fault(c, "$json and $xml stand where a form's value does");
	out->kind = TREE_OBJECT;
	out->n = v->n;
	out->trees = arena_array_of(c->arena, v->n, struct tree);
	out->names = names = arena_array_of(c->arena, v->n, struct str);
	for (size_t i = 0; i < v->n; i++) {
		struct path here = path_member(at, v->members[i].name);

		c->at = &here;
		names[i] = arena_str(c->arena, v->members[i].name);
		if (str_contains(names[i], STR("{{")))
			bad |= compile_fault(c, "a name takes no holes");
		bad |= compile_tree(c, &v->members[i].value, &here, &out->trees[i]);
	}
	return bad;
}

static int compile_tree(struct compiler *c, const struct value *v, const struct path *at, struct tree *out)
{
	const struct path *before = c->at;
	int bad = 0;

	c->at = at;
	switch (v->type) {
	case VALUE_TEXT:
		bad = compile_text(c, v, out);
		break;
	case VALUE_LIST:
		bad = compile_list(c, v, at, out);
		break;
	case VALUE_OBJECT:
		bad = compile_object(c, v, at, out);
		break;
	default:
		compile_constant(c, v, out);
		break;
	}
	c->at = before;
	return bad;
}

int tree_compile(struct compiler *c, const struct value *v, const struct tree **out)
{
	struct tree *t = arena_new_of(c->arena, struct tree);

	*out = t;
	return compile_tree(c, v, c->at, t);
}

static enum tmpl_result write_tree(struct render *r, const struct tree *t, bool omit);

/* Takes back what was written behind a mark. */
static void take_back(struct buf *b, size_t mark)
{
	b->n = mark;
	if (b->p != NULL)
		b->p[mark] = '\0';
}

/*
 * One entry or member, with the comma before it: *first says whether there was none yet. What is absent is taken back.
 */
static enum tmpl_result write_one(struct render *r, const struct tree *t, const struct str *name, bool omit, bool *first)
{
	size_t mark = r->out->n;
	enum tmpl_result result;

	if (!*first)
		buf_add_char(r->out, ',');
	if (name != NULL) {
		json_quote(r->out, *name);
		buf_add_char(r->out, ':');
	}
	result = write_tree(r, t, omit);
	if (result == TMPL_ABSENT) {
		take_back(r->out, mark);
		return TMPL_DONE;
	}
	*first = false;
	return result;
}

static enum tmpl_result write_many(struct render *r, const struct tree *t, bool omit)
{
	enum tmpl_result result = TMPL_DONE;
	bool first = true;

	buf_add_char(r->out, t->kind == TREE_OBJECT ? '{' : '[');
	for (size_t i = 0; i < t->n && result == TMPL_DONE; i++)
		result = write_one(r, &t->trees[i], t->kind == TREE_OBJECT ? &t->names[i] : NULL, omit, &first);
	buf_add_char(r->out, t->kind == TREE_OBJECT ? '}' : ']');
	return result;
}

static enum tmpl_result write_each(struct render *r, const struct tree *t, bool omit)
{
	const struct value *v = ref_value(r, t->each);
	struct frame frame = { .up = r->frame };
	enum tmpl_result result = TMPL_DONE;
	size_t n = v == NULL ? 0 : v->type == VALUE_LIST ? v->n : 1;
	bool first = true;

	if (v == NULL && omit)
		return TMPL_ABSENT;
	buf_add_char(r->out, '[');
	r->frame = &frame;
	for (size_t i = 0; i < n && result == TMPL_DONE; i++) {
		frame.item = v->type == VALUE_LIST ? &v->items[i] : v;
		frame.index = i + 1;
		result = render_step(r) ? write_one(r, t->trees, NULL, omit, &first) : TMPL_FULL;
	}
	r->frame = frame.up;
	buf_add_char(r->out, ']');
	return result;
}

static enum tmpl_result write_hole(struct render *r, const struct tree *t, bool omit)
{
	const struct value *v = render_step(r) ? hole_value(r, t->hole) : NULL;

	if (r->steps > TMPL_STEPS_MAX)
		return TMPL_FULL;
	if (r->refused != NULL)
		return TMPL_REFUSED;
	if (v == NULL && omit)
		return TMPL_ABSENT;
	if (v == NULL)
		buf_add_cstr(r->out, "\"\"");
	else
		json_write(r->out, v);
	return TMPL_DONE;
}

static enum tmpl_result write_text(struct render *r, const struct tree *t, bool omit)
{
	struct buf *out = r->out, text;
	enum tmpl_result result;

	if (omit && program_is_absent(r, t->text))
		return TMPL_ABSENT;
	buf_in(&text, r->arena, out->limit);
	r->out = &text;
	result = program_render(r, t->text);
	r->out = out;
	json_quote(out, buf_str(&text));
	return result;
}

static enum tmpl_result write_tree(struct render *r, const struct tree *t, bool omit)
{
	enum tmpl_result result = TMPL_DONE;

	switch (t->kind) {
	case TREE_CONSTANT:
		json_write(r->out, t->constant);
		break;
	case TREE_HOLE:
		result = write_hole(r, t, omit);
		break;
	case TREE_TEXT:
		result = write_text(r, t, omit);
		break;
	case TREE_EACH:
		result = write_each(r, t, omit);
		break;
	default:
		result = write_many(r, t, omit);
		break;
	}
	return result == TMPL_DONE && r->out->overflow ? TMPL_FULL : result;
}

enum tmpl_result tree_render(struct render *r, const struct tree *t, bool omit_empty)
{
	return write_tree(r, t, omit_empty);
}
