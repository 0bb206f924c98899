#include "lib/exchange/difference.h"

#include <stdlib.h>

#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/exchange/replay.h"
#include "lib/exchange/steps.h"
#include "lib/store/replay.h"
#include "lib/wire/json.h"

enum { PAGE = 200, VERSIONS = 4, EARLIER = 65536, WAIT_US = 10000000, SCORING_MAX = 1024 * 1024 };

#define PAGE_ARENA_MAX ((size_t)1 << 30)

/* Catalogs of versions, compiled when the first ping of theirs comes; pings come in the order of time, so a few are enough. */
struct version {
	int64_t number;         /* 0 = free */
	struct catalog *catalog; /* NULL: can't be had */
};

struct run {
	const struct exchange *ex;
	const struct difference_in *in;
	struct arena *arena;          /* of the result */
	struct arena *page;           /* of one page */
	struct db *db;
	struct difference *out;
	struct version versions[VERSIONS];
	size_t next_version;
	struct replay_turns *turns;
	struct map *lines, *reasons;  /* by their key: struct difference_line *, struct difference_reason * */
	struct id *earlier;           /* a ring of leads that an earlier ping of theirs sells now, and did not then */
	size_t n_earlier;
};

/* One ping, both ways. */
struct both {
	const struct ping_row *row;
	struct record record;
	const struct campaign *then, *now;  /* now NULL: it would not be taken */
	const struct seller *seller;
	struct replayed replayed;
	const struct replay_lead *lead;     /* NULL: never posted */
	const struct replay_sale *sales;    /* of its lead */
	size_t n_sales;
};

static const struct catalog *catalog_then(struct run *r, int64_t number, struct err *e)
{
	struct version *v;

	for (size_t i = 0; i < VERSIONS; i++)
		if (r->versions[i].number == number)
			return r->versions[i].catalog;
	v = &r->versions[r->next_version++ % VERSIONS];
	if (v->catalog != NULL)
		catalog_free(&v->catalog);
	*v = (struct version){ .number = number };
	if (catalog_of_version(r->db, number, &v->catalog, e) != 0) {
		v->catalog = NULL;
		log_err("pings of this version are left out", e);
	}
	return v->catalog;
}

static bool takes(const struct seller *s, const struct campaign *c)
{
	if (s == NULL || c == NULL || s->status != STATUS_ACTIVE || c->status != STATUS_ACTIVE)
		return false;
	for (size_t i = 0; i < s->n_campaigns; i++)
		if (str_eq(s->campaigns[i], c->key))
			return true;
	return false;
}

/* The campaign's `scoring`, as text. */
static struct str scoring_text(struct arena *a, const struct catalog *c, const struct campaign *camp)
{
	const struct value *list = value_get(&c->document, STR("campaigns")), *scoring = NULL;
	struct buf b;

	for (size_t i = 0; list != NULL && i < list->n; i++)
		if (str_eq(value_get_text(&list->items[i], STR("key"), STR("")), camp->key))
			scoring = value_get(&list->items[i], STR("scoring"));
	if (scoring == NULL)
		return STR("");
	buf_in(&b, a, SCORING_MAX);
	json_write(&b, scoring);
	return buf_str(&b);
}

static struct difference_line *line_of(struct run *r, const struct campaign *camp, const struct buyer *buyer)
{
	struct str none = { "", 0 };
	struct str key = arena_printf(r->page, "%.*s/%.*s", STR_ARG(camp->key), STR_ARG(buyer != NULL ? buyer->key : none));
	struct difference_line *line = map_get(r->lines, key);

	if (line != NULL)
		return line;
	line = arena_new_of(r->arena, struct difference_line);
	line->campaign = arena_str(r->arena, camp->key);
	line->buyer = buyer != NULL ? arena_str(r->arena, buyer->key) : none;
	memcpy(line->currency, camp->currency, sizeof(line->currency));
	map_put(r->lines, arena_str(r->arena, key), line);
	return line;
}

