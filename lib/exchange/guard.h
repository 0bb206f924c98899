/*
 * guard: keeps one buyer's troubles from being everybody's. Before a ping or a post leaves, it asks the contract's breaker (exchange/breaker;
 * one for its pings, one for its posts, shared by all processes of the instance) and counts the buyer's calls in flight from this process
 * (the bulkhead). A contract whose posts are failing is not pinged either, until a post may be tried again.
 *
 *	why = guard_enter(ex->guard, contract, STEP_PING, &pass);
 *	if (why == REASON_NONE) {
 *		... the call ...
 *		guard_leave(ex->guard, &pass, failed ? GUARD_FAILED : GUARD_GOOD);
 *	}
 *
 * What opens and closes is logged once by whoever saw it. gavel-jobs, which has the mapping too, tells it on: guard_changes.
 */
#ifndef GAVEL_EXCHANGE_GUARD_H
#define GAVEL_EXCHANGE_GUARD_H

#include "lib/base/shm.h"
#include "lib/catalog/catalog.h"
#include "lib/exchange/breaker.h"

struct guard;

struct guard_rules {
	struct breaker_rules breaker;
	int calls; /* in flight to one buyer, from one process; 0: as many as there are */
};

struct guard *guard_new(struct shm *shm, const struct guard_rules *rules);
void guard_free(struct guard **gp);

/* Leave to call: hold it until guard_leave. */
struct guard_pass {
	struct shm_breaker *breaker;
	_Atomic int32_t *calls;
	bool probe;
};

/* GUARD_UNUSED: nothing was sent, or what came of it says nothing about the buyer. */
enum guard_end { GUARD_UNUSED, GUARD_GOOD, GUARD_FAILED };

/* REASON_NONE, REASON_CIRCUIT_OPEN or REASON_BULKHEAD_FULL. A guard of NULL lets everything through. Safe from any thread. */
enum reason guard_enter(struct guard *g, const struct contract *c, enum step_kind step, struct guard_pass *out);
void guard_leave(struct guard *g, struct guard_pass *pass, enum guard_end end);

/* The contract's posts are being rested and none may be tried yet: its bid could not be sold. */
bool guard_rests_posts(struct guard *g, const struct contract *c);

/* A breaker that opened or closed and has not been told of yet. */
struct guard_change {
	struct shm_breaker *cell;
	const char *contract;   /* its key */
	enum step_kind step;
	bool opened;            /* since it was last told of; it may be closed again by now */
	uint32_t changes;
};

/* The next one from *at on, which starts at 0; false when there is none. */
bool guard_changes(struct shm *shm, size_t *at, struct guard_change *out);
/* Takes the change for telling: true for one of all that try. When telling failed, guard_put_back, and it comes again. */
bool guard_take_change(const struct guard_change *c);
void guard_put_back(const struct guard_change *c);

#endif
