/*
 * Sizes: what the style asks for, within what the parent offers. What is inside
 * a box is laid out by a function per kind.
 */
#include "render/html/layout.h"

#include <math.h>

#include "render/html/picture_box.h"

#define LAYOUT_DEPTH_MAX 256 /* boxes, some of them anonymous: about three per element */

float len_of(struct len l, float whole)
{
	return l.kind == LEN_FIXED ? l.dots + (l.share != 0 ? l.share * whole : 0) : 0;
}

bool len_is_auto(struct len l)
{
	return l.kind == LEN_AUTO;
}

float len_or(struct len l, float whole, float otherwise)
{
	return l.kind != LEN_FIXED || (l.share != 0 && whole < 0) ? otherwise : len_of(l, whole);
}

static bool has_padding(const struct box *b)
{
	return !(b->kind == BOX_ROW || b->kind == BOX_ROW_GROUP ||
	    (b->kind == BOX_TABLE && b->style->text.collapse));
}

void layout_edges(struct box *b, float width)
{
	const struct box_style *s = &b->style->box;
	bool part = b->kind == BOX_ROW || b->kind == BOX_ROW_GROUP || b->kind == BOX_CELL;
	for (int i = 0; i < 4; i++) {
		b->margin[i] = part ? 0 : len_of(s->margin[i], width);
		b->padding[i] = has_padding(b) ? len_of(s->padding[i], width) : 0;
		b->border[i] = has_padding(b) ? s->border_width[i] : 0;
	}
}

static float content_of(const struct box *b, struct len wanted, float whole, bool across)
{
	float v = len_or(wanted, whole, UNKNOWN);
	if (v < 0)
		return UNKNOWN;
	if (b->style->box.border_box)
		v -= across ? box_edges(b, LEFT, RIGHT) : box_edges(b, TOP, BOTTOM);
	return fmaxf(0, v);
}

float layout_wanted_width(const struct box *b, float whole)
{
	return content_of(b, b->style->box.width, whole, true);
}

float layout_wanted_height(const struct box *b, float whole)
{
	return content_of(b, b->style->box.height, whole, false);
}

float layout_clamp_width(const struct box *b, float w, float whole)
{
	float edges = box_edges(b, LEFT, RIGHT);
	float most = content_of(b, b->style->box.max_width, whole, true);
	float least = content_of(b, b->style->box.min_width, whole, true);
	if (most >= 0)
		w = fminf(w, most + edges);
	if (least >= 0)
		w = fmaxf(w, least + edges);
	return fmaxf(w, edges);
}

float layout_clamp_height(const struct box *b, float h, float whole)
{
	float edges = box_edges(b, TOP, BOTTOM);
	float most = content_of(b, b->style->box.max_height, whole, false);
	float least = content_of(b, b->style->box.min_height, whole, false);
	if (most >= 0)
		h = fminf(h, most + edges);
	if (least >= 0)
		h = fmaxf(h, least + edges);
	return fmaxf(h, edges);
}

/* --- intrinsic widths --- */

static void measure_blocks(struct layout *l, struct box *b, float *least, float *most)
{
	float line = 0;
	*least = *most = 0;
	for (struct box *c = b->first; c; c = c->next) {
		if (c->style->box.position >= POSITION_ABSOLUTE || c->marker)
			continue;
		layout_edges(c, 0);
		layout_measure(l, c);
		float margins = c->margin[LEFT] + c->margin[RIGHT];
		line = c->style->box.floats ? line + c->most + margins : 0;
		*least = fmaxf(*least, c->least + margins);
		*most = fmaxf(*most, fmaxf(line, c->most + margins));
	}
}

typedef void measure_kind(struct layout *l, struct box *b, float *least, float *most);

static void measure_content(struct layout *l, struct box *b, float *least, float *most)
{
	static measure_kind *const kinds[] = { [BOX_FLEX] = measure_flex, [BOX_GRID] = measure_grid,
		[BOX_TABLE] = measure_table, [BOX_REPLACED] = measure_picture,
		    [BOX_COLUMN] = NULL };
	measure_kind *m = b->kind < sizeof(kinds) / sizeof(*kinds) ? kinds[b->kind] : NULL;
	m = m ? m : b->inline_content ? measure_flow : measure_blocks;
	m(l, b, least, most);
}

