/*
 * The last pass: from the root down, every box gets its place on the page; what
 * is positioned absolutely is laid out when the box it hangs from has its own.
 */
#include <math.h>

#include "render/html/flow.h"

struct placing {
	struct layout *l;
	struct box *root;
	struct placed *out;
};

static void relative_shift(const struct box *b, float *x, float *y)
{
	const struct box_style *s = &b->style->box;
	const struct box *p = b->parent;
	float w = p ? p->w : b->w, h = p ? p->h : b->h;
	*x += len_of(s->shift[0], b->w);
	*y += len_of(s->shift[1], b->h);
	if (s->position != POSITION_RELATIVE)
		return;
	*x += !len_is_auto(s->inset[LEFT]) ? len_of(s->inset[LEFT], w) :
	    -len_of(s->inset[RIGHT], w);
	*y += !len_is_auto(s->inset[TOP]) ? len_of(s->inset[TOP], h) :
	    -len_of(s->inset[BOTTOM], h);
}

static const struct box *containing(const struct placing *p, const struct box *b)
{
	const struct box *c = b->parent;
	while (c->parent && (c->kind == BOX_INLINE || (c->style->box.position == POSITION_STATIC &&
	    !c->style->box.quarter_turns)))
		c = c->parent;
	return b->style->box.position == POSITION_FIXED ? p->root : c;
}

struct room {
	float x, y, w, h; /* page coordinates of a containing block's padding box */
};

static struct room room_of(const struct placing *p, const struct box *c)
{
	struct room r = { c->page_x + c->border[LEFT], c->page_y + c->border[TOP],
		c->w - c->border[LEFT] - c->border[RIGHT],
		c->h - c->border[TOP] - c->border[BOTTOM] };
	if (c == p->root && c->style->box.position == POSITION_STATIC)
		r = (struct room){ 0, 0, p->l->doc->width, p->out->height };
	return r;
}

/* One axis: where the margin box begins, relative to the containing block. */
static float inset_start(struct len start, struct len end, float whole, float size, float otherwise)
{
	if (!len_is_auto(start))
		return len_of(start, whole);
	return len_is_auto(end) ? otherwise : whole - len_of(end, whole) - size;
}

static void place_absolute(struct placing *p, struct box *b, float parent_x, float parent_y)
{
	const struct box_style *s = &b->style->box;
	struct room r = room_of(p, containing(p, b));
	struct offer o = { r.w, r.h, UNKNOWN, UNKNOWN, true };
	bool both_x = !len_is_auto(s->inset[LEFT]) && !len_is_auto(s->inset[RIGHT]);
	bool both_y = !len_is_auto(s->inset[TOP]) && !len_is_auto(s->inset[BOTTOM]);
	layout_edges(b, r.w);
	float margin_x = b->margin[LEFT] + b->margin[RIGHT];
	float margin_y = b->margin[TOP] + b->margin[BOTTOM];
	if (both_x && len_is_auto(s->width) && b->kind != BOX_REPLACED)
		o.use_width = layout_clamp_width(b, fmaxf(0, r.w - margin_x -
		    len_of(s->inset[LEFT], r.w) - len_of(s->inset[RIGHT], r.w)), r.w);
	if (both_y && len_is_auto(s->height) && b->kind != BOX_REPLACED)
		o.use_height = fmaxf(0, r.h - margin_y - len_of(s->inset[TOP], r.h) -
		    len_of(s->inset[BOTTOM], r.h));
	layout_box(p->l, b, &o);
	float free_x = r.w - len_of(s->inset[LEFT], r.w) - len_of(s->inset[RIGHT], r.w) - b->w;
	float free_y = r.h - len_of(s->inset[TOP], r.h) - len_of(s->inset[BOTTOM], r.h) - b->h;
	if (both_x && len_is_auto(s->margin[LEFT]) && len_is_auto(s->margin[RIGHT]))
		b->margin[LEFT] = fmaxf(0, free_x / 2);
	if (both_y && len_is_auto(s->margin[TOP]) && len_is_auto(s->margin[BOTTOM]))
		b->margin[TOP] = fmaxf(0, free_y / 2);
	float x = inset_start(s->inset[LEFT], s->inset[RIGHT], r.w, b->w + margin_x,
	    parent_x + b->x - r.x);
	float y = inset_start(s->inset[TOP], s->inset[BOTTOM], r.h, b->h + margin_y,
	    parent_y + b->y - r.y);
	b->x = r.x + x + b->margin[LEFT] - parent_x;
	b->y = r.y + y + b->margin[TOP] - parent_y;
}

