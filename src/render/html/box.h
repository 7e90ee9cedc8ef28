/*
 * Boxes: what the styled tree becomes before anything has a place.
 *
 * Positions are those of border boxes, relative to the border box of the parent,
 * in dots.
 */
#ifndef RENDER_HTML_BOX_H
#define RENDER_HTML_BOX_H

#include "render/html/doc.h"

enum box_kind {
	BOX_BLOCK,    /* holds blocks, or one flow of inline content */
	BOX_INLINE,
	BOX_TEXT,
	BOX_BREAK,    /* <br> */
	BOX_REPLACED, /* a picture, a code, SVG */
	BOX_FLEX,
	BOX_GRID,
	BOX_TABLE,
	BOX_ROW_GROUP,
	BOX_ROW,
	BOX_CELL,
	BOX_CAPTION,
	BOX_COLUMN,
	BOX_COLUMN_GROUP,
};

struct flow;
struct picture_box;
struct table;

/* What a parent offers to a box that is laid out. */
struct offer {
	float width, height;    /* of the containing block; height may be UNKNOWN */
	float use_width;        /* border box as decided by a flex, grid or table parent, or */
	float use_height;       /* UNKNOWN */
	bool shrink;            /* auto width is as wide as the content */
};

struct box {
	enum box_kind kind;
	struct doc *doc;
	struct style *style;
	const struct node *node;        /* NULL: anonymous */
	struct box *parent, *first, *last, *prev, *next;
	struct str text;
	bool inline_level;              /* stands in a line */
	bool inline_content;            /* its children do */
	bool outside;                   /* floats or absolutely positioned: not in the flow */
	bool marker;                    /* of a list item, beside its first line */
	bool split_start, split_end;    /* part of an inline that a block has split */

	float x, y, w, h;
	float margin[4], border[4], padding[4];
	float page_x, page_y;           /* of the border box, once all have a place */
	float ink_top, ink_bottom;      /* page rows that it and what is in it reach */
	float baseline;                 /* of the first line, below the top; -1: none */
	float last_baseline;
	float margin_top_sum, margin_top_drop;       /* what collapses with neighbours */
	float margin_bottom_sum, margin_bottom_drop;
	float caption_top, caption_bottom;           /* of a table: outside its border */
	float cell_shift;               /* of a cell's content, by vertical-align */
	float least, most;              /* intrinsic widths; `measured` */
	bool measured, laid_out;
	struct offer offered;           /* that it was laid out with */
	struct flow *flow;              /* inline_content */
	struct picture_box *picture;    /* BOX_REPLACED */
	struct table *table;
	uint16_t column, row, columns, rows;         /* of a cell, its place and spans */
};

/* The boxes of a styled document; NULL when nothing of it is shown. */
struct box *box_build(struct doc *d);

float box_edges(const struct box *b, int from, int to); /* border and padding of two sides */
bool box_is_formatting_root(const struct box *b); /* floats and margins stay inside */

#endif
