/*
 * PRINT: which printers there are, how they do, and their jobs.
 */
#include "front/pispas_printer.h"

#include <stdio.h>
#include <string.h>

#include "core/telemetry.h"

/* --- which ---------------------------------------------------------------------------------- */

static bool shown(const struct device *d, const struct caller *caller)
{
	return !d->adhoc && !d->gone && access_printer(caller, d->name);
}

static struct device *listed(const struct platen *p, const struct caller *caller, size_t i)
{
	struct devices *all = (struct devices *)&p->devices;
	struct str name;

	for (size_t k = 0; env_item(pispas_env(p), ENV_LIST_PRINTERS, k, &name); k++) {
		struct device *d = device_find(all, name);

		if (d && shown(d, caller) && i-- == 0)
			return d;
	}
	return NULL;
}

struct device *pispas_printer(const struct platen *p, const struct caller *caller, size_t i)
{
	if (env_text(pispas_env(p), ENV_LIST_PRINTERS)[0])
		return listed(p, caller, i);
	LIST_EACH(&p->devices.list, node) {
		struct device *d = LIST_OF(node, struct device, node);

		if (shown(d, caller) && i-- == 0)
			return d;
	}
	return NULL;
}

enum err pispas_find_printer(const struct visit *v, const struct json *params,
    struct request *q, struct why *why)
{
	enum err err = pispas_text(params, "printer", q->printer, sizeof q->printer, why);

	if (err)
		return err;
	if (q->printer[0])
		q->device = device_find(&v->platen->devices, str_of(q->printer));
	else if (!json_is(json_get(params, "printer"), JSON_STRING))
		q->device = pispas_printer(v->platen, v->caller, 0);
	return E_OK;
}

enum err pispas_need_printer(const struct visit *v, const struct request *q, struct why *why)
{
	if (!q->device)
		return why_fail(why, E_NOT_FOUND, q->printer[0] ? "There is no printer %s"
		    : "There is no printer", q->printer);
	if (!access_printer(v->caller, q->device->name))
		return why_fail(why, E_NOT_ALLOWED, "Not allowed: printer %s", q->device->name);
	return E_OK;
}

bool pispas_write_printers(const struct request *q, const struct reply *r, struct json_w *w)
{
	const struct device *d;

	(void)r;
	json_w_array(w);
	for (size_t i = 0; (d = pispas_printer(q->platen, q->caller, i)); i++)
		json_w_text(w, d->name);
	json_w_array_end(w);
	return true;
}

/* --- how they do ---------------------------------------------------------------------------- */

const char *pispas_power(const struct device *d)
{
	return reach_name(condition_reach(d));
}

const char *pispas_state(const struct device *d)
{
	if (condition_reach(d) == REACH_OFFLINE || condition_hold(d) != HOLD_NONE)
		return "error";
	return d->line.active ? "busy" : "idle";
}

/* "PTR_SUE_COVER_OPEN" -> "COVER_OPEN"; NULL for what is none of a printer's. */
static const char *condition_name(const struct device *d, unsigned reason)
{
	static const char prefix[] = "PTR_SUE_";
	const char *name = reason_upos((enum reason)reason);

	if (!(facts_reasons(&d->condition.facts) & 1u << reason) ||
	    strncmp(name, prefix, sizeof prefix - 1) != 0)
		return NULL;
	return name + sizeof prefix - 1;
}

bool pispas_has_conditions(const struct device *d)
{
	for (unsigned i = 0; i < REASONS; i++)
		if (condition_name(d, i))
			return true;
	return false;
}

void pispas_conditions(struct json_w *w, const struct device *d)
{
	json_w_array(w);
	for (unsigned i = 0; i < REASONS; i++)
		if (condition_name(d, i))
			json_w_text(w, condition_name(d, i));
	json_w_array_end(w);
}

static const char *paper_of(const struct facts *f)
{
	if (f->paper_loaded == TRI_NO)
		return "empty";
	if (f->paper_low == TRI_YES)
		return "nearend";
	return f->paper_loaded == TRI_YES ? "ok" : "unknown";
}

