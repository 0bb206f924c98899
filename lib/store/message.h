/*
 * store/message: what is sent to those who want to be told: sellers' webhooks, affiliates' postbacks, loss notices, alerts. A message is
 * sent at least once, under one id; a loss notice at most once. Runners share the work: one that takes a message moves its due time
 * behind a lease, and records under that lease only, so that what a dead runner held comes back and what a slow one says late is not
 * believed.
 */
#ifndef GAVEL_STORE_MESSAGE_H
#define GAVEL_STORE_MESSAGE_H

#include "lib/db/db.h"

/* owner: a seller's key, a channel's, a contract's; "operator" for alerts by webhook and by letter. */
enum endpoint_kind { ENDPOINT_SELLER = 1, ENDPOINT_CHANNEL, ENDPOINT_CONTRACT, ENDPOINT_ALERT, ENDPOINT_LETTER, ENDPOINT__N };
enum message_state { MESSAGE_WAITING = 1, MESSAGE_DELIVERED, MESSAGE_FAILED };

enum { MESSAGE_BODY_MAX = 64 * 1024, MESSAGE_URL_MAX = 4000, MESSAGE_ERROR_MAX = 160 };

struct endpoint_row {
	uint32_t id;
	enum endpoint_kind kind;
	struct str owner;
	int failing;                     /* failures since the last success */
	int64_t failed_at, disabled_at;  /* 0: never; not disabled */
	int failed_status;
	struct str reason;               /* p NULL: none */
	int64_t waiting;                 /* messages; by message_endpoints only */
};

struct message_row {
	struct id id;
	uint32_t endpoint_id;
	enum endpoint_kind kind;         /* of the endpoint, with its owner */
	struct str owner;
	struct str type;
	struct id lead_id, sale_id;      /* zero: none */
	uint32_t contract_id;            /* of a loss notice; 0: none */
	struct str url;                  /* p NULL: the one that is configured when it is sent */
	struct str body;
	enum message_state state;
	int64_t created_at, next_at;
	struct id lease;
	int step, attempts;              /* of this round of attempts, of all */
	int64_t last_at, done_at;        /* 0: not yet */
	int last_status;                 /* 0: none came */
	struct str last_error;           /* p NULL: none */
};

const char *message_kind_name(enum endpoint_kind k);
const char *message_state_name(enum message_state s);
bool message_state_parse(struct str text, enum message_state *out);

/* Finds or makes the row of an endpoint. */
int message_endpoint(struct db *db, enum endpoint_kind kind, struct str owner, uint32_t *id_out, struct err *e);
/* ERR_DB_DUPLICATE: that contract's notice of that lead is there already. */
int message_insert(struct db *db, const struct message_row *m, struct err *e);

/* Endpoints that are not disabled and have a message due. */
int message_due(struct db *db, struct arena *a, int64_t now, struct endpoint_row **out, size_t *n_out, struct err *e);
struct message_claim {
	uint32_t endpoint_id;
	int64_t now, until;              /* the lease ends; then it is due again */
	struct id lease;
	int limit;
};
/* Takes messages that are due and nobody has, oldest first. A loss notice counts as failed from here on: it is never taken twice. */
int message_take(struct db *db, struct arena *a, const struct message_claim *claim, struct message_row **out, size_t *n_out, struct err *e);

struct message_result {
	enum message_state state;
	int64_t next_at, at;             /* WAITING: when again; when it was sent */
	int ms, status;
	struct str error;                /* n 0: none */
	bool nobody;                     /* there was none to call: the endpoint's record stays as it is */
};
/* Also into the log of attempts. When the lease was lost the message itself stays as it is. */
int message_record(struct db *db, const struct message_row *m, const struct message_result *r, struct err *e);
/* FOUND_NO: it was disabled before. */
enum found message_disable(struct db *db, uint32_t endpoint_id, struct str reason, int64_t now, struct err *e);
/* FOUND_NO: there is no such endpoint. It starts with a clean record; what waits for it is due as it was. */
enum found message_enable(struct db *db, enum endpoint_kind kind, struct str owner, struct err *e);
/* Due now, with all its attempts before it. FOUND_NO: no such message, or a loss notice. */
enum found message_resend(struct db *db, struct id id, int64_t now, struct err *e);

struct message_filter {
	enum endpoint_kind kind;         /* 0: any; with an owner or without */
	struct str owner;                /* n 0: any */
	enum message_state state;        /* 0: any */
	struct id lead_id;               /* zero: any; with one, only `before` counts beside it */
	struct id before;                /* zero: from the newest */
	int limit;
};
/* Newest first. */
int message_list(struct db *db, struct arena *a, const struct message_filter *f, struct message_row **out, size_t *n_out, struct err *e);
enum found message_find(struct db *db, struct arena *a, struct id id, struct message_row *out, struct err *e);
struct message_attempt {
	int n;
	int64_t at;
	int ms, status;
	struct str error;
};
int message_attempts(struct db *db, struct arena *a, struct id id, struct message_attempt **out, size_t *n_out, struct err *e);
int message_endpoints(struct db *db, struct arena *a, struct endpoint_row **out, size_t *n_out, struct err *e);

/* Messages that ended before are deleted with their attempts, at most 1000; one transaction. */
int message_expire(struct db *db, int64_t before, uint64_t *dropped_out, struct err *e);
/* Messages that have been due since before without anybody being able to send them end as failed; at most 1000 of each endpoint. */
int message_give_up(struct db *db, struct arena *a, int64_t before, int64_t now, uint64_t *ended_out, struct err *e);

#endif
