/* Right documents: what they compile to, what they may leave out, and what they are warned of. */
#include "lib/base/money.h"
#include "tests/unit/catalog/suites.h"

#define K "/buyers/0/contracts/0"

static struct arena *arena;
static struct value base;

static void setup(void)
{
	arena = arena_new((size_t)1 << 30);
	base = doc_read(arena, doc_base);
}

static void teardown(void)
{
	arena_free(&arena);
}

/* Values that ask for nothing, and every default spelt out. */
static const struct {
	const char *pointer, *json;
} taken[] = {
	{ "/campaigns/0/routing/strategy", "\"highest_bid\"" },
	{ "/campaigns/0/routing/rank_by", "\"price\"" },
	{ "/campaigns/0/routing/max_sales", "1" },
	{ "/campaigns/0/routing/reroute", "{\"max_attempts\":4,\"window_s\":900}" },
	{ "/campaigns/0/routing/reroute", "{}" },
	{ "/campaigns/0/routing", "{}" },
	{ "/campaigns/0/duplicates", "{\"window_days\":0,\"match\":[\"phone\",\"email\"]}" },
	{ "/campaigns/0/duplicates", "{\"window_days\":0,\"match\":[]}" },
	{ "/campaigns/0/scoring", "null" },
	{ "/campaigns/0/scoring", "{}" },
	{ "/campaigns/0/consent", "{\"require\":[],\"gpc\":\"record\"}" },
	{ "/campaigns/0/status", "\"paused\"" },
	{ "/campaigns/0/payout", "{\"type\":\"margin\",\"percent\":\"25.5\"}" },
	{ "/sellers/0/caps", "[]" },
	{ "/sellers/0/caps", "[{\"on\":\"sold\",\"per\":\"day\",\"leads\":5,\"spend\":\"9\"}]" },
	{ "/sellers/0/rate_limit", NULL },
	{ "/sellers/0/rate_limit", "{\"per_second\":1000000,\"burst\":1000000}" },
	{ "/sellers/0/webhook", "null" },
	{ "/sellers/0/payout", "{\"type\":\"fixed\",\"amount\":\"3\"}" },
	{ "/sellers/0/name", NULL },
	{ "/buyers/0/funding", "{\"mode\":\"none\"}" },
	{ "/buyers/0/funding", "{\"mode\":\"prepaid\"}" },
	{ "/buyers/0/funding", "{\"mode\":\"credit\",\"limit\":\"500\"}" },
	{ "/buyers/0/returns", "{\"window_days\":0}" },
	{ "/buyers/0/postback", "{\"auth\":\"token\"}" },
	{ "/buyers/0/postback", "{}" },
	{ "/buyers/0/caps", "[{\"on\":\"sent\",\"per\":\"hour\",\"leads\":5,\"by\":\"seller\"}]" },
	{ "/buyers/0/status", "\"archived\"" },
	{ K "/sale", "\"exclusive\"" },
	{ K "/tier", "1" },
	{ K "/filters", "[]" },
	{ K "/filters", NULL },
	{ K "/caps", "[]" },
	{ K "/caps", "[{\"on\":\"sold\",\"per\":\"total\",\"spend\":\"9\"}]" },
	{ K "/sources", "{\"allow\":[],\"block\":[]}" },
	{ K "/duplicates", "{\"window_days\":0}" },
	{ K "/schedule", "null" },
	{ K "/on_unknown", "\"hold\"" },
	{ K "/unknown", "{\"hold_s\":0,\"then\":\"lost\",\"repeat\":false}" },
	{ K "/price", "{\"type\":\"bid\"}" },
	{ "/channels/0/cost", "{\"type\":\"manual\"}" },
	{ "/channels/0/cost", NULL },
	{ "/channels/0/postback_url", NULL },
	{ "/forms/0/thanks", NULL },
	{ "/forms/0/thanks", "{\"redirect_url\":\"https://www.example.com/thanks\"}" },
	{ "/forms/0/theme", NULL },
	{ "/forms/0/origins", NULL },
	{ "/forms/0/origins/0", "\"https://www.example.com:8443\"" },
	{ "/lookups", NULL },
	{ "/forms", NULL },
};

