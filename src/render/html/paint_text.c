/*
 * Lines of text: what is behind inline boxes first, then glyphs, then the lines
 * under, over and through them.
 */
#include <math.h>

#include "render/html/flow.h"
#include "render/html/fonts.h"
#include "render/html/paint.h"

static float darker_of(const struct brush *p, const struct box *inlines, const struct box *root)
{
	float behind = p->backdrop;
	for (const struct box *b = inlines; b && b != root; b = b->parent)
		if (b->kind == BOX_INLINE && b->style->box.background.a)
			return color_brightness(b->style->box.background, behind);
	return behind;
}

static void choose_ink(struct brush *p, struct color c, float behind)
{
	float bright = color_brightness(c, behind);
	/* lighter than what is behind: white on it; else black, however pale it was meant */
	bool white = bright > behind + 0.02f || (bright > 0.97f && behind > 0.97f);
	brush_ink(p, !white);
}

static void strike(struct brush *p, float x, float y, float w, float thick)
{
	brush_rectangle(p, x, roundf(y), w, thick);
	cairo_fill(p->cairo);
}

static void decorate(struct brush *p, const struct box *b, float x, float baseline, float w)
{
	uint8_t lines = b->style->text.decoration;
	float size = b->style->text.font_size, thick = fmaxf(1, roundf(size / 16));
	if (lines & DECORATION_UNDER)
		strike(p, x, baseline + fmaxf(1, size / 9), w, thick);
	if (lines & DECORATION_OVER)
		strike(p, x, baseline - fonts_face(p->doc, b->style)->measures.ascent, w, thick);
	if (lines & DECORATION_THROUGH)
		strike(p, x, baseline - size * 0.28f, w, thick);
}

static void paint_glyphs(struct brush *p, const struct fragment *g, float x, float y)
{
	cairo_move_to(p->cairo, x, y);
	pango_cairo_show_glyph_string(p->cairo, g->font, g->glyphs);
	cairo_new_path(p->cairo);
}

static void paint_fragment(struct brush *p, const struct box *root, const struct fragment *g,
    float x,
    float y)
{
	const struct box *b = g->piece->box;
	if (!g->glyphs || b->style->text.hidden)
		return;
	choose_ink(p, b->style->text.color, darker_of(p, b->parent, root));
	if (fonts_measures(p->doc, g->font).coloured && !brush_tone(p, 0))
		return;
	/* an inline box that is positioned carries its text along */
	x += b->parent->page_x - root->page_x;
	y += b->parent->page_y - root->page_y;
	paint_glyphs(p, g, x + g->x, y + g->y);
	if (b->style->text.decoration)
		decorate(p, b, x + g->x, y + g->y, g->width);
}

static bool is_decorated(const struct box *b)
{
	const struct box_style *s = &b->style->box;
	return s->background.a || s->gradient ||
	    b->border[TOP] + b->border[RIGHT] + b->border[BOTTOM] + b->border[LEFT] > 0;
}

static bool within(const struct box *b, const struct box *outer)
{
	while (b && b != outer)
		b = b->parent;
	return b != NULL;
}

/* The stretch of a line that belongs to an inline box, from its first fragment on. */
static void paint_inline(struct brush *p, const struct box *b, const struct line *ln, size_t from,
    float x, float y)
{
	float left = INFINITY, right = -INFINITY, baseline = ln->baseline;
	struct measures m = fonts_face(p->doc, b->style)->measures;
	for (size_t i = from; i < ln->count; i++) {
		const struct fragment *g = &ln->fragments[i];
		if (!within(g->piece->box, b))
			continue;
		bool edge = g->piece->box == b && g->piece->kind != PIECE_TEXT;
		bool open = g->piece->kind == PIECE_OPEN;
		bool at_left = edge && open != (bool)b->style->text.rtl;
		float cut_left = edge && at_left ? b->margin[LEFT] : 0;
		float cut_right = edge && !at_left ? b->margin[RIGHT] : 0;
		left = fminf(left, g->x + cut_left);
		right = fmaxf(right, g->x + g->width - cut_right);
		if (g->piece->box->parent == b)
			baseline = g->y;
	}
	float top = baseline - m.ascent - b->padding[TOP] - b->border[TOP];
	float bottom = baseline + m.descent + b->padding[BOTTOM] + b->border[BOTTOM];
	if (b->style->text.hidden || right <= left)
		return;
	paint_background(p, b, x + left, y + top, right - left, bottom - top);
	paint_borders(p, b, x + left, y + top, right - left, bottom - top);
}

static void paint_inlines(struct brush *p, const struct box *root, const struct line *ln, float x,
    float y)
{
	const struct box *done = NULL;
	for (size_t i = 0; i < ln->count; i++)
		for (const struct box *b = ln->fragments[i].piece->box; b &&
		    b != root; b = b->parent) {
			bool first = i == 0 || !within(ln->fragments[i - 1].piece->box, b);
			if (b->kind != BOX_INLINE || !first || b == done || !is_decorated(b))
				continue;
			paint_inline(p, b, ln, i, x, y);
			done = b;
		}
}

void paint_lines(struct brush *p, const struct box *b)
{
	float x = b->page_x + b->border[LEFT] + b->padding[LEFT];
	float y = b->page_y + b->border[TOP] + b->padding[TOP] + b->cell_shift;
	float slack = b->style->text.font_size;
	for (size_t i = 0; i < b->flow->line_count; i++) {
		const struct line *ln = &b->flow->lines[i];
		float top = y + ln->y;
		if (!p->turned && (top > p->bottom + slack || top + ln->height < p->top - slack))
			continue;
		arena_tick(&p->doc->arena);
		paint_inlines(p, b, ln, x, top);
		for (size_t k = 0; k < ln->count; k++)
			paint_fragment(p, b, &ln->fragments[k], x, top);
	}
}

void paint_marker(struct brush *p, const struct box *m)
{
	float y = m->page_y;
	if (!m->laid_out || m->style->text.hidden)
		return;
	PangoLayout *l = fonts_layout(p->doc, m->style, m->text);
	pango_layout_set_auto_dir(l, FALSE);
	choose_ink(p, m->style->text.color, p->backdrop);
	cairo_move_to(p->cairo, m->page_x, y + m->baseline);
	pango_cairo_show_layout_line(p->cairo, pango_layout_get_line_readonly(l, 0));
	cairo_new_path(p->cairo);
	g_object_unref(l);
}
