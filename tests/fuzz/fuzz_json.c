/*
 * What is read is written and read again as the same value; nothing else is asked of bytes from outside but that they do no harm.
 */
#include <stdlib.h>

#include "lib/wire/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct arena *a = arena_new(256 << 20);
	struct str text = { (const char *)data, n };
	struct value first, second;
	struct buf b, again;
	struct err e;

	if (json_parse(a, text, JSON_DEPTH_REPLY, &first, &e) == 0) {
		buf_in(&b, a, 64 << 20);
		buf_in(&again, a, 64 << 20);
		if (json_write(&b, &first) != 0 || json_parse(a, buf_str(&b), JSON_DEPTH_REPLY, &second, &e) != 0)
			abort();
		if (!value_eq(&first, &second) || json_write(&again, &second) != 0 || !str_eq(buf_str(&b), buf_str(&again)))
			abort();
		buf_clear(&b);
		if (json_write_pretty(&b, &first) != 0 || json_parse(a, buf_str(&b), JSON_DEPTH_REPLY, &second, &e) != 0)
			abort();
		if (!value_eq(&first, &second))
			abort();
	}
	buf_in(&b, a, 64 << 20);
	if (json_quote(&b, text) != 0 || (memchr(data, '\0', n) == NULL && json_parse(a, buf_str(&b), 1, &first, &e) != 0))
		abort();
	arena_free(&a);
	return 0;
}
