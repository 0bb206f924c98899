#include "lib/base/clock.h"
#include "lib/exchange/notify.h"
#include "lib/exchange/view.h"

bool notify_owner_parse(struct str text, enum endpoint_kind *kind_out, struct str *owner_out)
{
	struct str rest = text, word;

	*kind_out = ENDPOINT_SELLER;
	*owner_out = text;
	if (memchr(text.p, ':', text.n) == NULL)
		return text.n > 0;
	str_split(&rest, ':', &word);
	*owner_out = rest;
	for (int k = ENDPOINT_SELLER; k < ENDPOINT__N; k++)
		if (str_is(word, message_kind_name((enum endpoint_kind)k))) {
			*kind_out = (enum endpoint_kind)k;
			return rest.n > 0;
		}
	return false;
}

struct str notify_owner_text(struct arena *a, enum endpoint_kind kind, struct str owner)
{
	return arena_printf(a, "%s:%.*s", message_kind_name(kind), STR_ARG(owner));
}

static void write_time(struct arena *a, struct json_out *j, const char *name, int64_t at)
{
	if (at != 0)
		json_text(j, name, clock_rfc3339_ms(a, at));
	else
		json_nil(j, name);
}

static void write_status(struct json_out *j, const char *name, int status)
{
	if (status != 0)
		json_int(j, name, status);
	else
		json_nil(j, name);
}

static void write_text(struct json_out *j, const char *name, struct str s)
{
	if (s.n > 0)
		json_text(j, name, s);
	else
		json_nil(j, name);
}

void notify_write_message(struct arena *a, struct json_out *j, const char *name, const struct message_row *m, const struct message_attempt *log,
    size_t n)
{
	json_open(j, name, '{');
	view_write_id(j, "id", "msg", m->id);
	json_text(j, "endpoint", notify_owner_text(a, m->kind, m->owner));
	json_text(j, "type", m->type);
	json_cstr(j, "state", message_state_name(m->state));
	if (!id_is_zero(m->lead_id))
		view_write_id(j, "lead_id", "led", m->lead_id);
	if (!id_is_zero(m->sale_id))
		view_write_id(j, "sale_id", "sal", m->sale_id);
	json_text(j, "created_at", clock_rfc3339_ms(a, m->created_at));
	json_int(j, "attempts", m->attempts);
	write_time(a, j, "next_at", m->state == MESSAGE_WAITING ? m->next_at : 0);
	write_time(a, j, "last_at", m->last_at);
	write_status(j, "last_status", m->last_status);
	write_text(j, "last_error", m->last_error);
	write_time(a, j, "done_at", m->done_at);
	if (log != NULL) {
		write_text(j, "url", m->url);
		if (m->body.n > 0)
			json_raw(j, "body", m->body);
		else
			json_nil(j, "body");
		json_open(j, "log", '[');
		for (size_t i = 0; i < n; i++) {
			json_open(j, NULL, '{');
			json_int(j, "attempt", log[i].n);
			json_text(j, "at", clock_rfc3339_ms(a, log[i].at));
			json_int(j, "ms", log[i].ms);
			write_status(j, "status", log[i].status);
			write_text(j, "error", log[i].error);
			json_close(j, '}');
		}
		json_close(j, ']');
	}
	json_close(j, '}');
}

void notify_write_endpoint(struct arena *a, struct json_out *j, const struct endpoint_row *ep)
{
	json_open(j, NULL, '{');
	json_text(j, "endpoint", notify_owner_text(a, ep->kind, ep->owner));
	json_cstr(j, "state", ep->disabled_at != 0 ? "disabled" : "enabled");
	json_int(j, "waiting", ep->waiting);
	json_int(j, "failing", ep->failing);
	write_time(a, j, "failed_at", ep->failed_at);
	write_status(j, "failed_status", ep->failed_status);
	write_time(a, j, "disabled_at", ep->disabled_at);
	write_text(j, "reason", ep->reason);
	json_close(j, '}');
}
