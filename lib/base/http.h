/*
 * http: plain structs of one call out and of what came back. lib/buyer fills and reads them; lib/net carries them out. Neither
 * knows the other.
 */
#ifndef GAVEL_BASE_HTTP_H
#define GAVEL_BASE_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/str.h"

struct http_header {
	struct str name, value;
};

struct http_headers {
	struct http_header *list;
	size_t n;
};

/* A message for a buyer without an API. Its headers hold no CR, LF or NUL: whoever filled it has checked. */
struct letter {
	struct str *to;              /* addresses, ASCII, without names */
	size_t n_to;
	struct str subject, body;    /* UTF-8, as they are meant */
	struct str id;               /* what a duplicate is known by; n 0: none */
};

/* A line for a file that such a buyer fetches. */
struct drop {
	struct str file;             /* one plain name */
	struct str header, line;     /* with their line ends; the header is a new file's first line */
};

struct http_call {
	struct str method;           /* GET, POST, PUT, ... */
	struct str url;              /* absolute, holes filled */
	struct http_headers headers; /* no CR, LF or NUL in any: whoever filled them has checked */
	struct str body;
	int timeout_ms;   /* of this call alone; the caller's deadline bounds it too */
	bool once;        /* a post: fresh connection, sent at most once */
	size_t max_reply; /* bytes of body; more is HTTP_TOO_LONG */
	/* One of them set: no HTTP call at all but this, and the members above only describe it (method SMTP or CSV) to people. */
	const struct letter *letter;
	const struct drop *drop;
};

enum http_end {
	HTTP_DONE,     /* a whole reply is here */
	HTTP_NOT_SENT, /* provably nothing of the request left: refused, no name, TLS failed, connect timed out, not allowed */
	HTTP_TIMEOUT,  /* bytes may have left; no whole reply in time */
	HTTP_BROKEN,   /* bytes may have left; the transfer broke */
	HTTP_TOO_LONG, /* the reply passed max_reply */
	HTTP__N
};

enum http_why {
	HTTP_WHY_NONE, HTTP_WHY_UNREACHABLE, HTTP_WHY_TLS, HTTP_WHY_REFUSED_ADDRESS, HTTP_WHY_DEADLINE,
	HTTP_WHY_NO_TURN, /* the time was up before the call got its turn here: nobody else's fault */
	HTTP_WHY__N
};

struct http_reply {
	enum http_end end;
	enum http_why why;           /* for HTTP_NOT_SENT: unreachable or tls_failed in explanations */
	int status;                  /* HTTP_DONE */
	struct http_headers headers; /* of the final answer; names as received */
	struct str body;             /* may hold any bytes */
	int64_t total_us;            /* from hand-over to end */
	int64_t connect_us;          /* 0 on a reused connection */
	char detail[96];             /* for operators: never a payload */
};

/* The first header of that name (any case), or NULL. */
static inline const struct str *http_header_find(const struct http_headers *h, struct str name)
{
	for (size_t i = 0; i < h->n; i++)
		if (str_eq_nocase(h->list[i].name, name))
			return &h->list[i].value;
	return NULL;
}

#endif