START_TEST(takes)
{
	struct value doc = doc_set(arena, &base, taken[_i].pointer, taken[_i].json);
	struct catalog *c = doc_compile(arena, &doc, NULL, NULL);

	catalog_free(&c);
}
END_TEST

START_TEST(empty)
{
	struct value doc = doc_read(arena, "{\"gavel\":1}");
	struct catalog *c = doc_compile(arena, &doc, NULL, NULL);

	ck_assert_uint_eq(c->n_buyers + c->n_campaigns + c->n_forms, 0);
	ck_assert_uint_eq(map_count(c->by_contract), 0);
	catalog_free(&c);
	ck_assert_ptr_null(c);
}
END_TEST

START_TEST(defaults)
{
	struct catalog *c = doc_compile(arena, &base, NULL, NULL);
	const struct campaign *m = map_get(c->by_campaign, STR("c"));
	const struct contract *k = map_get(c->by_contract, STR("k"));

	ck_assert_int_eq(m->status, STATUS_ACTIVE);
	ck_assert_int_eq(m->routing.strategy, STRATEGY_HIGHEST_BID);
	ck_assert_int_eq(m->routing.rank_by, RANK_PRICE);
	ck_assert_int_eq(m->routing.max_sales, 1);
	ck_assert_int_eq(m->routing.reserve_price, 2 * MONEY_SCALE);
	ck_assert_int_eq(m->ping_timeout_ms, 1500);
	ck_assert_int_eq(m->bid_ttl_s, 60);
	ck_assert_int_eq(m->post_timeout_ms, 8000);
	ck_assert_int_eq(m->post_deadline_ms, 20000);
	ck_assert_int_eq(m->reroute_attempts, 4);
	ck_assert_int_eq(m->reroute_window_s, 900);
	ck_assert_int_eq(m->duplicates_days, 0);
	ck_assert_ptr_null(m->scoring);
	ck_assert_int_eq(m->consent.gpc, GPC_RECORD);
	ck_assert(!m->consent.tcpa && !m->consent.trustedform && !m->consent.jornaya && !m->consent.text);
	ck_assert_str_eq(m->currency, "USD");
	ck_assert_int_eq(c->sellers[0].show_buyer, SHOW_NAME);
	ck_assert_ptr_null(c->sellers[0].payout);
	ck_assert_int_eq(c->buyers[0].funding, FUNDING_NONE);
	ck_assert_int_eq(c->buyers[0].postback_auth, POSTBACK_SIGNATURE);
	ck_assert_int_eq(k->status, STATUS_ACTIVE);
	ck_assert_int_eq(k->sale, SALE_EXCLUSIVE);
	ck_assert_int_eq(k->tier, 1);
	ck_assert_int_eq(k->priority, 100);
	ck_assert_int_eq(k->weight, 100);
	ck_assert_ptr_null(k->schedule);
	ck_assert_int_eq(k->unknown_hold_s, 86400);
	ck_assert_int_eq(k->unknown_then, UNKNOWN_OPERATOR);
	ck_assert(!k->unknown_repeat && !k->unknown_is_reject && !k->on_unknown_next);
	ck_assert_int_eq(step_timeout_ms(k->ping), 1500);
	ck_assert_int_eq(step_timeout_ms(k->post), 8000);
	catalog_free(&c);
}
END_TEST

START_TEST(absent_routing)
{
	struct value doc = doc_set(arena, &base, "/campaigns/0/routing", NULL);
	struct catalog *c = doc_compile(arena, &doc, NULL, NULL);

	ck_assert_int_eq(c->campaigns[0].routing.reserve_price, 0);
	ck_assert_int_eq(c->campaigns[0].ping_timeout_ms, 1500);
	catalog_free(&c);
}
END_TEST

