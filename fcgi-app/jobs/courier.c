#include "fcgi-app/jobs/courier.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "fcgi-app/jobs/webhook.h"
#include "lib/base/clock.h"
#include "lib/base/fail.h"
#include "lib/base/log.h"
#include "lib/base/thread.h"

enum {
	SLOTS = 32,               /* messages on their way at once */
	ENDPOINT_SLOTS = 8,       /* of one endpoint */
	FAILING = 3,              /* so many failures in a row, and it has a single one */
	OUTBOX_AT_ONCE = 100,
	TURN_MS = 200, PAUSE_MS = 2000, CLOSE_MS = 5000, DB_WAIT_US = 5000000,
	RECORD_TRIES = 5,
	STACK = 256 * 1024
};

#define LEASE_US (INT64_C(60) * 1000000)
#define SLOT_ARENA ((size_t)64 << 20)
#define TURN_ARENA ((size_t)256 << 20)

struct slot {
	struct courier *c;
	pthread_t thread;
	pthread_cond_t wake;
	bool busy;
	uint32_t endpoint;
	struct id message, lease;
};

struct courier {
	struct app *app;
	pthread_mutex_t lock;     /* everything below */
	pthread_cond_t turn, quiet;
	bool stopping;
	bool idle;                /* the last turn found nothing, and nothing is on its way */
	int n_busy, n_threads;
	pthread_t dispatcher;
	struct slot slots[SLOTS];
};

/* What a slot carries, on its thread. */
struct carrying {
	struct app *app;
	struct arena *a;
	struct snapshot *snap;
	struct message_row m;
	struct message_result result;
	bool gone;
};

/* 0: the call is ready. 1: the message is not ours any more, or has its result without a call. */
static int prepare(struct carrying *k, const struct slot *s, struct http_call *call, struct err *e)
{
	struct notify n = webhook_notify(k->app, k->snap);
	const char *why = "";
	struct db *db = NULL;
	enum found found;
	int r;

	if (db_take(k->app->pool, clock_mono_us() + DB_WAIT_US, &db, e) != 0)
		return -1;
	found = message_find(db, k->a, s->message, &k->m, e);
	r = found == FOUND_ERR ? -1 : 1;
	if (found == FOUND_YES && id_eq(k->m.lease, s->lease)) {
		r = webhook_call(k->app, k->a, &n, db, &k->m, clock_wall_us(), call, &why, e);
		if (r == 1)
			k->result = (struct message_result){ .state = MESSAGE_FAILED, .at = clock_wall_us(), .error = str_of(why), .nobody = true };
	}
	db_give(k->app->pool, &db);
	return r;
}

/* The operator hears of an endpoint that wants nothing more: by the log, by an alert, and wherever endpoints are listed. */
static int disable(struct carrying *k, struct db *db, struct err *e)
{
	int64_t now = clock_wall_us();
	enum found newly = message_disable(db, k->m.endpoint_id, STR("it answered 410 Gone"), now, e);
	struct str subject = arena_printf(k->a, "%s:%.*s", message_kind_name(k->m.kind), STR_ARG(k->m.owner));
	struct str data = arena_printf(k->a, "{\"subject\":\"%.*s\",\"reason\":\"it answered 410 Gone\"}", STR_ARG(subject));

	if (newly != FOUND_YES)
		return newly == FOUND_ERR ? -1 : 0;
	log_warn("a webhook is disabled: it answered 410 Gone", LOG_STR("endpoint", subject), LOG_END);
	return outbox_alert(db, "endpoint.disabled", subject, clock_rfc3339_ms(k->a, now), data, now, e) == FOUND_ERR ? -1 : 0;
}

static int keep_once(struct carrying *k, struct err *e)
{
	struct db *db = NULL;
	int r;

	if (db_take(k->app->pool, clock_mono_us() + DB_WAIT_US, &db, e) != 0)
		return -1;
	r = message_record(db, &k->m, &k->result, e);
	if (r == 0 && k->gone)
		r = disable(k, db, e);
	db_give(k->app->pool, &db);
	return r;
}

/* What can't be recorded is sent again when its lease ends: at least once. */
static void keep(struct carrying *k)
{
	static const char *const counted[] = { [MESSAGE_WAITING] = "gavel_messages_total{result=\"retry\"}",
		[MESSAGE_DELIVERED] = "gavel_messages_total{result=\"delivered\"}", [MESSAGE_FAILED] = "gavel_messages_total{result=\"failed\"}" };
	struct err e = { 0 };

	for (int tries = 0; tries < RECORD_TRIES; tries++) {
		if (keep_once(k, &e) == 0) {
			shm_count(k->app->shm, counted[k->result.state], 1);
			return;
		}
		clock_sleep_ms(PAUSE_MS);
	}
	log_err("a webhook's result could not be kept; it will be sent again", &e);
}

