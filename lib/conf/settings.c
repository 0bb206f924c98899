#include "lib/conf/settings.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "lib/base/buf.h"
#include "lib/conf/ini.h"
#include "lib/conf/kind.h"

#define DEFAULT_PATH "/etc/gavel/gavel.ini"
#define DEFAULT_SOCKET "/run/mysqld/mysqld.sock"

enum { INI_FILE_MAX = 64 * 1024, VALUE_MAX = 4096, PLACE_MAX = 160, FAULTS_TEXT = 220 };

struct row {
	const char *section, *key;
	enum kind kind;
	size_t at;            /* of the member in struct settings */
	int min, max;         /* KIND_NUMBER */
	const char *preset;
};

#define TEXT_AT(section, key, kind, member, preset) { section, key, kind, offsetof(struct settings, member), 0, 0, preset }
#define NUMBER_AT(section, key, member, min, max, preset) { section, key, KIND_NUMBER, offsetof(struct settings, member), min, max, preset }

/* [database.admin] and [database.migrate] need only what differs from [database]: see inherit(). */
#define DATABASE_ROWS(section, member) \
	TEXT_AT(section, "hosts", KIND_TEXT, member.hosts, ""), \
	TEXT_AT(section, "socket", KIND_TEXT, member.socket, ""), \
	TEXT_AT(section, "name", KIND_TEXT, member.name, ""), \
	TEXT_AT(section, "user", KIND_TEXT, member.user, ""), \
	TEXT_AT(section, "password", KIND_SECRET, member.password, ""), \
	TEXT_AT(section, "tls_ca", KIND_TEXT, member.tls_ca, "")

static const struct row rows[] = {
	DATABASE_ROWS("database", database),
	NUMBER_AT("database", "pool", database.pool, 4, 64, "6"),
	DATABASE_ROWS("database.admin", admin_database),
	NUMBER_AT("database.admin", "pool", admin_database.pool, 4, 64, "4"),
	DATABASE_ROWS("database.migrate", migrate_database),
	TEXT_AT("paths", "run", KIND_TEXT, run_dir, "/run/gavel"),
	TEXT_AT("paths", "migrations", KIND_TEXT, migrations_dir, PKGDATADIR "/migrations"),
	TEXT_AT("paths", "templates", KIND_TEXT, templates_dir, PKGDATADIR "/templates"),
	TEXT_AT("paths", "htdocs", KIND_TEXT, htdocs_dir, PKGDATADIR "/htdocs"),
	TEXT_AT("keys", "master_key", KIND_SECRET, master_key, ""),
	TEXT_AT("web", "public_url", KIND_URL, public_url, "https://localhost"),
	TEXT_AT("web", "sandbox_url", KIND_URL, sandbox_url, "http://127.0.0.1:8444"),
	TEXT_AT("web", "trusted_proxies", KIND_NETWORKS, trusted_proxies, ""),
	TEXT_AT("web", "metrics_allow", KIND_NETWORKS, metrics_allow, "127.0.0.0/8 ::1"),
	TEXT_AT("web", "log_level", KIND_LEVEL, log_level, "info"),
	TEXT_AT("net", "allow_networks", KIND_NETWORKS, allow_networks, ""),
	TEXT_AT("net", "ca_file", KIND_TEXT, ca_file, ""),
	NUMBER_AT("buyers", "calls", buyer_calls, 0, 100000, "1024"),
	NUMBER_AT("buyers", "circuit_percent", circuit_percent, 0, 100, "50"),
	NUMBER_AT("buyers", "circuit_window", circuit_window, 1, 500, "50"),
	NUMBER_AT("buyers", "circuit_least", circuit_least, 1, 1000, "20"),
	NUMBER_AT("buyers", "circuit_probe_ms", circuit_probe_ms, 100, 3600000, "5000"),
	NUMBER_AT("api", "workers", workers, 1, 64, "2"),
	NUMBER_AT("api", "threads", threads, 1, 1024, "64"),
	NUMBER_AT("api", "post_limit", post_limit, 0, 1024, "0"),
	NUMBER_AT("api", "stall_s", stall_s, 5, 600, "30"),
	NUMBER_AT("api", "drain_s", drain_s, 1, 300, "30"),
	NUMBER_AT("event", "workers", event_workers, 1, 64, "1"),
	NUMBER_AT("event", "threads", event_threads, 1, 1024, "16"),
	NUMBER_AT("admin", "workers", admin_workers, 1, 64, "1"),
	NUMBER_AT("admin", "threads", admin_threads, 1, 1024, "16"),
	NUMBER_AT("sandbox", "workers", sandbox_workers, 1, 64, "1"),
	NUMBER_AT("sandbox", "threads", sandbox_threads, 1, 1024, "32"),
	NUMBER_AT("retention", "pings_days", retention_days, 1, 3650, "90"),
	NUMBER_AT("retention", "leads_days", lead_retention_days, 1, 36500, "730"),
	NUMBER_AT("retention", "webhooks_days", webhook_retention_days, 1, 3650, "30"),
	TEXT_AT("alerts", "webhook_url", KIND_URL, alert_url, ""),
	TEXT_AT("alerts", "email", KIND_MAILBOXES, alert_email, ""),
	NUMBER_AT("alerts", "cap_percent", alert_cap_percent, 0, 100, "80"),
	NUMBER_AT("alerts", "funds_below", alert_funds_below, 0, 1000000000, "100"),
	TEXT_AT("mail", "smtp_url", KIND_SECRET, smtp_url, ""),
	TEXT_AT("mail", "smtp_user", KIND_TEXT, smtp_user, ""),
	TEXT_AT("mail", "smtp_password", KIND_SECRET, smtp_password, ""),
	TEXT_AT("mail", "from", KIND_TEXT, smtp_from, ""),
	TEXT_AT("delivery", "drop_dir", KIND_TEXT, drop_dir, ""),
};

