#include "lib/exchange/person.h"

#include "lib/crypt/crypt.h"

#define DAY_US INT64_C(86400000000)

static const char *const kinds[LEAD_BY__N] = {
	[LEAD_BY_PHONE] = "phone_sha256", [LEAD_BY_PHONE_MD5] = "phone_md5", [LEAD_BY_PHONE_SHA1] = "phone_sha1",
	[LEAD_BY_EMAIL] = "email_sha256", [LEAD_BY_EMAIL_MD5] = "email_md5", [LEAD_BY_EMAIL_SHA1] = "email_sha1",
};

/* The first field of a type that has a value, in objects too. */
static const struct value *first_of(const struct field *fields, size_t n, const struct value *lead, enum field_type type)
{
	for (size_t i = 0; lead != NULL && i < n; i++) {
		const struct value *v = value_get(lead, fields[i].name);

		if (v != NULL && fields[i].type == FIELD_OBJECT)
			v = first_of(fields[i].fields, fields[i].n_fields, v, type);
		else if (fields[i].type != type)
			continue;
		if (v != NULL)
			return v;
	}
	return NULL;
}

static struct str blind(struct arena *a, const struct keyring *keys, enum lead_by by, struct str digest)
{
	uint8_t *out = arena_alloc(a, SHA256_SIZE);

	crypt_blind(keys, kinds[by], digest, out);
	return (struct str){ (const char *)out, SHA256_SIZE };
}

static void of_value(struct arena *a, const struct keyring *keys, const struct value *v, enum lead_by first, struct lead_person *out)
{
	if (v == NULL)
		return;
	out->index[first] = blind(a, keys, first, crypt_sha256_hex(a, v->text));
	out->index[first + 1] = blind(a, keys, first + 1, crypt_md5_hex(a, v->text));
	out->index[first + 2] = blind(a, keys, first + 2, crypt_sha1_hex(a, v->text));
}

void person_of(struct arena *a, const struct keyring *keys, const struct vertical *v, const struct value *lead, const struct value *hashes,
    struct lead_person *out)
{
	bool phone, email;

	*out = (struct lead_person){ 0 };
	of_value(a, keys, first_of(v->fields, v->n_fields, lead, FIELD_PHONE), LEAD_BY_PHONE, out);
	of_value(a, keys, first_of(v->fields, v->n_fields, lead, FIELD_EMAIL), LEAD_BY_EMAIL, out);
	phone = out->index[LEAD_BY_PHONE].p != NULL;
	email = out->index[LEAD_BY_EMAIL].p != NULL;
	for (int i = 0; hashes != NULL && i < LEAD_BY__N; i++) {
		struct str digest = value_get_text(hashes, str_of(kinds[i]), STR(""));

		if (digest.n > 0 && !(i < LEAD_BY_EMAIL ? phone : email))
			out->index[i] = blind(a, keys, (enum lead_by)i, digest);
	}
}

bool person_is_known(const struct lead_person *p)
{
	int i = 0;

	while (i < LEAD_BY__N && p->index[i].p == NULL)
		i++;
	return i < LEAD_BY__N;
}

bool person_matters(const struct campaign *c)
{
	return c->seen_days > 0;
}

int64_t person_since(const struct campaign *c, int64_t now)
{
	return now - c->seen_days * DAY_US;
}

static bool matches(const struct seen *s, unsigned match)
{
	return (match & (s->by_phone ? (unsigned)MATCH_PHONE : (unsigned)MATCH_EMAIL)) != 0;
}

bool person_is_duplicate(const struct campaign *c, const struct seen *list, size_t n, int64_t now)
{
	for (size_t i = 0; c->duplicates_days > 0 && i < n; i++)
		if (matches(&list[i], c->duplicates_match) && list[i].at > now - c->duplicates_days * DAY_US &&
		    (list[i].lost || (list[i].state != LEAD_UNSOLD && list[i].state != LEAD_REJECTED)))
			return true;
	return false;
}

bool person_was_sent(const struct contract *c, const struct seen *list, size_t n, int64_t now)
{
	for (size_t i = 0; c->duplicates_days > 0 && i < n; i++)
		if (list[i].contract_id == c->id && matches(&list[i], c->duplicates_match) && list[i].delivery != DELIVERY_NOT_SENT &&
		    list[i].sent_at > now - c->duplicates_days * DAY_US)
			return true;
	return false;
}
