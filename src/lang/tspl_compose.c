/* In TSPL a 0 prints; lines end with CR LF; sizes are millimetres. */
#include "lang/tspl_compose.h"

static void begin(const struct label_head *h, struct buf *out)
{
	struct label_mm width = label_mm(h->width, h->dpi), height = label_mm(h->height, h->dpi);
	struct label_mm gap = label_mm(h->gap, h->dpi);
	buf_printf(out, "SIZE %u.%02u mm,%u.%02u mm\r\nGAP %u.%02u mm,0 mm\r\n"
	    "DIRECTION 0\r\nREFERENCE 0,0\r\nCLS\r\n", width.whole, width.hundredths,
	    height.whole, height.hundredths, gap.whole, gap.hundredths);
}

static void picture(const struct rows *r, const struct row_run *run, uint32_t y,
    struct buf *out)
{
	buf_printf(out, "BITMAP 0,%u,%zu,%u,0,", (unsigned)y, run->bytes, (unsigned)run->count);
	label_rows(r, run, 0xff, out);
	buf_puts(out, "\r\n");
}

static void end(const struct label_head *h, struct buf *out)
{
	buf_printf(out, "PRINT 1,%u\r\n", h->copies);
	if (h->cut != CUT_NONE)
		buf_puts(out, "CUT\r\n");
}

enum err tspl_compose(void *state, const struct composing *setup, const struct step *s,
    struct buf *out, struct why *why)
{
	static const struct label_words words = { begin, picture, end, true };
	return label_compose(&words, state, setup, s, out, why);
}
