/*
 * trace: a seller's trace goes on at the buyer (W3C Trace Context): each call made for a request that came with a valid traceparent
 * carries one of its own, of the same trace and with the same flags. Calls that no request waits for (jobs, webhooks) have none.
 */
#ifndef GAVEL_EXCHANGE_TRACE_H
#define GAVEL_EXCHANGE_TRACE_H

#include "lib/base/arena.h"
#include "lib/base/http.h"
#include "lib/buyer/step.h"

/* What a call says whose parent is this traceparent (as in struct req): another parent-id each time. n 0 when there was none. */
struct str trace_next(struct arena *a, struct str traceparent);
/* Adds it to a call that the step rendered, unless it is empty or the step names the header itself. */
void trace_add(struct arena *a, const struct step *s, struct str traceparent, struct http_call *call);

#endif
