#include "lib/exchange/usage.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/base/map.h"
#include "lib/base/newest.h"
#include "lib/base/thread.h"
#include "lib/store/holding.h"

enum {
	EVERY_US = 300000,        /* how often it is read while somebody asks */
	AT_LEAST_US = 20000,      /* between two readings, however often it is called stale */
	WAIT_US = 150000,         /* how long a request waits for the first reading after a rest */
	ASKED_US = 10000000       /* nobody asked for so long: the thread rests */
};

#define VIEW_ARENA_MAX ((size_t)1 << 30)

struct level_key {
	uint32_t owner, owner_id, seller_id, on, per;
	uint32_t zero;            /* no padding: keys are compared as bytes */
	int64_t starts_at;
};

struct funds_key {
	uint32_t buyer_id;
	char currency[4];
};

struct usage_view {
	struct held held;
	struct map *levels;       /* struct level_key -> struct holding_level * */
	struct map *funds;        /* struct funds_key -> int64_t * */
};

struct usage {
	struct db_options options;
	struct newest newest;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t wake, fresh;
	/* under the lock */
	int64_t tried_us;         /* monotonic: when the last reading began, well or not */
	int64_t asked_us;
	bool resting;             /* nobody asked for a while: what the view says may be old */
	bool stale, stopping;
	/* the thread's own */
	struct db *db;
	bool lost;                /* said once */
};

static struct str key_of(struct level_key *out, enum cap_owner owner, uint32_t owner_id, uint32_t seller_id, enum cap_on on, enum cap_per per,
    int64_t starts_at)
{
	*out = (struct level_key){ .owner = owner, .owner_id = owner_id, .seller_id = seller_id, .on = on, .per = per, .starts_at = starts_at };
	return (struct str){ (const char *)out, sizeof(*out) };
}

static struct str funds_key_of(struct funds_key *out, uint32_t buyer_id, const char *currency)
{
	*out = (struct funds_key){ .buyer_id = buyer_id };
	memcpy(out->currency, currency, 3);
	return (struct str){ (const char *)out, sizeof(*out) };
}

static void fill(struct usage_view *v, const struct holding_level *levels, size_t n_levels, const struct holding_funds *funds, size_t n_funds)
{
	for (size_t i = 0; i < n_levels; i++) {
		const struct holding_level *l = &levels[i];
		struct level_key *key = arena_new_of(v->held.arena, struct level_key);

		map_put(v->levels, key_of(key, l->owner, l->owner_id, l->seller_id, l->on, l->per, l->starts_at), (void *)l);
	}
	for (size_t i = 0; i < n_funds; i++) {
		struct funds_key *key = arena_new_of(v->held.arena, struct funds_key);

		map_put(v->funds, funds_key_of(key, funds[i].buyer_id, funds[i].currency), (void *)&funds[i].free);
	}
}

static struct usage_view *read_view(struct usage *u, struct err *e)
{
	struct arena *a = arena_new(VIEW_ARENA_MAX);
	struct usage_view *v = arena_new_of(a, struct usage_view);
	struct holding_level *levels;
	struct holding_funds *funds;
	size_t n_levels, n_funds;

	*v = (struct usage_view){ .levels = map_new(a), .funds = map_new(a) };
	held_init(&v->held, a);
	if (u->db != NULL && db_is_lost(u->db))
		db_close(&u->db);
	if ((u->db == NULL && db_open(&u->options, &u->db, e) != 0) ||
	    holding_store_levels(u->db, a, clock_wall_us(), &levels, &n_levels, e) != 0 ||
	    holding_store_funds(u->db, a, &funds, &n_funds, e) != 0) {
		arena_free(&a);
		return NULL;
	}
	fill(v, levels, n_levels, funds, n_funds);
	return v;
}

void usage_give(struct usage_view *v)
{
	if (v != NULL)
		held_give(&v->held);
}

static int64_t due_at(const struct usage *u, int64_t now)
{
	if (u->stale)
		return u->tried_us + AT_LEAST_US;
	return u->asked_us + ASKED_US > now ? u->tried_us + EVERY_US : now + ASKED_US;
}

/* False when it is time to end. Called and left with the lock. */
static bool wait_for_turn(struct usage *u)
{
	for (;;) {
		int64_t now = clock_mono_us(), at = due_at(u, now);

		if (u->stopping || at <= now)
			return !u->stopping;
		if (!u->stale && u->asked_us + ASKED_US <= now)
			u->resting = true;
		thread_wait(&u->wake, &u->lock, at);
	}
}

static void say_whether_lost(struct usage *u, bool failed, const struct err *e)
{
	if (failed && !u->lost)
		log_err("caps and balances can't be read; what was seen last stays", e);
	else if (!failed && u->lost)
		log_info("caps and balances are read again", LOG_END);
	u->lost = failed;
}

