/*
 * sandbox: the built-in buyers, over real HTTP, for test keys and for the demo. The query says what a buyer bids; the ZIP of the lead
 * steers what happens, so that a seller can try every outcome.
 */
#include "fcgi-app/api/handlers.h"
#include "lib/base/clock.h"
#include "lib/base/money.h"
#include "lib/store/work.h"
#include "lib/wire/json.h"

enum { STALL_MAX_MS = 10000, LATE_BY_MS = 400, WAIT_US = 2000000, CHANGES_ITS_MIND_US = 5000000 };

static struct str find_zip(const struct value *v, int depth)
{
	const struct value *zip = value_get(v, STR("zip"));

	if (zip != NULL)
		return value_as_text(zip);
	for (size_t i = 0; v->type == VALUE_OBJECT && depth > 0 && i < v->n; i++) {
		struct str found = find_zip(&v->members[i].value, depth - 1);

		if (found.n > 0)
			return found;
	}
	return STR("");
}

/* The ZIP in a body of either kind; an empty text when there is none. */
static struct str zip_of(const struct req *q)
{
	struct value doc;
	struct form form;
	const struct str *zip;
	struct err e;

	if (str_is(q->content_type, "application/x-www-form-urlencoded")) {
		zip = form_parse(q->arena, q->body, &form, &e) == 0 ? form_get(&form, STR("zip")) : NULL;
		return zip != NULL ? *zip : STR("");
	}
	return json_parse(q->arena, q->body, JSON_DEPTH_REQUEST, &doc, &e) == 0 ? find_zip(&doc, 3) : STR("");
}

static bool is_first(const struct req *q)
{
	return str_is(q->route_params[0], "sandbox-one");
}

static void answer(struct resp *r, const char *status, const char *reason, const char *id_name, struct str id, const char *price)
{
	struct json_out j = json_out(&r->body);

	r->status = 200;
	r->content_type = STR("application/json");
	json_open(&j, NULL, '{');
	json_cstr(&j, "status", status);
	if (reason != NULL)
		json_cstr(&j, "reason", reason);
	if (price != NULL)
		json_raw(&j, "price", str_of(price));
	if (id_name != NULL)
		json_text(&j, id_name, id);
	json_close(&j, '}');
}

static struct str query_text(struct req *q, const char *name, struct str fallback)
{
	struct form query;
	const struct str *s;
	struct err e;

	if (req_query(q, &query, &e) != 0)
		return fallback;
	s = form_get(&query, str_of(name));
	return s != NULL ? *s : fallback;
}

int sandbox_buyer_ping(struct app *app, struct req *q, struct resp *r, struct err *e)
{
	struct str zip = zip_of(q), price = query_text(q, "price", STR("12.50"));
	int64_t amount, late_ms = 1500;

	(void)app;
	if (!money_parse(price, &amount) || amount <= 0)
		return err_set(e, ERR_MALFORMED, "price is an amount such as 12.50");
	if (str_is(zip, "00004") && is_first(q)) {
		str_to_i64(query_text(q, "timeout_ms", STR("1500")), &late_ms);
		clock_sleep_ms((late_ms > 0 && late_ms < STALL_MAX_MS ? late_ms : STALL_MAX_MS) + LATE_BY_MS);
	}
	if (str_is(zip, "00003") || (str_is(zip, "00001") && !is_first(q)))
		answer(r, "no_match", "not_interested", NULL, STR(""), NULL);
	else
		answer(r, "matched", NULL, "bid_id", id_text(q->arena, "sbx", q->id), money_text(q->arena, amount).p);
	return 0;
}

/* Takes the lead, and rejects it by postback five seconds later: gavel-jobs plays that part. */
static int reject_later(struct app *app, const struct req *q, struct err *e)
{
	struct value doc;
	struct id sale_id;
	struct db *db = NULL;
	int64_t now = clock_wall_us();
	int r;

	if (json_parse(q->arena, q->body, JSON_DEPTH_REQUEST, &doc, e) != 0)
		return -1;
	if (!id_parse("sal", value_get_text(&doc, STR("sale_id"), STR("")), &sale_id))
		return err_set(e, ERR_MALFORMED, "sale_id is a sale's id");
	if (db_take(app->pool, clock_mono_us() + WAIT_US, &db, e) != 0)
		return -1;
	r = work_add(db, WORK_SANDBOX_REJECT, sale_id, now + CHANGES_ITS_MIND_US, now, e);
	db_give(app->pool, &db);
	return r;
}

int sandbox_buyer_post(struct app *app, struct req *q, struct resp *r, struct err *e)
{
	struct str zip = zip_of(q);

	if (str_is(zip, "00008") && is_first(q) && reject_later(app, q, e) != 0)
		return -1;
	if (str_is(zip, "00007"))
		return err_set(e, ERR_INTERNAL, "the sandbox's buyer breaks off here");
	if (str_is(zip, "00006") && is_first(q))
		answer(r, "rejected", "duplicate", NULL, STR(""), NULL);
	else
		answer(r, "accepted", NULL, "lead_id", id_text(q->arena, "sbx", q->id), NULL);
	return 0;
}
