#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "lib/base/arena.h"
#include "lib/base/fault.h"

enum { DETAIL_MAX = 512 };

static bool is_index(const struct path *at)
{
	return at->name.p == NULL;
}

static size_t digits(size_t n)
{
	size_t count = 1;

	while (n >= 10)
		n /= 10, count++;
	return count;
}

static size_t step_size(const struct path *at)
{
	size_t n = at->name.n;

	if (is_index(at))
		return digits(at->index);
	for (size_t i = 0; i < at->name.n; i++)
		n += at->name.p[i] == '~' || at->name.p[i] == '/';
	return n;
}

/* A path is linked from its end, so its pointer is written from its end too; returns where the step begins. */
static char *step_print(const struct path *at, char *end)
{
	size_t index = at->index;

	if (is_index(at)) {
		do
			*--end = (char)('0' + index % 10);
		while ((index /= 10) > 0);
		return end;
	}
	for (size_t i = at->name.n; i-- > 0;) {
		char c = at->name.p[i];

		if (c == '~' || c == '/') {
			*--end = c == '~' ? '0' : '1';
			c = '~';
		}
		*--end = c;
	}
	return end;
}

struct str path_pointer(struct arena *a, const struct path *at)
{
	size_t n = 0;
	char *p, *end;

	for (const struct path *step = at; step != NULL; step = step->up)
		n += 1 + step_size(step);
	p = arena_alloc(a, n + 1);
	end = p + n;
	for (const struct path *step = at; step != NULL; step = step->up) {
		end = step_print(step, end);
		*--end = '/';
	}
	return (struct str){ p, n };
}

void faults_init(struct faults *f, struct arena *a)
{
	f->arena = a;
	f->n = 0;
	f->more = 0;
}

int fault_add(struct faults *f, const struct path *at, const char *code, const char *fmt, ...)
{
	char detail[DETAIL_MAX];
	struct fault *fault;
	va_list ap;

	if (f->n == FAULTS_MAX) {
		f->more++;
		return -1;
	}
	va_start(ap, fmt);
	if (vsnprintf(detail, sizeof(detail), fmt, ap) < 0)
		detail[0] = '\0';
	va_end(ap);
	fault = &f->list[f->n++];
	fault->pointer = path_pointer(f->arena, at);
	fault->code = code;
	fault->detail = arena_str(f->arena, str_of(detail));
	return -1;
}
