/*
 * Tables, between their three parts: the grid of slots, the widths of columns, the
 * heights of rows.
 */
#ifndef RENDER_HTML_TABLE_H
#define RENDER_HTML_TABLE_H

#include "render/html/layout.h"

struct column {
	float least, most;      /* of the cells in it */
	float fixed;            /* dots that a width asks for; 0: none */
	float share;            /* of the table; 0: none */
	float width, x;
};

struct row {
	struct box *box;
	float height, y, baseline;
};

struct table {
	struct column *columns;
	unsigned column_count;
	struct row *rows;
	unsigned row_count;
	struct box **cells;     /* in document order */
	size_t cell_count;
	float gap_x, gap_y;     /* 0 when borders collapse */
	bool collapse;
};

/* The grid of a table, made at the first question (table_grid.c). */
struct table *table_grid(struct layout *l, struct box *b);
/* Borders and paddings of its cells; collapsed borders are whole on both sides. */
void table_edges(struct table *t, struct box *b);
float table_gaps(const struct table *t);  /* all border-spacing across */
/* half a collapsed border */
float table_outer(const struct table *t, const struct box *b, int side);
float table_sum(const struct table *t);   /* of the columns' widths */
/* Give every column its width, of `room` in all (table_width.c). */
void table_widths(struct table *t, const struct box *b, float room);

#endif
