#include "lib/buyer/naming.h"

#include "lib/lead/intake.h"

static const char *const plain_names[] = { "lead_id", "contract", "seller", "now", "test", NULL };

static const char only_post[] = "exists in post steps only";

static bool is_one_of(struct str s, const char *const *names)
{
	for (; *names != NULL; names++)
		if (str_is(s, *names))
			return true;
	return false;
}

bool naming_is_name(struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];

		if (!(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') && !(c >= '0' && c <= '9') && c != '_' && c != '-')
			return false;
	}
	return s.n > 0 && s.n <= 64;
}

bool naming_is_index(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] < '0' || s.p[i] > '9')
			return false;
	return s.n > 0;
}

static bool may_leave_in_ping(const struct field *f)
{
	return f->need[STEP_PING] != NEED_NO && !field_is_secret(f);
}

/* A loss notice goes to a buyer that did not win: it may say no more than a ping. */
static bool is_narrow(const struct step_env *env)
{
	return env->kind == STEP_PING || env->notice;
}

/* Walks a dotted name; false when there is no such field. loose: entries of lists go without their numbers. narrow_out: some field on
 * the way may not leave in a ping. */
static bool walk(const struct vertical *v, struct str name, bool loose, const struct field **field_out, bool *narrow_out)
{
	const struct field *fields = v->fields, *field = NULL;
	size_t n = v->n_fields;
	struct str part;
	bool after_list = false;

	*narrow_out = false;
	while (str_split(&name, '.', &part)) {
		if (after_list && !naming_is_index(part) && !loose)
			return false;
		if (after_list && naming_is_index(part)) {
			after_list = false;
			continue;
		}
		field = field_find(fields, n, part);
		if (field == NULL)
			return false;
		*narrow_out |= !may_leave_in_ping(field);
		after_list = field->type == FIELD_LIST;
		fields = field->fields;
		n = field->n_fields;
	}
	*field_out = field;
	return field != NULL;
}

static bool lead_allows(const struct step_env *env, struct str name, const char **why_out)
{
	const struct field *field;
	bool narrow;

	*why_out = "is not a field of the vertical";
	if (!walk(env->vertical, name, false, &field, &narrow))
		return false;
	*why_out = "may not leave in a ping: its `ping` is `no`";
	if (field_is_secret(field))
		*why_out = "never leaves in a ping, not even hashed";
	return !(is_narrow(env) && narrow);
}

static bool captured(const struct step_env *env, struct str name)
{
	for (size_t i = 0; env->captures != NULL && i < env->captures->n; i++)
		if (str_eq(env->captures->items[i].text, name))
			return true;
	return false;
}

static bool ping_allows(const struct step_env *env, struct str name, const char **why_out)
{
	bool asked = env->kind == STEP_POST || env->notice;

	if (str_is(name, "id"))
		return true;
	*why_out = only_post;
	if (str_is(name, "ref"))
		return asked;
	if (!str_starts(name, STR("captures."))) {
		*why_out = "is not a path: ping has id, ref and captures";
		return false;
	}
	if (!asked)
		return false;
	*why_out = "is not captured by the ping's reply";
	return captured(env, (struct str){ name.p + 9, name.n - 9 });
}

/* What stands beside a lead in a request. */
static bool intake_allows(struct str root, struct str name)
{
	for (int part = 0; part < INTAKE__N; part++)
		if (str_is(root, intake_part_name((enum intake_part)part)))
			return intake_find((enum intake_part)part, name) != NULL;
	return false;
}

bool naming_allows(void *ctx, struct str path, const char **why_out)
{
	const struct step_env *env = ctx;
	struct str name = path, root;
	bool sent = env->kind == STEP_POST && !env->notice;

	*why_out = only_post;
	if (str_is(path, "sale_id"))
		return sent;
	if (str_is(path, "bid.price"))
		return sent || env->notice;
	*why_out = "is no path that a step knows";
	if (!str_split(&name, '.', &root))
		return false;
	if (root.n == path.n)
		return is_one_of(path, plain_names);
	if (str_is(root, "lead"))
		return lead_allows(env, name, why_out);
	if (str_is(root, "ping"))
		return ping_allows(env, name, why_out);
	if (str_is(root, "secret"))
		return naming_is_name(name);
	return intake_allows(root, name);
}

static bool any_narrow(const struct field *fields, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!may_leave_in_ping(&fields[i]) || any_narrow(fields[i].fields, fields[i].n_fields))
			return true;
	return false;
}

bool naming_needs_prune(const struct step_env *env, struct str path)
{
	const struct field *field;
	struct str lead = STR("lead.");
	bool narrow;

	if (!is_narrow(env) || !str_starts(path, lead))
		return false;
	if (!walk(env->vertical, (struct str){ path.p + lead.n, path.n - lead.n }, true, &field, &narrow))
		return false;
	return any_narrow(field->fields, field->n_fields);
}

static struct value prune_entry(struct arena *a, const struct field *f, const struct value *v)
{
	struct value out = *v;

	if (v->type == VALUE_OBJECT)
		return naming_prune(a, f->fields, f->n_fields, v);
	if (v->type != VALUE_LIST)
		return out;
	out.items = arena_array_of(a, v->n, struct value);
	for (size_t i = 0; i < v->n; i++) {
		const struct value *item = &v->items[i];

		out.items[i] = item->type == VALUE_OBJECT ? naming_prune(a, f->fields, f->n_fields, item) : *item;
	}
	return out;
}

struct value naming_prune(struct arena *a, const struct field *fields, size_t n, const struct value *object)
{
	struct member *members = arena_array_of(a, object->n, struct member);
	size_t kept = 0;

	for (size_t i = 0; i < object->n; i++) {
		const struct field *f = field_find(fields, n, object->members[i].name);

		if (f == NULL || !may_leave_in_ping(f))
			continue;
		members[kept].name = object->members[i].name;
		members[kept++].value = prune_entry(a, f, &object->members[i].value);
	}
	return value_object(members, kept);
}
