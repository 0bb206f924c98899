/*
 * retry: when a message that was not taken is sent again. Ten attempts over three days: at once, and then 5 s, 5 min, 30 min, 2 h, 5 h, 10 h,
 * 14 h, 20 h and 24 h after the one before, each up to a tenth later, so that what failed together does not come back together.
 */
#ifndef GAVEL_LEAD_RETRY_H
#define GAVEL_LEAD_RETRY_H

#include <stdint.h>

enum { RETRY_ATTEMPTS = 10 };

/* When the attempt after `made` attempts (from 0) may start, the last of which ended at ended_us; -1 when there is none any more. */
int64_t retry_next_at(int made, int64_t ended_us, uint32_t random);

#endif
