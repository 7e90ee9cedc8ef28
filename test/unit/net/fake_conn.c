/* See fake_conn.h. Everything lives in one list each, walked from the start. */
#include "fake_conn.h"

#include <stdlib.h>

#include "base/list.h"
#include "base/mem.h"

struct conn {
	struct list node;
	const struct conn_ops *ops;
	void *arg;
	struct buf output, waiting;
	size_t queued;
	bool paused, shut, closing, closed, end_waits;
	enum err why;
};

struct timer {
	struct list node;
	timer_fn *fn;
	void *arg;
	int64_t due, repeat_ms;
	bool armed;
	unsigned fired; /* in which turn */
};

struct loop {
	int64_t now;
	unsigned turn;
	struct list conns, timers;
};

static struct loop the_loop = {
	.now = 1000000,
	.conns = { &the_loop.conns, &the_loop.conns },
	.timers = { &the_loop.timers, &the_loop.timers },
};

struct loop *fake_loop(void)
{
	return &the_loop;
}

int64_t loop_now(const struct loop *loop)
{
	return loop->now;
}

struct timer *timer_create_on(struct loop *loop, timer_fn *fn, void *arg)
{
	struct timer *t = mem_alloc(sizeof(*t));

	t->fn = fn;
	t->arg = arg;
	list_append(&loop->timers, &t->node);
	return t;
}

void timer_arm(struct timer *t, int64_t delay_ms, int64_t repeat_ms)
{
	t->armed = true;
	t->due = the_loop.now + delay_ms;
	t->repeat_ms = repeat_ms;
}

void timer_disarm(struct timer *t)
{
	t->armed = false;
}

bool timer_armed(const struct timer *t)
{
	return t->armed;
}

void timer_destroy(struct timer *t)
{
	if (!t)
		return;
	list_remove(&t->node);
	free(t);
}

static void nobody(struct conn *c, void *arg)
{
}

struct conn *fake_open(accept_fn *fn, void *arg)
{
	struct conn *c = mem_alloc(sizeof(*c));

	buf_init(&c->output, 1 << 26);
	buf_init(&c->waiting, 1 << 26);
	list_append(&the_loop.conns, &c->node);
	fn(c, arg);
	return c;
}

static struct conn *dialled;

struct conn *conn_connect(struct loop *loop, const struct conn_target *to,
    const struct conn_ops *ops, void *arg)
{
	dialled = fake_open(nobody, NULL);
	conn_set(dialled, ops, arg);
	return dialled;
}

bool conn_why(const struct conn *c, enum err err, struct why *why)
{
	why_fail(why, err, NULL);
	return false;
}

struct conn *fake_dialled(void)
{
	struct conn *c = dialled;

	dialled = NULL;
	return c;
}

void fake_answer(struct conn *c)
{
	c->ops->on_open(c, c->arg);
}

void fake_refuse(struct conn *c, enum err why)
{
	c->closing = true;
	c->why = why;
	fake_pass(0);
}

struct resolve {
	struct timer *clock;
	struct ip ips[2];
	size_t count;
	resolve_fn *fn;
	void *arg;
};

static void on_resolved(void *arg)
{
	struct resolve r = *(struct resolve *)arg;
	struct why why;

	resolve_cancel(arg);
	why_fail(&why, E_UNREACHABLE, "unknown name");
	r.fn(r.ips, r.count, r.count ? NULL : &why, r.arg);
}

struct resolve *resolve_start(struct loop *loop, const char *host, int64_t timeout_ms,
    resolve_fn *fn, void *arg)
{
	struct resolve *r = mem_alloc(sizeof(*r));

	r->count = ip_parse(str_of(host), &r->ips[0]);
	if (str_is(str_of(host), "two.example"))
		r->count = 2;
	r->fn = fn;
	r->arg = arg;
	r->clock = timer_create_on(loop, on_resolved, r);
	timer_arm(r->clock, 0, 0);
	return r;
}

void resolve_cancel(struct resolve *r)
{
	if (!r)
		return;
	timer_destroy(r->clock);
	free(r);
}

static void deliver(struct conn *c, struct str bytes)
{
	/* A copy of exact size, so that the sanitizer sees every read past the window. */
	char *window = malloc(bytes.len ? bytes.len : 1);

	for (size_t i = 0; i < bytes.len; i++)
		window[i] = bytes.ptr[i];
	if (bytes.len > 0)
		c->ops->on_data(c, (struct str){ window, bytes.len }, c->arg);
	free(window);
}

