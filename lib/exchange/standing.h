/*
 * standing: what history says of contracts and sources, for ranking (expected_revenue) and scoring (source_quality). Shares are smoothed,
 * so that little history moves them little:
 *
 *	acceptance  of a contract: (8 + kept) / (10 + verdicts), 0.8 without any; of a contract with a seller the same about the contract's
 *	            own share: (10 x share + kept) / (10 + verdicts)
 *	speed       30 days / (30 days + mean latency of the buyer's postbacks); 1 without any. The first verdicts count for little
 *	source      of a seller in a campaign: (2 + kept) / (4 + posted leads); of a sub-source the same about the seller's share
 *
 * One thread looks every two seconds whether gavel-jobs counted anew, and swaps in a new reading. When the database can't be read, what
 * was seen last stays.
 */
#ifndef GAVEL_EXCHANGE_STANDING_H
#define GAVEL_EXCHANGE_STANDING_H

#include "lib/base/arena.h"
#include "lib/base/err.h"
#include "lib/store/standing.h"

struct standing;
struct standing_view;    /* one reading: immutable, held by requests */

int standing_open(const struct db_options *db, struct standing **out, struct err *e);
void standing_close(struct standing **sp);

/* The newest reading, or NULL: there is no history. s may be NULL. */
struct standing_view *standing_take(struct standing *s);
void standing_give(struct standing_view *v);
/* Of these rows, which are borrowed from the arena; the arena is the view's from then on. */
struct standing_view *standing_make(struct arena *a, const struct standing_row *rows, size_t n);

/* Both above 0, at most 1. v may be NULL. */
void standing_of_contract(const struct standing_view *v, uint32_t contract, uint32_t seller, double *acceptance_out, double *speed_out);
/* 0 to 1; below zero: nothing is known of the seller in this campaign. */
double standing_of_source(const struct standing_view *v, uint32_t campaign, uint32_t seller, struct str sub1);

#endif
