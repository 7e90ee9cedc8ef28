/*
 * How the native dialect writes its replies and events.
 */
#include <stdio.h>
#include <string.h>

#include "base/date.h"
#include "core/door.h"
#include "core/platen.h"
#include "core/telemetry.h"
#include "front/native.h"
#include "sys/clock.h"

void native_refuse(const struct why *why, struct buf *out)
{
	struct json_w w = json_w(out);

	json_w_object(&w);
	json_w_text_field(&w, "error", why->text);
	json_w_text_field(&w, "code", err_name(why->err));
	if (why->field[0])
		json_w_text_field(&w, "field", why->field);
	json_w_object_end(&w);
}

static void date_field(struct json_w *w, const char *key, int64_t wall)
{
	char text[32];

	date_format(wall, text);
	json_w_text_field(w, key, wall ? text : NULL);
}

static void id_field(struct json_w *w, const char *key, job_id id)
{
	char text[24];

	snprintf(text, sizeof text, "%lld", (long long)id);
	json_w_text_field(w, key, text);
}

static void text_if(struct json_w *w, const char *key, const char *text)
{
	if (text[0])
		json_w_text_field(w, key, text);
}

/* --- jobs ---------------------------------------------------------------------------- */

static void job_fields(struct json_w *w, const struct job *job)
{
	id_field(w, "id", job->id);
	json_w_text_field(w, "printer", job->printer);
	json_w_int_field(w, "serial", job->serial); /* what Plato calls jobId */
	json_w_text_field(w, "kind", job_kind_name(job->kind));
	json_w_text_field(w, "state", job_state_name(job->state));
	text_if(w, "hold", hold_name(job->hold));
	text_if(w, "title", job->title);
	json_w_int_field(w, "priority", job->priority);
	date_field(w, "created", job->created);
	if (job->run_at)
		date_field(w, "run_at", job->run_at);
	if (job->ended)
		date_field(w, "ended", job->ended);
	json_w_int_field(w, "attempts", job->attempts);
	json_w_int_field(w, "reprints", job->reprints);
	json_w_int_field(w, "size", (int64_t)job->size);
	json_w_int_field(w, "sent", (int64_t)job->sent);
	text_if(w, "evidence", evidence_name(job->evidence));
	text_if(w, "grade", evidence_grade(job->evidence));
	if (job->err) {
		json_w_text_field(w, "error", job->reason);
		json_w_text_field(w, "code", err_name(job->err));
	}
	json_w_text_field(w, "dialect", job->dialect);
	json_w_text_field(w, "caller", job->caller);
}

static void write_job(struct json_w *w, const struct job *job)
{
	json_w_object(w);
	job_fields(w, job);
	json_w_object_end(w);
}

static void write_note(struct json_w *w, const struct note *n)
{
	json_w_object(w);
	date_field(w, "at", n->at);
	json_w_text_field(w, "what", n->what);
	if (n->number)
		json_w_int_field(w, "number", n->number);
	json_w_int_field(w, "sent", (int64_t)n->sent);
	text_if(w, "text", n->text);
	json_w_object_end(w);
}

void native_accepted(const struct request *q, const struct reply *r, struct answer *out)
{
	struct json_w w = json_w(&out->body);
	const struct job *job = r->job;
	bool later = job->state == JOB_SCHEDULED;

	(void)q;
	out->status = 201;
	json_w_object(&w);
	id_field(&w, "id", job->id);
	json_w_text_field(&w, "state", job_state_name(later ? JOB_SCHEDULED : JOB_QUEUED));
	json_w_text_field(&w, "printer", job->printer);
	json_w_object_end(&w);
}

void native_job(const struct request *q, const struct reply *r, struct answer *out)
{
	struct json_w w = json_w(&out->body);

	(void)q;
	json_w_object(&w);
	job_fields(&w, r->job);
	json_w_key(&w, "journal");
	json_w_array(&w);
	for (size_t i = 0; i < r->note_count; i++)
		write_note(&w, &r->notes[i]);
	json_w_array_end(&w);
	json_w_object_end(&w);
}

