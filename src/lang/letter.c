/* A letter is made at its own size, turned, then enlarged onto the paper. */
#include "lang/letter.h"

#include <string.h>

#include "gfx/font_table.h"

#define SIDE 24
#define STRIDE (SIDE / 8)

static uint32_t cell_width(const struct letter *l)
{
	return l->font_b ? 9 : 12;
}

static uint32_t cell_height(const struct letter *l)
{
	return l->font_b ? 17 : 24;
}

uint32_t letter_width(const struct letter *l)
{
	return (l->turned ? cell_height(l) : cell_width(l)) * l->wide;
}

uint32_t letter_height(const struct letter *l)
{
	return (l->turned ? cell_width(l) : cell_height(l)) * l->high;
}

/* What the font lacks is a box, a dot from the sides and two from top and bottom. */
static uint32_t box_row(uint32_t y, uint32_t width, uint32_t height)
{
	uint32_t whole = (1u << width) - 1, inner = whole >> 1 & ~1u, sides = inner;
	if (y < 2 || y > height - 3)
		return 0;
	if (y > 2 && y < height - 3)
		sides = 1u << (width - 2) | 2;
	return sides;
}

/* A row of the cell, its leftmost dot in bit 23. */
static uint32_t cell_row(const struct letter *l, const uint16_t *rows, uint32_t code, uint32_t y)
{
	uint32_t width = cell_width(l), height = cell_height(l), bits = 0;
	uint32_t all = ((1u << width) - 1) << (SIDE - width);
	if (rows)
		bits = y < font_tables[l->font_b].height ? (uint32_t)rows[y] << 8 : 0;
	else if (code != ' ' && code != 0x3000)
		bits = box_row(y, width, height) << (SIDE - width);
	if (l->bold && rows)
		bits |= bits >> 1;
	return l->invert ? bits ^ all : bits;
}

static void turn(uint32_t rows[SIDE], uint32_t width, uint32_t height)
{
	uint32_t turned[SIDE] = { 0 };
	for (uint32_t y = 0; y < height; y++)
		for (uint32_t x = 0; x < width; x++)
			if (rows[y] >> (SIDE - 1 - x) & 1)
				turned[x] |= 1u << (SIDE - 1 - (height - 1 - y));
	memcpy(rows, turned, sizeof(turned));
}

void letter_draw(const struct letter *l, uint32_t code, struct bitmap *to, int64_t x, int64_t y)
{
	const uint16_t *font = font_table_rows(&font_tables[l->font_b], code);
	uint32_t rows[SIDE] = { 0 }, width = cell_width(l), height = cell_height(l);
	uint8_t packed[SIDE][STRIDE];
	for (uint32_t i = 0; i < height; i++)
		rows[i] = cell_row(l, font, code, i);
	if (l->turned)
		turn(rows, width, height);
	for (uint32_t i = 0; i < SIDE; i++)
		for (uint32_t b = 0; b < STRIDE; b++)
			packed[i][b] = (uint8_t)(rows[i] >> (8 * (STRIDE - 1 - b)));
	bitmap_draw(to, x, y, packed[0], STRIDE, l->turned ? height : width,
	    l->turned ? width : height, l->wide, l->high);
	if (l->underline && !l->invert && !l->turned)
		bitmap_fill(to, x, y + letter_height(l) - l->underline, letter_width(l),
		    l->underline, true);
}
