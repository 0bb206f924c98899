/*
 * filter_text: filters over the text of a value.
 */
#include "lib/base/utf8.h"
#include "lib/crypt/crypt.h"
#include "lib/tmpl/filter.h"
#include "lib/wire/form.h"
#include "lib/wire/xml.h"

enum { CHARACTERS_MAX = 100000, NATIONAL_DIGITS = 10 };

static const struct value *apply_upper(struct render *r, const struct call *call, const struct value *v)
{
	(void)call;
	return filter_text(r, utf8_upper(r->arena, value_as_text(v)));
}

static const struct value *apply_lower(struct render *r, const struct call *call, const struct value *v)
{
	(void)call;
	return filter_text(r, utf8_lower(r->arena, value_as_text(v)));
}

static const struct value *apply_title(struct render *r, const struct call *call, const struct value *v)
{
	(void)call;
	return filter_text(r, utf8_title(r->arena, value_as_text(v)));
}

static const struct value *apply_trim(struct render *r, const struct call *call, const struct value *v)
{
	(void)call;
	return filter_text(r, str_trim(value_as_text(v)));
}

static struct str digits_of(struct arena *a, struct str s)
{
	char *p = arena_alloc(a, s.n + 1);
	size_t n = 0;

	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] >= '0' && s.p[i] <= '9')
			p[n++] = s.p[i];
	return (struct str){ p, n };
}

static const struct value *apply_digits(struct render *r, const struct call *call, const struct value *v)
{
	(void)call;
	return filter_text(r, digits_of(r->arena, value_as_text(v)));
}

static const struct value *apply_ascii(struct render *r, const struct call *call, const struct value *v)
{
	(void)call;
	return filter_text(r, utf8_ascii(r->arena, value_as_text(v)));
}

static const struct value *apply_string(struct render *r, const struct call *call, const struct value *v)
{
	(void)call;
	return filter_text(r, value_as_text(v));
}

static const char *check_phone(struct compiler *c, struct call *call)
{
	size_t places = 0;

	(void)c;
	for (size_t i = 0; i < call->args[0].text.n; i++)
		places += call->args[0].text.p[i] == '#';
	return places == NATIONAL_DIGITS ? NULL : "the form has a # for each of ten digits";
}

/* A number of another country has no ten national digits: it is absent rather than cut. */
static const struct value *apply_phone(struct render *r, const struct call *call, const struct value *v)
{
	struct str form = call->args[0].text, digits = digits_of(r->arena, value_as_text(v));
	char *p;

	if (digits.n == NATIONAL_DIGITS + 1 && digits.p[0] == '1') {
		digits.p++;
		digits.n--;
	}
	if (digits.n != NATIONAL_DIGITS)
		return NULL;
	p = arena_copy(r->arena, form.p, form.n);
	for (size_t i = 0; i < form.n; i++)
		if (p[i] == '#')
			p[i] = *digits.p++;
	return filter_text(r, (struct str){ p, form.n });
}

static const char *check_counts(struct compiler *c, struct call *call)
{
	(void)c;
	for (size_t i = 0; i < call->n; i++)
		if (call->numbers[i] < 0 || call->numbers[i] > CHARACTERS_MAX)
			return "characters are counted from 0";
	return NULL;
}

static const struct value *apply_left(struct render *r, const struct call *call, const struct value *v)
{
	return filter_text(r, utf8_slice(value_as_text(v), 0, (size_t)call->numbers[0]));
}

static const struct value *apply_right(struct render *r, const struct call *call, const struct value *v)
{
	struct str s = value_as_text(v);
	size_t have = utf8_count(s), want = (size_t)call->numbers[0];

	return filter_text(r, utf8_slice(s, have > want ? have - want : 0, want));
}

static const struct value *apply_slice(struct render *r, const struct call *call, const struct value *v)
{
	return filter_text(r, utf8_slice(value_as_text(v), (size_t)call->numbers[0], (size_t)call->numbers[1]));
}

static const char *check_needle(struct compiler *c, struct call *call)
{
	(void)c;
	return call->args[0].text.n > 0 ? NULL : "argument 1 is empty";
}

