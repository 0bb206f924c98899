/*
 * settings: what a process needs to start, from the INI file that GAVEL_CONF names and from GAVEL_<SECTION>__<KEY> variables over it.
 * A key with _FILE at its end names a file that holds the value (secrets). Unknown sections and keys are faults that name them.
 */
#ifndef GAVEL_CONF_SETTINGS_H
#define GAVEL_CONF_SETTINGS_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/arena.h"
#include "lib/base/err.h"

struct database_settings {
	struct str hosts;      /* "db1:3306,db2:3306", or empty with a socket */
	struct str socket, name, user, password;
	struct str tls_ca;     /* PEM file: TLS with verification */
	int pool;              /* connections for screening, posts and reads (4..64) */
};

struct settings {
	struct database_settings database, admin_database; /* [database], [database.admin]: gavel-admin's own user; empty: as [database] */
	struct database_settings migrate_database;         /* [database.migrate]: the user with DDL rights; empty: as [database] */
	struct str run_dir;          /* sockets, shared mapping, pid files */
	struct str migrations_dir, templates_dir, htdocs_dir;
	struct str master_key;       /* text of the key (from master_key_file) */
	struct str public_url;       /* https://leads.example.com, without a slash at its end */
	struct str sandbox_url;      /* where the sandbox's buyers are reached: http://127.0.0.1:8444 */
	struct str allow_networks;   /* outbound */
	struct str ca_file;          /* outbound; empty: the system's */
	struct str trusted_proxies;  /* networks whose X-Forwarded-For is believed */
	struct str metrics_allow;    /* networks that may read /metrics */
	struct str log_level;
	int buyer_calls;             /* in flight to one buyer from one process; 0: no limit */
	int circuit_percent;         /* of failures that open a contract's circuit; 0: never */
	int circuit_window, circuit_least; /* calls: that the average looks back over, that must have been made */
	int circuit_probe_ms;        /* between the calls that an open circuit lets through */
	int workers, threads;        /* of the api pool */
	int event_workers, event_threads, admin_workers, admin_threads, sandbox_workers, sandbox_threads;
	int post_limit;              /* posts at once in a process; 0: threads / 2 */
	int stall_s;                 /* a worker whose heart does not beat for so long is killed */
	int drain_s;                 /* how long a stopping worker may finish what is in flight */
	int retention_days;          /* pings */
	int lead_retention_days;
	int webhook_retention_days;
	struct str alert_url;        /* operator's webhook for alerts; empty: none */
	struct str alert_email;      /* addresses with spaces or commas between; empty: none */
	int alert_cap_percent;       /* cap.near from this share on; 0: never */
	int alert_funds_below;       /* funds.low below this, in whole units of the account's currency; 0: never */
	struct str smtp_url, smtp_user, smtp_password, smtp_from;
	struct str drop_dir;         /* csv drop files */
};

/* Reads the file (NULL or "": none) and the environment. Every fault is in e's message, the first in full. Texts live in a. */
int settings_load(struct arena *a, const char *path, char *const *environ_in, struct settings *out, struct err *e);
/* The path given, or GAVEL_CONF, or /etc/gavel/gavel.ini when there is one; NULL: no file, the environment says it all. */
const char *settings_path(const char *given);
/* The settings by number, in the order of docs/settings.md; false past the last. */
bool settings_name(size_t i, const char **section_out, const char **key_out);

#endif
