/*
 * store/replay: what became of stored pings, a page of them at a time. Reads only.
 */
#ifndef GAVEL_STORE_REPLAY_H
#define GAVEL_STORE_REPLAY_H

#include "lib/store/lead.h"
#include "lib/store/sale.h"

/* A ping's lead, posted by or before or after it: a re-ping and a direct post decide on the whole lead, which is here then. */
struct replay_lead {
	struct id ping_id, lead_id;
	enum lead_state state;
	bool whole;                   /* the lead was there when the ping was decided */
	struct str lead;              /* JSON, of a whole one */
	struct str lead_key, sealed;  /* likewise; p NULL: none, or destroyed */
};

/* An attempt to sell the lead of a ping, whichever ping of that lead it came of: bid_id says. */
struct replay_sale {
	struct id ping_id, bid_id;
	uint32_t contract_id;
	enum sale_state state;
	int64_t cost, price;
};

/* Of the live pings from the one id to the other, both included; by ping, sales in the order they were tried. */
int replay_store_leads(struct db *db, struct arena *a, struct id from, struct id to, struct replay_lead **out, size_t *n_out, struct err *e);
int replay_store_sales(struct db *db, struct arena *a, struct id from, struct id to, struct replay_sale **out, size_t *n_out, struct err *e);

#endif
