/*
 * A line is laid out at one by one and scaled into its place. Sizes are
 * attributes where they differ within the line.
 */
#include "render/paragraph.h"

#include <math.h>
#include <stdlib.h>

#include "base/mem.h"
#include "base/text.h"
#include "render/cluster.h"
#include "render/font.h"
#include "render/ink.h"


static void add_attribute(PangoAttrList *list, PangoAttribute *a, size_t from, size_t to)
{
	a->start_index = (guint)from;
	a->end_index = (guint)to;
	pango_attr_list_insert(list, a);
}

/* Joined scripts in a font of their own, not in that of cells. */
static void add_families(PangoAttrList *list, struct str text)
{
	size_t at = 0, from = 0;
	bool inside = false;

	while (at <= text.len) {
		struct cluster c = cluster_next(text, at);
		bool now = c.len > 0 && (c.shaped || (inside && c.code == ' '));
		if (now && !inside)
			from = at;
		if (inside && !now)
			add_attribute(list, pango_attr_family_new(FONT_SHAPED), from, at);
		inside = now;
		if (c.len == 0)
			break;
		at += c.len;
	}
}

/* Sizes are attributes when they differ; else the whole line is scaled. */
static bool one_size(const struct run *runs, size_t count)
{
	for (size_t i = 1; i < count; i++)
		if (runs[i].wide != runs[0].wide || runs[i].high != runs[0].high)
			return false;
	return true;
}

static void add_styles(PangoAttrList *list, const struct run *runs, size_t count, double em)
{
	bool same = one_size(runs, count);
	size_t at = 0;

	for (size_t i = 0; i < count; i++) {
		size_t end = at + runs[i].text.len;
		if (runs[i].bold)
			add_attribute(list, pango_attr_weight_new(PANGO_WEIGHT_BOLD), at, end);
		if (!same)
			add_attribute(list, pango_attr_size_new_absolute(
			    (int)(em * runs[i].high * PANGO_SCALE)), at, end);
		at = end;
	}
}

/* A line of runs, laid out at 1 x 1; `text` holds what they say, joined. */
static PangoLayout *shape(struct str text, const struct run *runs, size_t count,
    const struct cell *cell)
{
	bool rtl = cluster_is_rtl(text);
	PangoLayout *layout = pango_layout_new(font_pango(
	    rtl ? PANGO_DIRECTION_RTL : PANGO_DIRECTION_LTR));
	PangoAttrList *list = pango_attr_list_new();

	pango_layout_set_single_paragraph_mode(layout, TRUE);
	ink_font(layout, ink_em(cell, false), false);
	add_families(list, text);
	add_styles(list, runs, count, ink_em(cell, false));
	pango_layout_set_attributes(layout, list);
	pango_attr_list_unref(list);
	pango_layout_set_text(layout, text.ptr, (int)text.len);
	ink_note_missing(layout, text);
	return layout;
}

uint32_t paragraph_measure(struct str text, const struct run *style, const struct cell *cell)
{
	struct run run = *style;
	PangoRectangle logical;

	run.text = text;
	PangoLayout *layout = shape(text, &run, 1, cell);
	pango_layout_get_extents(layout, NULL, &logical);
	g_object_unref(layout);
	return (uint32_t)ceil((double)logical.width * style->wide / PANGO_SCALE);
}

static unsigned highest(const struct run *runs, size_t count)
{
	unsigned high = 1;

	for (size_t i = 0; i < count; i++)
		high = runs[i].high > high ? runs[i].high : high;
	return high;
}

/* How a shaped line stands in its place: scales, origin of its baseline. */
struct stance {
	double sx, sy, x, y;
};

static struct stance stand(PangoLayoutLine *line, const struct place *place,
    const struct run *runs, size_t count, const struct cell *cell)
{
	PangoRectangle ink, logical;
	bool same = one_size(runs, count);
	struct stance s = { .sx = same ? runs[0].wide : 1, .sy = same ? runs[0].high : 1 };

	pango_layout_line_get_extents(line, &ink, &logical);
	double width = (double)logical.width / PANGO_SCALE;
	double height = (double)ink.height / PANGO_SCALE;
	if (width * s.sx > place->width)
		s.sx *= place->width / (width * s.sx);
	if (height * s.sy > place->height)
		s.sy *= place->height / (height * s.sy);
	double top = (double)ink.y / PANGO_SCALE * s.sy;
	unsigned high = highest(runs, count);
	s.y = (double)place->height - cell->height * high + ink_baseline(cell, false) * high;
	if (s.y + top + height * s.sy > place->height)
		s.y = place->height - top - height * s.sy;
	if (s.y + top < 0)
		s.y = -top;
	double rest = place->width - width * s.sx;
	s.x = place->align == ALIGN_END ? rest : place->align == ALIGN_CENTER ? rest / 2 : 0;
	return s;
}

