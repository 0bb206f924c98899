#include "lib/lead/condition.h"

#include <stdlib.h>

#include "lib/base/err.h"
#include "lib/base/pattern.h"
#include "lib/lead/members.h"

/* Up to this many values of `in` are compared one by one; more are looked up. */
enum { SCAN_MAX = 8 };

enum kind { KIND_LEAF, KIND_ALL, KIND_ANY, KIND_NOT };

/* A value to compare with, read once. Its text stands for all but numbers that are spelt differently (1 and 1.0). */
struct operand {
	struct str text;
	double number;
	bool is_number; /* a JSON number: compared with numbers as one */
};

struct condition {
	enum kind kind;
	enum op op;
	size_t n;                      /* kids or operands */
	const struct condition *kids;  /* ALL, ANY; NOT has one */
	const void *source;
	const struct operand *operands; /* eq, ne, prefix, contains: one; in, not_in: n of up to SCAN_MAX */
	const struct map *texts;       /* in, not_in of more; in_list */
	const double *numbers;         /* in, not_in of more: the n numbers, sorted */
	double low, high;              /* lt, le, gt, ge, between */
	const struct pattern *pattern;
};

static const char *const op_names[OP__N + 1] = {
	"eq", "ne", "in", "not_in", "lt", "le", "gt", "ge", "between", "exists", "missing", "prefix", "contains", "matches",
	"in_list", NULL
};

struct compile {
	struct arena *arena;
	const struct condition_env *env;
	struct faults *faults;
	size_t leaves;
};

/* value_as_number, with a short way for what most fields hold: a few digits. */
static bool number_of(const struct value *v, double *out)
{
	int64_t n = 0;
	size_t i;

	if (v->type != VALUE_NUMBER && v->type != VALUE_TEXT)
		return false;
	for (i = 0; i < v->text.n && i < 15 && v->text.p[i] >= '0' && v->text.p[i] <= '9'; i++)
		n = n * 10 + (v->text.p[i] - '0');
	if (i == 0 || i < v->text.n)
		return value_as_number(v, out);
	*out = (double)n;
	return true;
}

static bool is_scalar(const struct value *v)
{
	return v->type == VALUE_TEXT || v->type == VALUE_NUMBER || v->type == VALUE_BOOL;
}

static struct operand operand_of(const struct value *v)
{
	struct operand o = { value_as_text(v), 0, false };

	o.is_number = v->type == VALUE_NUMBER && number_of(v, &o.number);
	return o;
}

