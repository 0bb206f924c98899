#include "lib/conf/kind.h"

#include <arpa/inet.h>

enum { HOST_MAX = 253 };

static bool printable(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if ((unsigned char)s.p[i] < 0x20 || s.p[i] == 0x7f)
			return false;
	return true;
}

static bool is_level(struct str s)
{
	return str_is(s, "debug") || str_is(s, "info") || str_is(s, "warn") || str_is(s, "error");
}

static bool is_url(struct str *s)
{
	struct str host = *s;
	size_t n = 0;

	while (s->n > 0 && s->p[s->n - 1] == '/')
		s->n--;
	if (str_starts(*s, STR("https://")))
		host = (struct str){ s->p + 8, s->n - 8 };
	else if (str_starts(*s, STR("http://")))
		host = (struct str){ s->p + 7, s->n - 7 };
	else
		return false;
	while (n < host.n && host.p[n] != '/')
		n++;
	host.n = n;
	if (host.n == 0 || host.n > HOST_MAX || str_contains(host, STR("@")))
		return false;
	for (size_t i = 0; i < s->n; i++)
		if (s->p[i] <= ' ' || s->p[i] == '?' || s->p[i] == '#')
			return false;
	return true;
}

static bool is_network(struct str s)
{
	unsigned char bytes[sizeof(struct in6_addr)];
	char address[INET6_ADDRSTRLEN];
	int64_t bits = 0;
	struct str a;
	bool v6;

	if (!str_split(&s, '/', &a) || a.n == 0 || a.n >= sizeof(address))
		return false;
	memcpy(address, a.p, a.n);
	address[a.n] = '\0';
	v6 = strchr(address, ':') != NULL;
	if (inet_pton(v6 ? AF_INET6 : AF_INET, address, bytes) != 1)
		return false;
	return s.p == NULL || (str_to_i64(s, &bits) && bits >= 0 && bits <= (v6 ? 128 : 32));
}

/* An address that a mail server could be told: one @ with something on both sides, no mark-up, ASCII. */
static bool is_mailbox(struct str s)
{
	size_t ats = 0;

	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] <= ' ' || s.p[i] > '~' || s.p[i] == '<' || s.p[i] == '>')
			return false;
		ats += s.p[i] == '@';
	}
	return ats == 1 && s.p[0] != '@' && s.p[s.n - 1] != '@';
}

/* Each of a list with spaces or commas between. */
static bool are(struct str s, bool (*is)(struct str one))
{
	size_t from = 0;

	for (size_t i = 0; i <= s.n; i++) {
		if (i < s.n && s.p[i] != ' ' && s.p[i] != ',' && s.p[i] != '\t')
			continue;
		if (i > from && !is((struct str){ s.p + from, i - from }))
			return false;
		from = i + 1;
	}
	return true;
}

const char *kind_check(enum kind kind, struct str *text)
{
	if (!printable(*text))
		return "is to be one line of printable text";
	switch (kind) {
	case KIND_URL:
		return text->n == 0 || is_url(text) ? NULL : "is to be https://host, or http://host:port, without user, query or fragment";
	case KIND_MAILBOXES:
		return are(*text, is_mailbox) ? NULL : "is to be addresses such as ops@example.com, without names";
	case KIND_NETWORKS:
		return are(*text, is_network) ? NULL : "is to be addresses and networks, such as 10.0.0.0/8 ::1";
	case KIND_LEVEL:
		return is_level(*text) ? NULL : "is to be debug, info, warn or error";
	default:
		return NULL;
	}
}

bool kind_number(struct str text, int min, int max, int *out)
{
	int64_t i;

	if (!str_to_i64(text, &i) || i < min || i > max)
		return false;
	*out = (int)i;
	return true;
}
