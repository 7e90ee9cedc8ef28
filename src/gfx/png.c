/*
 * One-bit PNG in and out. libpng reports errors by longjmp, so everything that
 * it may leave behind hangs off one struct that the caller frees.
 */
#include <errno.h>
#include <png.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gfx/bitmap.h"

enum { SIDE_MAX = 200000, DOTS_MAX = 256 * 1000 * 1000 };

struct writing {
	FILE *file;         /* or ... */
	struct buf *memory;
	png_structp png;
	png_infop info;
};

/* What went wrong is told by the callers: libpng is not to print. */
static _Noreturn void on_error(png_structp png, png_const_charp text)
{
	(void)text;
	png_longjmp(png, 1);
}

static void on_warning(png_structp png, png_const_charp text)
{
	(void)png;
	(void)text;
}

static void on_bytes(png_structp png, png_bytep bytes, size_t len)
{
	if (!buf_add(png_get_io_ptr(png), bytes, len))
		png_error(png, "full");
}

static void on_flush(png_structp png)
{
	(void)png;
}

static bool write_rows(struct writing *w, const struct bitmap *b, unsigned dpi)
{
	png_uint_32 per_metre = (png_uint_32)(dpi * 10000 / 254);

	if (setjmp(png_jmpbuf(w->png)))
		return false;
	if (w->memory)
		png_set_write_fn(w->png, w->memory, on_bytes, on_flush);
	else
		png_init_io(w->png, w->file);
	png_set_compression_level(w->png, 2);
	png_set_filter(w->png, 0, PNG_FILTER_NONE);
	png_set_IHDR(w->png, w->info, b->width_dots, b->height_dots, 1, PNG_COLOR_TYPE_GRAY,
	    PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
	if (dpi)
		png_set_pHYs(w->png, w->info, per_metre, per_metre, PNG_RESOLUTION_METER);
	png_write_info(w->png, w->info);
	png_set_invert_mono(w->png); /* in PNG 0 is black */
	for (uint32_t y = 0; y < b->height_dots; y++)
		png_write_row(w->png, b->rows + (size_t)y * b->stride);
	png_write_end(w->png, w->info);
	return true;
}

static bool encode(struct writing *w, const struct bitmap *b, unsigned dpi)
{
	bool good = false;

	w->png = png_create_write_struct(PNG_LIBPNG_VER_STRING, NULL, on_error, on_warning);
	if (w->png)
		w->info = png_create_info_struct(w->png);
	if (w->info)
		good = write_rows(w, b, dpi);
	png_destroy_write_struct(&w->png, &w->info);
	return good;
}

enum err png_write(const char *path, const struct bitmap *b, unsigned dpi, struct why *why)
{
	struct writing w = { 0 };
	bool good;

	if (!b->width_dots || !b->height_dots)
		return why_fail(why, E_FIELD, "An empty picture cannot be written");
	w.file = fopen(path, "wbe");
	if (!w.file)
		return why_errno(why, E_STORE, errno, "Cannot write %s", path);
	good = encode(&w, b, dpi);
	if (fclose(w.file) != 0)
		good = false;
	return good ? E_OK : why_fail(why, E_STORE, "Cannot write %s", path);
}

enum err png_encode(const struct bitmap *b, unsigned dpi, struct buf *out, struct why *why)
{
	struct writing w = { .memory = out };

	if (!b->width_dots || !b->height_dots)
		return why_fail(why, E_FIELD, "An empty picture cannot be written");
	return encode(&w, b, dpi) ? E_OK : why_fail(why, E_TOO_LARGE, NULL);
}

struct reading {
	FILE *file;
	png_structp png;
	png_infop info;
	png_bytep row;
};

/* Any PNG as rows of 8-bit grey on white. */
static void as_grey(png_structp png, png_infop info)
{
	png_color_16 white = { .red = 0xff, .green = 0xff, .blue = 0xff, .gray = 0xff };

	png_set_expand(png);
	png_set_strip_16(png);
	if (png_get_color_type(png, info) & PNG_COLOR_MASK_ALPHA ||
	    png_get_valid(png, info, PNG_INFO_tRNS))
		png_set_background(png, &white, PNG_BACKGROUND_GAMMA_SCREEN, 0, 1.0);
	if (png_get_color_type(png, info) & PNG_COLOR_MASK_COLOR)
		png_set_rgb_to_gray(png, PNG_ERROR_ACTION_NONE, PNG_RGB_TO_GRAY_DEFAULT,
		    PNG_RGB_TO_GRAY_DEFAULT);
	png_read_update_info(png, info);
}

static bool read_rows(struct reading *r, struct bitmap *b)
{
	if (setjmp(png_jmpbuf(r->png)))
		return false;
	png_init_io(r->png, r->file);
	png_set_user_limits(r->png, SIDE_MAX, SIDE_MAX);
	png_read_info(r->png, r->info);
	uint32_t width = png_get_image_width(r->png, r->info);
	uint32_t height = png_get_image_height(r->png, r->info);
	if ((uint64_t)width * height > DOTS_MAX ||
	    png_get_interlace_type(r->png, r->info) != PNG_INTERLACE_NONE)
		return false;
	as_grey(r->png, r->info);
	r->row = malloc(png_get_rowbytes(r->png, r->info));
	bitmap_init(b, width);
	if (!r->row || !bitmap_need(b, height))
		return false;
	for (uint32_t y = 0; y < height; y++) {
		png_read_row(r->png, r->row, NULL);
		for (uint32_t x = 0; x < width; x++) {
			if (r->row[x] < 0x80)
				bitmap_set(b, x, y);
		}
	}
	return true;
}

enum err png_read(const char *path, struct bitmap *b, struct why *why)
{
	struct reading r = { .file = fopen(path, "rbe") };
	bool good = false;

	bitmap_init(b, 0);
	if (!r.file)
		return why_errno(why, E_NOT_FOUND, errno, "Cannot read %s", path);
	r.png = png_create_read_struct(PNG_LIBPNG_VER_STRING, NULL, on_error, on_warning);
	if (r.png)
		r.info = png_create_info_struct(r.png);
	if (r.info)
		good = read_rows(&r, b);
	png_destroy_read_struct(&r.png, &r.info, NULL);
	free(r.row);
	fclose(r.file);
	if (good)
		return E_OK;
	bitmap_finish(b);
	return why_fail(why, E_FIELD, "%s is not a PNG picture that can be read", path);
}
