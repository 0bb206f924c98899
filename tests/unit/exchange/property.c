/*
 * What must be true of any auction from eligibility to offers, over random configurations and leads. The order of bids alone is
 * tests/unit/lead/property.c; that a record gives the same decision again is replay.c.
 */
#include "lib/base/buf.h"
#include "tests/unit/exchange/chance.h"
#include "tests/unit/exchange/exchange_tests.h"

enum { ROUNDS = 250, CONTRACTS_MOST = 10, DOCUMENT_MAX = 128 * 1024 };

/* A campaign in words: each contract a text of its own, so that they can be put in any order. */
struct words {
	const char *routing;
	struct str contracts[CONTRACTS_MOST];
	unsigned n;
};

static struct chance chance;

static void setup(void)
{
	chance.a = arena_new((size_t)256 << 20);
}

static void teardown(void)
{
	arena_free(&chance.a);
}

static unsigned upto(unsigned n)
{
	return chance_upto(&chance, n);
}

/* Few distinct prices, so that ties are common. */
static struct str random_contract(unsigned i, bool one_tier)
{
	static const char *const sales[] = { "exclusive", "shared", "hybrid" };
	static const char *const filters[] = { "[]", "[]", "[{\"field\":\"lead.state\",\"op\":\"in\",\"value\":[\"CA\"]}]",
		"[{\"field\":\"lead.age\",\"op\":\"ge\",\"value\":40}]", "[{\"field\":\"lead_age_s\",\"op\":\"le\",\"value\":60}]" };
	static const char *const mores[] = { "", "", "", "\"status\":\"paused\",", "\"sources\":{\"block\":[\"acme/s1\"]},",
		"\"schedule\":{\"timezone\":\"UTC\",\"open\":[]}," };

	return arena_printf(chance.a, "{\"key\":\"b%u\",\"contracts\":[{\"key\":\"c%u\",\"campaign\":\"auto\",\"sale\":\"%s\",\"tier\":%u,\"priority\":%u,\"weight\":%u,"
	    "\"filters\":%s,%s\"price\":{\"type\":\"fixed\",\"amount\":\"%u\"},\"post\":{\"url\":\"https://b.example.com/\",\"reply\":{\"rules\":["
	    "{\"when\":{\"http_status\":true,\"op\":\"eq\",\"value\":200},\"outcome\":\"accepted\"}]}}}]}", i, i, sales[upto(3)],
	    one_tier ? 1 : 1 + upto(3), upto(3), upto(3) * 100, filters[upto(5)], mores[upto(6)], 1 + upto(8));
}

static struct words random_words(bool by_price)
{
	static const char *const strategies[] = { "highest_bid", "priority", "weighted" };
	struct words w = { .n = 1 + upto(CONTRACTS_MOST) };

	w.routing = arena_cstr(chance.a, arena_printf(chance.a, "\"strategy\":\"%s\",\"max_sales\":%u", by_price ? "highest_bid" : strategies[upto(3)], 1 + upto(4)));
	for (unsigned i = 0; i < w.n; i++)
		w.contracts[i] = random_contract(i, by_price);
	return w;
}

static struct words shuffled(const struct words *w)
{
	struct words out = *w;

	for (unsigned i = w->n; i > 1; i--) {
		unsigned k = upto(i);
		struct str s = out.contracts[i - 1];

		out.contracts[i - 1] = out.contracts[k];
		out.contracts[k] = s;
	}
	return out;
}

static struct catalog *compiled(const struct words *w, unsigned reserve)
{
	struct buf b;

