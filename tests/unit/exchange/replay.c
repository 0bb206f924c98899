/*
 * A decision made again from its record is the same decision: over random configurations, leads and answers. Live and replay share eligibility,
 * tiers and ranking; what stands between them is the record.
 */
#include "lib/base/buf.h"
#include "lib/exchange/replay.h"
#include "lib/exchange/steps.h"
#include "lib/wire/json.h"
#include "tests/unit/exchange/chance.h"
#include "tests/unit/exchange/exchange_tests.h"

enum { ROUNDS = 300, CONTRACTS_MOST = 12, DOCUMENT_MAX = 256 * 1024 };

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

static const char *one_of(const char *const *list, unsigned n)
{
	return list[upto(n)];
}

static void add_filters(struct buf *b)
{
	static const char *const filters[] = {
		"{\"field\":\"lead.state\",\"op\":\"in\",\"value\":[\"CA\",\"NY\"]}", "{\"field\":\"lead.state\",\"op\":\"eq\",\"value\":\"NY\"}",
		"{\"field\":\"lead.age\",\"op\":\"ge\",\"value\":40}", "{\"field\":\"lead.age\",\"op\":\"missing\"}", "{\"field\":\"hour\",\"op\":\"ge\",\"value\":12}",
		"{\"field\":\"source.sub1\",\"op\":\"ne\",\"value\":\"s1\"}", "{\"not\":{\"field\":\"consent.tcpa\",\"op\":\"eq\",\"value\":true}}",
		"{\"any\":[{\"field\":\"lead.own\",\"op\":\"eq\",\"value\":true},{\"field\":\"score\",\"op\":\"ge\",\"value\":10}]}",
	};
	unsigned n = upto(3);

	buf_add_cstr(b, "[");
	for (unsigned i = 0; i < n; i++)
		buf_addf(b, "%s%s", i > 0 ? "," : "", one_of(filters, sizeof(filters) / sizeof(filters[0])));
	buf_add_cstr(b, "]");
}

static void add_contract(struct buf *b, unsigned i)
{
	static const char *const sales[] = { "exclusive", "shared", "hybrid" };
	static const char *const statuses[] = { "active", "active", "active", "paused" };
	static const char *const sources[] = { "{}", "{\"block\":[\"acme/s1\"]}", "{\"allow\":[\"acme/s2\",\"other\"]}" };
	static const char mornings[] = "{\"timezone\":\"America/New_York\",\"open\":[{\"days\":[\"mon\",\"tue\",\"wed\",\"thu\","
		"\"fri\",\"sat\",\"sun\"],\"from\":\"08:00\",\"to\":\"14:00\"}]}";
	static const char *const schedules[] = { "null", "null", mornings };
	static const char ping[] = "\"ping\":{\"url\":\"https://b.example.com/p\",\"reply\":{\"rules\":[{\"when\":{\"http_status\":true,\"op\":\"eq\","
		"\"value\":200},\"outcome\":\"bid\"}],\"price\":{\"path\":\"/price\"}}},";
	bool fixed = upto(4) == 0;

	buf_addf(b, "%s{\"key\":\"b%u\",\"name\":\"B\",\"contracts\":[{\"key\":\"c%u\",\"campaign\":\"auto\",\"sale\":\"%s\",\"tier\":%u,\"priority\":%u,\"weight\":%u,"
		"\"status\":\"%s\",\"sources\":%s,\"schedule\":%s,\"filters\":", i > 0 ? "," : "", i, i, one_of(sales, 3), 1 + upto(3), upto(4), upto(4) * 50,
	    one_of(statuses, 4), one_of(sources, 3), one_of(schedules, 3));
	add_filters(b);
	buf_addf(b, ",\"price\":%s,%s\"post\":{\"url\":\"https://b.example.com/l\",\"reply\":{\"rules\":[{\"when\":{\"http_status\":true,\"op\":\"eq\",\"value\":200},"
		"\"outcome\":\"accepted\"}]}}}]}",
	    fixed ? "{\"type\":\"fixed\",\"amount\":\"7.50\"}" : upto(3) == 0 ? "{\"type\":\"bid\",\"min\":\"2\",\"max\":\"15\"}" : "{\"type\":\"bid\"}",
	    fixed && upto(2) == 0 ? "" : ping);
}

