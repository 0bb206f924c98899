#include "lib/base/buf.h"
#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/exchange/selling.h"
#include "lib/exchange/trace.h"
#include "lib/wire/json.h"

enum { REPLY_MAX = 256 * 1024, KEPT_MAX = 64 * 1024, EXCHANGE_MAX = 1024 * 1024, TEXT_MAX_KEPT = 255, URL_MAX_KEPT = 2000 };

static void write_headers(struct json_out *j, const struct http_headers *h)
{
	json_open(j, "headers", '{');
	for (size_t i = 0; i < h->n; i++) {
		char name[128];

		if (h->list[i].name.n >= sizeof(name))
			continue;
		memcpy(name, h->list[i].name.p, h->list[i].name.n);
		name[h->list[i].name.n] = '\0';
		json_text(j, name, h->list[i].value);
	}
	json_close(j, '}');
}

static struct str cut(struct str s)
{
	return s.n > KEPT_MAX ? (struct str){ s.p, KEPT_MAX } : s;
}

static struct str describe_call(struct arena *a, const struct http_call *c)
{
	struct buf b;
	struct json_out j;

	buf_in(&b, a, EXCHANGE_MAX);
	j = json_out(&b);
	json_open(&j, NULL, '{');
	json_text(&j, "method", c->method);
	json_text(&j, "url", c->url);
	write_headers(&j, &c->headers);
	json_text(&j, "body", cut(c->body));
	json_close(&j, '}');
	return buf_str(&b);
}

static struct str describe_exchange(struct arena *a, struct str request, const struct http_reply *r)
{
	struct buf b;
	struct json_out j;

	buf_in(&b, a, 4 * EXCHANGE_MAX);
	j = json_out(&b);
	json_open(&j, NULL, '{');
	json_raw(&j, "request", request);
	json_open(&j, "reply", '{');
	json_int(&j, "status", r->status);
	write_headers(&j, &r->headers);
	json_text(&j, "body", cut(r->body));
	json_cstr(&j, "detail", r->detail);
	json_int(&j, "connect_us", r->connect_us);
	json_int(&j, "total_us", r->total_us);
	json_close(&j, '}');
	json_close(&j, '}');
	return buf_str(&b);
}

static struct str seal_exchange(struct selling *s, const struct attempt *t, struct str json)
{
	return crypt_seal(s->arena, s->key.key, id_text(s->arena, "sal", t->row.id), json);
}

static const struct step *step_of(const struct attempt *t)
{
	return t->step != NULL ? t->step : t->contract->post;
}

void attempt_render(struct selling *s, struct attempt *t)
{
	struct scope_parts parts = { .contract = t->contract, .ask = &s->post->ask, .lead = &s->lead, .ping_id = s->ping.id,
		.lead_id = s->lead_id, .sale_id = t->row.id, .offer = t->offer };
	struct str trace = trace_next(s->arena, s->post->ask.traceparent);
	struct tmpl_scope scope;
	struct http_call masked;
	struct err e = { 0 };

	exchange_scope(s->arena, &parts, &scope);
	t->refused = step_render(s->arena, step_of(t), &scope, &t->call, &e) != STEP_RENDERED;
	if (t->refused) {
		t->result = (struct sale_result){ .state = SALE_REJECTED, .delivery = DELIVERY_NOT_SENT, .reason = REASON_NOT_SENT,
			.reason_text = arena_str(s->arena, str_of(e.msg)) };
		return;
	}
	trace_add(s->arena, step_of(t), trace, &t->call);
	scope.mask_secrets = true;
	t->masked = STR("{}");
	if (step_render(s->arena, step_of(t), &scope, &masked, &e) != STEP_RENDERED)
		return;
	trace_add(s->arena, step_of(t), trace, &masked);
	t->masked = describe_call(s->arena, &masked);
}

