/*
 * usage: how full caps are and what buyers may still spend, as this process saw it within the last second. Pings look here, so that a buyer
 * without room is not asked; no ping waits for the database on that account. The truth is taken with the intent to post (holding).
 *
 * One thread with a connection of its own reads all windows that are under way, and all buyers' accounts, a few times a second while
 * somebody asks; after a time in which nobody did, the first to ask waits for it a moment. When the database can't be read, what was
 * seen last stays.
 */
#ifndef GAVEL_EXCHANGE_USAGE_H
#define GAVEL_EXCHANGE_USAGE_H

#include "lib/exchange/holding.h"

struct usage;
struct usage_view;   /* one reading: immutable, held by requests */

int usage_open(const struct db_options *db, struct usage **out, struct err *e);
void usage_close(struct usage **up);

/* The newest reading; NULL when there is none: everything has room then. u may be NULL. */
struct usage_view *usage_take(struct usage *u);
void usage_give(struct usage_view *v);
/* An intent found a limit that the reading did not show: it is read anew at once. u may be NULL. */
void usage_is_stale(struct usage *u);

/*
 * False, with the limit in `why`, when a sale of the contract at this cost would find no room. cost: the least that it may be before a bid
 * is known, then the bid. v may be NULL.
 */
bool usage_has_room(const struct usage_view *v, const struct contract *c, const struct seller *seller, int64_t wall_us, int64_t cost,
    struct refusal *why);
/* False when one of the seller's own caps is full. */
bool usage_seller_has_room(const struct usage_view *v, const struct seller *seller, int64_t wall_us);

#endif
