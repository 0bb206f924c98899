/*
 * What an auction costs a worker besides its calls to buyers: eligibility, ranking, packing and the answer's counts, in microseconds of
 * CPU for one ping, for a campaign of 50 contracts and for the same with 950 more that a filter keeps out.
 *
 *	bench/bench_auction [PINGS=20000]
 *
 * Contracts have a fixed price and no ping, so that nothing is called; each contract has one filter on the lead's state.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "lib/base/buf.h"
#include "lib/exchange/steps.h"
#include "lib/wire/json.h"

enum { BIDDERS = 50, IDLE = 950, ROUNDS = 5 };

static double cpu_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static struct value document(struct arena *a, int contracts)
{
	struct value doc;
	struct err e;
	struct buf b;

	buf_in(&b, a, 16 << 20);
	buf_add_cstr(&b, "{\"gavel\":1,\"verticals\":[{\"key\":\"v\",\"fields\":["
	    "{\"name\":\"zip\",\"type\":\"zip\",\"ping\":\"required\",\"post\":\"required\"},"
	    "{\"name\":\"state\",\"type\":\"state\",\"ping\":\"optional\",\"post\":\"optional\"},"
	    "{\"name\":\"age\",\"type\":\"integer\",\"ping\":\"optional\",\"post\":\"optional\"}]}],"
	    "\"campaigns\":[{\"key\":\"c\",\"vertical\":\"v\",\"currency\":\"USD\",\"payout\":{\"type\":\"revshare\",\"percent\":\"80\"}}],"
	    "\"sellers\":[{\"key\":\"s\",\"campaigns\":[\"c\"]}],\"buyers\":[{\"key\":\"b\",\"contracts\":[");
	for (int i = 0; i < contracts; i++)
		buf_addf(&b, "%s{\"key\":\"k%04d\",\"campaign\":\"c\",\"price\":{\"type\":\"fixed\",\"amount\":\"%d.50\"},"
		    "\"filters\":[{\"field\":\"lead.state\",\"op\":\"in\",\"value\":[\"%s\"]}],\"post\":{\"url\":\"http://127.0.0.1/\","
		    "\"body\":{\"json\":{\"zip\":\"{{lead.zip}}\"}},\"reply\":{\"format\":\"json\",\"rules\":[{\"when\":"
		    "{\"path\":\"/s\",\"op\":\"eq\",\"value\":\"y\"},\"outcome\":\"accepted\"}]}}}", i > 0 ? "," : "", i, 10 + i % 20,
		    i % (contracts / BIDDERS) == 0 ? "CA" : "NY");
	buf_add_cstr(&b, "]}]}");
	if (b.overflow || json_parse(a, buf_str(&b), JSON_DEPTH_CONFIG, &doc, &e) != 0)
		exit(2);
	return doc;
}

static struct catalog *compile(struct arena *a, int contracts)
{
	struct value doc = document(a, contracts);
	struct map *numbers = map_new(a);
	struct catalog_names names = { .contracts = numbers };
	struct catalog *out = NULL;
	struct faults f;

	faults_init(&f, a);
	for (int i = 0; i < contracts; i++)
		map_put(numbers, arena_printf(a, "k%04d", i), (void *)(uintptr_t)(i + 1));
	if (catalog_compile(&doc, &names, &f, NULL, &out) != 0) {
		fprintf(stderr, "%.*s: %.*s\n", STR_ARG(f.list[0].pointer), STR_ARG(f.list[0].detail));
		exit(2);
	}
	return out;
}

/* One ping, from the checked lead to what its row and its answer hold. */
static size_t ping(struct arena *a, const struct exchange *ex, const struct catalog *c, const struct value *lead)
{
	struct ask ask = { .campaign = &c->campaigns[0], .seller = &c->sellers[0], .wall_us = 1764000000000000 };
	struct auction *au = arena_new_of(a, struct auction);
	struct reason_count *counts;
	struct err e;
	size_t listed = 0;

	*au = (struct auction){ .ex = ex, .arena = a, .ask = &ask, .campaign = ask.campaign, .ping_id = id_new(ask.wall_us), .max_sales = 1,
		.lead = *lead };
	au->facts = (struct facts){ .lead = &au->lead, .seller = value_text(ask.seller->key) };
	facts_index(a, ask.campaign->vertical, &au->facts);
	auction_eligible(au, NULL);
	au->offers = arena_array_of(a, exchange_open_in(au, 0), struct offer);
	auction_fanout(au, 1, INT64_MAX);
	if (exchange_rank_tier(au, 1, &listed, &e) != 0)
		exit(2);
	return listed + decision_pack(a, au->decisions, ask.campaign->n_contracts).n +
	    offers_write(a, au->offers, au->n_offers + au->n_spare).n + decision_count(a, au->decisions, ask.campaign->n_contracts, &counts);
}

static double measure(const struct catalog *c, int pings)
{
	struct arena *a = arena_new((size_t)64 << 20), *own = arena_new(1 << 20);
	struct exchange ex = { .pool = NULL };
	struct value lead = value_object(arena_array_of(own, 3, struct member), 3);
	double best = 1e18;

	lead.members[0] = (struct member){ STR("zip"), value_text(STR("90210")) };
	lead.members[1] = (struct member){ STR("state"), value_text(STR("CA")) };
	lead.members[2] = (struct member){ STR("age"), value_int(own, 40) };
	for (int round = 0; round < ROUNDS; round++) {
		double from = cpu_us(), took;

		for (int i = 0; i < pings; i++) {
			ping(a, &ex, c, &lead);
			arena_reset(a);
		}
		took = (cpu_us() - from) / pings;
		best = took < best ? took : best;
	}
	arena_free(&a);
	arena_free(&own);
	return best;
}

int main(int argc, char **argv)
{
	int64_t pings = 20000;
	struct arena *a = arena_new((size_t)1 << 30);
	struct catalog *few = compile(a, BIDDERS), *many = compile(a, BIDDERS + IDLE);
	double alone, all;

	if (argc > 1 && (!str_to_i64(str_of(argv[1]), &pings) || pings < 1 || pings > 100000000)) {
		fputs("usage: bench_auction [PINGS]\n", stderr);
		return 2;
	}
	alone = measure(few, (int)pings);
	all = measure(many, (int)pings);
	printf("%d contracts: %.1f us of CPU a ping; %d more that a filter keeps out: %.1f us, %.1f us more\n", BIDDERS, alone, IDLE, all,
	    all - alone);
	catalog_free(&few);
	catalog_free(&many);
	arena_free(&a);
	return 0;
}