/* Underlines and inversions go by where their runs came to stand. */
static void decorate(struct bitmap *to, PangoLayoutLine *line, const struct place *place,
    const struct stance *s, const struct run *style, size_t from)
{
	int *ranges, count;

	if (!style->underline && !style->invert)
		return;
	pango_layout_line_get_x_ranges(line, (int)from, (int)(from + style->text.len), &ranges,
	    &count);
	for (int i = 0; i < count; i++) {
		int64_t left = (int64_t)round(s->x + ranges[2 * i] * s->sx / PANGO_SCALE);
		int64_t right = (int64_t)round(s->x + ranges[2 * i + 1] * s->sx / PANGO_SCALE);
		if (style->invert)
			for (int64_t y = 0; y < place->height; y++)
				for (int64_t x = left; x < right; x++)
					bitmap_fill(to, place->x + x, place->y + y, 1, 1,
					    !bitmap_get(to, place->x + x, place->y + y));
		glyph_underline(to, place->x + left, place->y + place->height,
		    (uint32_t)(right > left ? right - left : 0), style);
	}
	g_free(ranges);
}

void paragraph_draw(struct bitmap *to, const struct place *place, const struct run *runs,
    size_t count, const struct cell *cell)
{
	struct buf text;
	bool bold = false;

	buf_init(&text, STEP_TEXT_MAX * 8);
	for (size_t i = 0; i < count; i++) {
		buf_add_str(&text, runs[i].text);
		bold = bold || runs[i].bold;
	}
	if (text.len == 0 || text.failed || place->width == 0)
		goto out;
	PangoLayout *layout = shape(buf_str(&text), runs, count, cell);
	PangoLayoutLine *line = pango_layout_get_line_readonly(layout, 0);
	struct stance s = stand(line, place, runs, count, cell);
	struct ink g = ink_open(place->width, place->height);
	cairo_translate(g.cairo, s.x, s.y);
	cairo_scale(g.cairo, s.sx, s.sy);
	ink_show(&g, line, 0, 0, bold);
	uint8_t *dots = ink_close(&g);
	bitmap_draw(to, place->x, place->y, dots, (place->width + 7) / 8, place->width,
	    place->height, 1, 1);
	free(dots);
	for (size_t i = 0, from = 0; i < count; from += runs[i].text.len, i++)
		decorate(to, line, place, &s, &runs[i], from);
	g_object_unref(layout);
out:
	buf_finish(&text);
}


void paragraph_breaks(struct str text, bool *breaks)
{
	glong chars = g_utf8_strlen(text.ptr, (gssize)text.len);
	PangoLogAttr *attrs = mem_array((size_t)chars + 1, sizeof *attrs);
	size_t at = 0;

	pango_get_log_attrs(text.ptr, (int)text.len, -1, pango_language_get_default(), attrs,
	    (int)chars + 1);
	for (glong i = 0; i < chars; i++) {
		breaks[at] = i > 0 && attrs[i].is_line_break;
		utf8_next(text, &at);
	}
	free(attrs);
}


void paragraph_warm(const struct cell *cell)
{
	static const char *const scripts[] = { "שלום 1", "سلام 1", "ไทย 1", "हिन्दी 1" };
	struct place place = { .width = cell->width * 10, .height = cell->height };
	struct bitmap scratch;
	bool breaks[64];

	bitmap_init(&scratch, place.width);
	for (size_t i = 0; i < COUNT_OF(scripts); i++) {
		for (int bold = 0; bold < 2; bold++) {
			struct run run = { .text = str_of(scripts[i]), .wide = 1, .high = 1,
				.bold = bold };
			paragraph_draw(&scratch, &place, &run, 1, cell);
		}
		paragraph_breaks(str_of(scripts[i]), breaks);
	}
	ink_missing();
	bitmap_finish(&scratch);
}
