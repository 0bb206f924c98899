#include "lib/wire/json.h"
#include "tests/unit/catalog/suites.h"

#define STEP_REPLY(outcome) \
	"\"reply\":{\"format\":\"json\",\"rules\":[{\"when\":{\"path\":\"/status\",\"op\":\"eq\",\"value\":\"ok\"}," \
	"\"outcome\":\"" outcome "\"}]," \
	"\"price\":{\"path\":\"/price\"},\"ref\":{\"path\":\"/id\"}}"
#define PING "{\"url\":\"https://buyer.example/ping\",\"body\":{\"json\":{\"zip\":\"{{lead.zip}}\"}}," STEP_REPLY("bid") "}"
#define POST "{\"url\":\"https://buyer.example/post\",\"body\":{\"json\":{\"mail\":\"{{lead.email}}\"}}," STEP_REPLY("accepted") "}"

const char doc_base[] =
    "{\"gavel\":1,"
    "\"lookups\":{\"own_rent\":{\"own\":\"1\",\"rent\":\"2\"}},"
    "\"lists\":{\"zips\":[\"90001\",\"90210\"]},"
    "\"verticals\":[{\"key\":\"v\",\"name\":\"V\",\"fields\":["
    "  {\"name\":\"zip\",\"type\":\"zip\",\"ping\":\"required\",\"post\":\"required\"},"
    "  {\"name\":\"state\",\"type\":\"state\",\"ping\":\"optional\",\"post\":\"optional\"},"
    "  {\"name\":\"credit\",\"type\":\"choice\",\"values\":[\"good\",\"poor\"],\"ping\":\"optional\",\"post\":\"optional\"},"
    "  {\"name\":\"insured\",\"type\":\"boolean\",\"ping\":\"optional\",\"post\":\"optional\"},"
    "  {\"name\":\"company\",\"type\":\"text\",\"max\":80,\"ping\":\"required_if\",\"post\":\"optional\","
    "    \"if\":{\"field\":\"lead.insured\",\"op\":\"eq\",\"value\":true}},"
    "  {\"name\":\"cars\",\"type\":\"list\",\"min\":1,\"max\":3,\"ping\":\"optional\",\"post\":\"optional\","
    "    \"fields\":[{\"name\":\"year\",\"type\":\"integer\",\"ping\":\"optional\",\"post\":\"optional\"}]},"
    "  {\"name\":\"email\",\"type\":\"email\",\"ping\":\"no\",\"post\":\"required\",\"pii\":true}]}],"
    "\"campaigns\":[{\"key\":\"c\",\"vertical\":\"v\",\"currency\":\"USD\",\"payout\":{\"type\":\"revshare\",\"percent\":\"80\"},"
    "  \"routing\":{\"reserve_price\":\"2.00\"}}],"
    "\"sellers\":[{\"key\":\"s\",\"name\":\"S\",\"campaigns\":[\"c\"],\"rate_limit\":{\"per_second\":50,\"burst\":100}}],"
    "\"buyers\":[{\"key\":\"b\",\"name\":\"B\",\"contracts\":["
    "  {\"key\":\"k\",\"campaign\":\"c\",\"price\":{\"type\":\"bid\",\"min\":\"1.00\",\"max\":\"95.00\"},"
    "   \"filters\":[{\"field\":\"lead.state\",\"op\":\"in\",\"value\":[\"CA\",\"NV\"]},"
    "     {\"any\":[{\"field\":\"lead.credit\",\"op\":\"eq\",\"value\":\"good\"},"
    "       {\"field\":\"lead.zip\",\"op\":\"in_list\",\"value\":\"zips\"}]}],"
    "   \"ping\":" PING ",\"post\":" POST "},"
    "  {\"key\":\"fixed\",\"campaign\":\"c\",\"price\":{\"type\":\"fixed\",\"amount\":\"7.00\"},\"post\":" POST "}]}],"
    "\"channels\":[{\"key\":\"h\",\"name\":\"H\",\"campaign\":\"c\",\"landing_url\":\"https://www.example.com/f/f\","
    "  \"cost\":{\"type\":\"cpc\",\"amount\":\"0.50\"},"
    "  \"postback_url\":\"https://t.example/p?cid={{click.id}}&payout={{sale.payout}}\"}],"
    "\"forms\":[{\"key\":\"f\",\"campaign\":\"c\",\"seller\":\"s\",\"steps\":["
    "  {\"title\":\"One\",\"fields\":[\"zip\",\"cars.0.year\"]},"
    "  {\"title\":\"Two\",\"fields\":[\"email\"]}],\"consent_text\":\"Yes\",\"thanks\":{\"message\":\"Thanks\"},"
    "  \"origins\":[\"https://www.example.com\"],\"theme\":{\"accent\":\"#0a7\"}}]}";

