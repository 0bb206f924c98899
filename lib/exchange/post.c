#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/exchange/record.h"
#include "lib/exchange/reping.h"
#include "lib/exchange/selling.h"
#include "lib/exchange/usage.h"
#include "lib/store/idempotency.h"
#include "lib/wire/json.h"

static void or_else(struct value *mine, const struct value *theirs)
{
	if (mine->type == VALUE_NULL)
		*mine = *theirs;
}

/*
 * The first lead of a ping that was posted already, as an answer: replayed when the body is the same. Under an Idempotency-Key the first
 * answer is the only one, so while it is not there yet none is made up.
 */
static int posted_already(struct selling *s, const struct lead_row *lead, struct lead_view **out, struct err *e)
{
	bool same = memcmp(lead->fingerprint, s->post->fingerprint, sizeof(lead->fingerprint)) == 0;

	if (same && s->post->idempotency_key.n > 0 && lead->state == LEAD_POSTING)
		return idempotency_running(e);
	*out = arena_new_of(s->arena, struct lead_view);
	if (exchange_view(s->ex, s->arena, s->post->ask.snapshot, s->post->ask.seller, s->post->ask.sandbox, lead->id, *out, e) != FOUND_YES)
		return -1;
	(*out)->replayed = same;
	if (same)
		return 1;
	err_set(e, ERR_CONFLICT, "the ping was posted already");
	e->code = "posted";
	return -1;
}

/* The click that the lead follows: the ping's, else what the post names. */
static void take_click(struct selling *s)
{
	if (id_is_zero(s->ping.click_id))
		id_parse("clk", value_get_text(&s->post->ask.source, STR("click_id"), STR("")), &s->ping.click_id);
}

/* Reads the ping and its claim: 0 go on, 1 answered from the first post, -1 error. */
static int load_ping(struct selling *s, struct value *ping_lead, struct lead_view **out, struct err *e)
{
	struct ask *ask = &s->post->ask;
	struct lead_row lead;
	struct personal personal = { 0 };
	struct value clear, source;
	struct db *db = NULL;
	enum found found, posted = FOUND_NO;

	if (db_take(s->ex->pool, clock_mono_us() + DB_WAIT_US, &db, e) != 0)
		return -1;
	found = ping_store_find(db, s->arena, s->post->ping_id, &s->ping, e);
	if (found == FOUND_YES)
		posted = lead_store_find_by_ping(db, s->arena, s->post->ping_id, &lead, e);
	db_give(s->ex->pool, &db);
	if (found == FOUND_ERR || posted == FOUND_ERR)
		return -1;
	if (found == FOUND_NO || s->ping.seller_id != ask->seller->id || s->ping.sandbox != ask->sandbox)
		return err_set(e, ERR_NOT_FOUND, "no such ping");
	if (posted == FOUND_YES)
		return posted_already(s, &lead, out, e);
	s->lead_id = s->ping.lead_id;
	s->score = s->ping.score;
	if (s->ping.lead_key.p != NULL &&
	    (lead_key_open(s->arena, s->ex->keys, s->lead_id, s->ping.lead_key, &s->key, e) != 0 ||
		personal_open(s->arena, &s->key, "png", s->ping.id, s->ping.sealed, &personal, e) != 0))
		return -1;
	if (json_parse(s->arena, s->ping.lead, JSON_DEPTH_CONFIG, &clear, e) != 0 ||
	    json_parse(s->arena, s->ping.source, JSON_DEPTH_CONFIG, &source, e) != 0 ||
	    offers_read_all(s->arena, s->ping.bids, &s->offers, &s->n_offers, &s->n_spare, e) != 0 ||
	    decision_unpack(s->arena, s->ping.decisions, &s->decisions, &s->n_decisions, e) != 0)
		return -1;
	selling_recall(s);
	take_click(s);
	or_else(&ask->source, &source);
	or_else(&ask->consent, &personal.consent);
	or_else(&ask->event, &personal.event);
	or_else(&ask->hashes, &personal.hashes);
	if (ask->min_price < s->ping.min_price)
		ask->min_price = s->ping.min_price;
	s->max_sales = s->ping.max_sales;
	ask->campaign = catalog_campaign(ask->snapshot->catalog, s->ping.campaign_id);
	if (ask->campaign == NULL)
		return err_set(e, ERR_GONE, "the ping's campaign is no longer configured");
	*ping_lead = lead_join(s->arena, ask->campaign->vertical, &clear, &personal.lead);
	return 0;
}

