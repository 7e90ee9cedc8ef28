/*
 * A list under a mutex, and two ways to wake whoever receives: a condition, or
 * the loop's bell. Waking happens after the lock is free, else the receiver
 * would wake only to wait for it. The box counts who is at that, so that a
 * receiver that has seen the message may destroy the box.
 */
#include "net/mailbox.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

#include "base/mem.h"
#include "net/bell.h"

/* Outlives the box if its bell has been rung and not been answered. */
struct attachment {
	struct bell bell;
	struct mailbox *box;
};

struct mailbox {
	pthread_mutex_t lock;
	pthread_cond_t arrived;
	struct list waiting;
	bool asleep; /* the receiver waits for `arrived` */
	struct attachment *loop;
	message_fn *fn;
	void *arg;
	atomic_uint wakers; /* senders that wake us, past the lock */
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
	return box;
}

static void detach(struct attachment *a)
{
	if (!a)
		return;
	a->box = NULL;
	if (!bell_take_down(&a->bell))
		free(a);
}

void mailbox_destroy(struct mailbox *box)
{
	if (!box)
		return;
	assert(list_empty(&box->waiting));
	while (atomic_load_explicit(&box->wakers, memory_order_acquire))
		sched_yield();
	detach(box->loop);
	pthread_cond_destroy(&box->arrived);
	pthread_mutex_destroy(&box->lock);
	free(box);
}

/* A batch is what waited at its start: who posts from `fn` waits for the next
 * turn, so the loop's other work gets its share. */
static void deliver(struct mailbox *box)
{
	message_fn *fn = box->fn;
	void *arg = box->arg;
	struct list batch;

	list_init(&batch);
	pthread_mutex_lock(&box->lock);
	list_splice(&batch, &box->waiting);
	pthread_mutex_unlock(&box->lock);
	for (struct list *node; (node = list_pop(&batch));)
		fn(LIST_OF(node, struct message, node), arg);
}

static void on_bell(struct bell *bell)
{
	struct attachment *a = CONTAINER_OF(bell, struct attachment, bell);

	if (a->box)
		deliver(a->box);
	else
		free(a);
}

void mailbox_attach(struct mailbox *box, struct loop *loop, message_fn *fn, void *arg)
{
	struct attachment *a = mem_alloc(sizeof(*a));

	a->box = box;
	bell_hang(&a->bell, loop, on_bell);
	pthread_mutex_lock(&box->lock);
	box->fn = fn;
	box->arg = arg;
	box->loop = a;
	if (!list_empty(&box->waiting))
		bell_ring(&a->bell);
	pthread_mutex_unlock(&box->lock);
}

/* Only the first message of a batch needs to wake the receiver: whoever is
 * awake looks again before it sleeps. */
void mailbox_post(struct mailbox *box, struct message *m)
{
	pthread_mutex_lock(&box->lock);
	bool first = list_empty(&box->waiting);
	bool asleep = first && box->asleep;
	struct attachment *loop = first ? box->loop : NULL;

	list_append(&box->waiting, &m->node);
	atomic_fetch_add_explicit(&box->wakers, 1, memory_order_relaxed);
	pthread_mutex_unlock(&box->lock);
	if (asleep)
		pthread_cond_signal(&box->arrived);
	if (loop)
		bell_ring(&loop->bell);
	atomic_fetch_sub_explicit(&box->wakers, 1, memory_order_release);
}

/* Until a message waits or the deadline has passed. Locked. */
static void await(struct mailbox *box, int64_t deadline)
{
	struct timespec until = { deadline / 1000, deadline % 1000 * 1000000 };
	int rc = deadline ? 0 : ETIMEDOUT; /* 0: only a look */

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
	pthread_mutex_unlock(&box->lock);
	return node ? LIST_OF(node, struct message, node) : NULL;
}

void mailbox_take_all(struct mailbox *box, struct list *out, int64_t deadline)
{
	pthread_mutex_lock(&box->lock);
	await(box, deadline);
	list_splice(out, &box->waiting);
	pthread_mutex_unlock(&box->lock);
}
