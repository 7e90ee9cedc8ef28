/*
 * Verbs about jobs: submit, list, show, cancel, resolve, reprint.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "core/audit.h"
#include "core/desk_inside.h"
#include "core/front.h"
#include "core/lang.h"
#include "core/session.h"
#include "core/vigil.h"

/* --- submit --------------------------------------------------------------------- */

static enum err judge_finding(const struct request *q, const struct finding *f, struct why *why)
{
	const struct caller *c = q->caller;

	if (!(c->allow & CAP_RAW)) {
		if (f->refused)
			return why_fail(why, E_COMMAND, "Command not allowed: %s", f->refused);
		if (f->unknown && q->device->settings.refuse_unknown)
			return why_fail(why, E_COMMAND, "Command not allowed: %s", f->unknown);
	}
	if (f->drawer && !(c->allow & CAP_DRAWER))
		return why_fail(why, E_NOT_ALLOWED, "Not allowed: drawer");
	return E_OK;
}

/* The byte policy: what a client's own device bytes may do. */
static enum err judge_bytes(const struct request *q, struct why *why)
{
	const struct language *lang = q->device->settings.language;
	struct finding f = { 0 };

	if (!q->raw_bytes || !q->draft->doc || !lang->takes(q->draft->doc->type))
		return E_OK;
	if (!lang->examine)
		return q->caller->allow & CAP_RAW ? E_OK
		    : why_fail(why, E_NOT_ALLOWED, "Not allowed: raw");
	lang->examine(q->draft->doc, &f);
	return judge_finding(q, &f, why);
}

/* As its own bytes, or drawn by the renderer for a language that can put dots on paper. */
static bool can_print(const struct request *q, const char *type)
{
	const struct language *lang = q->device->settings.language;
	const struct renderer *renderer = q->platen->renderer;

	return lang->takes(type) || (lang->compose && renderer && renderer->takes(type));
}

/* What a ticket asks for besides print. */
static enum err judge_ticket(const struct request *q, struct why *why)
{
	struct ticket *t = &q->draft->ticket;
	bool may = q->caller->allow & CAP_DRAWER;

	t->drawer_allowed = may && q->draft->doc &&
	    !q->device->settings.language->takes(q->draft->doc->type);
	if (t->open_drawer && !may)
		return why_fail(why, E_NOT_ALLOWED, "Not allowed: drawer");
	return E_OK;
}

enum err submit_check(const struct request *q, struct why *why)
{
	const struct job *job = q->draft;

	if (!q->device)
		return why_fail(why, E_NOT_FOUND, "There is no printer of this name");
	if (!access_printer(q->caller, q->device->name))
		return why_fail(why, E_NOT_ALLOWED, "Not allowed: printer %s", q->device->name);
	if (job->doc && !can_print(q, job->doc->type))
		return why_field(why, "Content-Type", E_MEDIA, "%s does not print %s",
		    q->device->name, job->doc->type);
	enum err err = judge_ticket(q, why);
	return err ? err : judge_bytes(q, why);
}

static void on_committed(enum err err, const struct why *why, void *arg)
{
	struct errand *e = arg;
	struct reply r = { .job = e->q->draft };

	if (err)
		errand_fail(e, err, why);
	else if (e->q->await_ms)
		errand_await(e, e->q->draft->id);
	else
		errand_reply(e, &r);
}

/*
 * The answer speaks of the job as it was accepted; the queue owns the job from
 * queue_commit on, so the errand keeps a snapshot of it in the request.
 */
void verb_submit(struct errand *e)
{
	struct request *q = e->q;
	struct reply r = { .job = q->draft };
	struct job *job = q->draft, *snapshot;
	struct idem *idem;
	struct why why;
	enum err err;

	if ((err = submit_check(q, &why)) ||
	    (q->device->transient && (err = device_keep(&q->device, &why))) ||
	    (err = queue_admit(q->platen->queue, q->device, job, &why))) {
		errand_fail(e, err, &why);
		return;
	}
	if (q->entry)
		audit_job(q->platen->audit, q->entry, job, job->doc);
	snapshot = mem_alloc(sizeof *snapshot);
	*snapshot = *job;
	snapshot->doc = NULL;
	snapshot->node.prev = snapshot->node.next = NULL;
	idem = q->await_ms ? errand_idem_job(e, job->id) : errand_idem(e, &r, job->id);
	q->draft = snapshot;
	queue_commit(q->platen->queue, job, idem, on_committed, e);
}

