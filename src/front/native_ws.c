/*
 * The native dialect over WebSocket: what HTTP has for pages, as messages.
 *
 *   {"id": 7, "do": "print", "printer": "counter", "text": "...", "key": "..."}
 *   {"id": 7, "reply": {...}}   or   {"id": 7, "error": "...", "code": "..."}
 *
 * A call is a row; what a reply holds is what HTTP answers with, from the same
 * encoders. A binary message is four bytes of length (big-endian), that much of
 * the same JSON, and the document. docs/dialects/native.md has the rest.
 */
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "core/platen.h"
#include "core/session.h"
#include "front/native.h"

#define PROTOCOL 1
#define MESSAGE_MAX (24u << 20) /* a document of NATIVE_BODY_MAX as base64, and its options */
#define PENDING_MAX 512
#define ID_MAX 128
#define MEMBERS_MAX 24
#define WAIT_MAX 86400000

enum topic { TOPIC_JOBS = 1, TOPIC_DEVICES = 2 };

static const struct {
	const char *name;
	unsigned bit;
} topics[] = {
	{ "jobs", TOPIC_JOBS },
	{ "devices", TOPIC_DEVICES },
};

/* --- reading a message -------------------------------------------------------------------- */

/* A member as the text that a query would have; a list joined with commas. */
static bool member(const struct visit *v, const char *name, char *out, size_t size)
{
	const struct json *m = json_get(v->json, name);
	struct buf list;
	bool fits;

	if (!json_is(m, JSON_ARRAY))
		return m && str_copy(out, size,
		    json_is(m, JSON_STRING) ? json_string(m) : json_source(m));
	buf_init(&list, size);
	for (const struct json *e = json_first(m); e; e = json_next(e))
		buf_printf(&list, "%s%.*s", e == json_first(m) ? "" : ",",
		    STR_ARG(json_string(e)));
	fits = !list.failed && str_copy(out, size, buf_str(&list));
	buf_finish(&list);
	return fits;
}

static enum err read_echo(const struct visit *v, struct request *q, struct why *why)
{
	const struct json *id = json_get(v->json, "id");
	struct str text = json_source(id);

	if (!id)
		return E_OK;
	if ((!json_is(id, JSON_STRING) && !json_is(id, JSON_NUMBER)) || text.len > ID_MAX)
		return why_field(why, "id", E_FIELD,
		    "id must be a number or a string of at most %d bytes", ID_MAX - 2);
	str_copy(q->echo, sizeof q->echo, text);
	return E_OK;
}

/* How long to wait for the job; without an end unless one is given. */
static enum err read_patience(const struct visit *v, struct request *q, struct why *why)
{
	const struct json *limit = json_get(v->json, "wait_ms");

	q->await_ms = -1;
	if (limit && (!json_int(limit, &q->await_ms) || q->await_ms < 1 || q->await_ms > WAIT_MAX))
		return why_field(why, "wait_ms", E_FIELD, "wait_ms must be a number from 1 to %d",
		    WAIT_MAX);
	return E_OK;
}

/* "accepted", the default, answers when it is on disk; "done" when it is decided. */
static enum err read_wait(const struct visit *v, struct request *q, struct why *why)
{
	const struct json *wait = json_get(v->json, "wait");

	if ((q->verb != VERB_SUBMIT && q->verb != VERB_REPRINT) || !wait ||
	    str_is(json_string(wait), "accepted"))
		return E_OK;
	if (str_is(json_string(wait), "done"))
		return read_patience(v, q, why);
	return why_field(why, "wait", E_FIELD, "wait must be \"accepted\" or \"done\"");
}

/* What belongs to one sending of a request and not to the request. */
static bool is_passing(struct str name)
{
	static const char *const passing[] = { "id", "do", "key", "wait", "wait_ms" };

	for (size_t i = 0; i < COUNT_OF(passing); i++)
		if (str_is(name, passing[i]))
			return true;
	return false;
}

static bool key_valid(struct str key)
{
	for (size_t i = 0; i < key.len; i++)
		if (key.ptr[i] < 0x21 || key.ptr[i] > 0x7e)
			return false;
	return key.len >= 1 && key.len <= 200;
}

static enum err read_key(const struct visit *v, const char *call, struct request *q,
    struct why *why)
{
	const struct json *key = json_get(v->json, "key");
	struct str parts[2 * MEMBERS_MAX + 1];
	size_t count = 0;

