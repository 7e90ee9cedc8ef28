/*
 * What clients of PrinterWebSocket are told: the four codes of a printer, worked
 * out here and nowhere else, and what became of a request in the words of the
 * contract.
 */
#include "core/platen.h"
#include "core/session.h"
#include "core/telemetry.h"
#include "front/printerwebsocket.h"

#define PROTOCOL_VERSION "0.1.0"

enum code { CODE_IDLE, CODE_PRINTING, CODE_PAPER, CODE_ERROR };

const char *printerwebsocket_name(const struct printer_block *b)
{
	return b->label && b->label[0] ? b->label : b->name;
}

static struct str kept_name(const struct request *q)
{
	return buf_str(&q->arena);
}

/* --- the code of a printer ---------------------------------------------------------- */

/* What it said counts until a print came out after it. */
static const struct facts *told(const struct condition *c)
{
	return c->last_status && c->last_status >= c->last_print ? &c->facts : NULL;
}

/* False: nothing is known of it. */
static bool known_code(const struct device *d, enum code *code)
{
	const struct condition *c = &d->condition;
	const struct facts *facts = told(c);

	if (c->reach == REACH_OFFLINE)
		*code = CODE_ERROR;
	else if (facts && facts->paper_loaded == TRI_NO)
		*code = CODE_PAPER;
	else if (facts && facts_hold(facts) != HOLD_NONE)
		*code = CODE_ERROR;
	else if (queue_busy(d) || c->printing)
		*code = CODE_PRINTING;
	else
		*code = CODE_IDLE;
	return *code != CODE_IDLE || c->reach == REACH_ONLINE;
}

bool printerwebsocket_notice(struct platen *p, const struct device *d, struct buf *out)
{
	struct json_w w = json_w(out);
	enum code code;

	(void)p;
	if (d->adhoc || !d->block || !known_code(d, &code))
		return false;
	json_w_object(&w);
	json_w_text_field(&w, "status", "Printer status changed");
	json_w_text_field(&w, "PrinterName", printerwebsocket_name(d->block));
	json_w_int_field(&w, "status_code", code);
	json_w_object_end(&w);
	return true;
}

/* --- answers ------------------------------------------------------------------------------- */

static struct json_w begin(const struct request *q, struct buf *out)
{
	struct json_w w = json_w(out);

	json_w_object(&w);
	json_w_key(&w, "uid");
	json_w_raw(&w, str_of(q->echo));
	return w;
}

static bool contains_nocase(struct str text, struct str part)
{
	for (size_t i = 0; i + part.len <= text.len; i++)
		if (str_eq_nocase((struct str){ text.ptr + i, part.len }, part))
			return true;
	return false;
}

static void write_find(const struct request *q, const struct reply *r, struct json_w *w)
{
	const struct config *c = q->platen->config;

	(void)r;
	json_w_key(w, "result");
	json_w_array(w);
	for (size_t i = 0; i < c->printer_count; i++) {
		const char *name = printerwebsocket_name(&c->printers[i]);

		if (access_printer(q->caller, c->printers[i].name) &&
		    contains_nocase(str_of(name), str_of(q->name)))
			json_w_text(w, name);
	}
	json_w_array_end(w);
	json_w_int_field(w, "status_code", CODE_IDLE);
}

static void write_version(const struct request *q, const struct reply *r, struct json_w *w)
{
	(void)q, (void)r;
	json_w_text_field(w, "result", PROTOCOL_VERSION);
	json_w_text_field(w, "info", "serverVersion");
	json_w_int_field(w, "status_code", CODE_IDLE);
}

static void write_status(const struct request *q, const struct reply *r, struct json_w *w)
{
	enum code code;

	if (!known_code(r->device, &code))
		code = CODE_ERROR;
	json_w_text_field(w, "status", "Printer status retrieved");
	json_w_str_field(w, "PrinterName", kept_name(q));
	json_w_int_field(w, "status_code", code);
}

/* What became of a print, in the words of the contract. */
enum end { END_PRINTED, END_OFFLINE, END_BUSY, END_UNCONFIRMED, END_PAPER, END_CANCELLED,
	END_FAILED };

