/*
 * json: a form for a site that draws it itself: what it asks for, and the lead that the site's script sends.
 */
#include "fcgi-app/form/form.h"
#include "fcgi-app/form/words.h"
#include "fcgi-app/once.h"
#include "lib/lead/intake.h"
#include "lib/lead/lead.h"
#include "lib/lead/members.h"
#include "lib/wire/json.h"

static const struct member_rule rules[] = {
	{ "lead", MEMBER_OBJECT, .required = true },
	{ "consent", MEMBER_OBJECT, .required = true },
	{ "source", MEMBER_OBJECT },
	{ "event", MEMBER_OBJECT },
	{ "visit", MEMBER_TEXT, .max = 2 * VISIT_MAX },
	{ "website", MEMBER_TEXT, .max = 255 },
};

static void write_input(struct arena *a, struct json_out *j, const struct input *in)
{
	json_open(j, NULL, '{');
	json_text(j, "name", in->name);
	json_text(j, "label", in->label);
	json_cstr(j, "type", in->field != NULL ? field_type_name(in->field->type) : "text");
	json_bool(j, "required", in->needed);
	if (in->field != NULL && in->field->type == FIELD_CHOICE) {
		json_open(j, "choices", '[');
		for (size_t i = 0; i < in->field->values.n; i++) {
			json_open(j, NULL, '{');
			json_text(j, "value", in->field->values.items[i].text);
			json_text(j, "label", words_choice(a, in->field->values.items[i].text));
			json_close(j, '}');
		}
		json_close(j, ']');
	}
	json_close(j, '}');
}

static void write_steps(const struct walk *w, struct json_out *j)
{
	json_open(j, "steps", '[');
	for (size_t step = 0; step < w->form->n_steps; step++) {
		json_open(j, NULL, '{');
		json_text(j, "title", w->form->steps[step].title);
		json_open(j, "inputs", '[');
		for (size_t i = 0; i < w->inputs.n; i++)
			if (w->inputs.list[i].step == step && w->inputs.list[i].kind == INPUT_FIELD)
				write_input(w->q->arena, j, &w->inputs.list[i]);
		json_close(j, ']');
		json_close(j, '}');
	}
	json_close(j, ']');
}

int form_describe(struct walk *w, struct resp *r, struct err *e)
{
	struct json_out j = json_out(&r->body);
	struct str visit;

	w->visit.shown_s = w->q->wall_us / 1000000;
	w->visit.consent = form_consent_version(w->q->arena, w->form);
	if (visit_sign(w->q->arena, &w->app->keys, w->form->key, &w->visit, &visit, e) != 0)
		return -1;
	r->status = 200;
	r->content_type = STR("application/json");
	resp_set_header(r, "Cache-Control", STR("no-store"));
	json_open(&j, NULL, '{');
	json_text(&j, "form", w->form->key);
	json_text(&j, "name", w->form->campaign->vertical->name);
	write_steps(w, &j);
	json_open(&j, "consent", '{');
	json_text(&j, "text", w->form->consent_text);
	json_text(&j, "text_sha256", w->visit.consent);
	json_close(&j, '}');
	json_text(&j, "visit", visit);
	json_close(&j, '}');
	return 0;
}

/* What the site says of the consent beside what we know: the version that it showed, and certificates. */
static void read_consent(const struct req *q, const struct form_page *form, const struct value *said, const struct value *checked,
    struct str shown, struct value *out)
{
	static const char *const theirs[] = { "url", "trustedform_cert_url", "trustedform_ping_url", "jornaya_leadid" };
	struct path at = path_member(PATH_ROOT, STR("consent")), tcpa = path_member(&at, STR("tcpa")), version = path_member(&at, STR("text_sha256"));
	struct path words = path_member(&at, STR("text"));
	struct str claimed = value_get_text(checked, STR("text_sha256"), shown), text = value_get_text(checked, STR("text"), form->consent_text);

