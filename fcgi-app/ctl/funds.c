/*
 * gavelctl funds: what buyers paid in, and what is left of it. Each payment is a pair of entries of the ledger under an id of its own, which
 * is printed, with a line in the audit.
 */
#include <stdio.h>

#include "fcgi-app/ctl/commands.h"
#include "fcgi-app/ctl/ctl.h"
#include "lib/base/clock.h"
#include "lib/base/money.h"
#include "lib/catalog/snapshot.h"
#include "lib/exchange/operator.h"
#include "lib/store/audit.h"
#include "lib/store/ledger.h"
#include "lib/wire/json.h"

enum { CURRENCY_LENGTH = 3, NOTE_MAX = 160, OUT_MAX = 16 << 20 };

struct work {
	struct ctl *c;
	struct db *db;
	struct snapshot *snapshot;
	const char *key, *currency, *note;  /* as given; currency and note NULL when they were not */
	const struct buyer *buyer;          /* NULL: all */
	struct ledger_deposit deposit;
};

static int work_open(struct work *w)
{
	struct keyring keys;
	struct err e;
	int bad;

	if (ctl_keys(w->c, &keys) != 0 || ctl_db(w->c, false, &w->db) != 0)
		return CTL_REFUSED;
	bad = snapshot_load(w->db, &keys, &w->snapshot, &e);
	crypt_wipe(&keys, sizeof(keys));
	if (bad != 0)
		return ctl_refuse("%s", e.msg);
	w->buyer = w->key != NULL ? map_get(w->snapshot->catalog->by_buyer, str_of(w->key)) : NULL;
	if (w->key != NULL && w->buyer == NULL)
		return ctl_refuse("no such buyer: %s", w->key);
	return CTL_DONE;
}

static int work_close(struct work *w, int code)
{
	if (w->snapshot != NULL)
		snapshot_give(&w->snapshot);
	db_close(&w->db);
	return code;
}

static bool buys_in(const struct buyer *b, const char *currency)
{
	for (size_t i = 0; i < b->n_contracts; i++)
		if (strcmp(b->contracts[i].campaign->currency, currency) == 0)
			return true;
	return b->n_contracts == 0;
}

