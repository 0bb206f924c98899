/*
 * loop: the net thread. It owns the multi handle, the calls and the hosts; others reach it through two lists (batches from request
 * threads, answers from the resolver) and an eventfd that is written only when it sleeps.
 */
#ifndef GAVEL_NET_LOOP_H
#define GAVEL_NET_LOOP_H

#include <pthread.h>
#include <stdatomic.h>
#include <sys/epoll.h>

#include "lib/net/call.h"
#include "lib/net/due.h"
#include "lib/net/net.h"

/* What epoll watches of a descriptor, and what libcurl wants watched. */
struct watch {
	uint8_t has, wants;
};

struct net {
	/* set by net_open, then read only */
	struct arena *arena;
	struct networks allow;
	const char *ca_file;
	const char *smtp_url, *smtp_user, *smtp_password, *drop_dir; /* NULL: not given */
	struct str smtp_from;
	int max_in_flight;
	struct resolver *resolver;
	int epoll_fd, wake_fd;
	pthread_t thread;

	/* shared */
	_Atomic(struct batch *) inbox;
	_Atomic(struct resolve_answer *) answers;
	atomic_bool asleep, stopping;
	atomic_uint_fast64_t calls, connects, timeouts, not_sent;
	atomic_int in_flight, waiting;
	atomic_int_fast64_t beat_us; /* the begin of its last turn */

	/* the net thread's own */
	CURLM *multi;
	int64_t curl_due_us;         /* when libcurl wants to be asked again; 0: at once */
	struct watch *watches;
	size_t watches_n;
	struct due due;
	struct call_list free, queued;
	struct hosts hosts;
	struct batch *finished;
	int open;
};

/* Makes the multi handle; the thread is not running yet. */
int loop_open(struct net *net, struct err *e);
/* The thread's main; arg is the struct net. Returns when stopping is set, with everything ended. */
void *loop_main(void *arg);
/* After the thread has ended. */
void loop_close(struct net *net);

void loop_post_batch(struct net *net, struct batch *b);
void loop_post_answer(struct net *net, struct resolve_answer *a);
/* Wakes the thread if it sleeps. */
void loop_wake(struct net *net);

/* For lib/net/call.c: libcurl has closed a descriptor. */
void loop_forget(struct net *net, int fd);

#endif