static struct difference_reason *reason_of(struct run *r, const struct campaign *camp, enum reason code)
{
	struct str key = arena_printf(r->page, "%.*s/%d", STR_ARG(camp->key), (int)code);
	struct difference_reason *reason = map_get(r->reasons, key);

	if (reason != NULL)
		return reason;
	reason = arena_new_of(r->arena, struct difference_reason);
	reason->campaign = arena_str(r->arena, camp->key);
	reason->code = code;
	map_put(r->reasons, arena_str(r->arena, key), reason);
	return reason;
}

/* What is added to a campaign's line and to the buyer's. */
struct adding {
	struct run *run;
	const struct campaign *campaign;
	bool after;
};

static struct difference_sums *sums_of(const struct adding *x, const struct buyer *buyer)
{
	struct difference_line *line = line_of(x->run, x->campaign, buyer);

	return x->after ? &line->after : &line->before;
}

static void add_offers(const struct adding *x, const struct offer *offers, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const struct contract *c = campaign_contract(x->campaign, offers[i].contract);
		struct difference_sums *sums[] = { sums_of(x, NULL), c != NULL ? sums_of(x, c->buyer) : NULL };

		for (size_t k = 0; offers[i].offered && k < 2 && sums[k] != NULL; k++) {
			sums[k]->offered++;
			sums[k]->offered_cost += offers[i].cost;
		}
	}
}

static void add_sale(const struct adding *x, uint32_t contract, int64_t cost, int64_t price)
{
	const struct contract *c = campaign_contract(x->campaign, contract);
	struct difference_sums *sums[] = { sums_of(x, NULL), c != NULL ? sums_of(x, c->buyer) : NULL };

	for (size_t k = 0; k < 2 && sums[k] != NULL; k++) {
		sums[k]->sold++;
		sums[k]->revenue += cost;
		sums[k]->payout += price;
	}
}

/* The bid of this ping that the sale is of; -1: another ping's of the same lead. */
static long bid_of(const struct record *record, const struct replay_sale *sale)
{
	for (size_t i = 0; i < record->n_offers + record->n_spare; i++)
		if (id_eq(record->offers[i].id, sale->bid_id))
			return (long)i;
	return -1;
}

static bool earned(enum sale_state s)
{
	return s == SALE_ACCEPTED || s == SALE_CONVERTED;
}

static void add_sales_before(const struct adding *x, const struct both *b)
{
	for (size_t i = 0; i < b->n_sales; i++)
		if (earned(b->sales[i].state) && bid_of(&b->record, &b->sales[i]) >= 0)
			add_sale(x, b->sales[i].contract_id, b->sales[i].cost, b->sales[i].price);
}

/* What the contract said to this lead; NULL: it was not offered it. */
static const struct replay_sale *verdict_of(const struct both *b, uint32_t contract)
{
	const struct replay_sale *last = NULL;

	for (size_t i = 0; i < b->n_sales; i++)
		if (b->sales[i].contract_id == contract)
			last = &b->sales[i];
	return last;
}

/* Its bid stood before one that was tried, and it was not tried: a cap, a circuit, or the seller's choice. */
static bool was_passed_over(const struct both *b, uint32_t contract)
{
	long at = -1, tried = -1;

	for (size_t i = 0; i < b->record.n_offers; i++)
		if (b->record.offers[i].contract == contract)
			at = (long)i;
	for (size_t i = 0; i < b->n_sales; i++) {
		long k = bid_of(&b->record, &b->sales[i]);

		tried = k > tried ? k : tried;
	}
	return at >= 0 && at < tried;
}

static bool sold_earlier(const struct run *r, struct id lead_id)
{
	size_t n = r->n_earlier < EARLIER ? r->n_earlier : EARLIER;

	for (size_t i = 0; i < n; i++)
		if (id_eq(r->earlier[i], lead_id))
			return true;
	return false;
}

