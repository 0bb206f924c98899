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
enum cap_per { CAP_HOUR, CAP_DAY, CAP_WEEK, CAP_MONTH, CAP_TOTAL };

struct cap {
	enum cap_on on;
	enum cap_per per;
	int64_t leads;     /* -1: no limit on leads */
	int64_t spend;     /* -1: no limit on spend; ten-thousandths */
	bool by_seller;    /* one window for each seller */
};

/* Compiles a list of caps: { "on", "per", "leads" and/or "spend", "by": "seller" }. */
int caps_compile(struct arena *a, const struct value *doc, const struct path *at, struct faults *f, struct cap **out,
    size_t *n_out);
/* The UTC instant at which the window that holds `wall_us` began; 0 for CAP_TOTAL. Weeks begin on Monday. */
int64_t cap_window_start(const struct cap *c, const struct zone *z, int64_t wall_us);

#endif
