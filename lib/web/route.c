#include "lib/web/web.h"

enum { ALLOW_MAX = 128 };

static bool is_hex(char c)
{
	return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'f');
}

/* An escape, and none of a dot, a slash or a NUL. */
static bool is_plain_escape(const char *p, size_t n)
{
	if (n < 3 || !is_hex(p[1]) || !is_hex(p[2]))
		return false;
	if (p[1] == '2')
		return (p[2] | 0x20) != 'e' && (p[2] | 0x20) != 'f';
	return p[1] != '0' || p[2] != '0';
}

/* What a web server might fold or decode differently than we would is nowhere: no second spelling of any address. */
static bool is_plain(struct str path)
{
	bool well_known = str_starts(path, STR("/.well-known/"));

	if (path.n == 0 || path.p[0] != '/')
		return false;
	for (size_t i = 0; i < path.n; i++) {
		unsigned char c = (unsigned char)path.p[i];

		if (c <= ' ' || c >= 0x7f || c == '\\')
			return false;
		if (c == '/' && i + 1 < path.n && (path.p[i + 1] == '/' || (path.p[i + 1] == '.' && !(i == 0 && well_known))))
			return false;
		if (c == '%' && !is_plain_escape(path.p + i, path.n - i))
			return false;
	}
	return true;
}

static int hex_value(char c)
{
	return c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10;
}

/*
 * What RFC 3986 lets stand in a segment as it is, but clients escape as well ("seller%3Aacme"), is read as what it stands for. Letters, digits
 * and - . _ ~ need no escape in any client: with one they stay another name, and so does all that must be escaped.
 */
static struct str param_of(struct arena *a, struct str got)
{
	char *p;
	size_t n = 0;

	if (memchr(got.p, '%', got.n) == NULL)
		return got;
	p = arena_alloc(a, got.n);
	for (size_t i = 0; i < got.n; i++) {
		int c = got.p[i] == '%' ? hex_value(got.p[i + 1]) << 4 | hex_value(got.p[i + 2]) : 0;

		if (c != 0 && strchr("!$&'()*+,;=:@", c) != NULL) {
			p[n++] = (char)c;
			i += 2;
		} else {
			p[n++] = got.p[i];
		}
	}
	return (struct str){ p, n };
}

/* Segment by segment; the last of both must be the last of each. */
static bool matches(const char *pattern, struct str path, struct req *q)
{
	struct str p = str_of(pattern), want, got;
	int n = 0;

	for (;;) {
		bool more = str_split(&p, '/', &want), has = str_split(&path, '/', &got);

		if (!more || !has)
			return more == has;
		if (want.n > 0 && want.p[0] == ':') {
			if (got.n == 0 || n == ROUTE_PARAMS_MAX)
				return false;
			q->route_params[n++] = param_of(q->arena, got);
		} else if (!str_eq(want, got)) {
			return false;
		}
	}
}

enum route_found route_find(const struct route *routes, size_t n, struct req *q, const struct route **out, struct str *allow_out)
{
	struct buf allow;
	bool path_known = false;

	if (!is_plain(q->path))
		return ROUTE_NONE;
	buf_in(&allow, q->arena, ALLOW_MAX);
	for (size_t i = 0; i < n; i++) {
		bool get = strcmp(routes[i].method, "GET") == 0;

		if (!matches(routes[i].path, q->path, q))
			continue;
		if (str_is(q->method, routes[i].method) || (get && str_is(q->method, "HEAD"))) {
			*out = &routes[i];
			return ROUTE_OK;
		}
		path_known = true;
		if (allow.n > 0)
			buf_add_cstr(&allow, ", ");
		buf_add_cstr(&allow, get ? "GET, HEAD" : routes[i].method);
	}
	*allow_out = buf_str(&allow);
	return path_known ? ROUTE_METHOD : ROUTE_NONE;
}