void layout_measure(struct layout *l, struct box *b)
{
	if (b->measured)
		return;
	if (++l->depth > LAYOUT_DEPTH_MAX)
		arena_fail(&l->doc->arena, E_TOO_LARGE, "the document is nested too deeply");
	float edges = box_edges(b, LEFT, RIGHT), fixed = layout_wanted_width(b, UNKNOWN);
	bool table = b->kind == BOX_TABLE;
	float least, most;
	if (fixed >= 0 && !table && b->kind != BOX_CELL) {
		least = most = fixed;
	} else {
		measure_content(l, b, &least, &most);
		if (fixed >= 0 && table)
			least = most = fmaxf(least, fixed);
		else if (fixed >= 0)
			most = fmaxf(least, fixed);
	}
	if (b->style->box.width.kind == LEN_MIN_CONTENT)
		most = least;
	bool of_whole = b->style->box.width.kind == LEN_FIXED && b->style->box.width.share != 0;
	if (of_whole && b->kind == BOX_REPLACED)
		least = 0;
	b->least = layout_clamp_width(b, least + edges, UNKNOWN);
	b->most = fmaxf(b->least, layout_clamp_width(b, most + edges, UNKNOWN));
	b->measured = true;
	l->depth--;
}

/* --- blocks --- */

static float shrink_to_fit(struct layout *l, struct box *b, float room)
{
	layout_measure(l, b);
	return fmaxf(b->least, fminf(b->most, room));
}

static float auto_width(struct layout *l, struct box *b, const struct offer *o)
{
	float room = o->width - b->margin[LEFT] - b->margin[RIGHT];
	uint8_t kind = b->style->box.width.kind;
	layout_measure(l, b);
	if (kind == LEN_MIN_CONTENT)
		return b->least;
	if (kind == LEN_MAX_CONTENT)
		return b->most;
	bool shrinks = o->shrink || kind == LEN_FIT_CONTENT || b->kind == BOX_TABLE ||
	    b->inline_level;
	return shrinks ? shrink_to_fit(l, b, room) : fmaxf(room, box_edges(b, LEFT, RIGHT));
}

static float border_width_of(struct layout *l, struct box *b, const struct offer *o)
{
	if (o->use_width >= 0)
		return o->use_width;
	float wanted = layout_wanted_width(b, o->width);
	bool plain = wanted < 0 && b->style->box.width.kind == LEN_AUTO && !o->shrink &&
	    !b->inline_level && (b->kind == BOX_BLOCK || b->kind == BOX_FLEX ||
	    b->kind == BOX_GRID || b->kind == BOX_CAPTION || b->kind == BOX_CELL);
	float w;
	if (plain)
		w = o->width - b->margin[LEFT] - b->margin[RIGHT];
	else if (wanted < 0)
		w = auto_width(l, b, o);
	else
		w = wanted + box_edges(b, LEFT, RIGHT);
	w = layout_clamp_width(b, w, o->width);
	if (b->kind == BOX_TABLE) {
		layout_measure(l, b);
		w = fmaxf(w, b->least);
	}
	return w;
}

/* Margins that are auto take what is left, in the flow. */
static void auto_margins(struct box *b, const struct offer *o)
{
	const struct box_style *s = &b->style->box;
	if (b->inline_level || b->outside || !b->parent || b->kind == BOX_CELL ||
	    b->parent->kind == BOX_FLEX || b->parent->kind == BOX_GRID)
		return;
	float left = o->width - b->w - b->margin[LEFT] - b->margin[RIGHT];
	bool rtl = b->parent->style->text.rtl;
	bool auto_left = len_is_auto(s->margin[LEFT]), auto_right = len_is_auto(s->margin[RIGHT]);
	uint8_t align = b->parent->style->text.text_align;
	if (left <= 0 && !rtl)
		return;
	if (auto_left && auto_right)
		b->margin[LEFT] = b->margin[RIGHT] = left / 2;
	else if (auto_left)
		b->margin[LEFT] = left;
	else if (!auto_right && align == TEXT_BLOCK_CENTER)
		b->margin[LEFT] += left / 2;
	else if (!auto_right && align == TEXT_BLOCK_RIGHT)
		b->margin[LEFT] += left;
	else if (rtl)
		b->margin[LEFT] += left;
}