static void judge(struct carrying *k, const struct http_reply *reply)
{
	uint32_t random;

	crypt_random(&random, sizeof(random));
	webhook_judge(k->a, &k->m, reply, clock_wall_us(), random, &k->result, &k->gone);
	keep(k);
}

/* The database may be there again in a minute. A secret that does not open stays closed until somebody sees to it. */
static bool passes(const struct err *e)
{
	return e->kind == ERR_DB || e->kind == ERR_DB_RETRY || e->kind == ERR_DB_UNCERTAIN || e->kind == ERR_DB_DUPLICATE || e->kind == ERR_BUSY;
}

/* One that can't be made climbs the ladder like one that can't be delivered, so that it does not come back each minute for ever. */
static void not_made(struct carrying *k, const struct err *e)
{
	struct http_reply reply = { .end = HTTP_NOT_SENT };

	if (passes(e)) {
		log_err("a webhook waits for its lease to end", e);
		return;
	}
	log_err("a webhook can't be made", e);
	snprintf(reply.detail, sizeof(reply.detail), "could not be made: %.60s", e->msg);
	judge(k, &reply);
}

static void carry(struct carrying *k, const struct slot *s)
{
	struct http_reply reply;
	struct http_call call;
	struct err e = { 0 };
	int64_t until;
	int r = prepare(k, s, &call, &e);

	if (r == -1)
		not_made(k, &e);
	if (r == 1 && k->result.state == MESSAGE_FAILED)
		keep(k);
	if (r != 0)
		return;
	until = clock_mono_us() + (int64_t)call.timeout_ms * 1000;
	if (call.letter != NULL)
		net_hand_over(k->app->exchange.net, k->a, &call, &reply, until);
	else
		net_run(k->app->exchange.net, k->a, &call, &reply, 1, until);
	FAIL("webhook.before_record");
	judge(k, &reply);
}

static void *work(void *arg)
{
	struct slot *s = arg;
	struct courier *c = s->c;
	struct arena *a = arena_new(SLOT_ARENA);

	pthread_mutex_lock(&c->lock);
	for (;;) {
		struct carrying k = { .app = c->app, .a = a };

		while (!s->busy && !c->stopping)
			pthread_cond_wait(&s->wake, &c->lock);
		if (!s->busy)
			break;
		pthread_mutex_unlock(&c->lock);
		k.snap = snapshot_take(c->app->snapshots);
		carry(&k, s);
		snapshot_give(&k.snap);
		arena_reset(a);
		pthread_mutex_lock(&c->lock);
		s->busy = false;
		c->n_busy--;
		pthread_cond_signal(&c->turn);
	}
	c->n_threads--;
	pthread_cond_broadcast(&c->quiet);
	pthread_mutex_unlock(&c->lock);
	arena_free(&a);
	return NULL;
}

static int in_flight(const struct courier *c, uint32_t endpoint)
{
	int n = 0;

	for (int i = 0; i < SLOTS; i++)
		n += c->slots[i].busy && c->slots[i].endpoint == endpoint;
	return n;
}

static void hand_out(struct courier *c, const struct message_row *m)
{
	for (int i = 0; i < SLOTS; i++) {
		struct slot *s = &c->slots[i];

		if (s->busy)
			continue;
		s->busy = true;
		s->endpoint = m->endpoint_id;
		s->message = m->id;
		s->lease = m->lease;
		c->n_busy++;
		pthread_cond_signal(&s->wake);
		return;
	}
}

/*
 * How many more of the endpoint's messages may go now: at most half of what is free, so that several that stop answering at once leave
 * something to those that have nothing on its way. Only the dispatcher makes slots busy, so there is room for them later too.
 */
static int room(struct courier *c, const struct endpoint_row *ep)
{
	int flying, share, left;

	pthread_mutex_lock(&c->lock);
	flying = in_flight(c, ep->id);
	left = SLOTS - c->n_busy;
	pthread_mutex_unlock(&c->lock);
	share = (ep->failing >= FAILING ? 1 : ENDPOINT_SLOTS) - flying;
	if (flying == 0 && left > 0)
		left = left > 2 ? left / 2 : 1;
	else
		left /= 2;
	return share < left ? share : left;
}

static int take_from(struct courier *c, struct arena *a, struct db *db, const struct endpoint_row *ep, struct err *e)
{
	int64_t now = clock_wall_us();
	struct message_claim claim = { .endpoint_id = ep->id, .now = now, .until = now + LEASE_US, .lease = id_new(now), .limit = room(c, ep) };
	struct message_row *list;
	size_t n;

	if (claim.limit <= 0)
		return 0;
	if (message_take(db, a, &claim, &list, &n, e) != 0)
		return -1;
	pthread_mutex_lock(&c->lock);
	for (size_t i = 0; i < n; i++)
		hand_out(c, &list[i]);
	pthread_mutex_unlock(&c->lock);
	return (int)n;
}

