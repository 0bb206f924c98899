/*
 * app: what one process of Gavel holds, and the way of every request: route, caller, limits, body, handler, answer, log line.
 */
#ifndef GAVEL_APP_H
#define GAVEL_APP_H

#include <stdatomic.h>

#include "lib/base/network.h"
#include "lib/base/shm.h"
#include "lib/catalog/snapshot.h"
#include "lib/conf/settings.h"
#include "lib/exchange/exchange.h"
#include "lib/web/limit.h"
#include "lib/web/web.h"

enum auth { AUTH_NONE, AUTH_KEY, AUTH_LOOPBACK, AUTH_OPERATOR, AUTH_SESSION, AUTH_METRICS };
enum route_flags { ROUTE_AUCTION = 1, ROUTE_POST = 2, ROUTE_ONCE = 4 /* runs once under an Idempotency-Key */ };

struct session_row;
struct pages;

/* Who calls, and the configuration that the request began with. */
struct caller {
	struct snapshot *snapshot;
	const struct api_key *key;    /* NULL without one */
	const struct seller *seller;  /* NULL: an operator's key, or none */
	bool sandbox;
	const struct session_row *session; /* NULL: nobody signed in */
	struct str owner;             /* for idempotency and rate limits: "seller:12", "seller:12:test", "key:AbCd1234" */
};

/* Which of the process's parts a program needs. */
enum app_parts { PART_EXCHANGE = 1, PART_POSTBACKS = 2 };

/* What was last found out of the database for /v1/ready: one request at a time asks, for all that come within a second. */
struct readiness {
	_Atomic bool asking;
	_Atomic bool database, schema;
	_Atomic int64_t at_us;        /* monotonic; 0: never yet */
};

struct app {
	struct arena *arena;          /* process lifetime */
	struct settings settings;
	struct keyring keys;
	struct db_options db;
	struct db_epoch epoch;        /* the newest that any of our connections has seen */
	struct networks metrics_allow; /* AUTH_METRICS */
	struct shm *shm;
	struct shm_worker *worker;    /* this process's heartbeat */
	struct db_pool *pool;
	struct snapshots *snapshots;
	struct exchange exchange;     /* with PART_EXCHANGE */
	struct fcgi *fcgi;
	const char *program, *role;
	unsigned parts;
	const struct route *routes;
	size_t n_routes;
	int threads, workers;
	const char *const *page_names; /* templates of its pages, ended by NULL; NULL: it has none */
	struct pages *pages;
	struct str contract, contract_tag; /* the OpenAPI document and its ETag; n 0: there is none */
	struct password_gate *gate;    /* where people sign in */
	/* AUTH_SESSION: fills caller->session; ERR_UNAUTHORIZED. NULL where there are no sessions. */
	int (*check_session)(struct app *app, const struct req *q, struct caller *caller, struct err *e);
	/* Shows an error to somebody who looks at pages; false: a problem document is made. NULL: always one. */
	bool (*show_error)(struct app *app, struct req *q, struct resp *r, const struct err *e);
	struct readiness readiness;
	_Atomic int auctions, posts;  /* in flight */
	int auction_limit, post_limit;
	struct limit_room senders;    /* of forms' leads, by address */
};

/* Settings, keys and the shared mapping: before processes are forked. Prints why and returns -1 when they are wrong. */
int app_prepare(struct app *app, const char *program, const char *conf_path);
/*
 * The parts of a process: connections, the configuration in force and, with PART_EXCHANGE, what calls buyers. -1 when the database is not
 * there (what was opened stays for app_close); called from the main thread.
 */
int app_open(struct app *app, struct err *e);
void app_close(struct app *app);
/* A worker process: opens its parts, serves listen_fd until stop_fd is readable, drains, closes. For supervisor_run; ctx is the app. */
int app_work(void *ctx, int listen_fd, int stop_fd);

/* What the process commits for many at once: pings, or postbacks. NULL: nothing. */
struct writer *app_writer(const struct app *app);

/* The connection options of a database section. */
struct db_options app_db_options(struct app *app, const struct database_settings *s);

/* auth: fills caller from the request's key; ERR_UNAUTHORIZED, ERR_FORBIDDEN. */
int auth_check(struct app *app, const struct route *route, const struct req *q, struct caller *caller, struct err *e);
bool auth_is_loopback(struct str address);

/* Every request: the fcgi_handler. */
void app_handle(struct app *app, struct req *q, struct resp *r);

#endif
