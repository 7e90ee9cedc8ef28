/*
 * Receipts: the one model behind every way to describe one.
 *
 * A syntax (plain text, ReceiptLine, JSON) is a file that reads its document
 * and says, from the top of the paper to its bottom, what comes next: rows of
 * columns, rules, pictures, codes, feeds, cuts. What it says is laid out and
 * put out at once, in the printer's own fonts where it has the characters, as
 * dots in the same places where it has not.
 *
 * Widths of columns are in cells of the printer's font. All arguments are
 * borrowed for the call. An error is the sink's, or E_TOO_LARGE past a ceiling;
 * after one the receipt may only be ended.
 */
#ifndef RENDER_RECEIPT_RECEIPT_H
#define RENDER_RECEIPT_RECEIPT_H

#include "gfx/barcode.h"
#include "render/engine.h"

#define RECEIPT_CELLS_MAX 64        /* columns of one row */
#define RECEIPT_TEXT_MAX 65536      /* bytes of text of one row */
#define RECEIPT_WIDTH_CONTENT 10000 /* a column as wide as what is in it */

struct receipt;

enum receipt_wrap { WRAP_WORDS, WRAP_CHARS, WRAP_NONE };

struct receipt_cell {
	/* Their texts are UTF-8; a line feed ends a line, a tab goes to the next of
	 * 8 columns, other control characters are left out. */
	const struct run *runs;
	size_t count;
	enum align align;
	bool natural;   /* ALIGN_END instead of ALIGN_START when read from right to left */
	unsigned width; /* cells, RECEIPT_WIDTH_CONTENT, or 0 */
	unsigned flex;  /* share of what is left; a column with neither is not printed */
};

struct receipt_row {
	const struct receipt_cell *cells;
	size_t count;
	enum align align;       /* on the paper, when narrower */
	enum receipt_wrap wrap;
	bool lined;             /* bars between and around; rows that follow are one table */
	unsigned gap;           /* cells between columns when not lined */
	bool small;             /* in font B */
};

struct receipt_code {
	enum symbology symbology;
	struct str content;
	unsigned module;  /* dots; made smaller when the paper is too narrow */
	unsigned height;  /* of bars, in dots */
	unsigned level;   /* as in gfx/barcode.h */
	bool hri;
	enum align align;
	const struct receipt_row *within; /* aligned there; NULL: on the paper */
};

struct receipt_image {
	struct str bytes;   /* a picture as in render/picture.h */
	uint32_t width;     /* dots; 0: as it is, or what the paper has */
	enum align align;
	const struct receipt_row *within;
};

enum receipt_rule { RULE_SOLID, RULE_DOUBLE, RULE_DASHED, RULE_DOTTED };

/* What every syntax wants warm: the usual fonts in the usual sizes. */
void receipt_warm(void);

/* Begins the first page. */
enum err receipt_begin(const struct task *t, struct receipt **out, struct why *why);
/* So many lines will come at least: E_TOO_LARGE where they cannot fit, before one is printed. */
enum err receipt_expect(const struct receipt *r, size_t lines, struct why *why);
/* Ends the last page if all went well (`err` is handed through); frees. */
enum err receipt_end(struct receipt *r, enum err err, struct why *why);

enum err receipt_row(struct receipt *r, const struct receipt_row *row, struct why *why);
/* A line as wide as `row` would be. In a table it divides its rows. */
enum err receipt_rule(struct receipt *r, const struct receipt_row *row,
    enum receipt_rule style, struct why *why);
/* The table that is open ends here, whatever comes next. */
enum err receipt_table_end(struct receipt *r, struct why *why);
enum err receipt_feed(struct receipt *r, unsigned lines, struct why *why);
/* E_FIELD, with zint's reason, when the content does not fit the symbology or
 * the paper. */
enum err receipt_code(struct receipt *r, const struct receipt_code *code, struct why *why);
enum err receipt_image(struct receipt *r, const struct receipt_image *image, struct why *why);
/* Nothing where the printer has no cutter. */
enum err receipt_cut(struct receipt *r, enum cut cut, struct why *why);
enum err receipt_drawer(struct receipt *r, unsigned pin, struct why *why);
enum err receipt_beep(struct receipt *r, unsigned times, struct why *why);

/* How many cells the widest line of this takes. */
enum err receipt_measure(struct receipt *r, const struct receipt_cell *cell, bool small,
    unsigned *cells, struct why *why);

/* Text as it may be used: itself, or a copy in `copy` with what is not UTF-8 replaced. */
struct str receipt_utf8(struct str text, struct buf *copy);

#endif
