/*
 * The dialect of the Plato printer driver: a web till posts base64 chunks of
 * finished raster for a printer that it names by address.
 *
 * POST /print, /beep, /cash-drawer, /status; GET /health, /queue-status,
 * /mesh-status, /ca.crt. Every reply has "ok". docs/dialects/plato.md is its
 * manual.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/date.h"
#include "base/text.h"
#include "core/door.h"
#include "core/front.h"
#include "core/platen.h"
#include "sys/clock.h"

#define CHUNKS_MAX 4096
#define BODY_MAX (16u << 20)
#define YEAR_MS (366ll * 86400000)
#define BEEPS 18
#define BEEP_DELAY 150
#define FEED_LINES 4

static void refuse(const struct why *why, struct buf *out)
{
	struct json_w w = json_w(out);

	json_w_object(&w);
	json_w_bool_field(&w, "ok", false);
	json_w_text_field(&w, "error", why->text);
	json_w_object_end(&w);
}

/* --- reading requests ------------------------------------------------------------- */

/* A number, or a string of ASCII digits; 1 to 65535. */
static bool read_port(const struct json *v, uint16_t *port)
{
	int64_t number;
	uint64_t digits;

	if (json_is(v, JSON_STRING) && str_to_u64(json_string(v), &digits))
		number = digits <= 65535 ? (int64_t)digits : 0;
	else if (!json_is(v, JSON_NUMBER) || !json_int(v, &number))
		return false;
	*port = (uint16_t)number;
	return number >= 1 && number <= 65535;
}

/* true, "true", 1 and "1" mean yes. */
static bool means_yes(const struct json *v)
{
	int64_t n;

	return json_bool(v, false) || str_is(json_string(v), "true") ||
	    str_is(json_string(v), "1") || (json_int(v, &n) && n == 1);
}

static bool means_no(const struct json *v)
{
	int64_t n;

	return (json_is(v, JSON_BOOL) && !json_bool(v, true)) ||
	    str_is(json_string(v), "false") || (json_int(v, &n) && n == 0);
}

static bool address_allowed(const struct listen_block *l, const struct ip *ip, uint16_t port)
{
	struct ip_range range;

	for (size_t i = 0; i < l->addresses.count; i++)
		if (!ip_range_parse(str_of(l->addresses.items[i]), &range, NULL) &&
		    ip_range_has(&range, ip, port))
			return true;
	return false;
}

/*
 * The printer that ip_address and port name: a configured one by address or
 * alias, one that was used before, or a new address inside the ranges. `q`
 * gets the device, or NULL with ip and port.
 */
static enum err read_target(const struct visit *v, struct request *q, struct why *why)
{
	struct str host = json_string(json_get(v->json, "ip_address"));
	struct device *d;

	if (!host.len || !read_port(json_get(v->json, "port"), &q->port))
		return why_field(why, "ip_address", E_FIELD, "Missing printer address");
	d = device_find_address(&v->platen->devices, host, q->port);
	q->device = d;
	if (d && !d->adhoc)
		return E_OK;
	if (!v->listen || !ip_parse(host, &q->ip) || !address_allowed(v->listen, &q->ip, q->port))
		return why_fail(why, E_ADDRESS, NULL);
	return E_OK;
}

static enum err bad_chunks(struct why *why)
{
	return why_field(why, "chunks", E_FIELD, "Missing print data");
}

static enum err decode_chunks(const struct json *chunks, struct buf *bytes, uint32_t *ends,
    struct why *why)
{
	size_t n = 0;

	for (const struct json *c = json_first(chunks); c; c = json_next(c)) {
		size_t before = bytes->len;

		if (!json_is(c, JSON_STRING) || !base64_decode(json_string(c), bytes) ||
		    bytes->len == before)
			return bad_chunks(why);
		ends[n++] = (uint32_t)bytes->len;
	}
	return E_OK;
}

