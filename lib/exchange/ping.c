#include "lib/base/clock.h"
#include "lib/exchange/person.h"
#include "lib/exchange/record.h"
#include "lib/exchange/reping.h"
#include "lib/exchange/standing.h"
#include "lib/exchange/steps.h"
#include "lib/exchange/usage.h"
#include "lib/wire/json.h"

enum { KEEP_WITHIN_US = 3000000, LOOK_UP_US = 2000000, ROW_TEXT_MAX = 1024 * 1024, SUB_MAX = 128 };

static int check_lead(struct auction *au, enum step_kind step, struct faults *f, struct err *e)
{
	struct path at = path_member(PATH_ROOT, STR("lead"));
	struct lead_input in = { .vertical = au->campaign->vertical, .step = step, .lenient = au->ask->lenient, .raw = &au->ask->lead,
		.facts = &au->facts };

	if (lead_check(au->arena, &in, &at, f, &au->lead) != 0)
		return err_set(e, ERR_INVALID, "the lead has faults");
	au->facts.lead = &au->lead;
	return 0;
}

/* Digests, or a whole lead, may tell whose lead it is: then it is looked up once, for the campaign and all its contracts. */
static int look_up_person(struct auction *au, struct err *e)
{
	const struct campaign *camp = au->campaign;
	struct lead_person person;
	struct seen_query q = { .person = &person, .campaign_id = camp->id, .sandbox = au->ask->sandbox, .but = au->lead_id,
		.since = person_since(camp, au->ask->wall_us) };
	struct db *db = NULL;
	int r;

	if (!person_matters(camp))
		return 0;
	person_of(au->arena, au->ex->keys, camp->vertical, &au->lead, au->facts.hashes, &person);
	if (!person_is_known(&person))
		return 0;
	if (db_take(au->ex->pool, clock_mono_us() + LOOK_UP_US, &db, e) != 0)
		return -1;
	r = seen_store_find(db, au->arena, &q, &au->seen, &au->n_seen, e);
	db_give(au->ex->pool, &db);
	return r;
}

static void score(struct auction *au, enum step_kind step)
{
	const struct campaign *camp = au->campaign;
	struct standing_view *standing;
	double source;

	if (camp->scoring == NULL)
		return;
	standing = standing_take(au->ex->standing);
	source = standing_of_source(standing, camp->id, au->ask->seller->id, value_get_text(au->facts.source, STR("sub1"), STR("")));
	standing_give(standing);
	au->score = score_of(camp->scoring, camp->vertical, step, &au->facts, source);
}

/* A consent by name has to name somebody who buys here. */
static bool consent_fits(const struct auction *au)
{
	const struct campaign *camp = au->campaign;
	size_t i = 0;

	if (camp->n_contracts == 0 || consent_names_all(au->facts.consent))
		return true;
	while (i < camp->n_contracts && !consent_names(au->facts.consent, camp->contracts[i]->buyer->key))
		i++;
	return i < camp->n_contracts;
}

/* Why the lead is not for sale at all, or REASON_NONE. */
enum reason exchange_screen(const struct auction *au, enum step_kind step)
{
	enum reason why;

	if (au->ask->sandbox && str_is(value_get_text(&au->lead, STR("zip"), STR("")), "00005"))
		return REASON_DUPLICATE;
	if (person_is_duplicate(au->campaign, au->seen, au->n_seen, au->ask->wall_us))
		return REASON_DUPLICATE;
	why = consent_screen(&au->campaign->consent, au->facts.consent, step == STEP_POST);
	if (why == REASON_NONE && !consent_fits(au))
		why = REASON_CONSENT_MISMATCH;
	if (why == REASON_NONE && au->campaign->scoring != NULL && au->score >= 0 && au->score < scoring_minimum(au->campaign->scoring))
		why = REASON_SCORE_TOO_LOW;
	return why;
}

void exchange_reject(struct auction *au, enum reason why)
{
	au->status = PING_REJECTED;
	au->rejected = why;
	for (size_t i = 0; i < au->campaign->n_contracts; i++)
		au->decisions[i] = (struct decision){ .contract = au->campaign->contracts[i]->id, .code = why, .cost = -1, .ms = -1 };
}

int exchange_tiers(struct auction *au, const struct auction_steps *steps, struct err *e)
{
	const struct campaign *camp = au->campaign;
	size_t listed = 0;
	int done = 0;

	for (;;) {
		int tier = 0;

		for (size_t i = 0; i < camp->n_contracts; i++)
			if (au->decisions[i].code == REASON_NONE && camp->contracts[i]->tier > done &&
			    (tier == 0 || camp->contracts[i]->tier < tier))
				tier = camp->contracts[i]->tier;
		if (tier == 0)
			return 0;
		done = tier;
		steps->answer(au, tier, steps->ctx);
		if (steps->rank(au, tier, &listed, steps->ctx, e) != 0)
			return -1;
		if (listed > 0)
			break;
	}
	for (size_t i = 0; i < camp->n_contracts; i++)
		if (au->decisions[i].code == REASON_NONE) {
			au->decisions[i].code = REASON_TIER_NOT_REACHED;
			au->decisions[i].rule = RULE_TIER;
		}
	return 0;
}

static void ask_live(struct auction *au, int tier, void *deadline_us)
{
	auction_fanout(au, tier, *(const int64_t *)deadline_us);
}

static int rank_live(struct auction *au, int tier, size_t *listed_out, void *deadline_us, struct err *e)
{
	(void)deadline_us;
	return exchange_rank_tier(au, tier, listed_out, e);
}