static int number_order(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* The values of a long `in`: a map of their texts, and the numbers sorted. */
static void index_values(struct arena *a, const struct value *list, struct condition *out)
{
	struct map *texts = map_new(a);
	double *numbers = arena_array_of(a, list->n, double);
	size_t i;

	out->n = 0;
	for (i = 0; i < list->n; i++) {
		struct operand o = operand_of(&list->items[i]);

		map_put(texts, o.text, out);
		if (o.is_number)
			numbers[out->n++] = o.number;
	}
	qsort(numbers, out->n, sizeof(numbers[0]), number_order);
	out->texts = texts;
	out->numbers = numbers;
}

static int compile_values(struct compile *c, const struct value *v, const struct path *at, struct condition *out)
{
	static const struct member_rule rule = { .type = MEMBER_LIST, .min = 1 };
	struct operand *operands;
	size_t i;
	int bad = 0;

	if (member_check(v, &rule, at, c->faults) != 0)
		return -1;
	for (i = 0; i < v->n; i++) {
		struct path here = path_index(at, i);

		if (!is_scalar(&v->items[i]))
			bad = fault_add(c->faults, &here, "invalid_field", "must be a text, a number or a boolean");
	}
	if (bad != 0)
		return -1;
	if (v->n > SCAN_MAX) {
		index_values(c->arena, v, out);
		return 0;
	}
	operands = arena_array_of(c->arena, v->n, struct operand);
	for (i = 0; i < v->n; i++)
		operands[i] = operand_of(&v->items[i]);
	out->operands = operands;
	out->n = v->n;
	return 0;
}

static int compile_range(struct compile *c, const struct value *v, const struct path *at, struct condition *out)
{
	if (v->type != VALUE_LIST || v->n != 2 || !number_of(&v->items[0], &out->low) || !number_of(&v->items[1], &out->high))
		return fault_add(c->faults, at, "invalid_field", "must be a list of two numbers, [low, high]");
	if (out->low > out->high)
		return fault_add(c->faults, at, "invalid_field", "low must not be above high");
	return 0;
}

static int compile_pattern(struct compile *c, const struct value *v, const struct path *at, struct condition *out)
{
	struct err e;

	if (v->type != VALUE_TEXT)
		return fault_add(c->faults, at, "invalid_field", "must be a pattern (a text)");
	if (pattern_compile(c->arena, v->text, false, &out->pattern, &e) != 0)
		return fault_add(c->faults, at, "invalid_field", "%s", e.msg);
	return 0;
}

static int compile_list(struct compile *c, const struct value *v, const struct path *at, struct condition *out)
{
	if (c->env->lists == NULL)
		return fault_add(c->faults, at, "invalid_field", "in_list cannot be used here");
	if (v->type != VALUE_TEXT)
		return fault_add(c->faults, at, "invalid_field", "must be the name of a list");
	out->texts = map_get(c->env->lists, v->text);
	if (out->texts == NULL)
		return fault_add(c->faults, at, "unknown_reference", "no list has this name");
	return 0;
}

static int compile_scalar(struct compile *c, const struct value *v, const struct path *at, struct condition *out)
{
	bool text_only = out->op == OP_PREFIX || out->op == OP_CONTAINS;
	struct operand *operand;

	if (text_only ? v->type != VALUE_TEXT : !is_scalar(v))
		return fault_add(c->faults, at, "invalid_field", "must be a text%s", text_only ? "" : ", a number or a boolean");
	operand = arena_new_of(c->arena, struct operand);
	*operand = operand_of(v);
	out->operands = operand;
	out->n = 1;
	return 0;
}

static int compile_operand(struct compile *c, const struct value *leaf, const struct path *up, struct condition *out)
{
	const struct value *v = members_get(leaf, "value");
	struct path at = path_member(up, STR("value"));
	struct value copy;

	if (out->op == OP_EXISTS || out->op == OP_MISSING) {
		/* "value": true says nothing more than the op does. */
		if (v == NULL || (v->type == VALUE_BOOL && v->boolean))
			return 0;
		return fault_add(c->faults, &at, "invalid_field", "%s takes no value", op_names[out->op]);
	}
	if (v == NULL)
		return fault_add(c->faults, &at, "missing_field", "is required by %s", op_names[out->op]);
	/* What is compiled outlives the document. */
	copy = value_copy(c->arena, v);
	v = &copy;
	switch (out->op) {
	case OP_IN:
	case OP_NOT_IN:
		return compile_values(c, v, &at, out);
	case OP_LT:
	case OP_LE:
	case OP_GT:
	case OP_GE:
		return number_of(v, &out->low) ? 0 : fault_add(c->faults, &at, "invalid_field", "must be a number");
	case OP_BETWEEN:
		return compile_range(c, v, &at, out);
	case OP_MATCHES:
		return compile_pattern(c, v, &at, out);
	case OP_IN_LIST:
		return compile_list(c, v, &at, out);
	default:
		return compile_scalar(c, v, &at, out);
	}
}

static int compile_leaf(struct compile *c, const struct value *doc, const struct path *at, struct condition *out)
{
	static const struct member_rule rule = { .type = MEMBER_CHOICE, .choices = op_names };
	const struct value *op = members_get(doc, "op");
	struct path op_at = path_member(at, STR("op"));
	int bad;

	if (++c->leaves > CONDITION_LEAVES)
		return fault_add(c->faults, at, "invalid_field", "more than %d comparisons in one condition", CONDITION_LEAVES);
	out->kind = KIND_LEAF;
	bad = c->env->source(c->env->ctx, c->arena, doc, at, c->faults, &out->source);
	if (op == NULL)
		return fault_add(c->faults, &op_at, "missing_field", "is required, or one of \"all\", \"any\", \"not\" instead");
	if (member_check(op, &rule, &op_at, c->faults) != 0)
		return -1;
	out->op = members_choice(doc, "op", op_names, OP_EQ);
	bad |= compile_operand(c, doc, at, out);
	return bad != 0 ? -1 : 0;
}

static int compile_node(struct compile *c, const struct value *doc, const struct path *at, int depth, struct condition *out);

static int compile_kids(struct compile *c, const struct value *kids, size_t n, const struct path *at, int depth,
    struct condition *out)
{
	struct condition *list = arena_array_of(c->arena, n, struct condition);
	size_t i;
	int bad = 0;

	for (i = 0; i < n; i++) {
		struct path here = path_index(at, i);

		bad |= compile_node(c, &kids[i], out->kind == KIND_NOT ? at : &here, depth + 1, &list[i]);
	}
	out->kids = list;
	out->n = n;
	return bad;
}

static int compile_group(struct compile *c, const struct value *doc, const struct member *m, const struct path *up, int depth,
    struct condition *out)
{
	struct member_rule rule = { .type = MEMBER_LIST, .min = out->kind == KIND_ANY ? 1 : 0 };
	struct path at = path_member(up, m->name);
	size_t i;
	int bad = 0;

	for (i = 0; i < doc->n; i++) {
		struct path other = path_member(up, doc->members[i].name);

		if (&doc->members[i] != m)
			bad = fault_add(c->faults, &other, "unknown_member", "cannot stand beside \"%.*s\"", STR_ARG(m->name));
	}
	if (depth > CONDITION_DEPTH)
		return fault_add(c->faults, &at, "invalid_field", "more than %d groups within each other", CONDITION_DEPTH);
	if (out->kind == KIND_NOT)
		return bad | compile_kids(c, &m->value, 1, &at, depth, out);
	if (member_check(&m->value, &rule, &at, c->faults) != 0)
		return -1;
	return bad | compile_kids(c, m->value.items, m->value.n, &at, depth, out);
}

static int compile_node(struct compile *c, const struct value *doc, const struct path *at, int depth, struct condition *out)
{
	static const struct {
		const char *name;
		enum kind kind;
	} groups[] = { { "all", KIND_ALL }, { "any", KIND_ANY }, { "not", KIND_NOT } };
	size_t i, k;

	if (doc == NULL || doc->type != VALUE_OBJECT)
		return fault_add(c->faults, at, "invalid_field", "must be a condition (an object)");
	for (i = 0; i < doc->n; i++)
		for (k = 0; k < sizeof(groups) / sizeof(groups[0]); k++)
			if (str_is(doc->members[i].name, groups[k].name)) {
				out->kind = groups[k].kind;
				return compile_group(c, doc, &doc->members[i], at, depth, out);
			}
	return compile_leaf(c, doc, at, out);
}

int condition_compile(struct arena *a, const struct value *doc, const struct path *at, const struct condition_env *env,
    struct faults *f, const struct condition **out)
{
	struct compile c = { a, env, f, 0 };
	struct condition *root = arena_new_of(a, struct condition);

	*out = NULL;
	if (compile_node(&c, doc, at, 1, root) != 0)
		return -1;
	*out = root;
	return 0;
}

static bool equals(const struct operand *o, const struct value *v, struct str text)
{
	double d;

	if (str_eq(o->text, text))
		return true;
	return o->is_number && v->type == VALUE_NUMBER && number_of(v, &d) && d == o->number;
}

static bool among(const struct condition *c, const struct value *v)
{
	struct str text = value_as_text(v);
	double d;
	size_t i;

	if (c->texts == NULL) {
		for (i = 0; i < c->n; i++)
			if (equals(&c->operands[i], v, text))
				return true;
		return false;
	}
	if (map_get(c->texts, text) != NULL)
		return true;
	return c->n > 0 && v->type == VALUE_NUMBER && number_of(v, &d) &&
	    bsearch(&d, c->numbers, c->n, sizeof(d), number_order) != NULL;
}

static bool has_part(const struct condition *c, const struct value *v)
{
	size_t i;

	if (v->type != VALUE_LIST)
		return str_contains(value_as_text(v), c->operands->text);
	for (i = 0; i < v->n; i++)
		if (is_scalar(&v->items[i]) && str_eq(value_as_text(&v->items[i]), c->operands->text))
			return true;
	return false;
}

static bool compares(const struct condition *c, const struct value *v)
{
	double d;

	if (!number_of(v, &d))
		return false;
	switch (c->op) {
	case OP_LT:
		return d < c->low;
	case OP_LE:
		return d <= c->low;
	case OP_GT:
		return d > c->low;
	case OP_GE:
		return d >= c->low;
	default:
		return d >= c->low && d <= c->high;
	}
}

static bool leaf_holds(const struct condition *c, const struct value *v)
{
	if (v == NULL || v->type == VALUE_NULL)
		return c->op == OP_MISSING || c->op == OP_NE || c->op == OP_NOT_IN;
	switch (c->op) {
	case OP_EQ:
		return equals(c->operands, v, value_as_text(v));
	case OP_NE:
		return !equals(c->operands, v, value_as_text(v));
	case OP_IN:
		return among(c, v);
	case OP_NOT_IN:
		return !among(c, v);
	case OP_EXISTS:
		return true;
	case OP_MISSING:
		return false;
	case OP_PREFIX:
		return str_starts(value_as_text(v), c->operands->text);
	case OP_CONTAINS:
		return has_part(c, v);
	case OP_MATCHES:
		return pattern_match(c->pattern, value_as_text(v), NULL);
	case OP_IN_LIST:
		return map_get(c->texts, value_as_text(v)) != NULL;
	default:
		return compares(c, v);
	}
}

bool condition_holds(const struct condition *c, condition_fetch fetch, void *ctx)
{
	bool wanted = c->kind == KIND_ANY;
	size_t i;

	if (c->kind == KIND_LEAF)
		return leaf_holds(c, fetch(ctx, c->source));
	if (c->kind == KIND_NOT)
		return !condition_holds(c->kids, fetch, ctx);
	for (i = 0; i < c->n; i++)
		if (condition_holds(&c->kids[i], fetch, ctx) == wanted)
			return wanted;
	return !wanted;
}

void condition_each_source(const struct condition *c, void (*fn)(void *ctx, const void *source), void *ctx)
{
	size_t i;

	if (c->kind == KIND_LEAF) {
		fn(ctx, c->source);
		return;
	}
	for (i = 0; i < c->n; i++)
		condition_each_source(&c->kids[i], fn, ctx);
}
