#include <errno.h>
#include <sys/mman.h>
#include <sys/random.h>

#include "lib/base/log.h"
#include "lib/crypt/context.h"
#include "lib/crypt/crypt.h"

/*
 * Asking the kernel costs more than sealing a lead, so a thread asks for some hundred bytes at a time. They lie in a page that the kernel
 * clears in a child after fork: two processes can never hand out the same bytes.
 */
struct random_pool {
	size_t left;
	uint8_t bytes[512];
};

enum { ASK_DIRECTLY = 64 };

static void ask(void *out, size_t n)
{
	char *p = out;

	while (n > 0) {
		ssize_t got = getrandom(p, n, 0);

		if (got < 0 && errno != EINTR)
			log_die("the system has no random bytes");
		if (got > 0) {
			p += got;
			n -= (size_t)got;
		}
	}
}

struct random_pool *random_pool_new(void)
{
	struct random_pool *r = mmap(NULL, sizeof(*r), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (r == MAP_FAILED)
		log_die("out of memory");
	if (madvise(r, sizeof(*r), MADV_WIPEONFORK) == 0)
		return r;
	munmap(r, sizeof(*r));
	return NULL;
}

void random_pool_free(struct random_pool **rp)
{
	if (*rp != NULL)
		munmap(*rp, sizeof(**rp));
	*rp = NULL;
}

void crypt_random(void *out, size_t n)
{
	struct random_pool *r = n <= ASK_DIRECTLY ? context_get()->random : NULL;

	if (r == NULL) {
		ask(out, n);
		return;
	}
	if (r->left < n) {
		ask(r->bytes, sizeof(r->bytes));
		r->left = sizeof(r->bytes);
	}
	r->left -= n;
	memcpy(out, r->bytes + r->left, n);
	explicit_bzero(r->bytes + r->left, n);
}
