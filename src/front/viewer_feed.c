/*
 * The feed of the command viewer: the audit (core/audit.h) as messages. Every
 * client is told of every command; tickets go to those who asked for a printer.
 */
#include <stdlib.h>
#include <string.h>

#include "base/date.h"
#include "base/mem.h"
#include "core/audit.h"
#include "core/session.h"
#include "front/pispas.h"

#define MESSAGE_MAX (16u << 20)
#define PENDING_MAX 32
#define BEHIND_MAX (256u << 10)
#define HISTORY_MAX 200
#define HISTORY_BYTES (4u << 20) /* of one answer; the rest is "more" */
#define PRINTERS_MAX 64
#define PAYLOAD_MAX (16u << 20)

enum topic { TOPIC_FEED = 1, TOPIC_TICKETS = 2 };

/* What a client asked for. */
struct feed {
	char (*printers)[64];
	size_t count;
	bool all;
};

/* --- entries ---------------------------------------------------------------------------- */

static void raw_field(struct json_w *w, const char *key, const char *json)
{
	json_w_key(w, key);
	json_w_raw(w, str_of(json ? json : "null"));
}

static void write_job(struct json_w *w, const struct entry *e)
{
	json_w_key(w, "job");
	if (!e->accepted) {
		json_w_null(w);
		return;
	}
	json_w_object(w);
	pispas_id(w, "job_id", e->job);
	json_w_text_field(w, "printer", e->printer);
	json_w_text_field(w, "state", job_state_name(e->state));
	json_w_object_end(w);
}

static void write_entry(struct json_w *w, const struct entry *e)
{
	bool answered = e->response != NULL;
	char time[32];

	date_format(e->at, time);
	json_w_object(w);
	json_w_int_field(w, "id", (int64_t)e->id);
	json_w_text_field(w, "time", time);
	json_w_text_field(w, "dialect", e->dialect);
	json_w_text_field(w, "caller", e->caller);
	json_w_text_field(w, "TARGET", e->target);
	json_w_text_field(w, "ACTION", e->action);
	raw_field(w, "UUIDV4", e->uuid);
	raw_field(w, "request", e->request);
	raw_field(w, "response", e->response);
	json_w_text_field(w, "exec", !answered ? NULL : e->failed ? "FAILURE" : "SUCCESS");
	json_w_key(w, "ms");
	answered ? json_w_int(w, e->ms) : json_w_null(w);
	write_job(w, e);
	json_w_bool_field(w, "resendable", e->resendable);
	json_w_object_end(w);
}

static void entry_field(struct json_w *w, const struct entry *e)
{
	json_w_key(w, "entry");
	write_entry(w, e);
}

/* --- what clients are told ---------------------------------------------------------------- */

static unsigned feed_event(struct platen *p, const struct event *e, struct buf *out)
{
	static const char *const types[] = {
		[EVENT_COMMAND] = "command", [EVENT_RESULT] = "result",
		[EVENT_COMMAND_JOB] = "job", [EVENT_TICKET] = "ticket",
	};
	struct json_w w = json_w(out);

	(void)p;
	if (!e->entry)
		return 0;
	json_w_object(&w);
	json_w_text_field(&w, "type", types[e->kind]);
	if (e->kind == EVENT_COMMAND_JOB) {
		json_w_int_field(&w, "id", (int64_t)e->entry->id);
		write_job(&w, e->entry);
	} else if (e->kind == EVENT_TICKET) {
		json_w_text_field(&w, "printer", e->entry->printer);
		entry_field(&w, e->entry);
		raw_field(&w, "text", e->entry->text ? e->entry->text : "[]");
	} else {
		entry_field(&w, e->entry);
	}
	json_w_object_end(&w);
	return e->kind == EVENT_TICKET ? TOPIC_TICKETS : TOPIC_FEED;
}

static bool is_subscribed(const struct feed *f, const char *printer)
{
	for (size_t i = 0; i < f->count; i++)
		if (strcmp(f->printers[i], printer) == 0)
			return true;
	return f->all;
}

static bool feed_wants(const struct session *s, const struct event *e)
{
	return e->entry && audit_visible(e->entry, &s->caller) &&
	    (e->kind != EVENT_TICKET || is_subscribed(s->state, e->entry->printer));
}

static void feed_missed(uint64_t from, uint64_t to, struct buf *out)
{
	struct json_w w = json_w(out);

	json_w_object(&w);
	json_w_text_field(&w, "type", "gap");
	json_w_int_field(&w, "from", (int64_t)from);
	json_w_int_field(&w, "to", (int64_t)to);
	json_w_object_end(&w);
}

