#include "lib/buyer/step.h"

#include "lib/buyer/compiled.h"
#include "lib/buyer/naming.h"
#include "lib/buyer/url.h"
#include "lib/lead/members.h"

enum { TEMPLATE_MAX = 4000, PATH_MAX_BYTES = 1000 };

static const char *const methods[] = { "POST", "GET", "PUT", "PATCH", "DELETE", NULL };

static const char *const outcome_names[OUTCOME__N] = { [OUTCOME_BID] = "bid", [OUTCOME_NO_BID] = "no_bid",
	[OUTCOME_ACCEPTED] = "accepted", [OUTCOME_REJECTED] = "rejected", [OUTCOME_PENDING] = "pending",
	[OUTCOME_RE_PING] = "re_ping", [OUTCOME_ERROR] = "error",
	[OUTCOME_TIMEOUT] = "timeout", [OUTCOME_UNKNOWN] = "outcome_unknown", [OUTCOME_NOT_SENT] = "not_sent" };

const char *outcome_name(enum outcome o)
{
	return o < OUTCOME__N ? outcome_names[o] : "unknown";
}

static void keep(struct compiler *c, const struct tmpl *t)
{
	if (c->n_templates == c->cap_templates) {
		size_t cap = c->cap_templates > 0 ? 2 * c->cap_templates : 32;
		const struct tmpl **list = arena_array_of(c->arena, cap, const struct tmpl *);

		for (size_t i = 0; i < c->n_templates; i++)
			list[i] = c->templates[i];
		c->templates = list;
		c->cap_templates = cap;
	}
	c->templates[c->n_templates++] = t;
}

int step_text(struct compiler *c, enum tmpl_kind kind, const struct value *v, const struct path *at, const struct tmpl **out)
{
	if (v == NULL || v->type == VALUE_NULL)
		return 0;
	if (v->type == VALUE_LIST || v->type == VALUE_OBJECT)
		return fault_add(c->faults, at, "invalid_field", "must be a text");
	if (tmpl_compile(c->arena, kind, value_as_text(v), &c->tmpl, at, c->faults, out) != 0)
		return -1;
	keep(c, *out);
	return 0;
}

int step_tree(struct compiler *c, const struct value *tree, const struct path *at, const struct tmpl **out)
{
	if (tmpl_compile_json(c->arena, tree, &c->tmpl, at, c->faults, out) != 0)
		return -1;
	keep(c, *out);
	return 0;
}

static int compile_url(struct compiler *c, const struct value *doc, const struct path *up, struct step *s)
{
	const struct value *url = members_get(doc, "url");
	struct path at = path_member(up, STR("url"));
	const char *why;

	if (url == NULL || url->type != VALUE_TEXT || url->text.n == 0)
		return 0; /* said by members_check */
	if (!url_check_template(url->text, &why))
		return fault_add(c->faults, &at, "invalid_field", "%s", why);
	return step_text(c, TMPL_URL, url, &at, &s->url);
}

struct pruning {
	const struct step_env *env;
	bool needed;
};

static void note_prune(void *ctx, struct str path)
{
	struct pruning *p = ctx;

	p->needed |= naming_needs_prune(p->env, path);
}

static bool needs_prune(const struct compiler *c)
{
	struct pruning p = { c->env, false };

	for (size_t i = 0; i < c->n_templates; i++)
		tmpl_each_path(c->templates[i], note_prune, &p);
	return p.needed;
}

static int compile_parts(struct compiler *c, const struct value *doc, const struct path *at, struct faults *w, struct step *s)
{
	struct path at_query = path_member(at, STR("query")), at_headers = path_member(at, STR("headers"));
	struct path at_auth = path_member(at, STR("auth")), at_body = path_member(at, STR("body"));
	struct path at_reply = path_member(at, STR("reply"));
	int bad = compile_url(c, doc, at, s);

	bad |= pairs_compile(c, members_get(doc, "query"), &at_query, &s->query);
	bad |= auth_compile(c, members_get(doc, "auth"), &at_auth, &s->auth);
	bad |= headers_compile(c, members_get(doc, "headers"), &s->auth, &at_headers, s);
	bad |= body_compile(c, members_get(doc, "body"), &at_body, &s->body);
	bad |= reply_compile(c->arena, members_get(doc, "reply"), c->env, &at_reply, c->faults, w, &s->reply);
	return bad;
}

