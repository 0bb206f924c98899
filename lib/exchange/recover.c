/*
 * recover: a worker died between the intent and the verdict. Whether the buyer has the lead is not known, so the attempt becomes unknown
 * and the lead is held; it is never sold to anybody else on that account.
 */
#include "lib/base/log.h"
#include "lib/exchange/exchange.h"
#include "lib/exchange/verdict.h"
#include "lib/store/outbox.h"
#include "lib/store/work.h"

enum { AT_ONCE = 200 };

struct recovery {
	const struct sale_row *row;
	struct arena *arena;
	int64_t now;
};

static int to_unknown(struct db *db, void *ctx, struct err *e)
{
	const struct recovery *r = ctx;
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

struct ending {
	struct id lead_id;
	int64_t before, now;
};

/* What its worker would have gone on with is gone on with by gavel-jobs, while there is time. */
static int to_end(struct db *db, void *ctx, struct err *e)
{
	const struct ending *w = ctx;
	enum found found = lead_store_lock_stale(db, w->lead_id, w->before, e);

	if (found != FOUND_YES)
		return found == FOUND_ERR ? -1 : 1;
	if (work_add_reroute(db, w->lead_id, w->now, e) != 0 || lead_store_close(db, w->lead_id, w->now, e) != 0)
		return -1;
	return outbox_add(db, w->lead_id, (struct id){ { 0 } }, 0, w->now, e);
}

/* Leads whose worker died between two attempts. Returns how many, or -1. */
static int sweep(struct db *db, struct arena *a, int64_t before, int64_t now, struct err *e)
{
	struct id *ids;
	size_t n;
	int done = 0;

	if (lead_store_stale(db, a, before, AT_ONCE, &ids, &n, e) != 0)
		return -1;
	for (size_t i = 0; i < n; i++) {
		struct ending w = { ids[i], before, now };
		int r = db_transact(db, to_end, &w, e);

		if (r == -1)
			return -1;
		done += r == 0;
	}
	return done;
}

int exchange_recover(struct db *db, struct arena *a, int64_t now, int64_t grace_us, struct err *e)
{
	struct sale_row *rows;
	size_t n;
	int done = 0, swept;

	if (sale_store_overdue(db, a, now - grace_us, AT_ONCE, &rows, &n, e) != 0)
		return -1;
	for (size_t i = 0; i < n; i++) {
		struct recovery r = { &rows[i], a, now };
		int result = db_transact(db, to_unknown, &r, e);

		if (result == -1)
			return -1;
		if (result == 0) {
			done++;
			log_warn("an attempt was left open by a worker that ended: held as unknown",
			    LOG_STR("sale", id_text(a, "sal", rows[i].id)), LOG_END);
		}
	}
	swept = sweep(db, a, now - grace_us, now, e);
	return swept < 0 ? -1 : done + swept;
}
