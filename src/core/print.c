/*
 * The press is a thin layer under a language: each write passes through it, so
 * that "nothing of the job has left" is known in one place.
 */
#include "core/print.h"

#include "core/print_sheet.h"
#include "core/worker.h"
#include "sys/clock.h"

#define DRAIN_READS 256 /* 64 KiB */
#define FIRST_BYTES 64  /* of a job whose beginning is announced */

struct press {
	struct link *link;
	const struct order *order; /* NULL between orders */
	const struct press_calls *calls;
	struct outcome *out;
	bool begun; /* the mark is on disk: payload may leave */
	bool announced;
	bool drawn; /* what was sent is our own composer's, not the document */
};

enum err press_control(struct press *p, const void *bytes, size_t len, struct why *why)
{
	uint64_t left;
	return link_write(p->link, bytes, len, &left, why);
}

static enum err check_deadline(const struct order *o, struct why *why)
{
	if (o->deadline >= 0 && clock_mono() > o->deadline)
		return why_fail(why, E_EXPIRED, NULL);
	return E_OK;
}

static enum err begin(struct press *p, struct why *why)
{
	if (!p->order->marked) {
		enum err err = p->calls->await(p->calls->arg, why);
		if (err)
			return err;
	}
	p->begun = true;
	/* again: the cool-down, the connection and the mark took their time */
	return check_deadline(p->order, why);
}

static enum err write_payload(struct press *p, const void *bytes, size_t len, struct why *why)
{
	uint64_t left;
	enum err err = link_write(p->link, bytes, len, &left, why);
	p->out->sent += left;
	return err;
}

/* Somebody wants to know that it has begun: the first bytes go alone. */
static enum err announce(struct press *p, const void *bytes, size_t *len, struct why *why)
{
	*len = *len < FIRST_BYTES ? *len : FIRST_BYTES;
	enum err err = write_payload(p, bytes, *len, why);
	if (p->out->sent) {
		p->announced = true;
		p->calls->begun(p->calls->arg);
	}
	return err;
}

enum err press_payload(struct press *p, const void *bytes, size_t len, struct why *why)
{
	enum err err = p->begun ? E_OK : begin(p, why);
	size_t first = 0;
	if (!err && len && p->order->announce && p->calls->begun && !p->announced) {
		first = len;
		err = announce(p, bytes, &first, why);
	}
	return err || (first && first == len) ? err
	    : write_payload(p, (const char *)bytes + first, len - first, why);
}

enum err press_read(struct press *p, void *bytes, size_t len, int64_t deadline, size_t *got,
    struct why *why)
{
	return link_read(p->link, bytes, len, deadline, got, why);
}

/* Bounded: a printer may babble faster than we can throw it away. */
enum err press_drain(struct press *p, struct why *why)
{
	uint8_t old[256];
	size_t got = sizeof(old);
	enum err err = E_OK;
	for (size_t i = 0; i < DRAIN_READS && !err && got; i++)
		err = link_read(p->link, old, sizeof(old), clock_mono(), &got, why);
	return err;
}

enum err press_pause(struct press *p, int64_t ms, struct why *why)
{
	return ms > 0 ? link_pause(p->link, ms, why) : E_OK;
}

enum err press_document(struct press *p, const struct document *doc, int64_t delay,
    struct why *why)
{
	for (size_t i = 0; i < doc->chunks; i++) {
		struct str chunk = document_chunk(doc, i);
		enum err err = press_payload(p, chunk.ptr, chunk.len, why);
		if (!err)
			err = press_pause(p, delay, why);
		if (err)
			return err;
	}
	return E_OK;
}

static enum err print_copies(struct press *p, const struct language *lang, struct why *why)
{
	const struct ticket *t = &p->order->ticket;
	unsigned copies = t->copies ? t->copies : 1;
	for (unsigned i = 0; i < copies; i++) {
		enum err err = lang->print(p, p->order->doc, t, why);
		if (err)
			return err;
	}
	return E_OK;
}

/* Its own bytes as they are; anything else has to be rendered. */
static enum err print_document(struct press *p, const struct language *lang, struct why *why)
{
	const struct press_paper *paper = p->calls->paper;
	const struct order *o = p->order;
	enum err err;

	if (lang->takes(o->doc->type))
		err = print_copies(p, lang, why);
	else if (!lang->compose)
		return why_fail(why, E_UNSUPPORTED, "A printer of language \"%s\" prints only its "
		    "own bytes", lang->name);
	else if (!paper || !paper->renderer)
		return why_fail(why, E_RENDERER, NULL);
	else {
		p->drawn = true;
		err = print_sheet(p, lang, paper, o, p->link->options.wire.cancel_fd, why);
	}
	if (!err && o->ticket.open_drawer && lang->kick)
		err = lang->kick(p, &o->ticket, why);
	return err;
}

const struct document *press_work(const struct press *p, unsigned *copies)
{
	unsigned wanted = p->order->ticket.copies;
	bool prints = p->order->job_kind == KIND_PRINT && p->order->doc && !p->drawn;
	*copies = !prints ? 0 : wanted ? wanted : 1;
	return prints ? p->order->doc : NULL;
}

int64_t press_patience(const struct press *p)
{
	return p->order->proof_timeout;
}

void press_told(struct press *p, const struct facts *facts)
{
	struct poll_answer *answer = &p->out->answer;
	struct facts before = answer->facts;
	facts_merge(&answer->facts, facts);
	answer->valid = true;
	if (p->calls->heard && !facts_eq(&before, &answer->facts))
		p->calls->heard(p->calls->arg, answer);
}

