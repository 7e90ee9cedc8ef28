/*
 * Start, and devices that come and go. A job whose printer is not configured
 * waits as an orphan for one of that name.
 */
#include "core/queue_inside.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "sys/clock.h"

/* Waits, without a device, for one of its printer's name. */
void queue_orphan(struct queue *q, struct job *job)
{
	if (job->node.next)
		list_remove(&job->node);
	if (job->device) {
		job->device->line.jobs--;
		job->device->line.bytes -= job->size;
		if (job->device->line.active == job) {
			job->device->line.active = NULL;
			job->device->line.loading = false;
		}
	}
	job->device = NULL;
	if (job->state == JOB_SENDING)
		job->state = JOB_QUEUED;
	list_append(&q->orphans, &job->node);
}

static void adopt(struct queue *q, struct device *d, struct job *job)
{
	job->device = d;
	d->line.jobs++;
	d->line.bytes += job->size;
	if (job->state == JOB_UNCONFIRMED)
		list_append(&d->line.doubtful, &job->node);
	else if (job->state == JOB_SCHEDULED)
		line_schedule(q, d, job);
	else
		line_insert(&d->line, job);
}

void queue_begin_ids(struct queue *q, job_id last)
{
	if (last > q->last_id)
		q->last_id = last;
}

void queue_recover(struct queue *q, const struct job *found)
{
	struct job *job = mem_alloc(sizeof *job);
	struct device *d;

	*job = *found;
	job->doc = NULL;
	job->node.prev = job->node.next = NULL;
	if (job->line > q->last_id)
		q->last_id = job->line;
	if (job->id > q->last_id)
		q->last_id = job->id;
	if (job->state == JOB_HELD) {
		job->state = JOB_QUEUED;
		job->hold = HOLD_NONE;
	}
	q->totals.jobs++;
	q->totals.bytes += job->size;
	queue_add(q, job);
	d = device_of_job(&q->platen->devices, job->printer);
	if (d)
		adopt(q, d, job);
	else
		list_append(&q->orphans, &job->node);
}

void queue_recall(struct queue *q, const struct job *job)
{
	struct device *d = device_of_job(&q->platen->devices, job->printer);

	if (d)
		settle_failure(&d->line, job->ended);
}

void queue_start(struct queue *q)
{
	struct why why;
	size_t at = 0;
	struct str key;
	void *value;
	struct list interrupted;

	list_init(&interrupted);
	while (map_next(&q->jobs, &at, &key, &value)) {
		struct job *job = value;

		if (job->state != JOB_SENDING)
			continue;
		list_remove(&job->node);
		list_append(&interrupted, &job->node);
	}
	LIST_EACH(&interrupted, node) {
		struct job *job = LIST_OF(node, struct job, node);

		list_remove(node);
		why_fail(&why, E_UNCONFIRMED, NULL);
		settle_doubt(q, job, &why);
	}
	LIST_EACH(&q->platen->devices.list, node) {
		struct device *d = LIST_OF(node, struct device, node);

		d->line.retry_at = 0;
		line_run(q, d);
	}
}

static void orphan_all(struct queue *q, struct list *jobs)
{
	LIST_EACH(jobs, node)
		queue_orphan(q, LIST_OF(node, struct job, node));
}

void queue_detach(struct queue *q, struct device *d)
{
	if (d->line.active && d->line.loading)
		queue_orphan(q, d->line.active);
	orphan_all(q, &d->line.waiting);
	orphan_all(q, &d->line.scheduled);
	orphan_all(q, &d->line.doubtful);
	timer_destroy(d->line.timer);
	d->line.timer = NULL;
}

void queue_attach(struct queue *q, struct device *d)
{
	LIST_EACH(&q->orphans, node) {
		struct job *job = LIST_OF(node, struct job, node);

		if (!device_prints_for(d, job->printer))
			continue;
		list_remove(node);
		adopt(q, d, job);
	}
	line_run(q, d);
}