/* What the chunks are for this printer: its own bytes, if it speaks no ESC/POS. */
static const char *type_for(const struct device *d)
{
	return !d || d->settings.language->takes(TYPE_ESCPOS) ? TYPE_ESCPOS : TYPE_RAW;
}

static enum err read_chunks(const struct visit *v, const struct device *d, struct document **doc,
    struct why *why)
{
	const struct json *chunks = json_get(v->json, "chunks");
	size_t count = json_count(chunks);
	struct buf bytes;
	uint32_t *ends;
	enum err err;

	if (!json_is(chunks, JSON_ARRAY) || !count)
		return bad_chunks(why);
	if (count > CHUNKS_MAX)
		return why_field(why, "chunks", E_TOO_LARGE, NULL);
	buf_init(&bytes, BODY_MAX);
	ends = mem_array(count, sizeof *ends);
	err = decode_chunks(chunks, &bytes, ends, why);
	if (!err)
		*doc = document_create(type_for(d), &bytes, ends, count);
	free(ends);
	buf_finish(&bytes);
	return err;
}

/* Milliseconds as a number may have a fraction; as text they are a date's form. */
static bool read_time(const struct json *v, int64_t *at)
{
	double ms;

	if (json_is(v, JSON_STRING))
		return date_parse(str_trim(json_string(v)), at);
	if (!json_is(v, JSON_NUMBER) || !json_double(v, &ms) || ms > 9e15 || ms < -9e15)
		return false;
	*at = (int64_t)ms;
	return true;
}

static enum err read_schedule(const struct visit *v, int64_t *run_at, struct why *why)
{
	const struct json *value = json_get(v->json, "runAt");
	int64_t now = clock_wall(), at;

	if (!value || json_is(value, JSON_NULL))
		return E_OK;
	if (json_is(value, JSON_STRING) && !json_string(value).len)
		return E_OK;
	if (!read_time(value, &at) || at - now > YEAR_MS)
		return why_field(why, "runAt", E_FIELD, "Invalid runAt timestamp");
	if (at > now)
		*run_at = at;
	return E_OK;
}

static const struct settings *settings_of(const struct request *q)
{
	return &q->device->settings;
}

static struct ticket ticket_of(const struct request *q)
{
	const struct settings *s = settings_of(q);
	struct ticket t = ticket_default();

	t.init = true;
	t.exact = true;
	t.chunk_delay = s->chunk_delay;
	t.beep_delay = BEEP_DELAY;
	t.drawer_pin = s->drawer_pin;
	t.has_tail = s->has_tail;
	t.tail_len = s->tail_len;
	memcpy(t.tail, s->tail, sizeof t.tail);
	return t;
}

/* The first job of an address makes its printer; the desk keeps it if the job
 * is good. */
static enum err need_device(const struct visit *v, struct request *q, struct why *why)
{
	if (!q->device)
		q->device = device_transient(v->platen, &q->ip, q->port, v->listen, why);
	return q->device ? E_OK : why->err;
}

static enum err begin_job(const struct visit *v, struct request *q, enum job_kind kind,
    struct why *why)
{
	struct job *job = q->draft;
	enum err err = need_device(v, q, why);

	if (err)
		return err;
	if (!job)
		job = q->draft = job_create(kind);
	job->ticket = ticket_of(q);
	job->on_doubt = dialect_plato.on_doubt;
	snprintf(job->dialect, sizeof job->dialect, "plato");
	str_copy(job->caller, sizeof job->caller, str_of(v->caller->principal));
	return E_OK;
}

static enum err decode_print(const struct visit *v, struct request *q, struct why *why)
{
	enum err err;

