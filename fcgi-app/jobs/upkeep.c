#include "fcgi-app/jobs/jobs.h"

#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/store/idempotency.h"
#include "lib/store/partition.h"

enum { DAYS_AHEAD = 7, GRACE_US = 5000000, EXPIRE_BATCH = 5000 };

#define KEPT_US (INT64_C(24) * 3600 * 1000000)

int job_recover(struct jobs *j, struct err *e)
{
	int n = exchange_recover(j->db, j->arena, clock_wall_us(), GRACE_US, e);

	if (n < 0)
		return -1;
	if (n > 0)
		shm_count(j->app->shm, "gavel_recovered_attempts_total", (uint64_t)n);
	return 0;
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
	return dropped >= EXPIRE_BATCH ? 1 : 0;
}
