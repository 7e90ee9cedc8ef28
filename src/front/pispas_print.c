/*
 * PRINT: documents and drawers. What asks about printers and jobs is in
 * pispas_printer.c.
 */
#include <string.h>

#include "base/codepage.h"
#include "base/text.h"
#include "core/lang.h"
#include "core/render.h"
#include "core/vigil.h"
#include "front/pispas.h"
#include "front/pispas_printer.h"

#define DOCUMENT_MAX (16u << 20)
#define CHUNKS_MAX 4096
#define FEED_LINES 4
#define TITLE_CHARS 128

/* --- documents ------------------------------------------------------------------------------ */

static bool add_base64(const struct json *v, struct buf *out)
{
	size_t before = out->len;

	return json_is(v, JSON_STRING) && base64_decode(json_string(v), out) &&
	    out->len > before;
}

static bool read_base64(const struct json *v, struct buf *out)
{
	return add_base64(v, out);
}

/* One string, or an array of them, each a piece of its own. */
static bool read_raw(const struct json *v, struct buf *out)
{
	size_t count = 0;

	if (!json_is(v, JSON_ARRAY))
		return add_base64(v, out);
	for (const struct json *c = json_first(v); c; c = json_next(c), count++)
		if (count == CHUNKS_MAX || !add_base64(c, out))
			return false;
	return count > 0;
}

static bool read_image(const struct json *v, struct buf *out)
{
	return add_base64(v, out) && str_starts(buf_str(out), "\x89PNG\r\n\x1a\n");
}

static bool read_string(const struct json *v, struct buf *out)
{
	return json_is(v, JSON_STRING) && json_string(v).len && buf_add_str(out, json_string(v));
}

/* Control characters but line feeds are left out: a text holds no commands. */
static void add_line(struct str text, struct buf *out)
{
	char bytes[4];

	for (size_t at = 0; at < text.len;) {
		uint32_t code = utf8_next(text, &at);

		if (code == '\n' || (code >= ' ' && (code < 0x7f || code > 0x9f)))
			buf_add(out, bytes, utf8_encode(code, bytes));
	}
}

static bool read_text(const struct json *v, struct buf *out)
{
	if (json_is(v, JSON_STRING)) {
		add_line(json_string(v), out);
		return json_string(v).len > 0;
	}
	for (const struct json *l = json_first(v); l; l = json_next(l)) {
		if (!json_is(l, JSON_STRING))
			return false;
		add_line(json_string(l), out);
		buf_add_byte(out, '\n');
	}
	return json_is(v, JSON_ARRAY) && json_count(v) > 0;
}

static const struct form {
	const char *name, *type;
	bool (*read)(const struct json *v, struct buf *out);
	enum cut cut;
} forms[] = {
	{ "raw", TYPE_ESCPOS, read_raw, CUT_NONE },
	{ "text", TYPE_TEXT, read_text, CUT_PARTIAL },
	{ "image", TYPE_PNG, read_image, CUT_PARTIAL },
	{ "html", TYPE_HTML, read_string, CUT_PARTIAL },
	{ "pdf", TYPE_PDF, read_base64, CUT_PARTIAL },
};

/* None or several is a mistake of the first name, or of the second one given. */
static enum err find_form(const struct json *params, const struct form **out,
    const struct json **value, struct why *why)
{
	*out = NULL;
	for (size_t i = 0; i < COUNT_OF(forms); i++) {
		const struct json *v = json_get(params, forms[i].name);

		if (!v || json_is(v, JSON_NULL))
			continue;
		if (*out)
			return pispas_bad(why, forms[i].name);
		*out = &forms[i];
		*value = v;
	}
	return *out ? E_OK : pispas_bad(why, "raw");
}

static enum err read_document(const struct form *s, const struct json *value,
    struct request *q, struct why *why)
{
	const char *type = s->type;
	struct buf bytes;

	buf_init(&bytes, DOCUMENT_MAX);
	if (!s->read(value, &bytes) || bytes.failed) {
		buf_finish(&bytes);
		return pispas_bad(why, s->name);
	}
	q->raw_bytes = s == &forms[0];
	if (q->raw_bytes && q->device && !q->device->settings.language->takes(TYPE_ESCPOS))
		type = TYPE_RAW;
	q->draft->doc = document_create(type, &bytes, NULL, 1);
	return E_OK;
}

