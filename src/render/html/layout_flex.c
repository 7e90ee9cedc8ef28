/*
 * Flexible boxes: items in lines, grown or shrunk along the main axis, aligned
 * across it. A row is written once and used for columns with the axes swapped.
 */
#include <math.h>

#include "render/html/layout.h"

#define ITEMS_MAX 20000

struct item {
	struct box *box;
	float base, size;       /* border box along the main axis */
	float least, most;      /* limits of it */
	float margin;           /* both along the main axis */
	unsigned autos;         /* margins along the main axis that are auto */
	float cross;            /* border box across */
	bool frozen;
};

struct flex {
	struct layout *l;
	struct box *b;
	struct item *items;
	size_t count;
	bool row, reverse, wrap_reverse;
	float main, cross;      /* of the container's content; UNKNOWN */
	float width;            /* of its content, always known */
	float gap, line_gap;
};

static int main_start(const struct flex *f)
{
	return f->row ? LEFT : TOP;
}

static int main_end(const struct flex *f)
{
	return f->row ? RIGHT : BOTTOM;
}

static int cross_start(const struct flex *f)
{
	return f->row ? TOP : LEFT;
}

static int cross_end(const struct flex *f)
{
	return f->row ? BOTTOM : RIGHT;
}

static void lay(struct flex *f, struct item *i, float main, float cross)
{
	struct offer o = { f->width, f->row ? f->cross : f->main, f->row ? main : cross,
		f->row ? cross : main, !f->row };
	layout_again(f->l, i->box, &o);
}

static enum alignment align_of(const struct flex *f, const struct item *i)
{
	enum alignment a = i->box->style->box.align_self;
	if (a == ALIGN_AUTO)
		a = f->b->style->box.align_items;
	return a == ALIGN_NORMAL || a == ALIGN_AUTO ? ALIGN_STRETCH : a;
}

static float cross_margin(const struct flex *f, const struct item *i)
{
	return i->box->margin[cross_start(f)] + i->box->margin[cross_end(f)];
}

static bool stretches(const struct flex *f, const struct item *i)
{
	const struct box_style *s = &i->box->style->box;
	return align_of(f, i) == ALIGN_STRETCH && len_is_auto(f->row ? s->height : s->width) &&
	    !len_is_auto(s->margin[cross_start(f)]) && !len_is_auto(s->margin[cross_end(f)]) &&
	    i->box->kind != BOX_REPLACED;
}

/* A column's item is as wide as its content, unless it is stretched. */
static float column_cross(struct flex *f, struct item *i)
{
	struct box *c = i->box;
	float room = f->width - cross_margin(f, i);
	if (stretches(f, i))
		return layout_clamp_width(c, room, f->width);
	float wanted = layout_wanted_width(c, f->width);
	if (wanted >= 0)
		return layout_clamp_width(c, wanted + box_edges(c, LEFT, RIGHT), f->width);
	return fmaxf(c->least, fminf(c->most, room));
}

static float basis_of(struct flex *f, struct item *i)
{
	struct box *c = i->box;
	const struct box_style *s = &c->style->box;
	struct len basis = s->flex_basis;
	if (len_is_auto(basis))
		basis = f->row ? s->width : s->height;
	float fixed = len_or(basis, f->main, UNKNOWN);
	float edges = box_edges(c, main_start(f), main_end(f));
	if (fixed >= 0)
		return fmaxf(edges, fixed + (s->border_box ? 0 : edges));
	if (f->row && basis.kind == LEN_MIN_CONTENT)
		return c->least;
	if (f->row && c->kind != BOX_REPLACED)
		return c->most;
	lay(f, i, UNKNOWN, f->row || c->kind == BOX_REPLACED ? UNKNOWN : column_cross(f, i));
	return f->row ? c->w : c->h;
}

static void limits_of(struct flex *f, struct item *i)
{
	struct box *c = i->box;
	const struct box_style *s = &c->style->box;
	bool automatic = f->row ? len_is_auto(s->min_width) : len_is_auto(s->min_height);
	float edges = box_edges(c, main_start(f), main_end(f));
	i->least = f->row ? layout_clamp_width(c, 0, f->main) : layout_clamp_height(c, 0, f->main);
	i->most = f->row ? layout_clamp_width(c, 1e9f, f->main) :
	    layout_clamp_height(c, 1e9f, f->main);
	if (!automatic || s->overflow_hidden)
		return;
	/* an item is not made smaller than what is in it, nor than it asks for */
	float content = f->row ? c->least : i->base;
	float wanted = f->row ? layout_wanted_width(c, f->main) : layout_wanted_height(c, f->main);
	if (wanted >= 0)
		content = fminf(content, wanted + edges);
	i->least = fmaxf(i->least, fminf(content, i->most));
}

