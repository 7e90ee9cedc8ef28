/*
 * Bar codes, symbols and pictures. A printer's own codes are used where they
 * would stand in the same place; drawn ones have whole dots per module and the
 * quiet zone that scanners need.
 */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "gfx/halftone.h"
#include "render/picture.h"
#include "render/receipt/inside.h"

/* What a symbology wants: quiet modules at its sides, whether there is a quiet
 * zone above too, how many modules high a row is (0: bars). */
static const struct shape {
	uint8_t quiet, row;
} shapes[] = {
	[SYM_UPC_A] = { 9, 0 }, [SYM_UPC_E] = { 9, 0 }, [SYM_EAN13] = { 11, 0 },
	[SYM_EAN8] = { 7, 0 }, [SYM_CODE39] = { 10, 0 }, [SYM_ITF] = { 10, 0 },
	[SYM_CODABAR] = { 10, 0 }, [SYM_CODE93] = { 10, 0 }, [SYM_CODE128] = { 10, 0 },
	[SYM_GS1_128] = { 10, 0 }, [SYM_DATABAR] = { 1, 0 }, [SYM_QR] = { 4, 1 },
	[SYM_MICRO_QR] = { 2, 1 }, [SYM_PDF417] = { 2, 3 }, [SYM_DATAMATRIX] = { 2, 1 },
	[SYM_AZTEC] = { 2, 1 }, [SYM_MAXICODE] = { 1, 1 },
};

/* The part of the paper that something is aligned in, in dots. */
struct region {
	uint32_t x, width;
};

static enum err region_of(struct receipt *r, const struct receipt_row *within,
    struct region *region, struct why *why)
{
	struct extent e;

	*region = (struct region){ 0, r->paper.width };
	if (!within)
		return E_OK;
	enum err err = row_measure(r, within, &e, why);
	const struct cell *cell = &r->grids[within->small].cell;
	if (!err && e.width > 0 && e.width < r->grids[within->small].columns)
		*region = (struct region){ e.x * cell->width, e.width * cell->width };
	return err;
}

static uint32_t aligned(const struct region *region, uint32_t width, enum align align)
{
	uint32_t rest = region->width > width ? region->width - width : 0;

	return region->x + (align == ALIGN_END ? rest : align == ALIGN_CENTER ? rest / 2 : 0);
}

/* --- codes --------------------------------------------------------------------- */

static char check_digit(struct str digits)
{
	unsigned sum = 0;

	for (size_t i = 0; i < digits.len; i++)
		sum += (unsigned)(digits.ptr[digits.len - 1 - i] - '0') * (i % 2 ? 1 : 3);
	return (char)('0' + (10 - sum % 10) % 10);
}

/* What stands below the bars: the content, with the check digit that was added. */
static void hri_text(const struct receipt_code *code, struct buf *out)
{
	static const uint8_t whole[] = { [SYM_UPC_A] = 12, [SYM_EAN13] = 13, [SYM_EAN8] = 8 };
	enum symbology s = code->symbology;

	buf_add_str(out, code->content);
	if (s < COUNT_OF(whole) && whole[s] && code->content.len + 1u == whole[s])
		buf_add_byte(out, (uint8_t)check_digit(code->content));
}

/* The largest module, no larger than asked for, that the region has room for. */
static unsigned fitting_module(const struct receipt_code *code, unsigned cols, uint32_t room)
{
	unsigned all = cols + 2u * shapes[code->symbology].quiet;
	unsigned module = code->module ? code->module : 1;

	while (module > 1 && all * module > room)
		module--;
	return cols * module <= room ? module : 0;
}

static void draw_modules(struct bitmap *b, const struct modules *m, unsigned module,
    unsigned quiet, uint32_t row_height)
{
	uint32_t top = row_height == module ? quiet * module : 0;

	for (unsigned y = 0; y < m->rows; y++)
		for (unsigned x = 0; x < m->cols; x++)
			if (m->cell[y * m->cols + x])
				bitmap_fill(b, (x + quiet) * module, top + y * row_height, module,
				    row_height, true);
	bitmap_need(b, 2 * top + m->rows * row_height);
}

static void draw_hri(struct bitmap *b, const struct receipt *r, const struct receipt_code *code)
{
	const struct cell *cell = &r->grids[0].cell;
	struct run style = { .wide = 1, .high = 1 };
	uint32_t top = b->height_dots + 4;
	struct buf text;

	buf_init(&text, 256);
	hri_text(code, &text);
	int64_t x = ((int64_t)b->width_dots - (int64_t)text.len * cell->width) / 2;
	bitmap_need(b, top + cell->height);
	for (size_t i = 0; i < text.len; i++, x += cell->width)
		if (text.ptr[i] > ' ' && text.ptr[i] < 0x7f && x >= 0)
			glyph_draw(b, x, top, (struct str){ (const char *)text.ptr + i, 1 }, &style,
			    cell);
	buf_finish(&text);
}

