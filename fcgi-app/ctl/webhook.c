/*
 * gavelctl webhook: the log of what was sent to those who want to be told, and what an operator does about it.
 */
#include <stdio.h>

#include "fcgi-app/ctl/commands.h"
#include "fcgi-app/ctl/ctl.h"
#include "lib/base/clock.h"
#include "lib/exchange/notify.h"
#include "lib/store/audit.h"

enum { LIST_DEFAULT = 50, LIST_MOST = 1000, TEXT_MAX_JSON = 64 * 1024 * 1024 };

static struct json_out open_json(struct ctl *c, struct buf *b, char bracket)
{
	struct json_out j;

	buf_in(b, c->arena, TEXT_MAX_JSON);
	j = json_out(b);
	json_open(&j, NULL, bracket);
	return j;
}

static int print_json(struct json_out *j, struct buf *b, char bracket)
{
	json_close(j, bracket);
	printf("%.*s\n", STR_ARG(buf_str(b)));
	return CTL_DONE;
}

static struct str when(struct ctl *c, int64_t at)
{
	return at != 0 ? clock_rfc3339_ms(c->arena, at) : STR("-");
}

static int print_list(struct ctl *c, const struct message_row *list, size_t n)
{
	struct json_out j;
	struct buf b;

	if (c->json) {
		j = open_json(c, &b, '[');
		for (size_t i = 0; i < n; i++)
			notify_write_message(c->arena, &j, NULL, &list[i], NULL, 0);
		return print_json(&j, &b, ']');
	}
	printf("%-30s  %-24s  %-14s  %-9s  %8s  %-24s  %s\n", "ID", "ENDPOINT", "TYPE", "STATE", "ATTEMPTS", "CREATED", "LAST");
	for (size_t i = 0; i < n; i++) {
		const struct message_row *m = &list[i];

		printf("%-30.*s  %-24.*s  %-14.*s  %-9s  %8d  %-24.*s  ", STR_ARG(id_text(c->arena, "msg", m->id)),
		    STR_ARG(notify_owner_text(c->arena, m->kind, m->owner)), STR_ARG(m->type), message_state_name(m->state), m->attempts,
		    STR_ARG(when(c, m->created_at)));
		if (m->last_error.p != NULL)
			printf("%.*s\n", STR_ARG(m->last_error));
		else
			printf("%d\n", m->last_status);
	}
	return CTL_DONE;
}

/* Reads the filter's options; false: a value is none, and it has been said which. */
static bool read_filter(int *argc, char **argv, struct message_filter *f)
{
	const char *owner = ctl_option(argc, argv, "owner"), *state = ctl_option(argc, argv, "state");
	const char *lead = ctl_option(argc, argv, "lead"), *limit = ctl_option(argc, argv, "limit");
	int64_t most = LIST_DEFAULT;

	*f = (struct message_filter){ 0 };
	if (owner != NULL && !notify_owner_parse(str_of(owner), &f->kind, &f->owner))
		return ctl_refuse("no kind of endpoint: %s", owner) == CTL_DONE;
	if (state != NULL && !message_state_parse(str_of(state), &f->state))
		return ctl_refuse("a state is waiting, delivered or failed") == CTL_DONE;
	if (lead != NULL && !id_parse("led", str_of(lead), &f->lead_id))
		return ctl_refuse("not the id of a lead: %s", lead) == CTL_DONE;
	if (limit != NULL && (!str_to_i64(str_of(limit), &most) || most < 1 || most > LIST_MOST))
		return ctl_refuse("a limit is 1 to %d", LIST_MOST) == CTL_DONE;
	f->limit = (int)most;
	return true;
}

int ctl_webhook_list(struct ctl *c, int argc, char **argv)
{
	struct message_filter f;
	struct message_row *list;
	struct db *db = NULL;
	struct err e;
	size_t n;
	int r;

	if (!read_filter(&argc, argv, &f))
		return CTL_REFUSED;
	if (argc != 0)
		return CTL_USAGE;
	if (ctl_db(c, false, &db) != 0)
		return CTL_REFUSED;
	r = message_list(db, c->arena, &f, &list, &n, &e);
	db_close(&db);
	return r != 0 ? ctl_refuse("%s", e.msg) : print_list(c, list, n);
}