static void add_item(struct flex *f, struct box *c)
{
	struct arena *a = &f->l->doc->arena;
	if (f->count >= ITEMS_MAX)
		arena_fail(a, E_TOO_LARGE, "a flex container has too many items");
	size_t at = f->count;
	f->items = arena_more(a, f->items, f->count++, sizeof(*f->items));
	for (; at && f->items[at - 1].box->style->box.order > c->style->box.order; at--)
		f->items[at] = f->items[at - 1];
	f->items[at] = (struct item){ .box = c };
}

static void prepare(struct flex *f)
{
	for (struct box *c = f->b->first; c; c = c->next) {
		if (c->style->box.position >= POSITION_ABSOLUTE) {
			c->x = f->b->border[LEFT] + f->b->padding[LEFT];
			c->y = f->b->border[TOP] + f->b->padding[TOP];
			continue;
		}
		add_item(f, c);
	}
	for (size_t k = 0; k < f->count; k++) {
		struct item *i = &f->items[k];
		const struct len *m = i->box->style->box.margin;
		layout_edges(i->box, f->width);
		layout_measure(f->l, i->box);
		i->base = basis_of(f, i);
		layout_edges(i->box, f->width);
		limits_of(f, i);
		i->margin = i->box->margin[main_start(f)] + i->box->margin[main_end(f)];
		i->autos = len_is_auto(m[main_start(f)]) + len_is_auto(m[main_end(f)]);
		i->size = fmaxf(i->least, fminf(i->base, i->most));
	}
}

static float used(const struct flex *f, const struct item *from, size_t n, bool bases)
{
	float sum = n ? f->gap * (float)(n - 1) : 0;
	for (size_t i = 0; i < n; i++)
		sum += from[i].margin + (bases && !from[i].frozen ? from[i].base : from[i].size);
	return sum;
}

/* CSS Flexbox 9.7: share out, fix what breaks its limit, share the rest again. */
static void resolve(struct flex *f, struct item *line, size_t n)
{
	float sum = n ? f->gap * (float)(n - 1) : 0;
	if (f->main < 0)
		return;
	for (size_t i = 0; i < n; i++)
		sum += line[i].size + line[i].margin;
	bool grows = sum < f->main;
	for (size_t i = 0; i < n; i++) {
		const struct box_style *s = &line[i].box->style->box;
		line[i].frozen = (grows ? s->flex_grow : s->flex_shrink) <= 0 ||
		    (grows ? line[i].base > line[i].size : line[i].base < line[i].size);
	}
	for (size_t round = 0; round <= n; round++) {
		float free = f->main - used(f, line, n, true), weights = 0, factors = 0,
		    violation = 0;
		for (size_t i = 0; i < n; i++) {
			const struct box_style *s = &line[i].box->style->box;
			if (line[i].frozen)
				continue;
			weights += grows ? s->flex_grow : s->flex_shrink * line[i].base;
			factors += grows ? s->flex_grow : s->flex_shrink;
		}
		if (weights <= 0)
			return;
		if (factors < 1)
			free *= factors;
		for (size_t i = 0; i < n; i++) {
			const struct box_style *s = &line[i].box->style->box;
			if (line[i].frozen)
				continue;
			float weight = grows ? s->flex_grow : s->flex_shrink * line[i].base;
			float wish = line[i].base + free * weight / weights;
			line[i].size = fmaxf(line[i].least, fminf(wish, line[i].most));
			violation += line[i].size - wish;
		}
		bool done = true;
		for (size_t i = 0; i < n; i++) {
			const struct box_style *s = &line[i].box->style->box;
			float weight = grows ? s->flex_grow : s->flex_shrink * line[i].base;
			float wish = line[i].base + free * weight / weights;
			bool wrong = violation > 0 ? line[i].size > wish + 0.001f :
			    violation < 0 && line[i].size < wish - 0.001f;
			if (!line[i].frozen && wrong)
				line[i].frozen = true, done = false;
		}
		if (done)
			return;
	}
}

