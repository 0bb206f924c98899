/*
 * cutoff: ends connections whose time is up. libfcgi reads and writes without any deadline of its own, and a peer that sends a byte now
 * and then outlasts every time-out of a single read; so one thread looks at all connections that are being read or written, and shuts
 * down those that are late. The blocked call then returns, and its thread is free. A late reader can still be answered: only the
 * direction that it is late in is shut.
 *
 * The descriptor must stay open while it is armed: it is the caller's own, not one that libfcgi may close behind its back.
 */
#ifndef GAVEL_WEB_CUTOFF_H
#define GAVEL_WEB_CUTOFF_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/err.h"

struct cutoff;

/* One slot for each thread that arms it. Signals are to be blocked by the caller: the thread inherits that. */
int cutoff_open(int slots, struct cutoff **out, struct err *e);
void cutoff_close(struct cutoff **cp);
/* From until_us on (monotonic; give or take 50 ms) fd is shut down; how: SHUT_RD or SHUT_RDWR. */
void cutoff_arm(struct cutoff *c, int slot, int fd, int how, int64_t until_us);
/* True when it was. */
bool cutoff_disarm(struct cutoff *c, int slot);

#endif
