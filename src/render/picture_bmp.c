/*
 * BMP: the palette kinds, 24 and 32 bits, from the bottom or from the top.
 * Nothing compressed: a till that writes BMP writes it plain.
 */
#include <stdlib.h>
#include <string.h>

#include "render/picture_inside.h"

#define FILE_HEADER 14
#define CORE_HEADER 12  /* OS/2: 16-bit sides, 3 bytes a colour */
#define INFO_HEADER 40
#define BITFIELDS 3     /* 32 bits in the usual order, by masks that say so */

struct bmp {
	struct str bytes;
	uint32_t width, height, bits, compression;
	uint32_t pixels;        /* where they begin */
	size_t stride;
	bool upwards;           /* the last row first */
	uint8_t grey[256];      /* of the palette */
	unsigned colours;
};

static uint32_t number(struct str s, size_t at, size_t len)
{
	uint32_t value = 0;
	for (size_t i = 0; i < len && at + i < s.len; i++)
		value |= (uint32_t)(uint8_t)s.ptr[at + i] << 8 * i;
	return value;
}

static void read_palette(struct bmp *b, size_t at, size_t entry, uint32_t used)
{
	unsigned most = 1u << b->bits;
	b->colours = used && used < most ? used : most;
	for (unsigned i = 0; i < b->colours; i++) {
		uint32_t c = number(b->bytes, at + i * entry, 3);
		b->grey[i] = picture_grey(c >> 16 & 255, c >> 8 & 255, c & 255);
	}
}

static bool read_sides(struct bmp *b, uint32_t header)
{
	bool core = header == CORE_HEADER;
	int64_t width = core ? (int32_t)number(b->bytes, 18, 2) : (int32_t)number(b->bytes, 18, 4);
	int64_t height = core ? (int32_t)number(b->bytes, 20, 2) : (int32_t)number(b->bytes, 22, 4);

	b->upwards = height > 0;
	height = height < 0 ? -height : height;
	if (width <= 0 || width > PICTURE_SIDE_MAX || height > PICTURE_SIDE_MAX)
		return false;
	b->width = (uint32_t)width;
	b->height = (uint32_t)height;
	b->bits = number(b->bytes, core ? 24 : 28, 2);
	b->compression = core ? 0 : number(b->bytes, 30, 4);
	return true;
}

/* Its masks, when it has any, must be those of plain B, G, R, and a fourth byte. */
static bool usual(const struct bmp *b)
{
	return !b->compression || (b->compression == BITFIELDS && b->bits == 32 &&
	    number(b->bytes, FILE_HEADER + INFO_HEADER, 4) == 0xff0000 &&
	    number(b->bytes, FILE_HEADER + INFO_HEADER + 4, 4) == 0xff00 &&
	    number(b->bytes, FILE_HEADER + INFO_HEADER + 8, 4) == 0xff);
}

static bool read_header(struct bmp *b)
{
	uint32_t header = number(b->bytes, FILE_HEADER, 4);

	b->pixels = number(b->bytes, 10, 4);
	if ((header != CORE_HEADER && (header < INFO_HEADER || header > 256)) ||
	    b->bytes.len < FILE_HEADER + header || !read_sides(b, header))
		return false;
	if (b->bits == 1 || b->bits == 4 || b->bits == 8)
		read_palette(b, FILE_HEADER + header, header == CORE_HEADER ? 3 : 4,
		    header == CORE_HEADER ? 0 : number(b->bytes, 46, 4));
	else if (b->bits != 24 && b->bits != 32)
		return false;
	b->stride = ((size_t)b->width * b->bits + 31) / 32 * 4;
	return true;
}

static uint8_t pixel(const struct bmp *b, const uint8_t *row, uint32_t x)
{
	if (b->bits >= 24) {
		const uint8_t *p = row + (size_t)x * (b->bits / 8);
		return picture_grey(p[2], p[1], p[0]);
	}
	uint32_t at = x * b->bits;
	unsigned index = row[at / 8] >> (8 - b->bits - at % 8) & ((1u << b->bits) - 1);
	return index < b->colours ? b->grey[index] : 0;
}

static enum err read_rows(const struct bmp *b, const struct picture_sink *sink, struct why *why)
{
	uint8_t *grey = malloc(b->width);
	enum err err = grey ? E_OK : why_fail(why, E_TOO_LARGE, NULL);

	for (uint32_t y = 0; y < b->height && !err; y++) {
		uint32_t from = b->upwards ? b->height - 1 - y : y;
		const uint8_t *row = (const uint8_t *)b->bytes.ptr + b->pixels + from * b->stride;
		for (uint32_t x = 0; x < b->width; x++)
			grey[x] = pixel(b, row, x);
		err = sink->row(grey, sink->arg, why);
	}
	free(grey);
	return err;
}

enum err picture_decode_bmp(struct str bytes, uint32_t wish, const struct picture_sink *sink,
    struct why *why)
{
	struct bmp b = { .bytes = bytes };
	enum err err;

	(void)wish;
	if (!read_header(&b))
		return why_fail(why, E_DOCUMENT, "The BMP picture is broken");
	if (!usual(&b))
		return why_fail(why, E_DOCUMENT, "The BMP picture is compressed");
	err = picture_check(b.width, b.height, why);
	if (err)
		return err;
	if (b.pixels > bytes.len || (bytes.len - b.pixels) / b.stride < b.height)
		return why_fail(why, E_DOCUMENT, "The BMP picture is not whole");
	err = picture_begin(sink, b.width, b.height, why);
	return err ? err : read_rows(&b, sink, why);
}
