#include "fcgi-app/app.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fcgi-app/meter.h"
#include "fcgi-app/once.h"
#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/exchange/standing.h"
#include "lib/exchange/usage.h"
#include "lib/exchange/guard.h"
#include "lib/store/config.h"
#include "lib/store/postback.h"
#include "lib/web/limit.h"
#include "lib/web/page.h"
#include "lib/wire/xml.h"

enum { REQUEST_ARENA = 64 * 1024 * 1024, SPARE_THREADS = 8, BEAT_MS = 500, SHM_NAME_MAX = 4096 };

extern char **environ;

struct db_options app_db_options(struct app *app, const struct database_settings *s)
{
	app->epoch.sql = config_epoch_sql;
	return (struct db_options){ .hosts = s->hosts, .socket = s->socket, .name = s->name, .user = s->user, .password = s->password,
		.tls_ca = s->tls_ca, .epoch = &app->epoch };
}

static enum log_level level_of(struct str name)
{
	static const char *const names[LOG__N] = { "debug", "info", "warn", "error" };

	for (int i = 0; i < LOG__N; i++)
		if (str_is(name, names[i]))
			return (enum log_level)i;
	return LOG_INFO;
}

int app_prepare(struct app *app, const char *program, const char *conf_path)
{
	struct err e = { 0 };
	struct str path;

	app->program = program;
	app->arena = arena_new((size_t)64 << 20);
	log_program(program);
	if (settings_load(app->arena, settings_path(conf_path), environ, &app->settings, &e) != 0 ||
	    keyring_load(app->settings.master_key, &app->keys, &e) != 0) {
		log_err("the settings are wrong", &e);
		return -1;
	}
	log_level_set(level_of(app->settings.log_level));
	path = arena_printf(app->arena, "%.*s/shared", STR_ARG(app->settings.run_dir));
	if (shm_open_file(path.p, &app->shm, &e) != 0) {
		log_err("the shared mapping can't be opened", &e);
		return -1;
	}
	if (networks_parse(app->arena, app->settings.metrics_allow, &app->metrics_allow, &e) != 0) {
		log_err("the settings are wrong", &e);
		return -1;
	}
	app->db = app_db_options(app, &app->settings.database);
	if (app->page_names != NULL && pages_load(app->arena, app->settings.templates_dir, app->page_names, &app->pages, &e) != 0) {
		log_err("the pages' templates are wrong", &e);
		return -1;
	}
	return 0;
}

static int open_exchange(struct app *app, struct err *e)
{
	struct net_options live = { .allow_networks = app->settings.allow_networks, .ca_file = app->settings.ca_file,
		.smtp_url = app->settings.smtp_url, .smtp_user = app->settings.smtp_user, .smtp_password = app->settings.smtp_password,
		.smtp_from = app->settings.smtp_from, .drop_dir = app->settings.drop_dir };
	struct net_options sandbox = { .allow_networks = STR("127.0.0.0/8 ::1/128"), .ca_file = app->settings.ca_file, .resolver_threads = 1 };

	struct guard_rules guard = { .calls = app->settings.buyer_calls, .breaker = { .percent = app->settings.circuit_percent,
		.window = app->settings.circuit_window, .least = app->settings.circuit_least, .probe_ms = app->settings.circuit_probe_ms } };

	app->exchange.guard = guard_new(app->shm, &guard);
	if (net_open(&live, &app->exchange.net, e) != 0 || net_open(&sandbox, &app->exchange.sandbox_net, e) != 0 ||
	    writer_open(&app->db, "pings", ping_store_insert, &app->exchange.writer, e) != 0 || usage_open(&app->db, &app->exchange.usage, e) != 0 ||
	    standing_open(&app->db, &app->exchange.standing, e) != 0)
		return -1;
	return 0;
}

int app_open(struct app *app, struct err *e)
{
	db_library_init();
	xml_init();
	if (db_pool_open(&app->db, app->settings.database.pool, &app->pool, e) != 0 ||
	    snapshots_open(app->pool, &app->keys, &app->snapshots, e) != 0)
		return -1;
	app->exchange.pool = app->pool;
	app->exchange.keys = &app->keys;
	app->exchange.shm = app->shm;
	app->exchange.sandbox_url = app->settings.sandbox_url;
	if ((app->parts & PART_POSTBACKS) != 0 && writer_open(&app->db, "postbacks", postback_store_tell, &app->exchange.postbacks, e) != 0)
		return -1;
	return (app->parts & PART_EXCHANGE) != 0 ? open_exchange(app, e) : 0;
}