START_TEST(compiled)
{
	struct catalog *c = doc_compile(arena, &base, NULL, NULL);
	const struct contract *k = map_get(c->by_contract, STR("k")), *fixed = map_get(c->by_contract, STR("fixed"));

	ck_assert_ptr_eq(k->buyer, map_get(c->by_buyer, STR("b")));
	ck_assert_ptr_eq(k->campaign, map_get(c->by_campaign, STR("c")));
	ck_assert(!k->fixed_price);
	ck_assert_int_eq(k->price_min, MONEY_SCALE);
	ck_assert_int_eq(k->price_max, 95 * MONEY_SCALE);
	ck_assert_uint_eq(k->n_filters, 2);
	ck_assert_int_eq(k->filters[0].code, REASON_FILTER_GEO);
	ck_assert_int_eq(k->filters[1].code, REASON_FILTER_FIELD); /* a ZIP and a rating: not the place alone */
	ck_assert(fixed->fixed_price);
	ck_assert_int_eq(fixed->price_fixed, 7 * MONEY_SCALE);
	ck_assert_ptr_null(fixed->ping);
	ck_assert_ptr_nonnull(fixed->post);
	ck_assert_int_eq(c->channels[0].cost, COST_CPC);
	ck_assert_int_eq(c->channels[0].cost_amount, MONEY_SCALE / 2);
	ck_assert_ptr_nonnull(c->channels[0].postback);
	ck_assert_uint_eq(c->forms[0].n_steps, 2);
	ck_assert(str_is(c->forms[0].steps[0].fields[1], "cars.0.year"));
	ck_assert_ptr_eq(c->forms[0].seller, &c->sellers[0]);
	ck_assert_int_eq(c->sellers[0].rate_burst, 100);
	catalog_free(&c);
}
END_TEST

START_TEST(price_without_bounds)
{
	struct value doc = doc_set(arena, &base, K "/price", "{\"type\":\"bid\"}");
	struct catalog *c = doc_compile(arena, &doc, NULL, NULL);
	const struct contract *k = map_get(c->by_contract, STR("k"));

	ck_assert_int_eq(k->price_min, 0);
	ck_assert_int_eq(k->price_max, MONEY_MAX);
	catalog_free(&c);
}
END_TEST

START_TEST(fields_used)
{
	struct value doc = doc_set(arena, &base, K "/ping/body", "{\"json\":{\"year\":\"{{lead.cars.0.year}}\"}}");
	struct catalog *c = doc_compile(arena, &doc, NULL, NULL);
	const struct map *used = c->campaigns[0].used_fields;

	ck_assert_uint_eq(map_count(used), 5);
	ck_assert_ptr_nonnull(map_get(used, STR("state")));
	ck_assert_ptr_nonnull(map_get(used, STR("credit")));
	ck_assert_ptr_nonnull(map_get(used, STR("zip")));
	ck_assert_ptr_nonnull(map_get(used, STR("insured"))); /* by required_if */
	ck_assert_ptr_nonnull(map_get(used, STR("cars.year"))); /* told to a buyer */
	catalog_free(&c);
}
END_TEST

static struct map *numbers(const char *const *keys, const uint32_t *ids, int n)
{
	struct map *m = map_new(arena);

	for (int i = 0; i < n; i++)
		map_put(m, str_of(keys[i]), (void *)(uintptr_t)ids[i]);
	return m;
}

START_TEST(numbered)
{
	static const char *const keys[] = { "k", "fixed" };
	static const uint32_t ids[] = { 9, 4 };
	struct value secret = doc_read(arena, "{\"token\":\"s3cret\"}");
	struct map *secrets = map_new(arena);
	struct catalog_names names = { .contracts = numbers(keys, ids, 2), .secrets = secrets };
	struct catalog *c;
	const struct campaign *m;

	map_put(secrets, STR("b"), &secret);
	c = doc_compile(arena, &base, &names, NULL);
	m = &c->campaigns[0];
	ck_assert_uint_eq(m->n_contracts, 2);
	ck_assert(str_is(m->contracts[0]->key, "fixed"));
	ck_assert_ptr_eq(campaign_contract(m, 4), m->contracts[0]);
	ck_assert_ptr_eq(campaign_contract(m, 9), m->contracts[1]);
	ck_assert_ptr_null(campaign_contract(m, 5));
	ck_assert_ptr_null(campaign_contract(m, 0));
	ck_assert_ptr_null(campaign_contract(m, UINT32_MAX));
	ck_assert_str_eq(doc_text(arena, &c->buyers[0].secrets), "{\"token\":\"s3cret\"}");
	ck_assert_str_eq(doc_text(arena, &c->buyers[0].contracts[0].masked_secrets), "{\"token\":\"secret.token\"}");
	catalog_free(&c);
}
END_TEST

