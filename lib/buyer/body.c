/*
 * body: what a call carries: JSON, a form, XML, XML in a SOAP envelope, text, or nothing.
 */
#include "lib/buyer/compiled.h"
#include "lib/lead/members.h"

enum { TEMPLATE_MAX = 64 * 1024, CONTENT_TYPE_MAX = 200 };

static const char *const versions[] = { "1.1", "1.2", NULL };

static const char *const kinds[] = { [BODY_NONE] = "", [BODY_JSON] = "json", [BODY_FORM] = "form", [BODY_XML] = "xml",
	[BODY_SOAP] = "soap", [BODY_TEXT] = "text" };

static enum body_kind kind_of(struct str name)
{
	for (enum body_kind kind = BODY_JSON; kind <= BODY_TEXT; kind++)
		if (str_is(name, kinds[kind]))
			return kind;
	return BODY_NONE;
}

/* Members that go with a kind: a SOAP body's action and version, a text's type. */
static bool goes_with(struct str name, enum body_kind kind)
{
	if (kind == BODY_SOAP)
		return str_is(name, "action") || str_is(name, "version");
	return kind == BODY_TEXT && str_is(name, "content_type");
}

static int find_kind(struct compiler *c, const struct value *doc, const struct path *at, enum body_kind *out)
{
	int bad = 0;

	*out = BODY_NONE;
	for (size_t i = 0; i < doc->n; i++) {
		enum body_kind kind = kind_of(doc->members[i].name);

		if (kind != BODY_NONE && *out != BODY_NONE)
			return fault_add(c->faults, at, "invalid_field", "takes one of json, form, xml, soap, text");
		if (kind != BODY_NONE)
			*out = kind;
	}
	if (*out == BODY_NONE)
		return fault_add(c->faults, at, "missing_field", "needs one of json, form, xml, soap, text");
	for (size_t i = 0; i < doc->n; i++) {
		struct str name = doc->members[i].name;
		struct path here = path_member(at, name);

		if (kind_of(name) == BODY_NONE && !goes_with(name, *out))
			bad = fault_add(c->faults, &here, "unknown_member", "does not go with a %s body", kinds[*out]);
	}
	return bad;
}

static int compile_content(struct compiler *c, const struct value *content, const struct path *at, struct body *out)
{
	const struct member_rule text = { NULL, MEMBER_TEXT, .max = TEMPLATE_MAX };

	if (out->kind == BODY_JSON)
		return step_tree(c, content, at, &out->t);
	if (out->kind == BODY_FORM)
		return pairs_compile(c, content, at, &out->form);
	if (member_check(content, &text, at, c->faults) != 0)
		return -1;
	return step_text(c, out->kind == BODY_TEXT ? TMPL_PLAIN : TMPL_XML, content, at, &out->t);
}

static bool is_field_text(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if ((unsigned char)s.p[i] < ' ' || s.p[i] == 0x7f)
			return false;
	return s.n > 0;
}

/* The members beside the content. */
static int compile_manner(struct compiler *c, const struct value *doc, const struct path *at, struct body *out)
{
	static const struct member_rule version = { NULL, MEMBER_CHOICE, .choices = versions };
	static const struct member_rule type = { NULL, MEMBER_TEXT, .max = CONTENT_TYPE_MAX };
	const struct value *action = members_get(doc, "action"), *named = members_get(doc, "version");
	const struct value *media = members_get(doc, "content_type");
	struct path at_action = path_member(at, STR("action")), at_version = path_member(at, STR("version"));
	struct path at_media = path_member(at, STR("content_type"));
	int bad = 0;

	if (out->kind == BODY_SOAP) {
		bad |= step_text(c, TMPL_HEADER, action, &at_action, &out->action);
		if (action != NULL && str_contains(action->text, STR("\"")) && !str_contains(action->text, STR("{{")))
			bad |= fault_add(c->faults, &at_action, "invalid_field", "must not hold quotation marks: they are added");
		bad |= named != NULL ? member_check(named, &version, &at_version, c->faults) : 0;
		out->soap12 = members_choice(doc, "version", versions, 0) == 1;
	}
	if (out->kind == BODY_TEXT) {
		bad |= media != NULL ? member_check(media, &type, &at_media, c->faults) : 0;
		out->content_type = members_text(doc, "content_type", STR("text/plain; charset=utf-8"));
		if (!is_field_text(out->content_type))
			bad |= fault_add(c->faults, &at_media, "invalid_field", "must be a media type");
	}
	return bad;
}

