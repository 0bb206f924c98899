#include "lib/lead/score.h"

#include "lib/lead/members.h"

enum { RULES_MAX = 100, SCORE_MAX = 100 };

struct intent_rule {
	const struct condition *when;
	int points;
};

struct scoring {
	int minimum, completeness, source_quality, intent;
	struct intent_rule *rules;
	size_t n_rules;
};

static void sees_score(void *ctx, const void *source)
{
	bool *seen = ctx;

	*seen |= str_is(fact_name(source), "score");
}

static int compile_rule(struct arena *a, const struct value *doc, const struct condition_env *env, const struct path *at,
    struct faults *f, struct intent_rule *out)
{
	static const struct member_rule rules[] = {
		{ "when", MEMBER_OBJECT, .required = true },
		{ "points", MEMBER_INT, .required = true, .min = -SCORE_MAX, .max = SCORE_MAX },
	};
	struct path when_at = path_member(at, STR("when"));
	bool seen = false;

	if (members_check(doc, rules, MEMBERS_N(rules), at, f) != 0)
		return -1;
	out->points = (int)members_int(doc, "points", 0);
	if (condition_compile(a, members_object(doc, "when"), &when_at, env, f, &out->when) != 0)
		return -1;
	condition_each_source(out->when, sees_score, &seen);
	return seen ? fault_add(f, &when_at, "invalid_field", "cannot read the score that it makes") : 0;
}

int scoring_compile(struct arena *a, const struct value *doc, const struct vertical *v, const struct path *at, struct faults *f,
    const struct scoring **out)
{
	static const struct member_rule rules[] = {
		{ "minimum", MEMBER_INT, .max = SCORE_MAX },
		{ "completeness", MEMBER_INT, .max = SCORE_MAX },
		{ "source_quality", MEMBER_INT, .max = SCORE_MAX },
		{ "intent", MEMBER_INT, .max = SCORE_MAX },
		{ "intent_rules", MEMBER_LIST, .max = RULES_MAX },
	};
	const struct condition_env env = fact_env(v, NULL);
	const struct value *list = members_list(doc, "intent_rules");
	struct path list_at = path_member(at, STR("intent_rules"));
	struct scoring *s = arena_new_of(a, struct scoring);
	int bad = members_check(doc, rules, MEMBERS_N(rules), at, f);

	*out = s;
	s->minimum = (int)members_int(doc, "minimum", 0);
	s->completeness = (int)members_int(doc, "completeness", 0);
	s->source_quality = (int)members_int(doc, "source_quality", 0);
	s->intent = (int)members_int(doc, "intent", 0);
	if (bad == 0 && s->completeness + s->source_quality + s->intent > SCORE_MAX)
		bad = fault_add(f, at, "invalid_field", "the three weights must add up to at most %d", SCORE_MAX);
	if (list == NULL || list->n > RULES_MAX)
		return bad;
	s->rules = arena_array_of(a, list->n, struct intent_rule);
	s->n_rules = list->n;
	for (size_t i = 0; i < list->n; i++) {
		struct path here = path_index(&list_at, i);

		bad |= compile_rule(a, &list->items[i], &env, &here, f, &s->rules[i]);
	}
	return bad != 0 ? -1 : 0;
}

struct tally {
	int asked, filled;
};

static void count_fields(const struct field *fields, size_t n, enum step_kind step, const struct value *object, struct tally *t)
{
	for (size_t i = 0; i < n; i++) {
		const struct field *f = &fields[i];
		const struct value *v = value_get(object, f->name);

		/* A lead that was checked lacks a required_if only where its condition does not hold. */
		if (f->need[step] == NEED_NO || (v == NULL && f->need[step] == NEED_REQUIRED_IF))
			continue;
		if (v != NULL && f->n_fields > 0 && v->type == VALUE_OBJECT) {
			count_fields(f->fields, f->n_fields, step, v, t);
		} else if (v != NULL && f->n_fields > 0 && v->type == VALUE_LIST) {
			for (size_t k = 0; k < v->n; k++)
				count_fields(f->fields, f->n_fields, step, &v->items[k], t);
		} else {
			t->asked++;
			t->filled += v != NULL;
		}
	}
}

static int points_of(const struct scoring *s, const struct facts *facts)
{
	int points = 0;

	for (size_t i = 0; i < s->n_rules; i++)
		if (condition_holds(s->rules[i].when, fact_fetch, (void *)(uintptr_t)facts))
			points += s->rules[i].points;
	if (points < 0)
		return 0;
	return points < s->intent ? points : s->intent;
}

int score_of(const struct scoring *s, const struct vertical *v, enum step_kind step, const struct facts *facts, double source_rate)
{
	struct tally t = { 0, 0 };
	double rate = source_rate < 0 ? 0.5 : source_rate > 1 ? 1 : source_rate;
	double sum;

	count_fields(v->fields, v->n_fields, step, facts->lead, &t);
	sum = t.asked > 0 ? (double)s->completeness * t.filled / t.asked : s->completeness;
	sum += s->source_quality * rate + points_of(s, facts);
	return (int)(sum + 0.5);
}

int scoring_minimum(const struct scoring *s)
{
	return s->minimum;
}

void scoring_each_source(const struct scoring *s, void (*fn)(void *ctx, const void *source), void *ctx)
{
	for (size_t i = 0; i < s->n_rules; i++)
		condition_each_source(s->rules[i].when, fn, ctx);
}
