/*
 * settle: the transactions of a post. Rows are taken in one order: person, lead, idempotency, sale, delivery, cap windows, accounts.
 */
#include "lib/exchange/selling.h"

#include "lib/base/buf.h"
#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/base/money.h"
#include "lib/base/fail.h"
#include "lib/exchange/verdict.h"
#include "lib/store/idempotency.h"
#include "lib/store/outbox.h"
#include "lib/store/work.h"
#include "lib/wire/json.h"

enum { SUB_MAX = 128, ROW_TEXT_MAX = 1024 * 1024, CLAIM_SPARE_US = 5000000 };

struct work {
	struct selling *s;
	struct attempt *t;
	enum lead_state state;
	int64_t now;
};

static struct str owner_of(struct selling *s)
{
	return arena_printf(s->arena, "seller:%u%s", s->post->ask.seller->id, s->post->ask.sandbox ? ":test" : "");
}

static struct idempotency key_of(struct selling *s, int64_t at)
{
	struct idempotency i = { .owner = owner_of(s), .name = s->post->idempotency_key, .lead_id = s->lead_id, .created_at = at };

	memcpy(i.fingerprint, s->post->fingerprint, sizeof(i.fingerprint));
	return i;
}

int64_t exchange_claim_us(const struct campaign *c)
{
	return (int64_t)c->ping_timeout_ms * 1000 + CLAIM_SPARE_US;
}

static int claim(struct db *db, const struct selling *s, const struct idempotency *i, struct err *e)
{
	enum found ours;

	if (idempotency_store_claim(db, i, e) == 0)
		return 0;
	if (e->kind != ERR_DB_DUPLICATE)
		return -1;
	ours = idempotency_store_retake(db, i, i->created_at - exchange_claim_us(s->campaign), e);
	return ours == FOUND_NO ? idempotency_running(e) : ours == FOUND_YES ? 0 : -1;
}

int settle_claim(struct selling *s, struct err *e)
{
	struct idempotency i;
	struct db *db = NULL;
	int r;

	if (s->post->idempotency_key.n == 0 || s->kept || s->claimed_at != 0)
		return 0;
	i = key_of(s, clock_wall_us());
	i.lead_id = (struct id){ { 0 } };
	if (db_take(s->ex->pool, clock_mono_us() + DB_WAIT_US, &db, e) != 0)
		return -1;
	r = claim(db, s, &i, e);
	db_give(s->ex->pool, &db);
	if (r == 0)
		s->claimed_at = i.created_at;
	return r;
}

void settle_unclaim(struct selling *s)
{
	struct idempotency i;
	struct db *db = NULL;
	struct err e;
	int r;

	if (s->claimed_at == 0 || s->kept)
		return;
	i = key_of(s, s->claimed_at);
	r = db_take(s->ex->pool, clock_mono_us() + DB_WAIT_US, &db, &e);
	if (r == 0) {
		r = idempotency_store_drop(db, &i, &e);
		db_give(s->ex->pool, &db);
	}
	if (r != 0)
		log_err("an Idempotency-Key could not be freed; it will be, in a while", &e);
}

/* The lead's key, with the lead. 1: another request has it. */
static int take_key(struct db *db, struct selling *s, int64_t now, struct err *e)
{
	struct idempotency i = key_of(s, s->claimed_at != 0 ? s->claimed_at : now);
	enum found ours = FOUND_YES;

	if (s->claimed_at != 0)
		ours = idempotency_store_lead(db, &i, e);
	else if (idempotency_store_claim(db, &i, e) != 0)
		ours = e->kind == ERR_DB_DUPLICATE ? FOUND_NO : FOUND_ERR;
	if (ours == FOUND_NO)
		idempotency_running(e);
	return ours == FOUND_YES ? 0 : ours == FOUND_NO ? 1 : -1;
}

static struct str json_of(struct arena *a, const struct value *v)
{
	struct buf b;

	if (v == NULL || v->type != VALUE_OBJECT)
		return STR("{}");
	buf_in(&b, a, ROW_TEXT_MAX);
	json_write(&b, v);
	return buf_str(&b);
}

/* The bids that the seller named, for when the lead is sold again without its request. */
static struct str chosen_bids(const struct selling *s)
{
	size_t n = s->post->n_bid_ids < ATTEMPTS_MAX ? s->post->n_bid_ids : ATTEMPTS_MAX;
	char *out;

