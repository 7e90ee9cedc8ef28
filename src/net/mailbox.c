/*
 * A list under a mutex, and three ways to wake whoever receives: a condition,
 * a descriptor, or the loop. Waking happens under the lock, so that a receiver
 * that has seen the message may destroy the box.
 */
#include "net/mailbox.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>
#include <uv.h>

#include "base/mem.h"
#include "net/loop.h"
#include "sys/wake.h"

/* Outlives the box: libuv frees a handle in a later turn. */
struct attachment {
	uv_async_t async;
	struct mailbox *box;
};

struct mailbox {
	pthread_mutex_t lock;
	pthread_cond_t arrived;
	struct list waiting;
	bool asleep; /* the receiver waits for `arrived` */
	int fd;      /* readable while a message waits; -1 until asked for */
	struct attachment *loop;
	message_fn *fn;
	void *arg;
};

struct mailbox *mailbox_create(void)
{
	struct mailbox *box = mem_alloc(sizeof(*box));
	pthread_condattr_t attr;

	pthread_mutex_init(&box->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&box->arrived, &attr);
	pthread_condattr_destroy(&attr);
	list_init(&box->waiting);
	box->fd = -1;
	return box;
}

static void on_detached(uv_handle_t *handle)
{
	free(CONTAINER_OF(handle, struct attachment, async));
}

void mailbox_destroy(struct mailbox *box)
{
	if (!box)
		return;
	pthread_mutex_lock(&box->lock); /* the last sender may still be waking us */
	assert(list_empty(&box->waiting));
	pthread_mutex_unlock(&box->lock);
	if (box->loop)
		uv_close((uv_handle_t *)&box->loop->async, on_detached);
	wake_close(box->fd);
	pthread_cond_destroy(&box->arrived);
	pthread_mutex_destroy(&box->lock);
	free(box);
}

/* Move all that waits onto `out`. Locked. */
static void take_all(struct mailbox *box, struct list *out)
{
	list_splice(out, &box->waiting);
	if (box->fd >= 0)
		wake_clear(box->fd);
}

/* A batch is what waited at its start: who posts from `fn` waits for the next
 * turn, so the loop's other work gets its share. */
static void on_async(uv_async_t *async)
{
	struct mailbox *box = CONTAINER_OF(async, struct attachment, async)->box;
	message_fn *fn = box->fn;
	void *arg = box->arg;
	struct list batch;

	list_init(&batch);
	pthread_mutex_lock(&box->lock);
	take_all(box, &batch);
	pthread_mutex_unlock(&box->lock);
	for (struct list *node; (node = list_pop(&batch));)
		fn(LIST_OF(node, struct message, node), arg);
}

void mailbox_attach(struct mailbox *box, struct loop *loop, message_fn *fn, void *arg)
{
	struct attachment *a = mem_alloc(sizeof(*a));

	a->box = box;
	uv_async_init(loop_uv(loop), &a->async, on_async);
	pthread_mutex_lock(&box->lock);
	box->fn = fn;
	box->arg = arg;
	box->loop = a;
	if (!list_empty(&box->waiting))
		uv_async_send(&a->async);
	pthread_mutex_unlock(&box->lock);
}

/* Only the first message of a batch needs to wake the receiver: whoever is
 * awake looks again before it sleeps. */
static void wake_receiver(struct mailbox *box)
{
	if (box->asleep)
		pthread_cond_signal(&box->arrived);
	if (box->fd >= 0)
		wake_set(box->fd);
	if (box->loop)
		uv_async_send(&box->loop->async);
}

void mailbox_post(struct mailbox *box, struct message *m)
{
	pthread_mutex_lock(&box->lock);
	bool first = list_empty(&box->waiting);
	list_append(&box->waiting, &m->node);
	if (first)
		wake_receiver(box);
	pthread_mutex_unlock(&box->lock);
}

/* Until a message waits or the deadline has passed. Locked. */
static void await(struct mailbox *box, int64_t deadline)
{
	struct timespec until = { deadline / 1000, deadline % 1000 * 1000000 };
	int rc = 0;

	box->asleep = true;
	while (list_empty(&box->waiting) && rc == 0) {
		if (deadline < 0)
			pthread_cond_wait(&box->arrived, &box->lock);
		else
			rc = pthread_cond_timedwait(&box->arrived, &box->lock, &until);
	}
	box->asleep = false;
}

struct message *mailbox_wait(struct mailbox *box, int64_t deadline)
{
	pthread_mutex_lock(&box->lock);
	await(box, deadline);
	struct list *node = list_pop(&box->waiting);
	if (node && box->fd >= 0 && list_empty(&box->waiting))
		wake_clear(box->fd);
	pthread_mutex_unlock(&box->lock);
	return node ? LIST_OF(node, struct message, node) : NULL;
}

void mailbox_take_all(struct mailbox *box, struct list *out, int64_t deadline)
{
	pthread_mutex_lock(&box->lock);
	await(box, deadline);
	take_all(box, out);
	pthread_mutex_unlock(&box->lock);
}

int mailbox_fd(struct mailbox *box)
{
	pthread_mutex_lock(&box->lock);
	if (box->fd < 0) {
		box->fd = wake_open();
		if (!list_empty(&box->waiting))
			wake_set(box->fd);
	}
	int fd = box->fd;
	pthread_mutex_unlock(&box->lock);
	return fd;
}
