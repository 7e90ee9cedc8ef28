/*
 * Sheets in ESC/POS: the composer of language_escpos (core/lang.h).
 *
 * What it sends assumes little: one raster block per run of rows that have dots,
 * at most STEP_ROWS_MAX high, blank rows as feeds, trailing white left out; text
 * with the code page of each character, all styles set anew after ESC @.
 * Rows are dots: GS P sets the motion unit to one dot before the first feed.
 */
#ifndef LANG_ESCPOS_COMPOSE_H
#define LANG_ESCPOS_COMPOSE_H

#include "core/lang.h"

#define ESCPOS_STEPS (1u << STEP_TEXT | 1u << STEP_CODE | 1u << STEP_PULSE | 1u << STEP_BEEP)
#define ESCPOS_STRIP_ROWS 24
#define ESCPOS_STRIP_BYTES 256

struct escpos_style {
	bool font_b, bold, underline, invert, red;
	uint8_t wide, high;
};

/* All that a copy remembers from step to step; begins as zeroes. */
struct escpos_composer {
	bool begun;
	bool inked;              /* something was printed since the last cut */
	uint32_t blank;          /* rows to be fed before the next dots */
	struct escpos_style style;
	const char *page;        /* code page in force; NULL: none was chosen */
	uint8_t align, spacing;  /* ESC a, ESC 3 */
	/* ESC *: rows that wait until a strip is full. */
	unsigned strip_rows;
	uint8_t strip[ESCPOS_STRIP_ROWS][ESCPOS_STRIP_BYTES];
};

enum err escpos_compose(void *state, const struct composing *setup, const struct step *s,
    struct buf *out, struct why *why);

/* The parts, for each other. */

/* escpos_compose.c: feed what is owed. Everything that prints calls it first. */
void escpos_compose_settle(struct escpos_composer *c, const struct composing *setup,
    struct buf *out);
/* escpos_raster.c */
void escpos_raster(struct escpos_composer *c, const struct composing *setup,
    const struct step *s, struct buf *out);
void escpos_raster_flush(struct escpos_composer *c, const struct composing *setup,
    struct buf *out);
/* escpos_letters.c */
enum err escpos_letters(struct escpos_composer *c, const struct composing *setup,
    const struct step *s, struct buf *out, struct why *why);
enum err escpos_code(struct escpos_composer *c, const struct step *s, struct buf *out,
    struct why *why);
void escpos_align(struct escpos_composer *c, enum align align, struct buf *out);
/* Motion units of one row of dots: 2 on impact printers, else 1 (GS P). */
unsigned escpos_row_units(const struct composing *setup);

#endif
