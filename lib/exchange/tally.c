#include "lib/exchange/tally.h"

#include <stdlib.h>

#include "lib/base/log.h"
#include "lib/exchange/tally_count.h"

/*
 * A ping's row is there at the latest KEPT_MS after its campaign's deadline; hosts' clocks may differ by some seconds. What is later than
 * that is found when its quarter is closed.
 */
enum { KEPT_MS = 4000, PAGE = 2000, PAGE_MAX = 512 * 1024 * 1024 };

#define SECOND_US INT64_C(1000000)
#define SLICE_US (STAT_QUARTER_US / 5)
#define CLOSE_AFTER_US (300 * SECOND_US)
#define SALES_OVERLAP_US (30 * SECOND_US)
#define SWEEP_EVERY_US (600 * SECOND_US)
#define SWEEP_OVERLAP_US (1200 * SECOND_US)

/* What a change counts. */
enum counted { COUNTED_NOTHING, COUNTED_PAGE, COUNTED_QUARTER };

/* One change: the rows of one quarter, or a page of pings, with the mark that tells of it. */
struct change {
	struct tally *t;
	struct arena *arena;
	struct stat_mark mark;  /* as it is to be; its turn as it was read */
	enum counted what;
	enum stat_part part;    /* of a quarter */
	int64_t quarter;
	const struct rollup_ping *pings;
	size_t n_pings;
};

struct tally *tally_new(void)
{
	struct tally *t = calloc(1, sizeof(*t));

	if (t == NULL)
		log_die("out of memory");
	return t;
}

void tally_free(struct tally **tp)
{
	if (*tp == NULL)
		return;
	arena_free(&(*tp)->arena);
	free(*tp);
	*tp = NULL;
}

static int count_page(struct db *db, struct change *c, struct stat_set *set, const struct rollup_ping *list, size_t n, struct err *e)
{
	struct arena *scratch = arena_new(PAGE_MAX);
	int r = 0;

	for (size_t i = 0; i < n && r == 0; i++) {
		struct arena_mark m = arena_mark(scratch);

		r = tally_ping(c->t, db, scratch, set, &list[i], e);
		arena_release(scratch, m);
		if (r == 0)
			r = stat_spill(db, set, e);
	}
	arena_free(&scratch);
	return r;
}

/* All pings of a quarter, a page at a time. */
static int count_pings(struct db *db, struct change *c, struct stat_set *set, struct err *e)
{
	struct id after = id_first(c->quarter * STAT_QUARTER_US / 1000), before = id_first((c->quarter + 1) * STAT_QUARTER_US / 1000);
	struct arena *pages = arena_new(PAGE_MAX);
	struct rollup_ping *list;
	size_t n = PAGE;
	int r = 0;

	while (r == 0 && n == PAGE) {
		r = rollup_pings(db, pages, after, before, PAGE, &list, &n, e);
		if (r == 0)
			r = count_page(db, c, set, list, n, e);
		if (r == 0 && n > 0)
			after = list[n - 1].id;
		arena_reset(pages);
	}
	arena_free(&pages);
	return r;
}

static int count_sales(struct db *db, struct change *c, struct stat_set *set, int64_t from, int64_t to, struct err *e)
{
	struct rollup_leads *leads;
	struct rollup_sales *sales;
	size_t n;

	if (rollup_leads_list(db, c->arena, from, to, &leads, &n, e) != 0)
		return -1;
	for (size_t i = 0; i < n; i++)
		if (tally_leads(c->t, db, set, c->quarter, &leads[i], e) != 0 || stat_spill(db, set, e) != 0)
			return -1;
	if (rollup_sales_list(db, c->arena, from, to, &sales, &n, e) != 0)
		return -1;
	for (size_t i = 0; i < n; i++)
		if (tally_sales(c->t, db, set, c->quarter, &sales[i], e) != 0 || stat_spill(db, set, e) != 0)
			return -1;
	return 0;
}