static void classify(struct attempt *t, const struct verdict *v)
{
	struct sale_result *r = &t->result;

	r->reason = (int)v->reason;
	r->reason_text = exchange_column_text(v->reason_text, TEXT_MAX_KEPT);
	r->ref = exchange_column_text(v->ref, TEXT_MAX_KEPT);
	r->redirect_url = v->redirect_url.n <= URL_MAX_KEPT ? v->redirect_url : (struct str){ 0 };
	switch (v->outcome) {
	case OUTCOME_ACCEPTED:
		r->state = SALE_ACCEPTED;
		r->delivery = DELIVERY_ACCEPTED;
		r->reason = REASON_ACCEPTED;
		return;
	case OUTCOME_PENDING:
		r->state = SALE_PENDING;
		r->delivery = DELIVERY_PENDING;
		r->reason = REASON_OUTCOME_UNKNOWN;
		return;
	case OUTCOME_RE_PING:
		t->again = true;
		r->reason = REASON_RE_PING;
		break;
	case OUTCOME_REJECTED:
		if (r->reason == REASON_NONE)
			r->reason = REASON_REJECTED_OTHER;
		break;
	case OUTCOME_NOT_SENT:
		r->state = SALE_REJECTED;
		r->delivery = DELIVERY_NOT_SENT;
		r->reason = REASON_NOT_SENT;
		return;
	default:
		/* Bytes had left and no verdict came back: held, unless the contract goes on and its buyer certified that this is a reject. */
		r->reason = REASON_OUTCOME_UNKNOWN;
		if (!t->contract->on_unknown_next || !t->contract->unknown_is_reject) {
			r->state = SALE_PENDING;
			r->delivery = DELIVERY_UNKNOWN;
			return;
		}
		log_info("an unknown outcome counts as a reject", LOG_STR("contract", t->contract->key), LOG_END);
		break;
	}
	r->state = SALE_REJECTED;
	r->delivery = DELIVERY_REJECTED;
}

/* As for pings: a time-out counts only when the buyer had its time, and nothing counts when the call never had its turn. */
static enum guard_end health_of(const struct http_reply *reply, const struct verdict *v, bool cut_short)
{
	switch (v->outcome) {
	case OUTCOME_ACCEPTED:
	case OUTCOME_REJECTED:
	case OUTCOME_PENDING:
	case OUTCOME_RE_PING:
		return GUARD_GOOD;
	default:
		return reply->why == HTTP_WHY_NO_TURN || (reply->end == HTTP_TIMEOUT && cut_short) ? GUARD_UNUSED : GUARD_FAILED;
	}
}

void attempt_send(struct selling *s, struct attempt *t, struct verdict *v)
{
	struct net *net = s->post->ask.sandbox ? s->ex->sandbox_net : s->ex->net;
	int64_t left_ms = (s->deadline_us - clock_mono_us()) / 1000, until;
	int usual_ms = t->call.timeout_ms > 0 ? t->call.timeout_ms : s->campaign->post_timeout_ms;
	bool cut_short = left_ms < (usual_ms < s->campaign->post_deadline_ms ? usual_ms : s->campaign->post_deadline_ms) * 3 / 4;
	struct http_reply reply;

	/* Who was paused for so long may no longer hold what the intent says: nothing leaves. */
	if (left_ms <= 0) {
		t->health = GUARD_UNUSED;
		*v = (struct verdict){ .outcome = OUTCOME_NOT_SENT, .reason = REASON_NOT_SENT, .reason_text = STR("the time for it was up") };
		return;
	}
	if (t->call.timeout_ms <= 0 || t->call.timeout_ms > left_ms)
		t->call.timeout_ms = (int)left_ms;
	if (t->call.max_reply == 0)
		t->call.max_reply = REPLY_MAX;
	t->call.once = true;
	until = clock_mono_us() + (int64_t)t->call.timeout_ms * 1000;
	if (t->call.letter != NULL || t->call.drop != NULL)
		net_hand_over(net, s->arena, &t->call, &reply, until);
	else
		net_run(net, s->arena, &t->call, &reply, 1, until);
	step_parse(s->arena, step_of(t), &reply, v);
	t->health = health_of(&reply, v, cut_short);
	t->result.ms = (int)(reply.total_us / 1000);
	t->result.http_status = reply.status;
	t->result.exchange = seal_exchange(s, t, describe_exchange(s->arena, t->masked, &reply));
}

void attempt_deliver(struct selling *s, struct attempt *t)
{
	struct verdict v;

	attempt_send(s, t, &v);
	classify(t, &v);
}
