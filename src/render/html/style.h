/*
 * The computed style of an element: what the cascade gives and layout reads.
 *
 * Lengths are in dots of the paper, not CSS pixels: text is laid out for
 * the size in which it prints. Only lines of text and borders are measured in whole
 * CSS pixels, as browsers do it, so that a page is as long as they make it.
 */
#ifndef RENDER_HTML_STYLE_H
#define RENDER_HTML_STYLE_H

#include "render/html/css_token.h"

enum { TOP, RIGHT, BOTTOM, LEFT };

enum len_kind { LEN_AUTO, LEN_FIXED, LEN_MIN_CONTENT, LEN_MAX_CONTENT, LEN_FIT_CONTENT, LEN_FR };

/* A length: dots plus a share of something (calc() may give both). */
struct len {
	uint8_t kind;
	float dots;
	float share; /* of 1; LEN_FR: how many */
};

struct color {
	uint8_t r, g, b, a;
	bool current; /* currentcolor */
};

enum display { DISPLAY_INLINE, DISPLAY_BLOCK, DISPLAY_INLINE_BLOCK, DISPLAY_LIST_ITEM, DISPLAY_NONE,
	DISPLAY_CONTENTS, DISPLAY_FLEX, DISPLAY_INLINE_FLEX, DISPLAY_GRID, DISPLAY_INLINE_GRID,
	DISPLAY_FLOW_ROOT, DISPLAY_TABLE, DISPLAY_INLINE_TABLE, DISPLAY_ROW_GROUP,
	DISPLAY_HEADER_GROUP, DISPLAY_FOOTER_GROUP, DISPLAY_ROW, DISPLAY_CELL, DISPLAY_CAPTION,
	DISPLAY_COLUMN, DISPLAY_COLUMN_GROUP };
enum position { POSITION_STATIC, POSITION_RELATIVE, POSITION_ABSOLUTE, POSITION_FIXED };
enum side { SIDE_NONE, SIDE_LEFT, SIDE_RIGHT, SIDE_BOTH };
enum text_align { TEXT_START, TEXT_END, TEXT_LEFT, TEXT_RIGHT, TEXT_CENTER, TEXT_JUSTIFY,
	TEXT_BLOCK_CENTER, TEXT_BLOCK_RIGHT /* <center>: blocks too */ };
enum white_space { WS_NORMAL, WS_NOWRAP, WS_PRE, WS_PRE_WRAP, WS_PRE_LINE };
enum wrap { WRAP_NORMAL, WRAP_ANYWHERE, WRAP_BREAK_WORD };
enum text_transform { TRANSFORM_NONE, TRANSFORM_UPPER, TRANSFORM_LOWER, TRANSFORM_CAPITALIZE };
enum border_style { BORDER_NONE, BORDER_HIDDEN, BORDER_SOLID, BORDER_DASHED, BORDER_DOTTED,
	BORDER_DOUBLE };
/* One set of words for justify-, align-, -items, -self and -content. */
enum alignment { ALIGN_AUTO, ALIGN_NORMAL, ALIGN_STRETCH, ALIGN_FLEX_START, ALIGN_FLEX_END,
	ALIGN_MIDDLE, ALIGN_BETWEEN, ALIGN_AROUND, ALIGN_EVENLY, ALIGN_BASELINE };
enum flex_direction { FLEX_ROW, FLEX_ROW_REVERSE, FLEX_COLUMN, FLEX_COLUMN_REVERSE };
enum flex_wrap { FLEX_NOWRAP, FLEX_WRAP, FLEX_WRAP_REVERSE };
enum valign { VALIGN_BASELINE, VALIGN_TOP, VALIGN_MIDDLE, VALIGN_BOTTOM, VALIGN_SUB, VALIGN_SUPER,
	VALIGN_TEXT_TOP, VALIGN_TEXT_BOTTOM, VALIGN_LENGTH };
