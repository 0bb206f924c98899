/*
 * slow: how much longer things may take here. Check's own multiplier is set where everything is slower, as under valgrind.
 */
#ifndef GAVEL_TESTS_UNIT_SLOW_H
#define GAVEL_TESTS_UNIT_SLOW_H

#include <stdlib.h>

/* The multiplier, at most `most`, at least 1. */
static inline int slow_by(int most)
{
	const char *times = getenv("CK_TIMEOUT_MULTIPLIER");
	long n = times != NULL ? strtol(times, NULL, 10) : 1;

	return n < 1 ? 1 : n < most ? (int)n : most;
}

#endif
