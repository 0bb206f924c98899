#include "lib/exchange/postback.h"

#include "lib/base/clock.h"
#include "lib/base/money.h"
#include "lib/exchange/returns.h"
#include "lib/exchange/steps.h"
#include "lib/exchange/verdict.h"

enum { WAIT_US = 2000000, REASON_MAX = 255, WAS_TAKEN = 1, REFUSED };

struct taking {
	const struct verdict_in *in;
	struct arena *arena;
	struct postback_sale sale;       /* as it was when the verdict came */
	struct postback_row row;
	struct verdict_done *out;
	bool disputed;          /* the buyer accepted what is rejected, and can't be sold to it any more */
};

bool postback_status_is_verdict(struct str s)
{
	return str_is(s, "accepted") || str_is(s, "rejected") || str_is(s, "returned") || str_is(s, "converted");
}

static void hash_of(struct arena *a, const struct verdict_in *in, struct id sale_id, uint8_t out[32])
{
	char sale[ID_PREFIXED + 1];

	id_print(sale, "sal", sale_id);
	if (in->event_id.n > 0)
		crypt_sha256(arena_printf(a, "event\n%.*s", STR_ARG(in->event_id)), out);
	else
		crypt_sha256(arena_printf(a, "said\n%s\n%.*s\n%.*s\n%lld", sale, STR_ARG(in->status), STR_ARG(in->reason),
		    in->has_amount ? (long long)in->amount : -1), out);
}

/* Which state a verdict leads to. False: the sale's state does not allow it. A state that stays is allowed: the event is kept. */
static bool next_state(const struct sale_row *sale, struct str status, enum sale_state *to)
{
	enum sale_state from = sale->state;

	*to = from;
	if (str_is(status, "accepted")) {
		*to = from == SALE_CONVERTED ? SALE_CONVERTED : SALE_ACCEPTED;
		return from != SALE_RETURNED && (from != SALE_REJECTED || sale_is_lost(sale));
	}
	if (str_is(status, "rejected")) {
		*to = SALE_REJECTED;
		return from == SALE_POSTING || from == SALE_PENDING || from == SALE_ACCEPTED || from == SALE_REJECTED;
	}
	if (str_is(status, "returned"))
		return from == SALE_ACCEPTED || from == SALE_CONVERTED || from == SALE_RETURNED;
	if (str_is(status, "converted")) {
		*to = SALE_CONVERTED;
		return from == SALE_ACCEPTED || from == SALE_CONVERTED;
	}
	return from != SALE_REJECTED;
}

/* Nothing but the event is to be kept: the sale is in that state, or the status says nothing of it. */
static bool only_tells(enum sale_state from, struct str status)
{
	const struct sale_row sale = { .state = from };
	enum sale_state to;

	/* Of one that was lost, "rejected" frees the slot. */
	if (from == SALE_REJECTED)
		return false;
	if (str_is(status, "returned"))
		return from == SALE_RETURNED;
	return next_state(&sale, status, &to) && to == from;
}

/* Whether a reject may have the lead sold again: somebody is left, and an attempt. */
static bool may_resell(const struct buyer *b, const struct sale_row *sale)
{
	for (size_t i = 0; i < b->n_contracts; i++)
		if (b->contracts[i].id == sale->contract_id && b->contracts[i].campaign != NULL)
			return b->contracts[i].campaign->n_contracts > 1 &&
			    (sale->kind == SALE_SHARED || sale->seq < b->contracts[i].campaign->reroute_attempts);
	return true;
}

/*
 * A reject long after the fact is a return by another name: where the buyer's contract has terms for returns they hold for it, from when the
 * lead could be sold again no more.
 */
static enum found is_return(struct db *db, const struct taking *t, const struct sale_row *sale, struct err *e)
{
	enum found resells;

	if (str_is(t->in->status, "returned"))
		return sale->state == SALE_RETURNED ? FOUND_NO : FOUND_YES;
	if (!str_is(t->in->status, "rejected") || sale->state != SALE_ACCEPTED || t->in->buyer->returns_window_days == 0)
		return FOUND_NO;
	resells = lead_store_resells(db, t->arena, sale->lead_id, t->row.at, e);
	return resells == FOUND_ERR ? FOUND_ERR : resells == FOUND_NO ? FOUND_YES : FOUND_NO;
}

