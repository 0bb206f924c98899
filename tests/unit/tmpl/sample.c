/*
 * sample: what the cases of this folder are rendered with, and how.
 */
#include "lib/base/clock.h"
#include "lib/wire/json.h"
#include "tests/unit/tmpl/suites.h"

static const char sample[] = "{"
	"\"lead\":{\"zip\":\"90210\",\"first_name\":\"Zo\xc3\xab\",\"last_name\":\"o'neil-smith\",\"email\":\"ann@example.com\","
	  "\"phone\":\"+12025550143\","
	"\"phone2\":\"+442079460000\",\"birth_date\":\"1990-02-28\",\"leap\":\"2000-02-29\",\"unborn\":\"2030-01-01\","
	  "\"at\":\"2026-11-23T02:05:09.123Z\","
	"\"own\":\"own\",\"income\":54321.555,\"loan\":\"12.345\",\"neg\":-0.5,\"kids\":0,\"vet\":false,\"homeowner\":true,"
	  "\"empty\":\"\",\"nothing\":null,"
	"\"tags\":[\"a\",\"b & c\",\"d\"],\"numbers\":[1,2.50],\"no_tags\":[],\"spaces\":\"  a  b  \",\"blank\":\"   \","
	  "\"dot\":\".\",\"dots\":\"..\",\"lines\":\"a\\r\\nb\",\"cr\":\"a\\rb\","
	"\"hard\":\"\\\"<&%+>'\\n\xf0\x9f\x98\x80 \xd7\xa9\xd7\x9c\",\"cdata\":\"a]]>b\",\"control\":\"a\\u0001b\","
	  "\"big\":123456789012345678901,\"script\":\"</script>\","
	"\"link\":\"javascript:alert(1)\",\"yes\":\"Yes\",\"word\":\"maybe\",\"quoted\":\"say \\\"hi\\\"\","
	"\"drivers\":[{\"first_name\":\"Ann\",\"age\":30,\"sr22\":true,\"incidents\":[{\"type\":\"ticket\"},{\"type\":\"claim\"}]},"
	"{\"first_name\":\"Bob\",\"age\":0,\"sr22\":false,\"incidents\":[]},{\"first_name\":\"Cy\"}],"
	  "\"current\":{\"company\":\"Acme\"}},"
	"\"source\":{\"sub1\":\"fb-77\",\"sub2\":\"\"},\"lead_id\":\"led_1\",\"test\":false,\"bid\":{\"price\":\"12.50\"}}";
static const char secrets[] = "{\"token\":\"s3cret\",\"key\":\"k\"}";

/* As a vertical would: the fields of a lead, with any index into a list; other roots as they are. */
static bool allow(void *ctx, struct str path, const char **why_out)
{
	static const char *const plain[] = { "lead", "lead_id", "test", "now", "source.sub1", "source.sub2", "bid.price",
		"secret.token", "secret.key", "secret.unset", "lead.missing", "lead.missing_list", "lead.missing_list.0" };
	const struct value *v = ctx;
	struct str rest = path, part;

	for (int i = 0; i < N_OF(plain); i++)
		if (str_is(path, plain[i]))
			return true;
	*why_out = "is not a field";
	if (str_is(path, "lead.ssn"))
		*why_out = "never leaves in a ping";
	while (v != NULL && str_split(&rest, '.', &part)) {
		if (v->type == VALUE_LIST && part.p[0] >= '0' && part.p[0] <= '9')
			v = &v->items[0];
		else
			v = value_get(v->type == VALUE_LIST ? &v->items[0] : v, part);
		if (v != NULL && v->type == VALUE_LIST && v->n == 0)
			return rest.p == NULL || rest.n == 1;
	}
	return v != NULL;
}

struct setting {
	struct value root, secrets;
	struct tmpl_env env;
	struct tmpl_scope scope;
	struct faults *faults;
};

static void set_up(struct arena *a, int how, struct setting *s)
{
	static struct str one = STR_INIT("1"), empty = STR_INIT("");
	struct map *lookups = map_new(a), *own_rent = map_new(a);

	map_put(own_rent, STR("own"), &one);
	map_put(own_rent, STR("a"), &empty);
	map_put(lookups, STR("own_rent"), own_rent);
	ck_assert_int_eq(json_parse(a, str_of(sample), 32, &s->root, NULL), 0);
	ck_assert_int_eq(json_parse(a, str_of(secrets), 32, &s->secrets, NULL), 0);
	s->env = (struct tmpl_env){ .ctx = &s->root, .lookups = lookups, .omit_empty = how & OMIT };
	if ((how & FREE) == 0)
		s->env.allow = allow;
	s->scope = (struct tmpl_scope){ .root = &s->root, .secrets = &s->secrets, .mask_secrets = how & MASK };
	ck_assert(clock_parse_rfc3339(STR("2026-11-23T12:00:00Z"), &s->scope.now_us));
	s->faults = arena_new_of(a, struct faults);
	faults_init(s->faults, a);
}

