#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/err.h"
#include "lib/base/log.h"
#include "lib/base/shm.h"

enum {
	LAYOUT = 5,               /* goes up with every change of what the structs mean */
	SPARE = SHM_COUNTERS - 1, /* counts what found no place; has no name, so it is not shown */
	SPARE_TIMING = SHM_TIMINGS - 1,
	ATTEMPTS = 10
};

const int shm_bounds_ms[SHM_BUCKETS - 1] = { 1, 2, 5, 10, 25, 50, 100, 250, 500, 1000, 2500 };

static const uint64_t MAGIC = UINT64_C(0x676176656c000000) + LAYOUT + ((uint64_t)sizeof(struct shm) << 8 & 0xffff00);

/* What the opened file is by now: not what the path leads to, still without a layout, or as it should be. */
enum state { STALE, EMPTY, OURS };

static enum state look(int fd, const char *path)
{
	struct stat here, there;
	uint64_t magic;

	if (fstat(fd, &here) != 0 || stat(path, &there) != 0 || here.st_ino != there.st_ino || here.st_dev != there.st_dev)
		return STALE;
	if (here.st_size == 0)
		return EMPTY;
	if ((size_t)here.st_size != sizeof(struct shm) || pread(fd, &magic, sizeof(magic), 0) != sizeof(magic) || magic != MAGIC) {
		unlink(path);
		return STALE;
	}
	return OURS;
}

static int open_locked(const char *path, struct err *e)
{
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);

	if (fd < 0)
		return err_set(e, ERR_IO, "%s: can't be opened: %s", path, strerrordesc_np(errno));
	while (flock(fd, LOCK_EX) != 0)
		if (errno != EINTR) {
			close(fd);
			return err_set(e, ERR_IO, "%s: can't be locked: %s", path, strerrordesc_np(errno));
		}
	return fd;
}

static void make_new(struct shm *s)
{
	if (getrandom(&s->secret, sizeof(s->secret), 0) != (ssize_t)sizeof(s->secret))
		log_die("the system has no random bytes");
	atomic_store(&s->magic, MAGIC);
}

