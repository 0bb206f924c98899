/*
 * listener: the listening socket of a supervisor: bound to a path, or inherited.
 */
#ifndef GAVEL_WEB_LISTENER_H
#define GAVEL_WEB_LISTENER_H

#include <sys/types.h>

#include "lib/base/err.h"

struct listener {
	int fd;
	const char *path; /* NULL: not ours to remove */
	dev_t device;
	ino_t file;       /* what we made there */
};

/*
 * Binds and listens. A socket that nobody serves is replaced; one that is served, and what is no socket, is left alone: ERR_IO. Of two that
 * start at the same moment one gets it. path is borrowed.
 */
int listener_bind(struct listener *l, const char *path, unsigned mode, int backlog, struct err *e);
/* File descriptor 0. */
int listener_inherit(struct listener *l, struct err *e);
/* Takes the path away, where it still leads to this socket: by now it may be a successor's. The socket stays open. */
void listener_remove(struct listener *l);

#endif
