#include "lib/catalog/apply.h"

#include "lib/base/clock.h"
#include "lib/catalog/shape.h"
#include "lib/store/config.h"
#include "lib/wire/json.h"

/* Each try that meets another apply means that the other got through; they wait apart, so that nobody loses again and again. */
enum { APPLY_TRIES = 8, APART_MS = 20 };

/* From here on numbers are given to what no row knows yet; the tables count from 1. */
#define UNKNOWN_FIRST UINT32_C(0xe0000000)

/* One try: from what is in force to what is to be kept. */
struct attempt {
	struct db *db;
	struct arena *a;
	struct config_version current;
	struct value before;          /* the document in force */
	struct value change, merged;
	struct str text;              /* of the result, canonical */
	struct catalog *compiled;
};

static int read_current(struct attempt *t, struct err *e)
{
	switch (config_current(t->db, t->a, &t->current, e)) {
	case FOUND_ERR:
		return -1;
	case FOUND_NO:
		t->current = (struct config_version){ 0 };
		t->before = value_object(NULL, 0);
		return 0;
	case FOUND_YES:
		break;
	}
	return json_parse(t->a, t->current.document, JSON_DEPTH_CONFIG, &t->before, e);
}

static int parse_change(struct arena *a, struct str text, struct value *out, struct err *e)
{
	if (text.n > CATALOG_TEXT_MAX)
		return err_set(e, ERR_TOO_LARGE, "a document has at most %d bytes", CATALOG_TEXT_MAX);
	return json_parse(a, text, JSON_DEPTH_CONFIG, out, e);
}

/* Canonical JSON, compact: what is kept, and what tells whether anything changes. */
static int canonical_text(struct arena *a, const struct value *document, struct str *out, struct err *e)
{
	struct value ordered = catalog_canonical(a, document);
	struct buf b;

	buf_in(&b, a, CATALOG_TEXT_MAX - 1);
	if (json_write(&b, &ordered) != 0)
		return err_set(e, ERR_TOO_LARGE, "with what is in force the document has more than %d bytes", CATALOG_TEXT_MAX - 1);
	*out = buf_str(&b);
	return 0;
}

/* The pointer's first n parts: "/buyers/0/contracts/1" of "/buyers/0/contracts/1/price" with n = 4. Shorter ones as they are. */
static struct str pointer_head(struct str pointer, int n)
{
	for (size_t i = 1; i < pointer.n; i++)
		if (pointer.p[i] == '/' && --n == 0)
			return (struct str){ pointer.p, i };
	return pointer;
}

/*
 * A fault in an object that the merge brought in says so: its pointer leads nowhere in the operator's file. Objects end at a pointer's
 * second part, contracts at its fourth.
 */
static void name_object(const struct attempt *t, struct fault *fault)
{
	static const int heads[] = { 4, 2 };

	for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++) {
		struct str head = pointer_head(fault->pointer, heads[i]);
		struct str key = value_get_text(value_pointer(&t->merged, head), STR("key"), STR(""));

		if (key.n == 0)
			continue;
		if (value_pointer(&t->change, head) == NULL)
			fault->detail = arena_printf(t->a, "\"%.*s\", in force and not in this document: %.*s", STR_ARG(key),
			    STR_ARG(fault->detail));
		return;
	}
}

static int check(struct attempt *t, struct apply_out *out, struct err *e)
{
	struct faults *f = &out->faults, *w = &out->warnings;
	int bad;

	faults_init(f, t->a);
	faults_init(w, t->a);
	bad = catalog_compile(&t->merged, NULL, f, w, &t->compiled);
	for (size_t i = 0; i < f->n; i++)
		name_object(t, &f->list[i]);
	for (size_t i = 0; i < w->n; i++)
		name_object(t, &w->list[i]);
	if (bad != 0)
		return err_set(e, ERR_INVALID, "the document has %zu fault%s", f->n + f->more, f->n + f->more == 1 ? "" : "s");
	return canonical_text(t->a, &t->merged, &t->text, e);
}

static struct named *named_list(struct arena *a, const struct catalog *c, size_t *n_out)
{
	size_t most = c->n_campaigns + c->n_sellers + c->n_buyers + map_count(c->by_contract) + c->n_channels + c->n_forms, n = 0;
	struct named *list = arena_array_of(a, most, struct named);

	for (size_t i = 0; i < c->n_campaigns; i++)
		list[n++] = (struct named){ NAMED_CAMPAIGN, c->campaigns[i].key, STR("") };
	for (size_t i = 0; i < c->n_sellers; i++)
		list[n++] = (struct named){ NAMED_SELLER, c->sellers[i].key, STR("") };
	for (size_t i = 0; i < c->n_buyers; i++)
		list[n++] = (struct named){ NAMED_BUYER, c->buyers[i].key, STR("") };
	for (size_t i = 0; i < c->n_buyers; i++)
		for (size_t j = 0; j < c->buyers[i].n_contracts; j++)
			list[n++] = (struct named){ NAMED_CONTRACT, c->buyers[i].contracts[j].key, c->buyers[i].key };
	for (size_t i = 0; i < c->n_channels; i++)
		list[n++] = (struct named){ NAMED_CHANNEL, c->channels[i].key, STR("") };
	for (size_t i = 0; i < c->n_forms; i++)
		list[n++] = (struct named){ NAMED_FORM, c->forms[i].key, STR("") };
	*n_out = n;
	return list;
}