static void *watch(void *arg)
{
	struct usage *u = arg;

	pthread_mutex_lock(&u->lock);
	while (wait_for_turn(u)) {
		struct usage_view *v;
		struct err e = { 0 };

		u->stale = false;
		u->tried_us = clock_mono_us();
		pthread_mutex_unlock(&u->lock);
		v = read_view(u, &e);
		say_whether_lost(u, v == NULL, &e);
		if (v != NULL)
			newest_put(&u->newest, &v->held);
		pthread_mutex_lock(&u->lock);
		u->resting = false;
		pthread_cond_broadcast(&u->fresh);
	}
	pthread_mutex_unlock(&u->lock);
	if (u->db != NULL)
		db_close(&u->db);
	return NULL;
}

struct usage_view *usage_take(struct usage *u)
{
	int64_t now = clock_mono_us(), until = now + WAIT_US;

	if (u == NULL)
		return NULL;
	pthread_mutex_lock(&u->lock);
	u->asked_us = now;
	/* A reading that takes long, since the database is busy, is not waited for: that would make it busier. */
	if (u->resting) {
		u->stale = true;
		pthread_cond_signal(&u->wake);
	}
	while (u->resting && clock_mono_us() < until)
		thread_wait(&u->fresh, &u->lock, until);
	pthread_mutex_unlock(&u->lock);
	return (struct usage_view *)newest_take(&u->newest);
}

void usage_is_stale(struct usage *u)
{
	if (u == NULL)
		return;
	pthread_mutex_lock(&u->lock);
	u->stale = true;
	pthread_cond_signal(&u->wake);
	pthread_mutex_unlock(&u->lock);
}

static void release(struct usage *u)
{
	pthread_cond_destroy(&u->wake);
	pthread_cond_destroy(&u->fresh);
	pthread_mutex_destroy(&u->lock);
	newest_end(&u->newest);
	free(u);
}

int usage_open(const struct db_options *db, struct usage **out, struct err *e)
{
	struct usage *u = calloc(1, sizeof(*u));
	int failed;

	if (u == NULL)
		abort();
	u->options = *db;
	u->asked_us = clock_mono_us() - ASKED_US;
	u->resting = true;
	newest_init(&u->newest);
	pthread_mutex_init(&u->lock, NULL);
	thread_cond_init(&u->wake);
	thread_cond_init(&u->fresh);
	failed = thread_start(&u->thread, 0, watch, u);
	if (failed != 0) {
		release(u);
		return err_set(e, ERR_IO, "can't start the thread that reads caps and balances: %s", strerror(failed));
	}
	*out = u;
	return 0;
}

void usage_close(struct usage **up)
{
	struct usage *u = *up;

	if (u == NULL)
		return;
	*up = NULL;
	pthread_mutex_lock(&u->lock);
	u->stopping = true;
	pthread_cond_signal(&u->wake);
	pthread_mutex_unlock(&u->lock);
	pthread_join(u->thread, NULL);
	release(u);
}

/* The first window without room for `spend` more. */
static bool caps_have_room(const struct usage_view *v, const struct cap_window *list, size_t n, int64_t spend, struct refusal *why)
{
	for (size_t i = 0; i < n; i++) {
		const struct cap_window *w = &list[i];
		struct level_key key;
		const struct holding_level *l =
		    map_get(v->levels, key_of(&key, w->owner, w->owner_id, w->seller_id, w->on, w->per, w->starts_at));
		int64_t leads = l != NULL ? l->leads : 0, spent = l != NULL ? l->spend : 0;

		if (!cap_has_room(w, leads, spent, spend)) {
			*why = holding_refusal(w, leads);
			return false;
		}
	}
	return true;
}

static bool funds_have_room(const struct usage_view *v, const struct contract *c, int64_t cost)
{
	const struct buyer *b = c->buyer;
	struct funds_key key;
	const int64_t *left;

	if (b->funding == FUNDING_NONE)
		return true;
	left = map_get(v->funds, funds_key_of(&key, b->id, c->campaign->currency));
	return (left != NULL ? *left : 0) - cost >= holding_floor(b);
}

bool usage_has_room(const struct usage_view *v, const struct contract *c, const struct seller *seller, int64_t wall_us, int64_t cost,
    struct refusal *why)
{
	struct cap_window list[CAP_WINDOWS_MAX];
	size_t n;

	if (v == NULL || (c->n_caps == 0 && c->buyer->n_caps == 0 && c->buyer->funding == FUNDING_NONE))
		return true;
	n = holding_windows(c, NULL, seller->id, wall_us, list);
	if (!caps_have_room(v, list, n, cost, why))
		return false;
	if (funds_have_room(v, c, cost))
		return true;
	*why = (struct refusal){ REASON_NO_FUNDS, RULE_FUNDING, 0 };
	return false;
}

bool usage_seller_has_room(const struct usage_view *v, const struct seller *seller, int64_t wall_us)
{
	struct cap_window list[CAP_WINDOWS_MAX];
	struct refusal why;
	size_t n;

	if (v == NULL || seller->n_caps == 0)
		return true;
	n = holding_windows(NULL, seller, seller->id, wall_us, list);
	/* What the lead will earn is not known: the smallest amount there is. */
	return caps_have_room(v, list, n, 1, &why);
}
