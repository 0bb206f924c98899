/*
 * connection: one connection from a front end, which is one request: its head, its body where the handler asks for it, its answer. Each
 * request thread has one and uses it again and again.
 */
#ifndef GAVEL_WEB_CONNECTION_H
#define GAVEL_WEB_CONNECTION_H

#include <stdatomic.h>

#include "lib/base/network.h"
#include "lib/web/cutoff.h"
#include "lib/web/web.h"

/* What all connections of a process have in common. */
struct connections {
	struct cutoff *cutoff;
	struct networks trusted;
	int64_t read_deadline_us, write_deadline_us;
	int threads;
	_Atomic int waiting;        /* of them, for what their peers have still to send */
	struct app *app;
	fcgi_handler handler;
};

struct connection;

/* Starts libfcgi. */
int connection_library_open(struct err *e);
/* shared is borrowed for as long as the connection lives. slot: its own in the cutoff. */
struct connection *connection_new(struct connections *shared, int slot, size_t arena_limit);
void connection_free(struct connection **cp);
/* Serves what comes on fd and closes it. */
void connection_serve(struct connection *c, int fd);

#endif
