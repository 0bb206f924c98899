/*
 * gavelctl replay: what the pings of a period would have earned under another configuration, from the bids that were recorded, as a difference
 * by campaign, buyer and reason. --config FILE: as if FILE were applied now. Without it each ping is decided again by the version that decided
 * it, which shows no difference. Nothing is written, and nobody is called.
 */
#include <stdio.h>

#include "fcgi-app/ctl/commands.h"
#include "fcgi-app/ctl/exchange.h"
#include "fcgi-app/ctl/table.h"
#include "lib/base/clock.h"
#include "lib/base/money.h"
#include "lib/catalog/apply.h"
#include "lib/catalog/shape.h"
#include "lib/exchange/difference.h"
#include "lib/wire/json.h"

enum { OUTPUT_MAX = 64 * 1024 * 1024, DAY_S = 86400 };

struct replaying {
	struct ctl *c;
	struct ctl_exchange x;
	struct difference_in in;
	struct catalog *other;
	struct difference out;
};

/* A day begins at midnight UTC. */
static bool parse_time(const char *text, int64_t *out)
{
	int64_t days;

	if (text == NULL)
		return false;
	if (clock_parse_date(str_of(text), &days)) {
		*out = days * DAY_S * 1000000;
		return true;
	}
	return clock_parse_rfc3339(str_of(text), out);
}

static int load_other(struct replaying *r, const char *path)
{
	struct apply_in in = { 0 };
	struct apply_out out = { 0 };
	struct db *db = NULL;
	struct err e = { 0 };
	int failed;

	if (ctl_read_file(r->c, path, CATALOG_TEXT_MAX, &in.document) != 0 || ctl_db(r->c, false, &db) != 0)
		return CTL_REFUSED;
	failed = apply_compile(db, r->c->arena, &in, &out, &r->other, &e);
	db_close(&db);
	if (failed == 0)
		return CTL_DONE;
	ctl_print_faults(&out.faults, "fault");
	return ctl_refuse("%s: %s", path, e.msg);
}

static void write_sums(struct json_out *j, const char *name, const struct difference_sums *s, bool campaign)
{
	json_open(j, name, '{');
	if (campaign) {
		json_int(j, "pings", s->pings);
		json_int(j, "matched", s->matched);
	}
	json_int(j, "offered", s->offered);
	json_money(j, "offered_cost", s->offered_cost);
	json_int(j, "sold", s->sold);
	json_money(j, "revenue", s->revenue);
	json_money(j, "payout", s->payout);
	json_money(j, "margin", s->revenue - s->payout);
	json_close(j, '}');
}

/* The lines of campaigns, or those of buyers. */
static void write_lines(struct json_out *j, const char *name, const struct difference *d, bool buyers)
{
	json_open(j, name, '[');
	for (size_t i = 0; i < d->n_lines; i++) {
		const struct difference_line *l = &d->lines[i];

		if ((l->buyer.n > 0) != buyers)
			continue;
		json_open(j, NULL, '{');
		json_text(j, "campaign", l->campaign);
		if (buyers)
			json_text(j, "buyer", l->buyer);
		json_cstr(j, "currency", l->currency);
		write_sums(j, "before", &l->before, !buyers);
		write_sums(j, "after", &l->after, !buyers);
		json_close(j, '}');
	}
	json_close(j, ']');
}

static const char *code_of(const struct difference_reason *r)
{
	return r->code == REASON_NONE ? "no_recorded_bid" : reason_slug(r->code);
}

static void print_json(struct replaying *r)
{
	const struct difference *d = &r->out;
	struct buf b;
	struct json_out j;

	buf_in(&b, r->c->arena, OUTPUT_MAX);
	j = json_out(&b);
	json_open(&j, NULL, '{');
	json_text(&j, "from", clock_rfc3339_ms(r->c->arena, r->in.from));
	json_text(&j, "to", clock_rfc3339_ms(r->c->arena, r->in.to));
	json_int(&j, "pings", d->pings);
	json_int(&j, "changed", d->changed);
	json_int(&j, "unreadable", d->unreadable);
	json_int(&j, "no_recorded_bid", d->unrecorded);
	json_int(&j, "assumed_sales", d->assumed);
	write_lines(&j, "campaigns", d, false);
	write_lines(&j, "buyers", d, true);
	json_open(&j, "reasons", '[');
	for (size_t i = 0; i < d->n_reasons; i++) {
		json_open(&j, NULL, '{');
		json_text(&j, "campaign", d->reasons[i].campaign);
		json_cstr(&j, "code", code_of(&d->reasons[i]));
		json_int(&j, "before", d->reasons[i].before);
		json_int(&j, "after", d->reasons[i].after);
		json_close(&j, '}');
	}
	json_close(&j, ']');
	json_close(&j, '}');
	printf("%.*s\n", STR_ARG(buf_str(&b)));
}

