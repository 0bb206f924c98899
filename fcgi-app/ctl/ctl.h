/*
 * ctl: what gavelctl's commands share. One file per command; results go to standard output, messages to standard error.
 */
#ifndef GAVEL_CTL_CTL_H
#define GAVEL_CTL_CTL_H

#include <stdbool.h>

#include "lib/base/arena.h"
#include "lib/base/err.h"
#include "lib/base/fault.h"
#include "lib/conf/settings.h"
#include "lib/crypt/crypt.h"
#include "lib/db/db.h"

enum ctl_exit { CTL_DONE = 0, CTL_REFUSED = 1, CTL_USAGE = 2 };

struct ctl {
	struct arena *arena;
	const char *conf_path;    /* --config-file, or NULL: GAVEL_CONF */
	bool json;                /* --json was given */
	struct settings settings; /* after ctl_settings */
	bool settings_loaded;
};

struct ctl_command {
	const char *name, *sub;   /* "key", "create"; sub NULL: the command has none */
	const char *usage;
	int (*run)(struct ctl *c, int argc, char **argv); /* argv[0] is the first word after the command */
};

/* Loads the settings once; prints why and returns -1 when they are wrong. */
int ctl_settings(struct ctl *c);
/* A connection as the operators' user, [database.admin] (migrate: as the one with DDL rights); prints why on failure. */
int ctl_db(struct ctl *c, bool migrate, struct db **out);
/* How to connect as that user; after ctl_settings. */
struct db_options ctl_db_options(const struct database_settings *s);
/* The keys of the instance; prints why there are none. */
int ctl_keys(struct ctl *c, struct keyring *out);
/* Who calls, for versions and the audit: "ctl:root". */
struct str ctl_actor(struct ctl *c);
/* Takes --NAME VALUE (or --NAME=VALUE) out of argv; NULL when it is not there. */
const char *ctl_option(int *argc, char **argv, const char *name);
bool ctl_flag(int *argc, char **argv, const char *name);
/* Prints to standard error and returns the code: return ctl_refuse("no such seller: %s", key). */
int ctl_refuse(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* The same for a word that the command can't take: main prints the usage below. Where the usage alone says it: return CTL_USAGE. */
int ctl_wrong(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* Every fault, one a line: "#/buyers/0/key: missing_field: ...". */
void ctl_print_faults(const struct faults *f, const char *word);
/* A whole file ("-" is standard input) of at most max bytes. */
int ctl_read_file(struct ctl *c, const char *path, size_t max, struct str *out);

#endif
