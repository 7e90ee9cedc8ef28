/*
 * One timer per polled device; the interval counts from the end of a poll.
 */
#include "core/telemetry.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/sha.h"
#include "core/device_inside.h"
#include "net/loop.h"
#include "sys/clock.h"

#define FAILURES_MAX 5
#define FIRST_POLL_MS 1000 /* within this after a start, spread over the devices */
#define UNREADY_MAX 3      /* jobs in a row that could not begin */
#define STALE_POLLS 3      /* telemetry older than so many intervals holds nothing */

static int64_t random_below(int64_t limit)
{
	uint32_t n;

	random_bytes(&n, sizeof n);
	return limit > 0 ? (int64_t)(n % (uint64_t)limit) : 0;
}

/* It would answer a poll. */
static bool answers(const struct device *d)
{
	return d->settings.language->poll && !d->adhoc && !d->transient &&
	    strncmp(d->settings.uri, "socket:", 7) == 0;
}

static bool pollable(const struct device *d)
{
	return d->settings.polling && answers(d);
}

/* Up to a tenth earlier, so that many devices do not fall into step. */
static void arm(struct device *d)
{
	const struct settings *s = &d->settings;
	int64_t interval = d->condition.given_up ? s->poll_recheck : s->poll_interval;

	timer_arm(d->poll_timer, interval - random_below(interval / 10), 0);
}

/* Who it is and how it proves its prints is asked only where we poll anyway. */
static void post_poll(struct device *d)
{
	const struct condition *c = &d->condition;
	struct order *o = order_create(ORDER_POLL);

	o->wish.errors = facts_hold(&c->facts) == HOLD_ERROR;
	o->wish.proof = d->poll_timer && c->proof == PROOF_UNKNOWN &&
	    d->settings.confirm == CONFIRM_AUTO;
	/* a printer that says who it is may be asked for more */
	o->wish.identity = d->poll_timer &&
	    (c->identity_due || (o->wish.proof && !c->identity.known));
	d->polling = true;
	worker_post(d->worker, o);
}

static void on_due(void *arg)
{
	struct device *d = arg;

	if (d->line.active || d->probing || d->polling || d->gone) {
		d->platen->devices.polls.skipped++;
		arm(d);
		return;
	}
	post_poll(d);
}

/* --- asking on behalf of somebody ----------------------------------------------- */

struct asker {
	struct list node;
	probe_fn *fn;
	void *arg;
};

void telemetry_ask(struct device *d, probe_fn *fn, void *arg)
{
	struct asker *a;

	if (!answers(d)) {
		device_probe(d, fn, arg);
		return;
	}
	a = mem_alloc(sizeof *a);
	a->fn = fn;
	a->arg = arg;
	list_append(&d->asks, &a->node);
	if (!d->polling)
		post_poll(d);
}

/* One that gave way to a probe is made again: a job would have been an answer. */
static bool ask_again(struct device *d, const struct outcome *out)
{
	bool again = out->err == E_CANCELLED && !list_empty(&d->asks) && !d->gone &&
	    !d->line.active && !d->platen->draining;

	if (again)
		post_poll(d);
	return again;
}

static void answer_askers(struct device *d, bool reached)
{
	struct list askers;
	struct list *node;

	list_init(&askers);
	list_splice(&askers, &d->asks);
	while ((node = list_pop(&askers))) {
		struct asker *a = LIST_OF(node, struct asker, node);

		a->fn(d, reached, a->arg);
		free(a);
	}
}

static void forget(struct condition *c)
{
	memset(&c->facts, 0, sizeof c->facts);
	memset(&c->identity, 0, sizeof c->identity);
	c->identity_due = true;
	c->failures = c->silent = 0;
	c->given_up = false;
}

void telemetry_start(struct device *d)
{
	forget(&d->condition);
	if (!pollable(d)) {
		telemetry_stop(d);
		d->condition.source = SOURCE_DISABLED;
		return;
	}
	d->condition.source = SOURCE_UNKNOWN;
	if (!d->poll_timer)
		d->poll_timer = timer_create_on(d->platen->loop, on_due, d);
	timer_arm(d->poll_timer, random_below(FIRST_POLL_MS), 0);
}