static enum err put_drawn(struct receipt *r, const struct receipt_code *code,
    const struct region *region, const struct modules *m, struct why *why)
{
	static const struct bitmap none;
	const struct shape *shape = &shapes[code->symbology];
	unsigned module = fitting_module(code, m->cols, region->width);
	uint32_t all = (m->cols + 2u * shape->quiet) * module;
	unsigned quiet = all <= region->width ? shape->quiet : 0;
	uint32_t height = shape->row ? shape->row * module : code->height ? code->height : 72;
	struct bitmap b;

	if (module == 0)
		return why_fail(why, E_FIELD, "The code is too wide for the paper");
	bitmap_init(&b, (m->cols + 2 * quiet) * module);
	draw_modules(&b, m, module, quiet, height);
	if (code->hri && !shape->row)
		draw_hri(&b, r, code);
	enum err err = paper_dots(r, &b, &none, aligned(region, b.width_dots, code->align), why);
	bitmap_finish(&b);
	return err;
}

static bool is_native(const struct receipt *r, const struct receipt_code *code,
    const struct region *region)
{
	const struct render_options *o = r->task->options;

	return !o->raster && o->abilities.codes >> code->symbology & 1 &&
	       region->width == o->abilities.width_dots;
}

enum err receipt_code(struct receipt *r, const struct receipt_code *code, struct why *why)
{
	struct barcode_options options = { .level = code->level };
	struct region region;
	struct modules m;
	enum err err = table_settle(r, why);

	err = err ? err : region_of(r, code->within, &region, why);
	err = err ? err : barcode_make(code->symbology, code->content, &options, &m, why);
	if (err)
		return err;
	unsigned module = fitting_module(code, m.cols, region.width);
	struct step s = { .kind = STEP_CODE, .align = code->align, .symbology = code->symbology,
		.content = code->content, .module = (uint8_t)module, .level = (uint8_t)code->level,
		.hri = code->hri, .height = shapes[code->symbology].row ? 0 : code->height };
	if (module > 1 && is_native(r, code, &region))
		err = paper_put(r, &s, s.height ? s.height : m.rows * module, why);
	else
		err = put_drawn(r, code, &region, &m, why);
	modules_finish(&m);
	return err;
}

/* --- pictures ---------------------------------------------------------------------- */

static enum halftone_method method_of(const struct render_options *o)
{
	static const enum halftone_method methods[] = {
		[HALFTONE_AUTO] = HT_HYBRID, [HALFTONE_THRESHOLD] = HT_THRESHOLD,
		[HALFTONE_DIFFUSION] = HT_DIFFUSION, [HALFTONE_ATKINSON] = HT_ATKINSON,
		[HALFTONE_ORDERED] = HT_ORDERED, [HALFTONE_BLUE_NOISE] = HT_BLUE_NOISE,
	};

	return methods[o->halftone];
}

/* Grey to dots; all rows at once, they are in memory already. */
static bool to_dots(const struct render_options *o, const uint8_t *grey, struct bitmap *b)
{
	struct halftone *h = halftone_create(method_of(o), b->width_dots, o->threshold);
	uint32_t height = b->height_dots, taken = 0, got;

	if (!h)
		return false;
	halftone_feed(h, grey, b->width_dots, height);
	halftone_end(h);
	while (taken < height &&
	       (got = halftone_take(h, b->rows + taken * b->stride, b->stride, height - taken)) > 0)
		taken += got;
	halftone_destroy(h);
	return taken == height;
}

static enum err put_picture(struct receipt *r, const struct receipt_image *image,
    const struct region *region, const struct picture *size, struct why *why)
{
	static const struct bitmap none;
	enum err err = E_OK;
	struct bitmap b;

	if (size->height > SHEET_ROWS_MAX)
		return why_fail(why, E_TOO_LARGE, "The picture is higher than %d rows",
		    SHEET_ROWS_MAX);
	uint8_t *grey = picture_scaled(image->bytes, size->width, size->height, why);
	if (!grey)
		return why ? why->err : E_DOCUMENT;
	bitmap_init(&b, size->width);
	if (!bitmap_need(&b, size->height) || !to_dots(r->task->options, grey, &b))
		err = why_fail(why, E_INTERNAL, NULL);
	free(grey);
	uint32_t x = aligned(region, b.width_dots, image->align);
	err = err ? err : paper_dots(r, &b, &none, x, why);
	bitmap_finish(&b);
	return err;
}

enum err receipt_image(struct receipt *r, const struct receipt_image *image, struct why *why)
{
	struct region region;
	struct picture size;
	enum err err = table_settle(r, why);

	err = err ? err : region_of(r, image->within, &region, why);
	err = err ? err : picture_measure(image->bytes, &size, why);
	if (err)
		return err;
	uint32_t width = image->width ? image->width : size.width;
	if (width > region.width)
		width = region.width;
	uint64_t height = ((uint64_t)size.height * width + size.width / 2) / size.width;
	size.height = height == 0 ? 1 : height > UINT32_MAX ? UINT32_MAX : (uint32_t)height;
	size.width = width;
	return put_picture(r, image, &region, &size, why);
}