enum err press_held(const struct facts *facts, struct why *why)
{
	static const enum err errs[HOLDS] = {
		[HOLD_OFFLINE] = E_OFFLINE,
		[HOLD_PAPER] = E_PAPER,
		[HOLD_COVER] = E_COVER,
		[HOLD_ERROR] = E_PRINTER,
	};
	enum err err = errs[facts_hold(facts)];
	if (err == E_OFFLINE)
		return why_fail(why, err, "The printer says that it is offline");
	return err ? why_fail(why, err, NULL) : E_OK;
}

/* A broken or stuck connection is silence: the printer did take it. */
static enum err ask(struct press *p, const struct language *lang, struct why *why)
{
	struct poll_answer *answer = &p->out->answer;
	if (!lang->poll)
		return why_fail(why, E_UNSUPPORTED, "A printer of language \"%s\" has no status",
		    lang->name);
	enum err err = lang->poll(p, &p->order->wish, answer, why);
	if (err == E_LOST || err == E_WRITE_TIMEOUT) {
		link_abort(p->link);
		*why = (struct why){ 0 };
		err = E_OK;
	}
	if (!err && !answer->valid)
		link_close(p->link);
	if (answer->proof > PROOF_STATUS)
		p->link->torn = false; /* it has just executed what we sent */
	return err;
}

static bool proves(const struct press *p, const struct language *lang)
{
	return p->order->kind == ORDER_PRINT && p->order->job_kind == KIND_PRINT &&
	    p->order->proof >= PROOF_STATUS && lang->poll && lang->confirm;
}

/* A round trip more, so only when the printer may not be where we think it is. */
static enum err get_ready(struct press *p, const struct language *lang, struct why *why)
{
	bool sure = false;
	enum err err = E_OK;
	if (lang->ready && p->link->torn)
		err = lang->ready(p, p->order->proof, p->order->token, &sure, why);
	if (sure)
		p->link->torn = false;
	return err;
}

/* Silence is no reason to hold back a job: only a word against it is. */
static enum err ask_before(struct press *p, const struct language *lang, struct why *why)
{
	static const struct poll_wish quick = { .quick = true };
	struct poll_answer *answer = &p->out->answer;
	if (!proves(p, lang))
		return E_OK;
	enum err err = lang->poll(p, &quick, answer, why);
	if (!err && answer->valid)
		err = press_held(&answer->facts, why);
	return err ? err : get_ready(p, lang, why);
}

static enum err confirm(struct press *p, const struct language *lang, struct why *why)
{
	p->out->evidence = EVIDENCE_SENT;
	if (!proves(p, lang))
		return E_OK;
	return lang->confirm(p, p->order->proof, p->order->token, &p->out->evidence, why);
}

static enum err carry_out(struct press *p, const struct language *lang, struct why *why)
{
	const struct ticket *t = &p->order->ticket;
	switch (p->order->job_kind) {
	case KIND_PRINT:
		if (lang->print && p->order->doc)
			return print_document(p, lang, why);
		break;
	case KIND_BEEP:
		if (lang->beep)
			return lang->beep(p, t, why);
		break;
	case KIND_KICK:
		if (lang->kick)
			return lang->kick(p, t, why);
		break;
	case JOB_KINDS:
		break;
	}
	return why_fail(why, E_UNSUPPORTED, "A printer of language \"%s\" cannot do this",
	    lang->name);
}

static enum err attempt(struct press *p, const struct language *lang, struct why *why)
{
	struct outcome *out = p->out;
	enum err err = check_deadline(p->order, why);
	if (err)
		return err;
	int64_t started = clock_mono_us();
	err = link_open(p->link, why);
	int64_t opened = clock_mono_us();
	out->open_us = opened - started;
	out->reached = !err;
	if (err || p->order->kind == ORDER_PROBE)
		return err;
	if (p->order->kind == ORDER_POLL) {
		err = ask(p, lang, why);
		out->send_us = clock_mono_us() - opened;
		return err;
	}
	err = ask_before(p, lang, why);
	if (!err)
		err = carry_out(p, lang, why);
	out->send_us = clock_mono_us() - opened;
	return err ? err : confirm(p, lang, why);
}

static enum verdict verdict_of(const struct outcome *out)
{
	if (!out->err)
		return VERDICT_DONE;
	return out->sent ? VERDICT_DOUBT : err_verdict(out->err);
}

void print_run(struct link *link, const struct language *language, const struct order *order,
    const struct press_calls *calls, struct outcome *out)
{
	*out = (struct outcome){ 0 };
	struct press p = {
		.link = link,
		.order = order,
		.calls = calls,
		.out = out,
	};
	link->options.wire.answered = order->kind == ORDER_POLL ||
	    (proves(&p, language) && order->proof >= PROOF_ORDERED);
	out->err = attempt(&p, language, &out->why);
	link->options.wire.answered = false;
	out->verdict = verdict_of(out);
	if (out->err)
		out->evidence = EVIDENCE_NONE;
}

static enum err overhear(struct link *link, struct why *why)
{
	uint8_t bytes[64];
	size_t got;
	enum err err;
	do
		err = link_read(link, bytes, sizeof(bytes), -1, &got, why);
	while (!err);
	return err;
}

enum err print_listen(struct link *link, const struct language *language, bool arm,
    const struct press_calls *calls, struct why *why)
{
	struct outcome out = { 0 };
	struct press p = { .link = link, .calls = calls, .out = &out };
	return language->listen ? language->listen(&p, arm, why) : overhear(link, why);
}
