/*
 * A drawer pulse whose answer waits for its end: the client hears whether the
 * bytes left, not whether they were queued.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "core/desk_inside.h"
#include "net/loop.h"

/* Beyond the pulse's lifetime: what an attempt may still take. */
#define EXTRA_MS 15000

struct kick {
	struct errand *errand;
	job_id job;
	struct subscription *subscription;
	struct timer *timer;
};

static void finish(struct kick *k)
{
	bus_unsubscribe(k->subscription);
	timer_destroy(k->timer);
	free(k);
}

/* Nothing was tried: the wire was not free. Something was: nobody answered. */
static enum err error_of(const struct job *job)
{
	if (job->state == JOB_FAILED && job->err == E_UNCONFIRMED)
		return E_KICK_UNKNOWN;
	if (job->attempts == 0)
		return E_WIRE_BUSY;
	return E_KICK_OFFLINE;
}

static void on_event(const struct event *e, void *arg)
{
	struct kick *k = arg;
	struct errand *errand = k->errand;
	struct reply r = { .job = e->job };

	if (e->kind != EVENT_JOB || e->job->id != k->job || !job_state_ended(e->job->state))
		return;
	finish(k);
	if (e->job->state == JOB_DONE)
		errand_reply(errand, &r);
	else if (error_of(e->job) == E_KICK_UNKNOWN)
		errand_fail(errand, E_KICK_UNKNOWN, NULL);
	else
		errand_fail_open(errand, error_of(e->job));
}

static void on_late(void *arg)
{
	struct kick *k = arg;
	struct errand *errand = k->errand;

	finish(k);
	errand_fail(errand, E_KICK_UNKNOWN, NULL);
}

static void on_committed(enum err err, const struct why *why, void *arg)
{
	struct kick *k = arg;
	struct errand *errand = k->errand;

	if (!err)
		return; /* the bus tells the rest */
	finish(k);
	errand_fail(errand, err, why);
}

/* With a key, a pulse that may have left is never sent by a repeat. */
void verb_kick(struct errand *e)
{
	struct request *q = e->q;
	struct job *job = q->draft;
	struct why why;
	enum err err = queue_admit(q->platen->queue, q->device, job, &why);
	struct kick *k;

	if (err) {
		errand_fail(e, err, &why);
		return;
	}
	q->draft = NULL;
	k = mem_alloc(sizeof *k);
	k->errand = e;
	k->job = job->id;
	k->subscription = bus_subscribe(q->platen->bus, on_event, k);
	k->timer = timer_create_on(q->platen->loop, on_late, k);
	timer_arm(k->timer, job->lifetime + EXTRA_MS, 0);
	queue_commit(q->platen->queue, job, errand_idem_doubt(e, E_KICK_UNKNOWN, job->id),
	    on_committed, k);
}
