#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "lib/base/arena.h"
#include "lib/base/decimal.h"
#include "lib/base/value.h"

enum { NUMBER_MAX = 400 }; /* the longest spelling that is read as a double */

static const char *const type_names[VALUE__N] = { "null", "boolean", "number", "text", "list", "object" };

struct value value_text(struct str s)
{
	return (struct value){ .type = VALUE_TEXT, .text = s };
}

struct value value_bool(bool b)
{
	return (struct value){ .type = VALUE_BOOL, .boolean = b };
}

struct value value_int(struct arena *a, int64_t i)
{
	return value_number(arena_printf(a, "%lld", (long long)i));
}

struct value value_number(struct str spelling)
{
	return (struct value){ .type = VALUE_NUMBER, .text = spelling };
}

struct value value_list(struct value *items, size_t n)
{
	return (struct value){ .type = VALUE_LIST, .n = n, .items = items };
}

struct value value_object(struct member *members, size_t n)
{
	return (struct value){ .type = VALUE_OBJECT, .n = n, .members = members };
}

const struct value *value_or_null(const struct value *v)
{
	return v->type == VALUE_NULL ? NULL : v;
}

const struct value *value_get(const struct value *object, struct str name)
{
	if (object == NULL || object->type != VALUE_OBJECT)
		return NULL;
	for (size_t i = 0; i < object->n; i++)
		if (str_eq(object->members[i].name, name))
			return &object->members[i].value;
	return NULL;
}

/* The entry that digits name: no sign, and no zero before others. */
static const struct value *item_at(const struct value *list, struct str digits)
{
	int64_t i;

	if (digits.n == 0 || digits.p[0] == '-' || (digits.n > 1 && digits.p[0] == '0') || !str_to_i64(digits, &i))
		return NULL;
	return (uint64_t)i < list->n ? &list->items[i] : NULL;
}

const struct value *value_at(const struct value *v, struct str dotted)
{
	struct str step;

	while (v != NULL && str_split(&dotted, '.', &step))
		v = v->type == VALUE_LIST ? item_at(v, step) : value_get(v, step);
	return v;
}

/* Compares a member's name with a step of a pointer, whose ~1 is a slash and ~0 a tilde. */
static bool step_names(struct str step, struct str name)
{
	size_t at = 0;

	for (size_t i = 0; i < step.n; i++, at++) {
		char c = step.p[i];

		if (c == '~')
			c = step.p[++i] == '1' ? '/' : '~';
		if (at >= name.n || name.p[at] != c)
			return false;
	}
	return at == name.n;
}

static bool well_formed(struct str step)
{
	for (size_t i = 0; i < step.n; i++)
		if (step.p[i] == '~' && (++i == step.n || (step.p[i] != '0' && step.p[i] != '1')))
			return false;
	return true;
}

static const struct value *take_step(const struct value *v, struct str step)
{
	if (!well_formed(step))
		return NULL;
	if (v->type == VALUE_LIST)
		return item_at(v, step);
	if (v->type != VALUE_OBJECT)
		return NULL;
	for (size_t i = 0; i < v->n; i++)
		if (step_names(step, v->members[i].name))
			return &v->members[i].value;
	return NULL;
}

const struct value *value_pointer(const struct value *v, struct str pointer)
{
	struct str step;

	if (pointer.n == 0)
		return v;
	if (pointer.p[0] != '/')
		return NULL;
	pointer.p++;
	pointer.n--;
	while (v != NULL && str_split(&pointer, '/', &step))
		v = take_step(v, step);
	return v;
}

struct str value_get_text(const struct value *object, struct str name, struct str fallback)
{
	const struct value *v = value_get(object, name);

	return v != NULL && v->type == VALUE_TEXT ? v->text : fallback;
}

struct str value_as_text(const struct value *v)
{
	if (v == NULL)
		return STR("");
	switch (v->type) {
	case VALUE_TEXT:
	case VALUE_NUMBER:
		return v->text;
	case VALUE_BOOL:
		return v->boolean ? STR("true") : STR("false");
	default:
		return STR("");
	}
}

static bool spelled(const struct value *v, struct decimal *d)
{
	if (v == NULL)
		return false;
	if (v->type == VALUE_NUMBER)
		return decimal_parse_json(v->text, d);
	return v->type == VALUE_TEXT && (decimal_parse_plain(v->text, d) || decimal_parse_json(v->text, d));
}

bool value_as_number(const struct value *v, double *out)
{
	char text[NUMBER_MAX + 1];
	struct decimal d;

	if (!spelled(v, &d) || v->text.n > NUMBER_MAX)
		return false;
	memcpy(text, v->text.p, v->text.n);
	text[v->text.n] = '\0';
	*out = strtod(text, NULL);
	return isfinite(*out);
}

bool value_as_int(const struct value *v, int64_t *out)
{
	struct decimal d;
	bool cut;

	return spelled(v, &d) && decimal_scaled(&d, 1, &cut, out) && !cut;
}

static bool numbers_eq(const struct value *a, const struct value *b)
{
	double x, y;

	if (str_eq(a->text, b->text))
		return true;
	return value_as_number(a, &x) && value_as_number(b, &y) && x == y;
}

static bool lists_eq(const struct value *a, const struct value *b)
{
	for (size_t i = 0; i < a->n; i++)
		if (!value_eq(&a->items[i], &b->items[i]))
			return false;
	return true;
}

static bool objects_eq(const struct value *a, const struct value *b)
{
	for (size_t i = 0; i < a->n; i++) {
		const struct value *other = value_get(b, a->members[i].name);

		if (other == NULL || !value_eq(&a->members[i].value, other))
			return false;
	}
	return true;
}

bool value_eq(const struct value *a, const struct value *b)
{
	if (a->type != b->type || a->n != b->n)
		return false;
	switch (a->type) {
	case VALUE_BOOL:
		return a->boolean == b->boolean;
	case VALUE_NUMBER:
		return numbers_eq(a, b);
	case VALUE_TEXT:
		return str_eq(a->text, b->text);
	case VALUE_LIST:
		return lists_eq(a, b);
	case VALUE_OBJECT:
		return objects_eq(a, b);
	default:
		return true;
	}
}

struct value value_copy(struct arena *a, const struct value *v)
{
	struct value copy = *v;

	switch (v->type) {
	case VALUE_NUMBER:
	case VALUE_TEXT:
		copy.text = arena_str(a, v->text);
		break;
	case VALUE_LIST:
		copy.items = arena_array_of(a, v->n, struct value);
		for (size_t i = 0; i < v->n; i++)
			copy.items[i] = value_copy(a, &v->items[i]);
		break;
	case VALUE_OBJECT:
		copy.members = arena_array_of(a, v->n, struct member);
		for (size_t i = 0; i < v->n; i++)
			copy.members[i] = (struct member){ arena_str(a, v->members[i].name), value_copy(a, &v->members[i].value) };
		break;
	default:
		break;
	}
	return copy;
}

const char *value_type_name(enum value_type t)
{
	return (unsigned int)t < VALUE__N ? type_names[t] : "unknown";
}
