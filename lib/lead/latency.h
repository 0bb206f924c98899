/*
 * latency: how long buyers took, as a small histogram that adds up: whole milliseconds up to 32, then sixteen steps to each doubling, so
 * that a quantile read from it is within 3.2 % of the truth.
 */
#ifndef GAVEL_LEAD_LATENCY_H
#define GAVEL_LEAD_LATENCY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/str.h"

enum {
	LATENCY_BUCKETS = 32 + 12 * 16,            /* up to 131 s; what is longer counts in the last */
	LATENCY_PACKED = LATENCY_BUCKETS * (2 + 10) /* bytes, at the most */
};

struct latency {
	int64_t of[LATENCY_BUCKETS];
};

int latency_bucket(int64_t ms);
/* The middle of a bucket. */
int64_t latency_ms(int bucket);
void latency_add(struct latency *to, const struct latency *from);
/* The time within which percent of all ended, or -1 when there are none. */
int64_t latency_quantile(const struct latency *l, int percent);
/* Buckets that count something, as bytes; counts are not negative. Returns how many bytes. */
size_t latency_pack(const struct latency *l, uint8_t out[LATENCY_PACKED]);
/* Adds what was packed, times `times` (-1 takes it off). False when these are no such bytes: then nothing of it is certain. */
bool latency_unpack(struct latency *to, struct str packed, int64_t times);

#endif
