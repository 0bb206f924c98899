#include "lib/catalog/shape.h"

#include <stdlib.h>

#include "lib/base/money.h"

#define SHAPE(table, within) { .rules = (table), .n_rules = MEMBERS_N(table), .inside = (within) }
#define SHAPE_FOREIGN(table, within) { .rules = (table), .n_rules = MEMBERS_N(table), .inside = (within), .foreign = true }

enum { DAY_S = 86400, YEAR_DAYS = 366 };

const char *const shape_status[] = { "active", "paused", "archived", NULL };
const char *const shape_strategy[] = { "highest_bid", "priority", "weighted", "round_robin", NULL };
const char *const shape_rank_by[] = { "price", "expected_revenue", NULL };
const char *const shape_show_buyer[] = { "name", "alias", "none", NULL };
const char *const shape_funding[] = { "none", "prepaid", "credit", NULL };
const char *const shape_postback_auth[] = { "signature", "token", NULL };
const char *const shape_sale[] = { "exclusive", "shared", "hybrid", NULL };
const char *const shape_price[] = { "bid", "fixed", NULL };
const char *const shape_unknown_then[] = { "operator", "sold", "lost", NULL };
const char *const shape_on_unknown[] = { "hold", "next", NULL };
const char *const shape_cost[] = { "cpc", "cpl", "revshare", "manual", NULL };

/* What others check: names alone, for their order. */

static const struct shape field;
static const struct shape_inside field_inside[] = { { "fields", &field, true }, { 0 } };
static const struct member_rule field_rules[] = {
	{ "name" }, { "type" }, { "values" }, { "min" }, { "max" }, { "ping" }, { "post" }, { "if" }, { "pii" }, { "fields" },
};
static const struct shape field = SHAPE_FOREIGN(field_rules, field_inside);

static const struct shape_inside vertical_inside[] = { { "fields", &field, true }, { 0 } };
static const struct member_rule vertical_rules[] = { { "key" }, { "name" }, { "fields" } };
static const struct shape vertical = SHAPE_FOREIGN(vertical_rules, vertical_inside);

static const struct member_rule payout_rules[] = { { "type" }, { "percent" }, { "amount" } };
static const struct shape payout = SHAPE_FOREIGN(payout_rules, NULL);

static const struct member_rule intent_rules[] = { { "when" }, { "points" } };
static const struct shape intent = SHAPE_FOREIGN(intent_rules, NULL);
static const struct shape_inside scoring_inside[] = { { "intent_rules", &intent, true }, { 0 } };
static const struct member_rule scoring_rules[] = {
	{ "minimum" }, { "completeness" }, { "source_quality" }, { "intent" }, { "intent_rules" },
};
static const struct shape scoring = SHAPE_FOREIGN(scoring_rules, scoring_inside);

static const struct member_rule consent_rules[] = { { "require" }, { "gpc" } };
static const struct shape consent = SHAPE_FOREIGN(consent_rules, NULL);

static const struct member_rule cap_rules[] = { { "on" }, { "per" }, { "leads" }, { "spend" }, { "by" } };
static const struct shape cap = SHAPE_FOREIGN(cap_rules, NULL);

static const struct member_rule open_rules[] = { { "days" }, { "from" }, { "to" } };
static const struct shape opening = SHAPE_FOREIGN(open_rules, NULL);
static const struct shape_inside schedule_inside[] = { { "open", &opening, true }, { 0 } };
static const struct member_rule schedule_rules[] = { { "timezone" }, { "open" }, { "closed_dates" } };
static const struct shape schedule = SHAPE_FOREIGN(schedule_rules, schedule_inside);

