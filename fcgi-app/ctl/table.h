/*
 * table: columns for people's eyes. The first row is the heading; columns are as wide as their widest cell; control characters become "?",
 * since a cell may hold what somebody outside wrote.
 */
#ifndef GAVEL_CTL_TABLE_H
#define GAVEL_CTL_TABLE_H

#include "lib/base/arena.h"

struct ctl_table;

/* One letter for each column: l or r, how it is aligned. */
struct ctl_table *ctl_table_new(struct arena *a, const char *columns);
/* As many cells as there are columns; their bytes must stay until it is printed. */
void ctl_table_add(struct ctl_table *t, const struct str *cells);
void ctl_table_print(const struct ctl_table *t);
/* What a cell becomes: for texts from outside that are printed without a table. */
struct str ctl_plain(struct arena *a, struct str s);

#endif
