/*
 * Two halves of one object. The loop's half posts orders and keeps a ledger of
 * those without a report; each entry has a descriptor of its own, so that a
 * cancel hits its order and no other, whatever the thread is at by then. The
 * thread's half takes messages, puts orders in line and notes marks.
 */
#include "core/worker.h"

#include <poll.h>
#include <stdlib.h>

#include "base/log.h"
#include "base/mem.h"
#include "net/loop.h"
#include "sys/clock.h"
#include "sys/thread.h"
#include "sys/wake.h"

#define STACK_BYTES (128 * 1024)
/* The clerk answers within its commit time-out (60 s at most) unless the disk hangs. */
#define MARK_TIMEOUT_MS 90000

enum in_kind { IN_ORDER, IN_CHANGE, IN_MARK, IN_NUDGE, IN_STOP };
enum out_kind { OUT_REPORT, OUT_TOLD, OUT_ENDED };

struct mark {
	struct message m;
	job_id job;
	bool ok;
};

struct change {
	struct message m;
	struct worker_options options;
	int knock_fd;
};

/* An order that was posted and has no report yet. */
struct posted {
	struct list node;
	job_id job;
	int cancel_fd;
	bool gives_way; /* to whatever is posted after it */
};

struct worker {
	/* the loop's half */
	struct loop *loop;
	report_fn *fn;
	void *arg;
	struct list ledger;    /* struct posted, oldest first */
	struct list spare;     /* struct posted, to be used again */
	struct thread *thread; /* NULL until the first order */
	struct timer *grace;   /* of a stop */
	void (*stopped)(void *arg);
	void *stopped_arg;
	int knock_fd;          /* readable while mail waits; -1: no link was ever kept open */

	/* made by the first order, gone after the thread */
	char name[64];
	struct mailbox *inbox, *outbox;
	int stop_fd; /* readable when the grace of a stop is over */

	/* the thread's half; the loop's until the thread runs */
	struct link link;
	const struct language *language;
	struct press_paper paper;
	struct list line; /* struct message: orders and changes, oldest first */
	struct order *current;
	int ear_fd;       /* the thread's copy of knock_fd */
	uint64_t armed;   /* the connection (link.opens) that tells unasked; 0: none */
	bool answers;     /* the printer has understood a question */
	bool stopping;
	struct message ended;
};

struct order *order_create(enum order_kind kind)
{
	struct order *o = mem_alloc(sizeof(*o));
	o->kind = kind;
	o->deadline = -1;
	o->cancel_fd = -1;
	return o;
}

void order_destroy(struct order *o)
{
	if (!o)
		return;
	document_release(o->doc);
	free(o);
}

static void note_mark(struct worker *w, const struct mark *mark)
{
	struct order *o = w->current;
	if (!o || o->job != mark->job) {
		o = NULL;
		LIST_EACH(&w->line, node) {
			struct message *m = LIST_OF(node, struct message, node);
			struct order *waiting = CONTAINER_OF(m, struct order, m);
			if (m->kind == IN_ORDER && waiting->job == mark->job)
				o = waiting;
		}
	}
	if (!o)
		return; /* cancelled or given up meanwhile */
	o->marked = mark->ok;
	o->mark_failed = !mark->ok;
}

/* Orders and changes wait for their turn; the rest takes effect at once. */
static void sort(struct worker *w, struct message *m)
{
	switch ((enum in_kind)m->kind) {
	case IN_ORDER:
	case IN_CHANGE:
		list_append(&w->line, &m->node);
		return;
	case IN_MARK:
		note_mark(w, CONTAINER_OF(m, struct mark, m));
		break;
	case IN_STOP:
		w->stopping = true;
		break;
	case IN_NUDGE:
		break;
	}
	free(m); /* the message is the first member of each of these */
}

static bool is_set(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	return poll(&p, 1, 0) > 0;
}

static enum err await_mark(void *arg, struct why *why)
{
	struct worker *w = arg;
	const struct order *o = w->current;
	int64_t deadline = clock_mono() + MARK_TIMEOUT_MS;
	for (;;) {
		if (is_set(o->cancel_fd))
			return why_fail(why, E_CANCELLED, NULL);
		if (o->marked)
			return E_OK;
		if (o->mark_failed)
			return why_fail(why, E_STORE, NULL);
		struct message *m = mailbox_wait(w->inbox, deadline);
		if (!m)
			return why_fail(why, E_STORE, "The store did not answer in time");
		sort(w, m);
	}
}

