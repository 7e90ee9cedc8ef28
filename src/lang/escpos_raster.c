/*
 * Dots by what the model has: GS v 0 unless it lacks it, then GS ( L, then ESC *.
 * Red goes by GS ( L, one picture per colour, where there is a second one.
 */
#include <string.h>

#include "core/profile.h"
#include "lang/escpos_compose.h"
#include "lang/rows.h"

#define GAP_ROWS 4 /* a shorter gap costs less as dots than as a block of its own */
#define GRAPHICS_HEAD 10 /* m fn a bx by c xL xH yL yH */
#define COLOUR_BLACK 49
#define COLOUR_RED 50

static void add(struct buf *out, const void *bytes, size_t len)
{
	buf_add(out, bytes, len);
}

/*
 * Printers obey DLE EOT, DLE ENQ and DLE DC4 wherever they stand, also within pixels:
 * a picture could open the drawer or clear the printer (escpos.md, sections 2 to 4).
 * One dot more, and it is a picture again.
 */
static void defuse(uint8_t *bytes, size_t len)
{
	for (uint8_t *p = bytes; len - (size_t)(p - bytes) > 2; p++) {
		p = memchr(p, 0x10, len - (size_t)(p - bytes) - 2);
		if (!p)
			return;
		if ((p[1] == 0x04 || p[1] == 0x05 || p[1] == 0x14) && p[2] && p[2] <= 8)
			p[2] |= 0x80;
	}
}

static void add_rows(const struct rows *r, const struct row_run *run, struct buf *out)
{
	uint8_t *to = buf_space(out, run->bytes * run->count);
	if (!to)
		return;
	for (uint32_t i = 0; i < run->count; i++)
		rows_copy(r, run->first + i, to + i * run->bytes, run->bytes);
	defuse(to, run->bytes * run->count);
	buf_grown(out, run->bytes * run->count);
}

static uint8_t low(size_t n)
{
	return (uint8_t)n;
}

static uint8_t high(size_t n)
{
	return (uint8_t)(n >> 8);
}

static void gs_v_0(const struct rows *r, const struct row_run *run, struct buf *out)
{
	const uint8_t head[] = { 0x1D, 'v', '0', 0, low(run->bytes), high(run->bytes),
		low(run->count), high(run->count) };
	add(out, head, sizeof(head));
	add_rows(r, run, out);
}

/* Into the print buffer (fn 112); more than 64 KiB go by GS 8 L. */
static void graphics_store(const struct rows *r, const struct row_run *run, uint8_t colour,
    struct buf *out)
{
	size_t dots = run->bytes * 8, len = GRAPHICS_HEAD + run->bytes * run->count;
	const uint8_t small[] = { 0x1D, '(', 'L', low(len), high(len) };
	const uint8_t large[] = { 0x1D, '8', 'L', low(len), high(len), low(len >> 16),
		low(len >> 24) };
	const uint8_t head[GRAPHICS_HEAD] = { 0x30, 112, 48, 1, 1, colour, low(dots), high(dots),
		low(run->count), high(run->count) };
	if (len > 0xffff)
		add(out, large, sizeof(large));
	else
		add(out, small, sizeof(small));
	add(out, head, sizeof(head));
	add_rows(r, run, out);
}

static void graphics(const struct rows *r, const struct row_run *run, bool colours,
    struct buf *out)
{
	static const uint8_t print[] = { 0x1D, '(', 'L', 2, 0, 0x30, 50 };
	struct rows black = *r, red = *r;
	if (colours && r->red) {
		black.red = NULL;
		red.black = r->red;
		red.red = NULL;
		graphics_store(&red, run, COLOUR_RED, out);
	}
	graphics_store(colours ? &black : r, run, COLOUR_BLACK, out);
	add(out, print, sizeof(print));
}

static bool tall_strips(const struct composing *setup)
{
	return !setup->profile || setup->profile->features & HAS_DENSITY;
}

static unsigned strip_rows(const struct composing *setup)
{
	return tall_strips(setup) ? 24 : 8;
}

static size_t strip_columns(const struct escpos_composer *c)
{
	size_t bytes = 0;
	for (unsigned y = 0; y < c->strip_rows; y++) {
		size_t len = ESCPOS_STRIP_BYTES;
		while (len > bytes && !c->strip[y][len - 1])
			len--;
		bytes = len > bytes ? len : bytes;
	}
	return bytes * 8;
}

/* The dots of column x in rows 8n to 8n + 7, the uppermost in the highest bit. */
static uint8_t column(const struct escpos_composer *c, size_t x, unsigned n)
{
	uint8_t bits = 0;
	for (unsigned i = 0; i < 8; i++)
		bits = (uint8_t)(bits << 1 | (c->strip[8 * n + i][x / 8] >> (7 - x % 8) & 1));
	return bits;
}

void escpos_raster_flush(struct escpos_composer *c, const struct composing *setup,
    struct buf *out)
{
	if (!c->strip_rows)
		return;
	size_t columns = strip_columns(c);
	unsigned rows = strip_rows(setup);
	const uint8_t head[] = { 0x1B, '*', tall_strips(setup) ? 33 : 1, low(columns),
		high(columns) };
	const uint8_t feed[] = { 0x1B, 'J', (uint8_t)(rows * escpos_row_units(setup)) };
	add(out, head, sizeof(head));
	uint8_t *to = buf_space(out, columns * rows / 8);
	for (size_t i = 0; to && i < columns * rows / 8; i++)
		to[i] = column(c, i / (rows / 8), (unsigned)(i % (rows / 8)));
	if (to) {
		defuse(to, columns * rows / 8);
		buf_grown(out, columns * rows / 8);
	}
	add(out, feed, sizeof(feed));
	c->strip_rows = 0;
	memset(c->strip, 0, sizeof(c->strip));
}

/* Strips are as high as the print head: rows wait until one is full. */
static void strips(struct escpos_composer *c, const struct composing *setup,
    const struct rows *r, struct buf *out)
{
	for (uint32_t y = 0; y < r->height; y++) {
		size_t bytes = rows_used(r, y);
		if (!c->strip_rows && !bytes) {
			c->blank++;
			continue;
		}
		if (!c->strip_rows)
			escpos_compose_settle(c, setup, out);
		bytes = bytes < ESCPOS_STRIP_BYTES ? bytes : ESCPOS_STRIP_BYTES;
		rows_copy(r, y, c->strip[c->strip_rows], bytes);
		if (++c->strip_rows == strip_rows(setup))
			escpos_raster_flush(c, setup, out);
	}
}

void escpos_raster(struct escpos_composer *c, const struct composing *setup,
    const struct step *s, struct buf *out)
{
	unsigned has = setup->profile ? setup->profile->features : HAS_RASTER;
	struct rows r = rows_of(s, setup->abilities->width_dots);
	bool colours = r.red && setup->abilities->two_colour && has & HAS_GRAPHICS;
	struct row_run run;
	if (!(has & (HAS_RASTER | HAS_GRAPHICS)) && has & HAS_COLUMNS) {
		strips(c, setup, &r, out);
		return;
	}
	escpos_align(c, ALIGN_START, out);
	for (uint32_t y = 0; rows_next(&r, &y, GAP_ROWS, &run);) {
		c->blank += run.blank;
		escpos_compose_settle(c, setup, out);
		if (colours || (!(has & HAS_RASTER) && has & HAS_GRAPHICS))
			graphics(&r, &run, colours, out);
		else
			gs_v_0(&r, &run, out);
	}
	c->blank += run.blank; /* below the last */
}
