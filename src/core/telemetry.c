/*
 * One timer per polled device; the interval counts from the end of a poll.
 */
#include "core/telemetry.h"

#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/sha.h"
#include "core/device_inside.h"
#include "net/loop.h"
#include "sys/clock.h"

#define FAILURES_MAX 5
#define GIVEN_UP_MS 60000
#define FIRST_POLL_MS 1000 /* within this after a start, spread over the devices */
#define STALE_POLLS 3      /* telemetry older than so many intervals holds nothing */

static int64_t random_below(int64_t limit)
{
	uint32_t n;

	random_bytes(&n, sizeof n);
	return limit > 0 ? (int64_t)(n % (uint64_t)limit) : 0;
}

static bool pollable(const struct device *d)
{
	return d->settings.polling && d->settings.language->poll && !d->adhoc && !d->transient &&
	    strncmp(d->settings.uri, "socket:", 7) == 0;
}

/* Up to a tenth earlier, so that many devices do not fall into step. */
static void arm(struct device *d)
{
	int64_t interval = d->condition.given_up ? GIVEN_UP_MS : d->settings.poll_interval;

	timer_arm(d->poll_timer, interval - random_below(interval / 10), 0);
}

static void on_due(void *arg)
{
	struct device *d = arg;
	struct condition *c = &d->condition;
	struct order *o;

	if (d->line.active || d->probing || d->polling || d->gone) {
		arm(d);
		return;
	}
	o = order_create(ORDER_POLL);
	o->wish.identity = !c->identity.known;
	o->wish.errors = facts_hold(&c->facts) == HOLD_ERROR;
	o->wish.proof = c->proof == PROOF_UNKNOWN && d->settings.confirm == CONFIRM_AUTO;
	d->polling = true;
	worker_post(d->worker, o);
}

static void forget(struct condition *c)
{
	memset(&c->facts, 0, sizeof c->facts);
	memset(&c->identity, 0, sizeof c->identity);
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
	log_warn("device.poll", "%s: no telemetry in %u polls; asking once a minute from now on",
	    d->name, d->condition.failures);
}

static void failed(struct device *d)
{
	if (++d->condition.failures >= FAILURES_MAX && !d->condition.given_up)
		give_up(d);
}

static void unreachable(struct device *d)
{
	d->condition.facts.online = TRI_NO;
	failed(d);
}

/* It took the connection and said nothing that we understand. */
static void mute(struct device *d)
{
	struct condition *c = &d->condition;

	memset(&c->facts, 0, sizeof c->facts);
	if (!c->given_up)
		c->source = SOURCE_INFERRED;
	c->silent++;
	failed(d);
}

static void learn(struct device *d, const struct poll_answer *a)
{
	struct condition *c = &d->condition;

	if (a->identity.known)
		c->identity = a->identity;
	if (a->proof == PROOF_UNKNOWN || a->proof == c->proof)
		return;
	c->proof = a->proof;
	device_save(d);
	log_info("device.proof", "%s: prints are proven by %s", d->name, proof_name(a->proof));
}

static void heard(struct device *d, const struct poll_answer *a)
{
	struct condition *c = &d->condition;
	bool was_offline = c->facts.online == TRI_NO;

	facts_merge(&c->facts, &a->facts);
	c->last_status = clock_wall();
	c->failures = c->silent = 0;
	if (c->given_up)
		log_info("device.poll", "%s: telemetry is back", d->name);
	c->given_up = false;
	c->source = SOURCE_TELEMETRY;
	learn(d, a);
	if (was_offline && c->facts.online == TRI_YES && !a->identity.known)
		c->identity.known = false; /* another one may hang there now: ask again */
}

struct shown {
	enum reach reach;
	enum source source;
	struct facts facts;
	struct identity identity;
};

static struct shown shown(const struct device *d)
{
	struct shown s;

	memset(&s, 0, sizeof s);
	s.reach = d->condition.reach;
	s.source = d->condition.source;
	s.facts = d->condition.facts;
	s.identity = d->condition.identity;
	return s;
}

static void tell(struct device *d, const struct shown *before)
{
	struct shown after = shown(d);

	if (memcmp(before, &after, sizeof after) != 0)
		device_changed(d);
}

void telemetry_answered(struct device *d, const struct outcome *out)
{
	struct shown before = shown(d);

	d->polling = false;
	if (d->gone)
		return;
	if (d->poll_timer)
		arm(d);
	if (out->err == E_CANCELLED)
		return;
	device_contact(d, out->err, &out->why);
	if (out->err)
		unreachable(d);
	else if (out->answer.valid)
		heard(d, &out->answer);
	else
		mute(d);
	tell(d, &before);
	if (!out->err)
		queue_reached(d->platen->queue, d);
}

/* A print that went well is a sign of life, unless the printer never said a
 * word in the polls that failed. */
static void revive(struct device *d)
{
	struct condition *c = &d->condition;

	if (!c->given_up || c->silent >= c->failures)
		return;
	log_info("device.poll", "%s: polling again after a print", d->name);
	c->given_up = false;
	c->failures = c->silent = 0;
	c->source = SOURCE_INFERRED;
	if (d->poll_timer)
		arm(d);
}

void telemetry_printed(struct device *d, const struct outcome *out)
{
	struct condition *c = &d->condition;
	struct shown before = shown(d);

	if (!out->err)
		c->last_print = clock_wall();
	if (out->answer.valid)
		heard(d, &out->answer);
	else if (c->source == SOURCE_UNKNOWN)
		c->source = SOURCE_INFERRED;
	if (!out->err)
		revive(d);
	tell(d, &before);
}

/* --- what follows from it ------------------------------------------------------------ */

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
