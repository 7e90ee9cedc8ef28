/*
 * The desk: finds the verb, keeps idempotency, answers once.
 *
 * A request with a key is looked up in the store first. While it is being
 * carried out its key is in a set, so a repeat meanwhile is told to wait (409).
 * Only answers that went well are stored.
 */
#include "core/desk_inside.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/map.h"
#include "base/mem.h"
#include "core/cache.h"
#include "core/front.h"
#include "core/session.h"
#include "core/vigil.h"
#include "net/loop.h"
#include "sys/clock.h"

static const struct {
	const char *name;
	unsigned capability;
	verb_fn *run;
} verbs[VERBS] = {
#define VERB(code, wire, cap, function) [code] = { wire, cap, function },
#include "core/verb.def"
#undef VERB
};

const char *verb_name(enum verb v)
{
	return verbs[v].name;
}

unsigned verb_capability(enum verb v)
{
	return verbs[v].capability;
}

void request_init(struct request *q)
{
	memset(q, 0, sizeof *q);
	buf_init(&q->arena, 65536);
}

void request_finish(struct request *q)
{
	job_destroy(q->draft);
	q->draft = NULL;
	if (q->device && q->device->transient)
		device_remove(q->device);
	q->device = NULL;
	buf_finish(&q->arena);
	cache_ask_destroy(q->cache);
	free(q->pairs);
}

/* --- keys in progress --------------------------------------------------------- */

/* Loop thread; one daemon is one desk. */
static struct map in_progress;

static struct str full_key(const struct request *q, char out[static 512])
{
	int n = snprintf(out, 512, "%s\n%s", q->scope, q->key);

	return (struct str){ out, (size_t)n };
}

static bool claim_key(struct errand *e)
{
	char text[512];
	struct str key = full_key(e->q, text);

	struct errand *first = map_get(&in_progress, key);

	if (first && e->q->join)
		list_append(&first->joined, &e->node);
	if (first)
		return false;
	map_put(&in_progress, key, e);
	e->keyed = true;
	return true;
}

static void run_keyed(struct errand *e);

/* Whoever waited for the same comes again: the first of them takes the key. */
static void wake_joined(struct errand *e)
{
	struct list *node;

	while ((node = list_pop(&e->joined)))
		run_keyed(LIST_OF(node, struct errand, node));
}

static void release_key(struct errand *e)
{
	char text[512];

	if (e->keyed)
		map_remove(&in_progress, full_key(e->q, text));
	if (in_progress.count == 0)
		map_finish(&in_progress);
	e->keyed = false;
}

/* --- ending an errand ----------------------------------------------------------- */

static void finish(struct errand *e, const struct reply *r)
{
	struct device *held = e->held;

	release_key(e);
	e->done(e->q, r, e->arg);
	wake_joined(e);
	buf_finish(&e->text);
	free(e);
	if (held) {
		held->holders--;
		device_settle_gone(held);
	}
}

/* Takes the body. */
static struct idem *make_idem(struct errand *e, int status, struct buf *body, job_id job)
{
	struct request *q = e->q;
	struct idem *idem = mem_alloc(sizeof *idem);

	str_copy(idem->scope, sizeof idem->scope, str_of(q->scope));
	str_copy(idem->key, sizeof idem->key, str_of(q->key));
	memcpy(idem->fingerprint, q->fingerprint, sizeof idem->fingerprint);
	idem->created = clock_wall();
	idem->job = job;
	idem->status = status;
	idem->body = mem_strdup(buf_cstr(body));
	buf_finish(body);
	return idem;
}

struct idem *errand_idem(struct errand *e, const struct reply *r, job_id job)
{
	struct answer a = { .status = 200 };

	if (!e->keyed)
		return NULL;
	buf_init(&a.body, 1048576);
	e->q->encode(e->q, r, &a);
	e->stored = true;
	return make_idem(e, a.status, &a.body, job);
}

struct idem *errand_idem_job(struct errand *e, job_id job)
{
	struct buf body;

