/*
 * POST /v1/spend: what was spent on a channel on a day, as an ad platform or its bookkeeper tells it: a JSON list, or CSV. A day that is
 * told again is replaced. All of a list is kept, or nothing.
 */
#include "fcgi-app/api/handlers.h"
#include "lib/base/clock.h"
#include "lib/lead/members.h"
#include "lib/store/click.h"
#include "lib/wire/csv.h"
#include "lib/wire/json.h"

enum { ROWS_MAX = 5000, WAIT_US = 2000000 };

static const struct member_rule rules[] = {
	{ "channel", MEMBER_KEY, .required = true },
	{ "date", MEMBER_TEXT, .required = true },
	{ "amount", MEMBER_MONEY, .required = true },
	{ "clicks", MEMBER_INT, .min = 0, .max = 4000000000 },
};

struct batch {
	struct spend *rows;
	size_t n;
};

/* CSV knows only texts: a count that is one becomes a number, an empty one is absent. */
static void spell(struct arena *a, struct value *row)
{
	for (size_t i = 0; i < row->n; i++) {
		struct value *v = &row->members[i].value;
		int64_t count;

		if (!str_is(row->members[i].name, "clicks") || v->type != VALUE_TEXT)
			continue;
		if (v->text.n == 0)
			*v = (struct value){ .type = VALUE_NULL };
		else if (str_to_i64(v->text, &count))
			*v = value_int(a, count);
	}
}

static int decode(const struct req *q, struct value *out, struct err *e)
{
	if (str_is(q->content_type, "text/csv")) {
		if (csv_to_value(q->arena, q->body, ROWS_MAX, out, e) != 0)
			return -1;
		for (size_t i = 0; i < out->n; i++)
			spell(q->arena, &out->items[i]);
		return 0;
	}
	if (q->content_type.n > 0 && !str_is(q->content_type, "application/json"))
		return err_set(e, ERR_MEDIA, "the body is application/json or text/csv");
	if (json_parse(q->arena, q->body, JSON_DEPTH_REQUEST, out, e) != 0)
		return -1;
	if (out->type != VALUE_LIST)
		return err_set(e, ERR_MALFORMED, "the body is a list");
	return out->n <= ROWS_MAX ? 0 : err_set(e, ERR_TOO_LARGE, "more than %d entries", ROWS_MAX);
}

static void read_row(struct req *q, const struct value *doc, const struct path *at, struct map *seen, struct spend *out)
{
	struct str key = members_text(doc, "channel", STR("")), day = members_text(doc, "date", STR(""));
	const struct channel *ch = map_get(q->caller->snapshot->catalog->by_channel, key);
	struct path channel_at = path_member(at, STR("channel")), date_at = path_member(at, STR("date"));
	int64_t days;

	if (ch == NULL && member_is_key(key))
		fault_add(q->faults, &channel_at, "unknown_reference", "there is no such channel");
	if (day.n > 0 && !clock_parse_date(day, &days))
		fault_add(q->faults, &date_at, "invalid_field", "must be a date, YYYY-MM-DD");
	else if (ch != NULL && day.n > 0 && !map_put(seen, arena_printf(q->arena, "%u %.*s", ch->id, STR_ARG(day)), seen))
		fault_add(q->faults, &date_at, "duplicate_key", "the channel's day stands here a second time");
	*out = (struct spend){ .channel_id = ch != NULL ? ch->id : 0, .day = day, .amount = members_money(doc, "amount", 0),
		.clicks = members_int(doc, "clicks", -1), .updated_at = q->wall_us,
		.actor = arena_printf(q->arena, "key:%s", q->caller->key->id) };
	if (ch == NULL)
		return;
	out->campaign_id = ch->campaign->id;
	memcpy(out->currency, ch->campaign->currency, sizeof(out->currency));
}

static int keep(struct db *db, void *ctx, struct err *e)
{
	const struct batch *b = ctx;

	for (size_t i = 0; i < b->n; i++)
		if (spend_store_put(db, &b->rows[i], e) != 0)
			return -1;
	return 0;
}

static int keep_all(struct app *app, struct batch *b, struct err *e)
{
	struct db *db = NULL;
	int r;

	if (db_take(app->pool, clock_mono_us() + WAIT_US, &db, e) != 0)
		return -1;
	r = db_transact(db, keep, b, e);
	db_give(app->pool, &db);
	return r;
}

int api_spend(struct app *app, struct req *q, struct resp *r, struct err *e)
{
	struct map *seen = map_new(q->arena);
	struct batch b = { 0 };
	struct json_out j;
	struct value doc;

	if (decode(q, &doc, e) != 0)
		return -1;
	b.rows = arena_array_of(q->arena, doc.n, struct spend);
	for (b.n = 0; b.n < doc.n; b.n++) {
		struct path at = path_index(PATH_ROOT, b.n);

		members_check(&doc.items[b.n], rules, MEMBERS_N(rules), &at, q->faults);
		read_row(q, &doc.items[b.n], &at, seen, &b.rows[b.n]);
	}
	if (q->faults->n > 0)
		return err_set(e, ERR_INVALID, "the list has faults");
	if (keep_all(app, &b, e) != 0)
		return -1;
	r->status = 200;
	r->content_type = STR("application/json");
	j = json_out(&r->body);
	json_open(&j, NULL, '{');
	json_int(&j, "saved", (int64_t)b.n);
	json_text(&j, "request_id", q->request_id);
	json_close(&j, '}');
	return 0;
}
