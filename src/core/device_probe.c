/*
 * A device's condition: what its contacts told, and probes that many waiters
 * share.
 */
#include "core/device_inside.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "core/telemetry.h"
#include "core/queue_inside.h"
#include "sys/clock.h"

struct probe_waiter {
	struct list node;
	probe_fn *fn;
	void *arg;
};

void device_changed(struct device *d)
{
	struct event e = { .kind = EVENT_DEVICE, .device = d };

	if (!d->transient)
		bus_publish(d->platen->bus, &e);
}

static bool wire_error(enum err err)
{
	return err == E_CONNECT_TIMEOUT || err == E_REFUSED || err == E_UNREACHABLE ||
	    err == E_LOST || err == E_WRITE_TIMEOUT || err == E_IO || err == E_BUSY ||
	    err == E_OFFLINE;
}

void device_contact(struct device *d, enum err err, const struct why *why)
{
	struct condition *c = &d->condition;
	enum reach before = c->reach;

	c->last_contact = clock_wall();
	if (!err) {
		c->reach = REACH_ONLINE;
		c->last_error[0] = '\0';
	} else if (wire_error(err)) {
		c->reach = REACH_OFFLINE;
		str_copy(c->last_error, sizeof c->last_error, str_of(why->text));
	} else {
		str_copy(c->last_error, sizeof c->last_error, str_of(why->text));
	}
	if (c->reach == before)
		return;
	log_info("device.reach", "%s is %s%s%s", d->name, reach_name(c->reach), err ? ": " : "",
	    err ? why->text : "");
	device_changed(d);
}

static void on_probed(struct device *d, const struct outcome *out)
{
	struct list waiters;

	d->probing = false;
	device_contact(d, out->err, &out->why);
	list_init(&waiters);
	list_splice(&waiters, &d->probes);
	LIST_EACH(&waiters, node) {
		struct probe_waiter *w = LIST_OF(node, struct probe_waiter, node);

		w->fn(d, out->err == E_OK, w->arg);
		free(w);
	}
	if (out->err == E_OK && !d->transient && !d->gone)
		queue_reached(d->platen->queue, d);
	device_settle_gone(d);
}

void device_on_report(const struct report *r, void *arg)
{
	struct device *d = arg;

	switch (r->kind) {
	case ORDER_PROBE:
		on_probed(d, &r->outcome);
		break;
	case ORDER_POLL:
		(r->unasked ? telemetry_told : telemetry_answered)(d, &r->outcome);
		device_settle_gone(d);
		break;
	case ORDER_PRINT:
		(r->begun ? queue_begun : queue_report)(d->platen->queue, d, r);
		break;
	}
}

void device_probe(struct device *d, probe_fn *fn, void *arg)
{
	struct probe_waiter *w = mem_alloc(sizeof *w);

	w->fn = fn;
	w->arg = arg;
	list_append(&d->probes, &w->node);
	if (d->probing)
		return;
	d->probing = true;
	worker_post(d->worker, order_create(ORDER_PROBE));
}
