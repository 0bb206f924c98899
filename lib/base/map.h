/*
 * map: from a text to a pointer, in an arena. Built once, then read by any thread. uthash inside.
 */
#ifndef GAVEL_BASE_MAP_H
#define GAVEL_BASE_MAP_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/base/str.h"

struct arena;
struct map;

struct map *map_new(struct arena *a);
/* Keys are borrowed: they live as long as the map. False when the key is there already (the first value stays). */
bool map_put(struct map *m, struct str key, void *value);
void *map_get(const struct map *m, struct str key);
size_t map_count(const struct map *m);
/* Insertion order: for (void *it = NULL; (it = map_next(m, it, &key, &value)) != NULL;) */
void *map_next(const struct map *m, void *it, struct str *key_out, void **value_out);

#endif
