#include "lib/exchange/trace.h"

#include "lib/crypt/crypt.h"

enum { TRACE_AT = 3, TRACE_ID = 32, FLAGS_AT = 53, PARENT_BYTES = 8, KNOWN_FLAGS = 0x03 /* sampled, random trace-id */ };

static int hex_digit(char c)
{
	return c <= '9' ? c - '0' : c - 'a' + 10;
}

/* Of a later version the parts are those that version 00 knows, and so is what goes on; its reserved flags are sent as zero. */
struct str trace_next(struct arena *a, struct str traceparent)
{
	uint8_t parent[PARENT_BYTES];
	int flags;

	if (traceparent.n == 0)
		return STR("");
	do
		crypt_random(parent, sizeof(parent));
	while (memcmp(parent, (const uint8_t[PARENT_BYTES]){ 0 }, sizeof(parent)) == 0);
	flags = (hex_digit(traceparent.p[FLAGS_AT]) << 4 | hex_digit(traceparent.p[FLAGS_AT + 1])) & KNOWN_FLAGS;
	return arena_printf(a, "00-%.*s-%.*s-%02x", TRACE_ID, traceparent.p + TRACE_AT,
	    STR_ARG(crypt_hex(a, (struct str){ (const char *)parent, sizeof(parent) })), (unsigned)flags);
}

void trace_add(struct arena *a, const struct step *s, struct str traceparent, struct http_call *call)
{
	const struct str name = STR("traceparent");
	struct http_header *list;
	size_t n = call->headers.n;

	if (traceparent.n == 0 || call->letter != NULL || call->drop != NULL || step_sets(s, name) || http_header_find(&call->headers, name) != NULL)
		return;
	list = arena_array_of(a, n + 1, struct http_header);
	if (n > 0)
		memcpy(list, call->headers.list, n * sizeof(list[0]));
	list[n] = (struct http_header){ name, traceparent };
	call->headers = (struct http_headers){ list, n + 1 };
}
