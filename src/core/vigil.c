/*
 * Waiters hang on the job's id in a map; an event looks up one id, whatever
 * the number of waiters.
 */
#include "core/vigil.h"

#include <stdlib.h>

#include "base/map.h"
#include "base/mem.h"
#include "core/platen.h"
#include "net/loop.h"

struct vigil {
	struct list node;     /* of those who wait for the same job */
	struct watch *watch;
	struct vigil_calls calls;
	void *arg;
	struct timer *timer;  /* NULL: no limit */
	bool told;            /* that it has begun */
};

/* One job that somebody waits for. */
struct watch {
	struct vigils *all;
	job_id id;
	struct list vigils;
};

struct vigils {
	struct platen *platen;
	bool ended;
	struct map watches;   /* id -> struct watch */
	struct subscription *subscription;
};

static struct str key_of(const job_id *id)
{
	return (struct str){ (const char *)id, sizeof *id };
}

bool job_decided(const struct job *job)
{
	return job_state_ended(job->state) || job->state == JOB_UNCONFIRMED;
}

/* Out of the lists first: what is called may begin another vigil. */
static void end(struct vigil *v, const struct job *job)
{
	struct watch *w = v->watch;

	list_remove(&v->node);
	if (list_empty(&w->vigils)) {
		map_remove(&w->all->watches, key_of(&w->id));
		free(w);
	}
	timer_destroy(v->timer);
	v->calls.decided(job, v->arg);
	free(v);
}

static void on_late(void *arg)
{
	struct vigil *v = arg;

	end(v, queue_find(v->watch->all->platen->queue, v->watch->id));
}

static void tell(struct watch *w, const struct job *job)
{
	bool decided = job_decided(job);
	struct list *next;

	/* The last one to end frees the watch: count them first. */
	for (struct list *node = w->vigils.next; node != &w->vigils; node = next) {
		struct vigil *v = LIST_OF(node, struct vigil, node);
		bool last = node->next == &w->vigils;

		next = node->next;
		if (!decided && v->calls.changed)
			v->calls.changed(job, v->arg);
		else if (decided)
			end(v, job);
		if (last)
			return;
	}
}

static bool minds(const struct vigil *v)
{
	return v->calls.begun && !v->told;
}

bool vigil_minds(const struct vigils *all, job_id id)
{
	const struct watch *w = all ? map_get(&all->watches, key_of(&id)) : NULL;

	if (!w)
		return false;
	LIST_EACH(&w->vigils, node)
		if (minds(LIST_OF(node, struct vigil, node)))
			return true;
	return false;
}

void vigil_begun(struct vigils *all, const struct job *job)
{
	struct watch *w = all ? map_get(&all->watches, key_of(&job->id)) : NULL;

	if (!w)
		return;
	LIST_EACH(&w->vigils, node) {
		struct vigil *v = LIST_OF(node, struct vigil, node);

		if (!minds(v))
			continue;
		v->told = true;
		v->calls.begun(job, v->arg);
	}
}

static void on_event(const struct event *e, void *arg)
{
	struct vigils *all = arg;
	struct watch *w;

	if (e->kind != EVENT_JOB || !all->watches.count)
		return;
	w = map_get(&all->watches, key_of(&e->job->id));
	if (w)
		tell(w, e->job);
}

static struct watch *watch_of(struct vigils *all, job_id id)
{
	struct watch *w = map_get(&all->watches, key_of(&id));

	if (w)
		return w;
	w = mem_alloc(sizeof *w);
	w->all = all;
	w->id = id;
	list_init(&w->vigils);
	map_put(&all->watches, key_of(&w->id), w);
	return w;
}

void vigil_begin(struct vigils *all, job_id id, int64_t wait_ms, const struct vigil_calls *calls,
    void *arg)
{
	const struct job *job = queue_find(all->platen->queue, id);
	struct vigil *v;

	if (!job || job_decided(job) || all->ended) {
		calls->decided(all->ended ? NULL : job, arg);
		return;
	}
	v = mem_alloc(sizeof *v);
	v->watch = watch_of(all, id);
	v->calls = *calls;
	v->arg = arg;
	list_append(&v->watch->vigils, &v->node);
	if (wait_ms < 0)
		return;
	v->timer = timer_create_on(all->platen->loop, on_late, v);
	timer_arm(v->timer, wait_ms, 0);
}

struct vigils *vigils_create(struct platen *p)
{
	struct vigils *all = mem_alloc(sizeof *all);

	all->platen = p;
	map_init(&all->watches);
	all->subscription = bus_subscribe(p->bus, on_event, all);
	return all;
}

void vigils_end(struct vigils *all)
{
	size_t at = 0;
	struct str key;
	void *watch;

	all->ended = true;
	while (map_next(&all->watches, &at, &key, &watch)) {
		struct watch *w = watch;

		end(LIST_OF(w->vigils.next, struct vigil, node), NULL);
		at = 0;
	}
}

void vigils_destroy(struct vigils *all)
{
	if (!all)
		return;
	vigils_end(all);
	map_finish(&all->watches);
	bus_unsubscribe(all->subscription);
	free(all);
}
