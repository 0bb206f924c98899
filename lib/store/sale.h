/*
 * store/sale: attempts to sell a lead. A sale row and its delivery are written with the intent, before the first byte leaves; what
 * became of it is a conditional change from `posting` or `pending`.
 */
#ifndef GAVEL_STORE_SALE_H
#define GAVEL_STORE_SALE_H

#include "lib/store/lead.h"

enum sale_state { SALE_POSTING = 1, SALE_PENDING, SALE_ACCEPTED, SALE_REJECTED, SALE_RETURNED, SALE_CONVERTED };
enum delivery_state { DELIVERY_POSTING = 1, DELIVERY_ACCEPTED, DELIVERY_REJECTED, DELIVERY_UNKNOWN, DELIVERY_NOT_SENT, DELIVERY_PENDING };

struct sale_row {
	struct id id, lead_id, bid_id;
	int slot;                        /* 0: none held; of a rejected sale only one that was lost holds one (sale_is_lost) */
	uint32_t contract_id, buyer_id, seller_id, campaign_id;
	bool sandbox;
	int kind;                        /* enum sale_kind as sold: exclusive or shared */
	enum sale_state state;
	int64_t cost, price;
	char currency[4];
	struct str ref, redirect_url;    /* p NULL: none */
	int64_t created_at, updated_at;
	/* delivery */
	int seq;
	enum delivery_state delivery;
	int reason;                      /* enum reason; 0 none */
	struct str reason_text;
	int64_t deadline_at, ended_at;
	int ms, http_status;
	struct str exchange;             /* sealed; p NULL: none */
	struct str bid;                  /* the bid that was rendered, as JSON, where the attempt may be sent or asked for again; p NULL: not kept */
};

struct sale_result {
	enum sale_state state;
	enum delivery_state delivery;
	bool lost;                       /* rejected by a policy, not by its buyer: the slot is kept, since the buyer may have it */
	int reason;
	struct str reason_text, ref, redirect_url;
	int ms, http_status;
	struct str exchange;             /* sealed */
};

struct sale_event {
	struct id sale_id;               /* zero: of the lead */
	int64_t at;
	struct str kind;                 /* posted, accepted, rejected, pending, unknown, ... */
	int reason;
	struct str detail, actor;
};

const char *sale_state_name(enum sale_state s);
/* Given up by a policy, while nobody knows whether its buyer has it: rejected, with its slot. The buyer's own word still counts. */
bool sale_is_lost(const struct sale_row *s);

/* Sale and delivery. ERR_DB_DUPLICATE: the slot is held. */
int sale_store_insert(struct db *db, const struct sale_row *row, struct err *e);
/*
 * Ends an attempt that is open (posting, or pending): FOUND_NO when it was not. A rejected one gives its slot up, unless it is lost. An attempt
 * that stays pending keeps it.
 */
enum found sale_store_settle(struct db *db, struct id sale_id, const struct sale_result *r, int64_t now, struct err *e);
/* What the reply brought besides, when its verdict was known already: a postback had been faster. */
int sale_store_complete(struct db *db, struct id sale_id, const struct sale_result *r, int64_t now, struct err *e);
/* A verdict came from elsewhere while the attempt was under way: what its reply was is not known. */
int sale_store_let_go(struct db *db, struct id sale_id, int64_t now, struct err *e);
/* All of a lead, in the order they were tried, exchange and bid apart: these may be a megabyte each. */
int sale_store_list(struct db *db, struct arena *a, struct id lead_id, struct sale_row **out, size_t *n_out, struct err *e);
int sale_store_list_whole(struct db *db, struct arena *a, struct id lead_id, struct sale_row **out, size_t *n_out, struct err *e);
enum found sale_store_find(struct db *db, struct arena *a, struct id sale_id, struct sale_row *out, struct err *e);
/* Locks it, with its delivery, for the rest of the transaction and reads it, exchange and bid apart. Lock its lead first. */
enum found sale_store_lock(struct db *db, struct arena *a, struct id sale_id, struct sale_row *out, struct err *e);
/* The lead that it sells. */
enum found sale_store_lead(struct db *db, struct arena *a, struct id sale_id, struct id *out, struct err *e);
/* Attempts still posting past their deadline: a dead worker's. Exchange and bid apart. */
int sale_store_overdue(struct db *db, struct arena *a, const struct overdue *o, struct sale_row **out, size_t *n_out, struct err *e);

/* Whose outcome is not known, the oldest first, exchange and bid apart. */
int sale_store_pending(struct db *db, struct arena *a, int limit, struct sale_row **out, size_t *n_out, struct err *e);

/* A buyer's sales of a span: those that it took, and how many of them it rejected later or gave back. */
struct sale_declines {
	uint32_t buyer_id;
	int64_t taken, declined, returned;
};

int sale_store_declines(struct db *db, struct arena *a, int64_t since, struct sale_declines **out, size_t *n_out, struct err *e);

int sale_event_insert(struct db *db, struct id lead_id, const struct sale_event *ev, struct err *e);
/* Of several leads at once: events[i] is of lead_ids[i]; n is WRITER_BATCH at the most. */
int sale_event_insert_all(struct db *db, const struct id *lead_ids, const struct sale_event *const *events, size_t n, struct err *e);
/* In their order; the first SALE_EVENTS_MAX: a buyer may tell of a sale as often as it likes, and nobody reads more of it. */
enum { SALE_EVENTS_MAX = 1000 };
int sale_event_list(struct db *db, struct arena *a, struct id lead_id, struct sale_event **out, size_t *n_out, struct err *e);

#endif
