/*
 * Streams of events: one bus subscription per client, told in the words of its
 * dialect. A reload closes them all, because grants may have changed; clients
 * come back by themselves.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "core/door_inside.h"

struct stream {
	struct list node;
	struct door *door;
	struct caller caller;
	struct http_stream *http;
	struct subscription *subscription;
};

static void on_event(const struct event *e, void *arg)
{
	struct stream *s = arg;
	const char *name = NULL;
	struct buf data;
	char id[24];

	buf_init(&data, 65536);
	if (s->door->dialect->event(e, &s->caller, &name, &data)) {
		snprintf(id, sizeof id, "%llu", (unsigned long long)e->number);
		http_stream_event(s->http, name, id, buf_str(&data));
	}
	buf_finish(&data);
}

static void on_closed(struct http_stream *http, void *arg)
{
	struct stream *s = arg;

	(void)http;
	bus_unsubscribe(s->subscription);
	list_remove(&s->node);
	free(s);
}

void door_stream_start(struct door *door, struct http_request *r, const struct caller *caller)
{
	struct stream *s = mem_alloc(sizeof *s);

	s->door = door;
	s->caller = *caller;
	list_append(&door->doors->streams, &s->node);
	s->http = http_stream_start(r, on_closed, s);
	s->subscription = bus_subscribe(door->doors->platen->bus, on_event, s);
}

void door_streams_close(struct doors *d, const struct door *of)
{
	LIST_EACH(&d->streams, node) {
		struct stream *s = LIST_OF(node, struct stream, node);

		if (of && s->door != of)
			continue;
		list_remove(node);
		bus_unsubscribe(s->subscription);
		s->subscription = NULL;
		http_stream_close(s->http);
	}
}
