/*
 * The dialect of PrinterWebSocket: web tills and label programs send lines in
 * the printer's own language and get one true reply for each print.
 *
 * A job lives for reply-wait: it is decided by then, so an error means that
 * nothing comes out later. Here messages become requests; what is answered is
 * in printerwebsocket_reply.c. docs/dialects/printer-websocket.md is the manual.
 */
#include <string.h>

#include "base/sha.h"
#include "base/text.h"
#include "core/front.h"
#include "core/lang.h"
#include "core/platen.h"
#include "core/session.h"
#include "front/printerwebsocket.h"

#define MESSAGE_MAX (4u << 20)
#define DOCUMENT_MAX (128u << 20) /* line ends may be more than the lines */
#define PRINTS_MAX 64
#define UID_MAX 256
#define KEY_CHARS 200
#define CALL_CHARS 64
#define NAME_MAX_SHOWN 256
#define REPLY_WAIT 30000
#define FRESH_MS 5000
#define BROADCAST_MS 1000

static void refuse(const struct why *why, struct buf *out)
{
	struct json_w w = json_w(out);

	json_w_object(&w);
	json_w_text_field(&w, "error", why->text);
	json_w_object_end(&w);
}

/* --- names ------------------------------------------------------------------------------ */

static bool answers_to(const struct printer_block *b, struct str name)
{
	if (str_is(name, b->name) || str_is(name, printerwebsocket_name(b)))
		return true;
	for (size_t i = 0; i < b->aliases.count; i++)
		if (str_is(name, b->aliases.items[i]))
			return true;
	return false;
}

/* Titles are unique and come first. */
static struct device *device_of(const struct visit *v, struct str name)
{
	const struct config *c = v->platen->config;
	struct device *d = device_find(&v->platen->devices, name);

	for (size_t i = 0; !d && i < c->printer_count; i++)
		if (answers_to(&c->printers[i], name))
			d = device_find(&v->platen->devices, str_of(c->printers[i].name));
	return d && !d->adhoc && d->block && access_printer(v->caller, d->name) ? d : NULL;
}

/* --- reading messages ------------------------------------------------------------------ */

/* The first `chars` characters, or what of them fits into `bytes`. */
static struct str head_of(struct str text, size_t chars, size_t bytes)
{
	size_t at = 0;

	for (size_t next = 0; at < text.len && chars--; at = next) {
		utf8_next(text, &next);
		if (next > bytes)
			break;
	}
	return str_head(text, at);
}

/* Names that the answer repeats outlive the message. */
static void keep_name(struct request *q, struct str name)
{
	buf_add_str(&q->arena, head_of(name, NAME_MAX_SHOWN, NAME_MAX_SHOWN));
}

/* A printer that the caller's grant leaves out is as good as none. */
static enum err find_printer(const struct visit *v, struct request *q, struct str name,
    struct why *why)
{
	keep_name(q, name);
	q->device = device_of(v, name);
	if (!q->device)
		return why_fail(why, E_NOT_FOUND, "Printer not found: %.*s",
		    STR_ARG(buf_str(&q->arena)));
	return E_OK;
}

static enum err need(const struct visit *v, unsigned capability, struct why *why)
{
	return access_require(v->platen->access, v->caller, capability, why);
}

static enum err read_find(const struct visit *v, struct request *q, struct why *why)
{
	struct str query = json_string(json_get(json_get(v->json, "params"), "query"));

	q->verb = VERB_DEVICES;
	q->capability = v->caller->allow & CAP_PRINT ? CAP_PRINT : CAP_STATUS;
	str_copy(q->name, sizeof q->name, head_of(query, SIZE_MAX, sizeof q->name - 1));
	(void)why;
	return E_OK;
}

static enum err read_version(const struct visit *v, struct request *q, struct why *why)
{
	(void)v, (void)why;
	q->verb = VERB_HELLO;
	return E_OK;
}

static enum err read_status(const struct visit *v, struct request *q, struct why *why)
{
	struct str name = json_string(json_get(v->json, "PrinterName"));
	enum err err = need(v, CAP_STATUS, why);

