#include "lib/web/page.h"

#include "lib/base/clock.h"
#include "lib/base/map.h"
#include "lib/tmpl/tmpl.h"

enum { FILE_MAX = 256 * 1024, INCLUDE_DEPTH = 8, POLICY_MAX = 16 * 1024, ROOM_FIRST = 8 };

struct pages {
	struct map *by_name; /* -> struct tmpl */
};

/* What a file becomes part of, while its text is put together. */
struct joining {
	struct arena *a;
	struct str dir;
	struct buf *out;
	int depth;
	struct str content; /* of the page, for its layout */
};

static int read_template(struct joining *j, struct str name, struct str *out, struct err *e)
{
	struct str path = arena_printf(j->a, "%.*s/%.*s.html", STR_ARG(j->dir), STR_ARG(name));
	struct buf text;

	buf_in(&text, j->a, FILE_MAX);
	if (buf_add_file(&text, path.p) != 0)
		return err_set(e, ERR_CONFIG, "%.*s: can't be read, or has more than %d bytes", STR_ARG(path), FILE_MAX);
	*out = buf_str(&text);
	return 0;
}

/* "{{include NAME}}" at the start of text: its name, and text behind it. */
static bool take_tag(struct str *text, const char *word, struct str *name)
{
	struct str tag;
	const char *end;
	size_t n = strlen(word);

	if (text->n < n || memcmp(text->p, word, n) != 0)
		return false;
	end = memmem(text->p, text->n, "}}", 2);
	if (end == NULL)
		return false;
	tag = (struct str){ text->p + n, (size_t)(end - text->p) - n };
	*name = str_trim(tag);
	*text = (struct str){ end + 2, text->n - (size_t)(end + 2 - text->p) };
	return true;
}

static int join(struct joining *j, struct str text, struct err *e)
{
	struct str name, part;
	const char *at;

	if (++j->depth > INCLUDE_DEPTH)
		return err_set(e, ERR_CONFIG, "templates include each other more than %d deep", INCLUDE_DEPTH);
	while ((at = memmem(text.p, text.n, "{{", 2)) != NULL) {
		buf_add(j->out, text.p, (size_t)(at - text.p));
		text = (struct str){ at, text.n - (size_t)(at - text.p) };
		if (take_tag(&text, "{{include ", &name)) {
			if (read_template(j, name, &part, e) != 0 || join(j, part, e) != 0)
				return -1;
		} else if (take_tag(&text, "{{content", &name)) {
			if (join(j, j->content, e) != 0)
				return -1;
		} else {
			buf_add_cstr(j->out, "{{");
			text = (struct str){ text.p + 2, text.n - 2 };
		}
	}
	buf_add_str(j->out, text);
	j->depth--;
	return j->out->overflow ? err_set(e, ERR_CONFIG, "a page has more than %d bytes", FILE_MAX) : 0;
}

static int whole_text(struct arena *a, struct str dir, struct str name, struct buf *out, struct err *e)
{
	struct joining j = { .a = a, .dir = dir, .out = out };
	struct str text, layout;

	if (read_template(&j, name, &text, e) != 0)
		return -1;
	if (take_tag(&text, "{{layout ", &layout)) {
		j.content = str_trim(text);
		if (read_template(&j, layout, &text, e) != 0)
			return -1;
	}
	return join(&j, text, e);
}

static int load_page(struct arena *a, struct str dir, const char *name, struct pages *p, struct err *e)
{
	struct faults *f = arena_new_of(a, struct faults);
	const struct tmpl *t;
	struct buf text;

	faults_init(f, a);
	buf_in(&text, a, FILE_MAX);
	if (whole_text(a, dir, str_of(name), &text, e) != 0)
		return -1;
	if (tmpl_compile(a, TMPL_HTML, buf_str(&text), NULL, PATH_ROOT, f, &t) != 0)
		return err_set(e, ERR_CONFIG, "%s.html: %.*s", name, STR_ARG(f->list[0].detail));
	map_put(p->by_name, str_of(name), (void *)(uintptr_t)t);
	return 0;
}