/* Takes the part before the next needle off *rest; false when there is no needle any more, and *part is the rest. */
static bool cut(struct str *rest, struct str needle, struct str *part)
{
	const char *at = memmem(rest->p, rest->n, needle.p, needle.n);

	*part = *rest;
	if (at == NULL)
		return false;
	part->n = (size_t)(at - rest->p);
	rest->p = at + needle.n;
	rest->n -= part->n + needle.n;
	return true;
}

static const struct value *apply_replace(struct render *r, const struct call *call, const struct value *v)
{
	struct str rest = value_as_text(v), part;
	bool more = true;
	struct buf b;

	buf_in(&b, r->arena, TMPL_VALUE_MAX);
	while (more) {
		more = cut(&rest, call->args[0].text, &part);
		buf_add_str(&b, part);
		if (more)
			buf_add_str(&b, call->args[1].text);
	}
	return filter_text(r, filter_buf(r, &b));
}

static const struct value *apply_split(struct render *r, const struct call *call, const struct value *v)
{
	struct str rest = value_as_text(v), part;
	size_t n = 1, i = 0;
	struct value *items;

	while (cut(&rest, call->args[0].text, &part))
		n++;
	items = arena_array_of(r->arena, n, struct value);
	for (rest = value_as_text(v); i < n; i++) {
		cut(&rest, call->args[0].text, &part);
		items[i] = value_text(part);
	}
	return filter_value(r, value_list(items, n));
}

static const struct value *apply_md5(struct render *r, const struct call *call, const struct value *v)
{
	(void)call;
	return filter_text(r, crypt_md5_hex(r->arena, value_as_text(v)));
}

static const struct value *apply_sha1(struct render *r, const struct call *call, const struct value *v)
{
	(void)call;
	return filter_text(r, crypt_sha1_hex(r->arena, value_as_text(v)));
}

static const struct value *apply_sha256(struct render *r, const struct call *call, const struct value *v)
{
	(void)call;
	return filter_text(r, crypt_sha256_hex(r->arena, value_as_text(v)));
}

/* Without its key there is no signature: absent, never one made with an empty key. */
static const struct value *apply_hmac_sha256(struct render *r, const struct call *call, const struct value *v)
{
	const struct value *key = ref_value(r, &call->key);
	uint8_t mac[SHA256_SIZE];

	if (key == NULL)
		return NULL;
	crypt_hmac_sha256(value_as_text(key), value_as_text(v), mac);
	return filter_text(r, crypt_hex(r->arena, (struct str){ (const char *)mac, sizeof(mac) }));
}

static const struct value *apply_base64(struct render *r, const struct call *call, const struct value *v)
{
	(void)call;
	return filter_text(r, crypt_base64(r->arena, value_as_text(v)));
}

static const struct value *encoded(struct render *r, const struct value *v, int (*encode)(struct buf *b, struct str s))
{
	struct buf b;

	buf_in(&b, r->arena, TMPL_VALUE_MAX);
	encode(&b, value_as_text(v));
	return filter_text(r, filter_buf(r, &b));
}

static const struct value *apply_url(struct render *r, const struct call *call, const struct value *v)
{
	(void)call;
	return encoded(r, v, form_percent);
}

static const struct value *apply_xml(struct render *r, const struct call *call, const struct value *v)
{
	(void)call;
	return encoded(r, v, xml_escape_attribute);
}

const struct filter text_filters[] = {
	{ "upper", "", apply_upper },
	{ "lower", "", apply_lower },
	{ "title", "", apply_title },
	{ "trim", "", apply_trim },
	{ "digits", "", apply_digits },
	{ "ascii", "", apply_ascii },
	{ "string", "", apply_string },
	{ "phone", "t", apply_phone, .check = check_phone },
	{ "left", "n", apply_left, .check = check_counts },
	{ "right", "n", apply_right, .check = check_counts },
	{ "slice", "nn", apply_slice, .check = check_counts },
	{ "replace", "tt", apply_replace, .check = check_needle },
	{ "split", "t", apply_split, .check = check_needle },
	{ "md5", "", apply_md5 },
	{ "sha1", "", apply_sha1 },
	{ "sha256", "", apply_sha256 },
	{ "hmac_sha256", "k", apply_hmac_sha256 },
	{ "base64", "", apply_base64 },
	{ "url", "", apply_url },
	{ "xml", "", apply_xml },
	{ 0 },
};
