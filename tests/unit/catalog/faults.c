/* Wrong documents: each is the base with one thing changed, and has exactly this fault. */
#include "tests/unit/catalog/suites.h"

struct wrong {
	const char *pointer, *json;      /* what is changed (json NULL: removed) */
	const char *at, *code;           /* the fault */
};

#define K "/buyers/0/contracts/0"

static const struct wrong wrong[] = {
	/* the document itself */
	{ "", "[]", "", "invalid_field" },
	{ "", "\"gavel\"", "", "invalid_field" },
	{ "/gavel", NULL, "/gavel", "missing_field" },
	{ "/gavel", "2", "/gavel", "invalid_field" },
	{ "/gavel", "\"1\"", "/gavel", "invalid_field" },
	{ "/gavels", "1", "/gavels", "unknown_member" },
	{ "/lookups", "[]", "/lookups", "invalid_field" },
	{ "/verticals/-", "3", "/verticals/1", "invalid_field" },
	{ "/channels", "{}", "/channels", "invalid_field" },
	{ "/forms", "{}", "/forms", "invalid_field" },
	/* look-ups and lists */
	{ "/lookups/own_rent", "[]", "/lookups/own_rent", "invalid_field" },
	{ "/lookups/own_rent/own", "1", "/lookups/own_rent/own", "invalid_field" },
	{ "/lookups/bad name", "{}", "/lookups/bad name", "invalid_field" },
	{ "/lists/zips", "{}", "/lists/zips", "invalid_field" },
	{ "/lists/zips/0", "90001", "/lists/zips/0", "invalid_field" },
	{ "/lists/zips/-", "\"\"", "/lists/zips/2", "invalid_field" },
	/* verticals */
	{ "/verticals/0/colour", "1", "/verticals/0/colour", "unknown_member" },
	{ "/verticals/0/fields/0/type", "\"zipcode\"", "/verticals/0/fields/0/type", "invalid_field" },
	{ "/verticals/0/fields/2/values", NULL, "/verticals/0/fields/2/values", "missing_field" },
	{ "/verticals/0/fields/4/if", NULL, "/verticals/0/fields/4/if", "missing_field" },
	{ "/verticals/0/fields/4/if/field", "\"lead.nothing\"", "/verticals/0/fields/4/if/field", "invalid_field" },
	{ "/verticals/0/fields/-", "{\"name\":\"zip\",\"type\":\"text\"}", "/verticals/0/fields/7/name", "duplicate_key" },
	{ "/verticals/0/fields/-", "{\"name\":\"ssn\",\"type\":\"ssn\",\"ping\":\"optional\"}",
	    "/verticals/0/fields/7/ping", "invalid_field" },
	{ "/verticals/-", "{\"key\":\"v\",\"fields\":[{\"name\":\"a\",\"type\":\"text\"}]}", "/verticals/1/key", "duplicate_key" },
	{ "/verticals/-", "{\"key\":\"Big\",\"fields\":[{\"name\":\"a\",\"type\":\"text\"}]}", "/verticals/1/key", "invalid_field" },
	/* campaigns */
	{ "/campaigns/-", "{\"key\":\"\",\"vertical\":\"v\",\"currency\":\"USD\",\"payout\":{\"type\":\"fixed\",\"amount\":\"1\"}}",
	    "/campaigns/1/key", "invalid_field" },
	{ "/campaigns/0/name", "\"C\"", "/campaigns/0/name", "unknown_member" },
	{ "/campaigns/0/vertical", NULL, "/campaigns/0/vertical", "missing_field" },
	{ "/campaigns/0/currency", NULL, "/campaigns/0/currency", "missing_field" },
	{ "/campaigns/0/currency", "\"usd\"", "/campaigns/0/currency", "invalid_field" },
	{ "/campaigns/0/currency", "\"DOLLAR\"", "/campaigns/0/currency", "invalid_field" },
	{ "/campaigns/0/status", "\"on\"", "/campaigns/0/status", "invalid_field" },
	{ "/campaigns/0/payout", NULL, "/campaigns/0/payout", "missing_field" },
	{ "/campaigns/0/payout/type", "\"share\"", "/campaigns/0/payout/type", "invalid_field" },
	{ "/campaigns/0/payout/percent", "80", "/campaigns/0/payout/percent", "invalid_field" },
	{ "/campaigns/0/payout/percent", "\"101\"", "/campaigns/0/payout/percent", "invalid_field" },
	{ "/campaigns/0/routing", "[]", "/campaigns/0/routing", "invalid_field" },
	{ "/campaigns/0/routing/bid_ttl", "60", "/campaigns/0/routing/bid_ttl", "unknown_member" },
	{ "/campaigns/0/routing/bid_ttl_s", "0", "/campaigns/0/routing/bid_ttl_s", "invalid_field" },
	{ "/campaigns/0/routing/ping_timeout_ms", "1.5", "/campaigns/0/routing/ping_timeout_ms", "invalid_field" },
	{ "/campaigns/0/routing/ping_timeout_ms", "600000", "/campaigns/0/routing/ping_timeout_ms", "invalid_field" },
	{ "/campaigns/0/routing/reserve_price", "2.00", "/campaigns/0/routing/reserve_price", "invalid_field" },
	{ "/campaigns/0/routing/reserve_price", "\"2.00001\"", "/campaigns/0/routing/reserve_price", "invalid_field" },
	{ "/campaigns/0/routing/reserve_price", "\"-1\"", "/campaigns/0/routing/reserve_price", "invalid_field" },
	{ "/campaigns/0/routing/strategy", "\"lowest_bid\"", "/campaigns/0/routing/strategy", "invalid_field" },
	{ "/campaigns/0/routing/rank_by", "\"hope\"", "/campaigns/0/routing/rank_by", "invalid_field" },
	{ "/campaigns/0/routing/max_sales", "0", "/campaigns/0/routing/max_sales", "invalid_field" },
	{ "/campaigns/0/routing/max_sales", "21", "/campaigns/0/routing/max_sales", "invalid_field" },
	{ "/campaigns/0/routing/reroute", "{\"tries\":1}", "/campaigns/0/routing/reroute/tries", "unknown_member" },
	{ "/campaigns/0/routing/reroute", "{\"max_attempts\":0}", "/campaigns/0/routing/reroute/max_attempts", "invalid_field" },
	{ "/campaigns/0/duplicates", "{\"window_days\":-1}", "/campaigns/0/duplicates/window_days", "invalid_field" },
	{ "/campaigns/0/duplicates", "{\"match\":[\"name\"]}", "/campaigns/0/duplicates/match/0", "invalid_field" },
	{ "/campaigns/0/scoring", "{\"completeness\":400}", "/campaigns/0/scoring/completeness", "invalid_field" },
	{ "/campaigns/0/consent", "{\"require\":[\"fax\"]}", "/campaigns/0/consent/require/0", "invalid_field" },
	{ "/campaigns/0/consent", "{\"gpc\":\"sell\"}", "/campaigns/0/consent/gpc", "invalid_field" },
	/* sellers */
	{ "/sellers/-", "{\"key\":\"S\",\"campaigns\":[\"c\"]}", "/sellers/1/key", "invalid_field" },
	{ "/sellers/0/name", "5", "/sellers/0/name", "invalid_field" },
	{ "/sellers/-", "{\"key\":\"t\",\"campaigns\":\"c\"}", "/sellers/1/campaigns", "invalid_field" },
	{ "/sellers/-", "{\"key\":\"t\"}", "/sellers/1/campaigns", "missing_field" },
	{ "/sellers/0/campaigns/-", "\"d\"", "/sellers/0/campaigns/1", "unknown_reference" },
	{ "/sellers/0/campaigns/-", "\"c\"", "/sellers/0/campaigns/1", "duplicate_key" },
	{ "/sellers/0/rate_limit/per_second", "0", "/sellers/0/rate_limit/per_second", "invalid_field" },
	{ "/sellers/0/rate_limit/per_minute", "9", "/sellers/0/rate_limit/per_minute", "unknown_member" },
	{ "/sellers/0/show_buyer", "\"all\"", "/sellers/0/show_buyer", "invalid_field" },
	{ "/sellers/0/payout", "{\"type\":\"fixed\"}", "/sellers/0/payout/amount", "missing_field" },
	{ "/sellers/0/caps", "[{\"on\":\"sold\",\"per\":\"day\"}]", "/sellers/0/caps/0/leads", "missing_field" },
	{ "/sellers/0/webhook", "{\"url\":\"https://s.example/h\",\"events\":[\"lead.gone\"]}",
	    "/sellers/0/webhook/events/0", "invalid_field" },
	{ "/sellers/0/webhook", "{\"url\":\"ftp://s.example/h\",\"events\":[\"lead.sold\"]}",
	    "/sellers/0/webhook/url", "invalid_field" },
	/* buyers */
	{ "/buyers/0/funding", "{\"mode\":\"gold\"}", "/buyers/0/funding/mode", "invalid_field" },
	{ "/buyers/0/funding", "{\"mode\":\"none\",\"limit\":\"5\"}", "/buyers/0/funding/limit", "invalid_field" },
	{ "/buyers/0/postback", "{\"auth\":\"basic\"}", "/buyers/0/postback/auth", "invalid_field" },
	{ "/buyers/0/returns", "{\"window_days\":-1}", "/buyers/0/returns/window_days", "invalid_field" },
	{ "/buyers/0/returns", "{\"max_percent\":\"150\"}", "/buyers/0/returns/max_percent", "invalid_field" },
	{ "/buyers/0/caps", "[{\"on\":\"sent\",\"per\":\"minute\",\"leads\":5}]", "/buyers/0/caps/0/per", "invalid_field" },
	{ "/buyers/0/contracts", "{}", "/buyers/0/contracts", "invalid_field" },
	{ "/buyers/-", "{\"key\":\"b\"}", "/buyers/1/key", "duplicate_key" },
	/* contracts */
	{ K "/key", NULL, K "/key", "missing_field" },
	{ K "/key", "\"fixed\"", "/buyers/0/contracts/1/key", "duplicate_key" },
	{ K "/campaign", "\"d\"", K "/campaign", "unknown_reference" },
	{ K "/sale", "\"twice\"", K "/sale", "invalid_field" },
	{ K "/tier", "0", K "/tier", "invalid_field" },
	{ K "/priority", "\"high\"", K "/priority", "invalid_field" },
	{ K "/weight", "-1", K "/weight", "invalid_field" },
	{ K "/price", NULL, K "/price", "missing_field" },
	{ K "/price", "{\"type\":\"bid\",\"amount\":\"5\"}", K "/price/amount", "invalid_field" },
	{ K "/price", "{\"type\":\"bid\",\"min\":\"5\",\"max\":\"4\"}", K "/price/max", "invalid_field" },
	{ K "/price/min", "\"1,00\"", K "/price/min", "invalid_field" },
	{ "/buyers/0/contracts/1/price/amount", NULL, "/buyers/0/contracts/1/price/amount", "missing_field" },
	{ "/buyers/0/contracts/1/price/max", "\"9\"", "/buyers/0/contracts/1/price/max", "invalid_field" },
	{ K "/filters", "{}", K "/filters", "invalid_field" },
	{ K "/filters/0/op", "\"is\"", K "/filters/0/op", "invalid_field" },
	{ K "/filters/0/field", "\"lead.shoe\"", K "/filters/0/field", "invalid_field" },
	{ K "/filters/1/any/0/value", NULL, K "/filters/1/any/0/value", "missing_field" },
	{ K "/filters/1/any/1/value", "\"nolist\"", K "/filters/1/any/1/value", "unknown_reference" },
	{ K "/schedule", "{\"timezone\":\"Mars/Base\",\"open\":[]}", K "/schedule/timezone", "invalid_field" },
	{ K "/caps", "[{\"on\":\"bought\",\"per\":\"day\",\"leads\":9}]", K "/caps/0/on", "invalid_field" },
	{ K "/sources", "{\"block\":[\"x/fb-77\"]}", K "/sources/block/0", "unknown_reference" },
	{ K "/sources", "{\"block\":[\"s/\"]}", K "/sources/block/0", "invalid_field" },
	{ K "/duplicates", "{\"match\":[\"phone\",\"fax\"]}", K "/duplicates/match/1", "invalid_field" },
	{ K "/ping", NULL, K "/ping", "missing_field" },
	{ K "/post", NULL, K "/post", "missing_field" },
	{ K "/ping/reply/price", NULL, K "/ping/reply/price", "missing_field" },
	{ K "/ping/url", "\"buyer.example\"", K "/ping/url", "invalid_field" },
	{ K "/unknown", "{\"hold_s\":-1}", K "/unknown/hold_s", "invalid_field" },
	{ K "/unknown", "{\"then\":\"wait\"}", K "/unknown/then", "invalid_field" },
	{ K "/unknown", "{\"repeat\":1}", K "/unknown/repeat", "invalid_field" },
	{ K "/unknown", "{\"check\":{\"url\":\"https://a.example/\"}}", K "/unknown/check/reply", "missing_field" },
	{ K "/on_unknown", "\"next\"", K "/on_unknown", "invalid_field" },
	{ K "/unknown_is_reject", "1", K "/unknown_is_reject", "invalid_field" },
	/* channels */
	{ "/channels/0/campaign", "\"d\"", "/channels/0/campaign", "unknown_reference" },
	{ "/channels/0/landing_url", "\"/f/f\"", "/channels/0/landing_url", "invalid_field" },
	{ "/channels/0/landing_url", NULL, "/channels/0/landing_url", "missing_field" },
	{ "/channels/0/cost/type", "\"cpm\"", "/channels/0/cost/type", "invalid_field" },
	{ "/channels/0/cost/amount", NULL, "/channels/0/cost/amount", "missing_field" },
	{ "/channels/0/cost/percent", "\"10\"", "/channels/0/cost/percent", "invalid_field" },
	{ "/channels/0/postback_url", "\"https://t.example/p?e={{lead.email}}\"", "/channels/0/postback_url", "invalid_field" },
	/* forms */
	{ "/forms/0/seller", "\"x\"", "/forms/0/seller", "unknown_reference" },
	{ "/forms/0/consent_text", NULL, "/forms/0/consent_text", "missing_field" },
	{ "/forms/0/steps", "[]", "/forms/0/steps", "invalid_field" },
	{ "/forms/0/steps/0/title", NULL, "/forms/0/steps/0/title", "missing_field" },
	{ "/forms/0/steps/0/fields/0", "\"shoe\"", "/forms/0/steps/0/fields/0", "unknown_reference" },
	{ "/forms/0/steps/1/fields/-", "\"zip\"", "/forms/0/steps/1/fields/1", "duplicate_key" },
	{ "/forms/0/thanks/redirect_url", "\"https://www.example.com\"", "/forms/0/thanks", "invalid_field" },
	{ "/forms/0/origins/0", "\"https://www.example.com/\"", "/forms/0/origins/0", "invalid_field" },
	{ "/forms/0/origins/0", "\"*\"", "/forms/0/origins/0", "invalid_field" },
	{ "/forms/0/theme/accent", "\"red\"", "/forms/0/theme/accent", "invalid_field" },
	{ "/sellers/0/campaigns", "[]", "/forms/0/seller", "invalid_field" },
};

