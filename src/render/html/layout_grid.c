/*
 * Grids: items are put into cells, tracks get their sizes (fixed, by content, a
 * share of what is left), items are aligned in their areas.
 */
#include <math.h>

#include "render/html/layout.h"

#define GRID_ITEMS_MAX 5000
#define GRID_ROWS_MAX 5000

struct cell_item {
	struct box *box;
	int at[2], span[2];     /* 0: across, 1: down; -1: not placed yet */
};

struct axis {
	struct track *tracks;
	float *sizes, *starts;
	int count;
	float gap;
};

struct grid {
	struct layout *l;
	struct box *b;
	struct cell_item *items;
	size_t count;
	struct axis axis[2];
	uint8_t *taken;         /* rows * columns */
	int taken_rows;
};

/* --- tracks --- */

static int repeats_of(const struct track_list *t, float room, float gap)
{
	float fixed = 0, each = len_of(t->tracks[t->repeat_at].max, room);
	if (each <= 0)
		each = len_of(t->tracks[t->repeat_at].min, room);
	for (unsigned i = 0; i < t->count; i++)
		if (i != t->repeat_at)
			fixed += len_of(t->tracks[i].max, room) + gap;
	if (each <= 0 || room < 0)
		return 1;
	int n = (int)floorf((room - fixed + gap + 0.01f) / (each + gap));
	return n < 1 ? 1 : n > 500 ? 500 : n;
}

static int children_of(const struct box *b)
{
	int n = 0;
	for (const struct box *c = b->first; c; c = c->next)
		n += c->style->box.position < POSITION_ABSOLUTE;
	return n ? n : 1;
}

static void open_axis(struct grid *g, int which, const struct track_list *t, float room)
{
	struct arena *a = &g->l->doc->arena;
	struct axis *x = &g->axis[which];
	int n = t && t->repeat_fill ? repeats_of(t, room, x->gap) : 1;
	if (t && t->repeat_fit && n > children_of(g->b)) /* empty ones collapse */
		n = children_of(g->b);
	for (unsigned i = 0; t && i < t->count; i++)
		for (int k = 0; k < (t->repeat_fill && i == t->repeat_at ? n : 1); k++) {
			x->tracks = arena_more(a, x->tracks, (size_t)x->count, sizeof(*x->tracks));
			x->tracks[x->count++] = t->tracks[i];
		}
}

static void need_tracks(struct grid *g, int which, int count)
{
	struct arena *a = &g->l->doc->arena;
	struct axis *x = &g->axis[which];
	const struct box_style *s = &g->b->style->box;
	const struct track_list *more = which ? s->auto_rows : s->auto_columns;
	if (count > GRID_ROWS_MAX)
		arena_fail(a, E_TOO_LARGE, "a grid has too many rows");
	for (int n = 0; x->count < count; n++) {
		x->tracks = arena_more(a, x->tracks, (size_t)x->count, sizeof(*x->tracks));
		x->tracks[x->count++] = more ? more->tracks[(unsigned)n % more->count] :
		    (struct track){ { .kind = LEN_AUTO }, { .kind = LEN_AUTO } };
	}
}

/* --- placing --- */

/* The line of a named area; 0 when there is none. `end`: the one behind it. */
static int named_line(const struct grid *g, struct str name, int which, bool end)
{
	struct tokens t = g->b->style->box.areas;
	int row = 0, found = 0;
	for (size_t i = 0; i < t.count; i++) {
		if (t.ptr[i].kind != T_STRING)
			continue;
		struct str rest = t.ptr[i].text, word;
		for (int column = 1; rest.len; ) {
			word = str_cut(rest, ' ', &rest);
			int line = (which ? row + 1 : column) + end;
			if (word.len && str_eq(word, name) && (!found || end))
				found = line;
			column += word.len > 0;
		}
		row++;
	}
	return found;
}

static int line_of(const struct grid *g, const struct area_line *a, int which, bool end)
{
	if (a->name.len)
		return named_line(g, a->name, which, end);
	return a->line >= 0 ? a->line : g->axis[which].count + 2 + a->line;
}

