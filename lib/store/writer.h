/*
 * store/writer: group commit. Request threads hand over a row and sleep; one thread makes one commit of all that wait and wakes them: an
 * answer leaves after the commit of what it says. A batch that one bad row fails is written again row by row, so that one can't fail its
 * neighbours. What a row is, and how it is written, the owner says.
 */
#ifndef GAVEL_STORE_WRITER_H
#define GAVEL_STORE_WRITER_H

#include "lib/db/db.h"

struct writer;

enum { WRITER_WAITING_MAX = 4096, WRITER_BATCH = 64 };

/* Writes n rows, WRITER_BATCH at the most, in one commit: all or none. ERR_DB_DUPLICATE: one of them is there already. */
typedef int (*writer_insert)(struct db *db, const void *const *rows, size_t n, struct err *e);

/* Starts the thread with a connection of its own, opened when first needed. what: the rows' name in messages, "pings". */
int writer_open(const struct db_options *o, const char *what, writer_insert insert, struct writer **out, struct err *e);
/* Writes what waits, joins the thread, sets *wp to NULL. */
void writer_close(struct writer **wp);
/*
 * Returns when the row is durable. ERR_DB_DUPLICATE: a row of its key is there; after a lost connection it may be this one. ERR_BUSY when
 * too many wait or deadline_us (clock_mono_us) comes first: the row may then still be stored, although whoever asked hears an error. The
 * row's bytes must stay until it returns.
 */
int writer_keep(struct writer *w, const void *row, int64_t deadline_us, struct err *e);
/* Rows waiting and age of the oldest in microseconds, for admission and metrics. */
void writer_depth(struct writer *w, int *waiting_out, int64_t *oldest_us_out);

#endif