struct value doc_read(struct arena *a, const char *json)
{
	struct value v;
	struct err e;

	ck_assert_msg(json_parse(a, str_of(json), JSON_DEPTH_CONFIG, &v, &e) == 0, "%s in: %s", e.msg, json);
	return v;
}

static struct value set_at(struct arena *a, const struct value *doc, struct str rest, const char *json);

/* What stands in the place of v: NULL json is told by the caller. */
static struct value replaced(struct arena *a, const struct value *v, struct str rest, const char *json)
{
	return rest.n == 0 ? doc_read(a, json) : set_at(a, v, rest, json);
}

static struct value set_in_object(struct arena *a, const struct value *doc, struct str part, struct str rest, const char *json)
{
	struct value out = value_object(arena_array_of(a, doc->n + 1, struct member), 0);
	bool seen = false;

	for (size_t i = 0; i < doc->n; i++) {
		struct member m = doc->members[i];

		if (str_eq(m.name, part)) {
			seen = true;
			if (rest.n == 0 && json == NULL)
				continue;
			m.value = replaced(a, &m.value, rest, json);
		}
		out.members[out.n++] = m;
	}
	ck_assert_msg(seen || (rest.n == 0 && json != NULL), "no member %.*s", STR_ARG(part));
	if (!seen)
		out.members[out.n++] = (struct member){ part, doc_read(a, json) };
	return out;
}

static struct value set_in_list(struct arena *a, const struct value *doc, struct str part, struct str rest, const char *json)
{
	struct value out = value_list(arena_array_of(a, doc->n + 1, struct value), 0);
	int64_t at = (int64_t)doc->n;

	ck_assert(str_is(part, "-") || (str_to_i64(part, &at) && at < (int64_t)doc->n));
	for (size_t i = 0; i < doc->n; i++)
		if ((int64_t)i != at)
			out.items[out.n++] = doc->items[i];
		else if (rest.n > 0 || json != NULL)
			out.items[out.n++] = replaced(a, &doc->items[i], rest, json);
	if (at == (int64_t)doc->n)
		out.items[out.n++] = doc_read(a, json);
	return out;
}

/* rest begins with '/'. */
static struct value set_at(struct arena *a, const struct value *doc, struct str rest, const char *json)
{
	struct str part = { rest.p + 1, 0 };

	while (part.n + 1 < rest.n && part.p[part.n] != '/')
		part.n++;
	rest = (struct str){ part.p + part.n, rest.n - 1 - part.n };
	if (doc->type == VALUE_LIST)
		return set_in_list(a, doc, part, rest, json);
	ck_assert_int_eq(doc->type, VALUE_OBJECT);
	return set_in_object(a, doc, part, rest, json);
}

struct value doc_set(struct arena *a, const struct value *doc, const char *pointer, const char *json)
{
	return replaced(a, doc, str_of(pointer), json);
}

const char *doc_text(struct arena *a, const struct value *v)
{
	struct buf b;

	buf_in(&b, a, 1 << 24);
	ck_assert_int_eq(json_write(&b, v), 0);
	return buf_str(&b).p;
}

const char *doc_faults(struct arena *a, const struct faults *f)
{
	struct buf b;

	buf_in(&b, a, 1 << 20);
	for (size_t i = 0; i < f->n; i++)
		buf_addf(&b, "%.*s %s\n", STR_ARG(f->list[i].pointer), f->list[i].code);
	return buf_str(&b).p;
}

struct catalog *doc_compile(struct arena *a, const struct value *doc, const struct catalog_names *names, struct faults *warnings)
{
	struct faults *f = arena_new_of(a, struct faults);
	struct catalog *c = NULL;

	faults_init(f, a);
	ck_assert_msg(catalog_compile(doc, names, f, warnings, &c) == 0, "%s", doc_faults(a, f));
	return c;
}
