/*
 * Verbs about devices: list, show, probe, pause; and the daemon's own health.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "core/desk_inside.h"
#include "core/metrics.h"
#include "core/telemetry.h"
#include "net/loop.h"

/* --- health ---------------------------------------------------------------------- */

void verb_hello(struct errand *e)
{
	errand_ok(e);
}

void verb_livez(struct errand *e)
{
	errand_ok(e);
}

/* Ready: the journal can be written, there is room, and we are not going. */
void verb_readyz(struct errand *e)
{
	const struct platen *p = e->q->platen;
	struct clerk_counts clerk;
	struct queue_totals totals;

	clerk_counts(p->clerk, &clerk);
	queue_totals(p->queue, &totals);
	if (p->draining)
		errand_fail(e, E_DRAINING, NULL);
	else if (!clerk.healthy)
		errand_fail(e, E_STORE, NULL);
	else if (totals.disk_low)
		errand_fail(e, E_DISK, NULL);
	else
		errand_ok(e);
}

void verb_certificate(struct errand *e)
{
	const char *ca = doors_ca(e->q->platen->doors, e->q->listen);
	struct reply r = { .text = str_of(ca) };

	if (ca)
		errand_reply(e, &r);
	else
		errand_fail(e, E_NOT_FOUND, NULL);
}

/* Streams are the door's; a request that gets here asked for one by other means. */
void verb_events(struct errand *e)
{
	errand_fail(e, E_UNSUPPORTED, NULL);
}

void verb_metrics(struct errand *e)
{
	struct reply r = { 0 };

	metrics_write(e->q->platen, &e->text);
	r.text = buf_str(&e->text);
	errand_reply(e, &r);
}

/* --- devices ----------------------------------------------------------------------- */

/* The dialect walks platen->devices itself; it shows what the caller may see. */
void verb_devices(struct errand *e)
{
	errand_ok(e);
}

static bool device_given(struct errand *e)
{
	struct request *q = e->q;
	struct why why;

	if (!q->device && q->printer[0])
		q->device = device_find(&q->platen->devices, str_of(q->printer));
	if (q->device && access_printer(q->caller, q->device->name))
		return true;
	why_fail(&why, E_NOT_FOUND, "There is no printer of this name");
	errand_fail(e, E_NOT_FOUND, &why);
	return false;
}

void verb_device(struct errand *e)
{
	struct reply r = { 0 };

	if (!device_given(e))
		return;
	r.device = e->q->device;
	errand_reply(e, &r);
}

void verb_pause(struct errand *e)
{
	if (!device_given(e))
		return;
	device_pause(e->q->device, e->q->paused);
	verb_device(e);
}

/* --- probe -------------------------------------------------------------------------- */

struct probing {
	struct errand *errand;
	struct device *device;
	struct timer *timer;
	bool answered;
};

/* A probe answers within this, cool-down included; the probe itself goes on. */
#define PROBE_ANSWER_MS 2500

static void answer_probe(struct probing *p, struct device *d)
{
	struct reply r = { .device = d, .probed = true };

	p->answered = true;
	errand_reply(p->errand, &r);
}

static void on_probed(struct device *d, bool reached, void *arg)
{
	struct probing *p = arg;

	(void)reached;
	timer_destroy(p->timer);
	if (!p->answered)
		answer_probe(p, d);
	free(p);
}

/* A device that has not been reached by then is what is known of it. */
static void on_probe_late(void *arg)
{
	struct probing *p = arg;
	struct why why;

	why_fail(&why, E_CONNECT_TIMEOUT, NULL);
	device_contact(p->device, E_CONNECT_TIMEOUT, &why);
	answer_probe(p, p->device);
}

typedef void ask_fn(struct device *d, probe_fn *fn, void *arg);

static void begin_probe(struct errand *e, struct device *d, ask_fn *ask)
{
	struct probing *p = mem_alloc(sizeof *p);

	p->errand = e;
	p->device = d;
	p->timer = timer_create_on(e->q->platen->loop, on_probe_late, p);
	timer_arm(p->timer, PROBE_ANSWER_MS, 0);
	ask(d, on_probed, p);
}

static bool busy(const struct errand *e, const struct device *d)
{
	struct line_counts c;

	queue_counts(e->q->platen->queue, d, &c);
	return c.waiting + c.active + c.delayed > 0;
}

static enum err probe_target(struct request *q, struct why *why)
{
	if (!q->device)
		q->device = device_transient(q->platen, &q->ip, q->port, q->listen, why);
	if (!q->device)
		return why->err;
	if (q->device->gone)
		return why_fail(why, E_NOT_FOUND, "There is no printer of this name");
	if (!access_printer(q->caller, q->device->name))
		return why_fail(why, E_NOT_ALLOWED, "Not allowed: printer %s", q->device->name);
	return E_OK;
}

/* A printer with work is not probed: its worker learns more by printing. One
 * that was never seen is probed without being remembered. */
void verb_probe(struct errand *e)
{
	struct request *q = e->q;
	struct reply r = { 0 };
	struct why why;
	enum err err = probe_target(q, &why);

	r.device = q->device;
	if (err)
		errand_fail(e, err, &why);
	else if (!q->live || busy(e, q->device))
		errand_reply(e, &r);
	else
		begin_probe(e, q->device, device_probe);
}

/* --- status --------------------------------------------------------------------------- */

/* One at work, or that spoke a moment ago, is not asked again. */
void verb_status(struct errand *e)
{
	struct request *q = e->q;
	struct reply r = { 0 };
	int64_t age;

	if (!device_given(e))
		return;
	r.device = q->device;
	age = condition_age(q->device);
	if (queue_busy(q->device) || q->device->gone || (age >= 0 && age < q->fresh_ms))
		errand_reply(e, &r);
	else
		begin_probe(e, q->device, telemetry_ask);
}
