/*
 * Pictures that are held for a while: column pictures (ESC *) join the line
 * buffer; the others are stored, by key or for once, and printed when asked for.
 */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "escpos.h"
#include "printer.h"

enum { STORED_BYTES_MAX = 2 << 20 };

static bool twice_wide(uint8_t m) { return m & 1; }
static bool twice_high(uint8_t m) { return m & 2; }

static struct stored *find_stored(struct escpos *e, uint8_t kind, const uint8_t key[2])
{
	for (unsigned i = 0; i < e->stored_count; i++) {
		struct stored *s = &e->stored[i];
		if (s->kind == kind && s->key[0] == key[0] && s->key[1] == key[1])
			return s;
	}
	return NULL;
}

static size_t stored_size(const struct stored *s)
{
	return s->picture.stride * s->picture.height_dots;
}

static void forget(struct escpos *e, struct stored *s)
{
	e->stored_bytes -= stored_size(s);
	bitmap_finish(&s->picture);
	*s = e->stored[--e->stored_count];
}

static void forget_kind(struct escpos *e, uint8_t kind)
{
	for (unsigned i = e->stored_count; i-- > 0;) {
		if (e->stored[i].kind == kind)
			forget(e, &e->stored[i]);
	}
}

/* Takes the picture. */
static void store(struct escpos *e, uint8_t kind, const uint8_t key[2], struct bitmap *picture)
{
	struct stored *s = find_stored(e, kind, key);
	size_t size = picture->stride * picture->height_dots;

	if (s)
		forget(e, s);
	if (e->stored_count == STORED_MAX || e->stored_bytes + size > STORED_BYTES_MAX) {
		printer_warn(e->printer, "the memory for stored pictures is full");
		bitmap_finish(picture);
		return;
	}
	e->stored[e->stored_count++] = (struct stored){ kind, { key[0], key[1] }, *picture };
	e->stored_bytes += size;
}

void graphics_finish(struct escpos *e)
{
	raster_abandon(e);
	while (e->stored_count)
		forget(e, &e->stored[0]);
	bitmap_finish(&e->graphics.picture);
}

static void print_picture(struct escpos *e, const struct bitmap *dots, unsigned sx, unsigned sy)
{
	uint32_t width = dots->width_dots * sx, height = dots->height_dots * sy;
	struct picture picture = { dots->rows, dots->stride, dots->width_dots, dots->height_dots,
		sx, sy };
	struct block b = block_begin(e, width, height);
	struct mark mark = { .kind = MARK_IMAGE, .x = b.mark_x, .y = b.mark_y, .width = width,
		.height = height };
	char hex[65];

	canvas_draw(&b.canvas, b.x, b.y, &picture);
	sha256_hex((struct str){ (const char *)dots->rows, dots->stride * dots->height_dots }, hex);
	block_mark(e, &mark, (struct str){ hex, 64 });
	block_end(e, width, height);
}

static bool picture_from_rows(struct bitmap *b, uint32_t width, uint32_t height,
    const uint8_t *rows)
{
	bitmap_init(b, width);
	if (!width || !height || !bitmap_need(b, height))
		return false;
	memcpy(b->rows, rows, b->stride * height);
	return true;
}

/* Columns of `depth` bytes each, top dot highest. */
static bool picture_from_columns(struct bitmap *b, uint32_t columns, uint32_t depth,
    const uint8_t *bytes)
{
	bitmap_init(b, columns);
	if (!columns || !bitmap_need(b, depth * 8))
		return false;
	for (uint32_t x = 0; x < columns; x++) {
		for (uint32_t y = 0; y < depth * 8; y++) {
			if (bytes[x * depth + y / 8] & (0x80 >> (y % 8)))
				bitmap_set(b, x, y);
		}
	}
	return true;
}

/* GS ( L and GS 8 L: m fn ... */

