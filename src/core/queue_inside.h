/*
 * The queue from inside:
 *
 *   queue.c          open jobs, recording, expiry, reports, the end
 *   queue_accept.c   admission and the first commit
 *   queue_line.c     whose turn it is
 *   queue_settle.c   what becomes of a job after an attempt
 *   queue_person.c   cancel and resolve
 *   queue_devices.c  start, and devices that come and go
 */
#ifndef CORE_QUEUE_INSIDE_H
#define CORE_QUEUE_INSIDE_H

#include "base/map.h"
#include "core/bus.h"
#include "core/platen.h"
#include "core/queue.h"
#include "net/loop.h"

struct queue {
	struct platen *platen;
	struct map jobs;        /* id -> open job */
	struct list orphans;    /* jobs whose device is not configured */
	struct list acceptances; /* posted, oldest first */
	struct list cancels;    /* waiting for the job on the wire to stop */
	struct list unwritten;  /* records that the clerk could not write */
	int64_t write_again_at; /* mono */
	uint64_t next_token;    /* of proofs; begins anywhere */
	job_id last_id;         /* of jobs, and of places in a line */
	uint64_t resident;      /* bytes of documents in memory */
	unsigned mortal;        /* open jobs with a lifetime */
	unsigned recording;     /* state changes on their way to disk */
	struct timer *sweep;    /* while there is something to watch */
	struct queue_totals totals;
	uint64_t jobs_max, bytes_max, resident_max, space_floor;
	int64_t commit_timeout;
	int64_t space_checked;  /* mono */
	bool draining;
	void (*drained)(void *arg);
	void *drained_arg;
};

/* How often expiry and late commits are looked for, ms. */
#define SWEEP_MS 100
/* Pulses of one drawer are at least this far apart, ms. */
#define KICK_PAUSE_MS 1000
/* How soon a state that could not be written is tried again, ms. */
#define WRITE_AGAIN_MS 500

static inline struct str job_key(const job_id *id)
{
	return (struct str){ (const char *)id, sizeof *id };
}

/* queue.c */
void queue_add(struct queue *q, struct job *job);    /* becomes findable, counted */
void queue_forget(struct queue *q, struct job *job); /* ended: out of everything; frees it */
void queue_orphan(struct queue *q, struct job *job); /* its device is gone: wait for another */
void queue_watch(struct queue *q);                   /* start the sweep if it is needed */
void queue_check_drained(struct queue *q);
void queue_count(struct queue *q, struct device *d, const struct job *job); /* for the ceilings */
void queue_uncount(struct queue *q, struct device *d, const struct job *job);
void queue_publish(struct queue *q, const struct job *job);

/* queue_accept.c: refuse what is not on disk within commit-timeout. */
void accept_sweep(struct queue *q);
bool accept_disk_low(struct queue *q); /* too little space for another job */

/* queue_person.c: somebody asked to stop this job; the job has left the wire. */
bool queue_cancel_wanted(const struct queue *q, job_id id);
void cancel_answer(struct queue *q, job_id id, bool cancelled);

/* Write the job's present state, with a note (NULL: none), and publish it when
 * it is on disk. `fn` may be NULL. */
void queue_record(struct queue *q, const struct job *job, const struct note *note, queue_fn *fn,
    void *arg);
struct note queue_note(const struct job *job, const char *what, const char *text);

/* queue_line.c: the order of jobs and their dispatch. */
void line_init(struct device *d);
void line_insert(struct line *l, struct job *job);
void line_schedule(struct queue *q, struct device *d, struct job *job);
int64_t line_starts_at(const struct line *l, const struct job *job); /* mono */
bool line_idle(const struct device *d);    /* a job could start this moment */
void line_run(struct queue *q, struct device *d);
void line_send(struct queue *q, struct device *d, struct job *job, bool marked);
void line_wait(struct queue *q, struct device *d);  /* arm the timer for what comes next */
int64_t line_now(const struct queue *q);

/* queue_settle.c: failed and expired jobs of the last 24 h. */
void settle_failure(struct line *l, int64_t wall);
unsigned settle_failures(const struct line *l);
/* queue_settle.c: the ends of an attempt. */
void settle_outcome(struct queue *q, struct device *d, struct job *job,
    const struct outcome *out);
/* The job ends in `state`; records it and forgets it. */
void settle_end(struct queue *q, struct job *job, enum job_state state, enum err err,
    const char *reason, const struct note *note);
void settle_expired(struct queue *q, struct job *job);
/* Its document could not be read for now: it waits. */
void settle_unread(struct queue *q, struct job *job, const struct why *why);
/* Printable bytes may have left and nobody knows: on-doubt decides. */
void settle_doubt(struct queue *q, struct job *job, const struct why *why);

#endif
