#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/base/thread.h"
#include "lib/web/cutoff.h"

enum { TURN_MS = 50, STACK = 64 * 1024 };

struct slot {
	_Alignas(64) pthread_mutex_t lock; /* a cache line each: threads arm theirs for every request */
	int fd; /* -1: not armed */
	int how;
	int64_t until_us;
	bool cut;
};

struct cutoff {
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t closing;
	bool closed;
	int n;
	struct slot slots[];
};

static void look_at(struct slot *s, int64_t now_us)
{
	pthread_mutex_lock(&s->lock);
	if (s->fd >= 0 && !s->cut && now_us >= s->until_us) {
		shutdown(s->fd, s->how);
		s->cut = true;
	}
	pthread_mutex_unlock(&s->lock);
}

static void *watch(void *arg)
{
	struct cutoff *c = arg;

	pthread_mutex_lock(&c->lock);
	while (!c->closed) {
		int64_t now_us = clock_mono_us();

		for (int i = 0; i < c->n; i++)
			look_at(&c->slots[i], now_us);
		thread_wait(&c->closing, &c->lock, now_us + TURN_MS * 1000);
	}
	pthread_mutex_unlock(&c->lock);
	return NULL;
}

int cutoff_open(int slots, struct cutoff **out, struct err *e)
{
	size_t size = sizeof(struct cutoff) + (size_t)slots * sizeof(struct slot);
	struct cutoff *c = aligned_alloc(_Alignof(struct cutoff), (size + _Alignof(struct cutoff) - 1) & ~(_Alignof(struct cutoff) - 1));
	int rc;

	if (c == NULL)
		log_die("out of memory");
	memset(c, 0, size);
	c->n = slots;
	for (int i = 0; i < slots; i++) {
		pthread_mutex_init(&c->slots[i].lock, NULL);
		c->slots[i].fd = -1;
	}
	pthread_mutex_init(&c->lock, NULL);
	thread_cond_init(&c->closing);
	rc = thread_start(&c->thread, STACK, watch, c);
	*out = c;
	if (rc == 0)
		return 0;
	*out = NULL;
	free(c);
	return err_set(e, ERR_IO, "can't start the thread that ends late connections (%d)", rc);
}

void cutoff_close(struct cutoff **cp)
{
	struct cutoff *c = *cp;

	*cp = NULL;
	if (c == NULL)
		return;
	pthread_mutex_lock(&c->lock);
	c->closed = true;
	pthread_cond_signal(&c->closing);
	pthread_mutex_unlock(&c->lock);
	pthread_join(c->thread, NULL);
	for (int i = 0; i < c->n; i++)
		pthread_mutex_destroy(&c->slots[i].lock);
	pthread_cond_destroy(&c->closing);
	pthread_mutex_destroy(&c->lock);
	free(c);
}

void cutoff_arm(struct cutoff *c, int slot, int fd, int how, int64_t until_us)
{
	struct slot *s = &c->slots[slot];

	pthread_mutex_lock(&s->lock);
	s->fd = fd;
	s->how = how;
	s->until_us = until_us;
	s->cut = false;
	pthread_mutex_unlock(&s->lock);
}

bool cutoff_disarm(struct cutoff *c, int slot)
{
	struct slot *s = &c->slots[slot];
	bool cut;

	pthread_mutex_lock(&s->lock);
	s->fd = -1;
	cut = s->cut;
	pthread_mutex_unlock(&s->lock);
	return cut;
}
