/*
 * The interpreter: ESC/POS in, dots on paper out.
 *
 * A stream machine: bytes may be split anywhere, the result is the same. It
 * draws on the printer's paper and asks the printer (printer.h) to cut, kick,
 * beep and answer. What it has half received survives a lost connection, as in
 * a real printer. Sources: Epson's ESC/POS command reference, and the vendors'
 * manuals listed in docs/sim.md.
 */
#ifndef SIM_ESCPOS_H
#define SIM_ESCPOS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "canvas.h"
#include "font.h"
#include "mark.h"

struct printer;
struct escpos;
struct sha256;

enum lead { DLE = 0x10, ESC = 0x1b, FS = 0x1c, GS = 0x1d };

/* One row of the command table. `params` bytes follow lead and code, or as
 * many as `length` says, knowing the `have` bytes received so far. */
struct command {
	uint8_t lead, code;
	uint8_t params;
	size_t (*length)(const uint8_t *p, size_t have);
	void (*run)(struct escpos *e, const uint8_t *p, size_t len); /* NULL: nothing to do */
};

/* What waits in the line buffer: a character or a column picture (ESC *). */
struct cell {
	int64_t x; /* from the left margin */
	uint32_t width, height;
	uint32_t code; /* 0: a picture */
	struct style style;
	struct bitmap picture;
	unsigned sx, sy; /* of the picture */
};

enum { LINE_CELLS = 512, TABS_MAX = 32, STORED_MAX = 64 };

struct line {
	struct cell *cells;
	unsigned count, cap;
	int64_t at;  /* where the next one goes */
	int64_t end; /* right edge of what is there */
};

struct page {
	bool on;
	struct bitmap dots;
	struct canvas area;
	int64_t y;        /* baseline, from the top of the area */
	uint32_t extent;  /* rows that FF will print */
	struct marks marks;
};

/* Pictures kept by key: NV and download graphics (GS ( L), FS q, GS *. */
struct stored {
	uint8_t kind; /* 'N' NV, 'D' download, 'Q' FS q, '*' GS * */
	uint8_t key[2];
	struct bitmap picture;
};

/* GS v 0 in transit: rows are printed as they come. */
struct raster {
	uint32_t stride, rows_left, rows;
	unsigned sx, sy;
	int64_t x, y; /* of its first row, on paper */
	struct buf row; /* one that was split */
	struct sha256 *hash;
};

/* What ESC @ puts back. */
struct settings {
	struct style style;
	bool upside;
	uint8_t align; /* 0 left, 1 centre, 2 right */
	uint32_t spacing;      /* between lines */
	uint32_t char_spacing;
	uint32_t margin, area; /* printable range; area 0: the whole rest */
	uint32_t tabs[TABS_MAX];
	unsigned tab_count;
	uint8_t codepage, country;
	bool two_byte, utf8;
	struct style kanji;   /* enlargement and underline of two-byte characters */
	unsigned unit_x, unit_y; /* motion units per inch */
	uint8_t bar_height, bar_width, hri, hri_font;
};

/* Two-dimensional codes: settings and stored data per family (cn of GS ( k). */
struct symbol {
	uint8_t module, level, model, columns, row_height;
	struct buf data;
};
enum family { FAMILY_PDF417, FAMILY_QR, FAMILY_MAXICODE, FAMILY_AZTEC, FAMILY_DATAMATRIX,
	FAMILY_COUNT };

struct escpos {
	struct printer *printer;
	bool stop; /* set by the printer: no further byte for now */

	/* The window being read. */
	const uint8_t *bytes;
	size_t len, at, accounted;

	/* Where in a command we are. */
	void (*step)(struct escpos *e);
	uint8_t lead;
	const struct command *command;
	struct buf params;
	uint64_t skip;
	struct raster raster;
	uint8_t multi[4]; /* a character of several bytes */
	unsigned multi_len;

