#include "tests/delivery/case.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

#include "lib/base/utf8.h"
#include "lib/buyer/offline.h"
#include "lib/lead/members.h"
#include "lib/wire/json.h"
#include "tests/unit/slow.h"

enum { FILE_MAX = 4 * 1024 * 1024, BODY_BYTES_MAX = 1024 * 1024, PARSE_MAX_US = 10000, PARSE_TRIES = 5 };

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
enum { SLOWER = 20 };
#else
enum { SLOWER = 1 };
#endif

/* A case while it runs. */
struct running {
	struct arena *arena;
	const struct value *doc;
	struct value fixture;         /* the vertical's file */
	struct vertical vertical;
	struct map *lookups, *lists;
	struct value captures;
	const struct step *ping, *post, *loss_notice;
};

static const char *say(struct running *r, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static const char *say(struct running *r, const char *fmt, ...)
{
	char *p = arena_alloc(r->arena, WHY_MAX);
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(p, WHY_MAX, fmt, ap);
	va_end(ap);
	return p;
}

struct value case_read(struct arena *a, const char *path)
{
	FILE *f = fopen(path, "re");
	struct value out;
	struct buf b;
	char piece[8192];
	struct err e;
	size_t n;

	if (f == NULL) {
		perror(path);
		abort();
	}
	buf_in(&b, a, FILE_MAX);
	while ((n = fread(piece, 1, sizeof(piece), f)) > 0)
		buf_add(&b, piece, n);
	fclose(f);
	if (b.overflow || json_parse(a, buf_str(&b), JSON_DEPTH_CONFIG, &out, &e) != 0) {
		fprintf(stderr, "%s: %s\n", path, b.overflow ? "too large" : e.msg);
		abort();
	}
	return out;
}

static struct str print(struct running *r, const struct value *v)
{
	struct buf b;

	buf_in(&b, r->arena, FILE_MAX);
	if (v != NULL)
		json_write(&b, v);
	else
		buf_add_cstr(&b, "(absent)");
	return buf_str(&b);
}

/* name -> map of texts, as the catalog makes them of `lookups` (objects) and `lists`. */
static struct map *maps_of(struct arena *a, const struct value *doc)
{
	struct map *out = map_new(a);

	for (size_t i = 0; doc != NULL && i < doc->n; i++) {
		const struct value *v = &doc->members[i].value;
		struct map *inner = map_new(a);

		for (size_t k = 0; k < v->n; k++)
			if (v->type == VALUE_OBJECT)
				map_put(inner, v->members[k].name, &v->members[k].value.text);
			else
				map_put(inner, v->items[k].text, &v->items[k].text);
		map_put(out, doc->members[i].name, inner);
	}
	return out;
}

/* under with over's members laid over it; null takes away. */
static struct value overlay(struct arena *a, const struct value *under, const struct value *over)
{
	struct member *members;
	size_t n = 0;

	if (over == NULL)
		return *under;
	if (over->type != VALUE_OBJECT || under->type != VALUE_OBJECT)
		return *over;
	members = arena_array_of(a, under->n + over->n, struct member);
	for (size_t i = 0; i < under->n; i++) {
		const struct value *new = value_get(over, under->members[i].name);

		if (new != NULL && new->type == VALUE_NULL)
			continue;
		members[n].name = under->members[i].name;
		members[n++].value = overlay(a, &under->members[i].value, new);
	}
	for (size_t i = 0; i < over->n; i++)
		if (value_get(under, over->members[i].name) == NULL)
			members[n++] = over->members[i];
	return value_object(members, n);
}

static const struct step *compile(struct running *r, const char *name, enum step_kind kind, bool notice, struct faults *f, struct faults *w)
{
	const struct value *doc = members_get(r->doc, name);
	bool fixed = str_is(members_text(r->doc, "price", STR("bid")), "fixed");
	struct step_env env = { .vertical = &r->vertical, .kind = kind, .lookups = r->lookups, .lists = r->lists, .price_by_bid = !fixed,
		.default_timeout_ms = 1500, .notice = notice,
		.direct = fixed && kind == STEP_POST && members_get(r->doc, "ping") == NULL, .captures = kind == STEP_POST || notice ? &r->captures : NULL };
	struct path at = path_member(PATH_ROOT, str_of(name));
	const struct step *out = NULL;

	if (doc != NULL && step_compile(r->arena, doc, &env, &at, f, w, &out) != 0)
		return NULL;
	return out;
}

static bool is_fault(const struct value *expected, const struct fault *f)
{
	struct str detail = members_text(expected, "detail", STR(""));

	return str_eq(members_text(expected, "pointer", STR("")), f->pointer) && str_is(members_text(expected, "code", STR("")), f->code)
	    && str_contains(f->detail, detail);
}

static const char *check_faults(struct running *r, const char *what, const struct faults *f)
{
	const struct value *expected = members_list(r->doc, what);
	size_t n = expected != NULL ? expected->n : 0;

	for (size_t i = 0; i < f->n; i++) {
		size_t k = 0;

		while (k < n && !is_fault(&expected->items[k], &f->list[i]))
			k++;
		if (k == n)
			return say(r, "%s not expected: %.*s %s: %.*s", what, STR_ARG(f->list[i].pointer), f->list[i].code,
			    STR_ARG(f->list[i].detail));
	}
	for (size_t k = 0; k < n; k++) {
		size_t i = 0;

		while (i < f->n && !is_fault(&expected->items[k], &f->list[i]))
			i++;
		if (i == f->n)
			return say(r, "%s not found: %.*s", what, STR_ARG(print(r, &expected->items[k])));
	}
	return NULL;
}

/* The members of `expected` are those of `is`. */
static const char *check_members(struct running *r, const char *what, const struct value *expected, const struct value *is)
{
	for (size_t i = 0; i < expected->n; i++) {
		const struct member *m = &expected->members[i];
		const struct value *v = value_get(is, m->name);

		if (v == NULL || !value_eq(v, &m->value))
			return say(r, "%s %.*s: expected %.*s, is %.*s", what, STR_ARG(m->name), STR_ARG(print(r, &m->value)),
			    STR_ARG(print(r, v)));
	}
	return NULL;
}

static struct value parse_json(struct running *r, struct str text)
{
	struct value v = { .type = VALUE_NULL };

	json_parse(r->arena, text, JSON_DEPTH_CONFIG, &v, NULL);
	return v;
}

static const char *check_call(struct running *r, const struct value *expected, const struct http_call *call)
{
	struct member *members;
	struct value is;
	struct buf b;

	buf_in(&b, r->arena, FILE_MAX);
	offline_write_call(r->arena, &b, call);
	is = parse_json(r, buf_str(&b));
	if (value_get(expected, STR("json")) != NULL) {
		members = arena_array_of(r->arena, is.n + 1, struct member);
		memcpy(members, is.members, is.n * sizeof(*members));
		members[is.n] = (struct member){ STR("json"), parse_json(r, call->body) };
		is = value_object(members, is.n + 1);
	}
	return check_members(r, "call", expected, &is);
}

static const char *check_invalid(struct running *r, const struct value *pointers, const struct faults *f)
{
	if (pointers == NULL || pointers->n != f->n)
		return say(r, "lead: %zu faults, the first %.*s: %.*s", f->n, STR_ARG(f->list[0].pointer), STR_ARG(f->list[0].detail));
	for (size_t i = 0; i < f->n; i++) {
		size_t k = 0;

		while (k < pointers->n && !str_eq(pointers->items[k].text, f->list[i].pointer))
			k++;
		if (k == pointers->n)
			return say(r, "lead: fault at %.*s: %.*s", STR_ARG(f->list[i].pointer), STR_ARG(f->list[i].detail));
	}
	return NULL;
}

static const char *run_render(struct running *r, const struct value *run, const struct step *s)
{
	const struct value *given = members_object(run, "lead"), *call = members_object(run, "call");
	const struct value *base = given != NULL ? given : members_object(&r->fixture, "lead");
	struct str refused = members_text(run, "refused", STR(""));
	struct value lead = overlay(r->arena, base, members_object(run, "set"));
	struct faults *f = arena_new_of(r->arena, struct faults);
	struct offline_scope scope;
	struct http_call out;
	enum step_render result;
	struct err e = { .msg = "" };

	faults_init(f, r->arena);
	if (offline_scope(r->arena, &lead, &r->vertical, STR("acme-1"), 1795435200000000, f, &scope) != 0)
		return check_invalid(r, members_list(run, "invalid"), f);
	result = step_render(r->arena, s, &scope.scope, &out, &e);
	if (refused.n > 0 && (result != STEP_REFUSED || !str_contains(str_of(e.msg), refused)))
		return say(r, "expected to be refused (%.*s): %s", STR_ARG(refused), e.msg);
	if (refused.n > 0)
		return NULL;
	if (result != STEP_RENDERED)
		return say(r, "not rendered: %s", e.msg);
	return call != NULL ? check_call(r, call, &out) : say(r, "a render without call, refused or invalid");
}

/* A body that is a list of pieces as one text. */
static struct value whole_reply(struct running *r, const struct value *reply)
{
	const struct value *body = value_get(reply, STR("body"));
	struct member *members;
	struct buf b;

	if (body == NULL || body->type != VALUE_LIST)
		return *reply;
	buf_in(&b, r->arena, BODY_BYTES_MAX);
	for (size_t i = 0; i < body->n; i++) {
		const struct value *piece = &body->items[i];
		int64_t times = 1;

		if (piece->type == VALUE_LIST && !value_as_int(&piece->items[1], &times))
			times = 0;
		while (times-- > 0)
			buf_add_str(&b, piece->type == VALUE_LIST ? piece->items[0].text : piece->text);
	}
	members = arena_array_of(r->arena, reply->n, struct member);
	for (size_t i = 0; i < reply->n; i++)
		members[i] = str_is(reply->members[i].name, "body") ? (struct member){ STR("body"), value_text(buf_str(&b)) } : reply->members[i];
	return value_object(members, reply->n);
}

static int64_t cpu_us(void)
{
	struct rusage used;

	getrusage(RUSAGE_SELF, &used);
	return (int64_t)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) * 1000000 + used.ru_utime.tv_usec + used.ru_stime.tv_usec;
}