static void on_heard(void *arg, const struct poll_answer *answer)
{
	struct worker *w = arg;
	struct report *r = mem_alloc(sizeof(*r));
	r->m.kind = OUT_TOLD;
	r->kind = ORDER_POLL;
	r->unasked = true;
	r->outcome.reached = true;
	r->outcome.answer = *answer;
	mailbox_post(w->outbox, &r->m);
}

static void on_begun(void *arg)
{
	struct worker *w = arg;
	struct report *r = mem_alloc(sizeof(*r));
	r->m.kind = OUT_TOLD;
	r->kind = ORDER_PRINT;
	r->job = w->current->job;
	r->begun = true;
	mailbox_post(w->outbox, &r->m);
}

/* Until mail comes. A printer that never answered is not asked to tell. */
static void listen_in(struct worker *w)
{
	const struct press_calls calls = { .heard = on_heard, .arg = w };
	bool arm = w->answers && w->armed != w->link.opens;
	struct why why;
	if (arm)
		w->armed = w->link.opens;
	w->link.options.wire.cancel_fd = w->ear_fd;
	enum err err = print_listen(&w->link, w->language, arm, &calls, &why);
	w->link.options.wire.cancel_fd = w->stop_fd;
	if (err && err != E_CANCELLED)
		link_abort(&w->link);
}

static struct message *read_mail(struct worker *w, bool wait)
{
	bool ears = wait && w->ear_fd >= 0 && w->link.wire;
	if (!ears)
		return mailbox_wait(w->inbox, wait ? -1 : 0);
	wake_clear(w->ear_fd); /* first: what comes after the look knocks again */
	struct message *m = mailbox_wait(w->inbox, 0);
	if (!m)
		listen_in(w);
	return m;
}

/* The next of the line; NULL once there is none and a stop was asked for.
 * Everything that has come is sorted first: a stop or a mark overtakes. */
static struct message *next(struct worker *w)
{
	for (;;) {
		bool wait = list_empty(&w->line) && !w->stopping;
		struct message *m = read_mail(w, wait);
		if (m)
			sort(w, m);
		else if (!wait)
			break;
	}
	struct list *node = list_pop(&w->line);
	return node ? LIST_OF(node, struct message, node) : NULL;
}

/* A job may hold what switches unasked telling off (ESC @, GS a 0). */
static void learn(struct worker *w, const struct order *o, const struct outcome *out)
{
	w->answers = w->answers || out->answer.valid;
	if (o->kind == ORDER_PRINT)
		w->armed = 0;
}

typedef void leave_fn(struct link *l);

/* A reset might take the end of a job from the buffer of a printer that is slow
 * to confirm it, or that waits for paper. */
static leave_fn *way_out(const struct outcome *out)
{
	if (!out->err || !out->reached)
		return link_rest;
	return err_verdict(out->err) == VERDICT_HOLD ? link_close : link_abort;
}

static void run(struct worker *w, struct order *o)
{
	struct report *r = mem_alloc(sizeof(*r));
	int cancel_fd = o->cancel_fd;
	struct outcome *out = &r->outcome;
	const struct press_calls calls = { await_mark, on_heard, w, &w->paper, on_begun };

	r->m.kind = OUT_REPORT;
	r->kind = o->kind;
	r->job = o->job;
	w->current = o;
	w->link.options.wire.cancel_fd = cancel_fd;
	if (w->stopping || is_set(cancel_fd)) {
		out->err = why_fail(&out->why, E_CANCELLED, NULL);
		out->verdict = err_verdict(out->err);
	} else {
		print_run(&w->link, w->language, o, &calls, out);
		learn(w, o, out);
	}
	w->current = NULL;
	leave_fn *leave = way_out(out);

	/* Nobody waits for a poll: it closes first, so that an order that is
	 * posted meanwhile cuts its closing short, too. */
	if (o->kind == ORDER_POLL)
		leave(&w->link);
	/* The loop may use the descriptor for another order from here on. */
	w->link.options.wire.cancel_fd = w->stop_fd;
	mailbox_post(w->outbox, &r->m);
	if (o->kind != ORDER_POLL)
		leave(&w->link);
	order_destroy(o);
}

