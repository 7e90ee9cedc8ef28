/*
 * The backend of the Print Bridge: print_job.new to a job, a printer's state
 * and a job's end to what it is told (systems/print-bridge.md section 10).
 */
#include <stdlib.h>
#include <string.h>

#include "base/codepage.h"
#include "base/date.h"
#include "base/mem.h"
#include "base/text.h"
#include "core/status.h"
#include "core/uplink.h"

#define DOCUMENT_MAX (4u << 20)
#define ID_MAX 128
#define COPIES_MAX 10
#define FEED_LINES 4
#define ESC 0x1B

/* --- who we are, and how the printer is ---------------------------------------------- */

static void write_stations(struct json_w *w, const struct printer_block *b)
{
	json_w_key(w, "stationIds");
	json_w_array(w);
	for (size_t i = 0; i < b->stations.count; i++)
		json_w_text(w, b->stations.items[i]);
	json_w_array_end(w);
}

static void write_auth(const struct uplink_self *self, const struct device *d,
    const struct printer_block *b, struct buf *json)
{
	struct json_w w = json_w(json);

	json_w_object(&w);
	json_w_text_field(&w, "deviceToken", self->token);
	json_w_text_field(&w, "deviceId", self->device);
	json_w_text_field(&w, "printerId", d->uuid);
	write_stations(&w, b);
	json_w_object_end(&w);
}

static void write_fact(struct json_w *w, const char *key, enum tri value)
{
	if (value != TRI_UNKNOWN)
		json_w_bool_field(w, key, value == TRI_YES);
}

static void write_part(struct json_w *w, const char *key, const char *text)
{
	json_w_text_field(w, key, text[0] ? text : NULL);
}

static void write_identity(struct json_w *w, const struct identity *id)
{
	json_w_key(w, "identity");
	if (!id->known) {
		json_w_null(w);
		return;
	}
	json_w_object(w);
	write_part(w, "manufacturer", id->manufacturer);
	write_part(w, "model", id->model);
	write_part(w, "serialNumber", id->serial);
	write_part(w, "firmwareVersion", id->firmware);
	json_w_object_end(w);
}

static void write_status(const struct uplink_self *self, const struct device *d,
    const struct printer_block *b, struct buf *json)
{
	const struct condition *c = &d->condition;
	struct json_w w = json_w(json);

	json_w_object(&w);
	json_w_text_field(&w, "printerId", d->uuid);
	json_w_text_field(&w, "deviceId", self->device);
	json_w_text_field(&w, "businessId", self->business);
	json_w_text_field(&w, "locationId", self->location);
	write_stations(&w, b);
	json_w_text_field(&w, "statusSource", source_name(c->source));
	if (c->source == SOURCE_TELEMETRY) {
		write_fact(&w, "online", c->facts.online);
		write_fact(&w, "paperLoaded", c->facts.paper_loaded);
		write_fact(&w, "paperLow", c->facts.paper_low);
		write_fact(&w, "coverOpened", c->facts.cover_open);
	}
	write_identity(&w, &c->identity);
	json_w_object_end(&w);
}

static void write_subscription(const char *station, struct buf *json)
{
	struct json_w w = json_w(json);

	json_w_object(&w);
	json_w_text_field(&w, "event", "print_job.new");
	json_w_text_field(&w, "stationId", station);
	json_w_object_end(&w);
}

/* --- reading print_job.new ---------------------------------------------------------------- */

/* It goes into a path, a header and the log. */
static bool is_id(struct str id)
{
	for (size_t i = 0; i < id.len; i++)
		if ((unsigned char)id.ptr[i] < 0x20 || id.ptr[i] == 0x7f)
			return false;
	return id.len >= 1 && id.len <= ID_MAX;
}

static bool read_offer(const struct json *body, struct offer *out)
{
	out->body = body;
	out->id = json_string(json_get(body, "id"));
	out->printer = json_string(json_get(body, "printerId"));
	out->station = json_string(json_get(body, "stationId"));
	out->business = json_string(json_get(body, "businessId"));
	out->location = json_string(json_get(body, "locationId"));
	if (!date_parse(json_string(json_get(body, "createdAt")), &out->created))
		out->created = 0;
	return is_id(out->id) && (out->printer.len || out->station.len);
}

/* How text is laid out: the station's word, else the printer's. */
struct layout {
	const struct codepage *page;
	size_t columns; /* where lines are broken; 0: the printer does */
	bool cut;
	const struct json *header;
};

static int64_t number(const struct json *v, int64_t low, int64_t high, int64_t fallback)
{
	int64_t n;

	return json_int(v, &n) && n >= low && n <= high ? n : fallback;
}

