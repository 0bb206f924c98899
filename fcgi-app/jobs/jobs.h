/*
 * jobs: what gavel-jobs does again and again. Any number of runners on any hosts: every job is safe to run twice and at once.
 */
#ifndef GAVEL_JOBS_JOBS_H
#define GAVEL_JOBS_JOBS_H

#include "fcgi-app/app.h"

struct jobs {
	struct app *app;
	struct arena *arena;      /* of one run of one job */
	struct db *db;            /* open while a job runs */
	struct db *ddl;           /* as the user with DDL rights; opened by jobs_ddl */
	struct tally *tally;      /* what roll-ups remember from run to run */
	struct recovery recovery;
	struct id holds;          /* how far job_holds_expire has come */
};

struct job {
	const char *name;
	int64_t every_ms;
	int (*run)(struct jobs *j, struct err *e); /* 0 done, 1 more waits: run again at once, -1 error */
};

/* A connection with DDL rights, kept open between runs. */
int jobs_ddl(struct jobs *j, struct err *e);

int job_recover(struct jobs *j, struct err *e);
int job_partitions(struct jobs *j, struct err *e);
int job_expire(struct jobs *j, struct err *e);
int job_guard(struct jobs *j, struct err *e);
int job_alerts(struct jobs *j, struct err *e);
int job_outbox(struct jobs *j, struct err *e);
int job_rollup(struct jobs *j, struct err *e);
int job_standing(struct jobs *j, struct err *e);
int job_rollup_expire(struct jobs *j, struct err *e);
int job_messages_expire(struct jobs *j, struct err *e);
int job_holds_expire(struct jobs *j, struct err *e);

#endif
