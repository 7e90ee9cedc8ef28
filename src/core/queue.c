/*
 * What others ask of the queue: admit, commit, cancel, resolve, recover, drain.
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

/* A state change on its way to disk. */
struct record {
	struct task task;
	struct queue *queue;
	struct job job;   /* a snapshot, without its document */
	struct note note;
	bool noted;
	queue_fn *fn;
	void *arg;
};

/* Somebody waits for the job on the wire to stop. */
struct cancel {
	struct list node;
	job_id job;
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
	q->sweep = timer_create_on(p->loop, on_sweep, q);
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
	timer_destroy(q->sweep);
	free(q);
}

struct job *queue_find(struct queue *q, job_id id)
{
	return map_get(&q->jobs, job_key(&id));
}

void queue_totals(const struct queue *q, struct queue_totals *out)
{
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

static void uncount(struct queue *q, struct device *d, const struct job *job)
{
	q->totals.jobs--;
	q->totals.bytes -= job->size;
	if (d) {
		d->line.jobs--;
		d->line.bytes -= job->size;
	}
}

static void count(struct queue *q, struct device *d, const struct job *job)
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
	if (job->device && job->device->line.active == job)
		job->device->line.active = NULL;
	if (job->doc)
		q->resident -= job->doc->len;
	if (job->lifetime)
		q->mortal--;
	uncount(q, job->device, job);
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

static enum err run_record(const struct store_plug *plug, struct store *s, struct task *t,
    struct why *why)
{
	struct record *r = CONTAINER_OF(t, struct record, task);
	enum err err = plug->update_job(s, &r->job, why);

	if (!err && r->noted)
		err = plug->put_note(s, &r->note, why);
	return err;
}

static void publish_job(struct queue *q, const struct job *job)
{
	struct event e = { .kind = EVENT_JOB, .job = job };

	bus_publish(q->platen->bus, &e);
}

static void on_recorded(struct task *t)
{
	struct record *r = CONTAINER_OF(t, struct record, task);
	struct queue *q = r->queue;

	q->recording--;
	if (t->err)
		log_error("store.update", "job %lld: its state \"%s\" could not be written: %s",
		    (long long)r->job.id, job_state_name(r->job.state), t->why.text);
	else
		publish_job(q, &r->job);
	if (r->fn)
		r->fn(t->err, &t->why, r->arg);
	free(r);
	queue_check_drained(q);
}

void queue_record(struct queue *q, const struct job *job, const struct note *note, queue_fn *fn,
    void *arg)
{
	struct record *r = mem_alloc(sizeof *r);

	r->task.run = run_record;
	r->task.done = on_recorded;
	r->queue = q;
	r->job = *job;
	r->job.doc = NULL;
	r->job.device = NULL;
	if (note) {
		r->note = *note;
		r->noted = true;
	}
	r->fn = fn;
	r->arg = arg;
	q->recording++;
	clerk_post(q->platen->clerk, &r->task);
}

/* --- admission ------------------------------------------------------------ */

/* The floor is the configured one or 5 percent of the disk, the larger, but no
 * more than 1 GiB. Looked at once a second. */
static bool disk_low(struct queue *q)
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
	if (disk_low(q)) {
		q->totals.refused_disk++;
		return why_fail(why, E_DISK, NULL);
	}
	if (full) {
		q->totals.refused_full++;
		return why_fail(why, E_QUEUE_FULL, NULL);
	}
	if (job->kind == KIND_KICK && l->last_kick && line_now(q) - l->last_kick < 1000)
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
	count(q, d, job);
	d->last_used = job->created;
	if (job->kind == KIND_KICK) {
		d->line.last_kick = line_now(q);
		q->totals.kicks++;
	}
	return E_OK;
}

static enum err run_acceptance(const struct store_plug *plug, struct store *s, struct task *t,
    struct why *why)
{
	struct acceptance *a = CONTAINER_OF(t, struct acceptance, task);
	enum err err = plug->put_job(s, a->job, why);

	if (!err && a->idem)
		err = plug->put_idem(s, a->idem, why);
	return err;
}

static void refuse_acceptance(struct acceptance *a)
{
	struct queue *q = a->queue;

	if (a->device->line.active == a->job)
		a->device->line.active = NULL;
	uncount(q, a->device, a->job);
	if (!a->late)
		a->fn(a->task.err, &a->task.why, a->arg);
	line_run(q, a->device);
	job_destroy(a->job);
}

