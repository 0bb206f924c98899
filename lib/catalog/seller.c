#include "lib/catalog/compile.h"

/* What a seller's webhook may ask for. */
static const char *const events[] = {
	"lead.sold", "lead.unsold", "lead.pending", "sale.accepted", "sale.rejected", "sale.returned", "sale.converted", NULL
};

static void campaigns_of(struct compile *k, const struct value *doc, const struct path *at, struct seller *out)
{
	struct path here = path_member(at, STR("campaigns"));
	const struct value *list = members_list(doc, "campaigns");
	struct map *seen = map_new(k->a);

	out->campaigns = members_texts(k->a, doc, "campaigns", &out->n_campaigns);
	for (size_t i = 0; list != NULL && i < list->n; i++) {
		struct path entry = path_index(&here, i);
		struct str key = value_as_text(&list->items[i]);

		if (list->items[i].type != VALUE_TEXT || key.n == 0)
			continue; /* members_check has said so */
		if (map_get(k->catalog->by_campaign, key) == NULL)
			fault_add(k->f, &entry, "unknown_reference", "there is no campaign \"%.*s\"", STR_ARG(key));
		else if (!map_put(seen, key, out))
			fault_add(k->f, &entry, "duplicate_key", "the campaign \"%.*s\" stands here a second time", STR_ARG(key));
	}
}

static void webhook_compile(struct compile *k, const struct value *doc, const struct path *at, struct seller *out)
{
	static const struct member_rule event = { .type = MEMBER_CHOICE, .choices = events };
	struct path here = path_member(at, STR("webhook"));
	struct path names = path_member(&here, STR("events"));
	const struct value *webhook = members_object(doc, "webhook");
	const struct value *list = members_list(webhook, "events");

	out->webhook_url = compile_url(k, webhook, "url", &here);
	out->webhook_events = members_texts(k->a, webhook, "events", &out->n_webhook_events);
	for (size_t i = 0; list != NULL && i < list->n; i++) {
		struct path entry = path_index(&names, i);

		if (list->items[i].type == VALUE_TEXT && list->items[i].text.n > 0)
			member_check(&list->items[i], &event, &entry, k->f);
	}
}

static void payout_of_seller(struct compile *k, const struct value *doc, const struct path *at, struct seller *out)
{
	struct path here = path_member(at, STR("payout"));
	struct payout *payout = arena_new_of(k->a, struct payout);

	if (members_object(doc, "payout") == NULL)
		return;
	payout_compile(members_object(doc, "payout"), &here, k->f, payout);
	out->payout = payout;
}

static void check_currencies(struct compile *k, const struct path *at, const struct seller *s)
{
	const struct campaign *first = NULL;

	for (size_t i = 0; i < s->n_campaigns; i++) {
		const struct campaign *c = map_get(k->catalog->by_campaign, s->campaigns[i]);

		if (c == NULL)
			continue;
		if (first == NULL)
			first = c;
		if (strcmp(first->currency, c->currency) == 0)
			continue;
		compile_one_currency(k, s->caps, s->n_caps, at, first->currency, c->currency);
		return;
	}
}

static void seller_compile(struct compile *k, const struct value *doc, const struct path *at, struct seller *out)
{
	struct path caps = path_member(at, STR("caps"));
	const struct value *rate = members_object(doc, "rate_limit");

	out->key = compile_key(k, doc, at, k->catalog->by_seller, out);
	out->id = compile_number(k->names->sellers, out->key);
	out->name = members_text(doc, "name", out->key);
	out->status = (enum status)members_choice(doc, "status", shape_status, STATUS_ACTIVE);
	campaigns_of(k, doc, at, out);
	payout_of_seller(k, doc, at, out);
	out->rate_per_second = (int)members_int(rate, "per_second", 0);
	out->rate_burst = (int)members_int(rate, "burst", out->rate_per_second);
	if (members_list(doc, "caps") != NULL)
		caps_compile(k->a, members_list(doc, "caps"), &caps, k->f, &out->caps, &out->n_caps);
	check_currencies(k, at, out);
	out->show_buyer = (enum show_buyer)members_choice(doc, "show_buyer", shape_show_buyer, SHOW_NAME);
	webhook_compile(k, doc, at, out);
}

void sellers_compile(struct compile *k)
{
	const struct value *doc = compile_section(k, "sellers");
	struct path at = path_member(PATH_ROOT, STR("sellers"));
	struct catalog *c = k->catalog;

	c->n_sellers = doc->n;
	c->sellers = arena_array_of(k->a, doc->n, struct seller);
	for (size_t i = 0; i < doc->n; i++) {
		struct path here = path_index(&at, i);

		seller_compile(k, &doc->items[i], &here, &c->sellers[i]);
	}
}