/* fn 112: a bx by c xL xH yL yH rows */
static void graphics_raster(struct escpos *e, const uint8_t *p, size_t len)
{
	uint32_t width, height;

	if (len < 10)
		return;
	width = word(p + 6);
	height = word(p + 8);
	if (p[2] != 48) {
		printer_warn(e->printer, "multi-tone graphics are not printed");
		return;
	}
	bitmap_finish(&e->graphics.picture);
	if ((size_t)(width + 7) / 8 * height > len - 10 ||
	    !picture_from_rows(&e->graphics.picture, width, height, p + 10))
		return;
	e->graphics_sx = p[3] == 2 ? 2 : 1;
	e->graphics_sy = p[4] == 2 ? 2 : 1;
}

static void graphics_print(struct escpos *e, const uint8_t *p, size_t len)
{
	(void)p;
	(void)len;
	if (!e->graphics.picture.height_dots)
		return;
	print_picture(e, &e->graphics.picture, e->graphics_sx, e->graphics_sy);
	bitmap_finish(&e->graphics.picture);
}

/* fn 67 and 83: a kc1 kc2 b xL xH yL yH c rows */
static void graphics_define(struct escpos *e, const uint8_t *p, size_t len)
{
	struct bitmap picture;
	uint8_t kind = p[1] == 67 ? 'N' : 'D';

	if (len < 11 || p[2] != 48)
		return;
	uint32_t width = word(p + 6), height = word(p + 8);
	if ((size_t)(width + 7) / 8 * height > len - 11)
		return;
	if (picture_from_rows(&picture, width, height, p + 11))
		store(e, kind, p + 3, &picture);
	else
		bitmap_finish(&picture);
}

/* fn 69 and 85: kc1 kc2 x y */
static void graphics_print_key(struct escpos *e, const uint8_t *p, size_t len)
{
	const struct stored *s;

	if (len < 6)
		return;
	s = find_stored(e, p[1] == 69 ? 'N' : 'D', p + 2);
	if (s)
		print_picture(e, &s->picture, p[4] == 2 ? 2 : 1, p[5] == 2 ? 2 : 1);
	else
		printer_warn(e->printer, "a stored picture was asked for that is not there");
}

static void graphics_forget_all(struct escpos *e, const uint8_t *p, size_t len)
{
	(void)len;
	forget_kind(e, p[1] == 65 ? 'N' : 'D');
}

static void graphics_forget_key(struct escpos *e, const uint8_t *p, size_t len)
{
	struct stored *s = len < 4 ? NULL : find_stored(e, p[1] == 66 ? 'N' : 'D', p + 2);

	if (s)
		forget(e, s);
}

void graphics_function(struct escpos *e, const uint8_t *p, size_t len)
{
	static const struct {
		uint8_t fn;
		void (*run)(struct escpos *e, const uint8_t *p, size_t len);
	} functions[] = {
		{ 112, graphics_raster }, { 2, graphics_print }, { 50, graphics_print },
		{ 67, graphics_define }, { 83, graphics_define },
		{ 69, graphics_print_key }, { 85, graphics_print_key },
		{ 65, graphics_forget_all }, { 81, graphics_forget_all },
		{ 66, graphics_forget_key }, { 82, graphics_forget_key },
		{ 49, NULL }, { 1, NULL }, /* density */
	};

	for (size_t i = 0; len >= 2 && i < COUNT_OF(functions); i++) {
		if (functions[i].fn != p[1])
			continue;
		if (functions[i].run)
			functions[i].run(e, p, len);
		return;
	}
	printer_unknown(e->printer, "1D 28 4C fn %u", len >= 2 ? p[1] : 0u);
}

/* 1D 38 4C p1 p2 p3 p4 m fn ... : as GS ( L with a longer length. */
static size_t gs_8_length(const uint8_t *p, size_t have)
{
	if (have < 5)
		return 5;
	return 5 + (size_t)(word(p + 1) | (uint32_t)word(p + 3) << 16);
}

static void gs_8(struct escpos *e, const uint8_t *p, size_t len)
{
	if (p[0] == 'L')
		graphics_function(e, p + 5, len - 5);
	else
		printer_unknown(e->printer, "1D 38 %02X", p[0]);
}

