/*
 * One Pango layout for single clusters, and a table of finished dots before
 * it: most receipts never reach Pango.
 */
#include "render/glyph.h"

#include <math.h>
#include <stdlib.h>

#include "base/mem.h"
#include "base/text.h"
#include "render/font.h"
#include "render/ink.h"

enum { GLYPHS = 2048, UNDERLINE_DOTS = 2 };


struct glyph {
	uint32_t code;
	uint16_t cell_width, cell_height;
	uint8_t bold, wide, high;
	uint8_t *dots;
};

static struct glyph glyphs[GLYPHS];

static PangoLayout *cell_layout(void)
{
	static PangoLayout *layout;

	if (!layout)
		layout = pango_layout_new(font_pango(PANGO_DIRECTION_LTR));
	return layout;
}

/* By how much a glyph is to shrink to fit, and where it then stands. */
struct fit {
	double scale, x, y;
};

static struct fit fit_into(PangoLayoutLine *line, double width, const struct cell *cell,
    double baseline)
{
	PangoRectangle ink, logical;
	struct fit f = { .scale = 1 };

	pango_layout_line_get_extents(line, &ink, &logical);
	double ink_width = (double)ink.width / PANGO_SCALE;
	double ink_height = (double)ink.height / PANGO_SCALE;
	if (ink_width > width)
		f.scale = width / ink_width;
	if (ink_height * f.scale > cell->height)
		f.scale = cell->height / ink_height;
	double top = (double)ink.y / PANGO_SCALE * f.scale;
	f.y = baseline;
	if (f.y + top + ink_height * f.scale > cell->height)
		f.y = cell->height - top - ink_height * f.scale;
	if (f.y + top < 0)
		f.y = -top;
	double advance = (double)logical.width / PANGO_SCALE;
	double left = (double)ink.x / PANGO_SCALE * f.scale;
	if (fabs(advance - width) > 0.5) /* not of the font of cells: in the middle */
		f.x = (width - advance * f.scale) / 2;
	if (f.x + left < 0)
		f.x = -left;
	if (f.x + left + ink_width * f.scale > width)
		f.x = width - left - ink_width * f.scale;
	return f;
}

static uint8_t *cluster_dots(struct str text, unsigned cells, const struct run *style,
    const struct cell *cell)
{
	PangoLayout *layout = cell_layout();
	double width = cells * cell->width;
	struct ink g = ink_open(cells * cell->width * style->wide,
	    cell->height * style->high);

	ink_font(layout, ink_em(cell, cells == 2), style->bold);
	pango_layout_set_text(layout, text.ptr, (int)text.len);
	ink_note_missing(layout, text);
	PangoLayoutLine *line = pango_layout_get_line_readonly(layout, 0);
	struct fit f = fit_into(line, width, cell, ink_baseline(cell, cells == 2));
	cairo_scale(g.cairo, style->wide, style->high);
	cairo_translate(g.cairo, f.x, f.y);
	cairo_scale(g.cairo, f.scale, f.scale);
	ink_show(&g, line, 0, 0, style->bold);
	return ink_close(&g);
}

/* Lines and corners: their arms, from the middle of the cell to its edges. */
enum { ARM_UP = 1, ARM_DOWN = 2, ARM_LEFT = 4, ARM_RIGHT = 8, ARM_TWICE = 16 };

struct box {
	uint32_t code;
	unsigned arms;
};

static const struct box boxes[] = {
	{ 0x2500, ARM_LEFT | ARM_RIGHT },            /* ─ */
	{ 0x2502, ARM_UP | ARM_DOWN },               /* │ */
	{ 0x250c, ARM_DOWN | ARM_RIGHT },            /* ┌ */
	{ 0x2510, ARM_DOWN | ARM_LEFT },             /* ┐ */
	{ 0x2514, ARM_UP | ARM_RIGHT },              /* └ */
	{ 0x2518, ARM_UP | ARM_LEFT },               /* ┘ */
	{ 0x251c, ARM_UP | ARM_DOWN | ARM_RIGHT },   /* ├ */
	{ 0x2524, ARM_UP | ARM_DOWN | ARM_LEFT },    /* ┤ */
	{ 0x252c, ARM_DOWN | ARM_LEFT | ARM_RIGHT }, /* ┬ */
	{ 0x2534, ARM_UP | ARM_LEFT | ARM_RIGHT },   /* ┴ */
	{ 0x253c, ARM_UP | ARM_DOWN | ARM_LEFT | ARM_RIGHT }, /* ┼ */
	{ 0x2550, ARM_LEFT | ARM_RIGHT | ARM_TWICE },         /* ═ */
};

static const struct box *box_of(uint32_t code)
{
	for (size_t i = 0; i < COUNT_OF(boxes) && code >= 0x2500; i++)
		if (boxes[i].code == code)
			return &boxes[i];
	return NULL;
}

