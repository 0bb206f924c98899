#include "lib/exchange/record.h"

#include "lib/base/clock.h"
#include "lib/exchange/steps.h"
#include "lib/wire/json.h"

void record_local_time(struct arena *a, struct facts *facts, const struct zone *zone, int64_t wall_us)
{
	static const char days[][4] = { "mon", "tue", "wed", "thu", "fri", "sat", "sun" };
	struct zone_time t;

	zone_local(zone, wall_us, &t);
	facts->hour = value_int(a, t.hour);
	facts->weekday = value_text((struct str){ days[t.weekday], 3 });
}

struct facts record_facts(struct arena *a, const struct ask *ask)
{
	struct facts f = { .source = value_or_null(&ask->source), .consent = value_or_null(&ask->consent), .event = value_or_null(&ask->event),
		.hashes = value_or_null(&ask->hashes), .seller = value_text(ask->seller != NULL ? ask->seller->key : STR("")) };
	int64_t created;

	if (clock_parse_rfc3339(value_get_text(f.event, STR("created_at"), STR("")), &created) && created <= ask->wall_us)
		f.lead_age_s = value_int(a, (ask->wall_us - created) / 1000000);
	return f;
}

int record_open(struct arena *a, const struct keyring *keys, const struct ping_row *row, const struct campaign *campaign, const struct seller *seller,
    struct record *out, struct err *e)
{
	struct personal personal = { 0 };
	struct lead_key key;
	struct value clear;

	*out = (struct record){ .row = row, .ask = { .seller = seller, .min_price = row->min_price, .max_sales = row->max_sales, .wall_us = row->created_at } };
	if (json_parse(a, row->lead, JSON_DEPTH_CONFIG, &clear, e) != 0 || json_parse(a, row->source, JSON_DEPTH_CONFIG, &out->ask.source, e) != 0 ||
	    decision_unpack(a, row->decisions, &out->decisions, &out->n_decisions, e) != 0 ||
	    offers_read_all(a, row->bids, &out->offers, &out->n_offers, &out->n_spare, e) != 0)
		return -1;
	if (row->sealed.p != NULL) {
		out->incomplete = row->lead_key.p == NULL || lead_key_open(a, keys, row->lead_id, row->lead_key, &key, e) != 0 ||
		    personal_open(a, &key, "png", row->id, row->sealed, &personal, e) != 0;
		crypt_wipe(key.key, sizeof(key.key));
	}
	out->lead = campaign != NULL ? lead_join(a, campaign->vertical, &clear, &personal.lead) : clear;
	out->ask.consent = personal.consent;
	out->ask.event = personal.event;
	out->ask.hashes = personal.hashes;
	out->facts = record_facts(a, &out->ask);
	out->facts.lead = &out->lead;
	if (row->score >= 0)
		out->facts.score = value_int(a, row->score);
	return 0;
}

int record_complete(struct arena *a, const struct keyring *keys, const struct campaign *campaign, struct id lead_id, struct str lead,
    struct str lead_key, struct str sealed, struct record *r, struct err *e)
{
	struct personal personal = { 0 };
	struct lead_key key;
	struct value clear;

	if (json_parse(a, lead, JSON_DEPTH_CONFIG, &clear, e) != 0)
		return -1;
	if (sealed.p != NULL) {
		r->incomplete |= lead_key.p == NULL || lead_key_open(a, keys, lead_id, lead_key, &key, e) != 0 ||
		    personal_open(a, &key, "led", lead_id, sealed, &personal, e) != 0;
		crypt_wipe(key.key, sizeof(key.key));
	}
	r->lead = lead_join(a, campaign->vertical, &clear, &personal.lead);
	return 0;
}
