/*
 * The printer's letters: font A in cells of 12 x 24 dots, font B in 9 x 17
 * (Terminus). Every code point has a picture: what the fonts lack is a box.
 */
#ifndef SIM_FONT_H
#define SIM_FONT_H

#include <stdbool.h>
#include <stdint.h>

enum font { FONT_A, FONT_B };

/* What a character looks like, as ESC/POS lets one choose it. */
struct style {
	enum font font;
	uint8_t width, height; /* enlargement, 1 to 8 */
	uint8_t underline;     /* dots, 0 to 2 */
	bool bold;
	bool reverse;  /* white on black */
	bool rotated;  /* each character a quarter turn clockwise */
	bool wide;     /* a cell for a two-byte character */
};

enum { GLYPH_SIDE = 24 * 8, GLYPH_STRIDE = GLYPH_SIDE / 8 };

struct glyph {
	uint32_t width, height;
	uint8_t rows[GLYPH_SIDE * GLYPH_STRIDE]; /* GLYPH_STRIDE bytes each */
};

/* Size of the cell on paper, enlargement and rotation included. */
uint32_t font_width(const struct style *style);
uint32_t font_height(const struct style *style);

/* The finished picture of one character. */
void font_draw(uint32_t code, const struct style *style, struct glyph *glyph);
/* Whether it has a letter of its own (no box). */
bool font_has(uint32_t code);

#endif
