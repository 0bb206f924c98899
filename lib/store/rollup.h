/*
 * store/rollup: the raw rows that roll-ups are counted from, as few of their columns as counting needs. The sandbox's rows are not among
 * them.
 */
#ifndef GAVEL_STORE_ROLLUP_H
#define GAVEL_STORE_ROLLUP_H

#include "lib/store/lead.h"
#include "lib/store/ping.h"
#include "lib/store/sale.h"

/* Where a lead came from. channel 0: from no click of ours. */
struct rollup_source {
	uint32_t seller, campaign, channel;
	struct str sub1, sub2;
};

struct rollup_ping {
	struct id id;
	struct rollup_source source;
	int64_t version;
	enum ping_status status;
	struct str bids, decisions;
};

/* Pings behind `after` and before `before`, in the order of their ids, at most limit. */
int rollup_pings(struct db *db, struct arena *a, struct id after, struct id before, int limit, struct rollup_ping **out, size_t *n_out,
    struct err *e);
/* The first ping at or behind an id, and before another. */
enum found rollup_next_ping(struct db *db, struct arena *a, struct id from, struct id before, struct id *out, struct err *e);

/* Leads posted within a quarter that have all of this in common. */
struct rollup_leads {
	struct rollup_source source;
	int64_t version;
	enum lead_state state;
	int reason;
	int64_t n, recovered; /* recovered: sold although a buyer had rejected them */
};

int rollup_leads_list(struct db *db, struct arena *a, int64_t from, int64_t to, struct rollup_leads **out, size_t *n_out, struct err *e);

/* Attempts made within a quarter that have all of this in common. */
struct rollup_sales {
	struct rollup_source source;
	int64_t version;      /* of the lead */
	uint32_t contract, buyer;
	char currency[4];
	enum sale_state state;
	int reason;
	int64_t cost, price;  /* of each */
	int64_t n, recovered; /* recovered: another attempt at the lead was rejected */
};

int rollup_sales_list(struct db *db, struct arena *a, int64_t from, int64_t to, struct rollup_sales **out, size_t *n_out, struct err *e);
/* Quarters (of an hour, since 1970) whose leads or sales changed since an instant, in order. */
int rollup_changed(struct db *db, struct arena *a, int64_t since, int64_t **out, size_t *n_out, struct err *e);

/* Clicks within a quarter that have all of this in common. */
struct rollup_clicks {
	uint32_t channel, campaign;
	char currency[4];
	struct str sub1, sub2;
	int64_t n, cost;      /* cost: of all of them */
};

int rollup_clicks_list(struct db *db, struct arena *a, int64_t from, int64_t to, struct rollup_clicks **out, size_t *n_out, struct err *e);
/* When the first click behind an instant was made. */
enum found rollup_next_click(struct db *db, struct arena *a, int64_t from, int64_t *out, struct err *e);

/* What a version of the configuration says that rows do not. */
struct rollup_campaign {
	uint32_t id;
	char currency[4];
};

struct rollup_contract {
	uint32_t id, buyer;
};

struct rollup_channel {
	uint32_t id;
	struct str cost;      /* cpc, cpl, revshare, manual */
	int64_t amount, percent;
};

struct rollup_terms {
	struct rollup_campaign *campaigns;
	struct rollup_contract *contracts;
	struct rollup_channel *channels;
	size_t n_campaigns, n_contracts, n_channels;
};

/* Each list in the order of its ids. A version that is not there has no terms. */
int rollup_terms_read(struct db *db, struct arena *a, int64_t version, struct rollup_terms *out, struct err *e);
/* The longest that a campaign of the version in force waits for bids. */
int rollup_ping_timeout(struct db *db, struct arena *a, int64_t *ms_out, struct err *e);

#endif
