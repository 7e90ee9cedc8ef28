/*
 * EPL2 label printers (Eltron, older Zebra): lines as they are; sheets as forms with
 * GW pictures, in which a 0 prints (EPL2 programming guide 14245L).
 */
#include "lang/epl_read.h"
#include "lang/label.h"

#define GAP_LEAST 16 /* dots; Q takes no less but 0, continuous */

static void begin(const struct label_head *h, struct buf *out)
{
	unsigned gap = h->gap && h->gap < GAP_LEAST ? GAP_LEAST : h->gap;
	buf_printf(out, "\nN\nq%u\nQ%u,%u\n", (unsigned)h->width, (unsigned)h->height, gap);
}

static void picture(const struct rows *r, const struct row_run *run, uint32_t y,
    struct buf *out)
{
	buf_printf(out, "GW0,%u,%zu,%u,", (unsigned)y, run->bytes, (unsigned)run->count);
	label_rows(r, run, 0xff, out);
	buf_puts(out, "\n");
}

static void end(const struct label_head *h, struct buf *out)
{
	buf_printf(out, "P%u\n", h->copies);
	if (h->cut != CUT_NONE)
		buf_puts(out, "C\n");
}

static enum err epl_compose(void *state, const struct composing *setup, const struct step *s,
    struct buf *out, struct why *why)
{
	static const struct label_words words = { begin, picture, end, true };
	return label_compose(&words, state, setup, s, out, why);
}

const struct language language_epl = {
	.name = "epl",
	.summary = "EPL2 label printers: lines as they are, documents as pictures",
	.takes = label_takes,
	.examine = epl_examine,
	.print = label_print,
	.composer_bytes = sizeof(struct label),
	.compose = epl_compose,
	.compose_finish = label_finish,
	.copies = label_copies,
	.paint = epl_paint,
	.text = epl_text,
};
