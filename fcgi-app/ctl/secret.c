/*
 * gavelctl secret, postback-secret, webhook-secret: what is sealed in the database and never stands in a document. A secret is printed
 * alone on one line; one that is set comes from standard input, so that it stands in no shell's history.
 */
#include <stdio.h>

#include "fcgi-app/ctl/commands.h"
#include "fcgi-app/ctl/ctl.h"
#include "lib/base/utf8.h"
#include "lib/exchange/notify.h"
#include "lib/store/audit.h"
#include "lib/store/config.h"
#include "lib/store/signing_secret.h"

enum { SECRET_NAME_MAX = 64, SECRET_INPUT_MAX = 4096 };

struct work {
	struct ctl *c;
	struct db *db;
	struct keyring keys;
};

static int work_open(struct work *w, struct ctl *c)
{
	*w = (struct work){ .c = c };
	return ctl_keys(c, &w->keys) != 0 || ctl_db(c, false, &w->db) != 0 ? -1 : 0;
}

static int work_close(struct work *w, int code)
{
	db_close(&w->db);
	crypt_wipe(&w->keys, sizeof(w->keys));
	return code;
}

static bool is_name(const char *s)
{
	size_t n = strspn(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-");

	return n > 0 && n <= SECRET_NAME_MAX && s[n] == '\0';
}

static int set(struct work *w, struct str buyer, struct str name, struct str value)
{
	struct arena *a = w->c->arena;
	struct err e;
	enum found found;

	if (db_begin(w->db, &e) != 0)
		return ctl_refuse("%s", e.msg);
	found = config_secret_set(w->db, &w->keys, buyer, name, value, &e);
	if (found == FOUND_NO)
		return ctl_refuse("no such buyer: %.*s", STR_ARG(buyer));
	if (found == FOUND_ERR || audit_add(w->db, ctl_actor(w->c), "secret.set", arena_printf(a, "buyer:%.*s", STR_ARG(buyer)), name, &e) != 0 ||
	    db_commit(w->db, &e) != 0)
		return ctl_refuse("%s", e.msg);
	return CTL_DONE;
}

int ctl_secret_set(struct ctl *c, int argc, char **argv)
{
	struct str value;
	struct work w;

	if (argc != 2)
		return CTL_USAGE;
	if (!is_name(argv[1]))
		return ctl_refuse("a secret's name is 1 to %d letters, digits, _ and -", SECRET_NAME_MAX);
	if (ctl_read_file(c, "-", SECRET_INPUT_MAX, &value) != 0)
		return CTL_REFUSED;
	while (value.n > 0 && (value.p[value.n - 1] == '\n' || value.p[value.n - 1] == '\r'))
		value.n--;
	if (value.n == 0)
		return ctl_refuse("standard input holds no value");
	if (!utf8_valid(value) || memchr(value.p, '\0', value.n) != NULL)
		return ctl_refuse("a secret is UTF-8 without NUL");
	if (work_open(&w, c) != 0)
		return work_close(&w, CTL_REFUSED);
	return work_close(&w, set(&w, str_of(argv[0]), str_of(argv[1]), value));
}

/* owner_kind "buyer_postback" belongs to an owner of the kind before its underscore. */
static int no_owner(const char *owner_kind, const char *owner)
{
	return ctl_refuse("no such %.*s, or it has no secret yet: %s", (int)strcspn(owner_kind, "_"), owner_kind, owner);
}

static int print_current(struct work *w, const char *owner_kind, const char *owner)
{
	struct signing_pair secret;
	struct err e;
	enum found found = signing_secret_get(w->db, w->c->arena, &w->keys, owner_kind, str_of(owner), &secret, &e);

	if (found == FOUND_ERR)
		return ctl_refuse("%s", e.msg);
	if (found == FOUND_NO)
		return no_owner(owner_kind, owner);
	printf("%.*s\n", STR_ARG(secret.current));
	return CTL_DONE;
}

static int rotate(struct work *w, const char *owner_kind, const char *owner)
{
	struct str secret, object = arena_printf(w->c->arena, "%.*s:%s", (int)strcspn(owner_kind, "_"), owner_kind, owner);
	struct err e;

	if (db_begin(w->db, &e) != 0)
		return ctl_refuse("%s", e.msg);
	if (signing_secret_rotate(w->db, w->c->arena, &w->keys, owner_kind, str_of(owner), &secret, &e) != 0)
		return e.kind == ERR_NOT_FOUND ? no_owner(owner_kind, owner) : ctl_refuse("%s", e.msg);
	if (audit_add(w->db, ctl_actor(w->c), "secret.rotate", object, str_of(owner_kind), &e) != 0 || db_commit(w->db, &e) != 0)
		return ctl_refuse("%s", e.msg);
	printf("%.*s\n", STR_ARG(secret));
	return CTL_DONE;
}

static int signing(struct ctl *c, int (*what)(struct work *w, const char *owner_kind, const char *owner), const char *owner_kind,
    const char *owner)
{
	struct work w;

	if (work_open(&w, c) != 0)
		return work_close(&w, CTL_REFUSED);
	return work_close(&w, what(&w, owner_kind, owner));
}

static const char *postback_kind(int *argc, char **argv)
{
	return ctl_flag(argc, argv, "token") ? "buyer_token" : "buyer_postback";
}

int ctl_postback_secret_show(struct ctl *c, int argc, char **argv)
{
	const char *kind = postback_kind(&argc, argv);

	return argc == 1 ? signing(c, print_current, kind, argv[0]) : CTL_USAGE;
}

int ctl_postback_secret_rotate(struct ctl *c, int argc, char **argv)
{
	const char *kind = postback_kind(&argc, argv);

	return argc == 1 ? signing(c, rotate, kind, argv[0]) : CTL_USAGE;
}

/* The operator's own alerts are signed with a secret that is made when it is first asked for. */
static int alerts(struct ctl *c, int (*what)(struct work *w, const char *owner_kind, const char *owner))
{
	struct work w;
	struct err e;

	if (work_open(&w, c) != 0)
		return work_close(&w, CTL_REFUSED);
	if (signing_secret_make(w.db, c->arena, &w.keys, "alert_webhook", NOTIFY_OPERATOR, &e) != 0)
		return work_close(&w, ctl_refuse("%s", e.msg));
	return work_close(&w, what(&w, "alert_webhook", NOTIFY_OPERATOR.p));
}

int ctl_webhook_secret_show(struct ctl *c, int argc, char **argv)
{
	if (ctl_flag(&argc, argv, "alerts") && argc == 0)
		return alerts(c, print_current);
	return argc == 1 ? signing(c, print_current, "seller_webhook", argv[0]) : CTL_USAGE;
}

int ctl_webhook_secret_rotate(struct ctl *c, int argc, char **argv)
{
	if (ctl_flag(&argc, argv, "alerts") && argc == 0)
		return alerts(c, rotate);
	return argc == 1 ? signing(c, rotate, "seller_webhook", argv[0]) : CTL_USAGE;
}
