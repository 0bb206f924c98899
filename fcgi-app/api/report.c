#include "fcgi-app/api/report.h"

#include "lib/base/clock.h"

enum { WAIT_US = 2000000, FILTERS_MAX = 200, VALUE_MAX = 1024, YEAR_FIRST = 2000, YEAR_LAST = 2099 };

#define QUARTER_US (INT64_C(900) * 1000000)
#define DAY_US (INT64_C(86400) * 1000000)

static const char *const names[] = { "from", "to", "tz", "group_by", "filter", "format", NULL };
static const struct req_parameters parameters = { names, "filter", "a report has from, to, tz, group_by, filter and format", VALUE_MAX };

static int fault_in(struct req *q, const char *name, size_t i, const char *code, const char *words)
{
	struct path list = path_member(PATH_ROOT, str_of(name)), at = path_index(&list, i);

	return fault_add(q->faults, &at, code, "%s", words);
}

static void read_zone(struct req *q, const struct form *query, struct report_ask *ask)
{
	struct str name = form_text(query, "tz");
	struct err e;

	ask->tz = STR("UTC");
	if (form_get(query, STR("tz")) == NULL)
		return;
	if (name.n > VALUE_MAX || zone_load(q->arena, name, &ask->query.zone, &e) != 0)
		req_fault(q, "tz", "invalid_field", "is a time zone's IANA name such as America/New_York");
	else
		ask->tz = name;
}

/* Where the day that holds an instant begins; `days` later when asked. */
static int64_t day_of(const struct zone *z, int64_t at, int days)
{
	struct zone_time t, day = { 0 };
	int64_t begins;

	zone_local(z, at, &t);
	clock_civil(clock_days(t.year, t.month, t.day) + days, &day.year, &day.month, &day.day);
	begins = zone_instant(z, &day);
	return begins - begins % QUARTER_US;
}

/* A day, by the report's clock, or an instant. last: the day is the last one of the period, which then ends with it. */
static bool read_instant(struct req *q, const struct form *query, const struct report_ask *ask, const char *name, bool last, int64_t *out)
{
	struct str s = form_text(query, name);
	struct zone_time t = { 0 };
	int64_t days;

	if (clock_parse_date(s, &days)) {
		clock_civil(days + last, &t.year, &t.month, &t.day);
		*out = zone_instant(ask->query.zone, &t);
		*out -= *out % QUARTER_US;
	} else if (!clock_parse_rfc3339(s, out)) {
		req_fault(q, name, "invalid_field", "is a day such as 2026-11-23 or an instant such as 2026-11-23T12:00:00Z");
		return false;
	} else if (*out % QUARTER_US != 0) {
		req_fault(q, name, "invalid_field", "an instant is on a quarter of an hour");
		return false;
	}
	zone_local(NULL, *out, &t);
	if (t.year >= YEAR_FIRST && t.year <= YEAR_LAST)
		return true;
	req_fault(q, name, "invalid_field", "is within the years 2000 to 2099");
	return false;
}

/* Without them: today. */
static void read_period(struct req *q, const struct form *query, struct report_ask *ask)
{
	struct report_query *to = &ask->query;
	bool has_from = form_get(query, STR("from")) != NULL, has_to = form_get(query, STR("to")) != NULL, good = true;

	to->to = day_of(to->zone, q->wall_us, 1);
	if (has_to)
		good &= read_instant(q, query, ask, "to", true, &to->to);
	to->from = day_of(to->zone, to->to - 1, 0);
	if (has_from)
		good &= read_instant(q, query, ask, "from", false, &to->from);
	if (!good)
		return;
	if (to->from >= to->to)
		req_fault(q, has_from ? "from" : "to", "invalid_field", "the period ends before it begins");
	else if (to->to - to->from > REPORT_DAYS_MAX * DAY_US)
		req_fault(q, "from", "invalid_field", "a period has at most 400 days");
}

/* What a seller may not look through: buyers that its account does not name. */
static bool is_hidden(const struct report_ask *ask, enum dimension d, bool filter)
{
	if (ask->seller == NULL || (DIM_BIT(d) & DIM_CONTRACTS) == 0 || ask->seller->show_buyer == SHOW_NAME)
		return false;
	return filter || d == DIM_CONTRACT || ask->seller->show_buyer == SHOW_NONE;
}