static int count_clicks(struct db *db, struct change *c, struct stat_set *set, int64_t from, int64_t to, struct err *e)
{
	struct rollup_clicks *list;
	size_t n;

	if (rollup_clicks_list(db, c->arena, from, to, &list, &n, e) != 0)
		return -1;
	for (size_t i = 0; i < n; i++) {
		tally_clicks(set, c->quarter, &list[i]);
		if (stat_spill(db, set, e) != 0)
			return -1;
	}
	return 0;
}

/* A quarter in slices, so that no list holds all of it. */
static int count_slices(struct db *db, struct change *c, struct stat_set *set, struct err *e)
{
	int64_t from = c->quarter * STAT_QUARTER_US;
	int r = 0;

	for (int64_t at = from; r == 0 && at < from + STAT_QUARTER_US; at += SLICE_US) {
		struct arena_mark m = arena_mark(c->arena);

		r = (c->part == STAT_PART_SALES ? count_sales : count_clicks)(db, c, set, at, at + SLICE_US, e);
		arena_release(c->arena, m);
	}
	return r;
}

static int count_quarter(struct db *db, struct change *c, struct stat_set *set, struct err *e)
{
	if (stat_subtract(db, c->arena, set, c->quarter, c->part, e) != 0)
		return -1;
	return c->part == STAT_PART_PINGS ? count_pings(db, c, set, e) : count_slices(db, c, set, e);
}

/* A quarter is read behind the mark, which keeps other runners out: what one of them read earlier never overwrites what we read. */
static int write_change(struct db *db, void *ctx, struct err *e)
{
	struct change *c = ctx;
	enum found moved = stat_mark_move(db, &c->mark, e);
	struct stat_set *set;
	int r;

	if (moved != FOUND_YES)
		return moved == FOUND_ERR ? -1 : 1;
	if (c->what == COUNTED_NOTHING)
		return 0;
	set = stat_set_new(c->arena);
	r = c->what == COUNTED_PAGE ? count_page(db, c, set, c->pings, c->n_pings, e) : count_quarter(db, c, set, e);
	return r == 0 ? stat_add(db, set, e) : -1;
}

/* 0, 1: another runner was quicker, -1. What it took of the arena is given back. */
static int make(struct db *db, struct change *c, enum counted what, struct err *e)
{
	struct arena_mark m = arena_mark(c->arena);
	int r;

	c->what = what;
	r = db_transact(db, write_change, c, e);

	arena_release(c->arena, m);
	if (r == 0)
		c->mark.turn++;
	return r;
}

/* Pings that no older one can follow any more, a page of them. 1: more wait, 2: another runner was quicker. */
static int add_pings(struct db *db, struct change *c, int64_t now, struct err *e)
{
	struct rollup_ping *list;
	struct id before;
	int64_t timeout_ms;
	int r;

	if (rollup_ping_timeout(db, c->arena, &timeout_ms, e) != 0)
		return -1;
	before = id_first(now / 1000 - timeout_ms - KEPT_MS);
	if (memcmp(before.b, c->mark.pings_to.b, sizeof(before.b)) <= 0)
		return 0;
	if (rollup_pings(db, c->arena, c->mark.pings_to, before, PAGE, &list, &c->n_pings, e) != 0)
		return -1;
	c->pings = list;
	c->mark.pings_to = c->n_pings == PAGE ? list[PAGE - 1].id : before;
	r = make(db, c, c->n_pings > 0 ? COUNTED_PAGE : COUNTED_NOTHING, e);
	return r != 0 ? 2 * r : c->n_pings == PAGE;
}

/* Up to where quarters have ended long enough ago, and all that was in them was added. */
static int64_t closable_to(const struct change *c, int64_t now)
{
	int64_t ended = now - CLOSE_AFTER_US, added = id_ms(c->mark.pings_to) * 1000;

	return (ended < added ? ended : added) / STAT_QUARTER_US * STAT_QUARTER_US;
}

