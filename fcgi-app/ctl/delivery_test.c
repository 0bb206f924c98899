/*
 * delivery test: one request, marked as a test, to a contract's buyer, with the configuration and secrets in force; shows the request
 * with secrets by their names, the reply, how long it took, and how the reply was read.
 */
#include <stdio.h>

#include "fcgi-app/ctl/commands.h"
#include "fcgi-app/ctl/ctl.h"
#include "lib/base/clock.h"
#include "lib/buyer/offline.h"
#include "lib/catalog/snapshot.h"
#include "lib/net/net.h"
#include "lib/wire/json.h"

enum { INPUT_MAX = 16 * 1024 * 1024, OUTPUT_MAX = 16 * 1024 * 1024 };

static const char *const ends[HTTP__N] = { [HTTP_DONE] = "done", [HTTP_NOT_SENT] = "not_sent", [HTTP_TIMEOUT] = "timeout",
	[HTTP_BROKEN] = "broken", [HTTP_TOO_LONG] = "too_long" };

/* Its steps give an exit code; each has said why when it is not CTL_DONE. */
struct test {
	struct ctl *c;
	const char *contract, *input, *step;
	struct snapshot *snapshot;
	const struct contract *found;
	const struct step *chosen;
	struct http_call call, masked;
	struct http_reply reply;
};

static int load(struct test *t)
{
	struct db *db = NULL;
	struct keyring keys;
	struct err e;
	int bad;

	if (ctl_settings(t->c) != 0)
		return CTL_REFUSED;
	if (keyring_load(t->c->settings.master_key, &keys, &e) != 0)
		return ctl_refuse("%s", e.msg);
	if (ctl_db(t->c, false, &db) != 0)
		return CTL_REFUSED;
	bad = snapshot_load(db, &keys, &t->snapshot, &e);
	db_close(&db);
	crypt_wipe(&keys, sizeof(keys));
	return bad == 0 ? CTL_DONE : ctl_refuse("%s", e.msg);
}

/* The ping where there is one, unless --step says otherwise. */
static int choose(struct test *t)
{
	bool ping;

	t->found = map_get(t->snapshot->catalog->by_contract, str_of(t->contract));
	if (t->found == NULL)
		return ctl_refuse("there is no contract %s", t->contract);
	ping = t->step != NULL ? strcmp(t->step, "ping") == 0 : t->found->ping != NULL;
	t->step = ping ? "ping" : "post";
	t->chosen = ping ? t->found->ping : t->found->post;
	if (t->chosen == NULL)
		return ctl_refuse("contract %s has no %s step", t->contract, t->step);
	if (!step_names(t->chosen, STR("test")))
		fprintf(stderr, "warning: the %s step does not name {{test}}: the buyer can't tell that this is one\n", t->step);
	return CTL_DONE;
}

/* The lead as in the offline commands, but marked, and with the buyer's own secrets. */
static int render(struct test *t)
{
	struct arena *a = t->c->arena;
	struct faults *faults = arena_new_of(a, struct faults);
	struct offline_scope scope;
	struct value lead;
	struct str text;
	struct err e;

	faults_init(faults, a);
	if (ctl_read_file(t->c, t->input, INPUT_MAX, &text) != 0)
		return CTL_REFUSED;
	if (json_parse(a, text, JSON_DEPTH_REQUEST, &lead, &e) != 0)
		return ctl_refuse("%s: %s", t->input, e.msg);
	if (offline_scope(a, &lead, t->found->campaign->vertical, t->found->key, clock_wall_us(), faults, &scope) != 0) {
		ctl_print_faults(faults, t->input);
		return CTL_REFUSED;
	}
	for (size_t i = 0; i < scope.root.n; i++)
		if (str_is(scope.root.members[i].name, "test"))
			scope.root.members[i].value = value_bool(true);
	scope.scope.secrets = &t->found->buyer->secrets;
	if (step_render(a, t->chosen, &scope.scope, &t->call, &e) != STEP_RENDERED)
		return ctl_refuse("%s is not sent: %s", t->step, e.msg);
	if (t->call.letter != NULL || t->call.drop != NULL)
		return ctl_refuse("contract %s is delivered by e-mail or file, where nothing can be tried without doing it: see delivery render",
		    t->contract);
	scope.scope.mask_secrets = true;
	if (step_render(a, t->chosen, &scope.scope, &t->masked, &e) != STEP_RENDERED)
		return ctl_refuse("%s can't be shown: %s", t->step, e.msg);
	return CTL_DONE;
}

