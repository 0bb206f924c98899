#include "lib/lead/field.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include "lib/base/utf8.h"

/* The types that say where somebody can be reached: e-mail, telephone, addresses of the net. */

enum { EMAIL_MAX = 254, LOCAL_MAX = 64, URL_MAX = 2048, UUID_LEN = 36 };

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_alnum(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || is_digit(c);
}

static char *lower_copy(struct arena *a, struct str s)
{
	char *copy = arena_copy(a, s.p, s.n);

	for (size_t i = 0; i < s.n; i++)
		if (copy[i] >= 'A' && copy[i] <= 'Z')
			copy[i] = (char)(copy[i] + ('a' - 'A'));
	return copy;
}

/* RFC 5321's dot-string. Quoted local parts are legal but never a consumer's. */
static bool is_local(struct str s)
{
	if (s.n == 0 || s.n > LOCAL_MAX || s.p[0] == '.' || s.p[s.n - 1] == '.')
		return false;
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];

		if (c == '.' ? s.p[i + 1] == '.' : !is_alnum(c) && (c == '\0' || strchr("!#$%&'*+-/=?^_`{|}~", c) == NULL))
			return false;
	}
	return true;
}

const char *field_email(const struct field_check *c, const struct field *f, struct str s, struct value *out)
{
	static const char right[] = "an e-mail address such as name@example.com";
	const char *at = memrchr(s.p, '@', s.n);
	struct str local, domain;

	(void)f;
	if (at == NULL)
		return right;
	local = (struct str){ s.p, (size_t)(at - s.p) };
	domain = (struct str){ at + 1, s.n - local.n - 1 };
	if (!is_local(local) || !utf8_domain(c->arena, domain, &domain))
		return right;
	if (local.n + 1 + domain.n > EMAIL_MAX)
		return right;
	*out = value_text(arena_printf(c->arena, "%.*s@%.*s", (int)local.n, lower_copy(c->arena, local), STR_ARG(domain)));
	return NULL;
}

/* The digits of a number that people write with spaces, dots, dashes, slashes and brackets. */
static bool take_digits(struct str s, char *digits, size_t max, size_t *n_out)
{
	size_t n = 0;

	for (size_t i = 0; i < s.n; i++) {
		if (is_digit(s.p[i])) {
			if (n == max)
				return false;
			digits[n++] = s.p[i];
		} else if (s.p[i] == '\0' || strchr(" .-()/", s.p[i]) == NULL) {
			return false;
		}
	}
	*n_out = n;
	return true;
}

/* North American numbers: area code and exchange begin with 2 to 9. */
const char *field_phone(const struct field_check *c, const struct field *f, struct str s, struct value *out)
{
	static const char right[] = "a telephone number: ten digits, or + and country code";
	bool plus = s.p[0] == '+';
	char digits[15], *national = digits;
	size_t n;

	(void)f;
	if (plus)
		s = (struct str){ s.p + 1, s.n - 1 };
	if (!take_digits(s, digits, sizeof(digits), &n) || n < 7)
		return right;
	if (plus && digits[0] != '1') {
		*out = value_text(arena_printf(c->arena, "+%.*s", (int)n, digits));
		return digits[0] == '0' ? right : NULL;
	}
	if (n == 11 && digits[0] == '1') {
		national++;
		n--;
	} else if (plus) {
		return right;
	}
	if (n != 10 || national[0] < '2' || national[3] < '2')
		return right;
	*out = value_text(arena_printf(c->arena, "+1%.*s", (int)n, national));
	return NULL;
}

static bool is_port(struct str s)
{
	int64_t port;

	return s.n > 0 && s.n <= 5 && is_digit(s.p[0]) && str_to_i64(s, &port) && port > 0 && port <= 65535;
}

static bool is_host_byte(char c)
{
	return is_alnum(c) || c == '-' || c == '.' || c == '_' || (c & 0x80) != 0;
}

/* host or host:port or [v6]:port */
static bool is_authority(struct str s)
{
	unsigned char v6[sizeof(struct in6_addr)];
	char text[INET6_ADDRSTRLEN];
	const char *end;
	size_t host = 0;

	if (s.n > 0 && s.p[0] == '[') {
		end = memchr(s.p, ']', s.n);
		if (end == NULL || (size_t)(end - s.p) > sizeof(text))
			return false;
		memcpy(text, s.p + 1, (size_t)(end - s.p) - 1);
		text[end - s.p - 1] = '\0';
		host = (size_t)(end - s.p) + 1;
		if (inet_pton(AF_INET6, text, v6) != 1)
			return false;
	} else {
		while (host < s.n && is_host_byte(s.p[host]))
			host++;
		if (host == 0 || s.p[0] == '.' || s.p[0] == '-')
			return false;
	}
	return host == s.n || (s.p[host] == ':' && is_port((struct str){ s.p + host + 1, s.n - host - 1 }));
}

const char *field_url(const struct field_check *c, const struct field *f, struct str s, struct value *out)
{
	static const char right[] = "an absolute http or https URL";
	struct str rest;
	size_t authority = 0;

	(void)c;
	(void)f;
	if (s.n > URL_MAX)
		return "at most 2048 bytes long";
	for (size_t i = 0; i < s.n; i++)
		if ((unsigned char)s.p[i] <= ' ' || s.p[i] == 0x7f || strchr("<>\"\\^`{|}", s.p[i]) != NULL)
			return right;
	if (s.n > 7 && str_eq_nocase((struct str){ s.p, 7 }, STR("http://")))
		rest = (struct str){ s.p + 7, s.n - 7 };
	else if (s.n > 8 && str_eq_nocase((struct str){ s.p, 8 }, STR("https://")))
		rest = (struct str){ s.p + 8, s.n - 8 };
	else
		return right;
	while (authority < rest.n && strchr("/?#", rest.p[authority]) == NULL)
		authority++;
	if (memchr(rest.p, '@', authority) != NULL)
		return "a URL without user information";
	*out = value_text(s);
	return is_authority((struct str){ rest.p, authority }) ? NULL : right;
}

const char *field_ip(const struct field_check *c, const struct field *f, struct str s, struct value *out)
{
	static const char right[] = "an IPv4 or IPv6 address";
	unsigned char bytes[sizeof(struct in6_addr)];
	char text[INET6_ADDRSTRLEN];
	int family;

	(void)f;
	if (s.n >= sizeof(text) || memchr(s.p, '\0', s.n) != NULL)
		return right;
	memcpy(text, s.p, s.n);
	text[s.n] = '\0';
	family = strchr(text, ':') != NULL ? AF_INET6 : AF_INET;
	if (inet_pton(family, text, bytes) != 1 || inet_ntop(family, bytes, text, sizeof(text)) == NULL)
		return right;
	*out = value_text(arena_str(c->arena, str_of(text)));
	return NULL;
}

const char *field_uuid(const struct field_check *c, const struct field *f, struct str s, struct value *out)
{
	static const char right[] = "a UUID of 36 characters";

	(void)f;
	if (s.n != UUID_LEN)
		return right;
	for (size_t i = 0; i < s.n; i++) {
		bool dash = i == 8 || i == 13 || i == 18 || i == 23;
		char c_i = s.p[i];

		if (dash ? c_i != '-' : !is_digit(c_i) && !(c_i >= 'a' && c_i <= 'f') && !(c_i >= 'A' && c_i <= 'F'))
			return right;
	}
	*out = value_text((struct str){ lower_copy(c->arena, s), s.n });
	return NULL;
}
