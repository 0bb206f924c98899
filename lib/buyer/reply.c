#include "lib/buyer/reply.h"

#include "lib/base/money.h"
#include "lib/base/utf8.h"
#include "lib/buyer/naming.h"
#include "lib/lead/members.h"

/* What a reply may be found to say, by step; the others of enum outcome are ours to give. */
static const char *const ping_words[] = { "bid", "no_bid", "error", NULL };
static const enum outcome ping_outcomes[] = { OUTCOME_BID, OUTCOME_NO_BID, OUTCOME_ERROR };
static const char *const post_words[] = { "accepted", "rejected", "pending", "re_ping", "error", NULL };
static const enum outcome post_outcomes[] = { OUTCOME_ACCEPTED, OUTCOME_REJECTED, OUTCOME_PENDING, OUTCOME_RE_PING, OUTCOME_ERROR };
/* Never a sale: only a rule that holds may give one. */
static const char *const ping_otherwise[] = { "no_bid", "error", NULL };
static const char *const post_otherwise[] = { "rejected", "error", NULL };
static const char *const formats[] = { "auto", "json", "xml", "form", "text", NULL };
static const char *const picks[] = { "highest", NULL };

struct compiling {
	struct arena *arena;
	const struct step_env *env;
	struct selector_env selectors; /* of everything but unwrap */
	struct faults *faults;
	struct reply *out;
};

static bool is_ping(const struct compiling *c)
{
	return c->env->kind == STEP_PING;
}

static int rule_source(void *ctx, struct arena *a, const struct value *leaf, const struct path *at, struct faults *f,
    const void **source_out)
{
	static const char *const also[] = { "op", "value", NULL };
	const struct compiling *c = ctx;
	const struct selector *s = NULL;

	if (selector_compile(a, leaf, &c->selectors, also, at, f, &s) != 0)
		return -1;
	*source_out = s;
	return 0;
}

static void note_status(void *ctx, const void *source)
{
	bool *tests = ctx;

	*tests |= selector_is_status(source);
}

static int compile_rule(struct compiling *c, const struct value *doc, const struct path *at, struct rule *out)
{
	const char *const *words = is_ping(c) ? ping_words : post_words;
	const struct member_rule members[] = {
		{ "when", MEMBER_OBJECT, .required = true },
		{ "outcome", MEMBER_CHOICE, .required = true, .choices = words },
	};
	const struct condition_env env = { .ctx = c, .source = rule_source, .lists = c->env->lists };
	const struct value *when = members_object(doc, "when");
	struct path at_when = path_member(at, STR("when"));
	int bad = members_check(doc, members, MEMBERS_N(members), at, c->faults);
	int word = members_choice(doc, "outcome", words, 0);

	out->outcome = is_ping(c) ? ping_outcomes[word] : post_outcomes[word];
	if (when == NULL || condition_compile(c->arena, when, &at_when, &env, c->faults, &out->when) != 0)
		return -1;
	condition_each_source(out->when, note_status, &out->tests_status);
	return bad;
}

static bool gives(const struct value *rules, const char *outcome)
{
	for (size_t i = 0; rules != NULL && i < rules->n; i++)
		if (str_is(members_text(&rules->items[i], "outcome", STR("")), outcome))
			return true;
	return false;
}

/* A step that can never sell is a mistake; one that can't reject holds every refused lead as unknown or guesses. */
static int check_outcomes(const struct compiling *c, const struct value *rules, const struct path *at, struct faults *w)
{
	if (is_ping(c))
		return gives(rules, "bid") ? 0 : fault_add(c->faults, at, "missing_field", "needs a rule whose outcome is bid");
	if (!gives(rules, "accepted") && !gives(rules, "pending"))
		return fault_add(c->faults, at, "missing_field", "needs a rule whose outcome is accepted or pending");
	if (!gives(rules, "rejected") && w != NULL)
		fault_add(w, at, "no_reject_rule", "no rule gives rejected: what no rule knows is what `otherwise` says");
	return 0;
}

