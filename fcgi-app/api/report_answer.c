/*
 * A report as JSON, with what each figure counts and is divided by, or as CSV for a spreadsheet.
 */
#include "fcgi-app/api/report.h"
#include "lib/base/clock.h"
#include "lib/base/money.h"
#include "lib/wire/csv.h"
#include "lib/wire/json.h"

/* ANSWER_MAX: what docs/reports.md promises, and what leaves room for the report beside it in the request's memory. */
enum { CELL_MAX = 4096, ANSWER_MAX = 8 * 1024 * 1024 };

static enum metric_audience audience(const struct report_ask *ask)
{
	return ask->seller != NULL ? METRIC_SELLER : METRIC_OPERATOR;
}

/* The first day of a row's day, week or month; an hour is an instant. */
static struct str time_text(struct arena *a, const struct report_ask *ask, enum dimension d, int64_t at)
{
	struct zone_time t;

	zone_local(ask->query.zone, at, &t);
	if (d == DIM_HOUR)
		return clock_rfc3339_ms(a, at);
	if (d == DIM_MONTH)
		return arena_printf(a, "%04d-%02d", t.year, t.month);
	if (d == DIM_WEEK)
		clock_civil(clock_days(t.year, t.month, t.day) - t.weekday, &t.year, &t.month, &t.day);
	return arena_printf(a, "%04d-%02d-%02d", t.year, t.month, t.day);
}

static uint32_t id_in(const struct report_row *row, enum dimension d)
{
	switch (d) {
	case DIM_CAMPAIGN: return row->campaign;
	case DIM_SELLER: return row->seller;
	case DIM_BUYER: return row->buyer;
	case DIM_CONTRACT: return row->contract;
	case DIM_CHANNEL: return row->channel;
	default: return 0;
	}
}

/* What a row has of a dimension, as text; "" where it has none. */
static struct str label(struct arena *a, const struct report_ask *ask, enum dimension d, const struct report_row *row)
{
	if (DIM_BIT(d) & DIM_TIMES)
		return time_text(a, ask, d, row->at);
	if (d == DIM_SUB1 || d == DIM_SUB2)
		return d == DIM_SUB1 ? row->sub1 : row->sub2;
	if (d == DIM_REASON)
		return str_of(reason_slug(row->reason));
	if (d == DIM_BUYER && ask->seller != NULL && ask->seller->show_buyer == SHOW_ALIAS)
		return arena_printf(a, "buyer-%u", row->buyer);
	return report_name_of(ask->names[d], ask->n_names[d], id_in(row, d));
}

static void write_buyer(struct json_out *j, const struct req *q, const struct report_ask *ask, const struct report_row *row)
{
	struct str key = label(q->arena, ask, DIM_BUYER, row), name = key;
	const struct buyer *b = map_get(q->caller->snapshot->catalog->by_buyer, key);

	if (key.n == 0) {
		json_nil(j, "buyer");
		return;
	}
	if (ask->seller != NULL && ask->seller->show_buyer == SHOW_ALIAS)
		name = arena_printf(q->arena, "Buyer %u", row->buyer);
	else if (b != NULL)
		name = b->name;
	json_open(j, "buyer", '{');
	json_text(j, "id", key);
	json_text(j, "name", name);
	json_close(j, '}');
}

static void write_dimensions(struct json_out *j, const struct req *q, const struct report_ask *ask, const struct report_row *row)
{
	for (size_t i = 0; i < ask->n_by; i++) {
		enum dimension d = ask->by[i];
		struct str text = label(q->arena, ask, d, row);

		if (d == DIM_BUYER)
			write_buyer(j, q, ask, row);
		else if (text.n == 0 && !(DIM_BIT(d) & DIM_SUBS))
			json_nil(j, dimension_name(d));
		else
			json_text(j, dimension_name(d), text);
	}
}

static void write_reasons(struct json_out *j, const char *name, const struct report_row *row)
{
	json_open(j, name, '[');
	for (size_t i = 0; i < row->n_reasons; i++) {
		json_open(j, NULL, '{');
		json_cstr(j, "code", reason_slug(row->reasons[i].code));
		json_int(j, "count", row->reasons[i].n);
		json_close(j, '}');
	}
	json_close(j, ']');
}

