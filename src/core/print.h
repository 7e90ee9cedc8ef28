/*
 * The press: one attempt to print one job, on its device's worker.
 *
 * It opens the link, waits for the mark ("sending has begun" is on disk)
 * before the first payload byte leaves, counts what left, and sums it up as an
 * outcome. Languages write through it. Worker thread only.
 *
 * The connection and the control bytes do not wait for the mark, so that they
 * overlap its fsync. An error with no payload byte out has the verdict of
 * err.def; afterwards, whatever the error, it is VERDICT_DOUBT.
 *
 * A document that the language does not take as bytes is rendered first
 * (core/print_sheet): an error of the renderer before the first payload byte fails
 * the job and nothing else.
 *
 * A job that is to be proven (order.proof) is framed by questions: a printer
 * that says it cannot print gets no payload byte, and after the last one its
 * language waits for the printer's word (confirm). Without proof nothing but
 * the job is on the wire.
 */
#ifndef CORE_PRINT_H
#define CORE_PRINT_H

#include "core/job.h"
#include "core/lang.h"
#include "core/link.h"
#include "core/render.h"

struct press;

/* Bytes that put nothing on paper; they may go out before the mark. */
enum err press_control(struct press *p, const void *bytes, size_t len, struct why *why);
/* Bytes of the job. The first of them waits for the mark and minds the order's deadline. */
enum err press_payload(struct press *p, const void *bytes, size_t len, struct why *why);
/*
 * What the printer sends: one byte or more until `deadline` (clock_mono);
 * `*got` is 0 then. press_drain throws away what has come so far, so that an old
 * reply is not taken for a new one.
 */
enum err press_read(struct press *p, void *bytes, size_t len, int64_t deadline, size_t *got,
    struct why *why);
enum err press_drain(struct press *p, struct why *why);
/* At least `ms`, unless cancelled. */
enum err press_pause(struct press *p, int64_t ms, struct why *why);
/* Each chunk of the document as one payload write, followed by `delay` ms. */
enum err press_document(struct press *p, const struct document *doc, int64_t delay,
    struct why *why);

/*
 * For a language's confirm: the bytes that were sent as they are and how often
 * (NULL and 0 for a pulse, a beep, and a document that was drawn: what a composer
 * makes of it asks nothing and counts nothing); how long to wait, in ms; the facts
 * that the printer tells meanwhile, which go into the outcome; and the error that a
 * printer with these facts ends a wait with: E_PAPER, E_COVER, E_PRINTER, E_OFFLINE,
 * or E_OK.
 */
const struct document *press_work(const struct press *p, unsigned *copies);
int64_t press_patience(const struct press *p);
void press_told(struct press *p, const struct facts *facts);
enum err press_held(const struct facts *facts, struct why *why);

/* What came of an attempt. */
struct outcome {
	enum verdict verdict;
	enum err err;
	struct why why;
	enum evidence evidence;
	uint64_t sent;      /* payload bytes that left */
	bool reached;       /* the device was reached (the link opened) */
	struct poll_answer answer; /* of a poll, and of the questions around a job */
	int64_t open_us, send_us;
};

/*
 * Wait until the mark is on disk: called by the press once, before the first
 * payload byte, unless the order came marked. Returns E_OK, or an error when
 * the mark failed or the job was cancelled meanwhile.
 */
typedef enum err press_await_mark(void *arg, struct why *why);
/* The printer has told something new while nobody asked for it, or while a job waits. */
typedef void press_heard(void *arg, const struct poll_answer *answer);

/* What documents are drawn for that are not the printer's own bytes. */
struct press_paper {
	const struct renderer *renderer;
	const struct profile *profile; /* NULL: nothing known of the model */
	struct abilities abilities;
};

struct press_calls {
	press_await_mark *await; /* may be NULL for orders that come marked */
	press_heard *heard;      /* NULL: nobody wants to know */
	void *arg;
	const struct press_paper *paper; /* NULL: the printer's own bytes only */
	void (*begun)(void *arg); /* of an order that is announced: its first payload has left */
};

struct order; /* core/worker.h */

/*
 * Carry out the order and fill `out`. The link stays as it is, so that the
 * answer need not wait for the closing: the caller then calls link_abort when
 * the device was reached and the order failed (link_close when the printer only
 * holds it: VERDICT_HOLD), else link_rest.
 *
 * A poll that reached the printer and was not understood is no failure
 * (answer.valid tells); its link is closed, because it may still be answered.
 */
void print_run(struct link *link, const struct language *language, const struct order *order,
    const struct press_calls *calls, struct outcome *out);

/*
 * Between orders, on a link that is kept open: take in what the printer tells
 * unasked, each time something is new through `heard`, until cancelled
 * (E_CANCELLED) or the wire fails. `arm`: the language first has the printer
 * tell at all. What a language does not listen for is thrown away.
 */
enum err print_listen(struct link *link, const struct language *language, bool arm,
    const struct press_calls *calls, struct why *why);

#endif
