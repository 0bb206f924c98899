#include "lib/exchange/standing.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/log.h"
#include "lib/base/map.h"
#include "lib/base/newest.h"
#include "lib/base/thread.h"

enum { LOOK_MS = 2000, SUB_MAX = 4 * 128 };

#define VIEW_ARENA_MAX ((size_t)1 << 30)
#define SCALE 10000.0
#define MONTH_S (30 * 86400.0)

/* How many verdicts the share that is expected beforehand is worth. */
static const double contract_prior = 10, contract_share = 0.8, source_prior = 4, source_share = 0.5;

struct share {
	double good, total;
};

struct standing_view {
	struct held held;
	struct map *of;           /* key -> struct share *; seller 0 and sub1 "" with the mark of a whole hold sums */
};

struct standing {
	struct db_options options;
	struct ticker ticker;
	struct newest newest;
	/* the thread's own */
	struct db *db;
	int64_t mark;             /* of the view */
	bool lost;                /* said once */
};

/* A key is its numbers and the sub-source's bytes. A whole (all sellers of a contract) is a kind of its own. */
struct key {
	uint32_t kind, owner, seller;
	char sub1[SUB_MAX];
};

enum { KEY_HEAD = 3 * sizeof(uint32_t), WHOLE = 16 };

static struct str key_of(struct key *out, uint32_t kind, uint32_t owner, uint32_t seller, struct str sub1)
{
	size_t n = sub1.n < SUB_MAX ? sub1.n : SUB_MAX;

	out->kind = kind;
	out->owner = owner;
	out->seller = seller;
	if (n > 0)
		memcpy(out->sub1, sub1.p, n);
	return (struct str){ (const char *)out, KEY_HEAD + n };
}

static const struct share *find(const struct standing_view *v, uint32_t kind, uint32_t owner, uint32_t seller, struct str sub1)
{
	struct key key;

	return v == NULL ? NULL : map_get(v->of, key_of(&key, kind, owner, seller, sub1));
}

static void add(struct standing_view *v, uint32_t kind, uint32_t owner, uint32_t seller, struct str sub1, const struct standing_row *r)
{
	struct key key;
	struct str k = key_of(&key, kind, owner, seller, sub1);
	struct share *s = map_get(v->of, k);

	if (s == NULL) {
		s = arena_new_of(v->held.arena, struct share);
		map_put(v->of, (struct str){ arena_copy(v->held.arena, k.p, k.n), k.n }, s);
	}
	s->good += (double)r->good / SCALE;
	s->total += (double)r->total / SCALE;
}

struct standing_view *standing_make(struct arena *a, const struct standing_row *rows, size_t n)
{
	struct standing_view *v = arena_new_of(a, struct standing_view);
	const struct str none = { "", 0 };

	held_init(&v->held, a);
	v->of = map_new(a);
	for (size_t i = 0; i < n; i++) {
		const struct standing_row *r = &rows[i];

		add(v, r->kind, r->owner_id, r->seller_id, r->sub1, r);
		if (r->kind == STANDING_ACCEPTANCE)
			add(v, WHOLE + r->kind, r->owner_id, 0, none, r);
	}
	return v;
}

static double smoothed(const struct share *s, double expected, double prior)
{
	return s == NULL ? expected : (expected * prior + s->good) / (prior + s->total);
}

void standing_of_contract(const struct standing_view *v, uint32_t contract, uint32_t seller, double *acceptance_out, double *speed_out)
{
	const struct str none = { "", 0 };
	const struct share *latency = find(v, STANDING_SPEED, contract, 0, none);
	double all = smoothed(find(v, WHOLE + STANDING_ACCEPTANCE, contract, 0, none), contract_share, contract_prior);

	*acceptance_out = smoothed(find(v, STANDING_ACCEPTANCE, contract, seller, none), all, contract_prior);
	*speed_out = latency == NULL ? 1 : MONTH_S / (MONTH_S + latency->good / (latency->total + 1));
}

double standing_of_source(const struct standing_view *v, uint32_t campaign, uint32_t seller, struct str sub1)
{
	const struct str none = { "", 0 };
	const struct share *all = find(v, STANDING_SELLER, campaign, seller, none);

	if (all == NULL)
		return -1;
	return smoothed(find(v, STANDING_SOURCE, campaign, seller, sub1), smoothed(all, source_share, source_prior), source_prior);
}

struct standing_view *standing_take(struct standing *s)
{
	return s != NULL ? (struct standing_view *)newest_take(&s->newest) : NULL;
}

void standing_give(struct standing_view *v)
{
	if (v != NULL)
		held_give(&v->held);
}

/* A new reading, or NULL: there is nothing new, or it can't be read. */
static struct standing_view *read_newer(struct standing *s, struct err *e, bool *failed)
{
	struct arena *a;
	struct standing_row *rows;
	int64_t mark;
	size_t n;

	if (s->db != NULL && db_is_lost(s->db))
		db_close(&s->db);
	*failed = (s->db == NULL && db_open(&s->options, &s->db, e) != 0) || standing_store_mark(s->db, &mark, e) != 0;
	if (*failed || mark == s->mark)
		return NULL;
	a = arena_new(VIEW_ARENA_MAX);
	*failed = standing_store_read(s->db, a, &rows, &n, e) != 0;
	if (*failed) {
		arena_free(&a);
		return NULL;
	}
	s->mark = mark;
	return standing_make(a, rows, n);
}

static void look(void *self)
{
	struct standing *s = self;
	struct err e = { 0 };
	bool failed;
	struct standing_view *v = read_newer(s, &e, &failed);

	if (failed && !s->lost)
		log_err("the standing of contracts and sources can't be read; what was seen last stays", &e);
	s->lost = failed;
	if (v != NULL)
		newest_put(&s->newest, &v->held);
}

static void release(struct standing *s)
{
	if (s->db != NULL)
		db_close(&s->db);
	newest_end(&s->newest);
	free(s);
}

int standing_open(const struct db_options *db, struct standing **out, struct err *e)
{
	struct standing *s = calloc(1, sizeof(*s));
	int failed;

	if (s == NULL)
		abort();
	s->options = *db;
	newest_init(&s->newest);
	failed = ticker_start(&s->ticker, LOOK_MS, look, s);
	if (failed != 0) {
		release(s);
		return err_set(e, ERR_IO, "can't start the thread that reads the standing of contracts: %s", strerror(failed));
	}
	*out = s;
	return 0;
}

void standing_close(struct standing **sp)
{
	struct standing *s = *sp;

	if (s == NULL)
		return;
	*sp = NULL;
	ticker_stop(&s->ticker);
	release(s);
}
