/*
 * The painter's state and its parts; for lang/escpos_paint*.c alone.
 */
#ifndef LANG_ESCPOS_PAINTER_H
#define LANG_ESCPOS_PAINTER_H

#include "base/buf.h"
#include "base/codepage.h"
#include "lang/letter.h"
#include "lang/roll.h"

#define PAINT_ITEMS 512
#define PAINT_TABS 32

/* What waits in the line: a letter, or a column picture that the stream holds. */
struct paint_item {
	int64_t x;
	uint32_t width, height, code;
	struct letter letter;
	const uint8_t *columns; /* NULL: a letter */
	uint32_t count;         /* columns */
	unsigned depth, sx, sy; /* bytes of a column; dots per dot */
};

/* What ESC @ puts back. */
struct paint_settings {
	struct letter letter;
	const struct codepage *page;
	uint8_t align;
	bool two_byte;
	uint32_t spacing, char_spacing, margin, area;
	unsigned unit_x, unit_y;
	uint8_t bar_height, bar_width, hri, hri_font;
	uint32_t tabs[PAINT_TABS];
	unsigned tab_count;
};

enum paint_symbols { PAINT_PDF417, PAINT_QR, PAINT_MAXICODE, PAINT_AZTEC, PAINT_DATAMATRIX,
	PAINT_SYMBOLS };
struct paint_symbol {
	uint8_t module, level, model, columns, row_height;
	struct str data;
};

/* A picture that waits for its print command; its rows stand in the stream. */
struct paint_picture {
	const uint8_t *rows;
	uint32_t width, height;
	unsigned sx, sy;
};

struct escpos_painter {
	const struct composing *setup;
	struct roll roll;
	struct paint_settings set;
	struct paint_item items[PAINT_ITEMS];
	unsigned count;
	int64_t at, end;        /* of the line */
	uint8_t lead;           /* first half of a two-byte character; 0: none */
	struct paint_symbol symbols[PAINT_SYMBOLS];
	struct paint_picture stored[2]; /* GS ( L fn 112: a colour each */
};

/* `p` are the parameters: what follows the command's two bytes. */
typedef void paint_fn(struct escpos_painter *e, const uint8_t *p, size_t len);
struct paint_row {
	uint8_t prefix, code;
	size_t least; /* bytes of parameters without which it does nothing */
	paint_fn *fn;
};

/* escpos_paint_line.c */
uint32_t paint_area(const struct escpos_painter *e);
int64_t paint_left(const struct escpos_painter *e, int64_t width); /* of a block, aligned */
int64_t paint_units(unsigned dpi, unsigned unit, int64_t n);
void paint_letter(struct escpos_painter *e, uint32_t code, bool wide);
void paint_tab(struct escpos_painter *e);
void paint_line(struct escpos_painter *e, uint32_t feed);
void paint_flush(struct escpos_painter *e);
void paint_columns(struct escpos_painter *e, const uint8_t *p, size_t len);
extern const struct paint_row paint_line_rows[];
/* escpos_paint_picture.c */
extern const struct paint_row paint_picture_rows[];
/* escpos_paint_code.c */
void paint_codes_reset(struct escpos_painter *e);
extern const struct paint_row paint_code_rows[];

static inline unsigned paint_word(const uint8_t *p)
{
	return p[0] | (unsigned)p[1] << 8;
}

#endif
