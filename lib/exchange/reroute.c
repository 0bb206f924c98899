/*
 * reroute: a buyer's later reject has the lead sold to the next, away from the request that told of it. The lead shows `pending` while its work row
 * is there; at the end the row goes and the lead becomes what its sales say, in one transaction.
 */
#include "lib/base/clock.h"
#include "lib/base/fail.h"
#include "lib/base/log.h"
#include "lib/exchange/selling.h"
#include "lib/exchange/work.h"
#include "lib/store/outbox.h"

/* A lead that its post's worker still has in hand is looked at again so much later. */
#define IN_HAND_US INT64_C(2000000)

struct finish {
	const struct work_row *w;
	int64_t now;
};

static int write_finish(struct db *db, void *ctx, struct err *e)
{
	const struct finish *f = ctx;
	enum found ours;

	if (lead_store_lock(db, f->w->id, e) == FOUND_ERR)
		return -1;
	ours = work_done(db, f->w, e);
	if (ours != FOUND_YES)
		return ours == FOUND_ERR ? -1 : work_once_more(db, f->w, f->now, e);
	if (lead_store_close(db, f->w->id, f->now, e) != 0)
		return -1;
	return outbox_add(db, f->w->id, (struct id){ { 0 } }, 0, f->now, e);
}

static int write_start(struct db *db, void *ctx, struct err *e)
{
	const struct finish *f = ctx;
	struct sale_event event = { .at = f->now, .kind = STR("re_route"), .actor = STR("jobs") };

	return sale_event_insert(db, f->w->id, &event, e);
}

static int put_off(struct db *db, void *ctx, struct err *e)
{
	const struct finish *f = ctx;

	return work_later(db, f->w, f->now + IN_HAND_US, e) == FOUND_ERR ? -1 : 0;
}

static int transact(const struct exchange *ex, const struct work_row *w, int (*fn)(struct db *, void *, struct err *), struct err *e)
{
	struct finish f = { w, clock_wall_us() };
	struct db *db = NULL;
	int r;

	if (db_take(ex->pool, clock_mono_us() + DB_WAIT_US, &db, e) != 0)
		return -1;
	r = db_transact(db, fn, &f, e);
	db_give(ex->pool, &db);
	return r == 1 ? 0 : r;
}

/* Sold or held for good, out of slots, or out of time. */
static bool is_over(const struct selling *s, const struct lead_row *lead)
{
	int taken = selling_taken(s);

	if (lead->reroute_until <= clock_wall_us() || s->n_sales >= ATTEMPTS_MAX)
		return true;
	return taken >= s->max_sales || (taken > 0 && lead->sold_as != SALE_SHARED + 1);
}

static void sell_again(struct selling *s)
{
	int64_t most = s->campaign->post_deadline_ms < WORK_MOST_MS ? s->campaign->post_deadline_ms : WORK_MOST_MS;
	struct faults *faults = arena_new_of(s->arena, struct faults);
	struct err e = { 0 };

	faults_init(faults, s->arena);
	s->deadline_us = clock_mono_us() + most * 1000;
	s->deadline_wall_us = clock_wall_us() + most * 1000;
	FAIL("reroute.before_sale");
	if (selling_run(s, faults, &e) != 0)
		log_err("a lead could not be sold again", &e);
	FAIL("reroute.after_sale");
}

int reroute_run(const struct exchange *ex, struct arena *a, const struct snapshot *snap, const struct work_row *w, struct err *e)
{
	struct selling *s = NULL;
	struct lead_row lead;
	enum found found = selling_resume(ex, a, snap, w->id, &lead, &s, e);

	if (found == FOUND_ERR)
		return -1;
	if (found == FOUND_YES && lead.state == LEAD_POSTING && lead.deadline_at > clock_wall_us())
		return transact(ex, w, put_off, e);
	if (found == FOUND_YES && !is_over(s, &lead)) {
		if (transact(ex, w, write_start, e) != 0)
			return -1;
		sell_again(s);
	}
	if (found == FOUND_YES)
		crypt_wipe(s->key.key, sizeof(s->key.key));
	return transact(ex, w, write_finish, e);
}
