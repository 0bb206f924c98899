/*
 * web: one HTTP request and its answer, as a FastCGI program sees them. Handlers get a request that is whole and bounded, and fill an
 * answer; they never see FastCGI.
 */
#ifndef GAVEL_WEB_WEB_H
#define GAVEL_WEB_WEB_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/arena.h"
#include "lib/base/buf.h"
#include "lib/base/err.h"
#include "lib/base/fault.h"
#include "lib/base/http.h"
#include "lib/base/id.h"
#include "lib/wire/form.h"

enum { BODY_PING_MAX = 64 * 1024, BODY_MAX = 256 * 1024, BODY_CONFIG_MAX = 16 * 1024 * 1024, PARAMS_MAX = 32, ROUTE_PARAMS_MAX = 4 };

struct caller;

struct req {
	struct arena *arena;
	struct id id;                 /* X-Request-Id we answer with */
	struct str request_id;        /* as text: the caller's when it is 1..64 of [A-Za-z0-9._-], else ours */
	int64_t start_us;             /* monotonic, when it was accepted */
	int64_t wall_us;              /* wall time then */
	struct str method;
	struct str path;              /* REQUEST_URI up to '?', byte for byte */
	struct str query;             /* behind '?', raw */
	struct str body;
	struct str content_type;      /* lower case, without parameters */
	struct str remote_addr;       /* the client's, by trusted_proxies */
	bool https;
	struct http_headers headers;  /* lower-case names: "x-api-key" */
	struct str route_params[ROUTE_PARAMS_MAX]; /* :id of the route, in order; "%3A" in it is ':', and so for all that may stand unescaped */
	struct str traceparent;       /* the caller's (W3C Trace Context), its first 55 bytes; n 0: none, or none that is valid */
	const struct caller *caller;  /* who calls: the program's own, set before the handler */
	struct faults *faults;        /* the request's faults, for the handler to fill */
	void *stream;                 /* the body still to be read: web/fcgi only */
};

/* A header's value or an empty text. name in lower case. */
struct str req_header(const struct req *r, const char *name);
/* The query's pairs, as they are. */
int req_query(struct req *r, struct form *out, struct err *e);

/* What a query may say. */
struct req_parameters {
	const char *const *names;  /* ended by NULL */
	const char *many;          /* the one of them that may stand there more than once, or NULL */
	const char *words;         /* of another name: "a report has from, to and tz" */
	size_t most;               /* characters of a value */
};
/* The query's pairs; each that is unknown, too long or there a second time is a fault of the request. */
int req_query_checked(struct req *r, const struct req_parameters *known, struct form *out, struct err *e);
/* A fault of the request's member or parameter of that name. */
void req_fault(const struct req *r, const char *name, const char *code, const char *words);

struct resp {
	struct arena *arena;
	int status;                   /* 0: not answered */
	struct str content_type;
	struct http_headers headers;  /* room for RESP_HEADERS */
	struct buf body;              /* in the arena */
	const char *log_code;         /* a reason or problem code for the log line, or NULL */
	struct str log_ref;           /* ping or lead id for the log line */
};

enum { RESP_HEADERS = 24 };

void resp_init(struct resp *r, struct arena *a, size_t limit);
/* Adds a header; CR, LF or NUL in a value is a defect and is dropped with a log line. name: static. */
void resp_header(struct resp *r, const char *name, struct str value);
void resp_set_header(struct resp *r, const char *name, struct str value); /* replaces one of that name */
/* problem+json (RFC 9457) from an error: kind gives status, title and public text; ours (5xx) never show msg. faults may be NULL. */
void resp_problem(struct resp *r, const struct req *q, const struct err *e, const struct faults *faults);
/* HTTP status of a kind of error, from the one table. */
int resp_status_of(enum err_kind kind);
/* What may be said of an error in public: what kind it is, and what is the matter; of our own faults only that they are ours. */
void resp_words(const struct err *e, const char **title_out, const char **detail_out);
void resp_redirect(struct resp *r, int status, struct str url);

struct app; /* the program's own state: fcgi-app defines it */

/* What a route asks of its caller, checked by the program's `guard` before the handler is called. */
struct route {
	const char *method;      /* GET also answers HEAD */
	const char *path;        /* "/v1/leads/:id" */
	int auth;                /* the program's enum */
	unsigned scopes;         /* the program's bits: any of them */
	size_t body_max;         /* 0: no body is read; a larger one is 413 */
	int (*handle)(struct app *app, struct req *q, struct resp *r, struct err *e); /* 0 answered, -1: e becomes a problem */
	unsigned flags;          /* the program's bits */
};

enum route_found { ROUTE_OK, ROUTE_NONE, ROUTE_METHOD };
/*
 * The row for a method and a path, byte for byte: "//", "/.", "%2e", "%2f", "%00" are ROUTE_NONE. On ROUTE_METHOD allow_out names the
 * methods that the path has.
 */
enum route_found route_find(const struct route *routes, size_t n, struct req *q, const struct route **out, struct str *allow_out);

/* Serving. */
struct fcgi_options {
	int listen_fd;           /* 0 by FastCGI's convention */
	int threads;
	size_t arena_limit;      /* bytes a request may use; 0: 32 MiB */
	struct str trusted_proxies; /* networks whose X-Forwarded-For is believed */
	int64_t read_deadline_ms; /* the whole of a request, head and body, must be in within this; 0: 5000 */
	int64_t write_deadline_ms; /* and the whole answer taken; 0: 10000 */
	int drain_s;
};

/* Called on a request thread for each request whose head is read. body: call req_read_body first, when the route wants one. */
typedef void (*fcgi_handler)(struct app *app, struct req *q, struct resp *r);
struct fcgi;
/* Reads the body, at most max bytes (ERR_TOO_LARGE), within the deadline; a length that does not match is ERR_MALFORMED. */
int req_read_body(struct req *q, size_t max, struct err *e);
/* Sets what libfcgi reads of the environment: once, before there are threads. */
void fcgi_environment(void);
/*
 * Starts the request threads (every signal blocked in them). Each connection carries one request and is closed, whatever the front end
 * would like to keep.
 */
int fcgi_open(const struct fcgi_options *o, struct app *app, fcgi_handler handler, struct fcgi **out, struct err *e);
/* Accept nothing more; what is in flight goes on. */
void fcgi_stop(struct fcgi *f);
/* Waits until what was in flight is answered or drain_s has passed: 0, or 1 when something had to be left. */
int fcgi_close(struct fcgi **fp);
/* Requests in work in this process now. */
int fcgi_busy(const struct fcgi *f);

#endif
