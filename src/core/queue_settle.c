/*
 * What becomes of a job after an attempt: done, retry, hold, fail, or the
 * owner's policy when nobody knows.
 */
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "core/telemetry.h"
#include "core/queue_inside.h"
#include "sys/clock.h"

void settle_failure(struct line *l, int64_t wall)
{
	int64_t slot = wall / FAILURE_SLOT_MS;
	struct failures *f = &l->failures[slot % FAILURE_SLOTS];

	if (f->slot > slot || slot <= clock_wall() / FAILURE_SLOT_MS - FAILURE_SLOTS)
		return; /* older than a day */
	if (f->slot < slot)
		*f = (struct failures){ .slot = slot };
	f->count++;
}

unsigned settle_failures(const struct line *l)
{
	int64_t oldest = clock_wall() / FAILURE_SLOT_MS - FAILURE_SLOTS;
	unsigned count = 0;

	for (size_t i = 0; i < FAILURE_SLOTS; i++)
		count += l->failures[i].slot > oldest ? l->failures[i].count : 0;
	return count;
}

static void count_end(struct queue *q, struct job *job)
{
	uint64_t *counters[JOB_STATES] = {
		[JOB_DONE] = &q->totals.done,
		[JOB_FAILED] = &q->totals.failed,
		[JOB_EXPIRED] = &q->totals.expired,
		[JOB_CANCELLED] = &q->totals.cancelled,
	};

	++*counters[job->state];
	if (job->device && (job->state == JOB_FAILED || job->state == JOB_EXPIRED))
		settle_failure(&job->device->line, job->ended);
}

void settle_end(struct queue *q, struct job *job, enum job_state state, enum err err,
    const char *reason, const struct note *note)
{
	job->state = state;
	job->hold = state == JOB_EXPIRED ? job->hold : HOLD_NONE;
	job->err = err;
	job->ended = clock_wall();
	if (reason != job->reason)
		str_copy(job->reason, sizeof job->reason, str_of(reason ? reason : ""));
	count_end(q, job);
	if (err)
		log_info("job.end", "job %lld for %s: %s: %s", (long long)job->id, job->printer,
		    job_state_name(state), job->reason);
	queue_record(q, job, note, NULL, NULL);
	queue_forget(q, job);
}

/* What it waited for: the printer's own word, what kept the head of its line, or, if it was
 * on its way itself, the connection. HOLD_NONE: others were in front. */
static enum hold waited_for(const struct job *job)
{
	const struct device *d = job->device;
	enum hold hold = d ? condition_hold(d) : HOLD_OFFLINE;

	if (hold != HOLD_NONE)
		return hold;
	if (job->state == JOB_SENDING || d->condition.reach == REACH_OFFLINE)
		return HOLD_OFFLINE;
	if (job->hold != HOLD_NONE || list_empty(&d->line.waiting))
		return job->hold;
	return LIST_OF(d->line.waiting.next, struct job, node)->hold;
}

void settle_expired(struct queue *q, struct job *job)
{
	const char *reason = job->kind == KIND_KICK ? "Drawer pulse expired" : err_text(E_EXPIRED);
	struct device *d = job->device;

	if (d && job->kind == KIND_KICK)
		str_copy(d->condition.last_error, sizeof d->condition.last_error, str_of(reason));
	job->hold = waited_for(job);
	settle_end(q, job, JOB_EXPIRED, E_EXPIRED, reason, NULL);
}

/* Back to its place in the line, with a reason and a pause. */
static void wait_again(struct queue *q, struct job *job, enum hold hold,
    const struct note *note)
{
	struct device *d = job->device;

	job->state = JOB_HELD;
	job->hold = hold;
	if (job->node.next)
		list_remove(&job->node);
	if (d && !d->gone) {
		d->line.retry_at = line_now(q) + d->settings.retry_delay;
		line_insert(&d->line, job);
	} else {
		queue_orphan(q, job);
	}
	queue_record(q, job, note, NULL, NULL);
}

void settle_unread(struct queue *q, struct job *job, const struct why *why)
{
	job->err = why->err;
	str_copy(job->reason, sizeof job->reason, str_of(why->text));
	wait_again(q, job, HOLD_RETRY, NULL);
}

static void set_aside(struct queue *q, struct job *job, const struct note *note)
{
	job->state = JOB_UNCONFIRMED;
	job->hold = HOLD_DOUBT;
	q->totals.unconfirmed++;
	if (job->node.next)
		list_remove(&job->node);
	if (job->device && !job->device->gone)
		list_append(&job->device->line.doubtful, &job->node);
	else
		queue_orphan(q, job);
	log_warn("job.unconfirmed", "job %lld for %s: nobody knows whether it was printed (%s)",
	    (long long)job->id, job->printer, job->reason);
	queue_record(q, job, note, NULL, NULL);
}

