#include "lib/lead/consent.h"

#include "lib/lead/members.h"

static const char *const kinds[] = { "tcpa", "trustedform", "jornaya", "text", NULL };
static const char *const gpc_names[] = { "record", "block", NULL };

int consent_compile(const struct value *doc, const struct path *at, struct faults *f, struct consent_rule *out)
{
	static const struct member_rule rules[] = {
		{ "require", MEMBER_LIST, .max = 4 },
		{ "gpc", MEMBER_CHOICE, .choices = gpc_names },
	};
	static const struct member_rule kind = { .type = MEMBER_CHOICE, .choices = kinds };
	const struct value *require = members_list(doc, "require");
	struct path list_at = path_member(at, STR("require"));
	int bad = members_check(doc, rules, MEMBERS_N(rules), at, f);

	*out = (struct consent_rule){ .gpc = (enum gpc)members_choice(doc, "gpc", gpc_names, GPC_RECORD) };
	for (size_t i = 0; require != NULL && i < require->n; i++) {
		const struct value *v = &require->items[i];
		struct path here = path_index(&list_at, i);

		if (member_check(v, &kind, &here, f) != 0) {
			bad = -1;
			continue;
		}
		out->tcpa |= str_is(v->text, "tcpa");
		out->trustedform |= str_is(v->text, "trustedform");
		out->jornaya |= str_is(v->text, "jornaya");
		out->text |= str_is(v->text, "text");
	}
	return bad != 0 ? -1 : 0;
}

static bool has_text(const struct value *consent, const char *name)
{
	return str_trim(members_text(consent, name, STR(""))).n > 0;
}

enum reason consent_screen(const struct consent_rule *rule, const struct value *consent, bool post)
{
	if (rule->gpc == GPC_BLOCK && members_bool(consent, "gpc", false))
		return REASON_GPC_BLOCK;
	if (rule->tcpa && !members_bool(consent, "tcpa", false))
		return REASON_CONSENT_MISSING;
	if (rule->trustedform && !has_text(consent, "trustedform_cert_url") && (post || !has_text(consent, "trustedform_ping_url")))
		return REASON_CONSENT_MISSING;
	if (rule->jornaya && !has_text(consent, "jornaya_leadid"))
		return REASON_CONSENT_MISSING;
	if (rule->text && post && !has_text(consent, "text"))
		return REASON_CONSENT_MISSING;
	return REASON_NONE;
}

bool consent_names_all(const struct value *consent)
{
	return members_list(consent, "buyers") == NULL;
}

bool consent_names(const struct value *consent, struct str buyer_key)
{
	const struct value *buyers = members_list(consent, "buyers");

	if (buyers == NULL)
		return true;
	for (size_t i = 0; i < buyers->n; i++)
		if (buyers->items[i].type == VALUE_TEXT && str_eq(buyers->items[i].text, buyer_key))
			return true;
	return false;
}