static void read_group_by(struct req *q, const struct form *query, struct report_ask *ask)
{
	struct str rest = form_text(query, "group_by"), part;

	if (form_get(query, STR("group_by")) == NULL)
		return;
	for (size_t i = 0; str_split(&rest, ',', &part); i++) {
		enum dimension d = dimension_find(part);

		if (i == REPORT_DIMENSIONS_MAX) {
			req_fault(q, "group_by", "invalid_field", "has at most five dimensions");
			return;
		}
		if (d == DIM__N)
			fault_in(q, "group_by", i, "invalid_field",
			    "is one of hour day week month campaign seller buyer contract channel sub1 sub2 reason");
		else if (ask->query.by & DIM_BIT(d))
			fault_in(q, "group_by", i, "invalid_field", "stands here twice");
		else if ((DIM_BIT(d) & DIM_TIMES) && (ask->query.by & DIM_TIMES))
			fault_in(q, "group_by", i, "invalid_field", "only one of hour, day, week and month");
		else if (is_hidden(ask, d, false))
			fault_in(q, "group_by", i, "not_allowed", "this account is not shown its buyers");
		else
			ask->by[ask->n_by++] = d;
		if (d != DIM__N)
			ask->query.by |= DIM_BIT(d);
	}
}

/* Row ids by key. */
static uint32_t id_of(const struct report_ask *ask, enum dimension d, struct str key)
{
	for (size_t i = 0; i < ask->n_names[d]; i++)
		if (str_eq(ask->names[d][i].key, key))
			return ask->names[d][i].id;
	return 0;
}

static int read_names(struct req *q, struct db *db, struct report_ask *ask, enum dimension d, struct err *e)
{
	if (ask->names[d] != NULL)
		return 0;
	return report_names(db, q->arena, d, &ask->names[d], &ask->n_names[d], e);
}

/* What the filters name, as they are gathered. */
struct filters {
	uint32_t ids[DIM__N][FILTERS_MAX];
	struct str subs[2][FILTERS_MAX];
	size_t n_ids[DIM__N], n_subs[2], n;
};

/* A code may be one of several stages: all of them. */
static void add_codes(struct req *q, struct filters *f, size_t i, struct str slug)
{
	size_t before = f->n_ids[DIM_REASON];

	for (int stage = 0; stage < STAGE__N && f->n_ids[DIM_REASON] < FILTERS_MAX; stage++) {
		enum reason r = reason_find(slug, (enum stage)stage);

		if (r != REASON_NONE)
			f->ids[DIM_REASON][f->n_ids[DIM_REASON]++] = (uint32_t)r;
	}
	if (f->n_ids[DIM_REASON] == before)
		fault_in(q, "filter", i, "unknown_reference", "there is no such code");
}

static int add_value(struct req *q, struct report_ask *ask, struct filters *f, size_t i, enum dimension d, struct str value, struct err *e)
{
	uint32_t id = id_of(ask, d, value);

	if (f->n++ == FILTERS_MAX)
		req_fault(q, "filter", "invalid_field", "names at most 200 values");
	if (f->n > FILTERS_MAX)
		return 0;
	if (d == DIM_REASON) {
		add_codes(q, f, i, value);
		return 0;
	}
	if (d == DIM_SUB1 || d == DIM_SUB2) {
		f->subs[d - DIM_SUB1][f->n_subs[d - DIM_SUB1]++] = value;
		return 0;
	}
	/* Another seller's name is never told from one that nobody has. */
	if (d == DIM_SELLER && ask->seller != NULL && !str_eq(value, ask->seller->key))
		return err_set(e, ERR_FORBIDDEN, "a seller's key reads its own report only");
	if (id == 0)
		fault_in(q, "filter", i, "unknown_reference", "there is nothing of that name");
	else
		f->ids[d][f->n_ids[d]++] = id;
	return 0;
}

/* dimension:value,value: any of these; filters of several dimensions: all of them. A sub-source may have commas in it: it is one value. */
static int read_filter(struct req *q, struct db *db, struct report_ask *ask, struct filters *f, size_t i, struct str text, struct err *e)
{
	struct str rest = text, name, value;
	enum dimension d;

	if (!str_split(&rest, ':', &name) || rest.p == NULL) {
		fault_in(q, "filter", i, "invalid_field", "is a dimension and its values: buyer:acme,apex");
		return 0;
	}
	d = dimension_find(name);
	if (d == DIM__N || (DIM_BIT(d) & DIM_TIMES)) {
		fault_in(q, "filter", i, "invalid_field", "begins with campaign seller buyer contract channel sub1 sub2 or reason, and a colon");
		return 0;
	}
	if (is_hidden(ask, d, true)) {
		fault_in(q, "filter", i, "not_allowed", "this account is not shown its buyers");
		return 0;
	}
	if (d == DIM_SUB1 || d == DIM_SUB2)
		return add_value(q, ask, f, i, d, rest, e);
	if (read_names(q, db, ask, d, e) != 0)
		return -1;
	while (str_split(&rest, ',', &value))
		if (add_value(q, ask, f, i, d, value, e) != 0)
			return -1;
	return 0;
}