/* Too late: the client was told no, so the job must not print. */
static void revoke(struct queue *q, struct job *job)
{
	struct note note = queue_note(job, "revoked", "its commit came after the time-out");

	settle_end(q, job, JOB_CANCELLED, E_STORE, err_text(E_STORE), &note);
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

/* Waits, without a device, for one of its printer's name. */
void queue_orphan(struct queue *q, struct job *job)
{
	if (job->node.next)
		list_remove(&job->node);
	if (job->device) {
		job->device->line.jobs--;
		job->device->line.bytes -= job->size;
		if (job->device->line.active == job)
			job->device->line.active = NULL;
	}
	job->device = NULL;
	if (job->state == JOB_SENDING)
		job->state = JOB_QUEUED;
	list_append(&q->orphans, &job->node);
}

static void on_accepted(struct task *t)
{
	struct acceptance *a = CONTAINER_OF(t, struct acceptance, task);
	struct queue *q = a->queue;
	struct device *d = a->device;
	struct job *job = a->job;

	list_remove(&a->node);
	d->line.accepting--;
	if (t->err) {
		refuse_acceptance(a);
	} else if (a->late) {
		queue_add(q, job);
		revoke(q, job);
		line_run(q, d);
	} else {
		q->totals.accepted++;
		queue_add(q, job);
		a->fn(E_OK, NULL, a->arg);
		publish_job(q, job);
		enter_line(q, d, job);
	}
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
	if (job->state == JOB_QUEUED && line_idle(d)) {
		job->state = JOB_SENDING;
		job->attempts = 1;
		d->line.active = job;
	}
	d->line.accepting++;
	list_append(&q->acceptances, &a->node);
	queue_watch(q);
	clerk_post(q->platen->clerk, &a->task);
}

/* --- the sweep: late commits, expired jobs --------------------------------- */

static void sweep_acceptances(struct queue *q)
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

static void expire(struct queue *q, struct job *job)
{
	const char *reason = job->kind == KIND_KICK ? "Drawer pulse expired" : err_text(E_EXPIRED);
	struct device *d = job->device;

	if (d && job->kind == KIND_KICK)
		str_copy(d->condition.last_error, sizeof d->condition.last_error, str_of(reason));
	settle_end(q, job, JOB_EXPIRED, E_EXPIRED, reason, NULL);
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

static void on_sweep(void *arg)
{
	struct queue *q = arg;

	sweep_acceptances(q);
	sweep_jobs(q);
	if (list_empty(&q->acceptances) && !q->mortal)
		timer_disarm(q->sweep);
}

void queue_watch(struct queue *q)
{
	if (!timer_armed(q->sweep) && (q->mortal || !list_empty(&q->acceptances)))
		timer_arm(q->sweep, SWEEP_MS, SWEEP_MS);
}

/* --- cancel and resolve ---------------------------------------------------- */

static void refuse(enum err err, const char *text, queue_fn *fn, void *arg)
{
	struct why why;

	why_fail(&why, err, "%s", text);
	fn(err, &why, arg);
}

static void cancel_waiting(struct queue *q, struct job *job, const char *caller, queue_fn *fn,
    void *arg)
{
	struct note note = queue_note(job, "cancelled", caller);
	struct device *d = job->device;

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
static void answer_cancels(struct queue *q, job_id id, bool cancelled)
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

static void resolve_reprint(struct queue *q, struct job *job)
{
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
	job->hold = HOLD_NONE;
	resolutions[action].apply(q, job);
	note.number = action == RESOLVE_REPRINT ? job->reprints : 0;
	queue_record(q, job, &note, fn, arg);
	if (job_state_ended(job->state))
		queue_forget(q, job);
	if (d)
		line_run(q, d);
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
	answer_cancels(q, r->job, r->outcome.err == E_CANCELLED);
	line_run(q, d);
	device_settle_gone(d);
	queue_check_drained(q);
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

/* --- start, devices that come and go, end ------------------------------------- */

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
	d = device_find(&q->platen->devices, str_of(job->printer));
	if (d)
		adopt(q, d, job);
	else
		list_append(&q->orphans, &job->node);
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
	LIST_EACH(&q->platen->devices.list, node)
		line_run(q, LIST_OF(node, struct device, node));
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

		if (strcmp(job->printer, d->name) != 0)
			continue;
		list_remove(node);
		adopt(q, d, job);
	}
	line_run(q, d);
}

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
	int64_t day_ago = clock_wall() - 86400000;
	size_t rings = l->failure_count < COUNT_OF(l->failures) ? l->failure_count
							   : COUNT_OF(l->failures);

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
	for (size_t i = 0; i < rings; i++)
		out->failed += l->failures[i] > day_ago;
	out->failed += out->unconfirmed;
	(void)q;
}
