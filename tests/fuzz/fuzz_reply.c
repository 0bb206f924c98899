/*
 * fuzz_reply: no reply is a sale by accident. Replies are read by contracts of each format whose rules want the word "accepted"; when
 * one is taken for a bid or a sale, the word must stand in the bytes, the status must be one that may sell, and a bid has a price.
 *
 * The first byte chooses the contract, the second the status and the media type; the rest is the body.
 */
#include <stdio.h>
#include <stdlib.h>

#include "lib/base/money.h"
#include "lib/buyer/step.h"
#include "lib/wire/json.h"
#include "lib/wire/xml.h"

static const char *const steps[] = {
	"{\"url\":\"https://b.example.com/\",\"reply\":{\"rules\":[{\"when\":{\"path\":\"/status\",\"op\":\"eq\",\"value\":\"accepted\"},"
	"\"outcome\":\"%s\"}],\"price\":{\"path\":\"/price\"},\"ref\":{\"path\":\"/id\"},\"reason\":{\"path\":\"/why\"},"
	"\"reasons\":{\"*dup*\":\"rejected_duplicate\"},\"redirect_url\":{\"path\":\"/url\"},\"expires_in_s\":{\"path\":\"/ttl\"}}}",
	"{\"url\":\"https://b.example.com/\",\"reply\":{\"format\":\"xml\",\"rules\":[{\"when\":{\"path\":\"//status\",\"op\":\"eq\","
	"\"value\":\"accepted\"},\"outcome\":\"%s\"}],\"price\":{\"path\":\"//price\"},\"ref\":{\"path\":\"//@id\"}}}",
	"{\"url\":\"https://b.example.com/\",\"reply\":{\"format\":\"form\",\"rules\":[{\"when\":{\"key\":\"status\",\"op\":\"eq\","
	"\"value\":\"accepted\"},\"outcome\":\"%s\"}],\"price\":{\"key\":\"price\"}}}",
	"{\"url\":\"https://b.example.com/\",\"reply\":{\"format\":\"text\",\"rules\":[{\"when\":{\"pattern\":\"^(accepted)\\\\b\",\"op\":\"exists\"},"
	"\"outcome\":\"%s\"}],\"price\":{\"pattern\":\"\\\\|([^|]*)\"}}}",
	"{\"url\":\"https://b.example.com/\",\"reply\":{\"unwrap\":{\"path\":\"/d\"},\"rules\":[{\"when\":{\"path\":\"/status\",\"op\":\"eq\","
	"\"value\":\"accepted\"},\"outcome\":\"%s\"}],\"price\":{\"path\":\"/price\"}}}",
};

enum { N_STEPS = sizeof(steps) / sizeof(steps[0]) };

static const struct { int status; const char *type; } manners[] = {
	{ 200, NULL }, { 200, "application/json" }, { 200, "text/xml" }, { 200, "application/x-www-form-urlencoded" }, { 201, "text/html" },
	{ 302, NULL }, { 409, "application/json" }, { 500, "application/json" },
};

enum { N_MANNERS = sizeof(manners) / sizeof(manners[0]) };

struct compiled {
	const struct step *ping[N_STEPS], *post[N_STEPS];
};

static const struct step *compile(struct arena *a, const char *format, enum step_kind kind)
{
	const struct vertical *v = arena_new_of(a, struct vertical);
	struct step_env env = { .vertical = v, .kind = kind, .price_by_bid = true, .default_timeout_ms = 1000 };
	struct faults *f = arena_new_of(a, struct faults);
	const struct step *out = NULL;
	struct value doc;
	struct buf b;

	faults_init(f, a);
	buf_in(&b, a, 4096);
	for (const char *p = format; *p != '\0'; p++) /* the outcome stands where %s does */
		if (p[0] == '%' && p[1] == 's')
			buf_add_cstr(&b, kind == STEP_PING ? "bid" : "accepted"), p++;
		else
			buf_add_char(&b, *p);
	if (json_parse(a, buf_str(&b), 32, &doc, NULL) != 0 || step_compile(a, &doc, &env, PATH_ROOT, f, NULL, &out) != 0)
		abort();
	return out;
}

static const struct compiled *contracts(void)
{
	static struct compiled c;
	struct arena *a;

	if (c.ping[0] != NULL)
		return &c;
	xml_init();
	a = arena_new((size_t)16 << 20);
	for (int i = 0; i < N_STEPS; i++) {
		c.ping[i] = compile(a, steps[i], STEP_PING);
		c.post[i] = compile(a, steps[i], STEP_POST);
	}
	return &c;
}

/* The word's letters in their order, with anything between: markup may stand within a text. */
static bool holds_letters(struct str s, const char *word)
{
	for (size_t i = 0; i < s.n && *word != '\0'; i++)
		word += s.p[i] == *word;
	return *word == '\0';
}

/* Whether the bytes say the word; where they may spell it by escapes, only that such are there. */
static bool says_accepted(struct str body)
{
	static const char *const escapes[] = { "\\u", "&#", "%", "encoding" };

	if (str_contains(body, STR("accepted")))
		return true;
	for (size_t i = 0; i < sizeof(escapes) / sizeof(escapes[0]); i++)
		if (str_contains(body, str_of(escapes[i])))
			return true;
	return str_contains(body, STR("<")) && holds_letters(body, "accepted");
}

static void check(const struct step *s, const struct http_reply *reply, enum outcome sale)
{
	struct arena *a = arena_new((size_t)64 << 20);
	struct verdict v;

	step_parse(a, s, reply, &v);
	if (v.outcome != OUTCOME_BID && v.outcome != OUTCOME_ACCEPTED) {
		arena_free(&a);
		return;
	}
	if (v.outcome != sale || reply->status < 200 || reply->status > 299 || !says_accepted(reply->body))
		abort();
	if (v.outcome == OUTCOME_BID && (!v.has_price || v.price <= 0 || v.price > MONEY_MAX))
		abort();
	if (v.redirect_url.p != NULL && !str_eq_nocase((struct str){ v.redirect_url.p, 4 }, STR("http")))
		abort();
	arena_free(&a);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct compiled *c = contracts();
	struct http_reply reply = { .end = HTTP_DONE };
	struct http_header header;
	int i, manner;

	if (size < 2)
		return 0;
	i = data[0] % N_STEPS;
	manner = data[1] % N_MANNERS;
	reply.status = manners[manner].status;
	header = (struct http_header){ STR("Content-Type"), str_of(manners[manner].type) };
	reply.headers = (struct http_headers){ &header, manners[manner].type != NULL };
	reply.body = (struct str){ (const char *)data + 2, size - 2 };
	check(c->ping[i], &reply, OUTCOME_BID);
	check(c->post[i], &reply, OUTCOME_ACCEPTED);
	return 0;
}
