/*
 * Each look makes the whole list anew; what was there before gives its `since`.
 */
#include "core/problems.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/map.h"
#include "base/mem.h"
#include "core/gateway.h"
#include "core/platen.h"
#include "core/telemetry.h"
#include "net/loop.h"
#include "sys/clock.h"

#define MERGE_MS 200
#define LOOK_MS 10000
#define DAY_MS 86400000ll
#define EXPIRING_DAYS 30
#define NOTES_MAX 8

struct problems {
	struct platen *platen;
	struct problem *list;     /* of the last look */
	size_t count, cap;
	struct map known;         /* id -> struct known */
	uint64_t looks;
	struct subscription *subscription;
	struct timer *soon, *now_and_then;
	bool telling;
	struct problem notes[NOTES_MAX];
	size_t note_count;
};

struct known {
	struct problem problem;
	uint64_t seen; /* the look that saw it last */
};

const char *problem_name(enum problem_kind kind)
{
	static const char *const names[] = {
#define PROBLEM(code, name) name,
#include "core/problem.def"
#undef PROBLEM
	};

	return names[kind];
}

static struct problem *add(struct problems *all, enum problem_kind kind, enum severity severity,
    const char *what)
{
	struct problem *p;

	if (all->count == all->cap) {
		all->cap = all->cap ? 2 * all->cap : 16;
		all->list = mem_grow(all->list, all->cap, sizeof *all->list);
	}
	p = &all->list[all->count++];
	memset(p, 0, sizeof *p);
	p->kind = kind;
	p->severity = severity;
	snprintf(p->id, sizeof p->id, "%s%s%s", problem_name(kind), what[0] ? ":" : "", what);
	return p;
}

/* --- printers -------------------------------------------------------------------------------- */

static void add_printer(struct problems *all, enum problem_kind kind, enum severity severity,
    const struct device *d, const char *fmt)
{
	struct problem *p = add(all, kind, severity, d->name);

	snprintf(p->message, sizeof p->message, fmt, d->name);
	p->device = d;
}

static void look_at_reach(struct problems *all, const struct device *d, unsigned waiting)
{
	struct problem *p;

	if (condition_reach(d) != REACH_OFFLINE)
		return;
	p = add(all, PROBLEM_PRINTER_OFFLINE, SEVERITY_ERROR, d->name);
	p->device = d;
	snprintf(p->message, sizeof p->message, "Printer %s is unreachable", d->name);
	if (waiting)
		snprintf(p->message, sizeof p->message, "Printer %s is unreachable, %u job%s "
		    "waiting", d->name, waiting, waiting == 1 ? "" : "s");
}

static void look_at_facts(struct problems *all, const struct device *d)
{
	const struct facts *f = &d->condition.facts;

	if (f->paper_loaded == TRI_NO)
		add_printer(all, PROBLEM_PRINTER_PAPER, SEVERITY_ERROR, d,
		    "Printer %s is out of paper");
	else if (f->paper_low == TRI_YES)
		add_printer(all, PROBLEM_PRINTER_PAPER, SEVERITY_WARNING, d,
		    "Printer %s is running out of paper");
	if (f->cover_open == TRI_YES)
		add_printer(all, PROBLEM_PRINTER_COVER, SEVERITY_ERROR, d,
		    "The cover of printer %s is open");
	if (f->cutter_error == TRI_YES)
		add_printer(all, PROBLEM_PRINTER_ERROR, SEVERITY_ERROR, d,
		    "Printer %s reports an error of its cutter");
	else if (f->mechanical == TRI_YES || f->unrecoverable == TRI_YES)
		add_printer(all, PROBLEM_PRINTER_ERROR, SEVERITY_ERROR, d,
		    "Printer %s reports an error");
	else if (f->hot == TRI_YES)
		add_printer(all, PROBLEM_PRINTER_ERROR, SEVERITY_WARNING, d,
		    "The head of printer %s is too hot");
}