static struct press_paper paper_of(const struct worker_options *o)
{
	return (struct press_paper){ o->renderer, o->profile, o->abilities };
}

/* Not worth a new connection unless the address changes: the wire's options
 * may change under it. */
static void apply(struct worker *w, struct change *c)
{
	const struct worker_options *o = &c->options;
	bool moved = !str_is(str_of(o->uri), w->link.uri_text);
	struct why why;
	w->ear_fd = c->knock_fd;
	w->answers = w->answers && !moved && o->language == w->language;
	w->language = o->language;
	w->paper = paper_of(o);
	w->link.options = o->link;
	if (moved) {
		link_close(&w->link);
		if (link_init(&w->link, o->uri, &o->link, &why))
			log_error("worker.uri", "%s: %s", w->name, why.text); /* was checked */
	} else if (!o->link.keep_open) {
		link_close(&w->link);
	}
	w->link.options.wire.cancel_fd = w->stop_fd;
	free(c);
}

static void on_thread(void *arg)
{
	struct worker *w = arg;
	struct message *m;
	while ((m = next(w))) {
		if (m->kind == IN_ORDER)
			run(w, CONTAINER_OF(m, struct order, m));
		else
			apply(w, CONTAINER_OF(m, struct change, m));
	}
	link_close(&w->link);
	w->ended.kind = OUT_ENDED;
	mailbox_post(w->outbox, &w->ended); /* the last touch of `w` */
}

static struct posted *ledger_add(struct worker *w, const struct order *o)
{
	struct list *node = list_pop(&w->spare);
	struct posted *p;
	if (node) {
		p = LIST_OF(node, struct posted, node);
		wake_clear(p->cancel_fd);
	} else {
		p = mem_alloc(sizeof(*p));
		p->cancel_fd = wake_open();
	}
	p->job = o->job;
	p->gives_way = o->kind == ORDER_POLL;
	list_append(&w->ledger, &p->node);
	return p;
}

static void posted_free_all(struct list *head)
{
	struct list *node;
	while ((node = list_pop(head))) {
		struct posted *p = LIST_OF(node, struct posted, node);
		wake_close(p->cancel_fd);
		free(p);
	}
}

static void bury(struct worker *w)
{
	struct message *m;
	void (*stopped)(void *arg) = w->stopped;
	void *arg = w->stopped_arg;

	thread_join(w->thread);
	while ((m = mailbox_wait(w->inbox, 0)))
		free(m); /* marks and nudges that came too late */
	mailbox_destroy(w->inbox);
	mailbox_destroy(w->outbox);
	wake_close(w->stop_fd);
	wake_close(w->knock_fd);
	timer_destroy(w->grace);
	posted_free_all(&w->ledger);
	posted_free_all(&w->spare);
	link_finish(&w->link);
	free(w);
	stopped(arg);
}

static void on_report(struct worker *w, struct report *r)
{
	/* Reports come in the order of posting, so it is always the first. */
	struct posted *p = LIST_OF(list_pop(&w->ledger), struct posted, node);
	list_append(&w->spare, &p->node);
	w->fn(r, w->arg);
	free(r);
}

static void on_message(struct message *m, void *arg)
{
	struct worker *w = arg;
	switch ((enum out_kind)m->kind) {
	case OUT_REPORT:
		on_report(w, CONTAINER_OF(m, struct report, m));
		break;
	case OUT_TOLD:
		w->fn(CONTAINER_OF(m, struct report, m), w->arg);
		free(m);
		break;
	case OUT_ENDED:
		bury(w);
		break;
	}
}

enum err worker_create(struct loop *loop, const struct worker_options *o, report_fn *fn,
    void *arg, struct worker **out, struct why *why)
{
	struct worker *w = mem_alloc(sizeof(*w));
	w->loop = loop;
	w->fn = fn;
	w->arg = arg;
	w->language = o->language;
	w->paper = paper_of(o);
	w->stop_fd = w->knock_fd = w->ear_fd = -1;
	list_init(&w->ledger);
	list_init(&w->spare);
	list_init(&w->line);
	str_copy(w->name, sizeof(w->name), str_of(o->name));
	enum err err = link_init(&w->link, o->uri, &o->link, why);
	if (err) {
		free(w);
		return err;
	}
	*out = w;
	return E_OK;
}

