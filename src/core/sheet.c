/*
 * A step as bytes: its kind, then what this kind has, in one order for writing
 * and reading. Rows of dots travel without the bytes right of their width.
 */
#include "core/sheet.h"

#include <string.h>

#include "base/mem.h"
#include "base/pack.h"
#include "base/text.h"
#include "gfx/barcode.h"

#define SIDE_MAX 65535
#define CODE_BYTES_MAX 4296 /* of a QR code, the symbology that takes most */
#define MODULE_MAX 32
#define BEEPS_MAX 20

enum run_bits {
	RUN_FONT_B = 1, RUN_BOLD = 2, RUN_UNDERLINE = 4, RUN_INVERT = 8, RUN_RED = 16,
	RUN_BITS = 31,
};

/* --- page, feed, cut, pulse, beep, end ------------------------------------------------ */

static void write_page(const struct step *s, struct buf *out)
{
	pack_u32(out, s->width);
	pack_u32(out, s->height);
	pack_u32(out, s->gap);
}

static void read_page(struct unpack *u, struct step *s)
{
	s->width = unpack_u32(u, 1, SIDE_MAX);
	s->height = unpack_u32(u, 0, SHEET_ROWS_MAX);
	s->gap = unpack_u32(u, 0, SHEET_ROWS_MAX);
}

static void write_feed(const struct step *s, struct buf *out)
{
	pack_u32(out, s->height);
}

static void read_feed(struct unpack *u, struct step *s)
{
	s->height = unpack_u32(u, 1, SHEET_ROWS_MAX);
}

static void write_cut(const struct step *s, struct buf *out)
{
	pack_u8(out, s->cut);
}

static void read_cut(struct unpack *u, struct step *s)
{
	s->cut = (enum cut)unpack_u8(u, CUT_PARTIAL, CUT_FULL);
}

static void write_pulse(const struct step *s, struct buf *out)
{
	pack_u8(out, s->pin);
}

static void read_pulse(struct unpack *u, struct step *s)
{
	s->pin = (uint8_t)unpack_u8(u, 2, 5);
	if (s->pin != 2 && s->pin != 5)
		u->bad = true;
}

static void write_beep(const struct step *s, struct buf *out)
{
	pack_u8(out, s->times);
}

static void read_beep(struct unpack *u, struct step *s)
{
	s->times = (uint8_t)unpack_u8(u, 1, BEEPS_MAX);
}

static void write_nothing(const struct step *s, struct buf *out)
{
	(void)s;
	(void)out;
}

static void read_nothing(struct unpack *u, struct step *s)
{
	(void)u;
	(void)s;
}

/* --- dots ------------------------------------------------------------------------------- */

static size_t row_bytes(const struct step *s)
{
	return (s->width + 7) / 8;
}

static uint8_t last_mask(const struct step *s)
{
	return s->width % 8 ? (uint8_t)(0xff00 >> s->width % 8) : 0xff;
}

static void write_rows(const struct step *s, const uint8_t *rows, struct buf *out)
{
	size_t len = row_bytes(s);
	uint8_t *to = buf_space(out, len * s->height);
	if (!to)
		return;
	for (uint32_t y = 0; y < s->height; y++, to += len) {
		memcpy(to, rows + y * s->stride, len);
		to[len - 1] &= last_mask(s);
	}
	buf_grown(out, len * s->height);
}

static void write_dots(const struct step *s, struct buf *out)
{
	pack_u32(out, s->width);
	pack_u32(out, s->height);
	pack_u8(out, s->align);
	pack_u8(out, s->red != NULL);
	if (s->width == 0)
		return;
	write_rows(s, s->black, out);
	if (s->red)
		write_rows(s, s->red, out);
}

static const uint8_t *read_rows(struct unpack *u, const struct step *s)
{
	struct str rows = unpack_bytes(u, s->stride * s->height);
	const uint8_t *bytes = (const uint8_t *)rows.ptr;
	uint8_t outside = (uint8_t)~last_mask(s);
	for (size_t at = s->stride; at <= rows.len; at += s->stride)
		if (bytes[at - 1] & outside)
			u->bad = true;
	return bytes;
}

static void read_dots(struct unpack *u, struct step *s)
{
	s->width = unpack_u32(u, 1, SIDE_MAX);
	s->height = unpack_u32(u, 1, STEP_ROWS_MAX);
	s->align = (enum align)unpack_u8(u, ALIGN_START, ALIGN_END);
	bool two = unpack_u8(u, 0, 1);
	s->stride = row_bytes(s);
	if (u->bad)
		return;
	s->black = read_rows(u, s);
	s->red = two ? read_rows(u, s) : NULL;
}

/* --- text and codes ---------------------------------------------------------------------- */

static void write_run(const struct run *r, struct buf *out)
{
	pack_u8(out, (r->font_b ? RUN_FONT_B : 0u) | (r->bold ? RUN_BOLD : 0u) |
	    (r->underline ? RUN_UNDERLINE : 0u) | (r->invert ? RUN_INVERT : 0u) |
	    (r->red ? RUN_RED : 0u));
	pack_u8(out, r->wide);
	pack_u8(out, r->high);
	pack_str(out, r->text);
}

static void write_text(const struct step *s, struct buf *out)
{
	pack_u8(out, s->align);
	pack_u8(out, (unsigned)s->run_count);
	for (size_t i = 0; i < s->run_count; i++)
		write_run(&s->runs[i], out);
}