	if ((err = read_target(v, q, why)))
		return err;
	q->draft = job_create(KIND_PRINT);
	q->raw_bytes = true;
	if ((err = read_chunks(v, q->device, &q->draft->doc, why)) ||
	    (err = read_schedule(v, &q->draft->run_at, why)) ||
	    (err = begin_job(v, q, KIND_PRINT, why)))
		return err;
	q->draft->ticket.cut = CUT_PARTIAL;
	q->draft->ticket.feed_lines = FEED_LINES;
	q->draft->ticket.beeps = means_yes(json_get(v->json, "beep")) ? BEEPS : 0;
	return E_OK;
}

static enum err decode_beep(const struct visit *v, struct request *q, struct why *why)
{
	enum err err;

	if ((err = read_target(v, q, why)) || (err = begin_job(v, q, KIND_BEEP, why)))
		return err;
	q->draft->ticket.beeps = BEEPS;
	return E_OK;
}

static enum err decode_drawer(const struct visit *v, struct request *q, struct why *why)
{
	enum err err;

	if ((err = read_target(v, q, why)) || (err = begin_job(v, q, KIND_KICK, why)))
		return err;
	q->draft->lifetime = settings_of(q)->drawer_expiry;
	return E_OK;
}

static enum err decode_status(const struct visit *v, struct request *q, struct why *why)
{
	q->live = !means_no(json_get(v->json, "validate"));
	return read_target(v, q, why);
}

/* --- writing replies ------------------------------------------------------------------ */

static void encode_accepted(const struct request *q, const struct reply *r, struct answer *out)
{
	struct json_w w = json_w(&out->body);
	char serial[24];

	(void)q;
	snprintf(serial, sizeof serial, "%lld", (long long)r->job->serial);
	json_w_object(&w);
	json_w_bool_field(&w, "ok", true);
	json_w_text_field(&w, "jobId", serial);
	json_w_bool_field(&w, "queued", true);
	json_w_object_end(&w);
}

static void counts_of(const struct request *q, const struct device *d, struct line_counts *c)
{
	queue_counts(q->platen->queue, d, c);
}

static void write_counts(struct json_w *w, const struct line_counts *c)
{
	json_w_int_field(w, "waiting", c->waiting);
	json_w_int_field(w, "active", c->active);
	json_w_int_field(w, "delayed", c->delayed);
	json_w_int_field(w, "failed", c->failed);
	json_w_int_field(w, "completed", 0);
}

static void write_totals(struct json_w *w, const struct line_counts *c)
{
	json_w_int_field(w, "totalPending", c->waiting + c->delayed);
	json_w_bool_field(w, "isProcessing", c->active > 0);
}

static const char *key_of(const struct device *d)
{
	return d->address[0] ? d->address : d->name;
}

static void encode_status(const struct request *q, const struct reply *r, struct answer *out)
{
	const struct device *d = r->device;
	struct json_w w = json_w(&out->body);
	struct line_counts c = { 0 };
	char date[32];

	if (!d->transient)
		counts_of(q, d, &c);
	date_format(d->condition.last_contact, date);
	json_w_object(&w);
	json_w_bool_field(&w, "ok", true);
	json_w_text_field(&w, "printerKey", key_of(d));
	json_w_text_field(&w, "status", reach_name(d->condition.reach));
	json_w_bool_field(&w, "validated", r->probed);
	json_w_bool_field(&w, "busy", c.waiting + c.active + c.delayed > 0);
	json_w_text_field(&w, "source", r->probed ? "probe" : "cache");
	json_w_text_field(&w, "lastPingOn", d->condition.last_contact ? date : NULL);
	json_w_text_field(&w, "lastError",
	    d->condition.last_error[0] ? d->condition.last_error : NULL);
	write_counts(&w, &c);
	json_w_object_end(&w);
}

static void write_printer(struct json_w *w, const struct device *d, const struct line_counts *c)
{
	char queue[96];

	device_queue_name(d, queue);
	json_w_object(w);
	json_w_text_field(w, "printerKey", key_of(d));
	json_w_text_field(w, "queue", queue);
	json_w_text_field(w, "status", reach_name(d->condition.reach));
	write_counts(w, c);
	write_totals(w, c);
	json_w_object_end(w);
}

