/*
 * The clerk writes down: a thread that owns the store.
 *
 * The loop hands it tasks; the clerk runs all that wait in one transaction and
 * commits once (group commit: the batch forms itself while the previous fsync
 * runs, nothing is delayed to fill it). After the commit the tasks go back to
 * the loop, where `done` is called in the order of posting. A task that fails
 * is undone alone; a commit that fails fails every task of its group.
 */
#ifndef CORE_CLERK_H
#define CORE_CLERK_H

#include "core/store.h"
#include "net/mailbox.h"

struct clerk;
struct loop;
struct task;

/* Clerk thread, within the group's transaction. Reads use it too. */
typedef enum err task_run(const struct store_plug *plug, struct store *s, struct task *t,
    struct why *why);
/* Loop thread, after the commit. Takes the task; t->err is E_OK if it is on disk. */
typedef void task_done(struct task *t);

/* Embed it first in what the task needs. */
struct task {
	struct message m;
	task_run *run;
	task_done *done;
	bool read_only;   /* needs no commit of its own */
	enum err err;
	struct why why;
};

struct clerk_counts { /* for metrics; read on the loop thread */
	uint64_t commits, tasks, failures;
	int64_t commit_us_sum, commit_us_max; /* time in commit */
	int64_t last_commit_us;
	bool healthy; /* the last commit worked */
};

/* Takes the opened store; closes it on destroy. */
struct clerk *clerk_create(struct loop *loop, const struct store_plug *plug, struct store *s);
/* Finishes what was posted; `done` of each is still called. */
void clerk_destroy(struct clerk *c);
void clerk_post(struct clerk *c, struct task *t); /* loop thread; takes t */
void clerk_counts(const struct clerk *c, struct clerk_counts *out);
size_t clerk_waiting(const struct clerk *c); /* tasks posted and not done */

#endif
