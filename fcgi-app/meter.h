/*
 * meter: what a process tells of itself in the shared mapping, so that any worker can answer /metrics for all of its instance.
 */
#ifndef GAVEL_METER_H
#define GAVEL_METER_H

#include "fcgi-app/app.h"

/* What was told already of what only grows: the process's own. */
struct meter {
	struct net_stats live, sandbox;
};

/* One request: counted by pool, route and class of status, and timed. route NULL: there was none. */
void meter_request(struct app *app, const struct route *route, int status, int64_t us);
/* One run of a job that ended well or not. */
void meter_job(struct app *app, const char *job, bool good);
/* Heartbeat and gauges of this process, and what has grown since the last time. */
void meter_beat(struct app *app, struct meter *m);

#endif
