/*
 * resolve: a small pool of threads that ask the system for the addresses of names, so that nobody else ever waits for DNS.
 *
 * An answer goes to the sink on a thread of the pool. A look-up that hangs holds one thread, for as long as the system's resolver
 * keeps trying; closing does not wait for it: the pool's memory belongs to whichever thread leaves last.
 */
#ifndef GAVEL_NET_RESOLVE_H
#define GAVEL_NET_RESOLVE_H

#include "lib/base/network.h"
#include "lib/net/net.h"

struct resolve_answer {
	struct resolve_answer *next; /* the sink's to use */
	void *subject;               /* as asked */
	int n;                       /* addresses; 0: there are none, or the look-up failed */
	uint8_t addresses[NET_ADDRESSES][NETWORK_ADDRESS];
	char name[256];
};

struct resolver;

struct resolver_options {
	int threads;
	net_lookup *lookup; /* NULL: the system's */
	void *ctx;
	void (*sink)(void *to, struct resolve_answer *answer); /* takes the answer: free() it */
	void *to;
};

int resolve_open(const struct resolver_options *o, struct resolver **out, struct err *e);
/* No answer comes after this returns. */
void resolve_close(struct resolver **rp);
/* -1 when the queue is full. */
int resolve_ask(struct resolver *r, const char *name, void *subject);

#endif