	if (!e->keyed)
		return NULL;
	buf_init(&body, 16);
	e->stored = true;
	return make_idem(e, 200, &body, job);
}

struct idem *errand_idem_doubt(struct errand *e, enum err doubt, job_id job)
{
	struct buf body;
	struct why why;

	if (!e->keyed)
		return NULL;
	why_fail(&why, doubt, NULL);
	buf_init(&body, 4096);
	e->q->dialect->refuse(&why, &body);
	return make_idem(e, err_status(doubt), &body, job);
}

struct idem_task {
	struct task task;
	struct errand *errand;
	struct idem *put;
	enum err failure; /* to be told once the key is free again */
};

static enum err run_put_idem(const struct store_plug *plug, struct store *s, struct task *t,
    struct why *why)
{
	return plug->put_idem(s, CONTAINER_OF(t, struct idem_task, task)->put, why);
}

static void on_idem_put(struct task *t)
{
	struct idem_task *it = CONTAINER_OF(t, struct idem_task, task);
	struct errand *e = it->errand;
	struct reply r = { .stored = it->put };

	if (t->err) {
		r = (struct reply){ .err = t->err, .why = t->why };
	}
	finish(e, &r);
	idem_finish(it->put);
	free(it->put);
	free(it);
}

/* Verbs without a commit of their own: the answer is stored now. */
static void store_answer(struct errand *e, const struct reply *r)
{
	struct idem_task *it = mem_alloc(sizeof *it);

	it->task.run = run_put_idem;
	it->task.done = on_idem_put;
	it->errand = e;
	it->put = errand_idem(e, r, 0);
	clerk_post(e->q->platen->clerk, &it->task);
}

void errand_reply(struct errand *e, const struct reply *r)
{
	if (e->keyed && !e->stored && !r->err)
		store_answer(e, r);
	else
		finish(e, r);
}

void errand_ok(struct errand *e)
{
	struct reply r = { 0 };

	errand_reply(e, &r);
}

void errand_leave(struct errand *e)
{
	struct reply r = { .err = E_DRAINING, .unanswered = true };

	why_fail(&r.why, E_DRAINING, NULL);
	finish(e, &r);
}

static int retry_after(enum err err)
{
	switch (err) {
	case E_RATE:
	case E_WIRE_BUSY:
		return 1;
	case E_QUEUE_FULL:
	case E_STORE:
	case E_DRAINING:
	case E_IN_PROGRESS:
		return 5;
	case E_DISK:
		return 60;
	default:
		return 0;
	}
}

void errand_fail(struct errand *e, enum err err, const struct why *why)
{
	struct reply r = { .err = err, .retry_after = retry_after(err) };

	if (why)
		r.why = *why;
	else
		why_fail(&r.why, err, NULL);
	errand_reply(e, &r);
}

/* --- what is subscribed ----------------------------------------------------------- */

static void subscribe(struct errand *e, bool on)
{
	if (!e->q->session) {
		errand_fail(e, E_UNSUPPORTED, NULL);
		return;
	}
	session_subscribe(e->q->session, e->q->topics, on);
	errand_ok(e);
}

void verb_subscribe(struct errand *e)
{
	subscribe(e, true);
}

void verb_unsubscribe(struct errand *e)
{
	subscribe(e, false);
}

/* The audit is read by whoever encodes the answer. */
void verb_commands(struct errand *e)
{
	errand_ok(e);
}

/* --- freeing a key ------------------------------------------------------------------ */

static enum err run_drop_idem(const struct store_plug *plug, struct store *s, struct task *t,
    struct why *why)
{
	const struct request *q = CONTAINER_OF(t, struct idem_task, task)->errand->q;

	return plug->drop_idem(s, q->scope, q->key, why);
}

static void on_idem_dropped(struct task *t)
{
	struct idem_task *it = CONTAINER_OF(t, struct idem_task, task);

	errand_fail(it->errand, it->failure, NULL);
	free(it);
}