/* --- print ---------------------------------------------------------------------------------- */

static const char *const print_parameters[] = { "printer", "raw", "text", "image", "html", "pdf",
	"copies", "cut", "open_drawer", "encoding", "width_dots", "title", "wait", "timeout_ms",
	"expires_s", NULL };

static void begin_job(const struct visit *v, struct request *q, enum job_kind kind)
{
	struct job *job = q->draft = job_create(kind);

	job->ticket = ticket_default();
	job->on_doubt = dialect_pispas.on_doubt;
	str_copy(job->dialect, sizeof job->dialect, str_of(dialect_pispas.name));
	str_copy(job->caller, sizeof job->caller, str_of(v->caller->principal));
}

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

static enum err read_layout(const struct json *params, struct job *job, enum cut usual,
    struct why *why)
{
	static const char *const cuts[] = { "none", "partial", "full", NULL };
	struct ticket *t = &job->ticket;
	int64_t copies = 1;
	unsigned cut = usual;
	char title[4 * TITLE_CHARS + 1] = "", encoding[24] = "";
	int64_t width = 0;
	enum err err;

	if ((err = pispas_int(params, "copies", 1, 20, &copies, why)) ||
	    (err = pispas_word(params, "cut", cuts, &cut, why)) ||
	    (err = pispas_flag(params, "open_drawer", &t->open_drawer, why)) ||
	    (err = pispas_text(params, "encoding", encoding, sizeof encoding, why)) ||
	    (err = pispas_int(params, "width_dots", 8, 4096, &width, why)) ||
	    (err = pispas_text(params, "title", title, sizeof title, why)))
		return err;
	if (encoding[0] && !codepage_find(str_of(encoding)) &&
	    !str_is_nocase(str_of(encoding), "utf-8"))
		return pispas_bad(why, "encoding");
	if (head_of(str_of(title), TITLE_CHARS, sizeof title).len < strlen(title))
		return pispas_bad(why, "title");
	t->copies = (unsigned)copies;
	t->width_dots = (unsigned)width;
	t->cut = (enum cut)cut;
	t->feed_lines = t->cut == CUT_NONE ? 0 : FEED_LINES;
	str_copy(job->title, sizeof job->title,
	    head_of(str_of(title), TITLE_CHARS, sizeof job->title - 1));
	return E_OK;
}

static enum err read_patience(const struct json *params, struct request *q, struct why *why)
{
	static const char *const waits[] = { "done", "queued", NULL };
	int64_t timeout = 30000, expires = 900;
	unsigned wait = 0;
	enum err err;

	if ((err = pispas_word(params, "wait", waits, &wait, why)) ||
	    (err = pispas_int(params, "timeout_ms", 1000, 120000, &timeout, why)) ||
	    (err = pispas_int(params, "expires_s", 5, 86400, &expires, why)))
		return err;
	q->await_ms = wait == 0 ? timeout : 0;
	q->draft->lifetime = expires * 1000;
	return E_OK;
}

static enum err decode_print(const struct visit *v, const struct json *params, struct request *q,
    struct why *why)
{
	const struct form *form;
	const struct json *value = NULL;
	bool drawer = json_bool(json_get(params, "open_drawer"), false);
	enum err err;

	if (drawer && (err = access_require(v->platen->access, v->caller, CAP_DRAWER, why)))
		return err;
	begin_job(v, q, KIND_PRINT);
	if ((err = pispas_find_printer(v, params, q, why)) ||
	    (err = find_form(params, &form, &value, why)) ||
	    (err = read_document(form, value, q, why)) ||
	    (err = read_layout(params, q->draft, form->cut, why)) ||
	    (err = read_patience(params, q, why)))
		return err;
	return pispas_need_printer(v, q, why);
}

/* What became of a job, when that is bad. */
static struct pispas_failure failure_of(const struct job *job)
{
	struct why why;

