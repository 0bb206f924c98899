/* The configuration document: apply, diff, export, rollback, versions. */
#include <inttypes.h>
#include <stdio.h>

#include "fcgi-app/ctl/commands.h"
#include "fcgi-app/ctl/ctl.h"
#include "lib/base/clock.h"
#include "lib/catalog/apply.h"
#include "lib/catalog/shape.h"
#include "lib/store/config.h"
#include "lib/wire/json.h"

/* What each of these commands works with. */
struct work {
	struct ctl *c;
	struct db *db;
	struct keyring keys;
	struct apply_in in;
	struct apply_out out;
};

static int work_open(struct work *w, struct ctl *c)
{
	w->c = c;
	if (ctl_keys(c, &w->keys) != 0)
		return -1;
	w->in = (struct apply_in){ .keys = &w->keys, .author = ctl_actor(c) };
	return ctl_db(c, false, &w->db);
}

static int work_close(struct work *w, int code)
{
	if (w->db != NULL)
		db_close(&w->db);
	crypt_wipe(&w->keys, sizeof(w->keys));
	return code;
}

static int refused(struct work *w, const struct err *e)
{
	ctl_print_faults(&w->out.faults, "fault");
	ctl_print_faults(&w->out.warnings, "warning");
	return ctl_refuse("%s", e->msg);
}

static void print_change_json(struct json_out *j, const struct catalog_change *c)
{
	json_open(j, NULL, '{');
	json_cstr(j, "change", change_name(c->change));
	json_text(j, "kind", c->kind);
	json_text(j, "key", c->key);
	json_text(j, "pointer", c->pointer);
	json_open(j, "members", '[');
	for (size_t i = 0; i < c->n_members; i++)
		json_text(j, NULL, c->members[i]);
	json_close(j, ']');
	json_close(j, '}');
}

/* {"version","changed","changes":[...]} */
static void print_json(struct work *w)
{
	struct buf b;
	struct json_out j;

	buf_in(&b, w->c->arena, (size_t)8 * CATALOG_TEXT_MAX);
	j = json_out(&b);
	json_open(&j, NULL, '{');
	json_int(&j, "version", w->out.version);
	json_bool(&j, "changed", w->out.changed);
	json_open(&j, "changes", '[');
	for (size_t i = 0; i < w->out.n_changes; i++)
		print_change_json(&j, &w->out.changes[i]);
	json_close(&j, ']');
	json_close(&j, '}');
	printf("%.*s\n", STR_ARG(buf_str(&b)));
}

static void print_changes(const struct apply_out *out)
{
	for (size_t i = 0; i < out->n_changes; i++) {
		const struct catalog_change *c = &out->changes[i];

		printf("%-9s %-9.*s %.*s", change_name(c->change), STR_ARG(c->kind), STR_ARG(c->key));
		for (size_t m = 0; m < c->n_members; m++)
			printf(" %.*s", STR_ARG(c->members[m].n > 0 ? c->members[m] : STR("(all of it, or its place)")));
		printf("%s\n", c->n_members == CHANGE_MEMBERS_MAX ? " ..." : "");
	}
}

static void say(const struct apply_out *out)
{
	size_t count[3] = { 0, 0, 0 };

	for (size_t i = 0; i < out->n_changes; i++)
		count[out->changes[i].change]++;
	if (out->changed)
		fprintf(stderr, "%zu added, %zu replaced, %zu removed\n", count[CHANGE_ADDED], count[CHANGE_REPLACED],
		    count[CHANGE_REMOVED]);
	else
		fprintf(stderr, "nothing to change: version %" PRId64 " stays in force\n", out->version);
}

static void print_version(struct work *w)
{
	say(&w->out);
	if (w->c->json)
		print_json(w);
	else
		printf("%" PRId64 "\n", w->out.version);
}

static void print_diff(struct work *w)
{
	say(&w->out);
	if (w->c->json)
		print_json(w);
	else
		print_changes(&w->out);
}

