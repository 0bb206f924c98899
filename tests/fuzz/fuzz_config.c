/*
 * A configuration document from outside, merged into one that is in force: every refusal has a fault; what is taken is taken again in
 * its canonical order, in which it stays, and differs in nothing from what it was made of.
 */
#include <stdlib.h>

#include "lib/catalog/catalog.h"
#include "lib/wire/json.h"
#include "lib/wire/xml.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);
int LLVMFuzzerInitialize(int *argc, char ***argv);

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	xml_init();
	return 0;
}

#define REPLY(outcome) \
	"\"reply\":{\"rules\":[{\"when\":{\"path\":\"/s\",\"op\":\"eq\",\"value\":\"y\"},\"outcome\":\"" outcome "\"}]," \
	"\"price\":{\"path\":\"/p\"}}"

static const char in_force[] =
    "{\"gavel\":1,\"lookups\":{\"m\":{\"a\":\"1\"}},\"lists\":{\"z\":[\"90001\"]},"
    "\"verticals\":[{\"key\":\"v\",\"fields\":[{\"name\":\"zip\",\"type\":\"zip\",\"ping\":\"required\"},"
    "{\"name\":\"l\",\"type\":\"list\",\"ping\":\"optional\",\"fields\":[{\"name\":\"a\",\"type\":\"text\",\"ping\":\"optional\"}]}]}],"
    "\"campaigns\":[{\"key\":\"c\",\"vertical\":\"v\",\"currency\":\"USD\",\"payout\":{\"type\":\"revshare\",\"percent\":\"80\"}}],"
    "\"sellers\":[{\"key\":\"s\",\"campaigns\":[\"c\"]}],\"buyers\":[{\"key\":\"b\",\"contracts\":[{\"key\":\"k\",\"campaign\":\"c\","
    "\"price\":{\"type\":\"bid\"},\"filters\":[{\"field\":\"lead.zip\",\"op\":\"in_list\",\"value\":\"z\"}],"
    "\"ping\":{\"url\":\"https://b.example/i\",\"body\":{\"json\":{\"z\":\"{{lead.zip}}\"}}," REPLY("bid") "},"
    "\"post\":{\"url\":\"https://b.example/o\"," REPLY("accepted") "}}]}]}";

static struct value read(struct arena *a, struct str text)
{
	struct value v;

	if (json_parse(a, text, JSON_DEPTH_CONFIG, &v, NULL) != 0)
		abort();
	return v;
}

static struct str text_of(struct arena *a, const struct value *v)
{
	struct buf b;

	buf_in(&b, a, 1 << 24);
	if (json_write(&b, v) != 0)
		abort();
	return buf_str(&b);
}

static bool compiles(struct arena *a, const struct value *doc)
{
	struct faults *f = arena_new_of(a, struct faults), *w = arena_new_of(a, struct faults);
	struct catalog *c = NULL;
	int bad;

	faults_init(f, a);
	faults_init(w, a);
	bad = catalog_compile(doc, NULL, f, w, &c);
	if ((bad != 0) != (f->n > 0) || (bad != 0) != (c == NULL))
		abort();
	catalog_free(&c);
	return bad == 0;
}

static void same(struct arena *a, const struct value *x, const struct value *y)
{
	struct catalog_change *changes;

	if (catalog_diff(a, x, y, &changes) != 0)
		abort();
}

/* What holds of a document that was taken. */
static void check_taken(struct arena *a, const struct value *merged, const struct value *change)
{
	struct value kept = catalog_canonical(a, merged), again, twice;
	struct str text = text_of(a, &kept);

	again = read(a, text);
	twice = catalog_canonical(a, &again);
	if (!str_eq(text, text_of(a, &twice)) || !compiles(a, &again))
		abort();
	same(a, merged, &again);
	again = catalog_merge(a, &kept, change, false);
	twice = catalog_canonical(a, &again);
	if (!str_eq(text, text_of(a, &twice)))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct arena *a;
	struct value base, change, merged;
	struct catalog_change *changes;

	if (n > 16384)
		return 0;
	a = arena_new((size_t)1 << 30);
	base = read(a, str_of(in_force));
	if (json_parse(a, (struct str){ (const char *)data, n }, JSON_DEPTH_CONFIG, &change, NULL) == 0) {
		merged = catalog_merge(a, &base, &change, false);
		catalog_diff(a, &base, &merged, &changes);
		if (compiles(a, &merged))
			check_taken(a, &merged, &change);
		if (compiles(a, &change))
			check_taken(a, &change, &change);
	}
	arena_free(&a);
	return 0;
}
