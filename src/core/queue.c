/*
 * The queue's memory and its log: which jobs are open, how a change of state
 * is recorded, what has expired, what a worker reported.
 *
 * Memory holds the open jobs in the order they will print; the store is the
 * log. Every change is made in memory first and recorded by the clerk, in
 * order, so that what is on disk is always a moment that really was.
 */
#include "core/queue_inside.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/sha.h"
#include "core/vigil.h"
#include "sys/clock.h"

/* A state change on its way to disk. */
struct record {
	struct task task;
	struct list node; /* of those that wait to be tried again */
	struct queue *queue;
	struct job job;   /* a snapshot, without its document */
	struct note note;
	bool noted;
	bool outrun;      /* a later state is on disk: only the note is missing */
	queue_fn *fn;
	void *arg;
};

static void on_sweep(void *arg);

struct queue *queue_create(struct platen *p)
{
	struct queue *q = mem_alloc(sizeof *q);

	q->platen = p;
	map_init(&q->jobs);
	list_init(&q->orphans);
	list_init(&q->acceptances);
	list_init(&q->cancels);
	list_init(&q->unwritten);
	q->sweep = timer_create_on(p->loop, on_sweep, q);
	random_bytes(&q->next_token, sizeof q->next_token);
	return q;
}

void queue_configure(struct queue *q, const struct daemon_block *o)
{
	q->jobs_max = (uint64_t)o->queue_jobs;
	q->bytes_max = (uint64_t)o->queue_bytes;
	q->resident_max = (uint64_t)o->resident_bytes;
	q->space_floor = (uint64_t)o->space_floor;
	q->commit_timeout = o->commit_timeout;
}

void queue_destroy(struct queue *q)
{
	size_t at = 0;
	struct str key;
	void *job;

	if (!q)
		return;
	while (map_next(&q->jobs, &at, &key, &job))
		job_destroy(job);
	map_finish(&q->jobs);
	LIST_EACH(&q->unwritten, node)
		free(LIST_OF(node, struct record, node));
	timer_destroy(q->sweep);
	free(q);
}

struct job *queue_find(struct queue *q, job_id id)
{
	return map_get(&q->jobs, job_key(&id));
}

void queue_totals(struct queue *q, struct queue_totals *out)
{
	accept_disk_low(q);
	*out = q->totals;
}

/* --- becoming and ceasing to be an open job ------------------------------- */

void queue_add(struct queue *q, struct job *job)
{
	map_put(&q->jobs, job_key(&job->id), job);
	if (job->lifetime)
		q->mortal++;
	if (job->doc)
		q->resident += job->doc->len;
	queue_watch(q);
}

void queue_uncount(struct queue *q, struct device *d, const struct job *job)
{
	q->totals.jobs--;
	q->totals.bytes -= job->size;
	if (d) {
		d->line.jobs--;
		d->line.bytes -= job->size;
	}
}

void queue_count(struct queue *q, struct device *d, const struct job *job)
{
	q->totals.jobs++;
	q->totals.bytes += job->size;
	if (d) {
		d->line.jobs++;
		d->line.bytes += job->size;
	}
}

void queue_forget(struct queue *q, struct job *job)
{
	if (job->node.next)
		list_remove(&job->node);
	if (job->device && job->device->line.active == job) {
		job->device->line.active = NULL;
		job->device->line.loading = false;
	}
	if (job->doc)
		q->resident -= job->doc->len;
	if (job->lifetime)
		q->mortal--;
	queue_uncount(q, job->device, job);
	map_remove(&q->jobs, job_key(&job->id));
	job_destroy(job);
}

/* --- recording ------------------------------------------------------------ */

struct note queue_note(const struct job *job, const char *what, const char *text)
{
	struct note n = { .job = job->id, .at = clock_wall(), .sent = job->sent };

	str_copy(n.what, sizeof n.what, str_of(what));
	str_copy(n.text, sizeof n.text, str_of(text ? text : ""));
	return n;
}

/* Whoever offered the job must be told what became of it. */
static bool owes_report(const struct job *job)
{
	return job->uplink[0] && (job_state_ended(job->state) || job->state == JOB_UNCONFIRMED);
}

/* In the same commit as the state, so that neither is ever without the other. */
static enum err put_report(const struct store_plug *plug, struct store *s, const struct job *job,
    struct why *why)
{
	char name[128];

	snprintf(name, sizeof name, "report/%s/%020lld/%s", job->uplink, (long long)job->id,
	    job_state_name(job->state));
	return plug->put_value(s, name, STR_NONE, why);
}

static enum err run_record(const struct store_plug *plug, struct store *s, struct task *t,
    struct why *why)
{
	struct record *r = CONTAINER_OF(t, struct record, task);
	enum err err = r->outrun ? E_OK : plug->update_job(s, &r->job, why);

	if (!err && r->noted)
		err = plug->put_note(s, &r->note, why);
	if (!err && owes_report(&r->job))
		err = put_report(plug, s, &r->job, why);
	return err;
}

void queue_publish(struct queue *q, const struct job *job)
{
	struct event e = { .kind = EVENT_JOB, .job = job };

	bus_publish(q->platen->bus, &e);
}

/* What could not be written is tried again until it can: as the job is by
 * then, or, when it has ended, as it ended. */
static void keep_unwritten(struct queue *q, struct record *r)
{
	log_error("store.update", "job %lld: its state \"%s\" could not be written: %s",
	    (long long)r->job.id, job_state_name(r->job.state), r->task.why.text);
	r->fn = NULL;
	list_append(&q->unwritten, &r->node);
	queue_watch(q);
}