	bool deselected; /* ESC = : the bytes are for another device */
	struct settings set;
	struct line line;
	struct page page;
	struct symbol symbols[FAMILY_COUNT];
	struct stored stored[STORED_MAX];
	unsigned stored_count;
	size_t stored_bytes;
	struct stored graphics; /* GS ( L fn 112, waits for fn 50 */
	unsigned graphics_sx, graphics_sy;
};

void escpos_init(struct escpos *e, struct printer *printer);
void escpos_finish(struct escpos *e);
/* Interpret; returns how many bytes were taken: all, unless `stop` was set. */
size_t escpos_feed(struct escpos *e, const uint8_t *bytes, size_t len);
/* Tell the paper about the bytes taken so far (before it is cut). */
void escpos_account(struct escpos *e);
/* Forget a half-received command. */
void escpos_forget(struct escpos *e);
/* The same, and what is in the line buffer and on the page. */
void escpos_clear(struct escpos *e);
/* The same, and go back to power-on settings. */
void escpos_reset(struct escpos *e);
/* Whether the next byte begins a command or text at the start of a line. */
bool escpos_idle(const struct escpos *e);

/* The parts of the interpreter; each is one file. */

/* escpos.c */
void escpos_idle_step(struct escpos *e);
const struct command *escpos_find(uint8_t lead, uint8_t code);
extern const struct settings escpos_defaults;
extern const struct command machine_commands[];

/* escpos_text.c: characters into the line buffer */
void text_byte(struct escpos *e, uint8_t byte);
/* Give up a half-received character that `byte` cannot continue. */
void text_break(struct escpos *e, uint8_t byte);
extern const struct command text_commands[];

/* escpos_line.c: the line buffer onto paper or page */
struct block {
	struct canvas canvas;
	int64_t x, y;           /* where to draw on it */
	int64_t mark_x, mark_y; /* where that is on the paper (or page) */
};
void line_clear(struct escpos *e);
uint32_t line_area(const struct escpos *e); /* width between the margins */
bool line_empty(const struct escpos *e);
struct cell *line_cell(struct escpos *e, uint32_t width, uint32_t height); /* may print first */
void line_print(struct escpos *e, uint32_t feed); /* moves at least `feed` rows */
void line_flush(struct escpos *e); /* print what is there, if anything */
/* A thing of its own (code, picture): place it, draw, mark, end. */
struct block block_begin(struct escpos *e, uint32_t width, uint32_t height);
void block_mark(struct escpos *e, const struct mark *mark, struct str text);
void block_end(struct escpos *e, uint32_t width, uint32_t height);
extern const struct command line_commands[];

/* escpos_page.c */
void page_leave(struct escpos *e);
void page_print(struct escpos *e); /* FF */
void page_clear(struct escpos *e); /* CAN */
void page_used(struct escpos *e);  /* something was put into its area */
extern const struct command page_commands[];

/* escpos_graphics.c */
void graphics_finish(struct escpos *e);
void graphics_function(struct escpos *e, const uint8_t *p, size_t len); /* GS ( L, GS 8 L */
extern const struct command graphics_commands[];

/* escpos_raster.c: GS v 0 */
void raster_abandon(struct escpos *e);
extern const struct command raster_commands[];

/* escpos_codes.c */
void codes_reset(struct escpos *e);
void codes_function(struct escpos *e, const uint8_t *p, size_t len); /* GS ( k */
extern const struct command code_commands[];

/* escpos_device.c: cut, drawer, beeper, questions */
extern const struct command device_commands[];

/* The usual length rule: pL pH at `at`, then that many bytes. */
size_t length_prefixed(const uint8_t *p, size_t have, size_t at);
/* Horizontal and vertical motion units to dots. */
int64_t units_x(const struct escpos *e, int64_t n);
int64_t units_y(const struct escpos *e, int64_t n);
static inline unsigned word(const uint8_t *p) { return p[0] | (unsigned)p[1] << 8; }

#endif
