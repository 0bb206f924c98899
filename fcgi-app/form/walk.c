/*
 * walk: a visit against its form: the lead that it makes, its faults, and the page that shows a step.
 */
#include "fcgi-app/form/form.h"

#include "fcgi-app/form/words.h"
#include "lib/lead/lead.h"
#include "lib/web/page.h"

enum { RADIOS_MAX = 4, AREA_FROM = 300 };

static void check_into(struct walk *w, struct faults *f, struct value *checked)
{
	struct path at = path_member(PATH_ROOT, STR("lead"));
	struct facts facts = { .source = &w->visit.source, .seller = value_text(w->form->seller->key) };
	struct lead_input in = { .vertical = w->form->campaign->vertical, .step = STEP_POST, .lenient = true, .raw = &w->raw, .facts = &facts };

	faults_init(f, w->q->arena);
	lead_check(w->q->arena, &in, &at, f, checked);
}

/* "/lead/drivers/0/birth_date": "drivers.0.birth_date". */
static struct str name_of(struct arena *a, struct str pointer)
{
	struct str name = str_starts(pointer, STR("/lead/")) ? (struct str){ pointer.p + 6, pointer.n - 6 } : STR("");
	char *p = arena_copy(a, name.p, name.n);

	for (size_t i = 0; i < name.n; i++)
		if (p[i] == '/')
			p[i] = '.';
	return (struct str){ p, name.n };
}

void walk_check(struct walk *w)
{
	const struct vertical *vertical = w->form->campaign->vertical;
	struct arena *a = w->q->arena;
	struct value checked;

	/* What was answered decides what else is asked, so the list is made twice. */
	inputs_list(a, w->form, &w->visit, NULL, &w->inputs);
	w->raw = inputs_lead(a, vertical, &w->inputs, &w->visit.values);
	check_into(w, &w->faults, &checked);
	inputs_list(a, w->form, &w->visit, &checked, &w->inputs);
	w->raw = inputs_lead(a, vertical, &w->inputs, &w->visit.values);
	check_into(w, &w->faults, &checked);
	for (size_t i = 0; i < w->faults.n; i++)
		w->at[i] = inputs_at(&w->inputs, name_of(a, w->faults.list[i].pointer));
}

size_t walk_faulty(const struct walk *w, size_t last)
{
	size_t first = SIZE_MAX;

	for (size_t i = 0; i < w->faults.n; i++)
		if (w->at[i] != NULL && w->at[i]->step <= last && w->at[i]->step < first)
			first = w->at[i]->step;
	return first;
}

bool walk_is_hopeless(const struct walk *w)
{
	for (size_t i = 0; i < w->faults.n; i++)
		if (w->at[i] == NULL)
			return true;
	return false;
}

bool walk_has_inputs(const struct walk *w, size_t step)
{
	for (size_t i = 0; i < w->inputs.n; i++)
		if (w->inputs.list[i].step == step && w->inputs.list[i].kind == INPUT_FIELD)
			return true;
	return false;
}

/* The page's values, built up. */
struct page {
	struct arena *a;
	const struct walk *w;
	struct value root, rows, faults;
	bool flawed;             /* faults are to be shown */
	const struct input *begin; /* the page begins with it; NULL: with its start */
};

static struct str id_of(struct arena *a, struct str name)
{
	return arena_printf(a, "lead.%.*s", STR_ARG(name));
}

/* The entry that an input stands in, or an empty text. */
static struct str entry_of(const struct walk *w, const struct input *in)
{
	struct str entry = STR("");

	for (const struct input *i = w->inputs.list; i < in; i++)
		if (i->kind == INPUT_OPEN && str_starts(in->name, i->name) && in->name.n > i->name.n && in->name.p[i->name.n] == '.')
			entry = i->label;
	return entry;
}

/* The first fault of an input, in words; n 0: none. */
static struct str fault_of(const struct page *p, const struct input *in)
{
	struct words_about about = { .label = in->label, .entry = entry_of(p->w, in), .field = in->field };

	for (size_t i = 0; p->flawed && i < p->w->faults.n; i++)
		if (p->w->at[i] == in)
			return words_fault(p->a, &about, &p->w->faults.list[i]);
	return STR("");
}

static void list_fault(struct page *p, struct str id, struct str text)
{
	struct value *row = page_add(p->a, &p->faults);

	page_set(p->a, row, "id", value_text(id));
	page_set(p->a, row, "text", value_text(text));
}

