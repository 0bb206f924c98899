#include "lib/web/supervisor_exec.h"

#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "lib/base/str.h"

#define VARIABLE "GAVEL_SUPERVISED"

enum { TEXT_MAX = 48 };

bool supervisor_exec_path(char *out, size_t size)
{
	ssize_t n = readlink("/proc/self/exe", out, size);

	if (n <= 0 || (size_t)n >= size)
		return false;
	out[n] = '\0';
	return true;
}

static int keep(int fd)
{
	int flags = fcntl(fd, F_GETFD);

	return flags < 0 ? -1 : fcntl(fd, F_SETFD, flags & ~FD_CLOEXEC);
}

void supervisor_exec(const char *path, char *const *argv, const struct supervisor_handed *h)
{
	char text[TEXT_MAX];

	snprintf(text, sizeof(text), "%d,%d,%d", h->listen_fd, h->stop_fd, h->generation);
	if (keep(h->listen_fd) == 0 && keep(h->stop_fd) == 0 && setenv(VARIABLE, text, 1) == 0)
		execv(path, argv);
}

static bool number(struct str *rest, int *out)
{
	struct str one;
	int64_t n;

	if (!str_split(rest, ',', &one) || !str_to_i64(one, &n) || n < 0 || n > INT32_MAX)
		return false;
	*out = (int)n;
	return true;
}

bool supervisor_exec_handed(struct supervisor_handed *out)
{
	const char *text = getenv(VARIABLE);
	struct str rest = str_of(text != NULL ? text : "");
	bool good = number(&rest, &out->listen_fd) && number(&rest, &out->stop_fd) && number(&rest, &out->generation) && rest.p == NULL;

	unsetenv(VARIABLE);
	return good && fcntl(out->listen_fd, F_GETFD) >= 0 && fcntl(out->stop_fd, F_SETFD, FD_CLOEXEC) == 0;
}
