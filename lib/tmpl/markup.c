#include "lib/tmpl/markup.h"

struct scan {
	struct compiler *c;
	struct markup *m;
	struct program *p;
	struct str s;
	size_t i;     /* where it is */
	size_t done;  /* up to here it is in the program */
};

struct markup markup_start(const struct compiler *c)
{
	return (struct markup){ .html = c->kind == TMPL_HTML, .options = c->kind == TMPL_XML && c->env->omit_empty,
		.element = MARKUP_NONE, .content = MARKUP_NONE, .value = MARKUP_NONE };
}

static struct str ahead(const struct scan *k)
{
	return (struct str){ k->s.p + k->i, k->s.n - k->i };
}

static void flush(struct scan *k, size_t upto)
{
	if (upto > k->done)
		program_add(k->c, k->p, OP_TEXT, (struct str){ k->s.p + k->done, upto - k->done });
	k->done = upto;
}

/* Behind the next `close`; false when there is none in this text. */
static bool skip_past(struct scan *k, const char *close)
{
	size_t n = strlen(close);
	const char *at = memmem(k->s.p + k->i, k->s.n - k->i, close, n);

	k->i = at != NULL ? (size_t)(at - k->s.p) + n : k->s.n;
	return at != NULL;
}

static bool is_name_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || (unsigned char)c >= 0x80 ||
	    (c != '\0' && strchr("_:-.", c) != NULL);
}

static struct str take_name(struct scan *k)
{
	struct str name = { k->s.p + k->i, 0 };

	while (k->i < k->s.n && is_name_char(k->s.p[k->i]))
		k->i++, name.n++;
	return name;
}

/* An operation that may turn out to leave out what follows it, from `upto` on. */
static size_t begin_option(struct scan *k, size_t upto)
{
	if (!k->m->options)
		return MARKUP_NONE;
	flush(k, upto);
	program_add(k->c, k->p, OP_OPTION, STR(""));
	return k->p->n - 1;
}

/* It does when there are holes in it, and nothing that repeats or is chosen. */
static void end_option(struct scan *k, size_t option, size_t from)
{
	bool holes = false;

	if (option == MARKUP_NONE || from == MARKUP_NONE)
		return;
	flush(k, k->i);
	for (size_t i = from; i < k->p->n; i++) {
		if (k->p->ops[i].kind == OP_SECTION || k->p->ops[i].kind == OP_UNLESS)
			return;
		holes |= k->p->ops[i].kind == OP_HOLE;
	}
	if (!holes)
		return;
	k->p->ops[option].from = from;
	k->p->ops[option].end = k->p->n;
}

static void forget_element(struct markup *m)
{
	m->element = m->content = MARKUP_NONE;
}

static void scan_text(struct scan *k)
{
	struct markup *m = k->m;
	const char *at = memchr(k->s.p + k->i, '<', k->s.n - k->i);
	struct str rest;

	k->i = at != NULL ? (size_t)(at - k->s.p) : k->s.n;
	rest = ahead(k);
	if (rest.n == 0)
		return;
	if (rest.n == 1) {
		m->state = IN_OPENING;
	} else if (rest.p[1] == '/') {
		m->state = IN_END_TAG;
	} else if (!m->html && str_starts(rest, STR("<![CDATA["))) {
		m->state = IN_CDATA;
		k->i += 8;
	} else if (rest.p[1] == '!' || rest.p[1] == '?') {
		m->state = str_starts(rest, STR("<!--")) ? IN_COMMENT : rest.p[1] == '!' ? IN_DECLARATION : IN_INSTRUCTION;
		forget_element(m);
	} else if (is_name_char(rest.p[1])) {
		m->element = begin_option(k, k->i);
		m->content = MARKUP_NONE;
		m->state = IN_TAG;
		k->i++;
		m->tag = take_name(k);
		return;
	}
	k->i++;
}

static void end_start_tag(struct scan *k)
{
	struct markup *m = k->m;

	k->i++;
	m->state = IN_TEXT;
	if (m->html && (str_eq_nocase(m->tag, STR("script")) || str_eq_nocase(m->tag, STR("style"))))
		m->state = IN_RAW;
	if (k->i >= 2 && k->s.p[k->i - 2] == '/') {
		forget_element(m);
	} else if (m->element != MARKUP_NONE) {
		flush(k, k->i);
		m->content = k->p->n;
	}
}

/* Attributes are left out with the white space before them. */
static void scan_tag(struct scan *k)
{
	struct markup *m = k->m;
	size_t gap = k->i;

	while (k->i < k->s.n && strchr(" \t\r\n", k->s.p[k->i]) != NULL && k->s.p[k->i] != '\0')
		k->i++;
	if (k->i == k->s.n)
		return;
	if (k->s.p[k->i] == '>') {
		end_start_tag(k);
	} else if (k->s.p[k->i] == '"' || k->s.p[k->i] == '\'') {
		m->quote = k->s.p[k->i++];
		m->begun = false;
		m->state = IN_VALUE;
	} else if (is_name_char(k->s.p[k->i])) {
		m->value = begin_option(k, gap);
		m->attribute = take_name(k);
	} else {
		k->i++;
	}
}

