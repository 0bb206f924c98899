#include "lib/buyer/offline.h"

#include "lib/base/clock.h"
#include "lib/base/money.h"
#include "lib/crypt/crypt.h"
#include "lib/lead/intake.h"
#include "lib/lead/lead.h"
#include "lib/lead/members.h"
#include "lib/wire/json.h"

/* A root object while it is put together. */
struct root {
	struct member members[16];
	size_t n;
};

static void put(struct root *r, struct str name, struct value v)
{
	r->members[r->n++] = (struct member){ name, v };
}

/* Members that stand in a call's root as they stand in the document. */
static void put_given(struct root *r, const struct value *doc)
{
	static const char *const names[] = { "ping", "lead_id", "sale_id", "seller" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (members_get(doc, names[i]) != NULL)
			put(r, str_of(names[i]), *members_get(doc, names[i]));
}

/* The price as the exchange would put it: "12.50". */
static int put_bid(struct arena *a, struct root *r, const struct value *doc, struct faults *f)
{
	const struct value *bid = members_object(doc, "bid"), *price = members_get(bid, "price");
	struct path at_bid = path_member(PATH_ROOT, STR("bid")), at = path_member(&at_bid, STR("price"));
	struct member *member = arena_new_of(a, struct member);
	int64_t amount;

	if (price == NULL)
		return 0;
	if (!money_parse(value_as_text(price), &amount))
		return fault_add(f, &at, "invalid_field", "must be an amount such as \"12.50\"");
	*member = (struct member){ STR("price"), value_text(money_text(a, amount)) };
	put(r, STR("bid"), value_object(member, 1));
	return 0;
}

/*
 * source, consent, event and hashes as a request would bring them. A mapping may be tried with what no request could carry (a made-up
 * hash): then it is taken as it stands.
 */
static void put_intake(struct arena *a, struct root *r, const struct value *doc, struct facts *facts)
{
	const struct value **places[INTAKE__N] = { [INTAKE_SOURCE] = &facts->source, [INTAKE_CONSENT] = &facts->consent,
		[INTAKE_EVENT] = &facts->event, [INTAKE_HASHES] = &facts->hashes };
	struct faults *ignored = arena_new_of(a, struct faults);

	for (int part = 0; part < INTAKE__N; part++) {
		const char *name = intake_part_name((enum intake_part)part);
		const struct value *given = members_get(doc, name);
		struct value *checked = arena_new_of(a, struct value);

		faults_init(ignored, a);
		if (intake_check(a, (enum intake_part)part, false, given, PATH_ROOT, ignored, checked) != 0)
			*checked = *given;
		*places[part] = checked;
		put(r, str_of(name), *checked);
	}
}

static int check_now(const struct value *doc, int64_t otherwise, struct faults *f, int64_t *out)
{
	const struct value *now = members_get(doc, "now");
	struct path at = path_member(PATH_ROOT, STR("now"));

	*out = otherwise;
	if (now == NULL || now->type != VALUE_TEXT || clock_parse_rfc3339(now->text, out))
		return 0;
	return fault_add(f, &at, "invalid_field", "must be a time such as 2026-11-23T12:00:00Z");
}

int offline_scope(struct arena *a, const struct value *doc, const struct vertical *v, struct str contract, int64_t now_us,
    struct faults *f, struct offline_scope *out)
{
	static const struct member_rule members[] = {
		{ "lead", MEMBER_OBJECT, .required = true },
		{ "source", MEMBER_OBJECT }, { "consent", MEMBER_OBJECT }, { "event", MEMBER_OBJECT }, { "hashes", MEMBER_OBJECT },
		{ "ping", MEMBER_OBJECT }, { "bid", MEMBER_OBJECT }, { "lead_id", MEMBER_TEXT }, { "sale_id", MEMBER_TEXT },
		{ "seller", MEMBER_TEXT }, { "secrets", MEMBER_OBJECT }, { "test", MEMBER_BOOL }, { "now", MEMBER_TEXT },
	};
	struct path at_lead = path_member(PATH_ROOT, STR("lead"));
	struct facts facts = { 0 };
	struct lead_input in = { .vertical = v, .step = STEP_POST, .raw = members_object(doc, "lead"), .facts = &facts };
	struct root root = { .n = 0 };
	struct value lead;
	int bad = members_check(doc, members, MEMBERS_N(members), PATH_ROOT, f);

	if (in.raw == NULL)
		return -1;
	put_intake(a, &root, doc, &facts);
	bad |= check_now(doc, now_us, f, &out->scope.now_us);
	bad |= put_bid(a, &root, doc, f);
	bad |= lead_check(a, &in, &at_lead, f, &lead);
	if (bad != 0)
		return -1;
	put(&root, STR("lead"), lead);
	put(&root, STR("contract"), value_text(contract));
	put(&root, STR("test"), value_bool(members_bool(doc, "test", false)));
	put_given(&root, doc);
	out->root = value_object(arena_array_of(a, root.n, struct member), root.n);
	memcpy(out->root.members, root.members, root.n * sizeof(struct member));
	out->secrets = members_object(doc, "secrets") != NULL ? *members_object(doc, "secrets") : value_object(NULL, 0);
	out->scope.root = &out->root;
	out->scope.secrets = &out->secrets;
	out->scope.mask_secrets = false;
	return 0;
}

static int read_headers(struct arena *a, const struct value *headers, const struct path *at, struct faults *f, struct http_headers *out)
{
	int bad = 0;

	if (headers == NULL)
		return 0;
	out->list = arena_array_of(a, headers->n, struct http_header);
	for (size_t i = 0; i < headers->n; i++) {
		const struct member *m = &headers->members[i];
		struct path here = path_member(at, m->name);

		if (m->value.type != VALUE_TEXT && m->value.type != VALUE_NUMBER)
			bad = fault_add(f, &here, "invalid_field", "must be a text");
		out->list[out->n++] = (struct http_header){ m->name, value_as_text(&m->value) };
	}
	return bad;
}

static int read_body(struct arena *a, const struct value *doc, struct faults *f, struct http_reply *out)
{
	const struct value *body = members_get(doc, "body"), *base64 = members_get(doc, "body_base64");
	struct path at = path_member(PATH_ROOT, STR("body_base64"));

	if (body != NULL && body->type == VALUE_TEXT)
		out->body = body->text;
	if (body == NULL && base64 == NULL)
		out->end = HTTP_TIMEOUT;
	if (base64 == NULL || base64->type != VALUE_TEXT || crypt_unbase64(a, base64->text, &out->body))
		return 0;
	return fault_add(f, &at, "invalid_field", "must be base64");
}

int offline_reply(struct arena *a, const struct value *doc, struct faults *f, struct http_reply *out)
{
	static const struct member_rule members[] = {
		{ "status", MEMBER_INT, .min = 100, .max = 599 }, { "headers", MEMBER_OBJECT },
		{ "body", MEMBER_TEXT, .max = INT32_MAX }, { "body_base64", MEMBER_TEXT, .max = INT32_MAX },
	};
	struct path at_headers = path_member(PATH_ROOT, STR("headers")), at_status = path_member(PATH_ROOT, STR("status"));
	int bad = members_check(doc, members, MEMBERS_N(members), PATH_ROOT, f);

	*out = (struct http_reply){ .end = HTTP_DONE, .body = STR(""), .status = (int)members_int(doc, "status", 0) };
	bad |= read_headers(a, members_object(doc, "headers"), &at_headers, f, &out->headers);
	bad |= read_body(a, doc, f, out);
	if (out->end == HTTP_DONE && members_get(doc, "status") == NULL)
		bad = fault_add(f, &at_status, "missing_field", "a reply with a body has a status");
	return bad != 0 ? -1 : 0;
}

void offline_write_call(struct arena *a, struct buf *b, const struct http_call *call)
{
	struct json_out j = json_out(b);

	json_open(&j, NULL, '{');
	json_text(&j, "method", call->method);
	json_text(&j, "url", call->url);
	json_open(&j, "headers", '{');
	for (size_t i = 0; i < call->headers.n; i++)
		json_text(&j, arena_cstr(a, call->headers.list[i].name), call->headers.list[i].value);
	json_close(&j, '}');
	json_text(&j, "body", call->body);
	json_close(&j, '}');
	buf_add_char(b, '\n');
}

static void text_or_null(struct json_out *j, const char *name, struct str s)
{
	if (s.p != NULL)
		json_text(j, name, s);
	else
		json_nil(j, name);
}

void offline_write_verdict(struct buf *b, const struct verdict *v)
{
	struct json_out j = json_out(b);

	json_open(&j, NULL, '{');
	json_cstr(&j, "outcome", outcome_name(v->outcome));
	if (v->has_price)
		json_money(&j, "price", v->price);
	else
		json_nil(&j, "price");
	text_or_null(&j, "ref", v->ref);
	json_cstr(&j, "reason", v->reason != REASON_NONE ? reason_slug(v->reason) : NULL);
	text_or_null(&j, "reason_text", v->reason_text);
	text_or_null(&j, "redirect_url", v->redirect_url);
	if (v->expires_in_s >= 0)
		json_int(&j, "expires_in_s", v->expires_in_s);
	else
		json_nil(&j, "expires_in_s");
	json_close(&j, '}');
	buf_add_char(b, '\n');
}
