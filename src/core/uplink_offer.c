/*
 * An offer becomes a job, once. The desk looks its id up and stores it in the
 * commit of the job; what cannot become one is stored as refused, with the
 * report that this is owed, in one commit too. Until then the offer is in a
 * map, and whoever offers it again meanwhile waits for the same answer.
 */
#include "core/uplink_inside.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "core/audit.h"
#include "core/front.h"
#include "sys/clock.h"

#define OFFERS_MAX 1024
#define OFFERS_BYTES (32u << 20)
#define CLAIMS_MAX 16 /* who wait for one offer; more are not acknowledged */
#define TEXT_MAX 8192

struct offering {
	struct uplink *uplink;
	struct caller caller;
	struct request request;
	struct claim claims[CLAIMS_MAX];
	size_t claim_count;
	size_t bytes;
	bool kick;
};

static struct str key_of(const struct uplink *u, struct str id, char out[static 256])
{
	int n = snprintf(out, 256, "%s\n%.*s", u->name, STR_ARG(id));

	return (struct str){ out, (size_t)n };
}

/* --- the end of an offer ------------------------------------------------------------ */

static void finish(struct offering *o, const char *error)
{
	struct uplink *u = o->uplink;
	char text[256];

	for (size_t i = 0; i < o->claim_count; i++)
		channels_ack(u, o->claims[i].number, o->claims[i].ack, error);
	if (o->request.entry)
		audit_result(u->all->platen->audit, o->request.entry, error != NULL,
		    error ? str_of(error) : STR("\"taken\""));
	map_remove(&u->all->offers, key_of(u, str_of(o->request.key), text));
	u->all->offer_bytes -= o->bytes;
	request_finish(&o->request);
	free(o);
	uplink_release(u);
}

/* Not now; the backend may offer it again. */
static void turn_away(struct offering *o, const struct why *why)
{
	log_warn("uplink.offer", "%s: %s is not taken: %s", o->uplink->name, o->request.key,
	    why->text);
	for (size_t i = 0; i < o->claim_count; i++)
		if (o->claims[i].missed)
			missed_ask_later(o->uplink);
	finish(o, why->text);
}

/* --- seen before, or never to be printed ------------------------------------------------ */

struct recall {
	struct task task;
	struct offering *offering;
	struct buf name, text;  /* the report of a refusal; empty: it was seen before */
	struct idem idem;       /* what is known under its id */
	struct job job;         /* ... and the job, if it was one */
	bool seen;
};

static enum err put_refusal(const struct store_plug *plug, struct store *s, struct recall *r,
    struct why *why)
{
	const struct request *q = &r->offering->request;
	struct idem *idem = &r->idem;
	enum err err;

	str_copy(idem->scope, sizeof idem->scope, str_of(q->scope));
	str_copy(idem->key, sizeof idem->key, str_of(q->key));
	idem->created = clock_wall();
	idem->status = 422;
	idem->body = mem_strdup(buf_cstr(&r->text));
	err = plug->put_idem(s, idem, why);
	return err ? err : plug->put_value(s, buf_cstr(&r->name), buf_str(&r->text), why);
}

/* Its report is owed once more. */
static enum err put_again(const struct store_plug *plug, struct store *s, struct recall *r,
    struct why *why)
{
	const struct uplink *u = r->offering->uplink;
	char name[REPORT_NAME];
	enum err err;

	if (!r->idem.job)
		return plug->put_value(s, buf_cstr(&r->name), str_of(r->idem.body), why);
	err = plug->get_job(s, r->idem.job, &r->job, why);
	if (err == E_NOT_FOUND)
		return E_OK; /* forgotten, as the backend should have by now */
	if (err || !outbox_owes(&r->job))
		return err;
	outbox_job_row(u, &r->job, name);
	return plug->put_value(s, name, STR_NONE, why);
}

static enum err run_recall(const struct store_plug *plug, struct store *s, struct task *t,
    struct why *why)
{
	struct recall *r = CONTAINER_OF(t, struct recall, task);
	const struct request *q = &r->offering->request;
	enum err err = plug->get_idem(s, q->scope, q->key, &r->idem, why);

	r->seen = !err;
	if (r->seen)
		return put_again(plug, s, r, why);
	if (err == E_NOT_FOUND)
		err = r->text.len ? put_refusal(plug, s, r, why) : E_OK;
	return err;
}

static void owe(struct recall *r)
{
	struct uplink *u = r->offering->uplink;

	if (u->gone)
		return;
	if (r->job.id && outbox_owes(&r->job))
		outbox_add(u, &r->job);
	else if (!r->idem.job && r->idem.body)
		outbox_add_row(u, buf_cstr(&r->name), str_of(r->idem.body));
}

