/*
 * A character is drawn in its cell at its own size first (letter, box, under-
 * line, reverse), then enlarged, then turned: each step a plain loop over dots.
 */
#include "font.h"

#include <string.h>

#include "gfx/font_table.h"

struct cell {
	unsigned width, height; /* of the cell */
};

static const struct cell cells[] = {
	[FONT_A] = { 12, 24 },
	[FONT_B] = { 9, 17 },
};

static uint32_t cell_width(const struct style *style)
{
	return cells[style->font].width * (style->wide ? 2 : 1);
}

uint32_t font_width(const struct style *style)
{
	return style->rotated ? cells[style->font].height * style->width :
	                        cell_width(style) * style->width;
}

uint32_t font_height(const struct style *style)
{
	return style->rotated ? cell_width(style) * style->height :
	                        cells[style->font].height * style->height;
}

bool font_has(uint32_t code)
{
	return font_table_rows(&font_tables[FONT_A], code) != NULL;
}

static void set(struct glyph *g, uint32_t x, uint32_t y)
{
	g->rows[y * GLYPH_STRIDE + x / 8] |= (uint8_t)(0x80 >> (x % 8));
}

static bool get(const struct glyph *g, uint32_t x, uint32_t y)
{
	return g->rows[y * GLYPH_STRIDE + x / 8] & (0x80 >> (x % 8));
}

static void blank(struct glyph *g, uint32_t width, uint32_t height)
{
	g->width = width;
	g->height = height;
	memset(g->rows, 0, height * GLYPH_STRIDE);
}

static void draw_box(struct glyph *g)
{
	for (uint32_t x = 1; x + 1 < g->width; x++) {
		set(g, x, 2);
		set(g, x, g->height - 3);
	}
	for (uint32_t y = 2; y + 2 < g->height; y++) {
		set(g, 1, y);
		set(g, g->width - 2, y);
	}
}

static void draw_letter(uint32_t code, const struct style *style, struct glyph *g)
{
	const struct font_table *t = &font_tables[style->font];
	const uint16_t *rows = font_table_rows(t, code);
	unsigned left = style->wide ? cells[style->font].width / 2 : 0;

	if (!rows && code != ' ' && code != 0x3000) {
		draw_box(g);
		return;
	}
	for (unsigned y = 0; rows && y < t->height; y++) {
		uint32_t bits = (uint32_t)rows[y] << 8 >> left;
		uint8_t *to = g->rows + y * GLYPH_STRIDE;
		if (style->bold) /* each dot twice, as a print head does it */
			bits |= bits >> 1;
		to[0] = (uint8_t)(bits >> 16);
		to[1] = (uint8_t)(bits >> 8);
		to[2] = (uint8_t)bits;
	}
}

static void draw_reverse(struct glyph *g)
{
	for (uint32_t y = 0; y < g->height; y++) {
		for (uint32_t x = 0; x < g->width; x++)
			g->rows[y * GLYPH_STRIDE + x / 8] ^= (uint8_t)(0x80 >> (x % 8));
	}
}

static void draw_underline(struct glyph *g, unsigned dots)
{
	for (uint32_t y = g->height - dots; y < g->height; y++) {
		for (uint32_t x = 0; x < g->width; x++)
			set(g, x, y);
	}
}

static void enlarge(struct glyph *g, unsigned sx, unsigned sy)
{
	struct glyph from = *g;

	blank(g, from.width * sx, from.height * sy);
	for (uint32_t y = 0; y < g->height; y++) {
		for (uint32_t x = 0; x < g->width; x++) {
			if (get(&from, x / sx, y / sy))
				set(g, x, y);
		}
	}
}

static void turn_right(struct glyph *g)
{
	struct glyph from = *g;

	blank(g, from.height, from.width);
	for (uint32_t y = 0; y < from.height; y++) {
		for (uint32_t x = 0; x < from.width; x++) {
			if (get(&from, x, y))
				set(g, from.height - 1 - y, x);
		}
	}
}

void font_draw(uint32_t code, const struct style *style, struct glyph *glyph)
{
	bool plain = !style->rotated && !style->reverse;

	blank(glyph, cell_width(style), cells[style->font].height);
	draw_letter(code, style, glyph);
	if (style->reverse)
		draw_reverse(glyph);
	if (style->rotated)
		turn_right(glyph);
	if (style->width > 1 || style->height > 1)
		enlarge(glyph, style->width, style->height);
	if (style->underline && plain)
		draw_underline(glyph, style->underline);
}