static void add_option(struct page *p, struct value *options, const struct input *in, struct str value, struct str label, struct str typed)
{
	struct value *o = page_add(p->a, options);

	page_set(p->a, o, "id", value_text(options->n == 1 ? id_of(p->a, in->name) :
	    arena_printf(p->a, "lead.%.*s.%zu", STR_ARG(in->name), options->n - 1)));
	page_set(p->a, o, "name", value_text(id_of(p->a, in->name)));
	page_set(p->a, o, "value", value_text(value));
	page_set(p->a, o, "label", value_text(label));
	page_set(p->a, o, "chosen", value_bool(str_eq_nocase(value, typed)));
	page_set(p->a, o, "focus", value_bool(in == p->begin && options->n == 1));
}

static const char *input_type(const struct field *f)
{
	switch (f != NULL ? f->type : FIELD_TEXT) {
	case FIELD_EMAIL: return "email";
	case FIELD_PHONE: return "tel";
	case FIELD_URL: return "url";
	case FIELD_DATE: return "date";
	default: return "text";
	}
}

static const char *input_mode(const struct field *f)
{
	switch (f != NULL ? f->type : FIELD_TEXT) {
	case FIELD_ZIP:
	case FIELD_INTEGER:
	case FIELD_SSN:
	case FIELD_ABA:
	case FIELD_BANK_ACCOUNT: return "numeric";
	case FIELD_DECIMAL:
	case FIELD_MONEY: return "decimal";
	case FIELD_EMAIL: return "email";
	case FIELD_PHONE: return "tel";
	case FIELD_URL: return "url";
	default: return NULL;
	}
}

static struct str last_name(struct str dotted)
{
	const char *dot = dotted.n > 0 ? memrchr(dotted.p, '.', dotted.n) : NULL;

	return dot != NULL ? (struct str){ dot + 1, dotted.n - (size_t)(dot + 1 - dotted.p) } : dotted;
}

/* Only the first of several people is likely to be the one whose browser it is. */
static bool is_the_visitor(struct str name)
{
	struct str step;
	int64_t i;

	while (str_split(&name, '.', &step))
		if (str_to_i64(step, &i) && i > 0)
			return false;
	return true;
}

static void set_plain(struct page *p, struct value *v, const struct input *in, struct str typed)
{
	struct str autocomplete = is_the_visitor(in->name) ? words_autocomplete(last_name(in->name), in->field) : STR("off");
	const char *mode = input_mode(in->field);

	page_set(p->a, v, "type", value_text(str_of(input_type(in->field))));
	page_set(p->a, v, "value", value_text(typed));
	if (mode != NULL)
		page_set(p->a, v, "mode", value_text(str_of(mode)));
	if (autocomplete.n > 0)
		page_set(p->a, v, "autocomplete", value_text(autocomplete));
}

static bool is_yes(struct str typed)
{
	return str_eq_nocase(typed, STR("yes")) || str_eq_nocase(typed, STR("true")) || str_is(typed, "1");
}

static const char *set_choices(struct page *p, struct value *v, const struct input *in, struct str typed)
{
	struct value options = page_list();
	bool radios = in->field->type == FIELD_BOOLEAN || in->field->values.n <= RADIOS_MAX;

	if (in->field->type == FIELD_BOOLEAN) {
		if (typed.n > 0)
			typed = is_yes(typed) ? STR("yes") : STR("no");
		add_option(p, &options, in, STR("yes"), STR("Yes"), typed);
		add_option(p, &options, in, STR("no"), STR("No"), typed);
	}
	for (size_t i = 0; i < in->field->values.n; i++)
		add_option(p, &options, in, in->field->values.items[i].text, words_choice(p->a, in->field->values.items[i].text), typed);
	page_set(p->a, v, "options", options);
	return radios ? "radios" : "select";
}

static void add_field(struct page *p, const struct input *in)
{
	const struct field *f = in->field;
	struct str typed = value_get_text(&p->w->visit.values, in->name, STR("")), fault = fault_of(p, in), id = id_of(p->a, in->name);
	struct value v = page_object(), *row;
	const char *kind;

	page_set(p->a, &v, "id", value_text(id));
	page_set(p->a, &v, "name", value_text(id));
	page_set(p->a, &v, "label", value_text(in->label));
	page_set(p->a, &v, "needed", value_bool(in->needed));
	page_set(p->a, &v, "note", value_text(in->needed ? STR("") : in->conditional ? STR("(if it applies)") : STR("(optional)")));
	page_set(p->a, &v, "focus", value_bool(in == p->begin));
	if (fault.n > 0) {
		page_set(p->a, &v, "fault", value_text(fault));
		list_fault(p, id, fault);
	}
	if (f != NULL && (f->type == FIELD_CHOICE || f->type == FIELD_BOOLEAN)) {
		kind = set_choices(p, &v, in, typed);
	} else {
		set_plain(p, &v, in, typed);
		kind = f != NULL && f->type == FIELD_TEXT && f->max >= AREA_FROM ? "area" : "plain";
	}
	row = page_add(p->a, &p->rows);
	page_set(p->a, row, kind, v);
}

