/*
 * exchange: the auction. A ping walks named steps over one struct auction: screen, score, eligible, fanout, rank, keep. A post claims
 * the ping, commits its intent, delivers, and settles; a proven reject goes to the next bid, an unknown outcome is held.
 *
 * Everything of one request lives in its arena. Nothing here knows HTTP requests; fcgi-app/api decodes and encodes.
 */
#ifndef GAVEL_EXCHANGE_EXCHANGE_H
#define GAVEL_EXCHANGE_EXCHANGE_H

#include "lib/catalog/snapshot.h"
#include "lib/exchange/decision.h"
#include "lib/lead/lead.h"
#include "lib/net/net.h"
#include "lib/store/lead.h"
#include "lib/store/ping.h"
#include "lib/store/sale.h"
#include "lib/store/seen.h"
#include "lib/store/writer.h"

/* What the exchange works with: made once per process, shared by its threads. */
struct exchange {
	struct db_pool *pool;
	struct net *net;
	struct net *sandbox_net;      /* may call loopback: the sandbox's buyers only */
	struct writer *writer;        /* pings */
	struct writer *postbacks;     /* of them, those that change nothing; NULL where none are taken */
	struct standing *standing;    /* NULL: no history */
	struct usage *usage;          /* caps and balances as seen of late; NULL: not looked at before the intent */
	const struct keyring *keys;
	struct shm *shm;
	struct guard *guard;          /* NULL: no breakers and no bulkheads */
	struct str sandbox_url;
};

/* What a caller asks, decoded but not yet checked against its vertical. Values of type VALUE_NULL are absent. */
struct ask {
	const struct snapshot *snapshot;
	const struct campaign *campaign;
	const struct seller *seller;
	bool sandbox;
	bool lenient;                 /* form and XML: text that spells a type is taken */
	struct value lead, source, consent, event, hashes;
	int64_t min_price;
	int max_sales;                /* 0: the campaign's */
	int64_t start_us, wall_us;    /* when it was accepted: monotonic, wall */
	struct str traceparent;       /* the seller's trace, for calls to buyers; n 0: none */
};

/* A bid that stands in an answer, and in the ping's row. */
struct offer {
	struct id id;
	uint32_t contract;            /* row id */
	enum sale_kind kind;          /* as it would be sold: exclusive or shared */
	int rank;                     /* from 1; 0: not listed, since another combination of bids earns more */
	bool offered;                 /* among the first max_sales */
	int64_t cost, price;          /* the buyer pays, the seller gets */
	int64_t expires_at;           /* UTC microseconds */
	struct str ref;               /* the buyer's; p NULL: none */
	struct value captures;        /* object of texts */
	uint64_t draw;                /* as it was ranked: by which number, and price times what */
	double factor;
};

/* One ping as it walks. */
struct auction {
	const struct exchange *ex;
	struct arena *arena;
	const struct ask *ask;
	const struct campaign *campaign;  /* the sandbox's in its place for a test key */
	struct id ping_id, lead_id;
	struct value lead;            /* checked, whole */
	struct facts facts;
	const struct usage_view *usage; /* NULL: all have room; the sandbox's buyers always */
	int score;                    /* -1: not scored */
	struct seen *seen;            /* where the person was before, when duplicates matter and it is known */
	size_t n_seen;
	enum ping_status status;
	enum reason rejected;         /* PING_REJECTED: why */
	struct decision *decisions;   /* one for each contract of the campaign, in its order */
	struct verdict **verdicts;    /* likewise; NULL: was not asked */
	struct offer *offers;         /* the listed ones; behind them those that may be sold when they are rejected */
	size_t n_offers, n_spare;
	int max_sales;
	int64_t expires_at;
};

/*
 * Pings: the lead is checked (faults: ERR_INVALID), the ping is durable when it returns 0.
 * direct: the lead is checked as a post's, and `skip` contracts (ended by 0) are not asked: a re-ping.
 */
int exchange_ping(const struct exchange *ex, struct arena *a, const struct ask *ask, struct faults *f, struct auction **out, struct err *e);

/* A post's request. */
struct post {
	struct ask ask;               /* campaign, seller and min_price are the ping's unless direct */
	bool direct;                  /* POST /v1/lead: no ping_id */
	struct id ping_id;
	struct id *bid_ids;           /* in the caller's order */
	size_t n_bid_ids;
	bool reping;
	uint8_t fingerprint[32];
	struct str idempotency_key;   /* n 0: none */
};

struct sold {
	struct sale_row row;
	const struct contract *contract;  /* NULL: no longer configured */
};

/* What a post, or a look at a lead, answers with. */
struct lead_view {
	struct lead_row lead;
	const struct seller *seller;
	struct str currency;
	int64_t payout;               /* sum of the seller's prices of accepted sales */
	struct sold *sales;           /* live ones first, then in the order tried */
	size_t n_sales;
	struct reason_count *reasons;
	size_t n_reasons;
	bool replayed;                /* posted before with the same body */
};

/*
 * Errors: ERR_NOT_FOUND (no such ping of this seller), ERR_GONE (expired, and no reping), ERR_CONFLICT (posted already; code "posted",
 * *out then has the first lead; or another request runs under the key: code "idempotency_key"), ERR_INVALID (faults).
 */
int exchange_post(const struct exchange *ex, struct arena *a, struct post *post, struct faults *f, struct lead_view **out, struct err *e);

/*
 * How long an Idempotency-Key stands for a post that asks buyers, before the lead is there: as long as that takes at the most. When it has
 * been longer, the post's worker died, and a copy may have the key.
 */
int64_t exchange_claim_us(const struct campaign *c);

/* A lead of this seller (NULL: any), with its sales. */
enum found exchange_view(const struct exchange *ex, struct arena *a, const struct snapshot *snap, const struct seller *seller, bool sandbox,
    struct id lead_id, struct lead_view *out, struct err *e);

/* The campaign with the sandbox's built-in buyers in its contracts' places, in the arena. */
const struct campaign *sandbox_campaign(struct arena *a, const struct campaign *live, struct str base_url);
enum { SANDBOX_CONTRACT_ONE = 4294967001u, SANDBOX_CONTRACT_TWO = 4294967002u };

/* How far recovery has come in what is overdue; zeros: to begin with. */
struct recovery {
	int64_t now, grace_us;        /* the caller's, for each run */
	int64_t attempt_at, lead_at;
	struct id attempt, lead;
	int done;                     /* of this run: attempts held as unknown, leads let go */
};

/*
 * What a dead worker left open, past its deadline by the grace: attempts become unknown, leads between two attempts are gone on with. A few
 * hundred a run: 1, more may wait; 0, that was the end, and the next run begins anew. -1: the database is lost, or some of these failed; each
 * was logged, and the next run goes on behind them, so that none keeps the others waiting.
 */
int exchange_recover(struct db *db, struct arena *a, struct recovery *r, struct err *e);

#endif
