#include "lib/base/arena.h"
#include "lib/base/log.h"
#include "lib/base/map.h"

/* uthash takes its memory from the arena that is in scope where a macro stands. A table that was outgrown stays there unused. */
#define uthash_malloc(n) arena_alloc(arena, (n))
#define uthash_free(p, n) ((void)(p), (void)(n))
#define uthash_fatal(msg) log_die(msg)
#define HASH_FUNCTION(key, n, h) ((h) = (unsigned int)str_hash((struct str){ (const char *)(key), (n) }))
#include <uthash.h>

struct entry {
	struct str key;
	void *value;
	UT_hash_handle hh;
};

struct map {
	struct arena *arena;
	struct entry *entries;
};

static struct str whole(struct str key)
{
	return key.p != NULL ? key : STR("");
}

static struct entry *find(const struct map *m, struct str key)
{
	struct entry *found = NULL;

	HASH_FIND(hh, m->entries, key.p, key.n, found);
	return found;
}

struct map *map_new(struct arena *a)
{
	struct map *m = arena_new_of(a, struct map);

	m->arena = a;
	return m;
}

bool map_put(struct map *m, struct str key, void *value)
{
	struct arena *arena = m->arena;
	struct entry *entry;

	key = whole(key);
	if (find(m, key) != NULL)
		return false;
	entry = arena_new_of(arena, struct entry);
	entry->key = key;
	entry->value = value;
	HASH_ADD_KEYPTR(hh, m->entries, entry->key.p, entry->key.n, entry);
	return true;
}

void *map_get(const struct map *m, struct str key)
{
	struct entry *found = find(m, whole(key));

	return found != NULL ? found->value : NULL;
}

size_t map_count(const struct map *m)
{
	return HASH_COUNT(m->entries);
}

void *map_next(const struct map *m, void *it, struct str *key_out, void **value_out)
{
	struct entry *entry = it != NULL ? ((struct entry *)it)->hh.next : m->entries;

	if (entry == NULL)
		return NULL;
	*key_out = entry->key;
	*value_out = entry->value;
	return entry;
}