static int send(struct test *t)
{
	const struct net_options options = { .allow_networks = t->c->settings.allow_networks, .ca_file = t->c->settings.ca_file };
	struct net *net;
	struct err e;

	if (net_open(&options, &net, &e) != 0)
		return ctl_refuse("%s", e.msg);
	net_run(net, t->c->arena, &t->call, &t->reply, 1, clock_mono_us() + (int64_t)t->call.timeout_ms * 1000);
	net_close(&net);
	return CTL_DONE;
}

static void write_headers(struct arena *a, struct json_out *j, const struct http_headers *h)
{
	json_open(j, "headers", '{');
	for (size_t i = 0; i < h->n; i++)
		json_text(j, arena_cstr(a, h->list[i].name), h->list[i].value);
	json_close(j, '}');
}

static void write_reply(struct arena *a, struct json_out *j, const struct http_reply *reply)
{
	json_open(j, "reply", '{');
	json_cstr(j, "end", ends[reply->end]);
	json_cstr(j, "detail", reply->detail[0] != '\0' ? reply->detail : NULL);
	if (reply->end == HTTP_DONE) {
		json_int(j, "status", reply->status);
		write_headers(a, j, &reply->headers);
		json_text(j, "body", reply->body);
	}
	json_int(j, "connect_ms", reply->connect_us / 1000);
	json_int(j, "total_ms", reply->total_us / 1000);
	json_close(j, '}');
}

static int print(struct test *t)
{
	struct arena *a = t->c->arena;
	struct verdict verdict;
	struct buf b, part;
	struct json_out j;
	struct value all;
	struct err e;

	step_parse(a, t->chosen, &t->reply, &verdict);
	buf_in(&b, a, OUTPUT_MAX);
	j = json_out(&b);
	json_open(&j, NULL, '{');
	json_text(&j, "contract", t->found->key);
	json_cstr(&j, "step", t->step);
	buf_in(&part, a, OUTPUT_MAX);
	offline_write_call(a, &part, &t->masked);
	json_raw(&j, "request", buf_str(&part));
	write_reply(a, &j, &t->reply);
	buf_in(&part, a, OUTPUT_MAX);
	offline_write_verdict(&part, &verdict);
	json_raw(&j, "reading", buf_str(&part));
	json_close(&j, '}');
	if (json_parse(a, buf_str(&b), JSON_DEPTH_CONFIG, &all, &e) != 0)
		return ctl_refuse("the answer can't be shown: %s", e.msg);
	buf_clear(&part);
	json_write_pretty(&part, &all);
	fwrite(part.p, 1, part.n, stdout);
	return t->reply.end == HTTP_DONE ? CTL_DONE : CTL_REFUSED;
}

int ctl_delivery_test(struct ctl *c, int argc, char **argv)
{
	struct test t = { .c = c };
	int code = CTL_REFUSED;

	t.contract = ctl_option(&argc, argv, "contract");
	t.input = ctl_option(&argc, argv, "lead");
	t.step = ctl_option(&argc, argv, "step");
	if (argc > 0 || t.contract == NULL || t.input == NULL)
		return CTL_USAGE;
	if (t.step != NULL && strcmp(t.step, "ping") != 0 && strcmp(t.step, "post") != 0)
		return ctl_wrong("--step is ping or post, not %s", t.step);
	if (load(&t) == CTL_DONE && choose(&t) == CTL_DONE && render(&t) == CTL_DONE && send(&t) == CTL_DONE)
		code = print(&t);
	if (t.snapshot != NULL)
		snapshot_give(&t.snapshot);
	return code;
}
