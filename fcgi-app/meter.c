#include "fcgi-app/meter.h"

#include <stdio.h>

#include "lib/base/clock.h"

enum { NAME_MAX_BYTES = 112 };

void meter_request(struct app *app, const struct route *route, int status, int64_t us)
{
	const char *path = route != NULL ? route->path : "none";
	char name[NAME_MAX_BYTES];

	/* A name that was cut would spoil the whole text for its readers. */
	if (snprintf(name, sizeof(name), "gavel_requests_total{pool=\"%s\",route=\"%s\",status=\"%dxx\"}", app->role, path, status / 100) <
	    NAME_MAX_BYTES)
		shm_count(app->shm, name, 1);
	snprintf(name, sizeof(name), "pool=\"%s\",route=\"%s\"", app->role, path);
	shm_time(app->shm, name, us);
}

void meter_job(struct app *app, const char *job, bool good)
{
	char name[NAME_MAX_BYTES];

	snprintf(name, sizeof(name), "gavel_job_runs_total{job=\"%s\",result=\"%s\"}", job, good ? "done" : "failed");
	shm_count(app->shm, name, 1);
	if (!good)
		return;
	snprintf(name, sizeof(name), "gavel_job_last_run_timestamp_seconds{job=\"%s\"}", job);
	shm_set(app->shm, name, (uint64_t)(clock_wall_us() / 1000000));
}

/* A worker that is replaced takes its own counts with it; the shared ones only grow. */
static void add_calls(struct shm *shm, const char *mode, const struct net_stats *now, struct net_stats *told)
{
	const struct {
		const char *name;
		uint64_t now, told;
	} grown[] = {
		{ "gavel_buyer_calls_total", now->calls, told->calls },
		{ "gavel_buyer_connects_total", now->connects, told->connects },
		{ "gavel_buyer_timeouts_total", now->timeouts, told->timeouts },
		{ "gavel_buyer_not_sent_total", now->not_sent, told->not_sent },
	};
	char name[NAME_MAX_BYTES];

	for (size_t i = 0; i < sizeof(grown) / sizeof(grown[0]); i++) {
		snprintf(name, sizeof(name), "%s{mode=\"%s\"}", grown[i].name, mode);
		shm_count(shm, name, grown[i].now - grown[i].told);
	}
	*told = *now;
}

static void beat_net(struct app *app, struct meter *m)
{
	struct net_stats live, sandbox = { 0 };

	if (app->exchange.net == NULL)
		return;
	net_stats(app->exchange.net, &live);
	add_calls(app->shm, "live", &live, &m->live);
	if (app->exchange.sandbox_net != NULL) {
		net_stats(app->exchange.sandbox_net, &sandbox);
		add_calls(app->shm, "sandbox", &sandbox, &m->sandbox);
	}
	if (app->worker == NULL)
		return;
	atomic_store(&app->worker->net_us, app->exchange.sandbox_net != NULL && sandbox.beat_us < live.beat_us ? sandbox.beat_us : live.beat_us);
	atomic_store(&app->worker->calls_in_flight, live.in_flight + sandbox.in_flight);
	atomic_store(&app->worker->calls_waiting, live.waiting + sandbox.waiting);
}

/*
 * A process whose net thread hangs serves nobody, however well its main thread is: its heart stops with that thread's, and the supervisor
 * replaces it.
 */
static void beat(struct shm_worker *w)
{
	int64_t now = clock_mono_us(), net_us = atomic_load(&w->net_us);

	atomic_store(&w->beat_us, net_us != 0 && net_us < now ? net_us : now);
}

void meter_beat(struct app *app, struct meter *m)
{
	struct shm_worker *w = app->worker;
	struct snapshot *snapshot;
	int64_t oldest_us = 0;
	int waiting = 0, out, size;

	beat_net(app, m);
	if (w == NULL)
		return;
	if (app_writer(app) != NULL)
		writer_depth(app_writer(app), &waiting, &oldest_us);
	atomic_store(&w->rows_waiting, waiting);
	atomic_store(&w->row_oldest_us, oldest_us);
	if (app->pool != NULL) {
		db_pool_usage(app->pool, &out, &size);
		atomic_store(&w->db_out, out);
		atomic_store(&w->db_size, size);
	}
	if (app->snapshots != NULL) {
		snapshot = snapshot_take(app->snapshots);
		atomic_store(&w->config, snapshot->catalog->version);
		snapshot_give(&snapshot);
	}
	if (app->fcgi != NULL)
		atomic_store(&w->busy, fcgi_busy(app->fcgi));
	atomic_store(&w->auctions, atomic_load(&app->auctions) + atomic_load(&app->posts));
	beat(w);
}