void telemetry_stop(struct device *d)
{
	timer_destroy(d->poll_timer);
	d->poll_timer = NULL;
}

/* --- what an answer changes ------------------------------------------------------ */

static void give_up(struct device *d)
{
	d->condition.given_up = true;
	d->condition.source = SOURCE_DISABLED;
	log_warn("device.poll", "%s: no telemetry in %u polls; asking every %lld s from now on",
	    d->name, d->condition.failures, (long long)d->settings.poll_recheck / 1000);
}

static void failed(struct device *d)
{
	if (d->poll_timer && ++d->condition.failures >= FAILURES_MAX && !d->condition.given_up)
		give_up(d);
}

static void unreachable(struct device *d)
{
	d->condition.facts.online = TRI_NO;
	d->condition.identity_due = true;
	failed(d);
}

/* It took the connection and said nothing that we understand. */
static void mute(struct device *d)
{
	struct condition *c = &d->condition;

	memset(&c->facts, 0, sizeof c->facts);
	c->printing = false;
	if (!c->given_up)
		c->source = SOURCE_INFERRED;
	c->silent += d->poll_timer != NULL;
	failed(d);
}

static void set_proof(struct device *d, enum proof proof)
{
	if (proof == d->condition.proof)
		return;
	d->condition.proof = proof;
	device_save(d);
	log_info("device.proof", "%s: prints are proven by %s", d->name, proof_name(proof));
}

/* Another printer at the same address proves its prints in its own way. */
static void identify(struct device *d, const struct identity *now)
{
	struct identity *known = &d->condition.identity;

	bool guessed = !known->known && d->condition.proof == PROOF_STATUS;

	if ((known->known || guessed) && memcmp(known, now, sizeof *now) != 0)
		set_proof(d, PROOF_UNKNOWN);
	*known = *now;
	d->condition.identity_due = false;
}

/* An answer alone does not end giving up: see revive. */
static void heard(struct device *d, const struct poll_answer *a)
{
	struct condition *c = &d->condition;

	facts_merge(&c->facts, &a->facts);
	c->printing = a->printing;
	if (c->facts.online == TRI_NO)
		c->identity_due = true; /* another one may hang there afterwards */
	c->last_status = clock_wall();
	if (!c->given_up) {
		c->failures = c->silent = 0;
		c->source = SOURCE_TELEMETRY;
	}
}

static void polled(struct device *d, const struct poll_answer *a)
{
	bool asked = d->poll_timer && d->condition.identity_due && a->facts.online == TRI_YES;

	heard(d, a);
	if (asked || a->identity.known)
		identify(d, &a->identity);
	if (a->proof != PROOF_UNKNOWN)
		set_proof(d, a->proof);
}

int64_t telemetry_bucket_us(unsigned i)
{
	static const int64_t bounds[POLL_BUCKETS - 1] = {
		1000, 2000, 5000, 10000, 50000, 250000, 1000000,
	};

	return i < COUNT_OF(bounds) ? bounds[i] : -1;
}

static unsigned bucket_of(int64_t us)
{
	unsigned i = 0;

	while (telemetry_bucket_us(i) >= 0 && us > telemetry_bucket_us(i))
		i++;
	return i;
}

static void count(struct poll_totals *t, const struct outcome *out)
{
	int64_t us = out->open_us + out->send_us;

	if (out->err == E_CANCELLED) {
		t->gave_way++;
	} else if (out->err) {
		t->unreachable++;
	} else if (!out->answer.valid) {
		t->silent++;
	} else {
		t->answered++;
		t->us_sum += (uint64_t)us;
		t->buckets[bucket_of(us)]++;
	}
}

struct shown {
	enum reach reach;
	enum source source;
	struct facts facts;
	bool printing;
	struct identity identity;
};

static struct shown shown(const struct device *d)
{
	struct shown s;

	memset(&s, 0, sizeof s);
	s.reach = d->condition.reach;
	s.source = d->condition.source;
	s.facts = d->condition.facts;
	s.printing = d->condition.printing;
	s.identity = d->condition.identity;
	return s;
}

