#include "lib/base/money.h"
#include "lib/catalog/compile.h"

enum { UNKNOWN_HOLD_S = 86400, FIRST_TIER = 1, PRIORITY = 100, WEIGHT = 100 };

/* A contract while it is compiled: what its parts need of it. */
struct making {
	struct compile *k;
	const struct value *doc;
	const struct path *at;
	const struct vertical *vertical;  /* NULL: its campaign or vertical is unknown; what names fields is passed over */
	struct contract *out;
};

static void price_member(struct making *m, const struct value *price, const struct path *at, const char *member, bool wanted)
{
	struct path here = path_member(at, str_of(member));

	if (!wanted && members_get(price, member) != NULL)
		fault_add(m->k->f, &here, "invalid_field", "does not go with this type of price");
}

static void price_compile(struct making *m)
{
	struct path here = path_member(m->at, STR("price"));
	struct path amount = path_member(&here, STR("amount"));
	struct path max = path_member(&here, STR("max"));
	const struct value *price = members_object(m->doc, "price");
	struct contract *c = m->out;

	c->fixed_price = members_choice(price, "type", shape_price, 0) == 1;
	c->price_fixed = members_money(price, "amount", 0);
	c->price_min = members_money(price, "min", 0);
	c->price_max = members_money(price, "max", MONEY_MAX);
	if (price == NULL || members_get(price, "type") == NULL)
		return;
	price_member(m, price, &here, "amount", c->fixed_price);
	price_member(m, price, &here, "min", !c->fixed_price);
	price_member(m, price, &here, "max", !c->fixed_price);
	if (c->fixed_price && members_get(price, "amount") == NULL)
		fault_add(m->k->f, &amount, "missing_field", "a fixed price has an amount");
	if (c->price_min > c->price_max)
		fault_add(m->k->f, &max, "invalid_field", "must not be below min");
}

/* A price that the campaign's reserve shuts out is legal, and hardly meant. */
static void price_warn(struct making *m)
{
	struct path here = path_member(m->at, STR("price"));
	const struct contract *c = m->out;
	int64_t most = c->fixed_price ? c->price_fixed : c->price_max;
	struct str price, reserve;

	if (c->campaign == NULL || most >= c->campaign->routing.reserve_price)
		return;
	price = money_text(m->k->a, most);
	reserve = money_text(m->k->a, c->campaign->routing.reserve_price);
	compile_warn(m->k, &here, "at most %.*s, below the campaign's reserve price %.*s: the contract can't win", STR_ARG(price),
	    STR_ARG(reserve));
}

/* A bid that has to share where one buyer is all there is. */
static void sale_warn(struct making *m)
{
	struct path here = path_member(m->at, STR("sale"));
	const struct contract *c = m->out;

	if (c->sale == SALE_SHARED && c->campaign != NULL && c->campaign->routing.max_sales == 1)
		compile_warn(m->k, &here, "shares its leads, and the campaign sells to one buyer (max_sales): the contract can't win");
}

struct reads {
	size_t geo, age, other;
};

static void count_read(void *ctx, const void *source)
{
	struct reads *r = ctx;

	if (fact_is_geo(source))
		r->geo++;
	else if (str_is(fact_name(source), "lead_age_s"))
		r->age++;
	else
		r->other++;
}

static const struct value *fetch_nought(void *ctx, const void *source)
{
	(void)source;
	return ctx;
}

/* A filter on the place alone has a code of its own, and so has one on the age alone that takes a new lead. */
static enum reason code_of(const struct filter *filter, struct arena *a)
{
	struct reads r = { 0, 0, 0 };
	struct value nought = value_int(a, 0);

	condition_each_source(filter->condition, count_read, &r);
	if (r.geo > 0 && r.age == 0 && r.other == 0)
		return REASON_FILTER_GEO;
	if (r.age > 0 && r.geo == 0 && r.other == 0 && condition_holds(filter->condition, fetch_nought, &nought))
		return REASON_LEAD_TOO_OLD;
	return REASON_FILTER_FIELD;
}

static void filters_compile(struct making *m)
{
	struct path here = path_member(m->at, STR("filters"));
	const struct value *list = members_list(m->doc, "filters");
	struct condition_env env = fact_env(m->vertical, m->k->lists);

	if (list == NULL || m->vertical == NULL)
		return;
	m->out->n_filters = list->n;
	m->out->filters = arena_array_of(m->k->a, list->n, struct filter);
	for (size_t i = 0; i < list->n; i++) {
		struct path entry = path_index(&here, i);
		struct filter *filter = &m->out->filters[i];

		if (condition_compile(m->k->a, &list->items[i], &entry, &env, m->k->f, &filter->condition) != 0) {
			filter->condition = NULL;
			continue;
		}
		filter->code = code_of(filter, m->k->a);
	}
}

/* Entries are "seller" or "seller/sub1". */
static struct str *sources_list(struct making *m, const char *member, size_t *n_out)
{
	struct path sources = path_member(m->at, STR("sources"));
	struct path here = path_member(&sources, str_of(member));
	const struct value *doc = members_object(m->doc, "sources");
	const struct value *list = members_list(doc, member);

	for (size_t i = 0; list != NULL && i < list->n; i++) {
		struct path entry = path_index(&here, i);
		struct str rest = value_as_text(&list->items[i]), seller;
		size_t whole = rest.n;

		if (list->items[i].type != VALUE_TEXT || whole == 0)
			continue; /* members_check has said so */
		str_split(&rest, '/', &seller);
		if (map_get(m->k->catalog->by_seller, seller) == NULL)
			fault_add(m->k->f, &entry, "unknown_reference", "there is no seller \"%.*s\"", STR_ARG(seller));
		else if (seller.n + 1 == whole)
			fault_add(m->k->f, &entry, "invalid_field", "must be \"seller\" or \"seller/sub1\"");
	}
	return members_texts(m->k->a, doc, member, n_out);
}

