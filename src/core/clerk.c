/*
 * Two mailboxes: tasks go in one by one, and come back as one message per
 * group. While a commit waits for the disk the next group collects itself in
 * the inbox. Counters travel with the group, so nothing is shared.
 */
#include "core/clerk.h"

#include <stdlib.h>

#include "base/log.h"
#include "base/mem.h"
#include "sys/clock.h"
#include "sys/thread.h"

#define TIDY_AFTER 2000 /* ms without work after the last write */
#define CLERK_STACK (512u << 10) /* SQLite's parser and b-tree go deep */

enum { MESSAGE_TASK, MESSAGE_STOP };

struct clerk {
	const struct store_plug *plug;
	struct store *store;
	struct mailbox *inbox, *back;
	struct thread *thread;
	struct clerk_counts counts; /* loop thread */
	size_t waiting;             /* loop thread */
	int64_t tidy_at;            /* clerk thread; mono, -1: nothing to tidy */
	bool stopped;               /* clerk thread */
};

/* Tasks on their way back, in the order of posting. */
struct group {
	struct message m;
	struct list tasks;
	bool wrote;        /* commit was called */
	enum err commit_err;
	int64_t commit_us;
};

static struct task *task_of(struct list *node)
{
	return LIST_OF(LIST_OF(node, struct message, node), struct task, m);
}

static void fail_all(struct group *g, enum err err, const struct why *why)
{
	LIST_EACH(&g->tasks, node) {
		struct task *t = task_of(node);

		if (t->err != E_OK)
			continue;
		t->err = err;
		t->why = *why;
	}
}

/* E_OK also when a task failed and was undone; else the group cannot go on. */
static enum err run_task(struct clerk *c, struct task *t, struct why *why)
{
	enum err err;

	if (!t->read_only) {
		err = c->plug->mark(c->store, why);
		if (err != E_OK)
			return err;
	}
	t->err = t->run(c->plug, c->store, t, &t->why);
	if (t->err == E_OK || t->read_only)
		return E_OK;
	return c->plug->undo(c->store, why);
}

static enum err run_all(struct clerk *c, struct group *g, struct why *why)
{
	enum err err = c->plug->begin(c->store, why);

	if (err != E_OK)
		return err;
	LIST_EACH(&g->tasks, node) {
		err = run_task(c, task_of(node), why);
		if (err != E_OK)
			return err;
	}
	return E_OK;
}

static void write_group(struct clerk *c, struct group *g)
{
	struct why why = { 0 };
	enum err err = run_all(c, g, &why);
	int64_t begun = clock_mono_us();

	g->wrote = true;
	if (err == E_OK)
		err = c->plug->commit(c->store, &why);
	g->commit_us = clock_mono_us() - begun;
	g->commit_err = err;
	if (err != E_OK) {
		c->plug->rollback(c->store);
		fail_all(g, err, &why);
		log_error("store.failed", "%s", why.text);
	}
	c->tidy_at = clock_mono() + TIDY_AFTER;
}

static void read_group(struct clerk *c, struct group *g)
{
	LIST_EACH(&g->tasks, node) {
		struct task *t = task_of(node);

		t->err = t->run(c->plug, c->store, t, &t->why);
	}
}

/* Tasks of `in` become a group; a stop among them is remembered. */
static bool collect(struct clerk *c, struct list *in, struct group *g)
{
	bool writes = false;

	list_init(&g->tasks);
	for (struct list *node = list_pop(in); node; node = list_pop(in)) {
		struct message *m = LIST_OF(node, struct message, node);

		if (m->kind == MESSAGE_STOP) {
			c->stopped = true;
			free(m);
			continue;
		}
		list_append(&g->tasks, node);
		writes |= !task_of(node)->read_only;
	}
	return writes;
}

/* Serve what waits, once; false when there was nothing. */
static bool serve(struct clerk *c, int64_t deadline)
{
	struct group *g;
	struct list in;
	bool writes;

	list_init(&in);
	mailbox_take_all(c->inbox, &in, deadline);
	if (list_empty(&in))
		return false;
	g = mem_alloc(sizeof(*g));
	writes = collect(c, &in, g);
	if (writes)
		write_group(c, g);
	else
		read_group(c, g);
	mailbox_post(c->back, &g->m);
	return true;
}

static void clerk_main(void *arg)
{
	struct clerk *c = arg;

	while (!c->stopped) {
		if (serve(c, c->tidy_at) || c->tidy_at < 0)
			continue;
		c->plug->tidy(c->store);
		c->tidy_at = -1;
	}
}

static void count(struct clerk_counts *n, const struct group *g)
{
	LIST_EACH(&g->tasks, node) {
		n->tasks++;
		n->failures += task_of(node)->err != E_OK;
	}
	if (!g->wrote)
		return;
	n->healthy = g->commit_err == E_OK;
	n->commits += n->healthy;
	n->commit_us_sum += g->commit_us;
	n->last_commit_us = g->commit_us;
	if (g->commit_us > n->commit_us_max)
		n->commit_us_max = g->commit_us;
}

static void on_group(struct message *m, void *arg)
{
	struct group *g = CONTAINER_OF(m, struct group, m);
	struct clerk *c = arg;

	count(&c->counts, g);
	for (struct list *node = list_pop(&g->tasks); node; node = list_pop(&g->tasks)) {
		struct task *t = task_of(node);

		c->waiting--;
		t->done(t);
	}
	free(g);
}

struct clerk *clerk_create(struct loop *loop, const struct store_plug *plug, struct store *s)
{
	struct clerk *c = mem_alloc(sizeof(*c));
	struct why why;

	c->plug = plug;
	c->store = s;
	c->tidy_at = -1;
	c->counts.healthy = true;
	c->inbox = mailbox_create();
	c->back = mailbox_create();
	mailbox_attach(c->back, loop, on_group, c);
	if (thread_start(&c->thread, "clerk", CLERK_STACK, clerk_main, c, &why) != E_OK) {
		log_error("clerk.failed", "%s", why.text);
		abort();
	}
	return c;
}

void clerk_post(struct clerk *c, struct task *t)
{
	t->m.kind = MESSAGE_TASK;
	t->err = E_OK;
	c->waiting++;
	mailbox_post(c->inbox, &t->m);
}

static void deliver_rest(struct clerk *c)
{
	struct list rest;

	list_init(&rest);
	mailbox_take_all(c->back, &rest, 0);
	for (struct list *node = list_pop(&rest); node; node = list_pop(&rest))
		on_group(LIST_OF(node, struct message, node), c);
}

void clerk_destroy(struct clerk *c)
{
	struct message *stop;

	if (!c)
		return;
	stop = mem_alloc(sizeof(*stop));
	stop->kind = MESSAGE_STOP;
	mailbox_post(c->inbox, stop);
	thread_join(c->thread);
	/* What `done` posts now is served here: the thread is gone, the store is ours. */
	do
		deliver_rest(c);
	while (serve(c, 0));
	mailbox_destroy(c->inbox);
	mailbox_destroy(c->back);
	c->plug->close(c->store);
	free(c);
}

void clerk_counts(const struct clerk *c, struct clerk_counts *out)
{
	*out = c->counts;
}

size_t clerk_waiting(const struct clerk *c)
{
	return c->waiting;
}
