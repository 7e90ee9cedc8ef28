/*
 * Sheets: what every document becomes before a language puts it into bytes.
 * The one page model between what a till sends and what a printer speaks.
 *
 * A sheet is a sequence of steps from the top of the paper to its bottom:
 * STEP_PAGE, then anything, STEP_END; again for the next page or label. A step
 * is made by a renderer, lives until the sink returns, and needs no other to
 * be understood. Steps stream: a printer may have begun before a document's
 * last step is known. Every renderer can say everything in STEP_DOTS and
 * STEP_FEED; the other kinds are for printers that have fonts, bar codes or a
 * cutter of their own (struct abilities says which).
 *
 * Widths and heights are in dots of the printer's head.
 */
#ifndef CORE_SHEET_H
#define CORE_SHEET_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"
#include "core/document.h"

/* Ceilings of what a renderer may put out; a sheet beyond them is refused. */
#define SHEET_ROWS_MAX 20000     /* rows of one document */
#define SHEET_PAGES_MAX 200
#define STEP_ROWS_MAX 128        /* rows of one STEP_DOTS */
#define STEP_RUNS_MAX 64
#define STEP_TEXT_MAX 1024       /* bytes of text of one step, all runs */
#define STEP_BYTES_MAX 262144    /* of one step as written by step_write */

enum step_kind {
	STEP_PAGE,  /* a page begins: width, height, gap */
	STEP_DOTS,  /* rows of dots, at the left margin */
	STEP_FEED,  /* blank rows */
	STEP_TEXT,  /* one line in the printer's own fonts */
	STEP_CODE,  /* a bar code or symbol that the printer draws */
	STEP_CUT,
	STEP_PULSE, /* a drawer */
	STEP_BEEP,
	STEP_END,   /* the page ends */
	STEP_KINDS,
};

/* Text of one style within a line. Columns count cells of the printer's font. */
struct run {
	struct str text;   /* UTF-8, no control characters; every character is in the code page */
	bool font_b, bold, underline, invert, red;
	uint8_t wide, high; /* 1..8 times */
};

enum align { ALIGN_START, ALIGN_CENTER, ALIGN_END }; /* of the paper: left, middle, right */

struct step {
	enum step_kind kind;
	uint32_t width, height; /* PAGE: height 0 is as long as it gets. DOTS: both. FEED: height */
	uint32_t gap;           /* PAGE: between labels; 0: continuous paper */
	enum align align;       /* DOTS, TEXT, CODE */

	/* DOTS: packed rows, the leftmost dot in the highest bit, 1 prints. Trailing
	 * white columns may be left out: `width` says what is there. */
	size_t stride;
	const uint8_t *black, *red; /* red: NULL, or as large as black */

	const struct run *runs; /* TEXT */
	size_t run_count;

	int symbology;          /* CODE: of gfx/barcode.h; `height` of its bars, 0: usual */
	struct str content;
	uint8_t module, level;  /* dots of a module; error correction as in gfx/barcode.h */
	bool hri;               /* its text below */

	enum cut cut;           /* CUT */
	uint8_t pin;            /* PULSE: 2 or 5 */
	uint8_t times;          /* BEEP */
};

/* What a printer can do besides dots, from its language and its profile. */
struct abilities {
	uint32_t width_dots;
	unsigned dpi;
	unsigned columns, columns_b; /* cells of a line in font A and B; 0: no fonts of its own */
	unsigned cell_height, cell_height_b; /* dots */
	bool cutter, two_colour;
	uint32_t codes;              /* bit per enum symbology it draws itself */
	/* Names of base/codepage.h that it can be switched to, NULL-terminated; a
	 * STEP_TEXT has only characters of these. NULL: no text of its own. */
	const char *const *codepages;
	uint32_t label_height, label_gap; /* dots; 0: continuous paper */
};

typedef enum err sheet_put(const struct step *s, void *arg, struct why *why);
struct sheet_sink {
	sheet_put *put;   /* an error ends the rendering */
	void *arg;
};

/*
 * A step as bytes, for the pipe between the renderer and the daemon. step_read
 * trusts nothing: E_FIELD for what is not a whole, sensible step. `runs` are
 * filled there and slices point into `bytes`.
 */
void step_write(const struct step *s, struct buf *out);
enum err step_read(struct str bytes, struct step *s, struct run runs[static STEP_RUNS_MAX],
    struct why *why);

/*
 * Walk a document's steps in their order: E_FIELD when one is out of place,
 * E_TOO_LARGE past the ceilings above. A zeroed tally is at the beginning;
 * `open` while a page has not ended.
 */
struct tally {
	uint32_t rows, pages;
	bool open;
};
enum err tally_step(struct tally *t, const struct step *s, struct why *why);

#endif
