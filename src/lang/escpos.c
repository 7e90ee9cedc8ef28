/*
 * ESC/POS as Plato needs it: the document is bytes already, around it go
 * initialise, feed, cut, beep; and the drawer's pulse. Names are the manual's.
 */
#include <stdio.h>
#include <string.h>

#include "core/lang.h"
#include "core/print.h"
#include "lang/escpos_compose.h"
#include "lang/escpos_confirm.h"
#include "lang/escpos_paint.h"
#include "lang/escpos_ready.h"
#include "lang/escpos_status.h"
#include "lang/escpos_walk.h"

#define FEED_LINES_MAX 255
#define NULS_MAX (1u << 20)

static const uint8_t ESC_INIT[] = { 0x1B, 0x40 };
static const uint8_t ESC_B_BEEP[] = { 0x1B, 0x42, 1, 1 }; /* once, 100 ms */
static const uint8_t GS_V_FULL[] = { 0x1D, 0x56, 0 };
static const uint8_t GS_V_PARTIAL[] = { 0x1D, 0x56, 1 };

static bool escpos_takes(const char *type)
{
	return str_is(str_of(type), TYPE_ESCPOS) || str_is(str_of(type), TYPE_RAW);
}

static enum err init(struct press *p, const struct ticket *t, struct why *why)
{
	return t->init ? press_control(p, ESC_INIT, sizeof(ESC_INIT), why) : E_OK;
}

/* A line above the document that tells a copy from the first print. */
static enum err banner(struct press *p, const struct ticket *t, struct why *why)
{
	char line[sizeof(t->banner) + 2];
	int len = snprintf(line, sizeof(line), "%s\n", t->banner);
	return t->banner[0] ? press_payload(p, line, (size_t)len, why) : E_OK;
}

/* Feed and cut leave as one write: a pause between them would show on paper. */
static enum err tail(struct press *p, const struct ticket *t, struct why *why)
{
	uint8_t bytes[FEED_LINES_MAX + sizeof(GS_V_PARTIAL)];
	size_t len = t->feed_lines < FEED_LINES_MAX ? t->feed_lines : FEED_LINES_MAX;
	if (t->has_tail)
		return t->tail_len ? press_payload(p, t->tail, t->tail_len, why) : E_OK;
	memset(bytes, '\n', len);
	if (t->cut != CUT_NONE) {
		memcpy(bytes + len, t->cut == CUT_FULL ? GS_V_FULL : GS_V_PARTIAL,
		    sizeof(GS_V_PARTIAL));
		len += sizeof(GS_V_PARTIAL);
	}
	return len ? press_payload(p, bytes, len, why) : E_OK;
}

static enum err beeps(struct press *p, const struct ticket *t, struct why *why)
{
	for (unsigned i = 0; i < t->beeps; i++) {
		enum err err = press_payload(p, ESC_B_BEEP, sizeof(ESC_B_BEEP), why);
		if (!err)
			err = press_pause(p, t->beep_delay, why);
		if (err)
			return err;
	}
	return E_OK;
}

/*
 * A document that ends inside a command would have the printer eat our cut and
 * the next job as pixels: NULs make it whole. Outside a command a NUL prints
 * nothing. What would take more than NULS_MAX is left to the printer.
 */
static size_t missing(const struct document *doc)
{
	static const uint8_t nul[1];
	struct escpos_walk walk;
	size_t count = 0;

	escpos_walk_init(&walk);
	escpos_walk_feed(&walk, doc->bytes, doc->len);
	for (; count < NULS_MAX && !escpos_walk_whole(&walk); count++)
		escpos_walk_feed(&walk, nul, 1);
	return count;
}

static enum err make_whole(struct press *p, const struct document *doc, struct why *why)
{
	static const uint8_t nuls[1024];
	enum err err = E_OK;

	for (size_t left = missing(doc), n; left && !err; left -= n) {
		n = left < sizeof(nuls) ? left : sizeof(nuls);
		err = press_payload(p, nuls, n, why);
	}
	return err;
}

static enum err escpos_print(struct press *p, const struct document *doc,
    const struct ticket *t, struct why *why)
{
	enum err err = init(p, t, why);
	if (!err)
		err = banner(p, t, why);
	if (!err)
		err = press_document(p, doc, t->chunk_delay, why);
	if (!err)
		err = make_whole(p, doc, why);
	if (!err)
		err = tail(p, t, why);
	if (!err)
		err = beeps(p, t, why);
	return err;
}

static enum err escpos_beep(struct press *p, const struct ticket *t, struct why *why)
{
	enum err err = init(p, t, why);
	return err ? err : beeps(p, t, why);
}

static enum err escpos_kick(struct press *p, const struct ticket *t, struct why *why)
{
	const uint8_t pulse[] = {
		0x1B, 0x70, t->drawer_pin == 5, (uint8_t)t->drawer_on, (uint8_t)t->drawer_off,
	};
	enum err err = init(p, t, why);
	return err ? err : press_payload(p, pulse, sizeof(pulse), why);
}

static void escpos_examine(const struct document *doc, struct finding *f)
{
	struct escpos_walk walk;
	escpos_walk_init(&walk);
	escpos_walk_feed(&walk, doc->bytes, doc->len);
	escpos_walk_finish(&walk, f);
}

const struct language language_escpos = {
	.name = "escpos",
	.summary = "ESC/POS: Epson and most receipt printers",
	.takes = escpos_takes,
	.examine = escpos_examine,
	.print = escpos_print,
	.beep = escpos_beep,
	.kick = escpos_kick,
	.poll = escpos_status_poll,
	.ready = escpos_ready,
	.confirm = escpos_confirm,
	.listen = escpos_status_listen,
	.steps = ESCPOS_STEPS,
	.composer_bytes = sizeof(struct escpos_composer),
	.compose = escpos_compose,
	.paint = escpos_paint,
	.text = escpos_text,
};
