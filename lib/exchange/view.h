/*
 * view: a lead as its seller may see it, and its parts as JSON: answers and webhooks say the same in the same words.
 */
#ifndef GAVEL_EXCHANGE_VIEW_H
#define GAVEL_EXCHANGE_VIEW_H

#include "lib/exchange/exchange.h"
#include "lib/wire/json.h"

/* "sold", "exclusive". */
const char *view_lead_state(enum lead_state s);
const char *view_sale_kind(int kind);
void view_write_id(struct json_out *j, const char *name, const char *prefix, struct id id);
/* The member "buyer": by name, by a number that tells nothing, or null. */
void view_write_buyer(struct arena *a, struct json_out *j, enum show_buyer show, const struct buyer *b);
void view_write_reasons(struct json_out *j, const struct reason_count *list, size_t n);
/* One of "sales"; redirect: with the consumer's way on, which is nobody else's business. seller may be NULL. */
void view_write_sale(struct arena *a, struct json_out *j, const struct seller *seller, const struct sold *x, bool redirect);

/*
 * exchange_view over a connection that is open, within its transaction if there is one. then: the sales as an outbox row has them (p NULL: as
 * they are now): what came later is left out.
 */
enum found view_load(const struct exchange *ex, struct arena *a, struct db *db, const struct snapshot *snap, struct id lead_id, struct str then,
    struct lead_view *out, struct err *e);

#endif
