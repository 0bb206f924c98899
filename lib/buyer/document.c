#include "lib/buyer/document.h"

#include "lib/base/utf8.h"
#include "lib/wire/json.h"

static bool ends_nocase(struct str s, struct str end)
{
	return s.n >= end.n && str_eq_nocase((struct str){ s.p + s.n - end.n, end.n }, end);
}

/* The media type of a body: "soap+xml" and "utf-8" of "application/soap+xml; charset=utf-8"; empty where not said. */
struct media {
	struct str subtype, charset;
};

static struct str without_quotes(struct str s)
{
	if (s.n >= 2 && s.p[0] == '"' && s.p[s.n - 1] == '"')
		return (struct str){ s.p + 1, s.n - 2 };
	return s;
}

static struct media media_of(const struct http_headers *headers)
{
	const struct str *type = http_header_find(headers, STR("Content-Type"));
	struct media out = { STR(""), STR("") };
	struct str rest = type != NULL ? *type : STR(""), part, name;

	if (!str_split(&rest, ';', &part))
		return out;
	if (str_split(&part, '/', &name))
		out.subtype = str_trim(part);
	while (str_split(&rest, ';', &part))
		if (str_split(&part, '=', &name) && str_eq_nocase(str_trim(name), STR("charset")))
			out.charset = without_quotes(str_trim(part));
	return out;
}

static enum format format_of_type(struct str subtype)
{
	if (str_eq_nocase(subtype, STR("json")) || ends_nocase(subtype, STR("+json")))
		return FORMAT_JSON;
	if (str_eq_nocase(subtype, STR("xml")) || ends_nocase(subtype, STR("+xml")))
		return FORMAT_XML;
	if (str_eq_nocase(subtype, STR("x-www-form-urlencoded")))
		return FORMAT_FORM;
	return FORMAT_AUTO;
}

static enum format format_of_byte(struct str text)
{
	if (text.n == 0)
		return FORMAT_TEXT;
	if (text.p[0] == '{' || text.p[0] == '[')
		return FORMAT_JSON;
	return text.p[0] == '<' ? FORMAT_XML : FORMAT_TEXT;
}

/* Buyers put byte-order marks and blank lines before what a parser wants to find first. */
static struct str skip_start(struct str s)
{
	static const struct str mark = STR_INIT("\xef\xbb\xbf");
	size_t before;

	do {
		before = s.n;
		while (s.n > 0 && memchr(" \t\r\n\f\v", s.p[0], 6) != NULL)
			s.p++, s.n--;
		if (str_starts(s, mark))
			s.p += mark.n, s.n -= mark.n;
	} while (s.n != before);
	return s;
}

static bool is_charset(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!(s.p[i] >= '0' && s.p[i] <= '9') && !((s.p[i] | 0x20) >= 'a' && (s.p[i] | 0x20) <= 'z') && s.p[i] != '-' && s.p[i] != '_')
			return false;
	return s.n > 0 && s.n <= 32;
}

/*
 * The encoding of XML is what the media type says (RFC 7303) before what the document says of itself: services that keep XML as text
 * declare the encoding of their strings, not of their bytes. Bytes that can only be UTF-16 are.
 */
static struct str with_charset(struct arena *a, struct str text, struct str charset)
{
	const char *end;

	if (!is_charset(charset) || text.n < 2 || text.p[0] != '<' || text.p[1] == '\0')
		return text;
	if (str_starts(text, STR("<?xml ")) && (end = memmem(text.p, text.n, "?>", 2)) != NULL)
		text = (struct str){ end + 2, text.n - (size_t)(end + 2 - text.p) };
	if (str_eq_nocase(charset, STR("utf-8")))
		return skip_start(text);
	return arena_printf(a, "<?xml version=\"1.0\" encoding=\"%.*s\"?>%.*s", STR_ARG(charset), STR_ARG(text));
}

int document_read(struct arena *a, struct str body, enum format format, const struct http_headers *headers, struct document *out,
    struct err *e)
{
	const struct media media = headers != NULL ? media_of(headers) : (struct media){ STR(""), STR("utf-8") };
	struct str text = skip_start(body);

	if (format == FORMAT_AUTO)
		format = format_of_type(media.subtype);
	if (format == FORMAT_AUTO)
		format = format_of_byte(text);
	*out = (struct document){ .format = format, .text = utf8_repair(a, text) };
	switch (format) {
	case FORMAT_JSON:
		return json_parse(a, text, JSON_DEPTH_REPLY, &out->json, e);
	case FORMAT_XML:
		return xml_parse(a, with_charset(a, text, media.charset), &out->xml, e);
	case FORMAT_FORM:
		return form_parse(a, text, &out->form, e);
	default:
		return 0;
	}
}