static void read_area(const struct grid *g, struct cell_item *i, int which)
{
	const struct area_line *area = i->box->style->box.area;
	const struct area_line *start = &area[which ? TOP : LEFT];
	const struct area_line *end = &area[which ? BOTTOM : RIGHT];
	int from = line_of(g, start, which, false), to = line_of(g, end, which, true);
	int span = start->span ? start->span : end->span ? end->span : 1;
	if (from > 0 && to > 0) {
		i->at[which] = (from < to ? from : to) - 1;
		i->span[which] = from == to ? 1 : from < to ? to - from : from - to;
	} else if (from > 0 || to > 0) {
		i->at[which] = from > 0 ? from - 1 : to - 1 - span;
		i->span[which] = span;
	} else {
		i->at[which] = -1;
		i->span[which] = span;
	}
	if (i->at[which] < 0 && (from > 0 || to > 0))
		i->at[which] = 0;
}

static uint8_t *slot(struct grid *g, int row, int column)
{
	return &g->taken[row * g->axis[0].count + column];
}

static void need_slots(struct grid *g, int rows)
{
	if (rows <= g->taken_rows)
		return;
	int room = rows * 2 + 8, columns = g->axis[0].count;
	uint8_t *larger = arena_alloc(&g->l->doc->arena, (size_t)room * (size_t)columns);
	for (int i = 0; i < g->taken_rows * columns; i++)
		larger[i] = g->taken[i];
	g->taken = larger;
	g->taken_rows = room;
}

static bool fits(struct grid *g, const struct cell_item *i, int row, int column)
{
	if (column + i->span[0] > g->axis[0].count)
		return false;
	need_slots(g, row + i->span[1]);
	for (int r = row; r < row + i->span[1]; r++)
		for (int c = column; c < column + i->span[0]; c++)
			if (*slot(g, r, c))
				return false;
	return true;
}

static void take(struct grid *g, struct cell_item *i, int row, int column)
{
	i->at[0] = column;
	i->at[1] = row;
	need_tracks(g, 1, row + i->span[1]);
	need_slots(g, row + i->span[1]);
	for (int r = row; r < row + i->span[1]; r++)
		for (int c = column; c < column + i->span[0] && c < g->axis[0].count; c++)
			*slot(g, r, c) = 1;
}

static void auto_place(struct grid *g, struct cell_item *i, int *row, int *column)
{
	if (i->span[0] > g->axis[0].count)
		i->span[0] = g->axis[0].count;
	if (i->at[0] >= 0) {
		if (i->at[0] < *column)
			++*row;
		*column = i->at[0];
		while (!fits(g, i, *row, *column))
			++*row;
	}
	for (; i->at[0] < 0 && !fits(g, i, *row, *column); ) {
		arena_tick(&g->l->doc->arena);
		if (++*column >= g->axis[0].count)
			*column = 0, ++*row;
		if (*row > GRID_ROWS_MAX)
			arena_fail(&g->l->doc->arena, E_TOO_LARGE, "a grid has too many rows");
	}
	take(g, i, *row, *column);
}

static void place_items(struct grid *g)
{
	int row = 0, column = 0, widest = 1;
	for (size_t k = 0; k < g->count; k++) {
		struct cell_item *i = &g->items[k];
		read_area(g, i, 0);
		read_area(g, i, 1);
		int end = (i->at[0] > 0 ? i->at[0] : 0) + i->span[0];
		widest = end > widest ? end : widest;
	}
	if (g->b->style->box.grid_flow_column && !g->axis[1].count)
		widest = (int)g->count > widest ? (int)g->count : widest;
	need_tracks(g, 0, widest);
	if ((int64_t)g->axis[0].count > 1000)
		arena_fail(&g->l->doc->arena, E_TOO_LARGE, "a grid has too many columns");
	for (size_t k = 0; k < g->count; k++) {
		struct cell_item *i = &g->items[k];
		if (i->at[0] >= 0 && i->at[1] >= 0)
			take(g, i, i->at[1], i->at[0]);
	}
	for (size_t k = 0; k < g->count; k++) {
		struct cell_item *i = &g->items[k];
		if (i->at[1] >= 0 && i->at[0] < 0) {
			int c = 0;
			while (c < g->axis[0].count - 1 && !fits(g, i, i->at[1], c))
				c++;
			take(g, i, i->at[1], c);
		}
	}
	for (size_t k = 0; k < g->count; k++)
		if (g->items[k].at[1] < 0)
			auto_place(g, &g->items[k], &row, &column);
}

/* --- sizes --- */

static bool is_flexible(const struct track *t)
{
	return t->max.kind == LEN_FR;
}