	if (said != NULL && !members_bool(checked, "tcpa", false))
		fault_add(q->faults, &tcpa, "consent_missing", "must be true: the consumer has to agree to the form's consent text");
	if (claimed.n > 0 && !str_eq_nocase(claimed, form_consent_version(q->arena, form)))
		fault_add(q->faults, &version, "consent_mismatch", "is not the version of the form's consent text that is in force now");
	if (!str_eq(text, form->consent_text))
		fault_add(q->faults, &words, "consent_mismatch", "is not the form's consent text; leave it out, since the form's own is kept");
	for (size_t i = 0; i < sizeof(theirs) / sizeof(theirs[0]); i++) {
		const struct value *v = value_get(checked, str_of(theirs[i]));

		if (v != NULL)
			*out = visit_with(q->arena, out, str_of(theirs[i]), v);
	}
	if (members_bool(checked, "gpc", false)) {
		struct value yes = value_bool(true);

		*out = visit_with(q->arena, out, STR("gpc"), &yes);
	}
}

static void read_visit(struct app *app, const struct req *q, const struct form_page *form, const struct value *doc, struct visit *out)
{
	struct str text = members_text(doc, "visit", STR(""));
	struct path at = path_member(PATH_ROOT, STR("visit"));

	visit_begin(q->wall_us, out);
	if (text.n == 0)
		return;
	switch (visit_read(q->arena, &app->keys, form->key, text, q->wall_us, out)) {
	case VISIT_FORGED:
		fault_add(q->faults, &at, "visit_forged", "is not one that this form gave out");
		return;
	case VISIT_OLD:
		fault_add(q->faults, &at, "visit_old", "is too old: ask for the form again");
		return;
	case VISIT_GOOD:
		if (q->wall_us / 1000000 - out->began_s < FORM_LEAST_S)
			fault_add(q->faults, &at, "too_fast", "began less than %d seconds ago: nobody fills in a form so fast", FORM_LEAST_S);
		return;
	}
}

static struct value read_part(const struct req *q, const struct value *doc, enum intake_part part)
{
	struct str name = str_of(intake_part_name(part));
	struct path at = path_member(PATH_ROOT, name);
	struct value out;

	intake_check(q->arena, part, false, members_object(doc, name.p), &at, q->faults, &out);
	return out;
}

/* Nobody vouches for a form's sender, so that an address that it names is either its own or a wrong piece of evidence. */
static void refuse_address(const struct req *q, enum intake_part part, const struct value *checked)
{
	struct path of = path_member(PATH_ROOT, str_of(intake_part_name(part))), at = path_member(&of, STR("ip"));
	struct str said = value_get_text(checked, STR("ip"), STR(""));
	uint8_t theirs[NETWORK_ADDRESS], ours[NETWORK_ADDRESS];

	if (said.n == 0 || (network_address(said, theirs) && network_address(q->remote_addr, ours) && memcmp(theirs, ours, sizeof(ours)) == 0))
		return;
	fault_add(q->faults, &at, "invalid_field", "is not the address that sends; leave it out, since that one is kept. A server that passes on what its "
	    "visitors sent uses POST /v1/lead, with its seller's key");
}

/* What the script says comes before what the visit began with. */
static struct value over(struct arena *a, struct value under, const struct value *above)
{
	for (size_t i = 0; i < above->n; i++)
		under = visit_with(a, &under, above->members[i].name, &above->members[i].value);
	return under;
}

static int read_order(struct app *app, struct req *q, const struct form_page *form, const struct value *doc, struct visit *visit,
    struct form_order *out, struct err *e)
{
	struct path trap = path_member(PATH_ROOT, STR("website"));
	struct value consent, source, event;
	const struct value *lead;