/* The catalog owns what it holds: the document it was made from may go. */
START_TEST(owns)
{
	struct arena *a = arena_new((size_t)1 << 28);
	struct value doc = doc_read(a, doc_base);
	struct catalog *c = doc_compile(a, &doc, NULL, NULL);

	arena_free(&a);
	ck_assert(str_is(c->buyers[0].contracts[0].key, "k"));
	ck_assert_ptr_nonnull(map_get(c->by_contract, STR("k")));
	ck_assert(value_eq(&c->document, &base));
	catalog_free(&c);
}
END_TEST

static const struct {
	const char *pointer, *json, *at;
} warned[] = {
	{ "/campaigns/0/routing/reserve_price", "\"96.00\"", K "/price" },
	{ "/campaigns/0/routing/post_deadline_ms", "5000", "/campaigns/0/routing/post_deadline_ms" },
	{ K "/ping/timeout_ms", "3000", K "/ping/timeout_ms" },
	{ K "/sale", "\"shared\"", K "/sale" },
	{ "/lists/zips/-", "\"90001\"", "/lists/zips" },
	{ "/forms/0/steps/1/fields/0", "\"credit\"", "/forms/0/steps" },
	{ "/campaigns/0/consent", "{\"require\":[\"trustedform\"]}", "/forms/0/campaign" },
	{ "/campaigns/0/consent", "{\"require\":[\"tcpa\",\"jornaya\"]}", "/forms/0/campaign" },
};

START_TEST(warns)
{
	struct value doc = doc_set(arena, &base, warned[_i].pointer, warned[_i].json);
	struct str wanted = arena_printf(arena, "%s warning\n", warned[_i].at);
	struct faults plain, w;
	struct catalog *c;

	faults_init(&plain, arena);
	faults_init(&w, arena);
	c = doc_compile(arena, &base, NULL, &plain);
	catalog_free(&c);
	c = doc_compile(arena, &doc, NULL, &w);
	catalog_free(&c);
	ck_assert_msg(!str_contains(str_of(doc_faults(arena, &plain)), wanted), "always there");
	ck_assert_msg(str_contains(str_of(doc_faults(arena, &w)), wanted), "want %sgot\n%s", wanted.p, doc_faults(arena, &w));
}
END_TEST

/* 100,000 entries in a list and 1,000 contracts that look into it. */
START_TEST(large)
{
	struct value *zips = arena_array_of(arena, 100000, struct value);
	struct value *contracts = arena_array_of(arena, 1000, struct value), doc;
	const struct value *model = value_pointer(&base, STR(K));
	struct catalog *c;

	for (size_t i = 0; i < 100000; i++)
		zips[i] = value_text(arena_printf(arena, "%05zu", i));
	for (size_t i = 0; i < 1000; i++)
		contracts[i] = doc_set(arena, model, "/key", arena_printf(arena, "\"k%zu\"", i).p);
	doc = base;
	*(struct value *)(uintptr_t)value_pointer(&doc, STR("/lists/zips")) = value_list(zips, 100000);
	*(struct value *)(uintptr_t)value_pointer(&doc, STR("/buyers/0/contracts")) = value_list(contracts, 1000);
	c = doc_compile(arena, &doc, NULL, NULL);
	ck_assert_uint_eq(c->campaigns[0].n_contracts, 1000);
	catalog_free(&c);
}
END_TEST

TCase *compile_cases(void)
{
	TCase *cases = tcase_create("compile");

	tcase_set_timeout(cases, 60);
	tcase_add_checked_fixture(cases, setup, teardown);
	tcase_add_loop_test(cases, takes, 0, N_OF(taken));
	tcase_add_test(cases, empty);
	tcase_add_test(cases, defaults);
	tcase_add_test(cases, absent_routing);
	tcase_add_test(cases, compiled);
	tcase_add_test(cases, price_without_bounds);
	tcase_add_test(cases, fields_used);
	tcase_add_test(cases, numbered);
	tcase_add_test(cases, owns);
	tcase_add_loop_test(cases, warns, 0, N_OF(warned));
	tcase_add_test(cases, large);
	return cases;
}
