#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/base/money.h"
#include "lib/exchange/guard.h"
#include "lib/exchange/steps.h"
#include "lib/exchange/trace.h"

enum { REPLY_MAX = 256 * 1024, LEAST_MS = 5, SCOPE_MEMBERS = 12 };

static void add(struct value *object, const char *name, const struct value *v)
{
	if (v != NULL)
		object->members[object->n++] = (struct member){ str_of(name), *v };
}

static void add_text(struct value *object, const char *name, struct str s)
{
	struct value v = value_text(s);

	if (s.p != NULL)
		add(object, name, &v);
}

void exchange_scope(struct arena *a, const struct scope_parts *p, struct tmpl_scope *out)
{
	struct value *root = arena_new_of(a, struct value), ping, bid, test = value_bool(p->ask->sandbox);

	*root = value_object(arena_array_of(a, SCOPE_MEMBERS, struct member), 0);
	ping = value_object(arena_array_of(a, 3, struct member), 0);
	add(root, "lead", p->lead);
	add(root, "source", value_or_null(&p->ask->source));
	add(root, "consent", value_or_null(&p->ask->consent));
	add(root, "event", value_or_null(&p->ask->event));
	add(root, "hashes", value_or_null(&p->ask->hashes));
	add_text(&ping, "id", id_text(a, "png", p->ping_id));
	if (p->offer != NULL) {
		add_text(&ping, "ref", p->offer->ref);
		add(&ping, "captures", value_or_null(&p->offer->captures));
		bid = value_object(arena_array_of(a, 1, struct member), 0);
		add_text(&bid, "price", money_text(a, p->offer->cost));
		add(root, "bid", &bid);
		add_text(root, "sale_id", id_text(a, "sal", p->sale_id));
	}
	add(root, "ping", &ping);
	add_text(root, "lead_id", id_text(a, "led", p->lead_id));
	add_text(root, "contract", p->contract->key);
	add_text(root, "seller", p->ask->seller->key);
	add(root, "test", &test);
	*out = (struct tmpl_scope){ .root = root, .secrets = &p->contract->buyer->secrets, .now_us = p->ask->wall_us };
}

/* The sandbox's buyers fail on purpose. */
static struct guard *guard_of(const struct auction *au)
{
	return au->ask->sandbox ? NULL : au->ex->guard;
}

/* A price that nobody was asked for. */
static void take_fixed(const struct auction *au, const struct contract *c, struct decision *d, struct verdict *v)
{
	if (guard_rests_posts(guard_of(au), c)) {
		d->code = REASON_CIRCUIT_OPEN;
		return;
	}
	*v = (struct verdict){ .outcome = OUTCOME_BID, .has_price = true, .price = c->price_fixed, .expires_in_s = -1 };
	d->cost = c->price_fixed;
}

static void read_reply(const struct auction *au, const struct contract *c, const struct http_reply *reply, struct decision *d,
    struct verdict *v)
{
	d->ms = (int)(reply->total_us / 1000);
	step_parse(au->arena, c->ping, reply, v);
	if (v->outcome == OUTCOME_BID) {
		if (c->fixed_price)
			v->price = c->price_fixed;
		d->cost = v->price;
		return;
	}
	if (v->outcome == OUTCOME_TIMEOUT)
		d->code = REASON_TIMEOUT;
	else if (v->reason != REASON_NONE)
		d->code = v->reason;
	else
		d->code = v->outcome == OUTCOME_ERROR ? REASON_HTTP_ERROR : REASON_NO_BID;
}

/* One contract's call as it is made. */
struct asking {
	size_t at;                    /* of the contract in the campaign */
	struct guard_pass pass;
	bool cut_short;               /* an earlier tier took much of its time */
};

/* What the call says of the buyer's health. A time-out counts only when the buyer had its time, and its call had its turn. */
static enum guard_end health_of(const struct asking *k, enum reason code, const struct http_reply *reply)
{
	switch (code) {
	case REASON_TIMEOUT:
		return k->cut_short || reply->why == HTTP_WHY_NO_TURN ? GUARD_UNUSED : GUARD_FAILED;
	case REASON_UNREACHABLE:
	case REASON_TLS_FAILED:
	case REASON_HTTP_ERROR:
	case REASON_UNPARSABLE_REPLY:
		return GUARD_FAILED;
	default:
		return GUARD_GOOD;
	}
}

/* Renders one contract's ask; false when it is not to be called, with its code set. */
static bool prepare(const struct auction *au, const struct contract *c, int left_ms, struct http_call *call, struct asking *k,
    struct decision *d)
{
	struct scope_parts parts = { .contract = c, .ask = au->ask, .lead = &au->lead, .ping_id = au->ping_id, .lead_id = au->lead_id };
	struct tmpl_scope scope;
	struct err e = { 0 };
	int usual_ms;

	if (left_ms < LEAST_MS) {
		d->code = REASON_PING_TOO_LATE;
		return false;
	}
	exchange_scope(au->arena, &parts, &scope);
	if (step_render(au->arena, c->ping, &scope, call, &e) != STEP_RENDERED) {
		d->code = REASON_NO_BID;
		d->rule = RULE_PING;
		log_debug("a ping was not sent", LOG_STR("contract", c->key), LOG_CSTR("why", e.msg), LOG_END);
		return false;
	}
	trace_add(au->arena, c->ping, trace_next(au->arena, au->ask->traceparent), call);
	usual_ms = call->timeout_ms > 0 && call->timeout_ms < au->campaign->ping_timeout_ms ? call->timeout_ms : au->campaign->ping_timeout_ms;
	k->cut_short = left_ms < usual_ms * 3 / 4;
	if (call->timeout_ms <= 0 || call->timeout_ms > left_ms)
		call->timeout_ms = left_ms;
	if (call->max_reply == 0)
		call->max_reply = REPLY_MAX;
	d->code = guard_enter(guard_of(au), c, STEP_PING, &k->pass);
	return d->code == REASON_NONE;
}

void auction_fanout(struct auction *au, int tier, int64_t deadline_us)
{
	const struct campaign *camp = au->campaign;
	size_t most = exchange_open_in(au, tier), n = 0;
	struct http_call *calls = arena_array_of(au->arena, most, struct http_call);
	struct http_reply *replies = arena_array_of(au->arena, most, struct http_reply);
	struct asking *asked = arena_array_of(au->arena, most, struct asking);
	int left_ms = (int)((deadline_us - clock_mono_us()) / 1000);

	for (size_t i = 0; i < camp->n_contracts; i++) {
		const struct contract *c = camp->contracts[i];

		if (au->decisions[i].code != REASON_NONE || c->tier != tier)
			continue;
		if (c->ping == NULL)
			take_fixed(au, c, &au->decisions[i], exchange_verdict_of(au, i));
		else if (prepare(au, c, left_ms, &calls[n], &asked[n], &au->decisions[i]))
			asked[n++].at = i;
	}
	if (n > 0)
		net_run(au->ask->sandbox ? au->ex->sandbox_net : au->ex->net, au->arena, calls, replies, n, deadline_us);
	for (size_t i = 0; i < n; i++) {
		struct decision *d = &au->decisions[asked[i].at];

		read_reply(au, camp->contracts[asked[i].at], &replies[i], d, exchange_verdict_of(au, asked[i].at));
		guard_leave(guard_of(au), &asked[i].pass, health_of(&asked[i], d->code, &replies[i]));
	}
}
