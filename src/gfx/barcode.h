/*
 * Bar codes and two-dimensional codes as modules (zint; its one home).
 */
#ifndef GFX_BARCODE_H
#define GFX_BARCODE_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/str.h"

enum symbology {
	SYM_UPC_A, SYM_UPC_E, SYM_EAN13, SYM_EAN8, SYM_CODE39, SYM_ITF, SYM_CODABAR,
	SYM_CODE93, SYM_CODE128, SYM_GS1_128, SYM_DATABAR, SYM_QR, SYM_MICRO_QR, SYM_PDF417,
	SYM_DATAMATRIX, SYM_AZTEC, SYM_MAXICODE,
};

/* Modules: 1 is a bar. A linear code has one row. */
struct modules {
	unsigned cols, rows;
	uint8_t *cell; /* rows * cols, one byte each */
};

struct barcode_options {
	unsigned level;   /* QR: 1..4 = L M Q H; PDF417: 0..8; 0 for automatic where allowed */
	unsigned columns; /* PDF417 columns, 0 automatic */
};

/* E_FIELD with zint's reason when the content does not fit the symbology. */
enum err barcode_make(enum symbology symbology, struct str content,
    const struct barcode_options *options, struct modules *out, struct why *why);
void modules_finish(struct modules *m);

#endif