	members_check(doc, rules, MEMBERS_N(rules), PATH_ROOT, q->faults);
	lead = members_object(doc, "lead");
	consent = read_part(q, doc, INTAKE_CONSENT);
	source = read_part(q, doc, INTAKE_SOURCE);
	event = read_part(q, doc, INTAKE_EVENT);
	refuse_address(q, INTAKE_CONSENT, &consent);
	refuse_address(q, INTAKE_EVENT, &event);
	read_visit(app, q, form, doc, visit);
	*out = (struct form_order){ .lead = lead != NULL ? *lead : value_object(NULL, 0), .source = over(q->arena, visit->source, &source) };
	out->consent = form_sale_consent(app, q, form);
	read_consent(q, form, members_object(doc, "consent"), &consent, visit->consent, &out->consent);
	out->event = over(q->arena, form_sale_event(app, q, form, visit), &event);
	if (members_text(doc, "website", STR("")).n > 0)
		fault_add(q->faults, &trap, "invalid_field", "must be empty: it is there to catch programs");
	return q->faults->n == 0 ? 0 : err_set(e, ERR_INVALID, "the request has faults");
}

/* The lead's own faults beside the others: one answer has them all. */
static void check_lead_too(const struct req *q, const struct form_page *form, const struct form_order *order)
{
	struct path at = path_member(PATH_ROOT, STR("lead"));
	struct facts facts = { .source = &order->source };
	struct lead_input in = { .vertical = form->campaign->vertical, .step = STEP_POST, .raw = &order->lead, .facts = &facts };
	struct value checked;

	lead_check(q->arena, &in, &at, q->faults, &checked);
}

static const char *status_name(enum lead_state s)
{
	return s == LEAD_SOLD ? "sold" : s == LEAD_UNSOLD ? "unsold" : s == LEAD_REJECTED ? "rejected" : "pending";
}

static void answer(const struct req *q, struct resp *r, const struct form_page *form, const struct form_sold *sold)
{
	const struct lead_view *v = sold->lead;
	struct str next = form_sale_next(form, v);
	struct json_out j = json_out(&r->body);

	r->status = 201;
	r->content_type = STR("application/json");
	r->log_ref = id_text(q->arena, "led", v->lead.id);
	if (sold->again)
		resp_set_header(r, "Idempotent-Replayed", STR("true"));
	json_open(&j, NULL, '{');
	json_text(&j, "lead_id", r->log_ref);
	json_cstr(&j, "status", status_name(v->lead.state));
	if (form->thanks_message.n > 0 && form_sale_found(v))
		json_text(&j, "message", form->thanks_message);
	else
		json_nil(&j, "message");
	if (next.n > 0)
		json_text(&j, "redirect_url", next);
	else
		json_nil(&j, "redirect_url");
	json_text(&j, "request_id", q->request_id);
	json_close(&j, '}');
}

int form_send_json(struct app *app, struct req *q, struct resp *r, const struct form_page *form, struct err *e)
{
	struct form_order order;
	struct form_sold sold;
	struct visit visit;
	struct value doc;
	struct str key;

	if (once_key(q, &key, e) != 0 || json_parse(q->arena, q->body, JSON_DEPTH_REQUEST, &doc, e) != 0)
		return -1;
	if (doc.type != VALUE_OBJECT)
		return err_set(e, ERR_MALFORMED, "the body is an object");
	if (read_order(app, q, form, &doc, &visit, &order, e) != 0) {
		check_lead_too(q, form, &order);
		return -1;
	}
	if (key.n > 0)
		order.once = arena_printf(q->arena, "form:%.*s:%.*s", STR_ARG(form->key), STR_ARG(crypt_sha256_hex(q->arena, key)));
	else if (members_text(&doc, "visit", STR("")).n > 0)
		order.once = arena_printf(q->arena, "form:%.*s:%.*s", STR_ARG(form->key), STR_ARG(id_text(q->arena, "vis", visit.serial)));
	if (key.n > 0)
		once_fingerprint(q, order.fingerprint);
	else
		crypt_sha256(order.once, order.fingerprint);
	if (form_sale_run(app, q, r, form, &order, &sold, e) != 0)
		return -1;
	answer(q, r, form, &sold);
	return 0;
}