START_TEST(one_fault)
{
	const struct wrong *w = &wrong[_i];
	struct arena *a = arena_new((size_t)1 << 28);
	struct value base = doc_read(a, doc_base), doc = doc_set(a, &base, w->pointer, w->json);
	struct faults f;
	struct catalog *c;
	const char *got;

	faults_init(&f, a);
	ck_assert_msg(catalog_compile(&doc, NULL, &f, NULL, &c) != 0, "%s %s is taken", w->pointer, w->json != NULL ? w->json : "removed");
	got = doc_faults(a, &f);
	ck_assert_msg(str_is(arena_printf(a, "%s %s\n", w->at, w->code), got), "%s %s: want %s %s, got\n%s", w->pointer,
	    w->json != NULL ? w->json : "removed", w->at, w->code, got);
	ck_assert_msg(f.list[0].detail.n > 0, "no detail");
	ck_assert_ptr_null(c);
	arena_free(&a);
}
END_TEST

/* Faults all over a document come at once, each in its place. */
START_TEST(all_at_once)
{
	static const char *const changes[][2] = {
		{ "/gavels", "1" }, { "/campaigns/0/currency", "\"x\"" }, { "/sellers/0/campaigns/0", "\"nobody\"" },
		{ K "/filters/0/op", "\"is\"" }, { K "/tier", "0" }, { "/buyers/0/colour", "1" },
		{ "/forms/0/theme/accent", "\"red\"" }, { "/channels/0/key", "\"\"" },
		{ "/forms/0/seller", "\"nobody\"" },
	};
	static const char *const wanted[] = {
		"/gavels unknown_member", "/campaigns/0/currency invalid_field", "/sellers/0/campaigns/0 unknown_reference",
		K "/filters/0/op invalid_field", K "/tier invalid_field", "/buyers/0/colour unknown_member",
		"/forms/0/theme/accent invalid_field", "/channels/0/key invalid_field", "/forms/0/seller unknown_reference",
	};
	struct arena *a = arena_new((size_t)1 << 28);
	struct value doc = doc_read(a, doc_base);
	struct faults f;
	struct catalog *c;
	struct str got;

	for (int i = 0; i < N_OF(changes); i++)
		doc = doc_set(a, &doc, changes[i][0], changes[i][1]);
	faults_init(&f, a);
	ck_assert_int_ne(catalog_compile(&doc, NULL, &f, NULL, &c), 0);
	got = str_of(doc_faults(a, &f));
	ck_assert_msg(f.n == (size_t)N_OF(wanted), "got\n%s", got.p);
	for (int i = 0; i < N_OF(wanted); i++)
		ck_assert_msg(str_contains(got, arena_printf(a, "%s\n", wanted[i])), "no %s in\n%s", wanted[i], got.p);
	arena_free(&a);
}
END_TEST