static void on_recalled(struct task *t)
{
	struct recall *r = CONTAINER_OF(t, struct recall, task);
	struct offering *o = r->offering;

	if (!t->err)
		owe(r);
	idem_finish(&r->idem);
	buf_finish(&r->name);
	buf_finish(&r->text);
	if (t->err)
		turn_away(o, &t->why);
	else
		finish(o, NULL);
	free(r);
}

/* `refused`: why it never prints, unless it was seen before; NULL: it was. */
static void recall(struct offering *o, const struct why *refused)
{
	struct recall *r = mem_alloc(sizeof *r);
	struct job told = { .state = JOB_FAILED, .ended = clock_wall() };

	r->task.run = run_recall;
	r->task.done = on_recalled;
	r->offering = o;
	buf_init(&r->name, 256);
	buf_init(&r->text, TEXT_MAX);
	str_copy(told.remote, sizeof told.remote, str_of(o->request.key));
	str_copy(told.printer, sizeof told.printer, str_of(o->request.printer));
	if (refused) {
		told.err = refused->err;
		told.state = refused->err == E_EXPIRED ? JOB_EXPIRED : JOB_FAILED;
		str_copy(told.reason, sizeof told.reason, str_of(refused->text));
	}
	outbox_refusal(o->uplink, &told, &r->name, &r->text);
	if (!refused)
		buf_clear(&r->text);
	clerk_post(o->uplink->all->platen->clerk, &r->task);
}

static void refuse(struct offering *o, const struct why *why)
{
	log_warn("uplink.offer", "%s: %s is refused: %s", o->uplink->name, o->request.key,
	    why->text);
	recall(o, why);
}

/* --- accepted --------------------------------------------------------------------------------- */

static void on_kick(enum err err, const struct why *why, void *arg)
{
	(void)arg;
	if (err)
		log_warn("uplink.kick", "the drawer's pulse is dropped: %s", why->text);
}

/* A pulse of its own: it is never late, as the paper may be. */
static void kick(struct offering *o)
{
	struct queue *q = o->uplink->all->platen->queue;
	struct device *d = device_find(&o->uplink->all->platen->devices,
	    str_of(o->request.printer));
	struct job *job;
	struct why why;

	if (!d)
		return;
	job = job_create(KIND_KICK);
	job->lifetime = d->settings.drawer_expiry;
	job->ticket.drawer_pin = d->settings.drawer_pin;
	str_copy(job->dialect, sizeof job->dialect, str_of(o->uplink->kind->name));
	str_copy(job->caller, sizeof job->caller, str_of(o->caller.principal));
	if (queue_admit(q, d, job, &why)) {
		on_kick(why.err, &why, NULL);
		job_destroy(job);
	} else {
		queue_commit(q, job, NULL, on_kick, NULL);
	}
}

/* It can never be printed, however often it is offered. */
static bool is_final(enum err err)
{
	return err == E_COMMAND || err == E_NOT_ALLOWED || err == E_MEDIA || err == E_FIELD;
}

static void on_done(struct request *q, const struct reply *r, void *arg)
{
	struct offering *o = arg;

	(void)q;
	if (r->replayed) {
		recall(o, NULL);
	} else if (!r->err) {
		if (o->kick)
			kick(o);
		finish(o, NULL);
	} else if (is_final(r->err)) {
		refuse(o, &r->why);
	} else {
		turn_away(o, &r->why);
	}
}

static void encode(const struct request *q, const struct reply *r, struct answer *out)
{
	(void)q;
	(void)r;
	buf_puts(&out->body, "{\"ok\":true}");
}

/* --- whose it is, and where it goes -------------------------------------------------- */

static bool is_ours(const struct uplink *u, const struct offer *in)
{
	const struct pairing *g = u->all->platen->pairing;
	bool ours = (!in->business.len || str_is(in->business, pairing_business(g))) &&
	    (!in->location.len || str_is(in->location, pairing_location(g)));

	if (!ours)
		log_warn("uplink.offer", "%s: %.*s is for another business or location", u->name,
		    STR_ARG(in->id));
	return ours;
}

static bool serves(const struct printer_block *b, struct str station)
{
	for (size_t i = 0; i < b->stations.count; i++)
		if (str_is(station, b->stations.items[i]))
			return true;
	return false;
}

/* The printer that is named, else the first that has the station; NULL: the
 * offer is for another bridge. */
static struct device *route(const struct uplink *u, const struct offer *in)
{
	const struct config *c = u->all->platen->config;
	struct devices *devices = &u->all->platen->devices;

	if (in->printer.len)
		return device_find_uuid(devices, in->printer);
	for (size_t i = 0; i < c->printer_count; i++)
		if (serves(&c->printers[i], in->station))
			return device_find(devices, str_of(c->printers[i].name));
	return NULL;
}

