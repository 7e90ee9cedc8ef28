/*
 * Blocks, one below the other, with the margins between them collapsed; then the
 * page: coordinates for all, and what is positioned absolutely.
 */
#include <math.h>

#include "render/html/flow.h"

/* Margins that meet: the largest of the positive less the largest of the negative. */
struct margins {
	float more, less;
};

static struct margins join(struct margins a, struct margins b)
{
	return (struct margins){ fmaxf(a.more, b.more), fmaxf(a.less, b.less) };
}

static struct margins margin_of(float v)
{
	return v >= 0 ? (struct margins){ v, 0 } : (struct margins){ 0, -v };
}

static float sum(struct margins m)
{
	return m.more - m.less;
}

static bool in_flow(const struct box *b)
{
	return !b->outside;
}

static bool collapses_top(const struct box *b)
{
	return b->kind == BOX_BLOCK && !box_is_formatting_root(b) && !b->inline_content &&
	    b->border[TOP] == 0 && b->padding[TOP] == 0;
}

static bool collapses_bottom(const struct box *b)
{
	return b->kind == BOX_BLOCK && !box_is_formatting_root(b) && !b->inline_content &&
	    b->border[BOTTOM] == 0 && b->padding[BOTTOM] == 0 &&
	    len_is_auto(b->style->box.height);
}

/* The margin above a box, with those of its first children that it lets through. */
static struct margins top_margin(struct box *b, float width)
{
	layout_edges(b, width);
	struct margins m = margin_of(b->margin[TOP]);
	for (struct box *c = b->first; c && collapses_top(b); c = c->next) {
		if (!in_flow(c))
			continue;
		if (c->style->box.clear)
			break;
		return join(m, top_margin(c, width));
	}
	return m;
}

static struct margins bottom_margin(const struct box *b)
{
	return (struct margins){ b->margin_bottom_sum, b->margin_bottom_drop };
}

static bool is_empty(const struct box *b)
{
	return b->kind == BOX_BLOCK && b->h == 0 && !box_is_formatting_root(b) &&
	    len_of(b->style->box.min_height, 0) == 0;
}

struct stacking {
	struct layout *l;
	struct box *b;
	float width, height, y;
	struct margins pending;
	bool at_top;            /* nothing has stood here yet, and margins go through */
};

static void place_outside(struct stacking *s, struct box *c)
{
	float y = s->y + (s->at_top ? 0 : sum(s->pending));
	if (c->style->box.floats) {
		float_place(s->l, c, y, s->width);
		return;
	}
	c->x = s->b->border[LEFT] + s->b->padding[LEFT];
	c->y = s->b->border[TOP] + s->b->padding[TOP] + y;
}

/* Beside floats, a formatting root gets what is free; below, when that is too little. */
static void avoid_floats(struct stacking *s, struct box *c, struct offer *o, float *x, float *y)
{
	float left, right;
	bool apart = box_is_formatting_root(c) || c->kind == BOX_REPLACED;
	if (!apart || !s->l->floats || !s->l->floats->count)
		return;
	layout_measure(s->l, c);
	for (;;) {
		float_gap(s->l, *y, 1, s->width, &left, &right);
		float next = float_next(s->l, *y);
		if (right - left >= c->least - 0.05f || next <= *y)
			break;
		*y = next;
	}
	*x = left;
	o->width = right - left;
}

static void place_block(struct stacking *s, struct box *c)
{
	struct offer o = { s->width, s->height, UNKNOWN, UNKNOWN, false };
	struct box *b = s->b;
	float x = 0;
	s->pending = join(s->pending, top_margin(c, s->width));
	float y = s->y + (s->at_top ? 0 : sum(s->pending));
	float clear = float_clear(s->l, c->style->box.clear, y);
	bool cleared = clear > y;
	if (cleared) {
		y = clear;
		s->at_top = false;
	}
	avoid_floats(s, c, &o, &x, &y);
	float root_x = s->l->root_x, root_y = s->l->root_y;
	s->l->root_x += x + c->margin[LEFT] + c->border[LEFT] + c->padding[LEFT];
	s->l->root_y += y + c->border[TOP] + c->padding[TOP];
	c->margin_bottom_sum = fmaxf(0, c->margin[BOTTOM]);
	c->margin_bottom_drop = fmaxf(0, -c->margin[BOTTOM]);
	layout_box(s->l, c, &o);
	s->l->root_x = root_x;
	s->l->root_y = root_y;
	c->x = b->border[LEFT] + b->padding[LEFT] + x + c->margin[LEFT];
	c->y = b->border[TOP] + b->padding[TOP] + y;
	if (is_empty(c) && !cleared) {
		s->pending = join(s->pending, bottom_margin(c));
		return;
	}
	s->y = y + c->h;
	s->pending = bottom_margin(c);
	s->at_top = false;
}

float layout_blocks(struct layout *l, struct box *b, float width, float height)
{
	struct stacking s = { .l = l, .b = b, .width = width, .height = height,
		.at_top = collapses_top(b) };
	for (struct box *c = b->first; c; c = c->next) {
		if (c->marker)
			continue;
		if (in_flow(c))
			place_block(&s, c);
		else
			place_outside(&s, c);
	}
	struct margins own = margin_of(b->margin[BOTTOM]);
	if (collapses_bottom(b)) {
		if (!s.at_top || s.y > 0)
			own = join(own, s.pending);
	} else if (!s.at_top) {
		s.y += sum(s.pending);
	}
	b->margin_bottom_sum = own.more;
	b->margin_bottom_drop = own.less;
	return fmaxf(s.y, 0);
}