static bool printable(struct str text)
{
	for (size_t i = 0; i < text.len; i++) {
		uint8_t c = (uint8_t)text.ptr[i];
		if (c < 0x20 || c == 0x7f)
			return false;
	}
	return utf8_valid(text);
}

static void read_run(struct unpack *u, struct run *r)
{
	unsigned bits = unpack_u8(u, 0, RUN_BITS);
	*r = (struct run){
		.font_b = bits & RUN_FONT_B, .bold = bits & RUN_BOLD,
		.underline = bits & RUN_UNDERLINE, .invert = bits & RUN_INVERT,
		.red = bits & RUN_RED,
	};
	r->wide = (uint8_t)unpack_u8(u, 1, 8);
	r->high = (uint8_t)unpack_u8(u, 1, 8);
	r->text = unpack_str(u, STEP_TEXT_MAX);
	if (!printable(r->text))
		u->bad = true;
}

static void read_text(struct unpack *u, struct step *s, struct run *runs)
{
	size_t bytes = 0;
	s->align = (enum align)unpack_u8(u, ALIGN_START, ALIGN_END);
	s->run_count = unpack_u8(u, 0, STEP_RUNS_MAX);
	s->runs = runs;
	for (size_t i = 0; i < s->run_count && !u->bad; i++) {
		read_run(u, &runs[i]);
		bytes += runs[i].text.len;
	}
	if (bytes > STEP_TEXT_MAX)
		u->bad = true;
}

static void write_code(const struct step *s, struct buf *out)
{
	pack_u8(out, s->align);
	pack_u8(out, (unsigned)s->symbology);
	pack_u8(out, s->module);
	pack_u8(out, s->level);
	pack_u8(out, s->hri);
	pack_u32(out, s->height);
	pack_str(out, s->content);
}

static void read_code(struct unpack *u, struct step *s)
{
	s->align = (enum align)unpack_u8(u, ALIGN_START, ALIGN_END);
	s->symbology = (int)unpack_u8(u, SYM_UPC_A, SYM_MAXICODE);
	s->module = (uint8_t)unpack_u8(u, 1, MODULE_MAX);
	s->level = (uint8_t)unpack_u8(u, 0, 8);
	s->hri = unpack_u8(u, 0, 1);
	s->height = unpack_u32(u, 0, SHEET_ROWS_MAX);
	s->content = unpack_str(u, CODE_BYTES_MAX);
	if (!s->content.len)
		u->bad = true;
}

/* --- all of them --------------------------------------------------------------------------- */

static const struct {
	void (*write)(const struct step *s, struct buf *out);
	void (*read)(struct unpack *u, struct step *s); /* NULL: read_text */
} kinds[STEP_KINDS] = {
	[STEP_PAGE] = { write_page, read_page },
	[STEP_DOTS] = { write_dots, read_dots },
	[STEP_FEED] = { write_feed, read_feed },
	[STEP_TEXT] = { write_text, NULL },
	[STEP_CODE] = { write_code, read_code },
	[STEP_CUT] = { write_cut, read_cut },
	[STEP_PULSE] = { write_pulse, read_pulse },
	[STEP_BEEP] = { write_beep, read_beep },
	[STEP_END] = { write_nothing, read_nothing },
};

void step_write(const struct step *s, struct buf *out)
{
	pack_u8(out, s->kind);
	kinds[s->kind].write(s, out);
}

enum err step_read(struct str bytes, struct step *s, struct run runs[static STEP_RUNS_MAX],
    struct why *why)
{
	struct unpack u = { .rest = bytes };
	memset(s, 0, sizeof(*s));
	if (bytes.len > STEP_BYTES_MAX)
		return why_fail(why, E_FIELD, "A step of a sheet is too large");
	s->kind = (enum step_kind)unpack_u8(&u, 0, STEP_KINDS - 1);
	if (s->kind == STEP_TEXT)
		read_text(&u, s, runs);
	else
		kinds[s->kind].read(&u, s);
	return unpack_done(&u) ? E_OK : why_fail(why, E_FIELD, "A step of a sheet is malformed");
}

/* --- a whole sheet ---------------------------------------------------------------------------- */

#define LINE_ROWS 24u /* of text of normal height, as counted for the ceiling */

static uint32_t rows_of(const struct step *s)
{
	uint32_t high = 1;
	for (size_t i = 0; i < s->run_count; i++)
		high = s->runs[i].high > high ? s->runs[i].high : high;
	switch (s->kind) {
	case STEP_DOTS:
	case STEP_FEED:
	case STEP_CODE:
		return s->height;
	case STEP_TEXT:
		return LINE_ROWS * high;
	default:
		return 0;
	}
}

enum err tally_step(struct tally *t, const struct step *s, struct why *why)
{
	if ((s->kind == STEP_PAGE) == t->open)
		return why_fail(why, E_FIELD, "A sheet's steps are out of order");
	t->open = s->kind != STEP_END;
	t->pages += s->kind == STEP_PAGE;
	t->rows += rows_of(s);
	if (t->rows > SHEET_ROWS_MAX)
		return why_fail(why, E_TOO_LARGE, "The document is longer than %d rows of dots",
		    SHEET_ROWS_MAX);
	if (t->pages > SHEET_PAGES_MAX)
		return why_fail(why, E_TOO_LARGE, "The document has more than %d pages",
		    SHEET_PAGES_MAX);
	return E_OK;
}
