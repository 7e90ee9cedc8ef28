/*
 * What people do to jobs: cancel them, and decide about those of which nobody
 * knows whether they were printed.
 */
#include "core/queue_inside.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "sys/clock.h"

/* Somebody waits for the job on the wire to stop. */
struct cancel {
	struct list node;
	job_id job;
	queue_fn *fn;
	void *arg;
};

static void refuse(enum err err, const char *text, queue_fn *fn, void *arg)
{
	struct why why;

	why_fail(&why, err, "%s", text);
	fn(err, &why, arg);
}

/* Somebody took the job that failed out of the way: the next need not wait for
 * its retry. */
static void end_retry_wait(const struct job *job)
{
	if (job->device && job->state == JOB_HELD)
		job->device->line.retry_at = 0;
}

static void cancel_waiting(struct queue *q, struct job *job, const char *caller, queue_fn *fn,
    void *arg)
{
	struct note note = queue_note(job, "cancelled", caller);
	struct device *d = job->device;

	end_retry_wait(job);
	job->state = JOB_CANCELLED;
	job->hold = HOLD_NONE;
	job->err = E_CANCELLED;
	job->ended = note.at;
	str_copy(job->reason, sizeof job->reason, str_of(err_text(E_CANCELLED)));
	q->totals.cancelled++;
	queue_record(q, job, &note, fn, arg);
	queue_forget(q, job);
	if (d)
		line_run(q, d);
}

static void cancel_sending(struct queue *q, struct job *job, queue_fn *fn, void *arg)
{
	struct cancel *c = mem_alloc(sizeof *c);

	c->job = job->id;
	c->fn = fn;
	c->arg = arg;
	list_append(&q->cancels, &c->node);
	worker_cancel(job->device->worker, job->id);
}

void queue_cancel(struct queue *q, job_id id, const char *caller, queue_fn *fn, void *arg)
{
	struct job *job = queue_find(q, id);

	if (!job)
		refuse(E_NOT_FOUND, "There is no such open job", fn, arg);
	else if (job->state == JOB_UNCONFIRMED)
		refuse(E_CONFLICT, "Nobody knows whether it was printed: resolve it as printed, "
		    "reprint or drop", fn, arg);
	else if (job->state == JOB_SENDING)
		cancel_sending(q, job, fn, arg);
	else
		cancel_waiting(q, job, caller, fn, arg);
}

bool queue_cancel_wanted(const struct queue *q, job_id id)
{
	LIST_EACH(&q->cancels, node)
		if (LIST_OF(node, struct cancel, node)->job == id)
			return true;
	return false;
}

/* The job left the wire: tell who wanted it stopped. */
void cancel_answer(struct queue *q, job_id id, bool cancelled)
{
	LIST_EACH(&q->cancels, node) {
		struct cancel *c = LIST_OF(node, struct cancel, node);

		if (c->job != id)
			continue;
		list_remove(&c->node);
		if (cancelled)
			c->fn(E_OK, NULL, c->arg);
		else
			refuse(E_CONFLICT, "It could not be stopped any more", c->fn, c->arg);
		free(c);
	}
}

static void resolve_printed(struct queue *q, struct job *job)
{
	job->state = JOB_DONE;
	job->evidence = EVIDENCE_OPERATOR;
	job->ended = clock_wall();
	job->err = E_OK;
	job->reason[0] = '\0';
	q->totals.done++;
}

/* Whoever decides wants it printed, however old it is. */
static void resolve_reprint(struct queue *q, struct job *job)
{
	if (job->lifetime)
		q->mortal--;
	job->lifetime = 0;
	if (job->state == JOB_UNCONFIRMED || job->sent) {
		job->reprints++;
		q->totals.reprints++;
	}
	job->state = JOB_QUEUED;
	list_remove(&job->node);
	if (job->device) {
		line_insert(&job->device->line, job);
		job->device->line.retry_at = 0;
	} else {
		list_append(&q->orphans, &job->node);
	}
}

static void resolve_drop(struct queue *q, struct job *job)
{
	job->state = JOB_FAILED;
	job->ended = clock_wall();
	if (!job->err)
		job->err = E_CANCELLED;
	q->totals.failed++;
	if (job->device)
		settle_failure(&job->device->line, job->ended);
}

static const struct resolution {
	const char *note;
	void (*apply)(struct queue *q, struct job *job);
} resolutions[] = {
	[RESOLVE_PRINTED] = { "marked printed", resolve_printed },
	[RESOLVE_REPRINT] = { "reprint", resolve_reprint },
	[RESOLVE_DROP] = { "dropped", resolve_drop },
};

void queue_resolve(struct queue *q, job_id id, enum resolve action, const char *caller,
    queue_fn *fn, void *arg)
{
	struct job *job = queue_find(q, id);
	struct device *d = job ? job->device : NULL;
	struct note note;

	if (!job) {
		refuse(E_NOT_FOUND, "There is no such open job", fn, arg);
		return;
	}
	if (job->state != JOB_UNCONFIRMED && job->state != JOB_HELD) {
		refuse(E_CONFLICT, "Only an unconfirmed or held job can be resolved", fn, arg);
		return;
	}
	note = queue_note(job, resolutions[action].note, caller);
	end_retry_wait(job);
	job->hold = HOLD_NONE;
	resolutions[action].apply(q, job);
	note.number = action == RESOLVE_REPRINT ? job->reprints : 0;
	queue_record(q, job, &note, fn, arg);
	if (job_state_ended(job->state))
		queue_forget(q, job);
	if (d)
		line_run(q, d);
}