	if (!key)
		return E_OK;
	if (!key_valid(json_string(key)))
		return why_field(why, "key", E_KEY, "key must be 1 to 200 characters from ! to ~");
	for (const struct json *m = json_first(v->json); m; m = json_next(m)) {
		if (is_passing(json_key(m)))
			continue;
		if (count + 2 > 2 * MEMBERS_MAX)
			return why_fail(why, E_FIELD, "Too many members");
		parts[count++] = json_key(m);
		parts[count++] = json_source(m);
	}
	parts[count++] = v->body;
	request_key(q, json_string(key), call, parts, count);
	q->join = true;
	return E_OK;
}

/* --- print -------------------------------------------------------------------------------- */

/* The document: exactly one of what follows the JSON, `text` and `base64`. */
static enum err read_document(const struct visit *v, struct buf *out, struct why *why)
{
	const struct json *text = json_get(v->json, "text"), *coded = json_get(v->json, "base64");

	if ((v->body.ptr != NULL) + (text != NULL) + (coded != NULL) != 1)
		return why_field(why, "text", E_FIELD,
		    "The document must be text, base64 or the rest of a binary message");
	if (v->body.ptr)
		buf_add_str(out, v->body);
	else if (json_is(text, JSON_STRING))
		buf_add_str(out, json_string(text));
	else if (text)
		return why_field(why, "text", E_FIELD, "text must be a string");
	else if (!json_is(coded, JSON_STRING) || !base64_decode(json_string(coded), out))
		return why_field(why, "base64", E_FIELD, "base64 must be a string in base64");
	return out->failed ? why_fail(why, E_TOO_LARGE, NULL) : E_OK;
}

static enum err read_type(const struct visit *v, char type[static 64], struct why *why)
{
	const struct json *given = json_get(v->json, "type");
	struct str rest, name = str_trim(str_cut(json_string(given), ';', &rest));

	if (!given)
		name = json_get(v->json, "text") ? STR("text/plain") : STR(TYPE_RAW);
	if (!name.len || !str_copy(type, 64, name))
		return why_field(why, "type", E_FIELD, "type must be a media type");
	for (char *p = type; *p; p++)
		if (*p >= 'A' && *p <= 'Z')
			*p += 'a' - 'A';
	return E_OK;
}

static enum err read_print(const struct visit *v, struct request *q, struct why *why)
{
	const struct json *options = json_get(v->json, "options");
	char type[64];
	struct buf bytes;
	enum err err;

	buf_init(&bytes, NATIVE_BODY_MAX);
	if (!(err = read_type(v, type, why)) && !(err = read_document(v, &bytes, why)))
		err = native_draft(v, type, &bytes, q, why);
	buf_finish(&bytes);
	return err || !options ? err : native_options(options, "options", q->draft, why);
}

/* --- the others --------------------------------------------------------------------------- */

static enum err read_jobs(const struct visit *v, struct request *q, struct why *why)
{
	return native_job_query(v, member, q, why);
}

static enum err read_follow(const struct visit *v, struct request *q, struct why *why)
{
	enum err err = read_patience(v, q, why);

	return err ? err : native_read_job(v, q, why);
}

static enum err read_topic(struct str name, struct request *q, struct why *why)
{
	for (size_t i = 0; i < COUNT_OF(topics); i++)
		if (str_is(name, topics[i].name)) {
			q->topics |= topics[i].bit;
			return E_OK;
		}
	return why_field(why, "topics", E_FIELD, "topics must be a list of \"jobs\", \"devices\"");
}

static enum err read_topics(const struct visit *v, struct request *q, struct why *why)
{
	const struct json *list = json_get(v->json, "topics");
	enum err err = E_OK;

	if (!list)
		q->topics = TOPIC_JOBS | TOPIC_DEVICES;
	else if (!json_is(list, JSON_ARRAY))
		return read_topic(STR_NONE, q, why);
	for (const struct json *e = json_first(list); e && !err; e = json_next(e))
		err = read_topic(json_string(e), q, why);
	return err;
}

/* --- what is answered --------------------------------------------------------------------- */

static size_t message_max(const struct listen_block *listen)
{
	return listen && listen->max_message ? (size_t)listen->max_message : MESSAGE_MAX;
}