	if (n == 0)
		return (struct str){ 0 };
	out = arena_alloc(s->arena, n * sizeof(struct id));
	for (size_t i = 0; i < n; i++)
		memcpy(out + i * sizeof(struct id), s->post->bid_ids[i].b, sizeof(struct id));
	return (struct str){ out, n * sizeof(struct id) };
}

static int insert_lead(struct db *db, struct work *w, struct err *e)
{
	struct selling *s = w->s;
	const struct ask *ask = &s->post->ask;
	struct personal personal = { .consent = ask->consent, .event = ask->event, .hashes = ask->hashes };
	struct value clear;
	struct lead_row row;

	lead_split(s->arena, s->campaign->vertical, &s->lead, &clear, &personal.lead);
	row = (struct lead_row){
		.id = s->lead_id, .ping_id = s->ping.id, .click_id = s->ping.click_id, .seller_id = ask->seller->id,
		.campaign_id = ask->campaign->id, .version = ask->snapshot->catalog->version, .sandbox = ask->sandbox, .state = w->state,
		.sold_as = w->t != NULL && w->t->row.slot > 0 ? w->t->row.kind + 1 : 0, .reason = (int)s->rejected, .score = s->score,
		.created_at = ask->wall_us, .updated_at = ask->wall_us, .deadline_at = s->deadline_wall_us, .min_price = ask->min_price,
		.max_sales = s->max_sales, .sub1 = exchange_column_text(value_get_text(&ask->source, STR("sub1"), STR("")), SUB_MAX),
		.sub2 = exchange_column_text(value_get_text(&ask->source, STR("sub2"), STR("")), SUB_MAX),
		.person = s->person,
		.lead = json_of(s->arena, &clear), .source = json_of(s->arena, value_or_null(&ask->source)), .lead_key = s->key.wrapped,
		.sealed = personal_seal(s->arena, &s->key, "led", s->lead_id, &personal),
	};
	if (w->state != LEAD_REJECTED && s->campaign->reroute_window_s > 0)
		row.reroute_until = ask->wall_us + (int64_t)s->campaign->reroute_window_s * 1000000;
	row.chosen = chosen_bids(s);
	memcpy(row.fingerprint, s->post->fingerprint, sizeof(row.fingerprint));
	if (lead_store_insert(db, &row, e) != 0) {
		if (e->kind != ERR_DB_DUPLICATE)
			return -1;
		e->code = "posted";
		return 1;
	}
	return s->post->idempotency_key.n > 0 ? take_key(db, s, w->now, e) : 0;
}

/* Of two copies of a lead at the same moment one is first: the other waits here, and then sees it. 1: refused. */
static int check_person(struct db *db, struct work *w, struct err *e)
{
	struct selling *s = w->s;
	const struct contract *c = w->t->contract;
	bool whole = !s->kept && s->campaign->duplicates_days > 0;
	struct seen_query q = { .person = &s->person, .campaign_id = s->campaign->id, .sandbox = s->post->ask.sandbox, .but = s->lead_id,
		.since = person_since(s->campaign, w->now) };
	struct seen *list;
	size_t n;

	if ((!whole && c->duplicates_days == 0) || !person_is_known(&s->person))
		return 0;
	if (seen_store_hold(db, &s->person, e) != 0 || seen_store_find(db, s->arena, &q, &list, &n, e) != 0)
		return -1;
	if (whole && person_is_duplicate(s->campaign, list, n, w->now))
		w->t->refusal = (struct refusal){ .code = REASON_DUPLICATE };
	else if (person_was_sent(c, list, n, w->now))
		w->t->refusal = (struct refusal){ .code = REASON_BUYER_DUPLICATE, .rule = RULE_DUPLICATES };
	return w->t->refusal.code != REASON_NONE;
}

