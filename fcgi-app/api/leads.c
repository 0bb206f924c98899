/*
 * GET /v1/leads: leads newest first, a page at a time. A seller sees its own, an operator all; nothing personal is in a list.
 */
#include "fcgi-app/api/handlers.h"
#include "lib/base/clock.h"
#include "lib/store/lead_page.h"
#include "lib/wire/json.h"

enum { WAIT_US = 2000000, LIMIT = 50, LIMIT_MAX = 200, VALUE_MAX = 256 };

#define DAY_US (INT64_C(86400) * 1000000)

static const char *const names[] = { "status", "campaign", "seller", "from", "to", "limit", "cursor", NULL };
enum { N_PARAMETERS = sizeof(names) / sizeof(names[0]) - 1 };
static const struct req_parameters parameters = { names, NULL, "a list of leads has status, campaign, seller, from, to, limit and cursor", VALUE_MAX };

/* The states that a status names: to a seller a lead that is being posted is pending. */
static const struct {
	const char *name;
	unsigned states;
} statuses[] = {
	{ "sold", 1u << LEAD_SOLD },
	{ "unsold", 1u << LEAD_UNSOLD },
	{ "pending", 1u << LEAD_PENDING | 1u << LEAD_POSTING },
	{ "rejected", 1u << LEAD_REJECTED },
};

enum { N_STATUSES = sizeof(statuses) / sizeof(statuses[0]) };

/* last: the day given is the last one. */
static int64_t instant(struct req *q, const struct form *query, const char *name, bool last)
{
	const struct str *s = form_get(query, str_of(name));
	int64_t days, at = 0;

	if (s == NULL)
		return 0;
	if (clock_parse_date(*s, &days) && days > 0)
		return (days + last) * DAY_US;
	if (!clock_parse_rfc3339(*s, &at) || at <= 0)
		req_fault(q, name, "invalid_field", "is a day such as 2026-11-23 or an instant such as 2026-11-23T12:00:00Z");
	return at;
}

static void read_status(struct req *q, const struct str *s, struct lead_filter *f)
{
	for (int i = 0; s != NULL && i < N_STATUSES; i++)
		if (str_is(*s, statuses[i].name))
			f->states = statuses[i].states;
	if (s != NULL && f->states == 0)
		req_fault(q, "status", "invalid_field", "is sold, unsold, pending or rejected");
}

static int read_seller(struct req *q, const struct str *s, struct lead_filter *f, struct err *e)
{
	const struct caller *c = q->caller;
	const struct seller *seller = c->seller;

	if (c->seller != NULL && s != NULL && !str_eq(*s, c->seller->key))
		return err_set(e, ERR_FORBIDDEN, "a seller's key lists its own leads only");
	if (c->seller == NULL && s != NULL) {
		seller = map_get(c->snapshot->catalog->by_seller, *s);
		if (seller == NULL)
			req_fault(q, "seller", "unknown_reference", "there is no such seller");
	}
	f->seller_id = seller != NULL ? seller->id : 0;
	return 0;
}

static int read_filter(struct req *q, const struct form *query, struct lead_filter *f, struct err *e)
{
	const struct str *campaign = form_get(query, STR("campaign")), *limit = form_get(query, STR("limit")), *cursor = form_get(query, STR("cursor"));
	const struct campaign *camp = campaign != NULL ? map_get(q->caller->snapshot->catalog->by_campaign, *campaign) : NULL;
	int64_t n = LIMIT;

	*f = (struct lead_filter){ .sandbox = q->caller->sandbox };
	read_status(q, form_get(query, STR("status")), f);
	if (read_seller(q, form_get(query, STR("seller")), f, e) != 0)
		return -1;
	if (campaign != NULL && camp == NULL)
		req_fault(q, "campaign", "unknown_reference", "there is no such campaign");
	f->campaign_id = camp != NULL ? camp->id : 0;
	f->from = instant(q, query, "from", false);
	f->to = instant(q, query, "to", true);
	if (limit != NULL && (!str_to_i64(*limit, &n) || n < 1 || n > LIMIT_MAX))
		req_fault(q, "limit", "invalid_field", "is 1 to 200");
	f->limit = (int)n;
	if (cursor != NULL && !id_parse("led", *cursor, &f->before))
		req_fault(q, "cursor", "invalid_field", "is the next_cursor of the page before");
	if (q->faults->n == 0 && f->to > 0 && f->from >= f->to)
		req_fault(q, "from", "invalid_field", "the period ends before it begins");
	return q->faults->n > 0 ? err_set(e, ERR_INVALID, "the list's parameters have faults") : 0;
}

