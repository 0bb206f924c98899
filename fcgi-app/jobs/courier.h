/*
 * courier: sends messages (store/message) beside the jobs, so that a receiver that does not answer holds up none of them. One thread turns
 * the outbox into messages and takes what is due; each of the others carries one message at a time. An endpoint has a bounded share of
 * them, a failing one a single one: dead receivers cost slots, never the others' turn.
 */
#ifndef GAVEL_JOBS_COURIER_H
#define GAVEL_JOBS_COURIER_H

#include "fcgi-app/app.h"

struct courier;

int courier_open(struct app *app, struct courier **out, struct err *e);
/* Returns when nothing is due and nothing on its way, or at deadline_us (monotonic). */
void courier_drain(struct courier *c, int64_t deadline_us);
/* Ends when what is on its way has been recorded, or after some seconds: then it returns how many still are, and leaves them their memory. */
int courier_close(struct courier **cp);

#endif
