/*
 * The operators' API about sales: those whose outcome is unknown, and returns. An operator's key with the scope admin; every decision is in
 * the audit.
 */
#include "fcgi-app/admin/admin.h"
#include "lib/base/clock.h"
#include "lib/exchange/operator.h"
#include "lib/exchange/returns.h"
#include "lib/lead/members.h"
#include "lib/wire/json.h"

enum { LIST_MAX = 1000, WAIT_US = 2000000, REASON_MAX = 250 };

static const char *const words[] = { "accepted", "rejected", NULL };

static const struct member_rule settle_rules[] = {
	{ "status", MEMBER_CHOICE, .required = true, .choices = words },
	{ "reason", MEMBER_TEXT, .required = true, .max = REASON_MAX },
};

static const struct member_rule decide_rules[] = {
	{ "reason", MEMBER_TEXT, .max = REASON_MAX },
};

static int read_body(const struct req *q, const struct member_rule *rules, size_t n, bool may_be_empty, struct value *doc, struct err *e)
{
	*doc = value_object(NULL, 0);
	if (q->body.n == 0 && may_be_empty)
		return 0;
	if (q->content_type.n > 0 && !str_is(q->content_type, "application/json"))
		return err_set(e, ERR_MEDIA, "the body is application/json");
	if (json_parse(q->arena, q->body, JSON_DEPTH_REQUEST, doc, e) != 0)
		return -1;
	if (members_check(doc, rules, n, PATH_ROOT, q->faults) != 0)
		return err_set(e, ERR_INVALID, "the request has faults");
	return 0;
}

static struct str actor_of(const struct req *q)
{
	return arena_printf(q->arena, "key:%s", q->caller->key->id);
}

static struct json_out begin(struct resp *r)
{
	struct json_out j = json_out(&r->body);

	r->status = 200;
	r->content_type = STR("application/json");
	json_open(&j, NULL, '{');
	return j;
}

int admin_sale_settle(struct app *app, struct req *q, struct resp *r, struct err *e)
{
	struct operator_word w = { .catalog = q->caller->snapshot->catalog, .actor = actor_of(q), .now = q->wall_us };
	enum sale_state state;
	struct db *db = NULL;
	struct json_out j;
	struct value doc;
	int result;

	if (!id_parse("sal", q->route_params[0], &w.sale_id))
		return err_set(e, ERR_NOT_FOUND, "no such sale");
	if (read_body(q, settle_rules, MEMBERS_N(settle_rules), false, &doc, e) != 0)
		return -1;
	w.accepted = members_choice(&doc, "status", words, 0) == 0;
	w.reason = members_text(&doc, "reason", STR(""));
	if (db_take(app->pool, clock_mono_us() + WAIT_US, &db, e) != 0)
		return -1;
	result = operator_settle(db, q->arena, &w, &state, e);
	db_give(app->pool, &db);
	if (result != 0)
		return -1;
	j = begin(r);
	r->log_ref = id_text(q->arena, "sal", w.sale_id);
	r->log_code = sale_state_name(state);
	json_text(&j, "sale_id", r->log_ref);
	json_cstr(&j, "status", sale_state_name(state));
	json_text(&j, "request_id", q->request_id);
	json_close(&j, '}');
	return 0;
}

static void write_return(struct json_out *j, const struct req *q, const struct return_row *row)
{
	json_text(j, "return_id", id_text(q->arena, "ret", row->id));
	json_text(j, "sale_id", id_text(q->arena, "sal", row->sale_id));
	json_text(j, "lead_id", id_text(q->arena, "led", row->lead_id));
	json_cstr(j, "status", return_state_name(row->state));
	if (row->reason.p != NULL)
		json_text(j, "reason", row->reason);
	else
		json_nil(j, "reason");
	json_text(j, "requested_at", clock_rfc3339_ms(q->arena, row->requested_at));
	if (row->decided_at != 0)
		json_text(j, "decided_at", clock_rfc3339_ms(q->arena, row->decided_at));
	else
		json_nil(j, "decided_at");
}

