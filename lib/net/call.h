/*
 * call: one transfer. Calls are pooled: the libcurl handle keeps the options that are the same for all, and each use sets only what
 * is its own. The net thread alone touches them.
 *
 * The order of a call: take .. begin (a transfer runs; callbacks fill it) .. finish (the reply is filled in) .. give back.
 */
#ifndef GAVEL_NET_CALL_H
#define GAVEL_NET_CALL_H

#include "lib/base/buf.h"
#include "lib/net/batch.h"
#include "lib/net/host.h"

struct net;

enum call_place { CALL_FREE, CALL_NAMING, CALL_QUEUED, CALL_OPEN };

struct call {
	TAILQ_ENTRY(call) link;      /* free, waiting for a name, or waiting for a turn */
	enum call_place where;
	struct net *net;
	struct batch *batch;
	size_t index;                /* in the batch */
	struct host *host;
	int64_t due_us;              /* the end of its time */
	size_t due_at;               /* its place in the heap */
	CURL *easy;
	struct buf head, body;       /* as received */
	unsigned pinned;             /* the number of the host's pin that it brought along; 0: none */
	bool head_done;              /* the empty line was seen */
	bool once, fresh;            /* what easy is set to */
	bool again;                  /* begun a second time: see call_crossed */
	bool sent;                   /* a byte of the request may have left */
	bool refused;                /* the address was not allowed at connect */
	bool too_long;
	bool connected;              /* on a connection of its own making */
};

struct call *call_new(struct net *net);
void call_free(struct call *c);
/* Hands the transfer to libcurl. False: it would not take it. */
bool call_begin(struct call *c, int64_t now_us);
/*
 * Whether the call only crossed the other side's close of a connection that had been kept: it is to be begun again, on a connection of its
 * own. Never a post, and never a second time.
 */
bool call_crossed(const struct call *c, CURLcode code);
/* The end as libcurl says it: fills the reply. */
void call_finish(struct call *c, CURLcode code, int64_t now_us);
/* The end by our own word: nothing was received that counts. */
void call_stop(struct call *c, enum http_end end, enum http_why why, const char *detail, int64_t now_us);
/* Wipes what was received; ready for the next use. */
void call_clear(struct call *c);

#endif
