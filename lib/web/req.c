#include "lib/web/req.h"

#include <arpa/inet.h>
#include <ctype.h>

#include "lib/base/clock.h"

enum { REQUEST_ID_MAX = 64, HEADER_NAME_MAX = 128, FORWARDED_MAX = 16 };

struct str req_header(const struct req *r, const char *name)
{
	struct str want = str_of(name);

	for (size_t i = 0; i < r->headers.n; i++)
		if (str_eq(r->headers.list[i].name, want))
			return r->headers.list[i].value;
	return (struct str){ "", 0 };
}

int req_query(struct req *r, struct form *out, struct err *e)
{
	return form_parse(r->arena, r->query, out, e);
}

/* HTTP_X_API_KEY becomes x-api-key; CONTENT_TYPE and CONTENT_LENGTH stand without the prefix. */
static void add_header(struct req *q, struct str name, struct str value)
{
	char *lower;

	if (name.n > HEADER_NAME_MAX || q->headers.n == REQ_HEADERS)
		return;
	lower = arena_copy(q->arena, name.p, name.n);
	for (size_t i = 0; i < name.n; i++)
		lower[i] = lower[i] == '_' ? '-' : (char)tolower((unsigned char)lower[i]);
	q->headers.list[q->headers.n++] = (struct http_header){ { lower, name.n }, value };
}

static void set_content_type(struct req *q, struct str value)
{
	struct str rest = value, type;
	char *lower;

	str_split(&rest, ';', &type);
	type = str_trim(type);
	lower = arena_copy(q->arena, type.p, type.n);
	for (size_t i = 0; i < type.n; i++)
		lower[i] = (char)tolower((unsigned char)lower[i]);
	q->content_type = (struct str){ lower, type.n };
}

static void set_uri(struct req *q, struct str uri)
{
	const char *mark = memchr(uri.p, '?', uri.n);

	q->path = mark == NULL ? uri : (struct str){ uri.p, (size_t)(mark - uri.p) };
	q->query = mark == NULL ? (struct str){ "", 0 } : (struct str){ mark + 1, uri.n - (size_t)(mark + 1 - uri.p) };
}

static bool is_request_id(struct str s)
{
	if (s.n == 0 || s.n > REQUEST_ID_MAX)
		return false;
	for (size_t i = 0; i < s.n; i++)
		if (!isalnum((unsigned char)s.p[i]) && s.p[i] != '.' && s.p[i] != '_' && s.p[i] != '-')
			return false;
	return true;
}

void req_param(struct req *q, struct str name, struct str value)
{
	if (str_starts(name, STR("HTTP_"))) {
		add_header(q, (struct str){ name.p + 5, name.n - 5 }, value);
	} else if (str_is(name, "REQUEST_METHOD")) {
		q->method = value;
	} else if (str_is(name, "REQUEST_URI")) {
		set_uri(q, value);
	} else if (str_is(name, "CONTENT_TYPE")) {
		set_content_type(q, value);
	} else if (str_is(name, "REMOTE_ADDR")) {
		q->remote_addr = value;
	} else if (str_is(name, "HTTPS")) {
		q->https = value.n > 0 && !str_eq_nocase(value, STR("off"));
	}
}

static bool parse_address(struct str text, uint8_t out[16])
{
	char s[INET6_ADDRSTRLEN];

	text = str_trim(text);
	if (text.n == 0 || text.n >= sizeof(s))
		return false;
	memcpy(s, text.p, text.n);
	s[text.n] = '\0';
	memset(out, 0, 16);
	if (inet_pton(AF_INET6, s, out) == 1)
		return true;
	out[10] = out[11] = 0xff;
	return inet_pton(AF_INET, s, out + 12) == 1;
}

static bool in_network(const uint8_t address[16], struct str network)
{
	struct str rest = network, base;
	uint8_t net[16];
	int64_t bits = 128;

	str_split(&rest, '/', &base);
	if (!parse_address(base, net))
		return false;
	if (base.n < network.n) {
		if (!str_to_i64(rest, &bits))
			return false;
		if (memchr(base.p, ':', base.n) == NULL)
			bits += 96;
	}
	for (int i = 0; i < 16 && bits > 0; i++, bits -= 8) {
		uint8_t mask = bits >= 8 ? 0xff : (uint8_t)(0xff << (8 - bits));

		if ((address[i] ^ net[i]) & mask)
			return false;
	}
	return true;
}

bool req_address_in(struct str address, struct str networks)
{
	uint8_t bytes[16];
	struct str part;

	if (!parse_address(address, bytes))
		return false;
	for (size_t i = 0; i < networks.n;) {
		size_t start = i;

		while (i < networks.n && networks.p[i] != ',' && networks.p[i] != ' ')
			i++;
		part = (struct str){ networks.p + start, i - start };
		i++;
		if (part.n > 0 && in_network(bytes, part))
			return true;
	}
	return false;
}

/* The last address of X-Forwarded-For that is not a proxy of ours: everything before it may be made up. */
static void believe_proxies(struct req *q, struct str trusted)
{
	struct str list = req_header(q, "x-forwarded-for"), hops[FORWARDED_MAX], hop;
	uint8_t bytes[16];
	size_t n = 0;

	if (trusted.n == 0 || list.n == 0 || !req_address_in(q->remote_addr, trusted))
		return;
	while (str_split(&list, ',', &hop)) {
		if (n == FORWARDED_MAX) {
			memmove(hops, hops + 1, (FORWARDED_MAX - 1) * sizeof(hops[0]));
			n--;
		}
		hops[n++] = str_trim(hop);
	}
	while (n > 0 && parse_address(hops[n - 1], bytes)) {
		q->remote_addr = hops[n - 1];
		if (!req_address_in(q->remote_addr, trusted))
			break;
		n--;
	}
	if (str_eq_nocase(req_header(q, "x-forwarded-proto"), STR("https")))
		q->https = true;
}

void req_begin(struct req *q, struct arena *a, int64_t start_us)
{
	*q = (struct req){ .arena = a, .start_us = start_us, .wall_us = clock_wall_us(), .method = { "", 0 }, .path = { "", 0 },
		.query = { "", 0 }, .body = { "", 0 }, .content_type = { "", 0 }, .remote_addr = { "", 0 }, .traceparent = { "", 0 } };
	q->id = id_new(q->wall_us);
	q->headers.list = arena_array_of(a, REQ_HEADERS, struct http_header);
}

void req_finish_head(struct req *q, struct str trusted_proxies)
{
	struct str theirs = req_header(q, "x-request-id");

	q->request_id = is_request_id(theirs) ? theirs : id_text(q->arena, "req", q->id);
	q->traceparent = req_header(q, "traceparent");
	believe_proxies(q, trusted_proxies);
}