/* A file's document through apply or its preview. */
static int run_file(struct work *w, const char *path, bool preview, struct err *e)
{
	if (ctl_read_file(w->c, path, CATALOG_TEXT_MAX, &w->in.document) != 0)
		return CTL_REFUSED;
	if ((preview ? apply_preview : apply_document)(w->db, w->c->arena, &w->in, &w->out, e) != 0)
		return e->kind == ERR_MALFORMED && w->out.faults.n == 0 ? ctl_refuse("%s: %s", path, e->msg) : refused(w, e);
	ctl_print_faults(&w->out.warnings, "warning");
	if (preview)
		print_diff(w);
	else
		print_version(w);
	return CTL_DONE;
}

static int with_file(struct ctl *c, int argc, char **argv, bool preview)
{
	struct work w = { .db = NULL };
	bool prune = ctl_flag(&argc, argv, "prune");
	struct err e;

	if (argc != 1)
		return CTL_USAGE;
	if (work_open(&w, c) != 0)
		return work_close(&w, CTL_REFUSED);
	w.in.prune = prune;
	return work_close(&w, run_file(&w, argv[0], preview, &e));
}

int ctl_config_apply(struct ctl *c, int argc, char **argv)
{
	return with_file(c, argc, argv, false);
}

int ctl_config_diff(struct ctl *c, int argc, char **argv)
{
	return with_file(c, argc, argv, true);
}

int ctl_config_export(struct ctl *c, int argc, char **argv)
{
	struct db *db = NULL;
	struct str text;
	int64_t version;
	struct err e;
	int failed;

	(void)argv;
	if (argc != 0)
		return CTL_USAGE;
	if (ctl_db(c, false, &db) != 0)
		return CTL_REFUSED;
	failed = apply_export(db, c->arena, &text, &version, &e);
	db_close(&db);
	if (failed != 0)
		return ctl_refuse("%s", e.msg);
	fwrite(text.p, 1, text.n, stdout);
	return CTL_DONE;
}

int ctl_config_rollback(struct ctl *c, int argc, char **argv)
{
	struct work w = { .db = NULL };
	int64_t version;
	struct err e;

	if (argc != 1)
		return CTL_USAGE;
	if (!str_to_i64(str_of(argv[0]), &version) || version < 1)
		return ctl_wrong("%s is no version's number", argv[0]);
	if (work_open(&w, c) != 0)
		return work_close(&w, CTL_REFUSED);
	if (apply_rollback(w.db, c->arena, &w.in, version, &w.out, &e) != 0)
		return work_close(&w, refused(&w, &e));
	print_version(&w);
	return work_close(&w, CTL_DONE);
}

static void versions_json(struct ctl *c, const struct config_version *list, size_t n)
{
	struct buf b;
	struct json_out j;

	buf_in(&b, c->arena, CATALOG_TEXT_MAX);
	j = json_out(&b);
	json_open(&j, NULL, '[');
	for (size_t i = 0; i < n; i++) {
		json_open(&j, NULL, '{');
		json_int(&j, "version", list[i].version);
		json_text(&j, "created_at", clock_rfc3339_ms(c->arena, list[i].created_at));
		json_text(&j, "author", list[i].author);
		json_close(&j, '}');
	}
	json_close(&j, ']');
	printf("%.*s\n", STR_ARG(buf_str(&b)));
}

int ctl_config_versions(struct ctl *c, int argc, char **argv)
{
	struct config_version *list;
	struct db *db = NULL;
	struct err e;
	size_t n;
	int failed;

	(void)argv;
	if (argc != 0)
		return CTL_USAGE;
	if (ctl_db(c, false, &db) != 0)
		return CTL_REFUSED;
	failed = config_list(db, c->arena, &list, &n, &e);
	db_close(&db);
	if (failed != 0)
		return ctl_refuse("%s", e.msg);
	if (c->json) {
		versions_json(c, list, n);
		return CTL_DONE;
	}
	for (size_t i = 0; i < n; i++)
		printf("%7" PRId64 "  %.*s  %.*s\n", list[i].version, STR_ARG(clock_rfc3339_ms(c->arena, list[i].created_at)),
		    STR_ARG(list[i].author));
	return CTL_DONE;
}