enum { N_ROWS = sizeof(rows) / sizeof(rows[0]) };

enum origin { PRESET, FROM_FILE, FROM_ENVIRONMENT };

/* What was said of one row. The environment is read last and wins, whichever way the value is given. */
struct said {
	enum origin origin;
	bool in_file;          /* the value is the name of the file that holds it */
	struct str value;
	const char *place;     /* for faults: "gavel.ini:7: [api] threads" */
};

struct load {
	struct arena *arena;
	const char *path;
	struct said said[N_ROWS];
	struct buf faults;     /* the first in full, the others by their places */
	int n_faults, n_listed;
};

static void fault(struct load *l, const char *place, const char *why)
{
	int bad;

	if (l->n_faults++ == 0)
		bad = buf_addf(&l->faults, "%.*s: %s", PLACE_MAX, place, why);
	else
		bad = buf_addf(&l->faults, "; also %.*s", PLACE_MAX, place);
	l->n_listed += bad == 0;
}

static int faults_result(struct load *l, struct err *e)
{
	struct str text = buf_str(&l->faults);

	if (l->n_faults == 0)
		return 0;
	if (l->n_faults > l->n_listed)
		return err_set(e, ERR_CONFIG, "%.*s; and %d more", STR_ARG(text), l->n_faults - l->n_listed);
	return err_set(e, ERR_CONFIG, "%.*s", STR_ARG(text));
}

static void say(struct load *l, const struct row *r, enum origin origin, bool in_file, struct str value, const char *place)
{
	struct said *s = &l->said[r - rows];

	if (s->origin == origin)
		fault(l, place, "is given twice");
	else if (value.n > VALUE_MAX)
		fault(l, place, "is too long");
	else
		*s = (struct said){ origin, in_file, arena_str(l->arena, value), place };
}

/* True when name is the row's key; a secret's may have the suffix, and is then in a file. */
static bool is_key(const struct row *r, const char *rest, const char *suffix, bool *in_file)
{
	*in_file = r->kind == KIND_SECRET && strcmp(rest, suffix) == 0;
	return rest[0] == '\0' || *in_file;
}

static void on_key(void *arg, int line, const char *section, const char *key, const char *value)
{
	struct load *l = arg;
	const char *place = arena_printf(l->arena, "%s:%d: [%s] %s", l->path, line, section, key).p;
	bool known = false, in_file;

	for (const struct row *r = rows; r < rows + N_ROWS; r++) {
		size_t n = strlen(r->key);

		if (strcmp(r->section, section) != 0)
			continue;
		known = true;
		if (strncmp(r->key, key, n) == 0 && is_key(r, key + n, "_file", &in_file)) {
			say(l, r, FROM_FILE, in_file, str_of(value), place);
			return;
		}
	}
	fault(l, place, known ? "there is no such key in this section" : "there is no such section");
}

static void on_fault(void *arg, int line, const char *why)
{
	struct load *l = arg;

	fault(l, arena_printf(l->arena, "%s:%d", l->path, line).p, why);
}

/* How much of upper spells name: "database.admin" is spelt DATABASE_ADMIN. 0: it does not. */
static size_t spelt(const char *name, const char *upper)
{
	size_t i;

	for (i = 0; name[i] != '\0'; i++) {
		char c = name[i] >= 'a' && name[i] <= 'z' ? (char)(name[i] - 'a' + 'A') : '_';

		if (upper[i] != c)
			return 0;
	}
	return i;
}

static const struct row *row_of_variable(const char *name, bool *in_file)
{
	for (const struct row *r = rows; r < rows + N_ROWS; r++) {
		size_t section = spelt(r->section, name), key;

		if (section == 0 || strncmp(name + section, "__", 2) != 0)
			continue;
		name += section + 2;
		key = spelt(r->key, name);
		if (key > 0 && is_key(r, name + key, "_FILE", in_file))
			return r;
		name -= section + 2;
	}
	return NULL;
}