static uint8_t *box_dots(const struct box *box, uint32_t width, uint32_t height)
{
	struct bitmap b;
	uint32_t x = width / 2 - 1, y = height / 2 - 1;
	unsigned arms = box->arms;

	bitmap_init(&b, width);
	bitmap_need(&b, height);
	if (arms & ARM_TWICE) {
		bitmap_fill(&b, 0, y - 2, width, 2, true);
		bitmap_fill(&b, 0, y + 2, width, 2, true);
		return b.rows;
	}
	if (arms & (ARM_LEFT | ARM_RIGHT))
		bitmap_fill(&b, arms & ARM_LEFT ? 0 : x, y,
		    arms & ARM_LEFT ? (arms & ARM_RIGHT ? width : x + 2) : width - x, 2, true);
	if (arms & (ARM_UP | ARM_DOWN))
		bitmap_fill(&b, x, arms & ARM_UP ? 0 : y, 2,
		    arms & ARM_UP ? (arms & ARM_DOWN ? height : y + 2) : height - y, true);
	return b.rows;
}

static uint8_t *make_dots(const struct cluster *c, struct str text, const struct run *style,
    const struct cell *cell)
{
	const struct box *box = box_of(c->code);

	if (box && cell->width >= 4 && cell->height >= 8)
		return box_dots(box, cell->width * style->wide, cell->height * style->high);
	return cluster_dots(text, c->cells, style, cell);
}

static struct glyph *glyph_slot(const struct glyph *key)
{
	uint32_t hash = key->code * 2654435761u + key->bold * 40503u + key->wide * 9973u +
	    key->high * 7919u + key->cell_width * 31u + key->cell_height;

	return &glyphs[(hash >> 7) % GLYPHS];
}

static const uint8_t *kept_dots(const struct cluster *c, struct str text,
    const struct run *style, const struct cell *cell)
{
	struct glyph key = { c->code, (uint16_t)cell->width, (uint16_t)cell->height,
		style->bold, style->wide, style->high, NULL };
	struct glyph *slot = glyph_slot(&key);

	if (slot->dots && slot->code == key.code && slot->bold == key.bold &&
	    slot->wide == key.wide && slot->high == key.high &&
	    slot->cell_width == key.cell_width && slot->cell_height == key.cell_height)
		return slot->dots;
	free(slot->dots);
	*slot = key;
	slot->dots = make_dots(c, text, style, cell);
	return slot->dots;
}

/* White on black: what is drawn is the rest of the box. */
static void draw_inverted(struct bitmap *to, int64_t x, int64_t y, const uint8_t *dots,
    uint32_t width, uint32_t height)
{
	size_t bytes = (width + 7) / 8 * (size_t)height;
	uint8_t *rest = mem_alloc(bytes + 1);

	for (size_t i = 0; i < bytes; i++)
		rest[i] = (uint8_t)~dots[i];
	bitmap_draw(to, x, y, rest, (width + 7) / 8, width, height, 1, 1);
	free(rest);
}

void glyph_underline(struct bitmap *to, int64_t x, int64_t bottom, uint32_t width,
    const struct run *style)
{
	uint32_t thick = (uint32_t)(UNDERLINE_DOTS * style->high);

	if (style->underline)
		bitmap_fill(to, x, bottom - thick, width, thick, !style->invert);
}

void glyph_draw(struct bitmap *to, int64_t x, int64_t y, struct str text,
    const struct run *style, const struct cell *cell)
{
	struct cluster c = cluster_next(text, 0);
	uint32_t width = c.cells * cell->width * style->wide;
	uint32_t height = cell->height * style->high;
	char one[4];
	bool single = utf8_encode(c.code, one) == text.len;
	uint8_t *made = NULL;
	const uint8_t *dots;

	if (c.cells == 0)
		return;
	if (single)
		dots = kept_dots(&c, text, style, cell);
	else
		dots = made = make_dots(&c, text, style, cell);
	if (style->invert)
		draw_inverted(to, x, y, dots, width, height);
	else
		bitmap_draw(to, x, y, dots, (width + 7) / 8, width, height, 1, 1);
	glyph_underline(to, x, y + height, width, style);
	free(made);
}

/* What fallback fonts are for: one text each opens the font and finds its way there. */
void glyph_warm(const struct cell *cell)
{
	static const char *const others[] = { "é", "Ω", "Ж", "日", "ア", "ひ", "、", "￥", "한", "☕",
		"😀", "→", "€" };
	struct bitmap scratch;

	bitmap_init(&scratch, cell->width * 8);
	for (int bold = 0; bold < 2; bold++) {
		struct run style = { .wide = 1, .high = 1, .bold = bold };
		for (char c = ' '; c <= '~'; c++)
			glyph_draw(&scratch, 0, 0, (struct str){ &c, 1 }, &style, cell);
		for (size_t i = 0; i < COUNT_OF(others); i++)
			glyph_draw(&scratch, 0, 0, str_of(others[i]), &style, cell);
	}
	ink_missing();
	bitmap_finish(&scratch);
}
