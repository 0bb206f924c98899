#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/net/address.h"
#include "lib/net/loop.h"

enum {
	HEAD_MAX = 32 * 1024,
	REPLY_MAX = 256 * 1024,      /* when the call does not say */
	KEEP = 64 * 1024,            /* a larger buffer is not kept for the next call */
	CONNECT_PERCENT = 40,        /* of a call's time may go into connecting */
	IDLE_S = 55, LIFE_S = 600    /* of a connection: shorter than what servers and firewalls grant */
};

/* libcurl's header callback is called for each line, also of 1xx answers (dropped here) and of trailers (ignored). */
static size_t on_header(char *p, size_t size, size_t n, void *arg)
{
	struct call *c = arg;

	n *= size;
	if (n >= 5 && memcmp(p, "HTTP/", 5) == 0) {
		buf_clear(&c->head);
		c->head_done = false;
	}
	if (c->head_done)
		return n;
	c->head_done = n > 0 && (p[0] == '\r' || p[0] == '\n');
	if (buf_add(&c->head, p, n) == 0)
		return n;
	c->too_long = true;
	return 0;
}

static size_t on_body(char *p, size_t size, size_t n, void *arg)
{
	struct call *c = arg;

	n *= size;
	if (buf_add(&c->body, p, n) == 0)
		return n;
	c->too_long = true;
	return 0;
}

/*
 * Called right before each emission of the request, the silent repetitions on a connection that was dead already among them. A post
 * may leave once.
 */
static int on_send(void *arg, char *to, char *from, int to_port, int from_port)
{
	struct call *c = arg;

	(void)to, (void)from, (void)to_port, (void)from_port;
	if (c->once && c->sent)
		return CURL_PREREQFUNC_ABORT;
	c->sent = true;
	return CURL_PREREQFUNC_OK;
}

/* The last word on an address, whatever the URL or a resolver said. */
static curl_socket_t on_open(void *arg, curlsocktype purpose, struct curl_sockaddr *to)
{
	struct call *c = arg;
	uint8_t address[NETWORK_ADDRESS];
	int fd;

	(void)purpose;
	if (!address_of(&to->addr, address) || !address_allowed(&c->net->allow, address, c->host->place.plain)) {
		c->refused = true;
		return CURL_SOCKET_BAD;
	}
	fd = socket(to->family, to->socktype | SOCK_CLOEXEC | SOCK_NONBLOCK, to->protocol);
	if (fd < 0)
		return CURL_SOCKET_BAD;
	c->connected = true;
	if (c->pinned == c->host->pin_number)
		c->host->pin_loaded = true;
	atomic_fetch_add_explicit(&c->net->connects, 1, memory_order_relaxed);
	return fd;
}

static int on_close(void *arg, curl_socket_t fd)
{
	loop_forget(arg, fd);
	return close(fd);
}

/* What is the same for every call. */
static void set_up(struct call *c)
{
	CURL *easy = c->easy;

	curl_easy_setopt(easy, CURLOPT_PRIVATE, c);
	curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(easy, CURLOPT_PATH_AS_IS, 1L);
	curl_easy_setopt(easy, CURLOPT_PROXY, "");
	curl_easy_setopt(easy, CURLOPT_NOPROXY, "*");
	curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);
	curl_easy_setopt(easy, CURLOPT_MAXAGE_CONN, (long)IDLE_S);
	curl_easy_setopt(easy, CURLOPT_MAXLIFETIME_CONN, (long)LIFE_S);
	curl_easy_setopt(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	curl_easy_setopt(easy, CURLOPT_CAPATH, NULL); /* with a path set libcurl would read the whole store again for each connection */
	if (c->net->ca_file != NULL)
		curl_easy_setopt(easy, CURLOPT_CAINFO, c->net->ca_file);
	curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
	curl_easy_setopt(easy, CURLOPT_HEADERDATA, c);
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(easy, CURLOPT_WRITEDATA, c);
	curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, on_send);
	curl_easy_setopt(easy, CURLOPT_PREREQDATA, c);
	curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, on_open);
	curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, c);
	curl_easy_setopt(easy, CURLOPT_CLOSESOCKETFUNCTION, on_close);
	curl_easy_setopt(easy, CURLOPT_CLOSESOCKETDATA, c->net);
}

struct call *call_new(struct net *net)
{
	struct call *c = calloc(1, sizeof(*c));

	if (c == NULL || (c->easy = curl_easy_init()) == NULL)
		log_die("out of memory");
	c->net = net;
	buf_init(&c->head, HEAD_MAX);
	buf_init(&c->body, REPLY_MAX);
	set_up(c);
	return c;
}

void call_free(struct call *c)
{
	curl_easy_cleanup(c->easy);
	buf_free(&c->head);
	buf_free(&c->body);
	free(c);
}

static void set_message(CURL *easy, const struct http_call *call, const struct outgoing *out)
{
	curl_easy_setopt(easy, CURLOPT_NOBODY, out->head_only ? 1L : 0L);
	if (out->with_body) {
		curl_easy_setopt(easy, CURLOPT_POST, 1L);
		curl_easy_setopt(easy, CURLOPT_POSTFIELDS, call->body.n > 0 ? call->body.p : "");
		curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)call->body.n);
	} else if (!out->head_only) {
		curl_easy_setopt(easy, CURLOPT_HTTPGET, 1L);
	}
	curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, out->method);
	curl_easy_setopt(easy, CURLOPT_HTTPHEADER, out->headers);
	curl_easy_setopt(easy, CURLOPT_URL, out->url);
}

