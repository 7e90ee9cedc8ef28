/*
 * Cameras save what they see as the sensor lies, and note in the EXIF block how
 * it is to be held (orientation, CIPA DC-008 4.6.5.1). What is only mirrored or turned
 * comes out of the whole picture, row by row.
 */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "render/picture_inside.h"

#define ORIENTATION 0x0112
#define TYPE_SHORT 3
#define ENTRY_BYTES 12

/* --- which way ---------------------------------------------------------------------- */

static uint32_t number(struct str b, size_t at, unsigned bytes, bool little)
{
	uint32_t n = 0;

	if (at > b.len || b.len - at < bytes)
		return 0;
	for (unsigned i = 0; i < bytes; i++)
		n = n << 8 | (uint8_t)b.ptr[at + (little ? bytes - 1 - i : i)];
	return n;
}

unsigned picture_orientation(struct str exif)
{
	struct str tiff = str_from(exif, 6);
	bool little = str_starts(tiff, "II");

	if (exif.len < 6 || memcmp(exif.ptr, "Exif\0", 6) != 0 ||
	    (!little && !str_starts(tiff, "MM")))
		return 1;
	size_t at = number(tiff, 4, 4, little);
	uint32_t count = number(tiff, at, 2, little);
	for (at += 2; count > 0; count--, at += ENTRY_BYTES) {
		uint32_t value = number(tiff, at + 8, 2, little);
		if (number(tiff, at, 2, little) == ORIENTATION)
			return number(tiff, at + 2, 2, little) == TYPE_SHORT && value >= 1 &&
			    value <= 8 ? value : 1;
	}
	return 1;
}

/* --- turning ------------------------------------------------------------------------- */

bool picture_lies(unsigned orientation)
{
	return orientation >= 5;
}

static enum err on_size(const struct picture *p, void *arg, struct why *why)
{
	struct turn *t = arg;
	bool lies = picture_lies(t->orientation);

	t->size = *p;
	t->pixels = calloc(p->height, p->width);
	t->row = malloc(p->height > p->width ? p->height : p->width);
	if (!t->pixels || !t->row)
		return why_fail(why, E_TOO_LARGE, "The picture needs too much memory");
	return picture_begin(t->sink, lies ? p->height : p->width, lies ? p->width : p->height,
	    why);
}

static enum err on_row(const uint8_t *grey, void *arg, struct why *why)
{
	struct turn *t = arg;

	(void)why;
	if (t->rows < t->size.height)
		memcpy(t->pixels + (size_t)t->rows++ * t->size.width, grey, t->size.width);
	return E_OK;
}

void picture_turn_begin(struct turn *t, unsigned orientation, const struct picture_sink *sink)
{
	*t = (struct turn){ .orientation = orientation, .sink = sink,
		.in = { on_size, on_row, t } };
}

/* By orientation: whether what is saved runs from right to left, from the bottom to the top. */
static const bool leftwards[9] = { [2] = true, [3] = true, [7] = true, [8] = true };
static const bool upwards[9] = { [3] = true, [4] = true, [6] = true, [7] = true };

static uint8_t pixel(const struct turn *t, uint32_t x, uint32_t y)
{
	uint32_t width = t->size.width, height = t->size.height;

	x = leftwards[t->orientation] ? width - 1 - x : x;
	y = upwards[t->orientation] ? height - 1 - y : y;
	return t->pixels[(size_t)y * width + x];
}

enum err picture_turn_end(struct turn *t, struct why *why)
{
	bool lies = picture_lies(t->orientation);
	uint32_t width = lies ? t->size.height : t->size.width;
	uint32_t height = lies ? t->size.width : t->size.height;
	enum err err = E_OK;

	for (uint32_t y = 0; y < height && !err; y++) {
		for (uint32_t x = 0; x < width; x++)
			t->row[x] = lies ? pixel(t, y, x) : pixel(t, x, y);
		err = t->sink->row(t->row, t->sink->arg, why);
	}
	return err;
}

void picture_turn_finish(struct turn *t)
{
	free(t->pixels);
	free(t->row);
}
