/*
 * Streams of events, one bus subscription per client, told in the words of its
 * dialect: each event, or snapshots of the whole state, of which a slow reader
 * gets only the newest. A reload closes them all, because grants may have
 * changed; clients come back by themselves.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "core/door_inside.h"
#include "net/loop.h"

#define SNAPSHOT_MAX 4194304
#define FRAME_BYTES 1024 /* around a snapshot: field names, comments */

struct stream {
	struct list node;
	struct door *door;
	struct caller caller;
	struct http_stream *http;
	struct subscription *subscription;
	struct timer *merge; /* armed: a snapshot is due */
};

static void tell_snapshot(void *arg)
{
	struct stream *s = arg;
	const struct snapshots *rules = s->door->dialect->snapshots;
	struct buf data;

	if (http_stream_queued(s->http)) {
		timer_arm(s->merge, rules->merge_ms, 0); /* the newest, once it reads again */
		return;
	}
	buf_init(&data, SNAPSHOT_MAX);
	rules->write(s->door->doors->platen, &s->caller, &data);
	/* One snapshot may always wait for its reader, or a large shop had no stream. */
	if (data.len + FRAME_BYTES > rules->unsent_max)
		http_stream_ceiling(s->http, data.len + FRAME_BYTES);
	http_stream_event(s->http, NULL, NULL, buf_str(&data));
	buf_finish(&data);
}

static void on_change(const struct event *e, void *arg)
{
	struct stream *s = arg;

	(void)e;
	if (!timer_armed(s->merge))
		timer_arm(s->merge, s->door->dialect->snapshots->merge_ms, 0);
}

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
	timer_destroy(s->merge);
	list_remove(&s->node);
	free(s);
}

bool door_streams_full(const struct door *door)
{
	const struct snapshots *rules = door->dialect->snapshots;
	unsigned count = 0;

	LIST_EACH(&door->doors->streams, node)
		count += LIST_OF(node, struct stream, node)->door == door;
	return rules && count >= rules->streams_max;
}

static void begin_snapshots(struct stream *s)
{
	const struct snapshots *rules = s->door->dialect->snapshots;
	struct platen *p = s->door->doors->platen;

	http_stream_limits(s->http, rules->retry_ms, rules->unsent_max);
	s->merge = timer_create_on(p->loop, tell_snapshot, s);
	s->subscription = bus_subscribe(p->bus, on_change, s);
	tell_snapshot(s);
}

void door_stream_start(struct door *door, struct http_request *r, const struct caller *caller)
{
	struct stream *s = mem_alloc(sizeof *s);

	s->door = door;
	s->caller = *caller;
	list_append(&door->doors->streams, &s->node);
	s->http = http_stream_start(r, on_closed, s);
	if (door->dialect->snapshots)
		begin_snapshots(s);
	else
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
		if (s->merge)
			timer_disarm(s->merge);
		http_stream_close(s->http);
	}
}
