/*
 * A hash map from byte strings to pointers (open addressing, SipHash with a
 * seed of the process, so that clients cannot choose collisions).
 *
 * Keys are copied; values belong to the caller. Iteration order is unspecified
 * and the map must not be changed meanwhile, except for map_remove of the
 * entry just visited.
 */
#ifndef BASE_MAP_H
#define BASE_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

struct map_entry;
struct map {
	struct map_entry *entries;
	size_t cap, used, count;
};

void map_init(struct map *m);
void map_finish(struct map *m); /* frees keys, not values */
void *map_get(const struct map *m, struct str key); /* NULL if absent */
/* Returns the value that was there before, or NULL. `value` is not NULL. */
void *map_put(struct map *m, struct str key, void *value);
void *map_remove(struct map *m, struct str key); /* returns the value or NULL */

/* `*at` starts at 0. False at the end. */
bool map_next(const struct map *m, size_t *at, struct str *key, void **value);

/* The map's own hash, for tables of another shape. Differs from run to run. */
uint64_t map_hash(struct str key);

#endif
