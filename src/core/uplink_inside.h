/*
 * Uplinks from inside:
 *
 *   uplink.c          which there are, who we are, what is shown of them
 *   uplink_channel.c  one Socket.IO connection for each printer with stations
 *   uplink_offer.c    an offer becomes a job, once
 *   uplink_missed.c   what was offered while we were away
 *   uplink_outbox.c   reports that are owed
 *   uplink_report.c   ... and are told
 */
#ifndef CORE_UPLINK_INSIDE_H
#define CORE_UPLINK_INSIDE_H

#include "base/map.h"
#include "core/courier.h"
#include "core/platen.h"
#include "net/backoff.h"
#include "net/loop.h"
#include "net/sio.h"

/* A backend that refuses our token is asked again so late. */
#define REJECTED_MS 300000

#define REPORT_NAME 160 /* bytes of a row's name */
#define OUTBOX_MAX 1024  /* reports in memory */

/* One report. */
struct owed {
	struct list node;
	char name[REPORT_NAME]; /* of its row */
	job_id job;           /* 0: what never was one */
	bool doubt;           /* about an unconfirmed job: told before its end is */
	bool behind;          /* such a one is here still */
	char remote[129], status[24];
	char *body;
	int64_t due;          /* mono */
	struct backoff backoff;
	bool leaving;         /* its row is being dropped */
};

/* Reports of one uplink, oldest first; the store has them all. */
struct outbox {
	struct list owed;
	size_t count;
	bool more;            /* the store has some that are not in memory */
	bool loading, sending;
	int64_t paused_until; /* mono: the backend is not there, or does not want us */
	struct backoff backoff;
	struct timer *timer;
};

struct uplink {
	struct list node;
	struct uplinks *all;
	const struct uplink_kind *kind;
	char name[64];
	char *url, *socket_path, *subscribe_event, *catch_up_path, *ca_file;
	int64_t ttl_ms;
	bool allow_drawer;
	struct tls *tls;      /* NULL: plain, or `broken` */
	bool broken;          /* its settings cannot work; said in the log */
	uint8_t shape[32];    /* of what a connection is made of; another one: connect anew */
	uint8_t token[32];    /* SHA-256 of the device token; zeros without one */
	struct list channels;
	struct outbox outbox;
	bool missed_asked, missed_again;
	struct backoff missed_backoff;
	struct timer *missed_timer;
	bool gone;            /* not configured any more; freed when nothing holds it */
	unsigned holders;
};

struct uplinks {
	struct platen *platen;
	struct list list;
	const struct config *config; /* the one that was loaded last; only compared */
	struct subscription *subscription;
	struct courier *courier;
	struct map offers;    /* "UPLINK\nID": being looked up or committed */
	size_t offer_bytes;   /* of their documents */
	uint64_t connections; /* ever made */
	char last_error[128];
	bool started, closing;
};

/* uplink.c: until uplink_release an uplink stays, though it may be gone. */
void uplink_hold(struct uplink *u);
void uplink_release(struct uplink *u);
void uplink_changed(struct uplinks *all); /* tell the bus if what is shown changed */
/* Something went wrong between us and the backend; NULL: it goes well again. */
void uplink_trouble(struct uplink *u, const char *what, const struct why *why);
/* The token lies in `token`, which the caller hands to uplink_forget. False
 * without a usable pairing. */
bool uplink_self(struct uplink *u, struct uplink_self *self, struct buf *token);
void uplink_forget(struct buf *token);
/* A request to the backend with our token; false without one. */
bool uplink_address(struct uplink *u, struct parcel *p, const char *path);
const struct printer_block *uplink_block(const struct uplink *u, const char *printer);

/* uplink_channel.c: make them those of the configuration; close all. */
void channels_load(struct uplink *u);
void channels_close(struct uplink *u);
void channels_device_changed(struct uplink *u, const struct device *d);
bool channels_joined(const struct uplink *u);
/* Acknowledge an event of the connection `number`, if it still stands. */
void channels_ack(struct uplink *u, uint64_t number, int64_t ack, const char *error);

/* uplink_offer.c: `number` and `ack` say who waits for it, if anybody. */
struct claim {
	uint64_t number;
	int64_t ack;
	bool missed; /* its age counts from when it was made */
};
/* False: there is no room for it now, so it is to be offered again. */
bool offer_take(struct uplink *u, const struct json *body, const struct claim *claim);

/* uplink_missed.c: ask what was missed, if the backend has a path for it. */
void missed_ask(struct uplink *u);
void missed_ask_later(struct uplink *u); /* one of them could not be taken */
void missed_stop(struct uplink *u);

/* uplink_outbox.c */
void outbox_init(struct uplink *u);
void outbox_finish(struct uplink *u);
void outbox_load(struct uplink *u);
bool outbox_owes(const struct job *job);
void outbox_add(struct uplink *u, const struct job *job); /* its row is on disk */
void outbox_job_row(const struct uplink *u, const struct job *job,
    char name[static REPORT_NAME]);
/* A report about what never became a job: its row's name and text, and from them
 * what is owed. */
void outbox_refusal(const struct uplink *u, const struct job *job, struct buf *name,
    struct buf *text);
void outbox_add_row(struct uplink *u, const char *name, struct str text);
struct owed *outbox_find(struct uplink *u, const char *name);
void outbox_drop(struct uplink *u, const char *name); /* from disk, then from memory */

/* uplink_report.c: see to the next one; the backend may want us again. */
void report_next(struct uplink *u);
void report_resume(struct uplink *u);

#endif
