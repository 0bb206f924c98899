/*
 * gavel-jobs: what happens without a request: leads sold again, unknown outcomes found out, recovery of attempts that a dead worker left,
 * upkeep of partitions, roll-ups, expiry, and everything that is sent to those who want to be told.
 *
 *	gavel-jobs [--config-file FILE] [--once]
 *
 * Start as many as you like, on any hosts. One thread runs the timed jobs; others work off what is due about single leads and sales, or send.
 * --once runs every job one time, works off and sends what is due, and ends.
 */
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "config.h"
#include "fcgi-app/jobs/courier.h"
#include "fcgi-app/jobs/jobs.h"
#include "fcgi-app/jobs/workers.h"
#include "fcgi-app/meter.h"
#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/exchange/tally.h"

enum { ARENA_MAX = 256 << 20, TURN_MS = 250, RETRY_MS = 2000, AT_ONCE_MS = 1000, WORKERS = 8, DRAIN_S = 60 };

static const struct job jobs_list[] = {
	{ "recover", 1000, job_recover },
	{ "partitions", 3600000, job_partitions },
	{ "expire", 60000, job_expire },
	{ "guard", 1000, job_guard },
	{ "alerts", 5000, job_alerts },
	{ "outbox", 5000, job_outbox },
	{ "rollup", 5000, job_rollup },
	{ "standing", 60000, job_standing },
	{ "rollup_expire", 3600000, job_rollup_expire },
	{ "messages_expire", 3600000, job_messages_expire },
	{ "holds_expire", 86400000, job_holds_expire },
};

enum { N_JOBS = sizeof(jobs_list) / sizeof(jobs_list[0]) };

int jobs_ddl(struct jobs *j, struct err *e)
{
	struct db_options o = app_db_options(j->app, &j->app->settings.migrate_database);

	o.jobs = true;
	if (j->ddl != NULL && db_is_lost(j->ddl))
		db_close(&j->ddl);
	return j->ddl != NULL ? 0 : db_open(&o, &j->ddl, e);
}

static int connect_db(struct jobs *j, struct err *e)
{
	struct db_options o = j->app->db;

	o.jobs = true;
	if (j->db != NULL && db_is_lost(j->db))
		db_close(&j->db);
	return j->db != NULL ? 0 : db_open(&o, &j->db, e);
}

/* Runs one job to its end, or until its time is up: 1, more waits. -1 when it failed. */
static int run(struct jobs *j, const struct job *job, int64_t until_ms)
{
	struct err e = { 0 };
	int r;

	do {
		r = connect_db(j, &e) == 0 ? job->run(j, &e) : -1;
		arena_reset(j->arena);
	} while (r == 1 && clock_mono_ms() < until_ms);
	if (r == -1) {
		log_warn("a job failed and will be run again", LOG_CSTR("job", job->name), LOG_END);
		log_err("why", &e);
	}
	meter_job(j->app, job->name, r != -1);
	return r;
}

static void loop(struct jobs *j, const sigset_t *stop)
{
	struct timespec turn = { 0, (long)TURN_MS * 1000000 };
	int64_t due[N_JOBS] = { 0 };
	struct meter meter = { 0 };
	int64_t now;

	do {
		for (int i = 0; i < N_JOBS; i++) {
			int r;

			now = clock_mono_ms();
			if (now < due[i])
				continue;
			r = run(j, &jobs_list[i], now + AT_ONCE_MS);
			due[i] = now + (r == 0 ? jobs_list[i].every_ms : r == 1 ? 0 : RETRY_MS);
		}
		meter_beat(j->app, &meter);
	} while (sigtimedwait(stop, NULL, &turn) == -1);
}