/* What a faulty object is referred to by is no fault of those that do. */
START_TEST(no_echo)
{
	struct arena *a = arena_new((size_t)1 << 28);
	struct value doc = doc_read(a, doc_base);
	struct faults f;
	struct catalog *c;

	doc = doc_set(a, &doc, "/verticals/0/fields/3/type", "\"bool\"");
	doc = doc_set(a, &doc, "/campaigns/0/status", "\"on\"");
	faults_init(&f, a);
	ck_assert_int_ne(catalog_compile(&doc, NULL, &f, NULL, &c), 0);
	ck_assert_str_eq(doc_faults(a, &f), "/campaigns/0/status invalid_field\n/verticals/0/fields/3/type invalid_field\n");
	arena_free(&a);
}
END_TEST

/* Euros and dollars don't add up: a buyer's or a seller's cap that would is told so, one that counts leads is not. */
START_TEST(spend_of_two_currencies)
{
	static const char caps[] = "[{\"on\":\"sold\",\"per\":\"day\",\"leads\":5},{\"on\":\"sold\",\"per\":\"day\",\"spend\":\"5\"}]";
	struct arena *a = arena_new((size_t)1 << 28);
	struct value doc = doc_read(a, doc_base);
	struct faults f;
	struct catalog *c;

	doc = doc_set(a, &doc, "/sellers/0/caps", caps);
	doc = doc_set(a, &doc, "/buyers/0/caps", caps);
	doc = doc_set(a, &doc, "/campaigns/-",
	    "{\"key\":\"e\",\"vertical\":\"v\",\"currency\":\"EUR\",\"payout\":{\"type\":\"fixed\",\"amount\":\"1\"}}");
	faults_init(&f, a);
	ck_assert_msg(catalog_compile(&doc, NULL, &f, NULL, &c) == 0, "%s", doc_faults(a, &f));
	catalog_free(&c);
	doc = doc_set(a, &doc, "/sellers/0/campaigns/-", "\"e\"");
	doc = doc_set(a, &doc, "/buyers/0/contracts/1/campaign", "\"e\"");
	ck_assert_int_ne(catalog_compile(&doc, NULL, &f, NULL, &c), 0);
	ck_assert_str_eq(doc_faults(a, &f), "/sellers/0/caps/1/spend invalid_field\n/buyers/0/caps/1/spend invalid_field\n");
	arena_free(&a);
}
END_TEST

START_TEST(too_many_contracts)
{
	struct arena *a = arena_new((size_t)1 << 30);
	struct value doc = doc_read(a, doc_base);
	struct value *contracts = arena_array_of(a, 20001, struct value);
	struct value *list;
	struct faults f;
	struct catalog *c;

	list = (struct value *)(uintptr_t)value_pointer(&doc, STR("/buyers/0/contracts"));
	for (size_t i = 0; i < 20001; i++)
		contracts[i] = list->items[1];
	*list = value_list(contracts, 20001);
	faults_init(&f, a);
	ck_assert_int_ne(catalog_compile(&doc, NULL, &f, NULL, &c), 0);
	ck_assert_str_eq(doc_faults(a, &f), "/buyers/0/contracts invalid_field\n");
	arena_free(&a);
}
END_TEST

TCase *fault_cases(void)
{
	TCase *cases = tcase_create("faults");

	tcase_set_timeout(cases, 60);
	tcase_add_loop_test(cases, one_fault, 0, N_OF(wrong));
	tcase_add_test(cases, all_at_once);
	tcase_add_test(cases, no_echo);
	tcase_add_test(cases, spend_of_two_currencies);
	tcase_add_test(cases, too_many_contracts);
	return cases;
}