static void look_at_printers(struct problems *all)
{
	struct line_counts n;

	LIST_EACH(&all->platen->devices.list, node) {
		const struct device *d = LIST_OF(node, struct device, node);
		struct problem *p;

		queue_counts(all->platen->queue, d, &n);
		look_at_reach(all, d, n.waiting + n.delayed);
		look_at_facts(all, d);
		if (!n.unconfirmed)
			continue;
		p = add(all, PROBLEM_JOB_UNCONFIRMED, SEVERITY_WARNING, d->name);
		p->device = d;
		snprintf(p->message, sizeof p->message, "%u job%s of printer %s may or may not "
		    "have been printed", n.unconfirmed, n.unconfirmed == 1 ? "" : "s", d->name);
	}
}

/* --- the rest ------------------------------------------------------------------------------- */

static void look_at_certificate(struct problems *all, const struct door_status *s)
{
	const struct door_tls *t = &s->tls;
	int64_t left = t->not_after - clock_wall();
	struct problem *p;

	if (t->state == DOOR_TLS_MISSING) {
		p = add(all, PROBLEM_CERTIFICATE_MISSING, SEVERITY_WARNING, s->name);
		snprintf(p->message, sizeof p->message, "Listener %s has no certificate: %.150s",
		    s->name, t->reason);
	} else if (t->state == DOOR_TLS_ON && left <= 0) {
		p = add(all, PROBLEM_CERTIFICATE_EXPIRED, SEVERITY_ERROR, s->name);
		snprintf(p->message, sizeof p->message, "The certificate of listener %s has "
		    "expired", s->name);
	} else if (t->state == DOOR_TLS_ON && left <= EXPIRING_DAYS * DAY_MS) {
		p = add(all, PROBLEM_CERTIFICATE_EXPIRING, SEVERITY_WARNING, s->name);
		snprintf(p->message, sizeof p->message, "The certificate of listener %s expires "
		    "in %d days", s->name, (int)(left / DAY_MS));
	}
}

static void look_at_doors(struct problems *all)
{
	struct door_status s;
	struct problem *p;

	for (size_t i = 0; doors_status(all->platen->doors, i, &s); i++) {
		look_at_certificate(all, &s);
		if (s.state == DOOR_OPEN)
			continue;
		p = add(all, PROBLEM_LISTENER_FAILED,
		    s.state == DOOR_ERROR ? SEVERITY_ERROR : SEVERITY_WARNING, s.name);
		snprintf(p->message, sizeof p->message, "Listener %s: %s", s.name, s.reason);
	}
}

static void look_at_gateways(struct problems *all)
{
	struct gateway_status s;
	struct problem *p;

	for (size_t i = 0; gateways_status(all->platen->gateways, i, &s); i++) {
		if (s.state == GATEWAY_CONNECTED || !s.last_error[0])
			continue;
		p = add(all, PROBLEM_REMOTE_DOWN, SEVERITY_WARNING, s.name);
		snprintf(p->message, sizeof p->message, "No connection to %s: %s", s.name,
		    s.last_error);
	}
}

static void look_at_store(struct problems *all)
{
	struct queue_totals totals;
	struct clerk_counts clerk;
	struct problem *p;

	queue_totals(all->platen->queue, &totals);
	clerk_counts(all->platen->clerk, &clerk);
	if (totals.disk_low) {
		p = add(all, PROBLEM_STORAGE_LOW, SEVERITY_ERROR, "");
		snprintf(p->message, sizeof p->message, "The disk is full: no job is accepted");
	}
	if (!clerk.healthy) {
		p = add(all, PROBLEM_STORAGE_FAILED, SEVERITY_ERROR, "");
		snprintf(p->message, sizeof p->message, "The journal cannot be written: no job "
		    "is accepted");
	}
}

static void look_at_notes(struct problems *all)
{
	for (size_t i = 0; i < all->note_count; i++) {
		struct problem *p = add(all, all->notes[i].kind, all->notes[i].severity, "");

		*p = all->notes[i];
	}
}

