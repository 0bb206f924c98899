/*
 * workers: the threads of gavel-jobs that work off what is due about single leads and sales (store/work), each one leased piece at a time. Buyers are
 * called from here, so timed jobs must not wait for it.
 */
#ifndef GAVEL_JOBS_WORKERS_H
#define GAVEL_JOBS_WORKERS_H

#include "fcgi-app/app.h"

struct workers;

/* The app's parts must be open (PART_EXCHANGE) and stay so until workers_stop. */
struct workers *workers_start(struct app *app, int threads);
/* Lets each thread end the piece that it is at, and waits for it. */
void workers_stop(struct workers **wp);
/* Works off what is due now, in the calling thread, until nothing is. -1: something failed and was logged. */
int workers_drain(struct app *app);

#endif