static const struct member_rule reply_rule_rules[] = { { "when" }, { "outcome" } };
static const struct shape reply_rule = SHAPE_FOREIGN(reply_rule_rules, NULL);
static const struct shape_inside reply_inside[] = { { "rules", &reply_rule, true }, { 0 } };
static const struct member_rule reply_rules[] = {
	{ "format" }, { "namespaces" }, { "unwrap" }, { "bids" }, { "rules" }, { "otherwise" }, { "price" }, { "ref" },
	{ "expires_in_s" }, { "redirect_url" }, { "captures" }, { "reason" }, { "reasons" },
};
static const struct shape reply = SHAPE_FOREIGN(reply_rules, reply_inside);
static const struct member_rule email_rules[] = { { "to" }, { "subject" }, { "body" } };
static const struct shape email = SHAPE_FOREIGN(email_rules, NULL);
static const struct member_rule csv_rules[] = { { "file" }, { "columns" } };
static const struct shape csv = SHAPE_FOREIGN(csv_rules, NULL);
static const struct shape_inside step_inside[] = { { "reply", &reply }, { "email", &email }, { "csv", &csv }, { 0 } };
static const struct member_rule step_rules[] = {
	{ "method" }, { "url" }, { "timeout_ms" }, { "query" }, { "headers" }, { "auth" }, { "body" }, { "omit_empty" },
	{ "reply" }, { "email" }, { "csv" },
};
static const struct shape step = SHAPE_FOREIGN(step_rules, step_inside);

/* What is checked here. */

static const struct member_rule duplicates_rules[] = {
	{ "window_days", MEMBER_INT, .min = 0, .max = 10 * YEAR_DAYS },
	{ "match", MEMBER_TEXTS, .max = 2 },
};
static const struct shape duplicates = SHAPE(duplicates_rules, NULL);

static const struct member_rule reroute_rules[] = {
	{ "max_attempts", MEMBER_INT, .min = 1, .max = 100 },
	{ "window_s", MEMBER_INT, .min = 0, .max = 30 * DAY_S },
};
static const struct shape reroute = SHAPE(reroute_rules, NULL);

static const struct shape_inside routing_inside[] = { { "reroute", &reroute }, { 0 } };
static const struct member_rule routing_rules[] = {
	{ "strategy", MEMBER_CHOICE, .choices = shape_strategy },
	{ "rank_by", MEMBER_CHOICE, .choices = shape_rank_by },
	{ "max_sales", MEMBER_INT, .min = 1, .max = 20 },
	{ "ping_timeout_ms", MEMBER_INT, .min = 20, .max = 60000 },
	{ "bid_ttl_s", MEMBER_INT, .min = 1, .max = DAY_S },
	{ "post_timeout_ms", MEMBER_INT, .min = 20, .max = 120000 },
	{ "post_deadline_ms", MEMBER_INT, .min = 20, .max = 300000 },
	{ "reserve_price", MEMBER_MONEY },
	{ "reroute", MEMBER_OBJECT },
};
static const struct shape routing = SHAPE(routing_rules, routing_inside);

static const struct shape_inside campaign_inside[] = {
	{ "routing", &routing }, { "payout", &payout }, { "duplicates", &duplicates },
	{ "scoring", &scoring }, { "consent", &consent }, { 0 },
};
static const struct member_rule campaign_rules[] = {
	{ "key", MEMBER_KEY, .required = true },
	{ "vertical", MEMBER_KEY, .required = true },
	{ "currency", MEMBER_TEXT, .required = true, .min = 3, .max = 3 },
	{ "status", MEMBER_CHOICE, .choices = shape_status },
	{ "routing", MEMBER_OBJECT },
	{ "payout", MEMBER_OBJECT, .required = true },
	{ "duplicates", MEMBER_OBJECT },
	{ "scoring", MEMBER_OBJECT },
	{ "consent", MEMBER_OBJECT },
};
static const struct shape campaign = SHAPE(campaign_rules, campaign_inside);

static const struct member_rule rate_limit_rules[] = {
	{ "per_second", MEMBER_INT, .required = true, .min = 1, .max = 1000000 },
	{ "burst", MEMBER_INT, .min = 1, .max = 1000000 },
};
static const struct shape rate_limit = SHAPE(rate_limit_rules, NULL);

static const struct member_rule webhook_rules[] = {
	{ "url", MEMBER_TEXT, .required = true, .max = CATALOG_URL_MAX },
	{ "events", MEMBER_TEXTS, .required = true, .min = 1, .max = 20 },
};
static const struct shape webhook = SHAPE(webhook_rules, NULL);

