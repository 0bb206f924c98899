/*
 * breaker: whether a buyer's endpoint is well enough to be called. One word of 64 bits in the shared mapping, moved by compare-and-swap, so
 * that all processes of an instance see one state and none can be left holding a lock. Pure: the time comes in.
 *
 * Closed, it keeps a moving average of failures (each call weighs 2 / (window + 1)). When at least `least` calls were counted and the
 * average reaches `percent`, it opens. Open, it lets one call through each probe_ms: a probe that succeeds closes it and starts the average
 * anew, one that fails leaves it open. What other calls come to while it is open (they left before) changes nothing.
 */
#ifndef GAVEL_EXCHANGE_BREAKER_H
#define GAVEL_EXCHANGE_BREAKER_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct breaker_rules {
	int percent;   /* 0: it never opens */
	int window, least;
	int probe_ms;
};

enum breaker_change { BREAKER_SAME, BREAKER_OPENED, BREAKER_CLOSED };

/* May a call leave? An open breaker gives each probe to one caller, and says so in *probe. */
bool breaker_take(_Atomic uint64_t *state, const struct breaker_rules *rules, int64_t now_ms, bool *probe);
/* What breaker_take would say, without taking a probe. */
bool breaker_would_take(uint64_t state, const struct breaker_rules *rules, int64_t now_ms);
/* How the call ended. OPENED and CLOSED are told to one caller for each change. */
enum breaker_change breaker_tell(_Atomic uint64_t *state, const struct breaker_rules *rules, bool failed, bool probe, int64_t now_ms);
bool breaker_is_open(uint64_t state);
/* The moving average, in percent. */
double breaker_average(uint64_t state);

#endif
