/*
 * answer: the exchange's results as JSON (or XML, where Accept asks for it), to the letter of the contract.
 */
#ifndef GAVEL_API_ANSWER_H
#define GAVEL_API_ANSWER_H

#include "fcgi-app/app.h"

void answer_ping(const struct req *q, struct resp *r, const struct auction *au);
/* 201 for a new lead, 200 for a replayed one; events only for GET. */
int answer_lead(struct app *app, const struct req *q, struct resp *r, int status, const struct lead_view *v, bool events, struct err *e);
/* Turns a JSON answer into XML with the root <response> when the request's Accept prefers it. */
void answer_as_asked(const struct req *q, struct resp *r);

#endif
