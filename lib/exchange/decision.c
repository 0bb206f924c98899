#include "lib/exchange/decision.h"

#include <string.h>

enum { LAYOUT = 1, ROW_MAX = 48, HAS_RULE = 1, HAS_COST = 2, HAS_MS = 4, HAS_RANK = 8 };

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

struct str decision_pack(struct arena *a, const struct decision *list, size_t n)
{
	uint8_t *start = arena_alloc(a, 16 + n * ROW_MAX), *p = start;

	*p++ = LAYOUT;
	p = put(p, n);
	for (size_t i = 0; i < n; i++) {
		const struct decision *d = &list[i];
		unsigned has = (d->rule != RULE_NONE ? HAS_RULE : 0u) | (d->cost >= 0 ? HAS_COST : 0u) | (d->ms >= 0 ? HAS_MS : 0u) |
		    (d->rank_value > 0 ? HAS_RANK : 0u);

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
		if (has & HAS_RANK) {
			memcpy(p, &d->rank_value, sizeof(d->rank_value));
			p += sizeof(d->rank_value);
		}
	}
	return (struct str){ (const char *)start, (size_t)(p - start) };
}

static const uint8_t *unpack_one(const uint8_t *p, const uint8_t *end, struct decision *d)
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
	if (code & HAS_RANK) {
		if (p == NULL || end - p < (ptrdiff_t)sizeof(d->rank_value))
			return NULL;
		memcpy(&d->rank_value, p, sizeof(d->rank_value));
		p += sizeof(d->rank_value);
	}
	return p;
}

int decision_unpack(struct arena *a, struct str packed, struct decision **out, size_t *n_out, struct err *e)
{
	const uint8_t *p = (const uint8_t *)packed.p, *end = p + packed.n;
	uint64_t n;

	*out = NULL;
	*n_out = 0;
	if (packed.n == 0)
		return 0;
	if (*p++ != LAYOUT)
		return err_set(e, ERR_INTERNAL, "decisions of an unknown layout");
	p = take(p, end, &n);
	if (p == NULL || n > packed.n)
		return err_set(e, ERR_INTERNAL, "decisions are cut short");
	*out = arena_array_of(a, n, struct decision);
	for (; *n_out < n; (*n_out)++) {
		p = unpack_one(p, end, &(*out)[*n_out]);
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