static void open_mail(struct worker *w)
{
	if (w->outbox)
		return;
	w->inbox = mailbox_create();
	w->outbox = mailbox_create();
	mailbox_attach(w->outbox, w->loop, on_message, w);
	w->stop_fd = wake_open();
	w->link.options.wire.cancel_fd = w->stop_fd;
	if (w->link.options.keep_open)
		w->knock_fd = w->ear_fd = wake_open();
}

static void mail(struct worker *w, struct message *m)
{
	mailbox_post(w->inbox, m);
	if (w->knock_fd >= 0)
		wake_set(w->knock_fd);
}

/* No thread to be had: the order is answered as if the device were away. */
static void refuse(struct worker *w, struct order *o, const struct why *why)
{
	struct report *r = mem_alloc(sizeof(*r));
	r->m.kind = OUT_REPORT;
	r->kind = o->kind;
	r->job = o->job;
	r->outcome.err = why->err;
	r->outcome.why = *why;
	r->outcome.verdict = VERDICT_RETRY;
	mailbox_post(w->outbox, &r->m);
	order_destroy(o);
}

static void stop_polls(struct worker *w)
{
	LIST_EACH(&w->ledger, node) {
		struct posted *p = LIST_OF(node, struct posted, node);
		if (p->gives_way)
			wake_set(p->cancel_fd);
	}
}

void worker_post(struct worker *w, struct order *o)
{
	struct why why;
	open_mail(w);
	if (o->kind != ORDER_POLL)
		stop_polls(w);
	o->cancel_fd = ledger_add(w, o)->cancel_fd;
	if (!w->thread && thread_start(&w->thread, w->name, STACK_BYTES, on_thread, w, &why)) {
		log_error("worker.thread", "%s: %s", w->name, why.text);
		w->thread = NULL;
		refuse(w, o, &why);
		return;
	}
	o->m.kind = IN_ORDER;
	mail(w, &o->m);
}

void worker_mark(struct worker *w, job_id job, bool ok)
{
	if (!w->thread)
		return; /* nobody waits for it */
	struct mark *mark = mem_alloc(sizeof(*mark));
	mark->m.kind = IN_MARK;
	mark->job = job;
	mark->ok = ok;
	mail(w, &mark->m);
}

/* For a thread that waits for a message rather than for its wire. */
static void nudge(struct worker *w, enum in_kind kind)
{
	struct message *m = mem_alloc(sizeof(*m));
	m->kind = kind;
	mail(w, m);
}

void worker_cancel(struct worker *w, job_id job)
{
	LIST_EACH(&w->ledger, node) {
		struct posted *p = LIST_OF(node, struct posted, node);
		if (p->job != job)
			continue;
		wake_set(p->cancel_fd);
		nudge(w, IN_NUDGE);
		return;
	}
}

enum err worker_set(struct worker *w, const struct worker_options *o, struct why *why)
{
	struct link trial;
	enum err err = link_init(&trial, o->uri, &o->link, why);
	if (err)
		return err;
	struct change *c = mem_alloc(sizeof(*c));
	if (o->link.keep_open && w->outbox && w->knock_fd < 0)
		w->knock_fd = wake_open();
	c->m.kind = IN_CHANGE;
	c->options = *o;
	c->knock_fd = w->knock_fd;
	if (w->thread)
		mail(w, &c->m);
	else
		apply(w, c);
	return E_OK;
}

static void on_grace_over(void *arg)
{
	struct worker *w = arg;
	LIST_EACH(&w->ledger, node)
		wake_set(LIST_OF(node, struct posted, node)->cancel_fd);
	wake_set(w->stop_fd);
	nudge(w, IN_NUDGE);
}

void worker_stop(struct worker *w, int64_t grace_ms, void (*fn)(void *arg), void *arg)
{
	w->stopped = fn;
	w->stopped_arg = arg;
	open_mail(w);
	if (!w->thread) {
		w->ended.kind = OUT_ENDED;
		mailbox_post(w->outbox, &w->ended);
		return;
	}
	stop_polls(w);
	nudge(w, IN_STOP);
	w->grace = timer_create_on(w->loop, on_grace_over, w);
	timer_arm(w->grace, grace_ms, 0);
}
