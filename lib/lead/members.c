#include "lib/lead/members.h"

#include "lib/base/arena.h"
#include "lib/base/money.h"
#include "lib/base/utf8.h"

enum { TEXT_MEMBER_MAX = 255, KEY_MAX = 64 };

static int invalid(struct faults *f, const struct path *at, const char *detail)
{
	return fault_add(f, at, "invalid_field", "%s", detail);
}

bool member_is_key(struct str s)
{
	size_t i;

	if (s.n == 0 || s.n > KEY_MAX)
		return false;
	for (i = 0; i < s.n; i++) {
		char c = s.p[i];
		bool alnum = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');

		if (!alnum && (i == 0 || (c != '-' && c != '_' && c != '.')))
			return false;
	}
	return true;
}

static int choice_index(struct str s, const char *const *choices)
{
	int i;

	for (i = 0; choices[i] != NULL; i++)
		if (str_is(s, choices[i]))
			return i;
	return -1;
}

static int check_text(const struct value *v, const struct member_rule *r, const struct path *at, struct faults *f)
{
	size_t max = r->max > 0 ? (size_t)r->max : TEXT_MEMBER_MAX;
	size_t least = r->min > 0 ? (size_t)r->min : r->required ? 1 : 0;
	size_t n;

	if (v->type != VALUE_TEXT)
		return fault_add(f, at, "invalid_field", "must be a text, not a %s", value_type_name(v->type));
	if (!utf8_valid(v->text))
		return invalid(f, at, "must be UTF-8");
	n = utf8_count(v->text);
	if (n < least)
		return fault_add(f, at, "invalid_field", "must have at least %zu character%s", least, least == 1 ? "" : "s");
	if (n > max)
		return fault_add(f, at, "invalid_field", "must have at most %zu characters", max);
	return 0;
}

static int check_int(const struct value *v, const struct member_rule *r, const struct path *at, struct faults *f)
{
	int64_t i;

	if (v->type != VALUE_NUMBER || !value_as_int(v, &i))
		return invalid(f, at, "must be a whole number");
	if (r->max > r->min && (i < r->min || i > r->max))
		return fault_add(f, at, "invalid_field", "must be from %lld to %lld", (long long)r->min, (long long)r->max);
	return 0;
}

static int check_number(const struct value *v, const struct member_rule *r, const struct path *at, struct faults *f)
{
	double d;

	if (v->type != VALUE_NUMBER || !value_as_number(v, &d))
		return invalid(f, at, "must be a number");
	if (r->max > r->min && (d < (double)r->min || d > (double)r->max))
		return fault_add(f, at, "invalid_field", "must be from %lld to %lld", (long long)r->min, (long long)r->max);
	return 0;
}

static int check_money(const struct value *v, const struct member_rule *r, const struct path *at, struct faults *f)
{
	int64_t max = r->max > 0 ? r->max : MONEY_MAX;
	int64_t amount;
	struct str low, high;

	if (v->type != VALUE_TEXT || !money_parse(v->text, &amount))
		return invalid(f, at, "must be a decimal text with at most four decimals, such as \"12.50\"");
	if (amount >= r->min && amount <= max)
		return 0;
	low = money_text(f->arena, r->min);
	high = money_text(f->arena, max);
	return fault_add(f, at, "invalid_field", "must be from %.*s to %.*s", STR_ARG(low), STR_ARG(high));
}

/* The names a choice may have, for the message: "a, b, c". */
static struct str names_text(struct arena *a, const char *const *choices)
{
	struct str s = arena_printf(a, "%s", choices[0]);
	int i;

	for (i = 1; choices[0] != NULL && choices[i] != NULL; i++)
		s = arena_printf(a, "%.*s, %s", STR_ARG(s), choices[i]);
	return s;
}

static int check_choice(const struct value *v, const struct member_rule *r, const struct path *at, struct faults *f)
{
	struct str names;

	if (v->type == VALUE_TEXT && choice_index(v->text, r->choices) >= 0)
		return 0;
	names = names_text(f->arena, r->choices);
	return fault_add(f, at, "invalid_field", "must be one of %.*s", STR_ARG(names));
}

static int check_count(size_t n, const char *what, const struct member_rule *r, const struct path *at, struct faults *f)
{
	if (r->min > 0 && n < (size_t)r->min)
		return fault_add(f, at, "invalid_field", "must have at least %lld %s", (long long)r->min, what);
	if (r->max > 0 && n > (size_t)r->max)
		return fault_add(f, at, "invalid_field", "must have at most %lld %s", (long long)r->max, what);
	return 0;
}

static int check_texts(const struct value *v, const struct member_rule *r, const struct path *at, struct faults *f)
{
	static const struct member_rule entry = { .type = MEMBER_TEXT, .required = true };
	size_t i;
	int bad = 0;

	if (v->type != VALUE_LIST)
		return invalid(f, at, "must be a list of texts");
	bad = check_count(v->n, "entries", r, at, f);
	for (i = 0; i < v->n; i++) {
		struct path here = path_index(at, i);

		bad |= check_text(&v->items[i], &entry, &here, f);
	}
	return bad;
}

