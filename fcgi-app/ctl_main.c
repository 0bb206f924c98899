/*
 * gavelctl: for operators and for programs. Results go to standard output, alone and in a stable form; messages to standard error;
 * exit 0 done, 1 refused with the reason, 2 wrong usage.
 */
#include <ctype.h>
#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config.h"
#include "fcgi-app/ctl/commands.h"
#include "fcgi-app/ctl/ctl.h"
#include "lib/base/buf.h"
#include "lib/base/log.h"
#include "lib/wire/xml.h"

static const struct ctl_command commands[] = {
	CTL_COMMANDS
};

enum { N_COMMANDS = sizeof(commands) / sizeof(commands[0]) };

extern char **environ;

__attribute__((format(printf, 2, 0))) static int say(int code, const char *fmt, va_list ap)
{
	fputs("gavelctl: ", stderr);
	vfprintf(stderr, fmt, ap);
	fputc('\n', stderr);
	return code;
}

int ctl_refuse(const char *fmt, ...)
{
	va_list ap;
	int code;

	va_start(ap, fmt);
	code = say(CTL_REFUSED, fmt, ap);
	va_end(ap);
	return code;
}

int ctl_wrong(const char *fmt, ...)
{
	va_list ap;
	int code;

	va_start(ap, fmt);
	code = say(CTL_USAGE, fmt, ap);
	va_end(ap);
	return code;
}

void ctl_print_faults(const struct faults *f, const char *word)
{
	for (size_t i = 0; i < f->n; i++)
		fprintf(stderr, "%s: #%.*s: %s: %.*s\n", word, STR_ARG(f->list[i].pointer), f->list[i].code, STR_ARG(f->list[i].detail));
	if (f->more > 0)
		fprintf(stderr, "%s: and %zu more\n", word, f->more);
}

static void option_drop(int *argc, char **argv, int at, int count)
{
	for (int i = at; i + count <= *argc; i++)
		argv[i] = argv[i + count];
	*argc -= count;
}

const char *ctl_option(int *argc, char **argv, const char *name)
{
	size_t n = strlen(name);

	for (int i = 0; i < *argc; i++) {
		if (strncmp(argv[i], "--", 2) != 0 || strncmp(argv[i] + 2, name, n) != 0)
			continue;
		if (argv[i][2 + n] == '=') {
			const char *value = argv[i] + 2 + n + 1;

			option_drop(argc, argv, i, 1);
			return value;
		}
		if (argv[i][2 + n] == '\0' && i + 1 < *argc) {
			const char *value = argv[i + 1];

			option_drop(argc, argv, i, 2);
			return value;
		}
	}
	return NULL;
}

bool ctl_flag(int *argc, char **argv, const char *name)
{
	for (int i = 0; i < *argc; i++)
		if (strncmp(argv[i], "--", 2) == 0 && strcmp(argv[i] + 2, name) == 0) {
			option_drop(argc, argv, i, 1);
			return true;
		}
	return false;
}

int ctl_settings(struct ctl *c)
{
	struct err e;

	if (c->settings_loaded)
		return 0;
	if (settings_load(c->arena, settings_path(c->conf_path), environ, &c->settings, &e) != 0) {
		ctl_refuse("%s", e.msg);
		return -1;
	}
	c->settings_loaded = true;
	return 0;
}

struct db_options ctl_db_options(const struct database_settings *s)
{
	return (struct db_options){ .hosts = s->hosts, .socket = s->socket, .name = s->name, .user = s->user, .password = s->password,
		.tls_ca = s->tls_ca, .jobs = true };
}

static int connect_as(const struct database_settings *s, struct db **out)
{
	struct db_options o = ctl_db_options(s);
	struct err e;

	if (db_open(&o, out, &e) != 0) {
		ctl_refuse("database: %s", e.msg);
		return -1;
	}
	return 0;
}

int ctl_db(struct ctl *c, bool migrate, struct db **out)
{
	if (ctl_settings(c) != 0)
		return -1;
	return connect_as(migrate ? &c->settings.migrate_database : &c->settings.admin_database, out);
}

int ctl_keys(struct ctl *c, struct keyring *out)
{
	struct err e;

	if (ctl_settings(c) != 0)
		return -1;
	if (keyring_load(c->settings.master_key, out, &e) != 0) {
		ctl_refuse("%s", e.msg);
		return -1;
	}
	return 0;
}

struct str ctl_actor(struct ctl *c)
{
	const struct passwd *user = getpwuid(geteuid());

	if (user != NULL)
		return arena_printf(c->arena, "ctl:%.60s", user->pw_name);
	return arena_printf(c->arena, "ctl:%ld", (long)geteuid());
}

int ctl_read_file(struct ctl *c, const char *path, size_t max, struct str *out)
{
	FILE *f = strcmp(path, "-") == 0 ? stdin : fopen(path, "re");
	struct buf b;
	char piece[8192];
	size_t n;
	int failed;

	if (f == NULL) {
		ctl_refuse("%s: %s", path, strerror(errno));
		return -1;
	}
	buf_in(&b, c->arena, max);
	while ((n = fread(piece, 1, sizeof(piece), f)) > 0)
		if (buf_add(&b, piece, n) != 0)
			break;
	failed = ferror(f);
	if (f != stdin)
		fclose(f);
	if (failed || b.overflow) {
		ctl_refuse("%s: %s", path, failed ? "can't be read" : "is too large");
		return -1;
	}
	*out = buf_str(&b);
	return 0;
}