	buf_in(&b, chance.a, DOCUMENT_MAX);
	buf_addf(&b, "{\"gavel\":1,\"verticals\":[{\"key\":\"v\",\"fields\":[{\"name\":\"state\",\"type\":\"state\",\"ping\":\"optional\"},"
	    "{\"name\":\"age\",\"type\":\"integer\",\"ping\":\"optional\"}]}],\"sellers\":[{\"key\":\"acme\",\"campaigns\":[\"auto\"]}],"
	    "\"campaigns\":[{\"key\":\"auto\",\"vertical\":\"v\",\"currency\":\"USD\",\"payout\":{\"type\":\"margin\",\"amount\":\"0.50\"},"
	    "\"routing\":{%s,\"reserve_price\":\"%u\"}}],\"buyers\":[", w->routing, reserve);
	for (unsigned i = 0; i < w->n; i++) {
		buf_add_cstr(&b, i > 0 ? "," : "");
		buf_add_str(&b, w->contracts[i]);
	}
	buf_add_cstr(&b, "]}");
	return chance_compiled(chance.a, buf_str(&b), w->n);
}

static struct value parsed(const char *json)
{
	return chance_parsed(chance.a, json);
}

struct lead_words {
	struct value lead, source, consent;
	struct id ping;
	int max_sales;
};

static struct lead_words random_lead(void)
{
	static const char *const leads[] = { "{\"state\":\"CA\",\"age\":50}", "{\"state\":\"NY\"}", "{}" };
	static const char *const sources[] = { "{\"sub1\":\"s1\"}", "{}" };
	static const char *const consents[] = { "{}", "{}", "{\"buyers\":[\"b0\",\"b1\",\"b2\",\"b3\"]}" };

	return (struct lead_words){ parsed(leads[upto(3)]), parsed(sources[upto(2)]), parsed(consents[upto(3)]), id_new(CHANCE_NOW), (int)upto(4) };
}

static const struct auction *run(const struct catalog *c, const struct lead_words *l)
{
	struct ask *ask = arena_new_of(chance.a, struct ask);
	struct auction *au;
	size_t listed = 0;
	struct err e;

	*ask = (struct ask){ .campaign = &c->campaigns[0], .seller = &c->sellers[0], .wall_us = CHANCE_NOW, .source = l->source, .consent = l->consent,
		.lead = l->lead, .max_sales = l->max_sales };
	au = chance_auction(chance.a, ask, l->ping);
	au->facts.lead_age_s = value_int(chance.a, (int64_t)(l->ping.b[15] % 2) * 3600);
	auction_eligible(au, NULL);
	au->offers = arena_array_of(chance.a, exchange_open_in(au, 0), struct offer);
	for (int tier = 1; tier <= 3 && listed == 0; tier++) {
		auction_fanout(au, tier, INT64_MAX);
		ck_assert_int_eq(exchange_rank_tier(au, tier, &listed, &e), 0);
	}
	return au;
}

static int64_t revenue(const struct auction *au)
{
	int64_t sum = 0;

	for (size_t i = 0; i < au->n_offers; i++)
		sum += au->offers[i].offered ? au->offers[i].cost : 0;
	return sum;
}

/* Every contract of the campaign once, with one code; only those whose tier was not reached have none yet. */
static void check_codes(const struct auction *au)
{
	int reached = 3;

	for (size_t i = 0; i < au->n_offers; i++)
		reached = campaign_contract(au->campaign, au->offers[i].contract)->tier;
	for (size_t i = 0; i < au->campaign->n_contracts; i++) {
		const struct decision *d = &au->decisions[i];

		ck_assert_uint_eq(d->contract, au->campaign->contracts[i]->id);
		ck_assert(i == 0 || d->contract > au->decisions[i - 1].contract);
		ck_assert_int_eq(d->code == REASON_NONE, d->code == REASON_NONE && au->campaign->contracts[i]->tier > reached);
	}
}

