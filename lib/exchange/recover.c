/*
 * recover: a worker died between the intent and the verdict. Whether the buyer has the lead is not known, so the attempt becomes unknown
 * and the lead is held; it is never sold to anybody else on that account.
 *
 * Each row is a transaction of its own, and one that fails is passed over until the next time round: whatever is wrong with it is not wrong with
 * the others.
 */
#include "lib/base/log.h"
#include "lib/exchange/exchange.h"
#include "lib/exchange/verdict.h"
#include "lib/store/outbox.h"
#include "lib/store/work.h"

enum { AT_ONCE = 200 };

struct attempt_left {
	const struct sale_row *row;
	struct arena *arena;
	int64_t now;
};

static int to_unknown(struct db *db, void *ctx, struct err *e)
{
	const struct attempt_left *r = ctx;
	struct sale_result result = { .state = SALE_PENDING, .delivery = DELIVERY_UNKNOWN, .reason = REASON_OUTCOME_UNKNOWN };
	struct verdict_turn turn = { .sale = r->row, .to = SALE_PENDING, .result = &result, .lead = VERDICT_LEAD_LET_GO,
		.event = { .at = r->now, .kind = STR("outcome_unknown"), .reason = REASON_OUTCOME_UNKNOWN,
		    .detail = STR("the worker ended before the verdict"), .actor = STR("recovery") } };
	struct sale_row row;
	enum found found = verdict_lock(db, r->arena, r->row->id, &row, e);

	if (found != FOUND_YES)
		return found == FOUND_ERR ? -1 : 1;
	/* Its own verdict may have come since it was listed. */
	return row.state != SALE_POSTING ? 1 : verdict_write(db, &turn, e);
}

struct lead_left {
	struct id lead_id;
	int64_t before, now;
};

/* What its worker would have gone on with is gone on with by gavel-jobs, while there is time. */
static int to_end(struct db *db, void *ctx, struct err *e)
{
	const struct lead_left *w = ctx;
	enum found found = lead_store_lock_stale(db, w->lead_id, w->before, e);

	if (found != FOUND_YES)
		return found == FOUND_ERR ? -1 : 1;
	if (work_add_reroute(db, w->lead_id, w->now, e) != 0 || lead_store_close(db, w->lead_id, w->now, e) != 0)
		return -1;
	return outbox_add(db, w->lead_id, (struct id){ { 0 } }, 0, w->now, e);
}

/* What came of one row: false when nothing more can be done on this connection. */
static bool went(struct db *db, struct recovery *r, int result, struct str which, bool *failed, struct err *e)
{
	r->done += result == 0;
	if (result != -1)
		return true;
	*failed = true;
	log_error("what a worker left open could not be taken up; the others are", LOG_STR("id", which), LOG_END);
	log_err("why", e);
	return !db_is_lost(db);
}

static int recover_attempts(struct db *db, struct arena *a, struct recovery *r, bool *failed, struct err *e)
{
	struct overdue o = { r->now - r->grace_us, r->attempt_at, r->attempt, AT_ONCE };
	struct sale_row *rows;
	size_t n;

	if (sale_store_overdue(db, a, &o, &rows, &n, e) != 0)
		return -1;
	for (size_t i = 0; i < n; i++) {
		struct attempt_left left = { &rows[i], a, r->now };
		struct str which = id_text(a, "sal", rows[i].id);
		int result = db_transact(db, to_unknown, &left, e);

		r->attempt_at = rows[i].deadline_at;
		r->attempt = rows[i].id;
		if (!went(db, r, result, which, failed, e))
			return -1;
		if (result == 0)
			log_warn("an attempt was left open by a worker that ended: held as unknown", LOG_STR("sale", which), LOG_END);
	}
	if (n < AT_ONCE)
		r->attempt_at = 0;
	return n == AT_ONCE;
}

/* Leads whose worker died between two attempts. */
static int recover_leads(struct db *db, struct arena *a, struct recovery *r, bool *failed, struct err *e)
{
	struct overdue o = { r->now - r->grace_us, r->lead_at, r->lead, AT_ONCE };
	struct overdue_lead *list;
	size_t n;

	if (lead_store_stale(db, a, &o, &list, &n, e) != 0)
		return -1;
	for (size_t i = 0; i < n; i++) {
		struct lead_left left = { list[i].id, o.before, r->now };

		r->lead_at = list[i].deadline_at;
		r->lead = list[i].id;
		if (!went(db, r, db_transact(db, to_end, &left, e), id_text(a, "led", list[i].id), failed, e))
			return -1;
	}
	if (n < AT_ONCE)
		r->lead_at = 0;
	return n == AT_ONCE;
}

int exchange_recover(struct db *db, struct arena *a, struct recovery *r, struct err *e)
{
	bool failed = false;
	struct err mine = { 0 };
	int attempts, leads;

	r->done = 0;
	attempts = recover_attempts(db, a, r, &failed, &mine);
	leads = attempts == -1 && db_is_lost(db) ? -1 : recover_leads(db, a, r, &failed, &mine);
	if (attempts == -1 || leads == -1 || failed) {
		if (e != NULL)
			*e = mine;
		return -1;
	}
	return attempts == 1 || leads == 1;
}
