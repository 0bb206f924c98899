/*
 * once: a POST under an Idempotency-Key runs once. The same key and body replays the stored answer, another body is 422, still running
 * is 409. Whatever makes a lead claims its key in lib/exchange, where the lead is made; everything else here.
 */
#ifndef GAVEL_APP_ONCE_H
#define GAVEL_APP_ONCE_H

#include "fcgi-app/app.h"

/* The request's key (bare or quoted), n 0 when it has none; ERR_MALFORMED when it is not 1 to 255 visible characters. */
int once_key(const struct req *q, struct str *out, struct err *e);
/* Of method, path and body. */
void once_fingerprint(const struct req *q, uint8_t out[SHA256_SIZE]);
/* The key came with another request before: sets e, returns -1. */
int once_mismatch(struct err *e);
/* Runs the route's handler, or replays. For routes with ROUTE_ONCE. */
int once_run(struct app *app, const struct route *route, struct req *q, struct resp *r, struct err *e);
/*
 * For a post: 1 replayed into r, 0 go on, -1 error. *lead_out: the key has a lead but its answer was not kept; look at this lead.
 */
int once_replay_post(struct app *app, const struct req *q, struct str key, struct resp *r, struct id *lead_out, struct err *e);
/* Keeps the answer of a post; a failure is logged only: the lead's rows can answer too. */
void once_keep_answer(struct app *app, const struct req *q, struct str key, struct id lead_id, const struct resp *r);

#endif
