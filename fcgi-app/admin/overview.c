#include "fcgi-app/admin/admin.h"
#include "fcgi-app/api/report.h"

#include "lib/base/buf.h"
#include "lib/base/clock.h"
#include "lib/base/money.h"

#define DAY_US (INT64_C(86400) * 1000000)

enum { WAIT_US = 2000000, DAYS_MAX = 366, HOURLY_UP_TO_DAYS = 2, REASONS_SHOWN = 20, FIGURE_MAX = 64 };

static const struct choice {
	const char *value, *name;
	int first, days;          /* days ago that it begins, and how many it has */
} periods[] = {
	{ "today", "Today", 0, 1 }, { "yesterday", "Yesterday", 1, 1 }, { "7d", "Last 7 days", 6, 7 }, { "30d", "Last 30 days", 29, 30 },
	{ "custom", "", 0, 1 },
};

enum { N_PERIODS = sizeof(periods) / sizeof(periods[0]), CUSTOM = N_PERIODS - 1 };

static const struct tile {
	const char *metric, *title;
} tiles[] = {
	{ "pings", "Pings" }, { "fill_rate", "Fill rate" }, { "avg_bid", "Average bid" }, { "win_rate", "Win rate" }, { "posts", "Posts" },
	{ "accepted", "Accepted" }, { "sold", "Sold" }, { "revenue", "Revenue" }, { "payout", "Payout" }, { "margin", "Margin" },
	{ "returns", "Returns" }, { "timeouts", "Time-outs" },
};

enum { N_TILES = sizeof(tiles) / sizeof(tiles[0]) };

static const char *const buyer_cells[] = { "pings", "bids", "avg_bid", "posts", "accepted", "revenue", "margin", "timeouts", "p50_ms", "p95_ms", NULL };
static const char *const channel_cells[] = { "clicks", "sold", "revenue", "margin", "cost", "epc", "roi", NULL };
static const char *const series_cells[] = { "pings", "posts", "sold", "revenue", "margin", NULL };

struct period {
	int chosen;
	int64_t from, to;
	const char *fault;
};

static struct str date_text(struct arena *a, int64_t us)
{
	struct str s = clock_sql(a, us);

	return (struct str){ s.p, 10 };
}

static struct period read_period(const struct req *q, const struct form *query)
{
	struct str word = form_text(query, "period"), from = form_text(query, "from"), to = form_text(query, "to");
	int64_t today = q->wall_us / DAY_US, first, last;
	struct period p = { 0 };

	for (int i = 0; i < N_PERIODS; i++)
		if (str_is(word, periods[i].value))
			p.chosen = i;
	p.from = (today - periods[p.chosen].first) * DAY_US;
	p.to = p.from + periods[p.chosen].days * DAY_US;
	if (p.chosen != CUSTOM)
		return p;
	if (!clock_parse_date(from, &first) || !clock_parse_date(to, &last))
		p.fault = "Give both days, as 2026-11-23. Today is shown.";
	else if (last < first)
		p.fault = "The last day is before the first. Today is shown.";
	else if (last - first >= DAYS_MAX)
		p.fault = "A period has at most 366 days. Today is shown.";
	if (p.fault == NULL) {
		p.from = first * DAY_US;
		p.to = (last + 1) * DAY_US;
	}
	return p;
}

/* 1234567.50 as 1,234,567.50. */
static struct str grouped(struct arena *a, struct str s)
{
	size_t sign = s.n > 0 && s.p[0] == '-', whole = sign;
	struct buf b;

	while (whole < s.n && s.p[whole] >= '0' && s.p[whole] <= '9')
		whole++;
	buf_in(&b, a, FIGURE_MAX);
	for (size_t i = 0; i < s.n; i++) {
		if (i > sign && i < whole && (whole - i) % 3 == 0)
			buf_add_char(&b, ',');
		buf_add_char(&b, s.p[i]);
	}
	return buf_str(&b);
}

static struct str percent(struct arena *a, int64_t rate)
{
	int64_t whole = rate < 0 ? -rate : rate;

	return arena_printf(a, "%.*s %%",
	    STR_ARG(grouped(a, arena_printf(a, "%s%lld.%02lld", rate < 0 ? "-" : "", (long long)(whole / 100), (long long)(whole % 100)))));
}

static struct str figure(struct arena *a, const struct metric *m, const struct report_row *r)
{
	int64_t v;

