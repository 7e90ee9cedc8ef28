/*
 * The queue decides which job a device prints next and what becomes of it.
 *
 * It is the only module that changes the state of a job. Requests come from
 * the desk and reports from the workers, both on the loop thread, so the queue
 * holds no lock. What it promises:
 *
 * - A job is accepted when the clerk has committed it, and ends once.
 * - "Sending" is on disk before the first printable byte leaves. If the device
 *   is idle and was reached last time, that mark rides in the acceptance.
 * - A job is tried again by itself only while none of its printable bytes has
 *   left; afterwards on-doubt decides: hold, reprint (noted, limited), drop.
 * - Jobs of one device print in order of acceptance within their priority; the
 *   failed one stays at the head.
 */
#ifndef CORE_QUEUE_H
#define CORE_QUEUE_H

#include "core/clerk.h"
#include "core/config.h"
#include "core/job.h"
#include "core/worker.h"

struct platen;
struct queue;
struct device;

struct queue *queue_create(struct platen *p);
void queue_destroy(struct queue *q); /* frees the jobs in memory; the store keeps them */
void queue_configure(struct queue *q, const struct daemon_block *o);

/* At start: ids go on after `last`, the highest ever given. */
void queue_begin_ids(struct queue *q, job_id last);
/* At start, before the loop runs: every job that has not ended. Jobs that were
 * being sent fall under on-doubt. Takes `job`. */
void queue_recover(struct queue *q, const struct job *job);
/* At start: a job that has ended counts among the failures of its printer. */
void queue_recall(struct queue *q, const struct job *job);
/* Start printing what was recovered. */
void queue_start(struct queue *q);

/*
 * Submitting takes two steps, so that the answer can be written before the
 * commit and stored with it. queue_admit checks ceilings (E_QUEUE_FULL, E_DISK,
 * E_DRAINING, E_RATE for drawer kicks) and gives id, serial number and state;
 * on failure the job is still the caller's. queue_commit takes the job and the
 * stored answer (`idem` may be NULL; taken) and tells `fn` once, on the loop:
 * E_OK when it is on disk.
 */
enum err queue_admit(struct queue *q, struct device *d, struct job *job, struct why *why);
typedef void queue_fn(enum err err, const struct why *why, void *arg);
void queue_commit(struct queue *q, struct job *job, struct idem *idem, queue_fn *fn, void *arg);

/* Cancel a job that has not ended. One that is being sent is stopped; what
 * has left, has left. E_NOT_FOUND, E_CONFLICT. */
void queue_cancel(struct queue *q, job_id id, const char *caller, queue_fn *fn, void *arg);
/* A person decides about an unconfirmed or held job. */
enum resolve { RESOLVE_PRINTED, RESOLVE_REPRINT, RESOLVE_DROP };
void queue_resolve(struct queue *q, job_id id, enum resolve action, const char *caller,
    queue_fn *fn, void *arg);

void queue_pause(struct queue *q, struct device *d, bool paused);

/* The device was reached (or not): retry waits end. */
void queue_reached(struct queue *q, struct device *d);
/* Its first byte has left, and somebody wanted to know. */
void queue_begun(struct queue *q, struct device *d, const struct report *r);
/* Whether a job is on its wire or waits for it; one of another day does not. */
bool queue_busy(const struct device *d);
/* A worker's report about a job. */
void queue_report(struct queue *q, struct device *d, const struct report *r);
/* The device goes; its jobs wait for one of the same name. */
void queue_detach(struct queue *q, struct device *d);
void queue_attach(struct queue *q, struct device *d);

/* Shutting down: accept nothing, start nothing; `fn` when nothing is on a wire
 * and everything is on disk. */
void queue_drain(struct queue *q, void (*fn)(void *arg), void *arg);

struct job *queue_find(struct queue *q, job_id id); /* open ones; NULL */

/* Counters as Plato and the metrics show them. */
struct line_counts {
	unsigned waiting, active, delayed, failed, unconfirmed;
	int64_t oldest; /* wall time of acceptance of the oldest waiting; 0: none */
};
void queue_counts(const struct queue *q, const struct device *d, struct line_counts *out);

struct queue_totals { /* since start */
	uint64_t accepted, done, failed, expired, cancelled, unconfirmed, reprints, refused_full,
	    refused_disk, kicks;
	size_t jobs;
	uint64_t bytes;
	bool disk_low;
};
void queue_totals(struct queue *q, struct queue_totals *out);

#endif