static int keep(struct attempt *t, const struct apply_in *in, struct apply_out *out, struct err *e)
{
	struct named *objects;
	size_t n;

	out->n_changes = catalog_diff(t->a, &t->before, &t->merged, &out->changes);
	out->version = t->current.version;
	out->changed = t->current.version == 0 || !str_eq(t->text, t->current.document);
	if (!out->changed || in->keys == NULL)
		return 0;
	objects = named_list(t->a, t->compiled, &n);
	return config_apply(t->db, in->keys, t->current.version, t->text, in->author, objects, n, &out->version, e);
}

/* Without keys nothing is written: a preview. */
static int attempt_run(struct attempt *t, const struct apply_in *in, struct apply_out *out, struct err *e)
{
	int failed;

	if (read_current(t, e) != 0)
		return -1;
	t->merged = catalog_merge(t->a, &t->before, &t->change, in->prune);
	failed = check(t, out, e) != 0 || keep(t, in, out, e) != 0;
	catalog_free(&t->compiled);
	return failed ? -1 : 0;
}

static void wait_apart(int tries)
{
	uint16_t chance;

	crypt_random(&chance, sizeof(chance));
	clock_sleep_ms(1 + chance % (APART_MS * tries));
}

static int run(struct db *db, struct arena *a, const struct apply_in *in, const struct value *change, struct apply_out *out,
    struct err *e)
{
	for (int i = 1; ; i++) {
		struct attempt t = { .db = db, .a = a, .change = *change };
		struct err problem = { 0 };

		if (attempt_run(&t, in, out, &problem) == 0)
			return 0;
		if (problem.kind != ERR_CONFLICT || i == APPLY_TRIES) {
			*e = problem;
			return -1;
		}
		wait_apart(i);
	}
}

static void begin(struct arena *a, struct apply_out *out)
{
	*out = (struct apply_out){ 0 };
	faults_init(&out->faults, a);
	faults_init(&out->warnings, a);
}

int apply_document(struct db *db, struct arena *a, const struct apply_in *in, struct apply_out *out, struct err *e)
{
	struct value change;

	begin(a, out);
	if (parse_change(a, in->document, &change, e) != 0)
		return -1;
	return run(db, a, in, &change, out, e);
}

int apply_preview(struct db *db, struct arena *a, const struct apply_in *in, struct apply_out *out, struct err *e)
{
	struct apply_in reading = *in;

	reading.keys = NULL;
	return apply_document(db, a, &reading, out, e);
}

int apply_rollback(struct db *db, struct arena *a, const struct apply_in *in, int64_t version, struct apply_out *out,
    struct err *e)
{
	struct apply_in whole = *in;
	struct config_version old;
	struct value document;

	begin(a, out);
	whole.prune = true;
	switch (config_get(db, a, version, &old, e)) {
	case FOUND_ERR:
		return -1;
	case FOUND_NO:
		return err_set(e, ERR_NOT_FOUND, "there is no version %lld", (long long)version);
	case FOUND_YES:
		break;
	}
	if (json_parse(a, old.document, JSON_DEPTH_CONFIG, &document, e) != 0)
		return -1;
	return run(db, a, &whole, &document, out, e);
}

int apply_export(struct db *db, struct arena *a, struct str *text_out, int64_t *version_out, struct err *e)
{
	struct member first = { STR("gavel"), value_number(STR("1")) };
	struct attempt t = { .db = db, .a = a };
	struct value ordered;
	struct buf b;

	if (read_current(&t, e) != 0)
		return -1;
	if (t.current.version == 0)
		t.before = value_object(&first, 1);
	ordered = catalog_canonical(a, &t.before);
	buf_in(&b, a, (size_t)8 * CATALOG_TEXT_MAX);
	if (json_write_pretty(&b, &ordered) != 0)
		return err_set(e, ERR_TOO_LARGE, "the document does not fit");
	*text_out = buf_str(&b);
	*version_out = t.current.version;
	return 0;
}

/* Objects without a number get one of their own, so that they can be told apart. */
static int number_all(struct attempt *t, struct map *numbers[NAMED__N], struct err *e)
{
	uint32_t next = UNKNOWN_FIRST;
	struct named *objects;
	size_t n;

	if (config_names(t->db, t->a, true, numbers, e) != 0)
		return -1;
	objects = named_list(t->a, t->compiled, &n);
	for (size_t i = 0; i < n; i++)
		if (map_put(numbers[objects[i].kind], arena_str(t->a, objects[i].key), (void *)(uintptr_t)next))
			next++;
	return 0;
}

int apply_compile(struct db *db, struct arena *a, const struct apply_in *in, struct apply_out *out, struct catalog **catalog_out, struct err *e)
{
	struct attempt t = { .db = db, .a = a };
	struct map *numbers[NAMED__N] = { NULL };
	struct catalog_names names;
	struct faults *f = arena_new_of(a, struct faults);
	int failed;

	*out = (struct apply_out){ 0 };
	if (parse_change(a, in->document, &t.change, e) != 0 || read_current(&t, e) != 0)
		return -1;
	t.merged = catalog_merge(a, &t.before, &t.change, in->prune);
	failed = check(&t, out, e) != 0 || number_all(&t, numbers, e) != 0;
	catalog_free(&t.compiled);
	if (failed)
		return -1;
	names = (struct catalog_names){ .campaigns = numbers[NAMED_CAMPAIGN], .sellers = numbers[NAMED_SELLER], .buyers = numbers[NAMED_BUYER],
		.contracts = numbers[NAMED_CONTRACT], .channels = numbers[NAMED_CHANNEL] };
	faults_init(f, a);
	return catalog_compile(&t.merged, &names, f, NULL, catalog_out) == 0 ? 0 : err_set(e, ERR_INTERNAL, "a checked document does not compile");
}
