/*
 * Uplinks: links to backends that offer jobs and are told what became of them.
 * Loop thread only; what must wait for a server is carried by core/courier.
 *
 * Every printer with stations has one connection. What it promises:
 *
 * - An offer is acknowledged when its job is on disk. The id that the backend
 *   gave it is its key, for as long as keys are kept: offered again, it prints
 *   nothing; if the job has ended, its report is sent again.
 * - A report is owed from the very commit that ended the job, and until the
 *   backend has taken it: in order for each job, also after a restart.
 * - A ticket is never printed after its time to live.
 *
 * The kind of an uplink is a plug-in: it translates, as a dialect does, and
 * sees no connection.
 */
#ifndef CORE_UPLINK_H
#define CORE_UPLINK_H

#include "base/json.h"
#include "core/config.h"
#include "core/device.h"
#include "core/job.h"

struct platen;
struct uplinks;

struct uplinks *uplinks_create(struct platen *p);
/*
 * Once the clerk works. From then on EVENT_CONFIG (configuration or pairing
 * changed) makes it connect, reconnect or let go what is different. Without a
 * pairing nothing connects.
 */
void uplinks_start(struct uplinks *u);
/* Leave: no offer is taken any more; reports wait for the next start. */
void uplinks_close(struct uplinks *u);
bool uplinks_closed(const struct uplinks *u); /* nothing is left that could call back */
void uplinks_destroy(struct uplinks *u);      /* closed, and the clerk is gone */

/* All uplinks together: `backend` of struct platen, kept up to date here;
 * EVENT_UPLINK on the bus tells that it changed. */
struct backend_status {
	bool configured;      /* there is an uplink */
	bool connected;       /* at least one printer's connection stands */
	int64_t since;        /* wall: connected or not since then; 0: never tried */
	char last_error[128]; /* "" while connected */
	unsigned pending_reports;
};

/* --- the plug point of a kind ------------------------------------------------------- */

/* Who we are to the backend, as paired. */
struct uplink_self {
	const char *token, *device, *business, *location;
};

/* A job as it is offered. Slices and values point into the message. */
struct offer {
	struct str id;                 /* 1 to 128 bytes, no control characters */
	struct str printer, station;   /* our printer's UUID or a station of it; one is there */
	struct str business, location; /* whose it is; empty: not said */
	int64_t created;               /* wall; 0: not said */
	const struct json *body;
	/* by `fill`: */
	bool raw;                      /* the document is bytes of the backend's own */
	bool kick;                     /* a drawer pulse is wanted too */
};

struct uplink_kind {
	const char *name;        /* the dialect of its jobs */
	const char *name_space;  /* Socket.IO's */
	const char *job_event, *status_event;

	/* JSON that authenticates a connection, and that tells a printer's state. */
	void (*auth)(const struct uplink_self *self, const struct device *d,
	    const struct printer_block *b, struct buf *json);
	void (*status)(const struct uplink_self *self, const struct device *d,
	    const struct printer_block *b, struct buf *json);
	void (*subscribe)(const char *station, struct buf *json);

	/* False: it has no usable id or no address, so nobody can be told. */
	bool (*read)(const struct json *body, struct offer *out);
	/* Fill document and ticket of `job`. E_FIELD: not usable. */
	enum err (*fill)(struct offer *o, const struct printer_block *b, struct job *job,
	    struct why *why);

	/* The status that the backend is told; with the id it names the report. */
	const char *(*outcome)(const struct job *job);
	void (*report)(const struct job *job, const char *printer, struct buf *json);
	/* Appended to the uplink's URL; `id` is percent-encoded. */
	const char *report_path;
};

extern const struct uplink_kind uplink_printbridge_backend;

/* By the index of `kind` in option.def; NULL for those that are gateways. */
const struct uplink_kind *uplink_kind_at(size_t i);

#endif