void native_outcome(const struct request *q, const struct reply *r, struct answer *out)
{
	struct json_w w = json_w(&out->body);

	(void)q;
	write_job(&w, r->job);
}

void native_jobs(const struct request *q, const struct reply *r, struct answer *out)
{
	struct json_w w = json_w(&out->body);

	(void)q;
	json_w_object(&w);
	json_w_key(&w, "jobs");
	json_w_array(&w);
	for (size_t i = 0; i < r->job_count; i++)
		write_job(&w, &r->jobs[i]);
	json_w_array_end(&w);
	if (r->before)
		id_field(&w, "before", r->before);
	json_w_object_end(&w);
}

/* --- devices ---------------------------------------------------------------------------- */

static void write_counts(struct json_w *w, const struct line_counts *c)
{
	json_w_key(w, "queue");
	json_w_object(w);
	json_w_int_field(w, "waiting", c->waiting);
	json_w_int_field(w, "active", c->active);
	json_w_int_field(w, "delayed", c->delayed);
	json_w_int_field(w, "unconfirmed", c->unconfirmed);
	json_w_int_field(w, "failed", c->failed - c->unconfirmed);
	json_w_object_end(w);
}

static void tri_field(struct json_w *w, const char *key, enum tri value)
{
	json_w_key(w, key);
	if (value == TRI_UNKNOWN)
		json_w_null(w);
	else
		json_w_bool(w, value == TRI_YES);
}

static void write_reasons(struct json_w *w, const struct facts *f)
{
	unsigned set = facts_reasons(f);

	json_w_key(w, "reasons");
	json_w_array(w);
	for (unsigned r = 0; r < REASONS; r++) {
		if (!(set & 1u << r))
			continue;
		json_w_object(w);
		json_w_text_field(w, "reason", reason_name((enum reason)r));
		text_if(w, "upos", reason_upos((enum reason)r));
		json_w_object_end(w);
	}
	json_w_array_end(w);
}

static void write_identity(struct json_w *w, const struct identity *id)
{
	json_w_key(w, "identity");
	if (!id->known) {
		json_w_null(w);
		return;
	}
	json_w_object(w);
	json_w_text_field(w, "manufacturer", id->manufacturer[0] ? id->manufacturer : NULL);
	json_w_text_field(w, "model", id->model[0] ? id->model : NULL);
	json_w_text_field(w, "serial", id->serial[0] ? id->serial : NULL);
	json_w_text_field(w, "firmware", id->firmware[0] ? id->firmware : NULL);
	json_w_object_end(w);
}

static void write_telemetry(struct json_w *w, const struct condition *c)
{
	const char *name;
	enum tri value;

	json_w_text_field(w, "source", source_name(c->source));
	json_w_key(w, "facts");
	json_w_object(w);
	for (unsigned i = 0; (name = facts_at(&c->facts, i, &value)); i++)
		tri_field(w, name, value);
	json_w_object_end(w);
	write_reasons(w, &c->facts);
	write_identity(w, &c->identity);
	json_w_text_field(w, "proof", proof_name(c->proof));
	date_field(w, "last_status", c->last_status);
	date_field(w, "last_print", c->last_print);
}

static void write_device(struct json_w *w, const struct platen *p, const struct device *d)
{
	struct line_counts c;

	queue_counts(p->queue, d, &c);
	json_w_object(w);
	json_w_text_field(w, "name", d->name);
	json_w_text_field(w, "kind", "printer");
	json_w_text_field(w, "uri", d->settings.uri);
	json_w_text_field(w, "language", d->settings.language->name);
	json_w_text_field(w, "state", reach_name(condition_reach(d)));
	json_w_bool_field(w, "paused", d->line.paused);
	json_w_bool_field(w, "adhoc", d->adhoc);
	date_field(w, "last_contact", d->condition.last_contact);
	json_w_text_field(w, "last_error",
	    d->condition.last_error[0] ? d->condition.last_error : NULL);
	write_telemetry(w, &d->condition);
	write_counts(w, &c);
	json_w_object_end(w);
}

