/*
 * migrate: brings the schema to its head. Numbered files run in their order, one runner at a time, and each is recorded with the hash of
 * its text: one that was changed after it ran, or was put in between afterwards, is refused. A run that was killed is taken up again at
 * the migration it was in.
 */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "fcgi-app/ctl/commands.h"
#include "fcgi-app/ctl/ctl.h"
#include "lib/base/clock.h"
#include "lib/crypt/crypt.h"
#include "lib/store/migration.h"
#include "lib/wire/json.h"

enum { MIGRATION_MAX = 1024 * 1024, FILES_MAX = 9999, LOCK_WAIT_S = 60 };

enum step_state { STEP_APPLIED, STEP_PENDING, STEP_INTERRUPTED, STEP_CHANGED, STEP_LATE, STEP_UNKNOWN, STEP__N };

static const char *const state_names[STEP__N] = {
	[STEP_APPLIED] = "applied", [STEP_PENDING] = "pending", [STEP_INTERRUPTED] = "interrupted", [STEP_CHANGED] = "changed",
	[STEP_LATE] = "late", [STEP_UNKNOWN] = "unknown",
};

/* Of the states that keep everything from running, what to do about it. */
static const char *const state_remedies[STEP__N] = {
	[STEP_CHANGED] = "was changed after it was applied: restore it, and put the change into a new migration",
	[STEP_LATE] = "comes before one that is applied already: give it a higher number",
	[STEP_UNKNOWN] = "is applied but there is no such file: this gavelctl is older than the database",
};

/* One migration: a file, what the database says of it, or both. */
struct step {
	int version;
	struct str name, text;
	uint8_t sha256[SHA256_SIZE];
	int64_t ended_at;
	enum step_state state;
};

