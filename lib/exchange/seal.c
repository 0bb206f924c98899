/*
 * seal: what is personal is sealed under a key of the lead's own, which is wrapped by the master key. To erase a lead is to destroy it.
 */
#include "lib/base/buf.h"
#include "lib/base/utf8.h"
#include "lib/exchange/steps.h"
#include "lib/wire/json.h"

enum { PERSONAL_MAX = 512 * 1024 };

static struct str place_of(struct arena *a, const char *place, struct id row)
{
	return id_text(a, place, row);
}

void lead_key_make(struct arena *a, const struct keyring *keys, struct id lead_id, struct lead_key *out)
{
	crypt_random(out->key, sizeof(out->key));
	out->wrapped = crypt_seal(a, keys->master, place_of(a, "key", lead_id), (struct str){ (const char *)out->key, sizeof(out->key) });
}

int lead_key_open(struct arena *a, const struct keyring *keys, struct id lead_id, struct str wrapped, struct lead_key *out, struct err *e)
{
	struct str key;

	*out = (struct lead_key){ .wrapped = wrapped };
	if (crypt_unseal(a, keys->master, place_of(a, "key", lead_id), wrapped, &key, e) != 0)
		return -1;
	if (key.n != sizeof(out->key))
		return err_set(e, ERR_INTERNAL, "a lead's key has the wrong length");
	memcpy(out->key, key.p, key.n);
	return 0;
}

static bool has_members(const struct value *v)
{
	return v->type == VALUE_OBJECT && v->n > 0;
}

bool personal_is_empty(const struct personal *p)
{
	return !has_members(&p->lead) && !has_members(&p->consent) && !has_members(&p->event) && !has_members(&p->hashes);
}

struct str personal_seal(struct arena *a, const struct lead_key *key, const char *place, struct id row, const struct personal *p)
{
	struct buf b;
	struct json_out j;

	buf_in(&b, a, PERSONAL_MAX);
	j = json_out(&b);
	json_open(&j, NULL, '{');
	if (has_members(&p->lead))
		json_value(&j, "lead", &p->lead);
	if (has_members(&p->consent))
		json_value(&j, "consent", &p->consent);
	if (has_members(&p->event))
		json_value(&j, "event", &p->event);
	if (has_members(&p->hashes))
		json_value(&j, "hashes", &p->hashes);
	json_close(&j, '}');
	return crypt_seal(a, key->key, place_of(a, place, row), buf_str(&b));
}

static struct value member(const struct value *doc, const char *name)
{
	const struct value *v = value_get(doc, str_of(name));

	return v != NULL ? *v : (struct value){ .type = VALUE_NULL };
}

int personal_open(struct arena *a, const struct lead_key *key, const char *place, struct id row, struct str sealed, struct personal *out,
    struct err *e)
{
	struct value doc;
	struct str plain;

	*out = (struct personal){ 0 };
	if (sealed.p == NULL)
		return 0;
	if (crypt_unseal(a, key->key, place_of(a, place, row), sealed, &plain, e) != 0 ||
	    json_parse(a, plain, JSON_DEPTH_CONFIG, &doc, e) != 0)
		return -1;
	*out = (struct personal){ member(&doc, "lead"), member(&doc, "consent"), member(&doc, "event"), member(&doc, "hashes") };
	return 0;
}

struct str exchange_column_text(struct str s, size_t max)
{
	return utf8_count(s) <= max ? s : utf8_slice(s, 0, max);
}

static struct value only_ping(struct arena *a, const struct field *fields, size_t n, const struct value *v)
{
	struct value out;

	if (v->type == VALUE_LIST) {
		out = value_list(arena_array_of(a, v->n, struct value), v->n);
		for (size_t i = 0; i < v->n; i++)
			out.items[i] = only_ping(a, fields, n, &v->items[i]);
		return out;
	}
	if (v->type != VALUE_OBJECT)
		return *v;
	out = value_object(arena_array_of(a, v->n, struct member), 0);
	for (size_t i = 0; i < v->n; i++) {
		const struct field *f = field_find(fields, n, v->members[i].name);

		if (f == NULL || f->need[STEP_PING] == NEED_NO || field_is_secret(f))
			continue;
		out.members[out.n++] = (struct member){ v->members[i].name,
			f->n_fields > 0 ? only_ping(a, f->fields, f->n_fields, &v->members[i].value) : v->members[i].value };
	}
	return out;
}

struct value exchange_lead_for_ping(struct arena *a, const struct vertical *v, const struct value *lead)
{
	return only_ping(a, v->fields, v->n_fields, lead);
}
