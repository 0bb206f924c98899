#include "lib/lead/vertical.h"

#include "lib/base/map.h"
#include "lib/base/money.h"
#include "lib/lead/facts.h"
#include "lib/lead/members.h"

/* Whole numbers that a double holds exactly, so that bounds and comparisons mean what they say. */
#define INTEGER_MAX INT64_C(9007199254740991)

static const char *const type_names[FIELD__N + 1] = {
	"text", "choice", "integer", "decimal", "money", "boolean", "date", "datetime", "email", "phone", "zip", "state", "country",
	"url", "ip", "uuid", "ssn", "aba", "bank_account", "list", "object", NULL
};

static const char *const need_names[NEED__N + 1] = { "no", "optional", "required", "required_if", NULL };

struct compile {
	struct arena *arena;
	struct faults *faults;
	struct vertical *vertical;
	size_t count;
};

const char *field_type_name(enum field_type t)
{
	return (unsigned)t < FIELD__N ? type_names[t] : "unknown";
}

bool field_is_secret(const struct field *f)
{
	return f->type == FIELD_SSN || f->type == FIELD_ABA || f->type == FIELD_BANK_ACCOUNT;
}

const struct field *field_find(const struct field *fields, size_t n, struct str name)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (str_eq(fields[i].name, name))
			return &fields[i];
	return NULL;
}

static bool is_index(struct str s)
{
	size_t i;

	for (i = 0; i < s.n; i++)
		if (s.p[i] < '0' || s.p[i] > '9')
			return false;
	return s.n > 0 && s.n <= 4;
}

static const struct field *find_in(const struct field *fields, size_t n, struct str rest, bool any_index)
{
	const struct field *f = NULL;
	struct str part;

	while (str_split(&rest, '.', &part)) {
		if (f != NULL && f->type == FIELD_LIST && is_index(part)) {
			/* An entry of a list of texts is a value; one of a list of objects is only the way to its fields. */
			if (rest.p == NULL)
				return f->n_fields == 0 ? f : NULL;
			if (!str_split(&rest, '.', &part))
				return NULL;
		} else if (f != NULL && f->type == FIELD_LIST && !any_index) {
			return NULL;
		}
		f = field_find(fields, n, part);
		if (f == NULL)
			return NULL;
		fields = f->fields;
		n = f->n_fields;
	}
	return f;
}

const struct field *vertical_find(const struct vertical *v, struct str dotted, bool any_index)
{
	return find_in(v->fields, v->n_fields, dotted, any_index);
}

static bool is_name(struct str s)
{
	size_t i;

	if (s.n == 0 || s.n > 64 || (s.p[0] >= '0' && s.p[0] <= '9'))
		return false;
	for (i = 0; i < s.n; i++) {
		char c = s.p[i];

		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_'))
			return false;
	}
	return true;
}

static bool has_bounds(enum field_type t)
{
	return t == FIELD_TEXT || t == FIELD_INTEGER || t == FIELD_DECIMAL || t == FIELD_MONEY || t == FIELD_LIST;
}

/* Members that only some types have. */
static int check_belongs(struct compile *c, const struct value *doc, const struct path *at, enum field_type type)
{
	const struct {
		const char *name;
		bool here;
	} rows[] = {
		{ "values", type == FIELD_CHOICE },
		{ "fields", type == FIELD_LIST || type == FIELD_OBJECT },
		{ "min", has_bounds(type) },
		{ "max", has_bounds(type) },
	};
	size_t i;
	int bad = 0;

	for (i = 0; i < MEMBERS_N(rows); i++) {
		struct path here = path_member(at, str_of(rows[i].name));

		if (!rows[i].here && members_get(doc, rows[i].name) != NULL)
			bad = fault_add(c->faults, &here, "invalid_field", "is not for type %s", type_names[type]);
	}
	return bad;
}

static int compile_values(struct compile *c, const struct value *doc, const struct path *up, struct field *out)
{
	static const struct member_rule rule = { .type = MEMBER_TEXTS, .min = 1, .max = 5000 };
	const struct value *list = members_get(doc, "values");
	struct path at = path_member(up, STR("values"));
	struct map *seen = map_new(c->arena);
	size_t i;
	int bad = 0;

	if (list == NULL)
		return fault_add(c->faults, &at, "missing_field", "is required by type choice");
	if (member_check(list, &rule, &at, c->faults) != 0)
		return -1;
	for (i = 0; i < list->n; i++) {
		struct path here = path_index(&at, i);

		if (!map_put(seen, list->items[i].text, out))
			bad = fault_add(c->faults, &here, "duplicate_key", "stands here twice");
	}
	out->values = value_copy(c->arena, list);
	return bad;
}

/* A bound is a number; that of a money field may also be a decimal text, as money is elsewhere. */
static bool bound_of(const struct value *v, enum field_type type, double *out)
{
	int64_t amount, whole;

	if (type == FIELD_TEXT || type == FIELD_LIST)
		return v->type == VALUE_NUMBER && value_as_int(v, &whole) && whole >= 0 && value_as_number(v, out);
	if (type == FIELD_MONEY && v->type == VALUE_TEXT) {
		if (!money_parse(v->text, &amount))
			return false;
		*out = (double)amount / (double)MONEY_SCALE;
		return true;
	}
	return v->type == VALUE_NUMBER && value_as_number(v, out);
}

