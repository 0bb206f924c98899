#include "fcgi-app/api/intake.h"

#include "lib/lead/intake.h"
#include "lib/lead/members.h"
#include "lib/wire/json.h"
#include "lib/wire/xml.h"

enum { BIDS_MAX = 20, SALES_MAX = 20 };

static const struct member_rule ping_rules[] = {
	{ "campaign", MEMBER_TEXT, .required = true, .max = 64 },
	{ "lead", MEMBER_OBJECT, .required = true },
	{ "min_price", MEMBER_MONEY },
	{ "max_sales", MEMBER_INT, .min = 1, .max = SALES_MAX },
	{ "source", MEMBER_OBJECT },
	{ "consent", MEMBER_OBJECT },
	{ "event", MEMBER_OBJECT },
	{ "hashes", MEMBER_OBJECT },
};
static const struct member_rule post_rules[] = {
	{ "ping_id", MEMBER_TEXT, .required = true, .max = 64 },
	{ "bid_ids", MEMBER_TEXTS, .max = BIDS_MAX },
	{ "lead", MEMBER_OBJECT, .required = true },
	{ "min_price", MEMBER_MONEY },
	{ "source", MEMBER_OBJECT },
	{ "consent", MEMBER_OBJECT },
	{ "event", MEMBER_OBJECT },
	{ "hashes", MEMBER_OBJECT },
	{ "reping", MEMBER_BOOL },
};
/* Forms and XML say everything in texts: a text that spells the type a rule asks for becomes it. */
static void spell(struct value *object, const struct member_rule *rules, size_t n)
{
	for (size_t i = 0; i < object->n; i++)
		for (size_t k = 0; k < n; k++) {
			struct value *v = &object->members[i].value;
			int64_t whole;

			if (v->type != VALUE_TEXT || !str_is(object->members[i].name, rules[k].name))
				continue;
			if (rules[k].type == MEMBER_BOOL && (str_is(v->text, "true") || str_is(v->text, "1")))
				*v = value_bool(true);
			else if (rules[k].type == MEMBER_BOOL && (str_is(v->text, "false") || str_is(v->text, "0")))
				*v = value_bool(false);
			else if (rules[k].type == MEMBER_INT && str_to_i64(v->text, &whole))
				*v = value_number(v->text);
		}
}

static int decode(const struct req *q, struct value *out, bool *lenient, struct err *e)
{
	struct form form;

	*lenient = true;
	if (str_is(q->content_type, "application/x-www-form-urlencoded")) {
		if (form_parse(q->arena, q->body, &form, e) != 0)
			return -1;
		if (form.repaired)
			return err_set(e, ERR_MALFORMED, "form: the text is not UTF-8");
		return form_to_value(q->arena, &form, out, e);
	}
	if (str_is(q->content_type, "application/xml") || str_is(q->content_type, "text/xml"))
		return xml_to_value(q->arena, q->body, "request", out, e);
	*lenient = false;
	if (q->content_type.n > 0 && !str_is(q->content_type, "application/json"))
		return err_set(e, ERR_MEDIA, "the body is application/json, application/x-www-form-urlencoded or application/xml");
	return json_parse(q->arena, q->body, JSON_DEPTH_REQUEST, out, e);
}

static void read_parts(struct arena *a, const struct value *doc, struct ask *ask, struct faults *f)
{
	struct value *const to[INTAKE__N] = { [INTAKE_SOURCE] = &ask->source, [INTAKE_CONSENT] = &ask->consent, [INTAKE_EVENT] = &ask->event,
		[INTAKE_HASHES] = &ask->hashes };

	for (int part = 0; part < INTAKE__N; part++) {
		struct str name = str_of(intake_part_name((enum intake_part)part));
		struct path at = path_member(PATH_ROOT, name);
		const struct value *raw = members_object(doc, name.p);

		if (raw != NULL)
			intake_check(a, (enum intake_part)part, ask->lenient, raw, &at, f, to[part]);
	}
}

static const struct campaign *campaign_for(const struct seller *seller, const struct catalog *catalog, struct str key)
{
	for (size_t i = 0; i < seller->n_campaigns; i++)
		if (str_eq(seller->campaigns[i], key))
			return map_get(catalog->by_campaign, key);
	return NULL;
}