/* The best of a few tries in processor time: what reading costs, not what else the machine does. */
static int64_t parse_cost_us(struct running *r, const struct step *s, const struct http_reply *reply, struct verdict *out)
{
	int64_t best = INT64_MAX;

	for (int i = 0; i < PARSE_TRIES && best >= PARSE_MAX_US; i++) {
		int64_t start = cpu_us(), took;

		step_parse(r->arena, s, reply, out);
		took = cpu_us() - start;
		if (took < best)
			best = took;
	}
	return best;
}

static const char *run_parse(struct running *r, const struct value *run, const struct step *s)
{
	const struct value *verdict = members_object(run, "verdict"), *captures = members_object(run, "captures");
	struct value reply = whole_reply(r, members_object(run, "reply")), is;
	struct faults *f = arena_new_of(r->arena, struct faults);
	struct http_reply http;
	struct verdict v;
	struct buf b;
	int64_t cost;

	faults_init(f, r->arena);
	if (verdict == NULL || offline_reply(r->arena, &reply, f, &http) != 0)
		return say(r, "reply or verdict is wrong: %.*s", STR_ARG(f->list[0].detail));
	cost = parse_cost_us(r, s, &http, &v);
	if (cost > (int64_t)PARSE_MAX_US * SLOWER * slow_by(20))
		return say(r, "reading the reply took %lld us", (long long)cost);
	buf_in(&b, r->arena, FILE_MAX);
	offline_write_verdict(&b, &v);
	is = parse_json(r, buf_str(&b));
	if (captures != NULL && !value_eq(captures, &v.captures))
		return say(r, "captures: %.*s", STR_ARG(print(r, &v.captures)));
	return check_members(r, "verdict", verdict, &is);
}