static int compile_bound(struct compile *c, const struct value *doc, const char *name, const struct path *up, enum field_type type,
    bool *has_out, double *out)
{
	const struct value *v = members_get(doc, name);
	struct path at = path_member(up, str_of(name));
	double most = type == FIELD_TEXT ? TEXT_MAX : type == FIELD_LIST ? LIST_ENTRIES_MAX : (double)INTEGER_MAX;

	if (v == NULL)
		return 0;
	if (!bound_of(v, type, out))
		return fault_add(c->faults, &at, "invalid_field", "must be a number%s",
		    type == FIELD_TEXT || type == FIELD_LIST ? ", whole and not below zero" : "");
	if (*out > most || *out < -most)
		return fault_add(c->faults, &at, "invalid_field", "must be at most %.0f", most);
	*has_out = true;
	return 0;
}

static int compile_bounds(struct compile *c, const struct value *doc, const struct path *at, struct field *out)
{
	struct path max_at = path_member(at, STR("max"));
	int bad = compile_bound(c, doc, "min", at, out->type, &out->has_min, &out->min);

	bad |= compile_bound(c, doc, "max", at, out->type, &out->has_max, &out->max);
	if (bad == 0 && out->has_min && out->has_max && out->min > out->max)
		bad = fault_add(c->faults, &max_at, "invalid_field", "must not be below min");
	if (out->has_max)
		return bad;
	out->has_max = out->type == FIELD_TEXT || out->type == FIELD_LIST;
	out->max = out->type == FIELD_LIST ? LIST_ENTRIES_MAX : TEXT_DEFAULT_MAX;
	if (out->has_max && out->max < out->min)
		out->max = out->type == FIELD_LIST ? LIST_ENTRIES_MAX : TEXT_MAX;
	return bad;
}

static int compile_needs(struct compile *c, const struct value *doc, const struct path *at, struct field *out)
{
	struct path ping_at = path_member(at, STR("ping")), if_at = path_member(at, STR("if"));
	bool conditional;
	int ping = members_choice(doc, "ping", need_names, NEED_NO);

	out->need[STEP_PING] = (enum need)ping;
	out->need[STEP_POST] = (enum need)members_choice(doc, "post", need_names, ping == NEED_NO ? NEED_OPTIONAL : ping);
	conditional = ping == NEED_REQUIRED_IF || out->need[STEP_POST] == NEED_REQUIRED_IF;
	if (field_is_secret(out) && ping != NEED_NO)
		return fault_add(c->faults, &ping_at, "invalid_field", "must be \"no\" for %s", type_names[out->type]);
	if (conditional && members_get(doc, "if") == NULL)
		return fault_add(c->faults, &if_at, "missing_field", "is required by required_if");
	if (!conditional && members_get(doc, "if") != NULL)
		return fault_add(c->faults, &if_at, "invalid_field", "neither ping nor post is required_if");
	return 0;
}

static int compile_fields(struct compile *c, const struct value *list, const struct path *at, int depth, bool pii,
    struct field **out, size_t *n_out);

static int compile_within(struct compile *c, const struct value *doc, const struct path *up, int depth, struct field *out)
{
	const struct value *list = members_list(doc, "fields");
	struct path at = path_member(up, STR("fields"));

	if (list == NULL && out->type == FIELD_OBJECT)
		return fault_add(c->faults, &at, "missing_field", "is required by type object");
	if (list == NULL)
		return 0;
	if (depth >= FIELD_DEPTH)
		return fault_add(c->faults, &at, "invalid_field", "more than %d lists and objects within each other", FIELD_DEPTH);
	return compile_fields(c, list, &at, depth + 1, out->pii, &out->fields, &out->n_fields);
}

static int compile_field(struct compile *c, const struct value *doc, const struct path *at, int depth, bool pii, struct field *out)
{
	static const struct member_rule rules[] = {
		{ "name", MEMBER_TEXT, .required = true },
		{ "type", MEMBER_CHOICE, .required = true, .choices = type_names },
		{ "ping", MEMBER_CHOICE, .choices = need_names },
		{ "post", MEMBER_CHOICE, .choices = need_names },
		{ "if", MEMBER_OBJECT },
		{ "pii", MEMBER_BOOL },
		{ "values", MEMBER_LIST },
		{ "min", MEMBER_ANY },
		{ "max", MEMBER_ANY },
		{ "fields", MEMBER_LIST, .min = 1 },
	};
	struct path name_at = path_member(at, STR("name"));
	int bad = members_check(doc, rules, MEMBERS_N(rules), at, c->faults);

	out->name = arena_str(c->arena, members_text(doc, "name", STR("")));
	if (out->name.n > 0 && !is_name(out->name))
		bad = fault_add(c->faults, &name_at, "invalid_field", "must be at most 64 letters, digits and '_', no digit first");
	out->type = (enum field_type)members_choice(doc, "type", type_names, FIELD_TEXT);
	/* Even of a field without a type: what names it elsewhere is then no fault of its own. */
	bad |= compile_needs(c, doc, at, out);
	if (members_choice(doc, "type", type_names, -1) < 0)
		return -1;
	/* What stands within a sealed list or object is sealed with it. */
	out->pii = pii || field_is_secret(out) || members_bool(doc, "pii", false);
	bad |= check_belongs(c, doc, at, out->type);
	if (out->type == FIELD_CHOICE)
		bad |= compile_values(c, doc, at, out);
	if (has_bounds(out->type))
		bad |= compile_bounds(c, doc, at, out);
	if (out->type == FIELD_LIST || out->type == FIELD_OBJECT)
		bad |= compile_within(c, doc, at, depth, out);
	return bad;
}

