#include "lib/exchange/breaker.h"

/*
 * The word, from the top: open (1 bit), calls counted (11), average (16: 65535 is all of them), when the last probe left (36, milliseconds).
 * Times are compared by their difference, so that a clock that started anew (another boot) only makes a probe due.
 */
enum { CALLS_BITS = 11, AVERAGE_BITS = 16, AT_BITS = 36, CALLS_MOST = (1 << CALLS_BITS) - 1, ALL = (1 << AVERAGE_BITS) - 1 };

#define AT_MASK ((UINT64_C(1) << AT_BITS) - 1)

struct parts {
	bool open;
	unsigned calls, average;
	uint64_t at;
};

static struct parts unpack(uint64_t w)
{
	return (struct parts){ .open = w >> 63 != 0, .calls = (unsigned)(w >> (AT_BITS + AVERAGE_BITS)) & CALLS_MOST,
		.average = (unsigned)(w >> AT_BITS) & ALL, .at = w & AT_MASK };
}

static uint64_t pack(struct parts p)
{
	return (uint64_t)p.open << 63 | (uint64_t)p.calls << (AT_BITS + AVERAGE_BITS) | (uint64_t)p.average << AT_BITS | p.at;
}

static uint64_t stamp(int64_t now_ms)
{
	return (uint64_t)now_ms & AT_MASK;
}

static bool probe_is_due(const struct parts *p, const struct breaker_rules *rules, int64_t now_ms)
{
	return ((stamp(now_ms) - p->at) & AT_MASK) >= (uint64_t)rules->probe_ms;
}

bool breaker_would_take(uint64_t state, const struct breaker_rules *rules, int64_t now_ms)
{
	struct parts p = unpack(state);

	return !p.open || rules->percent == 0 || probe_is_due(&p, rules, now_ms);
}

bool breaker_take(_Atomic uint64_t *state, const struct breaker_rules *rules, int64_t now_ms, bool *probe)
{
	uint64_t seen = atomic_load_explicit(state, memory_order_relaxed);
	struct parts p = unpack(seen);

	*probe = false;
	if (!p.open || rules->percent == 0)
		return true;
	if (!probe_is_due(&p, rules, now_ms))
		return false;
	p.at = stamp(now_ms);
	/* Who loses this swap lost the probe to another, or came as the breaker closed: the next call will see. */
	*probe = atomic_compare_exchange_strong(state, &seen, pack(p));
	return *probe;
}

/* A step towards the new value that never stays short of it: rounded up. */
static void count(struct parts *p, const struct breaker_rules *rules, bool failed)
{
	unsigned distance = failed ? ALL - p->average : p->average, weight = (unsigned)rules->window + 1;
	unsigned step = (2 * distance + weight - 1) / weight;

	step = step < distance ? step : distance;
	p->average = failed ? p->average + step : p->average - step;
	if (p->calls < CALLS_MOST)
		p->calls++;
}

static bool is_ill(const struct parts *p, const struct breaker_rules *rules)
{
	return rules->percent > 0 && p->calls >= (unsigned)rules->least && (uint64_t)p->average * 100 >= (uint64_t)ALL * (unsigned)rules->percent;
}

enum breaker_change breaker_tell(_Atomic uint64_t *state, const struct breaker_rules *rules, bool failed, bool probe, int64_t now_ms)
{
	uint64_t seen = atomic_load_explicit(state, memory_order_relaxed);
	enum breaker_change change;
	struct parts p;

	do {
		p = unpack(seen);
		change = BREAKER_SAME;
		if (p.open) {
			if (!probe || failed)
				return BREAKER_SAME;
			p = (struct parts){ .open = false };
			change = BREAKER_CLOSED;
		} else if (!failed && p.average == 0 && p.calls >= (unsigned)rules->least) {
			return BREAKER_SAME; /* as well as can be: most calls write nothing */
		} else {
			count(&p, rules, failed);
			if (failed && is_ill(&p, rules)) {
				p.open = true;
				p.at = stamp(now_ms);
				change = BREAKER_OPENED;
			}
		}
	} while (!atomic_compare_exchange_weak(state, &seen, pack(p)));
	return change;
}

bool breaker_is_open(uint64_t state)
{
	return unpack(state).open;
}

double breaker_average(uint64_t state)
{
	return unpack(state).average * 100.0 / ALL;
}