static int check_lead(struct selling *s, const struct value *ping_lead, struct faults *f, struct err *e)
{
	struct ask *ask = &s->post->ask;
	struct path at = path_member(PATH_ROOT, STR("lead"));
	struct lead_input in = { .vertical = s->campaign->vertical, .step = STEP_POST, .lenient = ask->lenient, .raw = &ask->lead,
		.facts = &s->facts };

	s->facts = record_facts(s->arena, ask);
	if (lead_check(s->arena, &in, &at, f, &s->lead) != 0)
		return err_set(e, ERR_INVALID, "the lead has faults");
	s->facts.lead = &s->lead;
	if (ping_lead != NULL && lead_compare(s->campaign->vertical, ping_lead, &s->lead, s->campaign->used_fields, &at, f) != 0) {
		err_set(e, ERR_INVALID, "the lead differs from the one that was pinged");
		e->code = "ping_mismatch";
		return -1;
	}
	return 0;
}

/* Keeps the offers that the caller chose, in its order. */
static int choose(struct selling *s, struct faults *f, struct err *e)
{
	struct path list = path_member(PATH_ROOT, STR("bid_ids"));
	struct offer *chosen = arena_array_of(s->arena, s->post->n_bid_ids, struct offer);
	size_t n = 0;

	for (size_t i = 0; i < s->post->n_bid_ids; i++) {
		struct path at = path_index(&list, i);
		size_t k = 0;

		while (k < s->n_offers && !id_eq(s->offers[k].id, s->post->bid_ids[i]))
			k++;
		if (k == s->n_offers)
			fault_add(f, &at, "unknown_reference", "is not a bid of this ping");
		else
			chosen[n++] = s->offers[k];
	}
	if (n < s->post->n_bid_ids)
		return err_set(e, ERR_INVALID, "a bid is not of this ping");
	s->offers = chosen;
	s->n_offers = n;
	s->n_spare = 0;
	return 0;
}

static bool all_expired(const struct selling *s)
{
	for (size_t i = 0; i < s->n_offers; i++)
		if (s->offers[i].expires_at > s->post->ask.wall_us)
			return false;
	return s->ping.expires_at <= s->post->ask.wall_us;
}

/* A post that lost the race for its ping: the winner's answer, or that it is still running. */
static int lost_race(struct selling *s, struct lead_view **out, struct err *e)
{
	struct lead_row lead;
	struct db *db = NULL;
	enum found found;

	if (e->code == NULL || strcmp(e->code, "posted") != 0)
		return -1;
	if (db_take(s->ex->pool, clock_mono_us() + DB_WAIT_US, &db, e) != 0)
		return -1;
	found = lead_store_find_by_ping(db, s->arena, s->ping.id, &lead, e);
	db_give(s->ex->pool, &db);
	if (found != FOUND_YES)
		return found == FOUND_ERR ? -1 : err_set(e, ERR_INTERNAL, "a posted ping has no lead");
	return posted_already(s, &lead, out, e) == 1 ? 0 : -1;
}

static int direct_ping(struct selling *s, struct faults *f, struct err *e)
{
	struct ask_how how = { .direct = true, .checked = &s->lead };
	struct auction *au;

	s->campaign = s->post->ask.sandbox ? sandbox_campaign(s->arena, s->post->ask.campaign, s->ex->sandbox_url) : s->post->ask.campaign;
	if (exchange_admit(s->ex, &s->post->ask, e) != 0 || check_lead(s, NULL, f, e) != 0 || settle_claim(s, e) != 0 ||
	    exchange_ask(s->ex, s->arena, &s->post->ask, &how, f, &au, e) != 0)
		return -1;
	s->ping.id = au->ping_id;
	s->ping.click_id = (struct id){ { 0 } };
	take_click(s);
	s->lead_id = au->lead_id;
	s->facts = au->facts;
	s->score = au->score;
	s->max_sales = au->max_sales;
	s->rejected = au->rejected;
	selling_take(s, au);
	return 0;
}

