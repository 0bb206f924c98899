/* Merging, pruning and the canonical order, on small trees: what is merged need not be right. */
#include "tests/unit/catalog/suites.h"

static struct arena *arena;

static void setup(void)
{
	arena = arena_new((size_t)1 << 28);
}

static void teardown(void)
{
	arena_free(&arena);
}

struct merge {
	const char *name, *base, *change;
	bool prune;
	const char *merged;
};

#define A1 "{\"key\":\"a\",\"n\":1}"
#define A2 "{\"key\":\"a\",\"n\":2}"
#define B1 "{\"key\":\"b\"}"

static const struct merge merges[] = {
	{ "nothing in force", "null", "{\"gavel\":1,\"sellers\":[" A1 "]}", false, "{\"gavel\":1,\"sellers\":[" A1 "]}" },
	{ "an empty change keeps all",
	    "{\"gavel\":1,\"sellers\":[" A1 "]}", "{\"gavel\":1}", false, "{\"gavel\":1,\"sellers\":[" A1 "]}" },
	{ "an empty change prunes all", "{\"gavel\":1,\"sellers\":[" A1 "]}", "{\"gavel\":1}", true, "{\"gavel\":1}" },
	{ "an object is replaced whole",
	    "{\"sellers\":[{\"key\":\"a\",\"x\":1,\"y\":2}]}", "{\"sellers\":[{\"key\":\"a\",\"y\":3}]}", false,
	    "{\"sellers\":[{\"key\":\"a\",\"y\":3}]}" },
	{ "the change comes first", "{\"sellers\":[" A1 "," B1 "]}", "{\"sellers\":[" B1 ",{\"key\":\"c\"}]}", false,
	    "{\"sellers\":[" B1 ",{\"key\":\"c\"}," A1 "]}" },
	{ "pruned", "{\"sellers\":[" A1 "," B1 "]}", "{\"sellers\":[" A2 "]}", true, "{\"sellers\":[" A2 "]}" },
	{ "the release is the change's to say", "{\"gavel\":1}", "{\"sellers\":[]}", false, "{\"sellers\":[]}" },
	{ "look-ups by name", "{\"lookups\":{\"x\":{\"a\":\"1\",\"b\":\"2\"},\"y\":{}}}", "{\"lookups\":{\"x\":{\"a\":\"9\"}}}", false,
	    "{\"lookups\":{\"x\":{\"a\":\"9\"},\"y\":{}}}" },
	{ "lists by name", "{\"lists\":{\"x\":[\"1\"],\"y\":[\"2\"]}}", "{\"lists\":{\"z\":[\"3\"],\"y\":[]}}", false,
	    "{\"lists\":{\"z\":[\"3\"],\"y\":[],\"x\":[\"1\"]}}" },
	{ "lists pruned", "{\"lists\":{\"x\":[\"1\"],\"y\":[\"2\"]}}", "{\"lists\":{\"z\":[]}}", true, "{\"lists\":{\"z\":[]}}" },
	{ "a named buyer keeps the contracts that are not named", "{\"buyers\":[{\"key\":\"b\",\"contracts\":[" A1 ",{\"key\":\"k\"}]}]}",
	    "{\"buyers\":[{\"key\":\"b\",\"name\":\"B\",\"contracts\":[" A2 "]}]}", false,
	    "{\"buyers\":[{\"key\":\"b\",\"name\":\"B\",\"contracts\":[" A2 ",{\"key\":\"k\"}]}]}" },
	{ "and all of them when it names none",
	    "{\"buyers\":[{\"key\":\"b\",\"x\":1,\"contracts\":[" A1 "]}]}", "{\"buyers\":[" B1 "]}", false,
	    "{\"buyers\":[{\"key\":\"b\",\"contracts\":[" A1 "]}]}" },
	{ "unless it is pruned", "{\"buyers\":[{\"key\":\"b\",\"contracts\":[" A1 ",{\"key\":\"k\"}]}]}",
	    "{\"buyers\":[{\"key\":\"b\",\"contracts\":[" A2 "]}]}", true, "{\"buyers\":[{\"key\":\"b\",\"contracts\":[" A2 "]}]}" },
	{ "a contract moves to the buyer that names it", "{\"buyers\":[{\"key\":\"x\",\"contracts\":[" A1 ",{\"key\":\"k\"}]}," B1 "]}",
	    "{\"buyers\":[{\"key\":\"b\",\"contracts\":[" A2 "]}]}", false,
	    "{\"buyers\":[{\"key\":\"b\",\"contracts\":[" A2 "]},{\"key\":\"x\",\"contracts\":[{\"key\":\"k\"}]}]}" },
	{ "also when both buyers are named",
	    "{\"buyers\":[{\"key\":\"x\",\"contracts\":[" A1 ",{\"key\":\"k\"}]}," B1 "]}",
	    "{\"buyers\":[{\"key\":\"x\",\"contracts\":[]},{\"key\":\"b\",\"contracts\":[" A2 "]}]}", false,
	    "{\"buyers\":[{\"key\":\"x\",\"contracts\":[{\"key\":\"k\"}]},{\"key\":\"b\",\"contracts\":[" A2 "]}]}" },
	{ "faulty parts stay for the check", "{\"sellers\":[" A1 "]}", "{\"sellers\":[3,{\"key\":7},{}],\"oops\":1}", false,
	    "{\"sellers\":[3,{\"key\":7},{}," A1 "],\"oops\":1}" },
	{ "keys that stand twice stay for the check", "{\"sellers\":[" A1 "]}", "{\"sellers\":[" A2 "," A2 "]}", false,
	    "{\"sellers\":[" A2 "," A2 "]}" },
	{ "a section of the wrong kind stays", "{\"sellers\":[" A1 "]}", "{\"sellers\":{}}", false, "{\"sellers\":{}}" },
	{ "contracts of the wrong kind stay", "{\"buyers\":[{\"key\":\"b\",\"contracts\":[" A1 "]}]}",
	    "{\"buyers\":[{\"key\":\"b\",\"contracts\":{}}]}", false, "{\"buyers\":[{\"key\":\"b\",\"contracts\":{}}]}" },
	{ "a change that is no object", "{\"gavel\":1}", "[1]", false, "[1]" },
};