struct writer *app_writer(const struct app *app)
{
	return app->exchange.writer != NULL ? app->exchange.writer : app->exchange.postbacks;
}

void app_close(struct app *app)
{
	writer_close(&app->exchange.writer);
	writer_close(&app->exchange.postbacks);
	usage_close(&app->exchange.usage);
	standing_close(&app->exchange.standing);
	net_close(&app->exchange.net);
	net_close(&app->exchange.sandbox_net);
	guard_free(&app->exchange.guard);
	snapshots_close(&app->snapshots);
	db_pool_close(&app->pool);
	db_library_end();
}

/* A thread that serves nothing: shows that the process lives, and waits for the word to stop. */
static void beat_until(struct app *app, int stop_fd)
{
	struct pollfd stop = { .fd = stop_fd, .events = POLLIN };
	struct meter meter = { 0 };
	int r;

	do {
		meter_beat(app, &meter);
		r = poll(&stop, 1, BEAT_MS);
	} while (r == 0 || (r < 0 && errno == EINTR));
	meter_beat(app, &meter);
}

static struct shm_worker *own_cell(struct app *app)
{
	for (int i = 0; i < SHM_WORKERS; i++)
		if (atomic_load(&app->shm->workers[i].pid) == (int32_t)getpid())
			return &app->shm->workers[i];
	return NULL;
}

int app_work(void *ctx, int listen_fd, int stop_fd)
{
	struct app *app = ctx;
	struct fcgi_options o = { .listen_fd = listen_fd, .threads = app->threads, .arena_limit = REQUEST_ARENA,
		.trusted_proxies = app->settings.trusted_proxies, .drain_s = app->settings.drain_s };
	struct err e = { 0 };
	int left = 1;

	app->worker = own_cell(app);
	app->auction_limit = app->threads > 2 * SPARE_THREADS ? app->threads - SPARE_THREADS : app->threads;
	app->post_limit = app->settings.post_limit > 0 ? app->settings.post_limit : (app->auction_limit + 1) / 2;
	if (app_open(app, &e) != 0 || fcgi_open(&o, app, app_handle, &app->fcgi, &e) != 0) {
		log_err("a worker could not start", &e);
	} else {
		beat_until(app, stop_fd);
		fcgi_stop(app->fcgi);
		left = fcgi_close(&app->fcgi);
	}
	/* Requests that outlived the drain still use what is open: the process ends without closing it. */
	if (left == 0)
		app_close(app);
	return left;
}

/* Auctions and posts are admitted up to a limit, so that spare threads answer health, reads and refusals at once. */
static int admit(struct app *app, const struct route *route, struct err *e)
{
	int64_t oldest_us = 0;
	int waiting = 0;

	if (route->flags & ROUTE_AUCTION) {
		writer_depth(app->exchange.writer, &waiting, &oldest_us);
		if (atomic_load(&app->auctions) + atomic_load(&app->posts) >= app->auction_limit || oldest_us > 2000000)
			return err_set(e, ERR_BUSY, "too many auctions are in flight");
		atomic_fetch_add(&app->auctions, 1);
	} else if (route->flags & ROUTE_POST) {
		if (atomic_load(&app->posts) >= app->post_limit || atomic_load(&app->auctions) + atomic_load(&app->posts) >= app->auction_limit)
			return err_set(e, ERR_BUSY, "too many posts are in flight");
		atomic_fetch_add(&app->posts, 1);
	}
	return 0;
}

static void leave(struct app *app, const struct route *route)
{
	if (route->flags & ROUTE_AUCTION)
		atomic_fetch_sub(&app->auctions, 1);
	else if (route->flags & ROUTE_POST)
		atomic_fetch_sub(&app->posts, 1);
}

