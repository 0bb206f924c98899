#include "lib/catalog/compile.h"

/* What an affiliate's postback URL may name. */
static bool postback_may(void *ctx, struct str path, const char **why_out)
{
	static const char *const known[] = {
		"click.id", "click.sub1", "click.sub2", "click.sub3", "click.sub4", "click.sub5", "click.gclid", "sale.id",
		"sale.payout", "sale.currency", "sale.status", "lead_id", "channel", "now", NULL
	};

	(void)ctx;
	for (size_t i = 0; known[i] != NULL; i++)
		if (str_is(path, known[i]))
			return true;
	*why_out = "a postback may name click.id, click.sub1 to click.sub5, click.gclid, sale.id, sale.payout, sale.currency, "
		   "sale.status, lead_id, channel and now";
	return false;
}

static void postback_compile(struct compile *k, const struct value *doc, const struct path *at, struct channel *out)
{
	struct path here = path_member(at, STR("postback_url"));
	struct tmpl_env env = { .allow = postback_may, .lookups = k->lookups };

	out->postback_url = members_text(doc, "postback_url", STR(""));
	if (out->postback_url.n > 0)
		tmpl_compile(k->a, TMPL_URL, out->postback_url, &env, &here, k->f, &out->postback);
}

/* Each type of cost has its own number, and no other. */
static void cost_compile(struct compile *k, const struct value *doc, const struct path *at, struct channel *out)
{
	struct path here = path_member(at, STR("cost"));
	struct path amount = path_member(&here, STR("amount"));
	struct path percent = path_member(&here, STR("percent"));
	const struct value *cost = members_object(doc, "cost");
	bool has_amount = members_get(cost, "amount") != NULL, has_percent = members_get(cost, "percent") != NULL;
	int type = members_choice(cost, "type", shape_cost, -1);
	bool by_amount, by_percent;

	if (type < 0)
		return; /* absent, or members_check has said so */
	out->cost = (enum cost_type)(COST_CPC + type);
	out->cost_amount = members_money(cost, "amount", 0);
	out->cost_percent = members_money(cost, "percent", 0);
	by_amount = out->cost == COST_CPC || out->cost == COST_CPL;
	by_percent = out->cost == COST_REVSHARE;
	if (by_amount != has_amount)
		fault_add(k->f, &amount, has_amount ? "invalid_field" : "missing_field", "cpc and cpl have an amount, others none");
	if (by_percent != has_percent)
		fault_add(k->f, &percent, has_percent ? "invalid_field" : "missing_field", "revshare has a percent, others none");
}

static void channel_compile(struct compile *k, const struct value *doc, const struct path *at, struct channel *out)
{
	out->key = compile_key(k, doc, at, k->catalog->by_channel, out);
	out->id = compile_number(k->names->channels, out->key);
	out->name = members_text(doc, "name", out->key);
	out->affiliate = members_text(doc, "affiliate", STR(""));
	out->campaign = compile_reference(k, doc, "campaign", at, k->catalog->by_campaign);
	out->landing_url = compile_url(k, doc, "landing_url", at);
	cost_compile(k, doc, at, out);
	postback_compile(k, doc, at, out);
}

void channels_compile(struct compile *k)
{
	const struct value *doc = compile_section(k, "channels");
	struct path at = path_member(PATH_ROOT, STR("channels"));
	struct catalog *c = k->catalog;

	c->n_channels = doc->n;
	c->channels = arena_array_of(k->a, doc->n, struct channel);
	for (size_t i = 0; i < doc->n; i++) {
		struct path here = path_index(&at, i);

		channel_compile(k, &doc->items[i], &here, &c->channels[i]);
	}
}
