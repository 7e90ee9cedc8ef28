/*
 * Whose turn it is: the order of a device's jobs and their dispatch.
 *
 * A line has one active job at most. The head is the first of: kinds that go
 * ahead (drawer pulses), then the higher priority, then the older place. A
 * failed job keeps its place, so it stays the head and the others wait behind
 * it; only a pulse that has not been tried yet does not wait for its retry.
 */
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "core/telemetry.h"
#include "core/queue_inside.h"
#include "core/vigil.h"
#include "sys/clock.h"

static void on_line_timer(void *arg)
{
	struct device *d = arg;

	line_run(d->platen->queue, d);
}

int64_t line_now(const struct queue *q)
{
	(void)q;
	return clock_mono();
}

void line_init(struct device *d)
{
	list_init(&d->line.waiting);
	list_init(&d->line.scheduled);
	list_init(&d->line.doubtful);
}

static bool before(const struct job *a, const struct job *b)
{
	bool a_ahead = job_kind_ahead(a->kind), b_ahead = job_kind_ahead(b->kind);

	if (a_ahead != b_ahead)
		return a_ahead;
	if (a->priority != b->priority)
		return a->priority > b->priority;
	return a->line < b->line;
}

void line_insert(struct line *l, struct job *job)
{
	struct list *at = l->waiting.prev;

	while (at != &l->waiting && before(job, LIST_OF(at, struct job, node)))
		at = at->prev;
	list_insert(at->next, &job->node);
}

void line_schedule(struct queue *q, struct device *d, struct job *job)
{
	struct list *at = d->line.scheduled.prev;

	while (at != &d->line.scheduled && LIST_OF(at, struct job, node)->run_at > job->run_at)
		at = at->prev;
	list_insert(at->next, &job->node);
	line_wait(q, d);
}

bool line_idle(const struct device *d)
{
	const struct line *l = &d->line;

	return !l->active && !l->accepting && !l->paused && !d->gone &&
	    list_empty(&l->waiting) && l->retry_at <= clock_mono() &&
	    d->condition.reach == REACH_ONLINE && condition_hold(d) == HOLD_NONE;
}

bool queue_busy(const struct device *d)
{
	return d->line.active || d->line.accepting || !list_empty(&d->line.waiting);
}

/* Scheduled jobs whose time has come join the end of the line. */
static void admit_due(struct queue *q, struct device *d)
{
	int64_t now = clock_wall();

	LIST_EACH(&d->line.scheduled, node) {
		struct job *job = LIST_OF(node, struct job, node);

		if (job->run_at > now)
			return;
		list_remove(node);
		job->state = JOB_QUEUED;
		job->line = ++q->last_id;
		line_insert(&d->line, job);
		queue_record(q, job, NULL, NULL, NULL);
	}
}

/* A pulse does not wait for the retry of others, but a second for the last pulse. */
int64_t line_starts_at(const struct line *l, const struct job *job)
{
	int64_t retry_at = job_kind_ahead(job->kind) && !job->attempts ? 0 : l->retry_at;

	if (job->kind != KIND_KICK || l->next_kick < retry_at)
		return retry_at;
	return l->next_kick;
}

/* The first that may start; pulses that have to wait hold up no paper. */
static struct job *head_of(struct line *l)
{
	int64_t now = clock_mono();

	LIST_EACH(&l->waiting, node) {
		struct job *job = LIST_OF(node, struct job, node);

		if (line_starts_at(l, job) <= now)
			return job;
		if (!job_kind_ahead(job->kind))
			return NULL;
	}
	return NULL;
}

/* When head_of has something again, from now; -1: never. */
static int64_t next_start(const struct line *l)
{
	int64_t now = clock_mono(), first = -1;

	LIST_EACH(&l->waiting, node) {
		const struct job *job = LIST_OF(node, struct job, node);
		int64_t delay = line_starts_at(l, job) - now;

		delay = delay > 0 ? delay : 0;
		first = first < 0 || delay < first ? delay : first;
		if (!job_kind_ahead(job->kind))
			break;
	}
	return first;
}

/* Sleep until the next retry or schedule, whichever is first. The wall clock
 * may be set, so a schedule is looked at once a minute at least. */
void line_wait(struct queue *q, struct device *d)
{
	struct line *l = &d->line;
	int64_t delay = next_start(l), due;

	if (!list_empty(&l->scheduled)) {
		due = LIST_OF(l->scheduled.next, struct job, node)->run_at - clock_wall();
		due = due < 60000 ? due : 60000;
		delay = delay < 0 || due < delay ? due : delay;
	}
	if (list_empty(&l->waiting) && list_empty(&l->scheduled)) {
		if (l->timer)
			timer_disarm(l->timer);
		return;
	}
	if (!l->timer)
		l->timer = timer_create_on(q->platen->loop, on_line_timer, d);
	timer_arm(l->timer, delay > 0 ? delay : 0, 0);
}

/* --- reading a document back ---------------------------------------------- */

struct load {
	struct task task;
	struct queue *queue;
	job_id job;
	struct document *doc;
};

static enum err run_load(const struct store_plug *plug, struct store *s, struct task *t,
    struct why *why)
{
	struct load *load = CONTAINER_OF(t, struct load, task);

	return plug->get_document(s, load->job, &load->doc, why);
}