/* What is left of the time to live: E_EXPIRED when nothing is. */
static enum err set_lifetime(const struct uplink *u, const struct offer *in,
    const struct claim *claim, struct job *job, struct why *why)
{
	int64_t age = claim->missed && in->created ? clock_wall() - in->created : 0;

	job->lifetime = u->ttl_ms - (age > 0 ? age : 0);
	return job->lifetime > 0 ? E_OK : why_fail(why, E_EXPIRED, NULL);
}

static enum err make_job(struct offering *o, struct offer *in, const struct printer_block *b,
    struct why *why)
{
	const struct uplink *u = o->uplink;
	struct job *job = job_create(KIND_PRINT);
	enum err err;

	o->request.draft = job;
	job->on_doubt = DOUBT_HOLD;
	str_copy(job->dialect, sizeof job->dialect, str_of(u->kind->name));
	str_copy(job->caller, sizeof job->caller, str_of(o->caller.principal));
	str_copy(job->uplink, sizeof job->uplink, str_of(u->name));
	str_copy(job->remote, sizeof job->remote, in->id);
	err = u->kind->fill(in, b, job, why);
	o->request.raw_bytes = in->raw;
	o->kick = in->kick && u->allow_drawer;
	if (in->kick && !u->allow_drawer)
		log_info("uplink.offer", "%s: %.*s may not pulse the drawer (allow-drawer)",
		    u->name, STR_ARG(in->id));
	o->bytes = job->doc ? job->doc->len : 0;
	u->all->offer_bytes += o->bytes;
	return err;
}

static struct offering *begin(struct uplink *u, const struct offer *in, struct device *d,
    const struct claim *claim)
{
	struct offering *o = mem_alloc(sizeof *o);
	struct request *q = &o->request;

	o->uplink = u;
	o->claims[o->claim_count++] = *claim;
	o->caller.kind = CALLER_TOKEN;
	o->caller.allow = CAP_PRINT | (u->allow_drawer ? CAP_DRAWER : 0);
	snprintf(o->caller.principal, sizeof o->caller.principal, "uplink:%s", u->name);
	request_init(q);
	q->verb = VERB_SUBMIT;
	q->platen = u->all->platen;
	q->caller = &o->caller;
	q->encode = encode;
	q->device = d;
	str_copy(q->printer, sizeof q->printer, str_of(d->name));
	str_copy(q->key, sizeof q->key, in->id);
	snprintf(q->scope, sizeof q->scope, "uplink|%s", u->name);
	uplink_hold(u);
	return o;
}

static void join(struct offering *o, const struct claim *claim)
{
	if (o->claim_count < CLAIMS_MAX)
		o->claims[o->claim_count++] = *claim;
}

static void note_offer(struct offering *o, const struct json *body)
{
	struct command c = {
		.dialect = o->uplink->kind->name,
		.caller = &o->caller,
		.request = &o->request,
		.action = STR("offer"),
		.json = body,
	};

	o->request.entry = audit_command(o->uplink->all->platen->audit, &c);
}

static bool is_room(const struct uplinks *all)
{
	return all->offers.count < OFFERS_MAX && all->offer_bytes < OFFERS_BYTES;
}

static struct offering *waiting_one(const struct uplink *u, struct str id)
{
	char text[256];

	return map_get(&u->all->offers, key_of(u, id, text));
}

static void work(struct offering *o, struct offer *in, const struct printer_block *b,
    const struct json *body)
{
	struct uplink *u = o->uplink;
	struct why why;
	char text[256];

	map_put(&u->all->offers, key_of(u, in->id, text), o);
	bool bad = make_job(o, in, b, &why) ||
	    set_lifetime(u, in, o->claims, o->request.draft, &why);

	if (u->all->platen->auditing)
		note_offer(o, body);
	if (bad)
		refuse(o, &why);
	else
		desk_run(&o->request, on_done, o);
}

bool offer_take(struct uplink *u, const struct json *body, const struct claim *claim)
{
	const struct printer_block *b;
	struct offering *same;
	struct offer in = { 0 };
	struct device *d;

	if (u->gone || u->all->closing || !u->kind->read(body, &in) || !is_ours(u, &in))
		return true;
	d = route(u, &in);
	b = d ? uplink_block(u, d->name) : NULL;
	if (!b)
		return true;
	same = waiting_one(u, in.id);
	if (same) {
		join(same, claim);
		return true;
	}
	if (!is_room(u->all)) {
		channels_ack(u, claim->number, claim->ack, err_text(E_QUEUE_FULL));
		return false;
	}
	work(begin(u, &in, d, claim), &in, b, body);
	return true;
}
