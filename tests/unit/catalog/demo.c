/* The documents that ship and that measure: the demo's, and the benchmark's many buyers. */
#include <stdio.h>
#include <stdlib.h>

#include "lib/lead/facts.h"
#include "lib/lead/lead.h"
#include "lib/wire/json.h"
#include "tests/unit/catalog/suites.h"

static const char *const states[] = {
	"AL", "AK", "AZ", "AR", "CA", "CO", "CT", "DE", "DC", "FL", "GA", "HI", "ID", "IL", "IN", "IA", "KS", "KY", "LA", "ME",
	"MD", "MA", "MI", "MN", "MS", "MO", "MT", "NE", "NV", "NH", "NJ", "NM", "NY", "NC", "ND", "OH", "OK", "OR", "PA", "RI",
	"SC", "SD", "TN", "TX", "UT", "VT", "VA", "WA", "WV", "WI", "WY"
};

static struct arena *arena;

static void setup(void)
{
	arena = arena_new((size_t)1 << 30);
}

static void teardown(void)
{
	arena_free(&arena);
}

/* The file with the place of the sandbox filled in, as scripts/quickstart does. */
static struct value demo(void)
{
	static const struct str hole = STR_INIT("@SANDBOX_URL@");
	const char *top = getenv("srcdir");
	struct str path = arena_printf(arena, "%s/scripts/demo.json", top != NULL ? top : ".");
	FILE *file = fopen(path.p, "re");
	char line[4096];
	struct buf b;

	ck_assert_msg(file != NULL, "can't read %s", path.p);
	buf_in(&b, arena, 1 << 22);
	while (fgets(line, sizeof(line), file) != NULL) {
		char *rest = line, *at;

		for (; (at = strstr(rest, hole.p)) != NULL; rest = at + hole.n) {
			buf_add(&b, rest, (size_t)(at - rest));
			buf_add_cstr(&b, "http://127.0.0.1:8444");
		}
		buf_add_cstr(&b, rest);
	}
	fclose(file);
	ck_assert(!b.overflow);
	return doc_read(arena, buf_str(&b).p);
}

static bool is_eligible(const struct contract *k, const struct facts *facts)
{
	for (size_t i = 0; i < k->n_filters; i++)
		if (!condition_holds(k->filters[i].condition, fact_fetch, (void *)(uintptr_t)facts))
			return false;
	return true;
}

/* How many contracts a checked ping of this lead reaches. */
static int reached(const struct campaign *c, const char *lead)
{
	struct value raw = doc_read(arena, lead), normal;
	struct facts facts = { 0 };
	struct lead_input in = { .vertical = c->vertical, .step = STEP_PING, .raw = &raw, .facts = &facts };
	struct faults f;
	int n = 0;

	faults_init(&f, arena);
	ck_assert_msg(lead_check(arena, &in, PATH_ROOT, &f, &normal) == 0, "%.*s: %s", STR_ARG(c->key), doc_faults(arena, &f));
	facts.lead = &normal;
	for (size_t i = 0; i < c->n_contracts; i++)
		n += is_eligible(c->contracts[i], &facts);
	return n;
}

START_TEST(compiles)
{
	struct value doc = demo();
	struct faults w;
	struct catalog *c;

	faults_init(&w, arena);
	c = doc_compile(arena, &doc, NULL, &w);
	ck_assert_uint_eq(c->n_verticals, 4);
	ck_assert_uint_eq(c->n_campaigns, 4);
	ck_assert_uint_eq(c->n_sellers, 2);
	ck_assert_uint_eq(c->n_buyers, 6);
	ck_assert_uint_eq(c->n_forms, 2);
	ck_assert_msg(w.n == 0, "warnings:\n%s", doc_faults(arena, &w));
	catalog_free(&c);
}
END_TEST

START_TEST(reaches_buyers)
{
	struct value doc = demo();
	struct catalog *c = doc_compile(arena, &doc, NULL, NULL);

	for (size_t i = 0; i < c->n_campaigns; i++) {
		const struct campaign *m = &c->campaigns[i];

		ck_assert_msg(reached(m, "{\"zip\":\"90210\",\"credit_rating\":\"good\"}") >= 3, "%.*s in CA", STR_ARG(m->key));
		for (int s = 0; s < N_OF(states); s++) {
			struct str lead = arena_printf(arena, "{\"zip\":\"00009\",\"state\":\"%s\",\"credit_rating\":\"good\"}", states[s]);

			ck_assert_msg(reached(m, lead.p) >= 1, "%.*s in %s", STR_ARG(m->key), states[s]);
		}
		ck_assert_msg(reached(m, "{\"zip\":\"90210\",\"credit_rating\":\"poor\"}") < (int)m->n_contracts,
		    "%.*s: filters say nothing", STR_ARG(m->key));
	}
	catalog_free(&c);
}
END_TEST

/* Applied twice it is the same document, and it is laid out in an order that export keeps. */
START_TEST(is_stable)
{
	struct value doc = demo(), kept = catalog_canonical(arena, &doc), merged = catalog_merge(arena, &kept, &doc, false);
	struct value again = catalog_canonical(arena, &merged);

	ck_assert(str_eq(str_of(doc_text(arena, &kept)), str_of(doc_text(arena, &again))));
}
END_TEST

#define REPLY(outcome) \
	"\"reply\":{\"format\":\"json\",\"rules\":[{\"when\":{\"path\":\"/status\",\"op\":\"eq\",\"value\":\"accepted\"}," \
	"\"outcome\":\"" outcome "\"}]"