static const struct shape_inside seller_inside[] = {
	{ "payout", &payout }, { "rate_limit", &rate_limit }, { "caps", &cap, true },
	{ "webhook", &webhook }, { 0 },
};
static const struct member_rule seller_rules[] = {
	{ "key", MEMBER_KEY, .required = true },
	{ "name", MEMBER_TEXT, .min = 1, .max = CATALOG_NAME_MAX },
	{ "status", MEMBER_CHOICE, .choices = shape_status },
	{ "campaigns", MEMBER_TEXTS, .required = true, .max = CATALOG_SECTION_MAX },
	{ "payout", MEMBER_OBJECT },
	{ "rate_limit", MEMBER_OBJECT },
	{ "caps", MEMBER_LIST },
	{ "show_buyer", MEMBER_CHOICE, .choices = shape_show_buyer },
	{ "webhook", MEMBER_OBJECT },
};
static const struct shape seller = SHAPE(seller_rules, seller_inside);

static const struct member_rule price_rules[] = {
	{ "type", MEMBER_CHOICE, .required = true, .choices = shape_price },
	{ "amount", MEMBER_MONEY },
	{ "min", MEMBER_MONEY },
	{ "max", MEMBER_MONEY },
};
static const struct shape price = SHAPE(price_rules, NULL);

static const struct member_rule sources_rules[] = {
	{ "allow", MEMBER_TEXTS, .max = 10000 },
	{ "block", MEMBER_TEXTS, .max = 10000 },
};
static const struct shape sources = SHAPE(sources_rules, NULL);

static const struct shape_inside unknown_inside[] = { { "check", &step }, { 0 } };
static const struct member_rule unknown_rules[] = {
	{ "hold_s", MEMBER_INT, .min = 0, .max = 90 * DAY_S },
	{ "then", MEMBER_CHOICE, .choices = shape_unknown_then },
	{ "repeat", MEMBER_BOOL },
	{ "check", MEMBER_OBJECT },
};
static const struct shape unknown = SHAPE(unknown_rules, unknown_inside);

static const struct shape_inside contract_inside[] = {
	{ "price", &price }, { "schedule", &schedule }, { "caps", &cap, true },
	{ "sources", &sources }, { "duplicates", &duplicates }, { "ping", &step },
	{ "post", &step }, { "loss_notice", &step }, { "unknown", &unknown }, { 0 },
};
static const struct member_rule contract_rules[] = {
	{ "key", MEMBER_KEY, .required = true },
	{ "campaign", MEMBER_KEY, .required = true },
	{ "status", MEMBER_CHOICE, .choices = shape_status },
	{ "sale", MEMBER_CHOICE, .choices = shape_sale },
	{ "tier", MEMBER_INT, .min = 1, .max = 100 },
	{ "priority", MEMBER_INT, .min = 0, .max = 1000000 },
	{ "weight", MEMBER_INT, .min = 0, .max = 1000000 },
	{ "price", MEMBER_OBJECT, .required = true },
	{ "filters", MEMBER_LIST, .max = 100 },
	{ "schedule", MEMBER_OBJECT },
	{ "caps", MEMBER_LIST },
	{ "sources", MEMBER_OBJECT },
	{ "duplicates", MEMBER_OBJECT },
	{ "ping", MEMBER_OBJECT },
	{ "post", MEMBER_OBJECT, .required = true },
	{ "loss_notice", MEMBER_OBJECT },
	{ "unknown", MEMBER_OBJECT },
	{ "on_unknown", MEMBER_CHOICE, .choices = shape_on_unknown },
	{ "unknown_is_reject", MEMBER_BOOL },
};
const struct shape shape_contract = SHAPE(contract_rules, contract_inside);

static const struct member_rule funding_rules[] = {
	{ "mode", MEMBER_CHOICE, .required = true, .choices = shape_funding },
	{ "limit", MEMBER_MONEY },
};
static const struct shape funding = SHAPE(funding_rules, NULL);

static const struct member_rule postback_rules[] = { { "auth", MEMBER_CHOICE, .choices = shape_postback_auth } };
static const struct shape postback = SHAPE(postback_rules, NULL);