static const char *cover_of(const struct facts *f)
{
	static const char *const words[] = { "unknown", "closed", "open" };

	return words[f->cover_open];
}

static const char *known(const char *text)
{
	return text[0] ? text : NULL;
}

static void write_identity(struct json_w *w, const struct identity *id)
{
	json_w_key(w, "identity");
	if (!id->known) {
		json_w_null(w);
		return;
	}
	json_w_object(w);
	json_w_text_field(w, "manufacturer", known(id->manufacturer));
	json_w_text_field(w, "model", known(id->model));
	json_w_text_field(w, "serial", known(id->serial));
	json_w_text_field(w, "firmware", known(id->firmware));
	json_w_object_end(w);
}

/* What level of the pin means an open drawer depends on the drawer: unless somebody
 * has said it (drawer-open-level), nobody knows. */
static const char *drawer_of(const struct device *d)
{
	enum { UNSET, LOW, HIGH }; /* as in option.def */
	int open = d->block ? d->block->drawer_open_level : UNSET;
	enum tri high = d->condition.facts.drawer_high;

	if (open == UNSET || high == TRI_UNKNOWN)
		return "unknown";
	return (high == TRI_YES) == (open == HIGH) ? "open" : "closed";
}

void pispas_printer_fields(struct json_w *w, const struct device *d)
{
	const struct condition *c = &d->condition;
	struct line_counts n;

	queue_counts(d->platen->queue, d, &n);
	json_w_text_field(w, "printer", d->name);
	json_w_text_field(w, "state", pispas_state(d));
	json_w_text_field(w, "power", pispas_power(d));
	json_w_key(w, "conditions");
	pispas_conditions(w, d);
	json_w_text_field(w, "paper", paper_of(&c->facts));
	json_w_text_field(w, "cover", cover_of(&c->facts));
	json_w_text_field(w, "drawer", drawer_of(d));
	json_w_int_field(w, "queued", n.waiting + n.delayed);
	json_w_int_field(w, "active", n.active);
	json_w_int_field(w, "unconfirmed", n.unconfirmed);
	write_identity(w, &c->identity);
	json_w_text_field(w, "last_error", known(c->last_error));
}

enum err pispas_decode_status(const struct visit *v, const struct json *params,
    struct request *q, struct why *why)
{
	enum err err = pispas_find_printer(v, params, q, why);

	if (!err && json_is(json_get(params, "printer"), JSON_STRING))
		return pispas_need_printer(v, q, why);
	q->device = NULL;
	return err;
}

static void write_status(struct json_w *w, const struct device *d)
{
	json_w_object(w);
	pispas_printer_fields(w, d);
	json_w_object_end(w);
}

bool pispas_write_status(const struct request *q, const struct reply *r, struct json_w *w)
{
	const struct device *d;

	(void)r;
	if (q->device) {
		write_status(w, q->device);
		return true;
	}
	json_w_array(w);
	for (size_t i = 0; (d = pispas_printer(q->platen, q->caller, i)); i++)
		write_status(w, d);
	json_w_array_end(w);
	return true;
}

/* --- jobs ----------------------------------------------------------------------------------- */

const char *pispas_job_state(enum job_state s)
{
	return job_state_name(s == JOB_HELD || s == JOB_SCHEDULED ? JOB_QUEUED : s);
}

/* All states that clients see by this name. */
static unsigned states_named(const char *name)
{
	unsigned set = 0;

	for (unsigned s = 0; s < JOB_STATES; s++)
		if (strcmp(pispas_job_state((enum job_state)s), name) == 0)
			set |= 1u << s;
	return set;
}

enum err pispas_decode_jobs(const struct visit *v, const struct json *params,
    struct request *q, struct why *why)
{
	struct job_query *query = &q->query;
	char state[16] = "";
	int64_t limit = 50;
	enum err err;