static struct str random_document(unsigned n)
{
	static const char *const strategies[] = { "highest_bid", "priority", "weighted", "round_robin" };
	static const char *const payouts[] = { "{\"type\":\"revshare\",\"percent\":\"80\"}", "{\"type\":\"fixed\",\"amount\":\"3\"}",
		"{\"type\":\"margin\",\"amount\":\"1.25\"}", "{\"type\":\"margin\",\"percent\":\"15\"}" };
	static const char *const consents[] = { "{}", "{}", "{\"require\":[\"tcpa\"]}", "{\"gpc\":\"block\"}" };
	struct buf b;

	buf_in(&b, chance.a, DOCUMENT_MAX);
	buf_addf(&b, "{\"gavel\":1,\"verticals\":[{\"key\":\"v\",\"name\":\"V\",\"fields\":["
		     "{\"name\":\"state\",\"type\":\"state\",\"ping\":\"optional\",\"post\":\"optional\"},"
		     "{\"name\":\"age\",\"type\":\"integer\",\"ping\":\"optional\",\"post\":\"optional\"},"
		     "{\"name\":\"own\",\"type\":\"boolean\",\"ping\":\"optional\",\"post\":\"optional\"}]}],"
		     "\"campaigns\":[{\"key\":\"auto\",\"vertical\":\"v\",\"currency\":\"USD\",\"payout\":%s,\"consent\":%s,\"scoring\":%s,"
		     "\"routing\":{\"strategy\":\"%s\",\"rank_by\":\"%s\",\"max_sales\":%u,\"reserve_price\":\"%u.00\"}}],"
		     "\"sellers\":[{\"key\":\"acme\",\"name\":\"Acme\",\"campaigns\":[\"auto\"]},"
		     "{\"key\":\"other\",\"name\":\"Other\",\"campaigns\":[]}],\"buyers\":[",
	    one_of(payouts, 4), one_of(consents, 4), upto(2) == 0 ? "null" : "{\"minimum\":3,\"completeness\":100}", one_of(strategies, 4), upto(3) == 0 ? "expected_revenue" : "price", 1 + upto(4), upto(6));
	for (unsigned i = 0; i < n; i++)
		add_contract(&b, i);
	buf_add_cstr(&b, "]}");
	return buf_str(&b);
}

static struct value parsed(const char *json)
{
	return chance_parsed(chance.a, json);
}

static struct catalog *compiled(struct str document, unsigned n)
{
	return chance_compiled(chance.a, document, n);
}

/* Buyers as chance will have them: what auction_fanout leaves behind. */
static void answer(struct auction *au, int tier, void *ctx)
{
	static const enum reason nos[] = { REASON_NO_BID, REASON_TIMEOUT, REASON_UNREACHABLE, REASON_HTTP_ERROR, REASON_UNPARSABLE_REPLY,
		REASON_CIRCUIT_OPEN, REASON_BULKHEAD_FULL, REASON_PING_TOO_LATE };

	(void)ctx;
	for (size_t i = 0; i < au->campaign->n_contracts; i++) {
		const struct contract *c = au->campaign->contracts[i];
		struct decision *d = &au->decisions[i];

		if (d->code != REASON_NONE || c->tier != tier)
			continue;
		if (c->ping != NULL && upto(3) == 0) {
			d->code = nos[upto(sizeof(nos) / sizeof(nos[0]))];
			d->ms = d->code == REASON_TIMEOUT ? 1500 : -1;
			continue;
		}
		d->cost = c->fixed_price ? c->price_fixed : 10000 * (1 + (int64_t)upto(20));
		*exchange_verdict_of(au, i) = (struct verdict){ .outcome = OUTCOME_BID, .price = d->cost, .expires_in_s = -1 };
	}
}

