/*
 * The cache: keys and JSON values of clients, on disk, so that a till goes on
 * when its server is away (systems/pispas.md section 10).
 *
 * What it holds are values of the store, "cache/KEY"; every call is a step of a
 * clerk's task, so that changes take effect in the order in which they came,
 * each in the commit that its answer waits for, and what is read was written
 * before. An entry past its time is as good as gone.
 */
#ifndef CORE_CACHE_H
#define CORE_CACHE_H

#include "base/buf.h"
#include "core/store.h"

#define CACHE_KEY_MAX 256        /* bytes */
#define CACHE_VALUE_MAX 262144
#define CACHE_BYTES_MAX (16u << 20) /* keys and values; an entry counts 64 at least */

struct cache; /* how full it is */

enum cache_verb { CACHE_SET, CACHE_GET, CACHE_DELETE, CACHE_KEYS, CACHE_CLEAR };

struct cache_ask {
	enum cache_verb verb;
	char key[CACHE_KEY_MAX + 1]; /* of CACHE_KEYS the prefix */
	struct buf value;            /* CACHE_SET: JSON */
	int64_t ttl_ms;              /* CACHE_SET: 0 for ever */
};

struct cache_told {
	bool found;       /* CACHE_GET, CACHE_DELETE */
	uint64_t count;   /* CACHE_CLEAR */
	struct buf text;  /* CACHE_GET: the value; CACHE_KEYS: an array */
};

struct cache *cache_create(void);
void cache_destroy(struct cache *c);
/* Clerk thread. E_DISK past CACHE_BYTES_MAX, and what the store says. */
enum err cache_run(struct cache *c, const struct store_plug *plug, struct store *s,
    const struct cache_ask *ask, struct cache_told *told, struct why *why);
/* Any thread: a step did not come to disk; it is counted anew. */
void cache_doubt(struct cache *c);

struct cache_ask *cache_ask_create(void);
void cache_ask_destroy(struct cache_ask *ask);

#endif
