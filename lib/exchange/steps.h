/*
 * steps: the steps of a ping, each filling the next part of one struct auction. Between files of lib/exchange only.
 */
#ifndef GAVEL_EXCHANGE_STEPS_H
#define GAVEL_EXCHANGE_STEPS_H

#include "lib/exchange/exchange.h"

/* ERR_TOO_MANY, code "seller_cap": one of the seller's own caps is full. */
int exchange_admit(const struct exchange *ex, const struct ask *ask, struct err *e);
/* Eligibility: a code for every contract that is not asked; REASON_NONE stays for those that may be. skip: row ids, 0 ends; or NULL. */
void auction_eligible(struct auction *au, const uint32_t *skip);
/* Why the lead is not for sale at all, or REASON_NONE; and what that makes of every contract. */
enum reason exchange_screen(const struct auction *au, enum step_kind step);
void exchange_reject(struct auction *au, enum reason why);
/* How a tier gets its answers and its order: live, or from a record. */
struct auction_steps {
	void (*answer)(struct auction *au, int tier, void *ctx);
	int (*rank)(struct auction *au, int tier, size_t *listed_out, void *ctx, struct err *e);
	void *ctx;
};
/* Tier 1 is asked first; the next one only when it sold nothing. */
int exchange_tiers(struct auction *au, const struct auction_steps *steps, struct err *e);
/* How many are still without a code, so that a thousand contracts that are out take no memory behind eligibility. tier 0: of all tiers. */
size_t exchange_open_in(const struct auction *au, int tier);
/* The verdict of the campaign's contract i, made when it is first asked for. */
struct verdict *exchange_verdict_of(struct auction *au, size_t i);
/* Asks the eligible contracts of one tier at once, until the deadline; fills verdicts and codes. */
void auction_fanout(struct auction *au, int tier, int64_t deadline_us);
/* Ranks what one tier answered, by draws and turns where the strategy wants them; fills offers and codes. */
int exchange_rank_tier(struct auction *au, int tier, size_t *listed_out, struct err *e);
/* Its two pure halves: the tier's bids (weighted ones with their draws), as many as exchange_open_in says at the most; and their order. */
size_t exchange_bids(struct auction *au, int tier, struct bid *out);
size_t exchange_rank(struct auction *au, struct bid *bids, size_t n);
/* A bid as it was, or would be, ranked: by the contract's terms and what its decision recorded. */
struct bid exchange_bid(const struct contract *c, const struct payout *payout, const struct decision *d, int64_t cost);
const struct payout *exchange_payout(const struct campaign *camp, const struct seller *seller);
/* The ping's row, durable. */
int exchange_keep(struct auction *au, struct err *e);

/* The scope of a contract's templates; ping and bid parts are the post's (NULL in a ping). */
struct scope_parts {
	const struct contract *contract;
	const struct ask *ask;
	const struct value *lead;
	struct id ping_id, lead_id, sale_id;
	const struct offer *offer;
};
void exchange_scope(struct arena *a, const struct scope_parts *parts, struct tmpl_scope *out);

/* A lead's key, its sealing and its opening. */
struct lead_key {
	uint8_t key[SEAL_KEY_SIZE];
	struct str wrapped;           /* as kept in rows; p NULL: none made yet */
};
void lead_key_make(struct arena *a, const struct keyring *keys, struct id lead_id, struct lead_key *out);
int lead_key_open(struct arena *a, const struct keyring *keys, struct id lead_id, struct str wrapped, struct lead_key *out, struct err *e);

/* What is personal in a request: pii fields of the lead, consent, event, hashes. One JSON object, sealed under the lead's key. */
struct personal {
	struct value lead, consent, event, hashes;
};
bool personal_is_empty(const struct personal *p);
struct str personal_seal(struct arena *a, const struct lead_key *key, const char *place, struct id row, const struct personal *p);
int personal_open(struct arena *a, const struct lead_key *key, const char *place, struct id row, struct str sealed, struct personal *out,
    struct err *e);

/* Bids as kept in the ping's row: the listed ones first. offers_read gives those alone; behind its n_out stand n_spare_out others. */
struct str offers_write(struct arena *a, const struct offer *list, size_t n);
int offers_read(struct arena *a, struct str json, struct offer **out, size_t *n_out, struct err *e);
int offers_read_all(struct arena *a, struct str json, struct offer **out, size_t *n_out, size_t *n_spare_out, struct err *e);

/* The lead without the fields that a ping does not carry. */
struct value exchange_lead_for_ping(struct arena *a, const struct vertical *v, const struct value *lead);

/* An attempt's code today: a verdict that came after the answer counts, whatever the answer was. */
enum reason exchange_sale_code(const struct sale_row *sale);

/* Counters of /metrics: an auction that was kept, and a post as it is answered. */
void count_auction(const struct auction *au);
void count_post(const struct exchange *ex, const struct lead_view *v);

/* A column's bound: text cut at whole characters. */
struct str exchange_column_text(struct str s, size_t max);

#endif
