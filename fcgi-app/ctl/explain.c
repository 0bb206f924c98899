/*
 * gavelctl explain: why a ping or a lead ended as it did: every contract of its campaign with its one code, the rule that decided, and what
 * happened when. A table for people; with --json the HTTP answer, as an operator gets it.
 */
#include "lib/exchange/explain.h"

#include <stdio.h>

#include "fcgi-app/ctl/commands.h"
#include "fcgi-app/ctl/exchange.h"
#include "fcgi-app/ctl/table.h"
#include "lib/base/clock.h"
#include "lib/base/money.h"
#include "lib/wire/json.h"

enum { OUTPUT_MAX = 64 * 1024 * 1024 };

static struct str dash_or(struct str s)
{
	return s.n > 0 ? s : STR("-");
}

static struct str money_or_dash(struct arena *a, int64_t amount)
{
	return amount >= 0 ? money_text(a, amount) : STR("-");
}

static struct str value_shown(struct arena *a, const struct value *v)
{
	struct buf b;

	if (v->type == VALUE_NULL)
		return STR("-");
	if (v->type == VALUE_TEXT)
		return v->text;
	buf_in(&b, a, OUTPUT_MAX);
	json_write(&b, v);
	return buf_str(&b);
}

static void print_contracts(struct arena *a, const struct explanation *x)
{
	static const struct str heading[] = { STR_INIT("CONTRACT"), STR_INIT("BUYER"), STR_INIT("CODE"), STR_INIT("STAGE"), STR_INIT("RULE"),
		STR_INIT("VALUE"), STR_INIT("COST"), STR_INIT("PRICE"), STR_INIT("RANK"), STR_INIT("MS"), STR_INIT("MEANS") };
	struct ctl_table *t = ctl_table_new(a, "llllllrrrrl");

	ctl_table_add(t, heading);
	for (size_t i = 0; i < x->n_contracts; i++) {
		const struct explained *e = &x->contracts[i];
		const struct str row[] = { e->contract, dash_or(e->buyer), str_of(reason_slug(e->code)), str_of(stage_name(e->stage)), dash_or(e->rule),
			value_shown(a, &e->value), money_or_dash(a, e->cost), money_or_dash(a, e->price),
			e->rank_value > 0 ? arena_printf(a, "%.6g", e->rank_value) : STR("-"), e->ms >= 0 ? arena_printf(a, "%d", e->ms) : STR("-"),
			str_of(reason_help(e->code)) };

		ctl_table_add(t, row);
	}
	ctl_table_print(t);
}

static void print_timeline(struct arena *a, const struct explanation *x)
{
	static const struct str heading[] = { STR_INIT("AT"), STR_INIT("EVENT"), STR_INIT("CONTRACT"), STR_INIT("REASON"), STR_INIT("SALE"),
		STR_INIT("DETAIL") };
	struct ctl_table *t = ctl_table_new(a, "llllll");

	ctl_table_add(t, heading);
	for (size_t i = 0; i < x->n_timeline; i++) {
		const struct happening *h = &x->timeline[i];
		const struct str row[] = { clock_rfc3339_ms(a, h->at), h->event, dash_or(h->contract),
			h->reason != REASON_NONE ? str_of(reason_slug((enum reason)h->reason)) : STR("-"),
			id_is_zero(h->sale_id) ? STR("-") : id_text(a, "sal", h->sale_id), dash_or(h->detail) };

		ctl_table_add(t, row);
	}
	ctl_table_print(t);
}

static void print_table(struct arena *a, const struct explanation *x)
{
	printf("%.*s  %s  configuration version %lld", STR_ARG(id_text(a, x->is_lead ? "led" : "png", x->id)), x->status, (long long)x->version);
	if (x->score >= 0)
		printf("  score %d", x->score);
	printf("\n\n");
	print_contracts(a, x);
	putchar('\n');
	print_timeline(a, x);
}

static void print_json(struct arena *a, const struct explanation *x)
{
	struct buf b;
	struct json_out j;

	buf_in(&b, a, OUTPUT_MAX);
	j = json_out(&b);
	json_open(&j, NULL, '{');
	explain_write(&j, a, x);
	json_close(&j, '}');
	printf("%.*s\n", STR_ARG(buf_str(&b)));
}

static int explain(struct ctl *c, struct ctl_exchange *x, struct str text)
{
	struct explanation out;
	struct err e = { 0 };
	enum found found = FOUND_NO;
	struct id id;

	if (id_parse("png", text, &id))
		found = explain_ping(&x->exchange, c->arena, x->snapshot, NULL, false, id, &out, &e);
	else if (id_parse("led", text, &id))
		found = explain_lead(&x->exchange, c->arena, x->snapshot, NULL, false, id, &out, &e);
	else
		return ctl_refuse("%.*s is no id of a ping (png_...) or of a lead (led_...)", STR_ARG(text));
	if (found == FOUND_ERR)
		return ctl_refuse("%s", e.msg);
	if (found == FOUND_NO)
		return ctl_refuse("there is nothing of the id %.*s", STR_ARG(text));
	if (c->json)
		print_json(c->arena, &out);
	else
		print_table(c->arena, &out);
	return CTL_DONE;
}

int ctl_explain(struct ctl *c, int argc, char **argv)
{
	struct ctl_exchange x;
	int code;

	if (argc != 1 || argv[0][0] == '-')
		return CTL_USAGE;
	if (ctl_exchange_open(c, &x) != 0)
		return CTL_REFUSED;
	code = explain(c, &x, str_of(argv[0]));
	ctl_exchange_close(&x);
	return code;
}
