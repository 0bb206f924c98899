#include "lib/base/thread.h"

#include <signal.h>
#include <time.h>

#include "lib/base/clock.h"

int thread_start(pthread_t *out, size_t stack, void *(*fn)(void *), void *arg)
{
	pthread_attr_t attr;
	pthread_t unnamed;
	sigset_t all, before;
	int failed;

	pthread_attr_init(&attr);
	if (stack != 0)
		pthread_attr_setstacksize(&attr, stack);
	if (out == NULL)
		pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	failed = pthread_create(out != NULL ? out : &unnamed, &attr, fn, arg);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	pthread_attr_destroy(&attr);
	return failed;
}

void thread_cond_init(pthread_cond_t *cond)
{
	pthread_condattr_t monotonic;

	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(cond, &monotonic);
	pthread_condattr_destroy(&monotonic);
}

bool thread_wait(pthread_cond_t *cond, pthread_mutex_t *lock, int64_t until_us)
{
	struct timespec until = { until_us / 1000000, until_us % 1000000 * 1000 };

	return pthread_cond_timedwait(cond, lock, &until) == 0;
}

static void *tick(void *arg)
{
	struct ticker *t = arg;

	pthread_mutex_lock(&t->lock);
	while (!t->stopping) {
		int64_t until_us;

		pthread_mutex_unlock(&t->lock);
		t->turn(t->self);
		pthread_mutex_lock(&t->lock);
		until_us = clock_mono_us() + (int64_t)t->every_ms * 1000;
		while (!t->stopping && thread_wait(&t->wake, &t->lock, until_us))
			;
	}
	pthread_mutex_unlock(&t->lock);
	return NULL;
}

static void release(struct ticker *t)
{
	pthread_cond_destroy(&t->wake);
	pthread_mutex_destroy(&t->lock);
}

int ticker_start(struct ticker *t, int every_ms, void (*turn)(void *self), void *self)
{
	int failed;

	*t = (struct ticker){ .every_ms = every_ms, .turn = turn, .self = self };
	pthread_mutex_init(&t->lock, NULL);
	thread_cond_init(&t->wake);
	failed = thread_start(&t->thread, 0, tick, t);
	if (failed != 0)
		release(t);
	return failed;
}

void ticker_stop(struct ticker *t)
{
	pthread_mutex_lock(&t->lock);
	t->stopping = true;
	pthread_cond_signal(&t->wake);
	pthread_mutex_unlock(&t->lock);
	pthread_join(t->thread, NULL);
	release(t);
}
