/*
 * /v1/admin/webhooks: the log of what was sent to those who want to be told, and what an operator does about it; for an operator's key.
 */
#include "fcgi-app/admin/admin.h"
#include "lib/base/clock.h"
#include "lib/exchange/notify.h"
#include "lib/store/audit.h"

enum { WAIT_US = 2000000, LIST_DEFAULT = 50, LIST_MOST = 200, SHOWN_MOST = 100, VALUE_MAX = 256 };

static struct json_out begin(struct resp *r)
{
	r->status = 200;
	r->content_type = STR("application/json");
	return json_out(&r->body);
}

static void end(const struct req *q, struct json_out *j)
{
	json_text(j, "request_id", q->request_id);
	json_close(j, '}');
}

static const char *const names[] = { "owner", "state", "lead_id", "cursor", "limit", NULL };
static const struct req_parameters parameters = { names, NULL, "a list of webhooks has owner, state, lead_id, cursor and limit", VALUE_MAX };

static int read_filter(struct req *q, struct message_filter *f, struct err *e)
{
	struct str owner, state, lead, cursor, limit;
	int64_t most = LIST_DEFAULT;
	struct form query;

	*f = (struct message_filter){ 0 };
	if (req_query_checked(q, &parameters, &query, e) != 0)
		return -1;
	owner = form_text(&query, "owner");
	state = form_text(&query, "state");
	lead = form_text(&query, "lead_id");
	cursor = form_text(&query, "cursor");
	limit = form_text(&query, "limit");
	if (owner.n > 0 && !notify_owner_parse(owner, &f->kind, &f->owner))
		req_fault(q, "owner", "invalid_field", "must be a seller's key, or seller:, channel:, contract:, alert: or letter: and a key");
	if (state.n > 0 && !message_state_parse(state, &f->state))
		req_fault(q, "state", "invalid_field", "must be waiting, delivered or failed");
	if (lead.n > 0 && !id_parse("led", lead, &f->lead_id))
		req_fault(q, "lead_id", "invalid_field", "must be the id of a lead");
	if (cursor.n > 0 && !id_parse("msg", cursor, &f->before))
		req_fault(q, "cursor", "invalid_field", "must be the next_cursor of a list");
	if (limit.n > 0 && (!str_to_i64(limit, &most) || most < 1 || most > LIST_MOST))
		req_fault(q, "limit", "invalid_field", "must be from 1 to 200");
	f->limit = (int)most;
	return q->faults->n == 0 ? 0 : err_set(e, ERR_INVALID, "the query has faults");
}

int admin_webhook_list(struct app *app, struct req *q, struct resp *r, struct err *e)
{
	struct message_filter f;
	struct message_row *list;
	struct db *db = NULL;
	struct json_out j;
	size_t n;
	int bad;

	if (read_filter(q, &f, e) != 0 || db_take(app->pool, clock_mono_us() + WAIT_US, &db, e) != 0)
		return -1;
	bad = message_list(db, q->arena, &f, &list, &n, e);
	db_give(app->pool, &db);
	if (bad != 0)
		return -1;
	j = begin(r);
	json_open(&j, NULL, '{');
	json_open(&j, "webhooks", '[');
	for (size_t i = 0; i < n; i++)
		notify_write_message(q->arena, &j, NULL, &list[i], NULL, 0);
	json_close(&j, ']');
	if (n == (size_t)f.limit)
		json_text(&j, "next_cursor", id_text(q->arena, "msg", list[n - 1].id));
	else
		json_nil(&j, "next_cursor");
	end(q, &j);
	return 0;
}

static int parse_id(const struct req *q, struct id *out, struct err *e)
{
	return id_parse("msg", q->route_params[0], out) ? 0 : err_set(e, ERR_NOT_FOUND, "no such webhook");
}

static int show(struct app *app, struct req *q, struct resp *r, struct id id, struct err *e)
{
	struct message_attempt *log = NULL;
	struct message_row m;
	struct db *db = NULL;
	struct json_out j;
	size_t n = 0;
	enum found found;

	if (db_take(app->pool, clock_mono_us() + WAIT_US, &db, e) != 0)
		return -1;
	found = message_find(db, q->arena, id, &m, e);
	if (found == FOUND_YES && message_attempts(db, q->arena, id, &log, &n, e) != 0)
		found = FOUND_ERR;
	db_give(app->pool, &db);
	if (found != FOUND_YES)
		return found == FOUND_ERR ? -1 : err_set(e, ERR_NOT_FOUND, "no such webhook");
	j = begin(r);
	json_open(&j, NULL, '{');
	notify_write_message(q->arena, &j, "webhook", &m, log, n);
	end(q, &j);
	return 0;
}

int admin_webhook_show(struct app *app, struct req *q, struct resp *r, struct err *e)
{
	struct id id;

	return parse_id(q, &id, e) != 0 ? -1 : show(app, q, r, id, e);
}

/* What is changed here is written down in the same transaction. */
struct wish {
	const struct req *q;
	struct id id;
	enum endpoint_kind kind;
	struct str owner;
};

