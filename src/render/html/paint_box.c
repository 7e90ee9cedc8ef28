/*
 * Backgrounds and borders. Edges are put on whole dots; a border is as wide as
 * its rounded width everywhere.
 */
#include <math.h>

#include "render/html/paint.h"
#include "render/html/picture_box.h"

struct corners {
	float r[4]; /* top left, top right, bottom right, bottom left */
};

static struct corners corners_of(const struct box *b, float w, float h)
{
	struct corners c;
	float least = fminf(w, h);
	for (int i = 0; i < 4; i++)
		c.r[i] = fminf(len_of(b->style->box.radius[i], least), least / 2);
	return c;
}

static bool is_square(const struct corners *c)
{
	return c->r[0] < 1 && c->r[1] < 1 && c->r[2] < 1 && c->r[3] < 1;
}

static void round_path(struct brush *p, float x, float y, float w, float h, const struct corners *c,
    float inset)
{
	float right = roundf(x + w) - inset, bottom = roundf(y + h) - inset;
	x = roundf(x) + inset;
	y = roundf(y) + inset;
	const double at[4][2] = { { x, y }, { right, y }, { right, bottom }, { x, bottom } };
	static const int way[4][2] = { { 1, 1 }, { -1, 1 }, { -1, -1 }, { 1, -1 } };
	cairo_new_sub_path(p->cairo);
	for (int i = 0; i < 4; i++) {
		double r = fmax(0, c->r[i] - inset);
		cairo_arc(p->cairo, at[i][0] + way[i][0] * r, at[i][1] + way[i][1] * r, r,
		    M_PI + i * M_PI / 2, M_PI + (i + 1) * M_PI / 2);
	}
	cairo_close_path(p->cairo);
}

static void box_path(struct brush *p, const struct box *b, float x, float y, float w, float h)
{
	struct corners c = corners_of(b, w, h);
	if (is_square(&c))
		brush_rectangle(p, x, y, w, h);
	else
		round_path(p, x, y, w, h, &c, 0);
}

static void add_stops(struct brush *p, cairo_pattern_t *pattern, const struct gradient *g)
{
	float at = 0;
	for (unsigned i = 0; i < g->count; i++) {
		const struct gradient_stop *s = &g->stops[i];
		at = s->at >= 0 ? s->at : i == 0 ? 0 : (float)i / (float)(g->count - 1);
		float bright = color_brightness(s->color, p->backdrop);
		cairo_pattern_add_color_stop_rgb(pattern, at, bright, 1, 0);
	}
}

static void paint_gradient(struct brush *p, const struct gradient *g, float x, float y, float w,
    float h)
{
	double angle = g->degrees * M_PI / 180, dx = sin(angle), dy = -cos(angle);
	double half = (fabs(w * dx) + fabs(h * dy)) / 2, cx = x + w / 2, cy = y + h / 2;
	cairo_pattern_t *pattern = g->radial ?
	    cairo_pattern_create_radial(cx, cy, 0, cx, cy, hypotf(w, h) / 2) :
	    cairo_pattern_create_linear(cx - dx * half, cy - dy * half, cx + dx * half,
	    cy + dy * half);
	add_stops(p, pattern, g);
	if (brush_pattern(p, pattern))
		cairo_fill(p->cairo);
	cairo_new_path(p->cairo);
	cairo_pattern_destroy(pattern);
}

void paint_background(struct brush *p, const struct box *b, float x, float y, float w, float h)
{
	const struct box_style *s = &b->style->box;
	struct color c = s->background;
	if (y > p->bottom && !p->turned)
		return;
	c.a = (uint8_t)(c.a * p->opacity);
	if (c.a) {
		box_path(p, b, x, y, w, h);
		brush_fill(p, c);
	}
	if (s->gradient) {
		box_path(p, b, x, y, w, h);
		paint_gradient(p, s->gradient, x, y, w, h);
	}
	if (s->background_url.len)
		picture_background(p, b, x, y, w, h);
}

/* --- borders --- */

static void dash(struct brush *p, float x, float y, float length, float width, bool across,
    enum border_style style)
{
	float on = style == BORDER_DOTTED ? width : fmaxf(3 * width, 4);
	float off = style == BORDER_DOTTED ? width : fmaxf(2 * width, 3);
	int n = (int)fmaxf(1, roundf((length + off) / (on + off)));
	float step = n > 1 ? (length - on) / (float)(n - 1) : 0;
	for (int i = 0; i < n && i < 10000; i++) {
		float at = (float)i * step;
		bool here = across || p->turned || (y + at <= p->bottom && y + at + on >= p->top);
		if (!here)
			continue;
		brush_rectangle(p, across ? x + at : x, across ? y : y + at, across ? on : width,
		    across ? width : on);
	}
}

