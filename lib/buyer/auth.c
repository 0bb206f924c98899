/*
 * auth: how a step proves who calls: basic, bearer, a header of the buyer's own, or a signature over the body (Standard Webhooks).
 */
#include "lib/buyer/compiled.h"
#include "lib/crypt/crypt.h"
#include "lib/lead/members.h"

static const char *const types[] = { "", "basic", "bearer", "header", "signature", NULL };

/* The members that hold templates, by type. */
static const char *const parts[][2] = { [AUTH_BASIC] = { "username", "password" }, [AUTH_BEARER] = { "token", NULL },
	[AUTH_HEADER] = { "name", "value" }, [AUTH_SIGNATURE] = { "secret", NULL } };

static bool has_holes(struct str s)
{
	return str_contains(s, STR("{{"));
}

/* What can be seen to be wrong without a value. */
static int check_literals(struct compiler *c, const struct value *doc, struct auth *auth, const struct path *at)
{
	struct str first = members_text(doc, parts[auth->type][0], STR("{{"));
	struct path here = path_member(at, str_of(parts[auth->type][0]));
	struct str signature;

	if (has_holes(first))
		return 0;
	if (auth->type == AUTH_BASIC && memchr(first.p, ':', first.n) != NULL)
		return fault_add(c->faults, &here, "invalid_field", "must not hold a colon");
	if (auth->type == AUTH_HEADER)
		auth->name = first;
	if (auth->type == AUTH_HEADER && !header_name_ok(first))
		return fault_add(c->faults, &here, "invalid_field", "is no header that a step may set");
	if (auth->type == AUTH_SIGNATURE && webhook_sign(c->arena, first, STR("id"), 0, STR(""), &signature, NULL) != 0)
		return fault_add(c->faults, &here, "invalid_field", "must be whsec_ and the base64 of 24 to 64 bytes");
	return 0;
}

int auth_compile(struct compiler *c, const struct value *doc, const struct path *at, struct auth *out)
{
	struct member_rule members[] = {
		{ "type", MEMBER_CHOICE, .required = true, .choices = types + 1 },
		{ NULL, MEMBER_TEXT, .required = true, .max = HEADER_MAX },
		{ NULL, MEMBER_TEXT, .max = HEADER_MAX },
	};
	const struct member_rule type_alone = { NULL, MEMBER_CHOICE, .choices = types + 1 };
	struct path at_type = path_member(at, STR("type")), at_first, at_second;
	const char *const *names;
	int bad;

	*out = (struct auth){ .type = AUTH_NONE };
	if (doc == NULL)
		return 0;
	out->type = (enum auth_type)(1 + members_choice(doc, "type", types + 1, -1));
	if (out->type == AUTH_NONE) { /* what else may stand here depends on the type */
		if (doc->type == VALUE_OBJECT && members_get(doc, "type") != NULL)
			return member_check(members_get(doc, "type"), &type_alone, &at_type, c->faults);
		return members_check(doc, members, 1, at, c->faults);
	}
	names = parts[out->type];
	members[1].name = names[0];
	members[2].name = names[1];
	members[2].required = out->type == AUTH_HEADER;
	bad = members_check(doc, members, names[1] != NULL ? 3 : 2, at, c->faults);
	at_first = path_member(at, str_of(names[0]));
	bad |= step_text(c, TMPL_HEADER, members_get(doc, names[0]), &at_first, &out->first);
	if (names[1] != NULL) {
		at_second = path_member(at, str_of(names[1]));
		bad |= step_text(c, TMPL_HEADER, members_get(doc, names[1]), &at_second, &out->second);
	}
	return bad | check_literals(c, doc, out, at);
}

bool auth_sets(const struct auth *auth, struct str header)
{
	static const char *const signature[] = { "webhook-id", "webhook-timestamp", "webhook-signature" };

	switch (auth->type) {
	case AUTH_BASIC:
	case AUTH_BEARER:
		return str_eq_nocase(header, STR("Authorization"));
	case AUTH_HEADER:
		return auth->name.n > 0 && str_eq_nocase(header, auth->name);
	case AUTH_SIGNATURE:
		for (size_t i = 0; i < sizeof(signature) / sizeof(signature[0]); i++)
			if (str_eq_nocase(header, str_of(signature[i])))
				return true;
		return false;
	default:
		return false;
	}
}

