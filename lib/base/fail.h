/*
 * fail: failpoints for the fault suite. FAIL("post.after_intent") is nothing in release builds. In builds with failpoints the
 * environment says what happens there: GAVEL_FAIL="name=kill,other=stall:250,third=error:2".
 *
 *	kill            the process kills itself (SIGKILL)
 *	stall:MS        the thread sleeps
 *	error[:COUNT]   FAIL_IS_ERROR says so, the first COUNT times in this process or for ever
 *
 * GAVEL_FAIL is read once. If it is "@FILE", the file is read at every failpoint instead, so that a running system can be armed and
 * disarmed; a kill found there removes the file first, so that the restarted process lives. Counts are then for ever.
 */
#ifndef GAVEL_BASE_FAIL_H
#define GAVEL_BASE_FAIL_H

#include <stdbool.h>

#include "config.h"

#ifdef GAVEL_FAILPOINTS
#define FAIL(name) ((void)fail_point(name))
#define FAIL_IS_ERROR(name) fail_point(name)
/* Does what is asked for at this name; true when that is an error. */
bool fail_point(const char *name);
#else
#define FAIL(name) ((void)0)
#define FAIL_IS_ERROR(name) false
#endif

#endif
