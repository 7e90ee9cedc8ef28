/*
 * A drawer pulse whose answer waits for its end: the client hears whether the
 * bytes left, not whether they were queued.
 */
#include "core/audit.h"
#include "core/desk_inside.h"
#include "core/vigil.h"

/* Beyond the pulse's lifetime: what an attempt may still take. */
#define EXTRA_MS 15000

/* Nothing was tried: the wire was not free. Something was: nobody answered. */
static enum err error_of(const struct job *job)
{
	if (job->state == JOB_FAILED && job->err == E_UNCONFIRMED)
		return E_KICK_UNKNOWN;
	if (job->attempts == 0)
		return E_WIRE_BUSY;
	return E_KICK_OFFLINE;
}

static void on_decided(const struct job *job, void *arg)
{
	struct errand *e = arg;
	struct reply r = { .job = job };

	if (!job || !job_state_ended(job->state))
		errand_fail(e, E_KICK_UNKNOWN, NULL); /* it took too long, or we go down */
	else if (job->state == JOB_DONE)
		errand_reply(e, &r);
	else if (error_of(job) == E_KICK_UNKNOWN)
		errand_fail(e, E_KICK_UNKNOWN, NULL);
	else
		errand_fail_open(e, error_of(job));
}

static void on_committed(enum err err, const struct why *why, void *arg)
{
	static const struct vigil_calls calls = { .decided = on_decided };
	struct errand *e = arg;

	if (err)
		errand_fail(e, err, why);
	else
		vigil_begin(e->q->platen->vigils, e->q->job, e->q->await_ms, &calls, e);
}

/* With a key, a pulse that may have left is never sent by a repeat. */
void verb_kick(struct errand *e)
{
	struct request *q = e->q;
	struct job *job = q->draft;
	struct why why;
	enum err err = queue_admit(q->platen->queue, q->device, job, &why);

	if (err) {
		errand_fail(e, err, &why);
		return;
	}
	if (q->entry)
		audit_job(q->platen->audit, q->entry, job, NULL);
	q->draft = NULL;
	q->job = job->id;
	q->await_ms = job->lifetime + EXTRA_MS;
	queue_commit(q->platen->queue, job, errand_idem_doubt(e, E_KICK_UNKNOWN, job->id),
	    on_committed, e);
}
