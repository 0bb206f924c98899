/*
 * unknown: a post whose outcome is not known is looked after until it is: the buyer is asked, or sent the same attempt again, each time after a
 * longer pause, until the hold window ends. Nothing here is a reject that the buyer did not say: what proves that this try was not sent proves
 * nothing of the first one, and a "duplicate" may mean that the first one arrived.
 */
#include "lib/base/clock.h"
#include "lib/base/fail.h"
#include "lib/base/log.h"
#include "lib/exchange/selling.h"
#include "lib/exchange/verdict.h"
#include "lib/exchange/work.h"

enum { PAUSE_S = 5, PAUSE_TIMES = 3, PAUSE_MOST_S = 3600, STEPS_MOST = 8, COLUMN_MAX = 255 };

#define SECOND_US INT64_C(1000000)

struct looking {
	const struct exchange *ex;
	struct arena *arena;
	const struct snapshot *snap;
	const struct work_row *w;
	struct sale_row sale;
	const struct contract *contract;   /* NULL: no longer configured */
	int64_t hold_until;
	bool settled;                      /* the buyer has told; else what is written is a policy's guess */
	struct str no_room;                /* why a sale that was given up can't be one any more; n 0: not so */
	struct sale_result result;
	enum verdict_lead lead;
	struct sale_event event;           /* kind.n 0: none */
};

static int64_t pause_us(int tries)
{
	int64_t s = PAUSE_S;

	for (int i = 0; i < tries && i < STEPS_MOST; i++)
		s *= PAUSE_TIMES;
	return (s < PAUSE_MOST_S ? s : PAUSE_MOST_S) * SECOND_US;
}

/* The buyer has it, and somebody said otherwise while it was asked. */
static int write_late_accept(struct db *db, struct looking *k, struct verdict_turn *turn, struct err *e)
{
	struct dispute d = { .lead_id = k->sale.lead_id, .sale_id = k->sale.id, .buyer = k->contract->buyer->key, .actor = k->event.actor,
		.why = k->no_room.n > 0 ? k->no_room : STR("it was rejected before the buyer's answer came"), .is_ours = true,
		.now = k->event.at };
	int r;

	if (sale_is_lost(turn->sale) && k->no_room.n == 0) {
		turn->lead = VERDICT_LEAD_KEPT;
		r = verdict_revive(db, k->arena, k->snap->catalog, turn, e);
		if (r == 1)
			k->no_room = arena_str(k->arena, str_of(e->msg));
		if (r != 0)
			return r;
	} else if (verdict_dispute(db, k->arena, &d, e) != 0) {
		return -1;
	}
	return work_done(db, k->w, e) == FOUND_ERR ? -1 : 0;
}

static int write_verdict(struct db *db, struct looking *k, struct err *e)
{
	struct sale_row sale;
	struct verdict_turn turn = { .sale = &sale, .to = k->result.state, .result = &k->result, .lead = k->lead, .event = k->event };
	enum found found = verdict_lock(db, k->arena, k->sale.id, &sale, e);

	if (found == FOUND_ERR)
		return -1;
	if (found == FOUND_YES && k->settled && sale.state == SALE_REJECTED && k->result.state == SALE_ACCEPTED)
		return write_late_accept(db, k, &turn, e);
	/* Somebody else was told meanwhile. */
	if (found == FOUND_NO || sale.state != SALE_PENDING)
		return work_done(db, k->w, e) == FOUND_ERR ? -1 : 0;
	return verdict_write(db, &turn, e);
}

static bool may_ask(const struct contract *c)
{
	return c->unknown_check != NULL || c->unknown_repeat;
}

static int write_wait(struct db *db, struct looking *k, struct err *e)
{
	int64_t now = clock_wall_us(), next = now + pause_us(k->w->tries);

	if (k->event.kind.n > 0 && sale_event_insert(db, k->sale.lead_id, &k->event, e) != 0)
		return -1;
	if (k->hold_until > now && (next > k->hold_until || !may_ask(k->contract)))
		next = k->hold_until;
	return work_later(db, k->w, next, e) == FOUND_ERR ? -1 : 0;
}

