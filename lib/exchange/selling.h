/*
 * selling: one post as it walks. Between files of lib/exchange only.
 */
#ifndef GAVEL_EXCHANGE_SELLING_H
#define GAVEL_EXCHANGE_SELLING_H

#include "lib/exchange/guard.h"
#include "lib/exchange/holding.h"
#include "lib/exchange/person.h"
#include "lib/exchange/steps.h"

enum { ATTEMPTS_MAX = 32, SKIP_MAX = 2 * ATTEMPTS_MAX, DB_WAIT_US = 2000000 };

struct selling {
	const struct exchange *ex;
	struct arena *arena;
	struct post *post;
	const struct campaign *campaign;  /* the sandbox's in its place for a test key */
	struct ping_row ping;
	struct id lead_id;
	struct value lead;                /* checked, whole */
	struct lead_person person;
	struct facts facts;
	int score;
	struct lead_key key;
	struct decision *decisions;       /* the ping's, then overlaid with what the attempts gave */
	size_t n_decisions;
	struct offer *offers;
	size_t n_offers, n_spare, next;   /* as in an auction */
	bool recoded;                     /* a bid was passed over: its contract's code is told by no row of its own */
	bool changed;                     /* a bid is out: what is left may be worth selling otherwise */
	int max_sales;
	int64_t deadline_us, deadline_wall_us;
	enum reason rejected;
	bool kept;                        /* the lead's row is there */
	int64_t claimed_at;               /* the Idempotency-Key is ours until then: see store/idempotency; 0: not claimed */
	struct sold sales[ATTEMPTS_MAX];
	size_t n_sales;
	int accepted, held, lost;         /* slots: a lost one is kept for whoever may have the lead */
	unsigned slots;                   /* bit s: slot s + 1 is held */
	uint32_t skip[SKIP_MAX + 1];   /* contracts that had their turn, ended by 0 */
	size_t n_skip;
	size_t passed_over;               /* attempts that a cap or the funds kept from happening */
	bool barred;                      /* a cap of the seller's own is full, or the lead is a duplicate: nobody may buy */
	bool repinged;
	size_t n_tried;                   /* attempts, held or not, when it was last asked again */
	enum lead_state state;
};

/* What one attempt sends, and what came back. */
struct attempt {
	const struct contract *contract;
	const struct offer *offer;
	const struct step *step;          /* NULL: the contract's post */
	struct sale_row row;
	struct http_call call;
	struct str masked;                /* the request as it may be kept: JSON, secrets by name */
	bool refused;                     /* a value may not go where the mapping puts it: nothing is sent */
	struct refusal refusal;           /* no room is left, or the person was here before: the attempt did not happen */
	struct sale_result result;
	enum guard_end health;            /* what the attempt says of the buyer's endpoint */
	bool again;                       /* the buyer asks to be pinged again */
};

/* Slots that nobody else may have. */
static inline int selling_taken(const struct selling *s)
{
	return s->accepted + s->held + s->lost;
}

/* The next bid that may be sold, or NULL. */
const struct offer *selling_next(struct selling *s);
/* Draws and factors of kept bids, from their decisions. */
void selling_recall(struct selling *s);
/* The contract when it and its buyer are active, else NULL. */
const struct contract *selling_contract(const struct selling *s, uint32_t id);
struct decision *selling_decision(struct selling *s, uint32_t contract);
/* The contract's code becomes this one, unless it is REASON_NONE. */
void selling_overlay(struct selling *s, uint32_t contract, int reason);

/* Renders the post; attempt->refused when it can't be sent. */
void attempt_render(struct selling *s, struct attempt *t);
/* Sends it once, or not at all when the deadline has passed; what came back is in v, its time, status and exchange in result. */
void attempt_send(struct selling *s, struct attempt *t, struct verdict *v);
/* Sends it and reads the verdict into result. */
void attempt_deliver(struct selling *s, struct attempt *t);

/*
 * The post's Idempotency-Key, committed before buyers are asked for a lead that is not there yet, so that copies of the post don't ask them too;
 * the transaction that makes the lead takes it over. ERR_CONFLICT (code "idempotency_key"): another request has it.
 */
int settle_claim(struct selling *s, struct err *e);
/* No lead came of it: the key is free again. Never fails; one that can't be freed is taken over when its time is up. */
void settle_unclaim(struct selling *s);
/*
 * The intent, committed before the first byte leaves: the lead (at the first attempt), its claim, sale and delivery, and the
 * Idempotency-Key; and what the sale holds of caps and funds. 1: nothing is written, since another sale holds the lead, the ping was
 * posted meanwhile (code "posted"), or attempt->refusal says which limit left no room or that the person was here before.
 */
int settle_intent(struct selling *s, struct attempt *t, struct err *e);
/* What became of the attempt, with the ledger and, when `last`, the lead's own end, in one transaction. */
int settle_result(struct selling *s, struct attempt *t, enum lead_state last, struct err *e);
/* A lead without attempts: unsold or rejected. */
int settle_lead(struct selling *s, enum lead_state state, struct err *e);
/* The lead is let go: it becomes what its sales say. */
int settle_end(struct selling *s, struct err *e);

/* What an auction offered becomes what is sold from. */
void selling_take(struct selling *s, const struct auction *au);
/* Asks again, those that had their turn left out. */
int selling_reping(struct selling *s, struct faults *f, struct err *e);
/*
 * Sells what is left of the offers, then, once, what a re-ping brings, until the lead is at its end: its slots taken, an outcome of an exclusive
 * sale unknown, its attempts or its time used up. -1: nothing was sold or tried, and e says why.
 */
int selling_run(struct selling *s, struct faults *f, struct err *e);

/*
 * A lead that was posted before, from its rows, as far as its post had come: what was tried counts, whoever had its turn is left out, the deadline
 * is not set. FOUND_NO: there is no such lead, its seller or campaign is no longer configured, or it has been erased.
 */
enum found selling_resume(const struct exchange *ex, struct arena *a, const struct snapshot *snap, struct id lead_id, struct lead_row *lead,
    struct selling **out, struct err *e);

/* The answer of a post from what is in memory. */
void view_of_selling(const struct selling *s, struct lead_view *out);

#endif