/*
 * Each turn begins with another endpoint, so that many of them share the slots. Returns how much was done, or -1: an event or an endpoint
 * that can't be seen to holds up no other.
 */
static int take_turn(struct courier *c, struct arena *a, struct db *db, size_t *first, struct err *e)
{
	struct snapshot *snap = snapshot_take(c->app->snapshots);
	struct notify n = webhook_notify(c->app, snap);
	struct endpoint_row *due;
	size_t n_due;
	int done = notify_run(db, a, &n, OUTBOX_AT_ONCE, e);
	bool bad = done < 0;

	snapshot_give(&snap);
	if (db_is_lost(db) || message_due(db, a, clock_wall_us(), &due, &n_due, e) != 0)
		return -1;
	for (size_t i = 0; i < n_due && !db_is_lost(db); i++) {
		int taken = take_from(c, a, db, &due[(*first + i) % n_due], e);

		bad |= taken < 0;
		done += taken;
	}
	(*first)++;
	return bad ? -1 : done;
}

static void wait_turn(struct courier *c, int ms)
{
	if (!c->stopping)
		thread_wait(&c->turn, &c->lock, clock_mono_us() + (int64_t)ms * 1000);
}

static void *dispatch(void *arg)
{
	struct courier *c = arg;
	struct arena *a = arena_new(TURN_ARENA);
	struct err e = { 0 };
	size_t first = 0;
	bool stopping = false;

	while (!stopping) {
		struct db *db = NULL;
		int done = db_take(c->app->pool, clock_mono_us() + DB_WAIT_US, &db, &e);

		if (done == 0) {
			done = take_turn(c, a, db, &first, &e);
			db_give(c->app->pool, &db);
		}
		if (done < 0)
			log_err("webhooks wait", &e);
		arena_reset(a);
		pthread_mutex_lock(&c->lock);
		c->idle = done == 0 && c->n_busy == 0;
		if (c->idle)
			pthread_cond_broadcast(&c->quiet);
		if (done <= 0)
			wait_turn(c, done < 0 ? PAUSE_MS : TURN_MS);
		stopping = c->stopping;
		pthread_mutex_unlock(&c->lock);
	}
	arena_free(&a);
	return NULL;
}

static int start(pthread_t *thread, void *(*fn)(void *), void *arg, struct err *e)
{
	int rc = thread_start(thread, STACK, fn, arg);

	return rc == 0 ? 0 : err_set(e, ERR_IO, "can't start a thread: %s", strerror(rc));
}

int courier_open(struct app *app, struct courier **out, struct err *e)
{
	struct courier *c = calloc(1, sizeof(*c));
	int bad = 0;

	if (c == NULL)
		log_die("out of memory");
	c->app = app;
	pthread_mutex_init(&c->lock, NULL);
	thread_cond_init(&c->turn);
	thread_cond_init(&c->quiet);
	for (int i = 0; i < SLOTS && bad == 0; i++) {
		c->slots[i].c = c;
		thread_cond_init(&c->slots[i].wake);
		pthread_mutex_lock(&c->lock);
		bad = start(&c->slots[i].thread, work, &c->slots[i], e);
		c->n_threads += bad == 0;
		pthread_mutex_unlock(&c->lock);
	}
	*out = c;
	return bad != 0 ? -1 : start(&c->dispatcher, dispatch, c, e);
}

void courier_drain(struct courier *c, int64_t deadline_us)
{
	pthread_mutex_lock(&c->lock);
	c->idle = false;
	while (!c->idle && thread_wait(&c->quiet, &c->lock, deadline_us))
		;
	pthread_mutex_unlock(&c->lock);
}

int courier_close(struct courier **cp)
{
	int64_t deadline = clock_mono_us() + (int64_t)CLOSE_MS * 1000;
	struct courier *c = *cp;
	int left;

	*cp = NULL;
	if (c == NULL)
		return 0;
	pthread_mutex_lock(&c->lock);
	c->stopping = true;
	pthread_cond_broadcast(&c->turn);
	for (int i = 0; i < SLOTS; i++)
		pthread_cond_broadcast(&c->slots[i].wake);
	pthread_mutex_unlock(&c->lock);
	pthread_join(c->dispatcher, NULL);
	pthread_mutex_lock(&c->lock);
	while (c->n_threads > 0 && thread_wait(&c->quiet, &c->lock, deadline))
		;
	left = c->n_threads;
	pthread_mutex_unlock(&c->lock);
	if (left > 0)
		return left;
	for (int i = 0; i < SLOTS; i++) {
		pthread_join(c->slots[i].thread, NULL);
		pthread_cond_destroy(&c->slots[i].wake);
	}
	pthread_cond_destroy(&c->turn);
	pthread_cond_destroy(&c->quiet);
	pthread_mutex_destroy(&c->lock);
	free(c);
	return 0;
}
