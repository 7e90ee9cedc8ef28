/*
 * Straight text takes the bitmap's fast path; the other three directions are
 * drawn dot by dot, because nobody prints them by the metre.
 */
#include "canvas.h"

static bool lies_along(const struct canvas *c)
{
	return c->turn == TURN_NONE || c->turn == TURN_OVER;
}

uint32_t canvas_length(const struct canvas *c)
{
	return lies_along(c) ? c->width : c->height;
}

uint32_t canvas_depth(const struct canvas *c)
{
	return lies_along(c) ? c->height : c->width;
}

static void set_dot(const struct canvas *c, int64_t x, int64_t y)
{
	if (x < 0 || y < 0 || x >= canvas_length(c) || y >= canvas_depth(c))
		return;
	switch (c->turn) {
	case TURN_NONE:
		bitmap_set(c->dots, c->x + x, c->y + y);
		break;
	case TURN_UP:
		bitmap_set(c->dots, c->x + y, c->y + c->height - 1 - x);
		break;
	case TURN_OVER:
		bitmap_set(c->dots, c->x + c->width - 1 - x, c->y + c->height - 1 - y);
		break;
	case TURN_DOWN:
		bitmap_set(c->dots, c->x + c->width - 1 - y, c->y + x);
		break;
	}
}

void canvas_fill(const struct canvas *c, int64_t x, int64_t y, uint32_t w, uint32_t h)
{
	if (!c->dots)
		return;
	for (uint32_t j = 0; j < h; j++) {
		for (uint32_t i = 0; i < w; i++)
			set_dot(c, x + i, y + j);
	}
}

static bool fits(const struct canvas *c, int64_t x, int64_t y, const struct picture *p)
{
	return x >= 0 && y >= 0 && x + (int64_t)p->width * p->sx <= c->width &&
	       y + (int64_t)p->height * p->sy <= c->height;
}

void canvas_draw(const struct canvas *c, int64_t x, int64_t y, const struct picture *p)
{
	if (!c->dots)
		return;
	if (c->turn == TURN_NONE && fits(c, x, y, p)) {
		bitmap_draw(c->dots, c->x + x, c->y + y, p->rows, p->stride, p->width,
		    p->height, p->sx, p->sy);
		return;
	}
	for (uint32_t j = 0; j < p->height; j++) {
		const uint8_t *row = p->rows + j * p->stride;
		for (uint32_t i = 0; i < p->width; i++) {
			if (row[i / 8] & (0x80 >> (i % 8)))
				canvas_fill(c, x + (int64_t)i * p->sx, y + (int64_t)j * p->sy,
				    p->sx, p->sy);
		}
	}
}
