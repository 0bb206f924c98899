/*
 * A thread keeps a pool of random bytes, so that most ids need no system call. A forked child throws the pool away that it inherits:
 * its parent would hand out the same bytes.
 */
#include <errno.h>
#include <pthread.h>
#include <sys/random.h>

#include "lib/base/arena.h"
#include "lib/base/id.h"
#include "lib/base/log.h"

enum {
	POOL = 320,
	BACK_MS = 1000 /* time that steps back by less is taken for unchanged */
};

/* The 74 bits that are random: 12 above, 62 below. */
struct random_part {
	uint16_t high;
	uint64_t low;
};

static const uint64_t LOW_MAX = (UINT64_C(1) << 62) - 1;
static const uint16_t HIGH_MAX = (1 << 12) - 1;

static _Thread_local struct {
	size_t left; /* unused bytes at the end of the pool */
	uint8_t pool[POOL];
	bool begun;
	int64_t ms;
	struct random_part last;
} made;

/* Runs in the child, in the one thread that it has. */
static void forget(void)
{
	explicit_bzero(&made, sizeof(made));
}

__attribute__((constructor)) static void watch_forks(void)
{
	if (pthread_atfork(NULL, NULL, forget) != 0)
		log_die("out of memory");
}

static void fill(void)
{
	ssize_t n;

	do
		n = getrandom(made.pool, POOL, 0);
	while (n < 0 && errno == EINTR);
	if (n != POOL)
		log_die("the system gave no random bytes");
	made.left = POOL;
}

static void take_random(void *out, size_t n)
{
	uint8_t *from;

	if (made.left < n)
		fill();
	from = made.pool + POOL - made.left;
	memcpy(out, from, n);
	explicit_bzero(from, n);
	made.left -= n;
}

static struct random_part fresh(void)
{
	struct random_part r;

	take_random(&r.high, sizeof(r.high));
	take_random(&r.low, sizeof(r.low));
	r.high &= HIGH_MAX;
	r.low &= LOW_MAX;
	return r;
}

/* Within one millisecond the random part goes up by a random step: ids stay in order and can't be told from one another. */
static void step_up(void)
{
	uint32_t step;

	take_random(&step, sizeof(step));
	made.last.low += (uint64_t)step + 1;
	if (made.last.low <= LOW_MAX)
		return;
	made.last.low &= LOW_MAX;
	if (++made.last.high > HIGH_MAX) {
		made.ms++;
		made.last = fresh();
	}
}

struct id id_new(int64_t wall_us)
{
	int64_t ms = wall_us / 1000;
	struct id id;

	if (!made.begun || ms > made.ms || ms <= made.ms - BACK_MS) {
		made.begun = true;
		made.ms = ms;
		made.last = fresh();
	} else {
		step_up();
	}
	for (int i = 0; i < 6; i++)
		id.b[i] = (uint8_t)(made.ms >> (40 - 8 * i));
	id.b[6] = (uint8_t)(0x70 | made.last.high >> 8);
	id.b[7] = (uint8_t)made.last.high;
	for (int i = 0; i < 8; i++)
		id.b[8 + i] = (uint8_t)(made.last.low >> (56 - 8 * i));
	id.b[8] |= 0x80;
	return id;
}

int64_t id_ms(struct id id)
{
	int64_t ms = 0;

	for (int i = 0; i < 6; i++)
		ms = ms << 8 | id.b[i];
	return ms;
}

struct id id_first(int64_t ms)
{
	struct id id = { { 0 } };

	for (int i = 5; i >= 0; i--, ms >>= 8)
		id.b[i] = (uint8_t)ms;
	return id;
}

bool id_eq(struct id a, struct id b)
{
	return memcmp(a.b, b.b, sizeof(a.b)) == 0;
}

bool id_is_zero(struct id id)
{
	return id_eq(id, (struct id){ { 0 } });
}

static const char alphabet[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/* 128 bits are 26 groups of five with two zero bits in front. */
void id_print(char out[ID_PREFIXED + 1], const char *prefix, struct id id)
{
	unsigned __int128 bits = 0;

	for (int i = 0; i < 16; i++)
		bits = bits << 8 | id.b[i];
	memcpy(out, prefix, 3);
	out[3] = '_';
	for (int i = ID_PREFIXED - 1; i >= 4; i--, bits >>= 5)
		out[i] = alphabet[bits & 31];
	out[ID_PREFIXED] = '\0';
}

struct str id_text(struct arena *a, const char *prefix, struct id id)
{
	char *p = arena_alloc(a, ID_PREFIXED + 1);

	id_print(p, prefix, id);
	return (struct str){ p, ID_PREFIXED };
}

static int group_of(char c)
{
	const char *at;

	if (c >= 'a' && c <= 'z')
		c = (char)(c - 'a' + 'A');
	at = c != '\0' ? strchr(alphabet, c) : NULL;
	return at != NULL ? (int)(at - alphabet) : -1;
}

bool id_parse(const char *prefix, struct str text, struct id *out)
{
	unsigned __int128 bits = 0;

	if (text.n != ID_PREFIXED || memcmp(text.p, prefix, 3) != 0 || text.p[3] != '_')
		return false;
	for (int i = 4; i < ID_PREFIXED; i++) {
		int group = group_of(text.p[i]);

		if (group < 0 || (i == 4 && group > 7))
			return false;
		bits = bits << 5 | (unsigned int)group;
	}
	for (int i = 15; i >= 0; i--, bits >>= 8)
		out->b[i] = (uint8_t)bits;
	return true;
}