static int take_rate(struct app *app, const struct caller *caller, struct resp *r, struct err *e)
{
	struct limit_result result;

	if (caller->seller == NULL || caller->seller->rate_per_second <= 0)
		return 0;
	limit_take(app->shm, caller->owner, caller->seller->rate_per_second, caller->seller->rate_burst, clock_mono_us(), &result);
	limit_headers(r, &result, caller->seller->rate_per_second, caller->seller->rate_burst);
	if (result.allowed)
		return 0;
	err_set(e, ERR_TOO_MANY, "more requests than the seller's rate limit");
	e->code = "rate_limited";
	return -1;
}

static int run(struct app *app, const struct route *route, struct req *q, struct resp *r, struct err *e)
{
	int result;

	if (route->body_max > 0 && req_read_body(q, route->body_max, e) != 0)
		return -1;
	if (admit(app, route, e) != 0)
		return -1;
	result = (route->flags & ROUTE_ONCE) ? once_run(app, route, q, r, e) : route->handle(app, q, r, e);
	leave(app, route);
	return result;
}

static int serve(struct app *app, const struct route *route, struct req *q, struct resp *r, struct caller *caller, struct err *e)
{
	if (auth_check(app, route, q, caller, e) != 0 || take_rate(app, caller, r, e) != 0)
		return -1;
	return run(app, route, q, r, e);
}

static int find_route(struct app *app, struct req *q, struct resp *r, const struct route **route, struct err *e)
{
	struct str allow;

	switch (route_find(app->routes, app->n_routes, q, route, &allow)) {
	case ROUTE_OK:
		return 0;
	case ROUTE_METHOD:
		resp_header(r, "Allow", allow);
		return err_set(e, ERR_METHOD, "this address takes %.*s", STR_ARG(allow));
	default:
		return err_set(e, ERR_NOT_FOUND, "there is nothing at this address");
	}
}

static void log_request(const struct app *app, const struct req *q, const struct resp *r, const struct route *route, const struct caller *caller)
{
	struct str trace = q->traceparent;

	if (trace.n > 0)
		trace = (struct str){ trace.p + 3, 32 }; /* its id; what is behind it is the caller's own span */
	log_info("request", LOG_STR("id", q->request_id), LOG_STR("trace", trace), LOG_CSTR("role", app->role), LOG_STR("method", q->method),
	    LOG_CSTR("route", route != NULL ? route->path : "-"), LOG_INT("status", r->status),
	    LOG_INT("us", clock_mono_us() - q->start_us), LOG_STR("caller", caller->owner.p != NULL ? caller->owner : STR("-")),
	    LOG_CSTR("code", r->log_code != NULL ? r->log_code : ""), LOG_STR("ref", r->log_ref.p != NULL ? r->log_ref : STR("")),
	    LOG_INT("bytes", (int64_t)r->body.n), LOG_END);
}

void app_handle(struct app *app, struct req *q, struct resp *r)
{
	struct faults *faults = arena_new_of(q->arena, struct faults);
	const struct route *route = NULL;
	struct caller caller = { 0 };
	struct err e = { 0 };

	faults_init(faults, q->arena);
	q->faults = faults;
	q->caller = &caller;
	caller.snapshot = snapshot_take(app->snapshots);
	if (find_route(app, q, r, &route, &e) != 0 || serve(app, route, q, r, &caller, &e) != 0) {
		if (e.kind == ERR_BUSY)
			resp_set_header(r, "Retry-After", STR("1"));
		/* The soonest that a cap begins anew: with the hour. */
		if (e.code != NULL && strcmp(e.code, "seller_cap") == 0)
			resp_set_header(r, "Retry-After", arena_printf(q->arena, "%d", (int)(3600 - q->wall_us / 1000000 % 3600)));
		if (e.kind == ERR_DB || e.kind == ERR_DB_UNCERTAIN || e.kind == ERR_INTERNAL || e.kind == ERR_IO)
			log_err("a request failed", &e);
		if (app->show_error == NULL || !app->show_error(app, q, r, &e))
			resp_problem(r, q, &e, faults);
	}
	log_request(app, q, r, route, &caller);
	meter_request(app, route, r->status, clock_mono_us() - q->start_us);
	q->caller = NULL;
	snapshot_give(&caller.snapshot);
}
