#include "lib/lead/retry.h"

static const int64_t waits_s[RETRY_ATTEMPTS] = { 0, 5, 5 * 60, 30 * 60, 2 * 3600, 5 * 3600, 10 * 3600, 14 * 3600, 20 * 3600, 24 * 3600 };

int64_t retry_next_at(int made, int64_t ended_us, uint32_t random)
{
	int64_t wait_us;

	if (made < 0 || made >= RETRY_ATTEMPTS)
		return -1;
	wait_us = waits_s[made] * 1000000;
	return ended_us + wait_us + wait_us / 10 * (random & 0xffff) / 65536;
}