static int auction_run(struct auction *au, int64_t until_us, struct err *e)
{
	int64_t deadline_us = au->ask->start_us + (int64_t)au->campaign->ping_timeout_ms * 1000;
	struct auction_steps live = { ask_live, rank_live, &deadline_us };

	if (until_us != 0 && until_us < deadline_us)
		deadline_us = until_us;
	if (exchange_tiers(au, &live, e) != 0)
		return -1;
	au->status = au->n_offers > 0 ? PING_MATCHED : PING_UNMATCHED;
	return 0;
}

static struct str json_text_of(struct arena *a, const struct value *v)
{
	struct buf b;

	if (v == NULL || v->type != VALUE_OBJECT || v->n == 0)
		return STR("{}");
	buf_in(&b, a, ROW_TEXT_MAX);
	json_write(&b, v);
	return buf_str(&b);
}

int exchange_keep(struct auction *au, struct err *e)
{
	const struct ask *ask = au->ask;
	struct value clear, pii, for_ping = exchange_lead_for_ping(au->arena, au->campaign->vertical, &au->lead);
	struct ping_row row;
	struct personal personal;
	struct lead_key key = { 0 };

	lead_split(au->arena, au->campaign->vertical, &for_ping, &clear, &pii);
	row = (struct ping_row){
		.id = au->ping_id, .lead_id = au->lead_id, .seller_id = ask->seller->id, .campaign_id = ask->campaign->id,
		.version = ask->snapshot->catalog->version, .sandbox = ask->sandbox, .status = au->status, .score = au->score,
		.created_at = ask->wall_us, .expires_at = au->expires_at, .ms = (int)((clock_mono_us() - ask->start_us) / 1000),
		.min_price = ask->min_price, .max_sales = au->max_sales,
		.sub1 = exchange_column_text(value_get_text(&ask->source, STR("sub1"), STR("")), SUB_MAX),
		.sub2 = exchange_column_text(value_get_text(&ask->source, STR("sub2"), STR("")), SUB_MAX),
		.lead = json_text_of(au->arena, &clear), .source = json_text_of(au->arena, value_or_null(&ask->source)),
		.bids = offers_write(au->arena, au->offers, au->n_offers + au->n_spare),
		.decisions = decision_pack(au->arena, au->decisions, au->campaign->n_contracts),
	};
	id_parse("clk", value_get_text(&ask->source, STR("click_id"), STR("")), &row.click_id);
	personal = (struct personal){ pii, ask->consent, ask->event, ask->hashes };
	if (!personal_is_empty(&personal)) {
		lead_key_make(au->arena, au->ex->keys, au->lead_id, &key);
		row.lead_key = key.wrapped;
		row.sealed = personal_seal(au->arena, &key, "png", au->ping_id, &personal);
		crypt_wipe(key.key, sizeof(key.key));
	}
	if (writer_keep(au->ex->writer, &row, clock_mono_us() + KEEP_WITHIN_US, e) == 0)
		return 0;
	/* Its id is its own: the writer kept it before its connection broke. */
	return e->kind == ERR_DB_DUPLICATE ? 0 : -1;
}

int exchange_admit(const struct exchange *ex, const struct ask *ask, struct err *e)
{
	struct usage_view *v;
	bool room;

	if (ask->sandbox || ask->seller->n_caps == 0)
		return 0;
	v = usage_take(ex->usage);
	room = usage_seller_has_room(v, ask->seller, ask->wall_us);
	usage_give(v);
	if (room)
		return 0;
	err_set(e, ERR_TOO_MANY, "the seller's cap is reached");
	e->code = "seller_cap";
	return -1;
}

int exchange_ask(const struct exchange *ex, struct arena *a, const struct ask *ask, const struct ask_how *how, struct faults *f,
    struct auction **out, struct err *e)
{
	struct auction *au = arena_new_of(a, struct auction);
	enum step_kind step = how->direct ? STEP_POST : STEP_PING;
	enum reason why;

	*au = (struct auction){ .ex = ex, .arena = a, .ask = ask, .score = -1, .ping_id = id_new(ask->wall_us),
		.campaign = ask->sandbox ? sandbox_campaign(a, ask->campaign, ex->sandbox_url) : ask->campaign };
	au->lead_id = id_is_zero(how->lead_id) ? id_new(ask->wall_us) : how->lead_id;
	au->max_sales = ask->max_sales > 0 && ask->max_sales < au->campaign->routing.max_sales ? ask->max_sales :
	    au->campaign->routing.max_sales;
	au->expires_at = ask->wall_us + (int64_t)au->campaign->bid_ttl_s * 1000000;
	au->facts = record_facts(a, ask);
	if (how->checked != NULL) {
		au->lead = *how->checked;
		au->facts.lead = &au->lead;
	} else if (check_lead(au, step, f, e) != 0) {
		return -1;
	}
	score(au, step);
	if (au->score >= 0)
		au->facts.score = value_int(a, au->score);
	facts_index(a, au->campaign->vertical, &au->facts);
	if (look_up_person(au, e) != 0)
		return -1;
	auction_eligible(au, how->skip);
	au->offers = arena_array_of(a, exchange_open_in(au, 0), struct offer);
	why = exchange_screen(au, step);
	if (why != REASON_NONE)
		exchange_reject(au, why);
	else if (auction_run(au, how->deadline_us, e) != 0)
		return -1;
	if (exchange_keep(au, e) != 0)
		return -1;
	count_auction(au);
	*out = au;
	return 0;
}

int exchange_ping(const struct exchange *ex, struct arena *a, const struct ask *ask, struct faults *f, struct auction **out, struct err *e)
{
	struct ask_how how = { .direct = false };

	if (exchange_admit(ex, ask, e) != 0)
		return -1;
	return exchange_ask(ex, a, ask, &how, f, out, e);
}
