/*
 * PNG that is not plain, by libpng, which reports errors by longjmp: all that it may leave behind
 * hangs off one struct. A file without its end is refused before the first row,
 * so that half a picture is not printed.
 */
#include <png.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include "render/picture_inside.h"

/* As picture_grey has it, in 100,000. */
#define RED_PARTS 30078
#define GREEN_PARTS 58594

struct reading {
	struct str rest;
	png_structp png;
	png_infop info;
	uint8_t *rows;  /* one, or all of an interlaced picture */
	const struct picture_sink *sink;
	enum err err;
	struct why *why;
};

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

static void on_read(png_structp png, png_bytep to, size_t len)
{
	struct reading *r = png_get_io_ptr(png);
	if (r->rest.len < len)
		png_error(png, "end");
	memcpy(to, r->rest.ptr, len);
	r->rest = str_from(r->rest, len);
}

/* Walk the chunks to the last one. */
static bool whole(struct str bytes)
{
	for (struct str rest = str_from(bytes, 8); rest.len >= 12;) {
		const uint8_t *p = (const uint8_t *)rest.ptr;
		uint64_t len = (uint64_t)p[0] << 24 | p[1] << 16 | p[2] << 8 | p[3];
		if (memcmp(p + 4, "IEND", 4) == 0)
			return true;
		rest = str_from(rest, len + 12);
	}
	return false;
}

static void as_grey(struct reading *r)
{
	png_color_16 white = { .red = 0xff, .green = 0xff, .blue = 0xff, .gray = 0xff };
	png_structp png = r->png;

	png_set_expand(png);
	png_set_scale_16(png);
	if (png_get_color_type(png, r->info) & PNG_COLOR_MASK_ALPHA ||
	    png_get_valid(png, r->info, PNG_INFO_tRNS))
		png_set_background(png, &white, PNG_BACKGROUND_GAMMA_SCREEN, 0, 1.0);
	if (png_get_color_type(png, r->info) & PNG_COLOR_MASK_COLOR)
		png_set_rgb_to_gray_fixed(png, PNG_ERROR_ACTION_NONE, RED_PARTS, GREEN_PARTS);
}

static bool begin(struct reading *r, uint32_t *width, uint32_t *height, int *passes)
{
	if (setjmp(png_jmpbuf(r->png)))
		return false;
	png_set_user_limits(r->png, PICTURE_SIDE_MAX, PICTURE_SIDE_MAX);
	png_set_read_fn(r->png, r, on_read);
	png_read_info(r->png, r->info);
	*width = png_get_image_width(r->png, r->info);
	*height = png_get_image_height(r->png, r->info);
	as_grey(r);
	*passes = png_set_interlace_handling(r->png);
	png_read_update_info(r->png, r->info);
	return png_get_rowbytes(r->png, r->info) == *width;
}

static bool next_row(struct reading *r, uint8_t *row)
{
	if (setjmp(png_jmpbuf(r->png)))
		return false;
	png_read_row(r->png, row, NULL);
	return true;
}

static enum err broken(struct reading *r)
{
	return why_fail(r->why, E_DOCUMENT, "The PNG picture is broken");
}

/* All passes but the last are only collected. */
static enum err read_rows(struct reading *r, uint32_t width, uint32_t height, int passes)
{
	size_t stride = passes > 1 ? width : 0;
	enum err err = E_OK;

	r->rows = malloc(passes > 1 ? (size_t)width * height : width);
	if (!r->rows)
		return why_fail(r->why, E_TOO_LARGE, "The picture needs too much memory");
	for (int pass = 1; pass <= passes; pass++)
		for (uint32_t y = 0; y < height && !err; y++) {
			if (!next_row(r, r->rows + y * stride))
				err = broken(r);
			else if (pass == passes)
				err = r->sink->row(r->rows + y * stride, r->sink->arg, r->why);
		}
	return err;
}

enum err picture_decode_png(struct str bytes, uint32_t wish, const struct picture_sink *sink,
    struct why *why)
{
	struct reading r = { .rest = bytes, .sink = sink, .why = why };
	uint32_t width = 0, height = 0;
	int passes = 1;
	enum err err;

	(void)wish;
	if (!whole(bytes))
		return why_fail(why, E_DOCUMENT, "The PNG picture is not whole");
	if (picture_plain(bytes, sink, &err, why))
		return err;
	r.png = png_create_read_struct(PNG_LIBPNG_VER_STRING, NULL, on_error, on_warning);
	if (r.png)
		r.info = png_create_info_struct(r.png);
	if (!r.info || !begin(&r, &width, &height, &passes))
		err = broken(&r);
	else if (!(err = picture_begin(sink, width, height, why)))
		err = read_rows(&r, width, height, passes);
	png_destroy_read_struct(&r.png, &r.info, NULL);
	free(r.rows);
	return err;
}
