/*
 * Rows of dots as printers' raster commands want them: without the white at their
 * end, without blank rows, both colours in one where there is only one.
 */
#ifndef LANG_ROWS_H
#define LANG_ROWS_H

#include "core/sheet.h"

/* The dots of a STEP_DOTS, placed on the paper. */
struct rows {
	const uint8_t *black, *red; /* red: laid over black; NULL: none */
	size_t stride;
	uint32_t width, height;
	uint32_t left;              /* dots before the first column */
	size_t bytes_max;           /* of a row: what the paper takes */
};

struct rows rows_of(const struct step *s, uint32_t paper_dots);
/* Bytes of row `y` up to the last with a dot; 0: blank. */
size_t rows_used(const struct rows *r, uint32_t y);
/* Row `y` into `len` bytes. */
void rows_copy(const struct rows *r, uint32_t y, uint8_t *to, size_t len);

/* The next run of rows from `*y` on that have dots; gaps below `gap` rows are part of it. */
struct row_run {
	uint32_t blank;  /* rows before it */
	uint32_t first, count;
	size_t bytes;    /* of its widest row */
};
/* False when only blank rows are left (`blank` counts them). Advances `*y`. */
bool rows_next(const struct rows *r, uint32_t *y, uint32_t gap, struct row_run *run);

#endif
