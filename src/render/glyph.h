/*
 * Characters in cells: drawn one by one, each into exactly its cells, so that
 * columns stay columns whatever the font. The dots of single characters are
 * kept for the next time. Nothing is cut off: a glyph too large for its place
 * is made smaller.
 */
#ifndef RENDER_GLYPH_H
#define RENDER_GLYPH_H

#include "core/sheet.h"
#include "gfx/bitmap.h"
#include "render/cluster.h"
#include "render/ink.h"

/* Fonts, shapers and the dots of ASCII: what every document needs. */
void glyph_warm(const struct cell *cell);

/* Draw one cluster that stands in cells, its top left at x, y, in the style of
 * `style`. It takes cells * wide by high cells. */
void glyph_draw(struct bitmap *to, int64_t x, int64_t y, struct str text,
    const struct run *style, const struct cell *cell);

/* The line under `width` dots that end at `bottom`, if `style` has one. */
void glyph_underline(struct bitmap *to, int64_t x, int64_t bottom, uint32_t width,
    const struct run *style);

#endif