static void tell(struct device *d, const struct shown *before)
{
	struct shown after = shown(d);

	if (memcmp(before, &after, sizeof after) != 0)
		device_changed(d);
}

static void conclude(struct device *d, const struct outcome *out)
{
	struct shown before = shown(d);
	enum source source = d->condition.source;

	device_contact(d, out->err, &out->why);
	if (out->err)
		unreachable(d);
	else if (out->answer.valid)
		polled(d, &out->answer);
	else
		mute(d);
	if (!d->poll_timer)
		d->condition.source = source;
	tell(d, &before);
	if (!out->err)
		queue_reached(d->platen->queue, d);
}

void telemetry_answered(struct device *d, const struct outcome *out)
{
	d->polling = false;
	count(&d->platen->devices.polls, out);
	if (ask_again(d, out))
		return;
	if (!d->gone && out->err != E_CANCELLED)
		conclude(d, out);
	if (!d->gone && d->poll_timer)
		arm(d);
	answer_askers(d, out->err == E_OK);
}

void telemetry_told(struct device *d, const struct outcome *out)
{
	struct shown before = shown(d);

	if (d->gone)
		return;
	heard(d, &out->answer);
	tell(d, &before);
	queue_reached(d->platen->queue, d);
}

/* A print that went well is a sign of life, unless the printer never says a
 * word. */
static void revive(struct device *d, bool answered)
{
	struct condition *c = &d->condition;

	if (!c->given_up || (c->silent >= c->failures && !answered))
		return;
	log_info("device.poll", "%s: polling again after a print", d->name);
	c->given_up = false;
	c->failures = c->silent = 0;
	c->source = SOURCE_INFERRED;
	if (d->poll_timer)
		arm(d);
}

/* It is found out anew, and at once, how a printer proves its prints when what
 * was learned keeps its jobs from beginning. */
static void doubt_proof(struct device *d, bool unready)
{
	struct condition *c = &d->condition;

	c->unready = unready ? c->unready + 1 : 0;
	if (c->unready < UNREADY_MAX)
		return;
	c->unready = 0;
	set_proof(d, PROOF_UNKNOWN);
	if (d->poll_timer)
		timer_arm(d->poll_timer, 0, 0);
}

void telemetry_printed(struct device *d, const struct outcome *out)
{
	struct condition *c = &d->condition;
	struct shown before = shown(d);

	doubt_proof(d, out->err == E_UNREADY);
	if (!out->err) {
		c->last_print = clock_wall();
		revive(d, out->answer.valid);
	}
	if (out->answer.valid)
		heard(d, &out->answer);
	else if (c->source == SOURCE_UNKNOWN)
		c->source = SOURCE_INFERRED;
	tell(d, &before);
}

/* --- what follows from it ------------------------------------------------------------ */

int64_t condition_age(const struct device *d)
{
	int64_t age = clock_wall() - d->condition.last_status;

	return !d->condition.last_status || age < 0 ? -1 : age;
}

enum hold condition_hold(const struct device *d)
{
	const struct condition *c = &d->condition;
	int64_t fresh = d->settings.poll_interval * STALE_POLLS + d->settings.open_timeout;

	if (c->source != SOURCE_TELEMETRY || c->failures ||
	    clock_wall() - c->last_status > fresh)
		return HOLD_NONE;
	return facts_hold(&c->facts);
}

enum reach condition_reach(const struct device *d)
{
	const struct condition *c = &d->condition;

	if (c->source == SOURCE_TELEMETRY && c->facts.online == TRI_NO)
		return REACH_OFFLINE;
	return c->reach;
}

enum proof condition_proof(const struct device *d, bool exact)
{
	if (exact && d->settings.confirm != CONFIRM_FENCE)
		return PROOF_NONE;
	if (d->adhoc || d->settings.confirm == CONFIRM_NONE || !d->settings.language->confirm)
		return PROOF_NONE;
	if (d->settings.confirm == CONFIRM_FENCE && d->condition.proof <= PROOF_STATUS)
		return PROOF_PROCESS_ID;
	return d->condition.proof;
}
