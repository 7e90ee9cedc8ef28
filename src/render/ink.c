/*
 * Pango draws grey; a dot is what is covered by more than 4/9, which keeps the
 * weight of thin strokes at 200 dpi.
 */
#include "render/ink.h"

#include <math.h>
#include <stdlib.h>

#include "base/mem.h"
#include "base/text.h"
#include "render/font.h"

enum { COVERED = 112 };

#define EM_OF_ADVANCE 0.60205 /* DejaVu Sans Mono: 1233 of 2048 units */
#define LINE_OF_EM 1.164      /* its ascent and descent */
#define ASCENT_OF_EM 0.928

static uint32_t missing;

uint32_t ink_missing(void)
{
	uint32_t code = missing;

	missing = 0;
	return code;
}

void ink_note_missing(PangoLayout *layout, struct str text)
{
	size_t at = 0;

	if (missing == 0 && pango_layout_get_unknown_glyphs_count(layout) > 0) {
		uint32_t code = utf8_next(text, &at);
		while (code < 0x80 && at < text.len)
			code = utf8_next(text, &at);
		missing = code;
	}
}


double ink_em(const struct cell *cell, bool wide)
{
	double square = cell->height < 2 * cell->width ? cell->height : 2.0 * cell->width;
	double by_width = cell->width / EM_OF_ADVANCE, by_height = cell->height / LINE_OF_EM;

	if (wide)
		return square * 0.92;
	return by_width < by_height ? by_width : by_height;
}

double ink_baseline(const struct cell *cell, bool wide)
{
	double em = ink_em(cell, wide);

	if (wide)
		return round((cell->height - em) / 2 + em * 0.86);
	return round((cell->height - em * LINE_OF_EM) / 2 + em * ASCENT_OF_EM);
}

void ink_font(PangoLayout *layout, double em, bool bold)
{
	PangoFontDescription *font = pango_font_description_new();

	pango_font_description_set_family_static(font, FONT_CELLS);
	pango_font_description_set_weight(font, bold ? PANGO_WEIGHT_BOLD : PANGO_WEIGHT_NORMAL);
	pango_font_description_set_absolute_size(font, em * PANGO_SCALE);
	pango_layout_set_font_description(layout, font);
	pango_font_description_free(font);
}

/* Many fallback fonts have one weight: they are struck twice, as printers do. */
static bool lacks_bold(PangoLayoutLine *line)
{
	for (GSList *run = line->runs; run; run = run->next) {
		const PangoGlyphItem *item = run->data;
		PangoFontDescription *font = pango_font_describe(item->item->analysis.font);
		bool light = pango_font_description_get_weight(font) < PANGO_WEIGHT_SEMIBOLD;
		pango_font_description_free(font);
		if (light)
			return true;
	}
	return false;
}


struct ink ink_open(uint32_t width, uint32_t height)
{
	struct ink g = { .width = width, .height = height };

	g.surface = cairo_image_surface_create(CAIRO_FORMAT_A8, (int)width, (int)height);
	g.cairo = cairo_create(g.surface);
	return g;
}

/* Its dots, packed; to be freed. */
uint8_t *ink_close(struct ink *g)
{
	size_t stride = (g->width + 7) / 8;
	uint8_t *dots = mem_alloc(stride * g->height + 1);

	cairo_surface_flush(g->surface);
	const uint8_t *grey = cairo_image_surface_get_data(g->surface);
	size_t from = (size_t)cairo_image_surface_get_stride(g->surface);
	for (uint32_t y = 0; grey && y < g->height; y++)
		for (uint32_t x = 0; x < g->width; x++)
			if (grey[y * from + x] >= COVERED)
				dots[y * stride + x / 8] |= (uint8_t)(0x80 >> (x % 8));
	cairo_destroy(g->cairo);
	cairo_surface_destroy(g->surface);
	return dots;
}

void ink_show(struct ink *g, PangoLayoutLine *line, double x, double y, bool bold)
{
	cairo_move_to(g->cairo, x, y);
	pango_cairo_show_layout_line(g->cairo, line);
	if (bold && lacks_bold(line)) {
		cairo_move_to(g->cairo, x + 1, y);
		pango_cairo_show_layout_line(g->cairo, line);
	}
}

