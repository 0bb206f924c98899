#include "lib/web/web.h"

enum { ALLOW_MAX = 128 };

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
		if (c != '%')
			continue;
		if (i + 2 >= path.n)
			return false;
		if ((path.p[i + 1] == '2' && ((path.p[i + 2] | 0x20) == 'e' || (path.p[i + 2] | 0x20) == 'f')) ||
		    (path.p[i + 1] == '0' && path.p[i + 2] == '0'))
			return false;
	}
	return true;
}

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
			q->route_params[n++] = got;
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
