/*
 * cap: how many leads, or how much spend, in a window. Counting is the store's; here is what a cap says and which window an instant
 * falls in.
 */
#ifndef GAVEL_LEAD_CAP_H
#define GAVEL_LEAD_CAP_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/arena.h"
#include "lib/base/fault.h"
#include "lib/base/value.h"
#include "lib/base/zone.h"

enum cap_on { CAP_SENT, CAP_SOLD };
enum cap_per { CAP_HOUR, CAP_DAY, CAP_WEEK, CAP_MONTH, CAP_TOTAL, CAP_PER__N };
/* Whose cap it is, in the order in which windows are taken. The numbers stand in rows. */
enum cap_owner { CAP_CONTRACT = 1, CAP_BUYER, CAP_SELLER };

enum { CAPS_MAX = 20 };

struct cap {
	enum cap_on on;
	enum cap_per per;
	int64_t leads;     /* -1: no limit on leads */
	int64_t spend;     /* -1: no limit on spend; ten-thousandths */
	bool by_seller;    /* one window for each seller */
};

/*
 * What one sale counts in, and the limits there. Caps that count the same thing in the same window share it: the least of their limits
 * holds, and the sale is counted once.
 */
struct cap_window {
	enum cap_owner owner;
	uint32_t owner_id, seller_id;        /* seller_id 0: of all sellers */
	enum cap_on on;
	enum cap_per per;
	int64_t starts_at;                   /* UTC microseconds */
	int64_t leads, spend;                /* the least limits; -1: none */
	uint16_t leads_cap, spend_cap;       /* which of the owner's caps they are of */
};

/* Room for what one sale counts in: a contract's caps, its buyer's, its seller's. */
enum { CAP_WINDOWS_MAX = 3 * CAPS_MAX };

/* Compiles a list of caps: { "on", "per", "leads" and/or "spend", "by": "seller" }. */
int caps_compile(struct arena *a, const struct value *doc, const struct path *at, struct faults *f, struct cap **out,
    size_t *n_out);
/* The UTC instant at which the window that holds `wall_us` began; 0 for CAP_TOTAL. Weeks begin on Monday. */
int64_t cap_window_start(const struct cap *c, const struct zone *z, int64_t wall_us);
/*
 * The windows that an owner's caps look at for a sale of this seller at this instant, in key order. `out` has room for n. Returns how
 * many there are.
 */
size_t cap_windows(const struct cap *caps, size_t n, enum cap_owner owner, uint32_t owner_id, uint32_t seller_id, const struct zone *z,
    int64_t wall_us, struct cap_window *out);
/* Whether one lead more, and its spend, fits a window that is so full. */
bool cap_has_room(const struct cap_window *w, int64_t leads, int64_t spent, int64_t spend);

#endif
