#include "lib/exchange/returns.h"

#include "lib/base/money.h"
#include "lib/store/audit.h"

#define DAY_US (INT64_C(86400) * 1000000)

static bool is_auto(const struct buyer *b, struct str reason)
{
	for (size_t i = 0; i < b->n_returns_auto; i++)
		if (str_eq_nocase(b->returns_auto[i], reason))
			return true;
	return false;
}

/* n of all is more than `percent` (in ten-thousandths of a percent). */
static bool is_over(int64_t n, int64_t all, int64_t percent)
{
	return n * 100 * MONEY_SCALE > percent * all;
}

enum return_state returns_judge(const struct buyer *b, int64_t sold_at, struct str reason, int64_t now, const struct return_counts *counts,
    const char **why)
{
	*why = NULL;
	if (b->returns_window_days == 0)
		return RETURN_REQUESTED;
	if (now > sold_at + b->returns_window_days * DAY_US) {
		*why = "the window for returns has ended";
		return RETURN_DENIED;
	}
	if (is_over(counts->returned + 1, counts->sold, b->returns_max_percent)) {
		*why = "more returns than the buyer's share";
		return RETURN_DENIED;
	}
	if (!is_auto(b, reason))
		return RETURN_REQUESTED;
	*why = "a reason that is approved by itself";
	return RETURN_APPROVED;
}

/* A sale that is asked back, with its events. */
static int write_state(struct db *db, const struct sale_row *sale, enum return_state state, struct str detail, struct str actor, int64_t now,
    struct err *e)
{
	static const char *const kinds[] = { "", "return_requested", "return_approved", "return_denied" };
	static const enum reason reasons[] = { REASON_NONE, REASON_RETURN_REQUESTED, REASON_RETURN_APPROVED, REASON_RETURN_DENIED };
	struct verdict_turn turn = { .sale = sale, .to = state == RETURN_APPROVED ? SALE_RETURNED : sale->state, .lead = VERDICT_LEAD_KEPT,
		.event = { .at = now, .kind = str_of(kinds[state]), .reason = reasons[state], .detail = detail, .actor = actor } };

	return verdict_write(db, &turn, e) == 0 ? 0 : -1;
}

static int again(struct db *db, const struct return_ask *ask, const struct return_row *row, struct err *e)
{
	if (row->state != RETURN_REQUESTED)
		return err_set(e, ERR_CONFLICT, "a return of this sale was denied");
	return write_state(db, ask->sale, RETURN_REQUESTED, ask->reason, ask->actor, ask->now, e);
}

int returns_request(struct db *db, struct arena *a, const struct return_ask *ask, enum sale_state *to, struct err *e)
{
	const struct sale_row *sale = ask->sale;
	struct return_row row = { .id = id_new(ask->now), .sale_id = sale->id, .lead_id = sale->lead_id, .buyer_id = sale->buyer_id,
		.seller_id = sale->seller_id, .reason = ask->reason, .requested_at = ask->now };
	struct return_row first;
	struct return_counts counts = { 0 };
	const char *why;
	enum found found = return_request_find_by_sale(db, a, sale->id, &first, e);

	*to = sale->state;
	if (found != FOUND_NO)
		return found == FOUND_ERR ? -1 : again(db, ask, &first, e);
	if (ask->buyer->returns_window_days > 0 &&
	    return_request_count(db, a, sale->buyer_id, ask->now - ask->buyer->returns_window_days * DAY_US, &counts, e) != 0)
		return -1;
	row.state = returns_judge(ask->buyer, sale->created_at, ask->reason, ask->now, &counts, &why);
	if (row.state != RETURN_REQUESTED) {
		row.decided_at = ask->now;
		row.decided_by = STR("policy");
		row.note = str_of(why);
	}
	if (return_request_insert(db, &row, e) != 0 ||
	    write_state(db, sale, RETURN_REQUESTED, ask->reason, ask->actor, ask->now, e) != 0)
		return -1;
	if (row.state == RETURN_REQUESTED)
		return 0;
	if (row.state == RETURN_APPROVED)
		*to = SALE_RETURNED;
	return write_state(db, sale, row.state, str_of(why), STR("policy"), ask->now, e);
}

struct deciding {
	const struct return_decision *d;
	struct arena *arena;
	struct return_row *row;
};

static int write_decision(struct db *db, void *ctx, struct err *e)
{
	const struct deciding *k = ctx;
	const struct return_decision *d = k->d;
	enum return_state to = d->approve ? RETURN_APPROVED : RETURN_DENIED;
	struct sale_row sale;
	enum found found = return_request_find(db, k->arena, d->id, k->row, e);

	if (found == FOUND_YES)
		found = verdict_lock(db, k->arena, k->row->sale_id, &sale, e);
	if (found != FOUND_YES)
		return found == FOUND_ERR ? -1 : err_set(e, ERR_NOT_FOUND, "no such return");
	found = return_request_decide(db, d->id, to, d->actor, d->note.n > 0 ? d->note : (struct str){ 0 }, d->now, e);
	if (found == FOUND_ERR)
		return -1;
	if (found == FOUND_NO)
		return err_set(e, ERR_CONFLICT, "this return was decided before");
	if (d->approve && sale.state != SALE_ACCEPTED && sale.state != SALE_CONVERTED)
		return err_set(e, ERR_CONFLICT, "the sale no longer stands");
	if (write_state(db, &sale, to, d->note.n > 0 ? d->note : (struct str){ 0 }, d->actor, d->now, e) != 0)
		return -1;
	k->row->state = to;
	k->row->decided_at = d->now;
	return audit_add(db, d->actor, d->approve ? "return.approve" : "return.deny",
	    arena_printf(k->arena, "return:%.*s", STR_ARG(id_text(k->arena, "ret", d->id))), d->note, e);
}

int returns_decide(struct db *db, struct arena *a, const struct return_decision *d, struct return_row *out, struct err *e)
{
	struct deciding k = { d, a, out };

	return db_transact(db, write_decision, &k, e);
}