static int decide(struct app *app, struct req *q, struct resp *r, bool approve, struct err *e)
{
	struct return_decision d = { .approve = approve, .actor = actor_of(q), .now = q->wall_us };
	struct return_row row;
	struct db *db = NULL;
	struct json_out j;
	struct value doc;
	int result;

	if (!id_parse("ret", q->route_params[0], &d.id))
		return err_set(e, ERR_NOT_FOUND, "no such return");
	if (read_body(q, decide_rules, MEMBERS_N(decide_rules), true, &doc, e) != 0)
		return -1;
	d.note = members_text(&doc, "reason", STR(""));
	if (db_take(app->pool, clock_mono_us() + WAIT_US, &db, e) != 0)
		return -1;
	result = returns_decide(db, q->arena, &d, &row, e);
	db_give(app->pool, &db);
	if (result != 0)
		return -1;
	j = begin(r);
	r->log_ref = id_text(q->arena, "ret", row.id);
	r->log_code = return_state_name(row.state);
	write_return(&j, q, &row);
	json_text(&j, "request_id", q->request_id);
	json_close(&j, '}');
	return 0;
}

int admin_return_approve(struct app *app, struct req *q, struct resp *r, struct err *e)
{
	return decide(app, q, r, true, e);
}

int admin_return_deny(struct app *app, struct req *q, struct resp *r, struct err *e)
{
	return decide(app, q, r, false, e);
}

static int asked_state(struct req *q, enum return_state *out, struct err *e)
{
	const struct str *asked;
	struct form query;

	*out = RETURN_REQUESTED;
	if (req_query(q, &query, e) != 0)
		return -1;
	asked = form_get(&query, STR("status"));
	while (asked != NULL && *out < RETURN__N && !str_is(*asked, return_state_name(*out)))
		*out += 1;
	return *out < RETURN__N ? 0 : err_set(e, ERR_MALFORMED, "status is requested, approved, denied or closed");
}

int admin_returns(struct app *app, struct req *q, struct resp *r, struct err *e)
{
	enum return_state state;
	struct return_row *rows;
	struct db *db = NULL;
	struct json_out j;
	size_t n;
	int result;

	if (asked_state(q, &state, e) != 0 || db_take(app->pool, clock_mono_us() + WAIT_US, &db, e) != 0)
		return -1;
	result = return_request_list(db, q->arena, state, LIST_MAX, &rows, &n, e);
	db_give(app->pool, &db);
	if (result != 0)
		return -1;
	j = begin(r);
	json_open(&j, "returns", '[');
	for (size_t i = 0; i < n; i++) {
		json_open(&j, NULL, '{');
		write_return(&j, q, &rows[i]);
		json_close(&j, '}');
	}
	json_close(&j, ']');
	json_text(&j, "request_id", q->request_id);
	json_close(&j, '}');
	return 0;
}

int admin_sales_unknown(struct app *app, struct req *q, struct resp *r, struct err *e)
{
	struct sale_row *rows;
	struct db *db = NULL;
	struct json_out j;
	size_t n;
	int result;

	if (db_take(app->pool, clock_mono_us() + WAIT_US, &db, e) != 0)
		return -1;
	result = sale_store_pending(db, q->arena, LIST_MAX, &rows, &n, e);
	db_give(app->pool, &db);
	if (result != 0)
		return -1;
	j = begin(r);
	json_open(&j, "sales", '[');
	for (size_t i = 0; i < n; i++) {
		json_open(&j, NULL, '{');
		json_text(&j, "sale_id", id_text(q->arena, "sal", rows[i].id));
		json_text(&j, "lead_id", id_text(q->arena, "led", rows[i].lead_id));
		json_money(&j, "price", rows[i].cost);
		json_text(&j, "currency", str_of(rows[i].currency));
		json_text(&j, "since", clock_rfc3339_ms(q->arena, rows[i].created_at));
		json_close(&j, '}');
	}
	json_close(&j, ']');
	json_text(&j, "request_id", q->request_id);
	json_close(&j, '}');
	return 0;
}
