#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/arena.h"
#include "lib/base/buf.h"
#include "lib/base/log.h"

enum { FIRST_CAP = 256, PIECE = 8192 };

void buf_init(struct buf *b, size_t limit)
{
	*b = (struct buf){ .limit = limit };
}

void buf_in(struct buf *b, struct arena *a, size_t limit)
{
	*b = (struct buf){ .limit = limit, .arena = a };
}

void buf_free(struct buf *b)
{
	if (b->arena == NULL && b->p != NULL) {
		explicit_bzero(b->p, b->cap);
		free(b->p);
	}
	*b = (struct buf){ .limit = b->limit, .arena = b->arena };
}

void buf_clear(struct buf *b)
{
	b->n = 0;
	b->overflow = false;
	if (b->p != NULL)
		b->p[0] = '\0';
}

/* Not realloc: it would leave an unwiped copy of the bytes behind. */
static void move(struct buf *b, size_t cap)
{
	char *p = b->arena != NULL ? arena_alloc(b->arena, cap) : malloc(cap);

	if (p == NULL)
		log_die("out of memory");
	if (b->n > 0)
		memcpy(p, b->p, b->n);
	p[b->n] = '\0';
	if (b->arena == NULL && b->p != NULL) {
		explicit_bzero(b->p, b->cap);
		free(b->p);
	}
	b->p = p;
}

/* Makes room for n bytes and a NUL. */
static int reserve(struct buf *b, size_t n)
{
	size_t cap = b->cap;

	if (b->overflow || n > b->limit - b->n) {
		b->overflow = true;
		return -1;
	}
	if (b->n + n < cap)
		return 0;
	if (cap == 0)
		cap = FIRST_CAP;
	while (cap <= b->n + n)
		cap *= 2;
	if (cap > b->limit && b->limit >= b->n + n)
		cap = b->limit + 1;
	if (b->arena == NULL || b->p == NULL || !arena_extend(b->arena, b->p, b->cap, cap))
		move(b, cap);
	b->cap = cap;
	return 0;
}

int buf_add(struct buf *b, const void *p, size_t n)
{
	if (reserve(b, n) != 0)
		return -1;
	if (n > 0)
		memcpy(b->p + b->n, p, n);
	b->n += n;
	b->p[b->n] = '\0';
	return 0;
}

int buf_add_str(struct buf *b, struct str s)
{
	return buf_add(b, s.p, s.n);
}

int buf_add_cstr(struct buf *b, const char *s)
{
	return buf_add(b, s, strlen(s));
}

int buf_add_char(struct buf *b, char c)
{
	return buf_add(b, &c, 1);
}

int buf_addf(struct buf *b, const char *fmt, ...)
{
	size_t room = b->cap - b->n;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(room > 0 ? b->p + b->n : NULL, room, fmt, ap);
	va_end(ap);
	if (n < 0)
		log_die("a text that can't be formatted");
	if (reserve(b, (size_t)n) != 0) {
		if (room > 0)
			b->p[b->n] = '\0';
		return -1;
	}
	if ((size_t)n >= room) {
		va_start(ap, fmt);
		vsnprintf(b->p + b->n, (size_t)n + 1, fmt, ap);
		va_end(ap);
	}
	b->n += (size_t)n;
	return 0;
}

int buf_add_file(struct buf *b, const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), failed = fd < 0 ? -1 : 0;
	char piece[PIECE];
	ssize_t n = 0;

	while (failed == 0 && ((n = read(fd, piece, sizeof(piece))) > 0 || (n < 0 && errno == EINTR)))
		if (n > 0)
			failed = buf_add(b, piece, (size_t)n);
	if (fd >= 0)
		close(fd);
	return n < 0 ? -1 : failed;
}