/* A share as a number of four decimals. */
static struct str rate_text(struct arena *a, int64_t v)
{
	int64_t whole = v < 0 ? -v : v;

	return arena_printf(a, "%s%lld.%04lld", v < 0 ? "-" : "", (long long)(whole / MONEY_SCALE), (long long)(whole % MONEY_SCALE));
}

/* False: null. */
static bool figure(const struct metric *m, unsigned by, const struct report_row *row, int64_t *out)
{
	*out = -1;
	if (!metric_applies(m, by))
		return false;
	if (m->kind != METRIC_LATENCY)
		return metric_value(m, row->of, out);
	if (row->latency != NULL)
		*out = latency_quantile(row->latency, m->quantile);
	return *out >= 0;
}

static void write_metric(struct json_out *j, struct arena *a, const struct metric *m, unsigned by, const struct report_row *row)
{
	int64_t v;

	if (!figure(m, by, row, &v))
		json_nil(j, m->name);
	else if (m->kind == METRIC_MONEY)
		json_money(j, m->name, v);
	else if (m->kind == METRIC_RATE)
		json_raw(j, m->name, rate_text(a, v));
	else if (m->kind == METRIC_REASONS)
		write_reasons(j, m->name, row);
	else
		json_int(j, m->name, v);
}

static void write_row(struct json_out *j, const struct req *q, const struct report_ask *ask, const struct report_row *row, bool total)
{
	unsigned by = report_by(&ask->query);
	size_t n;
	const struct metric *list = metric_list(&n);

	json_open(j, NULL, '{');
	if (!total)
		write_dimensions(j, q, ask, row);
	json_cstr(j, "currency", row->currency);
	if (by & DIM_BIT(DIM_REASON))
		json_int(j, "count", row->of[STAT_COUNT]);
	for (size_t i = 0; i < n; i++)
		if (list[i].audience & audience(ask))
			write_metric(j, q->arena, &list[i], by, row);
	json_close(j, '}');
}

static const char *kind_name(enum metric_kind k)
{
	static const char *const names[] = { [METRIC_COUNT] = "count", [METRIC_MONEY] = "money", [METRIC_RATE] = "rate",
		[METRIC_LATENCY] = "milliseconds", [METRIC_REASONS] = "reasons" };

	return names[k];
}

static void write_definition(struct json_out *j, const char *name, const char *kind, bool applies, const char *words)
{
	json_open(j, NULL, '{');
	json_cstr(j, "name", name);
	json_cstr(j, "kind", kind);
	json_bool(j, "applies", applies);
	json_cstr(j, "definition", words);
	json_close(j, '}');
}

static void write_definitions(struct json_out *j, const struct report_ask *ask)
{
	unsigned by = report_by(&ask->query);
	size_t n;
	const struct metric *list = metric_list(&n);

	json_open(j, "dimensions", '[');
	for (size_t i = 0; i < ask->n_by; i++) {
		json_open(j, NULL, '{');
		json_cstr(j, "name", dimension_name(ask->by[i]));
		json_cstr(j, "definition", dimension_words(ask->by[i]));
		json_close(j, '}');
	}
	json_close(j, ']');
	json_open(j, "metrics", '[');
	if (by & DIM_BIT(DIM_REASON))
		write_definition(j, "count", "count", true, "How often the code stood in a ping's decisions, a lead or an attempt.");
	for (size_t i = 0; i < n; i++)
		if (list[i].audience & audience(ask))
			write_definition(j, list[i].name, kind_name(list[i].kind), metric_applies(&list[i], by), list[i].words);
	json_close(j, ']');
}

