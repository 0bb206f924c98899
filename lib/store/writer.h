/*
 * store/writer: group commit. Request threads hand over a ping and sleep; one thread makes one insert and one commit of all that wait
 * and wakes them. A ping's answer leaves after its commit. A batch that one bad row fails is inserted again row by row, so that one
 * ping can't fail its neighbours; after a lost connection a row that turns out to be there counts as stored.
 */
#ifndef GAVEL_STORE_WRITER_H
#define GAVEL_STORE_WRITER_H

#include "lib/store/ping.h"

struct writer;

enum { WRITER_WAITING_MAX = 4096 };

/* Starts the thread with a connection of its own, opened when first needed. */
int writer_open(const struct db_options *o, struct writer **out, struct err *e);
/* Writes what waits, joins the thread, sets *wp to NULL. */
void writer_close(struct writer **wp);
/*
 * Returns when the row is durable. ERR_BUSY when too many wait or deadline_us (clock_mono_us) comes first: the row may then still be
 * stored, and whoever asked has heard an error, so it is a ping that nobody can post. The row's bytes must stay until it returns.
 */
int writer_keep(struct writer *w, const struct ping_row *row, int64_t deadline_us, struct err *e);
/* Rows waiting and age of the oldest in microseconds, for admission and metrics. */
void writer_depth(struct writer *w, int *waiting_out, int64_t *oldest_us_out);

#endif
