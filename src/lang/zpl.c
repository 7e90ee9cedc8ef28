/*
 * ZPL II label printers: bytes as they are; sheets as formats with ^GFA pictures in
 * ZPL's own compression (ZPL II programming guide, "Alternative Data Compression
 * Scheme"): letters count the digit that follows, a comma ends a row of zeroes, a
 * colon repeats the row above.
 */
#include <string.h>

#include "lang/label.h"
#include "lang/zpl_lex.h"
#include "lang/zpl_paint.h"

#define UNITS 19  /* G to Y: 1 to 19 */
#define SCORE 20  /* g to z: 20 to 400 */
#define MOST (SCORE * 20)
#define ROW_MOST 2048

static void begin(const struct label_head *h, struct buf *out)
{
	buf_printf(out, "^XA^MN%c^PW%u^LL%u^LH0,0%s", h->gap ? 'Y' : 'N', (unsigned)h->width,
	    (unsigned)h->height, h->cut != CUT_NONE ? "^MMC" : "");
}

static uint8_t digit(const uint8_t *row, size_t i)
{
	return i % 2 ? row[i / 2] & 0x0f : row[i / 2] >> 4;
}

/* `count` times the same digit. */
static void repeat(uint8_t value, size_t count, struct buf *out)
{
	for (; count > MOST + UNITS; count -= MOST)
		buf_printf(out, "z%X", value);
	if (count >= SCORE)
		buf_add_byte(out, (uint8_t)('g' + count / SCORE - 1));
	if (count > 1 && count % SCORE)
		buf_add_byte(out, (uint8_t)('G' + count % SCORE - 1));
	buf_printf(out, "%X", value);
}

static void write_row(const uint8_t *row, size_t len, struct buf *out)
{
	for (size_t i = 0, end; i < len * 2; i = end) {
		uint8_t value = digit(row, i);
		for (end = i + 1; end < len * 2 && digit(row, end) == value; end++)
			;
		if (!value && end == len * 2)
			buf_add_byte(out, ',');
		else
			repeat(value, end - i, out);
	}
}

static void picture(const struct rows *r, const struct row_run *run, uint32_t y,
    struct buf *out)
{
	uint8_t rows[2][ROW_MOST] = { 0 };
	size_t len = run->bytes < ROW_MOST ? run->bytes : ROW_MOST, total = len * run->count;
	buf_printf(out, "^FO0,%u^GFA,%zu,%zu,%zu,", (unsigned)y, total, total, len);
	for (uint32_t i = 0; i < run->count; i++) {
		rows_copy(r, run->first + i, rows[i % 2], len);
		if (i && !memcmp(rows[0], rows[1], len))
			buf_add_byte(out, ':');
		else
			write_row(rows[i % 2], len, out);
	}
	buf_puts(out, "^FS\n");
}

static void end(const struct label_head *h, struct buf *out)
{
	buf_printf(out, "^PQ%u^XZ\n", h->copies);
}

static enum err zpl_compose(void *state, const struct composing *setup, const struct step *s,
    struct buf *out, struct why *why)
{
	static const struct label_words words = { begin, picture, end, true };
	return label_compose(&words, state, setup, s, out, why);
}

const struct language language_zpl = {
	.name = "zpl",
	.summary = "ZPL II label printers: bytes as they are, documents as pictures",
	.takes = label_takes,
	.examine = zpl_examine,
	.print = label_print,
	.composer_bytes = sizeof(struct label),
	.compose = zpl_compose,
	.compose_finish = label_finish,
	.copies = label_copies,
	.paint = zpl_paint,
	.text = zpl_text,
};
