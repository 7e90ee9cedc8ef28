/*
 * Tables: a grid of slots from rows and spans, widths of columns from what the
 * cells need (or, with table-layout: fixed, from the first row), then rows as
 * high as their cells.
 */
#include <math.h>

#include "render/html/layout.h"

#define COLUMNS_MAX 1000
#define SLOTS_MAX 200000

struct column {
	float least, most;      /* of the cells in it */
	float fixed;            /* dots that a width asks for; 0: none */
	float share;            /* of the table; 0: none */
	float width, x;
};

struct row {
	struct box *box;
	float height, y, baseline;
};

struct table {
	struct column *columns;
	unsigned column_count;
	struct row *rows;
	unsigned row_count;
	struct box **cells;     /* in document order */
	size_t cell_count;
	float gap_x, gap_y;     /* 0 when borders collapse */
	bool collapse;
};

static void *resize(struct doc *d, struct table *t, unsigned columns)
{
	if (columns > COLUMNS_MAX)
		arena_fail(&d->arena, E_TOO_LARGE, "a table has more than %d columns", COLUMNS_MAX);
	while (t->column_count < columns) {
		t->columns = arena_more(&d->arena, t->columns, t->column_count,
		    sizeof(*t->columns));
		t->columns[t->column_count++] = (struct column){ 0 };
	}
	return t;
}

/* How many more rows each column is taken by a cell from above. */
struct occupancy {
	uint16_t left[COLUMNS_MAX];
};

static void add_cell(struct doc *d, struct table *t, struct occupancy *o, struct box *c,
    unsigned *at)
{
	while (*at < COLUMNS_MAX && o->left[*at])
		++*at;
	unsigned end = *at + c->columns;
	if (end > COLUMNS_MAX)
		end = COLUMNS_MAX;
	if (*at >= end)
		arena_fail(&d->arena, E_TOO_LARGE, "a table has more than %d columns", COLUMNS_MAX);
	c->column = (uint16_t)*at;
	c->columns = (uint16_t)(end - *at);
	c->row = (uint16_t)(t->row_count - 1);
	resize(d, t, end);
	for (unsigned i = *at; i < end; i++)
		o->left[i] = c->rows;
	*at = end;
	t->cells = arena_more(&d->arena, t->cells, t->cell_count, sizeof(*t->cells));
	t->cells[t->cell_count++] = c;
	if (t->cell_count > SLOTS_MAX || t->row_count > 65000)
		arena_fail(&d->arena, E_TOO_LARGE, "a table is too large");
}

static void add_row(struct doc *d, struct table *t, struct occupancy *o, struct box *row)
{
	unsigned at = 0;
	t->rows = arena_more(&d->arena, t->rows, t->row_count, sizeof(*t->rows));
	t->rows[t->row_count++] = (struct row){ .box = row };
	for (struct box *c = row->first; c; c = c->next)
		if (c->kind == BOX_CELL)
			add_cell(d, t, o, c, &at);
	for (unsigned i = 0; i < t->column_count; i++)
		o->left[i] -= o->left[i] > 0;
}

static void add_group(struct doc *d, struct table *t, struct occupancy *o, struct box *g)
{
	if (g->kind == BOX_ROW)
		add_row(d, t, o, g);
	for (struct box *r = g->first; g->kind == BOX_ROW_GROUP && r; r = r->next)
		if (r->kind == BOX_ROW)
			add_row(d, t, o, r);
	/* a cell does not reach into the next group */
	for (unsigned i = 0; g->kind == BOX_ROW_GROUP && i < t->column_count; i++)
		o->left[i] = 0;
}

static void column_style(struct doc *d, struct table *t, const struct box *c, unsigned *at)
{
	for (unsigned i = 0; i < c->columns && *at < COLUMNS_MAX; i++, ++*at) {
		resize(d, t, *at + 1);
		struct len w = c->style->box.width;
		t->columns[*at].fixed = len_or(w, UNKNOWN, 0);
		t->columns[*at].share = w.kind == LEN_FIXED ? w.share : 0;
	}
}

static void column_styles(struct doc *d, struct table *t, const struct box *b)
{
	unsigned at = 0;
	for (const struct box *c = b->first; c; c = c->next) {
		if (c->kind == BOX_COLUMN)
			column_style(d, t, c, &at);
		else if (c->kind == BOX_COLUMN_GROUP && !c->first)
			column_style(d, t, c, &at);
		for (const struct box *k = c->first; c->kind == BOX_COLUMN_GROUP && k; k = k->next)
			if (k->kind == BOX_COLUMN)
				column_style(d, t, k, &at);
	}
}