static enum tmpl_result part(const struct renderer *r, const struct auth *auth, size_t i, struct str *out)
{
	const struct tmpl *t = i == 0 ? auth->first : auth->second;
	enum tmpl_result result;

	*out = STR("");
	if (t == NULL)
		return TMPL_DONE;
	result = render_text(r, t, HEADER_MAX, "auth", str_of(parts[auth->type][i]), out);
	if (result != TMPL_ABSENT)
		return result;
	*out = STR("");
	return TMPL_DONE;
}

/* The id by which the buyer knows a call again: a post's is the attempt's, so that one that is repeated is seen as such. */
static struct str message_id(const struct renderer *r, const struct step *s, struct str body)
{
	static const char *const of_ping[] = { "ping.id", "lead_id" }, *const of_post[] = { "sale_id", "lead_id" };
	const char *const *paths = s->kind == STEP_POST ? of_post : of_ping;

	for (size_t i = 0; i < 2; i++) {
		const struct value *v = value_at(r->scope->root, str_of(paths[i]));

		if (v != NULL && v->type == VALUE_TEXT && v->text.n > 0)
			return v->text;
	}
	return arena_printf(r->arena, "msg_%.*s", STR_ARG(crypt_sha256_hex(r->arena, body)));
}

static enum tmpl_result add_signature(struct renderer *r, const struct step *s, struct str secret, struct str body)
{
	int64_t seconds = r->scope->now_us / 1000000;
	struct str id = message_id(r, s, body), signature;

	if (r->scope->mask_secrets)
		signature = STR("v1,masked");
	else if (webhook_sign(r->arena, secret, id, seconds, body, &signature, NULL) != 0)
		return render_refuse(r, "auth", STR("secret"), "is not whsec_ and the base64 of 24 to 64 bytes");
	header_add(r, STR("webhook-id"), id);
	header_add(r, STR("webhook-timestamp"), arena_printf(r->arena, "%lld", (long long)seconds));
	header_add(r, STR("webhook-signature"), signature);
	return TMPL_DONE;
}

static enum tmpl_result add_header(struct renderer *r, struct str name, struct str value)
{
	if (!header_name_ok(name))
		return render_refuse(r, "auth", STR("name"), "is no header that a step may set");
	header_add(r, name, value);
	return TMPL_DONE;
}

static enum tmpl_result add_basic(struct renderer *r, struct str username, struct str password)
{
	struct str pair = arena_printf(r->arena, "%.*s:%.*s", STR_ARG(username), STR_ARG(password));
	struct str encoded = crypt_base64(r->arena, pair);

	if (memchr(username.p, ':', username.n) != NULL)
		return render_refuse(r, "auth", STR("username"), "holds a colon");
	header_add(r, STR("Authorization"), arena_printf(r->arena, "Basic %.*s", STR_ARG(encoded)));
	return TMPL_DONE;
}

enum tmpl_result auth_render(struct renderer *r, const struct step *s, struct str body)
{
	const struct auth *auth = &s->auth;
	struct str first, second;
	enum tmpl_result result;

	if (auth->type == AUTH_NONE)
		return TMPL_DONE;
	if ((result = part(r, auth, 0, &first)) != TMPL_DONE || (result = part(r, auth, 1, &second)) != TMPL_DONE)
		return result;
	if (first.n == 0) /* a call without its credentials would only be refused, and tell the buyer of the lead */
		return render_refuse(r, "auth", str_of(parts[auth->type][0]), "is empty: is the secret set?");
	switch (auth->type) {
	case AUTH_BASIC:
		return add_basic(r, first, second);
	case AUTH_BEARER:
		header_add(r, STR("Authorization"), arena_printf(r->arena, "Bearer %.*s", STR_ARG(first)));
		return TMPL_DONE;
	case AUTH_HEADER:
		return add_header(r, first, second);
	default:
		return add_signature(r, s, first, body);
	}
}
