#include "lib/lead/latency.h"

enum { EXACT = 32, STEPS = 16, FIRST_BITS = 5 /* EXACT is 2 to this */ };

int latency_bucket(int64_t ms)
{
	int doublings = 0, bucket;

	if (ms < EXACT)
		return ms > 0 ? (int)ms : 0;
	while (doublings < 62 - FIRST_BITS && ms >> (FIRST_BITS + doublings + 1) != 0)
		doublings++;
	bucket = EXACT + doublings * STEPS + (int)((ms >> (doublings + 1)) & (STEPS - 1));
	return bucket < LATENCY_BUCKETS ? bucket : LATENCY_BUCKETS - 1;
}

int64_t latency_ms(int bucket)
{
	int doublings, step;
	int64_t width;

	if (bucket < EXACT)
		return bucket;
	doublings = (bucket - EXACT) / STEPS;
	step = (bucket - EXACT) % STEPS;
	width = INT64_C(2) << doublings;
	return (STEPS + step) * width + width / 2;
}

void latency_add(struct latency *to, const struct latency *from)
{
	for (int i = 0; i < LATENCY_BUCKETS; i++)
		to->of[i] += from->of[i];
}

int64_t latency_quantile(const struct latency *l, int percent)
{
	int64_t n = 0, seen = 0, wanted;

	for (int i = 0; i < LATENCY_BUCKETS; i++)
		n += l->of[i];
	if (n <= 0)
		return -1;
	wanted = (n * percent + 99) / 100;
	for (int i = 0; i < LATENCY_BUCKETS; i++) {
		seen += l->of[i];
		if (seen >= wanted)
			return latency_ms(i);
	}
	return latency_ms(LATENCY_BUCKETS - 1);
}

/* Seven bits a byte, low first; the high bit says that more follow. */
static uint8_t *put(uint8_t *p, uint64_t v)
{
	for (; v >= 0x80; v >>= 7)
		*p++ = (uint8_t)(v | 0x80);
	*p++ = (uint8_t)v;
	return p;
}

static bool take(struct str *rest, uint64_t *out)
{
	*out = 0;
	for (unsigned shift = 0; rest->n > 0 && shift < 63; shift += 7) {
		uint8_t b = (uint8_t)*rest->p;

		rest->p++;
		rest->n--;
		*out |= (uint64_t)(b & 0x7f) << shift;
		if ((b & 0x80) == 0)
			return true;
	}
	return false;
}

size_t latency_pack(const struct latency *l, uint8_t out[LATENCY_PACKED])
{
	uint8_t *p = out;

	for (int i = 0; i < LATENCY_BUCKETS; i++)
		if (l->of[i] > 0)
			p = put(put(p, (uint64_t)i), (uint64_t)l->of[i]);
	return (size_t)(p - out);
}

bool latency_unpack(struct latency *to, struct str packed, int64_t times)
{
	uint64_t bucket, count;

	while (packed.n > 0) {
		if (!take(&packed, &bucket) || !take(&packed, &count) || bucket >= LATENCY_BUCKETS)
			return false;
		to->of[bucket] += times * (int64_t)count;
	}
	return true;
}
