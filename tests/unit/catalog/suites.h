#ifndef GAVEL_TESTS_UNIT_CATALOG_SUITES_H
#define GAVEL_TESTS_UNIT_CATALOG_SUITES_H

#include <check.h>

#include "lib/catalog/catalog.h"

#define N_OF(table) ((int)(sizeof(table) / sizeof((table)[0])))

TCase *compile_cases(void);
TCase *demo_cases(void);
TCase *diff_cases(void);
TCase *document_cases(void);
TCase *fault_cases(void);

/* A whole, valid document that the cases bend. */
extern const char doc_base[];

/* JSON text to a value; the test ends when it is none. */
struct value doc_read(struct arena *a, const char *json);
/* The document with what stands at the pointer replaced (json NULL: removed; a list's "-": appended). */
struct value doc_set(struct arena *a, const struct value *doc, const char *pointer, const char *json);
/* Compact JSON, NUL-terminated. */
const char *doc_text(struct arena *a, const struct value *v);
/* Every fault on a line: "/pointer code". */
const char *doc_faults(struct arena *a, const struct faults *f);
/* Compiles; the test ends when there are faults. */
struct catalog *doc_compile(struct arena *a, const struct value *doc, const struct catalog_names *names, struct faults *warnings);

#endif