static int read_campaign(const struct caller *caller, const struct value *doc, struct ask *ask, struct faults *f, struct err *e)
{
	struct path at = path_member(PATH_ROOT, STR("campaign"));
	struct str key = members_text(doc, "campaign", STR(""));

	if (key.n == 0)
		return 0;
	ask->campaign = campaign_for(caller->seller, caller->snapshot->catalog, key);
	if (ask->campaign == NULL) {
		fault_add(f, &at, "invalid_field", "is not a campaign of this seller");
		return 0;
	}
	if (ask->campaign->status != STATUS_ACTIVE) {
		err_set(e, ERR_FORBIDDEN, "the campaign is not active");
		e->code = "campaign_inactive";
		return -1;
	}
	return 0;
}

static void read_post(struct arena *a, const struct value *doc, struct post *out, struct faults *f)
{
	struct path at = path_member(PATH_ROOT, STR("ping_id")), list = path_member(PATH_ROOT, STR("bid_ids"));
	struct str ping = members_text(doc, "ping_id", STR(""));
	struct str *bids = members_texts(a, doc, "bid_ids", &out->n_bid_ids);

	if (ping.n > 0 && !id_parse("png", ping, &out->ping_id))
		fault_add(f, &at, "invalid_field", "is a ping's id: png_ and 26 characters");
	out->bid_ids = arena_array_of(a, out->n_bid_ids, struct id);
	for (size_t i = 0; i < out->n_bid_ids; i++) {
		struct path one = path_index(&list, i);

		if (!id_parse("bid", bids[i], &out->bid_ids[i]))
			fault_add(f, &one, "invalid_field", "is a bid's id: bid_ and 26 characters");
		for (size_t k = 0; k < i; k++)
			if (id_eq(out->bid_ids[k], out->bid_ids[i]))
				fault_add(f, &one, "invalid_field", "names a bid twice");
	}
	out->reping = members_bool(doc, "reping", false);
}

int intake_read(const struct req *q, enum intake_kind kind, struct post *out, struct faults *f, struct err *e)
{
	const struct member_rule *rules = kind == INTAKE_POST ? post_rules : ping_rules;
	size_t n = kind == INTAKE_POST ? MEMBERS_N(post_rules) : MEMBERS_N(ping_rules);
	const struct caller *caller = q->caller;
	const struct value *lead;
	struct value doc;

	*out = (struct post){ .direct = kind == INTAKE_LEAD, .ask = { .snapshot = caller->snapshot, .seller = caller->seller,
		.sandbox = caller->sandbox, .start_us = q->start_us, .wall_us = q->wall_us,
		.traceparent = q->traceparent } };
	if (caller->seller == NULL)
		return err_set(e, ERR_FORBIDDEN, "a seller's key is needed");
	if (caller->seller->status != STATUS_ACTIVE) {
		err_set(e, ERR_FORBIDDEN, "the seller is paused");
		e->code = "seller_paused";
		return -1;
	}
	if (decode(q, &doc, &out->ask.lenient, e) != 0)
		return -1;
	if (doc.type != VALUE_OBJECT)
		return err_set(e, ERR_MALFORMED, "the body is an object");
	if (out->ask.lenient)
		spell(&doc, rules, n);
	members_check(&doc, rules, n, PATH_ROOT, f);
	read_parts(q->arena, &doc, &out->ask, f);
	out->ask.min_price = members_money(&doc, "min_price", 0);
	out->ask.max_sales = (int)members_int(&doc, "max_sales", 0);
	lead = members_object(&doc, "lead");
	if (lead != NULL)
		out->ask.lead = *lead;
	if (kind == INTAKE_POST)
		read_post(q->arena, &doc, out, f);
	else if (read_campaign(caller, &doc, &out->ask, f, e) != 0)
		return -1;
	if (f->n > 0) {
		intake_check_lead(q->arena, kind, out, f);
		return err_set(e, ERR_INVALID, "the request has faults");
	}
	return 0;
}

void intake_check_lead(struct arena *a, enum intake_kind kind, const struct post *post, struct faults *f)
{
	struct path at = path_member(PATH_ROOT, STR("lead"));
	struct facts facts = { 0 };
	struct lead_input in = { .step = kind == INTAKE_PING ? STEP_PING : STEP_POST, .lenient = post->ask.lenient, .raw = &post->ask.lead,
		.facts = &facts };
	struct value checked;

	if (post->ask.campaign == NULL || post->ask.lead.type != VALUE_OBJECT)
		return;
	in.vertical = post->ask.campaign->vertical;
	lead_check(a, &in, &at, f, &checked);
}
