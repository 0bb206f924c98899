#include "lib/exchange/verdict.h"

#include "lib/base/log.h"
#include "lib/exchange/holding.h"
#include "lib/store/outbox.h"
#include "lib/store/postback.h"
#include "lib/store/return_request.h"
#include "lib/store/work.h"
#include "lib/wire/json.h"

enum { DATA_MAX = 4096 };

/* An unknown outcome is first looked after so much later: a buyer's postback is often on its way. */
#define FIRST_LOOK_US INT64_C(5000000)

enum found verdict_lock_of(struct db *db, struct arena *a, struct id lead_id, struct id sale_id, struct sale_row *out, struct err *e)
{
	enum found found = lead_store_lock(db, lead_id, e);

	return found == FOUND_YES ? sale_store_lock(db, a, sale_id, out, e) : found;
}

enum found verdict_lock(struct db *db, struct arena *a, struct id sale_id, struct sale_row *out, struct err *e)
{
	struct id lead_id;
	enum found found = sale_store_lead(db, a, sale_id, &lead_id, e);

	return found == FOUND_YES ? verdict_lock_of(db, a, lead_id, sale_id, out, e) : found;
}

/* The buyer's own word that it has not got what a policy gave up. */
static bool frees_slot(const struct verdict_turn *t)
{
	return t->to == SALE_REJECTED && sale_is_lost(t->sale);
}

static enum found move_sale(struct db *db, const struct verdict_turn *t, struct err *e)
{
	if (t->result != NULL)
		return sale_store_settle(db, t->sale->id, t->result, t->event.at, e);
	if (t->to == t->sale->state && !frees_slot(t))
		return FOUND_YES;
	if (t->sale->state == SALE_POSTING && sale_store_let_go(db, t->sale->id, t->event.at, e) != 0)
		return FOUND_ERR;
	return postback_sale_move(db, t->sale->id, t->sale->state, t->to, t->event.at, e);
}

/* What gavel-jobs has to do about it from now on. */
static int ask_for_work(struct db *db, const struct verdict_turn *t, struct err *e)
{
	int64_t now = t->event.at;

	if (t->to == SALE_PENDING)
		return work_add(db, WORK_UNKNOWN, t->sale->id, now + FIRST_LOOK_US, now, e);
	if (t->sale->state == SALE_PENDING && work_drop(db, WORK_UNKNOWN, t->sale->id, e) != 0)
		return -1;
	if (t->to == SALE_REJECTED && t->lead == VERDICT_LEAD_RESELL)
		return work_add_reroute(db, t->sale->lead_id, now, e);
	return 0;
}

/* What a reject gives back: the lead is free again when no slot of it is held. */
static int give_back(struct db *db, const struct verdict_turn *t, struct err *e)
{
	return t->to == SALE_REJECTED ? lead_store_release(db, t->sale->lead_id, t->event.at, e) : 0;
}

static int move_lead(struct db *db, const struct verdict_turn *t, struct err *e)
{
	if (t->lead == VERDICT_LEAD_IN_HAND)
		return 0;
	if (t->lead == VERDICT_LEAD_LET_GO)
		return lead_store_close(db, t->sale->lead_id, t->event.at, e);
	return lead_store_resolve(db, t->sale->lead_id, t->event.at, e);
}

/* Whoever asked to give back what is rejected now has it back already. */
static int close_return(struct db *db, const struct verdict_turn *t, struct err *e)
{
	struct sale_event event = { .sale_id = t->sale->id, .at = t->event.at, .kind = STR("return_closed"), .detail = STR("the sale was rejected"),
		.actor = t->event.actor };
	enum found closed;

	if (t->to != SALE_REJECTED || (t->sale->state != SALE_ACCEPTED && t->sale->state != SALE_CONVERTED))
		return 0;
	closed = return_request_close(db, t->sale->id, event.actor, event.detail, event.at, e);
	if (closed != FOUND_YES)
		return closed == FOUND_ERR ? -1 : 0;
	return sale_event_insert(db, t->sale->lead_id, &event, e);
}