typedef float layout_kind(struct layout *l, struct box *b, float width, float height);

static float layout_content(struct layout *l, struct box *b, float width, float height)
{
	static layout_kind *const kinds[] = { [BOX_FLEX] = layout_flex, [BOX_GRID] = layout_grid,
		[BOX_TABLE] = layout_table, [BOX_COLUMN_GROUP] = NULL };
	layout_kind *f = kinds[b->kind];
	if (f)
		return f(l, b, width, height);
	return b->inline_content ? layout_flow(l, b, width) : layout_blocks(l, b, width, height);
}

void layout_box(struct layout *l, struct box *b, const struct offer *o)
{
	if (++l->depth > LAYOUT_DEPTH_MAX)
		arena_fail(&l->doc->arena, E_TOO_LARGE, "the document is nested too deeply");
	arena_tick(&l->doc->arena);
	layout_edges(b, o->width);
	b->laid_out = true;
	b->offered = *o;
	if (b->kind == BOX_REPLACED) {
		picture_box_size(b, o);
		auto_margins(b, o);
		l->depth--;
		return;
	}
	b->w = border_width_of(l, b, o);
	auto_margins(b, o);
	float edges = box_edges(b, TOP, BOTTOM);
	float wanted = o->use_height >= 0 ? fmaxf(0, o->use_height - edges) :
	    layout_wanted_height(b, o->height);
	if (wanted < 0 && b->style->box.aspect > 0 && !b->inline_content && !b->first)
		wanted = (b->w - box_edges(b, LEFT, RIGHT)) / b->style->box.aspect;
	if (b->kind == BOX_TABLE && o->use_height < 0 && wanted >= 0)
		wanted = fmaxf(0, len_of(b->style->box.height, o->height) - edges);

	struct floats own = { 0 }, *outer = l->floats;
	float root_x = l->root_x, root_y = l->root_y;
	bool root = box_is_formatting_root(b);
	if (root) {
		l->floats = &own;
		l->root_x = l->root_y = 0;
	}
	b->baseline = b->last_baseline = -1;
	float content = layout_content(l, b, b->w - box_edges(b, LEFT, RIGHT), wanted);
	if (root)
		content = fmaxf(content, float_bottom(l));
	float h = (wanted >= 0 && b->kind != BOX_TABLE ? wanted : fmaxf(content, 0)) + edges;
	b->h = o->use_height >= 0 && b->kind != BOX_TABLE ? o->use_height :
	    layout_clamp_height(b, h, o->height);
	l->floats = outer;
	l->root_x = root_x;
	l->root_y = root_y;
	l->depth--;
}

void layout_again(struct layout *l, struct box *b, const struct offer *o)
{
	const struct offer *last = &b->offered;
	bool wide = b->laid_out && o->width == last->width && o->shrink == last->shrink &&
	    (o->use_width == last->use_width || (o->use_width >= 0 && o->use_width == b->w));
	/* a block's content does not move when the block becomes taller */
	bool high = o->use_height == last->use_height || (o->use_height >= 0 &&
	    (fabsf(o->use_height - b->h) < 0.01f || b->kind == BOX_BLOCK));
	if (!wide || !high) {
		layout_box(l, b, o);
		return;
	}
	layout_edges(b, o->width);
	if (o->use_height >= 0)
		b->h = o->use_height;
}

void layout_shift(struct box *b, float dy)
{
	for (struct box *c = b->first; c; c = c->next) {
		c->y += dy;
		if (c->kind == BOX_INLINE) /* has no place of its own */
			layout_shift(c, dy);
	}
	b->cell_shift += dy;
	b->baseline += b->baseline >= 0 ? dy : 0;
	b->last_baseline += b->last_baseline >= 0 ? dy : 0;
}

float box_first_baseline(const struct box *b)
{
	if (b->baseline >= 0)
		return b->baseline;
	for (const struct box *c = b->first; c; c = c->next) {
		float at = c->outside || c->inline_level ? UNKNOWN : box_first_baseline(c);
		if (at >= 0)
			return c->y + at;
	}
	return UNKNOWN;
}