static float line_cross(struct flex *f, struct item *line, size_t n)
{
	float most = 0, above = 0, below = 0;
	for (size_t k = 0; k < n; k++) {
		struct item *i = &line[k];
		bool picture = i->box->kind == BOX_REPLACED;
		lay(f, i, i->size, f->row ? UNKNOWN : picture ? UNKNOWN : column_cross(f, i));
		i->cross = f->row ? i->box->h : i->box->w;
		float outer = i->cross + cross_margin(f, i);
		most = fmaxf(most, outer);
		if (f->row && align_of(f, i) == ALIGN_BASELINE) {
			float at = box_first_baseline(i->box);
			at = (at >= 0 ? at : i->box->h) + i->box->margin[TOP];
			above = fmaxf(above, at);
			below = fmaxf(below, outer - at);
		}
	}
	return fmaxf(most, above + below);
}

/* Space before the first of n and between them, for what is left over. */
static void justify(enum alignment how, float free, size_t n, float *before, float *between)
{
	*before = *between = 0;
	float parts = (float)n;
	switch (how) {
	case ALIGN_FLEX_END:
		*before = free;
		break;
	case ALIGN_MIDDLE:
		*before = free / 2;
		break;
	case ALIGN_BETWEEN:
		*between = n > 1 && free > 0 ? free / (parts - 1) : 0;
		break;
	case ALIGN_AROUND:
		*between = free > 0 ? free / parts : 0;
		*before = free > 0 ? free / parts / 2 : free / 2;
		break;
	case ALIGN_EVENLY:
		*before = *between = free > 0 ? free / (parts + 1) : 0;
		break;
	default:
		break;
	}
}

static float line_baseline(const struct flex *f, const struct item *line, size_t n)
{
	float most = 0;
	for (size_t k = 0; k < n; k++) {
		float at = box_first_baseline(line[k].box);
		if (align_of(f, &line[k]) == ALIGN_BASELINE)
			most = fmaxf(most, (at >= 0 ? at : line[k].box->h) +
			    line[k].box->margin[TOP]);
	}
	return most;
}

static float cross_offset(struct flex *f, struct item *i, float cross, float baseline)
{
	const struct len *m = i->box->style->box.margin;
	float free = cross - i->cross - cross_margin(f, i);
	bool start = len_is_auto(m[cross_start(f)]), end = len_is_auto(m[cross_end(f)]);
	if (free > 0 && (start || end))
		return start && end ? free / 2 : start ? free : 0;
	float at = box_first_baseline(i->box);
	switch (align_of(f, i)) {
	case ALIGN_FLEX_END:
		return f->wrap_reverse ? 0 : free;
	case ALIGN_MIDDLE:
		return free / 2;
	case ALIGN_BASELINE:
		return f->row ? baseline - (at >= 0 ? at : i->box->h) - i->box->margin[TOP] : 0;
	default:
		return !f->row && f->b->style->text.rtl ? free : 0;
	}
}

static void place_line(struct flex *f, struct item *line, size_t n, float cross_at, float cross)
{
	unsigned autos = 0;
	float before, between, baseline = line_baseline(f, line, n);
	float whole = f->main >= 0 ? f->main : used(f, line, n, false);
	float free = whole - used(f, line, n, false);
	for (size_t k = 0; k < n; k++)
		autos += line[k].autos;
	bool backwards = f->reverse != (f->row && f->b->style->text.rtl);
	float each = autos && free > 0 ? free / (float)autos : 0;
	justify(autos && free > 0 ? ALIGN_FLEX_START : f->b->style->box.justify_content, free, n,
	    &before, &between);
	float at = before;
	for (size_t k = 0; k < n; k++) {
		struct item *i = &line[k];
		const struct len *m = i->box->style->box.margin;
		if (stretches(f, i)) {
			float size = cross - cross_margin(f, i);
			size = f->row ? layout_clamp_height(i->box, size, f->cross) : size;
			if (f->row && fabsf(size - i->cross) > 0.01f)
				lay(f, i, i->size, size);
			i->cross = f->row ? size : i->cross;
		}
		float start = i->box->margin[main_start(f)] +
		    (len_is_auto(m[main_start(f)]) ? each : 0);
		float end = i->box->margin[main_end(f)] + (len_is_auto(m[main_end(f)]) ? each : 0);
		float main = backwards ? whole - at - i->size - end : at + start;
		float across = cross_at + i->box->margin[cross_start(f)] +
		    cross_offset(f, i, cross, baseline);
		i->box->x = f->b->border[LEFT] + f->b->padding[LEFT] + (f->row ? main : across);
		i->box->y = f->b->border[TOP] + f->b->padding[TOP] + (f->row ? across : main);
		at += start + i->size + end + f->gap + between;
	}
}