int verdict_write(struct db *db, const struct verdict_turn *t, struct err *e)
{
	const struct id nobody = { { 0 } };
	struct sale_event event = t->event;
	enum found moved = move_sale(db, t, e);
	bool news = t->result != NULL || t->to != t->sale->state;

	if (moved == FOUND_ERR)
		return -1;
	if (moved == FOUND_NO) {
		err_set(e, ERR_CONFLICT, "the sale changed meanwhile");
		return 1;
	}
	event.sale_id = t->sale->id;
	if (sale_event_insert(db, t->sale->lead_id, &event, e) != 0)
		return -1;
	if (!news && !frees_slot(t))
		return 0;
	if (close_return(db, t, e) != 0 || give_back(db, t, e) != 0 || ask_for_work(db, t, e) != 0 || move_lead(db, t, e) != 0 ||
	    outbox_add(db, t->sale->lead_id, news ? t->sale->id : nobody, news ? (int)t->to : 0, t->event.at, e) != 0)
		return -1;
	/* Last: many wait for these rows. */
	return holding_settle(db, t->sale, t->to, t->result == NULL || t->result->delivery != DELIVERY_NOT_SENT, t->event.at, e);
}

int verdict_revive(struct db *db, struct arena *a, const struct catalog *catalog, const struct verdict_turn *t, struct err *e)
{
	struct verdict_turn turn = *t;
	struct refusal why;
	int r = holding_take_again(db, a, catalog, t->sale, &why, e);

	if (r == 1) {
		err_set(e, ERR_CONFLICT, "the sale was given up, and there is no room for it any more: %s", reason_help(why.code));
		if (e != NULL)
			e->code = reason_slug(why.code);
	}
	if (r != 0)
		return r;
	turn.result = NULL;
	r = verdict_write(db, &turn, e);
	return r == 0 && t->result != NULL ? sale_store_complete(db, t->sale->id, t->result, t->event.at, e) : r;
}

static struct str describe(struct arena *a, const struct dispute *d, const struct sale_row *sale, struct str subject)
{
	struct json_out j;
	struct buf b;

	buf_in(&b, a, DATA_MAX);
	j = json_out(&b);
	json_open(&j, NULL, '{');
	json_text(&j, "subject", subject);
	json_text(&j, "lead_id", id_text(a, "led", d->lead_id));
	json_text(&j, "buyer", d->buyer);
	json_money(&j, "price", sale->cost);
	json_cstr(&j, "currency", sale->currency);
	json_text(&j, "said_by", d->actor);
	json_text(&j, "why", d->why);
	json_close(&j, '}');
	return buf_str(&b);
}

struct disputing {
	const struct dispute *d;
	struct arena *arena;
};

static int write_dispute(struct db *db, void *ctx, struct err *e)
{
	const struct disputing *k = ctx;
	const struct dispute *d = k->d;
	struct sale_event event = { .sale_id = d->sale_id, .at = d->now, .kind = STR("disputed"), .reason = REASON_ACCEPTED, .detail = d->why,
		.actor = d->actor };
	struct str subject = arena_printf(k->arena, "sale:%.*s", STR_ARG(id_text(k->arena, "sal", d->sale_id)));
	struct sale_row sale;
	enum found found = verdict_lock_of(db, k->arena, d->lead_id, d->sale_id, &sale, e);

	if (found == FOUND_YES && (sale.state != SALE_REJECTED || sale.sandbox))
		found = FOUND_NO;
	if (found == FOUND_YES)
		found = outbox_alert(db, "sale.disputed", subject, STR("disputed"), describe(k->arena, d, &sale, subject), d->now, e);
	if (found != FOUND_YES)
		return found == FOUND_ERR ? -1 : 0;
	log_warn("a buyer has a sale that is rejected", LOG_STR("subject", subject), LOG_STR("buyer", d->buyer), LOG_STR("said_by", d->actor),
	    LOG_STR("why", d->why), LOG_END);
	return d->is_ours ? sale_event_insert(db, d->lead_id, &event, e) : 0;
}

int verdict_dispute(struct db *db, struct arena *a, const struct dispute *d, struct err *e)
{
	struct disputing k = { d, a };

	return db_transact(db, write_dispute, &k, e);
}
