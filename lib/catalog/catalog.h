/*
 * catalog: the configuration in force as an immutable snapshot: what workers hold. A request takes a reference at its start and
 * finishes on that version.
 *
 * The document (one JSON text, configuration.md) is the truth; the snapshot is the document decoded and compiled. Rows name sellers,
 * buyers, campaigns, contracts and channels by small numbers that never change (store/config); the document names them by key.
 */
#ifndef GAVEL_CATALOG_CATALOG_H
#define GAVEL_CATALOG_CATALOG_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/arena.h"
#include "lib/base/fault.h"
#include "lib/base/map.h"
#include "lib/base/zone.h"
#include "lib/buyer/step.h"
#include "lib/lead/auction.h"
#include "lib/lead/cap.h"
#include "lib/lead/consent.h"
#include "lib/lead/schedule.h"
#include "lib/lead/score.h"
#include "lib/lead/vertical.h"

enum status { STATUS_ACTIVE, STATUS_PAUSED, STATUS_ARCHIVED };
enum show_buyer { SHOW_NAME, SHOW_ALIAS, SHOW_NONE };
enum funding_mode { FUNDING_NONE, FUNDING_PREPAID, FUNDING_CREDIT };
enum postback_auth { POSTBACK_SIGNATURE, POSTBACK_TOKEN };
enum unknown_then { UNKNOWN_OPERATOR, UNKNOWN_SOLD, UNKNOWN_LOST };
/* The default of an absent `cost` comes first; the others are in the document's order. */
enum cost_type { COST_NONE, COST_CPC, COST_CPL, COST_REVSHARE, COST_MANUAL };

/* Bits of duplicates_match. */
enum { MATCH_PHONE = 1, MATCH_EMAIL = 2 };

struct filter {
	const struct condition *condition;
	enum reason code;      /* what a lead that fails it is told: filter_geo, lead_too_old, filter_field */
};

struct contract {
	uint32_t id;           /* in rows; 0 offline */
	struct str key;
	const struct buyer *buyer;
	const struct campaign *campaign;
	enum status status;
	enum sale_kind sale;
	int tier, priority, weight;
	bool fixed_price;
	int64_t price_fixed, price_min, price_max; /* bid: min 0 and MONEY_MAX when not given */
	struct filter *filters;
	size_t n_filters;
	const struct schedule *schedule;           /* NULL: always open */
	struct cap *caps;
	size_t n_caps;
	struct str *allow, *block;                 /* sources: "seller" or "seller/sub1" */
	size_t n_allow, n_block;
	const struct step *ping, *post;            /* ping NULL: fixed price, not asked */
	const struct step *loss_notice;            /* NULL: none */
	const struct step *unknown_check;          /* NULL: none */
	int unknown_hold_s;
	enum unknown_then unknown_then;
	bool unknown_repeat, unknown_is_reject, on_unknown_next;
	int duplicates_days;                       /* 0: not looked at */
	unsigned duplicates_match;                 /* MATCH_PHONE, MATCH_EMAIL */
	struct value masked_secrets;               /* secret names of the buyer, for renders that are stored */
};

struct buyer {
	uint32_t id;
	struct str key, name;
	enum status status;
	enum funding_mode funding;
	int64_t credit_limit;
	enum postback_auth postback_auth;
	int returns_window_days;
	int64_t returns_max_percent;
	struct str *returns_auto;
	size_t n_returns_auto;
	struct cap *caps;
	size_t n_caps;
	struct value secrets;                      /* object name -> text; unsealed when a worker loads; never encoded */
	struct contract *contracts;
	size_t n_contracts;
};

struct seller {
	uint32_t id;
	struct str key, name;
	enum status status;
	struct str *campaigns;
	size_t n_campaigns;
	const struct payout *payout;               /* NULL: the campaign's */
	int rate_per_second, rate_burst;           /* 0: none */
	struct cap *caps;
	size_t n_caps;
	enum show_buyer show_buyer;
	struct str webhook_url;
	struct str *webhook_events;
	size_t n_webhook_events;
};