/* --- reading -------------------------------------------------------------------- */

#define NOTES_MAX 200

struct reading {
	struct task task;
	struct errand *errand;
	struct job *jobs;
	size_t job_count;
	struct note *notes;
	size_t note_count;
	struct document *doc;
	unsigned limit;
};

static void collect_job(const struct job *job, void *arg)
{
	struct reading *r = arg;

	if (r->job_count < r->limit)
		r->jobs[r->job_count++] = *job;
}

static void collect_note(const struct note *n, void *arg)
{
	struct reading *r = arg;

	if (r->note_count < NOTES_MAX)
		r->notes[r->note_count++] = *n;
}

static void reading_finish(struct reading *r)
{
	free(r->jobs);
	free(r->notes);
	document_release(r->doc);
	free(r);
}

static void post_reading(struct errand *e, unsigned limit, task_run *run, task_done *done)
{
	struct reading *r = mem_alloc(sizeof *r);

	r->task.run = run;
	r->task.done = done;
	r->task.read_only = true;
	r->errand = e;
	r->limit = limit;
	r->jobs = mem_array(limit, sizeof *r->jobs);
	clerk_post(e->q->platen->clerk, &r->task);
}

static enum err run_jobs(const struct store_plug *plug, struct store *s, struct task *t,
    struct why *why)
{
	struct reading *r = CONTAINER_OF(t, struct reading, task);

	return plug->each_job(s, &r->errand->q->query, collect_job, r, why);
}

static void on_jobs(struct task *t)
{
	struct reading *r = CONTAINER_OF(t, struct reading, task);
	struct reply reply = { .jobs = r->jobs, .job_count = r->job_count };
	size_t kept = 0;

	if (r->job_count == r->limit)
		reply.before = r->jobs[r->job_count - 1].id;
	for (size_t i = 0; i < r->job_count; i++)
		if (access_printer(r->errand->q->caller, r->jobs[i].printer))
			r->jobs[kept++] = r->jobs[i];
	reply.job_count = kept;
	if (t->err)
		errand_fail(r->errand, t->err, &t->why);
	else
		errand_reply(r->errand, &reply);
	reading_finish(r);
}

void verb_jobs(struct errand *e)
{
	if (e->q->needle.len)
		desk_search(e);
	else
		post_reading(e, e->q->query.limit, run_jobs, on_jobs);
}

static enum err run_job(const struct store_plug *plug, struct store *s, struct task *t,
    struct why *why)
{
	struct reading *r = CONTAINER_OF(t, struct reading, task);
	enum err err = plug->get_job(s, r->errand->q->job, r->jobs, why);

	r->notes = mem_array(NOTES_MAX, sizeof *r->notes);
	return err ? err : plug->each_note(s, r->errand->q->job, collect_note, r, why);
}

static void fail_reading(struct reading *r)
{
	struct why why;

	if (r->task.err == E_NOT_FOUND)
		why_fail(&why, E_NOT_FOUND, "There is no such job");
	else
		why = r->task.why;
	errand_fail(r->errand, r->task.err, &why);
}

static bool visible(struct reading *r)
{
	if (!r->task.err && !access_printer(r->errand->q->caller, r->jobs[0].printer))
		r->task.err = E_NOT_FOUND;
	return !r->task.err;
}

static void on_job(struct task *t)
{
	struct reading *r = CONTAINER_OF(t, struct reading, task);
	struct reply reply = { .job = r->jobs, .notes = r->notes, .note_count = r->note_count };

	if (visible(r))
		errand_reply(r->errand, &reply);
	else
		fail_reading(r);
	reading_finish(r);
}

