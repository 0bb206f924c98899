#include <netdb.h>
#include <netinet/in.h>
#include <pthread.h>
#include <resolv.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/base/thread.h"
#include "lib/net/address.h"
#include "lib/net/resolve.h"

enum { QUEUE_MAX = 4096, STACK = 256 * 1024, TRY_S = 2, TRIES = 2, CLOSE_WAIT_MS = 200 };

struct resolver {
	pthread_mutex_t lock;
	pthread_cond_t asked, left;
	struct resolve_answer *first, **last; /* asked, not yet looked up */
	size_t waiting;
	bool closed;
	int users; /* the owner and each thread, which are all detached */
	struct resolver_options o;
};

static void leave(struct resolver *r)
{
	bool last;

	pthread_mutex_lock(&r->lock);
	last = --r->users == 0;
	pthread_cond_signal(&r->left);
	pthread_mutex_unlock(&r->lock);
	if (!last)
		return;
	while (r->first != NULL) {
		struct resolve_answer *a = r->first;

		r->first = a->next;
		free(a);
	}
	pthread_cond_destroy(&r->asked);
	pthread_cond_destroy(&r->left);
	pthread_mutex_destroy(&r->lock);
	free(r);
}

static int lookup_system(void *ctx, const char *name, uint8_t addresses[NET_ADDRESSES][NETWORK_ADDRESS])
{
	const struct addrinfo hints = { .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM, .ai_flags = AI_ADDRCONFIG };
	struct addrinfo *found = NULL;
	int n = 0;

	(void)ctx;
	if (getaddrinfo(name, NULL, &hints, &found) != 0)
		return 0;
	for (const struct addrinfo *ai = found; ai != NULL && n < NET_ADDRESSES; ai = ai->ai_next)
		n += address_of(ai->ai_addr, addresses[n]);
	freeaddrinfo(found);
	return n;
}

static struct resolve_answer *take(struct resolver *r)
{
	struct resolve_answer *a = NULL;

	pthread_mutex_lock(&r->lock);
	while (r->first == NULL && !r->closed)
		pthread_cond_wait(&r->asked, &r->lock);
	if (!r->closed) {
		a = r->first;
		r->first = a->next;
		r->waiting--;
		if (r->first == NULL)
			r->last = &r->first;
	}
	pthread_mutex_unlock(&r->lock);
	return a;
}

/* The sink is called under the lock: it only links the answer in, and no answer may come after the pool is closed. */
static void give(struct resolver *r, struct resolve_answer *a)
{
	bool closed;

	pthread_mutex_lock(&r->lock);
	closed = r->closed;
	if (!closed)
		r->o.sink(r->o.to, a);
	pthread_mutex_unlock(&r->lock);
	if (closed)
		free(a);
}

static void *work(void *arg)
{
	struct resolver *r = arg;
	struct resolve_answer *a;

	/* The system's resolver would try a dead server for up to half a minute; _res is this thread's own. */
	if (r->o.lookup == lookup_system && res_init() == 0) {
		_res.retrans = TRY_S;
		_res.retry = TRIES;
	}
	while ((a = take(r)) != NULL) {
		a->n = r->o.lookup(r->o.ctx, a->name, a->addresses);
		give(r, a);
	}
	leave(r);
	return NULL;
}

static int start_thread(struct resolver *r)
{
	pthread_mutex_lock(&r->lock);
	r->users++;
	pthread_mutex_unlock(&r->lock);
	if (thread_start(NULL, STACK, work, r) == 0)
		return 0;
	leave(r);
	return -1;
}

int resolve_open(const struct resolver_options *o, struct resolver **out, struct err *e)
{
	struct resolver *r = calloc(1, sizeof(*r));
	int failed = 0;

	if (r == NULL)
		log_die("out of memory");
	r->o = *o;
	if (r->o.lookup == NULL)
		r->o.lookup = lookup_system;
	r->last = &r->first;
	r->users = 1;
	pthread_mutex_init(&r->lock, NULL);
	pthread_cond_init(&r->asked, NULL);
	thread_cond_init(&r->left);
	for (int i = 0; i < o->threads && failed == 0; i++)
		failed = start_thread(r);
	if (failed != 0) {
		resolve_close(&r);
		return err_set(e, ERR_IO, "can't start a resolver thread");
	}
	*out = r;
	return 0;
}

void resolve_close(struct resolver **rp)
{
	int64_t until_us = clock_mono_us() + CLOSE_WAIT_MS * 1000;
	struct resolver *r = *rp;

	*rp = NULL;
	if (r == NULL)
		return;
	pthread_mutex_lock(&r->lock);
	r->closed = true;
	pthread_cond_broadcast(&r->asked);
	while (r->users > 1 && thread_wait(&r->left, &r->lock, until_us))
		;
	pthread_mutex_unlock(&r->lock);
	leave(r);
}

int resolve_ask(struct resolver *r, const char *name, void *subject)
{
	struct resolve_answer *a;
	size_t n = strlen(name);

	if (n >= sizeof(a->name))
		return -1;
	a = calloc(1, sizeof(*a));
	if (a == NULL)
		log_die("out of memory");
	memcpy(a->name, name, n + 1);
	a->subject = subject;
	pthread_mutex_lock(&r->lock);
	if (r->waiting >= QUEUE_MAX) {
		pthread_mutex_unlock(&r->lock);
		free(a);
		return -1;
	}
	r->waiting++;
	*r->last = a;
	r->last = &a->next;
	pthread_cond_signal(&r->asked);
	pthread_mutex_unlock(&r->lock);
	return 0;
}