static void write_rights(struct json_w *w, const struct caller *c)
{
	json_w_text_field(w, "caller", c->principal);
	json_w_key(w, "allow");
	json_w_array(w);
	for (unsigned bit = 1; bit <= CAP_ADMIN; bit <<= 1)
		if (c->allow & bit)
			json_w_text(w, capability_name(bit));
	json_w_array_end(w);
}

/* Names of printers are for those who may print there or see them. */
static void write_greeting(struct json_w *w, const struct platen *p, const struct caller *c,
    const struct listen_block *listen)
{
	json_w_object(w);
	json_w_text_field(w, "name", "platen");
	json_w_text_field(w, "version", PLATEN_VERSION);
	json_w_int_field(w, "protocol", PROTOCOL);
	json_w_int_field(w, "max_message", (int64_t)message_max(listen));
	write_rights(w, c);
	json_w_key(w, "printers");
	json_w_array(w);
	LIST_EACH(&p->devices.list, node) {
		const struct device *d = LIST_OF(node, struct device, node);

		if (c->allow & (CAP_PRINT | CAP_STATUS) && !d->adhoc && access_printer(c, d->name))
			json_w_text(w, d->name);
	}
	json_w_array_end(w);
	json_w_object_end(w);
}

static void encode_greeting(const struct request *q, const struct reply *r, struct answer *out)
{
	struct json_w w = json_w(&out->body);

	(void)r;
	write_greeting(&w, q->platen, q->caller, q->listen);
}

static void encode_topics(const struct request *q, const struct reply *r, struct answer *out)
{
	struct json_w w = json_w(&out->body);

	(void)r;
	json_w_object(&w);
	json_w_key(&w, "topics");
	json_w_array(&w);
	for (size_t i = 0; i < COUNT_OF(topics); i++)
		if (q->session->topics & topics[i].bit)
			json_w_text(&w, topics[i].name);
	json_w_array_end(&w);
	json_w_object_end(&w);
}

/* `about` names the member that says what a call is about. */
static const struct call {
	const char *name, *about;
	enum verb verb;
	native_read *read;
	encode_fn *encode;
	unsigned capability;
} calls[] = {
	{ "hello", NULL, VERB_HELLO, NULL, encode_greeting },
	{ "ping", NULL, VERB_LIVEZ, NULL, native_live },
	{ "status", NULL, VERB_HELLO, NULL, native_status, CAP_STATUS },
	{ "print", "printer", VERB_SUBMIT, read_print, native_accepted },
	{ "jobs", NULL, VERB_JOBS, read_jobs, native_jobs },
	{ "job", "job", VERB_JOB, native_read_job, native_job },
	{ "follow", "job", VERB_FOLLOW, read_follow, native_outcome },
	{ "cancel", "job", VERB_CANCEL, native_read_job, native_outcome },
	{ "resolve", "job", VERB_RESOLVE, native_read_resolve, native_outcome },
	{ "reprint", "job", VERB_REPRINT, native_read_job, native_accepted },
	{ "devices", NULL, VERB_DEVICES, NULL, native_devices },
	{ "device", "device", VERB_DEVICE, native_read_device, native_device },
	{ "probe", "device", VERB_PROBE, native_read_probe, native_device },
	{ "open", "device", VERB_SUBMIT, native_read_pulse, native_accepted, CAP_DRAWER },
	{ "beep", "device", VERB_SUBMIT, native_read_beep, native_accepted },
	{ "subscribe", NULL, VERB_SUBSCRIBE, read_topics, encode_topics },
	{ "unsubscribe", NULL, VERB_UNSUBSCRIBE, read_topics, encode_topics },
};

static const struct call *call_named(struct str name)
{
	for (size_t i = 0; i < COUNT_OF(calls); i++)
		if (str_is(name, calls[i].name))
			return &calls[i];
	return NULL;
}

/* --- a message and its answer ------------------------------------------------------------- */

/* Rights come first: who has none is not told what there is. */
static enum err read_call(const struct visit *v, const struct call *c, struct request *q,
    struct why *why)
{
	struct visit about = *v;
	char name[320] = "";
	enum err err;