static void reprint(struct queue *q, struct job *job)
{
	struct device *d = job->device;
	struct note note = queue_note(job, "reprint", job->reason);
	int64_t limit = d ? d->settings.reprint_limit : 3;

	if (job->reprints >= limit) {
		note = queue_note(job, "reprint limit", job->reason);
		set_aside(q, job, &note);
		return;
	}
	note.number = ++job->reprints;
	q->totals.reprints++;
	wait_again(q, job, HOLD_RETRY, &note);
}

/* The printer's own setting wins, then the job's, then hold. */
static enum on_doubt policy(const struct job *job)
{
	const struct device *d = job->device;

	if (!job_kind_reprints(job->kind))
		return DOUBT_DROP;
	if (d && d->settings.on_doubt != DOUBT_UNSET)
		return d->settings.on_doubt;
	return job->on_doubt != DOUBT_UNSET ? job->on_doubt : DOUBT_HOLD;
}

void settle_doubt(struct queue *q, struct job *job, const struct why *why)
{
	struct note note;

	job->err = why->err;
	str_copy(job->reason, sizeof job->reason, str_of(why->text));
	note = queue_note(job, "doubt", job->reason);
	switch (policy(job)) {
	case DOUBT_REPRINT:
		reprint(q, job);
		break;
	case DOUBT_DROP:
		settle_end(q, job, JOB_FAILED, E_UNCONFIRMED, err_text(E_UNCONFIRMED), &note);
		break;
	default:
		set_aside(q, job, &note);
	}
}

static enum hold hold_for(enum err err)
{
	static const struct {
		enum err err;
		enum hold hold;
	} holds[] = {
		{ E_CONNECT_TIMEOUT, HOLD_OFFLINE }, { E_REFUSED, HOLD_OFFLINE },
		{ E_UNREACHABLE, HOLD_OFFLINE },     { E_OFFLINE, HOLD_OFFLINE },
		{ E_PAPER, HOLD_PAPER },             { E_COVER, HOLD_COVER },
		{ E_PRINTER, HOLD_ERROR },
	};

	for (size_t i = 0; i < COUNT_OF(holds); i++)
		if (holds[i].err == err)
			return holds[i].hold;
	return HOLD_RETRY;
}

static void retry(struct queue *q, struct job *job, const struct outcome *out)
{
	int64_t limit = job->device->settings.max_attempts;

	job->err = out->err;
	str_copy(job->reason, sizeof job->reason, str_of(out->why.text));
	if (job->attempts >= limit)
		settle_end(q, job, JOB_FAILED, out->err, job->reason, NULL);
	else
		wait_again(q, job, hold_for(out->err), NULL);
}

/* Stopped because somebody cancelled it, or because the daemon or the device
 * goes: then it is only interrupted. */
static void settle_stopped(struct queue *q, struct job *job, const struct outcome *out)
{
	struct note note = queue_note(job, "cancelled", "while it was being sent");
	struct why why;

	if (queue_cancel_wanted(q, job->id)) {
		settle_end(q, job, JOB_CANCELLED, E_CANCELLED, err_text(E_CANCELLED), &note);
	} else if (out->sent) {
		why_fail(&why, E_UNCONFIRMED, NULL);
		settle_doubt(q, job, &why);
	} else {
		wait_again(q, job, HOLD_RETRY, NULL);
	}
}

void settle_outcome(struct queue *q, struct device *d, struct job *job,
    const struct outcome *out)
{
	job->sent = out->sent;
	if (job->kind == KIND_KICK && out->sent)
		d->line.next_kick = line_now(q) + KICK_PAUSE_MS;
	if (out->err != E_CANCELLED && out->err != E_EXPIRED) {
		device_contact(d, out->err, &out->why);
		telemetry_printed(d, out);
	}
	if (out->reached)
		d->line.retry_at = 0;

	if (out->err == E_CANCELLED) {
		settle_stopped(q, job, out);
		return;
	}
	switch (out->verdict) {
	case VERDICT_DONE:
		job->evidence = out->evidence;
		settle_end(q, job, JOB_DONE, E_OK, NULL, NULL);
		break;
	case VERDICT_DOUBT:
		settle_doubt(q, job, &out->why);
		break;
	case VERDICT_RETRY:
	case VERDICT_HOLD:
		retry(q, job, out);
		break;
	case VERDICT_FAIL:
		if (out->err == E_EXPIRED)
			settle_expired(q, job);
		else
			settle_end(q, job, JOB_FAILED, out->err, out->why.text, NULL);
		break;
	}
}