/* A printer is known here once a job made it so, or the configuration did. */
static bool shown(const struct request *q, const struct device *d)
{
	return access_printer(q->caller, d->name);
}

static void encode_queues(const struct request *q, const struct reply *r, struct answer *out)
{
	struct json_w w = json_w(&out->body);
	struct line_counts sum = { 0 }, c;

	(void)r;
	LIST_EACH(&q->platen->devices.list, node) {
		const struct device *d = LIST_OF(node, struct device, node);

		if (!shown(q, d))
			continue;
		counts_of(q, d, &c);
		sum.waiting += c.waiting;
		sum.active += c.active;
		sum.delayed += c.delayed;
		sum.failed += c.failed;
	}
	json_w_object(&w);
	json_w_bool_field(&w, "ok", true);
	write_counts(&w, &sum);
	write_totals(&w, &sum);
	json_w_key(&w, "printers");
	json_w_array(&w);
	LIST_EACH(&q->platen->devices.list, node) {
		const struct device *d = LIST_OF(node, struct device, node);

		if (!shown(q, d))
			continue;
		counts_of(q, d, &c);
		write_printer(&w, d, &c);
	}
	json_w_array_end(&w);
	json_w_object_end(&w);
}

static void encode_health(const struct request *q, const struct reply *r, struct answer *out)
{
	struct json_w w = json_w(&out->body);
	struct clerk_counts c;

	(void)r;
	clerk_counts(q->platen->clerk, &c);
	out->status = c.healthy ? 200 : 503;
	json_w_object(&w);
	json_w_bool_field(&w, "ok", c.healthy);
	json_w_text_field(&w, "status", c.healthy ? "ok" : "degraded");
	json_w_text_field(&w, "version", PLATEN_VERSION);
	json_w_int_field(&w, "uptime", (clock_mono() - q->platen->started) / 1000);
	json_w_object_end(&w);
}

/* Peer signalling is not provided; this says so. */
static void encode_mesh(const struct request *q, const struct reply *r, struct answer *out)
{
	(void)q;
	(void)r;
	buf_puts(&out->body, "{\"ok\":true,\"enabled\":false,\"path\":\"/mesh\",\"port\":8080,"
	    "\"peerIds\":[],\"peerCount\":0}");
}

static void encode_certificate(const struct request *q, const struct reply *r, struct answer *out)
{
	(void)q;
	out->type = "application/x-x509-ca-cert";
	out->disposition = "attachment; filename=\"plato-printer-ca.crt\"";
	buf_add_str(&out->body, r->text);
}

static const struct route routes[] = {
	{ "POST", "/print", VERB_SUBMIT, ROUTE_JSON, decode_print, encode_accepted },
	{ "POST", "/status", VERB_PROBE, ROUTE_JSON, decode_status, encode_status },
	{ "POST", "/beep", VERB_SUBMIT, ROUTE_JSON, decode_beep, encode_accepted },
	{ "POST", "/cash-drawer", VERB_SUBMIT, ROUTE_JSON, decode_drawer, encode_accepted,
	    CAP_DRAWER },
	{ "GET", "/health", VERB_LIVEZ, 0, NULL, encode_health },
	{ "GET", "/queue-status", VERB_DEVICES, 0, NULL, encode_queues },
	{ "GET", "/mesh-status", VERB_LIVEZ, 0, NULL, encode_mesh },
	{ "GET", "/ca.crt", VERB_CERTIFICATE, 0, NULL, encode_certificate },
	{ 0 },
};

const struct dialect dialect_plato = {
	.name = "plato",
	.summary = "HTTP API of the Plato printer driver: raster chunks for a printer by address",
	.port = 8080,
	.body_max = BODY_MAX,
	.on_doubt = DOUBT_REPRINT,
	.tls = TLS_OFF,
	.routes = routes,
	.refuse = refuse,
};