struct plan {
	struct ctl *c;
	struct db *db;
	struct step *steps;
	size_t n;
};

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* The number of NNNN_name.sql, or -1; other files that do not begin with a digit (schema.sql) are not migrations. */
static int number_of(const char *name)
{
	size_t n = strlen(name);
	int number = 0;

	for (int i = 0; i < 4; i++) {
		if (!is_digit(name[i]))
			return -1;
		number = number * 10 + name[i] - '0';
	}
	return name[4] == '_' && n > 9 && strcmp(name + n - 4, ".sql") == 0 ? number : -1;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int list_files(struct ctl *c, const char *dir, const char ***out, size_t *n_out)
{
	const char **names = arena_array_of(c->arena, FILES_MAX, const char *);
	DIR *d = opendir(dir);
	struct dirent *f;
	size_t n = 0;

	if (d == NULL)
		return ctl_refuse("%s: %s ([paths] migrations)", dir, strerror(errno));
	while ((f = readdir(d)) != NULL && n < FILES_MAX) {
		if (!is_digit(f->d_name[0]))
			continue;
		names[n++] = arena_copy(c->arena, f->d_name, strlen(f->d_name));
	}
	closedir(d);
	qsort(names, n, sizeof(*names), by_name);
	*out = names;
	*n_out = n;
	return 0;
}

static int read_files(struct plan *p)
{
	const char *dir = arena_cstr(p->c->arena, p->c->settings.migrations_dir), **names = NULL;
	size_t n = 0;

	if (list_files(p->c, dir, &names, &n) != 0)
		return -1;
	if (n == 0)
		return ctl_refuse("%s: there are no migrations ([paths] migrations)", dir);
	p->steps = arena_array_of(p->c->arena, n + FILES_MAX, struct step);
	for (size_t i = 0; i < n; i++) {
		struct step *s = &p->steps[i];

		*s = (struct step){ .version = number_of(names[i]), .name = str_of(names[i]), .state = STEP_PENDING };
		if (s->version < 0)
			return ctl_refuse("%s/%s: a migration is called NNNN_name.sql", dir, names[i]);
		if (i > 0 && s->version == s[-1].version)
			return ctl_refuse("%s and %s have the same number", names[i - 1], names[i]);
		if (ctl_read_file(p->c, arena_printf(p->c->arena, "%s/%s", dir, names[i]).p, MIGRATION_MAX, &s->text) != 0)
			return -1;
		crypt_sha256(s->text, s->sha256);
	}
	p->n = n;
	return 0;
}

static struct step *find(struct plan *p, int version)
{
	for (size_t i = 0; i < p->n; i++)
		if (p->steps[i].version == version)
			return &p->steps[i];
	return NULL;
}

static int by_version(const void *a, const void *b)
{
	return ((const struct step *)a)->version - ((const struct step *)b)->version;
}

/* Lays what the database says over the files. */
static int compare(struct plan *p, struct err *e)
{
	struct migration_row *rows;
	int newest = -1;
	size_t n;

	if (migration_store_list(p->db, p->c->arena, &rows, &n, e) != 0)
		return -1;
	for (size_t i = 0; i < n && p->n < 2 * FILES_MAX; i++) {
		struct step *s = find(p, rows[i].version);

		if (s == NULL) {
			s = &p->steps[p->n++];
			*s = (struct step){ .version = rows[i].version, .name = rows[i].name, .state = STEP_UNKNOWN };
		} else if (rows[i].ended_at == 0) {
			s->state = STEP_INTERRUPTED;
		} else {
			s->state = memcmp(s->sha256, rows[i].sha256, SHA256_SIZE) == 0 ? STEP_APPLIED : STEP_CHANGED;
		}
		s->ended_at = rows[i].ended_at;
		if (rows[i].ended_at != 0 && rows[i].version > newest)
			newest = rows[i].version;
	}
	qsort(p->steps, p->n, sizeof(*p->steps), by_version);
	for (size_t i = 0; i < p->n; i++)
		if (p->steps[i].state == STEP_PENDING && p->steps[i].version < newest)
			p->steps[i].state = STEP_LATE;
	return 0;
}

static int refuse_if_wrong(const struct plan *p)
{
	for (size_t i = 0; i < p->n; i++) {
		const struct step *s = &p->steps[i];

		if (state_remedies[s->state] != NULL)
			return ctl_refuse("%.*s %s", STR_ARG(s->name), state_remedies[s->state]);
	}
	return CTL_DONE;
}

static void print_status_json(const struct plan *p)
{
	struct json_out j;
	struct buf b;

	buf_in(&b, p->c->arena, 4 << 20);
	j = json_out(&b);
	json_open(&j, NULL, '[');
	for (size_t i = 0; i < p->n; i++) {
		const struct step *s = &p->steps[i];

		json_open(&j, NULL, '{');
		json_int(&j, "version", s->version);
		json_text(&j, "name", s->name);
		json_cstr(&j, "state", state_names[s->state]);
		if (s->ended_at != 0)
			json_text(&j, "applied_at", clock_rfc3339_ms(p->c->arena, s->ended_at));
		else
			json_nil(&j, "applied_at");
		json_close(&j, '}');
	}
	json_close(&j, ']');
	printf("%.*s\n", STR_ARG(buf_str(&b)));
}

static int print_status(const struct plan *p)
{
	if (p->c->json) {
		print_status_json(p);
		return CTL_DONE;
	}
	for (size_t i = 0; i < p->n; i++) {
		const struct step *s = &p->steps[i];
		struct str at = s->ended_at != 0 ? clock_rfc3339_ms(p->c->arena, s->ended_at) : STR("-");

		printf("%-40.*s %-11s %.*s\n", STR_ARG(s->name), state_names[s->state], STR_ARG(at));
	}
	return CTL_DONE;
}

static int print_pending(const struct plan *p)
{
	for (size_t i = 0; i < p->n; i++)
		if (p->steps[i].state != STEP_APPLIED)
			printf("%.*s\n", STR_ARG(p->steps[i].name));
	return CTL_DONE;
}

static int run_step(struct plan *p, struct step *s, struct err *e)
{
	struct migration_row row = { .version = s->version, .name = s->name, .started_at = clock_wall_us() };

	memcpy(row.sha256, s->sha256, sizeof(row.sha256));
	if (migration_store_begin(p->db, &row, e) != 0 || db_script(p->db, s->text, e) != 0)
		return -1;
	return migration_store_end(p->db, s->version, clock_wall_us(), e);
}

static int run(struct plan *p)
{
	int ran = 0, head = 0;
	struct err e;

	for (size_t i = 0; i < p->n; i++) {
		struct step *s = &p->steps[i];

		head = s->version;
		if (s->state == STEP_APPLIED)
			continue;
		if (run_step(p, s, &e) != 0)
			return ctl_refuse("%.*s: %s; nothing behind it was tried, and migrate takes up there again", STR_ARG(s->name), e.msg);
		fprintf(stderr, "%.*s applied\n", STR_ARG(s->name));
		ran++;
	}
	if (ran == 0)
		fputs("nothing to do: the schema is at its head\n", stderr);
	printf("%d\n", head);
	return CTL_DONE;
}

/* Everything from reading what was applied to the last record is under the lock: a second runner finds nothing left to do. */
static int locked(struct plan *p)
{
	const char *lock = arena_printf(p->c->arena, "gavel.migrate.%.40s", arena_cstr(p->c->arena, p->c->settings.migrate_database.name)).p;
	enum found found;
	struct err e;
	int code;

	found = db_lock(p->db, lock, LOCK_WAIT_S, &e);
	if (found != FOUND_YES)
		return ctl_refuse("%s", found == FOUND_NO ? "another migrate is running" : e.msg);
	if (migration_store_prepare(p->db, &e) != 0 || compare(p, &e) != 0)
		code = ctl_refuse("database: %s (migrate works as the user of [database.migrate])", e.msg);
	else
		code = refuse_if_wrong(p);
	if (code == CTL_DONE)
		code = run(p);
	db_unlock(p->db, lock);
	return code;
}

int ctl_migrate(struct ctl *c, int argc, char **argv)
{
	bool status = ctl_flag(&argc, argv, "status"), dry_run = ctl_flag(&argc, argv, "dry-run");
	struct plan p = { .c = c };
	struct err e;
	int code;

	if (status && dry_run)
		return ctl_wrong("--status and --dry-run exclude each other");
	if (argc != 0)
		return CTL_USAGE;
	if (ctl_settings(c) != 0 || read_files(&p) != 0 || ctl_db(c, true, &p.db) != 0)
		return CTL_REFUSED;
	if (!status && !dry_run)
		code = locked(&p);
	else if (compare(&p, &e) != 0)
		code = ctl_refuse("database: %s", e.msg);
	else if (status)
		code = print_status(&p);
	else
		code = refuse_if_wrong(&p) == CTL_DONE ? print_pending(&p) : CTL_REFUSED;
	db_close(&p.db);
	return code;
}