static struct layout read_layout(const struct json *config, const struct printer_block *b)
{
	bool given = config_given(BLOCK_printer, b, "columns");
	struct layout l = {
		.page = codepage_find(json_string(json_get(config, "encoding"))),
		.columns = (size_t)number(json_get(config, "columns"), 16, 255,
		    given ? b->columns : 0),
		.cut = json_bool(json_get(config, "cutAfterEach"), true),
		.header = json_get(config, "headerLines"),
	};

	if (!l.page)
		l.page = codepage_find(str_of(b->encoding));
	if (!l.page)
		l.page = codepage_find(STR("cp858"));
	return l;
}

/* Bytes of one line that fit: as many words as possible, else a piece of one. */
static size_t piece(struct str line, size_t columns, size_t *skip)
{
	size_t at = columns;

	*skip = 0;
	if (!columns || line.len <= columns)
		return line.len;
	while (at && line.ptr[at] != ' ')
		at--;
	if (!at || str_trim(str_head(line, at)).len == 0)
		return columns;
	*skip = 1;
	return at;
}

static void add_line(struct str line, size_t columns, struct buf *out)
{
	size_t skip, len = piece(line, columns, &skip);

	buf_add_str(out, str_head(line, len));
	while (len + skip < line.len) {
		line = str_from(line, len + skip);
		len = piece(line, columns, &skip);
		buf_add_byte(out, '\n');
		buf_add_str(out, str_head(line, len));
	}
}

/* Lines are broken where they are bytes of the page: one byte is one column. */
static void add_text(const struct layout *l, struct str text, struct buf *out)
{
	struct buf bytes;
	struct str rest;

	buf_init(&bytes, DOCUMENT_MAX);
	out->failed |= !codepage_encode(l->page, text, &bytes);
	rest = buf_str(&bytes);
	while (rest.ptr) {
		add_line(str_cut(rest, '\n', &rest), l->columns, out);
		if (rest.ptr)
			buf_add_byte(out, '\n');
	}
	buf_finish(&bytes);
}

static bool add_lines(const struct layout *l, const struct json *lines, struct buf *out)
{
	for (const struct json *v = json_first(lines); v; v = json_next(v)) {
		if (!json_is(v, JSON_STRING))
			return false;
		add_text(l, json_string(v), out);
		if (json_next(v))
			buf_add_byte(out, '\n');
	}
	return true;
}

static bool is_plain(struct str bytes)
{
	for (size_t i = 0; i < bytes.len; i++)
		if ((unsigned char)bytes.ptr[i] >= 0x80)
			return false;
	return true;
}

static enum err unusable(struct why *why, const char *text)
{
	return why_field(why, "payload", E_FIELD, "%s", text);
}

/* A printer starts in page 0; plain ASCII is the same in all of them. */
static void select_page(const struct layout *l, struct buf *text, struct buf *out)
{
	const uint8_t esc_t[] = { ESC, 't', (uint8_t)codepage_number(l->page) };

	if (!is_plain(buf_str(text)))
		buf_add(out, esc_t, sizeof esc_t);
	buf_add_str(out, buf_str(text));
}

static enum err fill_text(const struct json *payload, const struct layout *l, struct buf *out,
    struct why *why)
{
	const struct json *text = json_get(payload, "text"), *lines = json_get(payload, "lines");
	struct buf body;
	bool ok;

	buf_init(&body, DOCUMENT_MAX);
	if (json_is(l->header, JSON_ARRAY) && json_count(l->header)) {
		add_lines(l, l->header, &body);
		buf_add_byte(&body, '\n');
	}
	ok = text ? json_is(text, JSON_STRING) : json_is(lines, JSON_ARRAY);
	if (ok && text)
		add_text(l, json_string(text), &body);
	else if (ok)
		ok = add_lines(l, lines, &body);
	ok = ok && !body.failed && str_trim(buf_str(&body)).len;
	/* Without a cut nothing would end the last line. */
	if (ok && !l->cut && body.ptr[body.len - 1] != '\n')
		buf_add_byte(&body, '\n');
	if (ok)
		select_page(l, &body, out);
	buf_finish(&body);
	return ok ? E_OK : unusable(why, "The payload has no text that can be printed");
}

static enum err fill_bytes(const struct json *escpos, struct buf *out, struct why *why)
{
	if (!json_is(escpos, JSON_STRING) || !base64_decode(json_string(escpos), out) || !out->len)
		return unusable(why, "The payload's escpos is not base64 of at least one byte");
	return E_OK;
}

/* null counts as absent */
static const struct json *given(const struct json *payload, const char *key)
{
	const struct json *v = json_get(payload, key);

	return json_is(v, JSON_NULL) ? NULL : v;
}

