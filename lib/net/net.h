/*
 * net: calls out. One thread of its own owns one curl multi handle; request threads hand it a whole auction and sleep until the last
 * reply is in or the deadline has come, and are woken once. All calls of a process share its keep-alive connections.
 *
 * Names are resolved outside curl by a small pool, every address is checked (nothing private, loopback, link-local or metadata
 * unless in allow_networks) and the call is pinned to it. Redirects are not followed, proxies of the environment are not used.
 */
#ifndef GAVEL_NET_NET_H
#define GAVEL_NET_NET_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/arena.h"
#include "lib/base/err.h"
#include "lib/base/http.h"

struct net;

enum { NET_ADDRESSES = 8 };

/*
 * How names are looked up where it is not the system's way (tests): fills in addresses, IPv4 in its mapped form, and returns how many.
 * Called on the resolver's threads.
 */
typedef int net_lookup(void *ctx, const char *name, uint8_t addresses[NET_ADDRESSES][16]);

struct net_options {
	struct str allow_networks;  /* "127.0.0.0/8, 10.1.0.0/16": private or loopback networks that may be called; also allows plain http there */
	struct str ca_file;         /* PEM; empty: the system's */
	/* For letters and files (net_hand_over); empty: there are none. */
	struct str smtp_url, smtp_user, smtp_password;
	struct str smtp_from;       /* "leads@example.com", "Leads <leads@example.com>" */
	struct str drop_dir;
	int max_in_flight;          /* calls at once; further ones wait their turn inside their deadline. 0: 4096 */
	int resolver_threads;       /* 0: 4 */
	net_lookup *lookup;         /* NULL: the system's */
	void *lookup_ctx;
};

/*
 * Starts the threads (signals blocked in them). *out is to be closed when nothing calls any more. It starts libcurl, which must not
 * happen in two threads at once: open it from the main thread, before others run.
 */
int net_open(const struct net_options *o, struct net **out, struct err *e);
/* Ends calls in flight (HTTP_BROKEN or HTTP_NOT_SENT), joins the threads, sets *np to NULL. */
void net_close(struct net **np);

/*
 * Runs n calls at once and returns when all have ended or at deadline_us (clock_mono_us) at the latest: those still open then end as
 * HTTP_TIMEOUT (HTTP_NOT_SENT when no byte of the request had left). replies[i] answers calls[i]; bytes live in a.
 * Safe from any thread; the calls' bytes must stay until it returns.
 */
void net_run(struct net *net, struct arena *a, const struct http_call *calls, struct http_reply *replies, size_t n, int64_t deadline_us);

/*
 * Hands a call's letter or line over, on the calling thread; bytes of the reply live in a. HTTP_DONE: it was taken, or the mail
 * server's last word is a refusal (status from 400 on). HTTP_NOT_SENT: provably nothing was. Anything else: nobody knows. It may take a second more than there is
 * time, for a mail server that does not answer.
 */
void net_hand_over(struct net *net, struct arena *a, const struct http_call *call, struct http_reply *reply, int64_t deadline_us);

/* True when the URL is one that may be called at all: absolute http(s), no user information; plain http only for a literal address
 * in allow_networks, or a name (checked again when resolved). why (may be NULL) says why not. */
bool net_url_ok(const struct net *net, struct str url, const char **why);
/* The same without a net, for checks of a configuration offline. */
bool net_url_wellformed(struct str url, const char **why);

struct net_stats {
	uint64_t calls, connects, timeouts, not_sent;
	int in_flight, waiting;     /* calls that libcurl has; calls that wait for a name or for their turn */
	int64_t beat_us;            /* monotonic: when the thread last went round, which it does once a second at the least */
};
void net_stats(const struct net *net, struct net_stats *out);

#endif