static void write_printers(struct json_w *w, struct platen *p, const struct caller *caller)
{
	json_w_key(w, "printers");
	json_w_array(w);
	LIST_EACH(&p->devices.list, node) {
		const struct device *d = LIST_OF(node, struct device, node);

		if (caller->allow & CAP_STATUS && access_printer(caller, d->name))
			json_w_text(w, d->name);
	}
	json_w_array_end(w);
}

static void feed_hello(struct session *s, struct buf *out)
{
	struct json_w w = json_w(out);
	uint64_t oldest, newest;

	audit_range(s->platen->audit, &oldest, &newest);
	json_w_object(&w);
	json_w_text_field(&w, "type", "hello");
	json_w_text_field(&w, "version", PLATEN_VERSION);
	write_printers(&w, s->platen, &s->caller);
	json_w_int_field(&w, "oldest", (int64_t)oldest);
	json_w_int_field(&w, "newest", (int64_t)newest);
	json_w_object_end(&w);
	session_subscribe(s, TOPIC_FEED, true);
}

static void feed_leave(struct session *s)
{
	free(((struct feed *)s->state)->printers);
}

/* --- history ------------------------------------------------------------------------------ */

static const char *const outcomes[] = { "any", "success", "failure", "pending", NULL };

/* `before`, `limit`, and what is looked for: `text`, `dialect`, `printer`, `outcome`. */
static enum err read_search(const struct json *m, struct audit_query *q, int64_t *limit,
    struct why *why)
{
	int64_t before = 0;
	unsigned outcome = OUTCOME_ANY;
	enum err err;

	*limit = 50;
	if ((err = pispas_int(m, "before", 1, INT64_MAX, &before, why)) ||
	    (err = pispas_int(m, "limit", 1, HISTORY_MAX, limit, why)) ||
	    (err = pispas_word(m, "outcome", outcomes, &outcome, why)))
		return err;
	*q = (struct audit_query){
		.before = (uint64_t)before,
		.text = json_string(json_get(m, "text")),
		.dialect = json_string(json_get(m, "dialect")),
		.printer = json_string(json_get(m, "printer")),
		.outcome = (enum audit_outcome)outcome,
	};
	return E_OK;
}

static enum err decode_history(const struct visit *v, struct request *q, struct why *why)
{
	struct audit_query search;
	int64_t limit;

	q->verb = VERB_COMMANDS;
	q->keep = true;
	return read_search(v->json, &search, &limit, why);
}

static const struct entry *next_visible(const struct request *q, const struct entry *from,
    const struct audit_query *search)
{
	const struct audit *a = q->platen->audit;

	do {
		from = audit_next(a, from, search);
	} while (from && !audit_visible(from, q->caller));
	return from;
}

static void write_history(const struct request *q, const struct reply *r, struct json_w *w)
{
	struct audit_query search;
	const struct entry *e = NULL;
	struct why why;
	int64_t limit;

	(void)r;
	if (!read_search(q->json, &search, &limit, &why))
		e = next_visible(q, NULL, &search);
	json_w_key(w, "entries");
	json_w_array(w);
	for (int64_t n = 0; e && n < limit && w->out->len < HISTORY_BYTES; n++) {
		write_entry(w, e);
		e = next_visible(q, e, &search);
	}
	json_w_array_end(w);
	json_w_bool_field(w, "more", e != NULL);
}

/* --- subscriptions ---------------------------------------------------------------------- */

static enum err read_printer(const struct visit *v, struct request *q, struct why *why)
{
	const struct json *name = json_get(v->json, "printer");
	const struct device *d;

	if (!str_copy(q->printer, sizeof q->printer, json_string(name)) || !q->printer[0])
		return pispas_bad(why, "printer");
	if (strcmp(q->printer, "*") == 0)
		return E_OK;
	d = device_find(&v->platen->devices, json_string(name));
	if (!d)
		return why_fail(why, E_NOT_FOUND, "There is no printer of this name");
	if (!access_printer(v->caller, d->name))
		return why_fail(why, E_NOT_ALLOWED, "Not allowed: printer %s", d->name);
	return E_OK;
}

/* The verb says whether any ticket is still wanted. */
static void settle(struct request *q, const struct feed *f)
{
	q->topics = TOPIC_TICKETS;
	q->verb = f->all || f->count ? VERB_SUBSCRIBE : VERB_UNSUBSCRIBE;
}

static enum err subscribe(struct request *q, struct why *why)
{
	struct feed *f = q->session->state;