int ctl_webhook_show(struct ctl *c, int argc, char **argv)
{
	struct message_attempt *log;
	struct message_row m;
	struct json_out j;
	struct db *db = NULL;
	enum found found;
	struct buf b;
	struct err e;
	struct id id;
	size_t n;

	if (argc != 1)
		return CTL_USAGE;
	if (!id_parse("msg", str_of(argv[0]), &id))
		return ctl_refuse("not the id of a webhook: %s", argv[0]);
	if (ctl_db(c, false, &db) != 0)
		return CTL_REFUSED;
	found = message_find(db, c->arena, id, &m, &e);
	if (found == FOUND_YES && message_attempts(db, c->arena, id, &log, &n, &e) != 0)
		found = FOUND_ERR;
	db_close(&db);
	if (found != FOUND_YES)
		return found == FOUND_ERR ? ctl_refuse("%s", e.msg) : ctl_refuse("no such webhook: %s", argv[0]);
	buf_in(&b, c->arena, TEXT_MAX_JSON);
	j = json_out(&b);
	notify_write_message(c->arena, &j, NULL, &m, log, n);
	printf("%.*s\n", STR_ARG(buf_str(&b)));
	return CTL_DONE;
}

int ctl_webhook_endpoints(struct ctl *c, int argc, char **argv)
{
	struct endpoint_row *list;
	struct json_out j;
	struct db *db = NULL;
	struct buf b;
	struct err e;
	size_t n;
	int r;

	(void)argv;
	if (argc != 0)
		return CTL_USAGE;
	if (ctl_db(c, false, &db) != 0)
		return CTL_REFUSED;
	r = message_endpoints(db, c->arena, &list, &n, &e);
	db_close(&db);
	if (r != 0)
		return ctl_refuse("%s", e.msg);
	if (c->json) {
		j = open_json(c, &b, '[');
		for (size_t i = 0; i < n; i++)
			notify_write_endpoint(c->arena, &j, &list[i]);
		return print_json(&j, &b, ']');
	}
	printf("%-32s  %-8s  %7s  %7s  %-24s  %s\n", "ENDPOINT", "STATE", "WAITING", "FAILING", "LAST FAILURE", "REASON");
	for (size_t i = 0; i < n; i++)
		printf("%-32.*s  %-8s  %7lld  %7d  %-24.*s  %.*s\n", STR_ARG(notify_owner_text(c->arena, list[i].kind, list[i].owner)),
		    list[i].disabled_at != 0 ? "disabled" : "enabled", (long long)list[i].waiting, list[i].failing,
		    STR_ARG(when(c, list[i].failed_at)), STR_ARG(list[i].reason.p != NULL ? list[i].reason : STR("")));
	return CTL_DONE;
}

int ctl_webhook_resend(struct ctl *c, int argc, char **argv)
{
	struct db *db = NULL;
	enum found found = FOUND_ERR;
	struct err e;
	struct id id;

	if (argc != 1)
		return CTL_USAGE;
	if (!id_parse("msg", str_of(argv[0]), &id))
		return ctl_refuse("not the id of a webhook: %s", argv[0]);
	if (ctl_db(c, false, &db) != 0)
		return CTL_REFUSED;
	if (db_begin(db, &e) == 0)
		found = message_resend(db, id, clock_wall_us(), &e);
	if (found == FOUND_YES && (audit_add(db, ctl_actor(c), "webhook.resend", str_of(argv[0]), STR(""), &e) != 0 || db_commit(db, &e) != 0))
		found = FOUND_ERR;
	db_close(&db);
	if (found == FOUND_ERR)
		return ctl_refuse("%s", e.msg);
	return found == FOUND_YES ? CTL_DONE : ctl_refuse("no webhook that could be sent again has the id %s", argv[0]);
}

int ctl_webhook_enable(struct ctl *c, int argc, char **argv)
{
	enum endpoint_kind kind = ENDPOINT_SELLER;
	struct db *db = NULL;
	enum found found = FOUND_ERR;
	struct str owner;
	struct err e;

	if (argc != 1)
		return CTL_USAGE;
	if (!notify_owner_parse(str_of(argv[0]), &kind, &owner))
		return ctl_refuse("no kind of endpoint: %s", argv[0]);
	if (ctl_db(c, false, &db) != 0)
		return CTL_REFUSED;
	if (db_begin(db, &e) == 0)
		found = message_enable(db, kind, owner, &e);
	if (found == FOUND_YES &&
	    (audit_add(db, ctl_actor(c), "webhook.enable", notify_owner_text(c->arena, kind, owner), STR(""), &e) != 0 || db_commit(db, &e) != 0))
		found = FOUND_ERR;
	db_close(&db);
	if (found == FOUND_ERR)
		return ctl_refuse("%s", e.msg);
	return found == FOUND_YES ? CTL_DONE : ctl_refuse("nothing was ever sent to %s", argv[0]);
}