	if (job->state == JOB_UNCONFIRMED)
		return (struct pispas_failure){ "E_EXTENDED", err_text(E_UNCONFIRMED),
			"UNCONFIRMED" };
	if (job->err == E_RENDERER || job->err == E_MEDIA) {
		why_fail(&why, job->err, NULL);
		return (struct pispas_failure){ "E_NOSERVICE", job->reason, "NO_RENDERER" };
	}
	if (job->state == JOB_EXPIRED)
		return (struct pispas_failure){ "E_FAILURE", err_text(E_EXPIRED), NULL };
	if (job->state == JOB_CANCELLED)
		return (struct pispas_failure){ "E_FAILURE", err_text(E_CANCELLED), NULL };
	return (struct pispas_failure){ "E_FAILURE",
		job->reason[0] ? job->reason : "The job failed", NULL };
}

static bool is_bad(const struct job *job)
{
	return job->state == JOB_UNCONFIRMED ||
	    (job_state_ended(job->state) && job->state != JOB_DONE);
}

static void write_job(struct json_w *w, const struct request *q, const struct job *job)
{
	const struct device *d = device_find(&q->platen->devices, str_of(job->printer));

	pispas_id(w, "job_id", job->id);
	json_w_text_field(w, "printer", job->printer);
	json_w_text_field(w, "state", pispas_job_state(job->state));
	json_w_text_field(w, "evidence",
	    evidence_name(job->evidence)[0] ? evidence_name(job->evidence) : NULL);
	if (!job_decided(job) && d && pispas_has_conditions(d)) {
		json_w_key(w, "conditions");
		pispas_conditions(w, d);
	}
}

/* The stored form has no "duplicate": whoever reads it out says true. */
static bool write_print(const struct request *q, const struct reply *r, struct json_w *w)
{
	bool bad = is_bad(r->job);
	struct pispas_failure f;

	if (bad) {
		f = failure_of(r->job);
		pispas_fail(w, &f);
	} else {
		json_w_object(w);
	}
	write_job(w, q, r->job);
	json_w_bool_field(w, "duplicate", r->replayed);
	json_w_object_end(w);
	return !bad;
}

/* --- openDrawer ----------------------------------------------------------------------------- */

static const char *const drawer_parameters[] = { "printer", "pin", NULL };

static enum err decode_drawer(const struct visit *v, const struct json *params, struct request *q,
    struct why *why)
{
	int64_t pin = 2;
	enum err err;

	if ((err = pispas_find_printer(v, params, q, why)) ||
	    (err = pispas_int(params, "pin", 2, 5, &pin, why)))
		return err;
	if (pin != 2 && pin != 5)
		return pispas_bad(why, "pin");
	if ((err = pispas_need_printer(v, q, why)))
		return err;
	if (!q->device->settings.language->kick)
		return why_fail(why, E_UNSUPPORTED, "%s opens no drawer", q->device->name);
	begin_job(v, q, KIND_KICK);
	q->draft->ticket.init = false; /* the pulse alone */
	q->draft->ticket.drawer_pin = (unsigned)pin;
	q->draft->lifetime = q->device->settings.drawer_expiry;
	return E_OK;
}

static bool write_drawer(const struct request *q, const struct reply *r, struct json_w *w)
{
	(void)q;
	json_w_object(w);
	json_w_text_field(w, "printer", r->job->printer);
	json_w_bool_field(w, "opened", true);
	json_w_text_field(w, "evidence", "sent");
	json_w_object_end(w);
	return true;
}

const struct pispas_action pispas_print[] = {
	{ "getPrinters", VERB_DEVICES, CAP_STATUS, NULL, NULL, pispas_write_printers, NULL },
	{ "status", VERB_DEVICES, CAP_STATUS, NULL, pispas_decode_status, pispas_write_status,
	    NULL },
	{ "jobs", VERB_JOBS, CAP_STATUS, NULL, pispas_decode_jobs, pispas_write_jobs, NULL },
	{ "print", VERB_SUBMIT, CAP_PRINT, print_parameters, decode_print, write_print, NULL },
	{ "openDrawer", VERB_KICK, CAP_DRAWER, drawer_parameters, decode_drawer, write_drawer,
	    NULL },
	{ "cancel", VERB_CANCEL, CAP_PRINT, NULL, pispas_decode_cancel, pispas_write_cancelled,
	    pispas_explain_job },
	{ "resolve", VERB_RESOLVE, CAP_PRINT, NULL, pispas_decode_resolve, pispas_write_job,
	    pispas_explain_job },
	{ 0 },
};
