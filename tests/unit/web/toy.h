/*
 * toy: a supervisor in a process of its own with workers that do little: they answer one byte with their pid and generation ('p' at
 * once, 's' slowly, 'x' ends the worker). The test plays the operator, the front end and the accident.
 */
#ifndef GAVEL_TESTS_UNIT_WEB_TOY_H
#define GAVEL_TESTS_UNIT_WEB_TOY_H

#include <stdbool.h>
#include <sys/types.h>
#include <sys/un.h>

#include "lib/web/supervisor.h"

enum { TOY_PIDS = 64 };

enum toy_way { TOY_GOOD, TOY_CRASHES, TOY_STAYS, TOY_NEVER_BEATS, TOY_LATE /* its first beat */ };

struct toy {
	struct shm *shm;
	_Atomic int way; /* enum toy_way, for workers that start from now on */
};

extern struct toy *toy; /* shared with the supervisor and its workers */
extern struct sockaddr_un toy_address;
extern struct supervisor_options toy_options;
extern pid_t toy_supervisor;

void toy_set_up(void);
void toy_tear_down(void);
/* Forks the supervisor. */
void toy_start(void);
/* Waits for its end: its exit code, or minus the signal. */
int toy_end(void);
/* A connection, or -1. */
int toy_connect(void);
int toy_ask(char what);
/* The pid that answered, 0 when the connection broke; within 5 s. generation may be NULL. */
pid_t toy_answer(int fd, int *generation);
/* The pid of a worker that answers, tried for 5 s; 0 for none. */
pid_t toy_pid(void);
/* The workers that serve now. */
int toy_serving(pid_t pids[TOY_PIDS]);
void toy_wait(int want);
/* Likewise, and the one that is gone is not counted any more: the supervisor has noticed. */
void toy_wait_instead(pid_t gone, int want);
/* The process has ended, within ms. */
bool toy_gone(pid_t pid, int ms);

#endif
