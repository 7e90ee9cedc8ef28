/*
 * Rows are whole bytes, so a picture at any x is shifted by 0 to 7 dots while
 * it is copied: that fast path carries megabytes of raster. Enlarged pictures
 * are drawn dot by dot; they are small.
 */
#include "gfx/bitmap.h"

#include <stdlib.h>
#include <string.h>

enum { ROWS_MAX = 200000 };

void bitmap_init(struct bitmap *b, uint32_t width_dots)
{
	*b = (struct bitmap){ .width_dots = width_dots, .stride = (width_dots + 7) / 8 };
}

void bitmap_finish(struct bitmap *b)
{
	free(b->rows);
	b->rows = NULL;
	b->height_dots = b->height_cap = 0;
}

bool bitmap_need(struct bitmap *b, uint32_t height_dots)
{
	if (height_dots <= b->height_dots)
		return true;
	if (height_dots > ROWS_MAX)
		return false;
	if (height_dots > b->height_cap) {
		uint32_t cap = b->height_cap ? b->height_cap : 64;
		while (cap < height_dots)
			cap *= 2;
		uint8_t *rows = realloc(b->rows, cap * b->stride + 1);
		if (!rows)
			return false;
		b->rows = rows;
		b->height_cap = cap;
	}
	memset(b->rows + b->height_dots * b->stride, 0,
	    (height_dots - b->height_dots) * b->stride);
	b->height_dots = height_dots;
	return true;
}

static bool row_at(struct bitmap *b, int64_t y, uint8_t **row)
{
	if (y < 0 || y >= ROWS_MAX || !bitmap_need(b, (uint32_t)y + 1))
		return false;
	*row = b->rows + (size_t)y * b->stride;
	return true;
}

void bitmap_set(struct bitmap *b, int64_t x, int64_t y)
{
	uint8_t *row;

	if (x >= 0 && x < b->width_dots && row_at(b, y, &row))
		row[x / 8] |= (uint8_t)(0x80 >> (x % 8));
}

bool bitmap_get(const struct bitmap *b, int64_t x, int64_t y)
{
	if (x < 0 || y < 0 || x >= b->width_dots || y >= b->height_dots)
		return false;
	return b->rows[(size_t)y * b->stride + (size_t)x / 8] & (0x80 >> (x % 8));
}

static void fill_row(uint8_t *row, int64_t from, int64_t to, bool black)
{
	for (int64_t x = from; x < to; x++) {
		uint8_t dot = (uint8_t)(0x80 >> (x % 8));
		if (x % 8 == 0 && to - x >= 8) {
			row[x / 8] = black ? 0xff : 0;
			x += 7;
		} else if (black) {
			row[x / 8] |= dot;
		} else {
			row[x / 8] &= (uint8_t)~dot;
		}
	}
}

void bitmap_fill(struct bitmap *b, int64_t x, int64_t y, uint32_t w, uint32_t h, bool black)
{
	int64_t from = x < 0 ? 0 : x;
	int64_t to = x + w > b->width_dots ? b->width_dots : x + w;
	uint8_t *row;

	for (uint32_t i = 0; i < h; i++) {
		if (row_at(b, y + i, &row))
			fill_row(row, from, to, black);
	}
}

/* OR one packed row of `w` dots at x >= 0; dots past the width are cut off. */
static void or_row(uint8_t *to, uint32_t width, uint32_t x, const uint8_t *from, uint32_t w)
{
	if (x >= width)
		return;
	if (w > width - x)
		w = width - x;
	unsigned shift = x % 8;
	uint32_t bytes = w / 8;
	to += x / 8;
	for (uint32_t i = 0; i < bytes; i++) {
		to[i] |= (uint8_t)(from[i] >> shift);
		if (shift)
			to[i + 1] |= (uint8_t)(from[i] << (8 - shift));
	}
	if (w % 8) {
		uint8_t last = from[bytes] & (uint8_t)(0xff00 >> (w % 8));
		to[bytes] |= (uint8_t)(last >> shift);
		if (w % 8 + shift > 8)
			to[bytes + 1] |= (uint8_t)(last << (8 - shift));
	}
}

static void draw_scaled(struct bitmap *b, int64_t x, int64_t y, const uint8_t *row, uint32_t w,
    unsigned sx, unsigned sy)
{
	for (uint32_t i = 0; i < w; i++) {
		if (row[i / 8] & (0x80 >> (i % 8)))
			bitmap_fill(b, x + (int64_t)i * sx, y, sx, sy, true);
	}
}

void bitmap_draw(struct bitmap *b, int64_t x, int64_t y, const uint8_t *rows, size_t stride,
    uint32_t w, uint32_t h, unsigned sx, unsigned sy)
{
	uint8_t *row;

	for (uint32_t i = 0; i < h; i++) {
		const uint8_t *from = rows + i * stride;
		if (sx != 1 || sy != 1 || x < 0)
			draw_scaled(b, x, y + (int64_t)i * sy, from, w, sx, sy);
		else if (x < b->width_dots && row_at(b, y + i, &row))
			or_row(row, b->width_dots, (uint32_t)x, from, w);
	}
}