/* The new order walked from its top, as a post would. */
static void add_sales_after(const struct adding *x, const struct both *b)
{
	const struct auction *au = b->replayed.auction;
	int taken = 0, sold = 0;

	if (b->lead == NULL || b->lead->state == LEAD_REJECTED || sold_earlier(x->run, b->row->lead_id))
		return;
	for (size_t i = 0; i < au->n_offers && taken < au->max_sales; i++) {
		const struct offer *o = &au->offers[i];
		const struct replay_sale *v = verdict_of(b, o->contract);

		if ((taken > 0 && o->kind != SALE_SHARED) || (v == NULL && was_passed_over(b, o->contract)) ||
		    (v != NULL && v->state == SALE_REJECTED))
			continue;
		taken++;
		if (v == NULL || earned(v->state)) {
			add_sale(x, o->contract, o->cost, o->price);
			sold++;
		}
		x->run->out->assumed += v == NULL;
		if (o->kind != SALE_SHARED)
			break;
	}
	if (sold > 0)
		x->run->earlier[x->run->n_earlier++ % EARLIER] = b->row->lead_id;
}

static void add_before(struct run *r, const struct both *b)
{
	struct adding x = { r, b->then, false };
	struct difference_sums *sums = sums_of(&x, NULL);

	sums->pings++;
	sums->matched += b->row->status == PING_MATCHED;
	for (size_t i = 0; i < b->record.n_decisions; i++)
		reason_of(r, b->then, b->record.decisions[i].code)->before++;
	add_offers(&x, b->record.offers, b->record.n_offers);
	add_sales_before(&x, b);
}

static void add_after(struct run *r, const struct both *b)
{
	const struct auction *au = b->replayed.auction;
	struct adding x = { r, b->now, true };
	struct difference_sums *sums = sums_of(&x, NULL);

	sums->pings++;
	sums->matched += au->status == PING_MATCHED;
	for (size_t i = 0; i < b->now->n_contracts; i++)
		reason_of(r, b->now, b->replayed.unrecorded[i] ? REASON_NONE : au->decisions[i].code)->after++;
	add_offers(&x, au->offers, au->n_offers);
	r->out->unrecorded += (int64_t)b->replayed.n_unrecorded;
	if (b->replayed.same)
		add_sales_before(&x, b);
	else
		add_sales_after(&x, b);
}

/* 1: it can't be replayed. */
static int open_both(struct run *r, struct both *b, struct err *e)
{
	const struct catalog *then = catalog_then(r, b->row->version, e), *now = r->in->other != NULL ? r->in->other : then;
	const struct seller *was;

	if (then == NULL)
		return 1;
	was = catalog_seller(then, b->row->seller_id);
	b->then = catalog_campaign(then, b->row->campaign_id);
	b->now = catalog_campaign(now, b->row->campaign_id);
	b->seller = catalog_seller(now, b->row->seller_id);
	if (b->then == NULL || was == NULL)
		return 1;
	if (r->in->other != NULL && !takes(b->seller, b->now))
		b->now = NULL;
	if (record_open(r->page, r->ex->keys, b->row, b->then, was, &b->record, e) != 0)
		return -1;
	if (b->lead != NULL && b->lead->whole &&
	    record_complete(r->page, r->ex->keys, b->then, b->lead->lead_id, b->lead->lead, b->lead->lead_key, b->lead->sealed, &b->record, e) != 0)
		return -1;
	return b->record.incomplete;
}

static int replay_one(struct run *r, struct both *b, struct err *e)
{
	int bad = open_both(r, b, e);

	if (bad != 0) {
		r->out->unreadable += bad == 1;
		return bad == 1 ? 0 : -1;
	}
	if (b->now != NULL) {
		const struct catalog *then = catalog_then(r, b->row->version, e);
		struct replay_in in = { .record = &b->record, .then = b->then, .now = b->now, .seller = b->seller,
			.whole = b->lead != NULL && b->lead->whole, .turns = r->turns };

		in.rescored = r->in->other != NULL &&
		    !str_eq(scoring_text(r->page, then, b->then), scoring_text(r->page, r->in->other, b->now));
		if (replay_ping(r->page, &in, &b->replayed, e) != 0)
			return -1;
	}
	r->out->pings++;
	r->out->changed += !b->replayed.same;
	add_before(r, b);
	if (b->now != NULL)
		add_after(r, b);
	return 0;
}

