/*
 * A stack of blocks, newest on top. Memory past a block's `used` is always zero: fresh blocks come zeroed and what was used is
 * wiped when it is given back, so that handing out memory never clears it a second time.
 */
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/arena.h"
#include "lib/base/log.h"

#if defined(__SANITIZE_ADDRESS__)
#define ARENA_POISON 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ARENA_POISON 1
#endif
#endif

/* Under AddressSanitizer what is not handed out is poisoned, and a gap after each piece catches the overrun by one. */
#ifdef ARENA_POISON
#include <sanitizer/asan_interface.h>
#define poison(p, n) ASAN_POISON_MEMORY_REGION((p), (n))
#define unpoison(p, n) ASAN_UNPOISON_MEMORY_REGION((p), (n))
enum { GAP = 16 };
#else
#define poison(p, n) ((void)(p), (void)(n))
#define unpoison(p, n) ((void)(p), (void)(n))
enum { GAP = 0 };
#endif

enum {
	ALIGN = 16,
	FIRST_BLOCK = 32 * 1024,
	LARGEST_STEP = 1024 * 1024,
	SPARE_MAX = 256 * 1024 /* a larger block goes back to malloc */
};

struct block {
	struct block *below; /* NULL: the first */
	size_t size, used;
	_Alignas(ALIGN) char mem[];
};

struct defer {
	struct defer *before;
	void (*fn)(void *);
	void *p;
};

struct arena {
	struct block *top;
	struct block *spare; /* wiped, or NULL */
	struct defer *defers;
	size_t limit;
	size_t below; /* bytes used in the blocks under the top */
};

static struct block *block_new(size_t size)
{
	struct block *b = size <= SIZE_MAX - sizeof(*b) ? calloc(1, sizeof(*b) + size) : NULL;

	if (b == NULL)
		log_die("out of memory");
	b->size = size;
	poison(b->mem, size);
	return b;
}

static void block_wipe(struct block *b, size_t from)
{
	unpoison(b->mem + from, b->used - from);
	explicit_bzero(b->mem + from, b->used - from);
	poison(b->mem + from, b->used - from);
	b->used = from;
}

static void block_free(struct block *b)
{
	if (b == NULL)
		return;
	block_wipe(b, 0);
	unpoison(b->mem, b->size);
	free(b);
}

/*
 * The largest block given back stays as a spare: a loop or a row of requests that needs more than the first block asks malloc, and
 * the kernel for pages, a few times at the beginning and then never again.
 */
static void retire(struct arena *a, struct block *b)
{
	struct block *worse = b;

	if (b->size <= SPARE_MAX && (a->spare == NULL || b->size > a->spare->size)) {
		worse = a->spare;
		block_wipe(b, 0);
		a->spare = b;
	}
	block_free(worse);
}

struct arena *arena_new(size_t limit)
{
	struct arena *a = calloc(1, sizeof(*a));

	if (a == NULL)
		log_die("out of memory");
	a->limit = limit;
	a->top = block_new(limit < FIRST_BLOCK ? limit : FIRST_BLOCK);
	return a;
}

/* What is deferred may itself look at the arena, so each is unlinked before it runs. */
static void run_defers(struct arena *a, const struct defer *until)
{
	while (a->defers != until) {
		struct defer *d = a->defers;

		a->defers = d->before;
		d->fn(d->p);
	}
}

static void pop_to(struct arena *a, const struct block *b)
{
	while (a->top != b) {
		struct block *old = a->top;

		a->top = old->below;
		a->below -= a->top->used;
		retire(a, old);
	}
}

static struct block *first_of(const struct arena *a)
{
	struct block *b = a->top;

	while (b->below != NULL)
		b = b->below;
	return b;
}

void arena_reset(struct arena *a)
{
	run_defers(a, NULL);
	pop_to(a, first_of(a));
	block_wipe(a->top, 0);
}

void arena_free(struct arena **ap)
{
	struct arena *a = *ap;

	*ap = NULL;
	if (a == NULL)
		return;
	arena_reset(a);
	block_free(a->top);
	block_free(a->spare);
	free(a);
}

/* A block is never larger than what the limit leaves, so that the quick way needs no look at the limit. */
static void grow(struct arena *a, size_t need)
{
	size_t used = a->below + a->top->used;
	size_t left = a->limit > used ? a->limit - used : 0;
	size_t size = a->top->size < LARGEST_STEP ? a->top->size * 2 : LARGEST_STEP;
	struct block *b = a->spare;

	if (need > left)
		log_die("an arena passed its limit");
	if (b != NULL && b->size >= need && b->size <= left) {
		a->spare = NULL;
	} else {
		size = size > need ? size : need;
		b = block_new(size < left ? size : left);
	}
	b->below = a->top;
	a->below = used;
	a->top = b;
}

static size_t room_for(size_t n)
{
	if (n > SIZE_MAX / 2)
		log_die("an allocation without bounds");
	return ((n > 0 ? n : 1) + GAP + ALIGN - 1) & ~(size_t)(ALIGN - 1);
}

void *arena_alloc(struct arena *a, size_t n)
{
	size_t need = room_for(n);
	char *p;

	if (need > a->top->size - a->top->used)
		grow(a, need);
	p = a->top->mem + a->top->used;
	a->top->used += need;
	unpoison(p, n);
	return p;
}

void *arena_array(struct arena *a, size_t n, size_t size)
{
	size_t bytes;

	if (__builtin_mul_overflow(n, size, &bytes))
		log_die("an allocation without bounds");
	return arena_alloc(a, bytes);
}

bool arena_extend(struct arena *a, const void *p, size_t from, size_t to)
{
	size_t had = room_for(from), need = room_for(to);
	char *tail = a->top->mem + a->top->used - had;

	if (a->top->used < had || p != tail || need < had || need - had > a->top->size - a->top->used)
		return false;
	a->top->used += need - had;
	unpoison(tail, to);
	return true;
}

char *arena_copy(struct arena *a, const void *p, size_t n)
{
	char *copy = arena_alloc(a, n + 1);

	if (n > 0)
		memcpy(copy, p, n);
	return copy;
}

struct str arena_str(struct arena *a, struct str s)
{
	return (struct str){ arena_copy(a, s.p, s.n), s.n };
}

const char *arena_cstr(struct arena *a, struct str s)
{
	return arena_copy(a, s.p, s.n);
}

struct str arena_printf(struct arena *a, const char *fmt, ...)
{
	char small[256], *p;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(small, sizeof(small), fmt, ap);
	va_end(ap);
	if (n < 0)
		log_die("a text that can't be formatted");
	p = arena_alloc(a, (size_t)n + 1);
	if ((size_t)n < sizeof(small)) {
		memcpy(p, small, (size_t)n);
		explicit_bzero(small, (size_t)n);
		return (struct str){ p, (size_t)n };
	}
	va_start(ap, fmt);
	vsnprintf(p, (size_t)n + 1, fmt, ap);
	va_end(ap);
	explicit_bzero(small, sizeof(small));
	return (struct str){ p, (size_t)n };
}

void arena_defer(struct arena *a, void (*fn)(void *), void *p)
{
	struct defer *d = arena_new_of(a, struct defer);

	*d = (struct defer){ a->defers, fn, p };
	a->defers = d;
}

struct arena_mark arena_mark(struct arena *a)
{
	return (struct arena_mark){ a->top, a->top->used, a->defers };
}

void arena_release(struct arena *a, struct arena_mark m)
{
	run_defers(a, m.defers);
	pop_to(a, m.block);
	block_wipe(a->top, m.used);
}

size_t arena_used(const struct arena *a)
{
	return a->below + a->top->used;
}