static void check_sale(const struct auction *au)
{
	int offered = 0, shared = 0, exclusive = 0;

	for (size_t i = 0; i < au->n_offers; i++) {
		const struct contract *c = campaign_contract(au->campaign, au->offers[i].contract);

		ck_assert_int_eq(au->offers[i].rank, (int)i + 1);
		ck_assert(au->offers[i].kind != SALE_SHARED || c->sale != SALE_EXCLUSIVE);
		ck_assert(au->offers[i].kind == SALE_SHARED || c->sale != SALE_SHARED);
		offered += au->offers[i].offered;
		shared += au->offers[i].offered && au->offers[i].kind == SALE_SHARED;
		exclusive += au->offers[i].offered && au->offers[i].kind != SALE_SHARED;
	}
	ck_assert(offered <= au->max_sales && (exclusive == 0 || (exclusive == 1 && shared == 0)) && (shared == 0 || shared >= 2));
	for (size_t i = 0; i < au->n_spare; i++)
		ck_assert_int_eq(au->offers[au->n_offers + i].rank, 0);
}

START_TEST(every_contract_has_one_code_and_a_sale_is_of_one_kind)
{
	size_t sold = 0, alone = 0;

	for (int round = 0; round < ROUNDS; round++) {
		struct words w;
		struct lead_words l;
		struct catalog *c;
		const struct auction *au;

		chance.seed = 1000 + (uint64_t)round;
		w = random_words(false);
		l = random_lead();
		c = compiled(&w, upto(4));
		au = run(c, &l);
		check_codes(au);
		check_sale(au);
		sold += au->n_offers > 0;
		alone += au->n_offers > 0 && au->offers[0].kind == SALE_EXCLUSIVE;
		catalog_free(&c);
		arena_reset(chance.a);
	}
	/* The rounds are worth something. */
	ck_assert_msg(sold > ROUNDS / 4 && alone > ROUNDS / 10 && sold - alone > ROUNDS / 25, "%zu sold, %zu of them to one", sold, alone);
}
END_TEST

START_TEST(the_order_of_buyers_changes_nothing)
{
	for (int round = 0; round < ROUNDS; round++) {
		struct words w, other;
		struct lead_words l;
		struct catalog *c, *d;
		const struct auction *x, *y;

		chance.seed = 5000 + (uint64_t)round;
		w = random_words(false);
		other = shuffled(&w);
		l = random_lead();
		c = compiled(&w, 2);
		d = compiled(&other, 2);
		x = run(c, &l);
		y = run(d, &l);
		ck_assert_uint_eq(x->n_offers, y->n_offers);
		for (size_t i = 0; i < x->n_offers; i++)
			ck_assert_msg(x->offers[i].contract == y->offers[i].contract && x->offers[i].kind == y->offers[i].kind &&
			    x->offers[i].offered == y->offers[i].offered, "round %d", round);
		for (size_t i = 0; i < x->campaign->n_contracts; i++)
			ck_assert_msg(x->decisions[i].code == y->decisions[i].code, "round %d", round);
		catalog_free(&c);
		catalog_free(&d);
		arena_reset(chance.a);
	}
}
END_TEST

START_TEST(a_lower_reserve_never_lowers_revenue)
{
	size_t more = 0;

	for (int round = 0; round < ROUNDS; round++) {
		unsigned high, low;
		struct words w;
		struct lead_words l;
		struct catalog *c, *d;
		int64_t x, y;

		chance.seed = 9000 + (uint64_t)round;
		w = random_words(true);
		l = random_lead();
		high = 2 + upto(7);
		low = upto(high);
		c = compiled(&w, high);
		d = compiled(&w, low);
		x = revenue(run(c, &l));
		y = revenue(run(d, &l));
		ck_assert_msg(y >= x, "round %d: %lld at %u, %lld at %u", round, (long long)x, high, (long long)y, low);
		more += y > x;
		catalog_free(&c);
		catalog_free(&d);
		arena_reset(chance.a);
	}
	ck_assert_uint_gt(more, 0);
}
END_TEST

TCase *property_tests(void)
{
	TCase *t = tcase_create("property");

	tcase_set_timeout(t, 120);
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, every_contract_has_one_code_and_a_sale_is_of_one_kind);
	tcase_add_test(t, the_order_of_buyers_changes_nothing);
	tcase_add_test(t, a_lower_reserve_never_lowers_revenue);
	return t;
}