/* The currency of the payment: the one that was named, or the only one in which the buyer buys. */
static int find_currency(struct work *w)
{
	const struct buyer *b = w->buyer;

	if (w->currency == NULL && b->n_contracts == 0)
		return ctl_refuse("%s has no contract yet: say --currency", w->key);
	if (w->currency == NULL) {
		w->currency = b->contracts[0].campaign->currency;
		for (size_t i = 1; i < b->n_contracts; i++)
			if (strcmp(b->contracts[i].campaign->currency, w->currency) != 0)
				return ctl_refuse("%s buys in more than one currency: say --currency", w->key);
	}
	if (strlen(w->currency) != CURRENCY_LENGTH || strspn(w->currency, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != CURRENCY_LENGTH)
		return ctl_refuse("a currency is three capital letters");
	return buys_in(b, w->currency) ? CTL_DONE : ctl_refuse("%s buys nothing in %s", w->key, w->currency);
}

static int write_deposit(struct db *db, void *ctx, struct err *e)
{
	struct work *w = ctx;
	struct arena *a = w->c->arena;
	struct str amount = money_text(a, w->deposit.amount), detail;
	enum found done = ledger_store_deposit(db, &w->deposit, e);

	if (done != FOUND_YES)
		return done == FOUND_ERR ? -1 : 1;
	detail = arena_printf(a, "%.*s %s %.*s%s%s", STR_ARG(amount), w->currency, STR_ARG(id_text(a, "dep", w->deposit.id)),
	    w->note != NULL ? ": " : "", w->note != NULL ? w->note : "");
	return audit_add(db, ctl_actor(w->c), w->deposit.amount > 0 ? "funds.deposit" : "funds.withdraw", arena_printf(a, "buyer:%s", w->key), detail, e);
}

static int pay(struct work *w, int64_t amount)
{
	int64_t now = clock_wall_us();
	struct err e = { 0 };
	int r = find_currency(w);

	if (r != CTL_DONE)
		return r;
	w->deposit = (struct ledger_deposit){ .id = id_new(now), .buyer_id = w->buyer->id, .amount = amount, .currency = w->currency, .now = now };
	r = db_transact(w->db, write_deposit, w, &e);
	if (r == 1)
		return ctl_refuse("%s has less than that free", w->key);
	if (r != 0 && e.kind == ERR_DB_UNCERTAIN)
		return ctl_refuse("the connection was lost while %.*s was written: see 'gavelctl funds show %s' before you try again",
		    STR_ARG(id_text(w->c->arena, "dep", w->deposit.id)), w->key);
	if (r != 0)
		return ctl_refuse("%s", e.msg);
	printf("%.*s\n", STR_ARG(id_text(w->c->arena, "dep", w->deposit.id)));
	return CTL_DONE;
}

static int take_payment(struct ctl *c, int argc, char **argv, int sign)
{
	struct work w = { .c = c };
	int64_t amount;
	int r;

	w.currency = ctl_option(&argc, argv, "currency");
	w.note = ctl_option(&argc, argv, "note");
	if (argc != 2)
		return CTL_USAGE;
	w.key = argv[0];
	if (!money_parse(str_of(argv[1]), &amount) || amount <= 0)
		return ctl_refuse("an amount is above zero, with at most four decimals: 250 or 99.50");
	if (w.note != NULL && strlen(w.note) > NOTE_MAX)
		return ctl_refuse("a note has at most %d bytes", NOTE_MAX);
	r = work_open(&w);
	return work_close(&w, r == CTL_DONE ? pay(&w, sign * amount) : r);
}

int ctl_funds_deposit(struct ctl *c, int argc, char **argv)
{
	return take_payment(c, argc, argv, 1);
}

int ctl_funds_withdraw(struct ctl *c, int argc, char **argv)
{
	return take_payment(c, argc, argv, -1);
}

static struct str key_of(struct arena *a, const struct operator_account *of)
{
	return of->buyer != NULL ? of->buyer->key : arena_printf(a, "buyer-%u", of->buyer_id);
}

static void print_json(struct ctl *c, const struct operator_account *list, size_t n)
{
	struct json_out j;
	struct buf b;

	buf_in(&b, c->arena, OUT_MAX);
	j = json_out(&b);
	json_open(&j, NULL, '[');
	for (size_t i = 0; i < n; i++) {
		json_open(&j, NULL, '{');
		json_text(&j, "buyer", key_of(c->arena, &list[i]));
		json_cstr(&j, "mode", list[i].buyer != NULL ? funding_mode_name(list[i].buyer->funding) : NULL);
		json_cstr(&j, "currency", list[i].currency);
		json_money(&j, "balance", list[i].balance);
		json_money(&j, "held", list[i].held);
		json_money(&j, "available", list[i].available);
		json_close(&j, '}');
	}
	json_close(&j, ']');
	printf("%.*s\n", STR_ARG(buf_str(&b)));
}

static void print_table(struct ctl *c, const struct operator_account *list, size_t n)
{
	printf("%-24s %-8s %-8s %16s %16s %16s\n", "BUYER", "MODE", "CURRENCY", "BALANCE", "HELD", "AVAILABLE");
	for (size_t i = 0; i < n; i++) {
		struct str key = key_of(c->arena, &list[i]);
		struct str balance = money_text(c->arena, list[i].balance), held = money_text(c->arena, list[i].held);
		struct str available = money_text(c->arena, list[i].available);

		printf("%-24.*s %-8s %-8s %16.*s %16.*s %16.*s\n", STR_ARG(key),
		    list[i].buyer != NULL ? funding_mode_name(list[i].buyer->funding) : "-", list[i].currency, STR_ARG(balance), STR_ARG(held),
		    STR_ARG(available));
	}
}

static int show(struct work *w)
{
	struct operator_account *list;
	struct err e;
	size_t n;

	if (operator_accounts(w->db, w->c->arena, w->snapshot->catalog, w->buyer, &list, &n, &e) != 0)
		return ctl_refuse("%s", e.msg);
	if (w->c->json)
		print_json(w->c, list, n);
	else
		print_table(w->c, list, n);
	return CTL_DONE;
}

int ctl_funds_show(struct ctl *c, int argc, char **argv)
{
	struct work w = { .c = c, .key = argc > 0 ? argv[0] : NULL };
	int r;

	if (argc > 1)
		return CTL_USAGE;
	r = work_open(&w);
	return work_close(&w, r == CTL_DONE ? show(&w) : r);
}