	(void)v;
	if ((err = pispas_text(params, "printer", query->printer, sizeof query->printer, why)) ||
	    (err = pispas_text(params, "state", state, sizeof state, why)) ||
	    (err = pispas_int(params, "limit", 1, 500, &limit, why)))
		return err;
	query->limit = (unsigned)limit;
	query->states = states_named(state);
	return state[0] && !query->states ? pispas_bad(why, "state") : E_OK;
}

static void write_job(struct json_w *w, const struct job *job)
{
	json_w_object(w);
	pispas_id(w, "job_id", job->id);
	json_w_text_field(w, "printer", job->printer);
	json_w_text_field(w, "state", pispas_job_state(job->state));
	json_w_text_field(w, "dialect", job->dialect);
	json_w_text_field(w, "title", job->title);
	pispas_date(w, "created", job->created);
	json_w_int_field(w, "attempts", job->attempts);
	json_w_int_field(w, "reprints", job->reprints);
	json_w_text_field(w, "last_error", job->err ? known(job->reason) : NULL);
	json_w_object_end(w);
}

bool pispas_write_job(const struct request *q, const struct reply *r, struct json_w *w)
{
	(void)q;
	write_job(w, r->job);
	return true;
}

bool pispas_write_jobs(const struct request *q, const struct reply *r, struct json_w *w)
{
	(void)q;
	json_w_object(w);
	json_w_key(w, "jobs");
	json_w_array(w);
	for (size_t i = 0; i < r->job_count; i++)
		write_job(w, &r->jobs[i]);
	json_w_array_end(w);
	json_w_object_end(w);
	return true;
}

static enum err read_id(const struct json *params, job_id *id, struct why *why)
{
	const struct json *v = json_get(params, "job_id");

	if ((json_is(v, JSON_STRING) ? str_to_i64(json_string(v), id)
	    : json_is(v, JSON_NUMBER) && json_int(v, id)) && *id > 0)
		return E_OK;
	return pispas_bad(why, "job_id");
}

/* A job that is open and visible, or NULL: then the desk knows what to say. */
static const struct job *open_job(const struct visit *v, job_id id)
{
	const struct job *job = queue_find(v->platen->queue, id);

	return job && access_printer(v->caller, job->printer) ? job : NULL;
}

enum err pispas_decode_cancel(const struct visit *v, const struct json *params,
    struct request *q, struct why *why)
{
	const struct job *job;
	enum err err = read_id(params, &q->job, why);

	if (err)
		return err;
	job = open_job(v, q->job);
	if (job && (job->state == JOB_SENDING || job->state == JOB_UNCONFIRMED))
		return why_fail(why, E_CONFLICT, "The job is being printed or was: %s",
		    job_state_name(job->state));
	return E_OK;
}

bool pispas_write_cancelled(const struct request *q, const struct reply *r, struct json_w *w)
{
	(void)q;
	json_w_object(w);
	pispas_id(w, "job_id", r->job->id);
	json_w_text_field(w, "state", pispas_job_state(r->job->state));
	json_w_object_end(w);
	return true;
}

enum err pispas_decode_resolve(const struct visit *v, const struct json *params,
    struct request *q, struct why *why)
{
	static const char *const words[] = { "printed", "reprint", "drop", NULL };
	const struct job *job;
	unsigned action = 3;
	enum err err;

	if ((err = read_id(params, &q->job, why)) ||
	    (err = pispas_word(params, "action", words, &action, why)))
		return err;
	if (action == 3)
		return pispas_bad(why, "action");
	q->action = (enum resolve)action; /* in the order of its words */
	job = open_job(v, q->job);
	if (job && job->state != JOB_UNCONFIRMED)
		return why_fail(why, E_CONFLICT, "The job is not in doubt: %s",
		    pispas_job_state(job->state));
	return E_OK;
}

/* Whoever may not do this with the job is told how it stands. */
void pispas_explain_job(const struct request *q, const struct reply *r, struct json_w *w)
{
	const struct job *job = r->job ? r->job : queue_find(q->platen->queue, q->job);

	if (r->err != E_CONFLICT)
		return;
	pispas_id(w, "job_id", q->job);
	if (job)
		json_w_text_field(w, "state", pispas_job_state(job->state));
}