static int compile_call(struct compiler *c, const struct value *doc, const struct path *at, struct faults *w, struct step *s)
{
	static const struct member_rule members[] = {
		{ "method", MEMBER_CHOICE, .choices = methods },
		{ "url", MEMBER_TEXT, .required = true, .max = TEMPLATE_MAX },
		{ "timeout_ms", MEMBER_INT, .min = TIMEOUT_MIN_MS, .max = TIMEOUT_MAX_MS },
		{ "query", MEMBER_ANY }, { "headers", MEMBER_ANY }, { "auth", MEMBER_ANY }, { "body", MEMBER_ANY },
		{ "omit_empty", MEMBER_BOOL },
		{ "reply", MEMBER_ANY },
	};
	int bad = members_check(doc, members, MEMBERS_N(members), at, c->faults);

	if (doc->type != VALUE_OBJECT)
		return -1;
	c->tmpl.omit_empty = members_bool(doc, "omit_empty", false);
	s->method = members_text(doc, "method", STR("POST"));
	return bad | compile_parts(c, doc, at, w, s);
}

int step_compile(struct arena *a, const struct value *doc, const struct step_env *env, const struct path *at, struct faults *f,
    struct faults *w, const struct step **out)
{
	struct step_env known = *env;
	struct compiler c = { .arena = a, .env = env, .faults = f, .tmpl = { &known, naming_allows, env->lookups, false } };
	struct step *s = arena_new_of(a, struct step);
	int bad;

	*s = (struct step){ .kind = env->kind, .notice = env->notice, .price_by_bid = env->price_by_bid };
	s->vertical = env->vertical;
	s->timeout_ms = (int)members_int(doc, "timeout_ms", env->default_timeout_ms);
	bad = handover_asked(doc) ? handover_compile(&c, doc, at, s) : compile_call(&c, doc, at, w, s);
	if (bad != 0)
		return -1;
	s->prune = needs_prune(&c);
	s->templates = c.templates;
	s->n_templates = c.n_templates;
	*out = s;
	return 0;
}

struct value step_captures(struct arena *a, const struct value *doc)
{
	const struct value *captures = value_get(value_get(doc, STR("reply")), STR("captures"));
	size_t n = captures != NULL && captures->type == VALUE_OBJECT ? captures->n : 0;
	struct value *names = arena_array_of(a, n, struct value);

	for (size_t i = 0; i < n; i++)
		names[i] = value_text(captures->members[i].name);
	return value_list(names, n);
}

int step_timeout_ms(const struct step *s)
{
	return s->timeout_ms;
}

struct lead_paths {
	void (*fn)(void *ctx, struct str path);
	void *ctx;
};

/* A field is named without the numbers of the entries it stands in. */
static void pass_lead_path(void *ctx, struct str path)
{
	const struct lead_paths *p = ctx;
	char name[PATH_MAX_BYTES];
	struct str part;
	size_t n = 0;

	if (!str_starts(path, STR("lead.")) || path.n > sizeof(name))
		return;
	str_split(&path, '.', &part);
	while (str_split(&path, '.', &part)) {
		if (naming_is_index(part))
			continue;
		if (n > 0)
			name[n++] = '.';
		memcpy(name + n, part.p, part.n);
		n += part.n;
	}
	p->fn(p->ctx, (struct str){ name, n });
}

void step_each_path(const struct step *s, void (*fn)(void *ctx, struct str path), void *ctx)
{
	struct lead_paths p = { fn, ctx };

	for (size_t i = 0; i < s->n_templates; i++)
		tmpl_each_path(s->templates[i], pass_lead_path, &p);
}

struct sought {
	struct str path;
	bool found;
};

static void compare_path(void *ctx, struct str path)
{
	struct sought *sought = ctx;

	sought->found |= str_eq(path, sought->path);
}

bool step_names(const struct step *s, struct str path)
{
	struct sought sought = { path, false };

	for (size_t i = 0; i < s->n_templates; i++)
		tmpl_each_path(s->templates[i], compare_path, &sought);
	return sought.found;
}

bool step_sets(const struct step *s, struct str header)
{
	for (size_t i = 0; i < s->n_headers; i++)
		if (str_eq_nocase(s->headers[i].name, header))
			return true;
	return auth_sets(&s->auth, header);
}

bool step_redirects(const struct step *s)
{
	return s->reply.redirect_url != NULL;
}
