/*
 * webhook: one message on its way: the call that it becomes, and what the answer means.
 */
#ifndef GAVEL_JOBS_WEBHOOK_H
#define GAVEL_JOBS_WEBHOOK_H

#include "fcgi-app/app.h"
#include "lib/exchange/notify.h"

enum { WEBHOOK_TIMEOUT_MS = 20000 };

/* Where alerts are wanted and what they are told from; the snapshot is the caller's. */
struct notify webhook_notify(struct app *app, const struct snapshot *snap);

/* 0: call is ready. 1: there is nobody to send it to, and why. -1: try again later. db is used and given back before anything is sent. */
int webhook_call(struct app *app, struct arena *a, const struct notify *n, struct db *db, const struct message_row *m, int64_t now,
    struct http_call *out, const char **why_out, struct err *e);

/* What becomes of the message; gone_out: the endpoint said 410, nothing more is wanted there. */
void webhook_judge(struct arena *a, const struct message_row *m, const struct http_reply *reply, int64_t ended_at, uint32_t random,
    struct message_result *out, bool *gone_out);

#endif
