#include "lib/exchange/verdict.h"

#include "lib/exchange/holding.h"
#include "lib/store/outbox.h"
#include "lib/store/postback.h"
#include "lib/store/work.h"

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

static enum found move_sale(struct db *db, const struct verdict_turn *t, struct err *e)
{
	if (t->result != NULL)
		return sale_store_settle(db, t->sale->id, t->result, t->event.at, e);
	if (t->to == t->sale->state)
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

int verdict_write(struct db *db, const struct verdict_turn *t, struct err *e)
{
	struct sale_event event = t->event;
	enum found moved = move_sale(db, t, e);
	bool changes = t->result != NULL || t->to != t->sale->state;

	if (moved == FOUND_ERR)
		return -1;
	if (moved == FOUND_NO) {
		err_set(e, ERR_CONFLICT, "the sale changed meanwhile");
		return 1;
	}
	event.sale_id = t->sale->id;
	if (sale_event_insert(db, t->sale->lead_id, &event, e) != 0)
		return -1;
	if (!changes)
		return 0;
	if (give_back(db, t, e) != 0 || ask_for_work(db, t, e) != 0 || move_lead(db, t, e) != 0 ||
	    outbox_add(db, t->sale->lead_id, t->sale->id, (int)t->to, t->event.at, e) != 0)
		return -1;
	/* Last: many wait for these rows. */
	return holding_settle(db, t->sale, t->to, t->result == NULL || t->result->delivery != DELIVERY_NOT_SENT, t->event.at, e);
}