static int write_intent(struct db *db, void *ctx, struct err *e)
{
	struct work *w = ctx;
	struct selling *s = w->s;
	enum found claimed;
	int r;

	r = check_person(db, w, e);
	if (r != 0)
		return r;
	if (!s->kept) {
		r = insert_lead(db, w, e);
		if (r != 0)
			return r;
	} else if (w->t->row.slot > 0) {
		claimed = lead_store_claim(db, s->lead_id, w->t->row.kind + 1, w->now, e);
		if (claimed == FOUND_ERR)
			return -1;
		if (claimed == FOUND_NO) {
			err_set(e, ERR_CONFLICT, "the lead is held by another sale");
			return 1;
		}
	}
	if (sale_store_insert(db, &w->t->row, e) != 0)
		return -1;
	/* An attempt that can't be rendered ends where it begins. */
	if (w->t->refused)
		return outbox_add(db, s->lead_id, w->t->row.id, (int)w->t->row.state, w->now, e);
	/* Last: many wait for these rows. */
	return holding_take(db, s->arena, w->t->contract, s->post->ask.seller, &w->t->row, &w->t->refusal, e);
}

/* Whether the rows of a transaction are there after all: its COMMIT was sent, and the connection was lost. */
static enum found look_up(struct selling *s, const struct attempt *t, enum sale_state *state_out, struct err *e)
{
	struct sale_row row;
	struct lead_row lead;
	struct db *db = NULL;
	enum found found;

	if (db_take(s->ex->pool, clock_mono_us() + DB_WAIT_US, &db, e) != 0)
		return FOUND_ERR;
	found = t != NULL ? sale_store_find(db, s->arena, t->row.id, &row, e) : lead_store_find(db, s->arena, s->lead_id, &lead, e);
	if (found == FOUND_YES && state_out != NULL)
		*state_out = t != NULL ? row.state : SALE_POSTING;
	db_give(s->ex->pool, &db);
	return found;
}

static int transact(struct selling *s, int (*fn)(struct db *, void *, struct err *), struct work *w, struct err *e)
{
	struct db *db = NULL;
	int r;

	if (db_take(s->ex->pool, clock_mono_us() + DB_WAIT_US, &db, e) != 0)
		return -1;
	r = db_transact(db, fn, w, e);
	db_give(s->ex->pool, &db);
	return r;
}

int settle_intent(struct selling *s, struct attempt *t, struct err *e)
{
	struct work w = { s, t, LEAD_POSTING, clock_wall_us() };
	int r;

	FAIL("post.before_intent");
	r = transact(s, write_intent, &w, e);
	if (r == -1 && e->kind == ERR_DB_UNCERTAIN)
		r = look_up(s, t, NULL, e) == FOUND_YES ? 0 : -1;
	if (r == 0)
		s->kept = true;
	FAIL("post.after_intent");
	return r;
}

static struct str event_kind(const struct sale_result *r)
{
	switch (r->delivery) {
	case DELIVERY_ACCEPTED: return STR("accepted");
	case DELIVERY_PENDING: return STR("pending");
	case DELIVERY_UNKNOWN: return STR("outcome_unknown");
	case DELIVERY_NOT_SENT: return STR("not_sent");
	default: return STR("rejected");
	}
}

/*
 * A reject of the attempt says nothing of its copies: a worker that was paused for so long that its attempt was held as unknown, and sent again
 * since, must not free the lead on the word of the first copy, least of all because that was never sent.
 */
static enum found may_be_copied(struct db *db, struct arena *a, const struct attempt *t, struct err *e)
{
	struct sale_row now;
	enum found found;

	if (t->result.state != SALE_REJECTED || !t->contract->unknown_repeat)
		return FOUND_NO;
	found = sale_store_lock(db, a, t->row.id, &now, e);
	return found == FOUND_YES && now.state != SALE_PENDING ? FOUND_NO : found;
}

static int held_again(struct err *e)
{
	err_set(e, ERR_CONFLICT, "the attempt is held as unknown, and may have been sent again");
	return 1;
}

static struct verdict_turn turn_of(const struct work *w, const struct sale_row *sale)
{
	const struct sale_result *r = &w->t->result;

	return (struct verdict_turn){ .sale = sale, .to = r->state, .result = r,
		.lead = w->state == LEAD_POSTING ? VERDICT_LEAD_IN_HAND : VERDICT_LEAD_LET_GO,
		.event = { .at = w->now, .kind = event_kind(r), .reason = r->reason, .detail = r->reason_text, .actor = STR("exchange") } };
}

static int write_result(struct db *db, void *ctx, struct err *e)
{
	struct work *w = ctx;
	struct attempt *t = w->t;
	struct verdict_turn turn = turn_of(w, &t->row);
	enum found copied;

	if (lead_store_lock(db, t->row.lead_id, e) == FOUND_ERR)
		return -1;
	copied = may_be_copied(db, w->s->arena, t, e);
	if (copied != FOUND_NO)
		return copied == FOUND_ERR ? -1 : held_again(e);
	return verdict_write(db, &turn, e);
}

