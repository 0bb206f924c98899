#include "lib/web/listener.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdbool.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "lib/base/clock.h"

enum { LOCK_TRIES = 100, LOCK_PAUSE_MS = 20 };

/*
 * Whoever binds or removes holds its folder meanwhile, so that nobody removes what another has just bound. Whoever may look into the folder may
 * hold it too: after two seconds we go on without, -1.
 */
static int lock_folder(const char *path)
{
	struct sockaddr_un copy;
	size_t n = strlen(path);
	int fd;

	if (n >= sizeof(copy.sun_path))
		return -1;
	memcpy(copy.sun_path, path, n + 1);
	fd = open(dirname(copy.sun_path), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	for (int i = 0; fd >= 0 && i < LOCK_TRIES; i++) {
		if (flock(fd, LOCK_EX | LOCK_NB) == 0)
			return fd;
		clock_sleep_ms(LOCK_PAUSE_MS);
	}
	if (fd >= 0)
		close(fd);
	return -1;
}

static void unlock_folder(int fd)
{
	if (fd >= 0)
		close(fd);
}

/* One that answers belongs to a supervisor that lives (also when its backlog is full); one that does not was left behind. */
static bool is_served(const struct sockaddr_un *address)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	bool served = fd >= 0 && (connect(fd, (const struct sockaddr *)address, sizeof(*address)) == 0 || errno == EAGAIN);

	if (fd >= 0)
		close(fd);
	return served;
}

static int make_room(const struct sockaddr_un *address, struct err *e)
{
	struct stat there;

	if (lstat(address->sun_path, &there) != 0)
		return 0;
	if (!S_ISSOCK(there.st_mode))
		return err_set(e, ERR_IO, "%s is there, and is no socket", address->sun_path);
	if (is_served(address))
		return err_set(e, ERR_IO, "%s is served by another process", address->sun_path);
	unlink(address->sun_path);
	return 0;
}

static int bind_locked(struct listener *l, const struct sockaddr_un *address, unsigned mode, int backlog, struct err *e)
{
	struct stat made;
	mode_t before;
	int rc;

	if (make_room(address, e) != 0)
		return -1;
	l->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (l->fd < 0)
		return err_set(e, ERR_IO, "a socket can't be made: errno %d", errno);
	before = umask(0777 & ~mode); /* it never has more permissions than it should, not even for a moment */
	rc = bind(l->fd, (const struct sockaddr *)address, sizeof(*address));
	umask(before);
	if (rc != 0 || chmod(address->sun_path, mode) != 0 || listen(l->fd, backlog) != 0 || lstat(address->sun_path, &made) != 0)
		return err_set(e, ERR_IO, "%s can't be served: errno %d", address->sun_path, errno);
	l->device = made.st_dev;
	l->file = made.st_ino;
	return 0;
}

int listener_bind(struct listener *l, const char *path, unsigned mode, int backlog, struct err *e)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	size_t n = strlen(path);
	int folder, rc;

	if (n >= sizeof(address.sun_path))
		return err_set(e, ERR_IO, "the socket's path is longer than %zu bytes", sizeof(address.sun_path) - 1);
	memcpy(address.sun_path, path, n);
	folder = lock_folder(path);
	rc = bind_locked(l, &address, mode, backlog, e);
	unlock_folder(folder);
	if (rc == 0)
		l->path = path;
	return rc;
}

int listener_inherit(struct listener *l, struct err *e)
{
	socklen_t n = sizeof(int);
	int listening = 0;

	if (getsockopt(0, SOL_SOCKET, SO_ACCEPTCONN, &listening, &n) != 0 || !listening)
		return err_set(e, ERR_IO, "file descriptor 0 is no listening socket; give --socket PATH");
	l->fd = 0;
	return 0;
}

void listener_remove(struct listener *l)
{
	struct stat there;
	int folder;

	if (l->path == NULL)
		return;
	folder = lock_folder(l->path);
	if (lstat(l->path, &there) == 0 && there.st_dev == l->device && there.st_ino == l->file)
		unlink(l->path);
	unlock_folder(folder);
	l->path = NULL;
}