/* An empty file is given its length and blocks first, so that no later write meets a full disk and dies of it. */
static int map_file(int fd, const char *path, bool fresh, struct shm **out, struct err *e)
{
	struct shm *s;
	int failed = fresh ? posix_fallocate(fd, 0, sizeof(struct shm)) : 0;

	if (failed != 0)
		return err_set(e, ERR_IO, "%s: can't be given its size: %s", path, strerrordesc_np(failed));
	s = mmap(NULL, sizeof(*s), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (s == MAP_FAILED)
		return err_set(e, ERR_IO, "%s: can't be mapped: %s", path, strerrordesc_np(errno));
	if (fresh)
		make_new(s);
	*out = s;
	return 0;
}

/*
 * A file of another layout is unlinked, not changed: older processes may still be at work in it. Since another process may do the
 * same between our open and our lock, the path is looked at again under the lock.
 */
int shm_open_file(const char *path, struct shm **out, struct err *e)
{
	for (int i = 0; i < ATTEMPTS; i++) {
		int fd = open_locked(path, e), done;
		enum state state;

		if (fd < 0)
			return -1;
		state = look(fd, path);
		if (state == STALE) {
			close(fd);
			continue;
		}
		done = map_file(fd, path, state == EMPTY, out, e);
		flock(fd, LOCK_UN); /* closing is not enough: the mapping keeps the open file, and its lock */
		close(fd);
		return done;
	}
	return err_set(e, ERR_IO, "%s: others keep changing it", path);
}

struct shm *shm_private(void)
{
	struct shm *s = mmap(NULL, sizeof(*s), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (s == MAP_FAILED)
		log_die("out of memory");
	make_new(s);
	return s;
}

void shm_free_dead(struct shm *s)
{
	for (int i = 0; i < SHM_WORKERS; i++) {
		int32_t pid = atomic_load(&s->workers[i].pid);

		if (pid != 0 && kill((pid_t)pid, 0) != 0 && errno == ESRCH)
			atomic_compare_exchange_strong(&s->workers[i].pid, &pid, 0);
	}
}

static uint64_t hash_of(struct str s)
{
	uint64_t h = str_hash(s);

	return h != 0 ? h : 1; /* 0 marks a free cell */
}

/* True when the cell is for this hash: it was already, or it was free and is taken now. */
static bool claim(_Atomic uint64_t *cell, uint64_t hash)
{
	uint64_t seen = atomic_load_explicit(cell, memory_order_acquire);

	if (seen == 0 && atomic_compare_exchange_strong(cell, &seen, hash))
		return true;
	return seen == hash;
}

/*
 * The first byte is written last: until then the cell is not shown. A process that died half-way is made good by the next that asks
 * for the name; two at once write the same bytes.
 */
static void give_name(char *to, struct str name)
{
	if (name.n == 0 || __atomic_load_n(to, __ATOMIC_ACQUIRE) != '\0')
		return;
	for (size_t i = 1; i < name.n; i++)
		__atomic_store_n(&to[i], name.p[i], __ATOMIC_RELAXED);
	__atomic_store_n(to, name.p[0], __ATOMIC_RELEASE);
}

static const char *name_of(const char *name)
{
	return __atomic_load_n(name, __ATOMIC_ACQUIRE) != '\0' ? name : NULL;
}

struct shm_counter *shm_counter(struct shm *s, const char *name)
{
	struct str text = str_of(name);
	uint64_t hash = hash_of(text);

	if (text.n >= sizeof(s->counters[0].name))
		return &s->counters[SPARE];
	for (size_t i = 0; i < SPARE; i++) {
		struct shm_counter *c = &s->counters[(hash + i) % SPARE];

		if (!claim(&c->hash, hash))
			continue;
		give_name(c->name, text);
		return c;
	}
	return &s->counters[SPARE];
}

const char *shm_counter_name(const struct shm_counter *c)
{
	return name_of(c->name);
}

void shm_count(struct shm *s, const char *name, uint64_t by)
{
	atomic_fetch_add_explicit(&shm_counter(s, name)->value, by, memory_order_relaxed);
}

void shm_set(struct shm *s, const char *name, uint64_t value)
{
	struct shm_counter *c = shm_counter(s, name);

	if (c != &s->counters[SPARE])
		atomic_store_explicit(&c->value, value, memory_order_relaxed);
}

static struct shm_timing *timing_of(struct shm *s, struct str labels)
{
	uint64_t hash = hash_of(labels);

	for (size_t i = 0; i < SPARE_TIMING && labels.n < sizeof(s->timings[0].labels); i++) {
		struct shm_timing *t = &s->timings[(hash + i) % SPARE_TIMING];

		if (!claim(&t->hash, hash))
			continue;
		give_name(t->labels, labels);
		return t;
	}
	return &s->timings[SPARE_TIMING];
}

void shm_time(struct shm *s, const char *labels, int64_t us)
{
	struct shm_timing *t = timing_of(s, str_of(labels));
	int bucket = 0;

	while (bucket < SHM_BUCKETS - 1 && us > (int64_t)shm_bounds_ms[bucket] * 1000)
		bucket++;
	atomic_fetch_add_explicit(&t->of[bucket], 1, memory_order_relaxed);
	atomic_fetch_add_explicit(&t->sum_us, us > 0 ? (uint64_t)us : 0, memory_order_relaxed);
	atomic_fetch_add_explicit(&t->count, 1, memory_order_relaxed);
}

const char *shm_timing_labels(const struct shm_timing *t)
{
	return name_of(t->labels);
}

struct shm_breaker *shm_breaker(struct shm *s, char step, struct str key)
{
	uint64_t hash = hash_of(key) * 31 + (uint8_t)step;

	hash = hash != 0 ? hash : 1;
	for (size_t i = 0; i < SHM_BREAKERS; i++) {
		struct shm_breaker *b = &s->breakers[(hash + i) % SHM_BREAKERS];

		if (!claim(&b->hash, hash))
			continue;
		/* Looked up with every call: a cell that has its name is not written to. */
		if (name_of(b->name) != NULL)
			return b;
		atomic_store_explicit(&b->step, step, memory_order_relaxed);
		give_name(b->name, key.n < sizeof(b->name) ? key : (struct str){ key.p, sizeof(b->name) - 1 });
		return b;
	}
	return NULL;
}

const char *shm_breaker_name(const struct shm_breaker *b)
{
	return name_of(b->name);
}