static float extent(const struct axis *x, int from, int span)
{
	float sum = x->gap * (float)(span - 1);
	for (int i = from; i < from + span && i < x->count; i++)
		sum += x->sizes[i];
	return sum;
}

/* Give a span's need to its tracks that grow by content. */
static void contribute(struct axis *x, const struct cell_item *i, int which, float need, bool most)
{
	int open = 0;
	float have = extent(x, i->at[which], i->span[which]);
	for (int k = i->at[which]; k < i->at[which] + i->span[which]; k++)
		open += (most ? x->tracks[k].max : x->tracks[k].min).kind != LEN_FIXED;
	for (int k = i->at[which]; k < i->at[which] + i->span[which]; k++)
		if (open && need > have && (most ? x->tracks[k].max :
		    x->tracks[k].min).kind != LEN_FIXED)
			x->sizes[k] += (need - have) / (float)open;
}

static bool spans_flexible(const struct axis *x, const struct cell_item *i, int which)
{
	for (int k = i->at[which]; k < i->at[which] + i->span[which]; k++)
		if (is_flexible(&x->tracks[k]))
			return true;
	return false;
}

static void base_sizes(struct grid *g, int which, float room)
{
	struct axis *x = &g->axis[which];
	x->sizes = ARENA_ARRAY(&g->l->doc->arena, float, (size_t)x->count + 1);
	x->starts = ARENA_ARRAY(&g->l->doc->arena, float, (size_t)x->count + 1);
	for (int i = 0; i < x->count; i++)
		x->sizes[i] = len_or(x->tracks[i].min, room, 0);
}

static void grow_to_max(struct axis *x, float room)
{
	float free = room - extent(x, 0, x->count);
	for (int i = 0; i < x->count && free > 0; i++) {
		float most = len_or(x->tracks[i].max, room, 0), more = most - x->sizes[i];
		if (x->tracks[i].max.kind != LEN_FIXED || more <= 0)
			continue;
		more = fminf(more, free);
		x->sizes[i] += more;
		free -= more;
	}
}

static void grow_flexible(struct axis *x, float room)
{
	bool out[GRID_ROWS_MAX] = { false };
	for (int round = 0; round < x->count; round++) {
		float free = room - x->gap * (float)(x->count - 1), shares = 0;
		for (int i = 0; i < x->count; i++) {
			bool flexible = is_flexible(&x->tracks[i]) && !out[i];
			free -= flexible ? 0 : x->sizes[i];
			shares += flexible ? x->tracks[i].max.share : 0;
		}
		if (shares <= 0)
			return;
		float each = fmaxf(0, free) / fmaxf(shares, 1);
		bool again = false;
		for (int i = 0; i < x->count; i++) {
			if (is_flexible(&x->tracks[i]) && !out[i] &&
			    x->sizes[i] > each * x->tracks[i].max.share + 0.01f)
				out[i] = again = true;
		}
		if (again)
			continue;
		for (int i = 0; i < x->count; i++)
			if (is_flexible(&x->tracks[i]) && !out[i])
				x->sizes[i] = each * x->tracks[i].max.share;
		return;
	}
}

/* Tracks that are `auto` share what is left, as align-content: normal stretches. */
static void stretch_auto(struct axis *x, float room)
{
	int open = 0;
	float free = room - extent(x, 0, x->count);
	for (int i = 0; i < x->count; i++)
		open += x->tracks[i].max.kind == LEN_AUTO;
	for (int i = 0; i < x->count && free > 0; i++)
		if (x->tracks[i].max.kind == LEN_AUTO)
			x->sizes[i] += free / (float)open;
}

