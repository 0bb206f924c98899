#include "lib/catalog/compile.h"
#include "lib/net/net.h"

static void check_seller(struct compile *k, const struct path *at, const struct form_page *out)
{
	struct path here = path_member(at, STR("seller"));

	if (out->seller == NULL || out->campaign == NULL)
		return;
	for (size_t i = 0; i < out->seller->n_campaigns; i++)
		if (str_eq(out->seller->campaigns[i], out->campaign->key))
			return;
	fault_add(k->f, &here, "invalid_field", "the seller does not sell in the campaign \"%.*s\"", STR_ARG(out->campaign->key));
}

static void step_fields(struct compile *k, const struct value *list, const struct path *at, const struct vertical *v,
    struct map *asked)
{
	for (size_t i = 0; i < list->n; i++) {
		struct path here = path_index(at, i);
		struct str name = value_as_text(&list->items[i]);

		if (list->items[i].type != VALUE_TEXT || name.n == 0)
			continue; /* members_check has said so */
		if (vertical_find(v, name, false) == NULL)
			fault_add(k->f, &here, "unknown_reference", "the campaign's vertical has no field \"%.*s\"", STR_ARG(name));
		else if (!map_put(asked, name, asked))
			fault_add(k->f, &here, "duplicate_key", "the form asks for \"%.*s\" already", STR_ARG(name));
	}
}

/* True when the form asks for the field, or for a part of it. */
static bool is_asked(const struct map *asked, struct str field)
{
	struct str name;
	void *value;

	for (void *it = NULL; (it = map_next(asked, it, &name, &value)) != NULL;)
		if (str_starts(name, field) && (name.n == field.n || name.p[field.n] == '.'))
			return true;
	return false;
}

static void warn_unasked(struct compile *k, const struct path *at, const struct vertical *v, const struct map *asked)
{
	for (size_t i = 0; i < v->n_fields; i++)
		if (v->fields[i].need[STEP_POST] == NEED_REQUIRED && !is_asked(asked, v->fields[i].name))
			compile_warn(k, at, "the form does not ask for \"%.*s\", which a lead must have",
			    STR_ARG(v->fields[i].name));
}

static void form_steps_compile(struct compile *k, const struct value *doc, const struct path *at, struct form_page *out)
{
	struct path here = path_member(at, STR("steps"));
	const struct value *list = members_list(doc, "steps");
	const struct vertical *v = out->campaign != NULL ? out->campaign->vertical : NULL;
	struct map *asked = map_new(k->a);

	if (list == NULL)
		return;
	out->n_steps = list->n;
	out->steps = arena_array_of(k->a, list->n, struct form_step);
	for (size_t i = 0; i < list->n; i++) {
		struct path entry = path_index(&here, i);
		struct path fields = path_member(&entry, STR("fields"));
		const struct value *names = members_list(&list->items[i], "fields");

		out->steps[i].title = members_text(&list->items[i], "title", STR(""));
		out->steps[i].fields = members_texts(k->a, &list->items[i], "fields", &out->steps[i].n_fields);
		if (names != NULL && v != NULL)
			step_fields(k, names, &fields, v, asked);
	}
	if (v != NULL)
		warn_unasked(k, &here, v, asked);
}

/* scheme://host[:port] and nothing else: what a browser sends as Origin. */
static bool is_origin(struct str s)
{
	struct str host = s;
	const char *why;

	if (str_starts(s, STR("https://")))
		host = (struct str){ s.p + 8, s.n - 8 };
	else if (str_starts(s, STR("http://")))
		host = (struct str){ s.p + 7, s.n - 7 };
	else
		return false;
	for (size_t i = 0; i < host.n; i++)
		if (strchr("/?#", host.p[i]) != NULL || (host.p[i] >= 'A' && host.p[i] <= 'Z'))
			return false;
	return net_url_wellformed(s, &why);
}

static void origins_compile(struct compile *k, const struct value *doc, const struct path *at, struct form_page *out)
{
	struct path here = path_member(at, STR("origins"));
	const struct value *list = members_list(doc, "origins");

	out->origins = members_texts(k->a, doc, "origins", &out->n_origins);
	for (size_t i = 0; list != NULL && i < list->n; i++) {
		struct path entry = path_index(&here, i);

		if (list->items[i].type == VALUE_TEXT && list->items[i].text.n > 0 && !is_origin(list->items[i].text))
			fault_add(k->f, &entry, "invalid_field", "must be an origin such as https://www.example.com");
	}
}

static void thanks_compile(struct compile *k, const struct value *doc, const struct path *at, struct form_page *out)
{
	struct path here = path_member(at, STR("thanks"));
	const struct value *thanks = members_object(doc, "thanks");

	out->thanks_message = members_text(thanks, "message", STR(""));
	out->thanks_url = compile_url(k, thanks, "redirect_url", &here);
	if (out->thanks_message.n > 0 && out->thanks_url.n > 0)
		fault_add(k->f, &here, "invalid_field", "has a message or a redirect_url, not both");
}

/* #rgb or #rrggbb. */
static void theme_compile(struct compile *k, const struct value *doc, const struct path *at, struct form_page *out)
{
	struct path here = path_member(at, STR("theme"));
	struct path accent = path_member(&here, STR("accent"));
	struct str s = members_text(members_object(doc, "theme"), "accent", STR(""));
	bool good = (s.n == 4 || s.n == 7) && s.p[0] == '#';

	for (size_t i = 1; good && i < s.n; i++)
		good = strchr("0123456789abcdefABCDEF", s.p[i]) != NULL && s.p[i] != '\0';
	if (!good && members_get(members_object(doc, "theme"), "accent") != NULL)
		fault_add(k->f, &accent, "invalid_field", "must be a colour such as #0a7 or #00aa77");
	out->accent = good ? s : STR("");
}

/* Certificates are made by scripts of others, and the form's pages run none. */
static void warn_certificates(struct compile *k, const struct path *at, const struct campaign *c)
{
	struct path here = path_member(at, STR("campaign"));

	if (c != NULL && (c->consent.trustedform || c->consent.jornaya))
		compile_warn(k, &here, "requires a consent certificate, which only leads that a site's own script sends to the form can have");
}

static void form_page_compile(struct compile *k, const struct value *doc, const struct path *at, struct form_page *out)
{
	out->key = compile_key(k, doc, at, k->catalog->by_form, out);
	out->campaign = compile_reference(k, doc, "campaign", at, k->catalog->by_campaign);
	out->seller = compile_reference(k, doc, "seller", at, k->catalog->by_seller);
	check_seller(k, at, out);
	warn_certificates(k, at, out->campaign);
	form_steps_compile(k, doc, at, out);
	out->consent_text = members_text(doc, "consent_text", STR(""));
	thanks_compile(k, doc, at, out);
	origins_compile(k, doc, at, out);
	theme_compile(k, doc, at, out);
}

void form_pages_compile(struct compile *k)
{
	const struct value *doc = compile_section(k, "forms");
	struct path at = path_member(PATH_ROOT, STR("forms"));
	struct catalog *c = k->catalog;

	c->n_forms = doc->n;
	c->forms = arena_array_of(k->a, doc->n, struct form_page);
	for (size_t i = 0; i < doc->n; i++) {
		struct path here = path_index(&at, i);

		form_page_compile(k, &doc->items[i], &here, &c->forms[i]);
	}
}
