/*
 * Paint: boxes to dots, a band of rows at a time.
 *
 * Text, lines and codes are crisp: black or white, never a pattern. Only
 * pictures, gradients and grey areas are tone and go through the halftone. Both
 * are drawn by Cairo into one surface. A band without tone is one byte of ink
 * per dot; one with tone has two channels, red for how bright a dot is and
 * green for how much of it is tone.
 */
#ifndef RENDER_HTML_PAINT_H
#define RENDER_HTML_PAINT_H

#include <cairo.h>

#include "render/html/layout.h"

struct brush {
	struct doc *doc;
	cairo_t *cairo;
	float top, bottom;      /* page rows of the band */
	bool toned;             /* the surface has channels */
	bool wants_tone;        /* tone was met and could not be drawn */
	bool turned;            /* what is drawn is rotated: top and bottom say nothing */
	float backdrop;         /* how bright what is behind is, 0..1 */
	float opacity;
};

/* Choose what is drawn next: crisp ink, or white. */
void brush_ink(struct brush *p, bool black);
/* A grey area; false when this band has to be drawn again with tone. */
bool brush_tone(struct brush *p, float brightness);
/* A pattern whose pixels have both channels. */
bool brush_pattern(struct brush *p, cairo_pattern_t *pattern);
float color_brightness(struct color c, float behind);
/* Fill the path: crisp black or white, or tone in between. */
void brush_fill(struct brush *p, struct color c);
/* A rectangle on whole dots. */
void brush_rectangle(struct brush *p, float x, float y, float w, float h);

/* The page as steps of the task's sink. */
void paint_document(struct doc *d, const struct box *root, const struct placed *placed);

/* Parts: paint_box.c, paint_text.c. */
void paint_background(struct brush *p, const struct box *b, float x, float y, float w, float h);
void paint_borders(struct brush *p, const struct box *b, float x, float y, float w, float h);
void paint_lines(struct brush *p, const struct box *b);
void paint_marker(struct brush *p, const struct box *b);

#endif
