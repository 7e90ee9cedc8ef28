/*
 * CPCL mobile printers: lines as they are; sheets as sessions with CG pictures, in
 * which a 1 prints (Zebra's CPCL programming manual).
 */
#include "lang/label.h"

static void begin(const struct label_head *h, struct buf *out)
{
	buf_printf(out, "! 0 200 200 %u 1\r\nPW %u\r\n", (unsigned)h->height,
	    (unsigned)h->width);
}

static void picture(const struct rows *r, const struct row_run *run, uint32_t y,
    struct buf *out)
{
	buf_printf(out, "CG %zu %u 0 %u ", run->bytes, (unsigned)run->count, (unsigned)y);
	label_rows(r, run, 0, out);
	buf_puts(out, "\r\n");
}

/* FORM goes on to the next label. How many are wanted stands in the head, when it is not
 * known yet that no page follows. */
static void end(const struct label_head *h, struct buf *out)
{
	buf_puts(out, h->gap ? "FORM\r\nPRINT\r\n" : "PRINT\r\n");
}

static enum err cpcl_compose(void *state, const struct composing *setup, const struct step *s,
    struct buf *out, struct why *why)
{
	static const struct label_words words = { begin, picture, end, false };
	return label_compose(&words, state, setup, s, out, why);
}

const struct language language_cpcl = {
	.name = "cpcl",
	.summary = "CPCL mobile label printers: lines as they are, documents as pictures",
	.takes = label_takes,
	.print = label_print,
	.composer_bytes = sizeof(struct label),
	.compose = cpcl_compose,
	.compose_finish = label_finish,
};
