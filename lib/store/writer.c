#include "lib/store/writer.h"

#include <pthread.h>
#include <stdlib.h>

#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/base/thread.h"

enum { LOST_TRIES = 3, RETRY_TRIES = 3 };

/* On the stack of the thread that waits; linked into the queue until the writer takes it. */
struct waiting {
	const void *row;
	struct waiting *next;
	int64_t since_us;
	bool done;
	int result;
	struct err err;
	pthread_cond_t wake;
};

struct writer {
	pthread_mutex_t lock;
	pthread_cond_t work;
	struct waiting *first, **last;
	int n;
	bool stop;
	pthread_t thread;
	struct db_options options;
	const char *what;
	writer_insert insert;
	struct db *db;
};

static int connection(struct writer *w, struct err *e)
{
	if (w->db != NULL && db_is_lost(w->db))
		db_close(&w->db);
	return w->db != NULL ? 0 : db_open(&w->options, &w->db, e);
}

static void insert_one(struct writer *w, struct waiting *x)
{
	for (int tries = 0; tries < LOST_TRIES; tries++) {
		if (connection(w, &x->err) != 0) {
			x->result = -1;
			return;
		}
		x->result = w->insert(w->db, &x->row, 1, &x->err);
		if (x->result == 0 || (!db_is_lost(w->db) && x->err.kind != ERR_DB_RETRY))
			return;
	}
}

static int insert_all(struct writer *w, struct waiting **batch, size_t n, struct err *e)
{
	const void *rows[WRITER_BATCH];
	int result;

	for (size_t i = 0; i < n; i++)
		rows[i] = batch[i]->row;
	if (connection(w, e) != 0)
		return -1;
	result = w->insert(w->db, rows, n, e);
	for (int tries = 1; result != 0 && e->kind == ERR_DB_RETRY && tries < RETRY_TRIES; tries++)
		result = w->insert(w->db, rows, n, e);
	return result;
}

static void insert_batch(struct writer *w, struct waiting **batch, size_t n)
{
	struct err e = { 0 };
	int result = insert_all(w, batch, n, &e);

	/* What failed for one row alone, or for want of a server, fails for it. */
	if (result == 0 || w->db == NULL || (n == 1 && e.kind == ERR_DB_DUPLICATE)) {
		for (size_t i = 0; i < n; i++) {
			batch[i]->result = result;
			batch[i]->err = e;
		}
		if (result != 0 && e.kind != ERR_DB_DUPLICATE)
			log_err("what waits can't be written", &e);
		return;
	}
	if (e.kind != ERR_DB_DUPLICATE)
		log_warn("a batch is written again row by row", LOG_CSTR("rows", w->what), LOG_INT("n", (int64_t)n), LOG_CSTR("why", e.msg), LOG_END);
	for (size_t i = 0; i < n; i++)
		insert_one(w, batch[i]);
}

static void wake(struct writer *w, struct waiting **batch, size_t n)
{
	pthread_mutex_lock(&w->lock);
	for (size_t i = 0; i < n; i++) {
		batch[i]->done = true;
		pthread_cond_signal(&batch[i]->wake);
	}
	pthread_mutex_unlock(&w->lock);
}

static void *write_all(void *arg)
{
	struct writer *w = arg;
	struct waiting *batch[WRITER_BATCH];

	for (;;) {
		size_t n = 0;

		pthread_mutex_lock(&w->lock);
		while (w->first == NULL && !w->stop)
			pthread_cond_wait(&w->work, &w->lock);
		for (; w->first != NULL && n < WRITER_BATCH; n++) {
			batch[n] = w->first;
			w->first = w->first->next;
		}
		if (w->first == NULL)
			w->last = &w->first;
		w->n -= (int)n;
		pthread_mutex_unlock(&w->lock);
		if (n == 0)
			break;
		insert_batch(w, batch, n);
		wake(w, batch, n);
	}
	db_close(&w->db);
	return NULL;
}

int writer_open(const struct db_options *o, const char *what, writer_insert insert, struct writer **out, struct err *e)
{
	struct writer *w = calloc(1, sizeof(*w));
	int failed;

	if (w == NULL)
		log_die("out of memory");
	w->options = *o;
	w->what = what;
	w->insert = insert;
	w->last = &w->first;
	pthread_mutex_init(&w->lock, NULL);
	pthread_cond_init(&w->work, NULL);
	failed = thread_start(&w->thread, 0, write_all, w);
	if (failed) {
		pthread_cond_destroy(&w->work);
		pthread_mutex_destroy(&w->lock);
		free(w);
		return err_set(e, ERR_IO, "the writer thread could not be started (%d)", failed);
	}
	*out = w;
	return 0;
}

void writer_close(struct writer **wp)
{
	struct writer *w = *wp;

	if (w == NULL)
		return;
	*wp = NULL;
	pthread_mutex_lock(&w->lock);
	w->stop = true;
	pthread_cond_signal(&w->work);
	pthread_mutex_unlock(&w->lock);
	pthread_join(w->thread, NULL);
	pthread_cond_destroy(&w->work);
	pthread_mutex_destroy(&w->lock);
	free(w);
}

/* Takes x out of the queue; false when the writer has it already. */
static bool withdraw(struct writer *w, struct waiting *x)
{
	for (struct waiting **at = &w->first; *at != NULL; at = &(*at)->next)
		if (*at == x) {
			*at = x->next;
			if (w->last == &x->next)
				w->last = at;
			w->n--;
			return true;
		}
	return false;
}

/* With the lock held. */
static void enqueue(struct writer *w, struct waiting *x)
{
	*w->last = x;
	w->last = &x->next;
	w->n++;
	if (w->n == 1)
		pthread_cond_signal(&w->work);
}

int writer_keep(struct writer *w, const void *row, int64_t deadline_us, struct err *e)
{
	struct waiting x = { .row = row, .since_us = clock_mono_us() };

	thread_cond_init(&x.wake);
	pthread_mutex_lock(&w->lock);
	if (w->n >= WRITER_WAITING_MAX || w->stop) {
		x.done = true;
		x.result = err_set(&x.err, ERR_BUSY, "too many %s wait to be written", w->what);
	} else {
		enqueue(w, &x);
	}
	while (!x.done)
		if (!thread_wait(&x.wake, &w->lock, deadline_us) && !x.done && withdraw(w, &x)) {
			x.done = true;
			x.result = err_set(&x.err, ERR_BUSY, "the database did not take the %s in time", w->what);
		} else if (!x.done && clock_mono_us() >= deadline_us) {
			/* The writer is at it: its own bounds (statement time, lock wait) end this wait. */
			pthread_cond_wait(&x.wake, &w->lock);
		}
	pthread_mutex_unlock(&w->lock);
	pthread_cond_destroy(&x.wake);
	if (x.result != 0 && e != NULL)
		*e = x.err;
	return x.result;
}

void writer_depth(struct writer *w, int *waiting_out, int64_t *oldest_us_out)
{
	pthread_mutex_lock(&w->lock);
	*waiting_out = w->n;
	*oldest_us_out = w->first != NULL ? clock_mono_us() - w->first->since_us : 0;
	pthread_mutex_unlock(&w->lock);
}