/* --- what is new about it ------------------------------------------------------------------- */

static void tell(struct problems *all, const struct problem *p)
{
	struct event e = { .kind = EVENT_PROBLEM, .problem = p, .device = p->device };

	if (!all->subscription)
		return;
	all->telling = true;
	bus_publish(all->platen->bus, &e);
	all->telling = false;
}

static void note_seen(struct problems *all, struct problem *p)
{
	struct known *k = map_get(&all->known, str_of(p->id));
	bool news = !k || k->problem.severity != p->severity;

	if (!k) {
		k = mem_alloc(sizeof *k);
		k->problem.since = clock_wall();
		map_put(&all->known, str_of(p->id), k);
	}
	p->since = k->problem.since;
	k->problem = *p;
	k->seen = all->looks;
	if (news)
		tell(all, &k->problem);
}

static void forget_gone(struct problems *all)
{
	struct str key;
	void *value;
	size_t at = 0;

	while (map_next(&all->known, &at, &key, &value)) {
		struct known *k = value;

		if (k->seen == all->looks)
			continue;
		map_remove(&all->known, key);
		k->problem.severity = SEVERITY_OK;
		k->problem.device = NULL;
		tell(all, &k->problem);
		free(k);
	}
}

static int by_kind(const void *a, const void *b)
{
	const struct problem *p = a, *q = b;

	return p->kind != q->kind ? (int)p->kind - (int)q->kind : strcmp(p->id, q->id);
}

static void look(struct problems *all)
{
	all->count = 0;
	look_at_printers(all);
	look_at_doors(all);
	look_at_gateways(all);
	look_at_store(all);
	look_at_notes(all);
	if (all->count)
		qsort(all->list, all->count, sizeof *all->list, by_kind);
	all->looks++;
	for (size_t i = 0; i < all->count; i++)
		note_seen(all, &all->list[i]);
	forget_gone(all);
}

const struct problem *problems_now(struct problems *all, size_t *count)
{
	if (!all->telling)
		look(all);
	*count = all->count;
	return all->list;
}

/* --- when to look --------------------------------------------------------------------------- */

static void on_event(const struct event *e, void *arg)
{
	struct problems *all = arg;

	if (e->kind != EVENT_PROBLEM && !timer_armed(all->soon))
		timer_arm(all->soon, MERGE_MS, 0);
}

static void on_time(void *arg)
{
	look(arg);
}

struct problems *problems_create(struct platen *p)
{
	struct problems *all = mem_alloc(sizeof *all);

	all->platen = p;
	map_init(&all->known);
	return all;
}

void problems_start(struct problems *all)
{
	struct loop *loop = all->platen->loop;

	all->soon = timer_create_on(loop, on_time, all);
	all->now_and_then = timer_create_on(loop, on_time, all);
	timer_arm(all->now_and_then, LOOK_MS, LOOK_MS);
	all->subscription = bus_subscribe(all->platen->bus, on_event, all);
}

void problems_destroy(struct problems *all)
{
	struct str key;
	void *value;
	size_t at = 0;

	if (!all)
		return;
	bus_unsubscribe(all->subscription);
	timer_destroy(all->soon);
	timer_destroy(all->now_and_then);
	while (map_next(&all->known, &at, &key, &value))
		free(value);
	map_finish(&all->known);
	free(all->list);
	free(all);
}

void problems_note(struct problems *all, enum problem_kind kind, const char *what,
    const char *message)
{
	struct problem *p = &all->notes[all->note_count];

	if (all->note_count == NOTES_MAX)
		return;
	all->note_count++;
	p->kind = kind;
	p->severity = SEVERITY_WARNING;
	snprintf(p->id, sizeof p->id, "%s:%s", problem_name(kind), what);
	str_copy(p->message, sizeof p->message, str_of(message));
}
