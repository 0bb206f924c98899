#include "lib/base/money.h"
#include "lib/catalog/compile.h"

const char *funding_mode_name(enum funding_mode m)
{
	return shape_funding[m];
}

static void funding_compile(struct compile *k, const struct value *doc, const struct path *at, struct buyer *out)
{
	struct path here = path_member(at, STR("funding"));
	struct path limit = path_member(&here, STR("limit"));
	const struct value *funding = members_object(doc, "funding");
	bool has_limit = members_get(funding, "limit") != NULL;

	out->funding = (enum funding_mode)members_choice(funding, "mode", shape_funding, FUNDING_NONE);
	out->credit_limit = members_money(funding, "limit", 0);
	if (out->funding == FUNDING_CREDIT && !has_limit)
		fault_add(k->f, &limit, "missing_field", "credit has a limit");
	if (out->funding != FUNDING_CREDIT && has_limit)
		fault_add(k->f, &limit, "invalid_field", "a limit goes with the mode credit");
}

static void returns_compile(struct compile *k, const struct value *doc, const struct path *at, struct buyer *out)
{
	struct path here = path_member(at, STR("returns"));
	struct path percent = path_member(&here, STR("max_percent"));
	const struct value *returns = members_object(doc, "returns");

	out->returns_window_days = (int)members_int(returns, "window_days", 0);
	out->returns_max_percent = members_money(returns, "max_percent", 100 * MONEY_SCALE);
	out->returns_auto = members_texts(k->a, returns, "auto_approve", &out->n_returns_auto);
	if (out->returns_max_percent < 0)
		fault_add(k->f, &percent, "invalid_field", "must be from 0 to 100");
}

/* The buyer's secrets, and the names that stand for them in what is stored. */
static struct value secrets_compile(struct compile *k, struct buyer *out)
{
	const struct value *given = k->names->secrets != NULL ? map_get(k->names->secrets, out->key) : NULL;
	struct member *names;

	if (given == NULL || given->type != VALUE_OBJECT) {
		out->secrets = value_object(NULL, 0);
		return out->secrets;
	}
	out->secrets = value_copy(k->a, given);
	names = arena_array_of(k->a, given->n, struct member);
	for (size_t i = 0; i < given->n; i++) {
		names[i].name = out->secrets.members[i].name;
		names[i].value = value_text(arena_printf(k->a, "secret.%.*s", STR_ARG(names[i].name)));
	}
	return value_object(names, given->n);
}

static void contracts_compile(struct compile *k, const struct value *doc, const struct path *at, struct buyer *out)
{
	struct path here = path_member(at, STR("contracts"));
	const struct value *list = members_list(doc, "contracts");
	struct value masked = secrets_compile(k, out);
	bool were_few = k->n_contracts <= CATALOG_CONTRACTS_MAX;

	if (list == NULL)
		return;
	k->n_contracts += list->n;
	if (k->n_contracts > CATALOG_CONTRACTS_MAX) {
		if (were_few)
			fault_add(k->f, &here, "invalid_field", "a document has at most %d contracts", CATALOG_CONTRACTS_MAX);
		return;
	}
	out->n_contracts = list->n;
	out->contracts = arena_array_of(k->a, list->n, struct contract);
	for (size_t i = 0; i < list->n; i++) {
		struct path entry = path_index(&here, i);

		out->contracts[i].masked_secrets = masked;
		contract_compile(k, &list->items[i], &entry, out, &out->contracts[i]);
	}
}

static void check_currencies(struct compile *k, const struct path *at, const struct buyer *b)
{
	const char *first = NULL;

	for (size_t i = 0; i < b->n_contracts; i++) {
		const struct campaign *c = b->contracts[i].campaign;

		if (c == NULL)
			continue;
		if (first == NULL)
			first = c->currency;
		if (strcmp(first, c->currency) == 0)
			continue;
		compile_one_currency(k, b->caps, b->n_caps, at, first, c->currency);
		return;
	}
}

static void buyer_compile(struct compile *k, const struct value *doc, const struct path *at, struct buyer *out)
{
	struct path caps = path_member(at, STR("caps"));

	out->key = compile_key(k, doc, at, k->catalog->by_buyer, out);
	out->id = compile_number(k->names->buyers, out->key);
	out->name = members_text(doc, "name", out->key);
	out->status = (enum status)members_choice(doc, "status", shape_status, STATUS_ACTIVE);
	funding_compile(k, doc, at, out);
	out->postback_auth = (enum postback_auth)members_choice(members_object(doc, "postback"), "auth", shape_postback_auth,
	    POSTBACK_SIGNATURE);
	returns_compile(k, doc, at, out);
	if (members_list(doc, "caps") != NULL)
		caps_compile(k->a, members_list(doc, "caps"), &caps, k->f, &out->caps, &out->n_caps);
	contracts_compile(k, doc, at, out);
	check_currencies(k, at, out);
}

void buyers_compile(struct compile *k)
{
	const struct value *doc = compile_section(k, "buyers");
	struct path at = path_member(PATH_ROOT, STR("buyers"));
	struct catalog *c = k->catalog;

	c->n_buyers = doc->n;
	c->buyers = arena_array_of(k->a, doc->n, struct buyer);
	for (size_t i = 0; i < doc->n; i++) {
		struct path here = path_index(&at, i);

		buyer_compile(k, &doc->items[i], &here, &c->buyers[i]);
	}
}
