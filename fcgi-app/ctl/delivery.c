/*
 * delivery: a contract's step tried without sending anything: what it would send for a lead, and what a reply would mean. Needs
 * neither database nor network nor settings; the code is what the workers run.
 */
#include <stdio.h>

#include "fcgi-app/ctl/commands.h"
#include "fcgi-app/ctl/ctl.h"
#include "lib/base/clock.h"
#include "lib/buyer/offline.h"
#include "lib/catalog/catalog.h"
#include "lib/wire/json.h"

enum { DOCUMENT_MAX = 64 * 1024 * 1024, INPUT_MAX = 16 * 1024 * 1024, OUTPUT_MAX = 64 * 1024 * 1024 };

/* What both commands are asked with. */
struct trial {
	const char *config, *contract, *step, *input;
	const struct contract *found;
	const struct step *chosen;
	struct catalog *catalog;
};

static int read_json(struct ctl *c, const char *path, size_t max, int depth, struct value *out)
{
	struct str text;
	struct err e;

	if (ctl_read_file(c, path, max, &text) != 0)
		return -1;
	if (json_parse(c->arena, text, depth, out, &e) == 0)
		return 0;
	ctl_refuse("%s: %s", path, e.msg);
	return -1;
}

static int compile(struct ctl *c, struct trial *t)
{
	const struct catalog_names names = { 0 };
	struct faults *faults = arena_new_of(c->arena, struct faults), *warnings = arena_new_of(c->arena, struct faults);
	struct value document;
	int bad;

	faults_init(faults, c->arena);
	faults_init(warnings, c->arena);
	if (read_json(c, t->config, DOCUMENT_MAX, JSON_DEPTH_CONFIG, &document) != 0)
		return -1;
	bad = catalog_compile(&document, &names, faults, warnings, &t->catalog);
	ctl_print_faults(warnings, "warning");
	ctl_print_faults(faults, "fault");
	return bad;
}

static int choose(struct trial *t)
{
	t->found = map_get(t->catalog->by_contract, str_of(t->contract));
	if (t->found == NULL) {
		ctl_refuse("%s has no contract %s", t->config, t->contract);
		return -1;
	}
	t->chosen = strcmp(t->step, "ping") == 0 ? t->found->ping : t->found->post;
	if (t->chosen == NULL) {
		ctl_refuse("contract %s has no %s step", t->contract, t->step);
		return -1;
	}
	return 0;
}

/* Takes the options; false when the words are wrong, and it has been said which. */
static bool options(int argc, char **argv, const char *input, struct trial *t)
{
	t->config = ctl_option(&argc, argv, "config");
	t->contract = ctl_option(&argc, argv, "contract");
	t->step = ctl_option(&argc, argv, "step");
	t->input = ctl_option(&argc, argv, input);
	if (argc > 0)
		return ctl_wrong("options alone are taken, not %s", argv[0]) == CTL_DONE;
	if (t->config == NULL || t->contract == NULL || t->step == NULL || t->input == NULL)
		return ctl_wrong("--config, --contract, --step and --%s are all needed", input) == CTL_DONE;
	if (strcmp(t->step, "ping") != 0 && strcmp(t->step, "post") != 0)
		return ctl_wrong("--step is ping or post, not %s", t->step) == CTL_DONE;
	return true;
}

static int print(const struct buf *b)
{
	if (b->overflow)
		return ctl_refuse("the answer is too large");
	fwrite(b->p, 1, b->n, stdout);
	return CTL_DONE;
}

static int render(struct ctl *c, const struct trial *t)
{
	struct faults *faults = arena_new_of(c->arena, struct faults);
	struct offline_scope scope;
	struct http_call call;
	struct value lead;
	struct buf b;
	struct err e;

	faults_init(faults, c->arena);
	if (read_json(c, t->input, INPUT_MAX, JSON_DEPTH_REQUEST, &lead) != 0)
		return CTL_REFUSED;
	if (offline_scope(c->arena, &lead, t->found->campaign->vertical, t->found->key, clock_wall_us(), faults, &scope) != 0) {
		ctl_print_faults(faults, t->input);
		return CTL_REFUSED;
	}
	if (step_render(c->arena, t->chosen, &scope.scope, &call, &e) != STEP_RENDERED)
		return ctl_refuse("%s is not sent: %s", t->step, e.msg);
	buf_in(&b, c->arena, OUTPUT_MAX);
	offline_write_call(c->arena, &b, &call);
	return print(&b);
}

static int parse(struct ctl *c, const struct trial *t)
{
	struct faults *faults = arena_new_of(c->arena, struct faults);
	struct http_reply reply;
	struct verdict verdict;
	struct value doc;
	struct buf b;

	faults_init(faults, c->arena);
	if (read_json(c, t->input, INPUT_MAX, JSON_DEPTH_REQUEST, &doc) != 0)
		return CTL_REFUSED;
	if (offline_reply(c->arena, &doc, faults, &reply) != 0) {
		ctl_print_faults(faults, t->input);
		return CTL_REFUSED;
	}
	step_parse(c->arena, t->chosen, &reply, &verdict);
	buf_in(&b, c->arena, OUTPUT_MAX);
	offline_write_verdict(&b, &verdict);
	return print(&b);
}

static int try(struct ctl *c, struct trial *t, int (*run)(struct ctl *c, const struct trial *t))
{
	int code = CTL_REFUSED;

	if (compile(c, t) == 0 && choose(t) == 0)
		code = run(c, t);
	catalog_free(&t->catalog);
	return code;
}

int ctl_delivery_render(struct ctl *c, int argc, char **argv)
{
	struct trial t = { 0 };

	return options(argc, argv, "lead", &t) ? try(c, &t, render) : CTL_USAGE;
}

int ctl_delivery_parse(struct ctl *c, int argc, char **argv)
{
	struct trial t = { 0 };

	return options(argc, argv, "reply", &t) ? try(c, &t, parse) : CTL_USAGE;
}