static void bench_contract(struct buf *b, int i, const char *state)
{
	buf_addf(b, "{\"key\":\"b%d-bench\",\"campaign\":\"bench\",\"status\":\"active\",\"sale\":\"exclusive\","
	    "\"price\":{\"type\":\"bid\",\"min\":\"1.00\",\"max\":\"100.00\"},"
	    "\"filters\":[{\"field\":\"lead.state\",\"op\":\"in\",\"value\":[\"%s\"]}],", i, state);
	buf_addf(b, "\"ping\":{\"method\":\"POST\",\"url\":\"http://127.0.0.1:18090/ping/%d?price=%d.50\",\"timeout_ms\":1500,"
	    "\"body\":{\"json\":{\"zip\":\"{{lead.zip}}\",\"state\":\"{{lead.state}}\"}}," REPLY("bid")
	    ",\"price\":{\"path\":\"/price\"},\"ref\":{\"path\":\"/bid_id\"},\"reason\":{\"path\":\"/reason\"}}},", i, 10 + i % 20);
	buf_addf(b, "\"post\":{\"method\":\"POST\",\"url\":\"http://127.0.0.1:18090/post/%d\",\"timeout_ms\":5000,"
	    "\"body\":{\"json\":{\"zip\":\"{{lead.zip}}\",\"first_name\":\"{{lead.first_name}}\",\"ref\":\"{{ping.ref}}\","
	    "\"lead_id\":\"{{lead_id}}\"}}," REPLY("accepted") ",\"ref\":{\"path\":\"/lead_id\"},\"reason\":{\"path\":\"/reason\"}}}}", i);
}

/* n buyers who take California, and idle ones who do not. */
static struct value bench(int n, int idle)
{
	struct buf b;

	buf_in(&b, arena, 1 << 24);
	buf_add_cstr(&b, "{\"gavel\":1,\"verticals\":[{\"key\":\"bench\",\"name\":\"Benchmark\",\"fields\":["
	    "{\"name\":\"zip\",\"type\":\"zip\",\"ping\":\"required\",\"post\":\"required\"},"
	    "{\"name\":\"state\",\"type\":\"state\",\"ping\":\"optional\",\"post\":\"optional\"},"
	    "{\"name\":\"credit_rating\",\"type\":\"choice\",\"ping\":\"optional\",\"post\":\"optional\","
	    "\"values\":[\"excellent\",\"good\",\"fair\",\"poor\"]},"
	    "{\"name\":\"first_name\",\"type\":\"text\",\"ping\":\"optional\",\"post\":\"optional\",\"max\":60},"
	    "{\"name\":\"age\",\"type\":\"integer\",\"ping\":\"optional\",\"post\":\"optional\"}]}],"
	    "\"campaigns\":[{\"key\":\"bench\",\"vertical\":\"bench\",\"currency\":\"USD\",\"status\":\"active\",\"routing\":{"
	    "\"strategy\":\"highest_bid\",\"max_sales\":1,\"ping_timeout_ms\":1500,\"bid_ttl_s\":300,\"reserve_price\":\"1.00\"},"
	    "\"payout\":{\"type\":\"revshare\",\"percent\":\"80\"}}],"
	    "\"sellers\":[{\"key\":\"bench\",\"name\":\"Benchmark\",\"status\":\"active\",\"campaigns\":[\"bench\"],"
	    "\"rate_limit\":{\"per_second\":1000000,\"burst\":1000000}}],\"buyers\":[");
	for (int i = 0; i < n + idle; i++) {
		buf_addf(&b, "%s{\"key\":\"b%d\",\"name\":\"Buyer %d\",\"status\":\"active\",\"funding\":{\"mode\":\"none\"},\"contracts\":[",
		    i > 0 ? "," : "", i, i);
		bench_contract(&b, i, i < n ? "CA" : "NY");
		buf_add_cstr(&b, "]}");
	}
	buf_add_cstr(&b, "]}");
	ck_assert(!b.overflow);
	return doc_read(arena, buf_str(&b).p);
}

START_TEST(benchmark)
{
	struct value doc = bench(5, 0);
	struct faults w;
	struct catalog *c;

	faults_init(&w, arena);
	c = doc_compile(arena, &doc, NULL, &w);
	ck_assert_uint_eq(c->campaigns[0].n_contracts, 5);
	ck_assert_int_eq(reached(&c->campaigns[0], "{\"zip\":\"90210\"}"), 5);
	catalog_free(&c);
}
END_TEST

START_TEST(benchmark_idle)
{
	struct value doc = bench(50, 950);
	struct catalog *c = doc_compile(arena, &doc, NULL, NULL);

	ck_assert_uint_eq(c->campaigns[0].n_contracts, 1000);
	ck_assert_int_eq(reached(&c->campaigns[0], "{\"zip\":\"90210\"}"), 50);
	catalog_free(&c);
}
END_TEST

TCase *demo_cases(void)
{
	TCase *cases = tcase_create("demo");

	tcase_set_timeout(cases, 60);
	tcase_add_checked_fixture(cases, setup, teardown);
	tcase_add_test(cases, compiles);
	tcase_add_test(cases, reaches_buyers);
	tcase_add_test(cases, is_stable);
	tcase_add_test(cases, benchmark);
	tcase_add_test(cases, benchmark_idle);
	return cases;
}
