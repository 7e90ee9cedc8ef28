/*
 * Acceptance: ceilings at the door, then one commit. The mark "sending has
 * begun" rides along when nothing stands between the job and the paper. A
 * commit that comes too late is answered with a refusal, and the job revoked.
 */
#include "core/queue_inside.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "sys/clock.h"
#include "sys/file.h"

/* A job on its way to disk for the first time. */
struct acceptance {
	struct task task;
	struct list node;
	struct queue *queue;
	struct device *device;
	struct job *job;
	struct idem *idem;
	int64_t posted;   /* mono */
	bool late;        /* answered with a refusal already */
	queue_fn *fn;
	void *arg;
};

/* The floor is the configured one or 5 percent of the disk, the larger, but no
 * more than 1 GiB. Looked at once a second. */
bool accept_disk_low(struct queue *q)
{
	uint64_t free_bytes, total, floor = q->space_floor;
	int64_t now = line_now(q);

	if (q->space_checked && now - q->space_checked < 1000)
		return q->totals.disk_low;
	q->space_checked = now;
	q->totals.disk_low = false;
	if (!floor || !file_space(q->platen->state_dir, &free_bytes, &total))
		return false;
	if (total / 20 > floor)
		floor = total / 20 < 1073741824 ? total / 20 : 1073741824;
	q->totals.disk_low = free_bytes < floor;
	return q->totals.disk_low;
}

static enum err check_ceilings(struct queue *q, const struct device *d, const struct job *job,
    struct why *why)
{
	const struct line *l = &d->line;
	bool full = l->jobs >= (size_t)d->settings.queue_jobs ||
	    l->bytes + job->size > (uint64_t)d->settings.queue_bytes ||
	    q->totals.jobs >= q->jobs_max || q->totals.bytes + job->size > q->bytes_max;

	if (q->draining)
		return why_fail(why, E_DRAINING, NULL);
	if (accept_disk_low(q)) {
		q->totals.refused_disk++;
		return why_fail(why, E_DISK, NULL);
	}
	if (full) {
		q->totals.refused_full++;
		return why_fail(why, E_QUEUE_FULL, NULL);
	}
	if (job->kind == KIND_KICK && l->last_kick && line_now(q) - l->last_kick < KICK_PAUSE_MS)
		return why_fail(why, E_RATE, NULL);
	return E_OK;
}

static void stamp(struct queue *q, struct device *d, struct job *job)
{
	job->id = ++q->last_id;
	job->line = job->id;
	job->serial = ++d->serial;
	job->device = d;
	str_copy(job->printer, sizeof job->printer, str_of(d->name));
	job->created = clock_wall();
	job->born_boot = clock_boot();
	str_copy(job->boot_id, sizeof job->boot_id, str_of(clock_boot_id()));
	job->state = job->run_at > job->created ? JOB_SCHEDULED : JOB_QUEUED;
}

enum err queue_admit(struct queue *q, struct device *d, struct job *job, struct why *why)
{
	enum err err;

	job->size = job->doc ? job->doc->len : 0;
	if ((err = check_ceilings(q, d, job, why)))
		return err;
	stamp(q, d, job);
	queue_count(q, d, job);
	d->last_used = job->created;
	if (job->kind == KIND_KICK) {
		d->line.last_kick = line_now(q);
		q->totals.kicks++;
	}
	return E_OK;
}

/* The job's journal says from the start that it is a copy. */
static enum err put_resend(const struct store_plug *plug, struct store *s, const struct job *job,
    struct why *why)
{
	char text[32];
	struct note note;

	snprintf(text, sizeof text, "%lld", (long long)job->resend_of);
	note = queue_note(job, "resend_of", text);
	return plug->put_note(s, &note, why);
}

static enum err run_acceptance(const struct store_plug *plug, struct store *s, struct task *t,
    struct why *why)
{
	struct acceptance *a = CONTAINER_OF(t, struct acceptance, task);
	enum err err = plug->put_job(s, a->job, why);

	if (!err && a->job->resend_of)
		err = put_resend(plug, s, a->job, why);
	if (!err && a->idem)
		err = plug->put_idem(s, a->idem, why);
	return err;
}

