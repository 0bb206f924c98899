#include "lib/exchange/decision.h"

#include <string.h>

/* In the first layout a ranking was its value alone; since the second a byte says what there is of it. */
enum { LAYOUT_FIRST = 1, LAYOUT = 2, ROW_MAX = 80, HAS_RULE = 1, HAS_COST = 2, HAS_MS = 4, HAS_RANK = 8 };
enum { RANK_VALUE = 1, RANK_DRAW = 2, RANK_FACTORS = 4 };

static const char *const pointers[RULE__N] = {
	[RULE_NONE] = "", [RULE_FILTER] = "/filters/%u", [RULE_SCHEDULE] = "/schedule", [RULE_CAP] = "/caps/%u",
	[RULE_ALLOW] = "/sources/allow", [RULE_BLOCK] = "/sources/block/%u", [RULE_STATUS] = "/status", [RULE_PRICE] = "/price",
	[RULE_PING] = "/ping", [RULE_POST] = "/post", [RULE_TIER] = "/tier", [RULE_DUPLICATES] = "/duplicates",
	[RULE_BUYER_STATUS] = "", [RULE_BUYER_CAP] = "", [RULE_FUNDING] = "",
};

struct str decision_pointer(struct arena *a, const struct decision *d)
{
	const char *form = d->rule < RULE__N ? pointers[d->rule] : "";
	const char *hole = strstr(form, "%u");

	if (hole == NULL)
		return str_of(form);
	return arena_printf(a, "%.*s%u", (int)(hole - form), form, (unsigned)d->index);
}

/* Seven bits a byte, low first; the high bit says that more follow. */
static uint8_t *put(uint8_t *p, uint64_t v)
{
	for (; v >= 0x80; v >>= 7)
		*p++ = (uint8_t)(v | 0x80);
	*p++ = (uint8_t)v;
	return p;
}

static const uint8_t *take(const uint8_t *p, const uint8_t *end, uint64_t *out)
{
	uint64_t v = 0;

	for (unsigned shift = 0; p != NULL && p < end && shift < 64; shift += 7) {
		v |= (uint64_t)(*p & 0x7f) << shift;
		if ((*p++ & 0x80) == 0) {
			*out = v;
			return p;
		}
	}
	*out = 0;
	return NULL;
}

static uint8_t *put_real(uint8_t *p, double d)
{
	memcpy(p, &d, sizeof(d));
	return p + sizeof(d);
}

static const uint8_t *take_real(const uint8_t *p, const uint8_t *end, double *out)
{
	if (p == NULL || end - p < (ptrdiff_t)sizeof(*out))
		return NULL;
	memcpy(out, p, sizeof(*out));
	return p + sizeof(*out);
}

static unsigned ranked_by(const struct decision *d)
{
	return (d->rank_value > 0 ? RANK_VALUE : 0u) | (d->has_draw ? RANK_DRAW : 0u) | (d->acceptance > 0 ? RANK_FACTORS : 0u);
}

static uint8_t *put_rank(uint8_t *p, const struct decision *d)
{
	unsigned has = ranked_by(d);

	*p++ = (uint8_t)has;
	if (has & RANK_VALUE)
		p = put_real(p, d->rank_value);
	if (has & RANK_DRAW)
		p = put(p, d->draw);
	if (has & RANK_FACTORS)
		p = put_real(put_real(p, d->acceptance), d->speed);
	return p;
}

static const uint8_t *take_rank(const uint8_t *p, const uint8_t *end, unsigned layout, struct decision *d)
{
	unsigned has = RANK_VALUE;

	if (layout != LAYOUT_FIRST) {
		if (p == NULL || p >= end)
			return NULL;
		has = *p++;
	}
	if (has & RANK_VALUE)
		p = take_real(p, end, &d->rank_value);
	if (has & RANK_DRAW)
		p = take(p, end, &d->draw);
	d->has_draw = (has & RANK_DRAW) != 0;
	if (has & RANK_FACTORS)
		p = take_real(take_real(p, end, &d->acceptance), end, &d->speed);
	return p;
}

struct str decision_pack(struct arena *a, const struct decision *list, size_t n)
{
	uint8_t *start = arena_alloc(a, 16 + n * ROW_MAX), *p = start;

	*p++ = LAYOUT;
	p = put(p, n);
	for (size_t i = 0; i < n; i++) {
		const struct decision *d = &list[i];
		unsigned has = (d->rule != RULE_NONE ? HAS_RULE : 0u) | (d->cost >= 0 ? HAS_COST : 0u) | (d->ms >= 0 ? HAS_MS : 0u) |
		    (ranked_by(d) != 0 ? HAS_RANK : 0u);

		p = put(p, d->contract);
		p = put(p, (uint64_t)d->code << 4 | has);
		if (has & HAS_RULE) {
			*p++ = (uint8_t)d->rule;
			p = put(p, d->index);
		}
		if (has & HAS_COST)
			p = put(p, (uint64_t)d->cost);
		if (has & HAS_MS)
			p = put(p, (uint64_t)d->ms);
		if (has & HAS_RANK)
			p = put_rank(p, d);
	}
	return (struct str){ (const char *)start, (size_t)(p - start) };
}

static const uint8_t *unpack_one(const uint8_t *p, const uint8_t *end, unsigned layout, struct decision *d)
{
	uint64_t contract, code, v = 0;

	p = take(p, end, &contract);
	p = take(p, end, &code);
	*d = (struct decision){ .contract = (uint32_t)contract, .code = (enum reason)(code >> 4), .cost = -1, .ms = -1 };
	if (code & HAS_RULE) {
		if (p == NULL || p >= end)
			return NULL;
		d->rule = (enum rule)*p++;
		p = take(p, end, &v);
		d->index = (uint16_t)v;
	}
	if (code & HAS_COST) {
		p = take(p, end, &v);
		d->cost = (int64_t)v;
	}
	if (code & HAS_MS) {
		p = take(p, end, &v);
		d->ms = (int)v;
	}
	return code & HAS_RANK ? take_rank(p, end, layout, d) : p;
}

int decision_unpack(struct arena *a, struct str packed, struct decision **out, size_t *n_out, struct err *e)
{
	const uint8_t *p, *end;
	unsigned layout;
	uint64_t n;

	*out = NULL;
	*n_out = 0;
	if (packed.n == 0)
		return 0;
	p = (const uint8_t *)packed.p;
	end = p + packed.n;
	layout = *p++;
	if (layout != LAYOUT && layout != LAYOUT_FIRST)
		return err_set(e, ERR_INTERNAL, "decisions of an unknown layout");
	p = take(p, end, &n);
	if (p == NULL || n > packed.n)
		return err_set(e, ERR_INTERNAL, "decisions are cut short");
	*out = arena_array_of(a, n, struct decision);
	for (; *n_out < n; (*n_out)++) {
		p = unpack_one(p, end, layout, &(*out)[*n_out]);
		if (p == NULL)
			return err_set(e, ERR_INTERNAL, "decisions are cut short");
	}
	return 0;
}

size_t decision_count(struct arena *a, const struct decision *list, size_t n, struct reason_count **out)
{
	uint32_t counts[REASON__END] = { 0 };
	size_t kinds = 0, at = 0;

	for (size_t i = 0; i < n; i++)
		if (list[i].code > REASON_NONE && list[i].code < REASON__END && counts[list[i].code]++ == 0)
			kinds++;
	*out = arena_array_of(a, kinds, struct reason_count);
	for (int code = 0; code < REASON__END; code++)
		if (counts[code] > 0)
			(*out)[at++] = (struct reason_count){ (enum reason)code, counts[code] };
	return kinds;
}
