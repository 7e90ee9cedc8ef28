/*
 * Timers are libuv's, corrected for the time that has passed in this turn.
 * Deadlines share one timer that sweeps their list: connections come and go by
 * the thousand, and hardly any deadline is ever reached.
 */
#include <stdlib.h>

#include "base/mem.h"
#include "net/loop_internal.h"
#include "sys/clock.h"

#define SWEEP_MS 50 /* deadlines are up to this late */

struct timer {
	uv_timer_t uv;
	timer_fn *fn;
	void *arg;
};

struct timer *timer_create_on(struct loop *loop, timer_fn *fn, void *arg)
{
	struct timer *t = mem_alloc(sizeof(*t));

	t->fn = fn;
	t->arg = arg;
	uv_timer_init(&loop->uv, &t->uv);
	return t;
}

static void on_timer(uv_timer_t *uv)
{
	struct timer *t = CONTAINER_OF(uv, struct timer, uv);

	t->fn(t->arg);
}

/* libuv counts from the start of the turn; we count from now. */
static uint64_t from_turn(const uv_loop_t *uv, int64_t delay_ms)
{
	int64_t late = clock_mono() - (int64_t)uv_now(uv);

	return (uint64_t)((delay_ms > 0 ? delay_ms : 1) + (late > 0 ? late : 0));
}

void timer_arm(struct timer *t, int64_t delay_ms, int64_t repeat_ms)
{
	uv_timer_start(&t->uv, on_timer, from_turn(t->uv.loop, delay_ms),
	    (uint64_t)(repeat_ms > 0 ? repeat_ms : 0));
}

void timer_disarm(struct timer *t)
{
	uv_timer_stop(&t->uv);
}

bool timer_armed(const struct timer *t)
{
	return uv_is_active((const uv_handle_t *)&t->uv);
}

static void on_timer_closed(uv_handle_t *handle)
{
	free(CONTAINER_OF(handle, struct timer, uv));
}

void timer_destroy(struct timer *t)
{
	if (t)
		uv_close((uv_handle_t *)&t->uv, on_timer_closed);
}

static void on_sweep(uv_timer_t *uv);

static void sweep_by(struct loop *loop, int64_t at, int64_t now)
{
	bool active = uv_is_active((uv_handle_t *)&loop->sweeper);

	if (at < now + SWEEP_MS)
		at = now + SWEEP_MS;
	if (active && loop->sweep_at <= at)
		return;
	loop->sweep_at = at;
	uv_timer_start(&loop->sweeper, on_sweep, from_turn(&loop->uv, at - now), 0);
}

/* A callback may set and clear any deadline, so they leave the list one by one. */
static void on_sweep(uv_timer_t *uv)
{
	struct loop *loop = CONTAINER_OF(uv, struct loop, sweeper);
	int64_t now = clock_mono(), next = INT64_MAX;
	struct list due;

	list_init(&due);
	list_splice(&due, &loop->deadlines);
	for (struct list *node; (node = list_pop(&due));) {
		struct deadline *d = LIST_OF(node, struct deadline, node);

		if (d->at <= now) {
			d->fn(d);
			continue;
		}
		list_append(&loop->deadlines, node);
		if (d->at < next)
			next = d->at;
	}
	if (next != INT64_MAX)
		sweep_by(loop, next, now);
}

void deadline_set(struct loop *loop, struct deadline *d, int64_t delay_ms, deadline_fn *fn)
{
	int64_t now = clock_mono();

	deadline_clear(d);
	d->fn = fn;
	d->at = now + delay_ms;
	list_append(&loop->deadlines, &d->node);
	sweep_by(loop, d->at, now);
}

void deadline_clear(struct deadline *d)
{
	if (list_linked(&d->node))
		list_remove(&d->node);
}

bool deadline_is_set(const struct deadline *d)
{
	return list_linked(&d->node);
}