static void fail_load(struct queue *q, struct job *job, const struct task *t)
{
	struct device *d = job->device;

	d->line.active = NULL;
	log_error("store.read", "job %lld: its document could not be read: %s",
	    (long long)job->id, t->why.text);
	if (t->err == E_DAMAGED || t->err == E_NOT_FOUND)
		settle_end(q, job, JOB_FAILED, E_DAMAGED, t->why.text, NULL);
	else
		settle_unread(q, job, &t->why);
	line_run(q, d);
}

static void on_loaded(struct task *t)
{
	struct load *load = CONTAINER_OF(t, struct load, task);
	struct queue *q = load->queue;
	struct job *job = queue_find(q, load->job);
	struct device *d = job ? job->device : NULL;

	if (!d || d->line.active != job || !d->line.loading) {
		document_release(load->doc); /* cancelled or moved meanwhile */
	} else if (t->err) {
		document_release(load->doc); /* read, but its group failed */
		d->line.loading = false;
		fail_load(q, job, t);
	} else {
		d->line.loading = false;
		job->doc = load->doc;
		q->resident += job->doc->len;
		line_send(q, d, job, false);
	}
	free(load);
}

static void line_load(struct queue *q, struct device *d, struct job *job)
{
	struct load *load = mem_alloc(sizeof *load);

	load->task.run = run_load;
	load->task.done = on_loaded;
	load->task.read_only = true;
	load->queue = q;
	load->job = job->id;
	job->state = JOB_QUEUED; /* nobody resolves it now */
	job->hold = HOLD_NONE;
	d->line.active = job;
	d->line.loading = true;
	clerk_post(q->platen->clerk, &load->task);
}

/* Documents beyond the memory allowed for waiting ones live on disk alone. */
static void evict(struct queue *q, struct device *d)
{
	if (q->resident <= q->resident_max)
		return;
	LIST_EACH(&d->line.waiting, node) {
		struct job *job = LIST_OF(node, struct job, node);

		if (!job->doc)
			continue;
		q->resident -= job->doc->len;
		document_release(job->doc);
		job->doc = NULL;
	}
}

/* --- dispatch --------------------------------------------------------------- */

struct mark {
	struct queue *queue;
	job_id job;
	unsigned attempt;
};

/* An attempt may fail before its mark is on disk; the late mark must not open
 * the next attempt, whose own is still on its way. */
static void on_marked(enum err err, const struct why *why, void *arg)
{
	struct mark *m = arg;
	struct job *job = queue_find(m->queue, m->job);

	(void)why;
	if (job && job->attempts == m->attempt && job->device && job->device->worker)
		worker_mark(job->device->worker, m->job, err == E_OK);
	free(m);
}

static void write_mark(struct queue *q, struct job *job)
{
	struct mark *m = mem_alloc(sizeof *m);

	m->queue = q;
	m->job = job->id;
	m->attempt = job->attempts;
	queue_record(q, job, NULL, on_marked, m);
}

static int64_t begin_deadline(const struct job *job)
{
	return job->lifetime ? clock_mono() + job->lifetime - job_age(job) : -1;
}

/*
 * The printer has said that it cannot print: the head waits for its next word,
 * and people see why. A pulse needs no paper.
 */
static bool must_wait(struct queue *q, struct device *d, struct job *job)
{
	enum hold hold = condition_hold(d);

	if (hold == HOLD_NONE || job_kind_ahead(job->kind))
		return false;
	if (job->state != JOB_HELD || job->hold != hold) {
		job->state = JOB_HELD;
		job->hold = hold;
		queue_record(q, job, NULL, NULL, NULL);
	}
	return true;
}

static void give_token(struct queue *q, struct order *o)
{
	static const char alphabet[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
	uint64_t n = q->next_token++;

	for (size_t i = 0; i < sizeof o->token; i++, n /= sizeof alphabet - 1)
		o->token[i] = alphabet[n % (sizeof alphabet - 1)];
}

/* `marked`: "sending" is on disk already. Otherwise the mark is written while
 * the worker connects. */
void line_send(struct queue *q, struct device *d, struct job *job, bool marked)
{
	struct order *o = order_create(ORDER_PRINT);

	d->line.active = job;
	job->hold = HOLD_NONE;
	if (!marked) {
		job->state = JOB_SENDING;
		job->attempts++;
		job->sent = 0;
		write_mark(q, job);
	}
	o->job_kind = job->kind;
	o->job = job->id;
	o->marked = marked;
	o->announce = vigil_minds(q->platen->vigils, job->id);
	o->doc = job->doc ? document_ref(job->doc) : NULL;
	o->ticket = job->ticket;
	o->deadline = begin_deadline(job);
	if (job->kind == KIND_PRINT)
		o->proof = condition_proof(d, job->ticket.exact);
	o->proof_timeout = d->settings.confirm_timeout;
	give_token(q, o);
	worker_post(d->worker, o);
}

static bool has_document(const struct job *job)
{
	return job->doc || job->kind != KIND_PRINT;
}

void line_run(struct queue *q, struct device *d)
{
	struct line *l = &d->line;
	struct job *job;

	if (q->draining || d->gone || !d->worker)
		return;
	admit_due(q, d);
	if (l->active || l->paused)
		return;
	job = head_of(l);
	if (!job) {
		line_wait(q, d);
		return;
	}
	if (must_wait(q, d, job))
		return;
	list_remove(&job->node);
	if (has_document(job))
		line_send(q, d, job, false);
	else
		line_load(q, d, job);
	evict(q, d);
}