static int help(FILE *out, int code)
{
	fputs("usage: gavelctl [--config-file FILE] COMMAND ...\n\n", out);
	for (size_t i = 0; i < N_COMMANDS; i++)
		fprintf(out, "  %s\n", commands[i].usage);
	fputs("\nA FILE of - is standard input; --json prints for programs. gavelctl COMMAND --help shows one command.\n"
	      "Exit status: 0 done, 1 refused (standard error says why), 2 wrong usage. See gavelctl(1), gavel.ini(5).\n", out);
	return code;
}

static bool is_named(const struct ctl_command *c, const char *name, const char *sub)
{
	return strcmp(c->name, name) == 0 && (c->sub == NULL || sub == NULL || strcmp(c->sub, sub) == 0);
}

/* The usage of a command, or of all that begin with this word (sub NULL); how many they are. */
static int show_usage(FILE *out, const char *name, const char *sub)
{
	int n = 0;

	for (size_t i = 0; i < N_COMMANDS; i++)
		if (is_named(&commands[i], name, sub))
			fprintf(out, "%s gavelctl %s\n", n++ == 0 ? "usage:" : "      ", commands[i].usage);
	return n;
}

static const struct ctl_command *find(int argc, char **argv)
{
	bool known = false;

	for (size_t i = 0; i < N_COMMANDS; i++)
		if (is_named(&commands[i], argv[0], argc > 1 ? argv[1] : "--"))
			return &commands[i];
	for (size_t i = 0; i < N_COMMANDS && !known; i++)
		known = is_named(&commands[i], argv[0], NULL);
	if (!known)
		fprintf(stderr, "gavelctl: no such command: %s (gavelctl --help lists them)\n", argv[0]);
	else if (argc > 1)
		fprintf(stderr, "gavelctl: no such command: %s %s\n", argv[0], argv[1]);
	else
		fprintf(stderr, "gavelctl: %s wants a second word\n", argv[0]);
	show_usage(stderr, argv[0], NULL);
	return NULL;
}

enum takes { TAKES_NONE, TAKES_FLAG, TAKES_VALUE };

/* What the usage says of an option: in "[--prune] [--config FILE]" one is a flag, and the other has a value. */
static enum takes takes(const char *usage, const char *name, size_t n)
{
	for (const char *p = strstr(usage, "--"); p != NULL; p = strstr(p + 2, "--")) {
		size_t length = strspn(p + 2, "abcdefghijklmnopqrstuvwxyz-");

		if (length == n && memcmp(p + 2, name, n) == 0)
			return p[2 + n] == ' ' && isalpha((unsigned char)p[3 + n]) ? TAKES_VALUE : TAKES_FLAG;
	}
	return TAKES_NONE;
}

/* Every option is one that the command takes; what is wrong is said. */
static bool check_options(const struct ctl_command *c, int argc, char **argv)
{
	const char *space = c->sub != NULL ? " " : "", *sub = c->sub != NULL ? c->sub : "";

	for (int i = 0; i < argc; i++) {
		size_t n = strncmp(argv[i], "--", 2) == 0 ? strcspn(argv[i] + 2, "=") : 0;
		bool joined = n > 0 && argv[i][2 + n] == '=';
		enum takes kind;

		if (n == 0)
			continue;
		kind = takes(c->usage, argv[i] + 2, n);
		if (kind == TAKES_NONE)
			fprintf(stderr, "gavelctl: %s%s%s takes no --%.*s\n", c->name, space, sub, (int)n, argv[i] + 2);
		else if (kind == TAKES_FLAG && joined)
			fprintf(stderr, "gavelctl: --%.*s takes no value\n", (int)n, argv[i] + 2);
		else if (kind == TAKES_VALUE && !joined && ++i == argc)
			fprintf(stderr, "gavelctl: %s wants a value\n", argv[i - 1]);
		else
			continue;
		return false;
	}
	return true;
}

static int run(struct ctl *c, const struct ctl_command *command, int argc, char **argv)
{
	int code = CTL_USAGE;

	if (check_options(command, argc, argv)) {
		c->json = ctl_flag(&argc, argv, "json");
		c->arena = arena_new((size_t)2 << 30);
		db_library_init();
		xml_init();
		code = command->run(c, argc, argv);
		db_library_end();
		arena_free(&c->arena);
	}
	if (code == CTL_USAGE)
		show_usage(stderr, command->name, command->sub);
	if (fflush(stdout) != 0 && code == CTL_DONE)
		code = ctl_refuse("standard output: %s", strerror(errno));
	return code;
}

/* --config-file may stand anywhere; the option alone, without its file, is none that a command could take. */
int main(int argc, char **argv)
{
	struct ctl c = { .arena = NULL };
	const struct ctl_command *command;
	int words;

	log_program("gavelctl");
	log_level_set(LOG_WARN);
	argc--, argv++;
	if (argc > 0 && strcmp(argv[0], "--version") == 0) {
		puts(PACKAGE_VERSION);
		return CTL_DONE;
	}
	c.conf_path = ctl_option(&argc, argv, "config-file");
	if (argc == 0)
		return help(stderr, CTL_USAGE);
	if (strcmp(argv[0], "--help") == 0 || strcmp(argv[0], "help") == 0)
		return help(stdout, CTL_DONE);
	if (ctl_flag(&argc, argv, "help") && show_usage(stdout, argv[0], argc > 1 && argv[1][0] != '-' ? argv[1] : NULL) > 0)
		return CTL_DONE;
	command = find(argc, argv);
	if (command == NULL)
		return CTL_USAGE;
	words = command->sub == NULL ? 1 : 2;
	return run(&c, command, argc - words, argv + words);
}