void native_device(const struct request *q, const struct reply *r, struct answer *out)
{
	struct json_w w = json_w(&out->body);

	write_device(&w, q->platen, r->device);
}

void native_devices(const struct request *q, const struct reply *r, struct answer *out)
{
	struct json_w w = json_w(&out->body);

	(void)r;
	json_w_object(&w);
	json_w_key(&w, "devices");
	json_w_array(&w);
	LIST_EACH(&q->platen->devices.list, node) {
		const struct device *d = LIST_OF(node, struct device, node);

		if (access_printer(q->caller, d->name))
			write_device(&w, q->platen, d);
	}
	json_w_array_end(&w);
	json_w_object_end(&w);
}

/* --- the daemon --------------------------------------------------------------------------- */

void native_hello(const struct request *q, const struct reply *r, struct answer *out)
{
	(void)q;
	(void)r;
	buf_puts(&out->body, "{\"name\":\"platen\",\"version\":\"" PLATEN_VERSION "\"}");
}

void native_live(const struct request *q, const struct reply *r, struct answer *out)
{
	(void)q;
	(void)r;
	buf_puts(&out->body, "{\"status\":\"ok\"}");
}

static void write_listeners(struct json_w *w, const struct platen *p)
{
	static const char *const states[] = { "open", "partial", "error" };
	struct door_status s;

	json_w_key(w, "listeners");
	json_w_array(w);
	for (size_t i = 0; doors_status(p->doors, i, &s); i++) {
		json_w_object(w);
		json_w_text_field(w, "name", s.name);
		json_w_text_field(w, "dialect", s.dialect);
		json_w_text_field(w, "state", states[s.state]);
		json_w_text_field(w, "addresses", s.addresses);
		json_w_int_field(w, "clients", (int64_t)s.clients);
		text_if(w, "reason", s.reason);
		json_w_object_end(w);
	}
	json_w_array_end(w);
}

static void status_fields(struct json_w *w, const struct platen *p)
{
	struct queue_totals t;
	struct clerk_counts c;

	queue_totals(p->queue, &t);
	clerk_counts(p->clerk, &c);
	json_w_text_field(w, "version", PLATEN_VERSION);
	json_w_int_field(w, "uptime", (clock_mono() - p->started) / 1000);
	json_w_bool_field(w, "journal", c.healthy);
	json_w_bool_field(w, "disk_low", t.disk_low);
	json_w_int_field(w, "open_jobs", (int64_t)t.jobs);
	json_w_int_field(w, "accepted", (int64_t)t.accepted);
	json_w_int_field(w, "done", (int64_t)t.done);
	json_w_int_field(w, "failed", (int64_t)(t.failed + t.expired));
	json_w_int_field(w, "unconfirmed", (int64_t)t.unconfirmed);
	json_w_int_field(w, "reprints", (int64_t)t.reprints);
	write_listeners(w, p);
}

void native_status(const struct request *q, const struct reply *r, struct answer *out)
{
	struct json_w w = json_w(&out->body);

	(void)r;
	json_w_object(&w);
	status_fields(&w, q->platen);
	json_w_object_end(&w);
}

/* Names and reasons only for those who may see them. */
void native_ready(const struct request *q, const struct reply *r, struct answer *out)
{
	struct json_w w = json_w(&out->body);

	(void)r;
	json_w_object(&w);
	json_w_text_field(&w, "status", "ready");
	if (q->verbose) {
		status_fields(&w, q->platen);
		native_write_problems(&w, q);
	}
	json_w_object_end(&w);
}

void native_metrics(const struct request *q, const struct reply *r, struct answer *out)
{
	(void)q;
	out->type = "application/openmetrics-text; version=1.0.0; charset=utf-8";
	buf_add_str(&out->body, r->text);
}

void native_picture(const struct request *q, const struct reply *r, struct answer *out)
{
	(void)q;
	out->type = "image/png";
	buf_add_str(&out->body, r->text);
}

