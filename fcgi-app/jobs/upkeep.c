#include "fcgi-app/jobs/jobs.h"

#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/exchange/guard.h"
#include "lib/store/holding.h"
#include "lib/store/idempotency.h"
#include "lib/store/outbox.h"
#include "lib/store/partition.h"
#include "lib/wire/json.h"

enum { ALERT_MAX = 4096, DAYS_AHEAD = 7, GRACE_US = 5000000, EXPIRE_BATCH = 5000 };

#define KEPT_US (INT64_C(24) * 3600 * 1000000)
#define FUNDS_KEPT_US (INT64_C(7) * 24 * 3600 * 1000000)
/* Late verdicts give back to windows that are over, for a while. */
#define WINDOWS_KEPT_US (INT64_C(100) * 24 * 3600 * 1000000)

int job_recover(struct jobs *j, struct err *e)
{
	int r;

	j->recovery.now = clock_wall_us();
	j->recovery.grace_us = GRACE_US;
	r = exchange_recover(j->db, j->arena, &j->recovery, e);
	if (j->recovery.done > 0)
		shm_count(j->app->shm, "gavel_recovered_attempts_total", (uint64_t)j->recovery.done);
	return r;
}

int job_partitions(struct jobs *j, struct err *e)
{
	int made, dropped;

	if (jobs_ddl(j, e) != 0 ||
	    partition_upkeep(j->ddl, j->arena, clock_wall_us(), DAYS_AHEAD, j->app->settings.retention_days, &made, &dropped, e) != 0)
		return -1;
	if (made + dropped > 0)
		log_info("partitions by day", LOG_INT("made", made), LOG_INT("dropped", dropped), LOG_END);
	return 0;
}

int job_expire(struct jobs *j, struct err *e)
{
	uint64_t dropped;

	if (idempotency_store_expire(j->db, clock_wall_us() - KEPT_US, &dropped, e) != 0)
		return -1;
	if (dropped >= EXPIRE_BATCH)
		return 1;
	if (holding_store_expire(j->db, clock_wall_us() - WINDOWS_KEPT_US, &dropped, e) != 0)
		return -1;
	return dropped >= EXPIRE_BATCH ? 1 : 0;
}

/* How long the outbox is, for /metrics: by the oldest row's time and not its age, so that the age grows when no runner is left. */
int job_outbox(struct jobs *j, struct err *e)
{
	struct shm_outbox *to = &j->app->shm->outbox;
	int64_t rows, oldest_at;

	if (outbox_depth(j->db, j->arena, &rows, &oldest_at, e) != 0)
		return -1;
	atomic_store(&to->rows, rows);
	atomic_store(&to->oldest_us, oldest_at);
	atomic_store(&to->seen_us, clock_wall_us());
	return 0;
}

/* After the windows: what a sale took of one that is gone is owed to nobody. */
int job_holds_expire(struct jobs *j, struct err *e)
{
	int64_t now = clock_wall_us();
	int r = holding_store_forget(j->db, j->arena, id_first((now - WINDOWS_KEPT_US) / 1000), &j->holds, e);
	uint64_t dropped;

	if (r != 0)
		return r;
	if (holding_store_forget_funds(j->db, id_first((now - FUNDS_KEPT_US) / 1000), &dropped, e) != 0)
		return -1;
	return dropped >= EXPIRE_BATCH ? 1 : 0;
}

/* What the operator is told of a contract that is rested: names, no figures. */
static struct str describe(struct jobs *j, const struct catalog *catalog, const struct guard_change *c)
{
	const struct contract *contract = map_get(catalog->by_contract, str_of(c->contract));
	struct buf b;
	struct json_out o;

	buf_in(&b, j->arena, ALERT_MAX);
	o = json_out(&b);
	json_open(&o, NULL, '{');
	if (contract != NULL) {
		json_open(&o, "buyer", '{');
		json_text(&o, "id", contract->buyer->key);
		json_text(&o, "name", contract->buyer->name);
		json_close(&o, '}');
	}
	json_cstr(&o, "contract", c->contract);
	json_cstr(&o, "step", c->step == STEP_PING ? "ping" : "post");
	json_close(&o, '}');
	return buf_str(&b);
}

/*
 * Circuits of this instance that opened: buyer.paused. Workers only count the change, so no request waits for the alert's row; a change
 * that could not be written comes again.
 */
int job_guard(struct jobs *j, struct err *e)
{
	struct snapshot *snap = snapshot_take(j->app->snapshots);
	struct guard_change c;
	size_t at = 0;
	int r = 0;

	while (r == 0 && guard_changes(j->app->shm, &at, &c)) {
		int64_t now = clock_wall_us();
		struct str subject = arena_printf(j->arena, "contract:%s:%s", c.contract, c.step == STEP_PING ? "ping" : "post");

		if (!guard_take_change(&c) || !c.opened)
			continue;
		r = outbox_alert(j->db, "buyer.paused", subject, clock_rfc3339_ms(j->arena, now), describe(j, snap->catalog, &c), now, e) == FOUND_ERR ?
		    -1 : 0;
		if (r != 0)
			guard_put_back(&c);
	}
	snapshot_give(&snap);
	return r;
}
