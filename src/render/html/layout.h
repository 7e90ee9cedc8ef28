/*
 * Layout: a width and a place for every box.
 *
 * A box is laid out with layout_box once its parent knows the width it offers;
 * the parent then sets its x and y. layout_place at the end makes page
 * coordinates and lays out what is positioned absolutely.
 */
#ifndef RENDER_HTML_LAYOUT_H
#define RENDER_HTML_LAYOUT_H

#include "render/html/box.h"

#define UNKNOWN (-1.0f) /* a height that depends on the content */

/* Where floats are, in the coordinates of their formatting root's content box. */
struct float_area {
	float x, y, w, h;
	bool right;
};

struct floats {
	struct float_area *areas;
	size_t count;
};

struct layout {
	struct doc *doc;
	struct floats *floats;
	float root_x, root_y;   /* of the current content box within the formatting root */
	unsigned depth;
};

struct placed {
	struct box **layers;    /* boxes above the flow, in the order they are painted */
	size_t layer_count;
	float height;           /* of the page */
	float *breaks;          /* rows where a new page begins, rising */
	size_t break_count;
};

/* Painted after (or, with a negative z-index, before) what is in the flow. */
bool box_is_layer(const struct box *b);

void layout_document(struct doc *d, struct box *root, struct placed *out);

/* Sets w, h, edges and what is inside; not x and y. */
void layout_box(struct layout *l, struct box *b, const struct offer *o);
/* The same, but not again when the last offer had the same result: items of nested
 * flex boxes and grids would double the work at each level. */
void layout_again(struct layout *l, struct box *b, const struct offer *o);
/* Border-box widths with the least and the most line breaks. */
void layout_measure(struct layout *l, struct box *b);
/* Margins, borders and paddings for a containing block this wide. */
void layout_edges(struct box *b, float width);
/* Width and height of the content box that the style asks for; UNKNOWN: auto. */
float layout_wanted_width(const struct box *b, float whole);
float layout_wanted_height(const struct box *b, float whole);
float layout_clamp_width(const struct box *b, float border_box, float whole);
float layout_clamp_height(const struct box *b, float border_box, float whole);

/* By kind; each sets the content height and returns it. */
float layout_blocks(struct layout *l, struct box *b, float width, float height);
float layout_flow(struct layout *l, struct box *b, float width);
float layout_table(struct layout *l, struct box *b, float width, float height);
float layout_flex(struct layout *l, struct box *b, float width, float height);
float layout_grid(struct layout *l, struct box *b, float width, float height);

void measure_flow(struct layout *l, struct box *b, float *least, float *most);
void measure_table(struct layout *l, struct box *b, float *least, float *most);
void measure_flex(struct layout *l, struct box *b, float *least, float *most);
void measure_grid(struct layout *l, struct box *b, float *least, float *most);

/* Floats: the free stretch at `y`, places and clearances (layout_float.c). */
void float_gap(const struct layout *l, float y, float height, float width, float *left,
    float *right);
float float_next(const struct layout *l, float y);  /* the next bottom below y; y when none */
void float_place(struct layout *l, struct box *b, float y, float width);
float float_clear(const struct layout *l, uint8_t side, float y);
float float_bottom(const struct layout *l);

/* Shift inside a cell or flex item: all children and lines. */
void layout_shift(struct box *b, float dy);
float box_first_baseline(const struct box *b); /* below its top; UNKNOWN */

#endif