static int write_end(struct db *db, struct looking *k, struct err *e)
{
	if (k->event.kind.n > 0 && sale_event_insert(db, k->sale.lead_id, &k->event, e) != 0)
		return -1;
	return work_done(db, k->w, e) == FOUND_ERR ? -1 : 0;
}

struct writing {
	struct looking *k;
	int (*fn)(struct db *, struct looking *, struct err *);
};

static int write_it(struct db *db, void *ctx, struct err *e)
{
	const struct writing *w = ctx;

	return w->fn(db, w->k, e);
}

static int transact(struct looking *k, int (*fn)(struct db *, struct looking *, struct err *), struct err *e)
{
	struct writing w = { k, fn };
	struct db *db = NULL;
	int r;

	if (db_take(k->ex->pool, clock_mono_us() + DB_WAIT_US, &db, e) != 0)
		return -1;
	r = db_transact(db, write_it, &w, e);
	db_give(k->ex->pool, &db);
	return r == 1 ? 0 : r;
}

static void say(struct looking *k, const char *kind, int reason, struct str detail, const char *actor)
{
	k->event = (struct sale_event){ .sale_id = k->sale.id, .at = clock_wall_us(), .kind = str_of(kind), .reason = reason, .detail = detail,
		.actor = str_of(actor) };
}

/* The hold window has ended. */
static int hold_ends(struct looking *k, struct err *e)
{
	const struct str why = STR("the hold window ended without a verdict");

	switch (k->contract->unknown_then) {
	case UNKNOWN_SOLD:
		k->result = (struct sale_result){ .state = SALE_ACCEPTED, .delivery = DELIVERY_UNKNOWN, .reason = REASON_ACCEPTED };
		k->lead = VERDICT_LEAD_KEPT;
		say(k, "accepted", REASON_ACCEPTED, why, "policy");
		return transact(k, write_verdict, e);
	case UNKNOWN_LOST:
		/* Nobody said that the buyer has not got it: so it is not sold to another. */
		k->result = (struct sale_result){ .state = SALE_REJECTED, .delivery = DELIVERY_UNKNOWN, .lost = true, .reason = REASON_OUTCOME_UNKNOWN };
		k->lead = VERDICT_LEAD_KEPT;
		say(k, "rejected", REASON_OUTCOME_UNKNOWN, why, "policy");
		return transact(k, write_verdict, e);
	default:
		say(k, "waits_for_operator", REASON_OUTCOME_UNKNOWN, why, "policy");
		log_warn("a sale's outcome is still unknown; it waits for an operator", LOG_STR("sale", id_text(k->arena, "sal", k->sale.id)), LOG_END);
		return transact(k, write_end, e);
	}
}

/* The bid that the attempt was rendered with. */
static int offer_of(struct looking *k, struct offer *out, struct err *e)
{
	struct offer *list;
	size_t n = 0;

	*out = (struct offer){ .id = k->sale.bid_id, .contract = k->sale.contract_id, .cost = k->sale.cost, .price = k->sale.price };
	if (k->sale.bid.p == NULL)
		return 0;
	if (offers_read(k->arena, k->sale.bid, &list, &n, e) != 0)
		return -1;
	if (n > 0)
		*out = list[0];
	return 0;
}

static bool is_told(struct looking *k, const struct verdict *v, bool repeated)
{
	struct sale_result *r = &k->result;

	r->reason_text = exchange_column_text(v->reason_text, COLUMN_MAX);
	r->ref = exchange_column_text(v->ref, COLUMN_MAX);
	if (v->outcome == OUTCOME_ACCEPTED) {
		r->state = SALE_ACCEPTED;
		r->delivery = DELIVERY_ACCEPTED;
		r->reason = REASON_ACCEPTED;
		return true;
	}
	if (v->outcome != OUTCOME_REJECTED || (repeated && v->reason == REASON_REJECTED_DUPLICATE))
		return false;
	r->state = SALE_REJECTED;
	r->delivery = DELIVERY_REJECTED;
	r->reason = v->reason != REASON_NONE ? (int)v->reason : REASON_REJECTED_OTHER;
	return true;
}

