#include "lib/base/fail.h"

#ifdef GAVEL_FAILPOINTS
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/base/str.h"

enum { SPEC_MAX = 2048, POINTS_MAX = 32 };

static pthread_once_t once = PTHREAD_ONCE_INIT;
static char spec[SPEC_MAX];
static _Atomic int64_t errors_given[POINTS_MAX]; /* by place in the spec */

static void read_environment(void)
{
	const char *value = getenv("GAVEL_FAIL");

	if (value == NULL)
		return;
	if (strlen(value) >= sizeof(spec))
		log_die("GAVEL_FAIL is too long");
	memcpy(spec, value, strlen(value) + 1);
}

static struct str read_spec(char *text)
{
	int fd;
	ssize_t n;

	if (spec[0] != '@')
		return str_of(spec);
	fd = open(spec + 1, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return STR("");
	n = read(fd, text, SPEC_MAX);
	close(fd);
	return str_trim((struct str){ text, n > 0 ? (size_t)n : 0 });
}

static void die(const char *name)
{
	log_warn("failpoint kills", LOG_CSTR("failpoint", name), LOG_END);
	if (spec[0] == '@')
		unlink(spec + 1);
	kill(getpid(), SIGKILL);
	for (;;)
		pause();
}

/* True when action is an error whose count is not used up. */
static bool act(const char *name, struct str action, size_t place)
{
	struct str word;
	int64_t number;
	bool numbered;

	if (!str_split(&action, ':', &word))
		return false;
	numbered = str_to_i64(action, &number) && number >= 0;
	if (str_is(word, "kill"))
		die(name);
	if (str_is(word, "stall") && numbered)
		clock_sleep_ms(number);
	else if (str_is(word, "error") && spec[0] != '@' && numbered)
		return atomic_fetch_add(&errors_given[place], 1) < number;
	else if (str_is(word, "error"))
		return true;
	else
		log_die("GAVEL_FAIL can't be read");
	return false;
}

bool fail_point(const char *name)
{
	char text[SPEC_MAX];
	struct str rest, point, asked;

	pthread_once(&once, read_environment);
	rest = read_spec(text);
	for (size_t place = 0; place < POINTS_MAX && str_split(&rest, ',', &point); place++) {
		str_split(&point, '=', &asked);
		if (str_is(str_trim(asked), name))
			return act(name, str_trim(point), place);
	}
	return false;
}
#endif
