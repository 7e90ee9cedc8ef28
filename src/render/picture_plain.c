/*
 * Most PNG files are plain: 8 bits a channel, row after row. These are inflated
 * at once by libdeflate, twice as fast as by zlib, and unfiltered here; what is
 * not plain is left to libpng. Format: W3C PNG (third edition), chapters 5 to 9.
 */
#include <stdlib.h>
#include <string.h>

#include <libdeflate.h>

#include "base/mem.h"
#include "render/picture_inside.h"

#define CHUNK_FRAME 12 /* length, type, checksum */

enum colour { GREY = 0, RGB = 2, PALETTE = 3, GREY_ALPHA = 4, RGB_ALPHA = 6 };

struct plain {
	uint32_t width, height;
	unsigned colour, channels;
	uint8_t shade[256];    /* of a palette, over white */
	unsigned shades;
	uint8_t *packed;       /* all IDAT, joined */
	size_t packed_len;
	uint8_t *rows;         /* inflated: a filter byte and the row, each */
	uint8_t *grey;
};

static uint32_t number(const char *p)
{
	const uint8_t *b = (const uint8_t *)p;
	return (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
}

/* --- chunks ------------------------------------------------------------------------------- */

static bool take_header(struct plain *p, struct str data)
{
	static const uint8_t channels[] = { 1, 0, 3, 1, 2, 0, 4 };
	const uint8_t *b = (const uint8_t *)data.ptr;

	if (data.len != 13 || p->width || b[8] != 8 || b[9] >= sizeof(channels) || b[10] || b[11] ||
	    b[12])
		return false;
	p->width = number(data.ptr);
	p->height = number(data.ptr + 4);
	p->colour = b[9];
	p->channels = channels[p->colour];
	return p->channels > 0;
}

static bool take_palette(struct plain *p, struct str data)
{
	const uint8_t *c = (const uint8_t *)data.ptr;

	if (p->colour != PALETTE)
		return true; /* a hint */
	p->shades = (unsigned)(data.len / 3);
	for (unsigned i = 0; i < p->shades && i < 256; i++, c += 3)
		p->shade[i] = picture_grey(c[0], c[1], c[2]);
	return data.len % 3 == 0 && p->shades <= 256;
}

/* Of a palette; that a single colour is transparent is not plain. */
static bool take_transparency(struct plain *p, struct str data)
{
	for (size_t i = 0; i < data.len && i < p->shades; i++)
		p->shade[i] = picture_over_white(p->shade[i], (uint8_t)data.ptr[i]);
	return p->colour == PALETTE;
}

static bool take_data(struct plain *p, struct str data)
{
	memcpy(p->packed + p->packed_len, data.ptr, data.len);
	p->packed_len += data.len;
	return true;
}

static bool take_chunk(struct plain *p, const char *type, struct str data)
{
	static const struct {
		const char *type;
		bool (*take)(struct plain *p, struct str data);
	} kinds[] = {
		{ "IHDR", take_header }, { "PLTE", take_palette }, { "tRNS", take_transparency },
		{ "IDAT", take_data },
	};
	for (size_t i = 0; i < COUNT_OF(kinds); i++)
		if (memcmp(type, kinds[i].type, 4) == 0)
			return kinds[i].take(p, data);
	return type[0] & 0x20; /* lower case: of no importance; gAMA, tEXt, ... */
}

static bool take_chunks(struct plain *p, struct str rest)
{
	for (rest = str_from(rest, 8); rest.len >= CHUNK_FRAME;) {
		uint32_t len = number(rest.ptr);
		if (rest.len - CHUNK_FRAME < len)
			return false;
		struct str data = { rest.ptr + 8, len };
		if (libdeflate_crc32(0, rest.ptr + 4, len + 4u) != number(data.ptr + len))
			return false;
		if (memcmp(rest.ptr + 4, "IEND", 4) == 0)
			return p->packed_len > 0;
		if (!take_chunk(p, rest.ptr + 4, data))
			return false;
		rest = str_from(rest, (size_t)len + CHUNK_FRAME);
	}
	return false;
}

/* --- rows ------------------------------------------------------------------------------------ */

static bool inflate(struct plain *p)
{
	size_t len = ((size_t)p->width * p->channels + 1) * p->height;
	struct libdeflate_decompressor *d = libdeflate_alloc_decompressor();

	p->rows = malloc(len);
	bool good = d && p->rows && libdeflate_zlib_decompress(d, p->packed, p->packed_len, p->rows,
	    len, NULL) == LIBDEFLATE_SUCCESS;
	libdeflate_free_decompressor(d);
	return good;
}

static void add_left(uint8_t *row, size_t len, size_t bpp)
{
	for (size_t i = bpp; i < len; i++)
		row[i] = (uint8_t)(row[i] + row[i - bpp]);
}

static void add_up(uint8_t *restrict row, const uint8_t *restrict up, size_t len)
{
	for (size_t i = 0; i < len; i++)
		row[i] = (uint8_t)(row[i] + up[i]);
}

static void add_average(uint8_t *row, const uint8_t *up, size_t len, size_t bpp)
{
	for (size_t i = 0; i < len; i++)
		row[i] = (uint8_t)(row[i] + ((i >= bpp ? row[i - bpp] : 0) + up[i]) / 2);
}

static int nearest(int left, int up, int corner)
{
	int a = up - corner, b = left - corner;
	int to_left = abs(a), to_up = abs(b), to_corner = abs(a + b);
	int best = to_up < to_left ? up : left;
	return to_corner < (to_up < to_left ? to_up : to_left) ? corner : best;
}

static void add_paeth(uint8_t *row, const uint8_t *up, size_t len, size_t bpp)
{
	for (size_t i = 0; i < bpp; i++)
		row[i] = (uint8_t)(row[i] + up[i]);
	for (size_t i = bpp; i < len; i++)
		row[i] = (uint8_t)(row[i] + nearest(row[i - bpp], up[i], up[i - bpp]));
}

static bool unfilter(uint8_t *row, const uint8_t *up, size_t len, size_t bpp, uint8_t filter)
{
	switch (filter) {
	case 0:
		return true;
	case 1:
		add_left(row, len, bpp);
		return true;
	case 2:
		add_up(row, up, len);
		return true;
	case 3:
		add_average(row, up, len, bpp);
		return true;
	case 4:
		add_paeth(row, up, len, bpp);
		return true;
	default:
		return false;
	}
}

static const uint8_t *as_grey(struct plain *p, const uint8_t *row)
{
	uint8_t *out = p->grey;

	for (uint32_t x = 0; x < p->width; x++, row += p->channels) {
		if (p->colour == PALETTE)
			out[x] = p->shade[*row];
		else if (p->colour == GREY_ALPHA)
			out[x] = picture_over_white(row[0], row[1]);
		else if (p->colour == RGB_ALPHA)
			out[x] = picture_over_white(picture_grey(row[0], row[1], row[2]), row[3]);
		else
			out[x] = picture_grey(row[0], row[1], row[2]);
	}
	return out;
}

static enum err give_rows(struct plain *p, const struct picture_sink *sink, struct why *why)
{
	size_t len = (size_t)p->width * p->channels;
	uint8_t *zeros = calloc(1, len), *row = p->rows + 1;
	const uint8_t *up = zeros;
	enum err err = E_OK;

	p->grey = malloc(p->width);
	if (!zeros || !p->grey)
		err = why_fail(why, E_TOO_LARGE, "The picture needs too much memory");
	for (uint32_t y = 0; y < p->height && !err; y++, up = row, row += len + 1) {
		if (!unfilter(row, up, len, p->channels, row[-1]))
			err = why_fail(why, E_DOCUMENT, "The PNG picture is broken");
		else
			err = sink->row(p->colour == GREY ? row : as_grey(p, row), sink->arg, why);
	}
	free(zeros);
	return err;
}

bool picture_plain(struct str bytes, const struct picture_sink *sink, enum err *err,
    struct why *why)
{
	struct plain p = { .packed = malloc(bytes.len ? bytes.len : 1) };
	bool plain = p.packed && take_chunks(&p, bytes) &&
	    (p.colour != PALETTE || p.shades > 0) &&
	    picture_check(p.width, p.height, NULL) == E_OK &&
	    (uint64_t)p.width * p.height * p.channels <= PICTURE_PIXELS_MAX && inflate(&p);

	if (plain) {
		*err = picture_begin(sink, p.width, p.height, why);
		if (!*err)
			*err = give_rows(&p, sink, why);
	}
	free(p.packed);
	free(p.rows);
	free(p.grey);
	return plain;
}
