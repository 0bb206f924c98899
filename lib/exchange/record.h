/*
 * record: a stored ping read back: what was known of the lead when it was decided, as explanations and replays need it.
 */
#ifndef GAVEL_EXCHANGE_RECORD_H
#define GAVEL_EXCHANGE_RECORD_H

#include "lib/exchange/exchange.h"

struct record {
	const struct ping_row *row;
	struct ask ask;               /* what was said besides the lead: source, consent, event, hashes, min_price, by whom and when */
	struct value lead;
	struct facts facts;           /* of these, in the clear; hour and weekday are the reader's to set */
	bool incomplete;              /* personal data was sealed, and its key is gone: the lead was erased */
	struct decision *decisions;
	size_t n_decisions;
	struct offer *offers;
	size_t n_offers, n_spare;     /* behind the listed ones stand others that could have been sold in their place */
};

/*
 * campaign: of the version that is asked about (for its vertical), or NULL: then the lead holds only what stood in the clear. seller: likewise, or NULL.
 * -1 when the row is not one of ours. The record borrows from row and campaign.
 */
int record_open(struct arena *a, const struct keyring *keys, const struct ping_row *row, const struct campaign *campaign, const struct seller *seller,
    struct record *out, struct err *e);

/* What is known of a lead besides its fields, as filters read it; the score, the hour and the weekday come later. */
struct facts record_facts(struct arena *a, const struct ask *ask);

/* The record's lead becomes the whole lead, as its own row keeps it. */
int record_complete(struct arena *a, const struct keyring *keys, const struct campaign *campaign, struct id lead_id, struct str lead,
    struct str lead_key, struct str sealed, struct record *r, struct err *e);

/* The hour and the weekday there, at that time, for filters that read them. zone NULL: UTC. */
void record_local_time(struct arena *a, struct facts *facts, const struct zone *zone, int64_t wall_us);

#endif
