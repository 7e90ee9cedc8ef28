/*
 * The native dialect: HTTP and JSON under /v1, and the pages of the console. The
 * same over WebSocket is in native_ws.c.
 *
 * docs/openapi.json is its description; the tests hold the two together.
 */
#include "front/native.h"

#include <stdio.h>
#include <string.h>

#include "base/date.h"
#include "core/platen.h"
#include "core/render.h"
#include "sys/clock.h"

#define YEAR_MS (366ll * 86400000)
#define FEED_LINES 4

static enum err bad(struct why *why, const char *field, const char *expected)
{
	return why_field(why, field, E_FIELD, "%s must be %s", field, expected);
}

/* --- Platen-Options ------------------------------------------------------------------- */

typedef enum err option_fn(const struct json *v, struct job *job, struct why *why);

static enum err option_copies(const struct json *v, struct job *job, struct why *why)
{
	int64_t n;

	if (!json_int(v, &n) || n < 1 || n > 100)
		return bad(why, "copies", "a number from 1 to 100");
	job->ticket.copies = (unsigned)n;
	return E_OK;
}

static enum err option_cut(const struct json *v, struct job *job, struct why *why)
{
	struct str text = json_string(v);
	enum cut cut;

	if (json_is(v, JSON_BOOL))
		cut = json_bool(v, false) ? CUT_PARTIAL : CUT_NONE;
	else if (str_is(text, "partial"))
		cut = CUT_PARTIAL;
	else if (str_is(text, "full"))
		cut = CUT_FULL;
	else if (str_is(text, "none"))
		cut = CUT_NONE;
	else
		return bad(why, "cut", "true, false, \"partial\", \"full\" or \"none\"");
	job->ticket.cut = cut;
	job->ticket.feed_lines = cut ? FEED_LINES : 0;
	return E_OK;
}

static enum err option_run_at(const struct json *v, struct job *job, struct why *why)
{
	struct str text = json_is(v, JSON_NUMBER) ? json_source(v) : json_string(v);
	int64_t at;

	if (!text.len || !date_parse(text, &at) || at - clock_wall() > YEAR_MS)
		return bad(why, "run_at", "a time (ISO 8601 or ms since 1970) within 366 days");
	job->run_at = at > clock_wall() ? at : 0;
	return E_OK;
}

static enum err option_expires(const struct json *v, struct job *job, struct why *why)
{
	int64_t n;

	if (!json_int(v, &n) || n < 1 || n > 31536000)
		return bad(why, "expires_s", "a number of seconds from 1 to 31536000");
	job->lifetime = n * 1000;
	return E_OK;
}

static enum err option_priority(const struct json *v, struct job *job, struct why *why)
{
	static const char *const names[] = { "bulk", "normal", "urgent" };
	int64_t n;

	for (int i = 0; i < 3; i++)
		if (str_is(json_string(v), names[i])) {
			job->priority = i - 1;
			return E_OK;
		}
	if (!json_int(v, &n) || n < -1 || n > 1)
		return bad(why, "priority", "\"bulk\", \"normal\", \"urgent\" or -1, 0, 1");
	job->priority = (int)n;
	return E_OK;
}

static enum err option_on_doubt(const struct json *v, struct job *job, struct why *why)
{
	if (!on_doubt_parse(json_string(v), &job->on_doubt))
		return bad(why, "on_doubt", "\"hold\", \"reprint\" or \"drop\"");
	return E_OK;
}

static enum err option_title(const struct json *v, struct job *job, struct why *why)
{
	if (!json_is(v, JSON_STRING) || !str_copy(job->title, sizeof job->title, json_string(v)))
		return bad(why, "title", "a string of at most 127 bytes");
	return E_OK;
}

/* How a document is rendered; device bytes are not, and do not mind. */
static enum err option_engine(const struct json *v, struct job *job, struct why *why)
{
	if (!ticket_choose(&job->ticket, "engine", json_string(v)))
		return bad(why, "engine", "\"auto\", \"builtin\", \"chromium\" or \"strict\"");
	return E_OK;
}

