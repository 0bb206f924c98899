#include "lib/exchange/guard.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/clock.h"
#include "lib/base/log.h"

enum { BUYERS = 8192 };

/*
 * Calls in flight are this process's own: in the shared mapping, what a killed process had in flight would stand there for ever.
 */
struct bulkhead {
	_Atomic uint32_t buyer; /* row id; 0 = free */
	_Atomic int32_t calls;
};

struct guard {
	struct shm *shm;
	struct guard_rules rules;
	struct bulkhead bulkheads[BUYERS];
};

struct guard *guard_new(struct shm *shm, const struct guard_rules *rules)
{
	struct guard *g = calloc(1, sizeof(*g));

	if (g == NULL)
		log_die("out of memory");
	g->shm = shm;
	g->rules = *rules;
	return g;
}

void guard_free(struct guard **gp)
{
	free(*gp);
	*gp = NULL;
}

/* NULL when the table is full, or there is no limit. */
static _Atomic int32_t *calls_of(struct guard *g, uint32_t buyer)
{
	if (g->rules.calls == 0 || buyer == 0)
		return NULL;
	for (uint32_t i = 0; i < BUYERS; i++) {
		struct bulkhead *b = &g->bulkheads[(buyer + i) % BUYERS];
		uint32_t seen = atomic_load_explicit(&b->buyer, memory_order_relaxed);

		if (seen == 0 && atomic_compare_exchange_strong(&b->buyer, &seen, buyer))
			return &b->calls;
		if (seen == buyer)
			return &b->calls;
	}
	return NULL;
}

static char letter_of(enum step_kind step)
{
	return step == STEP_PING ? 'p' : 's';
}

bool guard_rests_posts(struct guard *g, const struct contract *c)
{
	struct shm_breaker *b = g != NULL ? shm_breaker(g->shm, letter_of(STEP_POST), c->key) : NULL;

	return b != NULL && !breaker_would_take(atomic_load_explicit(&b->state, memory_order_relaxed), &g->rules.breaker, clock_mono_ms());
}

enum reason guard_enter(struct guard *g, const struct contract *c, enum step_kind step, struct guard_pass *out)
{
	*out = (struct guard_pass){ NULL, NULL, false };
	if (g == NULL)
		return REASON_NONE;
	if (step == STEP_PING && guard_rests_posts(g, c))
		return REASON_CIRCUIT_OPEN;
	out->calls = calls_of(g, c->buyer->id);
	if (out->calls != NULL && atomic_fetch_add(out->calls, 1) >= g->rules.calls) {
		atomic_fetch_sub(out->calls, 1);
		return REASON_BULKHEAD_FULL;
	}
	out->breaker = shm_breaker(g->shm, letter_of(step), c->key);
	if (out->breaker == NULL || breaker_take(&out->breaker->state, &g->rules.breaker, clock_mono_ms(), &out->probe))
		return REASON_NONE;
	if (out->calls != NULL)
		atomic_fetch_sub(out->calls, 1);
	return REASON_CIRCUIT_OPEN;
}

static const char *step_name(char letter)
{
	return letter == 'p' ? "ping" : "post";
}

static void tell(struct guard *g, const struct shm_breaker *b, enum breaker_change change)
{
	const char *name = shm_breaker_name(b);

	if (change == BREAKER_OPENED)
		log_warn("buyer.paused: too many calls fail, so the contract is rested", LOG_CSTR("contract", name != NULL ? name : ""),
		    LOG_CSTR("step", step_name(b->step)), LOG_INT("probe_ms", g->rules.breaker.probe_ms), LOG_END);
	else
		log_info("buyer.resumed: a probe was answered, so the contract is asked again", LOG_CSTR("contract", name != NULL ? name : ""),
		    LOG_CSTR("step", step_name(b->step)), LOG_END);
}

void guard_leave(struct guard *g, struct guard_pass *pass, enum guard_end end)
{
	enum breaker_change change;

	if (g == NULL)
		return;
	if (pass->calls != NULL)
		atomic_fetch_sub(pass->calls, 1);
	pass->calls = NULL;
	if (pass->breaker == NULL || end == GUARD_UNUSED)
		return;
	change = breaker_tell(&pass->breaker->state, &g->rules.breaker, end == GUARD_FAILED, pass->probe, clock_mono_ms());
	if (change == BREAKER_SAME)
		return;
	atomic_fetch_add(&pass->breaker->changes, 1);
	tell(g, pass->breaker, change);
}

bool guard_changes(struct shm *shm, size_t *at, struct guard_change *out)
{
	for (; *at < SHM_BREAKERS; (*at)++) {
		struct shm_breaker *b = &shm->breakers[*at];
		const char *name = atomic_load_explicit(&b->hash, memory_order_relaxed) != 0 ? shm_breaker_name(b) : NULL;
		uint32_t changes = atomic_load(&b->changes), told = atomic_load(&b->told);

		if (name == NULL || changes == told)
			continue;
		(*at)++;
		*out = (struct guard_change){ .cell = b, .contract = name, .step = b->step == 'p' ? STEP_PING : STEP_POST,
			.opened = changes - told > 1 || breaker_is_open(atomic_load(&b->state)), .changes = changes };
		return true;
	}
	return false;
}

bool guard_take_change(const struct guard_change *c)
{
	uint32_t told = atomic_load(&c->cell->told);

	return told != c->changes && atomic_compare_exchange_strong(&c->cell->told, &told, c->changes);
}

void guard_put_back(const struct guard_change *c)
{
	uint32_t told = c->changes;

	atomic_compare_exchange_strong(&c->cell->told, &told, c->changes - 1);
}
