#include "lib/exchange/record.h"

#include "lib/base/clock.h"
#include "lib/exchange/steps.h"
#include "lib/wire/json.h"

static const struct value *or_null(const struct value *v)
{
	return v->type == VALUE_NULL ? NULL : v;
}

void record_local_time(struct arena *a, struct facts *facts, const struct zone *zone, int64_t wall_us)
{
	static const char days[][4] = { "mon", "tue", "wed", "thu", "fri", "sat", "sun" };
	struct zone_time t;

	zone_local(zone, wall_us, &t);
	facts->hour = value_int(a, t.hour);
	facts->weekday = value_text((struct str){ days[t.weekday], 3 });
}

static void fill_facts(struct arena *a, const struct ping_row *row, struct str seller, struct record *r)
{
	int64_t created;

	r->facts = (struct facts){ .lead = &r->lead, .source = or_null(&r->source), .consent = or_null(&r->consent), .event = or_null(&r->event),
		.hashes = or_null(&r->hashes), .seller = value_text(seller) };
	if (row->score >= 0)
		r->facts.score = value_int(a, row->score);
	if (clock_parse_rfc3339(value_get_text(r->facts.event, STR("created_at"), STR("")), &created) && created <= row->created_at)
		r->facts.lead_age_s = value_int(a, (row->created_at - created) / 1000000);
}

int record_open(struct arena *a, const struct keyring *keys, const struct ping_row *row, const struct campaign *campaign, struct str seller,
    struct record *out, struct err *e)
{
	struct personal personal = { 0 };
	struct lead_key key;
	struct value clear;

	*out = (struct record){ .row = row };
	if (json_parse(a, row->lead, JSON_DEPTH_CONFIG, &clear, e) != 0 || json_parse(a, row->source, JSON_DEPTH_CONFIG, &out->source, e) != 0 ||
	    decision_unpack(a, row->decisions, &out->decisions, &out->n_decisions, e) != 0 ||
	    offers_read_all(a, row->bids, &out->offers, &out->n_offers, &out->n_spare, e) != 0)
		return -1;
	if (row->sealed.p != NULL) {
		out->incomplete = row->lead_key.p == NULL || lead_key_open(a, keys, row->lead_id, row->lead_key, &key, e) != 0 ||
		    personal_open(a, &key, "png", row->id, row->sealed, &personal, e) != 0;
		crypt_wipe(key.key, sizeof(key.key));
	}
	out->lead = campaign != NULL ? lead_join(a, campaign->vertical, &clear, &personal.lead) : clear;
	out->consent = personal.consent;
	out->event = personal.event;
	out->hashes = personal.hashes;
	fill_facts(a, row, seller, out);
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
