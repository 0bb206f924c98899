#include "tests/unit/exchange/chance.h"

#include <check.h>

#include "lib/exchange/record.h"
#include "lib/wire/json.h"

unsigned chance_upto(struct chance *c, unsigned n)
{
	/* xorshift64 */
	c->seed ^= c->seed << 13;
	c->seed ^= c->seed >> 7;
	c->seed ^= c->seed << 17;
	return (unsigned)(c->seed % n);
}

struct value chance_parsed(struct arena *a, const char *json)
{
	struct value v;
	struct err e;

	ck_assert_msg(json_parse(a, str_of(json), JSON_DEPTH_CONFIG, &v, &e) == 0, "%s: %s", e.msg, json);
	return v;
}

struct catalog *chance_compiled(struct arena *a, struct str document, unsigned n)
{
	struct map *one = map_new(a), *numbers = map_new(a);
	struct catalog_names names = { .campaigns = one, .sellers = one, .buyers = numbers, .contracts = numbers };
	struct value doc = chance_parsed(a, arena_cstr(a, document));
	struct catalog *c = NULL;
	struct faults f;

	map_put(one, STR("auto"), (void *)(uintptr_t)1);
	map_put(one, STR("acme"), (void *)(uintptr_t)1);
	for (unsigned i = 0; i < n; i++) {
		map_put(numbers, arena_printf(a, "b%u", i), (void *)(uintptr_t)(i + 1));
		map_put(numbers, arena_printf(a, "c%u", i), (void *)(uintptr_t)(i + 1));
	}
	faults_init(&f, a);
	ck_assert_msg(catalog_compile(&doc, &names, &f, NULL, &c) == 0, "#%.*s: %.*s", STR_ARG(f.list[0].pointer), STR_ARG(f.list[0].detail));
	c->version = 1;
	return c;
}

struct auction *chance_auction(struct arena *a, const struct ask *ask, struct id ping_id)
{
	struct auction *au = arena_new_of(a, struct auction);
	int most = ask->campaign->routing.max_sales;

	*au = (struct auction){ .ex = arena_new_of(a, struct exchange), .arena = a, .ask = ask, .campaign = ask->campaign, .score = -1, .ping_id = ping_id,
		.lead_id = id_new(CHANCE_NOW), .lead = ask->lead, .facts = record_facts(a, ask),
		.max_sales = ask->max_sales > 0 && ask->max_sales < most ? ask->max_sales : most };
	au->facts.lead = &au->lead;
	return au;
}