static int compile_rules(struct compiling *c, const struct value *doc, const struct path *up, struct faults *w)
{
	const struct value *rules = members_list(doc, "rules");
	struct path at = path_member(up, STR("rules"));
	size_t n = rules != NULL && rules->n <= RULES_MAX ? rules->n : 0;
	int bad = 0;

	c->out->rules = arena_array_of(c->arena, n, struct rule);
	c->out->n_rules = n;
	for (size_t i = 0; i < n; i++) {
		struct path here = path_index(&at, i);

		bad |= compile_rule(c, &rules->items[i], &here, &c->out->rules[i]);
	}
	if (!c->env->notice && (rules != NULL || members_get(doc, "rules") == NULL))
		bad |= check_outcomes(c, rules, &at, w);
	return bad;
}

static int compile_one(struct compiling *c, const struct value *doc, const char *name, const char *const *also,
    const struct path *up, const struct selector **out)
{
	const struct value *v = members_get(doc, name);
	struct path at = path_member(up, str_of(name));

	return v == NULL ? 0 : selector_compile(c->arena, v, &c->selectors, also, &at, c->faults, out);
}

static bool read_scale(const struct value *v, int64_t *out)
{
	return (v->type == VALUE_TEXT || v->type == VALUE_NUMBER) && money_parse(v->text, out) && *out > 0;
}

static int compile_price(struct compiling *c, const struct value *doc, const struct path *up)
{
	static const char *const also[] = { "scale", NULL };
	const struct value *scale = members_get(members_get(doc, "price"), "scale");
	struct path at = path_member(up, STR("price")), at_scale = path_member(&at, STR("scale"));
	int bad = compile_one(c, doc, "price", also, up, &c->out->price);

	c->out->scale = MONEY_SCALE;
	if (members_get(doc, "price") == NULL && is_ping(c) && c->env->price_by_bid && !c->env->notice)
		bad = fault_add(c->faults, &at, "missing_field", "the contract is priced by bid: say where the reply has it");
	if (scale != NULL && !read_scale(scale, &c->out->scale))
		bad = fault_add(c->faults, &at_scale, "invalid_field", "must be a decimal above zero, such as \"0.01\"");
	return bad;
}

static int compile_bids(struct compiling *c, const struct value *doc, const struct path *up)
{
	static const struct member_rule members[] = {
		{ "each", MEMBER_ANY, .required = true },
		{ "pick", MEMBER_CHOICE, .choices = picks },
	};
	const struct value *bids = members_get(doc, "bids");
	struct path at = path_member(up, STR("bids")), at_each = path_member(&at, STR("each"));
	int bad;

	if (bids == NULL)
		return 0;
	bad = members_check(bids, members, MEMBERS_N(members), &at, c->faults);
	bad |= compile_one(c, bids, "each", NULL, &at, &c->out->each);
	if (c->out->each != NULL && !selector_is_path(c->out->each))
		bad = fault_add(c->faults, &at_each, "invalid_field", "must be a path: the place of a list");
	if (!is_ping(c))
		bad = fault_add(c->faults, &at, "invalid_field", "a post has one verdict: bids belong to a ping's reply");
	return bad;
}

static int compile_captures(struct compiling *c, const struct value *doc, const struct path *up)
{
	const struct value *captures = members_object(doc, "captures");
	struct path at = path_member(up, STR("captures"));
	int bad = 0;

	if (captures == NULL || captures->n > CAPTURES_MAX)
		return 0;
	c->out->captures = arena_array_of(c->arena, captures->n, struct capture);
	c->out->n_captures = captures->n;
	for (size_t i = 0; i < captures->n; i++) {
		const struct member *m = &captures->members[i];
		struct path here = path_member(&at, m->name);

		c->out->captures[i].name = m->name;
		if (!naming_is_name(m->name))
			bad = fault_add(c->faults, &here, "invalid_field", "a name here is letters, digits, '_' and '-'");
		bad |= selector_compile(c->arena, &m->value, &c->selectors, NULL, &here, c->faults, &c->out->captures[i].selector);
	}
	return bad;
}

static int compile_reasons(struct compiling *c, const struct value *doc, const struct path *up, struct faults *w)
{
	const struct value *reasons = members_object(doc, "reasons");
	struct path at = path_member(up, STR("reasons"));
	int bad = 0;

	if (reasons == NULL || reasons->n > REASONS_MAX)
		return 0;
	c->out->reasons = arena_array_of(c->arena, reasons->n, struct reason_words);
	c->out->n_reasons = reasons->n;
	for (size_t i = 0; i < reasons->n; i++) {
		const struct member *m = &reasons->members[i];
		struct path here = path_member(&at, m->name);

		c->out->reasons[i].words = utf8_lower(c->arena, m->name);
		if (m->value.type == VALUE_TEXT)
			c->out->reasons[i].reason = reason_find(m->value.text, STAGE__N);
		if (c->out->reasons[i].reason == REASON_NONE)
			bad = fault_add(c->faults, &here, "unknown_reference", "must be a code of ours, as rejected_duplicate is");
	}
	if (w != NULL && members_get(doc, "reason") == NULL)
		fault_add(w, &at, "unused", "without `reason` nothing is compared with these");
	return bad;
}