/* The next of them with pings. Without one all are closed, so that the sandbox's pings are not looked through each time. 1: there may be more. */
static int close_pings(struct db *db, struct change *c, int64_t now, struct err *e)
{
	int64_t to = closable_to(c, now);
	struct id first;
	enum found found;
	int r;

	if (to <= c->mark.pings_closed)
		return 0;
	found = rollup_next_ping(db, c->arena, id_first(c->mark.pings_closed / 1000), id_first(to / 1000), &first, e);
	if (found == FOUND_ERR)
		return -1;
	if (found == FOUND_NO) {
		c->mark.pings_closed = to;
		return 2 * make(db, c, COUNTED_NOTHING, e);
	}
	c->part = STAT_PART_PINGS;
	c->quarter = id_ms(first) * 1000 / STAT_QUARTER_US;
	c->mark.pings_closed = (c->quarter + 1) * STAT_QUARTER_US;
	r = make(db, c, COUNTED_QUARTER, e);
	return r != 0 ? 2 * r : 1;
}

/* Clicks are few and never change: quarters that may still get some are counted anew each time. */
static int add_clicks(struct db *db, struct change *c, int64_t now, struct err *e)
{
	int64_t from = c->mark.clicks_closed, at;

	for (;;) {
		enum found found = rollup_next_click(db, c->arena, from, &at, e);
		int r;

		if (found != FOUND_YES)
			return found == FOUND_ERR ? -1 : 0;
		c->part = STAT_PART_CLICKS;
		c->quarter = at / STAT_QUARTER_US;
		from = (c->quarter + 1) * STAT_QUARTER_US;
		if (now >= from + CLOSE_AFTER_US)
			c->mark.clicks_closed = from;
		r = make(db, c, COUNTED_QUARTER, e);
		if (r != 0)
			return 2 * r;
	}
}

/* Quarters with leads or sales that changed; now and then further back, for what was long in coming. */
static int add_sales(struct db *db, struct change *c, int64_t now, struct err *e)
{
	int64_t since = c->mark.sales_seen - SALES_OVERLAP_US, *quarters;
	bool sweeps = now - c->mark.sales_swept >= SWEEP_EVERY_US;
	size_t n;
	int r = 0;

	if (sweeps && c->mark.sales_swept - SWEEP_OVERLAP_US < since)
		since = c->mark.sales_swept - SWEEP_OVERLAP_US;
	if (rollup_changed(db, c->arena, since > 0 ? since : 0, &quarters, &n, e) != 0)
		return -1;
	c->part = STAT_PART_SALES;
	for (size_t i = 0; i < n && r == 0; i++) {
		c->quarter = quarters[i];
		r = make(db, c, COUNTED_QUARTER, e);
	}
	if (r != 0)
		return 2 * r;
	c->mark.sales_seen = now;
	if (sweeps)
		c->mark.sales_swept = now;
	return 2 * make(db, c, COUNTED_NOTHING, e);
}

static int64_t at_most(int64_t at, int64_t most)
{
	return at < most ? at : most;
}

/*
 * A runner whose clock was ahead said that it had counted what was still to come. Pings that came meanwhile are found when their quarters are
 * closed, if these are not taken for closed.
 */
static void pull_back(struct stat_mark *m, int64_t now)
{
	int64_t open = now / STAT_QUARTER_US * STAT_QUARTER_US - STAT_QUARTER_US;

	if (m->pings_closed > now)
		m->pings_closed = open;
	if (m->clicks_closed > now)
		m->clicks_closed = open;
	m->sales_seen = at_most(m->sales_seen, now);
	m->sales_swept = at_most(m->sales_swept, now);
}

int tally_run(struct tally *t, struct db *db, struct arena *a, int64_t now, struct err *e)
{
	static int (*const steps[])(struct db *, struct change *, int64_t, struct err *) = { add_pings, close_pings, add_clicks, add_sales };
	struct change c = { .t = t, .arena = a };
	bool more = false;

	if (stat_mark_read(db, &c.mark, e) != 0)
		return -1;
	pull_back(&c.mark, now);
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		int r = steps[i](db, &c, now, e);

		if (r < 0)
			return -1;
		if (r == 2) /* the other runner goes on from where it is */
			return 0;
		more |= r == 1;
	}
	return more;
}
