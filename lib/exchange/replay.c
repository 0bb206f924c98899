#include "lib/exchange/replay.h"

#include <stdlib.h>

#include "lib/base/log.h"
#include "lib/exchange/steps.h"

enum { TURNS_FIRST = 256 };

struct turn {
	uint32_t contract;   /* 0 = free */
	uint64_t taken;
};

/* Open addressing; at most as many as there are contracts. */
struct replay_turns {
	struct turn *list;
	size_t room, n;
	uint64_t count;
};

struct replay_turns *replay_turns_new(void)
{
	struct replay_turns *t = calloc(1, sizeof(*t));

	if (t != NULL)
		t->list = calloc(TURNS_FIRST, sizeof(*t->list));
	if (t == NULL || t->list == NULL)
		log_die("out of memory");
	t->room = TURNS_FIRST;
	return t;
}

void replay_turns_free(struct replay_turns **tp)
{
	if (*tp != NULL)
		free((*tp)->list);
	free(*tp);
	*tp = NULL;
}

static struct turn *place(struct turn *list, size_t room, uint32_t contract)
{
	size_t i = contract * UINT32_C(2654435761) % room;

	while (list[i].contract != 0 && list[i].contract != contract)
		i = (i + 1) % room;
	return &list[i];
}

static void make_room(struct replay_turns *t)
{
	struct turn *list;

	if (2 * t->n < t->room)
		return;
	list = calloc(2 * t->room, sizeof(*list));
	if (list == NULL)
		log_die("out of memory");
	for (size_t i = 0; i < t->room; i++)
		if (t->list[i].contract != 0)
			*place(list, 2 * t->room, t->list[i].contract) = t->list[i];
	free(t->list);
	t->list = list;
	t->room *= 2;
}

static struct turn *turn_of(struct replay_turns *t, uint32_t contract)
{
	struct turn *turn;

	make_room(t);
	turn = place(t->list, t->room, contract);
	if (turn->contract == 0) {
		turn->contract = contract;
		t->n++;
	}
	return turn;
}

/* One ping on its way. */
struct replay {
	const struct replay_in *in;
	struct replayed *out;
	struct auction *au;
};

static const struct decision *recorded(const struct record *r, uint32_t contract)
{
	for (size_t i = 0; i < r->n_decisions; i++)
		if (r->decisions[i].contract == contract)
			return &r->decisions[i];
	return NULL;
}

/* A refusal that came of the moment, by a rule that the contract still has. */
static bool stands(const struct contract *c, enum reason code)
{
	switch (code) {
	case REASON_CAP_SENT:
	case REASON_CAP_SOLD:
	case REASON_CAP_SPEND:
		return c->n_caps > 0 || c->buyer->n_caps > 0;
	case REASON_NO_FUNDS:
		return c->buyer->funding != FUNDING_NONE;
	case REASON_BUYER_DUPLICATE:
		return c->duplicates_days > 0;
	case REASON_CIRCUIT_OPEN:
	case REASON_BULKHEAD_FULL:
	case REASON_PING_TOO_LATE:
		return true;
	default:
		return false;
	}
}

static bool is_answer(enum reason code)
{
	return code == REASON_NO_BID || code == REASON_TIMEOUT || code == REASON_UNREACHABLE || code == REASON_TLS_FAILED ||
	    code == REASON_HTTP_ERROR || code == REASON_UNPARSABLE_REPLY;
}

static void bid_again(const struct contract *c, const struct decision *was, struct decision *d, struct verdict *v)
{
	*v = (struct verdict){ .outcome = OUTCOME_BID, .has_price = true, .expires_in_s = -1, .price = c->fixed_price ? c->price_fixed : was->cost };
	*d = (struct decision){ .contract = d->contract, .cost = v->price, .ms = was->ms, .has_draw = was->has_draw, .draw = was->draw,
		.acceptance = was->acceptance, .speed = was->speed };
}

/* What this contract said then, in the place of asking it. */
static void answer_one(struct replay *r, size_t i)
{
	const struct contract *c = r->au->campaign->contracts[i];
	static const struct decision nothing = { .cost = -1, .ms = -1 };
	const struct decision *was = recorded(r->in->record, c->id);
	struct decision *d = &r->au->decisions[i];

	was = was != NULL ? was : &nothing;
	if (stands(c, was->code)) {
		*d = *was;
	} else if (c->ping == NULL || was->cost >= 0) {
		/* without a ping the price is the contract's own */
		bid_again(c, was, d, exchange_verdict_of(r->au, i));
	} else if (is_answer(was->code)) {
		*d = *was;
	} else {
		r->out->unrecorded[i] = true;
		r->out->n_unrecorded++;
		d->code = REASON_NO_BID;
	}
}

static void answer_tier(struct auction *au, int tier, void *ctx)
{
	struct replay *r = ctx;

	for (size_t i = 0; i < au->campaign->n_contracts; i++)
		if (au->decisions[i].code == REASON_NONE && au->campaign->contracts[i]->tier == tier)
			answer_one(r, i);
}

/* Turns as they were recorded, or else as they come in this replay. */
static void take_turns(struct replay *r, struct bid *bids, size_t n)
{
	struct replay_turns *t = r->in->turns;
	size_t with = 0;

	for (size_t i = 0; i < n; i++) {
		const struct decision *was = recorded(r->in->record, bids[i].contract);

		with += was != NULL && was->has_draw;
	}
	if (with < n && r->in->then->routing.strategy != STRATEGY_ROUND_ROBIN)
		for (size_t i = 0; i < n; i++)
			bids[i].draw = turn_of(t, bids[i].contract)->taken;
}