/* --- grants ---------------------------------------------------------------------------------- */

static void write_texts(struct json_w *w, const char *key, const struct texts *t)
{
	json_w_key(w, key);
	json_w_array(w);
	for (size_t i = 0; i < t->count; i++)
		json_w_text(w, t->items[i]);
	json_w_array_end(w);
}

static void write_grant(struct json_w *w, const char *key, const char *name,
    const struct texts *allow, const struct texts *printers, bool added)
{
	json_w_object(w);
	json_w_text_field(w, key, name);
	write_texts(w, "allow", allow);
	write_texts(w, "printers", printers);
	json_w_bool_field(w, "added", added);
	json_w_object_end(w);
}

static void write_refused(struct json_w *w, const struct refused *f)
{
	char wanted[96];

	capability_format(f->wanted, wanted);
	json_w_object(w);
	json_w_text_field(w, "origin", f->origin);
	json_w_text_field(w, "wanted", wanted);
	json_w_int_field(w, "count", (int64_t)f->count);
	date_field(w, "first", f->first);
	date_field(w, "last", f->last);
	json_w_object_end(w);
}

void native_origins(const struct request *q, const struct reply *r, struct answer *out)
{
	struct json_w w = json_w(&out->body);
	const struct config *c = q->platen->config;
	const struct refused *f;

	(void)r;
	json_w_object(&w);
	json_w_key(&w, "origins");
	json_w_array(&w);
	for (size_t i = 0; i < c->origin_count; i++)
		write_grant(&w, "origin", c->origins[i].name, &c->origins[i].allow,
		    &c->origins[i].printers, c->origins[i].added);
	json_w_array_end(&w);
	json_w_key(&w, "refused");
	json_w_array(&w);
	for (size_t i = 0; (f = access_refused_at(q->platen->access, i)); i++)
		write_refused(&w, f);
	json_w_array_end(&w);
	json_w_object_end(&w);
}

void native_tokens(const struct request *q, const struct reply *r, struct answer *out)
{
	struct json_w w = json_w(&out->body);
	const struct config *c = q->platen->config;

	(void)r;
	json_w_object(&w);
	json_w_key(&w, "tokens");
	json_w_array(&w);
	for (size_t i = 0; i < c->token_count; i++)
		write_grant(&w, "name", c->tokens[i].name, &c->tokens[i].allow,
		    &c->tokens[i].printers, c->tokens[i].added);
	json_w_array_end(&w);
	json_w_object_end(&w);
}

void native_token(const struct request *q, const struct reply *r, struct answer *out)
{
	struct json_w w = json_w(&out->body);

	out->status = 201;
	json_w_object(&w);
	json_w_text_field(&w, "name", q->name);
	json_w_text_field(&w, "token", r->secret);
	json_w_object_end(&w);
}

void native_ok(const struct request *q, const struct reply *r, struct answer *out)
{
	(void)q;
	(void)r;
	buf_puts(&out->body, "{\"ok\":true}");
}

void native_created(const struct request *q, const struct reply *r, struct answer *out)
{
	struct json_w w = json_w(&out->body);

	(void)r;
	out->status = 201;
	json_w_object(&w);
	json_w_text_field(&w, "name", q->name);
	json_w_object_end(&w);
}

/* --- events -------------------------------------------------------------------------- */

const char *native_event_data(const struct event *e, struct buf *out)
{
	struct json_w w = json_w(out);

	switch (e->kind) {
	case EVENT_JOB:
		write_job(&w, e->job);
		return "job";
	case EVENT_DEVICE:
		write_device(&w, e->device->platen, e->device);
		return "device";
	default:
		return NULL;
	}
}

bool native_event(const struct event *e, const struct caller *caller, const char **name,
    struct buf *out)
{
	if (e->kind == EVENT_JOB && !access_printer(caller, e->job->printer))
		return false;
	if (e->kind == EVENT_DEVICE && !access_printer(caller, e->device->name))
		return false;
	*name = native_event_data(e, out);
	return *name != NULL;
}
