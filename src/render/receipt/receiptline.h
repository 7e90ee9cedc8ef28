/*
 * Between the files of the ReceiptLine reader. The language is the OFSC
 * ReceiptLine Specification, as published with github.com/receiptline/receiptline
 * (README, "Grammar").
 */
#ifndef RENDER_RECEIPT_RECEIPTLINE_H
#define RENDER_RECEIPT_RECEIPTLINE_H

#include "render/receipt/receipt.h"

/* What properties set, and lines after them keep. */
struct line_state {
	unsigned widths[RECEIPT_CELLS_MAX]; /* cells; LINE_WIDTH_REST for `*` */
	size_t width_count;                 /* 0: auto */
	enum align align;
	bool lined, nowrap;
	unsigned gap;
	/* option */
	int symbology;                      /* enum symbology, or one of the next */
	unsigned module, height, cell, level;
	bool hri;
};

enum { LINE_WIDTH_REST = -1, LINE_UPC = 100, LINE_EAN };

struct line_state line_state_initial(void);

/* One column of a line, its text with the escapes still in it. */
struct line_column {
	struct str text;
	enum align align;
};

/* --- receiptline_text.c: a column's text into runs. */
struct line_text {
	struct buf bytes;
	struct run *runs;
	size_t *offsets;  /* where each run's text begins in bytes */
	size_t count, cap;
};

void line_text_clear(struct line_text *t);
/* Appends; the runs are whole after line_text_runs. `first_line`: up to `\n` only. */
void line_text_add(struct line_text *t, struct str text, bool first_line);
struct run *line_text_runs(struct line_text *t);
void line_text_finish(struct line_text *t);

/* --- receiptline_property.c: `{ key: value; ... }`, braces left out. */
struct line_property {
	struct buf code, image; /* what is to be printed; empty: nothing */
	bool has_code, has_image, has_command;
	bool border;            /* the border was set */
};

void line_property_read(struct line_property *p, struct line_state *s, struct str text);
/* `code` by the option in force. False: no symbology takes it. */
bool line_property_code(const struct line_state *s, struct str content,
    struct receipt_code *out);

#endif
