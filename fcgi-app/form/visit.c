#include "fcgi-app/form/visit.h"

#include "lib/wire/json.h"

enum { MAC_HEX = 2 * SHA256_SIZE, DEPTH = 4, AHEAD_S = 60 };

void visit_begin(int64_t now_us, struct visit *out)
{
	*out = (struct visit){ .serial = id_new(now_us), .began_s = now_us / 1000000, .values = value_object(NULL, 0),
		.counts = value_object(NULL, 0), .source = value_object(NULL, 0), .page_url = { "", 0 }, .consent = { "", 0 } };
}

/* The key is of this use alone, so that nothing that we sign for another passes here. */
struct str visit_seal_text(struct arena *a, const struct keyring *keys, const char *use, struct str form_key, struct str text)
{
	struct str label = arena_printf(a, "gavel form %s", use);
	struct str bound = arena_printf(a, "%.*s\n%.*s", STR_ARG(form_key), STR_ARG(text));
	uint8_t key[SHA256_SIZE], mac[SHA256_SIZE];

	crypt_hmac_sha256((struct str){ (const char *)keys->pepper, sizeof(keys->pepper) }, label, key);
	crypt_hmac_sha256((struct str){ (const char *)key, sizeof(key) }, bound, mac);
	crypt_wipe(key, sizeof(key));
	return crypt_hex(a, (struct str){ (const char *)mac, sizeof(mac) });
}

int visit_sign(struct arena *a, const struct keyring *keys, struct str form_key, const struct visit *v, struct str *out, struct err *e)
{
	struct str body;
	struct buf json;
	struct json_out j;

	buf_in(&json, a, VISIT_MAX);
	j = json_out(&json);
	json_open(&j, NULL, '{');
	json_text(&j, "serial", id_text(a, "vis", v->serial));
	json_int(&j, "began", v->began_s);
	json_int(&j, "shown", v->shown_s);
	json_int(&j, "step", (int64_t)v->step);
	json_value(&j, "values", &v->values);
	json_value(&j, "counts", &v->counts);
	json_value(&j, "source", &v->source);
	json_text(&j, "page", v->page_url);
	json_text(&j, "consent", v->consent);
	json_bool(&j, "embedded", v->embedded);
	json_close(&j, '}');
	if (json.overflow)
		return err_set(e, ERR_TOO_LARGE, "more was typed into the form than it can hold");
	body = crypt_base64(a, buf_str(&json));
	*out = arena_printf(a, "%.*s.%.*s", STR_ARG(visit_seal_text(a, keys, "state", form_key, body)), STR_ARG(body));
	return 0;
}

static int64_t int_of(const struct value *doc, const char *name)
{
	int64_t i;

	return value_as_int(value_get(doc, str_of(name)), &i) ? i : 0;
}

static struct value object_of(const struct value *doc, const char *name)
{
	const struct value *v = value_get(doc, str_of(name));

	return v != NULL && v->type == VALUE_OBJECT ? *v : value_object(NULL, 0);
}

static void decode(const struct value *doc, struct visit *out)
{
	const struct value *embedded = value_get(doc, STR("embedded"));
	int64_t step = int_of(doc, "step");

	*out = (struct visit){ .began_s = int_of(doc, "began"), .shown_s = int_of(doc, "shown"), .step = step > 0 ? (size_t)step : 0,
		.values = object_of(doc, "values"), .counts = object_of(doc, "counts"), .source = object_of(doc, "source"),
		.page_url = value_get_text(doc, STR("page"), STR("")), .consent = value_get_text(doc, STR("consent"), STR("")),
		.embedded = embedded != NULL && embedded->type == VALUE_BOOL && embedded->boolean };
	id_parse("vis", value_get_text(doc, STR("serial"), STR("")), &out->serial);
}

enum visit_check visit_read(struct arena *a, const struct keyring *keys, struct str form_key, struct str text, int64_t now_us,
    struct visit *out)
{
	struct str mac = { text.p, MAC_HEX }, body, json;
	int64_t now_s = now_us / 1000000;
	struct value doc;
	struct err e;

	if (text.n < MAC_HEX + 2 || text.p[MAC_HEX] != '.')
		return VISIT_FORGED;
	body = (struct str){ text.p + MAC_HEX + 1, text.n - MAC_HEX - 1 };
	if (!crypt_same(mac, visit_seal_text(a, keys, "state", form_key, body)) || !crypt_unbase64(a, body, &json) ||
	    json_parse(a, json, DEPTH, &doc, &e) != 0)
		return VISIT_FORGED;
	decode(&doc, out);
	return now_s - out->shown_s > VISIT_LIFE_S || out->shown_s - now_s > AHEAD_S ? VISIT_OLD : VISIT_GOOD;
}

struct value visit_with(struct arena *a, const struct value *object, struct str name, const struct value *value)
{
	struct value out = value_object(arena_array_of(a, object->n + 1, struct member), 0);
	bool absent = value->type == VALUE_NULL || (value->type == VALUE_TEXT && value->text.n == 0);

	for (size_t i = 0; i < object->n; i++)
		if (!str_eq(object->members[i].name, name))
			out.members[out.n++] = object->members[i];
	if (!absent)
		out.members[out.n++] = (struct member){ name, *value };
	return out;
}

size_t visit_count(const struct visit *v, struct str list, size_t fallback)
{
	int64_t n;

	return value_as_int(value_get(&v->counts, list), &n) && n >= 0 ? (size_t)n : fallback;
}
