/*
 * What the files of the layouter share; syntaxes do not include it.
 *
 *   row.c     columns: widths, lines, where each goes
 *   piece.c   text to the pieces that lines are made of
 *   table.c   the bars and rules of lined rows
 *   line.c    a line across columns: in the printer's fonts or as dots
 *   paper.c   steps, pages, ceilings
 *   mark.c    codes and pictures
 */
#ifndef RENDER_RECEIPT_INSIDE_H
#define RENDER_RECEIPT_INSIDE_H

#include "gfx/bitmap.h"
#include "render/paragraph.h"
#include "render/receipt/receipt.h"

/* The cells of one font: how many, how large. */
struct grid {
	unsigned columns;
	struct cell cell;
	bool device; /* the printer has this font */
};

/* What is never broken within a line: a cluster, or a stretch of shaped text. */
struct piece {
	struct str text;
	const struct run *style;
	uint32_t width;  /* dots */
	uint8_t wide;    /* times; may be less than the style's where it would not fit */
	bool shaped, blank, newline;
	bool breaks;     /* a line may begin here */
};

struct pieces {
	struct piece *at;
	size_t count, cap;
};

/* One line of one column: pieces first..first+count. */
struct line {
	size_t first, count;
	uint32_t width; /* dots */
};

struct column {
	const struct receipt_cell *cell;
	unsigned x, width;       /* cells */
	size_t first, count;     /* its pieces */
	size_t next;             /* the piece that its next line begins with */
	struct line line;        /* the line being put out */
};

struct extent {
	unsigned x, width;       /* of a row on paper, in cells */
};

/* The verticals of the table that is open. */
struct table {
	bool open, ruled;        /* ruled: a rule is due, its shape not known yet */
	bool small;
	struct extent extent;
	bool bar[1024];          /* by cell of the paper */
};

#define BARS_MAX 1024

struct paper {
	uint32_t width;          /* dots of the content */
	uint32_t rows;           /* of the document so far */
	uint32_t page_rows, pages;
	struct bitmap band, red; /* rows not yet put out */
	bool begun;              /* the first dots are out */
};

struct receipt {
	const struct task *task;
	struct grid grids[2];    /* font A and B */
	bool boxes;              /* lines and corners are among the printer's characters */
	struct pieces pieces;
	struct column columns[RECEIPT_CELLS_MAX];
	size_t column_count;
	struct table table;
	struct paper paper;
	struct {
		uint32_t code;
		bool known;
	} charset[256];          /* what was asked of the code pages lately */
	const struct codepage *pages[32];
	size_t page_count;
	bool warned;
};

/* --- piece.c */
/* Append the pieces of `runs`. `room`: dots of the widest line there may be. */
enum err piece_add(struct receipt *r, const struct grid *grid, const struct receipt_cell *cell,
    struct why *why);
/* The widest line of pieces from `first` on, in dots, when nothing is broken. */
uint32_t piece_widest(const struct receipt *r, size_t first, size_t count);
/* Cut the column's next line from its pieces; false when there is none left. */
bool piece_line(struct receipt *r, struct column *c, const struct grid *grid,
    enum receipt_wrap wrap);

/* --- row.c */
/* Where a row of these columns stands on paper, whatever is in them. Not while
 * another row is laid out. */
enum err row_measure(struct receipt *r, const struct receipt_row *row, struct extent *e,
    struct why *why);

/* --- table.c */
enum err table_row(struct receipt *r, const struct receipt_row *row, struct extent e,
    struct why *why);
enum err table_close(struct receipt *r, struct why *why);
enum err table_settle(struct receipt *r, struct why *why); /* put out a rule that is due */

/* --- line.c */
/* Whether the printer has it in a font of its own. */
bool line_prints(struct receipt *r, uint32_t code);
/* One line of all columns; `high` cells of the grid. */
enum err line_put(struct receipt *r, const struct grid *grid, unsigned high, bool bars,
    struct why *why);
/* One line of plain text, from cell `x`. */
enum err line_text(struct receipt *r, const struct grid *grid, unsigned x, struct str text,
    struct why *why);

/* --- paper.c */
enum err paper_begin(struct receipt *r, struct why *why);
enum err paper_end(struct receipt *r, struct why *why);
/* Put a step that is `rows` high; on a new label if need be. */
enum err paper_put(struct receipt *r, const struct step *s, uint32_t rows, struct why *why);
enum err paper_feed(struct receipt *r, uint32_t rows, struct why *why);
/* Put a picture `x` dots from the left; `red` is as high as `black`, or empty. */
enum err paper_dots(struct receipt *r, const struct bitmap *black, const struct bitmap *red,
    uint32_t x, struct why *why);
bool paper_is_blank(const struct bitmap *b);

#endif
