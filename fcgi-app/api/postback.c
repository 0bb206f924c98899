#include "fcgi-app/api/handlers.h"
#include "lib/base/money.h"
#include "lib/exchange/postback.h"
#include "lib/store/signing_secret.h"
#include "lib/wire/json.h"

enum { TOLERANCE_S = 300, STATUS_MAX = 32, FIELD_MAX = 255 };

/* What was said, wherever it stands: JSON or form body, or query. When signed, the body alone: the signature covers no more. */
struct said {
	struct value body;   /* object of a JSON body */
	struct form form, query;
};

static struct str said_text(const struct said *s, const char *name)
{
	struct str n = str_of(name);
	const struct value *v = value_get(&s->body, n);
	const struct str *t;

	if (v != NULL)
		return value_as_text(v);
	t = form_get(&s->form, n);
	if (t == NULL)
		t = form_get(&s->query, n);
	return t != NULL ? *t : STR("");
}

static bool is_signed(const struct req *q)
{
	return req_header(q, "webhook-signature").n > 0;
}

static int hear(struct req *q, struct said *s, struct err *e)
{
	*s = (struct said){ 0 };
	if (!is_signed(q) && req_query(q, &s->query, e) != 0)
		return -1;
	if (q->body.n == 0)
		return 0;
	if (str_is(q->content_type, "application/x-www-form-urlencoded"))
		return form_parse(q->arena, q->body, &s->form, e);
	if (q->content_type.n > 0 && !str_is(q->content_type, "application/json"))
		return err_set(e, ERR_MEDIA, "the body is application/json or application/x-www-form-urlencoded");
	if (json_parse(q->arena, q->body, JSON_DEPTH_REQUEST, &s->body, e) != 0)
		return -1;
	return s->body.type == VALUE_OBJECT ? 0 : err_set(e, ERR_MALFORMED, "the body is an object");
}

static int refuse(struct err *e, const char *why)
{
	err_set(e, ERR_UNAUTHORIZED, "%s", why);
	e->code = "auth_failed";
	return -1;
}

static int check_signature(const struct req *q, const struct signing_pair *secrets, struct err *e)
{
	struct str id = req_header(q, "webhook-id"), at = req_header(q, "webhook-timestamp"), signature = req_header(q, "webhook-signature");
	int64_t now_s = q->wall_us / 1000000;
	enum webhook_check result = webhook_verify(secrets->current, id, at, signature, q->body, now_s, TOLERANCE_S);

	if (result == WEBHOOK_FORGED && secrets->previous.p != NULL)
		result = webhook_verify(secrets->previous, id, at, signature, q->body, now_s, TOLERANCE_S);
	switch (result) {
	case WEBHOOK_GOOD: return 0;
	case WEBHOOK_STALE: return refuse(e, "the signature's time is more than 300 seconds off");
	case WEBHOOK_MALFORMED: return refuse(e, "webhook-id, webhook-timestamp and webhook-signature are needed");
	default: return refuse(e, "the signature is not this buyer's");
	}
}

static int check_token(const struct signing_pair *tokens, struct str token, struct err *e)
{
	if (crypt_same(token, tokens->current) || (tokens->previous.p != NULL && crypt_same(token, tokens->previous)))
		return 0;
	return refuse(e, "the token is not this buyer's");
}

/* Signed, or, for buyers that can only call a URL, by their token. Secrets are made with the buyer. */
static int check_caller(const struct req *q, const struct buyer *b, const struct said *s, struct err *e)
{
	const struct snapshot *snap = q->caller->snapshot;
	const struct signing_pair *known = map_get(is_signed(q) ? snap->postback_secrets : snap->postback_tokens, b->key);
	struct str token = said_text(s, "token");

	if (!is_signed(q) && (b->postback_auth != POSTBACK_TOKEN || token.n == 0))
		return refuse(e, b->postback_auth == POSTBACK_TOKEN ? "the token is missing" : "postbacks of this buyer are signed");
	if (known == NULL)
		return refuse(e, "this buyer has no secret yet");
	return is_signed(q) ? check_signature(q, known, e) : check_token(known, token, e);
}

