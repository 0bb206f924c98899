#include "lib/buyer/url.h"

#include <string.h>

enum { PORT_MAX = 65535, HOST_MAX = 253 };

/* The part behind the scheme, or false. */
static bool skip_scheme(struct str url, struct str *rest)
{
	static const char *const schemes[] = { "http://", "https://" };

	for (size_t i = 0; i < 2; i++) {
		struct str scheme = str_of(schemes[i]);

		if (url.n >= scheme.n && str_eq_nocase((struct str){ url.p, scheme.n }, scheme)) {
			*rest = (struct str){ url.p + scheme.n, url.n - scheme.n };
			return true;
		}
	}
	return false;
}

/* Host and port: up to the path, the query or the fragment. */
static struct str authority_of(struct str rest)
{
	size_t n = 0;

	while (n < rest.n && rest.p[n] != '/' && rest.p[n] != '?' && rest.p[n] != '#')
		n++;
	return (struct str){ rest.p, n };
}

static bool is_host_char(unsigned char c)
{
	/* 0x80 on: an internationalised name is turned into A-labels when it is resolved. */
	if (memchr("-._", c, 3) != NULL || c >= 0x80)
		return true;
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

static bool port_ok(struct str port)
{
	int64_t n;

	return port.n == 0 || (port.p[0] != '-' && str_to_i64(port, &n) && n >= 1 && n <= PORT_MAX);
}

static bool bracketed_ok(struct str authority)
{
	const char *end = memchr(authority.p, ']', authority.n);
	size_t n = end != NULL ? (size_t)(end - authority.p) : 0;

	if (n < 3)
		return false;
	for (size_t i = 1; i < n; i++)
		if (strchr("0123456789abcdefABCDEF:.", authority.p[i]) == NULL || authority.p[i] == '\0')
			return false;
	if (n + 1 == authority.n)
		return true;
	return authority.p[n + 1] == ':' && port_ok((struct str){ authority.p + n + 2, authority.n - n - 2 });
}

static bool authority_ok(struct str authority)
{
	const char *colon;
	struct str host = authority;

	if (authority.n > 0 && authority.p[0] == '[')
		return bracketed_ok(authority);
	colon = authority.n > 0 ? memchr(authority.p, ':', authority.n) : NULL;
	if (colon != NULL) {
		host.n = (size_t)(colon - authority.p);
		if (!port_ok((struct str){ colon + 1, authority.n - host.n - 1 }))
			return false;
	}
	if (host.n == 0 || host.n > HOST_MAX || host.p[0] == '.')
		return false;
	for (size_t i = 0; i < host.n; i++)
		if (!is_host_char((unsigned char)host.p[i]))
			return false;
	return true;
}

bool url_is_absolute(struct str url)
{
	struct str rest, authority, at;

	if (!skip_scheme(url, &rest))
		return false;
	for (size_t i = 0; i < url.n; i++)
		if ((unsigned char)url.p[i] <= ' ' || url.p[i] == 0x7f || strchr("\"<>\\", url.p[i]) != NULL)
			return false;
	authority = authority_of(rest);
	at = authority;
	for (size_t i = 0; i < authority.n; i++)
		if (authority.p[i] == '@')
			at = (struct str){ authority.p + i + 1, authority.n - i - 1 };
	return authority_ok(at);
}

/* The first white space or control character outside of holes: inside them it parts a filter from its argument. */
static bool has_space_outside_holes(struct str s)
{
	bool inside = false;

	for (size_t i = 0; i < s.n; i++) {
		if (i + 1 < s.n && s.p[i] == '{' && s.p[i + 1] == '{')
			inside = true;
		else if (i > 0 && s.p[i] == '}' && s.p[i - 1] == '}')
			inside = false;
		else if (!inside && ((unsigned char)s.p[i] <= ' ' || s.p[i] == 0x7f))
			return true;
	}
	return false;
}

bool url_check_template(struct str url, const char **why_out)
{
	struct str rest, authority;

	*why_out = "must be absolute, http:// or https://";
	if (!skip_scheme(url, &rest))
		return false;
	authority = authority_of(rest);
	*why_out = "holes stand after the host alone";
	if (str_contains(authority, STR("{{")))
		return false;
	*why_out = "must not hold user information: that is what auth is for";
	if (memchr(authority.p, '@', authority.n) != NULL)
		return false;
	*why_out = "has no proper host and port";
	if (!authority_ok(authority))
		return false;
	*why_out = "holds white space: write it as %20";
	if (has_space_outside_holes(url))
		return false;
	*why_out = "must not hold '.' or '..' as a path segment";
	return !url_has_dots(url);
}

/* One path segment, read up to two characters once decoded: only "." and ".." matter. */
static bool segment_is_dots(struct str s)
{
	size_t dots = 0;

	for (size_t i = 0; i < s.n; dots++) {
		if (s.p[i] == '.')
			i++;
		else if (s.n - i >= 3 && s.p[i] == '%' && s.p[i + 1] == '2' && (s.p[i + 2] == 'e' || s.p[i + 2] == 'E'))
			i += 3;
		else
			return false;
	}
	return dots == 1 || dots == 2;
}

bool url_has_dots(struct str url)
{
	struct str rest, segment;

	if (!skip_scheme(url, &rest))
		return false;
	for (size_t i = 0; i < rest.n; i++)
		if (rest.p[i] == '?' || rest.p[i] == '#')
			rest.n = i;
	while (str_split(&rest, '/', &segment))
		if (segment_is_dots(segment))
			return true;
	return false;
}