static unsigned group_order(const struct box *g)
{
	return g->style->box.display == DISPLAY_HEADER_GROUP ? 0 :
	    g->style->box.display == DISPLAY_FOOTER_GROUP ? 2 : 1;
}

static void clip_spans(struct table *t)
{
	for (size_t i = 0; i < t->cell_count; i++) {
		struct box *c = t->cells[i];
		const struct box *group = c->parent->parent;
		unsigned end = c->row;
		while (end < t->row_count && end - c->row < c->rows &&
		    t->rows[end].box->parent == group)
			end++;
		c->rows = (uint16_t)(end > c->row ? end - c->row : 1);
	}
}

static struct table *table_of(struct layout *l, struct box *b)
{
	if (b->table)
		return b->table;
	struct doc *d = l->doc;
	struct table *t = b->table = ARENA_NEW(&d->arena, struct table);
	struct occupancy *o = ARENA_NEW(&d->arena, struct occupancy);
	t->collapse = b->style->text.collapse;
	if (!t->collapse) {
		t->gap_x = b->style->text.border_spacing[0];
		t->gap_y = b->style->text.border_spacing[1];
	}
	column_styles(d, t, b);
	for (unsigned order = 0; order < 3; order++)
		for (struct box *g = b->first; g; g = g->next)
			if ((g->kind == BOX_ROW || g->kind == BOX_ROW_GROUP) &&
			    group_order(g) == order)
				add_group(d, t, o, g);
	clip_spans(t);
	return t;
}

/* --- collapsed borders: every line between two cells is drawn once --- */

static float stronger(float a, float b)
{
	return fmaxf(a, b);
}

/*
 * A collapsed border lies half in each of its neighbours: cells get half of the
 * stronger of the two, and paint.c draws the whole from the cell above or left.
 */
static void collapse_borders(struct table *t, struct box *b)
{
	for (size_t i = 0; i < t->cell_count; i++) {
		struct box *c = t->cells[i];
		const float *own = c->style->box.border_width, *outer = b->style->box.border_width;
		bool first_row = c->row == 0, last_row = c->row + c->rows >= (int)t->row_count;
		bool first = c->column == 0, last = c->column + c->columns >= (int)t->column_count;
		bool edge[4] = { first_row, last, last_row, first };
		for (int side = 0; side < 4; side++)
			c->border[side] = edge[side] ? stronger(own[side], outer[side]) : own[side];
	}
	for (size_t i = 0; i < t->cell_count; i++)
		for (size_t k = i + 1; k < t->cell_count && t->cells[k]->row <=
		    t->cells[i]->row + t->cells[i]->rows; k++) {
			struct box *a = t->cells[i], *c = t->cells[k];
			bool beside = c->column == a->column + a->columns && c->row < a->row + a->rows;
			bool below = c->row == a->row + a->rows && c->column < a->column + a->columns &&
			    a->column < c->column + c->columns;
			if (beside)
				a->border[RIGHT] = c->border[LEFT] = stronger(a->border[RIGHT], c->border[LEFT]);
			if (below)
				a->border[BOTTOM] = c->border[TOP] = stronger(a->border[BOTTOM], c->border[TOP]);
		}
}

static void cell_edges(struct table *t, struct box *b)
{
	for (size_t i = 0; i < t->cell_count; i++)
		layout_edges(t->cells[i], 0);
	if (!t->collapse)
		return;
	collapse_borders(t, b);
}

/* What a cell's border takes from its content: half of a shared one. */
static float cell_border(const struct table *t, const struct box *c, int side)
{
	return t->collapse ? c->border[side] / 2 : c->border[side];
}

/* --- widths --- */

static void measure_cell(struct layout *l, struct table *t, struct box *c, float *least,
    float *most)
{
	/* layout_measure counts whole borders and would forget these edges */
	c->measured = false;
	layout_measure(l, c);
	float half = t->collapse ? (c->border[LEFT] + c->border[RIGHT]) / 2 : 0;
	struct len w = c->style->box.width;
	*least = c->least - half;
	*most = c->most - half;
	if (w.kind == LEN_FIXED && w.share == 0 && c->columns == 1) {
		float wanted = layout_wanted_width(c, UNKNOWN) + box_edges(c, LEFT, RIGHT) - half;
		struct column *col = &t->columns[c->column];
		col->fixed = fmaxf(col->fixed, fmaxf(wanted, *least));
	} else if (w.kind == LEN_FIXED && w.share > 0 && c->columns == 1) {
		t->columns[c->column].share = fmaxf(t->columns[c->column].share, w.share);
	}
}