int member_check(const struct value *v, const struct member_rule *r, const struct path *at, struct faults *f)
{
	switch (r->type) {
	case MEMBER_TEXT:
		return check_text(v, r, at, f);
	case MEMBER_KEY:
		if (v->type != VALUE_TEXT || !member_is_key(v->text))
			return invalid(f, at, "must be 1 to 64 letters, digits, '-', '_' or '.', the first a letter or a digit");
		return 0;
	case MEMBER_INT:
		return check_int(v, r, at, f);
	case MEMBER_NUMBER:
		return check_number(v, r, at, f);
	case MEMBER_MONEY:
		return check_money(v, r, at, f);
	case MEMBER_BOOL:
		return v->type == VALUE_BOOL ? 0 : invalid(f, at, "must be true or false");
	case MEMBER_CHOICE:
		return check_choice(v, r, at, f);
	case MEMBER_LIST:
		return v->type == VALUE_LIST ? check_count(v->n, "entries", r, at, f) : invalid(f, at, "must be a list");
	case MEMBER_TEXTS:
		return check_texts(v, r, at, f);
	case MEMBER_OBJECT:
		return v->type == VALUE_OBJECT ? check_count(v->n, "members", r, at, f) : invalid(f, at, "must be an object");
	case MEMBER_ANY:
	case MEMBER__N:
		break;
	}
	return 0;
}

static const struct member_rule *rule_find(const struct member_rule *rules, size_t n, struct str name)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (str_is(name, rules[i].name))
			return &rules[i];
	return NULL;
}

static int unknown(const struct member_rule *rules, size_t n, const struct path *at, struct faults *f)
{
	struct str known = { "", 0 };
	size_t i;

	for (i = 0; i < n; i++)
		known = arena_printf(f->arena, "%.*s%s%s", STR_ARG(known), i > 0 ? ", " : "", rules[i].name);
	return fault_add(f, at, "unknown_member", "not known here; known are %.*s", STR_ARG(known));
}

int members_check(const struct value *doc, const struct member_rule *rules, size_t n, const struct path *at, struct faults *f)
{
	int bad = 0;
	size_t i;

	if (doc == NULL || doc->type != VALUE_OBJECT)
		return invalid(f, at, "must be an object");
	for (i = 0; i < doc->n; i++) {
		const struct member *m = &doc->members[i];
		const struct member_rule *r = rule_find(rules, n, m->name);
		struct path here = path_member(at, m->name);

		if (r == NULL)
			bad |= unknown(rules, n, &here, f);
		else if (m->value.type != VALUE_NULL)
			bad |= member_check(&m->value, r, &here, f);
	}
	for (i = 0; i < n; i++) {
		struct path here = path_member(at, str_of(rules[i].name));

		if (rules[i].required && members_get(doc, rules[i].name) == NULL)
			bad |= fault_add(f, &here, "missing_field", "is required");
	}
	return bad;
}

const struct value *members_get(const struct value *doc, const char *name)
{
	const struct value *v = value_get(doc, str_of(name));

	return v != NULL && v->type != VALUE_NULL ? v : NULL;
}

static const struct value *get_of(const struct value *doc, const char *name, enum value_type type)
{
	const struct value *v = value_get(doc, str_of(name));

	return v != NULL && v->type == type ? v : NULL;
}

struct str members_text(const struct value *doc, const char *name, struct str fallback)
{
	const struct value *v = get_of(doc, name, VALUE_TEXT);

	return v != NULL ? v->text : fallback;
}

int64_t members_int(const struct value *doc, const char *name, int64_t fallback)
{
	const struct value *v = get_of(doc, name, VALUE_NUMBER);
	int64_t i;

	return v != NULL && value_as_int(v, &i) ? i : fallback;
}

double members_number(const struct value *doc, const char *name, double fallback)
{
	const struct value *v = get_of(doc, name, VALUE_NUMBER);
	double d;

	return v != NULL && value_as_number(v, &d) ? d : fallback;
}

int64_t members_money(const struct value *doc, const char *name, int64_t fallback)
{
	const struct value *v = get_of(doc, name, VALUE_TEXT);
	int64_t amount;

	return v != NULL && money_parse(v->text, &amount) ? amount : fallback;
}

bool members_bool(const struct value *doc, const char *name, bool fallback)
{
	const struct value *v = get_of(doc, name, VALUE_BOOL);

	return v != NULL ? v->boolean : fallback;
}

int members_choice(const struct value *doc, const char *name, const char *const *choices, int fallback)
{
	const struct value *v = get_of(doc, name, VALUE_TEXT);
	int i = v != NULL ? choice_index(v->text, choices) : -1;

	return i >= 0 ? i : fallback;
}

const struct value *members_list(const struct value *doc, const char *name)
{
	return get_of(doc, name, VALUE_LIST);
}

const struct value *members_object(const struct value *doc, const char *name)
{
	return get_of(doc, name, VALUE_OBJECT);
}

struct str *members_texts(struct arena *a, const struct value *doc, const char *name, size_t *n_out)
{
	const struct value *list = members_list(doc, name);
	struct str *texts;
	size_t i;

	*n_out = 0;
	if (list == NULL || list->n == 0)
		return NULL;
	texts = arena_array_of(a, list->n, struct str);
	for (i = 0; i < list->n; i++)
		if (list->items[i].type == VALUE_TEXT)
			texts[(*n_out)++] = list->items[i].text;
	return texts;
}