static void side_path(struct brush *p, enum border_style style, bool across, float x, float y,
    float w,
    float h)
{
	float width = across ? h : w;
	if (style == BORDER_DASHED || style == BORDER_DOTTED) {
		dash(p, x, y, across ? w : h, width, across, style);
	} else if (style == BORDER_DOUBLE && width >= 3) {
		float line = floorf(width / 3 + 0.5f), rest = width - line;
		brush_rectangle(p, x, y, across ? w : line, across ? line : h);
		brush_rectangle(p, across ? x : x + rest, across ? y + rest : y, across ? w : line,
		    across ? line : h);
	} else {
		brush_rectangle(p, x, y, w, h);
	}
}

/* Lines are crisp: black when one could see them on white paper at all. */
static bool border_ink(struct brush *p, struct color c)
{
	float bright = color_brightness(c, p->backdrop);
	bool white = p->backdrop < 0.5f;
	if (!c.a || (white ? bright < p->backdrop + 0.1f : bright > 0.9f))
		return false;
	brush_ink(p, !white);
	return true;
}

static void paint_side(struct brush *p, const struct box_style *s, int side, float x, float y,
    float w,
    float h)
{
	if (w <= 0 || h <= 0 || !border_ink(p, s->border_color[side]))
		return;
	side_path(p, s->border_style[side], side == TOP || side == BOTTOM, x, y, w, h);
	cairo_fill(p->cairo);
}

static void paint_sides(struct brush *p, const struct box_style *s, const float width[4], float x,
    float y, float w, float h)
{
	float right = roundf(x + w), bottom = roundf(y + h), dots[4];
	for (int i = 0; i < 4; i++) /* the same everywhere, and never lost */
		dots[i] = width[i] > 0 && width[i] < 1 ? 1 : roundf(width[i]);
	x = roundf(x);
	y = roundf(y);
	paint_side(p, s, TOP, x, y, right - x, dots[TOP]);
	paint_side(p, s, BOTTOM, x, bottom - dots[BOTTOM], right - x, dots[BOTTOM]);
	paint_side(p, s, LEFT, x, y, dots[LEFT], bottom - y);
	paint_side(p, s, RIGHT, right - dots[RIGHT], y, dots[RIGHT], bottom - y);
}

static void paint_round_border(struct brush *p, const struct box *b, float x, float y, float w,
    float h, const struct corners *c)
{
	float width = fmaxf(fmaxf(b->border[TOP], b->border[BOTTOM]),
	    fmaxf(b->border[LEFT], b->border[RIGHT]));
	if (width <= 0 || !border_ink(p, b->style->box.border_color[TOP]))
		return;
	round_path(p, x, y, w, h, c, width / 2);
	cairo_set_line_width(p->cairo, fmaxf(1, roundf(width)));
	cairo_stroke(p->cairo);
}

/* Collapsed: each cell draws what it asks for, in the middle of the shared edge. */
static void paint_collapsed(struct brush *p, const struct box *b, float x, float y, float w,
    float h)
{
	const struct box *table = b->parent;
	float width[4], outer[4];
	while (table && table->kind != BOX_TABLE)
		table = table->parent;
	for (int i = 0; i < 4; i++) {
		bool own = b->style->box.border_style[i] > BORDER_HIDDEN;
		width[i] = own ? 2 * b->border[i] : 0;
		outer[i] = 0;
	}
	if (table) {
		bool edge[4] = { fabsf(y - b->border[TOP] - table->page_y - table->caption_top) < 1,
			fabsf(x + w + b->border[RIGHT] - table->page_x - table->w) < 1,
			fabsf(y + h + b->border[BOTTOM] - table->page_y - table->h +
			    table->caption_bottom) < 1,
			fabsf(x - b->border[LEFT] - table->page_x) < 1 };
		for (int i = 0; i < 4; i++)
			if (edge[i] && !width[i] &&
			    table->style->box.border_style[i] > BORDER_HIDDEN)
				outer[i] = 2 * b->border[i];
	}
	float left = floorf(roundf(2 * b->border[LEFT]) / 2);
	float top = floorf(roundf(2 * b->border[TOP]) / 2);
	float right = ceilf(roundf(2 * b->border[RIGHT]) / 2);
	float bottom = ceilf(roundf(2 * b->border[BOTTOM]) / 2);
	x = roundf(x) - left;
	y = roundf(y) - top;
	w = roundf(w) + left + right;
	h = roundf(h) + top + bottom;
	paint_sides(p, &b->style->box, width, x, y, w, h);
	if (table)
		paint_sides(p, &table->style->box, outer, x, y, w, h);
}

void paint_borders(struct brush *p, const struct box *b, float x, float y, float w, float h)
{
	struct corners c = corners_of(b, w, h);
	if (b->kind == BOX_CELL && b->style->text.collapse)
		paint_collapsed(p, b, x, y, w, h);
	else if (b->border[TOP] + b->border[RIGHT] + b->border[BOTTOM] + b->border[LEFT] <= 0)
		return;
	else if (is_square(&c))
		paint_sides(p, &b->style->box, b->border, x, y, w, h);
	else
		paint_round_border(p, b, x, y, w, h, &c);
}