static void size_columns(struct grid *g, float room)
{
	struct axis *x = &g->axis[0];
	base_sizes(g, 0, room);
	for (int pass = 0; pass < 2; pass++)
		for (size_t k = 0; k < g->count; k++) {
			struct cell_item *i = &g->items[k];
			float margins = i->box->margin[LEFT] + i->box->margin[RIGHT];
			if ((i->span[0] > 1) == pass && !(pass && spans_flexible(x, i, 0)))
				contribute(x, i, 0, i->box->least + margins, false);
		}
	/* from the least to the most that content wants, as far as there is room */
	float free = room - extent(x, 0, x->count), wish = 0;
	float *wishes = ARENA_ARRAY(&g->l->doc->arena, float, (size_t)x->count + 1);
	for (size_t k = 0; k < g->count; k++) {
		struct cell_item *i = &g->items[k];
		float need = i->box->most + i->box->margin[LEFT] + i->box->margin[RIGHT];
		const struct track *t = &x->tracks[i->at[0]];
		bool grows = t->max.kind == LEN_AUTO || t->max.kind == LEN_MAX_CONTENT;
		if (i->span[0] == 1 && grows)
			wishes[i->at[0]] = fmaxf(wishes[i->at[0]], need - x->sizes[i->at[0]]);
	}
	for (int i = 0; i < x->count; i++)
		wish += wishes[i];
	float k = wish > 0 && room >= 0 ? fminf(1, fmaxf(0, free) / wish) : 1;
	for (int i = 0; i < x->count; i++)
		x->sizes[i] += wishes[i] * k;
	grow_to_max(x, room);
	grow_flexible(x, room);
	enum alignment how = g->b->style->box.justify_content;
	if (how == ALIGN_NORMAL || how == ALIGN_STRETCH)
		stretch_auto(x, room);
}

static enum alignment align_of(const struct grid *g, const struct box *c, int which)
{
	const struct box_style *own = &c->style->box, *all = &g->b->style->box;
	enum alignment a = which ? own->align_self : own->justify_self;
	if (a == ALIGN_AUTO)
		a = which ? all->align_items : all->justify_items;
	return a == ALIGN_NORMAL || a == ALIGN_AUTO ? ALIGN_STRETCH : a;
}

static void lay_item(struct grid *g, struct cell_item *i, float height)
{
	struct box *c = i->box;
	float width = extent(&g->axis[0], i->at[0], i->span[0]);
	bool stretch = align_of(g, c, 0) == ALIGN_STRETCH && len_is_auto(c->style->box.width) &&
	    c->kind != BOX_REPLACED && !len_is_auto(c->style->box.margin[LEFT]) &&
	    !len_is_auto(c->style->box.margin[RIGHT]);
	struct offer o = { width, height, UNKNOWN, UNKNOWN, true };
	layout_edges(c, width);
	if (stretch)
		o.use_width = layout_clamp_width(c, width - c->margin[LEFT] - c->margin[RIGHT],
		    width);
	if (height >= 0 && align_of(g, c, 1) == ALIGN_STRETCH && c->kind != BOX_REPLACED &&
	    len_is_auto(c->style->box.height))
		o.use_height = layout_clamp_height(c, height - c->margin[TOP] - c->margin[BOTTOM],
		    height);
	layout_again(g->l, c, &o);
}

static void size_rows(struct grid *g, float room)
{
	struct axis *x = &g->axis[1];
	base_sizes(g, 1, room);
	for (int pass = 0; pass < 2; pass++)
		for (size_t k = 0; k < g->count; k++) {
			struct cell_item *i = &g->items[k];
			if ((i->span[1] > 1) != pass)
				continue;
			lay_item(g, i, UNKNOWN);
			contribute(x, i, 1, i->box->h + i->box->margin[TOP] +
			    i->box->margin[BOTTOM],
			    true);
		}
	if (room < 0)
		return;
	grow_to_max(x, room);
	grow_flexible(x, room);
	enum alignment how = g->b->style->box.align_content;
	if (how == ALIGN_NORMAL || how == ALIGN_STRETCH)
		stretch_auto(x, room);
}

static void set_starts(struct axis *x, enum alignment how, float room)
{
	float free = room < 0 ? 0 : room - extent(x, 0, x->count), n = (float)x->count, at = 0,
	    more = 0;
	if (how == ALIGN_MIDDLE)
		at = free / 2;
	else if (how == ALIGN_FLEX_END)
		at = free;
	else if (how == ALIGN_BETWEEN && n > 1 && free > 0)
		more = free / (n - 1);
	else if (how == ALIGN_AROUND && free > 0)
		more = free / n, at = more / 2;
	else if (how == ALIGN_EVENLY && free > 0)
		at = more = free / (n + 1);
	for (int i = 0; i < x->count; i++) {
		x->starts[i] = at;
		at += x->sizes[i] + x->gap + more;
	}
}

static float offset_in(const struct grid *g, const struct box *c, int which, float free)
{
	const struct len *m = c->style->box.margin;
	bool start = len_is_auto(m[which ? TOP : LEFT]),
	    end = len_is_auto(m[which ? BOTTOM : RIGHT]);
	if (free > 0 && (start || end))
		return start && end ? free / 2 : start ? free : 0;
	switch (align_of(g, c, which)) {
	case ALIGN_FLEX_END:
		return free;
	case ALIGN_MIDDLE:
		return free / 2;
	default:
		return 0;
	}
}