static void write_json(const struct req *q, struct resp *r, const struct report_ask *ask, const struct report *report, int64_t fresh)
{
	struct json_out j = json_out(&r->body);

	r->content_type = STR("application/json");
	json_open(&j, NULL, '{');
	json_text(&j, "from", clock_rfc3339_ms(q->arena, ask->query.from));
	json_text(&j, "to", clock_rfc3339_ms(q->arena, ask->query.to));
	json_text(&j, "tz", ask->tz);
	if (fresh > 0)
		json_text(&j, "counted_to", clock_rfc3339_ms(q->arena, fresh));
	else
		json_nil(&j, "counted_to");
	json_cstr(&j, "mode", q->caller->sandbox ? "sandbox" : "live");
	write_definitions(&j, ask);
	json_open(&j, "rows", '[');
	for (size_t i = 0; i < report->n; i++)
		write_row(&j, q, ask, &report->rows[i], false);
	json_close(&j, ']');
	json_open(&j, "totals", '[');
	for (size_t i = 0; i < report->n_totals; i++)
		write_row(&j, q, ask, &report->totals[i], true);
	json_close(&j, ']');
	json_text(&j, "request_id", q->request_id);
	json_close(&j, '}');
}

static void next_cell(struct buf *b)
{
	if (b->n > 0 && b->p[b->n - 1] != '\n')
		buf_add_char(b, ',');
}

static void add_cell(struct buf *b, struct str s)
{
	next_cell(b);
	csv_cell(b, s);
}

static void add_plain(struct buf *b, struct str s)
{
	next_cell(b);
	buf_add_str(b, s);
}

static struct str reasons_text(struct arena *a, const struct report_row *row)
{
	struct buf b;

	buf_in(&b, a, CELL_MAX);
	for (size_t i = 0; i < row->n_reasons; i++)
		buf_addf(&b, "%s%s:%lld", i > 0 ? " " : "", reason_slug(row->reasons[i].code), (long long)row->reasons[i].n);
	return buf_str(&b);
}

static void add_metric(struct buf *b, struct arena *a, const struct metric *m, unsigned by, const struct report_row *row)
{
	int64_t v;

	if (!figure(m, by, row, &v))
		add_plain(b, STR(""));
	else if (m->kind == METRIC_MONEY)
		add_plain(b, money_text(a, v));
	else if (m->kind == METRIC_RATE)
		add_plain(b, rate_text(a, v));
	else if (m->kind == METRIC_REASONS)
		add_plain(b, reasons_text(a, row));
	else
		add_plain(b, arena_printf(a, "%lld", (long long)v));
}

static void write_csv(const struct req *q, struct resp *r, const struct report_ask *ask, const struct report *report)
{
	unsigned by = report_by(&ask->query);
	struct buf *b = &r->body;
	size_t n;
	const struct metric *list = metric_list(&n);

	r->content_type = STR("text/csv; charset=utf-8");
	resp_header(r, "Content-Disposition", STR("attachment; filename=\"report.csv\""));
	for (size_t i = 0; i < ask->n_by; i++)
		add_plain(b, str_of(dimension_name(ask->by[i])));
	add_plain(b, STR("currency"));
	if (by & DIM_BIT(DIM_REASON))
		add_plain(b, STR("count"));
	for (size_t i = 0; i < n; i++)
		if (list[i].audience & audience(ask))
			add_plain(b, str_of(list[i].name));
	buf_add_cstr(b, "\r\n");
	for (size_t k = 0; k < report->n; k++) {
		const struct report_row *row = &report->rows[k];

		for (size_t i = 0; i < ask->n_by; i++)
			add_cell(b, label(q->arena, ask, ask->by[i], row));
		add_plain(b, str_of(row->currency));
		if (by & DIM_BIT(DIM_REASON))
			add_plain(b, arena_printf(q->arena, "%lld", (long long)row->of[STAT_COUNT]));
		for (size_t i = 0; i < n; i++)
			if (list[i].audience & audience(ask))
				add_metric(b, q->arena, &list[i], by, row);
		buf_add_cstr(b, "\r\n");
	}
}

int report_answer(const struct req *q, struct resp *r, const struct report_ask *ask, const struct report *report, int64_t fresh,
    struct err *e)
{
	r->status = 200;
	r->body.limit = ANSWER_MAX;
	resp_set_header(r, "Cache-Control", STR("no-store"));
	if (ask->csv)
		write_csv(q, r, ask, report);
	else
		write_json(q, r, ask, report, fresh);
	return r->body.overflow ? report_too_large(e, "its answer is longer than 8 MiB") : 0;
}