	if (err)
		return err;
	q->verb = VERB_STATUS;
	q->fresh_ms = FRESH_MS;
	if (!name.len)
		return why_fail(why, E_FIELD, "PrinterName not provided");
	return find_printer(v, q, name, why);
}

/* --- print ---------------------------------------------------------------------------- */

static enum err invalid(struct why *why)
{
	return why_fail(why, E_FIELD, "Invalid printer or TSPL data");
}

/* Several lines are ended where they are not; one is what it is. */
static bool add_text(struct str line, bool several, struct buf *out)
{
	buf_add_str(out, line);
	if (several && !str_ends(line, "\n"))
		buf_puts(out, "\r\n");
	return !out->failed;
}

static bool add_element(const struct json *v, bool base64, bool several, struct buf *out)
{
	if (!json_is(v, JSON_STRING))
		return false;
	return base64 ? base64_decode(json_string(v), out)
	    : add_text(json_string(v), several, out);
}

static bool read_lines(const struct json *data, bool base64, struct buf *out)
{
	bool several = json_count(data) > 1, full = false;

	if (json_is(data, JSON_STRING))
		return add_element(data, base64, false, out) && out->len;
	if (!json_is(data, JSON_ARRAY))
		return false;
	for (const struct json *e = json_first(data); e; e = json_next(e)) {
		if (!add_element(e, base64, several, out))
			return false;
		full = full || json_string(e).len;
	}
	return full && out->len;
}

static bool read_encoding(const struct json *v, bool *base64)
{
	*base64 = str_is(json_string(v), "base64");
	return !v || *base64 || str_is(json_string(v), "utf-8");
}

/* A key of 200 characters may be longer than the store's: then its hash is the key. */
static bool read_key_text(const struct json *v, char key[static KEY_CHARS + 1])
{
	struct str text = json_string(v);
	size_t chars = 0;

	for (size_t at = 0; at < text.len; chars++)
		utf8_next(text, &at);
	if (chars < 1 || chars > KEY_CHARS)
		return false;
	if (text.len > KEY_CHARS || memchr(text.ptr, '\0', text.len)) {
		key[0] = '\001';
		sha256_hex(text, key + 1);
	} else {
		str_copy(key, KEY_CHARS + 1, text);
	}
	return true;
}

static enum err read_key(const struct visit *v, struct request *q, struct why *why)
{
	const struct json *given = json_get(v->json, "idempotencyKey");
	const struct document *doc = q->draft->doc;
	struct str parts[] = {
		str_of(q->device->name), { (const char *)doc->bytes, doc->len },
	};
	char key[KEY_CHARS + 1];

	if (!given)
		return E_OK;
	if (!json_is(given, JSON_STRING) || !read_key_text(given, key))
		return why_fail(why, E_KEY, "Invalid idempotencyKey");
	request_key(q, str_of(key), "print", parts, COUNT_OF(parts));
	q->join = true;
	return E_OK;
}

static int64_t reply_wait(const struct listen_block *l)
{
	return l ? l->reply_wait : REPLY_WAIT;
}

static bool speaks_escpos(const struct device *d)
{
	return d->settings.language->takes(TYPE_ESCPOS);
}

/* The contract wants it for every other language, whoever could walk its bytes. */
static enum err need_raw(const struct visit *v, const struct device *d, struct why *why)
{
	return speaks_escpos(d) ? E_OK : need(v, CAP_RAW, why);
}

static void make_draft(const struct visit *v, struct request *q, struct buf *bytes)
{
	struct job *job = q->draft = job_create(KIND_PRINT);

	job->doc = document_create(speaks_escpos(q->device) ? TYPE_ESCPOS : TYPE_RAW, bytes,
	    NULL, 1);
	job->ticket = ticket_default();
	job->ticket.init = false;
	job->lifetime = reply_wait(v->listen);
	job->on_doubt = dialect_printerwebsocket.on_doubt;
	str_copy(job->dialect, sizeof job->dialect, str_of(dialect_printerwebsocket.name));
	str_copy(job->caller, sizeof job->caller, str_of(v->caller->principal));
	q->raw_bytes = true;
	q->await_ms = -1;
	q->begun = v->listen && v->listen->start_notice;
}