static void refuse_acceptance(struct acceptance *a)
{
	struct queue *q = a->queue;

	if (a->device->line.active == a->job)
		a->device->line.active = NULL;
	queue_uncount(q, a->device, a->job);
	if (!a->late)
		a->fn(a->task.err, &a->task.why, a->arg);
	device_changed(a->device); /* it may have been taken for busy */
	line_run(q, a->device);
	job_destroy(a->job);
}

struct forget {
	struct task task;
	struct idem *idem;
};

static enum err run_forget(const struct store_plug *plug, struct store *s, struct task *t,
    struct why *why)
{
	struct forget *f = CONTAINER_OF(t, struct forget, task);

	return plug->drop_idem(s, f->idem->scope, f->idem->key, why);
}

static void on_forgotten(struct task *t)
{
	struct forget *f = CONTAINER_OF(t, struct forget, task);

	if (t->err)
		log_error("store.key", "a key of a refused job stays: %s", t->why.text);
	idem_finish(f->idem);
	free(f->idem);
	free(f);
}

/* Takes `idem`. A repetition with this key must be a new job. */
static void forget_key(struct queue *q, struct idem *idem)
{
	struct forget *f = mem_alloc(sizeof *f);

	f->task.run = run_forget;
	f->task.done = on_forgotten;
	f->idem = idem;
	clerk_post(q->platen->clerk, &f->task);
}

/* Too late: the client was told no, so the job must not print. */
static void revoke(struct queue *q, struct acceptance *a)
{
	struct note note = queue_note(a->job, "revoked", "its commit came after the time-out");

	settle_end(q, a->job, JOB_CANCELLED, E_STORE, err_text(E_STORE), &note);
	if (a->idem)
		forget_key(q, a->idem);
	a->idem = NULL;
}

static void enter_line(struct queue *q, struct device *d, struct job *job)
{
	if (d->gone) {
		queue_orphan(q, job);
		return;
	}
	if (job->state == JOB_SENDING) {
		line_send(q, d, job, true);
		return;
	}
	if (job->state == JOB_SCHEDULED)
		line_schedule(q, d, job);
	else
		line_insert(&d->line, job);
	line_run(q, d);
}

static void on_accepted(struct task *t)
{
	struct acceptance *a = CONTAINER_OF(t, struct acceptance, task);
	struct queue *q = a->queue;
	struct device *d = a->device;
	struct job *job = a->job;

	list_remove(&a->node);
	if (t->err) {
		refuse_acceptance(a);
	} else if (a->late) {
		queue_add(q, job);
		revoke(q, a);
		line_run(q, d);
	} else {
		q->totals.accepted++;
		queue_add(q, job);
		queue_publish(q, job);
		a->fn(E_OK, NULL, a->arg);
		enter_line(q, d, job);
	}
	d->line.accepting--; /* last: a job that the answer brought does not overtake this one */
	if (a->idem) {
		idem_finish(a->idem);
		free(a->idem);
	}
	free(a);
	device_settle_gone(d);
	queue_check_drained(q);
}

void queue_commit(struct queue *q, struct job *job, struct idem *idem, queue_fn *fn, void *arg)
{
	struct acceptance *a = mem_alloc(sizeof *a);
	struct device *d = job->device;

	a->task.run = run_acceptance;
	a->task.done = on_accepted;
	a->queue = q;
	a->device = d;
	a->job = job;
	a->idem = idem;
	a->posted = line_now(q);
	a->fn = fn;
	a->arg = arg;
	/* The mark "sending has begun" rides along when nothing stands between
	 * this job and the paper. */
	if (job->state == JOB_QUEUED && line_idle(d) &&
	    line_starts_at(&d->line, job) <= line_now(q)) {
		job->state = JOB_SENDING;
		job->attempts = 1;
		d->line.active = job;
	}
	d->line.accepting++;
	list_append(&q->acceptances, &a->node);
	queue_watch(q);
	clerk_post(q->platen->clerk, &a->task);
}

void accept_sweep(struct queue *q)
{
	struct why why;

	LIST_EACH(&q->acceptances, node) {
		struct acceptance *a = LIST_OF(node, struct acceptance, node);

		if (line_now(q) - a->posted < q->commit_timeout)
			return;
		if (a->late)
			continue;
		a->late = true;
		why_fail(&why, E_STORE, NULL);
		a->fn(E_STORE, &why, a->arg);
	}
}