/* What the event says besides: the buyer's reason, or what a conversion brought. */
static struct str detail_of(const struct taking *t)
{
	if (t->row.reason.p != NULL || !t->row.has_amount)
		return t->row.reason;
	return arena_printf(t->arena, "amount %.*s", STR_ARG(money_text(t->arena, t->row.amount)));
}

static struct sale_event event_of(const struct taking *t, enum sale_state to)
{
	return (struct sale_event){ .sale_id = t->row.sale_id, .at = t->row.at, .kind = t->in->status, .detail = detail_of(t),
		.reason = to == SALE_CONVERTED ? REASON_CONVERTED : REASON_NONE,
		.actor = arena_printf(t->arena, "buyer:%.*s", STR_ARG(t->in->buyer->key)) };
}

static int write_state(struct db *db, struct taking *t, const struct sale_row *sale, struct verdict_turn *turn, struct err *e)
{
	struct return_ask ask = { .buyer = t->in->buyer, .sale = sale, .reason = t->row.reason, .actor = turn->event.actor, .now = t->row.at };
	enum found returns = is_return(db, t, sale, e);
	int r;

	if (returns == FOUND_ERR)
		return -1;
	if (returns == FOUND_YES)
		return returns_request(db, t->arena, &ask, &t->out->state, e);
	t->out->state = turn->to;
	if (sale->state != SALE_REJECTED || turn->to != SALE_ACCEPTED)
		return verdict_write(db, turn, e) == 0 ? 0 : -1;
	turn->lead = VERDICT_LEAD_KEPT;
	r = verdict_revive(db, t->arena, t->in->catalog, turn, e);
	t->disputed = r == 1;
	return r == 1 ? REFUSED : r;
}

static int write_verdict(struct db *db, void *ctx, struct err *e)
{
	struct taking *t = ctx;
	struct sale_row sale;
	struct verdict_turn turn = { .sale = &sale };
	enum found found = verdict_lock_of(db, t->arena, t->out->lead_id, t->row.sale_id, &sale, e);

	if (found != FOUND_YES)
		return found == FOUND_ERR ? -1 : err_set(e, ERR_NOT_FOUND, "no such sale");
	if (postback_store_insert(db, &t->row, e) != 0)
		return e->kind == ERR_DB_DUPLICATE ? WAS_TAKEN : -1;
	if (!next_state(&sale, t->in->status, &turn.to)) {
		t->disputed = sale.state == SALE_REJECTED && (str_is(t->in->status, "accepted") || str_is(t->in->status, "converted"));
		err_set(e, ERR_CONFLICT, "a sale that is %s can't become %.*s", sale_state_name(sale.state), STR_ARG(t->in->status));
		e->code = "state";
		return REFUSED;
	}
	turn.event = event_of(t, turn.to);
	turn.lead = may_resell(t->in->buyer, &sale) ? VERDICT_LEAD_RESELL : VERDICT_LEAD_KEPT;
	return write_state(db, t, &sale, &turn, e);
}

/* It came before: the same again is good, the same id with another body is not. */
static int taken_before(struct db *db, struct taking *t, struct err *e)
{
	struct postback_row first;
	struct sale_row sale;
	enum found found = postback_store_find(db, t->arena, t->in->buyer->id, t->in->webhook_id, t->row.event_hash, &first, e);
	bool by_webhook = found == FOUND_YES && t->in->webhook_id.n > 0;

	if (found == FOUND_NO && t->in->webhook_id.n > 0)
		found = postback_store_find(db, t->arena, t->in->buyer->id, STR(""), t->row.event_hash, &first, e);
	if (found != FOUND_YES)
		return found == FOUND_ERR ? -1 : err_set(e, ERR_DB_RETRY, "a verdict's first copy is gone");
	if (memcmp(first.event_hash, t->row.event_hash, 32) != 0 || !id_eq(first.sale_id, t->row.sale_id) ||
	    !str_eq(first.status, t->row.status) ||
	    (by_webhook && memcmp(first.fingerprint, t->row.fingerprint, 32) != 0)) {
		err_set(e, ERR_CONFLICT, "this id came before with another body");
		e->code = "replayed_id";
		return -1;
	}
	if (sale_store_find(db, t->arena, first.sale_id, &sale, e) != FOUND_YES)
		return -1;
	*t->out = (struct verdict_done){ .sale_id = sale.id, .lead_id = sale.lead_id, .state = sale.state, .recorded = false };
	return 0;
}