/* A span's need is given to its columns, by what they have already. */
static void spread(const struct table *t, const struct box *c, float least, float most)
{
	float have_least = t->gap_x * (float)(c->columns - 1), have_most = have_least;
	unsigned open = 0;
	for (unsigned i = c->column; i < c->column + c->columns; i++) {
		have_least += t->columns[i].least;
		have_most += t->columns[i].most;
		open += t->columns[i].fixed == 0;
	}
	for (unsigned i = c->column; i < c->column + c->columns; i++) {
		struct column *col = &t->columns[i];
		bool takes = col->fixed == 0 || !open;
		float part = !takes ? 0 : have_most > 0 && open == c->columns ?
		    col->most / have_most : 1.0f / (float)(open ? open : c->columns);
		if (least > have_least)
			col->least += (least - have_least) * part;
		if (most > have_most)
			col->most += (most - have_most) * part;
		col->most = fmaxf(col->most, col->least);
	}
}

static void measure_columns(struct layout *l, struct table *t, struct box *b)
{
	for (unsigned span = 1; span <= t->column_count; span++) {
		unsigned next = t->column_count + 1;
		for (size_t i = 0; i < t->cell_count; i++) {
			struct box *c = t->cells[i];
			float least, most;
			if (c->columns > span && c->columns < next)
				next = c->columns;
			if (c->columns != span)
				continue;
			measure_cell(l, t, c, &least, &most);
			if (span > 1) {
				spread(t, c, least, most);
				continue;
			}
			struct column *col = &t->columns[c->column];
			col->least = fmaxf(col->least, least);
			col->most = fmaxf(col->most, most);
		}
		for (unsigned i = 0; span == 1 && i < t->column_count; i++) {
			struct column *col = &t->columns[i];
			if (col->fixed > 0 && col->share == 0)
				col->most = col->fixed = fmaxf(col->fixed, col->least);
		}
		span = next - 1;
	}
}

static float gaps_of(const struct table *t)
{
	return t->column_count ? t->gap_x * (float)(t->column_count + 1) : 0;
}

static float outer_half(const struct table *t, const struct box *b, int side)
{
	float most = 0;
	for (size_t i = 0; t->collapse && i < t->cell_count; i++) {
		const struct box *c = t->cells[i];
		bool at = side == LEFT ? c->column == 0 : side == TOP ? c->row == 0 :
		    side == RIGHT ? c->column + c->columns >= (int)t->column_count :
		    c->row + c->rows >= (int)t->row_count;
		if (at)
			most = fmaxf(most, c->border[side] / 2);
	}
	return most;
}

void measure_table(struct layout *l, struct box *b, float *least, float *most)
{
	struct table *t = table_of(l, b);
	float percent_most = 0, share = 0, rest = 0;
	for (unsigned i = 0; i < t->column_count; i++)
		t->columns[i].least = t->columns[i].most = 0;
	cell_edges(t, b);
	measure_columns(l, t, b);
	*least = *most = gaps_of(t);
	for (unsigned i = 0; i < t->column_count; i++) {
		const struct column *c = &t->columns[i];
		*least += c->least;
		*most += c->most;
		if (c->share > 0) {
			percent_most = fmaxf(percent_most, c->most / fminf(c->share, 1));
			share += c->share;
		} else {
			rest += c->most;
		}
	}
	if (share > 0 && share < 0.99f)
		percent_most = fmaxf(percent_most, rest / (1 - share));
	*most = fmaxf(*most, fminf(percent_most, 1e6f));
	for (struct box *c = b->first; c; c = c->next)
		if (c->kind == BOX_CAPTION) {
			layout_edges(c, 0);
			layout_measure(l, c);
			*least = fmaxf(*least, c->least);
			*most = fmaxf(*most, c->least);
		}
	if (b->style->box.table_fixed && b->style->box.width.kind == LEN_FIXED)
		*least = fminf(*least, layout_wanted_width(b, UNKNOWN) < 0 ? gaps_of(t) :
		    layout_wanted_width(b, UNKNOWN));
}

enum class { CLASS_AUTO, CLASS_FIXED, CLASS_SHARE };