struct campaign {
	uint32_t id;
	struct str key;
	const struct vertical *vertical;
	char currency[4];
	enum status status;
	struct routing routing;
	int ping_timeout_ms, bid_ttl_s, post_timeout_ms, post_deadline_ms;
	int reroute_attempts, reroute_window_s;
	struct payout payout;
	int duplicates_days;
	unsigned duplicates_match;
	int seen_days;                             /* the longest window of it and its contracts; 0: duplicates don't matter */
	const struct scoring *scoring;             /* NULL: no score */
	struct consent_rule consent;
	const struct contract **contracts;         /* every contract of the campaign, by id */
	size_t n_contracts;
	const struct map *used_fields;             /* dotted lead fields that a filter, score, required_if or ping of it reads */
};

struct channel {
	uint32_t id;
	struct str key, name, affiliate, landing_url, postback_url;
	const struct campaign *campaign;
	const struct tmpl *postback;               /* of postback_url; NULL: none */
	enum cost_type cost;
	int64_t cost_amount, cost_percent;
};

struct form_step {
	struct str title;
	struct str *fields;
	size_t n_fields;
};

struct form_page {
	struct str key;
	const struct campaign *campaign;
	const struct seller *seller;
	struct form_step *steps;
	size_t n_steps;
	struct str consent_text, thanks_message, thanks_url, accent;
	struct str *origins;
	size_t n_origins;
};

struct catalog {
	struct arena *arena;                       /* owns everything here */
	int64_t version;                           /* 0 offline */
	struct value document;                     /* whole, with defaults not filled in */
	struct vertical *verticals;   size_t n_verticals;
	struct campaign *campaigns;   size_t n_campaigns;
	struct seller *sellers;       size_t n_sellers;
	struct buyer *buyers;         size_t n_buyers;
	struct channel *channels;     size_t n_channels;
	struct form_page *forms;      size_t n_forms;
	struct map *by_campaign, *by_seller, *by_buyer, *by_contract, *by_channel, *by_form; /* key -> object */
};

/* Numbers of the rows for keys, and buyers' secrets: what a compile can't know from the document. Any may be NULL offline. */
struct catalog_names {
	const struct map *campaigns, *sellers, *buyers, *contracts, *channels; /* key -> (void *)(uintptr_t)id */
	const struct map *secrets;                                             /* buyer key -> struct value * (object of texts) */
};

/*
 * Decodes and checks a whole document: every fault with its pointer (codes: unknown_member, missing_field, invalid_field,
 * unknown_reference, duplicate_key). The catalog is on its own arena: catalog_free.
 */
int catalog_compile(const struct value *document, const struct catalog_names *names, struct faults *f, struct faults *warnings,
    struct catalog **out);
void catalog_free(struct catalog **cp);

/*
 * The document of `base` (NULL or null: none yet) with the objects of `change` in their places: by key, contracts too, wherever
 * they stood before; prune: what change leaves out goes. What change says comes first and in its order, so that pointers into the result
 * are pointers into change. Nothing is checked: the result is compiled.
 */
struct value catalog_merge(struct arena *a, const struct value *base, const struct value *change, bool prune);
/*
 * The one order in which a document is kept: sections as in configuration.md, objects by key, contracts by key in their buyer,
 * known members in the order of configuration.md; what is the operator's own (bodies, queries, headers, conditions, look-ups) as given.
 */
struct value catalog_canonical(struct arena *a, const struct value *document);

enum change { CHANGE_ADDED, CHANGE_REPLACED, CHANGE_REMOVED };
enum { CHANGE_MEMBERS_MAX = 16 };
struct catalog_change {
	enum change change;
	struct str kind, key;   /* "buyer", "acme"; contracts are listed as kind "contract" */
	struct str pointer;     /* into the new document (the old one when removed) */
	struct str *members;    /* replaced: pointers inside the object that differ, the first CHANGE_MEMBERS_MAX */
	size_t n_members;
};
/* By section, then by key; order alone is no difference. */
size_t catalog_diff(struct arena *a, const struct value *from, const struct value *to, struct catalog_change **out);
const char *change_name(enum change c);

/* "none", "prepaid", "credit" */
const char *funding_mode_name(enum funding_mode m);
/* The one with that row id, or NULL: it is not configured, or no longer. */
const struct campaign *catalog_campaign(const struct catalog *c, uint32_t id);
const struct seller *catalog_seller(const struct catalog *c, uint32_t id);
const struct buyer *catalog_buyer(const struct catalog *c, uint32_t id);
const struct channel *catalog_channel(const struct catalog *c, uint32_t id);
/* Contract of that row id in the campaign, or NULL. */
const struct contract *campaign_contract(const struct campaign *c, uint32_t id);

#endif
