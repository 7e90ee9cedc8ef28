/*
 * Floats of one formatting root, as rectangles in its content box.
 */
#include <math.h>

#include "render/html/layout.h"

static bool beside(const struct float_area *a, float y, float height)
{
	return a->y < y + (height > 0 ? height : 0.01f) && a->y + a->h > y;
}

void float_gap(const struct layout *l, float y, float height, float width, float *left,
    float *right)
{
	*left = 0;
	*right = width;
	for (size_t i = 0; l->floats && i < l->floats->count; i++) {
		const struct float_area *a = &l->floats->areas[i];
		if (!beside(a, y + l->root_y, height))
			continue;
		if (a->right)
			*right = fminf(*right, a->x - l->root_x);
		else
			*left = fmaxf(*left, a->x + a->w - l->root_x);
	}
	*right = fmaxf(*left, *right);
}

float float_next(const struct layout *l, float y)
{
	float best = INFINITY;
	for (size_t i = 0; l->floats && i < l->floats->count; i++) {
		const struct float_area *a = &l->floats->areas[i];
		float bottom = a->y + a->h - l->root_y;
		if (bottom > y && a->y - l->root_y <= y)
			best = fminf(best, bottom);
	}
	return best == INFINITY ? y : best;
}

static bool on_side(const struct float_area *a, uint8_t side)
{
	return side == SIDE_BOTH || (side == SIDE_RIGHT) == a->right;
}

float float_clear(const struct layout *l, uint8_t side, float y)
{
	for (size_t i = 0; side && l->floats && i < l->floats->count; i++) {
		const struct float_area *a = &l->floats->areas[i];
		if (on_side(a, side))
			y = fmaxf(y, a->y + a->h - l->root_y);
	}
	return y;
}

float float_bottom(const struct layout *l)
{
	float y = -INFINITY;
	for (size_t i = 0; l->floats && i < l->floats->count; i++)
		y = fmaxf(y, l->floats->areas[i].y + l->floats->areas[i].h - l->root_y);
	return y;
}

void float_place(struct layout *l, struct box *b, float y, float width)
{
	struct offer o = { width, UNKNOWN, UNKNOWN, UNKNOWN, true };
	float left, right;
	struct floats *all = l->floats;
	layout_box(l, b, &o);
	float w = b->margin[LEFT] + b->w + b->margin[RIGHT];
	float h = b->margin[TOP] + b->h + b->margin[BOTTOM];
	for (size_t i = 0; i < all->count; i++) /* never above an earlier one */
		y = fmaxf(y, all->areas[i].y - l->root_y);
	y = float_clear(l, b->style->box.clear, y);
	for (;;) {
		float_gap(l, y, h, width, &left, &right);
		float next = float_next(l, y);
		if (right - left >= w - 0.05f || next <= y)
			break;
		y = next;
	}
	bool to_right = b->style->box.floats == SIDE_RIGHT;
	float x = to_right ? fmaxf(right - w, left) : left;
	all->areas = arena_more(&l->doc->arena, all->areas, all->count, sizeof(*all->areas));
	all->areas[all->count++] = (struct float_area){ x + l->root_x, y + l->root_y, w, h,
	    to_right };
	const struct box *in = b->parent; /* inline boxes have no place of their own */
	while (in->kind == BOX_INLINE)
		in = in->parent;
	b->x = in->border[LEFT] + in->padding[LEFT] + x + b->margin[LEFT];
	b->y = in->border[TOP] + in->padding[TOP] + y + b->margin[TOP];
}
