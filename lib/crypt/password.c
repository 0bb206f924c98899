#include <crypt.h>
#include <errno.h>
#include <semaphore.h>
#include <stdlib.h>
#include <time.h>

#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/crypt/crypt.h"

enum { GATE_WAIT_US = 5000000, SALT_BYTES = 32 };

struct password_gate {
	sem_t free;
};

struct password_gate *password_gate_new(int at_once)
{
	struct password_gate *g = calloc(1, sizeof(*g));

	if (g == NULL || sem_init(&g->free, 0, (unsigned)at_once) != 0)
		log_die("out of memory");
	return g;
}

void password_gate_free(struct password_gate **gp)
{
	if (*gp == NULL)
		return;
	sem_destroy(&(*gp)->free);
	free(*gp);
	*gp = NULL;
}

static int enter(struct password_gate *g, struct err *e)
{
	int64_t until_us = clock_mono_us() + GATE_WAIT_US;
	struct timespec until = { .tv_sec = until_us / 1000000, .tv_nsec = until_us % 1000000 * 1000 };

	if (g == NULL)
		return 0;
	while (sem_clockwait(&g->free, CLOCK_MONOTONIC, &until) != 0)
		if (errno != EINTR)
			return err_set(e, ERR_BUSY, "too many passwords are being checked");
	return 0;
}

static void leave(struct password_gate *g)
{
	if (g != NULL)
		sem_post(&g->free);
}

/* libcrypt's work space is 32 KiB, too much for a request thread's stack; it wipes what it must not keep, and so do we. */
static const char *run(struct arena *a, const char *password, const char *setting)
{
	struct crypt_data *work = calloc(1, sizeof(*work));
	const char *hash, *out = NULL;

	if (work == NULL)
		log_die("out of memory");
	hash = crypt_rn(password, setting, work, sizeof(*work));
	if (hash != NULL && hash[0] != '*')
		out = arena_copy(a, hash, strlen(hash));
	crypt_wipe(work, sizeof(*work));
	free(work);
	return out;
}

static bool fits(struct str password)
{
	return password.n > 0 && password.n <= PASSWORD_MAX && memchr(password.p, '\0', password.n) == NULL;
}

int password_hash(struct password_gate *g, struct arena *a, struct str password, struct str *out, struct err *e)
{
	char salt[SALT_BYTES], setting[CRYPT_GENSALT_OUTPUT_SIZE];
	const char *hash;

	if (!fits(password))
		return err_set(e, ERR_INVALID, "a password is 1 to %d bytes without NUL", PASSWORD_MAX);
	crypt_random(salt, sizeof(salt));
	if (crypt_gensalt_rn("$y$", 0, salt, sizeof(salt), setting, sizeof(setting)) == NULL)
		return err_set(e, ERR_INTERNAL, "libcrypt has no yescrypt");
	if (enter(g, e) != 0)
		return -1;
	hash = run(a, arena_cstr(a, password), setting);
	leave(g);
	if (hash == NULL)
		return err_set(e, ERR_INTERNAL, "libcrypt can't hash a password");
	*out = str_of(hash);
	return 0;
}

int password_verify(struct password_gate *g, struct str password, struct str hash, bool *good_out, struct err *e)
{
	struct arena *a;
	const char *got;

	*good_out = false;
	if (!fits(password) || !str_starts(hash, STR("$y$")))
		return 0;
	if (enter(g, e) != 0)
		return -1;
	a = arena_new(64 * 1024);
	got = run(a, arena_cstr(a, password), arena_cstr(a, hash));
	leave(g);
	*good_out = got != NULL && crypt_same(str_of(got), hash);
	arena_free(&a);
	return 0;
}