/* Nothing of the verdict was kept. The buyer hears why, unless the operator could not be told: then it is to try again. */
static int tell_operator(struct db *db, struct taking *t, struct err *e)
{
	struct dispute d = { .lead_id = t->out->lead_id, .sale_id = t->row.sale_id, .buyer = t->in->buyer->key,
		.actor = arena_printf(t->arena, "buyer:%.*s", STR_ARG(t->in->buyer->key)), .why = arena_str(t->arena, str_of(e->msg)), .now = t->row.at };
	struct err mine = { 0 };

	if (verdict_dispute(db, t->arena, &d, &mine) != 0)
		*e = mine;
	return -1;
}

/* Which sale is meant, and what is said of it. */
static int look_up(struct db *db, struct taking *t, struct err *e)
{
	const struct verdict_in *in = t->in;
	enum found found = postback_sale_find(db, t->arena, in->buyer->id, in->sale_id, in->lead_id, in->ref, &t->sale, e);

	if (found != FOUND_YES)
		return found == FOUND_ERR ? -1 : err_set(e, ERR_NOT_FOUND, "no such sale of this buyer");
	t->row = (struct postback_row){ .buyer_id = in->buyer->id, .webhook_id = in->webhook_id.n > 0 ? in->webhook_id : (struct str){ 0 },
		.sale_id = t->sale.sale_id, .status = in->status,
		.reason = in->reason.n > 0 ? exchange_column_text(in->reason, REASON_MAX) : (struct str){ 0 },
		.has_amount = in->has_amount, .amount = in->amount, .at = clock_wall_us() };
	hash_of(t->arena, in, t->sale.sale_id, t->row.event_hash);
	crypt_sha256(in->body, t->row.fingerprint);
	*t->out = (struct verdict_done){ .sale_id = t->sale.sale_id, .lead_id = t->sale.lead_id, .state = t->sale.state, .recorded = true };
	return 0;
}

/* Kept with all others that wait, in one commit. No lock: what happens to the sale meanwhile has happened after this was said. */
static int tell(const struct exchange *ex, struct taking *t, struct err *e)
{
	struct postback_told told = { .row = t->row, .lead_id = t->sale.lead_id, .event = event_of(t, t->sale.state) };

	if (writer_keep(ex->postbacks, &told, clock_mono_us() + WAIT_US, e) == 0)
		return 0;
	return e->kind == ERR_DB_DUPLICATE ? WAS_TAKEN : -1;
}

static int decide(struct db *db, struct taking *t, struct err *e)
{
	int r = db_transact(db, write_verdict, t, e);

	if (r == REFUSED && t->disputed)
		return tell_operator(db, t, e);
	/* Its own unique keys say whether it was kept. */
	return r != 0 && e->kind == ERR_DB_UNCERTAIN && !db_is_lost(db) ? WAS_TAKEN : r;
}

int exchange_postback(const struct exchange *ex, struct arena *a, const struct verdict_in *in, struct verdict_done *out, struct err *e)
{
	struct taking t = { .in = in, .arena = a, .out = out };
	struct db *db = NULL;
	int r;

	if (db_take(ex->pool, clock_mono_us() + WAIT_US, &db, e) != 0)
		return -1;
	r = look_up(db, &t, e);
	if (r == 0 && only_tells(t.sale.state, in->status)) {
		db_give(ex->pool, &db);
		r = tell(ex, &t, e);
		if (r == WAS_TAKEN && db_take(ex->pool, clock_mono_us() + WAIT_US, &db, e) != 0)
			return -1;
	} else if (r == 0) {
		r = decide(db, &t, e);
	}
	if (r == WAS_TAKEN)
		r = taken_before(db, &t, e);
	if (db != NULL)
		db_give(ex->pool, &db);
	return r == 0 ? 0 : -1;
}
