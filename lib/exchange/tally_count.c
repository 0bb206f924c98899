#include "lib/exchange/tally_count.h"

#include "lib/base/log.h"
#include "lib/base/money.h"
#include "lib/exchange/steps.h"

enum { TERMS_MAX = 256 * 1024 * 1024, QUARTER_MS = 900000 };

static int terms_of(struct tally *t, struct db *db, int64_t version, const struct rollup_terms **out, struct err *e)
{
	for (size_t i = 0; i < t->n_known; i++)
		if (t->known[i].version == version) {
			*out = &t->known[i].terms;
			return 0;
		}
	if (t->n_known == TALLY_VERSIONS) {
		t->n_known = 0;
		arena_free(&t->arena);
	}
	if (t->arena == NULL)
		t->arena = arena_new(TERMS_MAX);
	if (rollup_terms_read(db, t->arena, version, &t->known[t->n_known].terms, e) != 0)
		return -1;
	t->known[t->n_known].version = version;
	*out = &t->known[t->n_known++].terms;
	return 0;
}

/* Rows that begin with their id, in the order of their ids. */
static const void *find(const void *list, size_t n, size_t size, uint32_t id)
{
	size_t low = 0, high = n;

	while (low < high) {
		size_t middle = (low + high) / 2;
		const char *row = (const char *)list + middle * size;
		uint32_t its = *(const uint32_t *)(const void *)row;

		if (its == id)
			return row;
		if (its < id)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

/* What a row that names no currency is counted in: the campaign's, by the version that the row was made with; else none. */
static void currency_of(const struct rollup_terms *terms, uint32_t campaign, char out[4])
{
	const struct rollup_campaign *c = find(terms->campaigns, terms->n_campaigns, sizeof(*terms->campaigns), campaign);

	memcpy(out, c != NULL ? c->currency : "---", 4);
}

static struct stat_key key_of(int64_t quarter, const struct rollup_source *s)
{
	return (struct stat_key){ .quarter = quarter, .seller = s->seller, .campaign = s->campaign, .channel = s->channel, .sub1 = s->sub1,
		.sub2 = s->sub2 };
}

static struct stat_key key_of_contract(const struct rollup_terms *terms, const struct stat_key *all, uint32_t contract)
{
	const struct rollup_contract *c = find(terms->contracts, terms->n_contracts, sizeof(*terms->contracts), contract);
	struct stat_key k = *all;

	k.contract = contract;
	k.buyer = c != NULL ? c->buyer : 0;
	return k;
}

static void add_decision(struct stat_set *set, const struct stat_key *k, int64_t *all, const struct decision *d)
{
	bool took_part = d->ms >= 0 || d->cost >= 0;
	int64_t *own = took_part ? stat_set_sums(set, k) : NULL;

	if (took_part) {
		all[STAT_ASKED]++;
		own[STAT_ASKED]++;
		own[STAT_PINGS]++;
	}
	for (int i = 0; took_part && i < 2; i++) {
		int64_t *to = i == 0 ? all : own;

		to[STAT_BIDS] += d->cost >= 0;
		to[STAT_BID_SUM] += d->cost >= 0 ? d->cost : 0;
		to[STAT_WON] += d->code == REASON_OFFERED;
		to[STAT_WON_SUM] += d->code == REASON_OFFERED ? d->cost : 0;
		to[STAT_TIMEOUTS] += d->code == REASON_TIMEOUT;
	}
	if (took_part)
		own[STAT_FILLED] += d->code == REASON_OFFERED;
	if (d->ms >= 0)
		stat_set_latency(set, k, d->ms);
	if (d->code != REASON_OFFERED && d->code != REASON_NONE)
		stat_set_reason(set, k, d->code, STAT_PART_PINGS, 1);
}

static void add_offer(struct stat_set *set, const struct stat_key *k, int64_t *all, const struct offer *o)
{
	int64_t *own = stat_set_sums(set, k);

	for (int i = 0; i < 2; i++) {
		int64_t *to = i == 0 ? all : own;

		to[STAT_LISTED]++;
		to[STAT_LISTED_SUM] += o->price;
		to[STAT_OFFERED_SUM] += o->offered ? o->price : 0;
	}
}

/* A row that can't be read counts as a ping, so that it doesn't hold up all that came after it. */
static void read_inside(struct arena *a, const struct rollup_ping *p, struct decision **decisions, size_t *n, struct offer **offers,
    size_t *n_offers)
{
	struct err e = { 0 };

	*n = *n_offers = 0;
	if (decision_unpack(a, p->decisions, decisions, n, &e) != 0 ||
	    (p->status == PING_MATCHED && offers_read(a, p->bids, offers, n_offers, &e) != 0)) {
		log_err("a ping's decisions can't be counted", &e);
		*n = *n_offers = 0;
	}
}

int tally_ping(struct tally *t, struct db *db, struct arena *a, struct stat_set *set, const struct rollup_ping *p, struct err *e)
{
	struct stat_key k = key_of(id_ms(p->id) / QUARTER_MS, &p->source), own;
	const struct rollup_terms *terms;
	struct decision *decisions;
	struct offer *offers;
	size_t n, n_offers;
	int64_t *all;

	if (terms_of(t, db, p->version, &terms, e) != 0)
		return -1;
	currency_of(terms, k.campaign, k.currency);
	all = stat_set_sums(set, &k);
	all[STAT_PINGS]++;
	all[STAT_FILLED] += p->status == PING_MATCHED;
	read_inside(a, p, &decisions, &n, &offers, &n_offers);
	if (p->status == PING_REJECTED) {
		if (n > 0)
			stat_set_reason(set, &k, decisions[0].code, STAT_PART_PINGS, 1);
		return 0;
	}
	for (size_t i = 0; i < n; i++) {
		own = key_of_contract(terms, &k, decisions[i].contract);
		add_decision(set, &own, all, &decisions[i]);
	}
	for (size_t i = 0; i < n_offers; i++) {
		own = key_of_contract(terms, &k, offers[i].contract);
		add_offer(set, &own, all, &offers[i]);
	}
	return 0;
}

static const struct rollup_channel *channel_of(const struct rollup_terms *terms, uint32_t channel, const char *cost)
{
	const struct rollup_channel *c = channel == 0 ? NULL :
	    find(terms->channels, terms->n_channels, sizeof(*terms->channels), channel);

	return c != NULL && str_is(c->cost, cost) ? c : NULL;
}

int tally_leads(struct tally *t, struct db *db, struct stat_set *set, int64_t quarter, const struct rollup_leads *l, struct err *e)
{
	struct stat_key k = key_of(quarter, &l->source);
	const struct rollup_terms *terms;
	const struct rollup_channel *channel;
	int64_t *all;

	if (terms_of(t, db, l->version, &terms, e) != 0)
		return -1;
	currency_of(terms, k.campaign, k.currency);
	all = stat_set_sums(set, &k);
	all[STAT_POSTS] += l->n;
	all[STAT_SOLD] += l->state == LEAD_SOLD ? l->n : 0;
	all[STAT_RECOVERED] += l->recovered;
	channel = channel_of(terms, k.channel, "cpl");
	if (channel != NULL && l->state != LEAD_REJECTED)
		all[STAT_LEAD_COST] += channel->amount * l->n;
	if (l->state == LEAD_REJECTED && l->reason != REASON_NONE)
		stat_set_reason(set, &k, (enum reason)l->reason, STAT_PART_SALES, l->n);
	return 0;
}

/* A verdict that came later leaves the delivery's reason as it was: accepted, or not known. */
static enum reason reject_reason(int kept)
{
	return reason_stage((enum reason)kept) == STAGE_POST && kept != REASON_ACCEPTED ? (enum reason)kept : REASON_REJECTED_OTHER;
}

int tally_sales(struct tally *t, struct db *db, struct stat_set *set, int64_t quarter, const struct rollup_sales *s, struct err *e)
{
	bool stands = s->state == SALE_ACCEPTED || s->state == SALE_CONVERTED, taken = stands || s->state == SALE_RETURNED;
	struct stat_key k = key_of(quarter, &s->source), own;
	const struct rollup_terms *terms;
	const struct rollup_channel *channel;
	int64_t *sums[2];

	if (terms_of(t, db, s->version, &terms, e) != 0)
		return -1;
	memcpy(k.currency, s->currency, sizeof(k.currency));
	own = k;
	own.contract = s->contract;
	own.buyer = s->buyer;
	sums[0] = stat_set_sums(set, &k);
	sums[1] = stat_set_sums(set, &own);
	sums[1][STAT_POSTS] += s->n;
	sums[1][STAT_SOLD] += taken ? s->n : 0;
	sums[1][STAT_RECOVERED] += taken ? s->recovered : 0;
	for (int i = 0; i < 2; i++) {
		sums[i][STAT_ATTEMPTS] += s->n;
		sums[i][STAT_ACCEPTED] += taken ? s->n : 0;
		sums[i][STAT_RETURNS] += s->state == SALE_RETURNED ? s->n : 0;
		sums[i][STAT_CONVERSIONS] += s->state == SALE_CONVERTED ? s->n : 0;
		sums[i][STAT_REVENUE] += taken ? s->cost * s->n : 0;
		sums[i][STAT_RETURNED] += s->state == SALE_RETURNED ? s->cost * s->n : 0;
		sums[i][STAT_PAYOUT] += stands ? s->price * s->n : 0;
	}
	channel = channel_of(terms, k.channel, "revshare");
	if (channel != NULL && stands)
		sums[0][STAT_LEAD_COST] += money_percent(s->cost, channel->percent) * s->n;
	if (s->state == SALE_REJECTED)
		stat_set_reason(set, &own, reject_reason(s->reason), STAT_PART_SALES, s->n);
	return 0;
}

void tally_clicks(struct stat_set *set, int64_t quarter, const struct rollup_clicks *c)
{
	struct stat_key k = { .quarter = quarter, .campaign = c->campaign, .channel = c->channel, .sub1 = c->sub1, .sub2 = c->sub2 };
	int64_t *of;

	memcpy(k.currency, c->currency, sizeof(k.currency));
	of = stat_set_sums(set, &k);
	of[STAT_CLICKS] += c->n;
	of[STAT_CLICK_COST] += c->cost;
}