static enum err option_halftone(const struct json *v, struct job *job, struct why *why)
{
	if (!ticket_choose(&job->ticket, "halftone", json_string(v)))
		return bad(why, "halftone", "\"auto\", \"threshold\", \"diffusion\", "
		    "\"atkinson\", \"ordered\" or \"blue-noise\"");
	return E_OK;
}

static enum err option_threshold(const struct json *v, struct job *job, struct why *why)
{
	int64_t n;

	if (!json_int(v, &n) || n < 1 || n > 255)
		return bad(why, "threshold", "a number from 1 to 255");
	job->ticket.threshold = (unsigned)n;
	return E_OK;
}

static enum err option_width(const struct json *v, struct job *job, struct why *why)
{
	int64_t n;

	if (!json_int(v, &n) || n < 8 || n > 8192)
		return bad(why, "width_dots", "a number from 8 to 8192");
	job->ticket.width_dots = (unsigned)n;
	return E_OK;
}

static enum err option_encoding(const struct json *v, struct job *job, struct why *why)
{
	if (!json_is(v, JSON_STRING) ||
	    !str_copy(job->ticket.encoding, sizeof job->ticket.encoding, json_string(v)))
		return bad(why, "encoding", "the name of a character set");
	return E_OK;
}

static enum err read_flag(const struct json *v, const char *name, bool *flag, struct why *why)
{
	if (!json_is(v, JSON_BOOL))
		return bad(why, name, "true or false");
	*flag = json_bool(v, false);
	return E_OK;
}

static enum err option_scripts(const struct json *v, struct job *job, struct why *why)
{
	return read_flag(v, "scripts", &job->ticket.scripts, why);
}

static enum err option_raster(const struct json *v, struct job *job, struct why *why)
{
	return read_flag(v, "raster", &job->ticket.raster, why);
}

static enum err option_open_drawer(const struct json *v, struct job *job, struct why *why)
{
	return read_flag(v, "open_drawer", &job->ticket.open_drawer, why);
}

static const struct {
	const char *name;
	option_fn *read;
} job_options[] = {
	{ "copies", option_copies },   { "cut", option_cut },
	{ "run_at", option_run_at },   { "expires_s", option_expires },
	{ "priority", option_priority }, { "on_doubt", option_on_doubt },
	{ "title", option_title },     { "engine", option_engine },
	{ "halftone", option_halftone }, { "threshold", option_threshold },
	{ "width_dots", option_width }, { "encoding", option_encoding },
	{ "scripts", option_scripts }, { "raster", option_raster },
	{ "open_drawer", option_open_drawer },
};

static enum err read_option(const struct json *v, const char *where, struct job *job,
    struct why *why)
{
	char name[64];

	for (size_t i = 0; i < COUNT_OF(job_options); i++)
		if (str_is(json_key(v), job_options[i].name))
			return job_options[i].read(v, job, why);
	str_copy(name, sizeof name, str_head(json_key(v), 60));
	return why_field(why, name, E_FIELD, "%s: there is no option %s", where, name);
}

enum err native_options(const struct json *options, const char *where, struct job *job,
    struct why *why)
{
	enum err err = E_OK;

	if (!json_is(options, JSON_OBJECT))
		return why_field(why, where, E_FIELD, "%s must be a JSON object", where);
	for (const struct json *v = json_first(options); v && !err; v = json_next(v))
		err = read_option(v, where, job, why);
	return err;
}

static enum err read_options(struct str text, struct job *job, struct why *why)
{
	struct json_doc *doc = NULL;
	bool broken = text.ptr && json_parse(text, NULL, &doc, NULL);
	enum err err = text.ptr ? native_options(broken ? NULL : json_root(doc),
	    "Platen-Options", job, why) : E_OK;

	json_destroy(doc);
	return err;
}

/* --- requests about jobs ------------------------------------------------------------------ */

