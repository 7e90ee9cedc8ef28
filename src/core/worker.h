/*
 * A worker owns one device's wire: a thread that takes orders and answers each
 * with one report on the loop. It is started by its first order.
 *
 * Orders are carried out one after the other; probes and kicks are orders like
 * any other, so nothing ever collides on the wire. A poll is the one that gives
 * way: it ends with E_CANCELLED as soon as any other order is posted.
 *
 * Between orders it listens on a link that is kept open, so that a change is
 * reported (`unasked`) and an end of the connection is noticed at once.
 */
#ifndef CORE_WORKER_H
#define CORE_WORKER_H

#include "core/print.h"
#include "net/mailbox.h"

struct loop;
struct worker;

enum order_kind {
	ORDER_PRINT, /* job: print, beep or kick, by `job_kind` */
	ORDER_PROBE, /* connect, close at once, nothing written */
	ORDER_POLL,  /* ask for the state; gives way to any other order (E_CANCELLED) */
};

struct order {
	struct message m;
	enum order_kind kind;
	enum job_kind job_kind;
	job_id job;
	bool marked;            /* "sending" is on disk already */
	bool announce;          /* a report when its first byte has left */
	struct document *doc;   /* a reference; released with the order */
	struct ticket ticket;
	int64_t deadline;       /* mono: do not begin after this; -1 none */
	struct poll_wish wish;  /* ORDER_POLL */
	/* ORDER_PRINT: how to prove it; PROOF_UNKNOWN or PROOF_NONE: not at all */
	enum proof proof;
	char token[4];          /* ... with this token */
	int64_t proof_timeout;  /* ... within this, after the last byte, ms */
	/* The worker's own. */
	int cancel_fd;          /* readable once this order is cancelled */
	bool mark_failed;
};

struct report {
	struct message m;
	enum order_kind kind;
	job_id job;
	bool unasked;           /* of no order: what the printer tells while a job waits for
	                         * its word, or on an idle link that is kept open. As of a poll. */
	bool begun;             /* of an order that goes on: its first byte has left */
	struct outcome outcome;
};

/* How the worker is set up; copied. */
struct worker_options {
	char name[64];
	char uri[256];
	const struct language *language;
	const struct profile *profile; /* NULL: nothing known of the model */
	struct abilities abilities;    /* what documents for it can count on */
	const struct renderer *renderer; /* NULL: the language's own bytes only */
	struct link_options link;
};

typedef void report_fn(const struct report *r, void *arg); /* loop thread */

/* E_FIELD when the URI is none that a transport takes. */
enum err worker_create(struct loop *loop, const struct worker_options *o, report_fn *fn,
    void *arg, struct worker **out, struct why *why);
void worker_post(struct worker *w, struct order *o);  /* loop thread; takes o (order_create) */
void worker_mark(struct worker *w, job_id job, bool ok); /* the mark is on disk, or failed */
/* Stop the order of this job as soon as possible, begun or not; its report says
 * E_CANCELLED unless it was finished before. The order's place is kept: those
 * posted before it are reported first. */
void worker_cancel(struct worker *w, job_id job);
/* New settings from the next order on. The URI too. */
enum err worker_set(struct worker *w, const struct worker_options *o, struct why *why);
/* Finish the current order within `grace_ms`, then cancel it; orders not begun
 * are cancelled. Reports still come. `fn(arg)` on a later turn of the loop, when
 * the thread has ended and `w` is freed; nothing may be called on `w` meanwhile
 * but worker_mark and worker_cancel. */
void worker_stop(struct worker *w, int64_t grace_ms, void (*fn)(void *arg), void *arg);
struct order *order_create(enum order_kind kind);
void order_destroy(struct order *o);

#endif
