#include "lib/exchange/operator.h"

#include "lib/exchange/decision.h"
#include "lib/store/audit.h"
#include "lib/store/ledger.h"

struct settling {
	const struct operator_word *w;
	struct arena *arena;
	enum sale_state *out;
};

static int write_word(struct db *db, void *ctx, struct err *e)
{
	const struct settling *k = ctx;
	const struct operator_word *w = k->w;
	struct sale_row sale;
	struct verdict_turn turn = { .sale = &sale, .to = w->accepted ? SALE_ACCEPTED : SALE_REJECTED, .lead = VERDICT_LEAD_RESELL,
		.event = { .at = w->now, .detail = w->reason, .actor = w->actor } };
	enum found found = verdict_lock(db, k->arena, w->sale_id, &sale, e);
	int r;

	if (found != FOUND_YES)
		return found == FOUND_ERR ? -1 : err_set(e, ERR_NOT_FOUND, "no such sale");
	if (sale.state != SALE_PENDING && !sale_is_lost(&sale)) {
		err_set(e, ERR_CONFLICT, "the sale is %s: only one whose outcome is unknown is settled", sale_state_name(sale.state));
		e->code = "state";
		return -1;
	}
	*k->out = turn.to;
	turn.event.kind = str_of(sale_state_name(turn.to));
	turn.event.reason = w->accepted ? REASON_ACCEPTED : REASON_REJECTED_OTHER;
	if (sale.state == SALE_REJECTED && w->accepted)
		r = verdict_revive(db, k->arena, w->catalog, &turn, e);
	else
		r = verdict_write(db, &turn, e);
	if (r != 0)
		return -1;
	return audit_add(db, w->actor, "sale.settle", arena_printf(k->arena, "sale:%.*s", STR_ARG(id_text(k->arena, "sal", w->sale_id))),
	    arena_printf(k->arena, "%s: %.*s", sale_state_name(turn.to), STR_ARG(w->reason)), e);
}

int operator_settle(struct db *db, struct arena *a, const struct operator_word *w, enum sale_state *out, struct err *e)
{
	struct settling k = { w, a, out };

	return db_transact(db, write_word, &k, e);
}

static struct operator_account account_of(const struct catalog *c, const struct ledger_funds *f)
{
	struct operator_account out = { .buyer_id = f->buyer_id, .buyer = catalog_buyer(c, f->buyer_id), .balance = f->balance, .held = f->held };

	memcpy(out.currency, f->currency, sizeof(out.currency));
	if (out.buyer != NULL && out.buyer->funding == FUNDING_CREDIT)
		out.credit = out.buyer->credit_limit;
	out.available = out.balance - out.held + out.credit;
	return out;
}

static bool has_account(const struct ledger_funds *list, size_t n, const struct buyer *b)
{
	for (size_t i = 0; i < n; i++)
		if (list[i].buyer_id == b->id)
			return true;
	return false;
}

int operator_accounts(struct db *db, struct arena *a, const struct catalog *c, const struct buyer *one, struct operator_account **out,
    size_t *n_out, struct err *e)
{
	struct ledger_funds *list;
	size_t n;

	if (ledger_store_accounts(db, a, one != NULL ? one->id : 0, &list, &n, e) != 0)
		return -1;
	*out = arena_array_of(a, n + c->n_buyers, struct operator_account);
	*n_out = n;
	for (size_t i = 0; i < n; i++)
		(*out)[i] = account_of(c, &list[i]);
	for (size_t i = 0; i < c->n_buyers; i++) {
		const struct buyer *b = &c->buyers[i];
		struct ledger_funds none = { .buyer_id = b->id };

		if ((one != NULL && one != b) || b->funding == FUNDING_NONE || b->n_contracts == 0 || has_account(list, n, b))
			continue;
		memcpy(none.currency, b->contracts[0].campaign->currency, sizeof(none.currency));
		(*out)[(*n_out)++] = account_of(c, &none);
	}
	return 0;
}