/* One call; true when its reply is a verdict. */
static bool call(struct looking *k, struct selling *s, const struct offer *offer, bool repeat)
{
	const char *kind = repeat ? "repeated" : "asked";
	struct attempt *t = arena_new_of(k->arena, struct attempt);
	struct verdict v;

	t->contract = k->contract;
	t->offer = offer;
	t->row = k->sale;
	t->step = repeat ? NULL : k->contract->unknown_check;
	attempt_render(s, t);
	if (t->refused) {
		say(k, kind, REASON_NOT_SENT, t->result.reason_text, "jobs");
		return false;
	}
	FAIL("unknown.before_call");
	attempt_send(s, t, &v);
	FAIL("unknown.after_call");
	k->result = (struct sale_result){ .ms = t->result.ms, .http_status = t->result.http_status,
		.exchange = k->sale.exchange.p == NULL || repeat ? t->result.exchange : (struct str){ 0 } };
	if (is_told(k, &v, repeat)) {
		say(k, sale_state_name(k->result.state), k->result.reason, k->result.reason_text, repeat ? "repeat" : "check");
		return true;
	}
	say(k, kind, v.reason != REASON_NONE ? (int)v.reason : REASON_OUTCOME_UNKNOWN, exchange_column_text(v.reason_text, COLUMN_MAX), "jobs");
	return false;
}

/* Asks the buyer, and sends it again where that is allowed. */
static int ask_buyer(struct looking *k, struct err *e)
{
	/* A buyer that said `pending` has it: there is nothing to send again. */
	bool repeat = k->contract->unknown_repeat && k->sale.delivery == DELIVERY_UNKNOWN;
	struct lead_row lead;
	struct selling *s;
	struct offer offer;
	enum found found = selling_resume(k->ex, k->arena, k->snap, k->sale.lead_id, &lead, &s, e);

	if (found == FOUND_ERR || (found == FOUND_YES && offer_of(k, &offer, e) != 0))
		return -1;
	if (found == FOUND_NO)
		return transact(k, write_wait, e);
	s->deadline_us = clock_mono_us() + (int64_t)WORK_MOST_MS * 1000;
	k->lead = VERDICT_LEAD_RESELL;
	k->settled = (k->contract->unknown_check != NULL && call(k, s, &offer, false)) || (repeat && call(k, s, &offer, true));
	crypt_wipe(s->key.key, sizeof(s->key.key));
	if (transact(k, k->settled ? write_verdict : write_wait, e) != 0)
		return -1;
	/* That was rolled back; now the operator is told. */
	return k->no_room.n > 0 ? transact(k, write_verdict, e) : 0;
}

static enum found find(struct looking *k, struct err *e)
{
	const struct campaign *live = NULL, *camp;
	struct db *db = NULL;
	enum found found;

	if (db_take(k->ex->pool, clock_mono_us() + DB_WAIT_US, &db, e) != 0)
		return FOUND_ERR;
	found = sale_store_find(db, k->arena, k->w->id, &k->sale, e);
	db_give(k->ex->pool, &db);
	if (found != FOUND_YES)
		return found;
	live = catalog_campaign(k->snap->catalog, k->sale.campaign_id);
	camp = live != NULL && k->sale.sandbox ? sandbox_campaign(k->arena, live, k->ex->sandbox_url) : live;
	k->contract = camp != NULL ? campaign_contract(camp, k->sale.contract_id) : NULL;
	if (k->contract != NULL)
		k->hold_until = k->sale.created_at + k->contract->unknown_hold_s * SECOND_US;
	return FOUND_YES;
}

int unknown_run(const struct exchange *ex, struct arena *a, const struct snapshot *snap, const struct work_row *w, struct err *e)
{
	struct looking k = { .ex = ex, .arena = a, .snap = snap, .w = w };
	enum found found = find(&k, e);

	if (found == FOUND_ERR)
		return -1;
	if (found == FOUND_NO || k.sale.state != SALE_PENDING)
		return transact(&k, write_end, e);
	if (k.contract == NULL) {
		say(&k, "waits_for_operator", REASON_OUTCOME_UNKNOWN, STR("its contract is no longer configured"), "policy");
		return transact(&k, write_end, e);
	}
	if (clock_wall_us() >= k.hold_until)
		return hold_ends(&k, e);
	return may_ask(k.contract) ? ask_buyer(&k, e) : transact(&k, write_wait, e);
}