static enum err fill_document(struct offer *o, const struct layout *l, struct buf *out,
    struct why *why)
{
	const struct json *payload = json_get(o->body, "payload");
	const struct json *escpos = given(payload, "escpos");
	unsigned forms = !!escpos + !!given(payload, "text") + !!given(payload, "lines");

	if (forms != 1)
		return unusable(why, "The payload has not exactly one of escpos, text and lines");
	o->raw = escpos != NULL;
	return escpos ? fill_bytes(escpos, out, why) : fill_text(payload, l, out, why);
}

static enum err fill_job(struct offer *o, const struct printer_block *b, struct job *job,
    struct why *why)
{
	const struct json *config = json_get(o->body, "printerConfig");
	struct layout l = read_layout(config, b);
	struct buf bytes;
	enum err err;

	str_copy(job->title, sizeof job->title, o->id);
	buf_init(&bytes, DOCUMENT_MAX);
	err = fill_document(o, &l, &bytes, why);
	if (!err && !bytes.failed)
		job->doc = document_create(TYPE_ESCPOS, &bytes, NULL, 0);
	buf_finish(&bytes);
	if (!err && !job->doc)
		err = unusable(why, "The payload is too large");
	job->ticket.copies = (unsigned)number(json_get(config, "copies"), 1, COPIES_MAX, b->copies);
	job->ticket.cut = l.cut && !o->raw ? CUT_PARTIAL : CUT_NONE;
	job->ticket.feed_lines = job->ticket.cut == CUT_PARTIAL ? FEED_LINES : 0;
	o->kick = json_bool(json_get(config, "openCashDrawer"), false);
	return err;
}

/* --- reports -------------------------------------------------------------------------------- */

static const struct {
	enum err err;
	const char *code, *text; /* NULL: the job's own reason */
} failures[] = {
	{ E_EXPIRED, "EXPIRED", NULL },
	{ E_CANCELLED, "CANCELLED", NULL },
	{ E_UNCONFIRMED, "UNCONFIRMED", "Print not confirmed" },
	{ E_COMMAND, "REFUSED", NULL },
	{ E_NOT_ALLOWED, "REFUSED", NULL },
	{ E_FIELD, "PAYLOAD", NULL },
	{ E_MEDIA, "PAYLOAD", NULL },
	{ E_DAMAGED, "PAYLOAD", NULL },
	{ E_CONNECT_TIMEOUT, "OFFLINE", "Printer unreachable" },
	{ E_REFUSED, "OFFLINE", "Printer unreachable" },
	{ E_UNREACHABLE, "OFFLINE", "Printer unreachable" },
	{ E_OFFLINE, "OFFLINE", "Printer unreachable" },
	{ E_OK, "OFFLINE", NULL }, /* the rest: it could not print */
};

/* A job dropped by a person after its bytes had left is as much in doubt as before. */
static enum err cause_of(const struct job *job)
{
	if (job->state == JOB_EXPIRED)
		return E_EXPIRED;
	if (job->state == JOB_CANCELLED)
		return E_CANCELLED;
	return job->state == JOB_UNCONFIRMED || job->sent ? E_UNCONFIRMED : job->err;
}

static void write_failure(struct json_w *w, const struct job *job)
{
	enum err cause = cause_of(job);
	size_t i = 0;
	const char *text;

	while (failures[i].err && failures[i].err != cause)
		i++;
	text = failures[i].text ? failures[i].text : job->reason;
	json_w_text_field(w, "error", text[0] ? text : err_text(cause));
	json_w_text_field(w, "code", failures[i].code);
}

static const char *outcome(const struct job *job)
{
	return job->state == JOB_DONE ? "printed" : "failed";
}

static void write_report(const struct job *job, const char *printer, struct buf *json)
{
	struct json_w w = json_w(json);
	char date[32];

	json_w_object(&w);
	json_w_text_field(&w, "status", outcome(job));
	json_w_text_field(&w, "printerId", printer);
	if (job->state == JOB_DONE) {
		date_format(job->ended, date);
		json_w_text_field(&w, "printedAt", date);
	} else {
		write_failure(&w, job);
	}
	json_w_object_end(&w);
}

const struct uplink_kind uplink_printbridge_backend = {
	.name = "print-bridge",
	.name_space = "/restaurant",
	.job_event = "print_job.new",
	.status_event = "printer:status",
	.auth = write_auth,
	.status = write_status,
	.subscribe = write_subscription,
	.read = read_offer,
	.fill = fill_job,
	.outcome = outcome,
	.report = write_report,
	.report_path = "/print-jobs/",
};