static void place_item(struct grid *g, struct cell_item *i)
{
	struct box *c = i->box, *b = g->b;
	float w = extent(&g->axis[0], i->at[0], i->span[0]);
	float h = extent(&g->axis[1], i->at[1], i->span[1]);
	lay_item(g, i, h);
	float free_x = w - c->w - c->margin[LEFT] - c->margin[RIGHT];
	float free_y = h - c->h - c->margin[TOP] - c->margin[BOTTOM];
	float x = g->axis[0].starts[i->at[0]] + offset_in(g, c, 0, free_x) + c->margin[LEFT];
	float y = g->axis[1].starts[i->at[1]] + offset_in(g, c, 1, free_y) + c->margin[TOP];
	if (b->style->text.rtl)
		x = b->w - box_edges(b, LEFT, RIGHT) - x - c->w;
	c->x = b->border[LEFT] + b->padding[LEFT] + x;
	c->y = b->border[TOP] + b->padding[TOP] + y;
}

static void open_grid(struct grid *g, float width, float height)
{
	const struct box_style *s = &g->b->style->box;
	struct arena *a = &g->l->doc->arena;
	g->axis[0].gap = len_of(s->gap[1], width);
	g->axis[1].gap = len_of(s->gap[0], width);
	open_axis(g, 0, s->columns, width);
	open_axis(g, 1, s->rows, height);
	for (struct box *c = g->b->first; c; c = c->next) {
		if (c->style->box.position >= POSITION_ABSOLUTE)
			continue;
		if (g->count >= GRID_ITEMS_MAX)
			arena_fail(a, E_TOO_LARGE, "a grid has too many items");
		size_t at = g->count;
		g->items = arena_more(a, g->items, g->count++, sizeof(*g->items));
		for (; at && g->items[at - 1].box->style->box.order > c->style->box.order; at--)
			g->items[at] = g->items[at - 1];
		g->items[at] = (struct cell_item){ .box = c };
		layout_edges(c, 0);
		layout_measure(g->l, c);
	}
	place_items(g);
}

float layout_grid(struct layout *l, struct box *b, float width, float height)
{
	struct grid g = { .l = l, .b = b };
	open_grid(&g, width, height);
	size_columns(&g, width);
	size_rows(&g, height);
	set_starts(&g.axis[0], b->style->box.justify_content, width);
	set_starts(&g.axis[1], b->style->box.align_content, height);
	for (size_t k = 0; k < g.count; k++)
		place_item(&g, &g.items[k]);
	if (g.count) {
		float first = box_first_baseline(g.items[0].box);
		b->baseline = b->last_baseline = first < 0 ? UNKNOWN : g.items[0].box->y + first;
	}
	return g.axis[1].count ? extent(&g.axis[1], 0, g.axis[1].count) : 0;
}

void measure_grid(struct layout *l, struct box *b, float *least, float *most)
{
	struct grid g = { .l = l, .b = b };
	open_grid(&g, UNKNOWN, UNKNOWN);
	*least = *most = g.axis[0].gap * (float)(g.axis[0].count - 1);
	float *mins = ARENA_ARRAY(&l->doc->arena, float, (size_t)g.axis[0].count + 1);
	float *maxs = ARENA_ARRAY(&l->doc->arena, float, (size_t)g.axis[0].count + 1);
	for (size_t k = 0; k < g.count; k++) {
		const struct cell_item *i = &g.items[k];
		float margins = i->box->margin[LEFT] + i->box->margin[RIGHT];
		for (int c = i->at[0]; c < i->at[0] + i->span[0] && c < g.axis[0].count; c++) {
			mins[c] = fmaxf(mins[c], (i->box->least + margins) / (float)i->span[0]);
			maxs[c] = fmaxf(maxs[c], (i->box->most + margins) / (float)i->span[0]);
		}
	}
	for (int c = 0; c < g.axis[0].count; c++) {
		const struct track *t = &g.axis[0].tracks[c];
		*least += fmaxf(len_or(t->min, UNKNOWN, 0), t->min.kind == LEN_FIXED ? 0 : mins[c]);
		*most += fmaxf(len_or(t->max, UNKNOWN, 0), t->max.kind == LEN_FIXED ? 0 : maxs[c]);
	}
}
