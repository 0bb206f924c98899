/*
 * batch: the calls of one net_run, made ready on the request's thread, so that the net thread has little left to do; and read there.
 */
#ifndef GAVEL_NET_BATCH_H
#define GAVEL_NET_BATCH_H

#include <curl/curl.h>
#include <stdatomic.h>

#include "lib/base/arena.h"
#include "lib/base/http.h"

/* What libcurl wants of a call, in its own shapes. */
struct outgoing {
	const char *url;
	const char *method;          /* NULL: libcurl's own word for it (GET, HEAD, POST) */
	struct curl_slist *headers;
	struct str origin;
	uint64_t hash;               /* of the origin */
	bool with_body;              /* POST and the like, even when the body is empty */
	bool head_only;
	struct str head;             /* filled by the net thread: the reply's header lines */
};

enum batch_state { BATCH_OPEN, BATCH_SLEPT_ON, BATCH_DONE };

struct batch {
	struct batch *next;          /* in the inbox, later among the finished */
	struct arena *arena;         /* the request's: the net thread uses it while the request sleeps */
	const struct http_call *calls;
	struct http_reply *replies;
	struct outgoing *out;
	size_t n;
	int64_t start_us, deadline_us;
	size_t open;                 /* calls that have not ended */
	atomic_uint state;           /* enum batch_state, and the word that the request sleeps on */
};

/* Calls that can't be made are answered at once; the others are counted in b->open. */
void batch_prepare(struct batch *b);
/* The request's thread sleeps until batch_wake; false when until_us has passed without. */
bool batch_sleep(struct batch *b, int64_t until_us);
/* The net thread's last word on b: it is gone after this. */
void batch_wake(struct batch *b);
/* Reads header lines into the replies' headers. */
void batch_read(struct batch *b);

#endif
