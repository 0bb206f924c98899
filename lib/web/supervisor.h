/*
 * supervisor: our own process manager. It holds the listening socket, forks workers, sees by their heartbeat that they live, and
 * replaces those that die or stall. Works alone, under systemd's socket activation, spawn-fcgi, or lighttpd's bin-path.
 *
 *	SIGTERM, SIGINT   accept nothing more, finish what is in flight (drain_s at the most), end
 *	SIGHUP            start a new generation of workers, with the program and the settings as they are now; when it serves, drain the old one
 *
 * A worker ends when its supervisor dies, however it dies: the other end of its stop_fd is open in the supervisor alone.
 */
#ifndef GAVEL_WEB_SUPERVISOR_H
#define GAVEL_WEB_SUPERVISOR_H

#include "lib/base/err.h"
#include "lib/base/shm.h"

struct supervisor_options {
	const char *role;          /* in the heartbeat and the log */
	const char *socket_path;   /* bound by us, and gone as soon as we are told to stop; NULL: fd 0 is the listening socket */
	unsigned socket_mode;      /* 0660 */
	int backlog;
	int workers;               /* 0: no process of its own, this one serves (one process is all that mod_fcgid wants) */
	int stall_s;               /* no heartbeat for so long: killed */
	int drain_s;
	struct shm *shm;
	/*
	 * In a worker: serve listen_fd until stop_fd is readable, drain, return the exit code. Its shm_worker, the one with its pid, must
	 * be beaten at least once a second; the first beat says that it serves.
	 */
	int (*worker_main)(void *ctx, int listen_fd, int stop_fd);
	void *ctx;
	/*
	 * The program's arguments, ending in NULL: workers of later generations are started anew with them, and come here again through the
	 * program's own main. NULL: they are forked as the first ones are, from what this process has in memory.
	 */
	char *const *argv;
};

/*
 * Runs until it is told to stop: 0, or 1 when workers had to be killed at the end; -1 with e set when it could not start. Without
 * workers, what worker_main returned. A worker that was started anew does not return. To be called before the process has threads.
 */
int supervisor_run(const struct supervisor_options *o, struct err *e);

#endif
