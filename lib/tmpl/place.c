#include "lib/tmpl/place.h"

#include "lib/tmpl/filter.h"
#include "lib/wire/form.h"
#include "lib/wire/json.h"
#include "lib/wire/xml.h"

static bool breaks_lines(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] == '\r' || s.p[i] == '\n' || s.p[i] == '\0')
			return true;
	return false;
}

static void write_header(struct render *r, struct str s)
{
	if (breaks_lines(s))
		r->refused = "a value holds a line break or NUL, which may not stand in a header";
	else
		buf_add_str(r->out, s);
}

static void write_url(struct render *r, struct str s)
{
	if (breaks_lines(s))
		r->refused = "a value holds a line break or NUL, which may not stand in a URL";
	else if (str_is(s, ".") || str_is(s, ".."))
		r->refused = "a value is \".\" or \"..\", which would lead elsewhere in a URL";
	else
		form_percent(r->out, s);
}

/* A scheme that is not http or https could run as a script. What a browser would skip before it is not skipped here. */
static bool is_safe_link(struct str s)
{
	struct str scheme = { s.p, 0 };

	while (scheme.n < s.n && memchr(":/?#", s.p[scheme.n], 4) == NULL)
		scheme.n++;
	if (scheme.n == s.n || s.p[scheme.n] != ':')
		return true;
	return str_eq_nocase(scheme, STR("http")) || str_eq_nocase(scheme, STR("https")) || str_eq_nocase(scheme, STR("mailto"));
}

/* JSON that ends neither a script element nor a line of script. */
static void write_script(struct render *r, const struct value *v)
{
	struct str json;
	struct buf b;

	buf_in(&b, r->arena, TMPL_VALUE_MAX);
	json_write(&b, v);
	json = filter_buf(r, &b);
	for (size_t i = 0; i < json.n; i++) {
		char c = json.p[i];

		if (c == '<' || c == '>' || c == '&')
			buf_addf(r->out, "\\u%04x", (unsigned char)c);
		else if (json.n - i >= 3 && memcmp(json.p + i, "\xe2\x80", 2) == 0 && (json.p[i + 2] & '\xfe') == '\xa8')
			buf_addf(r->out, "\\u%04x", json.p[(i += 2)] == '\xa8' ? 0x2028 : 0x2029);
		else
			buf_add_char(r->out, c);
	}
}

static void write_json_attribute(struct render *r, const struct value *v)
{
	struct buf b;

	buf_in(&b, r->arena, TMPL_VALUE_MAX);
	json_write(&b, v);
	xml_escape_attribute(r->out, filter_buf(r, &b));
}

/* What XML escapes, HTML reads as well. */
void place_write(struct render *r, enum place place, const struct value *v)
{
	struct str s = place == PLACE_SCRIPT_JSON || place == PLACE_HTML_JSON ? STR("") : filter_as_text(r, v);

	switch (place) {
	case PLACE_PLAIN:
		buf_add_str(r->out, s);
		break;
	case PLACE_HEADER:
		write_header(r, s);
		break;
	case PLACE_URL:
		write_url(r, s);
		break;
	case PLACE_XML_TEXT:
	case PLACE_HTML_TEXT:
		xml_escape(r->out, s);
		break;
	case PLACE_XML_ATTRIBUTE:
	case PLACE_HTML_ATTRIBUTE:
		xml_escape_attribute(r->out, s);
		break;
	case PLACE_XML_CDATA:
		xml_cdata(r->out, s);
		break;
	case PLACE_HTML_LINK:
		xml_escape_attribute(r->out, is_safe_link(s) ? s : STR("#"));
		break;
	case PLACE_HTML_URL:
		form_percent(r->out, s);
		break;
	case PLACE_HTML_JSON:
		write_json_attribute(r, v);
		break;
	case PLACE_SCRIPT_JSON:
		write_script(r, v);
		break;
	}
}