static struct str seller_key(const struct catalog *c, uint32_t id)
{
	const struct seller *s = catalog_seller(c, id);

	return s != NULL ? s->key : STR("");
}

static const char *status_name(enum lead_state s)
{
	for (int i = 0; i < N_STATUSES; i++)
		if (statuses[i].states & 1u << s)
			return statuses[i].name;
	return "pending";
}

static void write_key(struct json_out *j, const char *name, struct str key)
{
	if (key.n > 0)
		json_text(j, name, key);
	else
		json_nil(j, name);
}

static void write_line(struct json_out *j, const struct req *q, const struct lead_line *l)
{
	const struct catalog *c = q->caller->snapshot->catalog;
	const struct campaign *camp = catalog_campaign(c, l->campaign_id);

	json_open(j, NULL, '{');
	json_text(j, "lead_id", id_text(q->arena, "led", l->id));
	json_text(j, "ping_id", id_text(q->arena, "png", l->ping_id));
	json_cstr(j, "status", status_name(l->state));
	json_text(j, "created_at", clock_rfc3339_ms(q->arena, l->created_at));
	write_key(j, "campaign", camp != NULL ? camp->key : STR(""));
	write_key(j, "seller", seller_key(c, l->seller_id));
	json_open(j, "source", '{');
	json_text(j, "sub1", l->sub1);
	json_text(j, "sub2", l->sub2);
	json_close(j, '}');
	json_raw(j, "lead", l->lead);
	json_money(j, "payout", l->price);
	if (q->caller->seller == NULL)
		json_money(j, "revenue", l->cost);
	json_cstr(j, "currency", l->currency[0] != '\0' ? l->currency : camp != NULL ? camp->currency : NULL);
	json_close(j, '}');
}

/* The same query with another cursor. */
static struct str next_url(const struct req *q, const struct form *query, struct str cursor)
{
	struct buf b;

	buf_in(&b, q->arena, 4 * N_PARAMETERS * VALUE_MAX);
	buf_add_cstr(&b, "/v1/leads?");
	for (size_t i = 0; i < query->n; i++)
		if (!str_is(query->pairs[i].name, "cursor")) {
			form_percent(&b, query->pairs[i].name);
			buf_add_char(&b, '=');
			form_percent(&b, query->pairs[i].value);
			buf_add_char(&b, '&');
		}
	buf_add_cstr(&b, "cursor=");
	form_percent(&b, cursor);
	return buf_str(&b);
}

static void answer(const struct req *q, struct resp *r, const struct form *query, const struct lead_line *list, size_t n, size_t limit)
{
	struct json_out j = json_out(&r->body);
	struct str next = n > limit ? id_text(q->arena, "led", list[limit - 1].id) : STR("");

	r->status = 200;
	r->content_type = STR("application/json");
	resp_set_header(r, "Cache-Control", STR("no-store"));
	json_open(&j, NULL, '{');
	json_open(&j, "leads", '[');
	for (size_t i = 0; i < n && i < limit; i++)
		write_line(&j, q, &list[i]);
	json_close(&j, ']');
	write_key(&j, "next_cursor", next);
	json_text(&j, "request_id", q->request_id);
	json_close(&j, '}');
	if (next.n > 0)
		resp_header(r, "Link", arena_printf(q->arena, "<%.*s>; rel=\"next\"", STR_ARG(next_url(q, query, next))));
}

static int too_slow(struct err *e)
{
	err_set(e, ERR_INVALID, "The list takes too long to be put together. Give from and to, or fewer filters.");
	e->code = "list_too_large";
	return -1;
}

int api_leads(struct app *app, struct req *q, struct resp *r, struct err *e)
{
	struct lead_filter filter;
	struct lead_line *list;
	struct db *db = NULL;
	struct form query;
	size_t n;
	int failed;

	if (req_query_checked(q, &parameters, &query, e) != 0 || read_filter(q, &query, &filter, e) != 0 ||
	    db_take(app->pool, clock_mono_us() + WAIT_US, &db, e) != 0)
		return -1;
	failed = lead_page_read(db, q->arena, &filter, &list, &n, e);
	db_give(app->pool, &db);
	if (failed)
		return e->code != NULL && strcmp(e->code, "db_timeout") == 0 ? too_slow(e) : -1;
	answer(q, r, &query, list, n, (size_t)filter.limit);
	return 0;
}