/* What needs the configuration waits until the database is there. */
static bool open_app(struct jobs *j, bool once, const sigset_t *stop)
{
	struct timespec pause = { RETRY_MS / 1000, 0 };
	struct err e = { 0 };

	db_library_init();
	while (connect_db(j, &e) != 0) {
		log_err("the jobs wait for the database", &e);
		if (once || sigtimedwait(stop, NULL, &pause) != -1)
			return false;
	}
	if (app_open(j->app, &e) == 0)
		return true;
	log_err("the jobs can't start", &e);
	return false;
}

static struct shm_worker *take_cell(struct shm *shm)
{
	shm_free_dead(shm);
	for (int i = 0; i < SHM_WORKERS; i++) {
		int32_t none = 0;

		if (!atomic_compare_exchange_strong(&shm->workers[i].pid, &none, (int32_t)getpid()))
			continue;
		snprintf(shm->workers[i].role, sizeof(shm->workers[i].role), "jobs");
		atomic_store(&shm->workers[i].net_us, 0);
		atomic_store(&shm->workers[i].beat_us, clock_mono_us());
		return &shm->workers[i];
	}
	return NULL;
}

static int usage(FILE *out, int code)
{
	fputs("usage: gavel-jobs [--config-file FILE] [--once]\n"
	      "       gavel-jobs --help | --version\nSee gavel-jobs(8), gavel.ini(5).\n", out);
	return code;
}

int main(int argc, char **argv)
{
	static const struct option known[] = {
		{ "config-file", required_argument, NULL, 'c' }, { "once", no_argument, NULL, 'o' }, { "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'v' }, { NULL, 0, NULL, 0 },
	};
	static struct app app;
	struct jobs j = { .app = &app };
	struct courier *courier = NULL;
	struct err e = { 0 };
	const char *conf = NULL;
	bool once = false, good = true;
	struct workers *workers = NULL;
	sigset_t stop;
	int c, left;

	while ((c = getopt_long(argc, argv, "", known, NULL)) != -1)
		switch (c) {
		case 'c': conf = optarg; break;
		case 'o': once = true; break;
		case 'h': return usage(stdout, 0);
		case 'v': return puts(PACKAGE_VERSION) < 0;
		default: return usage(stderr, 2);
		}
	if (optind != argc) {
		fprintf(stderr, "gavel-jobs: options alone are taken, not %s\n", argv[optind]);
		return usage(stderr, 2);
	}
	sigemptyset(&stop);
	sigaddset(&stop, SIGTERM);
	sigaddset(&stop, SIGINT);
	sigprocmask(SIG_BLOCK, &stop, NULL);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGHUP, SIG_IGN); /* new settings want a new process; to end for a hang-up would leave nobody at work */
	if (app_prepare(&app, "gavel-jobs", conf) != 0)
		return 1;
	app.role = "jobs";
	app.parts = PART_EXCHANGE;
	if (!open_app(&j, once, &stop))
		return 1;
	if (courier_open(&app, &courier, &e) != 0) {
		log_err("the jobs can't start", &e);
		return 1;
	}
	j.arena = arena_new(ARENA_MAX);
	j.tally = tally_new();
	app.worker = take_cell(app.shm);
	if (once) {
		for (int i = 0; i < N_JOBS; i++)
			good &= run(&j, &jobs_list[i], INT64_MAX) == 0;
		good &= workers_drain(&app) == 0;
		courier_drain(courier, clock_mono_us() + (int64_t)DRAIN_S * 1000000);
	} else {
		workers = workers_start(&app, WORKERS);
		loop(&j, &stop);
		workers_stop(&workers);
	}
	left = courier_close(&courier);
	if (app.worker != NULL)
		atomic_store(&app.worker->pid, 0);
	/* Somebody still waits for a receiver: the process ends with what they use open, and their leases end by themselves. */
	if (left > 0)
		return good ? 0 : 1;
	db_close(&j.db);
	db_close(&j.ddl);
	tally_free(&j.tally);
	arena_free(&j.arena);
	app_close(&app);
	arena_free(&app.arena);
	return good ? 0 : 1;
}