void fake_feed(struct conn *c, struct str bytes)
{
	if (c->closed || c->closing)
		return;
	if (c->paused)
		buf_add_str(&c->waiting, bytes);
	else
		deliver(c, bytes);
}

void fake_end(struct conn *c)
{
	if (c->closed || c->closing)
		return;
	if (c->paused)
		c->end_waits = true;
	else if (c->ops->on_end)
		c->ops->on_end(c, c->arg);
	else
		conn_close(c);
}

void fake_reset(struct conn *c)
{
	c->closing = true;
	c->why = E_LOST;
	fake_pass(0);
}

static void settle(struct conn *c)
{
	if (!c->paused && !c->closing && c->waiting.len > 0) {
		struct buf bytes = c->waiting;

		buf_init(&c->waiting, 1 << 26);
		deliver(c, buf_str(&bytes));
		buf_finish(&bytes);
	}
	if (!c->paused && !c->closing && c->end_waits) {
		c->end_waits = false;
		fake_end(c);
	}
	if (c->closing && !c->closed) {
		c->closed = true;
		c->ops->on_close(c, c->why, c->arg);
	}
}

/* Each timer fires once in a turn. */
static struct timer *find_due(void)
{
	LIST_EACH(&the_loop.timers, node) {
		struct timer *t = LIST_OF(node, struct timer, node);

		if (t->armed && t->due <= the_loop.now && t->fired != the_loop.turn)
			return t;
	}
	return NULL;
}

static void turn(void)
{
	the_loop.turn++;
	for (struct timer *t; (t = find_due());) {
		t->armed = t->repeat_ms > 0;
		t->due += t->repeat_ms;
		t->fired = the_loop.turn;
		t->fn(t->arg);
	}
	LIST_EACH(&the_loop.conns, node)
		settle(LIST_OF(node, struct conn, node));
}

/* When the next timer is due, at most `end`. */
static int64_t next_moment(int64_t end)
{
	LIST_EACH(&the_loop.timers, node) {
		const struct timer *t = LIST_OF(node, struct timer, node);

		if (t->armed && t->due < end)
			end = t->due;
	}
	return end;
}

void fake_pass(int64_t ms)
{
	int64_t end = the_loop.now + ms;

	for (int i = 0; i < 3; i++)
		turn();
	while (the_loop.now < end) {
		the_loop.now = next_moment(end);
		turn();
	}
}

const struct buf *fake_output(const struct conn *c)
{
	return &c->output;
}

void fake_output_clear(struct conn *c)
{
	buf_clear(&c->output);
}

void fake_set_queued(struct conn *c, size_t bytes)
{
	c->queued = bytes;
}

bool fake_is_paused(const struct conn *c)
{
	return c->paused;
}

bool fake_is_shut(const struct conn *c)
{
	return c->shut;
}

bool fake_is_closed(const struct conn *c)
{
	return c->closed;
}

void fake_free(struct conn *c)
{
	list_remove(&c->node);
	buf_finish(&c->output);
	buf_finish(&c->waiting);
	free(c);
}

void conn_set(struct conn *c, const struct conn_ops *ops, void *arg)
{
	c->ops = ops;
	c->arg = arg;
}

void *conn_arg(const struct conn *c)
{
	return c->arg;
}

bool conn_write(struct conn *c, const void *bytes, size_t len)
{
	if (c->closed || c->shut)
		return false;
	return buf_add(&c->output, bytes, len);
}

bool conn_write2(struct conn *c, struct str head, struct str body)
{
	return conn_write(c, head.ptr, head.len) && conn_write(c, body.ptr, body.len);
}

size_t conn_queued(const struct conn *c)
{
	return c->queued;
}

void conn_keep_fresh(struct conn *c)
{
	(void)c;
}

void conn_set_ceiling(struct conn *c, size_t bytes)
{
}

void conn_pause(struct conn *c, bool paused)
{
	c->paused = paused;
}

void conn_shutdown(struct conn *c)
{
	c->shut = true;
}

void conn_close(struct conn *c)
{
	c->closing = true;
}

void conn_drop(struct conn *c)
{
	c->closing = true;
}

void conn_abort(struct conn *c)
{
	c->closing = true;
	c->why = E_LOST;
}

struct loop *conn_loop(const struct conn *c)
{
	return &the_loop;
}
