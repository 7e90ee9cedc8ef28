/*
 * A lock-free list that only grows until the loop takes all of it. Whoever
 * rings first, on an empty list, makes the descriptor readable.
 */
#include "net/bell.h"

#include "net/loop_internal.h"
#include "sys/wake.h"

static void answer(struct loop *loop)
{
	struct bell *b, *next;

	wake_clear(loop->bell_fd); /* first: who rings from here on sets it again */
	for (b = atomic_exchange(&loop->rung, NULL); b; b = next) {
		next = b->next;
		atomic_store(&b->rung, false); /* before: a ring during `fn` counts */
		b->fn(b);
	}
}

static void on_readable(uv_poll_t *poll, int status, int events)
{
	(void)status;
	(void)events;
	answer(CONTAINER_OF(poll, struct loop, bells));
}

void bells_open(struct loop *loop)
{
	loop->bell_fd = wake_open();
	uv_poll_init(&loop->uv, &loop->bells, loop->bell_fd);
	uv_poll_start(&loop->bells, UV_READABLE, on_readable);
	uv_unref((uv_handle_t *)&loop->bells);
}

static void on_closed(uv_handle_t *handle)
{
	wake_close(CONTAINER_OF(handle, struct loop, bells)->bell_fd);
}

void bells_close(struct loop *loop)
{
	answer(loop);
	uv_close((uv_handle_t *)&loop->bells, on_closed);
}

void bell_hang(struct bell *b, struct loop *loop, bell_fn *fn)
{
	b->loop = loop;
	b->fn = fn;
	if (loop->bells_hung++ == 0)
		uv_ref((uv_handle_t *)&loop->bells);
}

void bell_ring(struct bell *b)
{
	struct loop *loop = b->loop;
	struct bell *first = atomic_load(&loop->rung);

	if (atomic_exchange(&b->rung, true))
		return;
	do
		b->next = first;
	while (!atomic_compare_exchange_weak(&loop->rung, &first, b));
	if (!first)
		wake_set(loop->bell_fd);
}

bool bell_take_down(struct bell *b)
{
	if (--b->loop->bells_hung == 0)
		uv_unref((uv_handle_t *)&b->loop->bells);
	return atomic_load(&b->rung);
}