/* A consent by name has to name one of those who bid. */
static bool consent_fits(const struct selling *s)
{
	size_t i = 0;

	if (s->n_offers == 0 || consent_names_all(s->facts.consent))
		return true;
	for (; i < s->n_offers; i++) {
		const struct contract *c = campaign_contract(s->campaign, s->offers[i].contract);

		if (c != NULL && consent_names(s->facts.consent, c->buyer->key))
			break;
	}
	return i < s->n_offers;
}

static enum reason screen(const struct selling *s)
{
	enum reason why;

	if (s->ping.status == PING_REJECTED && s->n_decisions > 0)
		return s->decisions[0].code;
	why = consent_screen(&s->campaign->consent, s->facts.consent, true);
	return why == REASON_NONE && !consent_fits(s) ? REASON_CONSENT_MISMATCH : why;
}

/* A post of a ping: 0 go on, 1 answered, -1 error. */
static int prepare(struct selling *s, struct faults *f, struct lead_view **out, struct err *e)
{
	struct value ping_lead;
	int r = load_ping(s, &ping_lead, out, e);

	if (r != 0)
		return r;
	s->campaign = s->post->ask.sandbox ? sandbox_campaign(s->arena, s->post->ask.campaign, s->ex->sandbox_url) : s->post->ask.campaign;
	if (check_lead(s, &ping_lead, f, e) != 0)
		return -1;
	if (s->post->n_bid_ids > 0 && choose(s, f, e) != 0)
		return -1;
	s->rejected = screen(s);
	if (s->rejected == REASON_NONE && all_expired(s)) {
		if (!s->post->reping)
			return err_set(e, ERR_GONE, "the ping has expired");
		return selling_reping(s, f, e);
	}
	return 0;
}

static int sell(struct selling *s, struct faults *f, struct err *e)
{
	int r;

	s->deadline_us = s->post->ask.start_us + (int64_t)s->campaign->post_deadline_ms * 1000;
	s->deadline_wall_us = clock_wall_us() + (s->deadline_us - clock_mono_us());
	person_of(s->arena, s->ex->keys, s->campaign->vertical, &s->lead, s->facts.hashes, &s->person);
	if (s->key.wrapped.p == NULL)
		lead_key_make(s->arena, s->ex->keys, s->lead_id, &s->key);
	if (s->rejected != REASON_NONE) {
		s->state = LEAD_REJECTED;
		r = settle_lead(s, LEAD_REJECTED, e) == 0 ? 0 : -1;
	} else {
		r = selling_run(s, f, e);
	}
	crypt_wipe(s->key.key, sizeof(s->key.key));
	return r;
}

/* 0: at its end, 1: answered with an earlier post's lead, -1: error. */
static int run(struct selling *s, struct faults *f, struct lead_view **out, struct err *e)
{
	int r = s->post->direct ? direct_ping(s, f, e) : prepare(s, f, out, e);

	if (r != 0)
		return r;
	if (sell(s, f, e) == 0)
		return 0;
	return lost_race(s, out, e) == 0 ? 1 : -1;
}

int exchange_post(const struct exchange *ex, struct arena *a, struct post *post, struct faults *f, struct lead_view **out, struct err *e)
{
	struct selling *s = arena_new_of(a, struct selling);
	int r;

	*out = NULL;
	*s = (struct selling){ .ex = ex, .arena = a, .post = post, .score = -1, .state = LEAD_POSTING };
	r = run(s, f, out, e);
	if (r != 0) {
		settle_unclaim(s);
		return r == 1 ? 0 : -1;
	}
	*out = arena_new_of(a, struct lead_view);
	view_of_selling(s, *out);
	count_post(ex, *out);
	return 0;
}