static int replay_page(struct run *r, const struct ping_row *rows, size_t n, struct err *e)
{
	struct replay_lead *leads;
	struct replay_sale *sales;
	size_t n_leads, n_sales, lead = 0, sale = 0;

	if (replay_store_leads(r->db, r->page, rows[0].id, rows[n - 1].id, &leads, &n_leads, e) != 0 ||
	    replay_store_sales(r->db, r->page, rows[0].id, rows[n - 1].id, &sales, &n_sales, e) != 0)
		return -1;
	for (size_t i = 0; i < n; i++) {
		struct arena_mark m = arena_mark(r->page);
		struct both b = { .row = &rows[i] };
		int failed;

		if (lead < n_leads && id_eq(leads[lead].ping_id, rows[i].id))
			b.lead = &leads[lead++];
		for (b.sales = &sales[sale]; sale < n_sales && id_eq(sales[sale].ping_id, rows[i].id); sale++)
			b.n_sales++;
		failed = replay_one(r, &b, e);
		arena_release(r->page, m);
		if (failed != 0)
			return -1;
	}
	return 0;
}

static int by_line(const void *pa, const void *pb)
{
	const struct difference_line *a = pa, *b = pb;
	int c = str_cmp(a->campaign, b->campaign);

	return c != 0 ? c : str_cmp(a->buyer, b->buyer);
}

static int by_reason(const void *pa, const void *pb)
{
	const struct difference_reason *a = pa, *b = pb;
	int c = str_cmp(a->campaign, b->campaign);

	return c != 0 ? c : (a->code > b->code) - (a->code < b->code);
}

static void collect(struct run *r)
{
	struct difference *out = r->out;
	struct str key;
	void *value;

	out->lines = arena_array_of(r->arena, map_count(r->lines), struct difference_line);
	out->reasons = arena_array_of(r->arena, map_count(r->reasons), struct difference_reason);
	for (void *it = NULL; (it = map_next(r->lines, it, &key, &value)) != NULL;)
		out->lines[out->n_lines++] = *(const struct difference_line *)value;
	for (void *it = NULL; (it = map_next(r->reasons, it, &key, &value)) != NULL;)
		out->reasons[out->n_reasons++] = *(const struct difference_reason *)value;
	if (out->n_lines > 0)
		qsort(out->lines, out->n_lines, sizeof(out->lines[0]), by_line);
	if (out->n_reasons > 0)
		qsort(out->reasons, out->n_reasons, sizeof(out->reasons[0]), by_reason);
}

static int replay_all(struct run *r, struct err *e)
{
	struct id after = id_first(r->in->from / 1000), before = id_first(r->in->to / 1000);
	struct ping_row *rows;
	size_t n = PAGE;

	while (n == PAGE) {
		if (ping_store_page(r->db, r->page, after, before, PAGE, &rows, &n, e) != 0 || (n > 0 && replay_page(r, rows, n, e) != 0))
			return -1;
		if (n > 0)
			after = rows[n - 1].id;
		arena_reset(r->page);
	}
	return 0;
}

int difference_run(const struct exchange *ex, struct arena *a, const struct difference_in *in, struct difference *out, struct err *e)
{
	struct run r = { .ex = ex, .in = in, .arena = a, .out = out };
	int failed;

	*out = (struct difference){ 0 };
	if (db_take(ex->pool, clock_mono_us() + WAIT_US, &r.db, e) != 0)
		return -1;
	r.page = arena_new(PAGE_ARENA_MAX);
	r.turns = replay_turns_new();
	r.lines = map_new(a);
	r.reasons = map_new(a);
	r.earlier = arena_array_of(a, EARLIER, struct id);
	failed = replay_all(&r, e);
	db_give(ex->pool, &r.db);
	if (failed == 0)
		collect(&r);
	for (size_t i = 0; i < VERSIONS; i++)
		if (r.versions[i].catalog != NULL)
			catalog_free(&r.versions[i].catalog);
	replay_turns_free(&r.turns);
	arena_free(&r.page);
	return failed;
}