static void add_row(struct page *p, const struct input *in)
{
	struct value v = page_object(), *row;

	if (in->kind == INPUT_FIELD) {
		add_field(p, in);
		return;
	}
	page_set(p->a, &v, "name", value_text(in->name));
	page_set(p->a, &v, "label", value_text(in->label));
	page_set(p->a, &v, "may_go", value_bool(in->may_go));
	row = page_add(p->a, &p->rows);
	page_set(p->a, row, in->kind == INPUT_OPEN ? "open" : in->kind == INPUT_CLOSE ? "close" : "more", v);
}

static void add_consent(struct page *p)
{
	struct value v = page_object();
	struct str fault = STR("Tick the box to agree, or the form can't be sent.");

	page_set(p->a, &v, "text", value_text(p->w->form->consent_text));
	if (p->w->no_consent) {
		page_set(p->a, &v, "fault", value_text(fault));
		list_fault(p, STR("consent"), fault);
	}
	page_set(p->a, &p->root, "consent", v);
}

static void add_trap(struct page *p)
{
	struct value v = page_object();
	struct str fault = STR("Leave the field “Website” empty: it is there to catch programs.");

	page_set(p->a, &v, "shown", value_bool(p->w->trapped));
	if (p->w->trapped) {
		page_set(p->a, &v, "fault", value_text(fault));
		list_fault(p, STR("website"), fault);
	}
	page_set(p->a, &p->root, "trap", v);
}

static bool may_redirect(const struct form_page *form)
{
	bool may = form->thanks_url.n > 0;

	for (size_t i = 0; !may && i < form->campaign->n_contracts; i++)
		may = step_redirects(form->campaign->contracts[i]->post);
	return may;
}

static void set_words(struct page *p, struct str state)
{
	const struct form_page *form = p->w->form;
	size_t step = p->w->visit.step, of = 0, number = 0;

	for (size_t i = 0; i < form->n_steps; i++) {
		of += walk_has_inputs(p->w, i) || i + 1 == form->n_steps;
		if (i == step)
			number = of;
	}
	page_set(p->a, &p->root, "title", value_text(form->steps[step].title));
	page_set(p->a, &p->root, "name", value_text(form->campaign->vertical->name));
	page_set(p->a, &p->root, "number", value_int(p->a, (int64_t)number));
	page_set(p->a, &p->root, "of", value_int(p->a, (int64_t)of));
	page_set(p->a, &p->root, "many", value_bool(of > 1));
	page_set(p->a, &p->root, "back", value_bool(step > 0));
	page_set(p->a, &p->root, "last", value_bool(step + 1 == form->n_steps));
	page_set(p->a, &p->root, "action", value_text(arena_printf(p->a, "/v1/forms/%.*s", STR_ARG(form->key))));
	page_set(p->a, &p->root, "visit", value_text(state));
	page_set(p->a, &p->root, "embedded", value_bool(p->w->visit.embedded));
	if (form->accent.n > 0)
		page_set(p->a, &p->root, "theme", value_text(arena_printf(p->a, "/f/%.*s/theme.css?%.*s", STR_ARG(form->key),
		    (int)form->accent.n - 1, form->accent.p + 1)));
	if (p->w->notice != NULL)
		page_set(p->a, &p->root, "notice", value_text(str_of(p->w->notice)));
}

int walk_show(struct walk *w, struct resp *r, int status, struct err *e)
{
	struct page p = { .a = w->q->arena, .w = w, .root = page_object(), .rows = page_list(), .faults = page_list(), .flawed = status != 200,
		.begin = inputs_at(&w->inputs, w->begin_at) };
	bool last = w->visit.step + 1 == w->form->n_steps;
	struct page_policy policy = { .scripts = w->visit.embedded, .leads_off = last && may_redirect(w->form), .ancestors = w->form->origins,
		.n_ancestors = w->form->n_origins };
	struct str state;

	w->visit.shown_s = w->q->wall_us / 1000000;
	if (last)
		w->visit.consent = form_consent_version(p.a, w->form);
	if (visit_sign(p.a, &w->app->keys, w->form->key, &w->visit, &state, e) != 0)
		return -1;
	set_words(&p, state);
	for (size_t i = 0; i < w->inputs.n; i++)
		if (w->inputs.list[i].step == w->visit.step)
			add_row(&p, &w->inputs.list[i]);
	if (last)
		add_consent(&p);
	add_trap(&p);
	page_set(p.a, &p.root, "rows", p.rows);
	page_set(p.a, &p.root, "flawed", value_bool(p.faults.n > 0));
	page_set(p.a, &p.root, "faults", p.faults);
	return page_send(w->app->pages, r, status, "form/step", &p.root, &policy, e);
}