static const struct step *step_of(struct making *m, const struct value *owner, const struct path *at, const char *member,
    struct step_env *env)
{
	struct path here = path_member(at, str_of(member));
	const struct value *doc = members_object(owner, member);
	const struct step *step = NULL;

	if (doc == NULL || m->vertical == NULL)
		return NULL;
	if (step_compile(m->k->a, doc, env, &here, m->k->f, m->k->w, &step) != 0)
		return NULL;
	return step;
}

static void ping_warn(struct making *m)
{
	struct path ping = path_member(m->at, STR("ping"));
	struct path here = path_member(&ping, STR("timeout_ms"));

	if (m->out->ping != NULL && step_timeout_ms(m->out->ping) > m->out->campaign->ping_timeout_ms)
		compile_warn(m->k, &here, "the campaign stops asking after %d ms (ping_timeout_ms)",
		    m->out->campaign->ping_timeout_ms);
}

static void steps_compile(struct making *m)
{
	struct path ping = path_member(m->at, STR("ping"));
	struct path unknown = path_member(m->at, STR("unknown"));
	const struct value *ping_doc = members_object(m->doc, "ping");
	struct contract *c = m->out;
	struct value captures = value_list(NULL, 0);
	struct step_env env = { .vertical = m->vertical, .lookups = m->k->lookups, .lists = m->k->lists,
		.price_by_bid = !c->fixed_price, .captures = &captures };

	if (ping_doc != NULL)
		captures = step_captures(m->k->a, ping_doc);
	else if (!c->fixed_price && members_get(m->doc, "ping") == NULL)
		fault_add(m->k->f, &ping, "missing_field", "a contract priced by bid is asked by a ping step");
	if (c->campaign == NULL)
		return;
	env.kind = STEP_PING;
	env.default_timeout_ms = c->campaign->ping_timeout_ms;
	c->ping = step_of(m, m->doc, m->at, "ping", &env);
	ping_warn(m);
	env.notice = true; /* goes to those who did not get the lead: it may say what a ping may */
	c->loss_notice = step_of(m, m->doc, m->at, "loss_notice", &env);
	env.notice = false;
	env.kind = STEP_POST;
	env.default_timeout_ms = c->campaign->post_timeout_ms;
	env.direct = c->fixed_price && members_get(m->doc, "ping") == NULL;
	c->post = step_of(m, m->doc, m->at, "post", &env);
	env.direct = false;
	env.check = true;
	c->unknown_check = step_of(m, members_object(m->doc, "unknown"), &unknown, "check", &env);
}

static void unknown_compile(struct making *m)
{
	struct path here = path_member(m->at, STR("on_unknown"));
	const struct value *unknown = members_object(m->doc, "unknown");
	struct contract *c = m->out;

	c->unknown_hold_s = (int)members_int(unknown, "hold_s", UNKNOWN_HOLD_S);
	c->unknown_then = (enum unknown_then)members_choice(unknown, "then", shape_unknown_then, UNKNOWN_OPERATOR);
	c->unknown_repeat = members_bool(unknown, "repeat", false);
	c->unknown_is_reject = members_bool(m->doc, "unknown_is_reject", false);
	c->on_unknown_next = members_choice(m->doc, "on_unknown", shape_on_unknown, 0) == 1;
	if (c->on_unknown_next && c->sale == SALE_EXCLUSIVE && !c->unknown_is_reject)
		fault_add(m->k->f, &here, "invalid_field",
		    "an exclusive lead is held until its outcome is known, unless unknown_is_reject says that the buyer certified it");
}

void contract_compile(struct compile *k, const struct value *doc, const struct path *at, const struct buyer *buyer,
    struct contract *out)
{
	struct making m = { .k = k, .doc = doc, .at = at, .out = out };
	struct path duplicates = path_member(at, STR("duplicates"));
	struct path schedule = path_member(at, STR("schedule"));
	struct path caps = path_member(at, STR("caps"));

	out->key = compile_key(k, doc, at, k->catalog->by_contract, out);
	out->id = compile_number(k->names->contracts, out->key);
	out->buyer = buyer;
	out->campaign = compile_reference(k, doc, "campaign", at, k->catalog->by_campaign);
	m.vertical = out->campaign != NULL ? out->campaign->vertical : NULL;
	out->status = (enum status)members_choice(doc, "status", shape_status, STATUS_ACTIVE);
	out->sale = (enum sale_kind)members_choice(doc, "sale", shape_sale, SALE_EXCLUSIVE);
	out->tier = (int)members_int(doc, "tier", FIRST_TIER);
	out->priority = (int)members_int(doc, "priority", PRIORITY);
	out->weight = (int)members_int(doc, "weight", WEIGHT);
	price_compile(&m);
	price_warn(&m);
	sale_warn(&m);
	filters_compile(&m);
	if (members_object(doc, "schedule") != NULL)
		schedule_compile(k->a, members_object(doc, "schedule"), &schedule, k->f, &out->schedule);
	if (members_list(doc, "caps") != NULL)
		caps_compile(k->a, members_list(doc, "caps"), &caps, k->f, &out->caps, &out->n_caps);
	out->allow = sources_list(&m, "allow", &out->n_allow);
	out->block = sources_list(&m, "block", &out->n_block);
	campaign_duplicates(k, members_object(doc, "duplicates"), &duplicates, &out->duplicates_days, &out->duplicates_match);
	steps_compile(&m);
	unknown_compile(&m);
}
