/*
 * headers: a step's own header fields.
 */
#include "lib/buyer/compiled.h"

/* Framing and the connection belong to the transport: a step that sets them could make one request look like two. */
static const char *const transport_names[] = { "Connection", "Content-Length", "Expect", "Keep-Alive", "Proxy-Connection", "TE",
	"Trailer", "Transfer-Encoding", "Upgrade" };

enum { N_TRANSPORT = sizeof(transport_names) / sizeof(transport_names[0]) };

static bool is_token(struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];
		bool alnum = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');

		if (!alnum && (c == '\0' || strchr("!#$%&'*+-.^_`|~", c) == NULL))
			return false;
	}
	return s.n > 0 && s.n <= 128;
}

bool header_name_ok(struct str name)
{
	for (size_t i = 0; i < N_TRANSPORT; i++)
		if (str_eq_nocase(name, str_of(transport_names[i])))
			return false;
	return is_token(name);
}

static int check_name(struct compiler *c, struct str name, const struct value *doc, size_t index, const struct auth *auth,
    const struct path *at)
{
	if (!header_name_ok(name))
		return fault_add(c->faults, at, "invalid_field", "is no header that a step may set");
	if (auth_sets(auth, name))
		return fault_add(c->faults, at, "invalid_field", "is what auth sets");
	for (size_t i = 0; i < index; i++)
		if (str_eq_nocase(name, doc->members[i].name))
			return fault_add(c->faults, at, "invalid_field", "stands here already, in other letters");
	return 0;
}

int headers_compile(struct compiler *c, const struct value *doc, const struct auth *auth, const struct path *at, struct step *out)
{
	int bad = 0;

	if (doc == NULL)
		return 0;
	if (doc->type != VALUE_OBJECT)
		return fault_add(c->faults, at, "invalid_field", "must be an object of names and texts");
	if (doc->n > PAIRS_MAX)
		return fault_add(c->faults, at, "invalid_field", "must have at most %d members", PAIRS_MAX);
	out->headers = arena_array_of(c->arena, doc->n, struct header);
	for (size_t i = 0; i < doc->n; i++) {
		const struct member *m = &doc->members[i];
		struct path here = path_member(at, m->name);
		struct header *header = &out->headers[out->n_headers];

		bad |= check_name(c, m->name, doc, i, auth, &here);
		header->name = m->name;
		bad |= step_text(c, TMPL_HEADER, &m->value, &here, &header->t);
		out->n_headers += header->t != NULL;
	}
	return bad;
}

void header_add(struct renderer *r, struct str name, struct str value)
{
	struct http_headers *h = r->headers;

	if (h->n == r->cap_headers) {
		size_t cap = r->cap_headers > 0 ? 2 * r->cap_headers : 16;
		struct http_header *list = arena_array_of(r->arena, cap, struct http_header);

		for (size_t i = 0; i < h->n; i++)
			list[i] = h->list[i];
		h->list = list;
		r->cap_headers = cap;
	}
	h->list[h->n++] = (struct http_header){ name, value };
}