static int rank(struct auction *au, int tier, size_t *listed, void *ctx, struct err *e)
{
	struct bid *bids = arena_array_of(au->arena, au->campaign->n_contracts, struct bid);
	size_t n;

	(void)ctx;
	(void)e;
	/* What history would have said of each. */
	for (size_t i = 0; i < au->campaign->n_contracts && au->campaign->routing.rank_by == RANK_EXPECTED_REVENUE; i++)
		if (au->verdicts[i] != NULL && au->campaign->contracts[i]->tier == tier && au->decisions[i].acceptance <= 0) {
			au->decisions[i].acceptance = (1 + upto(8)) / 8.0;
			au->decisions[i].speed = (1 + upto(4)) / 4.0;
		}
	n = exchange_bids(au, tier, bids);
	for (size_t i = 0; i < n && au->campaign->routing.strategy == STRATEGY_ROUND_ROBIN; i++) {
		struct decision *d = &au->decisions[bids[i].contract - 1];

		bids[i].draw = d->draw = upto(5);
		d->has_draw = true;
	}
	*listed = exchange_rank(au, bids, n);
	return 0;
}

/* A live auction, with chance in the place of the network. */
static struct auction *live(struct ask *ask)
{
	struct auction *au = chance_auction(chance.a, ask, id_new(CHANCE_NOW));
	struct auction_steps steps = { answer, rank, NULL };
	enum reason why;
	struct err e;

	if (au->campaign->scoring != NULL) {
		au->score = (int)upto(20);
		au->facts.score = value_int(chance.a, au->score);
	}
	au->offers = arena_array_of(chance.a, au->campaign->n_contracts, struct offer);
	auction_eligible(au, NULL);
	why = exchange_screen(au, STEP_PING);
	if (why != REASON_NONE) {
		exchange_reject(au, why);
		return au;
	}
	ck_assert_int_eq(exchange_tiers(au, &steps, &e), 0);
	au->status = au->n_offers > 0 ? PING_MATCHED : PING_UNMATCHED;
	return au;
}

/* Its row, as it is kept; consent is sealed there, so these pings keep theirs beside it. */
static struct ping_row row_of(const struct auction *au)
{
	struct buf lead, source;

	buf_in(&lead, chance.a, DOCUMENT_MAX);
	buf_in(&source, chance.a, DOCUMENT_MAX);
	json_write(&lead, &au->lead);
	json_write(&source, &au->ask->source);
	return (struct ping_row){ .id = au->ping_id, .lead_id = au->lead_id, .seller_id = 1, .campaign_id = 1, .version = 1, .status = au->status,
		.score = au->score, .created_at = CHANCE_NOW, .min_price = au->ask->min_price, .max_sales = au->max_sales, .lead = buf_str(&lead),
		.source = buf_str(&source), .bids = offers_write(chance.a, au->offers, au->n_offers + au->n_spare),
		.decisions = decision_pack(chance.a, au->decisions, au->campaign->n_contracts) };
}

static struct ask random_ask(const struct catalog *c)
{
	static const char *const leads[] = { "{\"state\":\"CA\",\"age\":50,\"own\":true}", "{\"state\":\"NY\"}", "{\"state\":\"TX\",\"age\":20}", "{}" };
	static const char *const sources[] = { "{\"sub1\":\"s1\"}", "{\"sub1\":\"s2\"}", "{}" };
	static const char *const consents[] = { "{\"tcpa\":true}", "{\"tcpa\":false,\"gpc\":true}", "{\"tcpa\":true,\"buyers\":[\"b0\",\"b2\"]}" };

