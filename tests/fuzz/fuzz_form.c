/*
 * Pairs that are read are encoded and read again as they were, in both encodings.
 */
#include <stdlib.h>

#include "lib/wire/form.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void check_again(struct arena *a, const struct form *f, int (*encode)(struct buf *b, struct str s))
{
	struct form again;
	struct buf b;

	buf_in(&b, a, 16 << 20);
	for (size_t i = 0; i < f->n; i++) {
		encode(&b, f->pairs[i].name);
		buf_add_char(&b, '=');
		encode(&b, f->pairs[i].value);
		buf_add_char(&b, '&');
	}
	if (form_parse(a, buf_str(&b), &again, NULL) != 0 || again.n != f->n)
		abort();
	for (size_t i = 0; i < f->n; i++)
		if (!str_eq(again.pairs[i].name, f->pairs[i].name) || !str_eq(again.pairs[i].value, f->pairs[i].value))
			abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct arena *a = arena_new(256 << 20);
	struct value v;
	struct form f;
	struct err e;

	if (form_parse(a, (struct str){ (const char *)data, n }, &f, &e) == 0) {
		check_again(a, &f, form_percent);
		check_again(a, &f, form_encode);
		(void)form_to_value(a, &f, &v, &e);
	}
	arena_free(&a);
	return 0;
}
