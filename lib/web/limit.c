#include "lib/web/limit.h"

#include "lib/base/network.h"

#define SECOND_US INT64_C(1000000)
#define DAY_NS (INT64_C(86400) * SECOND_US * 1000)

enum { WAYS = 16 /* cells where a name may stand */ };

struct str limit_address(struct arena *a, struct str address)
{
	uint8_t b[NETWORK_ADDRESS];

	if (!network_address(address, b))
		return address;
	if (network_is_v4(b))
		return arena_printf(a, "%d.%d.%d.%d", b[12], b[13], b[14], b[15]);
	return arena_printf(a, "%02x%02x:%02x%02x:%02x%02x:%02x%02x::/64", b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7]);
}

/*
 * Strangers choose their own names (an address out of a /48), so where one stands must not be foreseen: they could fill the cells round about
 * somebody else's.
 */
static uint64_t hash_of(const struct shm *shm, struct str what)
{
	uint64_t h = str_hash(what) ^ shm->secret;

	h = (h ^ h >> 33) * UINT64_C(0xff51afd7ed558ccd);
	h = (h ^ h >> 33) * UINT64_C(0xc4ceb9fe1a85ec53);
	h ^= h >> 33;
	return h != 0 ? h : 1;
}

/* Its whole burst is there again, so nothing is lost with it; what is far ahead is left from another boot's clock. */
static bool is_over(const struct shm_cell *c, int64_t now)
{
	int64_t until = atomic_load(&c->until);

	return until <= now || until > now + DAY_NS;
}

/* All who look for a new name at once try the same cell first, so that one of them makes it and the others find it. */
static struct shm_cell *cell_of(struct shm *shm, struct str what, int64_t now)
{
	uint64_t who = hash_of(shm, what);

	for (;;) {
		struct shm_cell *spare = NULL;
		uint64_t owner = 0;

		for (size_t i = 0; i < WAYS; i++) {
			struct shm_cell *c = &shm->cells[(who + i) % SHM_CELLS];
			uint64_t seen = atomic_load(&c->who);

			if (seen == who)
				return c;
			if (spare != NULL || (seen != 0 && !is_over(c, now)))
				continue;
			spare = c;
			owner = seen;
		}
		if (spare == NULL)
			return &shm->cells[who % SHM_CELLS];
		if (atomic_compare_exchange_strong(&spare->who, &owner, who))
			return spare;
	}
}

void limit_take(struct shm *shm, struct str what, int per_second, int burst, int64_t now_us, struct limit_result *out)
{
	/* Nanoseconds: 1,000,000 a second is one in a thousand of them. */
	int64_t each = SECOND_US * 1000 / per_second, slack = each * burst, now = now_us * 1000;
	_Atomic int64_t *cell = &cell_of(shm, what, now)->until;
	int64_t seen = atomic_load(cell), base, next;

	*out = (struct limit_result){ 0 };
	do {
		/* The theoretical arrival time; one far ahead is left from another boot's clock. */
		base = seen < now || seen > now + slack ? now : seen;
		next = base + each;
		if (next - now > slack) {
			out->retry_after_us = (next - slack - now + 999) / 1000;
			out->reset_us = (base - now) / 1000;
			return;
		}
	} while (!atomic_compare_exchange_weak(cell, &seen, next));
	out->allowed = true;
	out->remaining = (int)((slack - (next - now)) / each);
	out->reset_us = (next - now) / 1000;
}

_Atomic int *limit_enter(struct limit_room *room, struct str what, int most)
{
	_Atomic int *place = &room->running[str_hash(what) % LIMIT_ROOM_CELLS];
	int running = atomic_load(place);

	do {
		if (running >= most)
			return NULL;
	} while (!atomic_compare_exchange_weak(place, &running, running + 1));
	return place;
}

void limit_leave(_Atomic int *place)
{
	atomic_fetch_sub(place, 1);
}

static int64_t seconds_up(int64_t us)
{
	return (us + SECOND_US - 1) / SECOND_US;
}

void limit_headers(struct resp *r, const struct limit_result *result, int per_second, int burst)
{
	/* The policy as a window: `burst` requests, refilled at per_second. */
	int64_t window = (burst + per_second - 1) / per_second;

	resp_set_header(r, "RateLimit-Policy", arena_printf(r->arena, "\"seller\";q=%d;w=%lld", burst, (long long)(window > 0 ? window : 1)));
	resp_set_header(r, "RateLimit", arena_printf(r->arena, "\"seller\";r=%d;t=%lld", result->remaining, (long long)seconds_up(result->reset_us)));
	if (!result->allowed)
		resp_set_header(r, "Retry-After", arena_printf(r->arena, "%lld", (long long)seconds_up(result->retry_after_us)));
}