	return (struct ask){ .campaign = &c->campaigns[0], .seller = &c->sellers[0], .lead = parsed(one_of(leads, 4)), .source = parsed(one_of(sources, 3)),
		.consent = parsed(one_of(consents, 3)), .min_price = 10000 * (int64_t)upto(4), .max_sales = (int)upto(4), .wall_us = CHANCE_NOW };
}

static void check_once(const struct auction *au)
{
	for (size_t i = 0; i < au->campaign->n_contracts; i++) {
		ck_assert_uint_eq(au->decisions[i].contract, au->campaign->contracts[i]->id);
		ck_assert_int_ne(au->decisions[i].code, REASON_NONE);
	}
}

START_TEST(from_its_record_a_decision_is_the_same)
{
	struct replay_turns *turns = replay_turns_new();
	size_t matched = 0;

	chance.seed = 88172645463325252u + (uint64_t)_i;
	for (int round = 0; round < ROUNDS; round++) {
		unsigned n = 1 + upto(CONTRACTS_MOST);
		struct catalog *c = compiled(random_document(n), n);
		struct ask ask = random_ask(c);
		struct auction *au = live(&ask);
		struct ping_row row = row_of(au);
		struct keyring keys = { 0 };
		struct record record;
		struct replayed again;
		struct replay_in in = { .record = &record, .then = au->campaign, .now = au->campaign, .seller = ask.seller, .turns = turns };
		struct err e;

		check_once(au);
		ck_assert_int_eq(record_open(chance.a, &keys, &row, au->campaign, ask.seller, &record, &e), 0);
		record.ask.consent = ask.consent;
		ck_assert_int_eq(replay_ping(chance.a, &in, &again, &e), 0);
		check_once(again.auction);
		ck_assert_msg(again.same && again.n_unrecorded == 0, "seed %d, round %d", _i, round);
		matched += au->status == PING_MATCHED;
		catalog_free(&c);
		arena_reset(chance.a);
	}
	/* The rounds are worth something: many sell, many don't. */
	ck_assert_uint_gt(matched, ROUNDS / 8);
	ck_assert_uint_lt(matched, ROUNDS * 9 / 10);
	replay_turns_free(&turns);
}
END_TEST

START_TEST(who_was_not_asked_bids_nothing_and_is_counted)
{
	struct replay_turns *turns = replay_turns_new();
	struct catalog *c, *wider;
	struct auction *au;
	struct replayed again;
	struct record record;
	struct keyring keys = { 0 };
	struct ping_row row;
	struct ask ask;
	struct err e;

	for (chance.seed = 7;; chance.seed += 1000003) {
		struct str document;

		arena_reset(chance.a);
		document = random_document(3);
		c = compiled(document, 3);
		ask = random_ask(c);
		au = live(&ask);
		if (au->status == PING_MATCHED && au->campaign->contracts[2]->ping != NULL)
			break;
		catalog_free(&c);
	}
	row = row_of(au);
	ck_assert_int_eq(record_open(chance.a, &keys, &row, au->campaign, ask.seller, &record, &e), 0);
	record.ask.consent = ask.consent;
	/* as if the last contract had been added since */
	record.n_decisions = 2;
	wider = c;
	ck_assert_int_eq(replay_ping(chance.a, &(struct replay_in){ .record = &record, .then = au->campaign, .now = &wider->campaigns[0], .seller = ask.seller,
		.turns = turns }, &again, &e), 0);
	ck_assert_int_eq(again.unrecorded[2], again.n_unrecorded == 1);
	ck_assert(!again.same);
	for (size_t i = 0; i < again.auction->n_offers; i++)
		ck_assert(again.auction->offers[i].contract != 3);
	catalog_free(&c);
	replay_turns_free(&turns);
}
END_TEST

TCase *replay_tests(void)
{
	TCase *t = tcase_create("replay");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_set_timeout(t, 60);
	tcase_add_loop_test(t, from_its_record_a_decision_is_the_same, 0, 3);
	tcase_add_test(t, who_was_not_asked_bids_nothing_and_is_counted);
	return t;
}
