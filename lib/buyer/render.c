/*
 * render: a step and what is known of a lead make a call.
 */
#include "lib/buyer/compiled.h"
#include "lib/buyer/naming.h"
#include "lib/buyer/url.h"

#include <stdio.h>

/* Puts the place in front of what is wrong, so that an operator finds the member. */
static void say_where(struct err *e, const char *member, struct str name)
{
	char what[sizeof(e->msg)];

	if (e == NULL)
		return;
	memcpy(what, e->msg, sizeof(what));
	if (name.n > 0)
		snprintf(e->msg, sizeof(e->msg), "%s/%.*s: %.160s", member, (int)(name.n < 64 ? name.n : 64), name.p, what);
	else
		snprintf(e->msg, sizeof(e->msg), "%s: %.200s", member, what);
}

enum tmpl_result render_refuse(const struct renderer *r, const char *member, struct str name, const char *why)
{
	if (why != NULL)
		err_set(r->e, ERR_INVALID, "%s", why);
	say_where(r->e, member, name);
	return TMPL_REFUSED;
}

enum tmpl_result render_text(const struct renderer *r, const struct tmpl *t, size_t limit, const char *member, struct str name,
    struct str *out)
{
	enum tmpl_result result;
	struct buf b;

	buf_in(&b, r->arena, limit);
	result = tmpl_render(r->arena, t, r->scope, &b, r->e);
	*out = buf_str(&b);
	if (result == TMPL_FULL)
		err_set(r->e, ERR_TOO_LARGE, "is larger than %zu bytes", limit);
	if (result == TMPL_FULL || result == TMPL_REFUSED)
		say_where(r->e, member, name);
	return result;
}

/* Bytes of other scripts that the template itself holds: a URL is ASCII. */
static struct str ascii_url(struct arena *a, struct str url)
{
	struct buf b;

	buf_in(&b, a, 3 * url.n + 1);
	for (size_t i = 0; i < url.n; i++)
		if ((unsigned char)url.p[i] < 0x80)
			buf_add_char(&b, url.p[i]);
		else
			buf_addf(&b, "%%%02X", (unsigned char)url.p[i]);
	return buf_str(&b);
}

/* The URL without its fragment, and then the query. */
static enum tmpl_result render_url(const struct renderer *r, const struct step *s, struct str *out)
{
	enum tmpl_result result;
	const char *before;
	struct buf b;

	result = render_text(r, s->url, URL_MAX, "url", (struct str){ NULL, 0 }, out);
	if (result != TMPL_DONE)
		return result == TMPL_ABSENT ? render_refuse(r, "url", (struct str){ NULL, 0 }, "is empty") : result;
	if (memchr(out->p, '#', out->n) != NULL)
		out->n = (size_t)((const char *)memchr(out->p, '#', out->n) - out->p);
	if (url_has_dots(*out))
		return render_refuse(r, "url", (struct str){ NULL, 0 }, "a value makes a path segment of dots");
	buf_in(&b, r->arena, URL_MAX);
	buf_add_str(&b, ascii_url(r->arena, *out));
	before = memchr(out->p, '?', out->n) == NULL ? "?" : out->p[out->n - 1] == '?' || out->p[out->n - 1] == '&' ? "" : "&";
	result = pairs_render(r, &s->query, "query", true, before, &b);
	*out = buf_str(&b);
	return result;
}

static enum tmpl_result render_headers(struct renderer *r, const struct step *s)
{
	for (size_t i = 0; i < s->n_headers; i++) {
		struct str value;
		enum tmpl_result result = render_text(r, s->headers[i].t, HEADER_MAX, "headers", s->headers[i].name, &value);

		if (result == TMPL_ABSENT)
			continue;
		if (result != TMPL_DONE)
			return result;
		header_add(r, s->headers[i].name, value);
	}
	return TMPL_DONE;
}

static enum tmpl_result render_call(struct renderer *r, const struct step *s, struct http_call *out)
{
	enum tmpl_result result;

	if (s->handover.kind != HANDOVER_NONE)
		return handover_render(r, &s->handover, out);
	if ((result = render_url(r, s, &out->url)) != TMPL_DONE)
		return result;
	if ((result = body_render(r, &s->body, &out->body)) != TMPL_DONE)
		return result;
	if ((result = render_headers(r, s)) != TMPL_DONE)
		return result;
	if ((result = body_headers(r, &s->body)) != TMPL_DONE)
		return result;
	return auth_render(r, s, out->body);
}

/* The scope without what may not leave in a ping, for steps that send lists or objects whole. */
static struct tmpl_scope pruned(struct arena *a, const struct step *s, const struct tmpl_scope *scope)
{
	struct value *root = arena_new_of(a, struct value);
	struct member *members = arena_array_of(a, scope->root->n, struct member);
	struct tmpl_scope out = *scope;

	*root = *scope->root;
	root->members = members;
	for (size_t i = 0; i < root->n; i++) {
		members[i] = scope->root->members[i];
		if (str_is(members[i].name, "lead"))
			members[i].value = naming_prune(a, s->vertical->fields, s->vertical->n_fields, &members[i].value);
	}
	out.root = root;
	return out;
}

enum step_render step_render(struct arena *a, const struct step *s, const struct tmpl_scope *scope, struct http_call *out,
    struct err *e)
{
	struct tmpl_scope narrow = s->prune ? pruned(a, s, scope) : *scope;
	struct renderer r = { .arena = a, .scope = &narrow, .e = e, .headers = &out->headers };

	*out = (struct http_call){ .method = s->method, .timeout_ms = s->timeout_ms, .once = s->kind == STEP_POST && !s->notice,
		.max_reply = REPLY_MAX };
	switch (render_call(&r, s, out)) {
	case TMPL_DONE:
		return STEP_RENDERED;
	case TMPL_REFUSED:
		return STEP_REFUSED;
	default:
		return STEP_RENDER_FAILED;
	}
}
