/*
 * The press is a thin layer under a language: each write passes through it, so
 * that "nothing of the job has left" is known in one place.
 */
#include "core/print.h"

#include "core/worker.h"
#include "sys/clock.h"

struct press {
	struct link *link;
	const struct order *order;
	press_await_mark *await;
	void *arg;
	struct outcome *out;
	bool begun; /* the mark is on disk: payload may leave */
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
		enum err err = p->await(p->arg, why);
		if (err)
			return err;
	}
	p->begun = true;
	/* again: the cool-down, the connection and the mark took their time */
	return check_deadline(p->order, why);
}

enum err press_payload(struct press *p, const void *bytes, size_t len, struct why *why)
{
	enum err err = p->begun ? E_OK : begin(p, why);
	if (err)
		return err;
	uint64_t left;
	err = link_write(p->link, bytes, len, &left, why);
	p->out->sent += left;
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

static enum err carry_out(struct press *p, const struct language *lang, struct why *why)
{
	const struct ticket *t = &p->order->ticket;
	switch (p->order->job_kind) {
	case KIND_PRINT:
		if (lang->print && p->order->doc)
			return print_copies(p, lang, why);
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
	err = carry_out(p, lang, why);
	out->send_us = clock_mono_us() - opened;
	return err;
}

static enum verdict verdict_of(const struct outcome *out)
{
	if (!out->err)
		return VERDICT_DONE;
	return out->sent ? VERDICT_DOUBT : err_verdict(out->err);
}

void print_run(struct link *link, const struct language *language, const struct order *order,
    press_await_mark *await, void *arg, struct outcome *out)
{
	*out = (struct outcome){ 0 };
	struct press p = {
		.link = link,
		.order = order,
		.await = await,
		.arg = arg,
		.out = out,
	};
	out->err = attempt(&p, language, &out->why);
	out->verdict = verdict_of(out);
	if (!out->err && order->kind == ORDER_PRINT)
		out->evidence = EVIDENCE_SENT;
}