static enum class class_of(const struct column *c)
{
	return c->share > 0 ? CLASS_SHARE : c->fixed > 0 ? CLASS_FIXED : CLASS_AUTO;
}

/* What a column would have if there were room: by its class. */
static float preferred(const struct column *c, enum class upto, float whole)
{
	enum class class = class_of(c);
	if (class == CLASS_SHARE)
		return fmaxf(c->least, c->share * whole);
	if (class == CLASS_FIXED && upto >= CLASS_FIXED)
		return fmaxf(c->least, c->most);
	return upto == CLASS_AUTO ? c->least : c->most;
}

static void grow_columns(struct table *t, float room, enum class class)
{
	float sum = 0;
	unsigned n = 0;
	for (unsigned i = 0; i < t->column_count; i++)
		if (class_of(&t->columns[i]) == class) {
			sum += class == CLASS_SHARE ? t->columns[i].share : t->columns[i].most;
			n++;
		}
	for (unsigned i = 0; i < t->column_count; i++) {
		struct column *c = &t->columns[i];
		float weight = class == CLASS_SHARE ? c->share : c->most;
		if (class_of(c) == class)
			c->width += room * (sum > 0 ? weight / sum : 1.0f / (float)n);
	}
}

/* Between `from` and `to` of every column, as far as there is room. */
static void blend(struct table *t, float room, enum class from, enum class to, float whole)
{
	float low = 0, high = 0;
	for (unsigned i = 0; i < t->column_count; i++) {
		low += preferred(&t->columns[i], from, whole);
		high += preferred(&t->columns[i], to, whole);
	}
	float k = high > low ? fmaxf(0, fminf(1, (room - low) / (high - low))) : 0;
	for (unsigned i = 0; i < t->column_count; i++) {
		float a = preferred(&t->columns[i], from, whole);
		t->columns[i].width = a + k * (preferred(&t->columns[i], to, whole) - a);
	}
}

static float sum_of(const struct table *t)
{
	float sum = 0;
	for (unsigned i = 0; i < t->column_count; i++)
		sum += t->columns[i].width;
	return sum;
}

/* CSS Tables 3, "distribution algorithm": four guesses, the room lies between two. */
static void distribute(struct table *t, float room)
{
	float least = 0, shares = 0, fixed = 0, most = 0;
	bool has[3] = { false, false, false };
	for (unsigned i = 0; i < t->column_count; i++) {
		const struct column *c = &t->columns[i];
		least += c->least;
		shares += preferred(c, CLASS_AUTO, room);
		fixed += class_of(c) == CLASS_AUTO ? c->least : preferred(c, CLASS_FIXED, room);
		most += preferred(c, CLASS_SHARE, room);
		has[class_of(c)] = true;
	}
	if (room <= shares) {
		float k = shares > least ? fmaxf(0, (room - least) / (shares - least)) : 0;
		for (unsigned i = 0; i < t->column_count; i++) {
			struct column *c = &t->columns[i];
			c->width = c->least + k * (preferred(c, CLASS_AUTO, room) - c->least);
		}
		return;
	}
	if (room <= fixed) {
		float k = fixed > shares ? (room - shares) / (fixed - shares) : 0;
		for (unsigned i = 0; i < t->column_count; i++) {
			struct column *c = &t->columns[i];
			float base = preferred(c, CLASS_AUTO, room);
			float to = class_of(c) == CLASS_AUTO ? base : preferred(c, CLASS_FIXED, room);
			c->width = base + k * (to - base);
		}
		return;
	}
	if (room < most) {
		float k = most > fixed ? (room - fixed) / (most - fixed) : 0;
		for (unsigned i = 0; i < t->column_count; i++) {
			struct column *c = &t->columns[i];
			float to = preferred(c, CLASS_SHARE, room);
			float base = class_of(c) == CLASS_AUTO ? c->least : to;
			c->width = base + k * (to - base);
		}
		return;
	}
	blend(t, room, CLASS_SHARE, CLASS_SHARE, room);
	grow_columns(t, room - sum_of(t), has[CLASS_AUTO] ? CLASS_AUTO :
	    has[CLASS_FIXED] ? CLASS_FIXED : CLASS_SHARE);
}

