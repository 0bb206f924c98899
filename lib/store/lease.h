/*
 * store/lease: rows of a queue, each worked on by one runner at a time, on whatever host.
 *
 * A queue is a table with `due_at DATETIME(6)` (when a row may next be taken) and `lease BINARY(16) NULL` (who has it). Taking a row moves
 * due_at to the lease's end, so what a dead runner held comes due by itself. Whoever ends a row, or puts it off, does so
 * `WHERE ... AND lease = ?` with its token: a runner that was paused beyond its lease changes nothing. Work must still be safe to do twice: a
 * lease keeps two from trying at once as a rule, not always.
 */
#ifndef GAVEL_STORE_LEASE_H
#define GAVEL_STORE_LEASE_H

#include "lib/db/db.h"

/*
 * pick selects the rows: its first column is the key (an id or an integer), its arguments are now and the limit:
 *	SELECT id, ... FROM outbox WHERE due_at <= ? ORDER BY due_at LIMIT ? FOR UPDATE SKIP LOCKED
 * take marks one: its arguments are the lease's end, the token and the key:
 *	UPDATE outbox SET due_at = ?, lease = ? WHERE id = ?
 * keys: how many of pick's first columns are the key (0 is 1), each bound in turn behind the token.
 */
struct lease_queue {
	const char *pick, *take;
	int keys;
};

/*
 * Takes at most `limit` rows that are due at `now` (UTC microseconds) until `until`; rows that another runner is taking right now are passed
 * over, never waited for. *token_out is what they are leased under. In one transaction of its own: db must not be in one.
 */
int lease_take(struct db *db, struct arena *a, const struct lease_queue *q, int limit, int64_t now, int64_t until, struct id *token_out,
    struct db_rows *out, struct err *e);

#endif