static const struct member_rule returns_rules[] = {
	{ "window_days", MEMBER_INT, .min = 0, .max = YEAR_DAYS },
	{ "max_percent", MEMBER_MONEY, .max = 100 * MONEY_SCALE },
	{ "auto_approve", MEMBER_TEXTS, .max = 100 },
};
static const struct shape returns = SHAPE(returns_rules, NULL);

static const struct shape_inside buyer_inside[] = {
	{ "funding", &funding }, { "postback", &postback }, { "returns", &returns },
	{ "caps", &cap, true }, { "contracts", &shape_contract, true }, { 0 },
};
static const struct member_rule buyer_rules[] = {
	{ "key", MEMBER_KEY, .required = true },
	{ "name", MEMBER_TEXT, .min = 1, .max = CATALOG_NAME_MAX },
	{ "status", MEMBER_CHOICE, .choices = shape_status },
	{ "funding", MEMBER_OBJECT },
	{ "postback", MEMBER_OBJECT },
	{ "returns", MEMBER_OBJECT },
	{ "caps", MEMBER_LIST },
	{ "contracts", MEMBER_LIST },
};
static const struct shape buyer = SHAPE(buyer_rules, buyer_inside);

static const struct member_rule cost_rules[] = {
	{ "type", MEMBER_CHOICE, .required = true, .choices = shape_cost },
	{ "amount", MEMBER_MONEY },
	{ "percent", MEMBER_MONEY, .max = 100 * MONEY_SCALE },
};
static const struct shape cost = SHAPE(cost_rules, NULL);

static const struct shape_inside channel_inside[] = { { "cost", &cost }, { 0 } };
static const struct member_rule channel_rules[] = {
	{ "key", MEMBER_KEY, .required = true },
	{ "name", MEMBER_TEXT, .min = 1, .max = CATALOG_NAME_MAX },
	{ "affiliate", MEMBER_TEXT, .max = CATALOG_NAME_MAX },
	{ "campaign", MEMBER_KEY, .required = true },
	{ "landing_url", MEMBER_TEXT, .required = true, .max = CATALOG_URL_MAX },
	{ "cost", MEMBER_OBJECT },
	{ "postback_url", MEMBER_TEXT, .max = CATALOG_URL_MAX },
};
static const struct shape channel = SHAPE(channel_rules, channel_inside);

static const struct member_rule form_step_rules[] = {
	{ "title", MEMBER_TEXT, .required = true, .max = CATALOG_NAME_MAX },
	{ "fields", MEMBER_TEXTS, .required = true, .min = 1, .max = 100 },
};
static const struct shape form_step = SHAPE(form_step_rules, NULL);

static const struct member_rule thanks_rules[] = {
	{ "message", MEMBER_TEXT, .min = 1, .max = 2000 },
	{ "redirect_url", MEMBER_TEXT, .min = 1, .max = CATALOG_URL_MAX },
};
static const struct shape thanks = SHAPE(thanks_rules, NULL);

static const struct member_rule theme_rules[] = { { "accent", MEMBER_TEXT, .max = 7 } };
static const struct shape theme = SHAPE(theme_rules, NULL);

static const struct shape_inside form_inside[] = {
	{ "steps", &form_step, true }, { "thanks", &thanks }, { "theme", &theme }, { 0 },
};
static const struct member_rule form_rules[] = {
	{ "key", MEMBER_KEY, .required = true },
	{ "campaign", MEMBER_KEY, .required = true },
	{ "seller", MEMBER_KEY, .required = true },
	{ "steps", MEMBER_LIST, .required = true, .min = 1, .max = 20 },
	{ "consent_text", MEMBER_TEXT, .required = true, .max = 4000 },
	{ "thanks", MEMBER_OBJECT },
	{ "origins", MEMBER_TEXTS, .max = 100 },
	{ "theme", MEMBER_OBJECT },
};
static const struct shape form = SHAPE(form_rules, form_inside);

/* Names of the operator's own: their entries are checked where they are compiled. */
static const struct shape names = { .foreign = true, .sorted = true };