/* Widths from <col> and the first row alone; the rest is shared evenly. */
static void distribute_fixed(struct table *t, float room)
{
	unsigned open = 0;
	float taken = 0;
	for (size_t i = 0; i < t->cell_count && t->cells[i]->row == 0; i++) {
		const struct box *c = t->cells[i];
		struct len w = c->style->box.width;
		for (unsigned k = 0; k < c->columns && w.kind == LEN_FIXED; k++) {
			struct column *col = &t->columns[c->column + k];
			float edges = c->style->box.border_box ? 0 : box_edges(c, LEFT, RIGHT);
			if (w.share > 0)
				col->share = w.share / (float)c->columns;
			else
				col->fixed = (w.dots + edges) / (float)c->columns;
		}
	}
	for (unsigned i = 0; i < t->column_count; i++) {
		struct column *c = &t->columns[i];
		c->width = c->share > 0 ? c->share * room : c->fixed;
		taken += c->width;
		open += class_of(c) == CLASS_AUTO;
	}
	for (unsigned i = 0; i < t->column_count; i++) {
		struct column *c = &t->columns[i];
		if (open && class_of(c) == CLASS_AUTO)
			c->width = fmaxf(0, room - taken) / (float)open;
		else if (!open && taken > 0)
			c->width *= room / taken;
	}
}

/* --- heights --- */

static float span_width(const struct table *t, const struct box *c)
{
	float w = t->gap_x * (float)(c->columns - 1);
	for (unsigned i = c->column; i < c->column + c->columns; i++)
		w += t->columns[i].width;
	return w;
}

static void layout_cell(struct layout *l, struct table *t, struct box *c)
{
	float border[4];
	struct offer o = { span_width(t, c), UNKNOWN, span_width(t, c), UNKNOWN, false };
	for (int i = 0; i < 4; i++)
		border[i] = cell_border(t, c, i);
	struct style *s = c->style;
	float kept[4];
	for (int i = 0; i < 4; i++) {
		kept[i] = s->box.border_width[i];
		s->box.border_width[i] = border[i];
	}
	struct len height = s->box.height;
	if (height.share != 0)
		s->box.height = (struct len){ .kind = LEN_AUTO };
	c->cell_shift = 0;
	layout_box(l, c, &o);
	for (int i = 0; i < 4; i++)
		s->box.border_width[i] = kept[i];
	s->box.height = height;
}

static bool is_baseline(const struct box *c)
{
	uint8_t how = c->style->box.valign.how;
	return how != VALIGN_TOP && how != VALIGN_MIDDLE && how != VALIGN_BOTTOM;
}

static float baseline_of(const struct box *c)
{
	float at = box_first_baseline(c);
	return at >= 0 ? at : c->h - c->padding[BOTTOM] - c->border[BOTTOM];
}

static void row_heights(struct layout *l, struct table *t)
{
	for (size_t i = 0; i < t->cell_count; i++) {
		struct box *c = t->cells[i];
		layout_cell(l, t, c);
		if (is_baseline(c))
			t->rows[c->row].baseline = fmaxf(t->rows[c->row].baseline, baseline_of(c));
	}
	for (unsigned r = 0; r < t->row_count; r++)
		t->rows[r].height = len_or(t->rows[r].box->style->box.height, UNKNOWN, 0);
	for (size_t i = 0; i < t->cell_count; i++) {
		struct box *c = t->cells[i];
		struct row *r = &t->rows[c->row];
		float lowered = is_baseline(c) ? fmaxf(0, r->baseline - baseline_of(c)) : 0;
		if (c->rows == 1)
			r->height = fmaxf(r->height, c->h + lowered);
	}
	for (size_t i = 0; i < t->cell_count; i++) {
		struct box *c = t->cells[i];
		float have = t->gap_y * (float)(c->rows - 1);
		for (unsigned r = c->row; c->rows > 1 && r < c->row + c->rows; r++)
			have += t->rows[r].height;
		if (c->rows > 1 && c->h > have)
			t->rows[c->row + c->rows - 1].height += c->h - have;
	}
}

static void stretch_rows(struct table *t, float more)
{
	float sum = 0;
	for (unsigned r = 0; r < t->row_count; r++)
		sum += t->rows[r].height;
	for (unsigned r = 0; r < t->row_count && more > 0; r++)
		t->rows[r].height += sum > 0 ? more * t->rows[r].height / sum :
		    more / (float)t->row_count;
}

static void align_cell(const struct table *t, struct box *c, float height)
{
	const struct row *r = &t->rows[c->row];
	float free = height - c->h;
	uint8_t how = c->style->box.valign.how;
	float shift = how == VALIGN_MIDDLE ? free / 2 : how == VALIGN_BOTTOM ? free :
	    how == VALIGN_TOP ? 0 : fmaxf(0, r->baseline - baseline_of(c));
	c->h = height;
	if (shift > 0)
		layout_shift(c, floorf(shift));
}

