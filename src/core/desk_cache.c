/*
 * The verb about the cache. Reads pass the clerk as well, so that they are
 * answered in their turn.
 */
#include <stdlib.h>

#include "base/mem.h"
#include "core/cache.h"
#include "core/desk_inside.h"

struct asking {
	struct task task;
	struct errand *errand;
	struct cache *cache;
	struct cache_told told;
};

static enum err run_ask(const struct store_plug *plug, struct store *s, struct task *t,
    struct why *why)
{
	struct asking *a = CONTAINER_OF(t, struct asking, task);

	return cache_run(a->cache, plug, s, a->errand->q->cache, &a->told, why);
}

static void on_asked(struct task *t)
{
	struct asking *a = CONTAINER_OF(t, struct asking, task);
	struct reply r = { .cache = &a->told };

	if (t->err) {
		cache_doubt(a->cache);
		errand_fail(a->errand, t->err, &t->why);
	} else {
		errand_reply(a->errand, &r);
	}
	buf_finish(&a->told.text);
	free(a);
}

void verb_cache(struct errand *e)
{
	struct asking *a = mem_alloc(sizeof *a);
	enum cache_verb verb = e->q->cache->verb;

	a->task.run = run_ask;
	a->task.done = on_asked;
	a->task.read_only = verb == CACHE_GET || verb == CACHE_KEYS;
	a->errand = e;
	a->cache = e->q->platen->cache;
	clerk_post(e->q->platen->clerk, &a->task);
}
