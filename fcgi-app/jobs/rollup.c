#include "fcgi-app/jobs/jobs.h"

#include "lib/base/clock.h"
#include "lib/exchange/tally.h"
#include "lib/store/standing.h"

enum { EXPIRE_BATCH = 5000 };

#define DAY_US (INT64_C(86400) * 1000000)

/* One runner counts at a time; the others have nothing to do. The mark keeps the count right even without this lock. */
int job_rollup(struct jobs *j, struct err *e)
{
	enum found locked = db_lock(j->db, "gavel.rollup", 0, e);
	int r;

	if (locked != FOUND_YES)
		return locked == FOUND_ERR ? -1 : 0;
	r = tally_run(j->tally, j->db, j->arena, clock_wall_us(), e);
	db_unlock(j->db, "gavel.rollup");
	return r;
}

/* From what the roll-ups hold by now; the first lock that is free counts for all. */
int job_standing(struct jobs *j, struct err *e)
{
	enum found locked = db_lock(j->db, "gavel.standing", 0, e);
	int r;

	if (locked != FOUND_YES)
		return locked == FOUND_ERR ? -1 : 0;
	r = standing_store_count(j->db, clock_wall_us(), e);
	db_unlock(j->db, "gavel.standing");
	return r;
}

/* Roll-ups are kept as long as the leads that they tell of. */
int job_rollup_expire(struct jobs *j, struct err *e)
{
	uint64_t gone;

	if (stat_expire(j->db, clock_wall_us() - j->app->settings.lead_retention_days * DAY_US, &gone, e) != 0)
		return -1;
	return gone >= EXPIRE_BATCH;
}