void verb_job(struct errand *e)
{
	post_reading(e, 1, run_job, on_job);
}

/* --- cancel, resolve --------------------------------------------------------------- */

static enum err run_get(const struct store_plug *plug, struct store *s, struct task *t,
    struct why *why)
{
	struct reading *r = CONTAINER_OF(t, struct reading, task);

	return plug->get_job(s, r->errand->q->job, r->jobs, why);
}

static void answer_now(struct task *t)
{
	struct reading *r = CONTAINER_OF(t, struct reading, task);
	struct reply reply = { .job = r->jobs, .replayed = r->errand->replayed };

	if (visible(r))
		errand_reply(r->errand, &reply);
	else
		fail_reading(r);
	reading_finish(r);
}

/* The job as it is now is the answer. */
static void on_changed(enum err err, const struct why *why, void *arg)
{
	struct errand *e = arg;

	if (err)
		errand_fail(e, err, why);
	else
		post_reading(e, 1, run_get, answer_now);
}

/* --- awaiting ----------------------------------------------------------------------- */

static void on_decided(const struct job *job, void *arg)
{
	struct errand *e = arg;
	struct reply r = { .job = job, .replayed = e->replayed };

	if (job)
		errand_reply(e, &r);
	else if (e->q->platen->draining)
		errand_leave(e);
	else
		post_reading(e, 1, run_get, answer_now); /* it ended before we looked */
}

static void on_progress(const struct job *job, void *arg)
{
	const struct request *q = ((struct errand *)arg)->q;
	struct buf out;

	buf_init(&out, 65536);
	q->dialect->messages->progress(q, job, &out);
	session_say(q->session, buf_str(&out));
	buf_finish(&out);
}

static void on_begun(const struct job *job, void *arg)
{
	const struct request *q = ((struct errand *)arg)->q;
	struct buf out;

	buf_init(&out, 65536);
	q->dialect->messages->begun(q, job, &out);
	session_say(q->session, buf_str(&out));
	buf_finish(&out);
}

void errand_await(struct errand *e, job_id id)
{
	struct request *q = e->q;
	bool told = q->session && q->dialect->messages->progress;
	struct vigil_calls calls = {
		.decided = on_decided,
		.changed = told ? on_progress : NULL,
		.begun = q->session && q->begun ? on_begun : NULL,
	};

	q->job = id;
	vigil_begin(q->platen->vigils, id, q->await_ms ? q->await_ms : -1, &calls, e);
}

/* Whoever submitted a job may follow it, others need the right to see it. */
static bool may_follow(const struct caller *c, const struct job *job)
{
	return !strcmp(job->caller, c->principal) ||
	    (c->allow & CAP_STATUS && access_printer(c, job->printer));
}

static void on_ended_before(struct task *t)
{
	struct reading *r = CONTAINER_OF(t, struct reading, task);
	struct reply reply = { .job = r->jobs };

	if (!t->err && !may_follow(r->errand->q->caller, r->jobs))
		t->err = E_NOT_FOUND;
	if (t->err)
		fail_reading(r);
	else
		errand_reply(r->errand, &reply);
	reading_finish(r);
}

void verb_follow(struct errand *e)
{
	const struct job *job = queue_find(e->q->platen->queue, e->q->job);

	if (job && may_follow(e->q->caller, job))
		errand_await(e, job->id);
	else
		post_reading(e, 1, run_get, on_ended_before);
}

/* Not open any more: say whether it ended or never was. */
static void on_not_open(struct task *t)
{
	struct reading *r = CONTAINER_OF(t, struct reading, task);

	if (visible(r)) {
		struct reply reply = { .err = E_CONFLICT, .job = r->jobs };

		why_fail(&reply.why, E_CONFLICT, "The job has ended: %s",
		    job_state_name(r->jobs[0].state));
		errand_reply(r->errand, &reply);
	} else {
		fail_reading(r);
	}
	reading_finish(r);
}