	if (m->kind == METRIC_LATENCY) {
		v = r->latency != NULL ? latency_quantile(r->latency, m->quantile) : -1;
		return v >= 0 ? arena_printf(a, "%lld ms", (long long)v) : STR("–");
	}
	if (!metric_value(m, r->of, &v))
		return STR("–");
	switch (m->kind) {
	case METRIC_MONEY: return grouped(a, admin_amount(a, v, r->currency));
	case METRIC_RATE: return percent(a, v);
	default: return grouped(a, arena_printf(a, "%lld", (long long)v));
	}
}

/* What a figure of all together is; how it reads for one buyer stands in the report. */
static struct str words_of(const struct metric *m)
{
	const char *by = strstr(m->words, " By buyer or contract");

	return by != NULL ? (struct str){ m->words, (size_t)(by - m->words) } : str_of(m->words);
}

static void add_tiles(struct arena *a, struct value *root, const struct report *report)
{
	struct report_row none = { .currency = "USD" };
	const struct report_row *rows = report->n_totals > 0 ? report->totals : &none;
	size_t n = report->n_totals > 0 ? report->n_totals : 1;
	struct value list = page_list();

	for (size_t i = 0; i < n; i++)
		for (int k = 0; k < N_TILES; k++) {
			const struct metric *m = metric_find(str_of(tiles[k].metric), METRIC_OPERATOR);
			struct value *o;

			if (m == NULL)
				continue;
			o = page_add(a, &list);
			page_set(a, o, "name", value_text(n > 1 ? arena_printf(a, "%s, %s", tiles[k].title, rows[i].currency) :
			    str_of(tiles[k].title)));
			page_set(a, o, "metric", value_text(str_of(tiles[k].metric)));
			page_set(a, o, "value", value_text(figure(a, m, &rows[i])));
			page_set(a, o, "words", value_text(words_of(m)));
		}
	page_set(a, root, "tiles", list);
}

static void add_cells(struct arena *a, struct value *o, const char *const *names, const struct report_row *r)
{
	for (; *names != NULL; names++) {
		const struct metric *m = metric_find(str_of(*names), METRIC_OPERATOR);

		page_set(a, o, *names, value_text(m != NULL ? figure(a, m, r) : STR("–")));
	}
}

static void add_moment(struct arena *a, struct value *list, const struct report_row *row, bool hourly)
{
	struct value *o = page_add(a, list);
	struct str at = clock_sql(a, row->at);

	page_set(a, o, "from", value_text((struct str){ at.p, hourly ? 16 : 10 }));
	add_cells(a, o, series_cells, row);
}

/* Every hour or day up to now, those without traffic too: a gap in the graph would look like traffic. */
static void add_series(const struct req *q, struct value *root, const struct report_query *query, const struct report *report, bool hourly)
{
	struct report_row none = { .currency = "USD" };
	struct value list = page_list();
	struct report_bucket *buckets;
	size_t n = report_buckets(q->arena, query, &buckets), at = 0;

	if (report->n_totals > 0)
		memcpy(none.currency, report->totals[0].currency, sizeof(none.currency));
	for (size_t i = 0; i < n && buckets[i].from <= q->wall_us; i++) {
		none.at = buckets[i].from;
		if (at == report->n || report->rows[at].at >= buckets[i].to)
			add_moment(q->arena, &list, &none, hourly);
		for (; at < report->n && report->rows[at].at < buckets[i].to; at++)
			add_moment(q->arena, &list, &report->rows[at], hourly);
	}
	page_set(q->arena, root, "series", list);
}

/* Keys by row id, for those that are archived and have no name any more. */
struct keys {
	struct report_name *list;
	size_t n;
};

static struct str archived(struct arena *a, const struct keys *keys, uint32_t id)
{
	return arena_printf(a, "%.*s (archived)", STR_ARG(report_name_of(keys->list, keys->n, id)));
}

static struct str buyer_named(struct arena *a, const struct catalog *c, const struct keys *keys, uint32_t id)
{
	const struct buyer *b = catalog_buyer(c, id);

	return b != NULL ? b->name : archived(a, keys, id);
}

static struct str channel_named(struct arena *a, const struct catalog *c, const struct keys *keys, uint32_t id)
{
	const struct channel *ch = catalog_channel(c, id);

	return ch == NULL ? archived(a, keys, id) : ch->name.n > 0 ? ch->name : ch->key;
}

static void add_rows(struct arena *a, struct value *root, const char *name, const struct report *report, const struct catalog *c,
    const struct keys *keys, bool channels)
{
	struct value list = page_list();

	for (size_t i = 0; i < report->n; i++) {
		const struct report_row *r = &report->rows[i];
		struct value *o;

		if (channels && r->channel == 0)
			continue;
		o = page_add(a, &list);
		page_set(a, o, "name", value_text(channels ? channel_named(a, c, keys, r->channel) : buyer_named(a, c, keys, r->buyer)));
		add_cells(a, o, channels ? channel_cells : buyer_cells, r);
	}
	page_set(a, root, name, list);
}