	if (strcmp(q->printer, "*") == 0) {
		f->all = true;
	} else if (!is_subscribed(&(struct feed){ f->printers, f->count, false }, q->printer)) {
		if (f->count == PRINTERS_MAX)
			return pispas_bad(why, "printer");
		f->printers = mem_grow(f->printers, f->count + 1, sizeof *f->printers);
		str_copy(f->printers[f->count++], sizeof *f->printers, str_of(q->printer));
	}
	settle(q, f);
	return E_OK;
}

static enum err unsubscribe(struct request *q, struct why *why)
{
	struct feed *f = q->session->state;
	bool every = strcmp(q->printer, "*") == 0;
	size_t kept = 0;

	(void)why;
	for (size_t i = 0; i < f->count && !every; i++)
		if (strcmp(f->printers[i], q->printer) != 0)
			memmove(f->printers[kept++], f->printers[i], sizeof *f->printers);
	f->count = kept;
	f->all &= !every;
	settle(q, f);
	return E_OK;
}

static enum err decode_subscribe(const struct visit *v, struct request *q, struct why *why)
{
	q->verb = VERB_SUBSCRIBE;
	q->judge = subscribe;
	return read_printer(v, q, why);
}

/* Also of one that has gone meanwhile. */
static enum err decode_unsubscribe(const struct visit *v, struct request *q, struct why *why)
{
	struct str name = json_string(json_get(v->json, "printer"));

	q->verb = VERB_UNSUBSCRIBE;
	q->judge = unsubscribe;
	return str_copy(q->printer, sizeof q->printer, name) && name.len
	    ? E_OK : pispas_bad(why, "printer");
}

static void write_subscribed(const struct request *q, const struct reply *r, struct json_w *w)
{
	const struct feed *f = q->session->state;

	(void)r;
	json_w_key(w, "printers");
	json_w_array(w);
	if (f->all)
		json_w_text(w, "*");
	for (size_t i = 0; i < f->count; i++)
		json_w_text(w, f->printers[i]);
	json_w_array_end(w);
}

/* --- printing --------------------------------------------------------------------------- */

static enum err decode_resend(const struct visit *v, struct request *q, struct why *why)
{
	const struct json *printer = json_get(v->json, "printer");
	const struct entry *e;
	int64_t id = 0;

	q->verb = VERB_REPRINT;
	if (!json_int(json_get(v->json, "id"), &id) || id < 1)
		return pispas_bad(why, "id");
	e = audit_find(v->platen->audit, (uint64_t)id);
	if (!e || !audit_visible(e, v->caller))
		return why_fail(why, E_NOT_FOUND, "There is no such entry");
	if (!e->resendable || !e->accepted)
		return why_fail(why, E_CONFLICT, "Only a print job can be sent again");
	q->call = (int)e->id;
	q->job = e->job;
	q->resend = true;
	if (!printer || json_is(printer, JSON_NULL))
		return E_OK;
	q->device = device_find(&v->platen->devices, json_string(printer));
	return q->device ? E_OK
	    : why_fail(why, E_NOT_FOUND, "There is no printer of this name");
}

/* DATA with the message's own printer in place of the one that it names. */
static void join_printer(const struct json *message, struct buf *out)
{
	const struct json *data = json_get(message, "DATA");
	const struct json *printer = json_get(message, "printer");
	struct json_w w = json_w(out);

	json_w_object(&w);
	for (const struct json *m = json_first(data); m; m = json_next(m)) {
		if (printer && str_is(json_key(m), "printer"))
			continue;
		json_w_str(&w, json_key(m));
		buf_add_byte(out, ':');
		w.comma = false;
		json_w_raw(&w, json_source(m));
	}
	if (printer) {
		json_w_key(&w, "printer");
		json_w_raw(&w, json_source(printer));
	}
	json_w_object_end(&w);
}

static const struct pispas_action *print_action(void)
{
	const struct pispas_action *a = pispas_print;

	while (strcmp(a->name, "print") != 0)
		a++;
	return a;
}

/* The answer does not wait for the paper: that is what the feed tells. */
static enum err decode_ticket(const struct visit *v, struct request *q, struct why *why)
{
	struct json_doc *doc = NULL;
	struct buf params;
	enum err err;

	q->verb = VERB_SUBMIT;
	if (!json_is(json_get(v->json, "DATA"), JSON_OBJECT))
		return pispas_bad(why, "DATA");
	buf_init(&params, PAYLOAD_MAX + 1024);
	join_printer(v->json, &params);
	err = json_parse(buf_str(&params), NULL, &doc, why);
	if (!err)
		err = print_action()->decode(v, json_root(doc), q, why);
	json_destroy(doc);
	buf_finish(&params);
	q->await_ms = 0;
	if (q->draft)
		str_copy(q->draft->dialect, sizeof q->draft->dialect, str_of(q->dialect->name));
	return err;
}

