/*
 * certificates: made by the openssl program in a folder of their own: authorities `ca` and `other`; signed by ca `good` (127.0.0.1),
 * `mail` (mail.localhost), `name` (another name), and `old`, which has expired. Each is NAME.pem and NAME.key.
 */
#ifndef GAVEL_TESTS_UNIT_NET_CERTIFICATES_H
#define GAVEL_TESTS_UNIT_NET_CERTIFICATES_H

#include <sys/types.h>

#include "lib/base/arena.h"

/* For unchecked fixtures. */
void certificates_make(void);
void certificates_remove(void);
const char *certificates_path(struct arena *a, const char *name, const char *ending);
/* A program, run in that folder; it dies with us. out: its standard output, -1: none. To be called before there are threads. */
pid_t certificates_spawn(const char *const argv[], int out);

#endif
