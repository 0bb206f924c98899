#include "lib/net/drop.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "lib/base/clock.h"
#include "lib/net/loop.h"

enum { LOCK_WAIT_MS = 2, HEADER_PIECE = 4096 };

/* A file that is open and ours alone. */
struct place {
	int dir, fd;
	off_t size;
};

static void say(struct http_reply *r, const char *what, int number)
{
	char words[64];

	if (number == 0)
		snprintf(r->detail, sizeof(r->detail), "%s", what);
	else
		snprintf(r->detail, sizeof(r->detail), "%s: %s", what, strerror_r(number, words, sizeof(words)));
}

static int take_lock(int fd, int64_t deadline_us)
{
	while (flock(fd, LOCK_EX | LOCK_NB) != 0) {
		if (errno != EWOULDBLOCK && errno != EINTR)
			return -1;
		if (clock_mono_us() >= deadline_us) {
			errno = ETIMEDOUT;
			return -1;
		}
		clock_sleep_ms(LOCK_WAIT_MS);
	}
	return 0;
}

/* 1: it is ours; 0: whoever fetches moved it away while we waited for it, so there is a new one to make; -1: errno says. */
static int open_once(struct place *p, const char *name, int64_t deadline_us)
{
	struct stat held, named;

	p->fd = openat(p->dir, name, O_RDWR | O_APPEND | O_CREAT | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK, S_IRUSR | S_IWUSR);
	if (p->fd < 0)
		return -1;
	if (take_lock(p->fd, deadline_us) != 0 || fstat(p->fd, &held) != 0)
		return -1;
	if (!S_ISREG(held.st_mode)) {
		errno = EINVAL;
		return -1;
	}
	p->size = held.st_size;
	if (fstatat(p->dir, name, &named, AT_SYMLINK_NOFOLLOW) != 0)
		return errno == ENOENT ? 0 : -1;
	return named.st_ino == held.st_ino && named.st_dev == held.st_dev;
}

static int open_file(struct place *p, const char *name, int64_t deadline_us)
{
	int got;

	while ((got = open_once(p, name, deadline_us)) == 0) {
		close(p->fd);
		p->fd = -1;
		if (clock_mono_us() < deadline_us)
			continue;
		errno = ETIMEDOUT;
		return -1;
	}
	return got == 1 ? 0 : -1;
}

/* Whether the file begins with this line: other columns under its heading would be read as what they are not. */
static bool has_header(const struct place *p, struct str header)
{
	char piece[HEADER_PIECE];

	for (size_t at = 0; at < header.n;) {
		size_t want = header.n - at < sizeof(piece) ? header.n - at : sizeof(piece);
		ssize_t n = pread(p->fd, piece, want, (off_t)at);

		if (n <= 0 || memcmp(piece, header.p + at, (size_t)n) != 0)
			return false;
		at += (size_t)n;
	}
	return true;
}

/* A line that a crash has cut short is ended, so that ours stands on its own. */
static struct str repair(const struct place *p)
{
	char last;

	if (p->size == 0 || pread(p->fd, &last, 1, p->size - 1) != 1 || last == '\n')
		return STR("");
	return STR("\r\n");
}

static void append(const struct place *p, const struct drop *d, struct http_reply *r)
{
	struct str before = p->size == 0 ? d->header : repair(p);
	struct iovec parts[] = { { (void *)before.p, before.n }, { (void *)d->line.p, d->line.n } };
	ssize_t n = writev(p->fd, parts, 2);
	int number = n < 0 ? errno : ENOSPC;

	if (n != (ssize_t)(before.n + d->line.n)) {
		/* Taken back whole it was never there. */
		say(r, "the line could not be written", number);
		if (n > 0 && ftruncate(p->fd, p->size) != 0)
			r->end = HTTP_BROKEN;
		return;
	}
	r->end = HTTP_BROKEN;
	if (fdatasync(p->fd) != 0 || (p->size == 0 && fsync(p->dir) != 0)) {
		say(r, "the line may not be on the disk", errno);
		return;
	}
	r->end = HTTP_DONE;
	r->why = HTTP_WHY_NONE;
}

void drop_write(const struct net *net, const struct drop *drop, struct http_reply *reply, int64_t deadline_us)
{
	struct place p = { -1, -1, 0 };
	char name[NAME_MAX + 1];

	if (net->drop_dir == NULL || drop->file.n >= sizeof(name)) {
		say(reply, "[delivery] drop_dir is not set", 0);
		return;
	}
	memcpy(name, drop->file.p, drop->file.n);
	name[drop->file.n] = '\0';
	p.dir = open(net->drop_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (p.dir < 0)
		say(reply, "the drop folder can't be opened", errno);
	else if (open_file(&p, name, deadline_us) != 0)
		say(reply, "the file can't be opened and locked", errno);
	else if (p.size > 0 && !has_header(&p, drop->header))
		say(reply, "the file begins with other columns: give these a file of their own", 0);
	else
		append(&p, drop, reply);
	if (p.fd >= 0)
		close(p.fd);
	if (p.dir >= 0)
		close(p.dir);
}