	q->verb = c->verb;
	q->encode = c->encode;
	q->capability = c->capability;
	q->call = (int)(c - calls) + 1;
	err = access_require(v->platen->access, v->caller,
	    c->capability ? c->capability : verb_capability(c->verb), why);
	if (err || (err = read_key(v, c->name, q, why)) || (err = read_wait(v, q, why)))
		return err;
	if (c->about && !member(v, c->about, name, sizeof name))
		return why_field(why, c->about, E_FIELD, "%s must be given", c->about);
	about.params[0] = str_of(name);
	return c->read ? c->read(&about, q, why) : E_OK;
}

static enum err decode(const struct visit *v, struct request *q, struct why *why)
{
	const struct call *c;
	enum err err;

	if (!json_is(v->json, JSON_OBJECT))
		return why_fail(why, E_JSON, NULL);
	if ((err = read_echo(v, q, why)))
		return err;
	c = call_named(json_string(json_get(v->json, "do")));
	if (!c)
		return why_field(why, "do", E_FIELD, "do must be the name of a request");
	return read_call(v, c, q, why);
}

static void begin(struct json_w *w, const struct request *q)
{
	json_w_object(w);
	json_w_key(w, "id");
	json_w_raw(w, q->echo[0] ? str_of(q->echo) : STR("null"));
}

static void write_error(struct json_w *w, const struct reply *r)
{
	json_w_text_field(w, "error", r->why.text);
	json_w_text_field(w, "code", err_name(r->why.err));
	if (r->why.field[0])
		json_w_text_field(w, "field", r->why.field);
	if (r->retry_after)
		json_w_int_field(w, "retry_after", r->retry_after);
}

/* What was waited for is told as it is now; all else as HTTP tells it. */
static void write_reply(struct json_w *w, const struct request *q, const struct reply *r)
{
	struct answer a = { .status = 200 };

	buf_init(&a.body, MESSAGE_MAX);
	if (r->stored)
		buf_puts(&a.body, r->stored->body);
	else
		(q->await_ms ? native_outcome : q->encode)(q, r, &a);
	json_w_key(w, "reply");
	json_w_raw(w, buf_str(&a.body));
	if (r->replayed)
		json_w_bool_field(w, "replayed", true);
	buf_finish(&a.body);
}

static void reply(const struct request *q, const struct reply *r, struct buf *out)
{
	struct json_w w = json_w(out);

	begin(&w, q);
	if (r->err)
		write_error(&w, r);
	else
		write_reply(&w, q, r);
	json_w_object_end(&w);
}

static void progress(const struct request *q, const struct job *job, struct buf *out)
{
	const struct reply r = { .job = job };
	struct answer a = { .status = 200 };
	struct json_w w = json_w(out);

	buf_init(&a.body, MESSAGE_MAX);
	native_outcome(q, &r, &a);
	begin(&w, q);
	json_w_key(&w, "progress");
	json_w_raw(&w, buf_str(&a.body));
	json_w_object_end(&w);
	buf_finish(&a.body);
}

/* --- what is told unasked ----------------------------------------------------------------- */

static unsigned event(struct platen *p, const struct event *e, struct buf *out)
{
	struct json_w w = json_w(out);
	const char *name;
	struct buf body;

	(void)p;
	buf_init(&body, 65536);
	name = native_event_data(e, &body);
	if (!name && e->kind == EVENT_CONFIG)
		name = "config";
	json_w_object(&w);
	json_w_text_field(&w, "event", name);
	json_w_key(&w, "data");
	json_w_raw(&w, body.len ? buf_str(&body) : STR("{}"));
	json_w_object_end(&w);
	buf_finish(&body);
	if (!name)
		return 0;
	return e->kind == EVENT_JOB ? TOPIC_JOBS : TOPIC_DEVICES;
}

static void hello(struct session *s, struct buf *out)
{
	struct json_w w = json_w(out);

	json_w_object(&w);
	json_w_text_field(&w, "event", "hello");
	json_w_key(&w, "data");
	write_greeting(&w, s->platen, &s->caller, session_listen(s));
	json_w_object_end(&w);
}

static void call(const struct request *q, char out[static 40])
{
	snprintf(out, 40, "%s", q->call ? calls[q->call - 1].name : "");
}

const struct messages native_messages = {
	.message_max = MESSAGE_MAX,
	.binary = true,
	.framed = true,
	.pending_max = PENDING_MAX,
	.decode = decode,
	.reply = reply,
	.progress = progress,
	.event = event,
	.hello = hello,
	.call = call,
};
