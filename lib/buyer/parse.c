/*
 * parse: what a reply means. Fail-closed: a bid or a sale comes only from a rule that holds in a reply that could be read; whatever
 * else happens is a refusal, an error or not known.
 */
#include "lib/base/money.h"
#include "lib/base/utf8.h"
#include "lib/buyer/compiled.h"
#include "lib/buyer/url.h"

enum { REASON_TEXT_MAX = 1000 };

struct reading {
	struct arena *arena;
	const struct reply *rules;
	struct place place;
};

static void conclude(struct verdict *out, enum outcome outcome, enum reason reason)
{
	out->outcome = outcome;
	out->reason = reason;
}

/* Nothing left, so nothing is owed: a post may go to the next buyer. */
static void not_sent(enum step_kind kind, enum http_why why, struct verdict *out)
{
	if (kind == STEP_POST)
		conclude(out, OUTCOME_NOT_SENT, REASON_NOT_SENT);
	else if (why == HTTP_WHY_DEADLINE || why == HTTP_WHY_NO_TURN)
		conclude(out, OUTCOME_TIMEOUT, REASON_TIMEOUT);
	else
		conclude(out, OUTCOME_ERROR, why == HTTP_WHY_TLS ? REASON_TLS_FAILED : REASON_UNREACHABLE);
}

/* What is settled before the rules are read; true when it is. */
static bool ended_early(const struct step *s, const struct http_reply *reply, struct verdict *out)
{
	bool refused_or_done = (reply->status >= 200 && reply->status <= 299) || (reply->status >= 400 && reply->status <= 499);

	switch (reply->end) {
	case HTTP_NOT_SENT:
		not_sent(s->kind, reply->why, out);
		return true;
	case HTTP_TIMEOUT:
		if (s->kind == STEP_POST)
			conclude(out, OUTCOME_UNKNOWN, REASON_OUTCOME_UNKNOWN);
		else
			conclude(out, OUTCOME_TIMEOUT, REASON_TIMEOUT);
		return true;
	case HTTP_DONE:
		if (refused_or_done && reply->body.n <= REPLY_MAX)
			return false;
		conclude(out, OUTCOME_ERROR, refused_or_done ? REASON_UNPARSABLE_REPLY : REASON_HTTP_ERROR);
		return true;
	case HTTP_TOO_LONG:
		conclude(out, OUTCOME_ERROR, REASON_UNPARSABLE_REPLY);
		return true;
	default:
		conclude(out, OUTCOME_ERROR, REASON_HTTP_ERROR);
		return true;
	}
}

/* The document that selectors see: the body, or what is wrapped in it. A wrapping that is not there is a reply we can't read. */
static int open_document(struct arena *a, const struct reply *rules, const struct http_reply *reply, struct document *out)
{
	struct document wrapping;
	struct place place = { .reply = reply, .document = &wrapping };
	struct str inner;

	if (rules->unwrap == NULL)
		return document_read(a, reply->body, rules->format, &reply->headers, out, NULL);
	if (document_read(a, reply->body, rules->format, &reply->headers, &wrapping, NULL) != 0)
		return -1;
	if (!selector_text(a, rules->unwrap, &place, &inner, NULL))
		return -1;
	return document_read(a, inner, FORMAT_AUTO, NULL, out, NULL);
}

static const struct value *fetch(void *ctx, const void *source)
{
	const struct reading *r = ctx;

	return selector_fetch(r->arena, source, &r->place);
}

static enum outcome first_rule(struct reading *r)
{
	bool client_error = r->place.reply->status >= 400;

	for (size_t i = 0; i < r->rules->n_rules; i++) {
		const struct rule *rule = &r->rules->rules[i];

		if (client_error && !rule->tests_status && (rule->outcome == OUTCOME_BID || rule->outcome == OUTCOME_ACCEPTED))
			continue;
		if (condition_holds(rule->when, fetch, r))
			return rule->outcome;
	}
	return r->rules->otherwise;
}

static bool read_price(const struct reading *r, const struct place *in, int64_t *out)
{
	struct str text;
	bool number;

	if (!selector_text(r->arena, r->rules->price, in, &text, &number))
		return false;
	return money_parse_price(text, number, r->rules->scale, out) && *out >= 0;
}

/* The entry with the highest price; the whole document when the reply holds one bid. False when no entry is a bid. */
static bool pick_entry(const struct reading *r, struct place *out)
{
	struct place *entries = NULL;
	int64_t price, best = -1;
	size_t n;

	*out = r->place;
	if (r->rules->each == NULL)
		return true;
	n = selector_entries(r->arena, r->rules->each, &r->place, &entries);
	for (size_t i = 0; i < n; i++) {
		if (!read_price(r, &entries[i], &price) || price <= best)
			continue;
		best = price;
		*out = entries[i];
	}
	if (best < 0 && n > 0 && r->rules->price == NULL) {
		*out = entries[0]; /* a fixed price: the first will do */
		return true;
	}
	return best >= 0;
}

