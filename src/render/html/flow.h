/*
 * Inline content: text, inline boxes and what stands among them, as lines.
 */
#ifndef RENDER_HTML_FLOW_H
#define RENDER_HTML_FLOW_H

#include <pango/pangocairo.h>

#include "render/html/layout.h"

enum piece_kind { PIECE_TEXT, PIECE_ATOM, PIECE_OPEN, PIECE_CLOSE, PIECE_FLOAT, PIECE_MARKER };

/* A stretch of one kind and style, in the order of the text. */
struct piece {
	enum piece_kind kind;
	int from, to;           /* characters; OPEN, CLOSE, FLOAT: from == to */
	struct box *box;
	PangoItem *item;
	PangoGlyphString *glyphs;
	float width;            /* ATOM, OPEN, CLOSE */
	uint8_t level;
};

/* A piece's part on a line, in the order from the left. */
struct fragment {
	const struct piece *piece;
	PangoGlyphString *glyphs;
	PangoFont *font;
	float x, y, width;      /* y: the baseline; of an ATOM its box is placed instead */
	float ascent, descent;  /* of its own text, without leading */
	uint8_t level;
};

struct line {
	float x, y, width, height, baseline; /* within the content box */
	struct fragment *fragments;
	size_t count;
};

struct flow {
	char *text;
	size_t len, room;
	int chars;
	int *bytes;             /* offset of each character, and of the end */
	float *advance, *before, *after; /* widths of characters and of edges beside them */
	uint8_t *breaks;        /* BREAK_* before each character */
	struct style **styles;  /* of each character */
	struct piece *pieces;
	size_t piece_count;
	struct line *lines;
	size_t line_count;
	PangoLogAttr *log;
	bool rtl, has_floats;
};

enum { BREAK_NO, BREAK_MAY, BREAK_MUST, BREAK_DESPERATE };

/* Collect the text below `b`, itemise and shape it: once. */
struct flow *flow_prepare(struct layout *l, struct box *b);
/* The shaped glyphs of a part of a piece; in the doc's care. */
PangoGlyphString *flow_shape(struct layout *l, struct flow *f, const struct piece *p, int from,
    int to);

#endif