static int read_filters(struct req *q, struct db *db, const struct form *query, struct report_ask *ask, struct err *e)
{
	struct filters *f = arena_new_of(q->arena, struct filters);
	size_t index = 0;

	for (size_t i = 0; i < query->n; i++)
		if (str_is(query->pairs[i].name, "filter") && query->pairs[i].value.n <= VALUE_MAX &&
		    read_filter(q, db, ask, f, index++, query->pairs[i].value, e) != 0)
			return -1;
	if (ask->seller != NULL && f->n_ids[DIM_SELLER] == 0)
		f->ids[DIM_SELLER][f->n_ids[DIM_SELLER]++] = ask->seller->id;
	for (int d = 0; d < DIM__N; d++)
		ask->query.only[d] = (struct report_ids){ f->ids[d], f->n_ids[d] };
	for (int i = 0; i < 2; i++) {
		ask->query.subs[i] = f->subs[i];
		ask->query.n_subs[i] = f->n_subs[i];
	}
	return 0;
}

static void read_format(struct req *q, const struct form *query, struct report_ask *ask)
{
	struct str s = form_text(query, "format");

	ask->csv = str_is(s, "csv");
	if (form_get(query, STR("format")) != NULL && !ask->csv && !str_is(s, "json"))
		req_fault(q, "format", "invalid_field", "is json or csv");
}

int report_ask_read(struct req *q, struct db *db, struct report_ask *ask, struct err *e)
{
	const struct catalog *c = q->caller->snapshot->catalog;
	struct form query;

	*ask = (struct report_ask){ .seller = q->caller->seller };
	if (req_query_checked(q, &parameters, &query, e) != 0)
		return -1;
	read_zone(q, &query, ask);
	read_period(q, &query, ask);
	read_group_by(q, &query, ask);
	read_format(q, &query, ask);
	if (read_filters(q, db, &query, ask, e) != 0)
		return -1;
	if (q->faults->n > 0)
		return err_set(e, ERR_INVALID, "the report's parameters have faults");
	for (size_t i = 0; i < ask->n_by; i++)
		if (read_names(q, db, ask, ask->by[i], e) != 0)
			return -1;
	ask->query.want = REPORT_REASONS | REPORT_LATENCY;
	ask->query.channels = report_channels(q->arena, c);
	ask->query.n_channels = c->n_channels;
	return 0;
}

struct report_channel *report_channels(struct arena *a, const struct catalog *c)
{
	struct report_channel *list = arena_array_of(a, c->n_channels, struct report_channel);

	for (size_t i = 0; i < c->n_channels; i++)
		list[i] = (struct report_channel){ c->channels[i].id, c->channels[i].campaign->id };
	return list;
}

/* The sandbox's traffic is in no report: a test key gets the shape of one, and nothing in it. */
static int read_report(const struct req *q, struct db *db, const struct report_ask *ask, struct report *out, int64_t *fresh, struct err *e)
{
	*out = (struct report){ 0 };
	if (report_fresh(db, q->wall_us, fresh, e) != 0)
		return -1;
	return q->caller->sandbox ? 0 : report_read(db, q->arena, &ask->query, out, e);
}

int api_report(struct app *app, struct req *q, struct resp *r, struct err *e)
{
	struct report_ask *ask = arena_new_of(q->arena, struct report_ask);
	struct report report;
	struct db *db = NULL;
	int64_t fresh = 0;
	int failed;

	if (db_take(app->pool, clock_mono_us() + WAIT_US, &db, e) != 0)
		return -1;
	failed = report_ask_read(q, db, ask, e) != 0 || read_report(q, db, ask, &report, &fresh, e) != 0;
	db_give(app->pool, &db);
	return failed ? -1 : report_answer(q, r, ask, &report, fresh, e);
}
