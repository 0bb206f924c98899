#include <stdlib.h>
#include <time.h>

#include "config.h"
#include "fcgi-app/api/handlers.h"
#include "lib/base/clock.h"
#include "lib/store/config.h"
#include "lib/wire/json.h"

enum {
	WAIT_US = 1000000, OLDEST_OK_US = 2000000,
	HOLDS_US = 1000000,    /* so long an answer is good for whoever asks */
	BELIEVED_US = 5000000, /* and so long while somebody asks anew; a database that takes longer is not well */
	PAUSE_MS = 10
};

static struct json_out begin(struct resp *r, int status)
{
	struct json_out j = json_out(&r->body);

	r->status = status;
	r->content_type = STR("application/json");
	resp_set_header(r, "Cache-Control", STR("no-store"));
	json_open(&j, NULL, '{');
	return j;
}

int api_health(struct app *app, struct req *q, struct resp *r, struct err *e)
{
	struct json_out j = begin(r, 200);

	(void)app;
	(void)e;
	json_cstr(&j, "status", "pass");
	json_cstr(&j, "version", PACKAGE_VERSION);
	json_text(&j, "time", clock_rfc3339_ms(q->arena, clock_wall_us()));
	json_close(&j, '}');
	return 0;
}

/* One row of a check: what is looked at, and whether it is well. */
static bool check(struct json_out *j, const char *name, bool good, const char *detail)
{
	json_open(j, NULL, '{');
	json_cstr(j, "check", name);
	json_cstr(j, "status", good ? "pass" : "fail");
	if (!good)
		json_cstr(j, "detail", detail);
	json_close(j, '}');
	return good;
}

static void ask_database(struct app *app, struct readiness *to)
{
	struct config_marks marks;
	struct db *db = NULL;
	struct err why;
	bool database = db_take(app->pool, clock_mono_us() + WAIT_US, &db, &why) == 0 && db_check_writable(db, &why) == 0;

	atomic_store(&to->schema, database && config_marks_read(db, &marks, &why) == 0);
	atomic_store(&to->database, database);
	if (db != NULL)
		db_give(app->pool, &db);
	atomic_store(&to->at_us, clock_mono_us());
}

/*
 * Nobody has to show who he is to ask whether we are ready, so it must not matter how often it is asked: neither the database nor more than one
 * thread is in it. Only the first ones of a process's life wait for each other. False: nothing is known, or for too long.
 */
static bool is_known(struct app *app, struct readiness *s)
{
	int64_t until = clock_mono_us() + WAIT_US;

	do {
		int64_t at = atomic_load(&s->at_us), age = clock_mono_us() - at;

		if (at != 0 && age < HOLDS_US)
			return true;
		if (!atomic_exchange(&s->asking, true)) {
			ask_database(app, s);
			atomic_store(&s->asking, false);
			return true;
		}
		if (at != 0)
			return age < BELIEVED_US;
		clock_sleep_ms(PAUSE_MS);
	} while (clock_mono_us() < until);
	return false;
}

int api_ready(struct app *app, struct req *q, struct resp *r, struct err *e)
{
	bool known = is_known(app, &app->readiness), good = true;
	struct json_out j = begin(r, 200);
	int64_t oldest_us = 0;
	int waiting = 0;

	(void)e;
	json_open(&j, "checks", '[');
	good &= check(&j, "database", known && atomic_load(&app->readiness.database), known ? "no connection that takes writes" : "no answer in time");
	good &= check(&j, "schema", known && atomic_load(&app->readiness.schema), known ? "not migrated, or of another version" : "no answer in time");
	good &= check(&j, "configuration", snapshots_fresh(app->snapshots), "not read within the last seconds");
	if (app_writer(app) != NULL)
		writer_depth(app_writer(app), &waiting, &oldest_us);
	good &= check(&j, "queues", oldest_us < OLDEST_OK_US, "what waits to be written waits too long");
	json_close(&j, ']');
	json_cstr(&j, "status", good ? "pass" : "fail");
	json_text(&j, "time", clock_rfc3339_ms(q->arena, clock_wall_us()));
	json_close(&j, '}');
	r->status = good ? 200 : 503;
	if (!good)
		resp_set_header(r, "Retry-After", STR("1"));
	return 0;
}

static void write_scopes(struct json_out *j, unsigned scopes)
{
	static const char *const names[] = { "ping", "post", "report", "leads", "privacy", "admin" };

	json_open(j, "scopes", '[');
	for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (scopes & 1u << i)
			json_cstr(j, NULL, names[i]);
	json_close(j, ']');
}

/* The Date header (RFC 9110 section 5.6.7), IMF-fixdate only. */
static bool parse_date(struct arena *a, struct str text, int64_t *seconds_out)
{
	struct tm tm = { 0 };
	const char *end = strptime(arena_cstr(a, text), "%a, %d %b %Y %H:%M:%S GMT", &tm);

	if (end == NULL || *end != '\0')
		return false;
	*seconds_out = clock_days(tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday) * 86400 + tm.tm_hour * 3600 + tm.tm_min * 60 + tm.tm_sec;
	return true;
}

int api_status(struct app *app, struct req *q, struct resp *r, struct err *e)
{
	const struct caller *c = q->caller;
	struct json_out j = begin(r, 200);
	int64_t now = clock_wall_us(), theirs;

	(void)app;
	(void)e;
	if (c->seller != NULL) {
		json_open(&j, "seller", '{');
		json_text(&j, "id", c->seller->key);
		json_text(&j, "name", c->seller->name);
		json_close(&j, '}');
	} else {
		json_nil(&j, "seller");
	}
	json_cstr(&j, "key_id", c->key->id);
	json_cstr(&j, "mode", c->sandbox ? "sandbox" : "live");
	write_scopes(&j, c->key->scopes);
	json_text(&j, "time", clock_rfc3339_ms(q->arena, now));
	if (parse_date(q->arena, req_header(q, "date"), &theirs))
		json_int(&j, "clock_skew_ms", theirs * 1000 - now / 1000);
	else
		json_nil(&j, "clock_skew_ms");
	json_int(&j, "config_version", c->snapshot->catalog->version);
	json_text(&j, "request_id", q->request_id);
	json_close(&j, '}');
	return 0;
}
