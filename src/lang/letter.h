/*
 * The preview's letters: what a printer's fonts A and B look like, as near as a font
 * of ours comes to the printer's own.
 */
#ifndef LANG_LETTER_H
#define LANG_LETTER_H

#include "gfx/bitmap.h"

struct letter {
	bool font_b, bold, invert, turned; /* turned: a quarter clockwise */
	uint8_t wide, high;                /* 1..8 times */
	uint8_t underline;                 /* dots */
};

uint32_t letter_width(const struct letter *l);
uint32_t letter_height(const struct letter *l);
void letter_draw(const struct letter *l, uint32_t code, struct bitmap *to, int64_t x, int64_t y);

#endif