static void note_break(struct placing *p, float y)
{
	struct placed *out = p->out;
	if (y <= 0 || (out->break_count && out->breaks[out->break_count - 1] >= y))
		return;
	out->breaks = arena_more(&p->l->doc->arena, out->breaks, out->break_count,
	    sizeof(*out->breaks));
	out->breaks[out->break_count++] = y;
}

bool box_is_layer(const struct box *b)
{
	return b->kind != BOX_INLINE && b->kind != BOX_TEXT && b->kind != BOX_BREAK && b->parent &&
	    (b->style->box.position != POSITION_STATIC || b->style->box.quarter_turns);
}

/* By z-index; of the same, in the order of the document. */
static void note_layer(struct placing *p, struct box *b)
{
	struct placed *out = p->out;
	size_t at = out->layer_count;
	out->layers = arena_more(&p->l->doc->arena, out->layers, out->layer_count,
	    sizeof(*out->layers));
	out->layer_count++;
	for (; at && out->layers[at - 1]->style->box.z_index > b->style->box.z_index; at--)
		out->layers[at] = out->layers[at - 1];
	out->layers[at] = b;
}

static float line_bottom(const struct box *b)
{
	float bottom = b->page_y + b->h;
	const struct flow *f = b->inline_content ? b->flow : NULL;
	if (f && f->line_count) {
		const struct line *last = &f->lines[f->line_count - 1];
		bottom = fmaxf(bottom, b->page_y + b->border[TOP] + b->padding[TOP] +
		    b->cell_shift + last->y + last->height);
	}
	return bottom;
}

static void place(struct placing *p, struct box *b, float x, float y, bool clipped)
{
	const struct box_style *s = &b->style->box;
	bool bare = b->kind == BOX_TEXT || b->kind == BOX_BREAK;
	if ((bare && !b->marker) || b->kind == BOX_COLUMN || b->kind == BOX_COLUMN_GROUP)
		return;
	if (b->kind == BOX_INLINE) {
		b->page_x = x;
		b->page_y = y;
		relative_shift(b, &b->page_x, &b->page_y);
		b->ink_top = b->ink_bottom = y;
	} else {
		if (s->position >= POSITION_ABSOLUTE)
			place_absolute(p, b, x, y);
		b->page_x = x + b->x;
		b->page_y = y + b->y;
		relative_shift(b, &b->page_x, &b->page_y);
		float bottom = s->overflow_hidden ? b->page_y + b->h : line_bottom(b);
		if (s->quarter_turns & 1)
			bottom = b->page_y + b->h / 2 + b->w / 2;
		if (!clipped)
			p->out->height = fmaxf(p->out->height, bottom);
		if (s->break_before && !b->inline_level)
			note_break(p, b->page_y);
		if (box_is_layer(b))
			note_layer(p, b);
		float slack = b->style->text.font_size;
		b->ink_top = b->page_y - slack;
		b->ink_bottom = line_bottom(b) + slack;
	}
	clipped |= s->overflow_hidden;
	for (struct box *c = b->first; c; c = c->next) {
		place(p, c, b->page_x, b->page_y, clipped);
		b->ink_top = fminf(b->ink_top, c->laid_out ? c->ink_top : b->ink_top);
		b->ink_bottom = fmaxf(b->ink_bottom, c->ink_bottom);
	}
	if (s->break_after && b->kind != BOX_INLINE)
		note_break(p, b->page_y + b->h);
}

void layout_document(struct doc *d, struct box *root, struct placed *out)
{
	struct layout l = { .doc = d };
	float width = (float)d->paper_width;
	float left = len_of(d->page.margin[LEFT], width), top = len_of(d->page.margin[TOP], width);
	d->width = fmaxf(1, width - left - len_of(d->page.margin[RIGHT], width));
	struct offer o = { d->width, UNKNOWN, UNKNOWN, UNKNOWN, false };
	layout_box(&l, root, &o);
	root->x = left + root->margin[LEFT];
	root->y = top + root->margin[TOP];
	*out = (struct placed){ .height = root->y + root->h + root->margin[BOTTOM] };
	struct placing p = { &l, root, out };
	place(&p, root, 0, 0, false);
	out->height += len_of(d->page.margin[BOTTOM], width);
	out->height = fmaxf(out->height, d->page.height);
}
