/*
 * limit: rate limits by GCRA (the generic cell rate algorithm): one 64-bit time per limited thing, in the shared mapping, moved by one
 * compare-and-swap, so that all processes of an instance share one limit and none can be left holding a lock.
 */
#ifndef GAVEL_WEB_LIMIT_H
#define GAVEL_WEB_LIMIT_H

#include "lib/base/shm.h"
#include "lib/web/web.h"

struct limit_result {
	bool allowed;
	int64_t retry_after_us;  /* when refused */
	int remaining;           /* requests that would be allowed at once now */
	int64_t reset_us;        /* until the whole burst is there again */
};

/* Whom an address is counted as, in one spelling: of IPv6 the /64, which a home has to itself. What is no address stays as it is. */
struct str limit_address(struct arena *a, struct str address);
/*
 * Takes one request of `what`. per_second and burst are at least 1. Each name has a cell of its own for as long as it has a request to
 * answer for (a day at the most); only when thousands of others are so busy at once does it share one.
 */
void limit_take(struct shm *shm, struct str what, int per_second, int burst, int64_t now_us, struct limit_result *out);
/*
 * How many of one thing run at once in this process. In the process, and not in the shared mapping: what a killed one ran would stand there for
 * ever. Two names of one cell share its room: cells are many.
 */
enum { LIMIT_ROOM_CELLS = 4096 };
struct limit_room {
	_Atomic int running[LIMIT_ROOM_CELLS];
};
/* A place of `what`, which has `most`; NULL: all are taken. limit_leave gives it back. */
_Atomic int *limit_enter(struct limit_room *room, struct str what, int most);
void limit_leave(_Atomic int *place);

/* RateLimit and RateLimit-Policy (draft-ietf-httpapi-ratelimit-headers), and Retry-After when refused. */
void limit_headers(struct resp *r, const struct limit_result *result, int per_second, int burst);

#endif
