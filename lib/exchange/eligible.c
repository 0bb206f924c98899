#include "lib/exchange/person.h"
#include "lib/exchange/record.h"
#include "lib/exchange/steps.h"
#include "lib/exchange/usage.h"

static void set(struct decision *d, enum reason code, enum rule rule, size_t index)
{
	d->code = code;
	d->rule = rule;
	d->index = (uint16_t)(index > UINT16_MAX ? UINT16_MAX : index);
}

/* "seller" covers all of a seller's sources, "seller/sub1" one of them. */
static bool source_in(const struct str *list, size_t n, struct str seller, struct str sub1, size_t *at)
{
	for (size_t i = 0; i < n; i++) {
		struct str rest = list[i], part;

		if (!str_split(&rest, '/', &part) || !str_eq(part, seller))
			continue;
		if (part.n == list[i].n || str_eq(rest, sub1)) {
			*at = i;
			return true;
		}
	}
	return false;
}

static bool source_blocked(const struct auction *au, const struct contract *c, struct decision *d)
{
	struct str sub1 = value_get_text(au->facts.source, STR("sub1"), STR(""));
	size_t at = 0;

	if (source_in(c->block, c->n_block, au->ask->seller->key, sub1, &at)) {
		set(d, REASON_SOURCE_BLOCKED, RULE_BLOCK, at);
		return true;
	}
	if (c->n_allow > 0 && !source_in(c->allow, c->n_allow, au->ask->seller->key, sub1, &at)) {
		set(d, REASON_SOURCE_BLOCKED, RULE_ALLOW, 0);
		return true;
	}
	return false;
}

static bool filtered(const struct auction *au, const struct contract *c, struct decision *d)
{
	for (size_t i = 0; i < c->n_filters; i++)
		if (!condition_holds(c->filters[i].condition, fact_fetch, (void *)&au->facts)) {
			set(d, c->filters[i].code, RULE_FILTER, i);
			return true;
		}
	return false;
}

static void decide(const struct auction *au, const struct contract *c, struct decision *d)
{
	if (c->buyer->status != STATUS_ACTIVE)
		set(d, REASON_BUYER_PAUSED, RULE_BUYER_STATUS, 0);
	else if (c->status != STATUS_ACTIVE)
		set(d, REASON_BUYER_PAUSED, RULE_STATUS, 0);
	else if (source_blocked(au, c, d) || filtered(au, c, d))
		return;
	else if (c->schedule != NULL && !schedule_is_open(c->schedule, au->ask->wall_us))
		set(d, REASON_SCHEDULE_CLOSED, RULE_SCHEDULE, 0);
	else if (!consent_names(au->facts.consent, c->buyer->key))
		set(d, REASON_BUYER_CONSENT, RULE_NONE, 0);
	else if (person_was_sent(c, au->seen, au->n_seen, au->ask->wall_us))
		set(d, REASON_BUYER_DUPLICATE, RULE_DUPLICATES, 0);
}

static void give_usage(void *view)
{
	usage_give(view);
}

/* One reading for the whole auction, taken when the first contract asks for it. */
static const struct usage_view *usage_of(struct auction *au)
{
	struct usage_view *v;

	if (au->usage == NULL && au->ex != NULL && (v = usage_take(au->ex->usage)) != NULL) {
		arena_defer(au->arena, give_usage, v);
		au->usage = v;
	}
	return au->usage;
}

/* Last, since it costs most: caps and funds, as they were within the last second. The intent to post takes them in truth. */
static void look_for_room(struct auction *au, const struct contract *c, struct decision *d)
{
	int64_t least = c->fixed_price ? c->price_fixed : c->price_min > 0 ? c->price_min : 1;
	struct refusal why;

	if (au->ask->sandbox || (c->n_caps == 0 && c->buyer->n_caps == 0 && c->buyer->funding == FUNDING_NONE))
		return;
	if (!usage_has_room(usage_of(au), c, au->ask->seller, au->ask->wall_us, least, &why))
		set(d, why.code, why.rule, why.index);
}

static bool skipped(const uint32_t *skip, uint32_t id)
{
	for (; skip != NULL && *skip != 0; skip++)
		if (*skip == id)
			return true;
	return false;
}

void auction_eligible(struct auction *au, const uint32_t *skip)
{
	const struct campaign *camp = au->campaign;
	const struct zone *zone = NULL;

	record_local_time(au->arena, &au->facts, NULL, au->ask->wall_us);
	au->decisions = arena_array_of(au->arena, camp->n_contracts, struct decision);
	au->verdicts = arena_array_of(au->arena, camp->n_contracts, struct verdict *);
	for (size_t i = 0; i < camp->n_contracts; i++) {
		const struct contract *c = camp->contracts[i];
		const struct zone *z = c->schedule != NULL ? schedule_zone(c->schedule) : NULL;
		struct decision *d = &au->decisions[i];

		*d = (struct decision){ .contract = c->id, .cost = -1, .ms = -1 };
		/* The hour and the weekday that filters read are those of the contract's schedule. */
		if (z != zone)
			record_local_time(au->arena, &au->facts, zone = z, au->ask->wall_us);
		if (skipped(skip, c->id))
			set(d, REASON_NOT_CHOSEN, RULE_NONE, 0);
		else
			decide(au, c, d);
		if (d->code == REASON_NONE)
			look_for_room(au, c, d);
	}
}

struct verdict *exchange_verdict_of(struct auction *au, size_t i)
{
	if (au->verdicts[i] == NULL)
		au->verdicts[i] = arena_new_of(au->arena, struct verdict);
	return au->verdicts[i];
}

size_t exchange_open_in(const struct auction *au, int tier)
{
	const struct campaign *camp = au->campaign;
	size_t n = 0;

	for (size_t i = 0; i < camp->n_contracts; i++)
		n += au->decisions[i].code == REASON_NONE && (tier == 0 || camp->contracts[i]->tier == tier);
	return n;
}