/* column pictures */

static size_t esc_columns_length(const uint8_t *p, size_t have)
{
	return have < 3 ? 3 : 3 + (size_t)word(p + 1) * (p[0] >= 32 ? 3 : 1);
}

/* ESC * m nL nH: m 0 and 1 of 8 dots, 32 and 33 of 24; even m at half density. */
static void esc_columns(struct escpos *e, const uint8_t *p, size_t len)
{
	bool tall = p[0] >= 32;
	unsigned sx = p[0] & 1 ? 1 : 2, sy = tall ? 1 : 3;
	uint32_t columns = word(p + 1), room = line_area(e) / sx;
	struct bitmap picture;

	(void)len;
	if (columns > room)
		columns = room;
	printer_begin(e->printer);
	if (!picture_from_columns(&picture, columns, tall ? 3 : 1, p + 3)) {
		bitmap_finish(&picture);
		return;
	}
	struct cell *cell = line_cell(e, columns * sx, 24);
	cell->picture = picture;
	cell->sx = sx;
	cell->sy = sy;
}

static size_t gs_define_length(const uint8_t *p, size_t have)
{
	return have < 2 ? 2 : 2 + (size_t)p[0] * p[1] * 8;
}

static const uint8_t no_key[2];

/* GS * x y: the one downloaded bit image, x bytes wide, y bytes high. */
static void gs_define(struct escpos *e, const uint8_t *p, size_t len)
{
	struct bitmap picture;

	(void)len;
	if (picture_from_columns(&picture, p[0] * 8u, p[1], p + 2))
		store(e, '*', no_key, &picture);
	else
		bitmap_finish(&picture);
}

static void gs_print_defined(struct escpos *e, const uint8_t *p, size_t len)
{
	const struct stored *s = find_stored(e, '*', no_key);

	(void)len;
	if (s)
		print_picture(e, &s->picture, twice_wide(p[0]) ? 2 : 1, twice_high(p[0]) ? 2 : 1);
}

/* FS q n, then n pictures: xL xH yL yH columns. */
static size_t fs_define_length(const uint8_t *p, size_t have)
{
	size_t at = 1;

	for (unsigned i = 0; have && i < p[0]; i++) {
		if (have < at + 4)
			return at + 4;
		at += 4 + (size_t)word(p + at) * word(p + at + 2) * 8;
	}
	return at;
}

static void fs_define(struct escpos *e, const uint8_t *p, size_t len)
{
	struct bitmap picture;
	size_t at = 1;

	(void)len;
	forget_kind(e, 'Q');
	for (unsigned i = 0; i < p[0]; i++) {
		uint8_t key[2] = { 0, (uint8_t)(i + 1) };
		uint32_t x = word(p + at), y = word(p + at + 2);
		if (picture_from_columns(&picture, x * 8, y, p + at + 4))
			store(e, 'Q', key, &picture);
		else
			bitmap_finish(&picture);
		at += 4 + (size_t)x * y * 8;
	}
}

static void fs_print(struct escpos *e, const uint8_t *p, size_t len)
{
	uint8_t key[2] = { 0, p[0] };
	const struct stored *s = find_stored(e, 'Q', key);

	(void)len;
	if (s)
		print_picture(e, &s->picture, twice_wide(p[1]) ? 2 : 1, twice_high(p[1]) ? 2 : 1);
	else
		printer_warn(e->printer, "a stored picture was asked for that is not there");
}

const struct command graphics_commands[] = {
	{ GS, '8', 0, gs_8_length, gs_8 },
	{ ESC, '*', 0, esc_columns_length, esc_columns },
	{ GS, '*', 0, gs_define_length, gs_define },
	{ GS, '/', 1, NULL, gs_print_defined },
	{ FS, 'q', 0, fs_define_length, fs_define },
	{ FS, 'p', 2, NULL, fs_print },
	{ 0 },
};
