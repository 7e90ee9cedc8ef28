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
struct bus;

enum event_kind {
	EVENT_JOB,     /* a job changed; `job` is a snapshot */
	EVENT_DEVICE,  /* a device's condition changed */
	EVENT_CONFIG,  /* devices, grants or listeners changed */
	EVENT_UPLINK,  /* a backend's link came, went or was told something */
};

struct event {
	enum event_kind kind;
	uint64_t number;             /* ascending within this process */
	const struct job *job;       /* EVENT_JOB */
	const struct device *device; /* EVENT_DEVICE */
};

typedef void event_fn(const struct event *e, void *arg);
struct subscription;

struct bus *bus_create(void);
void bus_destroy(struct bus *b); /* every subscription must be gone */
struct subscription *bus_subscribe(struct bus *b, event_fn *fn, void *arg);
void bus_unsubscribe(struct subscription *s); /* also from within fn; NULL is allowed */
void bus_publish(struct bus *b, struct event *e); /* numbers it */

#endif
