/*
 * The letters of a receipt printer: font A in cells of 12 x 24 dots, font B in 9 x 17
 * (Terminus). Made by mkfont.py of the bitmap fonts: sorted code points and, for each,
 * `height` rows of 16 bits, the leftmost dot highest.
 */
#ifndef GFX_FONT_TABLE_H
#define GFX_FONT_TABLE_H

#include <stdint.h>

struct font_table {
	const uint16_t *codes;
	const uint16_t *rows;
	unsigned count;
	unsigned height;
};

extern const struct font_table font_tables[2]; /* A, B */

/* The rows of a letter; NULL when the font lacks it. */
const uint16_t *font_table_rows(const struct font_table *t, uint32_t code);

#endif