int pages_load(struct arena *a, struct str dir, const char *const *names, struct pages **out, struct err *e)
{
	*out = arena_new_of(a, struct pages);
	(*out)->by_name = map_new(a);
	for (; *names != NULL; names++)
		if (load_page(a, dir, *names, *out, e) != 0)
			return -1;
	return 0;
}

static struct str policy_text(struct arena *a, const struct page_policy *policy)
{
	struct buf b;

	buf_in(&b, a, POLICY_MAX);
	buf_add_cstr(&b, "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'");
	if (policy != NULL && policy->leads_off)
		buf_add_cstr(&b, " https: http:");
	buf_add_cstr(&b, "; base-uri 'none'");
	if (policy != NULL && policy->scripts)
		buf_add_cstr(&b, "; script-src 'self'; connect-src 'self'");
	buf_add_cstr(&b, "; frame-ancestors");
	if (policy == NULL || policy->n_ancestors == 0)
		buf_add_cstr(&b, " 'none'");
	for (size_t i = 0; policy != NULL && i < policy->n_ancestors; i++)
		buf_addf(&b, " %.*s", STR_ARG(policy->ancestors[i]));
	return buf_str(&b);
}

int page_send(const struct pages *p, struct resp *r, int status, const char *name, const struct value *root, const struct page_policy *policy,
    struct err *e)
{
	struct tmpl_scope scope = { .root = root, .now_us = clock_wall_us() };
	const struct tmpl *t = map_get(p->by_name, str_of(name));

	if (t == NULL)
		return err_set(e, ERR_INTERNAL, "the page %s was not loaded", name);
	buf_clear(&r->body);
	if (tmpl_render(r->arena, t, &scope, &r->body, e) != TMPL_DONE) {
		e->kind = ERR_INTERNAL;
		return -1;
	}
	r->status = status;
	r->content_type = STR("text/html; charset=utf-8");
	resp_set_header(r, "Content-Security-Policy", policy_text(r->arena, policy));
	resp_set_header(r, "Cache-Control", STR("no-store"));
	resp_set_header(r, "Referrer-Policy", STR("strict-origin-when-cross-origin"));
	return 0;
}

int page_problem(const struct pages *p, struct resp *r, const struct req *q, const char *name, const struct err *e)
{
	struct value root = page_object();
	const char *title, *detail;
	int status = resp_status_of(e->kind);
	struct err why = { 0 };

	resp_words(e, &title, &detail);
	page_set(q->arena, &root, "status", value_int(q->arena, status));
	page_set(q->arena, &root, "title", value_text(str_of(title)));
	page_set(q->arena, &root, "detail", value_text(str_of(detail)));
	page_set(q->arena, &root, "request_id", value_text(q->request_id));
	r->log_code = e->code != NULL ? e->code : err_kind_name(e->kind);
	if (status == 503)
		resp_set_header(r, "Retry-After", STR("1"));
	return page_send(p, r, status, name, &root, NULL, &why);
}

bool page_is_wanted(const struct req *q)
{
	return str_contains(req_header(q, "accept"), STR("text/html")) && !str_is(q->content_type, "application/json");
}

struct value page_object(void)
{
	return value_object(NULL, 0);
}

struct value page_list(void)
{
	return value_list(NULL, 0);
}

/* Room is always a power of two, so how much there is need not be kept. */
static void *with_room(struct arena *a, void *list, size_t n, size_t size)
{
	void *more;

	if (n >= ROOM_FIRST ? (n & (n - 1)) != 0 : n > 0)
		return list;
	more = arena_array(a, n > 0 ? 2 * n : ROOM_FIRST, size);
	if (n > 0)
		memcpy(more, list, n * size);
	return more;
}

void page_set(struct arena *a, struct value *object, const char *name, struct value v)
{
	object->members = with_room(a, object->members, object->n, sizeof(*object->members));
	object->members[object->n++] = (struct member){ str_of(name), v };
}

struct value *page_add(struct arena *a, struct value *list)
{
	list->items = with_room(a, list->items, list->n, sizeof(*list->items));
	list->items[list->n] = page_object();
	return &list->items[list->n++];
}