static bool find_open(struct errand *e)
{
	const struct job *job = queue_find(e->q->platen->queue, e->q->job);

	if (job && access_printer(e->q->caller, job->printer))
		return true;
	post_reading(e, 1, run_get, on_not_open);
	return false;
}

void verb_cancel(struct errand *e)
{
	struct request *q = e->q;

	if (find_open(e))
		queue_cancel(q->platen->queue, q->job, q->caller->principal, on_changed, e);
}

void verb_resolve(struct errand *e)
{
	struct request *q = e->q;

	if (find_open(e))
		queue_resolve(q->platen->queue, q->job, q->action, q->caller->principal,
		    on_changed, e);
}

/* --- reprint: a new job from an ended one --------------------------------------------- */

static enum err run_copy(const struct store_plug *plug, struct store *s, struct task *t,
    struct why *why)
{
	struct reading *r = CONTAINER_OF(t, struct reading, task);
	enum err err = plug->get_job(s, r->errand->q->job, r->jobs, why);

	if (err)
		return err;
	err = plug->get_document(s, r->errand->q->job, &r->doc, why);
	return err == E_NOT_FOUND ? why_fail(why, E_GONE, NULL) : err;
}

static bool own_bytes(const struct document *doc)
{
	return doc && (!strcmp(doc->type, TYPE_ESCPOS) || !strcmp(doc->type, TYPE_RAW));
}

/* Somebody sends again what he sees in the viewer: text says that it is a copy, a
 * printer's own bytes stay as they are. */
static void mark_resent(struct job *job, const struct job *old)
{
	bool bytes = own_bytes(job->doc);

	job->resend_of = old->id;
	str_copy(job->ticket.banner, sizeof job->ticket.banner,
	    bytes ? STR_NONE : STR("*** REPRINT ***"));
	job->ticket.open_drawer = false;
}

static struct job *copy_of(const struct job *old, struct document *doc, const char *caller)
{
	struct job *job = job_create(old->kind);

	job->priority = old->priority;
	job->on_doubt = old->on_doubt;
	job->ticket = old->ticket;
	job->doc = document_ref(doc);
	snprintf(job->ticket.banner, sizeof job->ticket.banner, "COPY OF JOB %lld",
	    (long long)old->id);
	snprintf(job->title, sizeof job->title, "%.100s (copy)", old->title);
	str_copy(job->dialect, sizeof job->dialect, str_of(old->dialect));
	str_copy(job->caller, sizeof job->caller, str_of(caller));
	return job;
}

/* Why it cannot be printed again; E_OK: it can. */
static enum err judge_copy(const struct reading *r, struct why *why)
{
	const struct request *q = r->errand->q;
	const struct job *old = r->jobs;

	if (!q->resend && !job_state_ended(old->state))
		return why_fail(why, E_CONFLICT, "The job has not ended; resolve or cancel it");
	if (old->kind != KIND_PRINT)
		return why_fail(why, E_CONFLICT, "Only a print job can be printed again");
	if (q->resend && own_bytes(r->doc) && !(q->caller->allow & CAP_RAW))
		return why_fail(why, E_NOT_ALLOWED, "Not allowed: raw");
	return E_OK;
}

static void submit_copy(struct reading *r)
{
	struct errand *e = r->errand;
	struct request *q = e->q;

	if (!q->device)
		q->device = device_find(&q->platen->devices, str_of(r->jobs[0].printer));
	q->draft = copy_of(r->jobs, r->doc, q->caller->principal);
	if (q->resend) {
		mark_resent(q->draft, r->jobs);
		str_copy(q->draft->dialect, sizeof q->draft->dialect, str_of(q->dialect->name));
	}
	q->raw_bytes = true;
	verb_submit(e);
}

static void on_copied(struct task *t)
{
	struct reading *r = CONTAINER_OF(t, struct reading, task);
	struct why why;

	if (!visible(r))
		fail_reading(r);
	else if (judge_copy(r, &why))
		errand_fail(r->errand, why.err, &why);
	else
		submit_copy(r);
	reading_finish(r);
}

void verb_reprint(struct errand *e)
{
	post_reading(e, 1, run_copy, on_copied);
}