static size_t line_end(const struct flex *f, size_t from)
{
	float sum = 0;
	size_t i = from;
	if (f->b->style->box.flex_wrap == FLEX_NOWRAP || f->main < 0)
		return f->count;
	for (; i < f->count; i++) {
		sum += f->items[i].size + f->items[i].margin + (i > from ? f->gap : 0);
		if (i > from && sum > f->main + 0.05f)
			break;
	}
	return i;
}

static void open_flex(struct flex *f, float width, float height)
{
	const struct box_style *s = &f->b->style->box;
	f->row = s->flex_direction <= FLEX_ROW_REVERSE;
	f->reverse = s->flex_direction & 1;
	f->wrap_reverse = s->flex_wrap == FLEX_WRAP_REVERSE;
	f->width = width;
	f->main = f->row ? width : height;
	f->cross = f->row ? height : width;
	f->gap = len_of(s->gap[f->row], width);
	f->line_gap = len_of(s->gap[!f->row], width);
	prepare(f);
}

float layout_flex(struct layout *l, struct box *b, float width, float height)
{
	struct flex f = { .l = l, .b = b };
	float *crosses = NULL, total = 0, main = 0;
	size_t *ends = NULL, lines = 0;
	open_flex(&f, width, height);
	if (!f.row && f.main < 0) {
		float least = layout_clamp_height(b, 0, UNKNOWN) - box_edges(b, TOP, BOTTOM);
		float sum = used(&f, f.items, f.count, false);
		f.main = least > sum ? least : UNKNOWN;
	}
	for (size_t from = 0; from < f.count; from = ends[lines++]) {
		crosses = arena_more(&l->doc->arena, crosses, lines, sizeof(*crosses));
		ends = arena_more(&l->doc->arena, ends, lines, sizeof(*ends));
		ends[lines] = line_end(&f, from);
		resolve(&f, f.items + from, ends[lines] - from);
		crosses[lines] = line_cross(&f, f.items + from, ends[lines] - from);
		main = fmaxf(main, used(&f, f.items + from, ends[lines] - from, false));
		total += crosses[lines] + (lines ? f.line_gap : 0);
	}
	bool one = b->style->box.flex_wrap == FLEX_NOWRAP;
	float least = f.row ? layout_clamp_height(b, 0, UNKNOWN) - box_edges(b, TOP, BOTTOM) : 0;
	float cross = f.cross >= 0 ? f.cross : fmaxf(total, least);
	float before = 0, between = 0, more = 0;
	enum alignment content = b->style->box.align_content;
	if (one && lines)
		crosses[0] = cross;
	else if (content == ALIGN_NORMAL || content == ALIGN_STRETCH)
		more = lines ? fmaxf(0, cross - total) / (float)lines : 0;
	else
		justify(content, cross - total, lines, &before, &between);
	float at = before;
	for (size_t k = 0; k < lines; k++) {
		size_t n = f.wrap_reverse ? lines - 1 - k : k;
		size_t from = n ? ends[n - 1] : 0;
		place_line(&f, f.items + from, ends[n] - from, at, crosses[n] + more);
		at += crosses[n] + more + f.line_gap + between;
	}
	if (f.count) {
		float first = box_first_baseline(f.items[0].box);
		b->baseline = b->last_baseline = first < 0 ? UNKNOWN : f.items[0].box->y + first;
	}
	return f.row ? fmaxf(total, one ? cross : 0) : f.main >= 0 ? f.main : main;
}

void measure_flex(struct layout *l, struct box *b, float *least, float *most)
{
	const struct box_style *s = &b->style->box;
	bool row = s->flex_direction <= FLEX_ROW_REVERSE, wraps = s->flex_wrap != FLEX_NOWRAP;
	unsigned n = 0;
	*least = *most = 0;
	for (struct box *c = b->first; c; c = c->next) {
		if (c->style->box.position >= POSITION_ABSOLUTE)
			continue;
		layout_edges(c, 0);
		layout_measure(l, c);
		float margins = c->margin[LEFT] + c->margin[RIGHT];
		float basis = len_or(s->flex_basis, UNKNOWN, 0);
		float wide = fmaxf(c->most, basis) + margins, narrow = c->least + margins;
		*most = row ? *most + wide : fmaxf(*most, wide);
		*least = row && !wraps ? *least + narrow : fmaxf(*least, narrow);
		n++;
	}
	float gaps = row && n ? len_of(s->gap[1], 0) * (float)(n - 1) : 0;
	*most += gaps;
	*least += wraps ? 0 : gaps;
}
