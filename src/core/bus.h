/*
 * The bus: what happened, told once to everybody who asked. Loop thread only.
 *
 * An event is published after it is on disk, so a client never hears of
 * something that a crash could take back.
 */
#ifndef CORE_BUS_H
#define CORE_BUS_H

#include "core/job.h"

struct device;
struct problem;
struct entry;
struct bus;

enum event_kind {
	EVENT_JOB,     /* a job changed; `job` is a snapshot */
	EVENT_DEVICE,  /* a device's condition changed */
	EVENT_CONFIG,  /* devices, grants or listeners changed */
	EVENT_UPLINK,  /* a backend's link came, went or was told something */
	EVENT_PROBLEM, /* one came, changed its severity or went (core/problems.h) */
	/* On the bus of the audit only (core/audit.h); `entry` is what it is about. */
	EVENT_COMMAND,     /* it came in */
	EVENT_RESULT,      /* it was answered */
	EVENT_COMMAND_JOB, /* its job changed */
	EVENT_TICKET,      /* what it prints was accepted */
};

struct event {
	enum event_kind kind;
	uint64_t number;             /* ascending within this process */
	const struct job *job;       /* EVENT_JOB, EVENT_COMMAND_JOB, EVENT_TICKET */
	const struct device *device; /* EVENT_DEVICE; EVENT_PROBLEM if it is about one */
	const struct problem *problem; /* EVENT_PROBLEM */
	const struct entry *entry;
};

typedef void event_fn(const struct event *e, void *arg);
struct subscription;

struct bus *bus_create(void);
void bus_destroy(struct bus *b); /* every subscription must be gone */
struct subscription *bus_subscribe(struct bus *b, event_fn *fn, void *arg);
void bus_unsubscribe(struct subscription *s); /* also from within fn; NULL is allowed */
void bus_publish(struct bus *b, struct event *e); /* numbers it */

#endif