static int compile_fields(struct compile *c, const struct value *list, const struct path *at, int depth, bool pii,
    struct field **out, size_t *n_out)
{
	struct field *fields = arena_array_of(c->arena, list->n, struct field);
	size_t i;
	int bad = 0;

	if (list->n > VERTICAL_FIELDS_MAX || (c->count += list->n) > VERTICAL_FIELDS_MAX)
		return fault_add(c->faults, at, "invalid_field", "more than %d fields in one vertical", VERTICAL_FIELDS_MAX);
	*out = fields;
	*n_out = list->n;
	for (i = 0; i < list->n; i++) {
		struct path here = path_index(at, i), name_at = path_member(&here, STR("name"));

		bad |= compile_field(c, &list->items[i], &here, depth, pii, &fields[i]);
		if (fields[i].name.n > 0 && field_find(fields, i, fields[i].name) != NULL)
			bad = fault_add(c->faults, &name_at, "duplicate_key", "another field beside it has this name");
	}
	return bad;
}

struct level {
	struct str prefix;              /* dotted, with its dot: "drivers." */
	const struct fact_entry *entry; /* of the innermost list, NULL outside of lists */
};

/* Conditions may name any field, also a later one: they are compiled when all fields are known. */
static int compile_ifs(struct compile *c, const struct value *list, const struct path *at, struct field *fields, size_t n,
    const struct level *level)
{
	struct condition_env env = level->entry != NULL ? fact_entry_env(level->entry) : fact_env(c->vertical, NULL);
	size_t i;
	int bad = 0;

	for (i = 0; i < n; i++) {
		const struct value *doc = &list->items[i], *condition = members_object(doc, "if");
		struct path here = path_index(at, i);
		struct path if_at = path_member(&here, STR("if")), in_at = path_member(&here, STR("fields"));
		struct fact_entry own = { c->vertical, { 0, 0 }, &fields[i] };
		struct level within;

		if (condition != NULL)
			bad |= condition_compile(c->arena, condition, &if_at, &env, c->faults, &fields[i].required_if);
		if (fields[i].n_fields == 0)
			continue;
		own.prefix = arena_printf(c->arena, "%.*s%.*s.", STR_ARG(level->prefix), STR_ARG(fields[i].name));
		within = (struct level){ own.prefix, fields[i].type == FIELD_LIST ? &own : level->entry };
		bad |= compile_ifs(c, members_list(doc, "fields"), &in_at, fields[i].fields, fields[i].n_fields, &within);
	}
	return bad;
}

int vertical_compile(struct arena *a, const struct value *doc, const struct path *at, struct faults *f, struct vertical *out)
{
	static const struct member_rule rules[] = {
		{ "key", MEMBER_KEY, .required = true },
		{ "name", MEMBER_TEXT },
		{ "fields", MEMBER_LIST, .required = true, .min = 1 },
	};
	const struct level top = { { "", 0 }, NULL };
	struct compile c = { a, f, out, 0 };
	struct path fields_at = path_member(at, STR("fields"));
	const struct value *list;
	int bad = members_check(doc, rules, MEMBERS_N(rules), at, f);

	out->key = arena_str(a, members_text(doc, "key", STR("")));
	out->name = arena_str(a, members_text(doc, "name", out->key));
	out->fields = NULL;
	out->n_fields = 0;
	list = members_list(doc, "fields");
	if (list == NULL)
		return -1;
	bad |= compile_fields(&c, list, &fields_at, 1, false, &out->fields, &out->n_fields);
	if (out->n_fields == list->n)
		bad |= compile_ifs(&c, list, &fields_at, out->fields, out->n_fields, &top);
	return bad != 0 ? -1 : 0;
}

static void each_source(const struct field *fields, size_t n, void (*fn)(void *ctx, const void *source), void *ctx)
{
	size_t i;

	for (i = 0; i < n; i++) {
		if (fields[i].required_if != NULL)
			condition_each_source(fields[i].required_if, fn, ctx);
		each_source(fields[i].fields, fields[i].n_fields, fn, ctx);
	}
}

void vertical_each_source(const struct vertical *v, void (*fn)(void *ctx, const void *source), void *ctx)
{
	each_source(v->fields, v->n_fields, fn, ctx);
}