static void scan_value(struct scan *k)
{
	struct markup *m = k->m;

	if (!skip_past(k, (char[]){ m->quote, '\0' })) {
		m->begun = true;
		return;
	}
	m->state = IN_TAG;
	end_option(k, m->value, m->value != MARKUP_NONE ? m->value + 1 : MARKUP_NONE);
	m->value = MARKUP_NONE;
}

static void scan_end_tag(struct scan *k)
{
	if (!skip_past(k, ">"))
		return;
	end_option(k, k->m->element, k->m->content);
	forget_element(k->m);
	k->m->state = IN_TEXT;
}

/* Up to the end tag of the same name. */
static void scan_raw(struct scan *k)
{
	while (skip_past(k, "</"))
		if (str_eq_nocase((struct str){ k->s.p + k->i, k->m->tag.n <= k->s.n - k->i ? k->m->tag.n : 0 }, k->m->tag)) {
			k->m->state = IN_END_TAG;
			return;
		}
}

static void scan_some(struct scan *k)
{
	static const char *const closes[] = {
		[IN_COMMENT] = "-->", [IN_CDATA] = "]]>", [IN_INSTRUCTION] = "?>", [IN_DECLARATION] = ">",
	};

	switch (k->m->state) {
	case IN_OPENING:
		k->m->state = IN_TEXT;
		break;
	case IN_TEXT:
		scan_text(k);
		break;
	case IN_TAG:
		scan_tag(k);
		break;
	case IN_VALUE:
		scan_value(k);
		break;
	case IN_END_TAG:
		scan_end_tag(k);
		break;
	case IN_RAW:
		scan_raw(k);
		break;
	default:
		if (skip_past(k, closes[k->m->state]))
			k->m->state = IN_TEXT;
		break;
	}
}

void markup_text(struct compiler *c, struct markup *m, struct program *p, struct str text)
{
	struct scan k = { .c = c, .m = m, .p = p, .s = text };

	while (k.i < text.n)
		scan_some(&k);
	flush(&k, text.n);
}

void markup_section(struct markup *m)
{
	if (m->state == IN_TEXT || m->state == IN_CDATA)
		forget_element(m);
}

static int place_xml(struct compiler *c, const struct markup *m, enum place *out)
{
	switch (m->state) {
	case IN_TEXT:
		*out = PLACE_XML_TEXT;
		return 0;
	case IN_VALUE:
		*out = PLACE_XML_ATTRIBUTE;
		return 0;
	case IN_CDATA:
		*out = PLACE_XML_CDATA;
		return 0;
	default:
		return compile_fault(c, "a hole stands in text, in CDATA or in a quoted attribute value");
	}
}

static bool is_link(struct str attribute)
{
	static const char *const links[] = { "href", "src", "action", "formaction", "poster", "cite", "data" };

	for (size_t i = 0; i < sizeof(links) / sizeof(links[0]); i++)
		if (str_eq_nocase(attribute, str_of(links[i])))
			return true;
	return false;
}

/* An event's handler or a style: no escape makes a value harmless there. */
static bool is_code(struct str attribute)
{
	if (str_eq_nocase(attribute, STR("style")))
		return true;
	return attribute.n > 2 && str_eq_nocase((struct str){ attribute.p, 2 }, STR("on"));
}

static int place_html(struct compiler *c, const struct markup *m, enum hole_type type, enum place *out)
{
	bool in_value = m->state == IN_VALUE && !is_code(m->attribute);

	switch (type) {
	case HOLE_BARE:
		return compile_fault(c, "a hole in HTML has a type: text, attr, url or json");
	case HOLE_TEXT:
		*out = PLACE_HTML_TEXT;
		return m->state == IN_TEXT ? 0 : compile_fault(c, "{{text}} stands in an element's text");
	case HOLE_ATTR:
		*out = is_link(m->attribute) && !m->begun ? PLACE_HTML_LINK : PLACE_HTML_ATTRIBUTE;
		return in_value ? 0 : compile_fault(c, "{{attr}} stands in a quoted attribute value, no script's and no style's");
	case HOLE_URL:
		*out = PLACE_HTML_URL;
		return in_value ? 0 : compile_fault(c, "{{url}} stands in a quoted attribute value, no script's and no style's");
	case HOLE_JSON:
		*out = in_value ? PLACE_HTML_JSON : PLACE_SCRIPT_JSON;
		if (in_value || (m->state == IN_RAW && str_eq_nocase(m->tag, STR("script"))))
			return 0;
		return compile_fault(c, "{{json}} stands in a script element or in a quoted attribute value");
	}
	return -1;
}

int markup_hole(struct compiler *c, struct markup *m, enum hole_type type, enum place *out)
{
	int bad = m->html ? place_html(c, m, type, out) : place_xml(c, m, out);

	m->begun = true;
	return bad;
}