enum object_fit { FIT_FILL, FIT_CONTAIN, FIT_COVER, FIT_NONE, FIT_SCALE_DOWN };
enum list_style { LIST_DISC, LIST_CIRCLE, LIST_SQUARE, LIST_DECIMAL, LIST_DECIMAL_ZERO,
	LIST_LOWER_ALPHA, LIST_UPPER_ALPHA, LIST_LOWER_ROMAN, LIST_UPPER_ROMAN, LIST_NONE };
enum { DECORATION_UNDER = 1, DECORATION_OVER = 2, DECORATION_THROUGH = 4 };

struct variable { /* --name: value */
	struct variable *next;
	struct str name;
	struct tokens value;
};

struct face;
struct gradient;
struct track_list;

/* Inherited. */
struct text_style {
	struct color color;
	struct str family;          /* comma list, as Pango takes it */
	float font_size;
	struct len line_height;     /* LEN_AUTO: normal; share: times the font size */
	float letter_spacing, word_spacing;
	struct len text_indent;
	float border_spacing[2];    /* across, down */
	uint16_t weight;
	uint8_t italic, small_caps, size_is_keyword;
	uint8_t text_align, text_transform, white_space, word_break, overflow_wrap, rtl;
	uint8_t hidden, collapse, caption_bottom, empty_hidden;
	uint8_t list_style, list_inside, decoration, tab_size, crisp_images;
	struct str language;
	struct variable *variables;
	struct face *face;          /* once it is asked for: fonts.h */
};

struct area_line {              /* grid-row-start and its like */
	int16_t line;           /* 0: auto */
	uint16_t span;          /* 0: none */
	struct str name;        /* of a template area */
};

/* Not inherited. */
struct box_style {
	uint8_t display, position, floats, clear, border_box, overflow_hidden, unicode_bidi;
	uint8_t table_fixed, object_fit, ellipsis, quarter_turns;
	uint8_t flex_direction, flex_wrap, justify_content, align_content, align_items, align_self;
	uint8_t justify_items, justify_self, break_before, break_after, grid_flow_column;
	uint8_t repeat_x, repeat_y;
	uint8_t border_style[4];
	struct len width, height, min_width, min_height, max_width, max_height;
	struct len margin[4], padding[4], inset[4];
	float border_width[4];
	struct color border_color[4];
	struct len radius[4];
	struct color background;
	struct gradient *gradient;
	struct str background_url;
	struct len background_position[2], background_size[2];
	uint8_t background_fit;     /* enum object_fit: FIT_NONE is `background_size` */
	struct { uint8_t how; struct len length; } valign; /* enum valign */
	float opacity;
	int z_index;
	bool z_auto;
	float flex_grow, flex_shrink;
	struct len flex_basis;      /* LEN_AUTO; LEN_MAX_CONTENT is `content` */
	int order;
	struct len gap[2];          /* between rows, between columns */
	struct track_list *columns, *rows, *auto_columns, *auto_rows;
	struct tokens areas;        /* strings of grid-template-areas */
	struct area_line area[4];   /* as TOP.. : row start, column end, row end, column start */
	float aspect;               /* 0: auto */
	struct len shift[2];        /* transform: translate */
	struct tokens content, counter_reset, counter_increment;
};

struct style {
	struct text_style text;
	struct box_style box;
};

struct gradient_stop {
	struct color color;
	float at;               /* 0..1, or less than 0: evenly */
};

struct gradient {
	float degrees;          /* 0 to the top, 90 to the right */
	bool radial;
	unsigned count;
	struct gradient_stop stops[16];
};

#define TRACKS_MAX 64

struct track {
	struct len min, max;
};

struct track_list {
	unsigned count;
	struct track tracks[TRACKS_MAX];
	bool repeat_fill;       /* repeat(auto-fill, tracks[repeat_at]) */
	bool repeat_fit;
	unsigned repeat_at;
};

float len_of(struct len l, float whole);                 /* 0 for what is no length */
float len_or(struct len l, float whole, float otherwise); /* `whole` below 0: unknown */
bool len_is_auto(struct len l);

#endif
