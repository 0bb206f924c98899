#include "fcgi-app/jobs/webhook.h"

#include "config.h"
#include "lib/base/clock.h"
#include "lib/base/utf8.h"
#include "lib/lead/retry.h"
#include "lib/store/signing_secret.h"
#include "lib/wire/json.h"

enum { HEADERS = 5, REPLY_MAX = 16 * 1024, LETTER_MAX = 256 * 1024, MAILBOXES_MAX = 32, NOBODY = 1, GONE = 410 };

struct notify webhook_notify(struct app *app, const struct snapshot *snap)
{
	return (struct notify){ .ex = &app->exchange, .snapshot = snap, .alert_webhook = app->settings.alert_url.n > 0,
		.alert_letter = app->settings.alert_email.n > 0 };
}

static void add_header(struct http_call *c, const char *name, struct str value)
{
	c->headers.list[c->headers.n++] = (struct http_header){ str_of(name), value };
}

/* Under the secret in force and, for a day after it came, the one before. */
static int sign(struct app *app, struct arena *a, struct db *db, const char *owner_kind, const struct message_row *m, int64_t now,
    struct str *out, struct err *e)
{
	int64_t now_s = now / 1000000;
	struct str id = id_text(a, "msg", m->id), old;
	struct signing_pair secret;
	enum found found = signing_secret_sending(db, a, &app->keys, owner_kind, m->owner, now, &secret, e);

	if (found == FOUND_NO) {
		if (signing_secret_make(db, a, &app->keys, owner_kind, m->owner, e) != 0)
			return -1;
		found = signing_secret_sending(db, a, &app->keys, owner_kind, m->owner, now, &secret, e);
	}
	if (found != FOUND_YES || webhook_sign(a, secret.current, id, now_s, m->body, out, e) != 0)
		return -1;
	if (secret.previous.p == NULL)
		return 0;
	if (webhook_sign(a, secret.previous, id, now_s, m->body, &old, e) != 0)
		return -1;
	*out = arena_printf(a, "%.*s %.*s", STR_ARG(*out), STR_ARG(old));
	return 0;
}

static int signed_post(struct app *app, struct arena *a, struct db *db, const char *owner_kind, struct str url, const struct message_row *m,
    int64_t now, struct http_call *out, struct err *e)
{
	struct str signature;

	if (sign(app, a, db, owner_kind, m, now, &signature, e) != 0)
		return -1;
	out->method = STR("POST");
	out->url = url;
	out->body = m->body;
	add_header(out, "Content-Type", STR("application/json"));
	add_header(out, "webhook-id", id_text(a, "msg", m->id));
	add_header(out, "webhook-timestamp", arena_printf(a, "%lld", (long long)(now / 1000000)));
	add_header(out, "webhook-signature", signature);
	return 0;
}

static struct str text_of(struct arena *a, const struct value *v)
{
	struct buf b;

	if (v->type != VALUE_OBJECT && v->type != VALUE_LIST)
		return value_as_text(v);
	buf_in(&b, a, LETTER_MAX);
	json_write(&b, v);
	return buf_str(&b);
}

/* What an alert is about, in a word. */
static struct str subject_of(const struct value *data)
{
	return data == NULL ? STR("") : value_get_text(data, STR("subject"), value_get_text(data, STR("contract"), STR("")));
}

/* An alert in words: its name, its time, and a line for each thing that it says. */
static int letter(struct app *app, struct arena *a, const struct message_row *m, struct http_call *out, struct err *e)
{
	struct letter *l = arena_new_of(a, struct letter);
	struct str rest = app->settings.alert_email;
	const struct value *data;
	struct value doc;
	size_t from = 0;
	struct buf b;

	if (json_parse(a, m->body, JSON_DEPTH_REQUEST, &doc, e) != 0)
		return -1;
	l->to = arena_array_of(a, MAILBOXES_MAX, struct str);
	for (size_t i = 0; i <= rest.n && l->n_to < MAILBOXES_MAX; i++) {
		if (i < rest.n && rest.p[i] != ' ' && rest.p[i] != ',' && rest.p[i] != '\t')
			continue;
		if (i > from)
			l->to[l->n_to++] = (struct str){ rest.p + from, i - from };
		from = i + 1;
	}
	buf_in(&b, a, LETTER_MAX);
	buf_addf(&b, "%.*s at %.*s\n\n", STR_ARG(m->type), STR_ARG(value_get_text(&doc, STR("timestamp"), STR(""))));
	data = value_get(&doc, STR("data"));
	for (size_t i = 0; data != NULL && data->type == VALUE_OBJECT && i < data->n; i++)
		buf_addf(&b, "%.*s: %.*s\n", STR_ARG(data->members[i].name), STR_ARG(text_of(a, &data->members[i].value)));
	l->subject = arena_printf(a, "Gavel: %.*s %.*s", STR_ARG(m->type), STR_ARG(subject_of(data)));
	l->body = buf_str(&b);
	l->id = id_text(a, "msg", m->id);
	out->letter = l;
	out->method = STR("SMTP");
	return 0;
}

