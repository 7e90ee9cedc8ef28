/*
 * Where the printer draws: a rectangle of a bitmap, seen in one of the four
 * directions of ESC T. Coordinates are those of the text: x along the line, y
 * down from its top, whatever way it lies on the paper. What falls outside the
 * rectangle is cut off.
 *
 * A canvas without a bitmap draws nothing: the simulator without pictures.
 */
#ifndef SIM_CANVAS_H
#define SIM_CANVAS_H

#include <stddef.h>
#include <stdint.h>

#include "gfx/bitmap.h"

enum turn {
	TURN_NONE,  /* left to right, from the upper left corner */
	TURN_UP,    /* bottom to top, from the lower left */
	TURN_OVER,  /* upside down, from the lower right */
	TURN_DOWN,  /* top to bottom, from the upper right */
};

struct canvas {
	struct bitmap *dots; /* or NULL */
	int64_t x, y;        /* its upper left corner on the bitmap */
	uint32_t width, height; /* as lying on the bitmap */
	enum turn turn;
};

/* Extent along the text and across it. */
uint32_t canvas_length(const struct canvas *c);
uint32_t canvas_depth(const struct canvas *c);

/* A packed picture, each dot sx by sy. */
struct picture {
	const uint8_t *rows;
	size_t stride;
	uint32_t width, height; /* in its own dots */
	unsigned sx, sy;
};
void canvas_draw(const struct canvas *c, int64_t x, int64_t y, const struct picture *p);
void canvas_fill(const struct canvas *c, int64_t x, int64_t y, uint32_t w, uint32_t h);

#endif
