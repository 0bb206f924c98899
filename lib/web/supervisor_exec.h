/*
 * supervisor_exec: how workers of a later generation start as a new program: the file that lies at the supervisor's path now, with its
 * arguments, which reads the settings as they are now. What a worker needs of its supervisor is handed over in the environment.
 */
#ifndef GAVEL_WEB_SUPERVISOR_EXEC_H
#define GAVEL_WEB_SUPERVISOR_EXEC_H

#include <stdbool.h>
#include <stddef.h>

struct supervisor_handed {
	int listen_fd, stop_fd, generation;
};

/* The running program's path; false where the system does not tell. To be asked at the start: later the file may be another. */
bool supervisor_exec_path(char *out, size_t size);
/* In the worker's own process: becomes that program. Returns only when it can't; errno says why. */
void supervisor_exec(const char *path, char *const *argv, const struct supervisor_handed *h);
/* In the program that was started so: true, and once only. */
bool supervisor_exec_handed(struct supervisor_handed *out);

#endif
