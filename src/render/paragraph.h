/*
 * Lines whose scripts are shaped: joined, stacked, in the order in which they
 * are read, drawn as a whole in the place of a printer's line.
 */
#ifndef RENDER_PARAGRAPH_H
#define RENDER_PARAGRAPH_H

#include "core/sheet.h"
#include "gfx/bitmap.h"
#include "render/glyph.h"

/* Where a line goes: its top left, how much room it has, in dots. */
struct place {
	int64_t x, y;
	uint32_t width, height;
	enum align align; /* when it is narrower */
};

/* The shapers and fonts of the scripts that are shaped. */
void paragraph_warm(const struct cell *cell);

/* How wide this is, in dots. */
uint32_t paragraph_measure(struct str text, const struct run *style, const struct cell *cell);

/* Draw runs as one line; what is too wide or too high for its place is made smaller. */
void paragraph_draw(struct bitmap *to, const struct place *place, const struct run *runs,
    size_t count, const struct cell *cell);

/* Where a line of it may end: sets breaks[i] for byte offsets i of characters. */
void paragraph_breaks(struct str text, bool *breaks);

#endif
