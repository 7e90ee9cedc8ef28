/*
 * Subscribers in a list; one that leaves while an event is being told is only
 * silenced, and freed when the telling is over.
 */
#include "core/bus.h"

#include <stdlib.h>

#include "base/mem.h"

struct bus {
	struct list subscriptions;
	unsigned telling; /* nesting of publish */
	uint64_t number;
};

struct subscription {
	struct list node;
	struct bus *bus;
	event_fn *fn; /* NULL once it has left */
	void *arg;
};

struct bus *bus_create(void)
{
	struct bus *b = mem_alloc(sizeof *b);

	list_init(&b->subscriptions);
	return b;
}

void bus_destroy(struct bus *b)
{
	free(b);
}

struct subscription *bus_subscribe(struct bus *b, event_fn *fn, void *arg)
{
	struct subscription *s = mem_alloc(sizeof *s);

	s->bus = b;
	s->fn = fn;
	s->arg = arg;
	list_append(&b->subscriptions, &s->node);
	return s;
}

void bus_unsubscribe(struct subscription *s)
{
	if (!s)
		return;
	s->fn = NULL;
	if (s->bus->telling)
		return;
	list_remove(&s->node);
	free(s);
}

static void bury(struct bus *b)
{
	LIST_EACH(&b->subscriptions, node) {
		struct subscription *s = LIST_OF(node, struct subscription, node);

		if (s->fn)
			continue;
		list_remove(node);
		free(s);
	}
}

void bus_publish(struct bus *b, struct event *e)
{
	e->number = ++b->number;
	b->telling++;
	LIST_EACH(&b->subscriptions, node) {
		struct subscription *s = LIST_OF(node, struct subscription, node);

		if (s->fn)
			s->fn(e, s->arg);
	}
	if (--b->telling == 0)
		bury(b);
}