static void on_recorded(struct task *t)
{
	struct record *r = CONTAINER_OF(t, struct record, task);
	struct queue *q = r->queue;

	q->recording--;
	if (!t->err && !r->outrun)
		queue_publish(q, &r->job);
	if (r->fn)
		r->fn(t->err, &t->why, r->arg);
	if (t->err)
		keep_unwritten(q, r);
	else
		free(r);
	queue_check_drained(q);
}

static void snapshot(struct record *r, const struct job *job)
{
	r->job = *job;
	r->job.doc = NULL;
	r->job.device = NULL;
}

static void write_again(struct queue *q)
{
	struct list again;

	if (line_now(q) < q->write_again_at)
		return;
	q->write_again_at = line_now(q) + WRITE_AGAIN_MS;
	list_init(&again);
	list_splice(&again, &q->unwritten);
	LIST_EACH(&again, node) {
		struct record *r = LIST_OF(node, struct record, node);
		const struct job *job = queue_find(q, r->job.id);

		list_remove(node);
		if (job)
			snapshot(r, job);
		else
			r->outrun = !job_state_ended(r->job.state);
		q->recording++;
		clerk_post(q->platen->clerk, &r->task);
	}
}

void queue_record(struct queue *q, const struct job *job, const struct note *note, queue_fn *fn,
    void *arg)
{
	struct record *r = mem_alloc(sizeof *r);

	r->task.run = run_record;
	r->task.done = on_recorded;
	r->queue = q;
	snapshot(r, job);
	if (note) {
		r->note = *note;
		r->noted = true;
	}
	r->fn = fn;
	r->arg = arg;
	q->recording++;
	clerk_post(q->platen->clerk, &r->task);
}

/* --- the sweep: late commits, expired jobs --------------------------------- */

static void expire(struct queue *q, struct job *job)
{
	struct device *d = job->device;

	settle_expired(q, job);
	if (d)
		line_run(q, d);
}

static bool may_expire(const struct job *job)
{
	bool waits = job->state == JOB_QUEUED || job->state == JOB_HELD ||
	    job->state == JOB_SCHEDULED;

	return job->lifetime && waits && job_expired(job);
}

/* Ending one job may start another, so the expired are gathered first. */
static void sweep_jobs(struct queue *q)
{
	job_id expired[64];
	size_t at = 0, count = 0;
	struct str key;
	void *value;

	if (!q->mortal)
		return;
	while (count < COUNT_OF(expired) && map_next(&q->jobs, &at, &key, &value))
		if (may_expire(value))
			expired[count++] = ((struct job *)value)->id;
	for (size_t i = 0; i < count; i++) {
		struct job *job = queue_find(q, expired[i]);

		if (job && may_expire(job))
			expire(q, job);
	}
}

static bool to_watch(const struct queue *q)
{
	return q->mortal || !list_empty(&q->acceptances) || !list_empty(&q->unwritten);
}

static void on_sweep(void *arg)
{
	struct queue *q = arg;

	accept_sweep(q);
	sweep_jobs(q);
	write_again(q);
	if (!to_watch(q))
		timer_disarm(q->sweep);
}

void queue_watch(struct queue *q)
{
	if (!timer_armed(q->sweep) && to_watch(q))
		timer_arm(q->sweep, SWEEP_MS, SWEEP_MS);
}

/* --- reports ---------------------------------------------------------------- */

void queue_report(struct queue *q, struct device *d, const struct report *r)
{
	struct job *job = queue_find(q, r->job);

	if (!job || d->line.active != job) {
		log_warn("queue.report", "%s: a report about job %lld, which is not on its wire",
		    d->name, (long long)r->job);
		return;
	}
	d->line.active = NULL;
	settle_outcome(q, d, job, &r->outcome);
	cancel_answer(q, r->job, r->outcome.err == E_CANCELLED);
	line_run(q, d);
	device_settle_gone(d);
	queue_check_drained(q);
}

void queue_begun(struct queue *q, struct device *d, const struct report *r)
{
	const struct job *job = queue_find(q, r->job);

	if (job && d->line.active == job)
		vigil_begun(q->platen->vigils, job);
}

void queue_reached(struct queue *q, struct device *d)
{
	d->line.retry_at = 0;
	line_run(q, d);
}

void queue_pause(struct queue *q, struct device *d, bool paused)
{
	d->line.paused = paused;
	if (!paused)
		line_run(q, d);
}

/* --- the end, and counters ------------------------------------------------------- */

static bool on_wire(const struct queue *q)
{
	LIST_EACH(&q->platen->devices.list, node)
		if (LIST_OF(node, struct device, node)->line.active)
			return true;
	return false;
}

void queue_check_drained(struct queue *q)
{
	void (*fn)(void *arg) = q->drained;

	if (!fn || q->recording || !list_empty(&q->acceptances) || on_wire(q))
		return;
	q->drained = NULL;
	fn(q->drained_arg);
}

void queue_drain(struct queue *q, void (*fn)(void *arg), void *arg)
{
	q->draining = true;
	q->drained = fn;
	q->drained_arg = arg;
	queue_check_drained(q);
}

void queue_counts(const struct queue *q, const struct device *d, struct line_counts *out)
{
	const struct line *l = &d->line;

	memset(out, 0, sizeof *out);
	LIST_EACH(&l->waiting, node) {
		const struct job *job = LIST_OF(node, struct job, node);

		if (job->state == JOB_HELD)
			out->delayed++;
		else
			out->waiting++;
		if (!out->oldest || job->created < out->oldest)
			out->oldest = job->created;
	}
	LIST_EACH(&l->scheduled, node)
		out->delayed++;
	LIST_EACH(&l->doubtful, node)
		out->unconfirmed++;
	out->active = l->active ? 1 : 0;
	out->failed = settle_failures(l) + out->unconfirmed;
	(void)q;
}