enum err native_read_job(const struct visit *v, struct request *q, struct why *why)
{
	if (!str_to_i64(v->params[0], &q->job) || q->job < 1)
		return why_fail(why, E_NOT_FOUND, "There is no such job");
	return E_OK;
}

/* What is drawn ends with a cut unless its sender says otherwise; a printer's own
 * bytes and described receipts say it themselves. */
static bool wants_cut(const char *type)
{
	return !strncmp(type, "image/", 6) || !strcmp(type, TYPE_TEXT) ||
	    !strcmp(type, TYPE_HTML) || !strcmp(type, TYPE_PDF);
}

enum err native_draft(const struct visit *v, const char *type, struct buf *bytes,
    struct request *q, struct why *why)
{
	struct job *job = q->draft = job_create(KIND_PRINT);

	q->device = device_find(&v->platen->devices, v->params[0]);
	if (!q->device)
		return why_fail(why, E_NOT_FOUND, "There is no printer of this name");
	if (!bytes->len)
		return why_field(why, "body", E_FIELD, "The body must be the document to print");
	job->doc = document_create(type, bytes, NULL, 1);
	job->ticket = ticket_default();
	job->ticket.drawer_pin = q->device->settings.drawer_pin;
	if (wants_cut(type)) {
		job->ticket.cut = CUT_PARTIAL;
		job->ticket.feed_lines = FEED_LINES;
	}
	q->raw_bytes = true;
	snprintf(job->dialect, sizeof job->dialect, "native");
	str_copy(job->caller, sizeof job->caller, str_of(v->caller->principal));
	return E_OK;
}

static enum err decode_submit(const struct visit *v, struct request *q, struct why *why)
{
	const char *type = v->content_type.len ? v->content_type.ptr : TYPE_RAW;
	struct buf bytes;
	enum err err;

	buf_init(&bytes, NATIVE_BODY_MAX);
	buf_add_str(&bytes, v->body);
	err = native_draft(v, type, &bytes, q, why);
	buf_finish(&bytes);
	return err ? err : read_options(v->options, q->draft, why);
}

/* As a job for the printer that the query names. */
static enum err decode_preview(const struct visit *v, struct request *q, struct why *why)
{
	struct visit named = *v;
	char name[64];

	if (!visit_query(v, "printer", name, sizeof name))
		return bad(why, "printer", "given in the query");
	named.params[0] = str_of(name);
	return decode_submit(&named, q, why);
}

static enum err read_states(const struct visit *v, native_get *get, struct job_query *query,
    struct why *why)
{
	char text[128];
	struct str rest, one;
	enum job_state state;

	if (!get(v, "state", text, sizeof text))
		return E_OK;
	if (strcmp(text, "open") == 0) {
		for (int s = 0; s < JOB_STATES; s++)
			query->states |= job_state_ended(s) ? 0 : 1u << s;
		return E_OK;
	}
	for (rest = str_of(text); rest.ptr;) {
		one = str_cut(rest, ',', &rest);
		if (!job_state_parse(str_trim(one), &state))
			return bad(why, "state", "\"open\" or names of states");
		query->states |= 1u << state;
	}
	return E_OK;
}

static enum err read_needle(const struct visit *v, native_get *get, struct needle *needle,
    struct why *why)
{
	char text[16384] = ""; /* a request's head: what is too long is refused, not missing */

	if (!get(v, "text", text, sizeof text) && !text[0])
		return E_OK;
	return needle_init(needle, str_of(text)) ? E_OK
	    : bad(why, "text", "1 to 128 characters that are not all blanks");
}

enum err native_job_query(const struct visit *v, native_get *get, struct request *q,
    struct why *why)
{
	struct job_query *query = &q->query;
	char text[32];
	uint64_t n = 100;

	get(v, "printer", query->printer, sizeof query->printer);
	if (get(v, "limit", text, sizeof text) &&
	    (!str_to_u64(str_of(text), &n) || n < 1 || n > 1000))
		return bad(why, "limit", "a number from 1 to 1000");
	query->limit = (unsigned)n;
	if (get(v, "before", text, sizeof text) &&
	    (!str_to_i64(str_of(text), &query->before) || query->before < 1))
		return bad(why, "before", "the id of a job");
	enum err err = read_needle(v, get, &q->needle, why);
	return err ? err : read_states(v, get, query, why);
}

