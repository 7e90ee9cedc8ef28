/*
 * The loop: one thread, libuv inside. It owns every client socket, every timer
 * and all state above it; nothing here may be called from another thread
 * unless it says so (only mailbox_post does).
 */
#ifndef NET_LOOP_H
#define NET_LOOP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/list.h"

struct loop;
struct uv_loop_s;

struct loop *loop_create(void); /* also ignores SIGPIPE, for the whole process */
/*
 * Run until loop_stop, or until nothing is left that could call back. To end
 * in order: loop_stop, close what was opened, loop_run again (the closing
 * callbacks come), loop_destroy.
 */
void loop_run(struct loop *loop);
void loop_stop(struct loop *loop);
void loop_destroy(struct loop *loop); /* aborts if a handle was left open: our mistake */
struct uv_loop_s *loop_uv(struct loop *loop); /* for net/ only */
int64_t loop_now(const struct loop *loop); /* mono ms, as of this turn */

/* One-shot or repeating timer. Freed by timer_destroy only. `fn` may destroy it. */
struct timer;
typedef void timer_fn(void *arg);
struct timer *timer_create_on(struct loop *loop, timer_fn *fn, void *arg);
void timer_arm(struct timer *t, int64_t delay_ms, int64_t repeat_ms); /* again re-arms */
void timer_disarm(struct timer *t);
bool timer_armed(const struct timer *t);
void timer_destroy(struct timer *t); /* NULL is allowed */

/*
 * Time-outs for thousands of connections: embedded, 32 bytes, one timer for
 * all of them. Up to 50 ms late, never early. Zeroed memory is a deadline that
 * is not set. They do not keep loop_run from returning.
 */
struct deadline;
typedef void deadline_fn(struct deadline *d);
struct deadline {
	struct list node;
	deadline_fn *fn;
	int64_t at; /* mono ms */
};
void deadline_set(struct loop *loop, struct deadline *d, int64_t delay_ms, deadline_fn *fn);
void deadline_clear(struct deadline *d); /* before its memory goes */
bool deadline_is_set(const struct deadline *d);

/* Signals as callbacks on the loop. They do not keep loop_run from returning. */
typedef void signal_fn(int signum, void *arg);
void loop_on_signal(struct loop *loop, int signum, signal_fn *fn, void *arg);

#endif