static void read_texts(const struct reading *r, const struct selector *s, const struct place *in, struct str *out)
{
	struct str text;

	if (selector_text(r->arena, s, in, &text, NULL) && text.n > 0)
		*out = text;
}

static void read_captures(const struct reading *r, const struct place *in, struct verdict *out)
{
	struct member *members = arena_array_of(r->arena, r->rules->n_captures, struct member);
	size_t n = 0;

	for (size_t i = 0; i < r->rules->n_captures; i++) {
		struct str text;

		if (selector_text(r->arena, r->rules->captures[i].selector, in, &text, NULL))
			members[n++] = (struct member){ r->rules->captures[i].name, value_text(text) };
	}
	out->captures = value_object(members, n);
}

/* Everything that a reply says beside its outcome. */
static void read_rest(const struct reading *r, struct verdict *out)
{
	struct value life = { .type = VALUE_TEXT };
	struct place entry;
	int64_t seconds;

	read_texts(r, r->rules->reason, &r->place, &out->reason_text);
	if (out->reason_text.n > REASON_TEXT_MAX)
		out->reason_text = utf8_slice(out->reason_text, 0, REASON_TEXT_MAX);
	read_texts(r, r->rules->redirect_url, &r->place, &out->redirect_url);
	if (!url_is_absolute(out->redirect_url))
		out->redirect_url = (struct str){ NULL, 0 };
	read_texts(r, r->rules->expires_in_s, &r->place, &life.text);
	if (value_as_int(&life, &seconds) && seconds >= 0)
		out->expires_in_s = seconds;
	if (!pick_entry(r, &entry))
		return;
	out->has_price = read_price(r, &entry, &out->price);
	read_texts(r, r->rules->ref, &entry, &out->ref);
	read_captures(r, &entry, out);
}

bool reason_words_fit(struct str words, struct str text)
{
	size_t w = 0, t = 0, star = SIZE_MAX, resume = 0;

	while (t < text.n) {
		if (w < words.n && words.p[w] == '*') {
			star = w++;
			resume = t;
		} else if (w < words.n && words.p[w] == text.p[t]) {
			w++, t++;
		} else if (star != SIZE_MAX) {
			w = star + 1;
			t = ++resume;
		} else {
			return false;
		}
	}
	while (w < words.n && words.p[w] == '*')
		w++;
	return w == words.n;
}

static enum reason mapped_reason(const struct reading *r, struct str text)
{
	struct str lower = text.n > 0 ? utf8_lower(r->arena, text) : text;

	for (size_t i = 0; text.n > 0 && i < r->rules->n_reasons; i++)
		if (reason_words_fit(r->rules->reasons[i].words, lower))
			return r->rules->reasons[i].reason;
	return REASON_NONE;
}

/* Why, in our codes: the buyer's words where a contract knows them. A bid, a sale and a pending verdict have no reason. */
static enum reason reason_of(const struct reading *r, const struct verdict *v)
{
	enum reason mapped;

	if (v->outcome == OUTCOME_BID || v->outcome == OUTCOME_ACCEPTED || v->outcome == OUTCOME_PENDING)
		return REASON_NONE;
	mapped = mapped_reason(r, v->reason_text);
	if (mapped != REASON_NONE)
		return mapped;
	switch (v->outcome) {
	case OUTCOME_NO_BID:
		return REASON_NO_BID;
	case OUTCOME_RE_PING:
		return REASON_RE_PING;
	case OUTCOME_REJECTED:
		return REASON_REJECTED_OTHER;
	default:
		return REASON_HTTP_ERROR;
	}
}

/* Only the hand-over itself tells: taken over, refused in so many words, not begun, or nobody knows. */
static void read_handover(const struct http_reply *reply, struct verdict *out)
{
	if (reply->end == HTTP_NOT_SENT)
		conclude(out, OUTCOME_NOT_SENT, REASON_NOT_SENT);
	else if (reply->end != HTTP_DONE)
		conclude(out, OUTCOME_UNKNOWN, REASON_OUTCOME_UNKNOWN);
	else if (reply->status >= 400)
		conclude(out, OUTCOME_REJECTED, REASON_REJECTED_OTHER);
	else
		conclude(out, OUTCOME_ACCEPTED, REASON_NONE);
}

void step_parse(struct arena *a, const struct step *s, const struct http_reply *reply, struct verdict *out)
{
	struct document document;
	struct reading r = { a, &s->reply, { .reply = reply, .document = &document } };

	*out = (struct verdict){ .expires_in_s = -1, .captures = value_object(NULL, 0) };
	if (s->handover.kind != HANDOVER_NONE) {
		read_handover(reply, out);
		return;
	}
	if (ended_early(s, reply, out))
		return;
	if (open_document(a, r.rules, reply, &document) != 0) {
		conclude(out, OUTCOME_ERROR, REASON_UNPARSABLE_REPLY);
		return;
	}
	out->outcome = first_rule(&r);
	read_rest(&r, out);
	if (out->outcome == OUTCOME_BID && s->price_by_bid && (!out->has_price || out->price == 0))
		out->outcome = OUTCOME_NO_BID;
	out->reason = reason_of(&r, out);
}
