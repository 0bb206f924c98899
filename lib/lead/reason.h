/*
 * reason: every code of the exchange, once. The list gives the number kept in rows, the slug of the API, the stage, and the words
 * that pages and documents use. Numbers are stable: a code is never renumbered, a retired one is never used again.
 */
#ifndef GAVEL_LEAD_REASON_H
#define GAVEL_LEAD_REASON_H

#include "lib/base/str.h"

/* intake 1xx, screening 2xx, eligibility 3xx, auction 4xx, post 5xx, after 6xx */
#define REASONS(X) \
	X(AUTH_FAILED,         101, "auth_failed",         INTAKE,      "the key or signature is not valid") \
	X(CAMPAIGN_INACTIVE,   102, "campaign_inactive",   INTAKE,      "the campaign is not active for this seller") \
	X(SELLER_PAUSED,       103, "seller_paused",       INTAKE,      "the seller is paused") \
	X(SELLER_CAP,          104, "seller_cap",          INTAKE,      "the seller's cap is reached") \
	X(RATE_LIMITED,        105, "rate_limited",        INTAKE,      "more requests than the seller's rate limit") \
	X(MALFORMED,           106, "malformed",           INTAKE,      "the request could not be read") \
	X(MISSING_FIELD,       107, "missing_field",       INTAKE,      "a required field is absent") \
	X(INVALID_FIELD,       108, "invalid_field",       INTAKE,      "a field's value is not valid") \
	X(MARKUP_IN_DATA,      109, "markup_in_data",      INTAKE,      "a field holds markup") \
	X(DUPLICATE,           201, "duplicate",           SCREENING,   "the lead was seen within the campaign's window") \
	X(SUPPRESSED_DNC,      202, "suppressed_dnc",      SCREENING,   "the number is on a do-not-call list") \
	X(SUPPRESSED_OPTOUT,   203, "suppressed_optout",   SCREENING,   "the person opted out") \
	X(ERASED,              204, "erased",              SCREENING,   "the person asked to be erased") \
	X(CONSENT_MISSING,     205, "consent_missing",     SCREENING,   "a consent that is required is absent") \
	X(CONSENT_MISMATCH,    206, "consent_mismatch",    SCREENING,   "the consent does not cover this use") \
	X(SCORE_TOO_LOW,       207, "score_too_low",       SCREENING,   "the score is below the campaign's minimum") \
	X(GPC_BLOCK,           208, "gpc_block",           SCREENING,   "Global Privacy Control forbids the sale") \
	X(BUYER_PAUSED,        301, "buyer_paused",        ELIGIBILITY, "the buyer or the contract is paused") \
	X(FILTER_GEO,          302, "filter_geo",          ELIGIBILITY, "outside the contract's geography") \
	X(FILTER_FIELD,        303, "filter_field",        ELIGIBILITY, "a filter of the contract does not hold") \
	X(SCHEDULE_CLOSED,     304, "schedule_closed",     ELIGIBILITY, "outside the contract's schedule") \
	X(CAP_SENT,            305, "cap_sent",            ELIGIBILITY, "the cap on leads sent is reached") \
	X(CAP_SOLD,            306, "cap_sold",            ELIGIBILITY, "the cap on leads sold is reached") \
	X(CAP_SPEND,           307, "cap_spend",           ELIGIBILITY, "the cap on spend is reached") \
	X(NO_FUNDS,            308, "no_funds",            ELIGIBILITY, "the buyer's balance does not cover the price") \
	X(SOURCE_BLOCKED,      309, "source_blocked",      ELIGIBILITY, "the contract does not take this source") \
	X(BUYER_DUPLICATE,     310, "buyer_duplicate",     ELIGIBILITY, "the buyer had this lead within its window") \
	X(CIRCUIT_OPEN,        311, "circuit_open",        ELIGIBILITY, "the buyer fails too often and is being rested") \
	X(BULKHEAD_FULL,       312, "bulkhead_full",       ELIGIBILITY, "too many calls to the buyer are in flight") \
	X(PING_TOO_LATE,       313, "ping_too_late",       ELIGIBILITY, "too little time was left to ask") \
	X(LEAD_TOO_OLD,        314, "lead_too_old",        ELIGIBILITY, "the lead is older than the contract takes") \
	X(BUYER_CONSENT,       315, "consent_missing",     ELIGIBILITY, "the consent does not name this buyer") \
	X(TIER_NOT_REACHED,    316, "tier_not_reached",    ELIGIBILITY, "an earlier tier sold the lead") \
	X(OFFERED,             401, "offered",             AUCTION,     "the bid is offered to the seller") \
	X(NO_BID,              402, "no_bid",              AUCTION,     "the buyer declined") \
	X(PRICE_OUT_OF_RANGE,  403, "price_out_of_range",  AUCTION,     "the price is outside the contract's range") \
	X(BELOW_RESERVE,       404, "below_reserve",       AUCTION,     "below the campaign's reserve price") \
	X(BELOW_MIN_PRICE,     405, "below_min_price",     AUCTION,     "below the seller's minimum price") \
	X(BELOW_MARGIN,        406, "below_margin",        AUCTION,     "the margin would be negative") \
	X(SHARED_ALONE,        407, "shared_alone",        AUCTION,     "a shared bid that found no company") \
	X(NOT_CHOSEN,          408, "not_chosen",          AUCTION,     "another combination of bids earns more") \
	X(TIMEOUT,             409, "timeout",             AUCTION,     "no answer before the deadline") \
	X(UNREACHABLE,         410, "unreachable",         AUCTION,     "no connection to the buyer") \
	X(TLS_FAILED,          411, "tls_failed",          AUCTION,     "the buyer's TLS could not be trusted") \
	X(HTTP_ERROR,          412, "http_error",          AUCTION,     "the buyer answered with an error status or broke off") \
	X(UNPARSABLE_REPLY,    413, "unparsable_reply",    AUCTION,     "the buyer's reply could not be read") \
	X(BID_EXPIRED,         414, "bid_expired",         AUCTION,     "the bid had expired when the lead was posted") \
	X(OUTBID,              415, "outbid",              AUCTION,     "another bid ranked higher") \
	X(ACCEPTED,            501, "accepted",            POST,        "the buyer took the lead") \
	X(REJECTED_DUPLICATE,  502, "rejected_duplicate",  POST,        "the buyer has the lead already") \
	X(REJECTED_INVALID,    503, "rejected_invalid",    POST,        "the buyer found the data invalid") \
	X(REJECTED_QUALITY,    504, "rejected_quality",    POST,        "the buyer found the quality too low") \
	X(REJECTED_CAP,        505, "rejected_cap",        POST,        "the buyer's own cap is reached") \
	X(REJECTED_OTHER,      506, "rejected_other",      POST,        "the buyer rejected the lead") \
	X(RE_PING,             507, "re_ping",             POST,        "the buyer asks to be pinged again") \
	X(OUTCOME_UNKNOWN,     508, "outcome_unknown",     POST,        "the lead left, and no verdict came back") \
	X(NOT_SENT,            509, "not_sent",            POST,        "nothing of the lead left") \
	X(RETURN_REQUESTED,    601, "return_requested",    AFTER,       "the buyer asks to return the lead") \
	X(RETURN_APPROVED,     602, "return_approved",     AFTER,       "the return was approved") \
	X(RETURN_DENIED,       603, "return_denied",       AFTER,       "the return was denied") \
	X(CONVERTED,           604, "converted",           AFTER,       "the lead became a customer")

enum reason {
	REASON_NONE = 0,
#define X(name, number, slug, stage, help) REASON_##name = number,
	REASONS(X)
#undef X
	REASON__END = 700
};

enum stage { STAGE_INTAKE, STAGE_SCREENING, STAGE_ELIGIBILITY, STAGE_AUCTION, STAGE_POST, STAGE_AFTER, STAGE__N };

/* The API's slug, its stage and its words; an unknown number gives "unknown", STAGE_AUCTION and "". */
const char *reason_slug(enum reason r);
enum stage reason_stage(enum reason r);
const char *reason_help(enum reason r);
const char *stage_name(enum stage s);
/* By slug within a stage; STAGE__N looks through all. REASON_NONE when there is none. */
enum reason reason_find(struct str slug, enum stage in);
/* The first of the codes that share this one's slug: what is counted by name is counted once. */
enum reason reason_first(enum reason r);

#endif
