#include <errno.h>
#include <linux/futex.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "lib/net/batch.h"
#include "lib/net/url.h"

enum { HEADERS_MAX = 200, EXPECT_FROM = 1024 * 1024 /* where libcurl begins to wait for "100 Continue" */ };

/* libcurl sends what it is given, so a line break here would be a second header: whoever made the header has checked, and so do we. */
static bool is_clean(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] == '\r' || s.p[i] == '\n' || s.p[i] == '\0')
			return false;
	return true;
}

static bool is_token(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] <= ' ' || s.p[i] > '~' || s.p[i] == ':')
			return false;
	return s.n > 0;
}

/* How the message ends is libcurl's business alone: two opinions on a length are how requests are smuggled. */
static bool is_framing(struct str name)
{
	return str_eq_nocase(name, STR("content-length")) || str_eq_nocase(name, STR("transfer-encoding"))
	    || str_eq_nocase(name, STR("connection")) || str_eq_nocase(name, STR("expect"));
}

static void add(struct arena *a, struct curl_slist ***last, char *line)
{
	struct curl_slist *node = arena_new_of(a, struct curl_slist);

	node->data = line;
	**last = node;
	*last = &node->next;
}

static void add_line(struct arena *a, struct curl_slist ***last, struct str name, struct str value)
{
	char *line = arena_alloc(a, name.n + value.n + 3);

	memcpy(line, name.p, name.n);
	if (value.n == 0) {
		line[name.n] = ';'; /* libcurl's way to send a header without a value */
	} else {
		line[name.n] = ':';
		line[name.n + 1] = ' ';
		memcpy(line + name.n + 2, value.p, value.n);
	}
	add(a, last, line);
}

static const char *add_headers(struct arena *a, const struct http_call *call, struct outgoing *out)
{
	struct curl_slist **last = &out->headers;
	bool typed = false;

	for (size_t i = 0; i < call->headers.n; i++) {
		struct str name = call->headers.list[i].name, value = call->headers.list[i].value;

		if (!is_token(name) || !is_clean(value))
			return "a header holds a byte that headers can't";
		if (is_framing(name))
			continue;
		typed |= str_eq_nocase(name, STR("content-type"));
		add_line(a, &last, name, value);
	}
	if (out->with_body && !typed)
		add(a, &last, arena_copy(a, "Content-Type:", 13)); /* none: libcurl would call it a form */
	if (call->body.n >= EXPECT_FROM)
		add(a, &last, arena_copy(a, "Expect:", 7));
	return NULL;
}

static const char *prepare(struct arena *a, const struct http_call *call, struct outgoing *out)
{
	const char *why;

	if (!url_scan(call->url, &out->origin, &why))
		return why;
	if (!is_token(call->method))
		return "the method is no token";
	out->hash = str_hash(out->origin);
	out->url = arena_cstr(a, call->url);
	out->head_only = str_is(call->method, "HEAD");
	out->with_body = call->body.n > 0 || (!str_is(call->method, "GET") && !out->head_only && !str_is(call->method, "DELETE"));
	if (!str_is(call->method, out->with_body ? "POST" : "GET") && !out->head_only)
		out->method = arena_cstr(a, call->method);
	return add_headers(a, call, out);
}

void batch_prepare(struct batch *b)
{
	b->out = arena_array_of(b->arena, b->n, struct outgoing);
	b->open = 0;
	for (size_t i = 0; i < b->n; i++) {
		const char *why = prepare(b->arena, &b->calls[i], &b->out[i]);

		b->replies[i] = (struct http_reply){ .end = HTTP__N };
		if (why == NULL) {
			b->open++;
			continue;
		}
		b->replies[i].end = HTTP_NOT_SENT;
		b->replies[i].why = HTTP_WHY_REFUSED_ADDRESS;
		snprintf(b->replies[i].detail, sizeof(b->replies[i].detail), "%s", why);
	}
}

/*
 * A futex rather than a semaphore: the waker stores once and is done with b, which lies on the sleeper's stack, and a request that is
 * not asleep yet costs no system call.
 */
bool batch_sleep(struct batch *b, int64_t until_us)
{
	const struct timespec until = { until_us / 1000000, until_us % 1000000 * 1000 };
	unsigned open = BATCH_OPEN;

	if (!atomic_compare_exchange_strong(&b->state, &open, BATCH_SLEPT_ON))
		return true;
	while (atomic_load(&b->state) != BATCH_DONE)
		if (syscall(SYS_futex, &b->state, FUTEX_WAIT_BITSET_PRIVATE, BATCH_SLEPT_ON, &until, NULL, FUTEX_BITSET_MATCH_ANY) != 0
		    && errno == ETIMEDOUT)
			return atomic_load(&b->state) == BATCH_DONE;
	return true;
}

void batch_wake(struct batch *b)
{
	atomic_uint *state = &b->state;

	/* Once the state is stored b may be gone; waking a word that nobody sleeps on does nothing. */
	if (atomic_exchange(state, BATCH_DONE) == BATCH_SLEPT_ON)
		syscall(SYS_futex, state, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
}

static size_t count_lines(struct str s)
{
	size_t n = 0;

	for (size_t i = 0; i < s.n; i++)
		n += s.p[i] == '\n';
	return n < HEADERS_MAX ? n : HEADERS_MAX;
}

static void read_head(struct arena *a, struct str head, struct http_headers *out)
{
	size_t most = count_lines(head);
	struct str line;

	out->list = arena_array_of(a, most, struct http_header);
	while (out->n < most && str_split(&head, '\n', &line)) {
		const char *colon = line.n > 0 ? memchr(line.p, ':', line.n) : NULL;
		struct http_header *h = &out->list[out->n];

		if (colon == NULL || colon == line.p)
			continue; /* the status line, the end */
		h->name = (struct str){ line.p, (size_t)(colon - line.p) };
		h->value = str_trim((struct str){ colon + 1, line.n - h->name.n - 1 });
		out->n++;
	}
}

void batch_read(struct batch *b)
{
	for (size_t i = 0; i < b->n; i++)
		if (b->replies[i].end == HTTP_DONE)
			read_head(b->arena, b->out[i].head, &b->replies[i].headers);
}
