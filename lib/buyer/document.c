#include "lib/buyer/document.h"

#include "lib/base/utf8.h"
#include "lib/wire/json.h"

static bool ends_nocase(struct str s, struct str end)
{
	return s.n >= end.n && str_eq_nocase((struct str){ s.p + s.n - end.n, end.n }, end);
}

/* The subtype of a media type without parameters: "soap+xml" of "application/soap+xml; charset=utf-8". */
static struct str subtype_of(struct str media)
{
	struct str type;

	if (!str_split(&media, ';', &type))
		return (struct str){ "", 0 };
	for (size_t i = 0; i < type.n; i++)
		if (type.p[i] == '/')
			return str_trim((struct str){ type.p + i + 1, type.n - i - 1 });
	return (struct str){ "", 0 };
}

static enum format format_of_type(const struct http_headers *headers)
{
	const struct str *media = headers != NULL ? http_header_find(headers, STR("Content-Type")) : NULL;
	struct str subtype;

	if (media == NULL)
		return FORMAT_AUTO;
	subtype = subtype_of(*media);
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

int document_read(struct arena *a, struct str body, enum format format, const struct http_headers *headers, struct document *out,
    struct err *e)
{
	struct str text = skip_start(body);

	if (format == FORMAT_AUTO)
		format = format_of_type(headers);
	if (format == FORMAT_AUTO)
		format = format_of_byte(text);
	*out = (struct document){ .format = format, .text = utf8_repair(a, text) };
	switch (format) {
	case FORMAT_JSON:
		return json_parse(a, text, JSON_DEPTH_REPLY, &out->json, e);
	case FORMAT_XML:
		return xml_parse(a, text, &out->xml, e);
	case FORMAT_FORM:
		return form_parse(a, text, &out->form, e);
	default:
		return 0;
	}
}
