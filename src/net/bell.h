/*
 * Bells: how another thread gets the loop's attention. For mailboxes only.
 *
 * uv_async_send would do, but for its waiting: when the loop is woken before
 * the sender has left that call, as happens whenever both share a core, the
 * loop spins for some 25 us and then yields; and each wake-up asks every handle
 * there is. Here one descriptor serves the loop and a list says who rang.
 */
#ifndef NET_BELL_H
#define NET_BELL_H

#include <stdatomic.h>
#include <stdbool.h>

struct bell;
struct loop;
typedef void bell_fn(struct bell *b);

struct bell {
	struct loop *loop;
	struct bell *next;
	atomic_bool rung; /* on the loop's list */
	bell_fn *fn;
};

/* Loop thread. `fn` is called there once for all rings since it was last called.
 * A hung bell keeps loop_run from returning. */
void bell_hang(struct bell *b, struct loop *loop, bell_fn *fn);
/* Any thread, while it hangs. What was written before is seen by `fn`. */
void bell_ring(struct bell *b);
/* Loop thread; nobody rings any more. True if `fn` will be called once more:
 * its memory must last so long. */
bool bell_take_down(struct bell *b);

#endif
