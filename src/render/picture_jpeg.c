/*
 * JPEG by libjpeg: grey straight from its brightness plane, at an eighth, a
 * quarter or half the size when that is enough; turned as its EXIF block says.
 * Errors come by longjmp.
 */
#include <setjmp.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <jpeglib.h>

#include "render/picture_inside.h"

struct reading {
	struct jpeg_decompress_struct jpeg;
	struct jpeg_error_mgr errors;
	jmp_buf out;
	uint8_t *row, *grey;
	bool made;
	unsigned orientation;
	struct turn turn;
};

static _Noreturn void on_error(j_common_ptr c)
{
	struct reading *r = c->client_data;
	longjmp(r->out, 1);
}

/* What libjpeg only warns of is a broken file: it would print grey for what is missing. */
static void on_message(j_common_ptr c, int level)
{
	if (level < 0)
		on_error(c);
}

/* The first block that is one counts; others are XMP and the like. */
static unsigned find_orientation(const struct jpeg_decompress_struct *j)
{
	for (jpeg_saved_marker_ptr m = j->marker_list; m; m = m->next) {
		struct str block = { (const char *)m->data, m->data_length };
		if (str_starts(block, "Exif"))
			return picture_orientation(block);
	}
	return 1;
}

static void choose_scale(struct jpeg_decompress_struct *j, bool lies, uint32_t wish)
{
	uint32_t width = lies ? j->image_height : j->image_width;

	j->scale_denom = 8;
	j->scale_num = 8;
	while (wish && j->scale_num > 1 &&
	    (uint64_t)width * (j->scale_num / 2) / 8 >= wish)
		j->scale_num /= 2;
	j->out_color_space = j->num_components == 4 ? JCS_CMYK : JCS_GRAYSCALE;
	j->dct_method = JDCT_ISLOW;
}

static bool begin(struct reading *r, struct str bytes, uint32_t wish)
{
	if (setjmp(r->out))
		return false;
	jpeg_create_decompress(&r->jpeg);
	r->made = true;
	jpeg_mem_src(&r->jpeg, (const unsigned char *)bytes.ptr, bytes.len);
	jpeg_save_markers(&r->jpeg, JPEG_APP0 + 1, 0xffff);
	jpeg_read_header(&r->jpeg, TRUE);
	r->orientation = find_orientation(&r->jpeg);
	choose_scale(&r->jpeg, picture_lies(r->orientation), wish);
	jpeg_calc_output_dimensions(&r->jpeg);
	return true;
}

static bool start(struct reading *r)
{
	if (setjmp(r->out))
		return false;
	return jpeg_start_decompress(&r->jpeg);
}

static bool next_row(struct reading *r)
{
	JSAMPROW row = r->row;
	if (setjmp(r->out))
		return false;
	return jpeg_read_scanlines(&r->jpeg, &row, 1) == 1;
}

/* As Adobe writes CMYK: inverted, so that each channel times black is its brightness. */
static const uint8_t *as_grey(struct reading *r)
{
	const uint8_t *p = r->row;
	if (r->jpeg.output_components == 1)
		return r->row;
	for (uint32_t x = 0; x < r->jpeg.output_width; x++, p += 4)
		r->grey[x] = picture_grey(p[0] * p[3] / 255u, p[1] * p[3] / 255u,
		    p[2] * p[3] / 255u);
	return r->grey;
}

static enum err broken(struct why *why)
{
	return why_fail(why, E_DOCUMENT, "The JPEG picture is broken");
}

static enum err read_rows(struct reading *r, const struct picture_sink *sink, struct why *why)
{
	uint32_t width = r->jpeg.output_width;
	enum err err = E_OK;

	if (!start(r))
		return broken(why);
	r->row = malloc((size_t)width * (unsigned)r->jpeg.output_components);
	r->grey = malloc(width);
	if (!r->row || !r->grey)
		return why_fail(why, E_TOO_LARGE, "The picture needs too much memory");
	while (!err && r->jpeg.output_scanline < r->jpeg.output_height) {
		if (!next_row(r))
			return broken(why);
		err = sink->row(as_grey(r), sink->arg, why);
	}
	return err;
}

static enum err give(struct reading *r, const struct picture_sink *sink, struct why *why)
{
	enum err err = picture_check(r->jpeg.image_width, r->jpeg.image_height, why);

	if (!err)
		err = picture_begin(sink, r->jpeg.output_width, r->jpeg.output_height, why);
	return err ? err : read_rows(r, sink, why);
}

static enum err give_turned(struct reading *r, const struct picture_sink *sink, struct why *why)
{
	picture_turn_begin(&r->turn, r->orientation, sink);
	enum err err = give(r, &r->turn.in, why);
	return err ? err : picture_turn_end(&r->turn, why);
}

/* Its end is its last two bytes, unless something was appended: then libjpeg warns. */
enum err picture_decode_jpeg(struct str bytes, uint32_t wish, const struct picture_sink *sink,
    struct why *why)
{
	struct reading *r = calloc(1, sizeof(*r));
	enum err err;

	if (!r)
		return why_fail(why, E_TOO_LARGE, NULL);
	r->jpeg.err = jpeg_std_error(&r->errors);
	r->jpeg.client_data = r;
	r->errors.error_exit = on_error;
	r->errors.emit_message = on_message;
	if (!begin(r, bytes, wish))
		err = broken(why);
	else
		err = r->orientation > 1 ? give_turned(r, sink, why) : give(r, sink, why);
	if (r->made)
		jpeg_destroy_decompress(&r->jpeg);
	picture_turn_finish(&r->turn);
	free(r->row);
	free(r->grey);
	free(r);
	return err;
}