static const struct {
	const char *text;
	enum code code;
} ends[] = {
	[END_PRINTED] = { "Printed on ", CODE_IDLE },
	[END_OFFLINE] = { "Printer offline: ", CODE_ERROR },
	[END_BUSY] = { "Printer busy: ", CODE_ERROR },
	[END_UNCONFIRMED] = { "Print not confirmed: ", CODE_ERROR },
	[END_PAPER] = { "Out of paper: ", CODE_PAPER },
	[END_CANCELLED] = { "Print cancelled: ", CODE_ERROR },
	[END_FAILED] = { "Print failed: ", CODE_ERROR },
};

static enum end end_of_wait(enum hold hold)
{
	static const enum end by_hold[HOLDS] = {
		[HOLD_NONE] = END_BUSY, [HOLD_OFFLINE] = END_OFFLINE, [HOLD_PAPER] = END_PAPER,
		[HOLD_COVER] = END_OFFLINE, [HOLD_ERROR] = END_OFFLINE, [HOLD_PAUSED] = END_BUSY,
		[HOLD_RETRY] = END_OFFLINE, [HOLD_DOUBT] = END_BUSY,
	};

	return by_hold[hold];
}

/* After max-attempts, or with on-doubt = drop. */
static enum end end_of_failure(const struct job *job)
{
	if (job->err == E_PAPER)
		return END_PAPER;
	return err_verdict(job->err) == VERDICT_RETRY ? END_OFFLINE : END_FAILED;
}

static enum end end_of(const struct job *job)
{
	if (job->state == JOB_DONE)
		return END_PRINTED;
	if (job->state == JOB_UNCONFIRMED || job->sent || job->reprints ||
	    job->err == E_UNCONFIRMED)
		return END_UNCONFIRMED;
	if (job->state == JOB_EXPIRED)
		return end_of_wait(job->hold);
	return job->state == JOB_CANCELLED ? END_CANCELLED : end_of_failure(job);
}

static void write_print(const struct request *q, const struct reply *r, struct json_w *w)
{
	enum end end = end_of(r->job);
	struct buf text;

	buf_init(&text, 512);
	buf_printf(&text, "%s%.*s", ends[end].text, STR_ARG(kept_name(q)));
	json_w_text_field(w, "status", end == END_PRINTED ? "success" : "error");
	json_w_str_field(w, "message", buf_str(&text));
	json_w_int_field(w, "status_code", ends[end].code);
	buf_finish(&text);
}

static void write_error(const struct request *q, const struct why *why, struct json_w *w)
{
	bool reused = why->err == E_KEY_REUSED;

	json_w_text_field(w, "status", "error");
	json_w_text_field(w, "message",
	    reused ? "idempotencyKey reused with a different request" : why->text);
	if (q->verb == VERB_STATUS && why->err == E_NOT_FOUND)
		json_w_str_field(w, "PrinterName", kept_name(q));
	json_w_int_field(w, "status_code", CODE_ERROR);
}

static void (*const writes[])(const struct request *q, const struct reply *r,
    struct json_w *w) = {
	[CALL_FIND] = write_find,
	[CALL_VERSION] = write_version,
	[CALL_PRINT] = write_print,
	[CALL_STATUS] = write_status,
};

void printerwebsocket_reply(const struct request *q, const struct reply *r, struct buf *out)
{
	struct json_w w = begin(q, out);

	if (q->call == CALL_PRINT)
		((struct till *)q->session->state)->prints--;
	if (r->err)
		write_error(q, &r->why, &w);
	else
		writes[q->call](q, r, &w);
	json_w_object_end(&w);
}

void printerwebsocket_begun(const struct request *q, const struct job *job, struct buf *out)
{
	struct json_w w = begin(q, out);
	struct buf text;

	(void)job;
	buf_init(&text, 512);
	buf_printf(&text, "Printing job started on %.*s", STR_ARG(kept_name(q)));
	json_w_str_field(&w, "status", buf_str(&text));
	json_w_int_field(&w, "status_code", CODE_PRINTING);
	json_w_object_end(&w);
	buf_finish(&text);
}