static int compile_selectors(struct compiling *c, const struct value *doc, const struct path *at)
{
	struct reply *r = c->out;
	int bad = 0;

	bad |= compile_one(c, doc, "ref", NULL, at, &r->ref);
	bad |= compile_one(c, doc, "reason", NULL, at, &r->reason);
	bad |= compile_one(c, doc, "redirect_url", NULL, at, &r->redirect_url);
	bad |= compile_one(c, doc, "expires_in_s", NULL, at, &r->expires_in_s);
	return bad;
}

/* What is inside a wrapping is read by its own first byte, so the format says how to find the wrapping, and nothing more. */
static int compile_unwrap(struct compiling *c, const struct value *doc, const struct path *at)
{
	int bad;

	c->selectors.format = c->out->format;
	bad = compile_one(c, doc, "unwrap", NULL, at, &c->out->unwrap);
	if (members_get(doc, "unwrap") != NULL)
		c->selectors.format = FORMAT_AUTO;
	return bad;
}

static int check_members(const struct value *doc, bool ping, const struct path *at, struct faults *f)
{
	const struct member_rule members[] = {
		{ "format", MEMBER_CHOICE, .choices = formats },
		{ "namespaces", MEMBER_OBJECT },
		{ "unwrap", MEMBER_ANY },
		{ "rules", MEMBER_LIST, .max = RULES_MAX },
		{ "otherwise", MEMBER_CHOICE, .choices = ping ? ping_otherwise : post_otherwise },
		{ "price", MEMBER_ANY },
		{ "ref", MEMBER_ANY },
		{ "reason", MEMBER_ANY },
		{ "reasons", MEMBER_OBJECT, .max = REASONS_MAX },
		{ "redirect_url", MEMBER_ANY },
		{ "expires_in_s", MEMBER_ANY },
		{ "captures", MEMBER_OBJECT, .max = CAPTURES_MAX },
		{ "bids", MEMBER_ANY },
	};

	return members_check(doc, members, MEMBERS_N(members), at, f);
}

int reply_compile(struct arena *a, const struct value *doc, const struct step_env *env, const struct path *at, struct faults *f,
    struct faults *w, struct reply *out)
{
	struct compiling c = { .arena = a, .env = env, .faults = f, .out = out };
	const char *const *otherwise = env->kind == STEP_PING ? ping_otherwise : post_otherwise;
	const enum outcome refusal = env->kind == STEP_PING ? OUTCOME_NO_BID : OUTCOME_REJECTED;
	struct path at_namespaces = path_member(at, STR("namespaces"));
	int bad;

	*out = (struct reply){ .otherwise = env->check ? OUTCOME_ERROR : refusal, .scale = MONEY_SCALE };
	if (doc == NULL && env->notice)
		return 0;
	if (doc == NULL)
		return fault_add(f, at, "missing_field", "is required: without rules no reply can be a bid or a sale");
	bad = check_members(doc, env->kind == STEP_PING, at, f);
	if (doc->type != VALUE_OBJECT)
		return -1;
	out->format = (enum format)members_choice(doc, "format", formats, FORMAT_AUTO);
	out->otherwise = members_choice(doc, "otherwise", otherwise, env->check ? 1 : 0) == 0 ? refusal : OUTCOME_ERROR;
	c.selectors.namespaces = members_object(doc, "namespaces");
	bad |= c.selectors.namespaces != NULL ? selector_check_namespaces(c.selectors.namespaces, &at_namespaces, f) : 0;
	bad |= compile_unwrap(&c, doc, at);
	bad |= compile_rules(&c, doc, at, w);
	bad |= compile_price(&c, doc, at);
	bad |= compile_bids(&c, doc, at);
	bad |= compile_selectors(&c, doc, at);
	bad |= compile_captures(&c, doc, at);
	bad |= compile_reasons(&c, doc, at, w);
	return bad != 0 ? -1 : 0;
}
