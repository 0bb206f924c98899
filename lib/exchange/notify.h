/*
 * notify: whom the outbox's rows concern, and what they are told: a seller its events, an affiliate the sales of its clicks, bidders that
 * they lost, the operator alerts. Each becomes a message (store/message); the row goes in the same transaction.
 *
 * Bodies are made here and kept, so that every attempt and every resend says the same; only addresses and secrets are read when a message
 * is sent. They hold nothing personal.
 */
#ifndef GAVEL_EXCHANGE_NOTIFY_H
#define GAVEL_EXCHANGE_NOTIFY_H

#include "lib/exchange/exchange.h"
#include "lib/store/message.h"
#include "lib/store/outbox.h"
#include "lib/wire/json.h"

/* Owner of the endpoints that alerts go to. */
#define NOTIFY_OPERATOR STR("operator")

struct notify {
	const struct exchange *ex;
	const struct snapshot *snapshot;
	bool alert_webhook, alert_letter;  /* where the operator wants alerts */
};

/* Tells of up to limit rows; returns of how many, or -1. Any number of runners at once: each row is one runner's. */
int notify_run(struct db *db, struct arena *a, const struct notify *n, int limit, struct err *e);

/*
 * The call of a loss notice, rendered when it is sent: it may hold the buyer's secrets. 1: there is nothing to say any more (the contract
 * or the lead's key is gone, or the buyer has the lead after all).
 */
int notify_loss_call(struct db *db, struct arena *a, const struct notify *n, const struct message_row *m, struct http_call *out, struct err *e);

/* An endpoint as operators name it: "seller:house", or the seller's key alone; "channel:fb-auto", "alert:operator". */
bool notify_owner_parse(struct str text, enum endpoint_kind *kind_out, struct str *owner_out);
struct str notify_owner_text(struct arena *a, enum endpoint_kind kind, struct str owner);
/* As JSON for operators. name NULL: in a list, or alone; log NULL: without its body and its attempts. */
void notify_write_message(struct arena *a, struct json_out *j, const char *name, const struct message_row *m, const struct message_attempt *log,
    size_t n);
void notify_write_endpoint(struct arena *a, struct json_out *j, const struct endpoint_row *ep);

#endif
