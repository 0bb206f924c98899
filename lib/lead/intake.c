#include "lib/lead/intake.h"

#include "lib/lead/field.h"

#define BOTH { NEED_OPTIONAL, NEED_OPTIONAL }
#define TEXT_FIELD(member, most) { .name = STR_INIT(member), .type = FIELD_TEXT, .need = BOTH, .has_max = true, .max = (most) }
#define FIELD(member, kind) { .name = STR_INIT(member), .type = (kind), .need = BOTH }

static const struct field source_fields[] = {
	TEXT_FIELD("sub1", 128),
	TEXT_FIELD("sub2", 128),
	TEXT_FIELD("sub3", 128),
	TEXT_FIELD("sub4", 128),
	TEXT_FIELD("sub5", 128),
	TEXT_FIELD("click_id", 255),
	TEXT_FIELD("lead_id", 255),
	TEXT_FIELD("gclid", 255),
	TEXT_FIELD("fbclid", 255),
	TEXT_FIELD("msclkid", 255),
	TEXT_FIELD("utm_source", 128),
	TEXT_FIELD("utm_medium", 128),
	TEXT_FIELD("utm_campaign", 128),
	TEXT_FIELD("utm_term", 128),
	TEXT_FIELD("utm_content", 128),
};

static const struct field consent_fields[] = {
	FIELD("tcpa", FIELD_BOOLEAN),
	FIELD("gpc", FIELD_BOOLEAN),
	TEXT_FIELD("text", TEXT_MAX),
	TEXT_FIELD("text_sha256", 64),
	FIELD("given_at", FIELD_DATETIME),
	FIELD("ip", FIELD_IP),
	TEXT_FIELD("user_agent", 1000),
	FIELD("url", FIELD_URL),
	{ .name = STR_INIT("buyers"), .type = FIELD_LIST, .need = BOTH, .has_max = true, .max = 1000 },
	FIELD("trustedform_ping_url", FIELD_URL),
	FIELD("trustedform_cert_url", FIELD_URL),
	TEXT_FIELD("jornaya_leadid", 64),
};

static const struct field event_fields[] = {
	FIELD("created_at", FIELD_DATETIME),
	FIELD("ip", FIELD_IP),
	TEXT_FIELD("user_agent", 1000),
	FIELD("landing_url", FIELD_URL),
	{ .name = STR_INIT("session_seconds"), .type = FIELD_INTEGER, .need = BOTH, .has_min = true, .has_max = true, .max = 1e8 },
	TEXT_FIELD("media_source", 128),
};

static const struct field hash_fields[] = {
	TEXT_FIELD("phone_md5", 32),
	TEXT_FIELD("phone_sha1", 40),
	TEXT_FIELD("phone_sha256", 64),
	TEXT_FIELD("email_md5", 32),
	TEXT_FIELD("email_sha1", 40),
	TEXT_FIELD("email_sha256", 64),
};

#define PART(part_name, list) { part_name, list, sizeof(list) / sizeof((list)[0]) }

static const struct {
	const char *name;
	const struct field *fields;
	size_t n;
} parts[INTAKE__N] = {
	[INTAKE_SOURCE] = PART("source", source_fields),
	[INTAKE_CONSENT] = PART("consent", consent_fields),
	[INTAKE_EVENT] = PART("event", event_fields),
	[INTAKE_HASHES] = PART("hashes", hash_fields),
};

const char *intake_part_name(enum intake_part part)
{
	return parts[part].name;
}

const struct field *intake_find(enum intake_part part, struct str dotted)
{
	/* vertical_find only reads the fields. */
	struct vertical v = { .fields = (struct field *)(uintptr_t)parts[part].fields, .n_fields = parts[part].n };

	return vertical_find(&v, dotted, false);
}

/* A digest is exactly as long as its kind, in lower-case hex. */
static int check_digests(struct arena *a, struct value *digests, const struct path *at, struct faults *f)
{
	int bad = 0;

	for (size_t i = 0; i < digests->n; i++) {
		struct member *m = &digests->members[i];
		size_t length = (size_t)intake_find(INTAKE_HASHES, m->name)->max;
		struct path here = path_member(at, m->name);
		char *text = arena_copy(a, m->value.text.p, m->value.text.n);
		bool hex = m->value.text.n == length;

		for (size_t k = 0; k < m->value.text.n; k++) {
			if (text[k] >= 'A' && text[k] <= 'F')
				text[k] = (char)(text[k] + ('a' - 'A'));
			hex = hex && ((text[k] >= '0' && text[k] <= '9') || (text[k] >= 'a' && text[k] <= 'f'));
		}
		m->value.text.p = text;
		if (!hex)
			bad = fault_add(f, &here, "invalid_field", "must be %zu hex digits", length);
	}
	return bad;
}

int intake_check(struct arena *a, enum intake_part part, bool lenient, const struct value *raw, const struct path *at,
    struct faults *f, struct value *out)
{
	struct field_check c = { a, f, STEP_POST, lenient };
	int bad;

	*out = value_object(NULL, 0);
	if (field_is_absent(raw))
		return 0;
	bad = field_check_object(&c, parts[part].fields, parts[part].n, raw, at, out);
	if (part == INTAKE_HASHES)
		bad |= check_digests(a, out, at, f);
	return bad != 0 ? -1 : 0;
}
