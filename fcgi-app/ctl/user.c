/*
 * gavelctl user: people who sign in to the admin pages. A password comes from standard input (from the terminal without echo), or is made
 * and printed once.
 */
#include <stdio.h>
#include <termios.h>
#include <unistd.h>

#include "fcgi-app/ctl/commands.h"
#include "fcgi-app/ctl/ctl.h"
#include "lib/base/clock.h"
#include "lib/crypt/crypt.h"
#include "lib/store/audit.h"
#include "lib/store/user.h"
#include "lib/wire/json.h"

enum { USER_NAME_MAX = 64, PASSWORD_MIN = 12, PASSWORD_MADE_BYTES = 15, LIST_TEXT_MAX = 4 << 20 };

static const char *const roles[] = { "admin", "manager", "viewer" };

static bool is_role(const char *s)
{
	for (size_t i = 0; i < sizeof(roles) / sizeof(roles[0]); i++)
		if (strcmp(s, roles[i]) == 0)
			return true;
	return false;
}

static bool is_name(const char *s)
{
	size_t n = strspn(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._@-");

	return n > 0 && n <= USER_NAME_MAX && s[n] == '\0';
}

/* One line of standard input. A terminal is asked, and does not show what is typed. */
static int read_line(struct ctl *c, struct str *out)
{
	struct termios shown, hidden;
	bool terminal = isatty(STDIN_FILENO) && tcgetattr(STDIN_FILENO, &shown) == 0;
	char line[PASSWORD_MAX + 2];
	const char *got;

	if (terminal) {
		hidden = shown;
		hidden.c_lflag &= ~(tcflag_t)ECHO;
		tcsetattr(STDIN_FILENO, TCSAFLUSH, &hidden);
		fputs("Password: ", stderr);
	}
	got = fgets(line, sizeof(line), stdin);
	if (terminal) {
		tcsetattr(STDIN_FILENO, TCSAFLUSH, &shown);
		fputc('\n', stderr);
	}
	if (got == NULL)
		return ctl_refuse("standard input holds no password");
	*out = arena_str(c->arena, (struct str){ line, strcspn(line, "\r\n") });
	crypt_wipe(line, sizeof(line));
	return CTL_DONE;
}

/* The password's hash, and its text when it was made here. */
static int take_password(struct ctl *c, bool generate, struct str *made, struct str *hash)
{
	char bytes[PASSWORD_MADE_BYTES];
	struct str password;
	struct err e;

	*made = (struct str){ NULL, 0 };
	if (generate) {
		crypt_random(bytes, sizeof(bytes));
		*made = password = crypt_hex(c->arena, (struct str){ bytes, sizeof(bytes) });
	} else if (read_line(c, &password) != CTL_DONE) {
		return CTL_REFUSED;
	}
	if (password.n < PASSWORD_MIN)
		return ctl_refuse("a password has at least %d characters", PASSWORD_MIN);
	return password_hash(NULL, c->arena, password, hash, &e) == 0 ? CTL_DONE : ctl_refuse("%s", e.msg);
}

static int finish(struct ctl *c, struct db *db, const char *action, struct str name, struct str made)
{
	struct err e;

	if (audit_add(db, ctl_actor(c), action, arena_printf(c->arena, "user:%.*s", STR_ARG(name)), STR(""), &e) != 0 || db_commit(db, &e) != 0)
		return ctl_refuse("%s", e.msg);
	if (made.n > 0)
		printf("%.*s\n", STR_ARG(made));
	return CTL_DONE;
}

static int add(struct ctl *c, struct db *db, const struct user_row *row, struct str made)
{
	struct err e;
	enum found found;

	if (db_begin(db, &e) != 0)
		return ctl_refuse("%s", e.msg);
	found = user_insert(db, row, &e);
	if (found == FOUND_YES)
		return finish(c, db, "user.add", row->name, made);
	return found == FOUND_NO ? ctl_refuse("there is a user %.*s already", STR_ARG(row->name)) : ctl_refuse("%s", e.msg);
}

int ctl_user_add(struct ctl *c, int argc, char **argv)
{
	const char *role = ctl_option(&argc, argv, "role");
	bool generate = ctl_flag(&argc, argv, "generate");
	struct user_row row = { .role = str_of(role != NULL ? role : "viewer") };
	struct db *db = NULL;
	struct str made;
	int code;

	if (argc != 1)
		return CTL_USAGE;
	if (!is_name(argv[0]))
		return ctl_refuse("a user's name is 1 to %d letters, digits and ._@-", USER_NAME_MAX);
	if (!is_role(row.role.p))
		return ctl_refuse("no such role: %s (admin, manager, viewer)", role);
	row.name = str_of(argv[0]);
	if (take_password(c, generate, &made, &row.password_hash) != CTL_DONE || ctl_db(c, false, &db) != 0)
		return CTL_REFUSED;
	code = add(c, db, &row, made);
	db_close(&db);
	return code;
}

static int change(struct ctl *c, struct db *db, struct str name, struct str hash, struct str made)
{
	struct err e;
	enum found found;

	if (db_begin(db, &e) != 0)
		return ctl_refuse("%s", e.msg);
	found = user_set_password(db, name, hash, &e);
	if (found == FOUND_YES)
		return finish(c, db, "user.passwd", name, made);
	return found == FOUND_NO ? ctl_refuse("no such user: %.*s", STR_ARG(name)) : ctl_refuse("%s", e.msg);
}

int ctl_user_passwd(struct ctl *c, int argc, char **argv)
{
	bool generate = ctl_flag(&argc, argv, "generate");
	struct db *db = NULL;
	struct str made, hash;
	int code;

	if (argc != 1)
		return CTL_USAGE;
	if (take_password(c, generate, &made, &hash) != CTL_DONE || ctl_db(c, false, &db) != 0)
		return CTL_REFUSED;
	code = change(c, db, str_of(argv[0]), hash, made);
	db_close(&db);
	return code;
}

static void print_json(struct ctl *c, const struct user_row *rows, size_t n)
{
	struct json_out j;
	struct buf b;

	buf_in(&b, c->arena, LIST_TEXT_MAX);
	j = json_out(&b);
	json_open(&j, NULL, '[');
	for (size_t i = 0; i < n; i++) {
		json_open(&j, NULL, '{');
		json_text(&j, "name", rows[i].name);
		json_text(&j, "role", rows[i].role);
		json_text(&j, "created_at", clock_rfc3339_ms(c->arena, rows[i].created_at));
		json_bool(&j, "disabled", rows[i].disabled_at != 0);
		json_close(&j, '}');
	}
	json_close(&j, ']');
	printf("%.*s\n", STR_ARG(buf_str(&b)));
}

int ctl_user_list(struct ctl *c, int argc, char **argv)
{
	struct user_row *rows;
	struct db *db = NULL;
	struct err e;
	size_t n;
	int r;

	(void)argv;
	if (argc != 0)
		return CTL_USAGE;
	if (ctl_db(c, false, &db) != 0)
		return CTL_REFUSED;
	r = user_list(db, c->arena, &rows, &n, &e);
	db_close(&db);
	if (r != 0)
		return ctl_refuse("%s", e.msg);
	if (c->json) {
		print_json(c, rows, n);
		return CTL_DONE;
	}
	printf("%-24s %-8s %-8s %s\n", "NAME", "ROLE", "STATE", "CREATED");
	for (size_t i = 0; i < n; i++)
		printf("%-24.*s %-8.*s %-8s %.*s\n", STR_ARG(rows[i].name), STR_ARG(rows[i].role),
		    rows[i].disabled_at != 0 ? "disabled" : "active", STR_ARG(clock_rfc3339_ms(c->arena, rows[i].created_at)));
	return CTL_DONE;
}
