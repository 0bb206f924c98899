/*
 * A template of any kind, from outside, does no harm; what it gives keeps to its place: JSON parses, a header is one line, and hard
 * values in an XML template that was well-formed leave it so. The first byte says kind and options.
 */
#include <stdlib.h>

#include "lib/tmpl/tmpl.h"
#include "lib/wire/json.h"
#include "lib/wire/xml.h"

enum { OMIT = 0x10, MASK = 0x20, MILD = 0x40 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);
int LLVMFuzzerInitialize(int *argc, char ***argv);

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	xml_init();
	return 0;
}

static const char hard[] = "{\"a\":\"]]>\\\"'<&>\\r\\n\\u0001\",\"n\":-12.50,\"l\":[{\"a\":\"x\",\"b\":[1,null,\"\"]},"
    "{\"a\":null},\"t\",[]],\"o\":{\"a\":true},"
    "\"p\":\"+12025550143\",\"d\":\"1990-02-28\",\"t\":\"2026-11-23T12:00:00Z\",\"e\":\"\",\"z\":[]}";
static const char mild[] = "{\"a\":\"x\",\"n\":1,\"l\":[{\"a\":\"x\",\"b\":[1,2]}],\"o\":{\"a\":true},\"p\":\"y\",\"d\":\"z\","
    "\"t\":\"u\",\"e\":\"v\",\"z\":[1]}";

static int render(struct arena *a, const struct tmpl *t, const char *root, int options, struct str *out)
{
	struct value v, secrets;
	struct tmpl_scope scope = { .root = &v, .secrets = &secrets, .mask_secrets = options & MASK,
		.now_us = INT64_C(1795435200000000) };
	struct str *values;
	struct err e;
	struct buf b;
	size_t n;

	if (json_parse(a, str_of(root), 32, &v, &e) != 0 || json_parse(a, STR("{\"k\":\"s\"}"), 32, &secrets, &e) != 0)
		abort();
	buf_in(&b, a, 1 << 20);
	(void)tmpl_render_values(a, t, &scope, &values, &n, &e);
	if (tmpl_render(a, t, &scope, &b, &e) != TMPL_DONE)
		return -1;
	*out = buf_str(&b);
	return 0;
}

/* Whether it is well-formed as the content of an element. */
static bool is_content(struct arena *a, struct str text)
{
	struct xml *xml;

	return xml_parse(a, arena_printf(a, "<x>%.*s</x>", STR_ARG(text)), &xml, NULL) == 0;
}

static void check(struct arena *a, const struct tmpl *t, enum tmpl_kind kind, int options, bool sections)
{
	struct str out, plain;
	struct value v;

	if (render(a, t, hard, options, &out) != 0)
		return;
	if (kind == TMPL_JSON && json_parse(a, out, JSON_DEPTH_CONFIG + 8, &v, NULL) != 0)
		abort();
	if (kind == TMPL_HEADER && (memchr(out.p, '\n', out.n) != NULL || memchr(out.p, '\r', out.n) != NULL))
		abort();
	if (kind != TMPL_XML || sections || (options & OMIT) != 0 || render(a, t, mild, options, &plain) != 0)
		return;
	if (is_content(a, plain) && !is_content(a, out))
		abort();
}

static void no_path(void *ctx, struct str path)
{
	*(size_t *)ctx += path.n;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static struct str one = { "1", 1 };
	struct str text = { (const char *)data + 1, n - 1 };
	enum tmpl_kind kind;
	struct arena *a;
	struct map *lookups, *lookup;
	struct tmpl_env env = { 0 };
	struct faults *f;
	const struct tmpl *t;
	struct value tree;
	size_t length = 0;
	int bad;

	if (n < 1 || n > 4096 || memchr(text.p, '\0', text.n) != NULL)
		return 0;
	a = arena_new(1 << 30);
	lookups = map_new(a);
	lookup = map_new(a);
	map_put(lookup, STR("x"), &one);
	map_put(lookups, STR("m"), lookup);
	env.lookups = lookups;
	env.omit_empty = data[0] & OMIT;
	kind = (enum tmpl_kind)((data[0] & 0x0f) % (TMPL_HTML + 1));
	f = arena_new_of(a, struct faults);
	faults_init(f, a);
	if (kind == TMPL_JSON && json_parse(a, text, JSON_DEPTH_CONFIG, &tree, NULL) == 0)
		bad = tmpl_compile_json(a, &tree, &env, PATH_ROOT, f, &t);
	else
		bad = tmpl_compile(a, kind, text, &env, PATH_ROOT, f, &t);
	if ((bad != 0) != (f->n > 0))
		abort();
	if (bad == 0) {
		tmpl_each_path(t, no_path, &length);
		check(a, t, kind, data[0], str_contains(text, STR("{{#")) || str_contains(text, STR("{{^")));
	}
	arena_free(&a);
	return 0;
}
