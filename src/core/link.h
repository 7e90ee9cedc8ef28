/*
 * A device's connection as its worker sees it: one transport, deadlines,
 * cool-down between opens, pacing, counters. Worker thread only, except that
 * link_init does no I/O and may be called anywhere. A link must not be moved:
 * its URI points into itself, its wire into its options.
 */
#ifndef CORE_LINK_H
#define CORE_LINK_H

#include "core/transport.h"

struct link_options {
	struct wire_options wire;
	int64_t cooldown;  /* ms between a close and the next open */
	bool keep_open;    /* leave it open between jobs */
};

struct link {
	const struct transport *transport;
	char uri_text[256];
	struct uri uri;      /* slices into uri_text */
	struct link_options options;
	struct wire *wire;   /* NULL while closed */
	int64_t closed_at;   /* mono, end of the last close; 0: never open */
	bool torn;           /* a connection broke off, or we know of none yet: the device may
	                      * still wait for the rest of a command. Who finds that it does
	                      * not clears it. */
	uint64_t opens, open_failures, written;
};

/* E_FIELD when the URI is none that a transport takes. */
enum err link_init(struct link *l, const char *uri, const struct link_options *o,
    struct why *why);
void link_finish(struct link *l); /* aborts what is open */
/* Waits out the cool-down, then opens. A link that was kept open is only looked
 * at: what came meanwhile is discarded, and one that the device has closed is
 * opened again. */
enum err link_open(struct link *l, struct why *why);
enum err link_write(struct link *l, const void *bytes, size_t len, uint64_t *left,
    struct why *why);
enum err link_read(struct link *l, void *bytes, size_t len, int64_t deadline, size_t *got,
    struct why *why);
/* Wait at least `ms`, interruptible by cancel (E_CANCELLED). */
enum err link_pause(struct link *l, int64_t ms, struct why *why);
/* After a job that went well: close in order, unless kept open. */
void link_rest(struct link *l);
void link_close(struct link *l);
void link_abort(struct link *l);

#endif
