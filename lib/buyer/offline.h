/*
 * offline: the documents by which a step is tried with neither database nor network: what is known of a lead, a reply, a call and a
 * verdict, each as JSON (configuration.md, "Offline"). For gavelctl and for tests; workers never come here.
 */
#ifndef GAVEL_BUYER_OFFLINE_H
#define GAVEL_BUYER_OFFLINE_H

#include "lib/buyer/step.h"

struct offline_scope {
	struct tmpl_scope scope;
	struct value root, secrets; /* what scope points to */
};

/*
 * LEAD.json as what a step renders from. The lead is checked and normalised as a post's, whichever the step. now_us is used when the
 * document does not say `now`. Every fault is added; -1 when there was one.
 */
int offline_scope(struct arena *a, const struct value *doc, const struct vertical *v, struct str contract, int64_t now_us,
    struct faults *f, struct offline_scope *out);
/* REPLY.json as what lib/net would have brought back; a null body is no answer in time. */
int offline_reply(struct arena *a, const struct value *doc, struct faults *f, struct http_reply *out);
/* One line of JSON each, with a newline. */
void offline_write_call(struct arena *a, struct buf *b, const struct http_call *call);
void offline_write_verdict(struct buf *b, const struct verdict *v);

#endif
