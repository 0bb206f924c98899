/*
 * decision: what became of one contract in one ping: exactly one code, with the rule that decided. A ping's decisions are kept packed
 * in its row; `explain`, the roll-ups and replay read them back.
 */
#ifndef GAVEL_EXCHANGE_DECISION_H
#define GAVEL_EXCHANGE_DECISION_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/arena.h"
#include "lib/base/err.h"
#include "lib/lead/reason.h"

/* Which part of the contract decided: with the index, a JSON Pointer into it. */
enum rule { RULE_NONE, RULE_FILTER, RULE_SCHEDULE, RULE_CAP, RULE_ALLOW, RULE_BLOCK, RULE_STATUS, RULE_PRICE, RULE_PING, RULE_POST, RULE_TIER,
	RULE_DUPLICATES, RULE_BUYER_STATUS, RULE_BUYER_CAP, RULE_FUNDING, RULE__N };

struct decision {
	uint32_t contract;   /* row id */
	enum reason code;
	enum rule rule;
	uint16_t index;      /* of the filter, cap or source */
	int64_t cost;        /* what the buyer offered; -1: nothing */
	int ms;              /* the buyer's answer took; -1: not asked */
	double rank_value;   /* 0: not ranked */
	/* What a bid was ranked by besides its price, so that the ranking can be done again from the record. */
	bool has_draw;
	uint64_t draw;       /* weighted: the number drawn; round_robin: the contract's last turn, 0 when it never had one */
	double acceptance, speed; /* expected_revenue: the shares that made up rank_factor; 0: not weighed */
};

/* "/filters/0", or an empty text. */
struct str decision_pointer(struct arena *a, const struct decision *d);
/* Decisions in, bytes out: a few bytes for each contract that was not asked. */
struct str decision_pack(struct arena *a, const struct decision *list, size_t n);
/* ERR_INTERNAL when the bytes are not ours. */
int decision_unpack(struct arena *a, struct str packed, struct decision **out, size_t *n_out, struct err *e);

/* How often each code stands in a list: what answers call `reasons`, ordered by code. */
struct reason_count {
	enum reason code;
	size_t count;
};
size_t decision_count(struct arena *a, const struct decision *list, size_t n, struct reason_count **out);

#endif