static enum err decode_jobs(const struct visit *v, struct request *q, struct why *why)
{
	return native_job_query(v, visit_query, q, why);
}

enum err native_read_resolve(const struct visit *v, struct request *q, struct why *why)
{
	static const char *const actions[] = { "printed", "reprint", "drop" };
	struct str action = json_string(json_get(v->json, "action"));

	for (size_t i = 0; i < COUNT_OF(actions); i++)
		if (str_is(action, actions[i])) {
			q->action = (enum resolve)i;
			return native_read_job(v, q, why);
		}
	return bad(why, "action", "\"printed\", \"reprint\" or \"drop\"");
}

/* --- requests about devices ------------------------------------------------------------------ */

enum err native_read_device(const struct visit *v, struct request *q, struct why *why)
{
	q->device = device_find(&v->platen->devices, v->params[0]);
	if (!q->device || !access_printer(v->caller, q->device->name))
		return why_fail(why, E_NOT_FOUND, "There is no device of this name");
	return E_OK;
}

enum err native_read_pulse(const struct visit *v, struct request *q, struct why *why)
{
	enum err err = native_read_device(v, q, why);
	struct job *job;

	if (err)
		return err;
	job = q->draft = job_create(KIND_KICK);
	job->ticket = ticket_default();
	job->ticket.drawer_pin = q->device->settings.drawer_pin;
	job->lifetime = q->device->settings.drawer_expiry;
	snprintf(job->dialect, sizeof job->dialect, "native");
	str_copy(job->caller, sizeof job->caller, str_of(v->caller->principal));
	return E_OK;
}

enum err native_read_beep(const struct visit *v, struct request *q, struct why *why)
{
	enum err err = native_read_pulse(v, q, why);
	int64_t times = 1;
	const struct json *value = json_get(v->json, "times");

	if (err)
		return err;
	if (value && (!json_int(value, &times) || times < 1 || times > 20))
		return bad(why, "times", "a number from 1 to 20");
	q->draft->kind = KIND_BEEP;
	q->draft->lifetime = job_kind_lifetime(KIND_BEEP);
	q->draft->ticket.beeps = (unsigned)times;
	q->draft->ticket.beep_delay = 150;
	return E_OK;
}

enum err native_read_probe(const struct visit *v, struct request *q, struct why *why)
{
	q->live = true;
	return native_read_device(v, q, why);
}

static enum err decode_pause(const struct visit *v, struct request *q, struct why *why)
{
	q->paused = true;
	return native_read_device(v, q, why);
}

static enum err decode_ready(const struct visit *v, struct request *q, struct why *why)
{
	char text[8];

	(void)why;
	q->verbose = visit_query(v, "verbose", text, sizeof text) && v->caller->allow & CAP_STATUS;
	return E_OK;
}

/* --- requests about the configuration ------------------------------------------------ */

#define PAIRS_MAX 64

/* Write one member as text that the configuration understands. */
static enum err option_text(const struct json *v, struct buf *out, struct why *why)
{
	char name[64];

	switch (json_type(v)) {
	case JSON_STRING:
		buf_add_str(out, json_string(v));
		return E_OK;
	case JSON_NUMBER:
		buf_add_str(out, json_source(v));
		return E_OK;
	case JSON_BOOL:
		buf_puts(out, json_bool(v, false) ? "yes" : "no");
		return E_OK;
	case JSON_ARRAY:
		for (const struct json *e = json_first(v); e; e = json_next(e)) {
			if (e != json_first(v))
				buf_puts(out, ",");
			buf_add_str(out, json_string(e));
		}
		return E_OK;
	default:
		str_copy(name, sizeof name, str_head(json_key(v), 60));
		return bad(why, name, "a text, a number, true, false or a list of texts");
	}
}