/* GAVEL_<SECTION>__<KEY> is ours; a GAVEL_ variable without two underscores together is somebody else's. */
static void read_environment(struct load *l, char *const *env)
{
	for (; env != NULL && *env != NULL; env++) {
		const char *equals = strchr(*env, '=');
		const struct row *r;
		const char *name;
		bool in_file;

		if (equals == NULL || strncmp(*env, "GAVEL_", 6) != 0)
			continue;
		name = arena_copy(l->arena, *env, (size_t)(equals - *env));
		if (strstr(name + 6, "__") == NULL)
			continue;
		r = row_of_variable(name + 6, &in_file);
		if (r != NULL)
			say(l, r, FROM_ENVIRONMENT, in_file, str_of(equals + 1), name);
		else
			fault(l, name, "there is no such setting");
	}
}

/* A whole file of at most max bytes, or NULL and the reason. */
static const char *read_whole(struct arena *a, const char *path, size_t max, struct str *out)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	const char *why = NULL;
	char piece[4096];
	struct buf b;
	ssize_t n;

	if (fd < 0)
		return strerror(errno);
	buf_in(&b, a, max);
	while (why == NULL && (n = read(fd, piece, sizeof(piece))) != 0)
		if (n < 0)
			why = strerror(errno);
		else if (buf_add(&b, piece, (size_t)n) != 0)
			why = "the file is too large";
	explicit_bzero(piece, sizeof(piece));
	close(fd);
	*out = buf_str(&b);
	return why;
}

static void set(struct load *l, const struct row *r, struct settings *out)
{
	struct said *s = &l->said[r - rows];
	struct str value = s->origin == PRESET ? str_of(r->preset) : s->value;
	void *member = (char *)out + r->at;
	const char *why = NULL;

	if (s->in_file) {
		why = read_whole(l->arena, s->value.p, VALUE_MAX, &value);
		value = str_trim(value);
	}
	if (why == NULL && r->kind == KIND_NUMBER) {
		if (!kind_number(value, r->min, r->max, member))
			why = arena_printf(l->arena, "is to be a whole number from %d to %d", r->min, r->max).p;
	} else if (why == NULL) {
		why = kind_check(r->kind, &value);
		*(struct str *)member = value;
	}
	if (why != NULL)
		fault(l, s->place, why);
}

static void inherit_text(struct str *to, struct str from)
{
	if (to->n == 0)
		*to = from;
}

/* A user of its own has a password of its own, or none; a server of its own is meant whole. */
static void inherit(struct database_settings *d, const struct database_settings *from)
{
	if (d->hosts.n == 0 && d->socket.n == 0) {
		d->hosts = from->hosts;
		d->socket = from->socket;
		inherit_text(&d->tls_ca, from->tls_ca);
	}
	if (d->user.n == 0) {
		d->user = from->user;
		inherit_text(&d->password, from->password);
	}
	inherit_text(&d->name, from->name);
	if (d->pool == 0)
		d->pool = from->pool;
}

static void check_database(struct load *l, const char *section, const struct database_settings *d)
{
	if (d->hosts.n > 0 && d->socket.n > 0)
		fault(l, section, "has hosts and a socket: give one of them");
}

static void settle_databases(struct load *l, struct settings *s)
{
	check_database(l, "[database]", &s->database);
	check_database(l, "[database.admin]", &s->admin_database);
	check_database(l, "[database.migrate]", &s->migrate_database);
	if (s->database.hosts.n == 0)
		inherit_text(&s->database.socket, STR(DEFAULT_SOCKET));
	inherit_text(&s->database.name, STR("gavel"));
	inherit_text(&s->database.user, STR("gavel"));
	inherit(&s->admin_database, &s->database);
	inherit(&s->migrate_database, &s->database);
}

int settings_load(struct arena *a, const char *path, char *const *environ_in, struct settings *out, struct err *e)
{
	struct load l = { .arena = a, .path = path };
	struct str text;

	memset(out, 0, sizeof(*out));
	buf_in(&l.faults, a, FAULTS_TEXT);
	if (path != NULL && path[0] != '\0') {
		const char *why = read_whole(a, path, INI_FILE_MAX, &text);

		if (why != NULL)
			return err_set(e, ERR_CONFIG, "%.*s: %s", PLACE_MAX, path, why);
		ini_read(text, &(struct ini_reader){ on_key, on_fault, &l });
	}
	read_environment(&l, environ_in);
	for (const struct row *r = rows; r < rows + N_ROWS; r++)
		set(&l, r, out);
	settle_databases(&l, out);
	return faults_result(&l, e);
}

const char *settings_path(const char *given)
{
	const char *named = getenv("GAVEL_CONF");

	if (given != NULL)
		return given;
	if (named != NULL && named[0] != '\0')
		return named;
	return access(DEFAULT_PATH, F_OK) == 0 ? DEFAULT_PATH : NULL;
}

bool settings_name(size_t i, const char **section_out, const char **key_out)
{
	if (i >= N_ROWS)
		return false;
	*section_out = rows[i].section;
	*key_out = rows[i].key;
	return true;
}