static int nobody(const char **why_out, const char *why)
{
	*why_out = why;
	return NOBODY;
}

static int call_seller(struct app *app, struct arena *a, const struct notify *n, struct db *db, const struct message_row *m, int64_t now,
    struct http_call *out, const char **why_out, struct err *e)
{
	const struct seller *s = map_get(n->snapshot->catalog->by_seller, m->owner);

	if (s == NULL || s->webhook_url.n == 0)
		return nobody(why_out, "the seller has no webhook any more");
	return signed_post(app, a, db, "seller_webhook", s->webhook_url, m, now, out, e);
}

int webhook_call(struct app *app, struct arena *a, const struct notify *n, struct db *db, const struct message_row *m, int64_t now,
    struct http_call *out, const char **why_out, struct err *e)
{
	int r = 0;

	*out = (struct http_call){ .headers.list = arena_array_of(a, HEADERS, struct http_header) };
	switch (m->kind) {
	case ENDPOINT_SELLER:
		r = call_seller(app, a, n, db, m, now, out, why_out, e);
		break;
	case ENDPOINT_CHANNEL:
		out->method = STR("GET");
		out->url = m->url;
		break;
	case ENDPOINT_CONTRACT:
		r = notify_loss_call(db, a, n, m, out, e);
		*why_out = "there is no loss to tell of any more";
		break;
	case ENDPOINT_ALERT:
		if (app->settings.alert_url.n == 0)
			return nobody(why_out, "[alerts] webhook_url is not set any more");
		r = signed_post(app, a, db, "alert_webhook", app->settings.alert_url, m, now, out, e);
		break;
	default:
		if (app->settings.alert_email.n == 0)
			return nobody(why_out, "[alerts] email is not set any more");
		r = letter(app, a, m, out, e);
	}
	if (m->kind != ENDPOINT_CONTRACT)
		add_header(out, "User-Agent", STR("Gavel/" PACKAGE_VERSION));
	/* A dead connection that was reused would have libcurl send it twice. */
	out->once = m->kind == ENDPOINT_CONTRACT || m->kind == ENDPOINT_CHANNEL;
	if (out->timeout_ms <= 0 || out->timeout_ms > WEBHOOK_TIMEOUT_MS)
		out->timeout_ms = WEBHOOK_TIMEOUT_MS;
	out->max_reply = REPLY_MAX;
	return r;
}

static struct str error_of(struct arena *a, const struct http_reply *r)
{
	if (r->detail[0] != '\0')
		return utf8_slice(arena_str(a, str_of(r->detail)), 0, MESSAGE_ERROR_MAX);
	switch (r->end) {
	case HTTP_DONE: return arena_printf(a, "answered %d", r->status);
	case HTTP_NOT_SENT: return r->why == HTTP_WHY_TLS ? STR("TLS failed") : STR("could not be reached");
	case HTTP_TIMEOUT: return STR("no answer in time");
	case HTTP_TOO_LONG: return STR("the answer is too long");
	default: return STR("the connection broke");
	}
}

/* Any success will do, and an answer's length is not our affair once its status has come. */
static bool is_taken(const struct http_reply *r)
{
	return r->end == HTTP_DONE && r->status >= 200 && r->status < 300;
}

void webhook_judge(struct arena *a, const struct message_row *m, const struct http_reply *reply, int64_t ended_at, uint32_t random,
    struct message_result *out, bool *gone_out)
{
	int64_t next;

	*out = (struct message_result){ .state = MESSAGE_DELIVERED, .at = ended_at, .ms = (int)(reply->total_us / 1000),
		.status = reply->end == HTTP_DONE ? reply->status : 0 };
	*gone_out = false;
	if (is_taken(reply))
		return;
	out->error = error_of(a, reply);
	out->state = MESSAGE_FAILED;
	if (m->kind == ENDPOINT_CONTRACT)
		return;
	/* A tracker says so of one click, a webhook of itself. */
	if (out->status == GONE) {
		*gone_out = m->kind == ENDPOINT_SELLER || m->kind == ENDPOINT_ALERT;
		return;
	}
	next = retry_next_at(m->step, ended_at, random);
	if (next < 0)
		return;
	out->state = MESSAGE_WAITING;
	out->next_at = next;
}
