/*
 * TSPL label printers. Documents are the printer's own lines; status is one
 * byte, answered at any time; that the last label came out shows only in that
 * it prints no more.
 */
#include "core/lang.h"
#include "core/print.h"
#include "lang/patience.h"
#include "lang/tspl_compose.h"
#include "lang/tspl_lex.h"
#include "lang/tspl_paint.h"
#include "lang/tspl_reply.h"
#include "sys/clock.h"

#define REPLY_MS 1000
#define QUICK_MS 300
#define LOOK_EVERY_MS 250

static const uint8_t ESC_STATUS[] = { 0x1B, 0x21, 0x3F };

static bool tspl_takes(const char *type)
{
	return str_is(str_of(type), TYPE_RAW);
}

static enum err tspl_print(struct press *p, const struct document *doc, const struct ticket *t,
    struct why *why)
{
	return press_document(p, doc, t->chunk_delay, why);
}

static enum err ask(struct press *p, int64_t ms, uint8_t *status, bool *answered,
    struct why *why)
{
	size_t got = 0;
	int64_t until = clock_mono() + ms;
	enum err err = press_drain(p, why);
	if (!err)
		err = press_control(p, ESC_STATUS, sizeof(ESC_STATUS), why);
	if (!err)
		err = press_read(p, status, 1, until, &got, why);
	*answered = !err && got;
	return err;
}

static enum err tspl_poll(struct press *p, const struct poll_wish *wish,
    struct poll_answer *answer, struct why *why)
{
	uint8_t status;
	*answer = (struct poll_answer){ 0 };
	enum err err = ask(p, wish->quick ? QUICK_MS : REPLY_MS, &status, &answer->valid, why);
	if (!answer->valid)
		return err;
	tspl_reply_facts(status, &answer->facts);
	answer->printing = tspl_reply_printing(status);
	if (wish->proof)
		answer->proof = PROOF_STATUS;
	return E_OK;
}

static enum err wait(struct patience *patience, struct why *why)
{
	for (;;) {
		uint8_t status;
		bool answered;
		struct facts f = { 0 };
		enum err err = ask(patience->press, REPLY_MS, &status, &answered, why);
		if (err)
			return err;
		if (answered) {
			tspl_reply_facts(status, &f);
			patience_told(patience, &f);
		}
		if (!patience->heard ||
		    (answered && !tspl_reply_printing(status) && !patience_held(patience)))
			return E_OK;
		if (clock_mono() >= patience_end(patience))
			return patience_over(patience, why);
		err = press_pause(patience->press, LOOK_EVERY_MS, why);
		if (err)
			return err;
	}
}

static enum err tspl_confirm(struct press *p, enum proof proof, const char token[4],
    enum evidence *evidence, struct why *why)
{
	struct patience patience;
	patience_begin(&patience, p);
	enum err err = wait(&patience, why);
	if (err)
		return patience_lost(err, why);
	*evidence = patience.heard ? EVIDENCE_STATUS : EVIDENCE_SENT;
	(void)proof, (void)token;
	return E_OK;
}

const struct language language_tspl = {
	.name = "tspl",
	.summary = "TSPL label printers: lines as they are, documents as pictures, with status",
	.takes = tspl_takes,
	.examine = tspl_examine,
	.print = tspl_print,
	.poll = tspl_poll,
	.confirm = tspl_confirm,
	.composer_bytes = sizeof(struct label),
	.compose = tspl_compose,
	.paint = tspl_paint,
	.text = tspl_text,
	.compose_finish = label_finish,
	.copies = label_copies,
};
