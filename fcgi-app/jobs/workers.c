#include "fcgi-app/jobs/workers.h"

#include <pthread.h>
#include <stdlib.h>

#include "lib/base/clock.h"
#include "lib/base/fail.h"
#include "lib/base/log.h"
#include "lib/base/thread.h"
#include "lib/exchange/work.h"

enum { ARENA_MAX = 64 << 20, STACK = 512 * 1024, IDLE_MS = 200, DB_WAIT_MS = 2000, FAILED_MS = 1000 };

struct workers {
	struct app *app;
	pthread_mutex_t lock;
	pthread_cond_t stopped;
	bool stop;
	int n;
	pthread_t threads[];
};

static const struct {
	enum work_kind kind;
	int (*run)(const struct exchange *ex, struct arena *a, const struct snapshot *snap, const struct work_row *w, struct err *e);
} kinds[] = {
	{ WORK_REROUTE, reroute_run },
	{ WORK_UNKNOWN, unknown_run },
	{ WORK_SANDBOX_REJECT, sandbox_reject_run },
};

static int run(struct app *app, struct arena *a, const struct work_row *w, struct err *e)
{
	struct snapshot *snap = snapshot_take(app->snapshots);
	int r = -1;

	err_set(e, ERR_INTERNAL, "work of a kind that this program does not know");
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (kinds[i].kind == w->kind)
			r = kinds[i].run(&app->exchange, a, snap, w, e);
	snapshot_give(&snap);
	return r;
}

/* 1: a piece was worked off, 0: nothing is due, -1: it failed, and was logged. What failed is due again when its lease ends. */
static int turn(struct app *app, struct arena *a)
{
	int64_t now = clock_wall_us();
	struct work_row *w = NULL;
	struct db *db = NULL;
	struct err e = { 0 };
	size_t n = 0;
	int r;

	r = db_take(app->pool, clock_mono_us() + DB_WAIT_MS * 1000, &db, &e);
	if (r == 0) {
		r = work_take(db, a, 1, now, now + (int64_t)WORK_LEASE_MS * 1000, &w, &n, &e);
		db_give(app->pool, &db);
	}
	if (r == 0 && n > 0) {
		FAIL("work.taken");
		r = run(app, a, &w[0], &e);
		FAIL("work.done");
	}
	if (r != 0)
		log_err("work on a lead or sale failed; it is tried again", &e);
	arena_reset(a);
	return r != 0 ? -1 : n > 0;
}

/* True when the word to stop came meanwhile. */
static bool pause_for(struct workers *w, int ms)
{
	int64_t until_us = clock_mono_us() + (int64_t)ms * 1000;
	bool stop;

	pthread_mutex_lock(&w->lock);
	while (!w->stop && ms > 0)
		if (!thread_wait(&w->stopped, &w->lock, until_us))
			break;
	stop = w->stop;
	pthread_mutex_unlock(&w->lock);
	return stop;
}

static void *work(void *arg)
{
	struct workers *w = arg;
	struct arena *a = arena_new(ARENA_MAX);
	int r = 0;

	while (!pause_for(w, r == 1 ? 0 : r == 0 ? IDLE_MS : FAILED_MS))
		r = turn(w->app, a);
	arena_free(&a);
	return NULL;
}

struct workers *workers_start(struct app *app, int threads)
{
	struct workers *w = calloc(1, sizeof(*w) + (size_t)threads * sizeof(w->threads[0]));

	if (w == NULL)
		log_die("out of memory");
	w->app = app;
	pthread_mutex_init(&w->lock, NULL);
	thread_cond_init(&w->stopped);
	for (; w->n < threads; w->n++)
		if (thread_start(&w->threads[w->n], STACK, work, w) != 0)
			log_die("a thread could not be started");
	return w;
}

void workers_stop(struct workers **wp)
{
	struct workers *w = *wp;

	*wp = NULL;
	if (w == NULL)
		return;
	pthread_mutex_lock(&w->lock);
	w->stop = true;
	pthread_cond_broadcast(&w->stopped);
	pthread_mutex_unlock(&w->lock);
	for (int i = 0; i < w->n; i++)
		pthread_join(w->threads[i], NULL);
	pthread_cond_destroy(&w->stopped);
	pthread_mutex_destroy(&w->lock);
	free(w);
}

int workers_drain(struct app *app)
{
	struct arena *a = arena_new(ARENA_MAX);
	int r;

	do
		r = turn(app, a);
	while (r == 1);
	arena_free(&a);
	return r;
}
