/*
 * store/work: what gavel-jobs has to do about single leads and sales, as rows under leases (store/lease). A thing is asked for once,
 * however often it is asked.
 */
#ifndef GAVEL_STORE_WORK_H
#define GAVEL_STORE_WORK_H

#include "lib/store/lease.h"

enum work_kind {
	WORK_REROUTE = 1,     /* a lead: sell it again */
	WORK_UNKNOWN,         /* a sale: find out what became of it */
	WORK_SANDBOX_REJECT   /* a sale of the sandbox: its buyer's later reject is to be played */
};

struct work_row {
	struct id id;
	enum work_kind kind;
	int tries;            /* how often it was put off */
	int64_t created_at;
	struct id lease;      /* ours */
};

/*
 * Asks for it at due_at. Asked again while somebody works on it, it is done once more when their lease ends: what is new may have come too late
 * for them.
 */
int work_add(struct db *db, enum work_kind kind, struct id id, int64_t due_at, int64_t now, struct err *e);
/* WORK_REROUTE at once, for a lead that is free, or sold to some of several, and whose window to be sold again has not ended; else nothing. */
int work_add_reroute(struct db *db, struct id lead_id, int64_t now, struct err *e);
/* Takes what is due, at most limit, until `until`. */
int work_take(struct db *db, struct arena *a, int limit, int64_t now, int64_t until, struct work_row **out, size_t *n_out, struct err *e);
/* It is done. FOUND_NO: the lease has gone to somebody else, or it was asked for again. */
enum found work_done(struct db *db, const struct work_row *w, struct err *e);
/* To be taken again at due_at; counts a try. FOUND_NO as above. */
enum found work_later(struct db *db, const struct work_row *w, int64_t due_at, struct err *e);
/* Where work_done found that it was asked for again meanwhile: we are out of the way, so it is due now and not when our lease would have ended. */
int work_once_more(struct db *db, const struct work_row *w, int64_t now, struct err *e);
/* Nothing is to be done any more, whoever has it. */
int work_drop(struct db *db, enum work_kind kind, struct id id, struct err *e);
/* A lead that its post's worker still has in hand, which goes on by itself, needs no re-route: lead state `posting`. Lock the lead first. */
int work_drop_in_hand(struct db *db, struct id lead_id, struct err *e);

#endif
