/*
 * A service: its limits, what lives on its connections, and the one timer that
 * watches all of their deadlines.
 */
#include <stdlib.h>

#include "base/mem.h"
#include "net/http_priv.h"

#define KIB 1024
#define MIB (1024 * 1024)

static int64_t or_default(int64_t value, int64_t otherwise)
{
	return value ? value : otherwise;
}

static void on_sweep(void *arg)
{
	struct http_service *s = arg;
	int64_t now = loop_now(s->loop);

	LIST_EACH(&s->lives, node) {
		struct http_live *live = LIST_OF(node, struct http_live, node);

		if (live->due <= now)
			live->on_due(live);
	}
	if (list_empty(&s->lives))
		timer_disarm(s->sweep);
}

static void on_wake(void *arg)
{
	struct http_service *s = arg;
	struct list ready;
	struct list *node;

	list_init(&ready);
	list_splice(&ready, &s->ready);
	while ((node = list_pop(&ready)))
		http_client_run(LIST_OF(node, struct http_client, ready), STR_NONE);
}

struct http_service *http_service_create(struct loop *loop, const struct http_limits *limits,
    const struct http_ops *ops, void *arg)
{
	static const struct http_limits defaults;
	const struct http_limits *given = limits ? limits : &defaults;
	struct http_service *s = mem_alloc(sizeof(*s));

	s->loop = loop;
	s->ops = *ops;
	s->arg = arg;
	s->limits.head_bytes = (size_t)or_default((int64_t)given->head_bytes, 16 * KIB);
	s->limits.body_bytes = (size_t)or_default((int64_t)given->body_bytes, MIB);
	s->limits.head_ms = or_default(given->head_ms, 5000);
	s->limits.body_ms = or_default(given->body_ms, 30000);
	s->limits.idle_ms = or_default(given->idle_ms, 60000);
	s->limits.headers = (unsigned)or_default(given->headers, 100);
	list_init(&s->lives);
	list_init(&s->ready);
	buf_init(&s->out, 64 * KIB);
	s->sweep = timer_create_on(loop, on_sweep, s);
	s->wake = timer_create_on(loop, on_wake, s);
	s->tick_ms = 1000;
	http_tick(s, s->limits.head_ms);
	http_tick(s, s->limits.body_ms);
	http_tick(s, s->limits.idle_ms);
	return s;
}

void http_service_destroy(struct http_service *s)
{
	if (!s)
		return;
	while (!list_empty(&s->lives)) {
		struct http_live *live = LIST_OF(s->lives.next, struct http_live, node);

		live->on_destroy(live);
	}
	timer_destroy(s->sweep);
	timer_destroy(s->wake);
	buf_finish(&s->out);
	free(s);
}

void http_tick(struct http_service *s, int64_t ms)
{
	int64_t tick = ms / 8 > 5 ? ms / 8 : 5;

	if (tick >= s->tick_ms)
		return;
	s->tick_ms = tick;
	if (!list_empty(&s->lives))
		timer_arm(s->sweep, tick, tick);
}

void http_live_add(struct http_service *s, struct http_live *live, struct conn *conn)
{
	if (list_empty(&s->lives))
		timer_arm(s->sweep, s->tick_ms, s->tick_ms);
	live->service = s;
	live->conn = conn;
	list_append(&s->lives, &live->node);
}

static void on_closed_unheard(struct conn *conn, enum err why, void *arg)
{
}

void http_live_drop(struct http_live *live)
{
	static const struct conn_ops nobody = { .on_close = on_closed_unheard };

	conn_set(live->conn, &nobody, NULL);
	conn_abort(live->conn);
}