/* A list or an object says nothing where a text is asked for. */
static bool is_plain(const struct said *s, const char *name)
{
	const struct value *v = value_get(&s->body, str_of(name));

	return v == NULL || (v->type != VALUE_LIST && v->type != VALUE_OBJECT);
}

static void check_field(const struct req *q, const struct said *s, const char *name, bool good, const char *what)
{
	struct path at = path_member(PATH_ROOT, str_of(name));

	if (!good || !is_plain(s, name))
		fault_add(q->faults, &at, "invalid_field", "%s", what);
}

/* Words that only the exchange writes into a lead's story: its seller takes them for a decision. */
static bool is_ours(struct str status)
{
	static const char *const ours[] = { "return_requested", "return_approved", "return_denied", "re_route", "outcome_unknown", "not_sent", "disputed",
		"return_closed", "waits_for_operator" };

	for (size_t i = 0; i < sizeof(ours) / sizeof(ours[0]); i++)
		if (str_is(status, ours[i]))
			return true;
	return false;
}

static int read_verdict(const struct req *q, const struct said *s, struct verdict_in *in, struct err *e)
{
	struct str sale = said_text(s, "sale_id"), lead = said_text(s, "lead_id"), amount = said_text(s, "amount");
	struct path at = path_member(PATH_ROOT, STR("sale_id"));

	in->ref = said_text(s, "ref");
	in->status = said_text(s, "status");
	in->reason = said_text(s, "reason");
	in->event_id = said_text(s, "event_id");
	in->has_amount = amount.n > 0;
	in->body = q->body.n > 0 ? q->body : q->query;
	check_field(q, s, "sale_id", sale.n == 0 || id_parse("sal", sale, &in->sale_id), "is a sale's id: sal_ and 26 characters");
	check_field(q, s, "lead_id", lead.n == 0 || id_parse("led", lead, &in->lead_id), "is a lead's id: led_ and 26 characters");
	check_field(q, s, "amount", amount.n == 0 || (money_parse(amount, &in->amount) && in->amount >= 0), "is a decimal such as 12.50, not below zero");
	check_field(q, s, "status", in->status.n > 0 && in->status.n <= STATUS_MAX && !is_ours(in->status),
	    "is accepted, rejected, returned, converted or a word of your own of at most 32 characters, none of the exchange's");
	check_field(q, s, "ref", in->ref.n <= FIELD_MAX, "is a text of at most 255 characters");
	check_field(q, s, "event_id", in->event_id.n <= FIELD_MAX, "is a text of at most 255 characters");
	check_field(q, s, "reason", true, "is a text");
	if (sale.n + lead.n + in->ref.n == 0)
		fault_add(q->faults, &at, "missing_field", "one of sale_id, lead_id and ref is needed");
	return q->faults->n > 0 ? err_set(e, ERR_INVALID, "the postback has faults") : 0;
}

int api_postback(struct app *app, struct req *q, struct resp *r, struct err *e)
{
	const struct buyer *b = map_get(q->caller->snapshot->catalog->by_buyer, q->route_params[0]);
	struct verdict_in in = { .catalog = q->caller->snapshot->catalog, .buyer = b };
	struct verdict_done done;
	struct said said;
	struct json_out j;

	/* Whoever only looks says nothing. */
	if (str_is(q->method, "HEAD"))
		return err_set(e, ERR_METHOD, "a verdict is told by GET or POST");
	if (b == NULL)
		return err_set(e, ERR_NOT_FOUND, "no such buyer");
	if (hear(q, &said, e) != 0 || check_caller(q, b, &said, e) != 0 || read_verdict(q, &said, &in, e) != 0)
		return -1;
	if (is_signed(q))
		in.webhook_id = req_header(q, "webhook-id");
	if (exchange_postback(&app->exchange, q->arena, &in, &done, e) != 0)
		return -1;
	r->status = 200;
	r->content_type = STR("application/json");
	r->log_ref = id_text(q->arena, "sal", done.sale_id);
	r->log_code = done.recorded ? "recorded" : "repeated";
	j = json_out(&r->body);
	json_open(&j, NULL, '{');
	json_text(&j, "sale_id", r->log_ref);
	json_cstr(&j, "status", sale_state_name(done.state));
	json_bool(&j, "recorded", done.recorded);
	json_close(&j, '}');
	return 0;
}
