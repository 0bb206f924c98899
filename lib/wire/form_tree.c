/*
 * form_tree: dotted names into a tree. Names may come in any order, so a tree of nodes is grown first; which nodes are lists, and
 * whether their indices leave no gap, is known when the last name is in.
 */
#include "lib/wire/form.h"

struct node {
	struct str name;         /* the step that leads here */
	const struct str *leaf;  /* NULL: a branch */
	struct node *first, *last, *next;
	size_t n;                /* children */
};

static struct node *child(struct arena *a, struct node *parent, struct str name)
{
	struct node *node;

	for (node = parent->first; node != NULL; node = node->next)
		if (str_eq(node->name, name))
			return node;
	node = arena_new_of(a, struct node);
	node->name = name;
	if (parent->last != NULL)
		parent->last->next = node;
	else
		parent->first = node;
	parent->last = node;
	parent->n++;
	return node;
}

static int grow(struct arena *a, struct node *root, const struct form_pair *pair, struct err *e)
{
	struct node *node = root;
	struct str rest = pair->name, step;
	int depth = 0;

	while (str_split(&rest, '.', &step)) {
		if (++depth > FORM_DEPTH_MAX)
			return err_set(e, ERR_MALFORMED, "form: a name of more than %d parts", FORM_DEPTH_MAX);
		if (step.n == 0)
			return err_set(e, ERR_MALFORMED, "form: a name with an empty part");
		if (node->leaf != NULL)
			return err_set(e, ERR_MALFORMED, "form: a name stands for a text and for members");
		node = child(a, node, step);
	}
	if (node->leaf != NULL)
		return err_set(e, ERR_MALFORMED, "form: a name twice");
	if (node->first != NULL)
		return err_set(e, ERR_MALFORMED, "form: a name stands for a text and for members");
	node->leaf = &pair->value;
	return 0;
}

/* An index as a list counts: digits without leading zeros. */
static bool is_index(struct str s, size_t *out)
{
	int64_t i;

	if (s.p[0] == '-' || (s.n > 1 && s.p[0] == '0') || !str_to_i64(s, &i))
		return false;
	*out = (size_t)i;
	return true;
}

static int build(struct arena *a, const struct node *node, struct value *out, struct err *e);

static int build_list(struct arena *a, const struct node *node, struct value *out, struct err *e)
{
	struct value *items = arena_array_of(a, node->n, struct value);
	size_t i;

	/* n children whose names are n different indices below n: no gap, and none twice. */
	for (const struct node *c = node->first; c != NULL; c = c->next) {
		if (!is_index(c->name, &i))
			return err_set(e, ERR_MALFORMED, "form: names and indices side by side");
		if (i >= node->n)
			return err_set(e, ERR_MALFORMED, "form: a list with a gap");
		if (build(a, c, &items[i], e) != 0)
			return -1;
	}
	*out = value_list(items, node->n);
	return 0;
}

static int build_object(struct arena *a, const struct node *node, struct value *out, struct err *e)
{
	struct member *members = arena_array_of(a, node->n, struct member), *m = members;
	size_t i;

	for (const struct node *c = node->first; c != NULL; c = c->next, m++) {
		if (is_index(c->name, &i))
			return err_set(e, ERR_MALFORMED, "form: names and indices side by side");
		m->name = c->name;
		if (build(a, c, &m->value, e) != 0)
			return -1;
	}
	*out = value_object(members, node->n);
	return 0;
}

static int build(struct arena *a, const struct node *node, struct value *out, struct err *e)
{
	size_t i;

	if (node->leaf != NULL) {
		*out = value_text(*node->leaf);
		return 0;
	}
	if (node->first != NULL && is_index(node->first->name, &i))
		return build_list(a, node, out, e);
	return build_object(a, node, out, e);
}

int form_to_value(struct arena *a, const struct form *f, struct value *out, struct err *e)
{
	struct node root = { .name = STR_INIT("") };

	for (size_t i = 0; i < f->n; i++)
		if (grow(a, &root, &f->pairs[i], e) != 0)
			return -1;
	return build_object(a, &root, out, e);
}
