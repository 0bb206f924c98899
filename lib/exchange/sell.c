/*
 * sell: a lead offered to one bid after the other, until it is sold or held, nobody is left, or its time is up.
 */
#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/exchange/reping.h"
#include "lib/exchange/selling.h"
#include "lib/exchange/usage.h"

enum { LEAST_POST_MS = 100 };

void selling_take(struct selling *s, const struct auction *au)
{
	s->offers = au->offers;
	s->n_offers = au->n_offers;
	s->n_spare = au->n_spare;
	s->next = 0;
	if (s->n_decisions == 0) {
		s->decisions = au->decisions;
		s->n_decisions = au->campaign->n_contracts;
		return;
	}
	for (size_t i = 0; i < au->campaign->n_contracts; i++)
		if (au->decisions[i].code != REASON_NOT_CHOSEN || au->decisions[i].cost >= 0)
			selling_overlay(s, au->decisions[i].contract, (int)au->decisions[i].code);
}

/* Asks again, those that had their turn left out: within the time that the post has left, if it runs already. */
int selling_reping(struct selling *s, struct faults *f, struct err *e)
{
	struct ask *ask = arena_new_of(s->arena, struct ask);
	struct ask_how how = { .direct = true, .checked = &s->lead, .lead_id = s->lead_id, .skip = s->n_skip > 0 ? s->skip : NULL,
		.deadline_us = s->deadline_us };
	struct auction *au;

	if (settle_claim(s, e) != 0)
		return -1;
	*ask = s->post->ask;
	ask->max_sales = s->max_sales;
	ask->start_us = clock_mono_us();
	ask->wall_us = clock_wall_us();
	s->repinged = true;
	s->n_tried = s->n_sales + s->passed_over;
	if (exchange_ask(s->ex, s->arena, ask, &how, f, &au, e) != 0)
		return -1;
	selling_take(s, au);
	return 0;
}

static void fill_row(struct selling *s, struct attempt *t)
{
	const struct ask *ask = &s->post->ask;
	int64_t now = clock_wall_us();
	int slot = 1;

	while (s->slots & 1u << (slot - 1))
		slot++;
	t->row = (struct sale_row){ .id = id_new(now), .lead_id = s->lead_id, .bid_id = t->offer->id, .slot = slot,
		.contract_id = t->contract->id, .buyer_id = t->contract->buyer->id, .seller_id = ask->seller->id,
		.campaign_id = ask->campaign->id, .sandbox = ask->sandbox, .kind = (int)t->offer->kind, .state = SALE_POSTING,
		.cost = t->offer->cost, .price = t->offer->price, .created_at = now, .seq = (int)s->n_sales + 1,
		.delivery = DELIVERY_POSTING, .deadline_at = s->deadline_wall_us };
	memcpy(t->row.currency, s->campaign->currency, sizeof(t->row.currency));
	if (t->contract->unknown_repeat || t->contract->unknown_check != NULL)
		t->row.bid = offers_write(s->arena, t->offer, 1);
}

/* A re-ping does not ask it again. */
static void leave_out(struct selling *s, uint32_t contract)
{
	if (s->n_skip < SKIP_MAX)
		s->skip[s->n_skip++] = contract;
}

static void remember(struct selling *s, const struct attempt *t)
{
	struct sold *x = &s->sales[s->n_sales++];

	*x = (struct sold){ t->row, t->contract };
	x->row.state = t->result.state;
	x->row.delivery = t->result.delivery;
	x->row.reason = t->result.reason;
	x->row.ref = t->result.ref;
	x->row.redirect_url = t->result.redirect_url;
	selling_overlay(s, t->contract->id, t->result.reason);
	if (t->result.state == SALE_ACCEPTED)
		s->accepted++;
	else if (t->result.state == SALE_PENDING)
		s->held++;
	if (t->result.state != SALE_REJECTED)
		s->slots |= 1u << (t->row.slot - 1);
	else
		s->changed = true;
	if (!t->again || s->repinged)
		leave_out(s, t->contract->id);
}

/* An exclusive sale, accepted or held, ends the lead; shared ones go on until their slots are taken. */
static bool is_done(const struct selling *s, const struct attempt *t)
{
	if (t->result.state == SALE_REJECTED)
		return false;
	return t->row.kind != SALE_SHARED || selling_taken(s) + 1 >= s->max_sales;
}

static enum lead_state state_of(int accepted, int held)
{
	return held > 0 ? LEAD_PENDING : accepted > 0 ? LEAD_SOLD : LEAD_UNSOLD;
}

/* A cap, the funds or the guard left no room, so the attempt did not happen: the contract's code says why, and the next bid is tried. */
static int pass_over(struct selling *s, const struct attempt *t)
{
	struct decision *d = selling_decision(s, t->contract->id);

	if (d != NULL) {
		d->code = t->refusal.code;
		d->rule = t->refusal.rule;
		d->index = t->refusal.index;
	}
	s->passed_over++;
	s->recoded = true;
	s->changed = true;
	leave_out(s, t->contract->id);
	if (t->refusal.code != REASON_SELLER_CAP && t->refusal.code != REASON_DUPLICATE)
		return 0;
	/* What is full for this seller is full whoever buys, and a duplicate is one to all. */
	s->barred = true;
	if (s->n_sales == 0)
		s->rejected = t->refusal.code;
	return 0;
}

