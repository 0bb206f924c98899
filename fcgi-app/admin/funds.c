/*
 * funds: what buyers whose funds count may still spend, those first who can't buy much longer. Payments come in by gavelctl.
 */
#include <stdlib.h>

#include "fcgi-app/admin/admin.h"
#include "lib/base/clock.h"
#include "lib/base/money.h"
#include "lib/exchange/operator.h"

enum { WAIT_US = 2000000, SHOWN_MOST = 500 };

enum state { STATE_NONE, STATE_LOW, STATE_RESTS, STATE_WELL };

struct line {
	struct operator_account account;
	enum state state;
};

static enum state state_of(const struct operator_account *x, int64_t low)
{
	if (x->buyer == NULL || x->buyer->status != STATUS_ACTIVE)
		return STATE_RESTS;
	if (x->available <= 0)
		return STATE_NONE;
	return x->available < low ? STATE_LOW : STATE_WELL;
}

static struct str name_of(struct arena *a, const struct operator_account *x)
{
	return x->buyer != NULL ? x->buyer->name : arena_printf(a, "buyer-%u (archived)", x->buyer_id);
}

static int compare(const void *left, const void *right)
{
	const struct line *l = left, *r = right;

	if (l->state != r->state)
		return (int)l->state - (int)r->state;
	if (l->account.buyer_id != r->account.buyer_id)
		return l->account.buyer_id < r->account.buyer_id ? -1 : 1;
	return strcmp(l->account.currency, r->account.currency);
}

/* Whose balance says whether they may buy; and whoever left money behind. */
static bool counts(const struct operator_account *x)
{
	return x->buyer != NULL ? x->buyer->funding != FUNDING_NONE : x->balance != 0 || x->held != 0;
}

static void add_line(struct arena *a, struct value *list, const struct line *l)
{
	static const char *const marks[] = { [STATE_NONE] = "rejected", [STATE_LOW] = "pending", [STATE_RESTS] = "paused", [STATE_WELL] = "sold" };
	const struct operator_account *x = &l->account;
	struct value *o = page_add(a, list);
	const char *word = l->state == STATE_NONE ? "no funds" : l->state == STATE_LOW ? "low" : l->state == STATE_WELL ? "well" :
	    x->buyer == NULL ? "archived" : "paused";

	page_set(a, o, "buyer", value_text(name_of(a, x)));
	page_set(a, o, "mode", value_text(str_of(x->buyer != NULL ? funding_mode_name(x->buyer->funding) : "–")));
	page_set(a, o, "balance", value_text(admin_amount(a, x->balance, x->currency)));
	page_set(a, o, "held", value_text(admin_amount(a, x->held, x->currency)));
	page_set(a, o, "credit", value_text(x->credit > 0 ? admin_amount(a, x->credit, x->currency) : STR("–")));
	page_set(a, o, "available", value_text(admin_amount(a, x->available, x->currency)));
	page_set(a, o, "mark", value_text(str_of(marks[l->state])));
	page_set(a, o, "state", value_text(str_of(word)));
}

static void add_lines(struct arena *a, struct value *root, const struct operator_account *all, size_t n, int64_t low)
{
	struct line *lines = arena_array_of(a, n, struct line);
	struct value list = page_list();
	size_t n_lines = 0;

	for (size_t i = 0; i < n; i++)
		if (counts(&all[i]))
			lines[n_lines++] = (struct line){ all[i], state_of(&all[i], low) };
	qsort(lines, n_lines, sizeof(lines[0]), compare);
	for (size_t i = 0; i < n_lines && i < SHOWN_MOST; i++)
		add_line(a, &list, &lines[i]);
	page_set(a, root, "accounts", list);
	if (n_lines > SHOWN_MOST)
		page_set(a, root, "more", value_text(arena_printf(a, "%zu", n_lines - SHOWN_MOST)));
	if (n > n_lines)
		page_set(a, root, "free", value_bool(true));
}

int admin_funds(struct app *app, struct req *q, struct resp *r, struct err *e)
{
	struct value root = admin_frame(q, "Funds", "funds");
	int below = app->settings.alert_funds_below;
	struct operator_account *list;
	struct db *db = NULL;
	size_t n;
	int failed;

	if (db_take(app->pool, clock_mono_us() + WAIT_US, &db, e) != 0)
		return -1;
	failed = operator_accounts(db, q->arena, q->caller->snapshot->catalog, NULL, &list, &n, e);
	db_give(app->pool, &db);
	if (failed)
		return -1;
	if (below > 0)
		page_set(q->arena, &root, "below", value_text(arena_printf(q->arena, "%d", below)));
	add_lines(q->arena, &root, list, n, (int64_t)below * MONEY_SCALE);
	return page_send(app->pages, r, 200, "admin/funds", &root, NULL, e);
}
