/*
 * A libuv loop and what all connections on it share: the one read buffer, so
 * that an idle connection holds none, and the list of deadlines.
 */
#include "net/loop_internal.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/log.h"
#include "base/mem.h"

/* 64 KiB of ciphertext, one TLS record that was incomplete before, and room to decrypt the next. */
#define PLAIN_MAX (LOOP_READ_BYTES + 48 * 1024)

struct watch {
	uv_signal_t uv;
	struct list node;
	signal_fn *fn;
	void *arg;
};

struct loop *loop_create(void)
{
	struct loop *loop = mem_alloc(sizeof(*loop));
	int rc = uv_loop_init(&loop->uv);

	if (rc) {
		fprintf(stderr, "Cannot create an event loop: %s\n", uv_strerror(rc));
		abort();
	}
	signal(SIGPIPE, SIG_IGN); /* a lost peer is an error of write, not the end of us */
	loop->uv.data = loop;
	loop->read_buffer = mem_alloc(LOOP_READ_BYTES);
	buf_init(&loop->plain, PLAIN_MAX);
	list_init(&loop->signals);
	list_init(&loop->deadlines);
	uv_timer_init(&loop->uv, &loop->sweeper);
	uv_unref((uv_handle_t *)&loop->sweeper);
	bells_open(loop);
	return loop;
}

void loop_run(struct loop *loop)
{
	uv_run(&loop->uv, UV_RUN_DEFAULT);
}

void loop_stop(struct loop *loop)
{
	uv_stop(&loop->uv);
}

static void on_watch_closed(uv_handle_t *handle)
{
	free(CONTAINER_OF(handle, struct watch, uv));
}

static void refuse_open(uv_handle_t *handle, void *arg)
{
	if (uv_is_closing(handle))
		return;
	log_error("loop.leak", "A %s was left open on the loop", uv_handle_type_name(handle->type));
	abort();
}

static void refuse_mailboxes(const struct loop *loop)
{
	if (!loop->bells_hung)
		return;
	log_error("loop.leak", "%zu mailboxes were left on the loop", loop->bells_hung);
	abort();
}

void loop_destroy(struct loop *loop)
{
	if (!loop)
		return;
	for (struct list *node; (node = list_pop(&loop->signals));)
		uv_close((uv_handle_t *)&LIST_OF(node, struct watch, node)->uv, on_watch_closed);
	uv_close((uv_handle_t *)&loop->sweeper, NULL);
	refuse_mailboxes(loop);
	bells_close(loop);
	uv_walk(&loop->uv, refuse_open, NULL);
	uv_run(&loop->uv, UV_RUN_DEFAULT);
	if (uv_loop_close(&loop->uv))
		abort();
	buf_finish(&loop->plain);
	free(loop->read_buffer);
	free(loop);
}

struct uv_loop_s *loop_uv(struct loop *loop)
{
	return &loop->uv;
}

int64_t loop_now(const struct loop *loop)
{
	return (int64_t)uv_now(&loop->uv);
}

static void on_signal(uv_signal_t *handle, int signum)
{
	struct watch *w = CONTAINER_OF(handle, struct watch, uv);

	w->fn(signum, w->arg);
}

void loop_on_signal(struct loop *loop, int signum, signal_fn *fn, void *arg)
{
	struct watch *w = mem_alloc(sizeof(*w));

	w->fn = fn;
	w->arg = arg;
	list_append(&loop->signals, &w->node);
	uv_signal_init(&loop->uv, &w->uv);
	uv_signal_start(&w->uv, on_signal, signum);
	uv_unref((uv_handle_t *)&w->uv);
}
