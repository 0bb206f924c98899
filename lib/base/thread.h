/*
 * thread: what threads of ours have in common. Signals stay the main thread's, and waits end by the monotonic clock, which nobody sets.
 *
 *	struct ticker t;
 *	if (ticker_start(&t, 400, look, self) != 0) …     look(self) now and then every 400 ms
 *	ticker_stop(&t);                                   the turn that runs is waited for
 */
#ifndef GAVEL_BASE_THREAD_H
#define GAVEL_BASE_THREAD_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Starts fn(arg) with all signals blocked. stack: its bytes, 0 for the system's; out NULL: it is detached. 0, or an errno. */
int thread_start(pthread_t *out, size_t stack, void *(*fn)(void *), void *arg);
/* For thread_wait. */
void thread_cond_init(pthread_cond_t *cond);
/* Waits for cond with the lock held, as pthread_cond_wait does; false: it is until_us (clock_mono_us). */
bool thread_wait(pthread_cond_t *cond, pthread_mutex_t *lock, int64_t until_us);

/* A thread that takes a turn at once, and then every so often. Where it is must not change. */
struct ticker {
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t wake;
	int every_ms;
	bool stopping;
	void (*turn)(void *self);
	void *self;
};

/* 0, or an errno: then nothing is to be stopped. */
int ticker_start(struct ticker *t, int every_ms, void (*turn)(void *self), void *self);
void ticker_stop(struct ticker *t);

#endif
