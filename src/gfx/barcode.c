/*
 * zint encodes, we only read its modules: how they are drawn (module width,
 * height, text below) is the printer's business. MaxiCode, whose modules are
 * hexagons round a bull's eye, is taken as zint's own picture of it.
 */
#include "gfx/barcode.h"

#include <stdlib.h>
#include <string.h>
#include <zint.h>

struct row {
	int zint;
	int input_mode;
	size_t min, max; /* of the content; zint would pad what is shorter */
};

static const struct row rows[] = {
	[SYM_UPC_A] = { BARCODE_UPCA, DATA_MODE, 11, 12 },
	[SYM_UPC_E] = { BARCODE_UPCE, DATA_MODE, 6, 8 },
	[SYM_EAN13] = { BARCODE_EANX, DATA_MODE, 12, 13 },
	[SYM_EAN8] = { BARCODE_EANX, DATA_MODE, 7, 8 },
	[SYM_CODE39] = { BARCODE_CODE39, DATA_MODE },
	[SYM_ITF] = { BARCODE_C25INTER, DATA_MODE },
	[SYM_CODABAR] = { BARCODE_CODABAR, DATA_MODE },
	[SYM_CODE93] = { BARCODE_CODE93, DATA_MODE },
	[SYM_CODE128] = { BARCODE_CODE128, DATA_MODE },
	[SYM_GS1_128] = { BARCODE_GS1_128, GS1_MODE | GS1PARENS_MODE | GS1NOCHECK_MODE },
	[SYM_DATABAR] = { BARCODE_DBAR_OMN, DATA_MODE },
	[SYM_QR] = { BARCODE_QRCODE, DATA_MODE },
	[SYM_MICRO_QR] = { BARCODE_MICROQR, DATA_MODE },
	[SYM_PDF417] = { BARCODE_PDF417, DATA_MODE },
	[SYM_DATAMATRIX] = { BARCODE_DATAMATRIX, DATA_MODE },
	[SYM_AZTEC] = { BARCODE_AZTEC, DATA_MODE },
	[SYM_MAXICODE] = { BARCODE_MAXICODE, DATA_MODE },
};

static bool cells_alloc(struct modules *m, unsigned cols, unsigned count)
{
	*m = (struct modules){ .cols = cols, .rows = count };
	m->cell = calloc((size_t)cols * count, 1);
	return m->cell != NULL;
}

static bool cells_from_encoding(const struct zint_symbol *s, bool linear, struct modules *m)
{
	if (!cells_alloc(m, (unsigned)s->width, linear ? 1 : (unsigned)s->rows))
		return false;
	for (unsigned y = 0; y < m->rows; y++) {
		/* Add-ons and DataBar have short rows above; the last one is whole. */
		const unsigned char *from = s->encoded_data[linear ? (unsigned)s->rows - 1 : y];
		for (unsigned x = 0; x < m->cols; x++)
			m->cell[y * m->cols + x] = from[x / 8] >> (x % 8) & 1;
	}
	return true;
}

static bool cells_from_picture(struct zint_symbol *s, struct modules *m)
{
	s->output_options |= OUT_BUFFER_INTERMEDIATE;
	if (ZBarcode_Buffer(s, 0) >= ZINT_ERROR ||
	    !cells_alloc(m, (unsigned)s->bitmap_width, (unsigned)s->bitmap_height))
		return false;
	for (size_t i = 0; i < (size_t)m->cols * m->rows; i++)
		m->cell[i] = s->bitmap[i] == '1';
	return true;
}

static struct zint_symbol *symbol_for(enum symbology symbology,
    const struct barcode_options *options)
{
	struct zint_symbol *s = ZBarcode_Create();

	if (!s)
		return NULL;
	s->symbology = rows[symbology].zint;
	s->input_mode = rows[symbology].input_mode;
	s->show_hrt = 0;
	s->option_1 = -1;
	if (options && symbology == SYM_PDF417) {
		s->option_1 = (int)options->level;
		s->option_2 = (int)options->columns;
	} else if (options && options->level) {
		s->option_1 = (int)options->level;
	}
	return s;
}

static bool fits(enum symbology symbology, struct str content)
{
	const struct row *row = &rows[symbology];

	return content.len >= (row->min ? row->min : 1) &&
	       content.len <= (row->max ? row->max : ZINT_MAX_DATA_LEN);
}

/* zint takes eight digits for a short EAN-13: give it seven, and look whether
 * it makes the same check digit. */
static int encode(struct zint_symbol *s, enum symbology symbology, struct str content)
{
	bool short_ean = symbology == SYM_EAN8 && content.len == 8;
	int rc = ZBarcode_Encode(s, (const unsigned char *)content.ptr,
	    (int)content.len - short_ean);

	if (rc >= ZINT_ERROR || !short_ean || s->text[7] == (unsigned char)content.ptr[7])
		return rc;
	memcpy(s->errtxt, "Wrong check digit", sizeof "Wrong check digit");
	return ZINT_ERROR_INVALID_CHECK;
}

enum err barcode_make(enum symbology symbology, struct str content,
    const struct barcode_options *options, struct modules *out, struct why *why)
{
	enum err err = E_OK;
	bool made;

	*out = (struct modules){ 0 };
	if (!fits(symbology, content))
		return why_fail(why, E_FIELD, "The content is too short or too long for the code");
	struct zint_symbol *s = symbol_for(symbology, options);
	if (!s)
		return why_fail(why, E_INTERNAL, NULL);
	if (encode(s, symbology, content) >= ZINT_ERROR) {
		err = why_fail(why, E_FIELD, "%s", s->errtxt);
		goto out;
	}
	if (symbology == SYM_MAXICODE)
		made = cells_from_picture(s, out);
	else
		made = cells_from_encoding(s, symbology <= SYM_DATABAR, out);
	if (!made)
		err = why_fail(why, E_INTERNAL, NULL);
out:
	ZBarcode_Delete(s);
	return err;
}

void modules_finish(struct modules *m)
{
	free(m->cell);
	*m = (struct modules){ 0 };
}
