#include "lib/store/stat_set.h"

#include "lib/base/map.h"

/* A key's bytes: what is fixed, then the texts, the first with its length before it. */
enum { FIXED = 48, SUB_MAX = 4 * 128, KEY_MAX = FIXED + 2 * SUB_MAX };

struct fixed {
	int64_t quarter;
	uint32_t contract, buyer, seller, campaign, channel;
	uint32_t sub1;
	char currency[4];
	uint16_t reason;
	uint8_t grain, span;
};

#define CELLS_BYTES ((size_t)256 << 20)

_Static_assert(sizeof(struct fixed) <= FIXED, "a key's fixed part has room");

static struct str sub_of(struct str s)
{
	return (struct str){ s.p, s.n < SUB_MAX ? s.n : SUB_MAX };
}

static struct str key_bytes(char out[KEY_MAX], const struct stat_key *k, enum stat_grain grain, uint8_t span, enum reason reason)
{
	bool subs = grain == STAT_GRAIN_SUBS;
	struct str sub1 = subs ? sub_of(k->sub1) : STR(""), sub2 = subs ? sub_of(k->sub2) : STR("");
	struct fixed f;

	memset(&f, 0, sizeof(f)); /* padding too: it is compared */
	f.quarter = k->quarter;
	f.contract = k->contract;
	f.buyer = k->buyer;
	f.seller = grain != STAT_GRAIN_CONTRACT ? k->seller : 0;
	f.campaign = k->campaign;
	f.channel = grain != STAT_GRAIN_CONTRACT ? k->channel : 0;
	f.sub1 = (uint32_t)sub1.n;
	memcpy(f.currency, k->currency, sizeof(f.currency));
	f.reason = (uint16_t)reason;
	f.grain = (uint8_t)grain;
	f.span = span;
	memcpy(out, &f, sizeof(f));
	if (sub1.n > 0)
		memcpy(out + sizeof(f), sub1.p, sub1.n);
	if (sub2.n > 0)
		memcpy(out + sizeof(f) + sub1.n, sub2.p, sub2.n);
	return (struct str){ out, sizeof(f) + sub1.n + sub2.n };
}

struct stat_cell *stat_cell_get(struct stat_set *s, struct map *m, const struct stat_key *k, enum stat_grain grain, uint8_t span,
    enum reason reason, size_t n)
{
	char bytes[KEY_MAX];
	struct str key = key_bytes(bytes, k, grain, span, reason);
	struct arena *a = m == s->latencies ? s->arena : s->cells;
	struct stat_cell *cell = map_get(m, key);

	if (cell != NULL)
		return cell;
	cell = arena_alloc(a, sizeof(*cell) + n * sizeof(cell->of[0]));
	cell->key = *k;
	cell->key.sub1 = grain == STAT_GRAIN_SUBS ? arena_str(a, sub_of(k->sub1)) : STR("");
	cell->key.sub2 = grain == STAT_GRAIN_SUBS ? arena_str(a, sub_of(k->sub2)) : STR("");
	if (grain == STAT_GRAIN_CONTRACT)
		cell->key.seller = cell->key.channel = 0;
	cell->grain = grain;
	cell->span = span;
	cell->reason = reason;
	map_put(m, arena_str(a, key), cell);
	return cell;
}

static void drop_cells(void *p)
{
	struct stat_set *s = p;

	arena_free(&s->cells);
}

struct stat_set *stat_set_new(struct arena *a)
{
	struct stat_set *s = arena_new_of(a, struct stat_set);

	s->arena = a;
	s->latencies = map_new(a);
	s->cells = arena_new(CELLS_BYTES);
	arena_defer(a, drop_cells, s);
	stat_set_clear(s);
	return s;
}

size_t stat_set_size(const struct stat_set *s)
{
	return map_count(s->sums) + map_count(s->reasons);
}

void stat_set_clear(struct stat_set *s)
{
	arena_reset(s->cells);
	s->sums = map_new(s->cells);
	s->reasons = map_new(s->cells);
}

int64_t *stat_set_sums(struct stat_set *s, const struct stat_key *k)
{
	return stat_cell_get(s, s->sums, k, STAT_GRAIN_SUBS, 1, REASON_NONE, STAT_COLUMNS)->of;
}

static void add_reason(struct stat_set *s, const struct stat_key *k, enum reason code, enum stat_part part, int64_t by)
{
	enum stat_grain finest = k->contract == 0 ? STAT_GRAIN_SUBS : STAT_GRAIN_SOURCE;

	stat_cell_get(s, s->reasons, k, finest, 1, code, STAT_REASON_SUMS)->of[part] += by;
}

void stat_set_reason(struct stat_set *s, const struct stat_key *k, enum reason code, enum stat_part part, int64_t by)
{
	struct stat_key all = *k;

	add_reason(s, k, code, part, by);
	if (k->contract == 0)
		return;
	all.contract = all.buyer = 0;
	add_reason(s, &all, code, part, by);
}

static struct latency *latency_of(struct stat_set *s, const struct stat_key *k, uint8_t span)
{
	struct stat_key own = { .quarter = k->quarter, .contract = k->contract, .buyer = k->buyer, .campaign = k->campaign };
	struct stat_cell *cell;

	memcpy(own.currency, k->currency, sizeof(own.currency));
	cell = stat_cell_get(s, s->latencies, &own, STAT_GRAIN_CONTRACT, span, REASON_NONE, 0);
	if (cell->latency == NULL)
		cell->latency = arena_new_of(s->arena, struct latency);
	return cell->latency;
}

void stat_set_latency(struct stat_set *s, const struct stat_key *k, int64_t ms)
{
	struct stat_key all = *k;
	int bucket = latency_bucket(ms);

	all.contract = all.buyer = 0;
	latency_of(s, k, 1)->of[bucket]++;
	latency_of(s, &all, 1)->of[bucket]++;
}

static bool is_zero(const int64_t *list, size_t n)
{
	size_t i = 0;

	while (i < n && list[i] == 0)
		i++;
	return i == n;
}

/* Adds one cell's sums to the rows of a span that it is part of. */
static void widen(struct stat_set *to, struct map *m, const struct stat_cell *cell, uint8_t span, size_t n)
{
	struct stat_key k = cell->key;

	if (is_zero(cell->of, n))
		return;
	k.quarter -= k.quarter % span;
	for (int g = 0; g < STAT_GRAIN__N; g++) {
		struct stat_cell *row;

		if (g == STAT_GRAIN_SUBS && cell->grain != STAT_GRAIN_SUBS)
			continue;
		row = stat_cell_get(to, m, &k, (enum stat_grain)g, span, cell->reason, n);
		for (size_t i = 0; i < n; i++)
			row->of[i] += cell->of[i];
	}
}

struct stat_set *stat_set_widen(struct arena *a, const struct stat_set *s, uint8_t span)
{
	struct stat_set *to = stat_set_new(a);
	struct str key;
	void *value;

	for (void *it = NULL; (it = map_next(s->sums, it, &key, &value)) != NULL;)
		widen(to, to->sums, value, span, STAT_COLUMNS);
	for (void *it = NULL; (it = map_next(s->reasons, it, &key, &value)) != NULL;)
		widen(to, to->reasons, value, span, STAT_REASON_SUMS);
	for (void *it = NULL; (it = map_next(s->latencies, it, &key, &value)) != NULL;) {
		const struct stat_cell *cell = value;
		struct stat_key k = cell->key;

		if (is_zero(cell->latency->of, LATENCY_BUCKETS))
			continue;
		k.quarter -= k.quarter % span;
		latency_add(latency_of(to, &k, span), cell->latency);
	}
	return to;
}
