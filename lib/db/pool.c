#include <pthread.h>
#include <stdlib.h>

#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/base/thread.h"
#include "lib/db/connection.h"

#define IDLE_CHECK_US (INT64_C(30) * 1000000)  /* idle for longer: asked whether it is still there */
#define DOWN_US INT64_C(250000)                /* after a failed open nobody tries for so long */

enum { POOL_MAX = 64 };

struct db_pool {
	pthread_mutex_t lock;
	pthread_cond_t freed;
	struct db_options options;
	struct arena *arena;            /* of the options' texts */
	struct db *idle[POOL_MAX];      /* last in, first out: what is not needed goes stale and is found out */
	int n_idle, n_out, n;
	int64_t down_until_us;
	struct err down;
};

int db_pool_open(const struct db_options *o, int n, struct db_pool **out, struct err *e)
{
	struct db_pool *p;

	if (n < 1 || n > POOL_MAX)
		return err_set(e, ERR_CONFIG, "a pool has 1 to %d connections", POOL_MAX);
	p = calloc(1, sizeof(*p));
	if (p == NULL)
		log_die("out of memory");
	p->arena = arena_new(64 * 1024);
	p->n = n;
	p->options = *o;
	p->options.hosts = arena_str(p->arena, o->hosts);
	p->options.socket = arena_str(p->arena, o->socket);
	p->options.name = arena_str(p->arena, o->name);
	p->options.user = arena_str(p->arena, o->user);
	p->options.password = arena_str(p->arena, o->password);
	p->options.tls_ca = arena_str(p->arena, o->tls_ca);
	pthread_mutex_init(&p->lock, NULL);
	thread_cond_init(&p->freed);
	*out = p;
	return 0;
}

void db_pool_close(struct db_pool **pp)
{
	struct db_pool *p = *pp;

	if (p == NULL)
		return;
	*pp = NULL;
	if (p->n_out > 0)
		log_error("a pool is closed while connections are out", LOG_INT("out", p->n_out), LOG_END);
	while (p->n_idle > 0)
		db_close(&p->idle[--p->n_idle]);
	pthread_cond_destroy(&p->freed);
	pthread_mutex_destroy(&p->lock);
	arena_free(&p->arena);
	free(p);
}

/* Waits for room; the lock is held. */
static int wait_for_room(struct db_pool *p, int64_t deadline_us, struct err *e)
{
	while (p->n_out == p->n)
		if (!thread_wait(&p->freed, &p->lock, deadline_us) && p->n_out == p->n)
			return err_set(e, ERR_BUSY, "all %d database connections are in use", p->n);
	return 0;
}

static void give_up(struct db_pool *p, const struct err *why)
{
	pthread_mutex_lock(&p->lock);
	p->n_out--;
	p->down_until_us = clock_mono_us() + DOWN_US;
	p->down = *why;
	pthread_cond_signal(&p->freed);
	pthread_mutex_unlock(&p->lock);
}

static bool is_there(struct db *db)
{
	return clock_mono_us() - db->idle_since_us < IDLE_CHECK_US || mysql_ping(db->my) == 0;
}

int db_take(struct db_pool *p, int64_t deadline_us, struct db **out, struct err *e)
{
	struct db *db = NULL;
	struct err mine;
	bool down;

	*out = NULL;
	pthread_mutex_lock(&p->lock);
	if (wait_for_room(p, deadline_us, e) != 0) {
		pthread_mutex_unlock(&p->lock);
		return -1;
	}
	if (p->n_idle > 0)
		db = p->idle[--p->n_idle];
	down = db == NULL && clock_mono_us() < p->down_until_us;
	if (down && e != NULL)
		*e = p->down;
	p->n_out += !down;
	pthread_mutex_unlock(&p->lock);
	if (down)
		return -1;
	if (db != NULL && !is_there(db))
		db_close(&db);
	if (db == NULL && db_open(&p->options, &db, &mine) != 0) {
		give_up(p, &mine);
		if (e != NULL)
			*e = mine;
		return -1;
	}
	*out = db;
	return 0;
}

/* When one is lost the server has gone away under the idle ones too, as a rule. */
static int drop_idle(struct db_pool *p, struct db **dropped)
{
	int n;

	pthread_mutex_lock(&p->lock);
	n = p->n_idle;
	memcpy(dropped, p->idle, (size_t)n * sizeof(*dropped));
	p->n_idle = 0;
	pthread_mutex_unlock(&p->lock);
	return n;
}

void db_give(struct db_pool *p, struct db **dbp)
{
	struct db *db = *dbp, *dropped[POOL_MAX + 1];
	int n = 0;

	if (db == NULL)
		return;
	*dbp = NULL;
	if (db->in_transaction) {
		log_error("a connection came back with its transaction open", LOG_END);
		db_rollback(db);
	}
	if (db->lost) {
		n = drop_idle(p, dropped);
		dropped[n++] = db;
		db = NULL;
	} else {
		db->idle_since_us = clock_mono_us();
	}
	pthread_mutex_lock(&p->lock);
	if (db != NULL)
		p->idle[p->n_idle++] = db;
	p->n_out--;
	pthread_cond_signal(&p->freed);
	pthread_mutex_unlock(&p->lock);
	while (n > 0)
		db_close(&dropped[--n]);
}

void db_pool_usage(struct db_pool *p, int *out_out, int *size_out)
{
	pthread_mutex_lock(&p->lock);
	*out_out = p->n_out;
	*size_out = p->n;
	pthread_mutex_unlock(&p->lock);
}