static void add_reasons(struct arena *a, struct value *root, const struct report *report)
{
	struct value list = page_list();
	int shown = 0;

	for (size_t t = 0; t < report->n_totals; t++)
		for (size_t i = 0; i < report->totals[t].n_reasons && shown < REASONS_SHOWN; i++) {
			const struct report_reason *r = &report->totals[t].reasons[i];
			struct value *o;

			if (r->code == REASON_OFFERED || r->code == REASON_ACCEPTED)
				continue;
			o = page_add(a, &list);
			page_set(a, o, "code", value_text(str_of(reason_slug(r->code))));
			page_set(a, o, "help", value_text(str_of(reason_help(r->code))));
			page_set(a, o, "count", value_text(grouped(a, arena_printf(a, "%lld", (long long)r->n))));
			shown++;
		}
	page_set(a, root, "reasons", list);
}

static int read_all(struct app *app, const struct req *q, const struct period *p, struct value *root, struct err *e)
{
	const struct catalog *c = q->caller->snapshot->catalog;
	bool hourly = p->to - p->from <= HOURLY_UP_TO_DAYS * DAY_US;
	struct report_query base = { .from = p->from, .to = p->to, .channels = report_channels(q->arena, c), .n_channels = c->n_channels };
	struct report_query series = base, buyers = base, channels = base;
	struct report of_series, of_buyers, of_channels;
	struct keys buyer_keys, channel_keys;
	struct db *db = NULL;
	int failed;

	series.by = DIM_BIT(hourly ? DIM_HOUR : DIM_DAY);
	series.want = REPORT_REASONS;
	buyers.by = DIM_BIT(DIM_BUYER);
	buyers.want = REPORT_LATENCY;
	channels.by = DIM_BIT(DIM_CHANNEL);
	if (db_take(app->pool, clock_mono_us() + WAIT_US, &db, e) != 0)
		return -1;
	failed = report_read(db, q->arena, &series, &of_series, e) != 0 || report_read(db, q->arena, &buyers, &of_buyers, e) != 0 ||
	    report_read(db, q->arena, &channels, &of_channels, e) != 0 ||
	    report_names(db, q->arena, DIM_BUYER, &buyer_keys.list, &buyer_keys.n, e) != 0 ||
	    report_names(db, q->arena, DIM_CHANNEL, &channel_keys.list, &channel_keys.n, e) != 0;
	db_give(app->pool, &db);
	if (failed)
		return -1;
	add_tiles(q->arena, root, &of_series);
	add_series(q, root, &series, &of_series, hourly);
	add_reasons(q->arena, root, &of_series);
	add_rows(q->arena, root, "buyers", &of_buyers, c, &buyer_keys, false);
	add_rows(q->arena, root, "channels", &of_channels, c, &channel_keys, true);
	return 0;
}

int admin_overview(struct app *app, struct req *q, struct resp *r, struct err *e)
{
	static const struct page_policy policy = { .scripts = true };
	struct value root = admin_frame(q, "Overview", "overview"), list = page_list();
	struct period p;
	struct form query;

	if (req_query(q, &query, e) != 0)
		return -1;
	p = read_period(q, &query);
	for (int i = 0; i < CUSTOM; i++) {
		struct value *o = page_add(q->arena, &list);

		page_set(q->arena, o, "value", value_text(str_of(periods[i].value)));
		page_set(q->arena, o, "name", value_text(str_of(periods[i].name)));
		page_set(q->arena, o, "chosen", value_bool(i == p.chosen));
	}
	page_set(q->arena, &root, "periods", list);
	if (p.fault != NULL)
		page_set(q->arena, &root, "fault", value_text(str_of(p.fault)));
	page_set(q->arena, &root, "from", value_text(date_text(q->arena, p.from)));
	page_set(q->arena, &root, "to", value_text(date_text(q->arena, p.to - 1)));
	page_set(q->arena, &root, "range", value_text(arena_printf(q->arena, "%.*s to %.*s", STR_ARG(date_text(q->arena, p.from)),
	    STR_ARG(date_text(q->arena, p.to - 1)))));
	if (read_all(app, q, &p, &root, e) != 0)
		return -1;
	return page_send(app->pages, r, p.fault != NULL ? 422 : 200, "admin/overview", &root, &policy, e);
}