bool call_begin(struct call *c, int64_t now_us)
{
	const struct http_call *call = &c->batch->calls[c->index];
	struct host *h = c->host;

	set_message(c->easy, call, &c->batch->out[c->index]);
	curl_easy_setopt(c->easy, CURLOPT_CONNECTTIMEOUT_MS, (long)((c->due_us - now_us) * CONNECT_PERCENT / 100 / 1000 + 1));
	if (call->once != c->once) {
		c->once = call->once;
		curl_easy_setopt(c->easy, CURLOPT_FORBID_REUSE, c->once ? 1L : 0L);
	}
	if ((call->once || c->again) != c->fresh) {
		c->fresh = call->once || c->again;
		curl_easy_setopt(c->easy, CURLOPT_FRESH_CONNECT, c->fresh ? 1L : 0L);
	}
	c->pinned = 0;
	if (h->pin != NULL && !h->pin_loaded) {
		curl_easy_setopt(c->easy, CURLOPT_RESOLVE, h->pin);
		c->pinned = h->pin_number;
	}
	c->body.limit = call->max_reply > 0 ? call->max_reply : REPLY_MAX;
	return curl_multi_add_handle(c->net->multi, c->easy) == CURLM_OK;
}

/*
 * libcurl repeats such a call by itself, but not each time: not once part of the request was taken, and of the times that a handle has
 * repeated in its life only five in six, whichever calls they were of.
 */
bool call_crossed(const struct call *c, CURLcode code)
{
	bool broke = code == CURLE_SEND_ERROR || code == CURLE_RECV_ERROR || code == CURLE_GOT_NOTHING;

	return broke && !c->once && !c->again && c->sent && !c->connected && c->head.n == 0 && !c->too_long;
}

static bool is_tls(CURLcode code)
{
	switch (code) {
	case CURLE_SSL_CONNECT_ERROR:
	case CURLE_PEER_FAILED_VERIFICATION:
	case CURLE_SSL_CERTPROBLEM:
	case CURLE_SSL_CIPHER:
	case CURLE_SSL_CACERT_BADFILE:
	case CURLE_SSL_ISSUER_ERROR:
	case CURLE_SSL_INVALIDCERTSTATUS:
	case CURLE_SSL_PINNEDPUBKEYNOTMATCH:
		return true;
	default:
		return false;
	}
}

/* libcurl's own words for the code, and the system's for why a connection failed: neither holds anything of a payload. */
static void explain(struct call *c, CURLcode code, struct http_reply *r)
{
	long number = 0;
	char words[64];

	if (code != CURLE_COULDNT_CONNECT || curl_easy_getinfo(c->easy, CURLINFO_OS_ERRNO, &number) != CURLE_OK || number == 0) {
		snprintf(r->detail, sizeof(r->detail), "%s", curl_easy_strerror(code));
		return;
	}
	snprintf(r->detail, sizeof(r->detail), "could not connect: %s", strerror_r((int)number, words, sizeof(words)));
}

static void classify(struct call *c, CURLcode code, struct http_reply *r)
{
	explain(c, code, r);
	if (c->too_long) {
		r->end = HTTP_TOO_LONG;
		snprintf(r->detail, sizeof(r->detail), "the reply is too long");
	} else if (c->sent) {
		r->end = code == CURLE_OPERATION_TIMEDOUT ? HTTP_TIMEOUT : HTTP_BROKEN;
	} else {
		r->end = HTTP_NOT_SENT;
		r->why = is_tls(code) ? HTTP_WHY_TLS : HTTP_WHY_UNREACHABLE;
		if (c->refused) {
			r->why = HTTP_WHY_REFUSED_ADDRESS;
			snprintf(r->detail, sizeof(r->detail), "the address is not allowed");
		}
	}
}

static int64_t connect_time(CURL *easy)
{
	curl_off_t connected = 0, secured = 0;

	curl_easy_getinfo(easy, CURLINFO_CONNECT_TIME_T, &connected);
	curl_easy_getinfo(easy, CURLINFO_APPCONNECT_TIME_T, &secured);
	return secured > connected ? secured : connected;
}

void call_finish(struct call *c, CURLcode code, int64_t now_us)
{
	struct http_reply *r = &c->batch->replies[c->index];
	long status = 0;
	char *bytes;

	r->total_us = now_us - c->batch->start_us;
	if (c->connected)
		r->connect_us = connect_time(c->easy);
	if (code != CURLE_OK) {
		classify(c, code, r);
		return;
	}
	curl_easy_getinfo(c->easy, CURLINFO_RESPONSE_CODE, &status);
	r->end = HTTP_DONE;
	r->status = (int)status;
	bytes = arena_alloc(c->batch->arena, c->head.n + c->body.n + 1);
	if (c->head.n > 0)
		memcpy(bytes, c->head.p, c->head.n);
	if (c->body.n > 0)
		memcpy(bytes + c->head.n, c->body.p, c->body.n);
	c->batch->out[c->index].head = (struct str){ bytes, c->head.n };
	r->body = (struct str){ bytes + c->head.n, c->body.n };
}

void call_stop(struct call *c, enum http_end end, enum http_why why, const char *detail, int64_t now_us)
{
	struct http_reply *r = &c->batch->replies[c->index];

	r->end = end;
	r->why = end == HTTP_NOT_SENT ? why : HTTP_WHY_NONE;
	r->total_us = now_us - c->batch->start_us;
	snprintf(r->detail, sizeof(r->detail), "%s", detail);
}

static void wipe(struct buf *b)
{
	if (b->cap > KEEP) {
		buf_free(b);
		return;
	}
	if (b->n > 0)
		explicit_bzero(b->p, b->n);
	buf_clear(b);
}

void call_clear(struct call *c)
{
	wipe(&c->head);
	wipe(&c->body);
	c->batch = NULL;
	c->host = NULL;
	c->where = CALL_FREE;
	c->head_done = c->sent = c->refused = c->too_long = c->connected = c->again = false;
}
