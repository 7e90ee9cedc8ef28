/*
 * The loop: one thread, libuv inside. It owns every client socket, every timer
 * and all state above it; nothing here may be called from another thread
 * unless it says so (only mailbox_post does).
 */
#ifndef NET_LOOP_H
#define NET_LOOP_H

#include <stdbool.h>
#include <stdint.h>

struct loop;
struct uv_loop_s;

struct loop *loop_create(void);
void loop_run(struct loop *loop);  /* until loop_stop and every handle closed */
void loop_stop(struct loop *loop);
void loop_destroy(struct loop *loop); /* aborts if a handle was left open: our mistake */
struct uv_loop_s *loop_uv(struct loop *loop); /* for net/ only */
int64_t loop_now(const struct loop *loop); /* mono ms, as of this turn */

/* One-shot or repeating timer. Freed by timer_stop only. `fn` may stop it. */
struct timer;
typedef void timer_fn(void *arg);
struct timer *timer_create_on(struct loop *loop, timer_fn *fn, void *arg);
void timer_arm(struct timer *t, int64_t delay_ms, int64_t repeat_ms); /* again re-arms */
void timer_disarm(struct timer *t);
bool timer_armed(const struct timer *t);
void timer_destroy(struct timer *t); /* NULL is allowed */

/* Signals as callbacks on the loop. */
typedef void signal_fn(int signum, void *arg);
void loop_on_signal(struct loop *loop, int signum, signal_fn *fn, void *arg);

#endif