START_TEST(merges_to)
{
	const struct merge *m = &merges[_i];
	struct value old = doc_read(arena, m->base), change = doc_read(arena, m->change);
	struct value merged = catalog_merge(arena, &old, &change, m->prune);

	ck_assert_msg(strcmp(doc_text(arena, &merged), m->merged) == 0, "%s: got %s", m->name, doc_text(arena, &merged));
}
END_TEST

static const struct {
	const char *name, *document, *canonical;
} orders[] = {
	{ "all sections, in their order", "{\"forms\":[],\"gavel\":1}",
	    "{\"gavel\":1,\"lookups\":{},\"lists\":{},\"verticals\":[],\"campaigns\":[],\"sellers\":[],\"buyers\":[],"
	    "\"channels\":[],\"forms\":[]}" },
	{ "objects by key, members in the documented order",
	    "{\"gavel\":1,\"sellers\":[{\"name\":\"B\",\"key\":\"b\"},{\"campaigns\":[\"z\",\"a\"],\"key\":\"a\"}]}",
	    "{\"gavel\":1,\"lookups\":{},\"lists\":{},\"verticals\":[],\"campaigns\":[],\"sellers\":[{\"key\":\"a\","
	    "\"campaigns\":[\"z\",\"a\"]},"
	    "{\"key\":\"b\",\"name\":\"B\"}],\"buyers\":[],\"channels\":[],\"forms\":[]}" },
	{ "look-ups and lists by name, what is in them as given",
	    "{\"lookups\":{\"b\":{\"z\":\"1\",\"a\":\"2\"},\"a\":{}},\"lists\":{\"y\":[\"2\",\"1\"],\"x\":[]}}",
	    "{\"lookups\":{\"a\":{},\"b\":{\"z\":\"1\",\"a\":\"2\"}},\"lists\":{\"x\":[],\"y\":[\"2\",\"1\"]},"
	    "\"verticals\":[],\"campaigns\":[],"
	    "\"sellers\":[],\"buyers\":[],\"channels\":[],\"forms\":[]}" },
	{ "contracts by key in their buyer; fields, filters and bodies as given",
	    "{\"verticals\":[{\"fields\":[{\"type\":\"text\",\"name\":\"b\"},{\"name\":\"a\"}],\"key\":\"v\"}],"
	    "\"buyers\":[{\"contracts\":[{\"key\":\"k2\"},{\"post\":{\"body\":{\"form\":{\"z\":\"1\",\"a\":\"2\"}},\"url\":\"u\"},"
	    "\"filters\":[{\"op\":\"eq\",\"field\":\"f\"}],\"key\":\"k1\"}],\"key\":\"b\"}]}",
	    "{\"lookups\":{},\"lists\":{},\"verticals\":[{\"key\":\"v\",\"fields\":[{\"name\":\"b\","
	    "\"type\":\"text\"},{\"name\":\"a\"}]}],"
	    "\"campaigns\":[],\"sellers\":[],\"buyers\":[{\"key\":\"b\",\"contracts\":[{\"key\":\"k1\","
	    "\"filters\":[{\"op\":\"eq\",\"field\":\"f\"}],"
	    "\"post\":{\"url\":\"u\",\"body\":{\"form\":{\"z\":\"1\",\"a\":\"2\"}}}},{\"key\":\"k2\"}]}],\"channels\":[],\"forms\":[]}" },
	{ "what is not known stands behind", "{\"x\":1,\"gavel\":1,\"campaigns\":[{\"y\":2,\"key\":\"c\"}]}",
	    "{\"gavel\":1,\"lookups\":{},\"lists\":{},\"verticals\":[],\"campaigns\":[{\"key\":\"c\",\"y\":2}],"
	    "\"sellers\":[],\"buyers\":[],"
	    "\"channels\":[],\"forms\":[],\"x\":1}" },
};