static struct str number(struct arena *a, int64_t n)
{
	return arena_printf(a, "%lld", (long long)n);
}

static struct str signed_number(struct arena *a, int64_t n)
{
	return arena_printf(a, "%+lld", (long long)n);
}

static struct str signed_money(struct arena *a, int64_t n)
{
	return arena_printf(a, "%s%.*s", n > 0 ? "+" : "", STR_ARG(money_text(a, n)));
}

static void print_lines(struct arena *a, const struct difference *d)
{
	static const struct str heading[] = { STR_INIT("CAMPAIGN"), STR_INIT("BUYER"), STR_INIT("OFFERED"), STR_INIT("AFTER"), STR_INIT("SOLD"),
		STR_INIT("AFTER"), STR_INIT("REVENUE"), STR_INIT("AFTER"), STR_INIT("DIFFERENCE"), STR_INIT("PAYOUT"), STR_INIT("AFTER"), STR_INIT("") };
	struct ctl_table *t = ctl_table_new(a, "llrrrrrrrrrl");

	ctl_table_add(t, heading);
	for (size_t i = 0; i < d->n_lines; i++) {
		const struct difference_line *l = &d->lines[i];
		const struct difference_sums *b = &l->before, *x = &l->after;
		const struct str row[] = { l->campaign, l->buyer.n > 0 ? l->buyer : STR("(all)"), number(a, b->offered), number(a, x->offered),
			number(a, b->sold), number(a, x->sold), money_text(a, b->revenue), money_text(a, x->revenue),
			signed_money(a, x->revenue - b->revenue), money_text(a, b->payout), money_text(a, x->payout), str_of(l->currency) };

		ctl_table_add(t, row);
	}
	ctl_table_print(t);
}

static void print_reasons(struct arena *a, const struct difference *d)
{
	static const struct str heading[] = { STR_INIT("CAMPAIGN"), STR_INIT("CODE"), STR_INIT("CONTRACTS"), STR_INIT("AFTER"), STR_INIT("DIFFERENCE"),
		STR_INIT("MEANS") };
	struct ctl_table *t = ctl_table_new(a, "llrrrl");

	ctl_table_add(t, heading);
	for (size_t i = 0; i < d->n_reasons; i++) {
		const struct difference_reason *r = &d->reasons[i];
		const struct str row[] = { r->campaign, str_of(code_of(r)), number(a, r->before), number(a, r->after), signed_number(a, r->after - r->before),
			r->code == REASON_NONE ? STR("would be asked now; what it would have bid was not recorded") : str_of(reason_help(r->code)) };

		ctl_table_add(t, row);
	}
	ctl_table_print(t);
}

static void print_table(struct replaying *r)
{
	const struct difference *d = &r->out;

	printf("%lld pings replayed, of which %lld come out otherwise\n", (long long)d->pings, (long long)d->changed);
	if (d->unreadable > 0)
		printf("%lld more were left out: their configuration or their sealed data is gone\n", (long long)d->unreadable);
	if (d->unrecorded > 0)
		printf("%lld times a contract would be asked now of which no bid is recorded; it counts as no bid\n", (long long)d->unrecorded);
	if (d->assumed > 0)
		printf("%lld sales are assumed: their buyers were not posted the lead then\n", (long long)d->assumed);
	putchar('\n');
	print_lines(r->c->arena, d);
	putchar('\n');
	print_reasons(r->c->arena, d);
}

static int run(struct replaying *r, const char *config)
{
	struct err e = { 0 };
	int code = config != NULL ? load_other(r, config) : CTL_DONE;

	if (code != CTL_DONE)
		return code;
	r->in.other = r->other;
	if (difference_run(&r->x.exchange, r->c->arena, &r->in, &r->out, &e) != 0)
		return ctl_refuse("%s", e.msg);
	if (r->c->json)
		print_json(r);
	else
		print_table(r);
	return CTL_DONE;
}

int ctl_replay(struct ctl *c, int argc, char **argv)
{
	const char *from = ctl_option(&argc, argv, "from"), *to = ctl_option(&argc, argv, "to"), *config = ctl_option(&argc, argv, "config");
	struct replaying r = { .c = c };
	int code;

	if (argc != 0 || from == NULL || to == NULL)
		return CTL_USAGE;
	if (!parse_time(from, &r.in.from) || !parse_time(to, &r.in.to))
		return ctl_wrong("%s is no time", parse_time(from, &r.in.from) ? to : from);
	if (r.in.from >= r.in.to)
		return ctl_refuse("--from is to lie before --to");
	if (ctl_exchange_open(c, &r.x) != 0)
		return CTL_REFUSED;
	code = run(&r, config);
	if (r.other != NULL)
		catalog_free(&r.other);
	ctl_exchange_close(&r.x);
	return code;
}