static struct str actor(const struct req *q)
{
	return arena_printf(q->arena, "key:%s", q->caller->key->id);
}

static int resend(struct db *db, void *ctx, struct err *e)
{
	const struct wish *c = ctx;
	enum found found = message_resend(db, c->id, clock_wall_us(), e);

	if (found != FOUND_YES)
		return found == FOUND_ERR ? -1 : 1;
	return audit_add(db, actor(c->q), "webhook.resend", c->q->route_params[0], STR(""), e);
}

static int enable(struct db *db, void *ctx, struct err *e)
{
	const struct wish *c = ctx;
	enum found found = message_enable(db, c->kind, c->owner, e);

	if (found != FOUND_YES)
		return found == FOUND_ERR ? -1 : 1;
	return audit_add(db, actor(c->q), "webhook.enable", notify_owner_text(c->q->arena, c->kind, c->owner), STR(""), e);
}

static int transact(struct app *app, int (*fn)(struct db *, void *, struct err *), struct wish *c, struct err *e)
{
	struct db *db = NULL;
	int r;

	if (db_take(app->pool, clock_mono_us() + WAIT_US, &db, e) != 0)
		return -1;
	r = db_transact(db, fn, c, e);
	db_give(app->pool, &db);
	return r;
}

int admin_webhook_resend(struct app *app, struct req *q, struct resp *r, struct err *e)
{
	struct wish c = { .q = q };
	int bad;

	if (parse_id(q, &c.id, e) != 0)
		return -1;
	bad = transact(app, resend, &c, e);
	if (bad != 0)
		return bad == -1 ? -1 : err_set(e, ERR_NOT_FOUND, "no such webhook that could be sent again");
	return show(app, q, r, c.id, e);
}

int admin_webhook_endpoints(struct app *app, struct req *q, struct resp *r, struct err *e)
{
	struct endpoint_row *list;
	struct db *db = NULL;
	struct json_out j;
	size_t n;
	int bad;

	if (db_take(app->pool, clock_mono_us() + WAIT_US, &db, e) != 0)
		return -1;
	bad = message_endpoints(db, q->arena, &list, &n, e);
	db_give(app->pool, &db);
	if (bad != 0)
		return -1;
	j = begin(r);
	json_open(&j, NULL, '{');
	json_open(&j, "endpoints", '[');
	for (size_t i = 0; i < n; i++)
		notify_write_endpoint(q->arena, &j, &list[i]);
	json_close(&j, ']');
	end(q, &j);
	return 0;
}

int admin_webhook_enable(struct app *app, struct req *q, struct resp *r, struct err *e)
{
	struct wish c = { .q = q };
	int bad;

	if (!notify_owner_parse(q->route_params[0], &c.kind, &c.owner))
		return err_set(e, ERR_NOT_FOUND, "nothing was ever sent there");
	bad = transact(app, enable, &c, e);
	if (bad != 0)
		return bad == -1 ? -1 : err_set(e, ERR_NOT_FOUND, "nothing was ever sent there");
	return admin_webhook_endpoints(app, q, r, e);
}

static void add_endpoint(struct arena *a, struct value *list, const struct endpoint_row *ep)
{
	struct value *o = page_add(a, list);

	page_set(a, o, "name", value_text(notify_owner_text(a, ep->kind, ep->owner)));
	page_set(a, o, "disabled", value_bool(ep->disabled_at != 0));
	page_set(a, o, "failing", value_bool(ep->failing > 0));
	page_set(a, o, "failures", value_text(arena_printf(a, "%d", ep->failing)));
	page_set(a, o, "waiting", value_text(arena_printf(a, "%lld", (long long)ep->waiting)));
	page_set(a, o, "failed", value_text(ep->failed_at != 0 ? admin_when(a, ep->failed_at) : STR("never")));
	page_set(a, o, "reason", value_text(ep->reason.p != NULL ? ep->reason : STR("")));
}

void admin_webhook_health(struct app *app, const struct req *q, struct value *root)
{
	struct value list = page_list();
	struct endpoint_row *rows = NULL;
	struct db *db = NULL;
	struct err e;
	size_t n = 0, well = 0, shown = 0;
	bool good = db_take(app->pool, clock_mono_us() + WAIT_US, &db, &e) == 0;

	if (good) {
		good = message_endpoints(db, q->arena, &rows, &n, &e) == 0;
		db_give(app->pool, &db);
	}
	for (size_t i = 0; good && i < n; i++) {
		if (rows[i].disabled_at == 0 && rows[i].failing == 0 && rows[i].waiting == 0)
			well++;
		else if (shown++ < SHOWN_MOST)
			add_endpoint(q->arena, &list, &rows[i]);
	}
	page_set(q->arena, root, "endpoints", list);
	page_set(q->arena, root, "endpoints_well", value_text(arena_printf(q->arena, "%zu", well)));
	page_set(q->arena, root, "endpoints_more", value_text(shown > SHOWN_MOST ? arena_printf(q->arena, "%zu", shown - SHOWN_MOST) : STR("")));
}