void errand_fail_open(struct errand *e, enum err err)
{
	struct idem_task *it;

	if (!e->keyed) {
		errand_fail(e, err, NULL);
		return;
	}
	it = mem_alloc(sizeof *it);
	it->task.run = run_drop_idem;
	it->task.done = on_idem_dropped;
	it->errand = e;
	it->failure = err;
	clerk_post(e->q->platen->clerk, &it->task);
}

/* --- beginning one ------------------------------------------------------------- */

/* A key being looked up. It outlives its errand when the store stands still. */
struct lookup {
	struct task task;
	struct errand *errand; /* NULL once it was refused as too late */
	struct timer *late;
	struct idem found;
	char scope[256], key[201];
};

static enum err run_lookup(const struct store_plug *plug, struct store *s, struct task *t,
    struct why *why)
{
	struct lookup *l = CONTAINER_OF(t, struct lookup, task);

	return plug->get_idem(s, l->scope, l->key, &l->found, why);
}

static void replay(struct errand *e, const struct idem *idem)
{
	struct reply r = { .replayed = true, .stored = idem };

	e->replayed = e->stored = true;
	if (memcmp(idem->fingerprint, e->q->fingerprint, sizeof idem->fingerprint) != 0)
		errand_fail(e, E_KEY_REUSED, NULL);
	else if (idem->job && (e->q->await_ms || !idem->body[0]))
		errand_await(e, idem->job);
	else
		finish(e, &r);
}

static void carry_out(struct errand *e)
{
	struct request *q = e->q;
	struct why why;

	if (q->judge && q->judge(q, &why))
		errand_fail(e, why.err, &why);
	else
		verbs[q->verb].run(e);
}

static void on_found(struct task *t)
{
	struct lookup *l = CONTAINER_OF(t, struct lookup, task);
	struct errand *e = l->errand;

	if (e && t->err == E_NOT_FOUND)
		carry_out(e);
	else if (e && t->err)
		errand_fail(e, t->err, &t->why);
	else if (e)
		replay(e, &l->found);
	timer_destroy(l->late);
	idem_finish(&l->found);
	free(l);
}

/* Nothing has been begun, so the client may simply come again. */
static void on_lookup_late(void *arg)
{
	struct lookup *l = arg;
	struct errand *e = l->errand;

	l->errand = NULL;
	errand_fail(e, E_STORE, NULL);
}

static void look_up(struct errand *e)
{
	struct platen *p = e->q->platen;
	struct lookup *l = mem_alloc(sizeof *l);

	l->task.run = run_lookup;
	l->task.done = on_found;
	l->task.read_only = true;
	l->errand = e;
	str_copy(l->scope, sizeof l->scope, str_of(e->q->scope));
	str_copy(l->key, sizeof l->key, str_of(e->q->key));
	l->late = timer_create_on(p->loop, on_lookup_late, l);
	timer_arm(l->late, p->config->daemon.commit_timeout, 0);
	clerk_post(p->clerk, &l->task);
}

/* Its printer may be taken from the configuration meanwhile. */
static void hold_device(struct errand *e)
{
	struct device *d = e->q->device;

	if (!d || d->transient)
		return;
	d->holders++;
	e->held = d;
}

/* What may not be printed is refused before the key counts. */
static void run_keyed(struct errand *e)
{
	struct request *q = e->q;
	struct why why;

	if (q->verb == VERB_SUBMIT && submit_check(q, &why))
		errand_fail(e, why.err, &why);
	else if (claim_key(e))
		look_up(e);
	else if (!q->join)
		errand_fail(e, E_IN_PROGRESS, NULL);
}

void desk_run(struct request *q, desk_done *done, void *arg)
{
	struct errand *e = mem_alloc(sizeof *e);

	e->q = q;
	e->done = done;
	e->arg = arg;
	buf_init(&e->text, 4194304);
	list_init(&e->joined);
	list_init(&e->node);
	hold_device(e);
	if (q->key[0])
		run_keyed(e);
	else
		carry_out(e);
}