START_TEST(canonical)
{
	struct value doc = doc_read(arena, orders[_i].document), once = catalog_canonical(arena, &doc);
	struct value twice = catalog_canonical(arena, &once);

	ck_assert_msg(strcmp(doc_text(arena, &once), orders[_i].canonical) == 0, "%s: got %s", orders[_i].name, doc_text(arena, &once));
	ck_assert_str_eq(doc_text(arena, &twice), orders[_i].canonical);
}
END_TEST

/* export > f; apply f */
START_TEST(export_and_apply)
{
	struct value base = doc_read(arena, doc_base), kept = catalog_canonical(arena, &base), read, merged, again;

	read = doc_read(arena, doc_text(arena, &kept));
	merged = catalog_merge(arena, &kept, &read, false);
	again = catalog_canonical(arena, &merged);
	ck_assert_str_eq(doc_text(arena, &again), doc_text(arena, &kept));
}
END_TEST

/* Pointers into the result lead to the same in the change. */
START_TEST(pointers_hold)
{
	struct value base = doc_read(arena, doc_base), merged;
	struct value change = doc_read(arena, "{\"gavel\":1,\"sellers\":[{\"key\":\"new\"},{\"key\":\"s\"}],\"buyers\":[{\"key\":\"x\"},"
					  "{\"key\":\"b\",\"contracts\":[{\"key\":\"z\"},{\"key\":\"fixed\"}]}]}");
	static const char *const pointers[] = {
		"/sellers/0/key", "/sellers/1/key", "/buyers/1/key", "/buyers/1/contracts/0/key", "/buyers/1/contracts/1/key",
	};

	merged = catalog_merge(arena, &base, &change, false);
	for (int i = 0; i < N_OF(pointers); i++) {
		const struct value *x = value_pointer(&merged, str_of(pointers[i])), *y = value_pointer(&change, str_of(pointers[i]));

		ck_assert(x != NULL && y != NULL && value_eq(x, y));
	}
	ck_assert_str_eq(doc_text(arena, value_pointer(&merged, STR("/buyers/1/contracts/2/key"))), "\"k\"");
}
END_TEST

TCase *document_cases(void)
{
	TCase *cases = tcase_create("document");

	tcase_add_checked_fixture(cases, setup, teardown);
	tcase_add_loop_test(cases, merges_to, 0, N_OF(merges));
	tcase_add_loop_test(cases, canonical, 0, N_OF(orders));
	tcase_add_test(cases, export_and_apply);
	tcase_add_test(cases, pointers_hold);
	return cases;
}