static struct str told_faults(struct arena *a, const struct faults *f)
{
	struct buf b;

	ck_assert_uint_gt(f->n, 0);
	buf_in(&b, a, 10000);
	buf_add_cstr(&b, "<fault> ");
	for (size_t i = 0; i < f->n; i++)
		buf_addf(&b, "%s%.*s", i > 0 ? " | " : "", STR_ARG(f->list[i].detail));
	return buf_str(&b);
}

static struct str told(struct arena *a, const struct setting *s, const struct tmpl *t)
{
	struct err e = { 0 };
	struct buf b;

	buf_in(&b, a, 10000);
	switch (tmpl_render(a, t, &s->scope, &b, &e)) {
	case TMPL_DONE:
		return buf_str(&b);
	case TMPL_ABSENT:
		return STR(ABSENT);
	case TMPL_REFUSED:
		ck_assert_int_eq(e.kind, ERR_INVALID);
		return STR(REFUSED);
	case TMPL_FULL:
		return STR(FULL);
	}
	return STR("?");
}

struct str rendered(struct arena *a, enum tmpl_kind kind, const char *text, int how)
{
	const struct tmpl *t;
	struct setting s;

	set_up(a, how, &s);
	if (tmpl_compile(a, kind, str_of(text), &s.env, PATH_ROOT, s.faults, &t) != 0)
		return told_faults(a, s.faults);
	ck_assert_uint_eq(s.faults->n, 0);
	return told(a, &s, t);
}

struct str rendered_json(struct arena *a, const char *json, int how)
{
	const struct tmpl *t;
	struct setting s;
	struct value v;

	set_up(a, how, &s);
	ck_assert_msg(json_parse(a, str_of(json), 32, &v, NULL) == 0, "%s", json);
	if (tmpl_compile_json(a, &v, &s.env, PATH_ROOT, s.faults, &t) != 0)
		return told_faults(a, s.faults);
	ck_assert_uint_eq(s.faults->n, 0);
	return told(a, &s, t);
}

struct str faulty_pointers(struct arena *a, const char *json)
{
	const struct tmpl *t;
	struct setting s;
	struct value v;
	struct buf b;

	set_up(a, 0, &s);
	ck_assert_msg(json_parse(a, str_of(json), 32, &v, NULL) == 0, "%s", json);
	ck_assert_int_eq(tmpl_compile_json(a, &v, &s.env, PATH_ROOT, s.faults, &t), -1);
	buf_in(&b, a, 1000);
	for (size_t i = 0; i < s.faults->n; i++)
		buf_addf(&b, "%s%.*s", i > 0 ? ", " : "", STR_ARG(s.faults->list[i].pointer));
	return buf_str(&b);
}

struct str rendered_values(struct arena *a, const char *text, int how)
{
	const struct tmpl *t;
	struct setting s;
	struct str *values;
	struct buf b;
	size_t n;

	set_up(a, how, &s);
	ck_assert_int_eq(tmpl_compile(a, TMPL_FORM, str_of(text), &s.env, PATH_ROOT, s.faults, &t), 0);
	buf_in(&b, a, 1000);
	switch (tmpl_render_values(a, t, &s.scope, &values, &n, NULL)) {
	case TMPL_ABSENT:
		return STR(ABSENT);
	case TMPL_REFUSED:
		return STR(REFUSED);
	default:
		break;
	}
	buf_addf(&b, "%zu: ", n);
	for (size_t i = 0; i < n; i++)
		buf_addf(&b, "%s%.*s", i > 0 ? " | " : "", STR_ARG(values[i]));
	return buf_str(&b);
}

static void add_path(void *ctx, struct str path)
{
	struct buf *b = ctx;

	buf_addf(b, "%s%.*s", b->n > 0 ? " " : "", STR_ARG(path));
}

struct str named_paths(struct arena *a, enum tmpl_kind kind, const char *text)
{
	const struct tmpl *t;
	struct setting s;
	struct buf b;

	set_up(a, 0, &s);
	ck_assert_int_eq(tmpl_compile(a, kind, str_of(text), &s.env, PATH_ROOT, s.faults, &t), 0);
	buf_in(&b, a, 1000);
	tmpl_each_path(t, add_path, &b);
	return buf_str(&b);
}

void check_case(struct str got, const char *want, const char *text)
{
	bool fault = str_starts(str_of(want), STR(FAULT));
	struct str part = { want + sizeof(FAULT) - 1, 0 };

	if (!fault) {
		ck_assert_msg(str_is(got, want), "%s\n got  %.*s\n want %s", text, STR_ARG(got), want);
		return;
	}
	part.n = strlen(want) - (sizeof(FAULT) - 1);
	ck_assert_msg(str_starts(got, STR(FAULT)) && str_contains(got, part), "%s\n got  %.*s\n want %s", text, STR_ARG(got), want);
}