static void place_cell(struct table *t, struct box *c)
{
	const struct row *first = &t->rows[c->row], *last = &t->rows[c->row + c->rows - 1];
	align_cell(t, c, last->y + last->height - first->y);
	c->x = t->columns[c->column].x - t->columns[0].x;
	if (c->style->text.rtl && c->parent->parent->style->text.rtl)
		c->x = sum_of(t) + t->gap_x * (float)(t->column_count - 1) - c->x - c->w;
	c->y = 0;
}

/* Rows and groups as boxes, for their backgrounds. */
static void place_rows(struct table *t, struct box *b, float x, float width)
{
	for (unsigned r = 0; r < t->row_count; r++) {
		struct box *row = t->rows[r].box, *group = row->parent;
		row->laid_out = true;
		row->w = width;
		row->h = t->rows[r].height;
		row->x = x;
		row->y = t->rows[r].y;
		if (group == b)
			continue;
		if (!group->laid_out || t->rows[r].y < group->y) {
			group->x = x;
			group->y = t->rows[r].y;
			group->w = width;
		}
		group->laid_out = true;
		group->h = fmaxf(group->h, t->rows[r].y + row->h - group->y);
		row->x = 0;
		row->y -= group->y;
	}
}

static float place_captions(struct layout *l, struct box *b, bool below, float y)
{
	float from = y;
	for (struct box *c = b->first; c; c = c->next) {
		if (c->kind != BOX_CAPTION || c->style->text.caption_bottom != below)
			continue;
		struct offer o = { b->w, UNKNOWN, UNKNOWN, UNKNOWN, false };
		layout_box(l, c, &o);
		c->x = c->margin[LEFT];
		c->y = y + c->margin[TOP];
		y += c->margin[TOP] + c->h + c->margin[BOTTOM];
	}
	return y - from;
}

float layout_table(struct layout *l, struct box *b, float width, float height)
{
	float least, most;
	measure_table(l, b, &least, &most);
	struct table *t = b->table;
	if (t->collapse)
		for (int i = 0; i < 4; i++)
			b->border[i] = 0;
	b->caption_top = place_captions(l, b, false, 0);
	float x = b->border[LEFT] + b->padding[LEFT] + t->gap_x + outer_half(t, b, LEFT);
	float y = b->caption_top + b->border[TOP] + b->padding[TOP] + t->gap_y + outer_half(t, b, TOP);
	float room = width - gaps_of(t) - outer_half(t, b, LEFT) - outer_half(t, b, RIGHT);
	if (t->collapse)
		room = b->w - outer_half(t, b, LEFT) - outer_half(t, b, RIGHT);
	if (b->style->box.table_fixed && b->style->box.width.kind == LEN_FIXED)
		distribute_fixed(t, room);
	else
		distribute(t, room);
	float at = x;
	for (unsigned i = 0; i < t->column_count; i++) {
		t->columns[i].x = at;
		at += t->columns[i].width + t->gap_x;
	}
	row_heights(l, t);
	float bottom = t->gap_y + outer_half(t, b, BOTTOM), top = y;
	float sum = 0;
	for (unsigned r = 0; r < t->row_count; r++)
		sum += t->rows[r].height + (r ? t->gap_y : 0);
	float content = sum + t->gap_y * 2 + outer_half(t, b, TOP) + outer_half(t, b, BOTTOM);
	if (height > content)
		stretch_rows(t, height - content);
	for (unsigned r = 0; r < t->row_count; r++) {
		t->rows[r].y = y;
		y += t->rows[r].height + t->gap_y;
	}
	y = t->row_count ? y - t->gap_y : top - t->gap_y;
	place_rows(t, b, x, sum_of(t) + t->gap_x * (float)(t->column_count ? t->column_count - 1 : 0));
	for (size_t i = 0; i < t->cell_count; i++)
		place_cell(t, t->cells[i]);
	float table_end = y + bottom + b->padding[BOTTOM] + b->border[BOTTOM];
	b->caption_bottom = place_captions(l, b, true, table_end);
	if (t->row_count && t->rows[0].baseline > 0)
		b->baseline = b->last_baseline = t->rows[0].y + t->rows[0].baseline;
	return table_end + b->caption_bottom - box_edges(b, TOP, BOTTOM);
}