static const char *run_one(struct running *r, const struct value *run)
{
	struct str name = members_text(run, "step", STR(""));
	const struct step *s = str_is(name, "ping") ? r->ping : str_is(name, "post") ? r->post : str_is(name, "loss_notice") ? r->loss_notice : NULL;

	if (s == NULL)
		return say(r, "there is no step \"%.*s\"", STR_ARG(name));
	return members_object(run, "reply") != NULL ? run_parse(r, run, s) : run_render(r, run, s);
}

static const char *prepare(struct running *r)
{
	struct str name = members_text(r->doc, "vertical", STR("auto"));
	struct faults *f = arena_new_of(r->arena, struct faults);
	struct path at = path_member(PATH_ROOT, STR("vertical"));
	struct value *lookups = arena_new_of(r->arena, struct value);

	r->fixture = case_read(r->arena, arena_cstr(r->arena, arena_printf(r->arena, "%s/verticals/%.*s.json", DELIVERY_FOLDER, STR_ARG(name))));
	faults_init(f, r->arena);
	if (vertical_compile(r->arena, members_object(&r->fixture, "vertical"), &at, f, &r->vertical) != 0)
		return say(r, "%.*s: %.*s", STR_ARG(f->list[0].pointer), STR_ARG(f->list[0].detail));
	*lookups = value_object(NULL, 0);
	if (members_object(&r->fixture, "lookups") != NULL)
		*lookups = *members_object(&r->fixture, "lookups");
	*lookups = overlay(r->arena, lookups, members_object(r->doc, "lookups"));
	r->lookups = maps_of(r->arena, lookups);
	r->lists = maps_of(r->arena, members_object(r->doc, "lists"));
	r->captures = members_get(r->doc, "ping") != NULL ? step_captures(r->arena, members_get(r->doc, "ping")) : value_list(NULL, 0);
	return NULL;
}

const char *case_run(struct arena *a, const struct value *doc)
{
	struct running r = { .arena = a, .doc = doc };
	struct faults *f = arena_new_of(a, struct faults), *w = arena_new_of(a, struct faults);
	const struct value *runs = members_list(doc, "runs");
	const char *why = prepare(&r);

	faults_init(f, a);
	faults_init(w, a);
	if (why != NULL)
		return why;
	r.ping = compile(&r, "ping", STEP_PING, false, f, w);
	r.post = compile(&r, "post", STEP_POST, false, f, w);
	r.loss_notice = compile(&r, "loss_notice", STEP_PING, true, f, w);
	why = check_faults(&r, "faults", f);
	if (why == NULL)
		why = check_faults(&r, "warnings", w);
	for (size_t i = 0; why == NULL && runs != NULL && i < runs->n; i++) {
		why = run_one(&r, &runs->items[i]);
		if (why != NULL)
			why = say(&r, "run %zu: %s", i, why);
	}
	return why;
}
