/*
 * postback: a buyer's verdict after the post. Each is taken once; a verdict that the sale's state does not allow changes nothing.
 */
#ifndef GAVEL_EXCHANGE_POSTBACK_H
#define GAVEL_EXCHANGE_POSTBACK_H

#include "lib/exchange/exchange.h"
#include "lib/store/postback.h"

struct verdict_in {
	const struct catalog *catalog;
	const struct buyer *buyer;
	struct id sale_id, lead_id;   /* zero: not given */
	struct str ref;               /* n 0: not given */
	struct str status;            /* accepted, rejected, returned, converted, or a free disposition */
	struct str reason;            /* n 0: none */
	bool has_amount;
	int64_t amount;
	struct str event_id;          /* n 0: none */
	struct str webhook_id;        /* n 0: not signed */
	struct str body;              /* raw: what makes a resend the same */
};

struct verdict_done {
	struct id sale_id, lead_id;
	enum sale_state state;
	bool recorded;                /* false: it was taken before */
};

/* ERR_NOT_FOUND: no such sale of this buyer. ERR_CONFLICT: the state does not allow it, or the id came with another body. */
int exchange_postback(const struct exchange *ex, struct arena *a, const struct verdict_in *in, struct verdict_done *out, struct err *e);

/* Codes of verdicts by their names; REASON_NONE for a free disposition. */
bool postback_status_is_verdict(struct str status);

#endif
