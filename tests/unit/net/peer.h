/*
 * peer: a scripted server on a free port of 127.0.0.1, on threads of the test's own process. It says how many connections came and
 * how many whole requests were read.
 */
#ifndef GAVEL_TESTS_UNIT_NET_PEER_H
#define GAVEL_TESTS_UNIT_NET_PEER_H

#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>

#include "lib/base/http.h"

enum peer_way {
	PEER_OK,            /* 200, the request itself as the body, connection kept */
	PEER_SILENT,        /* accepts, never reads */
	PEER_STALL,         /* reads the request, never answers */
	PEER_RESET_FIRST,   /* RST as soon as it has accepted */
	PEER_RESET_AFTER,   /* RST once the request is read */
	PEER_RESET_MIDDLE,  /* RST in the middle of the body */
	PEER_CUT,           /* closes in the middle of the body */
	PEER_CUT_CHUNK,     /* closes within a chunked body */
	PEER_CLOSE,         /* reads the request and closes */
	PEER_DRIP,          /* a byte each 20 ms */
	PEER_HUGE,          /* a body without end */
	PEER_HUGE_HEAD,     /* header lines without end */
	PEER_GARBAGE,       /* no HTTP */
	PEER_UNTIL_CLOSE,   /* 200 without a length, whole at close */
	PEER_CHUNKED,       /* 200 in chunks, with a trailer */
	PEER_CONTINUE,      /* 100, then 200 */
	PEER_REDIRECT,      /* 302 to itself */
	PEER_ONCE_THEN_CLOSE, /* answers a connection's first request, reads its second and closes */
	PEER_ONCE_THEN_RESET, /* answers a connection's first request, and RST as soon as a byte of its second is there */
	PEER_ONE_CONNECTION,  /* the same as PEER_ONCE_THEN_RESET, and each further connection is reset likewise at its first byte */
	PEER_ONCE_THEN_STALL, /* likewise at first; each further connection's requests are read and not answered */
	PEER_TIDY,          /* answers and closes at once, without saying so */
	PEER_LATE           /* 200 after 30 ms */
};

enum { PEER_SOCKETS = 1024, PEER_REQUEST = 16384 };

struct peer {
	int fd, port;
	enum peer_way way;
	pthread_t thread, workers[PEER_SOCKETS];
	int sockets[PEER_SOCKETS], n;
	atomic_bool stopping;
	atomic_int connections, requests;
	pthread_mutex_t lock;
	char url[64];
};

void peer_start(struct peer *p, enum peer_way way);
void peer_stop(struct peer *p);
/* A port on 127.0.0.1 that refuses. */
int peer_refused_port(void);
/* A POST of body to the peer, with 5 s and 64 KiB for the reply. */
struct http_call peer_call(const struct peer *p, const char *body);

#endif
