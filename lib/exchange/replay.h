/*
 * replay: one stored ping decided again from its record, by the same steps as a live one (eligible, rank), under any configuration. Buyers
 * are not asked: what they answered then stands. What depended on the moment (caps, funds, circuits, duplicates, lack of time) stands too
 * where the configuration still has such a rule, since the moment is gone. A contract that was not asked then and would be now has no
 * recorded bid: it is counted, and bids nothing.
 */
#ifndef GAVEL_EXCHANGE_REPLAY_H
#define GAVEL_EXCHANGE_REPLAY_H

#include "lib/exchange/record.h"

/* Turns of round_robin that were not recorded, because another strategy was in force: counted on from ping to ping. */
struct replay_turns;
struct replay_turns *replay_turns_new(void);
void replay_turns_free(struct replay_turns **tp);

struct replay_in {
	const struct record *record;
	const struct campaign *then;   /* as it was decided */
	const struct campaign *now;    /* as it is to be decided */
	const struct seller *seller;   /* of the configuration of `now` */
	bool whole;                    /* the record's lead is the whole lead: a direct post's or a re-ping's */
	bool rescored;                 /* the campaign's scoring is another: the score is made anew, without history of sources */
	struct replay_turns *turns;
};

struct replayed {
	struct auction *auction;       /* decisions by now->contracts, offers, status */
	bool *unrecorded;              /* for each of now->contracts: it would have been asked, and nothing is recorded */
	size_t n_unrecorded;
	bool same;                     /* each contract has its code, and the bids are the same in the same order */
};

/* Everything lives in a. */
int replay_ping(struct arena *a, const struct replay_in *in, struct replayed *out, struct err *e);

#endif
