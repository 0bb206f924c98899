#include "lib/web/req.h"

#include <ctype.h>

#include "lib/base/clock.h"

enum { REQUEST_ID_MAX = 64, HEADER_NAME_MAX = 128, TRACEPARENT = 55 };

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

void req_fault(const struct req *r, const char *name, const char *code, const char *words)
{
	struct path at = path_member(PATH_ROOT, str_of(name));

	fault_add(r->faults, &at, code, "%s", words);
}

static bool is_one_of(const char *const *names, struct str name)
{
	while (*names != NULL && !str_is(name, *names))
		names++;
	return *names != NULL;
}

int req_query_checked(struct req *r, const struct req_parameters *known, struct form *out, struct err *e)
{
	if (req_query(r, out, e) != 0)
		return -1;
	for (size_t i = 0; i < out->n; i++) {
		const struct form_pair *p = &out->pairs[i];
		struct path at = path_member(PATH_ROOT, p->name.n <= known->most ? p->name : STR("…"));
		bool again = false;

		for (size_t k = 0; k < i; k++)
			again |= str_eq(out->pairs[k].name, p->name);
		if (!is_one_of(known->names, p->name))
			fault_add(r->faults, &at, "unknown_member", "%s", known->words);
		else if (p->value.n > known->most)
			fault_add(r->faults, &at, "invalid_field", "has at most %zu characters", known->most);
		else if (again && (known->many == NULL || !str_is(p->name, known->many)))
			fault_add(r->faults, &at, "invalid_field", "stands here twice");
	}
	return 0;
}

/* HTTP_X_API_KEY becomes x-api-key; CONTENT_TYPE and CONTENT_LENGTH stand without the prefix. */
static void add_header(struct req *q, struct str name, struct str value)
{
	char *lower;

	if (name.n == 0 || name.n > HEADER_NAME_MAX || q->headers.n == REQ_HEADERS)
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

/* The last address of X-Forwarded-For that is not a proxy of ours: everything before it may be made up. */
static void believe_proxies(struct req *q, const struct networks *trusted)
{
	struct str list = req_header(q, "x-forwarded-for"), hop;
	uint8_t address[NETWORK_ADDRESS];

	if (trusted->n == 0 || !network_address(q->remote_addr, address) || !networks_hold(trusted, address))
		return;
	if (str_eq_nocase(req_header(q, "x-forwarded-proto"), STR("https")))
		q->https = true;
	while (list.n > 0) {
		const char *comma = memrchr(list.p, ',', list.n);
		size_t at = comma != NULL ? (size_t)(comma - list.p) + 1 : 0;

		hop = str_trim((struct str){ list.p + at, list.n - at });
		list.n = comma != NULL ? at - 1 : 0;
		if (!network_address(hop, address))
			return;
		q->remote_addr = hop;
		if (!networks_hold(trusted, address))
			return;
	}
}

static bool is_hex(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!(s.p[i] >= '0' && s.p[i] <= '9') && !(s.p[i] >= 'a' && s.p[i] <= 'f'))
			return false;
	return true;
}

static bool is_zero(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] != '0')
			return false;
	return true;
}

/*
 * W3C Trace Context: 00-<32>-<16>-<2>, no id all zeros; one that is not well-formed is as none. Of a later version, whose text may go on
 * behind another '-', the part that this one knows counts.
 */
static struct str traceparent_of(struct str s)
{
	static const struct { size_t at, n; } parts[] = { { 0, 2 }, { 3, 32 }, { 36, 16 }, { 53, 2 } };
	bool later = !str_starts(s, STR("00")) && s.n > TRACEPARENT && s.p[TRACEPARENT] == '-';

	if ((s.n != TRACEPARENT && !later) || s.p[2] != '-' || s.p[35] != '-' || s.p[52] != '-' || str_starts(s, STR("ff")))
		return (struct str){ "", 0 };
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		if (!is_hex((struct str){ s.p + parts[i].at, parts[i].n }))
			return (struct str){ "", 0 };
	if (is_zero((struct str){ s.p + 3, 32 }) || is_zero((struct str){ s.p + 36, 16 }))
		return (struct str){ "", 0 };
	return (struct str){ s.p, TRACEPARENT };
}

void req_begin(struct req *q, struct arena *a, int64_t start_us)
{
	*q = (struct req){ .arena = a, .start_us = start_us, .wall_us = clock_wall_us(), .method = { "", 0 }, .path = { "", 0 },
		.query = { "", 0 }, .body = { "", 0 }, .content_type = { "", 0 }, .remote_addr = { "", 0 }, .traceparent = { "", 0 } };
	q->id = id_new(q->wall_us);
	q->headers.list = arena_array_of(a, REQ_HEADERS, struct http_header);
}

void req_finish_head(struct req *q, const struct networks *trusted)
{
	struct str theirs = req_header(q, "x-request-id");

	q->request_id = is_request_id(theirs) ? theirs : id_text(q->arena, "req", q->id);
	q->traceparent = traceparent_of(req_header(q, "traceparent"));
	believe_proxies(q, trusted);
}