static const struct shape_inside document_inside[] = {
	{ "lookups", &names }, { "lists", &names }, { "verticals", &vertical, true },
	{ "campaigns", &campaign, true }, { "sellers", &seller, true }, { "buyers", &buyer, true },
	{ "channels", &channel, true }, { "forms", &form, true }, { 0 },
};
static const struct member_rule document_rules[] = {
	{ "gavel", MEMBER_INT, .required = true },
	{ "lookups", MEMBER_OBJECT, .max = CATALOG_SECTION_MAX },
	{ "lists", MEMBER_OBJECT, .max = CATALOG_SECTION_MAX },
	{ "verticals", MEMBER_LIST, .max = CATALOG_SECTION_MAX },
	{ "campaigns", MEMBER_LIST, .max = CATALOG_SECTION_MAX },
	{ "sellers", MEMBER_LIST, .max = CATALOG_SECTION_MAX },
	{ "buyers", MEMBER_LIST, .max = CATALOG_SECTION_MAX },
	{ "channels", MEMBER_LIST, .max = CATALOG_SECTION_MAX },
	{ "forms", MEMBER_LIST, .max = CATALOG_SECTION_MAX },
};
const struct shape shape_document = SHAPE(document_rules, document_inside);

static void check_inside(const struct shape *s, const struct value *v, const struct path *at, struct faults *f)
{
	if (!s->foreign)
		shape_check(s, v, at, f);
}

void shape_check(const struct shape *s, const struct value *doc, const struct path *at, struct faults *f)
{
	members_check(doc, s->rules, s->n_rules, at, f);
	for (const struct shape_inside *in = s->inside; in != NULL && in->member != NULL; in++) {
		struct path here = path_member(at, str_of(in->member));
		const struct value *v = value_get(doc, here.name);

		if (v == NULL)
			continue;
		if (!in->each && v->type == VALUE_OBJECT)
			check_inside(in->shape, v, &here, f);
		for (size_t i = 0; in->each && v->type == VALUE_LIST && i < v->n; i++) {
			struct path entry = path_index(&here, i);

			check_inside(in->shape, &v->items[i], &entry, f);
		}
	}
}

const struct shape *shape_inside(const struct shape *s, const char *member)
{
	for (const struct shape_inside *in = s->inside; in != NULL && in->member != NULL; in++)
		if (strcmp(in->member, member) == 0)
			return in->shape;
	return NULL;
}

static struct value order_member(struct arena *a, const struct shape *s, const struct member *m)
{
	for (const struct shape_inside *in = s->inside; in != NULL && in->member != NULL; in++) {
		struct value list = m->value;

		if (!str_is(m->name, in->member))
			continue;
		if (!in->each)
			return shape_order(a, in->shape, &m->value);
		if (m->value.type != VALUE_LIST)
			break;
		list.items = arena_array_of(a, list.n, struct value);
		for (size_t i = 0; i < list.n; i++)
			list.items[i] = shape_order(a, in->shape, &m->value.items[i]);
		return list;
	}
	return m->value;
}

/* Where the shape has a member: unknown ones come behind all others. */
static size_t rank(const struct shape *s, struct str name)
{
	size_t i = 0;

	while (i < s->n_rules && !str_is(name, s->rules[i].name))
		i++;
	return i;
}

static int by_name(const void *x, const void *y)
{
	return str_cmp(((const struct member *)x)->name, ((const struct member *)y)->name);
}

struct value shape_order(struct arena *a, const struct shape *s, const struct value *doc)
{
	struct value out = *doc;
	size_t *ranks;

	if (doc->type != VALUE_OBJECT)
		return out;
	out.members = arena_array_of(a, doc->n, struct member);
	ranks = arena_array_of(a, doc->n, size_t);
	for (size_t i = 0; i < doc->n; i++) {
		size_t r = rank(s, doc->members[i].name), at = i;

		for (; at > 0 && ranks[at - 1] > r; at--) {
			ranks[at] = ranks[at - 1];
			out.members[at] = out.members[at - 1];
		}
		ranks[at] = r;
		out.members[at] = (struct member){ doc->members[i].name, order_member(a, s, &doc->members[i]) };
	}
	if (s->sorted)
		qsort(out.members, out.n, sizeof(*out.members), by_name);
	return out;
}