/* Members of the body become the block's options; `title` is its name. */
static enum err read_block(const struct visit *v, struct request *q, const char *title,
    struct why *why)
{
	size_t offsets[PAIRS_MAX], count = 0;
	const char **pairs;
	enum err err;

	if (!str_copy(q->name, sizeof q->name, json_string(json_get(v->json, title))) ||
	    !q->name[0])
		return bad(why, title, "a text");
	for (const struct json *m = json_first(v->json); m; m = json_next(m)) {
		if (str_is(json_key(m), title) || json_is(m, JSON_NULL))
			continue;
		if (count + 2 >= PAIRS_MAX)
			return why_fail(why, E_FIELD, "Too many members");
		offsets[count++] = q->arena.len;
		for (size_t i = 0; i < json_key(m).len; i++)
			buf_add_byte(&q->arena,
			    json_key(m).ptr[i] == '_' ? '-' : (uint8_t)json_key(m).ptr[i]);
		buf_add_byte(&q->arena, 0);
		offsets[count++] = q->arena.len;
		if ((err = option_text(m, &q->arena, why)))
			return err;
		buf_add_byte(&q->arena, 0);
	}
	if (q->arena.failed)
		return why_fail(why, E_TOO_LARGE, NULL);
	pairs = q->pairs = mem_array(count + 1, sizeof *pairs);
	for (size_t i = 0; i < count; i++)
		pairs[i] = (const char *)q->arena.ptr + offsets[i];
	return E_OK;
}

static enum err decode_printer(const struct visit *v, struct request *q, struct why *why)
{
	return read_block(v, q, "name", why);
}

static enum err decode_origin(const struct visit *v, struct request *q, struct why *why)
{
	return read_block(v, q, "origin", why);
}

static enum err decode_name(const struct visit *v, struct request *q, struct why *why)
{
	if (!str_copy(q->name, sizeof q->name, v->params[0]))
		return why_fail(why, E_NOT_FOUND, NULL);
	return E_OK;
}

static enum err decode_origin_name(const struct visit *v, struct request *q, struct why *why)
{
	if (!visit_query(v, "origin", q->name, sizeof q->name) || !q->name[0])
		return bad(why, "origin", "given in the query");
	return E_OK;
}