/* One attempt: 0 go on, 1 the lead is at its end, -1 error before anything was sent. */
static int attempt_run(struct selling *s, struct attempt *t, struct err *e)
{
	enum lead_state last = LEAD_POSTING;
	bool done;
	int r;

	fill_row(s, t);
	attempt_render(s, t);
	if (t->refused) {
		t->row.slot = 0;
		t->row.state = SALE_REJECTED;
		t->row.delivery = DELIVERY_NOT_SENT;
		t->row.reason = t->result.reason;
		t->row.reason_text = t->result.reason_text;
	}
	r = settle_intent(s, t, e);
	if (r == 1 && t->refusal.code != REASON_NONE) {
		usage_is_stale(s->ex->usage);
		return pass_over(s, t);
	}
	if (r != 0)
		return -1;
	if (t->refused) {
		remember(s, t);
		return 0;
	}
	attempt_deliver(s, t);
	done = is_done(s, t);
	if (done)
		last = state_of(s->accepted + (t->result.state == SALE_ACCEPTED), s->held + (t->result.state == SALE_PENDING));
	r = settle_result(s, t, last, e);
	if (r != 0) {
		/* The verdict is not in the database: what is told is what is there, an attempt whose outcome is open. */
		log_err("a verdict could not be kept; the attempt stays open", e);
		t->result.state = SALE_PENDING;
		t->result.delivery = DELIVERY_UNKNOWN;
		t->result.reason = REASON_OUTCOME_UNKNOWN;
		last = LEAD_PENDING;
		done = true;
		/* Settled by somebody else, by a postback say: the lead is let go all the same. */
		if (r == 1 && settle_end(s, e) != 0)
			log_err("a lead could not be let go; the recovery will", e);
	}
	remember(s, t);
	s->state = last;
	return done ? 1 : 0;
}

/* With leave of the guard; a contract that it rests is passed over. */
static int sell_to(struct selling *s, const struct offer *offer, struct err *e)
{
	struct attempt *t = arena_new_of(s->arena, struct attempt);
	struct guard *guard = s->post->ask.sandbox ? NULL : s->ex->guard;
	struct guard_pass pass;
	int r;

	t->offer = offer;
	t->contract = selling_contract(s, offer->contract);
	t->refusal.code = guard_enter(guard, t->contract, STEP_POST, &pass);
	if (t->refusal.code != REASON_NONE)
		return pass_over(s, t);
	r = attempt_run(s, t, e);
	guard_leave(guard, &pass, t->health);
	return r;
}

/* Buyers of one shared sale don't use up each other's attempts: those that failed count. */
static bool may_go_on(const struct selling *s)
{
	int failed = (int)s->n_sales - selling_taken(s);

	return !s->barred && s->n_sales < ATTEMPTS_MAX && s->passed_over < ATTEMPTS_MAX && failed < s->campaign->reroute_attempts &&
	    s->deadline_us - clock_mono_us() >= (int64_t)LEAST_POST_MS * 1000;
}

/* All that were tried refused, or had no room by then: others, and the tiers behind, as long as that finds somebody to try. */
static bool may_ask_again(const struct selling *s)
{
	return selling_taken(s) == 0 && s->n_sales + s->passed_over > s->n_tried && s->post->n_bid_ids == 0 &&
	    s->rejected == REASON_NONE;
}

static int run(struct selling *s, struct faults *f, struct err *e)
{
	const struct offer *offer;
	int r;

	while (may_go_on(s)) {
		offer = selling_next(s);
		if (offer == NULL && may_ask_again(s)) {
			if (selling_reping(s, f, e) != 0)
				break;
			continue;
		}
		if (offer == NULL)
			break;
		r = sell_to(s, offer, e);
		if (r == 1)
			return 0;
		if (r == -1)
			return s->n_sales > 0 && e->kind != ERR_CONFLICT ? 0 : -1;
	}
	s->state = s->rejected != REASON_NONE ? LEAD_REJECTED : state_of(s->accepted, s->held);
	if (!s->kept)
		return settle_lead(s, s->state, e) == 0 ? 0 : -1;
	if (settle_end(s, e) != 0)
		s->state = LEAD_PENDING;
	return 0;
}

/* For explanations only: the sale stands without it. */
static void keep_codes(struct selling *s)
{
	struct err e = { 0 };
	struct db *db = NULL;
	int failed = db_take(s->ex->pool, clock_mono_us() + DB_WAIT_US, &db, &e);

	if (failed == 0) {
		failed = lead_store_decide(db, s->lead_id, decision_pack(s->arena, s->decisions, s->n_decisions), &e);
		db_give(s->ex->pool, &db);
	}
	if (failed != 0)
		log_err("the codes of bids that were passed over are not kept", &e);
}

int selling_run(struct selling *s, struct faults *f, struct err *e)
{
	int r = run(s, f, e);

	if (r == 0 && s->recoded && s->kept)
		keep_codes(s);
	return r;
}