/* `id` is the entry: what is sent again, or the ticket itself. */
static void write_resent(const struct request *q, const struct reply *r, struct json_w *w)
{
	json_w_int_field(w, "id", q->verb == VERB_REPRINT ? q->call : (int64_t)q->entry);
	pispas_id(w, "job_id", r->job->id);
	json_w_text_field(w, "printer", r->job->printer);
}

/* --- messages --------------------------------------------------------------------------- */

static const struct call {
	const char *type, *answer;
	enum err (*decode)(const struct visit *v, struct request *q, struct why *why);
	void (*write)(const struct request *q, const struct reply *r, struct json_w *w);
} calls[] = {
	{ "history", "history", decode_history, write_history },
	{ "subscribe", "subscribed", decode_subscribe, write_subscribed },
	{ "unsubscribe", "subscribed", decode_unsubscribe, write_subscribed },
	{ "resend", "resent", decode_resend, write_resent },
	{ "ticket", "resent", decode_ticket, write_resent },
};

static const struct call *call_of(const struct request *q)
{
	for (size_t i = 0; i < COUNT_OF(calls); i++)
		if (strcmp(calls[i].type, q->name) == 0)
			return &calls[i];
	return NULL;
}

static enum err feed_decode(const struct visit *v, struct request *q, struct why *why)
{
	struct str type = json_string(json_get(v->json, "type"));
	const struct json *ref = json_get(v->json, "ref");
	const struct call *call;

	q->verb = VERB_COMMANDS;
	if (!v->json)
		return why_fail(why, E_JSON, NULL);
	if (!ref || !str_copy(q->echo, sizeof q->echo, json_source(ref)))
		q->echo[0] = '\0';
	str_copy(q->name, 32, type);
	call = call_of(q);
	if (!call)
		return why_fail(why, E_BAD_REQUEST, "Unknown type: %.*s",
		    STR_ARG(str_head(type, 31)));
	return call->decode(v, q, why);
}

static const char *code_of(const struct why *why)
{
	static const struct { enum err err; const char *code; } codes[] = {
		{ E_BAD_REQUEST, "UNKNOWN_TYPE" }, { E_NOT_FOUND, "NOT_FOUND" },
		{ E_CONFLICT, "NOT_RESENDABLE" },  { E_GONE, "GONE" },
	};

	for (size_t i = 0; i < COUNT_OF(codes); i++)
		if (codes[i].err == why->err)
			return codes[i].code;
	return pispas_failure_of(why).code;
}

static void feed_reply(const struct request *q, const struct reply *r, struct buf *out)
{
	const struct call *call = call_of(q);
	struct json_w w = json_w(out);

	json_w_object(&w);
	json_w_text_field(&w, "type", r->err ? "error" : call->answer);
	raw_field(&w, "ref", q->echo[0] ? q->echo : NULL);
	if (r->err) {
		json_w_text_field(&w, "code", code_of(&r->why));
		json_w_text_field(&w, "error", r->why.text);
	} else {
		call->write(q, r, &w);
	}
	json_w_object_end(&w);
}

static struct str feed_token(const struct json *message)
{
	return str_is(json_string(json_get(message, "type")), "auth")
	    ? json_string(json_get(message, "token")) : STR_NONE;
}

static void feed_call(const struct request *q, char out[static 40])
{
	str_copy(out, 40, str_of(q->name));
}

static void refuse(const struct why *why, struct buf *out)
{
	struct json_w w = json_w(out);

	json_w_object(&w);
	json_w_text_field(&w, "error", why->text);
	json_w_object_end(&w);
}

static const struct messages messages = {
	.message_max = MESSAGE_MAX,
	.pending_max = PENDING_MAX,
	.session_bytes = sizeof(struct feed),
	.decode = feed_decode,
	.reply = feed_reply,
	.event = feed_event,
	.wants = feed_wants,
	.missed = feed_missed,
	.behind_max = BEHIND_MAX,
	.token = feed_token,
	.hello = feed_hello,
	.leave = feed_leave,
	.call = feed_call,
};

static const struct route routes[] = {
	{ "*", "*", VERB_EVENTS, ROUTE_SOCKET | ROUTE_LATE_TOKEN, NULL, NULL },
	{ 0 },
};

const struct dialect dialect_viewer_feed = {
	.name = "viewer-feed",
	.summary = "the command viewer's feed: commands of all dialects over WebSocket",
	.port = 9001,
	.body_max = 1024,
	.on_doubt = DOUBT_HOLD,
	.tls = TLS_OFF,
	.routes = routes,
	.refuse = refuse,
	.messages = &messages,
	.audits = true,
	.loopback_only = true,
	.token_pages = true,
};
