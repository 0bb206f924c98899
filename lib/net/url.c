#include <curl/curl.h>
#include <string.h>

#include "lib/net/url.h"

static bool no(const char **why, const char *reason)
{
	if (why != NULL)
		*why = reason;
	return false;
}

static size_t scheme_length(struct str url)
{
	if (url.n > 8 && str_eq_nocase((struct str){ url.p, 8 }, STR("https://")))
		return 8;
	if (url.n > 7 && str_eq_nocase((struct str){ url.p, 7 }, STR("http://")))
		return 7;
	return 0;
}

static bool is_host_byte(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')
	    || c == '.' || c == '-' || c == '_' || c == ':' || c == '[' || c == ']';
}

bool url_scan(struct str url, struct str *origin_out, const char **why)
{
	size_t at = scheme_length(url), host = at;

	if (at == 0)
		return no(why, "must begin with https:// or http://");
	if (url.n > URL_MAX)
		return no(why, "is longer than 8192 bytes");
	for (; at < url.n && url.p[at] != '/' && url.p[at] != '?' && url.p[at] != '#'; at++) {
		if (url.p[at] == '@')
			return no(why, "must not hold user information");
		if (!is_host_byte(url.p[at]))
			return no(why, "has a byte in its host that is no letter, digit, dot or hyphen (write other names as A-labels)");
	}
	if (at == host)
		return no(why, "has no host");
	if (at > URL_ORIGIN_MAX)
		return no(why, "has a host that is too long");
	*origin_out = (struct str){ url.p, at };
	for (; at < url.n; at++)
		if (url.p[at] <= ' ' || url.p[at] > '~')
			return no(why, "has a byte that must be percent-encoded");
	return true;
}

static bool take(CURLU *u, CURLUPart part, unsigned flags, char *out, size_t size)
{
	char *text = NULL;
	size_t n;
	bool fits;

	if (curl_url_get(u, part, &text, flags) != CURLUE_OK)
		return false;
	n = strlen(text);
	fits = n > 0 && n < size;
	if (fits)
		memcpy(out, text, n + 1);
	curl_free(text);
	return fits;
}

/* "[::1]" to "::1". */
static void strip_brackets(char *name)
{
	size_t n = strlen(name);

	if (n < 2 || name[0] != '[')
		return;
	memmove(name, name + 1, n - 2);
	name[n - 2] = '\0';
}

bool url_place(struct str origin, struct url_place *out, const char **why)
{
	char text[URL_ORIGIN_MAX + 2], scheme[8];
	CURLU *u;
	bool good;

	*out = (struct url_place){ 0 };
	if (origin.n > URL_ORIGIN_MAX)
		return no(why, "has a host that is too long");
	memcpy(text, origin.p, origin.n);
	text[origin.n] = '/';
	text[origin.n + 1] = '\0';
	u = curl_url();
	if (u == NULL)
		return no(why, "can't be read: out of memory");
	good = curl_url_set(u, CURLUPART_URL, text, 0) == CURLUE_OK
	    && take(u, CURLUPART_SCHEME, 0, scheme, sizeof(scheme))
	    && take(u, CURLUPART_HOST, 0, out->name, sizeof(out->name))
	    && take(u, CURLUPART_PORT, CURLU_DEFAULT_PORT, out->port, sizeof(out->port));
	curl_url_cleanup(u);
	if (!good || strcmp(out->port, "0") == 0)
		return no(why, "has no valid host or port");
	out->plain = strcmp(scheme, "http") == 0;
	strip_brackets(out->name);
	if (out->name[strlen(out->name) - 1] == '.')
		return no(why, "has a host that ends in a dot");
	out->literal = network_address(str_of(out->name), out->address);
	return true;
}
