/*
 * explain: why a ping or a lead ended as it did: one row for every contract of its campaign, each with exactly one code and the rule that
 * decided, from what was recorded at the time, under the version that was in force.
 */
#ifndef GAVEL_EXCHANGE_EXPLAIN_H
#define GAVEL_EXCHANGE_EXPLAIN_H

#include "lib/exchange/exchange.h"

struct explained {
	struct str contract, buyer;   /* keys, or what stands for them where buyers are not shown */
	struct str buyer_name;        /* n 0: not shown */
	enum reason code;
	enum stage stage;
	struct str rule;              /* JSON Pointer into the contract in that version; n 0: none */
	struct value value;           /* what the rule read, pii masked; VALUE_NULL: nothing */
	int64_t cost, price;          /* what the buyer pays (operators only), what the seller gets of it; -1: none */
	double rank_value;            /* what the strategy compared; 0: not ranked */
	double acceptance, speed;     /* expected_revenue; 0: not weighed */
	int ms;                       /* -1: not asked */
};

struct happening {
	int64_t at;
	struct str event;
	struct id sale_id;            /* zero: none */
	struct str contract;          /* n 0: none */
	int reason;
	struct str detail;            /* p NULL: none */
};

struct explanation {
	struct id id;                 /* of the ping or the lead that was asked for */
	bool is_lead;
	struct ping_row ping;
	struct lead_row lead;         /* state 0: the ping was not posted */
	const char *status;
	int64_t version;
	int score;
	struct explained *contracts;
	size_t n_contracts;
	struct happening *timeline;
	size_t n_timeline;
};

/* seller NULL: the operator sees all. A seller sees its own, without buyers' rules and losing prices. FOUND_NO: no such id of its. */
enum found explain_ping(const struct exchange *ex, struct arena *a, const struct snapshot *snap, const struct seller *seller, bool sandbox,
    struct id ping_id, struct explanation *out, struct err *e);
enum found explain_lead(const struct exchange *ex, struct arena *a, const struct snapshot *snap, const struct seller *seller, bool sandbox,
    struct id lead_id, struct explanation *out, struct err *e);

struct json_out;
/* The HTTP answer's members, for the API and for gavelctl. */
void explain_write(struct json_out *j, struct arena *a, const struct explanation *x);

#endif
