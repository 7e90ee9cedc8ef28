/*
 * One-bit pictures, the way printers see them: rows of whole bytes, the
 * leftmost dot in the highest bit, 1 is black.
 */
#ifndef GFX_BITMAP_H
#define GFX_BITMAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

struct bitmap {
	uint32_t width_dots, height_dots;
	size_t stride;  /* bytes per row */
	uint8_t *rows;  /* height * stride */
	uint32_t height_cap;
};

void bitmap_init(struct bitmap *b, uint32_t width_dots); /* no rows yet */
void bitmap_finish(struct bitmap *b);
/* Make it at least `height` rows; new ones are white. False past 200,000 rows. */
bool bitmap_need(struct bitmap *b, uint32_t height_dots);
/* Dots outside the width are cut off; rows grow as needed. */
void bitmap_set(struct bitmap *b, int64_t x, int64_t y);
bool bitmap_get(const struct bitmap *b, int64_t x, int64_t y);
void bitmap_fill(struct bitmap *b, int64_t x, int64_t y, uint32_t w, uint32_t h, bool black);
/* OR a packed picture onto it at x, y, each of its dots sx by sy large. */
void bitmap_draw(struct bitmap *b, int64_t x, int64_t y, const uint8_t *rows, size_t stride,
    uint32_t w, uint32_t h, unsigned sx, unsigned sy);

/* Write a 1-bit grey PNG with its resolution (libpng's home is gfx/png.c). */
enum err png_write(const char *path, const struct bitmap *b, unsigned dpi, struct why *why);
/* The same, appended to `out`; E_TOO_LARGE past its ceiling. */
enum err png_encode(const struct bitmap *b, unsigned dpi, struct buf *out, struct why *why);
/* Read a PNG; every pixel darker than half is black. For tests and the simulator. */
enum err png_read(const char *path, struct bitmap *b, struct why *why);

#endif
