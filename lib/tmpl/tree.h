/*
 * tree: a JSON template. Private to lib/tmpl.
 */
#ifndef GAVEL_TMPL_TREE_H
#define GAVEL_TMPL_TREE_H

#include "lib/tmpl/program.h"

struct tree;

int tree_compile(struct compiler *c, const struct value *v, const struct tree **out);
/* TMPL_ABSENT: with omit_empty, there is nothing to write. */
enum tmpl_result tree_render(struct render *r, const struct tree *t, bool omit_empty);

#endif