static const struct route routes[] = {
	{ "GET", "/v1/hello", VERB_HELLO, ROUTE_OPEN, NULL, native_hello },
	{ "GET", "/livez", VERB_LIVEZ, ROUTE_FREE, NULL, native_live },
	{ "GET", "/readyz", VERB_READYZ, ROUTE_FREE, decode_ready, native_ready },
	{ "GET", "/metrics", VERB_METRICS, 0, NULL, native_metrics },
	{ "GET", "/v1/livez", VERB_LIVEZ, ROUTE_FREE, NULL, native_live },
	{ "GET", "/v1/readyz", VERB_READYZ, ROUTE_FREE, decode_ready, native_ready },
	{ "GET", "/v1/metrics", VERB_METRICS, 0, NULL, native_metrics },
	{ "GET", "/v1/status", VERB_HELLO, 0, NULL, native_status, CAP_STATUS },
	{ "GET", "/v1/clients", VERB_HELLO, 0, native_read_clients, native_clients, CAP_STATUS },
	{ "GET", "/v1/events", VERB_EVENTS, ROUTE_STREAM, NULL, NULL },
	{ "GET", "/v1/ws", VERB_HELLO, ROUTE_SOCKET | ROUTE_QUERY_TOKEN, NULL, NULL },

	{ "GET", "/v1/jobs", VERB_JOBS, 0, decode_jobs, native_jobs },
	{ "GET", "/v1/jobs/{id}", VERB_JOB, 0, native_read_job, native_job },
	{ "DELETE", "/v1/jobs/{id}", VERB_CANCEL, 0, native_read_job, native_job },
	{ "POST", "/v1/jobs/{id}/resolve", VERB_RESOLVE, ROUTE_JSON, native_read_resolve,
	    native_job },
	{ "POST", "/v1/jobs/{id}/reprint", VERB_REPRINT, ROUTE_JSON, native_read_job,
	    native_accepted },
	{ "POST", "/v1/printers/{name}/jobs", VERB_SUBMIT, ROUTE_BYTES, decode_submit,
	    native_accepted },

	{ "POST", "/v1/preview", VERB_PREVIEW, ROUTE_BYTES, decode_preview, native_picture },

	{ "GET", "/v1/printers", VERB_DEVICES, 0, NULL, native_devices },
	{ "POST", "/v1/printers", VERB_PRINTER_PUT, ROUTE_JSON, decode_printer, native_created },
	{ "GET", "/v1/printers/{name}", VERB_DEVICE, 0, native_read_device, native_device },
	{ "DELETE", "/v1/printers/{name}", VERB_PRINTER_REMOVE, 0, decode_name, native_ok },
	{ "GET", "/v1/devices", VERB_DEVICES, 0, NULL, native_devices },
	{ "GET", "/v1/devices/{name}", VERB_DEVICE, 0, native_read_device, native_device },
	{ "POST", "/v1/devices/{name}/open", VERB_SUBMIT, ROUTE_JSON, native_read_pulse,
	    native_accepted, CAP_DRAWER },
	{ "POST", "/v1/devices/{name}/beep", VERB_SUBMIT, ROUTE_JSON, native_read_beep,
	    native_accepted },
	{ "POST", "/v1/devices/{name}/probe", VERB_PROBE, ROUTE_JSON, native_read_probe,
	    native_device },
	{ "POST", "/v1/devices/{name}/pause", VERB_PAUSE, ROUTE_JSON, decode_pause,
	    native_device },
	{ "POST", "/v1/devices/{name}/resume", VERB_PAUSE, ROUTE_JSON, native_read_device,
	    native_device },

	{ "GET", "/v1/problems", VERB_PROBLEMS, 0, NULL, native_problems },
	{ "GET", "/v1/env", VERB_ENV, 0, NULL, native_env },
	{ "PATCH", "/v1/env", VERB_ENV_PUT, ROUTE_JSON, native_read_env, native_ok },
	{ "POST", "/v1/restart", VERB_RESTART, ROUTE_JSON, NULL, native_ok },
	{ "GET", "/v1/origins", VERB_ORIGINS, 0, NULL, native_origins },
	{ "POST", "/v1/origins", VERB_ORIGIN_PUT, ROUTE_JSON, decode_origin, native_created },
	{ "DELETE", "/v1/origins", VERB_ORIGIN_REMOVE, 0, decode_origin_name, native_ok },
	{ "GET", "/v1/tokens", VERB_TOKENS, 0, NULL, native_tokens },
	{ "POST", "/v1/tokens", VERB_TOKEN_PUT, ROUTE_JSON, decode_printer, native_token },
	{ "DELETE", "/v1/tokens/{name}", VERB_TOKEN_REMOVE, 0, decode_name, native_ok },

	{ "GET", "/platen.js", VERB_HELLO, ROUTE_PAGE | ROUTE_OPEN, NULL, native_hello },
	{ "GET", "/platen.mjs", VERB_HELLO, ROUTE_PAGE | ROUTE_OPEN, NULL, native_hello },
	{ "GET", "/platen.d.ts", VERB_HELLO, ROUTE_PAGE | ROUTE_OPEN, NULL, native_hello },
	{ "GET", "*", VERB_HELLO, ROUTE_PAGE, NULL, native_hello },
	{ 0 },
};

const struct dialect dialect_native = {
	.name = "native",
	.summary = "HTTP and JSON under /v1, events, and the console",
	.port = 6310,
	.body_max = NATIVE_BODY_MAX,
	.on_doubt = DOUBT_HOLD,
	.tls = TLS_AUTO,
	.routes = routes,
	.refuse = native_refuse,
	.event = native_event,
	.messages = &native_messages,
};