static enum err read_data(const struct json *params, struct buf *bytes, struct why *why)
{
	bool base64;

	if (!read_encoding(json_get(params, "encoding"), &base64) ||
	    !read_lines(json_get(params, "data"), base64, bytes))
		return bytes->failed ? why_fail(why, E_TOO_LARGE, NULL) : invalid(why);
	return E_OK;
}

static enum err read_print(const struct visit *v, struct request *q, struct why *why)
{
	const struct json *params = json_get(v->json, "params");
	struct str name = json_string(json_get(json_get(params, "printer"), "name"));
	struct till *till = q->session->state;
	struct buf bytes;
	enum err err;

	till->prints++; /* its answer takes it off, whatever it is */
	q->verb = VERB_SUBMIT;
	if ((err = need(v, CAP_PRINT, why)))
		return err;
	if (!name.len)
		return invalid(why);
	buf_init(&bytes, DOCUMENT_MAX);
	if (!(err = read_data(params, &bytes, why)) &&
	    !(err = find_printer(v, q, name, why)) && !(err = need_raw(v, q->device, why)))
		make_draft(v, q, &bytes);
	buf_finish(&bytes);
	if (err || (err = read_key(v, q, why)))
		return err;
	return till->prints > PRINTS_MAX ? why_fail(why, E_RATE, NULL) : E_OK;
}

/* --- every message ------------------------------------------------------------------------ */

static const struct {
	const char *name;
	enum err (*read)(const struct visit *v, struct request *q, struct why *why);
} calls[] = {
	[CALL_FIND] = { "printers.find", read_find },
	[CALL_VERSION] = { "server.version", read_version },
	[CALL_PRINT] = { "print", read_print },
	[CALL_STATUS] = { "printerStatus", read_status },
};

static enum err read_call(const struct visit *v, struct request *q, struct why *why)
{
	struct str name = json_string(json_get(v->json, "call"));

	if (!name.len)
		return why_fail(why, E_FIELD, "Missing call");
	for (int i = CALL_FIND; i <= CALL_STATUS; i++) {
		if (!str_is(name, calls[i].name))
			continue;
		q->call = i;
		return calls[i].read(v, q, why);
	}
	name = head_of(name, CALL_CHARS, sizeof why->text - sizeof "Unknown call: ");
	return why_fail(why, E_FIELD, "Unknown call: %.*s", STR_ARG(name));
}

static enum err decode(const struct visit *v, struct request *q, struct why *why)
{
	struct str uid = json_source(json_get(v->json, "uid"));

	str_copy(q->echo, sizeof q->echo, uid.len && uid.len <= UID_MAX ? uid : STR("null"));
	if (!v->json)
		return why_fail(why, E_JSON, NULL);
	if (!json_is(v->json, JSON_OBJECT))
		return why_fail(why, E_FIELD, "Message must be an object");
	return read_call(v, q, why);
}

static void note_call(const struct request *q, char out[static 40])
{
	str_copy(out, 40, str_of(calls[q->call].name));
}

static bool noticed(const struct session *s)
{
	const struct listen_block *l = session_listen(s);

	return !l || l->broadcast;
}

static const struct messages messages = {
	.message_max = MESSAGE_MAX,
	.binary = true,
	.pending_max = 1024,
	.session_bytes = sizeof(struct till),
	.decode = decode,
	.reply = printerwebsocket_reply,
	.begun = printerwebsocket_begun,
	.notice = printerwebsocket_notice,
	.notice_ms = BROADCAST_MS,
	.noticed = noticed,
	.call = note_call,
};

static const struct route routes[] = {
	{ "*", "*", VERB_HELLO, ROUTE_SOCKET, NULL, NULL, 0 },
	{ 0 },
};

const struct dialect dialect_printerwebsocket = {
	.name = "printer-websocket",
	.summary = "PrinterWebSocket: lines in the printer's own language, a true reply each",
	.port = 8765,
	.body_max = 1,
	.on_doubt = DOUBT_HOLD,
	.tls = TLS_OFF,
	.routes = routes,
	.refuse = refuse,
	.messages = &messages,
};