static int write_end(struct db *db, void *ctx, struct err *e)
{
	struct work *w = ctx;

	if (lead_store_close(db, w->s->lead_id, w->now, e) != 0)
		return -1;
	return outbox_add(db, w->s->lead_id, (struct id){ { 0 } }, 0, w->now, e);
}

/* A postback was faster than the reply. When both say the same, the reply completes the sale, and the post goes on as if it had been first. */
static int write_late_reply(struct db *db, void *ctx, struct err *e)
{
	struct work *w = ctx;
	struct attempt *t = w->t;
	struct sale_row row;
	struct verdict_turn turn = turn_of(w, &row);
	enum found found = verdict_lock_of(db, w->s->arena, t->row.lead_id, t->row.id, &row, e);

	if (found != FOUND_YES)
		return found == FOUND_ERR ? -1 : 1;
	if (sale_is_lost(&row) && t->result.state == SALE_ACCEPTED) {
		turn.event.detail = STR("its reply came after it had been given up");
		return verdict_revive(db, w->s->arena, w->s->post->ask.snapshot->catalog, &turn, e);
	}
	if (row.state != t->result.state && !(row.state == SALE_CONVERTED && t->result.state == SALE_ACCEPTED)) {
		err_set(e, ERR_CONFLICT, "the attempt was settled otherwise meanwhile");
		return 1;
	}
	if (sale_store_complete(db, row.id, &t->result, w->now, e) != 0)
		return -1;
	/* The postback asked for a re-route; the next bid is ours to try. */
	if (row.state == SALE_REJECTED && work_drop_in_hand(db, row.lead_id, e) != 0)
		return -1;
	return w->state == LEAD_POSTING ? 0 : write_end(db, w, e);
}

/* The buyer took it, and it was rejected meanwhile: the operator is told. `why` is what kept the reply from being written. */
static void write_dispute(const struct work *w, const struct err *why)
{
	const struct attempt *t = w->t;
	struct dispute d = { .lead_id = t->row.lead_id, .sale_id = t->row.id, .buyer = t->contract->buyer->key, .actor = STR("exchange"),
		.why = str_of(why->msg), .is_ours = true, .now = w->now };
	struct err e = { 0 };
	struct db *db = NULL;
	int r = db_take(w->s->ex->pool, clock_mono_us() + DB_WAIT_US, &db, &e);

	if (r == 0) {
		r = verdict_dispute(db, w->s->arena, &d, &e);
		db_give(w->s->ex->pool, &db);
	}
	if (r != 0)
		log_err("a buyer took what was rejected meanwhile, and the operator could not be told", &e);
}

int settle_result(struct selling *s, struct attempt *t, enum lead_state last, struct err *e)
{
	struct work w = { s, t, last, clock_wall_us() };
	enum sale_state state;
	int r;

	FAIL("post.before_result");
	r = transact(s, write_result, &w, e);
	if (r == -1 && e->kind == ERR_DB_UNCERTAIN && look_up(s, t, &state, e) == FOUND_YES)
		r = state == t->result.state ? 0 : transact(s, write_result, &w, e);
	if (r == 1)
		r = transact(s, write_late_reply, &w, e);
	if (r == 1 && t->result.state == SALE_ACCEPTED)
		write_dispute(&w, e);
	return r;
}

static int write_lead(struct db *db, void *ctx, struct err *e)
{
	struct work *w = ctx;
	int r = insert_lead(db, w, e);

	return r != 0 ? r : outbox_add(db, w->s->lead_id, (struct id){ { 0 } }, 0, w->now, e);
}

int settle_lead(struct selling *s, enum lead_state state, struct err *e)
{
	struct work w = { s, NULL, state, clock_wall_us() };
	int r = transact(s, write_lead, &w, e);

	if (r == -1 && e->kind == ERR_DB_UNCERTAIN)
		r = look_up(s, NULL, NULL, e) == FOUND_YES ? 0 : -1;
	if (r == 0)
		s->kept = true;
	return r;
}

int settle_end(struct selling *s, struct err *e)
{
	struct work w = { s, NULL, LEAD_POSTING, clock_wall_us() };

	return transact(s, write_end, &w, e);
}