static int rank_tier(struct auction *au, int tier, size_t *listed_out, void *ctx, struct err *e)
{
	struct replay *r = ctx;
	struct bid *bids = arena_array_of(au->arena, au->campaign->n_contracts, struct bid);
	size_t n = exchange_bids(au, tier, bids);

	(void)e;
	if (au->campaign->routing.strategy == STRATEGY_ROUND_ROBIN)
		take_turns(r, bids, n);
	*listed_out = exchange_rank(au, bids, n);
	for (size_t i = 0; i < n; i++)
		if (bids[i].reason == REASON_OFFERED)
			turn_of(r->in->turns, bids[i].contract)->taken = ++r->in->turns->count;
	return 0;
}

/* Why the lead would not be for sale at all. What the database said of it then still holds, where it is still asked. */
static enum reason screen(const struct replay *r)
{
	const struct record *record = r->in->record;

	if (record->row->status == PING_REJECTED && record->n_decisions > 0)
		switch (record->decisions[0].code) {
		case REASON_DUPLICATE:
			if (r->in->now->duplicates_days > 0)
				return REASON_DUPLICATE;
			break;
		case REASON_SUPPRESSED_DNC:
		case REASON_SUPPRESSED_OPTOUT:
		case REASON_ERASED:
		case REASON_SELLER_CAP:
			return record->decisions[0].code;
		default:
			break;
		}
	return exchange_screen(r->au, r->in->whole ? STEP_POST : STEP_PING);
}

/* Those that had had their turn when the lead was asked again: not_chosen without a price. Ended by 0. */
static uint32_t *turns_had(struct arena *a, const struct record *record)
{
	uint32_t *skip = arena_array_of(a, record->n_decisions + 1, uint32_t);
	size_t n = 0;

	for (size_t i = 0; i < record->n_decisions; i++)
		if (record->decisions[i].code == REASON_NOT_CHOSEN && record->decisions[i].cost < 0)
			skip[n++] = record->decisions[i].contract;
	return skip;
}

static bool same_offers(const struct auction *au, const struct record *was)
{
	if (au->n_offers != was->n_offers)
		return false;
	for (size_t i = 0; i < au->n_offers; i++) {
		const struct offer *a = &au->offers[i], *b = &was->offers[i];

		if (a->contract != b->contract || a->kind != b->kind || a->offered != b->offered || a->cost != b->cost || a->price != b->price)
			return false;
	}
	return true;
}

static bool same_codes(const struct auction *au, const struct record *was)
{
	if (au->campaign->n_contracts != was->n_decisions)
		return false;
	for (size_t i = 0; i < was->n_decisions; i++) {
		const struct decision *d = recorded(was, au->decisions[i].contract);

		if (d == NULL || d->code != au->decisions[i].code)
			return false;
	}
	return true;
}

/* How many may be sold: as many as were asked for, which shows only when the campaign allowed more. */
static int sales_wanted(const struct replay_in *in)
{
	int was = in->record->row->max_sales, most = in->now->routing.max_sales;

	return was == in->then->routing.max_sales || was > most ? most : was;
}

static void set_score(const struct replay_in *in, struct auction *au)
{
	au->score = in->record->row->score;
	if (in->rescored)
		au->score = in->now->scoring == NULL ? -1 :
		    score_of(in->now->scoring, in->now->vertical, in->whole ? STEP_POST : STEP_PING, &au->facts, -1);
	au->facts.score = au->score >= 0 ? value_int(au->arena, au->score) : (struct value){ .type = VALUE_NULL };
}

static struct auction *open_auction(struct arena *a, const struct replay_in *in)
{
	const struct record *record = in->record;
	struct auction *au = arena_new_of(a, struct auction);
	struct ask *ask = arena_new_of(a, struct ask);

	*ask = record->ask;
	ask->campaign = in->now;
	ask->seller = in->seller;
	ask->max_sales = sales_wanted(in);
	*au = (struct auction){ .arena = a, .ask = ask, .campaign = in->now, .ping_id = record->row->id, .lead_id = record->row->lead_id,
		.lead = record->lead, .facts = record_facts(a, ask), .max_sales = ask->max_sales };
	au->facts.lead = &au->lead;
	set_score(in, au);
	facts_index(a, in->now->vertical, &au->facts);
	au->offers = arena_array_of(a, in->now->n_contracts, struct offer);
	return au;
}

int replay_ping(struct arena *a, const struct replay_in *in, struct replayed *out, struct err *e)
{
	struct replay r = { .in = in, .out = out, .au = open_auction(a, in) };
	struct auction_steps steps = { answer_tier, rank_tier, &r };
	enum reason why;

	*out = (struct replayed){ .auction = r.au, .unrecorded = arena_array_of(a, in->now->n_contracts, bool) };
	auction_eligible(r.au, turns_had(a, in->record));
	why = screen(&r);
	if (why != REASON_NONE) {
		exchange_reject(r.au, why);
	} else {
		if (exchange_tiers(r.au, &steps, e) != 0)
			return -1;
		r.au->status = r.au->n_offers > 0 ? PING_MATCHED : PING_UNMATCHED;
	}
	out->same = r.au->status == in->record->row->status && same_codes(r.au, in->record) && same_offers(r.au, in->record);
	return 0;
}