int body_compile(struct compiler *c, const struct value *doc, const struct path *at, struct body *out)
{
	struct path here;
	int bad;

	*out = (struct body){ .kind = BODY_NONE };
	if (doc == NULL || (doc->type == VALUE_TEXT && str_is(doc->text, "none")))
		return 0;
	if (doc->type != VALUE_OBJECT)
		return fault_add(c->faults, at, "invalid_field", "must be an object with one of json, form, xml, soap, text");
	bad = find_kind(c, doc, at, &out->kind);
	if (out->kind == BODY_NONE)
		return -1;
	here = path_member(at, str_of(kinds[out->kind]));
	bad |= compile_content(c, value_get(doc, here.name), &here, out);
	bad |= compile_manner(c, doc, at, out);
	return bad;
}

/* The namespaces of SOAP 1.1 and 1.2. */
static const char *const soap_namespaces[] = { "http://schemas.xmlsoap.org/soap/envelope/",
	"http://www.w3.org/2003/05/soap-envelope" };

static struct str envelope(struct arena *a, bool soap12, struct str content)
{
	return arena_printf(a, "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n"
	    "<soap:Envelope xmlns:soap=\"%s\"><soap:Body>%.*s</soap:Body></soap:Envelope>",
	    soap_namespaces[soap12], STR_ARG(content));
}

enum tmpl_result body_render(struct renderer *r, const struct body *body, struct str *out)
{
	enum tmpl_result result;
	struct str content;
	struct buf b;

	*out = STR("");
	if (body->kind == BODY_NONE)
		return TMPL_DONE;
	if (body->kind == BODY_FORM) {
		buf_in(&b, r->arena, BODY_MAX);
		result = pairs_render(r, &body->form, "body/form", false, "", &b);
		*out = buf_str(&b);
		return result;
	}
	result = render_text(r, body->t, BODY_MAX, "body", (struct str){ NULL, 0 }, &content);
	if (result == TMPL_ABSENT)
		content = STR("");
	else if (result != TMPL_DONE)
		return result;
	*out = content;
	if (body->kind == BODY_SOAP)
		*out = envelope(r->arena, body->soap12, content);
	return TMPL_DONE;
}

static void add_default(struct renderer *r, struct str name, struct str value)
{
	if (http_header_find(r->headers, name) == NULL)
		header_add(r, name, value);
}

/* SOAP 1.1 says the action in a header of its own, always there and quoted; 1.2 in the media type. */
static void soap_headers(struct renderer *r, bool soap12, struct str action)
{
	struct str type = STR("text/xml; charset=utf-8");

	if (!soap12)
		add_default(r, STR("SOAPAction"), arena_printf(r->arena, "\"%.*s\"", STR_ARG(action)));
	else if (action.n > 0)
		type = arena_printf(r->arena, "application/soap+xml; charset=utf-8; action=\"%.*s\"", STR_ARG(action));
	else
		type = STR("application/soap+xml; charset=utf-8");
	add_default(r, STR("Content-Type"), type);
}

enum tmpl_result body_headers(struct renderer *r, const struct body *body)
{
	struct str action = STR("");
	enum tmpl_result result = TMPL_DONE;

	switch (body->kind) {
	case BODY_NONE:
		break;
	case BODY_JSON:
		add_default(r, STR("Content-Type"), STR("application/json"));
		break;
	case BODY_FORM:
		add_default(r, STR("Content-Type"), STR("application/x-www-form-urlencoded"));
		break;
	case BODY_XML:
		add_default(r, STR("Content-Type"), STR("application/xml"));
		break;
	case BODY_TEXT:
		add_default(r, STR("Content-Type"), body->content_type);
		break;
	case BODY_SOAP:
		if (body->action != NULL)
			result = render_text(r, body->action, HEADER_MAX, "body/action", (struct str){ NULL, 0 }, &action);
		if (result == TMPL_REFUSED || result == TMPL_FULL)
			return result;
		if (memchr(action.p, '"', action.n) != NULL)
			return render_refuse(r, "body/action", (struct str){ NULL, 0 }, "holds a quotation mark");
		soap_headers(r, body->soap12, action);
		break;
	}
	return TMPL_DONE;
}
